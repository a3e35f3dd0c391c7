"""Change over time: the yearly series of a question and its annual percent change, cut at declared breaks."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.joinpoint import fit_joinpoints
from workbench.models.trend import fit_trend
from workbench.study.course import course
from workbench.study.finding import Finding
from workbench.terms.text import _


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
        frame: year, the rate's columns, `fit`, `fit_low`, `fit_high` of the line, and `segment`, the number of the
        unbroken span.
    """
    its = course(source, selection, standard=standard, exposure=exposure, level=level)
    fit = fit_trend if joinpoints is None else partial(fit_joinpoints, most=joinpoints)
    fitted = fit(**its.numbers(), breaks=tuple(its.breaks), level=level)
    line = fitted.fitted.set_index("year")[["value", "low", "high"]].set_axis(["fit", "fit_low", "fit_high"], axis=1)
    frame = its.rows(its.frame.join(line).join(its.segments()))
    spans = fitted.segments if joinpoints is None else ()
    with_figure = " ".join(span.sentence() for span in spans if not np.isnan(span.apc)) or fitted.sentence()
    said = fitted.sentence()
    if joinpoints is not None and len(fitted.steps):
        said += " " + _("The line has a step at {years}, where the source counts differently.").format(
            years=", ".join(f"{year:g}" for year in fitted.steps["year"])
        )
    return its.finding(
        frame,
        its.left_out(),
        title=_("Trend"),
        sentence=with_figure,
        columns=("fit", "fit_low", "fit_high", "segment"),
        model=fitted,
        summary=said,
    )
