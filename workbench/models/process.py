"""Control charts: does a rate or a share through time vary more than chance, and when."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_positive, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number
from workbench.terms.words import p_value as p_in_words

RUN = 8  # points in a row on one side of the centre that signal a shift


MOVING_RANGE = 1.128  # mean range of two standard normal values
METHODS = {
    "u": mark("u-chart, {sigmas:g} sigma"),
    "p": mark("p-chart, {sigmas:g} sigma"),
    "c": mark("c-chart, {sigmas:g} sigma"),
    "u'": mark("Laney u'-chart, {sigmas:g} sigma"),
    "p'": mark("Laney p'-chart, {sigmas:g} sigma"),
}


@dataclass(frozen=True, kw_only=True)
class ControlChart:
    """A u-, p- or c-chart: one row per period, limits that follow its exposure."""

    # value low high signal ("", "high", "low", "run"), count exposure baseline
    frame: pd.DataFrame = field(compare=False)
    centre: float  # total over total of the baseline, per `per`
    per: float
    sigmas: float
    dispersion: float  # chi-square over its degrees of freedom in the baseline; 1 when only chance is at work
    dispersion_p: float
    sigma_z: float  # factor of Laney's limits; 1 without
    note: str
    method: str

    @property
    def signals(self) -> pd.DataFrame:
        """The rows that signal."""
        return self.frame[self.frame["signal"] != ""]

    def __str__(self) -> str:
        facts = {"method": self.method, "centre": number(self.centre), "n": len(self.signals), "all": len(self.frame)}
        words = _("{method}: centre {centre}, {n} of {all} periods signal.").format(**facts)
        if len(self.signals):
            words = _("{method}: centre {centre}, {n} of {all} periods signal ({which}).").format(
                **facts, which=some(self.signals.index)
            )
        return f"{words} {self.note}".strip()


def u_chart(
    counts: pd.Series,
    exposure: pd.Series,
    *,
    per: float = 100_000,
    sigmas: float = 3.0,
    baseline: Iterable | None = None,
    leave_out: Iterable = (),
    laney: bool = False,
) -> ControlChart:
    """Events per exposure by period: centre sum x / sum n, limits centre -+ sigmas sqrt(centre / n_i), not below 0.

    Signals: a point outside its limits ("high", "low"), or the eighth and later points of a run on one side of the
    centre ("run"). The centre and the test of dispersion (Poisson chi-square) come from the baseline only.

    Large counts vary more than chance for reasons that are always there, and nearly every point signals. `laney`
    multiplies the limits' distance by sigma_z, the mean moving range of the standardised values over 1.128 (Laney 2002,
    Qual. Eng. 14:531-537), from the baseline.

    Parameters
    ----------
    counts, exposure : Series by period with the same labels, in order of the counts' index
    per : unit of the values and limits
    sigmas : distance of the limits in standard errors
    baseline : labels of the periods that set the centre; all without it
    leave_out : labels taken out of the baseline because their cause is known; they stay on the chart
    laney : limits of Laney's u'-chart

    Returns
    -------
    ControlChart

    Raises
    ------
    ModelError
        Fewer than 2 periods in the baseline, no events in it, labels that do not exist, exposure 0 or missing numbers;
        with `laney` a baseline without variation.
    """
    counts, exposure = _measured(counts, exposure, _("the exposure"))
    used = _baseline(counts, baseline, leave_out)
    centre = counts[used].sum() / exposure[used].sum()
    error = np.sqrt(_with_events(centre) / exposure)
    return _chart(counts, exposure, centre, error, used, per=per, sigmas=sigmas, kind="u'" if laney else "u")


def p_chart(
    counts: pd.Series,
    trials: pd.Series,
    *,
    sigmas: float = 3.0,
    baseline: Iterable | None = None,
    leave_out: Iterable = (),
    laney: bool = False,
) -> ControlChart:
    """Share of trials by period: centre sum x / sum n, limits centre -+ sigmas sqrt(centre (1 - centre) / n_i).

    Parameters
    ----------
    counts, trials : Series by period with the same labels; `counts` of `trials`
    sigmas, baseline, leave_out, laney : as in `u_chart`

    Returns
    -------
    ControlChart, values and limits between 0 and 1

    Raises
    ------
    ModelError
        As `u_chart`; more counts than trials.
    """
    counts, trials = _measured(counts, trials, _("the trials"))
    if (more := counts > trials).any():
        raise ModelError(
            _("There are more counts than the trials in {when}. Are the two exchanged?").format(
                when=some(counts.index[more])
            )
        )
    used = _baseline(counts, baseline, leave_out)
    centre = counts[used].sum() / trials[used].sum()
    error = np.sqrt(_with_events(centre) * _with_events(1 - centre) / trials)
    return _chart(counts, trials, centre, error, used, per=1, sigmas=sigmas, kind="p'" if laney else "p")


def c_chart(
    counts: pd.Series, *, sigmas: float = 3.0, baseline: Iterable | None = None, leave_out: Iterable = ()
) -> ControlChart:
    """Events by period where the exposure is the same in all: centre mean x, limits centre -+ sigmas sqrt(centre).

    Parameters
    ----------
    counts : Series by period
    sigmas, baseline, leave_out : as in `u_chart`

    Returns
    -------
    ControlChart, values and limits in events a period; `exposure` is 1

    Raises
    ------
    ModelError
        As `u_chart`.
    """
    counts = measured(counts, _("the counts"), missing=False)
    used = _baseline(counts, baseline, leave_out)
    centre = counts[used].mean()
    one = pd.Series(1.0, counts.index)
    return _chart(counts, one, centre, np.sqrt(_with_events(centre) * one), used, per=1, sigmas=sigmas, kind="c")


def _measured(counts: pd.Series, sizes: pd.Series, what: str) -> tuple[pd.Series, pd.Series]:
    """Counts and exposure or trials of every period, all known, none of these 0."""
    counts = measured(counts, _("the counts"), missing=False)
    sizes = aligned(measured(sizes, what, missing=False), counts.index, what, _("the counts"))
    if (sizes == 0).any():
        raise ModelError(
            _("{what} of {when} is 0. Leave these periods out.").format(what=what, when=some(counts.index[sizes == 0]))
        )
    return counts, sizes


def _with_events(centre: float) -> float:
    if centre == 0:
        raise ModelError(
            _("In the baseline there are no events (or nothing else), so chance has no measure. Take a longer one.")
        )
    return centre


def _chart(
    counts: pd.Series,
    sizes: pd.Series,
    centre: float,
    error: pd.Series,
    used: pd.Series,
    *,
    per: float,
    sigmas: float,
    kind: str,
) -> ControlChart:
    """The chart of counts over sizes around a centre, `error` the standard error of chance in each period."""
    per, sigmas = checked_positive(per, "per"), checked_positive(sigmas, "sigmas")
    value = counts / sizes
    z = ((value - centre) / error)[used]
    sigma_z = _laney_factor(z) if kind.endswith("'") else 1.0
    low = np.maximum(centre - sigmas * sigma_z * error, 0)
    high = centre + sigmas * sigma_z * error
    if kind.startswith("p"):
        high = np.minimum(high, 1)
    run = np.where(_in_run((value - centre).to_numpy()), "run", "")
    signal = np.where(value > high, "high", np.where(value < low, "low", run))
    chi2, df = float(np.sum(z**2)), int(used.sum()) - 1
    p = float(special.chdtrc(df, chi2))
    frame = pd.DataFrame(
        {
            "value": value * per,
            "low": low * per,
            "high": high * per,
            "signal": signal,
            "count": counts,
            "exposure": sizes,
            "baseline": used,
        }
    ).astype({"signal": "str"})
    return ControlChart(
        frame=frame,
        centre=float(centre * per),
        per=per,
        sigmas=sigmas,
        dispersion=chi2 / df,
        dispersion_p=p,
        sigma_z=sigma_z,
        note=" ".join(
            _cautions(low, min(sigmas * sigma_z, 1e6) ** 2, chi2 / df, p, sigma_z if kind.endswith("'") else None)
        ),
        method=translated(METHODS[kind]).format(sigmas=sigmas),
    )


def _laney_factor(z: pd.Series) -> float:
    """Mean moving range of the standardised values over that of chance."""
    moved = float(z.diff().abs().mean())
    if not moved > 0:
        raise ModelError(_("The baseline does not vary at all: Laney's limits would have no width. Take plain ones."))
    return moved / MOVING_RANGE


def _baseline(counts: pd.Series, baseline: Iterable | None, leave_out: Iterable) -> pd.Series:
    """Which periods set the centre."""
    used = pd.Series(baseline is None, index=counts.index)
    for labels, state in (([] if baseline is None else baseline, True), (leave_out, False)):
        labels = [labels] if isinstance(labels, str) or not isinstance(labels, Iterable) else list(labels)
        if unknown := [label for label in labels if not (isinstance(label, Hashable) and label in counts.index)]:
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


def _cautions(low: pd.Series, enough: float, dispersion: float, p: float, sigma_z: float | None) -> list[str]:
    """What to beware of; `enough` are the expected events below which a lower limit is 0."""
    notes = []
    if (low == 0).any():
        notes.append(
            _(
                "Below about {n:.0f} expected events the lower limit is 0 and no improvement can signal: "
                "take longer periods."
            ).format(n=enough)
        )
    if sigma_z is not None:
        notes.append(_("Limits are {factor:.2f} times those of chance (sigma z).").format(factor=sigma_z))
    elif dispersion > 1 and p < 0.05:
        notes.append(
            _("The baseline varies {phi:,.1f} times as much as chance ({p}): limits signal too often.").format(
                phi=dispersion, p=p_in_words(p)
            )
        )
    return notes
