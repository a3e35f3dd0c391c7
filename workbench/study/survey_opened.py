"""A survey opened to be looked through: published shares and respondents asked in one way, question by question."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import polars as pl

from workbench.cubes.cube import Cube
from workbench.cubes.margin import Margin, Measure
from workbench.cubes.selection import Selection
from workbench.sources.catalog import catalog
from workbench.study.data import cube as cube_of
from workbench.study.finding import Finding
from workbench.study.questions.counts import counts
from workbench.study.questions.gradient import gradient
from workbench.study.questions.survey import survey
from workbench.study.survey_groups import list_of_axis
from workbench.study.survey_tables import survey_entries, survey_table
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import NotAvailable, UnknownName
from workbench.terms.survey_table import SurveyTable
from workbench.terms.text import _, mark

MADE_UP = "workers_made_up"
WHOLE = "EU27_2020"
ASKED = {"question", "answer"}
GROUPS = ("nuts0", "nuts1", "nuts2", "nace1", "size", "sex", "age_group", "year")
"""By what answers are shown, those that a survey has; of regions the finest level."""
SHARE = mark("share")


@dataclass(frozen=True, kw_only=True)
class PublishedSurvey:
    """Published shares: what can be asked of them, and the answer.

    Attributes
    ----------
    cube : of margins with questions and answers
    """

    cube: Cube

    @property
    def title(self) -> str:
        """What the survey is called."""
        return self.cube.source.dataset.title

    def base(self, _question: str) -> str:
        """Who was asked, in words."""
        return self.cube.source.dataset.population

    def questions(self) -> dict[str, str]:
        """Text by code."""
        known = self.cube.lists["question"]
        return {code: known.label(code) for code in self.cube.codes("question")}

    def answers(self, question: str) -> dict[str, str]:
        """Label by code, of one question; "Yes" first, which is what most are asked for."""
        margin = next(margin for margin in self.cube.margins if set(margin.axes) >= ASKED)
        rows = margin.frame.filter(pl.col("question") == question).get_column("answer").unique(maintain_order=True)
        known = self.cube.lists["answer"]
        return {code: known.label(code) for code in sorted(rows, key=lambda code: code != "Yes")}

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The dimensions that answers are shown by."""
        return _finest(
            [name for name in GROUPS if DIMENSIONS[name].axis in self.cube.axes and name != "year"], self.cube
        )

    @property
    def choices(self) -> Cube:
        """The cube whose dimensions can be chosen from."""
        return self.cube

    def ask(self, question: str, answer: str, selection: Selection, by: tuple[str, ...]) -> Finding:
        """Shares of an answer by group; of the union where no country is chosen and none is asked by."""
        where = dict(selection.where) | {"question": {question}, "answer": {answer}}
        by_place = any(name.startswith("nuts") for name in by)
        regions = selection.regions or (set() if by_place or WHOLE not in self.cube.codes("nuts") else {WHOLE})
        return counts(self.cube, selection.but(regions=regions, where=where), by)

    def tested(self, question: str, answer: str) -> Finding | None:
        """How shares rise with size, tested over countries; None without sizes."""
        return gradient(self.cube, question=question, answer=answer) if "size" in self.cube.axes else None

    def overview(self) -> Finding | None:
        """All questions by size, as small multiples; None without sizes."""
        return gradient(self.cube) if "size" in self.cube.axes else None


@dataclass(frozen=True, kw_only=True)
class RespondentSurvey:
    """Answers of respondents: what can be asked of them, and the answer with its interval.

    Attributes
    ----------
    table : of respondents, with a codebook
    """

    table: SurveyTable = field(repr=False)

    @property
    def title(self) -> str:
        """What the survey is called."""
        return self.table.codebook.title

    def base(self, question: str) -> str:
        """Who was asked, in words; a question may have been put to some respondents only."""
        return self.table.codebook.question(question).base

    def questions(self) -> dict[str, str]:
        """Text by code."""
        return {code: question.text for code, question in self.table.codebook.questions.items()}

    def answers(self, question: str) -> Mapping[str, str]:
        """Label by code, of one question; none of a number."""
        return self.table.codebook.question(question).answers

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The dimensions that answers are shown by."""
        axes = self.table.codebook.dimensions
        return _finest([name for name in GROUPS if DIMENSIONS[name].axis in axes], self.choices)

    @cached_property
    def choices(self) -> Cube:
        """A cube of the groups that respondents are in, without their numbers: they are persons."""
        axes = [axis for axis in self.table.codebook.dimensions if axis != "year"]
        years = ["year"] if "year" in self.table.codebook.dimensions else []
        cells = self.table.frame[[*axes, *years]].dropna().drop_duplicates()
        frame = pl.from_pandas(cells.astype(dict.fromkeys(axes, "str"))).with_columns(pl.lit(1.0).alias("share"))
        margin = Margin("respondents", (*axes, *years), ("share",), frame)
        lists = {axis: list_of_axis(self.table, axis) for axis in axes}
        return Cube(self.table.name, (margin,), {"share": Measure("share", "", how="none", words=SHARE)}, lists)

    def ask(self, question: str, answer: str, selection: Selection, by: tuple[str, ...]) -> Finding:
        """Weighted shares of an answer by group, or of a number its mean."""
        statistic = "mean" if self.table.codebook.question(question).is_number else "share"
        given = None if statistic == "mean" else answer
        return survey(self.table, selection, by, question=question, answer=given, statistic=statistic)

    def tested(self, _question: str, _answer: str) -> None:
        """Nothing of its own: each finding has the tests of its groups in its notes."""
        return None

    def overview(self) -> None:
        """Nothing: questions of respondents differ in who was asked."""
        return None


def survey_sources() -> dict[str, str]:
    """The surveys that can be opened by name, with their titles: published shares, and respondents that were loaded."""
    known = catalog()
    published = {
        name: known[name].title
        for name in known
        if known[name].kind == "survey" and set(known[name].dimensions) >= ASKED and known[name].access == "open"
    }
    respondents = {}
    for name in [*survey_entries(), MADE_UP]:
        try:
            respondents[name] = survey_table(name).codebook.title
        except NotAvailable:  # not loaded
            continue
    return published | respondents


def open_survey(source: str | SurveyTable) -> PublishedSurvey | RespondentSurvey:
    """A survey by its name, one of `survey_sources`; or respondents of a file of one's own.

    Raises
    ------
    UnknownName
        For another name: a name never opens a file.
    Refused
        For an entry that is no survey.
    """
    if isinstance(source, SurveyTable):
        return RespondentSurvey(table=source)
    names = survey_sources()
    if not isinstance(source, str) or source not in names:
        hint = _("There are: {names}.").format(names=", ".join(names))
        raise UnknownName(_("survey"), source, names, hint=hint)
    if source in catalog() and catalog()[source].form != "respondents":
        return PublishedSurvey(cube=cube_of(source))
    return RespondentSurvey(table=survey_table(source))


def _finest(names: list[str], cube: Cube) -> tuple[str, ...]:
    """The names, of regions only the finest level that the cube has."""
    regions = [name for name in names if name.startswith("nuts")]
    level = cube.levels.get("nuts", 0)
    kept = next((name for name in reversed(regions) if DIMENSIONS[name].level <= level), None)
    return tuple(name for name in names if name not in regions or name == kept)
