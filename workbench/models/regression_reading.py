"""What a regression of counts says in rates and in words, without claims about causes."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from workbench.models.inputs import chosen, some
from workbench.models.regression_checks import p_text
from workbench.models.regression_fit import quadratic
from workbench.models.regression_rank import Column, column_name
from workbench.models.regression_result import RegressionResult
from workbench.terms.errors import ModelError
from workbench.terms.text import _, capital, n_
from workbench.terms.words import number

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
    design, fit = model.design, model.whole().fit
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
    design, fit = model.design, model.whole().fit
    reach = np.exp(model.reach * np.sqrt(quadratic(design.matrix, _centred_covariance(model))))
    value = per * np.exp(design.matrix @ fit.coefficients)
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

    Ratios are of rates at equal values of the other terms; the reading never says that a term is the cause.

    Parameters
    ----------
    labels : words for codes by variable, {"nace1": {"F": "Construction"}}
    names : words for the variables
    most : levels told of each term

    Returns
    -------
    str
        A line for each term and caution.
    """
    labels = labels or {}
    lines = [
        _("{events:,.0f} events, {unit}; {method}.").format(events=model.events, unit=model.unit, method=model.method)
    ]
    for term, test in model.terms.iterrows():
        heading = capital(_listed([names[part] for part in term.split(":")])) if names else term
        lines.append(_term_in_words(model, term, test["p_value"], heading, labels, most))
    lines += model.notes

    ratios = model.ratios
    few = ratios.index[ratios["events"] < UNRELIABLE]
    if len(few):
        columns = dict(zip(model.coefficients.index, model.design.columns, strict=True))
        named = [level_in_words(columns[name], labels) for name in few]
        lines.append(_("Fewer than {n} events, so unreliable: {names}.").format(n=UNRELIABLE, names=some(named)))
    if model.exposure:
        cautions = _(
            "These are associations at equal values of the other terms, with {exposure} taken as known; they do not "
            "say why the groups differ."
        ).format(exposure=model.exposure)
    else:
        cautions = _(
            "These are associations at equal values of the other terms; they do not say why the groups differ."
        )
    return "\n".join([*lines, cautions])


def level_in_words(column: Column, labels: Mapping[str, Mapping[str, str]]) -> str:
    """A coefficient by the labels of its codes: "Construction and Women"; by its name where some have no label."""
    words = [labels.get(variable, {}).get(level) for variable, level in column]
    return _listed(words) if all(words) else column_name(column)


def _listed(parts: Sequence[str]) -> str:
    if len(parts) < 2:
        return "".join(parts)
    return _("{several} and {last}").format(several=", ".join(parts[:-1]), last=parts[-1])


def _term_in_words(
    model: RegressionResult,
    term: str,
    p_value: float,
    heading: str,
    labels: Mapping[str, Mapping[str, str]],
    most: int,
) -> str:
    """The largest ratios of one term, and its test as a whole where it has several levels."""
    inside = [
        name
        for name, column in zip(model.coefficients.index, model.design.columns, strict=True)
        if column and ":".join(part for part, _level in column) == term
    ]
    rows = model.coefficients.loc[inside]
    order = rows["value"].abs().sort_values(ascending=False).index[:most]
    together = len(rows) > 1 and term in model.references
    ratios = "; ".join(_ratio(rows.loc[name], model, name, labels, together) for name in order)
    if together:
        base = labels.get(term, {}).get(model.references[term], model.references[term])
        message = _("rate ratios to {base}: {ratios}") if model.exposure else _("mean count ratios to {base}: {ratios}")
        ratios = message.format(base=base, ratios=ratios)
    if (more := len(rows) - most) > 0:
        message = n_("{ratios} ({n} more level)", "{ratios} ({n} more levels)", more)
        ratios = message.format(ratios=ratios, n=more)
    if np.isnan(p_value) or len(rows) == 1:
        return _("{term}: {ratios}.").format(term=heading, ratios=ratios)
    return _("{term}, {p} as a whole: {ratios}.").format(term=heading, p=p_text(p_value), ratios=ratios)


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
    row: pd.Series, model: RegressionResult, name: str, labels: Mapping[str, Mapping[str, str]], together: bool
) -> str:
    """One ratio with its limits; `together` with others of its term, whose reference is named before them."""
    column = model.design.columns[list(model.coefficients.index).index(name)]
    groups = _listed([_group(variable, level, model, labels, together) for variable, level in column])
    message = _("{groups} {ratio} ({level:g}% CI {low} to {high})")
    if not together:
        message = _("mean count ratio of {groups} {ratio} ({level:g}% CI {low} to {high})")
        if model.exposure:
            message = _("rate ratio of {groups} {ratio} ({level:g}% CI {low} to {high})")
    ratio = message.format(
        groups=groups,
        ratio=number(row["ratio"]),
        level=100 * model.level,
        low=number(row["ratio_low"]),
        high=number(row["ratio_high"]),
    )
    if len(column) > 1:
        ratio = _("{ratio} (times the ratios of each alone)").format(ratio=ratio)
    if conditions := _conditions(column, model, labels):
        ratio = _("{ratio} where {conditions}").format(ratio=ratio, conditions=_listed(conditions))
    return ratio


def _group(
    variable: str, level: str, model: RegressionResult, labels: Mapping[str, Mapping[str, str]], together: bool
) -> str:
    """The group of a ratio, with what it is compared to unless that was said before."""
    if not level:
        return _("one more of {variable}").format(variable=variable)
    words, base = labels.get(variable, {}), model.references[variable]
    if together:
        return words.get(level, level)
    return _("{level} to {base}").format(level=words.get(level, level), base=words.get(base, base))


def _conditions(column: Column, model: RegressionResult, labels: Mapping[str, Mapping[str, str]]) -> list[str]:
    """The values of the other variables of its interactions at which a ratio holds."""
    names = {variable for variable, _level in column}
    others = {name for term in model.design.formula.terms if names < set(term) for name in term} - names
    conditions = []
    for other in sorted(others):
        base = model.references.get(other, "0")
        conditions.append(_("{name} is {base}").format(name=other, base=labels.get(other, {}).get(base, base)))
    return conditions
