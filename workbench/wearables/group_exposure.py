"""Exposure of groups over shifts: each person's shift first, insufficient ones left out and counted, then the group."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import polars as pl

from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.wearables.exposure import heart
from workbench.wearables.exposure.air import FEWEST_KNOWN, shift_average, short_term
from workbench.wearables.exposure.heat import heat, wbgt
from workbench.wearables.exposure.limits import CARBON_MONOXIDE, NOISE_LEVELS, NOISE_PEAKS
from workbench.wearables.exposure.noise import SPREADS, daily_level, energy_mean, full_day_exposure
from workbench.wearables.exposure.similar_group import en689
from workbench.wearables.exposure.vibration import hand_arm
from workbench.wearables.groups import INSIDE, Ledger, admitted_groups, known_parts
from workbench.wearables.quality import INSUFFICIENT, Checked, check
from workbench.wearables.shifts import Shift
from workbench.wearables.signals import TIME, Recording
from workbench.wearables.summaries import Summaries

if TYPE_CHECKING:
    from collections.abc import Callable

MEASURES = {
    "noise": "dB(A)",
    "peak": "dB(C)",
    "carbon_monoxide": "ppm",
    "carbon_monoxide_short": "ppm",
    "hand_arm": "m/s2",
    "wbgt_over": "degrees Celsius",
    "strain": "share of the reserve",
}
"""What is computed of a person's shift, and its unit: LEX,8h; highest peak; eight-hour average and highest mean of
fifteen minutes; A(8); warmest hour less its reference of ISO 7243 (not acclimatised); mean share of the heart rate's
reserve."""
MEANS = tuple(name for name in MEASURES if name not in ("noise", "peak"))
"""Measures of which a group has the arithmetic mean; the highest peak of a group would be one person's."""
SHARES = {
    "over_upper": ("noise", NOISE_LEVELS[1].value),
    "peak_lower": ("peak", NOISE_PEAKS[0].value),
    "peak_upper": ("peak", NOISE_PEAKS[1].value),
    "peak_limit": ("peak", NOISE_PEAKS[2].value),
    "over_short_term": ("carbon_monoxide_short", CARBON_MONOXIDE[1].value),
}
"""Shares of person-shifts in which a measure reaches a value."""


@dataclass(frozen=True)
class ShiftExposures:
    """A row per person and shift, which never leaves the package as it is: person, shift, and `MEASURES`."""

    frame: pd.DataFrame = field(repr=False)


def of_shifts(recordings: Sequence[Recording], watts: float) -> ShiftExposures:
    """Exposure of each person's shift; NaN where too little of it could be used.

    Parameters
    ----------
    recordings : each of one shift, with minute values
    watts : metabolic rate of the work

    Returns
    -------
    ShiftExposures
    """
    rows = pd.DataFrame([_of_shift(one, watts) for one in recordings])
    return ShiftExposures(rows.reindex(columns=["person", "shift", *MEASURES]))


def _of_shift(recording: Recording, watts: float) -> dict:
    (shift,) = recording.shifts
    found: dict[str, object] = {"person": recording.person, "shift": recording.labels["shift"]}
    ways: dict[str, dict[str, Callable]] = {
        "environment": {
            "noise": lambda levels: daily_level(energy_mean(levels), shift.minutes / 60),
            "peak": np.max,
            # of a shift recorded in part the mean stands for all of it: quality asks for three quarters
            "carbon_monoxide": lambda ppm: shift_average([ppm.mean()], [shift.minutes]),
            "hand_arm": lambda a: hand_arm([np.sqrt(np.mean(a**2))], [shift.minutes / 60]),
        },
        "heart": {
            "heart_rate": lambda rates: (
                heart.strain(rates, float(recording.labels["resting"]), float(recording.labels["highest"])).mean
            )
        },
    }
    for signal, channels in ways.items():
        if signal not in recording.signals:
            continue
        checked = check(recording.signals[signal], duration=shift.elapsed, zone=recording.zone)
        names = {channel.name for channel in checked.signal.channels}
        for name, compute in channels.items():
            if name in names:
                value = checked.measured(name, compute, MEASURES.get(name, "")).value
                found["strain" if name == "heart_rate" else name] = np.nan if value is None else value
        if {"wet_bulb", "globe"} <= names:
            found["wbgt_over"] = _over_reference(checked, watts)
        if "carbon_monoxide" in names:
            found["carbon_monoxide_short"] = _short_term(checked, "carbon_monoxide", shift)
    return found


