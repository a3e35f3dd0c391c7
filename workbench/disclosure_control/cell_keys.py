"""Counts with a little noise that is always the same for the same persons: cell keys, with the package of the ONS.

Fraser & Wooton (2005), A proposed method for confidentialising tabular output to protect against differencing. Each
record has a key; the sum of the keys of a cell's records chooses the noise of the cell. Whoever comes to the same
persons by another question finds the same number, and two counts that differ by one person differ by chance.
"""

import hashlib
import io
import os
from collections.abc import Sequence
from contextlib import redirect_stdout

import numpy as np
import pandas as pd

from workbench.terms.errors import NotAvailable, Refused
from workbench.terms.text import _

SECRET = "WORKBENCH_CELL_KEY"
"""The environment variable with the secret of the record keys: the same for all tables of the same data."""
KEYS = 256
MOST = 750
"""Counts above are treated as those between 501 and 750: the package's own rule."""
NOISE = 6
"""At most so many persons more or fewer: whether a difference is of one person or two is then guessed right in
54 of 100 cases, against 50 without any knowledge."""


def record_keys(records: pd.DataFrame) -> np.ndarray:
    """A key from 0 to 255 for each record, from what it says and a secret.

    Records that say the same have different keys, in whatever order they come.

    Parameters
    ----------
    records : DataFrame
        A row per person, with all its columns.

    Returns
    -------
    array of int

    Raises
    ------
    NotAvailable
        Where the environment has no secret of 16 characters or more.
    """
    secret = os.environ.get(SECRET, "")
    if len(secret) < 16:
        raise NotAvailable(
            _(
                "Cell keys need a secret of 16 characters or more in the environment variable {name}, the same for all "
                "tables of the same data, and known to nobody who sees them."
            ).format(name=SECRET)
        )
    columns = sorted(records.columns)
    texts = ["\x1f".join(map(str, row)) for row in records[columns].itertuples(index=False, name=None)]
    which = pd.Series(texts).groupby(texts).cumcount()
    return np.array(
        [
            hashlib.blake2b(f"{text}\x1e{number}".encode(), key=secret.encode()[:64], digest_size=8).digest()[0]
            for text, number in zip(texts, which, strict=True)
        ]
    )


def noise_table() -> pd.DataFrame:
    """The noise for each count and key: every whole number from -6 to 6 as often as another, as far as 256 keys allow.

    Returns
    -------
    DataFrame
        `pcv` (count), `ckey` (key of the cell), `pvalue` (what is added).
    """
    keys = np.arange(KEYS)
    steps = (keys * (2 * NOISE + 1)) // KEYS - NOISE
    counts = np.repeat(np.arange(1, MOST + 1), KEYS)
    return pd.DataFrame({"pcv": counts, "ckey": np.tile(keys, MOST), "pvalue": np.tile(steps, MOST)})


def perturbed_counts(records: pd.DataFrame, by: Sequence[str], keys: np.ndarray, *, minimum: int = 10) -> pd.DataFrame:
    """Records counted by group, with the noise of their keys; counts under the minimum are missing.

    Parameters
    ----------
    records : DataFrame
        A row per person.
    by : sequence of str
        Columns.
    keys : array of int
        As `record_keys` gives them, one per record.
    minimum : int

    Returns
    -------
    DataFrame
        The columns of `by` and `count`; the true counts and the keys of the cells do not leave this function.

    Raises
    ------
    NotAvailable
        Where the package is not installed, with the line to type.
    Refused
        For a column that is not there.
    """
    try:
        from cell_key_perturbation.create_perturbed_table import create_perturbed_table  # of the extra [privacy]
    except ImportError as error:
        raise NotAvailable(
            _('Cell keys need the package cell-key-perturbation: pip install "osh-workbench[privacy]".')
        ) from error
    if absent := [name for name in by if name not in records]:
        raise Refused(_("The records have no column {names}.").format(names=", ".join(absent)))
    data = records[list(by)].assign(**{"record key": keys, "all": "all"})
    with redirect_stdout(io.StringIO()):  # the package prints what it has checked
        table = create_perturbed_table(
            data,
            ptable=noise_table(),
            geog=[],
            tab_vars=list(by) or ["all"],
            record_key="record key",
            use_existing_ons_id=False,
            threshold=minimum,
        )
    return table[[*by, "count"]]
