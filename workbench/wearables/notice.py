"""The notice that workers were given before anything was recorded, as a file that a program can hold people to."""

from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path

import yaml

from workbench.disclosure_control.roles import roles
from workbench.terms.errors import ReadError, Refused, shown
from workbench.terms.text import _, mark

PURPOSES = {
    "fall_response": mark("help for a person who fell or does not move"),
    "emergency": mark("evacuation and hidden alarms"),
    "exposure_assessment": mark("assessment of exposure of a group to noise, vibration, heat, substances"),
    "own_information": mark("what a worker wants to know of their own recording"),
    "evaluation": mark("how well the system works: missed events, false alarms, quality"),
    "research": mark("research under a protocol"),
    "training": mark("teaching, on made-up recordings"),
}
PROHIBITED = ("performance", "discipline", "ranking_of_workers", "recruitment", "location_tracking")
"""Purposes that no notice can declare: monitoring of persons for other ends than their safety and health."""
LEGAL_GROUNDS = (
    mark("consent"),
    mark("contract"),
    mark("legal obligation"),
    mark("vital interests"),
    mark("public task"),
    mark("legitimate interests"),
)
"""Article 6(1) of Regulation (EU) 2016/679, (a) to (f). Consent is seldom free between worker and employer (European
Data Protection Board, Guidelines 05/2020, paragraph 21); for health data Article 9(2) needs a ground of its own."""


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What workers were told.

    Attributes
    ----------
    title : of the system
    controller : who answers for the data
    streams : what: signals that may be opened
    columns : their channels that may be opened; all others are left out
    purposes : why, of `PURPOSES`
    roles : who may open, of `catalogs/roles.yml`
    starts, keep_until : first day of recording, last day on which a stream opens
    legal_ground : of `LEGAL_GROUNDS`
    representatives : whom of the workers' side the employer consulted
    consulted : when
    consents : pseudonyms of persons who agreed that the OSH professional sees their own trace
    time_minutes : stamps of others than the worker are rounded down to so many minutes
    place_digits : decimals of a degree that places keep
    """

    title: str
    controller: str
    streams: tuple[str, ...]
    columns: tuple[str, ...]
    purposes: tuple[str, ...]
    roles: tuple[str, ...]
    starts: date
    keep_until: date
    legal_ground: str
    representatives: str
    consulted: date
    consents: tuple[str, ...] = ()
    time_minutes: int = 0
    place_digits: int = 1

    def __post_init__(self):
        for name in ("streams", "columns", "purposes", "roles", "consents"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        if prohibited := [purpose for purpose in self.purposes if purpose in PROHIBITED]:
            message = _("A notice cannot declare {purposes}: wearables are not for that. There are: {known}.")
            raise Refused(message.format(purposes=", ".join(prohibited), known=", ".join(PURPOSES)))
        _known(_("purpose"), self.purposes, PURPOSES)
        _known(_("role"), self.roles, roles())
        _known(_("legal ground"), [self.legal_ground], LEGAL_GROUNDS)
        if not (self.streams and self.columns and self.purposes and self.roles and self.representatives):
            raise Refused(_("A notice names streams, columns, purposes, roles and the representatives consulted."))
        if not self.consulted <= self.starts <= self.keep_until:
            raise Refused(
                _("Representatives are consulted before recording starts, and data are kept until a day after that.")
            )


def read_notice(path: str | Path) -> Notice:
    """A notice from its YAML file.

    Parameters
    ----------
    path : file with the attributes of `Notice` as keys

    Returns
    -------
    Notice

    Raises
    ------
    ReadError
        For a file that is none, a key that is missing or unknown.
    Refused
        For a purpose, role or legal ground that there is not.
    """
    path = Path(path)
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ReadError(_("{path} is no notice that can be read.").format(path=shown(path, 300))) from error
    entries = entries if isinstance(entries, dict) else {}
    known = {field.name: field for field in fields(Notice)}
    needed = {name for name, field in known.items() if field.default is MISSING}
    wrong = sorted((needed - set(entries)) | (set(entries) - set(known)))
    if wrong:
        message = _("{path}: {keys} is missing or means nothing. A notice has {known}.")
        raise ReadError(message.format(path=shown(path, 300), keys=", ".join(wrong), known=", ".join(known)))
    if unread := [name for name in ("starts", "keep_until", "consulted") if not isinstance(entries[name], date)]:
        message = _("{path}: {keys} needs a date, such as 2026-03-01.")
        raise ReadError(message.format(path=shown(path, 300), keys=", ".join(unread)))
    return Notice(**entries)


def _known(what: str, names: object, known: object) -> None:
    for name in names:
        if name not in known:
            message = _("{name} is no {what} that a notice can name. There are: {known}.")
            raise Refused(message.format(name=shown(name), what=what, known=", ".join(known)))