def _short_term(checked: Checked, name: str, shift: Shift) -> float:
    """The highest mean of fifteen whole minutes of a shift; NaN where too little could be used."""
    if not checked.record(name).sufficient:
        return float("nan")
    minute = (pl.col(TIME) - pl.lit(shift.start)).dt.total_minutes().alias("minute")
    means = checked.signal.frame.group_by(minute).agg(pl.col(name).mean()).drop_nulls().collect()
    means = means.filter(pl.col("minute").is_between(0, int(shift.minutes), closed="left"))
    # minutes that were not recorded stay empty: values on either side of them are not neighbours
    minutes = np.full(int(shift.minutes), np.nan)
    minutes[means["minute"].to_numpy()] = means[name].to_numpy()
    return short_term(minutes)


def _over_reference(checked: Checked, watts: float) -> float:
    """The warmest hour less its reference; NaN where too little could be used."""
    if not (checked.record("wet_bulb").sufficient and checked.record("globe").sufficient):
        return float("nan")
    frame = checked.signal.frame.select(pl.col("wet_bulb"), pl.col("globe")).drop_nulls().collect()
    warmest = heat(wbgt(frame["wet_bulb"].to_numpy(), frame["globe"].to_numpy()), watts, acclimatised=False)
    return warmest.wbgt - warmest.reference


def exposures(
    shifts: ShiftExposures,
    summaries: Summaries,
    by: Sequence[str],
    *,
    ledger: Ledger,
    where: Mapping[str, Sequence[str]] | None = None,
    fewest: int = INSIDE,
) -> pd.DataFrame:
    """Exposure of groups of five or more persons.

    Parameters
    ----------
    shifts : of persons
    summaries : rows by which groups are formed
    by : of `summaries.DIMENSIONS`, without hour
    ledger : what was shown before
    where : codes of some dimensions
    fewest : persons behind each figure, at the least

    Returns
    -------
    DataFrame
        `by`, shifts (person-shifts), insufficient (without enough data on noise); noise (energy mean of LEX,8h, dB(A))
        and noise_upper, its one-sided upper limit of 95 % (ISO 9612, full days; missing where the days spread beyond
        its table); shares of person-shifts: over_upper (LEX,8h of 85 dB(A) or more), peak_lower, peak_upper, peak_limit
        (a peak of 135, 137, 140 dB(C) or more), over_short_term (100 ppm of carbon monoxide or more, over 15 minutes);
        the means of the other measures; en689 (verdict on eight hours of carbon monoxide, against 20 ppm, or
        "insufficient"), state.

    Raises
    ------
    ModelError
        For a division by hour: exposure is of a shift.
    """
    if "hour" in by or "hour" in (where or {}):
        raise ModelError(_("Exposure is of a whole shift, not of an hour. Ask .groups() by hour."))
    groups = admitted_groups(summaries, by, where=where, ledger=ledger, fewest=fewest)
    chosen = [_chosen(shifts.frame, group.rows) for group in groups if group.shown]
    # of a shift, not of an hour as the measures of `groups` are: compared among themselves
    parts = known_parts(chosen, MEASURES, ledger=ledger.of("shifts"), fewest=fewest)
    shown = iter([_figures(part, known) for part, known in zip(chosen, parts, strict=True)])
    rows = [
        dict(zip(by, group.codes, strict=True)) | (next(shown) if group.shown else {"state": "withheld"})
        for group in groups
    ]
    columns = ["shifts", "insufficient", "noise", "noise_upper", *SHARES, *MEANS, "en689", "state"]
    return pd.DataFrame(rows, columns=[*by, *columns])


def _chosen(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    return frame.merge(rows[["person", "shift"]].drop_duplicates(), on=["person", "shift"])


def _figures(part: pd.DataFrame, known: Mapping[str, pd.DataFrame]) -> dict:
    """Figures of one group, of the measures that are shown."""
    figures: dict[str, object] = {"shifts": len(part), "insufficient": int(part["noise"].isna().sum()), "state": ""}
    values = {name: rows[name].to_numpy(float) for name, rows in known.items()}
    if "noise" in values:
        figures |= _noise(values["noise"])
    figures |= {name: float((values[m] >= least).mean()) for name, (m, least) in SHARES.items() if m in values}
    figures |= {name: float(values[name].mean()) for name in MEANS if name in values}
    if "carbon_monoxide" in values:
        figures["en689"] = _verdict(values["carbon_monoxide"])
    return figures


def _noise(levels: np.ndarray) -> dict[str, float]:
    """The level of all shifts, and its upper limit."""
    if np.std(levels, ddof=1) > SPREADS[-1]:
        return {"noise": energy_mean(levels)}
    exposure = full_day_exposure(levels)
    return {"noise": exposure.level, "noise_upper": exposure.upper}


def _verdict(averages: np.ndarray) -> str:
    """EN 689 on averages of which three or more differ, all above zero: of others no log-normal can be told."""
    limit = CARBON_MONOXIDE[0].value
    fits = (averages > 0).all() and len(np.unique(averages)) >= FEWEST_KNOWN
    return en689(averages, limit).verdict if fits or (averages > limit).any() else INSUFFICIENT
