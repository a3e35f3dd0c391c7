"""Triage of notifications by points for severity and for the vulnerability of the person, each in sight."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from workbench.models.inputs import checked_positive, is_number, some
from workbench.terms.codes import codelist
from workbench.terms.errors import ModelError
from workbench.terms.text import _

CLASSES = ("urgent", "soon", "routine")
"""In the order in which they are handled."""
KINDS = ("accident", "complaint")


@dataclass(frozen=True, kw_only=True)
class Triage:
    """Points of a notification, the classes that follow from their sum, and what each class and kind asks for.

    All figures are assumptions, to be replaced by those of the inspectorate.

    Attributes
    ----------
    severity : points by code of severity, which hold for all codes below it; "" of a notification without an injury
    vulnerability : points by what makes the person vulnerable; nothing known has none
    urgent, soon : points from which a notification is urgent, or is to be handled soon
    due : working days within which work on each class is to begin
    work : inspector-days that an accident, and a complaint, takes on average
    """

    severity: Mapping[str, float] = field(
        default_factory=lambda: {"FAT": 6, "D_GE183": 4, "D_GE4": 2, "NFAT": 1, "": 1}
    )
    vulnerability: Mapping[str, float] = field(
        default_factory=lambda: {"young": 2, "pregnant": 2, "migrant": 2, "agency": 1, "informal": 3}
    )
    urgent: float = 5
    soon: float = 3
    due: Mapping[str, float] = field(default_factory=lambda: {"urgent": 2, "soon": 10, "routine": 40})
    work: Mapping[str, float] = field(default_factory=lambda: {"accident": 3, "complaint": 1})

    def __post_init__(self):
        points = [*self.severity.values(), *self.vulnerability.values(), self.urgent, self.soon]
        if not all(is_number(value) and 0 <= value < np.inf for value in points):
            raise ModelError(_("Points of a triage are numbers of 0 or above."))
        if not self.soon <= self.urgent:
            raise ModelError(_("A notification is urgent from as many points as one to be handled soon, or more."))
        for given, names in ((self.due, CLASSES), (self.work, KINDS)):
            if set(given) != set(names):
                raise ModelError(_("A triage needs a number for each of: {names}.").format(names=", ".join(names)))
            for name, value in given.items():
                checked_positive(value, name)


def triaged(notified: pd.DataFrame, triage: Triage) -> pd.DataFrame:
    """The points, the class and the expected work of each notification.

    Parameters
    ----------
    notified : DataFrame, a row for each notification
        kind (accident, complaint), severity (code, "" without an injury), vulnerability ("" where nothing is known).
    triage : Triage

    Returns
    -------
    DataFrame, same rows
        points; class (urgent, soon, routine); work, inspector-days.

    Raises
    ------
    ModelError
        For a severity, a vulnerability or a kind without points or work.
    """
    severity = _points(
        notified["severity"], {code: _severity_points(code, triage) for code in notified["severity"].unique()}
    )
    known = {"": 0.0, **triage.vulnerability}
    vulnerability = _points(notified["vulnerability"], known)
    points = severity + vulnerability
    classes = np.select([points >= triage.urgent, points >= triage.soon], CLASSES[:2], CLASSES[2])
    return pd.DataFrame(
        {"points": points, "class": classes, "work": _points(notified["kind"], triage.work)}, index=notified.index
    )


def _severity_points(code: str, triage: Triage) -> float | None:
    """The points of a severity, or of the nearest one above it; None where there are none."""
    if code in triage.severity or not code:
        return triage.severity.get(code)
    known = codelist("severity")
    above = known.ancestors(code) if known.knows(code) else []
    return next((triage.severity[one] for one in above if one in triage.severity), None)


def _points(column: pd.Series, known: Mapping[str, float | None]) -> pd.Series:
    """The number for each entry of a column; entries without one are refused by name."""
    found = column.map({entry: value for entry, value in known.items() if value is not None})
    if (lacking := found.isna()).any():
        names = [entry or _("(nothing)") for entry in column[lacking].unique()]
        message = _("The triage has no number for {entries} in column {column}. Give wb.Triage one for each.")
        raise ModelError(message.format(entries=some(names), column=column.name))
    return found.astype(float)
