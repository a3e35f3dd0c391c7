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
from workbench.wearables.exposure.air import shift_average
from workbench.wearables.exposure.heat import heat, wbgt
from workbench.wearables.exposure.limits import NOISE_LEVELS
from workbench.wearables.exposure.noise import INSTRUMENT, POSITION, daily_level, energy_mean
from workbench.wearables.exposure.similar_group import en689
from workbench.wearables.exposure.vibration import hand_arm
from workbench.wearables.groups import INSIDE, Ledger, admitted_groups
from workbench.wearables.quality import Checked, check
from workbench.wearables.signals import Recording
from workbench.wearables.summaries import Summaries

if TYPE_CHECKING:
    from collections.abc import Callable

MINUTE = 1 / 60
MEASURES = {
    "noise": "dB(A)",
    "carbon_monoxide": "ppm",
    "hand_arm": "m/s2",
    "wbgt_over": "degrees Celsius",
    "strain": "share of the reserve",
}
"""What is computed of a person's shift, and its unit: LEX,8h; eight-hour average; A(8); warmest hour less its
reference of ISO 7243 (not acclimatised); mean share of the heart rate's reserve."""


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
    return ShiftExposures(pd.DataFrame([_of_shift(one, watts) for one in recordings]))


def _of_shift(recording: Recording, watts: float) -> dict:
    (shift,) = recording.shifts
    found: dict[str, object] = {"person": recording.person, "shift": recording.labels["shift"]}
    ways: dict[str, dict[str, Callable]] = {
        "environment": {
            "noise": lambda levels: daily_level(energy_mean(levels), shift.minutes / 60),
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
    return found


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
    limit: float = 20.0,
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
    limit : occupational exposure limit of carbon monoxide, ppm: 20 in eight hours, Directive (EU) 2017/164
    fewest : persons behind each figure, at the least

    Returns
    -------
    DataFrame
        `by`, shifts (person-shifts), insufficient (without enough data on noise), noise (energy mean of LEX,8h) with
        its one-sided upper limit of 95 %, over_upper (share of person-shifts at 85 dB(A) or more), the means of the
        other measures, en689 (verdict on carbon monoxide), state.

    Raises
    ------
    ModelError
        For a division by hour: exposure is of a shift.
    """
    if "hour" in by or "hour" in (where or {}):
        raise ModelError(_("Exposure is of a whole shift, not of an hour. Ask .groups() by hour."))
    rows = []
    for group in admitted_groups(summaries, by, where=where, ledger=ledger, fewest=fewest):
        codes = dict(zip(by, group.codes, strict=True))
        part = _chosen(shifts.frame, group.rows)
        rows.append(codes | (_figures(part, limit, fewest) if group.shown else {"state": "withheld"}))
    columns = ["shifts", "insufficient", "noise", "noise_upper", "over_upper", *list(MEASURES)[1:], "en689", "state"]
    return pd.DataFrame(rows, columns=[*by, *columns])


def _chosen(frame: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    return frame.merge(rows[["person", "shift"]].drop_duplicates(), on=["person", "shift"])


def _figures(part: pd.DataFrame, limit: float, fewest: int) -> dict:
    noise = part["noise"].dropna()
    figures: dict[str, object] = {"shifts": len(part), "insufficient": int(part["noise"].isna().sum()), "state": ""}
    if part.loc[part["noise"].notna(), "person"].nunique() < fewest:
        return figures
    spread = noise.std(ddof=1)
    # sampling (the standard error of the shifts), instrument (a dosimeter), position of the microphone; in place of the
    # table C.4 of ISO 9612, of which the workbench has one row alone
    uncertainty = 1.65 * np.sqrt(spread**2 / len(noise) + INSTRUMENT["dosimeter"] ** 2 + POSITION**2)
    figures["noise"] = energy_mean(noise)
    figures["noise_upper"] = figures["noise"] + uncertainty
    figures["over_upper"] = float((noise >= NOISE_LEVELS[1].value).mean())
    for name in list(MEASURES)[1:]:
        known = part[part[name].notna()]
        if known["person"].nunique() >= fewest:
            figures[name] = float(known[name].mean())
    gas = part["carbon_monoxide"].dropna()
    figures["en689"] = en689(gas, limit).verdict
    return figures
