"""Which weight a figure of a survey is made with: the right one by itself, a wrong one refused by name."""

import numpy as np
import pandas as pd

from workbench.models.survey_design import Design, StageColumns, survey_design
from workbench.models.survey_replicates import Replicates
from workbench.sources.readers.respondents import weight_column
from workbench.terms.errors import Refused
from workbench.terms.survey_table import SurveyTable, Weight
from workbench.terms.text import _

ORDER = ("analysis", "population", "post-stratification", "design")
"""Weights in the order in which they are taken where none is named."""
ORDER_OF_TOTALS = ("population", "design", "post-stratification", "analysis")
"""The same for numbers of people: first the weight that was made for them."""
ALIKE = 0.01
"""Weights whose sum is within this share of the number of respondents add up to the sample, not to the population."""


def chosen_weight(table: SurveyTable, name: str | None, samples_per_group: int, *, total: bool) -> Weight | None:
    """The weight to use; None for a survey without weights.

    Parameters
    ----------
    table : SurveyTable
    name : column of the weight that was asked for, or None
    samples_per_group : the most samples (countries, waves) that one group joins
    total : whether a number of people is estimated, not a share or mean

    Raises
    ------
    UnknownName
        For a weight that there is not.
    Refused
        For one that does not fit the figure, naming the one that does.
    """
    weights = [weight for weight in table.codebook.weights if weight.purpose in ORDER]
    order = ORDER_OF_TOTALS if total else ORDER
    weights = sorted(weights, key=lambda weight: order.index(weight.purpose))
    fitting = [w for w in weights if not _fault(table, w, samples_per_group, total=total)]
    if name is not None:
        weight = table.codebook.weight(name)
        if fault := _fault(table, weight, samples_per_group, total=total):
            raise Refused(" ".join([fault, _instead(fitting)]))
        return weight
    if fitting:
        return fitting[0]
    if not weights and not total:
        return None
    fault = _fault(table, weights[0], samples_per_group, total=total) if weights else _("It has no weights.")
    raise Refused(" ".join([fault, _instead([])]))


def design_of(table: SurveyTable, weight: Weight | None, lonely: str) -> tuple[Design, pd.Index]:
    """The design of the respondents who have that weight, and which they are.

    Without strata in the file each sample is a stratum; without sampling units each respondent is one.
    """
    frame = table.frame
    values = pd.Series(1.0, index=frame.index) if weight is None else frame[weight_column(weight.column)]
    rows = frame.index[values.notna()]
    frame, values = frame.loc[rows], values.loc[rows]

    strata = [frame[column].astype(str) for column in ("sample", "stratum") if column in frame]
    joined = strata[0].str.cat(strata[1:], sep=", ") if len(strata) > 1 else strata[0] if strata else None
    stage = StageColumns(strata=joined, units=frame.get("psu"), population=frame.get("population_units"))
    replicates = _replicates(table, frame, weight)
    return survey_design(values, [stage], replicates=replicates, lonely=lonely), rows


def about_design(table: SurveyTable, weight: Weight | None) -> list[str]:
    """What has to be known of weights and errors."""
    book, notes = table.codebook, []
    if weight is None:
        notes.append(_("This survey has no weights: shares are those of the respondents, not of a population."))
    else:
        notes.append(_("Weighted by {column} ({purpose}).").format(column=weight.column, purpose=weight.purpose))
    if book.replicates:
        notes.append(_("Errors from replicate weights ({method}).").format(method=book.replicates.method))
    elif not book.psu:
        notes.append(
            _(
                "The file does not say who was drawn together (no sampling units): errors are approximate and rather "
                "too small."
            )
        )
    elif not book.strata:
        notes.append(_("The file has sampling units, but no strata: errors are rather too large."))
    return notes


def _replicates(table: SurveyTable, frame: pd.DataFrame, weight: Weight | None) -> Replicates | None:
    """The replicate weights, where they belong to this weight."""
    given = table.codebook.replicates
    if given is None or weight is None or (given.weight and given.weight != weight.column):
        return None
    columns = [f"replicate_{i}" for i in range(1, len(given.columns) + 1)]
    return Replicates(
        weights=frame[columns].to_numpy(float), method=given.method, fay=given.fay, scales=tuple(given.scales)
    )


def _fault(table: SurveyTable, weight: Weight, samples_per_group: int, *, total: bool) -> str:
    """Why a weight does not fit; "" where it does."""
    column = weight.column
    if weight.purpose == "country size":
        return _(
            "{column} only brings countries to their size; it is the same for all respondents of a country and no "
            "weight by itself."
        ).format(column=column)
    if weight.sample_only and samples_per_group > 1:
        return _(
            "{column} holds inside one country or wave: across several, each would count by how many people were "
            "interviewed there, not by how many live there."
        ).format(column=column)
    if total and weight.purpose == "analysis":
        return _("{column} is scaled and adds up to no population: it makes shares and means, not totals.").format(
            column=column
        )
    if total and sums_to_sample(table, weight):
        return _(
            "{column} adds up to the number of respondents: a total made with it would be one of the sample, not of "
            "the population."
        ).format(column=column)
    return ""


def sums_to_sample(table: SurveyTable, weight: Weight) -> bool:
    """Whether a weight's sum is the number of respondents who have it."""
    values = table.frame[weight_column(weight.column)].to_numpy(float)
    return bool(abs(np.nansum(values) / max(np.isfinite(values).sum(), 1) - 1) < ALIKE)


def _instead(fitting: list[Weight]) -> str:
    if fitting:
        return _("Take weight={column!r} ({purpose}).").format(column=fitting[0].column, purpose=fitting[0].purpose)
    return _(
        "No weight of this file fits: ask by country and wave (by, or where), for a share in place of a total, or "
        "name a fitting column in the codebook, such as the product of two."
    )
