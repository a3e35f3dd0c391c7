"""How busy the sessions of a server keep it: while many wait for what they see, what nobody sees waits."""

import time
from collections import deque

SPAN = 2.0
"""Seconds that are looked back on: in a class everyone touches something about as often."""
MOST = 0.2
"""Share of those seconds that the answers of others may take before what is out of the window waits."""


class Crowd:
    """What the answers of all sessions of a process took lately, those that nobody sees yet among them."""

    def __init__(self):
        self._taken: deque[tuple[float, float, int]] = deque()  # when it ended, seconds, session

    def took(self, session: int, seconds: float) -> None:
        """Remember that a session was answered.

        Parameters
        ----------
        session : int
            Any number that no other session has.
        seconds : float
        """
        self._taken.append((time.monotonic(), seconds, session))

    def keeps_from(self, session: int) -> bool:
        """Whether others ask so much that a session should answer only what its reader sees.

        Parameters
        ----------
        session : int

        Returns
        -------
        bool
        """
        oldest = time.monotonic() - SPAN
        while self._taken and self._taken[0][0] < oldest:
            self._taken.popleft()
        return sum(seconds for _end, seconds, one in self._taken if one != session) > MOST * SPAN
