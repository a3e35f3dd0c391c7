"""Small areas: what a survey says of regions with few respondents, drawn towards what is known of all of them."""

from dataclasses import replace

import numpy as np
import pandas as pd

from workbench.cubes.selection import Selection
from workbench.models.small_areas import fay_herriot
from workbench.study.finding import Finding
from workbench.study.questions.survey import survey
from workbench.study.survey_options import SurveyOptions
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyTable
from workbench.terms.text import _, n_
from workbench.terms.words import number

LEVELS = ("nuts1", "nuts2", "nuts3")


def small_areas(
    source: str | SurveyTable,
    selection: Selection | None = None,
    by: str = "nuts2",
    *,
    question: str,
    answer: str,
    weight: str | None = None,
    options: SurveyOptions | None = None,
) -> Finding:
    """The share of each region after Fay and Herriot: its direct estimate and the mean of all, by how sure each is.

    Parameters
    ----------
    source : name of an entry whose rows are respondents, or what `wb.survey_table` gives
    selection : who is asked about
    by : level of regions: "nuts1", "nuts2" or "nuts3"
    question : code of a question
    answer : code or label of the answer whose share is wanted
    weight : column of the weight; the one that fits unless given
    options : as for `wb.survey`; a region of too few respondents to be shown is estimated by the model only

    Returns
    -------
    Finding
        frame: value low high of the predictor, `direct` and `direct_se`, `shrinkage` (the weight of the direct
        estimate, 0 to 1) and `basis`; regions without a direct estimate are "model only", and marked unreliable.

    Raises
    ------
    Refused
        For what is no level of regions.
    ModelError
        For too few regions with a direct estimate.
    """
    if by not in LEVELS:
        raise Refused(_("Small areas are regions: nuts1, nuts2 or nuts3, not {by}.").format(by=by))
    direct = survey(source, selection, by, question=question, answer=answer, weight=weight, options=options)
    frame = direct.frame.set_index(by)
    known = direct.lists["nuts"]
    countries = {code[:2] for code in frame.index if code != UNKNOWN}
    regions = [code for code in known.at_level(DIMENSIONS[by].level) if code[:2] in countries]
    frame = frame.reindex([*frame.index, *(code for code in regions if code not in frame.index)])

    fitted = fay_herriot(frame["value"], _variances(frame), level=float(direct.frame["level"].iloc[0]))
    model_only = fitted.frame["state"].eq("model only")
    made = frame.assign(
        value=fitted.frame["value"].clip(0, 1),
        low=fitted.frame["low"].clip(0, 1),
        high=fitted.frame["high"].clip(0, 1),
        level=direct.frame["level"].iloc[0],
        method="Fay-Herriot",
        unit=direct.frame["unit"].iloc[0],
        flag="",
        flag_share=0.0,
        state=np.where(model_only, "unreliable", ""),
        direct=frame["value"],
        direct_se=frame["se"],
        shrinkage=fitted.frame["weight"],
        basis=np.where(model_only, _("model only"), _("direct estimate and model")),
    )
    made = made.drop(columns=["se", "df", "deff", "effective_n", "people"]).reset_index(names=by)
    n = int(model_only.sum())
    shown = direct.displayed()
    summary = _("{direct_summary} Drawn towards the mean of all: from {low}% to {high}%.").format(
        direct_summary=direct.summary if len(shown) else "",
        low=number(100 * made["value"].min()),
        high=number(100 * made["value"].max()),
    )
    units = dict.fromkeys(("direct", "direct_se"), direct.units["value"])
    return replace(
        direct,
        frame=made,
        summary=summary,
        withheld=0,
        model=fitted,
        notes=(*_notes(fitted.spread, n), *direct.notes),
        units={**direct.units, **units},
    )


def _variances(frame: pd.DataFrame) -> pd.Series:
    """Sampling variances; of a region where nobody or everybody gave the answer that of all regions for so many."""
    own = frame["se"].astype(float) ** 2
    n, mean = frame["exposure"].astype(float), float(frame["value"].mean())
    deff = float(frame["deff"].median())
    of_all = (mean * (1 - mean) / n * (deff if np.isfinite(deff) else 1.0)).where(frame["value"].notna())
    return own.where(own > 0, of_all)


def _notes(spread: float, model_only: int) -> list[str]:
    notes = [
        _(
            "Fay-Herriot: regions lie {spread} percentage points (one standard deviation) about the mean; limits are "
            "value -+ z times the root of the mean squared error."
        ).format(spread=number(100 * spread))
    ]
    if model_only:
        message = n_(
            "{n} region has no direct estimate, or one of too few respondents: model only.",
            "{n} regions have no direct estimate, or one of too few respondents: model only.",
            model_only,
        )
        notes.append(message.format(n=model_only))
    return notes
