"""Accidents next to the people at risk, group by group, matched by label."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from workbench.cubes.answer import Values, about_flags
from workbench.cubes.cube import Answer, Cube
from workbench.study.exposure import people_dimensions
from workbench.study.matching import joined, taken

COUNTS = ("accidents", "records", "variance")
"""Columns of accidents that are zero where none happened."""


def side_by_side(cube: Cube, accidents: Answer, people: Answer, by: Sequence[str]) -> dict[str, Values]:
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
    own, at_risk = dict(accidents.columns), {name: people.columns[column] for name, column in names.items()}
    if not keys:  # all people are at risk of each kind of accident
        return own | taken(at_risk, [0] * len(own["accidents"]))

    people_by_group = {key: people.columns[key] for key in keys} | at_risk
    complete = any(margin.complete for margin in cube.margins if margin.name == accidents.margin)
    if not complete or len(keys) < len(by):
        return joined(own, people_by_group, keys)
    return _with_zeros(cube, joined(own, people_by_group, keys, how="outer"), keys)


def _with_zeros(cube: Cube, columns: dict[str, Values], keys: Sequence[str]) -> dict[str, Values]:
    """Zero for groups without a row in complete records; a group that occurs in no record at all is left out.

    Of that one it is not known that nothing happened there.
    """
    absent = np.isnan(columns["accidents"]) & np.isnan(columns["missing"])
    if not absent.any():
        return columns
    counts = {name: np.where(absent, 0.0, columns[name]) for name in COUNTS if name in columns}
    covered = [pd.Series(columns[key]).isin(cube.groups("accidents", key)).to_numpy() for key in keys]
    inside = np.logical_and.reduce(covered)
    return {name: column[inside] for name, column in (columns | counts).items()}


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
    counted = {note for side in (accidents, people) for note in about_flags(side.columns["flag"].tolist())}
    return [*about_flags(flags.tolist()), *(note for note in (*accidents.notes, *people.notes) if note not in counted)]
