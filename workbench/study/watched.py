"""Audits of large tables take minutes: how far they are is said meanwhile; one that is broken off releases nothing."""

from collections.abc import Callable
from time import monotonic

import numpy as np

from workbench.disclosure_control.audit import Verdict
from workbench.disclosure_control.repair import Protected, protect
from workbench.disclosure_control.tables import Table
from workbench.terms.errors import Refused
from workbench.terms.text import _

EVERY = 2.0
"""Seconds between two words on how far an audit is; the first comes after as many."""
_SHOWING: list[Callable[[Verdict], None]] = []


def show_audits(show: Callable[[Verdict], None]) -> None:
    """How whoever waits for an audit is told how far it is.

    Parameters
    ----------
    show : callable
        Given the verdict so far, every two seconds; in place of the one before.
    """
    _SHOWING[:] = [show]


def protect_watched(table: Table, primary: np.ndarray, *, width: int, fixed: np.ndarray | None = None) -> Protected:
    """The cells to withhold, audited, with words on how far it is.

    Parameters
    ----------
    table, primary, width, fixed : as for `protect`

    Returns
    -------
    Protected

    Raises
    ------
    Refused
        When somebody breaks it off (Ctrl+C, or the stop button of a notebook), saying how much was audited.
    """
    watch = _Watch()
    try:
        return protect(table, primary, width=width, fixed=fixed, progress=watch)
    except KeyboardInterrupt:
        if watch.verdict is None:
            raise
        raise Refused(
            _("{verdict} It was broken off; ask again, or divide by fewer dimensions.").format(verdict=watch.verdict)
        ) from None


class _Watch:
    """Takes the verdict after each step of an audit and passes it on now and then."""

    def __init__(self) -> None:
        self.verdict: Verdict | None = None
        self._next = monotonic() + EVERY

    def __call__(self, verdict: Verdict) -> bool:
        self.verdict = verdict
        if monotonic() >= self._next:
            self._next = monotonic() + EVERY
            for show in _SHOWING:
                show(verdict)
        return True
