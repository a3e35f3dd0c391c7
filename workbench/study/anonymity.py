"""Whether persons in the records of an entry can be told apart by what others may know of them."""

from collections.abc import Sequence

from workbench.disclosure_control.microdata import Anonymity, anonymity_of, coarsened
from workbench.study.data import read


def anonymity(
    name: str,
    keys: Sequence[str],
    *,
    minimum: int = 10,
    place: int | None = None,
    time: str | None = None,
    **parameters,
) -> Anonymity:
    """How many persons are alike in what others may know of them: k-anonymity and l-diversity of an entry's records.

    Parameters
    ----------
    name : entry of the catalogue
    keys : columns of its rows that others may know of a person, such as nuts, nace, sex, age
    minimum : persons in a group at the least
    place : NUTS level to cut codes of places to first, 0 to 3
    time : "year", "quarter" or "month" to cut dates to first
    parameters : what the entry takes, as `read`

    Returns
    -------
    Anonymity
        Prints as a report; of no single group.

    Raises
    ------
    Refused
        For a key that is no column; where the role in force may not open records.
    """
    return anonymity_of(coarsened(read(name, **parameters), place=place, time=time), keys, minimum=minimum)
