"""The order to leave: sent once to every member of a team, and who has not answered it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pandas as pd

from workbench.terms.errors import Refused
from workbench.terms.text import _, n_

WITHIN = 60.0
"""Seconds after which a member counts as not having answered."""


@dataclass(frozen=True, kw_only=True)
class Evacuation:
    """One order.

    Attributes
    ----------
    sent : moment, UTC
    frame : a row per member: person, answered (moment or NaT), seconds (NaN where not answered)
    within : seconds given to answer
    """

    sent: datetime
    frame: pd.DataFrame = field(repr=False)
    within: float = WITHIN

    @property
    def unanswered(self) -> tuple[str, ...]:
        """Members who did not answer in time: to be looked for first."""
        late = ~(self.frame["seconds"] <= self.within)
        return tuple(self.frame.loc[late, "person"])

    def __str__(self) -> str:
        summary = n_(
            "The order went to {n} person, {answered} answered within {within:.0f} seconds.",
            "The order went to {n} persons, {answered} answered within {within:.0f} seconds.",
            len(self.frame),
        ).format(n=len(self.frame), answered=len(self.frame) - len(self.unanswered), within=self.within)
        if not self.unanswered:
            return summary
        return summary + " " + _("Not answered: {persons}.").format(persons=", ".join(self.unanswered))


def broadcast(
    members: Iterable[str], sent: datetime, answers: Mapping[str, datetime], *, within: float = WITHIN
) -> Evacuation:
    """Send the order to every member once, and match the answers; a second answer changes nothing.

    Parameters
    ----------
    members : pseudonyms; one who is named twice is sent it once
    sent : moment
    answers : of a person, the moment of the answer
    within : seconds given to answer

    Returns
    -------
    Evacuation

    Raises
    ------
    Refused
        For answers of persons who are not members: they are somewhere nobody looks for them.
    """
    names = list(dict.fromkeys(members))
    if strangers := sorted(set(answers) - set(names)):
        message = _("{persons} answered and are not on the list of members. Add them.")
        raise Refused(message.format(persons=", ".join(strangers)))
    rows = []
    for name in names:
        answer = answers.get(name)
        in_time = answer is not None and answer >= sent
        seconds = (answer - sent) / timedelta(seconds=1) if in_time else float("nan")
        rows.append((name, answer if in_time else pd.NaT, seconds))
    return Evacuation(sent=sent, frame=pd.DataFrame(rows, columns=["person", "answered", "seconds"]), within=within)
