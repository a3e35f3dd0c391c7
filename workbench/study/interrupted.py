"""What changed with a law or an event: the level and the slope from a known date, beside the course before it gone on."""

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.interrupted import LEAST, Interrupted, fit_interrupted
from workbench.models.rates import digits
from workbench.study.course import Course, course
from workbench.study.finding import Finding
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _

LINES = ("fit", "fit_low", "fit_high", "counterfactual", "counterfactual_low", "counterfactual_high", "segment")
SEASONS = 2  # pairs of sine and cosine: a year with two peaks and two troughs
TWO_YEARS = 24


def interrupted(
    source: str | Cube,
    selection: Selection | None = None,
    *,
    at: int | str | pd.Period,
    slope: bool = True,
    exposure: str | Cube | None = None,
    level: float = 0.95,
) -> Finding:
    """The rate before and from a known date on: its change of level and slope, and the accidents above or below the course before.

    Poisson regression of the accidents with the people as exposure, by year, or by month (with the seasons) where the
    cube has months. Breaks that the source declares at other dates are steps of both lines; periods behind a break so
    near to an end that its step could not be told are left out, and named.

    Parameters
    ----------
    at : first year (2020) or first month ("2020-03") of the new: of a law, of an event, of another definition
    slope : whether the course may also be steeper or flatter afterwards; without it the line before and the line after
        are parallel, and what came after has a say in the course before

    Returns
    -------
    Finding
        frame: a row per period with the rate's columns, `fit` of the line, `counterfactual` of the course before gone
        on (from `at` on), each with `_low` and `_high`, and `segment`, the number of the unbroken span.
        `model` is the `Interrupted`.

    Raises
    ------
    Refused
        Rates without counts, a month asked of years, and as `rates`.
    ModelError
        Fewer than 3 periods on a side, none with an accident, gaps, terms that cannot be told apart.
    """
    its = course(source, selection, exposure=exposure, level=level, months=True)
    if not its.counted:
        raise Refused(
            _(
                "{name} publishes rates without counts: how far chance moves them is not known. A change at a date needs the accidents and the people at risk; `trend` and `change` take published rates."
            ).format(name=its.asked.name)
        )
    start = _period(its, at)
    known, cuts, notes = _tellable(its, start)
    monthly = len(its.by) > 1
    try:
        fitted = fit_interrupted(
            known["count"],
            known["exposure"],
            interruption=start,
            slope=slope,
            harmonics=SEASONS if monthly and len(known) >= TWO_YEARS else 0,
            breaks=cuts,
            level=level,
        )
    except ModelError as error:
        if not notes:
            raise
        raise ModelError(" ".join([str(error), *notes])) from error
    if monthly and len(known) < TWO_YEARS:
        notes.append(_("Less than two years of months: the seasons are not told apart from the change."))
    notes += [*_about_breaks(its, start, cuts), *its.marked(known)]
    said = fitted.sentence()
    if start in its.breaks:
        said += " " + _(
            "The source itself counts differently from {when}: the change is that of the counting too."
        ).format(when=start)
    return its.finding(
        its.rows(its.frame.join(_lines(its, fitted)).join(its.segments())),
        [*its.left_out(), *notes, _("Model: {method}.").format(method=fitted.method)],
        title=_("Change at a date"),
        sentence=_("from {when} the level was {ratio} times what came before ({level:g}% CI {low} to {high})").format(
            when=start, ratio=digits(fitted.rate_ratio), level=100 * level, low=digits(fitted.low),
            high=digits(fitted.high),
        ),
        columns=LINES,
        model=fitted,
        summary=said,
    )  # fmt: skip


def _period(its: Course, at: object) -> object:
    """`at` as a year or a month of the series; what is neither is left for the model to refuse."""
    text = str(at).strip()
    if its.by == ("year",):
        if not text.isdigit():
            raise Refused(
                _(
                    'Here {name} goes by years, and {at!r} is not one. Give a year, such as 2020. Records that have months: wb.cube(name, dims=[..., "year", "month"]).'
                ).format(name=its.asked.name, at=text),
                dimension="month",
            )
        return int(text)
    try:
        return pd.Period(text, freq="M")
    except ValueError:
        return text


def _tellable(its: Course, start: object) -> tuple[pd.DataFrame, list, list[str]]:
    """The periods that take part, the breaks among them, and a note on those left out: a step needs periods on both sides."""
    known, notes = its.known, []
    cuts = [cut for cut in its.breaks if cut != start]
    for cut in cuts:
        before, after = known[known.index < cut], known[known.index >= cut]
        if len(before) and len(after) and min(len(before), len(after)) < LEAST:
            gone, known = (before, after) if len(before) < len(after) else (after, before)
            notes.append(
                _("Left out: {periods}. The source counts differently from {cut}, too near to the end to tell by how much.")
                .format(periods=", ".join(map(str, gone.index)), cut=cut)
            )  # fmt: skip
    return known, [cut for cut in cuts if known.index[0] < cut <= known.index[-1]], notes


def _about_breaks(its: Course, start: object, cuts: list) -> list[str]:
    """What declared breaks do to the two lines."""
    notes = []
    if cuts:
        notes.append(
            _("Both lines have a step at {breaks}, where the source counts differently.").format(
                breaks=", ".join(map(str, cuts))
            )
        )
    if later := [cut for cut in cuts if cut > start]:
        notes.append(
            _("What the interruption did from {first} on is not told apart from the other counting.").format(
                first=later[0]
            )
        )
    return notes


def _lines(its: Course, fitted: Interrupted) -> pd.DataFrame:
    """The two lines as rates; the counterfactual from the interruption on."""
    unit = its.known["per"].iloc[0] / fitted.fitted["exposure"]
    columns = ["value", "low", "high", *LINES[3:6]]
    lines = fitted.fitted[columns].mul(unit, axis=0).set_axis(list(LINES[:6]), axis=1)
    lines.loc[~fitted.fitted["after"], list(LINES[3:6])] = float("nan")
    return lines
