"""The groups of a programme: how many employers and people each has, and in which stratum it is."""

import numpy as np
import pandas as pd

from workbench.study.criteria import Judged
from workbench.terms.errors import Refused
from workbench.terms.text import _

WORKERS_PER_EMPLOYER = 10


def groups_of(judged: Judged, employers: pd.Series | None) -> tuple[pd.DataFrame, list[str]]:
    """Employers, people and stratum of each group, and a note where employers are assumed.

    Parameters
    ----------
    judged : Judged
    employers : Series by the codes of the groups, or None

    Returns
    -------
    DataFrame by group
        employers, people, stratum.
    list of str
        Notes.

    Raises
    ------
    Refused
        For employers without the number of a group.
    """
    people = judged.groups["exposure"]
    years = judged.divided.selection.years
    if years is not None:  # person-years of several years are of the same employers
        people = people / (years[1] - years[0] + 1)
    stratum = judged.groups.index.get_level_values(-1).astype(str)
    if employers is None:
        note = _("Assumed: {n} workers an employer. Give `employers` to plan with the real number.")
        number_of = np.ceil(people / WORKERS_PER_EMPLOYER).clip(lower=1)
        notes = [note.format(n=WORKERS_PER_EMPLOYER)]
    else:
        number_of, notes = employers.reindex(judged.groups.index), []
        if number_of.isna().any():
            missing = ", ".join(map(str, number_of.index[number_of.isna()][:5]))
            raise Refused(_("`employers` has no number for {groups}.").format(groups=missing))
    return pd.DataFrame({"employers": number_of.astype(int), "people": people, "stratum": stratum}), notes
