"""Change over time: the yearly series of a question and its annual percent change, cut at declared breaks."""

import numpy as np

from workbench.cube.cube import Cube
from workbench.cube.selection import Selection
from workbench.models.trend import fit_trend
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.rates import prepared, rates
from workbench.study.telling import breaks, finding
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _


def trend(
    source: str | Cube, selection: Selection | None = None, *, exposure: str | None = None, level: float = 0.95
) -> Finding:
    """The rate by year with a log-linear line through each unbroken span; `model` is the `Trend`.

    Returns
    -------
    Finding
        frame: year, the rate's columns, and `fit`, `fit_low`, `fit_high`, `segment` of the line.
    """
    asked = cube(source)
    selection, _by, _notes = prepared(asked, selection, ("year",))
    try:
        series = rates(asked, selection, ("year",), exposure=exposure, level=level)
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
    if known["count"].notna().all() and known["exposure"].notna().all():
        fitted = fit_trend(known["count"], known["exposure"], breaks=cuts, level=level, per=float(known["per"].iloc[0]))
    else:
        fitted = fit_trend(rates=known["value"], breaks=cuts, level=level)
    line = fitted.fitted.set_index("year")[["value", "low", "high", "segment"]].set_axis(
        ["fit", "fit_low", "fit_high", "segment"], axis=1
    )
    frame = by_year.join(line).reset_index()
    left_out = [str(year) for year in by_year.index.difference(known.index)]
    with_figure = " ".join(span.sentence() for span in fitted.segments if not np.isnan(span.apc))
    notes = [
        *series.notes,
        *(
            [_("Years without a value, left out of the line: {years}.").format(years=", ".join(left_out))]
            if left_out
            else []
        ),
    ]
    return finding(
        asked,
        selection,
        ("year",),
        frame,
        notes,
        title=_("Trend"),
        extra=series.sources[1:],
        model=fitted,
        summary=fitted.sentence(),
        headline=with_figure,
    )
