"""How far a finding's model can be trusted, in sentences: scatter, limits, what rests on few accidents."""

from functools import singledispatch

import numpy as np

from workbench.models.funnel import Funnel
from workbench.models.joinpoint import Joinpoints
from workbench.models.regression_result import RegressionResult
from workbench.models.trend import Trend
from workbench.study.finding import Finding
from workbench.terms.errors import ModelError
from workbench.terms.text import _, n_
from workbench.terms.words import number, p_value, span


def diagnostics(finding: Finding) -> list[str]:
    """What there is to judge a finding by.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    list of str
        Sentences; none where nothing is to be said.
    """
    return [*_of_model(finding.model), *_of_rows(finding)]


def _of_rows(finding: Finding) -> list[str]:
    """How many figures rest on few accidents, or are not there."""
    frame = finding.frame
    if "state" not in frame:
        return []
    all_of, few = len(frame), int((frame["state"] == "unreliable").sum())
    gone = int(frame["state"].isin(["missing", "withheld"]).sum())
    found = []
    if few:
        words = n_("{n} of {all} figures rests on few accidents.", "{n} of {all} figures rest on few accidents.", few)
        found.append(words.format(n=few, all=all_of))
    if gone:
        words = n_(
            "{n} of {all} figures is missing or withheld.", "{n} of {all} figures are missing or withheld.", gone
        )
        found.append(words.format(n=gone, all=all_of))
    return found


@singledispatch
def _of_model(_model: object) -> list[str]:
    return []


@_of_model.register
def _of_trend(model: Trend) -> list[str]:
    words = _("{span}: {n} years, {p}; {method}.")
    parts = [part for part in model.segments or (model,) if not np.isnan(part.p_value)]
    return [
        words.format(span=span(part.first, part.last), n=part.n, p=p_value(part.p_value), method=part.method)
        for part in parts
    ]


@_of_model.register
def _of_joinpoints(model: Joinpoints) -> list[str]:
    by_rule = ", ".join(_("{rule}: {n}").format(rule=rule, n=n) for rule, n in model.choices.items())
    words = _("Joinpoints by each rule: {by_rule}. Years: {n}; {method}.")
    return [words.format(by_rule=by_rule, n=model.n, method=model.method), *([model.note] if model.note else [])]


@_of_model.register
def _of_regression(model: RegressionResult) -> list[str]:
    words = _("Pearson chi-square over degrees of freedom: {dispersion} ({df} degrees of freedom).")
    found = [words.format(dispersion=number(model.dispersion), df=model.df)]
    for test in (model.dispersion_test, model.zeros):
        try:
            found.append(str(test()))
        except ModelError as refusal:
            found.append(str(refusal))
    return list(dict.fromkeys(found))


@_of_model.register
def _of_funnel(model: Funnel) -> list[str]:
    return [str(model)]
