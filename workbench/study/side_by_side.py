"""Accidents next to the people at risk, group by group, matched by label."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionArray, take

from workbench.cubes.answer import about_flags
from workbench.cubes.cube import Answer, Cube
from workbench.study.exposure import people_dimensions

Column = np.ndarray | ExtensionArray
COUNTS = ("accidents", "records", "variance")
"""Columns of accidents that are zero where none happened."""


def side_by_side(cube: Cube, accidents: Answer, people: Answer, by: Sequence[str]) -> dict[str, Column]:
    """Counts next to exposure, matched by label; a group that is at risk but absent from complete records has zero.

    Columns and not a frame: what is made of them joins them before a frame is built, once.

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
    dict of str to array
        The accidents' columns with exposure, exposure_flag and exposure_share, a value per group.
    """
    names = {"exposure": people.measure.name, "exposure_flag": "flag", "exposure_share": "flag_share"}
    keys = people_dimensions(by)
    own, at_risk = columns_of(accidents.frame), {name: people.frame[column].values for name, column in names.items()}
    if not keys:  # all people are at risk of each kind of accident
        return own | _taken(at_risk, np.zeros(len(accidents.frame), int))
    if any(accidents.frame[key].dtype != people.frame[key].dtype for key in keys):
        return columns_of(_merged(cube, accidents, people, by, names))

    groups, groups_at_risk = _groups(accidents.frame, keys), _groups(people.frame, keys)
    if groups == groups_at_risk:  # as is usual
        return own | at_risk
    if len(keys) < len(by) or not _is_complete(cube, accidents):
        return own | _taken(at_risk, _places(groups, groups_at_risk))
    if not set(groups) <= set(groups_at_risk):
        return columns_of(_merged(cube, accidents, people, by, names))

    places = _places(groups_at_risk, groups)
    found = _taken(own, places) | {key: people.frame[key].values for key in keys} | at_risk
    found |= {name: np.where(places < 0, 0.0, found[name]) for name in COUNTS if name in found}
    covered = _covered(cube, people.frame, keys)
    return {name: column[covered] for name, column in found.items()}


def columns_of(frame: pd.DataFrame) -> dict[str, Column]:
    """The columns of a frame without its index.

    Parameters
    ----------
    frame : DataFrame

    Returns
    -------
    dict of str to array
    """
    return {name: frame[name].values for name in frame}


def _groups(frame: pd.DataFrame, keys: Sequence[str]) -> list[tuple]:
    """The groups of a frame by some of its columns, row by row."""
    return list(zip(*(frame[key].tolist() for key in keys), strict=True))


def _places(groups: Sequence[tuple], among: Sequence[tuple]) -> np.ndarray:
    """The place of each group among others, which are there once each; -1 where it is not there."""
    place_of = {group: place for place, group in enumerate(among)}
    return np.array([place_of.get(group, -1) for group in groups], int)


def _taken(columns: Mapping[str, Column], places: np.ndarray) -> dict[str, Column]:
    """Columns at some places, in this order; missing at -1."""
    return {name: take(column, places, allow_fill=True) for name, column in columns.items()}


def _is_complete(cube: Cube, accidents: Answer) -> bool:
    """Whether the table of an answer has every accident: what it does not name did not happen."""
    return any(margin.complete for margin in cube.margins if margin.name == accidents.margin)


def _merged(cube: Cube, accidents: Answer, people: Answer, by: Sequence[str], names: Mapping[str, str]) -> pd.DataFrame:
    """Counts next to exposure where the codes of the two are kept differently, or accidents are of more groups."""
    keys, complete = people_dimensions(by), _is_complete(cube, accidents)
    how = "outer" if complete and len(keys) == len(by) else "left"
    at_risk = people.frame[[*keys, *names.values()]].rename(columns={own: name for name, own in names.items()})
    frame = accidents.frame.merge(at_risk, on=keys, how=how, sort=False)
    if complete:
        frame = frame[_covered(cube, frame, keys)]
        absent = frame["accidents"].isna() & frame["missing"].isna()
        frame = frame.assign(**{name: frame[name].mask(absent, 0.0) for name in COUNTS if name in frame})
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


def _covered(cube: Cube, frame: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    """Rows whose groups occur in the records at all: of the others it is not known that nothing happened there."""
    return np.logical_and.reduce([frame[key].isin(cube.groups("accidents", key)).to_numpy() for key in keys])
