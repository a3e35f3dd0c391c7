"""Change over time: the yearly series of a question and its annual percent change, cut at declared breaks."""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
from scipy import stats

from workbench.cube.cube import Cube
from workbench.cube.selection import Selection
from workbench.models.joinpoint import fit_joinpoints
from workbench.models.trend import fit_trend
from workbench.study.at_risk import prepared
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.rates import rates
from workbench.study.telling import breaks, capital, finding
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _

FIT = ("fit", "fit_low", "fit_high", "segment")


def trend(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    joinpoints: int | None = None,
    standard: Sequence[str] = (),
    exposure: str | None = None,
    level: float = 0.95,
) -> Finding:
    """The rate by year with a log-linear line through each unbroken span; `model` is the `Trend`.

    Parameters
    ----------
    joinpoints : look for at most so many years in which the slope changes; `model` is then the `Joinpoints`, chosen by
        weighted BIC, and a declared break is a step of the line
    standard : dimensions by which each year's rate is standardised first

    Returns
    -------
    Finding
        frame: year, the rate's columns, and `fit`, `fit_low`, `fit_high`, `segment` of the line.
    """
    asked = cube(source)
    selection, _by, _notes = prepared(asked, selection, ("year",))
    try:
        series = rates(asked, selection, ("year",), standard=standard, exposure=exposure, level=level)
    except Refused as refusal:
        if refusal.dimension != "coverage":
            raise
        raise Refused(
            _("{why} A trend of a sample's counts would show how the sample was drawn.").format(why=refusal),
            dimension="coverage",
        ) from refusal
    by_year = series.frame.set_index("year")
    known = by_year[by_year["value"].notna()]
    if known.empty:
        raise ModelError(_("No year has a value for this question: {why}").format(why=" ".join(series.notes[:1])))
    cuts = tuple(breaks(asked, selection))
    fit = fit_trend if joinpoints is None else partial(fit_joinpoints, most=joinpoints)
    fitted = fit(**_series(known, bool(standard)), breaks=cuts, level=level)
    line = fitted.fitted.set_index("year")[["value", "low", "high", "segment"]].set_axis(
        ["fit", "fit_low", "fit_high", "segment"], axis=1
    )
    frame = by_year.join(line).reset_index()
    left_out = [str(year) for year in by_year.index.difference(known.index)]
    spans = fitted.segments if joinpoints is None else ()
    with_figure = " ".join(span.sentence() for span in spans if not np.isnan(span.apc)) or fitted.sentence()
    notes = [
        *series.notes,
        *(
            [_("Years without a value, left out of the line: {years}.").format(years=", ".join(left_out))]
            if left_out
            else []
        ),
    ]
    said = fitted.sentence()
    if joinpoints is not None and len(fitted.steps):
        said += " " + _("The line has a step at {years}, where the source counts differently.").format(
            years=", ".join(f"{year:g}" for year in fitted.steps["year"])
        )
    return finding(
        asked,
        selection,
        ("year",),
        frame,
        notes,
        title=_("Trend"),
        extra=series.sources[1:],
        model=fitted,
        summary=said,
        headline=_("{what}: {sentence}").format(what=capital(selection.words(asked.lists)), sentence=with_figure),
        columns=FIT,
    )


def _series(known: pd.DataFrame, standardised: bool) -> dict:
    """What a model of change takes: counts and people where the rate is made of them, else rates, with errors if known."""
    if not standardised and known["count"].notna().all() and known["exposure"].notna().all():
        return {"counts": known["count"], "exposure": known["exposure"], "per": float(known["per"].iloc[0])}
    if known["low"].isna().any():
        return {"rates": known["value"]}
    width = 2 * stats.norm.ppf((1 + known["level"]) / 2)
    return {"rates": known["value"], "standard_errors": (known["high"] - known["low"]) / width}
