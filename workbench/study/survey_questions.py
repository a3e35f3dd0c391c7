"""The questions of a survey, looked through by their words: of respondents' answers and of published shares alike."""

import pandas as pd

from workbench.sources.catalog import catalog
from workbench.study.data import cube
from workbench.study.survey_tables import RESPONDENTS, codebook_of_entry, survey_table
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyTable
from workbench.terms.text import _


def questions(source: str | SurveyTable, search: str = "") -> pd.DataFrame:
    """The questions of a survey, or those whose text has all the words of `search`.

    Parameters
    ----------
    source : name of an entry of a survey, such as "esener_2019", or what `wb.survey_table` gives
    search : words, in any order

    Returns
    -------
    DataFrame
        A row per question: question, text; of respondents' answers also base and answers.

    Raises
    ------
    UnknownName
        For a name that is no entry.
    Refused
        For an entry without questions.
    """
    if isinstance(source, SurveyTable):
        return source.questions(search)
    if not isinstance(source, str):
        message = _("A survey is the name of an entry, or what wb.survey_table gives; {given!r:.60} is neither.")
        raise Refused(message.format(given=source))
    if source in catalog() and catalog()[source].form == RESPONDENTS:
        return SurveyTable(name=source, codebook=codebook_of_entry(source), frame=pd.DataFrame()).questions(search)
    if source not in catalog():
        return survey_table(source).questions(search)
    known = cube(source).lists.get("question")
    if known is None:
        message = _(
            "{name} has no questions: it is not a survey. Surveys are found with wb.catalog().search(kind=...)."
        )
        raise Refused(message.format(name=source))
    words = search.casefold().split()
    labels = {code: known.label(code) for code in known.codes()}
    found = [(c, t) for c, t in labels.items() if all(word in f"{c} {t}".casefold() for word in words)]
    return pd.DataFrame(found, columns=["question", "text"])
