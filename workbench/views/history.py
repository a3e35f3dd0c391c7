"""Steps that can be undone and redone: every choice of the screen, not the selection alone."""

from workbench.views.questions import State


class History:
    """The states that were shown, and which of them is."""

    def __init__(self):
        self._states: list[State] = []
        self._at = -1

    def visit(self, state: State, *, stepping: bool = False) -> None:
        """A state is shown: as a new step, or as the step before or after this one.

        Parameters
        ----------
        state : State
        stepping : bool
            Whether a browser's Back or Forward, Undo or Redo brought it: that is no new step, and Undo after Back goes
            on from there.
        """
        if self._at >= 0 and self._states[self._at] == state:
            return
        for at in (self._at - 1, self._at + 1):
            if stepping and 0 <= at < len(self._states) and self._states[at] == state:
                self._at = at
                return
        self._states[self._at + 1 :] = [state]
        self._at += 1

    def neighbour(self, step: int) -> State | None:
        """The state a step before (-1) or after (1) this one.

        Parameters
        ----------
        step : int

        Returns
        -------
        State or None
        """
        at = self._at + step
        return self._states[at] if 0 <= at < len(self._states) else None

    def begin(self) -> None:
        """What is shown is the first step: nobody has seen what was shown before."""
        self._states = self._states[self._at :][:1]
        self._at = len(self._states) - 1

    def clear(self) -> None:
        """Forget everything: another data set is opened."""
        self._states, self._at = [], -1
