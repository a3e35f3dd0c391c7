"""What a regression of counts says in rates and in words, without a word of cause."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from workbench.models.inputs import chosen, some
from workbench.models.rates import digits
from workbench.models.regression_checks import p_text
from workbench.models.regression_fit import quadratic
from workbench.models.regression_result import RegressionResult
from workbench.terms.errors import ModelError
from workbench.terms.text import _, capital

UNRELIABLE = 10  # events


def average_rates(
    model: RegressionResult, variable: str, *, per: float = 100_000, weights: str = "exposure"
) -> pd.DataFrame:
    """Rates that the model gives when all cells have the same level of one category and all else stays as it is.

    All cells are predicted at each level and averaged; the difference is from the reference. Delta method with the
    model's covariance; limits of the rate on the log scale, of the difference on its own. Weighted by exposure these
    are standardised rates (Lane & Nelder 1982, Biometrics 38:613-621); weighted by units of analysis, mean predictions.

    Parameters
    ----------
    variable : a category of the formula
    per : the exposure that rates are for; 1 for a model without exposure
    weights : "exposure", or "units" (each unit of analysis counts the same)

    Returns
    -------
    DataFrame by level, reference first: value error low high, difference difference_error difference_low
    difference_high (0 and missing errors for the reference), per

    Raises
    ------
    ModelError
        The variable is no category of the model, its interactions lack cells for some level, coefficients have no
        errors.
    """
    design, fit = model.design, model.fit
    if variable not in design.levels:
        raise ModelError(
            _("{name} is no category of the model {formula}. There are: {known}.").format(
                name=variable, formula=model.formula, known=some(design.levels) or _("none")
            )
        )
    by_exposure = chosen(weights, ("exposure", "units"), "weights") == "exposure"
    weight = design.sums(model.units["exposure"].to_numpy() if by_exposure else np.ones(model.n))
    weight = per * weight / weight.sum()
    covariance, t = _centred_covariance(model), model.reach

    rows, base = {}, None
    for level in design.levels[variable]:
        moved = design.at(variable, level)
        rates = weight * np.exp(moved @ fit.coefficients)
        value, gradient = rates.sum(), moved.T @ rates
        error = np.sqrt(gradient @ covariance @ gradient)
        reach = np.exp(t * error / value)

        base = base or (value, gradient)  # the reference comes first
        difference, change = value - base[0], gradient - base[1]
        gap = np.sqrt(max(change @ covariance @ change, 0.0)) if len(rows) else np.nan
        limits = (difference - t * gap, difference + t * gap)
        rows[level] = (value, error, value / reach, value * reach, difference, gap, *limits)
    columns = ["value", "error", "low", "high"]
    columns += ["difference", "difference_error", "difference_low", "difference_high"]
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return frame.rename_axis(variable).assign(per=per)


def fitted_rates(model: RegressionResult, *, per: float = 100_000) -> pd.DataFrame:
    """The model's rate of every unit of analysis, with its limits.

    Parameters
    ----------
    per : the exposure that rates are for

    Returns
    -------
    DataFrame by unit: value low high per

    Raises
    ------
    ModelError
        When coefficients have no errors.
    """
    design = model.design
    reach = np.exp(model.reach * np.sqrt(quadratic(design.matrix, _centred_covariance(model))))
    value = per * np.exp(design.matrix @ model.fit.coefficients)
    frame = pd.DataFrame({"value": value, "low": value / reach, "high": value * reach})
    return frame.iloc[design.pattern].set_axis(model.units.index).assign(per=per)


def reading(
    model: RegressionResult,
    *,
    labels: Mapping[str, Mapping[str, str]] | None = None,
    names: Mapping[str, str] | None = None,
    most: int = 3,
) -> str:
    """The regression in plain sentences: the largest ratios of each term, what they are relative to, and the cautions.

    `labels` gives words for codes by variable ({"nace1": {"F": "Construction"}}), `names` words for the variables;
    `most` is the number of levels told of each term. Ratios are of rates at equal values of the other terms; the reading never says that a term is the cause.
    """
    labels = labels or {}
    what = _("rate") if model.exposure else _("mean count")
    lines = [
        _("{events:,.0f} events, {unit}; {method}.").format(events=model.events, unit=model.unit, method=model.method)
    ]
    table = model.coefficients
    for term, test in model.terms.iterrows():
        inside = [
            name for name, column in zip(table.index, model.design.columns, strict=True)
            if column and ":".join(part for part, _level in column) == term
        ]  # fmt: skip
        rows = table.loc[inside]
        order = rows["value"].abs().sort_values(ascending=False).index[:most]
        together = len(rows) > 1 and term in model.references
        told = "; ".join(_ratio(rows.loc[name], model, name, labels, what, together) for name in order)
        if together:
            base = labels.get(term, {}).get(model.references[term], model.references[term])
            told = _("{what} ratios to {base}: {told}").format(what=what, base=base, told=told)
        more = _(" ({n} more levels)").format(n=len(rows) - most) if len(rows) > most else ""
        whole = (
            ""
            if np.isnan(test["p_value"]) or len(rows) == 1
            else _(", {p} as a whole").format(p=p_text(test["p_value"]))
        )
        heading = capital(_(" and ").join(names[part] for part in term.split(":"))) if names else term
        lines.append(f"{heading}{whole}: {told}{more}.")
    lines += model.notes
    if few := [name for name, events in model.ratios["events"].items() if events < UNRELIABLE]:
        lines.append(_("Fewer than {n} events, so unreliable: {names}.").format(n=UNRELIABLE, names=some(few)))
    known = _(", with {exposure} taken as known").format(exposure=model.exposure) if model.exposure else ""
    lines.append(
        _(
            "These are associations at equal values of the other terms{known}; they do not say why the groups differ."
        ).format(known=known)
    )
    return "\n".join(lines)


def _centred_covariance(model: RegressionResult) -> np.ndarray:
    """Covariance of the coefficients of the design as it is inside; ModelError when some have none."""
    if (without := model.covariance.isna().all()).any():
        raise ModelError(
            _(
                "The model has no errors for {terms}, so its rates have no limits. Fit it with model-based errors or "
                "another cluster."
            ).format(terms=some(model.covariance.columns[without]))
        )
    inside = np.linalg.inv(model.design.uncentre)
    return inside @ model.covariance.to_numpy() @ inside.T


def _ratio(
    row: pd.Series,
    model: RegressionResult,
    name: str,
    labels: Mapping[str, Mapping[str, str]],
    what: str,
    together: bool,
) -> str:
    """One ratio with its limits; `together` with others of its term, whose reference is named before them."""
    column = model.design.columns[list(model.coefficients.index).index(name)]
    parts = []
    for variable, level in column:
        if level:
            base, words = model.references[variable], labels.get(variable, {})
            group = words.get(level, level)
            parts.append(group if together else _("{level} to {base}").format(level=group, base=words.get(base, base)))
        else:
            parts.append(_("one more of {variable}").format(variable=variable))
    across = _(" (times the ratios of each alone)") if len(column) > 1 else ""
    names = {variable for variable, _level in column}
    others = {name for term in model.design.formula.terms if names < set(term) for name in term} - names
    where = []
    for other in sorted(others):
        base = model.references.get(other, "0")
        where.append(_("{name} is {base}").format(name=other, base=labels.get(other, {}).get(base, base)))
    if where:
        across += _(" where {conditions}").format(conditions=_(" and ").join(where))
    groups = _(" and ").join(parts)
    return _("{groups} {ratio} ({level:g}% CI {low} to {high}){across}").format(
        groups=groups if together else _("{what} ratio of {groups}").format(what=what, groups=groups),
        ratio=digits(row["ratio"]), level=100 * model.level,
        low=digits(row["ratio_low"]), high=digits(row["ratio_high"]), across=across,
    )  # fmt: skip
