"""Accidents next to the people at risk, group by group, matched by label."""

from collections.abc import Sequence

import pandas as pd

from workbench.cubes.answer import about_flags
from workbench.cubes.cube import Answer, Cube
from workbench.study.exposure import people_dimensions


def side_by_side(cube: Cube, accidents: Answer, people: Answer, by: Sequence[str]) -> pd.DataFrame:
    """Counts next to exposure, matched by label; a group that is at risk but absent from complete records has zero.

    Parameters
    ----------
    cube : Cube
        Of the accidents.
    accidents, people : Answer
        By `by`; the people by those of its dimensions that people have.
    by : sequence of str
        Dimension names.

    Returns
    -------
    DataFrame
        The accidents' columns with exposure, exposure_flag and exposure_share.
    """
    columns = {"exposure": people.measure.name, "exposure_flag": "flag", "exposure_share": "flag_share"}
    keys = people_dimensions(by)
    if not keys:
        return accidents.frame.assign(**{name: people.frame[own].iloc[0] for name, own in columns.items()})
    if len(keys) == len(by) and all(accidents.frame[name].equals(people.frame[name]) for name in keys):
        return accidents.frame.assign(**{name: people.frame[own] for name, own in columns.items()})  # as is usual

    complete = any(m.complete for m in cube.margins if m.name == accidents.margin)
    how = "outer" if complete and len(keys) == len(by) else "left"
    at_risk = people.frame[[*keys, *columns.values()]].rename(columns={own: name for name, own in columns.items()})
    frame = accidents.frame.merge(at_risk, on=keys, how=how, sort=False)
    if complete:
        frame = frame[_covered(cube, frame, keys)].reset_index(drop=True)
        absent = frame["accidents"].isna() & frame["missing"].isna()
        counts = [name for name in ("accidents", "records", "variance") if name in frame]
        frame = frame.assign(**{name: frame[name].mask(absent, 0.0) for name in counts})
    return frame


def notes_of_both(accidents: Answer, people: Answer, flags: pd.Series) -> list[str]:
    """What has to be known of either side; flags are counted once, on the figures that carry those of both.

    Parameters
    ----------
    accidents, people : Answer
    flags : Series of str
        Of the figures, each with the letters of both sides.

    Returns
    -------
    list of str
        Whole sentences.
    """
    counted = {note for side in (accidents, people) for note in about_flags(side.frame["flag"].tolist())}
    return [*about_flags(flags.tolist()), *(note for note in (*accidents.notes, *people.notes) if note not in counted)]


def _covered(cube: Cube, frame: pd.DataFrame, keys: Sequence[str]) -> pd.Series:
    """Rows whose groups occur in the records at all: of the others it is not known that nothing happened there."""
    inside = pd.Series(True, index=frame.index)
    for name in keys:
        inside &= frame[name].isin(cube.groups("accidents", name))
    return inside
