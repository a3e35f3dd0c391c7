"""A survey as a value: who answered, with which weights, drawn how, asked what, and how the answers read."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, mark

PURPOSES = {
    "design": mark("evens out unequal chances of being drawn"),
    "post-stratification": mark("also fits the sample to known totals of the population"),
    "analysis": mark("fits the sample to the population, and countries to their size"),
    "population": mark("its sum is the population"),
    "country size": mark("brings countries to their size, nothing else"),
}
"""What a weight is for."""
UNITS = {
    "persons": mark("persons"),
    "workers": mark("workers"),
    "establishments": mark("establishments"),
    "employees": mark("employees"),
}
"""Whom a weighted answer is a share of."""

REFUSED, DONT_KNOW, NOT_ASKED, NO_ANSWER, OUTSIDE = ".refused", ".dont_know", ".not_asked", ".no_answer", ".outside"
MISSING = {
    "refused": REFUSED,
    "don't know": DONT_KNOW,
    "not asked": NOT_ASKED,
    "no answer": NO_ANSWER,
}
"""Why there is no answer, as a codebook writes it, and the code that stands for it: never mixed with an answer."""
REASONS = {
    REFUSED: mark("refused"),
    DONT_KNOW: mark("do not know"),
    NOT_ASKED: mark("not asked"),
    NO_ANSWER: mark("no answer"),
    OUTSIDE: mark("not in the codebook"),
}
NUMBER = "number"
"""What a codebook says of the answers to a question that is answered by a number."""


@dataclass(frozen=True, kw_only=True)
class Weight:
    """A column of weights.

    Attributes
    ----------
    column : of the file; a product is written "pspwght*pweight"
    purpose : one of `PURPOSES`
    unit : whom the weighted answers are shares of, one of `UNITS`
    sample_only : whether it is comparable only inside one of the survey's samples (a country's), not across them
    """

    column: str
    purpose: str
    unit: str = "persons"
    sample_only: bool = False


@dataclass(frozen=True, kw_only=True)
class SurveyQuestion:
    """A question as it was put.

    Attributes
    ----------
    code : its name in the codebook
    text : the words that were read out
    base : who was asked, in words
    answers : label by code, in the order in which they were offered; empty where the answer is a number
    missing : code of the file -> one of `REASONS`
    column : of the file
    event : of a question on accidents, the severities it counts as a register codes them, such as "D_GE4"; else ""
    unit : of a number, such as "hours a week"; else ""
    """

    code: str
    text: str
    base: str
    answers: Mapping[str, str]
    missing: Mapping[str, str]
    column: str
    event: str = ""
    unit: str = ""

    @property
    def is_number(self) -> bool:
        """Whether it is answered by a number."""
        return not self.answers


@dataclass(frozen=True, kw_only=True)
class SurveyDimension:
    """A way to group respondents.

    Attributes
    ----------
    axis : `nuts`, `nace`, `isco`, `sex`, `age_group`, `size`, `year` or a name of the survey's own
    column : of the file
    codes : code of the file -> code of the axis; empty where the file has those already
    labels : of an axis of the survey's own
    bands : where ages are single years, the first age of each band
    edition : of NUTS
    """

    axis: str
    column: str
    codes: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    bands: tuple[int, ...] = ()
    edition: str = ""


@dataclass(frozen=True, kw_only=True)
class ReplicateColumns:
    """Columns of replicate weights: a column of the file each, and the method they were made by."""

    columns: tuple[str, ...]
    method: str
    fay: float = 0.0
    scales: tuple[float, ...] = ()
    weight: str = ""


@dataclass(frozen=True, kw_only=True)
class Codebook:
    """What the columns of a respondent file mean.

    Attributes
    ----------
    title, publisher, population, licence, citation, mode : in words
    year : of the interviews; None where a dimension says it
    synthetic : whether the answers were made up
    weights : each with its purpose
    samples : columns that tell independent samples apart, such as country and wave
    strata, psu, population_units : columns of the first stage; "" where the file does not have one
    replicates : replicate weights, or None
    dimensions : by axis
    questions : by code, in the order of the questionnaire
    notes : what has to be known of the survey
    modes : by year, how people were asked, where waves differ
    mode_column : of the file, where it says of each respondent how they were asked; "" where it does not
    mode_labels : of its codes
    advice : by column, what to do where a file does not have it
    """

    title: str
    publisher: str
    population: str
    licence: str
    citation: str
    mode: str
    year: int | None
    synthetic: bool
    weights: tuple[Weight, ...]
    samples: tuple[str, ...]
    strata: str
    psu: str
    population_units: str
    replicates: ReplicateColumns | None
    dimensions: Mapping[str, SurveyDimension]
    questions: Mapping[str, SurveyQuestion]
    notes: tuple[str, ...]
    modes: Mapping[str, str] = field(default_factory=dict)
    mode_column: str = ""
    mode_labels: Mapping[str, str] = field(default_factory=dict)
    advice: Mapping[str, str] = field(default_factory=dict)

    def question(self, code: str) -> SurveyQuestion:
        """A question by its code.

        Raises
        ------
        UnknownName
            Naming the close ones, and how to look through the texts.
        """
        if code not in self.questions:
            hint = _("There are: {codes}.").format(codes=", ".join(list(self.questions)[:20]))
            raise UnknownName(_("question of {survey}").format(survey=self.title), code, self.questions, hint=hint)
        return self.questions[code]

    def weight(self, column: str) -> Weight:
        """A weight by its column.

        Raises
        ------
        UnknownName
            Naming those there are, with their purpose.
        """
        known = {weight.column: weight for weight in self.weights}
        if column not in known:
            listed = ", ".join(f"{weight.column} ({weight.purpose})" for weight in self.weights)
            hint = _("There are: {weights}.").format(weights=listed or _("none"))
            raise UnknownName(_("weight of {survey}").format(survey=self.title), column, known, hint=hint)
        return known[column]


@dataclass(frozen=True, kw_only=True)
class SurveyTable:
    """Respondents with a codebook: `wb.survey(table, question="q1", by="sex")`.

    `frame` has one row per respondent: each axis by its name, `mode` (how they were asked), `weight_X`, `sample`,
    `stratum`, `psu`, `population_units`, `replicate_1` ..., `answer_Q` (a code of the answer, or a reason from
    `REASONS`) and `number_Q` (a number, NaN without one).

    Attributes
    ----------
    name : what findings call it
    codebook : what was asked, and how respondents were drawn
    notes : what was found while it was read
    source : what a finding says of its source
    """

    name: str
    codebook: Codebook
    frame: pd.DataFrame = field(repr=False, compare=False)
    notes: tuple[str, ...] = ()
    source: Mapping = field(default_factory=dict)

    def questions(self, search: str = "") -> pd.DataFrame:
        """The questions, or those whose text has all the words of `search`.

        Parameters
        ----------
        search : str
            Words, in any order.

        Returns
        -------
        DataFrame
            A row per question: question, text, base, answers.
        """
        words = search.casefold().split()
        rows = [
            (q.code, q.text, q.base, "; ".join(q.answers.values()) or NUMBER)
            for q in self.codebook.questions.values()
            if all(word in f"{q.code} {q.text}".casefold() for word in words)
        ]
        return pd.DataFrame(rows, columns=["question", "text", "base", "answers"])

    def __str__(self) -> str:
        about = _("{title}: {n:,} respondents, {questions} questions").format(
            title=self.codebook.title, n=len(self.frame), questions=len(self.codebook.questions)
        )
        return "\n".join([about, *(f"- {note}" for note in self.notes)])


def check_answer(question: SurveyQuestion, answer: str) -> str:
    """The code of an answer, given as code or as label.

    Raises
    ------
    UnknownName
        Naming the answers there are.
    Refused
        For a question that is answered by a number.
    """
    if question.is_number:
        message = _('{code} is answered by a number: ask for its mean, statistic="mean".')
        raise Refused(message.format(code=question.code))
    by_label = {label.casefold(): code for code, label in question.answers.items()}
    code = answer if answer in question.answers else by_label.get(answer.casefold())
    if code is None:
        listed = ", ".join(f"{code} ({label})" for code, label in question.answers.items())
        hint = _("There are: {answers}.").format(answers=listed)
        raise UnknownName(_("answer to {code}").format(code=question.code), answer, question.answers, hint=hint)
    return code
