"""Control charts: does a rate or a share through time vary more than chance, and when."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from workbench.models.inputs import aligned, measured, some
from workbench.models.rates import digits
from workbench.terms.errors import ModelError
from workbench.terms.text import _

RUN = 8  # points in a row on one side of the centre that signal a shift
ENOUGH = 9  # expected events below which a lower limit of three sigma is 0


@dataclass(frozen=True, kw_only=True)
class ControlChart:
    """A u- or p-chart: one row per period, limits that follow its exposure."""

    frame: pd.DataFrame = field(
        compare=False
    )  # value low high signal ("", "high", "low", "run"), count exposure baseline
    centre: float  # total over total of the baseline, per `per`
    per: float
    sigmas: float
    dispersion: float  # chi-square over its degrees of freedom in the baseline; 1 when only chance is at work
    dispersion_p: float
    note: str
    method: str

    @property
    def signals(self) -> pd.DataFrame:
        """The rows that signal."""
        return self.frame[self.frame["signal"] != ""]

    def __str__(self) -> str:
        return _("{method}: centre {centre}, {n} of {all} periods signal{which}. {note}").format(
            method=self.method, centre=digits(self.centre), n=len(self.signals), all=len(self.frame),
            which=f" ({some(self.signals.index)})" if len(self.signals) else "", note=self.note,
        ).strip()  # fmt: skip


def u_chart(
    counts: pd.Series,
    exposure: pd.Series,
    *,
    per: float = 100_000,
    sigmas: float = 3.0,
    baseline: Iterable | None = None,
    leave_out: Iterable = (),
) -> ControlChart:
    """Events per exposure by period: centre sum x / sum n, limits centre -+ sigmas sqrt(centre / n_i), not below 0.

    Signals: a point outside its limits ("high", "low"), or the eighth and later points of a run on one side of the
    centre ("run"). The centre and the test of dispersion (Poisson chi-square) come from the baseline only.

    Parameters
    ----------
    counts, exposure : Series by period with the same labels, in order of the counts' index
    per : unit of the values and limits
    baseline : labels of the periods that set the centre; all without it
    leave_out : labels taken out of the baseline because their cause is known; they stay on the chart

    Raises
    ------
    ModelError
        Fewer than 2 periods in the baseline, no events in it, labels that do not exist, exposure 0 or missing numbers.
    """
    return _chart(counts, exposure, per, sigmas, baseline, leave_out, share=False)


def p_chart(
    counts: pd.Series,
    trials: pd.Series,
    *,
    sigmas: float = 3.0,
    baseline: Iterable | None = None,
    leave_out: Iterable = (),
) -> ControlChart:
    """Share of trials by period: centre sum x / sum n, limits centre -+ sigmas sqrt(centre (1 - centre) / n_i) in [0, 1].

    Options, signals and errors as in `u_chart`; ModelError also where there are more counts than trials.
    """
    return _chart(counts, trials, 1, sigmas, baseline, leave_out, share=True)


def _chart(counts, exposure, per, sigmas, baseline, leave_out, *, share: bool) -> ControlChart:
    what = _("the trials") if share else _("the exposure")
    counts = measured(counts, _("the counts"), missing=False)
    exposure = aligned(measured(exposure, what, missing=False), counts.index, what, _("the counts"))
    for where, fault in (
        (exposure == 0, _("{what} of {when} is 0. Leave these periods out.")),
        ((counts > exposure) & share, _("There are more counts than {what} in {when}. Are the two exchanged?")),
    ):
        if where.any():
            raise ModelError(fault.format(what=what, when=some(counts.index[where])))
    used = _baseline(counts, baseline, leave_out)
    x, n, inside = counts.to_numpy(), exposure.to_numpy(), used.to_numpy()
    centre = x[inside].sum() / n[inside].sum()
    if centre == 0 or (share and centre == 1):
        raise ModelError(
            _("In the baseline there are no events (or nothing else), so chance has no measure. Take a longer one.")
        )
    unit_variance = centre * (1 - centre) if share else centre
    reach = sigmas * np.sqrt(unit_variance / n)
    low, high = np.maximum(centre - reach, 0), centre + reach
    if share:
        high = np.minimum(high, 1)
    value = x / n
    signal = np.where(value > high, "high", np.where(value < low, "low", np.where(_in_run(value - centre), "run", "")))
    chi2 = float(np.sum((x - n * centre)[inside] ** 2 / (n * unit_variance)[inside]))
    df = int(inside.sum()) - 1
    p = float(stats.chi2.sf(chi2, df))
    frame = pd.DataFrame(
        {"value": value * per, "low": low * per, "high": high * per, "signal": signal, "count": x, "exposure": n, "baseline": inside},
        index=counts.index,
    ).astype({"signal": "str"})  # fmt: skip
    return ControlChart(
        frame=frame,
        centre=float(centre * per),
        per=per,
        sigmas=sigmas,
        dispersion=chi2 / df,
        dispersion_p=p,
        note=_notes(n * centre, chi2 / df, p),
        method=(_("p-chart, {sigmas:g} sigma") if share else _("u-chart, {sigmas:g} sigma")).format(sigmas=sigmas),
    )


def _baseline(counts: pd.Series, baseline: Iterable | None, leave_out: Iterable) -> pd.Series:
    """Which periods set the centre."""
    used = pd.Series(baseline is None, index=counts.index)
    for labels, state in (([] if baseline is None else baseline, True), (leave_out, False)):
        labels = list(labels)
        if unknown := [label for label in labels if label not in counts.index]:
            raise ModelError(
                _("{labels} are not periods of the chart, which has {have}.").format(
                    labels=some(unknown), have=some(counts.index)
                )
            )
        used.loc[labels] = state
    if used.sum() < 2:
        raise ModelError(
            _("The baseline has {n} periods; chance shows in 2 at the least, better in 20.").format(n=used.sum())
        )
    return used


def _in_run(deviation: np.ndarray) -> np.ndarray:
    """Whether a point is at least the eighth in a row on its side of the centre."""
    side, length, found = np.sign(deviation), 0, np.zeros(len(deviation), bool)
    for i in range(len(side)):
        length = length + 1 if i and side[i] == side[i - 1] and side[i] != 0 else 1
        found[i] = length >= RUN and side[i] != 0
    return found


def _notes(expected: np.ndarray, dispersion: float, p: float) -> str:
    notes = []
    if (expected < ENOUGH).any():
        notes.append(
            _(
                "Below about {n} expected events the lower limit is 0 and no improvement can signal: take longer periods."
            ).format(n=ENOUGH)
        )
    if dispersion > 1 and p < 0.05:
        notes.append(
            _("The baseline varies {phi:.1f} times as much as chance ({p}): limits signal too often.").format(
                phi=dispersion, p=_("p < 0.001") if p < 0.001 else _("p = {p:.3f}").format(p=p)
            )
        )
    return " ".join(notes)
