"""Consent first: a recording opens only under a notice, for a purpose it declares, and every opening is written down.

What is decided is a value (`decide`); `open_recordings` writes it into a file that workers can read, and hands out the
channels that the notice allows. Single traces are for the worker, and with consent for the OSH professional.
"""

import csv
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import polars as pl

from workbench.disclosure_control.roles import in_force, roles
from workbench.terms.errors import Refused
from workbench.terms.places import home, made, writing_home
from workbench.terms.text import _
from workbench.wearables.notice import Notice
from workbench.wearables.signals import TIME, Recording, Signal

SALT = "WORKBENCH_SALT"
"""The environment variable that holds the project's salt: never in a file of the project."""
SHORTEST_SALT = 16
GROUP, TRACE = "group", "trace"
COLUMNS = ("moment", "role", "purpose", "notice", "streams", "recordings", "level", "outcome", "reason")
_PLACE_UNITS = {"degrees north", "degrees east"}


@dataclass(frozen=True)
class Decision:
    """Whether a recording opens, how far ("group" or "trace"), and why not."""

    opens: bool
    level: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What somebody wants to open a recording for.

    Attributes
    ----------
    purpose : of the notice
    role : of `catalogs/roles.yml`; "" where none was declared
    trace : whether the person's own trace is wanted, not the group's figures
    own : pseudonym of the worker who asks, for their own recording
    today : the day on which it is asked
    """

    purpose: str
    role: str = ""
    trace: bool = False
    own: str = ""
    today: date


def decide(recording: Recording, notice: Notice, request: Request) -> Decision:
    """Whether a recording opens: expiry, purpose, role, and for a trace whose it is.

    Parameters
    ----------
    recording : Recording
    notice : Notice
    request : Request

    Returns
    -------
    Decision
    """
    level = TRACE if request.trace else GROUP
    if reason := _closed(recording, notice, request) or (_not_own(recording, notice, request) if request.trace else ""):
        return Decision(False, level, reason)
    return Decision(True, level)


def _closed(recording: Recording, notice: Notice, request: Request) -> str:
    """Why it opens for nobody of this role and purpose, "" where it may."""
    sensitivity = "none" if recording.synthetic else "health"
    if request.today > notice.keep_until:
        return _("its retention date, {day}, is past").format(day=notice.keep_until)
    if request.purpose not in notice.purposes:
        return _("the notice does not declare the purpose {purpose}; it declares {declared}").format(
            purpose=request.purpose or "-", declared=", ".join(notice.purposes)
        )
    if request.role and request.role not in notice.roles:
        return _("the notice does not name the role {role}; it names {named}").format(
            role=request.role, named=", ".join(notice.roles)
        )
    if not recording.synthetic and not request.role:
        return _("no role is declared; declare one with wb.role")
    if request.role and not roles()[request.role].may(sensitivity, "cells"):
        return _("the role {role} may not open data on health").format(role=request.role)
    if request.purpose == "training" and not recording.synthetic:
        return _("training is on made-up recordings alone")
    return ""


def _not_own(recording: Recording, notice: Notice, request: Request) -> str:
    """Why the trace does not open, "" where it does."""
    if request.role == "worker":
        return "" if request.own == recording.person else _("a worker opens their own trace alone")
    if request.role == "osh_professional":
        return "" if recording.person in notice.consents else _("the person has not consented that it is seen")
    return _("single traces are for the worker, and with consent for the OSH professional")


def open_recordings(
    recordings: Sequence[Recording],
    notice: Notice,
    *,
    purpose: str,
    role: str | None = None,
    person: str = "",
    today: date | None = None,
) -> tuple[Recording, ...]:
    """The channels that the notice allows, under pseudonyms; the opening or its refusal is written down first.

    Parameters
    ----------
    recordings : all of them open, or none
    notice : Notice
    purpose : why, one of the notice's
    role : of `catalogs/roles.yml`; without it the one in force
    person : whose trace is wanted; "" for groups
    today : day, UTC; today unless given

    Returns
    -------
    tuple of Recording
        Stamps rounded down and places coarsened as the notice says, unless it is the worker's own trace.

    Raises
    ------
    Refused
        Saying why; it stands in the file of openings.
    """
    in_session = in_force()
    role = (in_session.name if in_session else "") if role is None else role
    today = today or datetime.now(UTC).date()
    request = Request(purpose=purpose, role=role, trace=bool(person), own=person, today=today)
    decisions = [decide(recording, notice, request) for recording in recordings]
    decision = next((one for one in decisions if not one.opens), decisions[0])
    _write_down(notice, request, decision, len(recordings))
    if not decision.opens:
        raise Refused(_("The recording does not open: {reason}.").format(reason=decision.reason))
    is_own = bool(person) and role == "worker"
    return tuple(_opened(recording, notice, is_own=is_own) for recording in recordings)


def pseudonym(person: str, salt: str | None = None) -> str:
    """A keyed hash of a person's number (HMAC-SHA-256, the first 12 digits): the same in one project, no other.

    Parameters
    ----------
    person : str
    salt : the project's; without it that of the environment

    Returns
    -------
    str

    Raises
    ------
    Refused
        Without a salt, or with a short one: from a short one all persons could be tried.
    """
    salt = os.environ.get(SALT, "") if salt is None else salt
    if len(salt) < SHORTEST_SALT:
        message = _("Set {variable} to a text of {n} or more characters that only this project knows.")
        raise Refused(message.format(variable=SALT, n=SHORTEST_SALT))
    return hmac.new(salt.encode(), person.encode(), hashlib.sha256).hexdigest()[:12]


def openings() -> pd.DataFrame:
    """Every opening and every refusal: what workers and their representatives can read.

    Returns
    -------
    DataFrame
        moment (UTC), role, purpose, notice, streams, recordings (how many), level, outcome ("opened" or "refused"),
        reason; the oldest first.
    """
    path = openings_file()
    if not path.is_file():
        return pd.DataFrame(columns=list(COLUMNS), dtype="str")
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def openings_file() -> Path:
    """Where openings are written down: a table as text, which any user of the machine may read."""
    return home() / "wearables" / "openings.csv"


def _opened(recording: Recording, notice: Notice, *, is_own: bool) -> Recording:
    signals = {
        name: _allowed(signal, notice, coarse=not is_own)
        for name, signal in recording.signals.items()
        if name in notice.streams and any(channel.name in notice.columns for channel in signal.channels)
    }
    opened = replace(recording, signals=signals)
    return opened if recording.synthetic or is_own else _under_pseudonym(opened)


def _write_down(notice: Notice, request: Request, decision: Decision, recordings: int) -> None:
    path = openings_file()
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    outcome = "opened" if decision.opens else "refused"
    what = (notice.title, " ".join(notice.streams), recordings)
    row = (moment, request.role, request.purpose, *what, decision.level, outcome, decision.reason)
    with writing_home():
        made(path.parent)
        is_new = not path.exists()
        # appended, never rewritten: what was opened stays on record
        with path.open("a", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerows([COLUMNS, row] if is_new else [row])
        if is_new:
            path.chmod(0o644)


def _allowed(signal: Signal, notice: Notice, *, coarse: bool) -> Signal:
    """The channels that the notice names; for others than the worker with stamps and places made coarse."""
    channels = tuple(channel for channel in signal.channels if channel.name in notice.columns)
    frame = signal.frame.select(TIME, *(channel.name for channel in channels))
    if coarse and notice.time_minutes:
        frame = frame.with_columns(pl.col(TIME).dt.truncate(f"{notice.time_minutes}m"))
    if coarse and (places := [channel.name for channel in channels if channel.unit in _PLACE_UNITS]):
        frame = frame.with_columns(pl.col(places).round(notice.place_digits))
    return Signal(channels=channels, frame=frame)


def _under_pseudonym(recording: Recording) -> Recording:
    person = pseudonym(recording.person)
    labels: Mapping[str, str] = {key: value for key, value in recording.labels.items() if key != "name"}
    events = tuple(replace(event, person=person) for event in recording.events)
    return replace(recording, person=person, labels=labels, events=events)
