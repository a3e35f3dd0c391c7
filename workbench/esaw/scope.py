"""What is an accident at work in ESAW's sense, with the reason, and which sections must be sent from which year."""

from dataclasses import dataclass

from workbench.esaw.days import FIRST_DAY
from workbench.terms.codes import codelist
from workbench.terms.errors import UnknownName
from workbench.terms.text import _, mark, translated

REGULATION = "Regulation (EU) 349/2011"
FIRST_YEAR = 2011
"""First reference year whose data had to be sent under the Regulation (Annex I: transmitted in 2013)."""
LATER = {"B": 2013, "O": 2013, "P": 2013, "Q": 2013, "R": 2013, "S": 2013}
NOT_LISTED = ("T", "U")


@dataclass(frozen=True)
class Kind:
    """One row of the inclusion table: the kind of accident (marked for translation), whether it counts, the source."""

    words: str
    included: bool
    source: str


@dataclass(frozen=True)
class Scope:
    """Whether an accident belongs to ESAW, why, and the source; `voluntary` when a country may leave it out."""

    included: bool
    reason: str
    source: str
    voluntary: bool = False

    def __str__(self) -> str:
        if not self.included:
            message = _("Not in ESAW: {reason} ({source}).")
        elif self.voluntary:
            message = _("In ESAW: {reason} ({source}). Sending it is voluntary.")
        else:
            message = _("In ESAW: {reason} ({source}).")
        return message.format(reason=self.reason, source=self.source)


_TABLE = "ESAW methodology 2001, p. 14, Table 1"
KINDS = {
    "acute_poisoning": Kind(mark("acute poisoning"), True, _TABLE),
    "wilful_act_of_others": Kind(mark("a wilful act of another person, such as an assault"), True, _TABLE),
    "road_traffic_in_course_of_work": Kind(mark("a road traffic accident in the course of work"), True, _TABLE),
    "other_accident_public_place": Kind(
        mark("an accident in a public place on a journey in the course of work"), True, _TABLE
    ),
    "on_board_transport": Kind(
        mark("an accident on board a means of transport used in the course of work"), True, _TABLE
    ),
    "premises_of_another_enterprise": Kind(
        mark("an accident at another enterprise or a private home, at work"), True, _TABLE
    ),
    "working_from_home_or_seconded": Kind(
        mark("an accident during secondment or work at home"), True, "ESAW methodology 2001, p. 14"
    ),
    "deliberate_self_harm": Kind(mark("a deliberate self-inflicted injury"), False, _TABLE),
    "commuting": Kind(mark("an accident on the way between home and work"), False, f"{REGULATION}, art. 1(a)"),
    "medical_causes_only": Kind(mark("a purely medical cause, such as a heart attack"), False, _TABLE),
    "occupational_disease": Kind(mark("an occupational disease"), False, _TABLE),
    "member_of_public": Kind(mark("a member of the public who was not working there"), False, _TABLE),
}
MEDICAL_CAUSE_WITH_WORK = Kind(mark("a medical cause to which work contributed"), True, "ESAW methodology 2001, p. 15")
VOLUNTARY_STATUS = ("100", "400", "500")
"""Employment statuses near art. 2(2): self-employed, family workers, trainees (who may be students)."""


def in_scope(
    kind: str,
    *,
    occupational_factor: bool = False,
    days: int | None = None,
    fatal: bool = False,
    permanent_incapacity: bool = False,
    status: str | None = None,
) -> Scope:
    """Whether an accident of `kind` (a key of KINDS) counts, with the reason.

    Parameters
    ----------
    occupational_factor : bool
        Whether work had a part in a medical cause: a mason who faints and falls from scaffolding is included.
    days : int, optional
        Full calendar days lost; fewer than four keep a non-fatal accident without permanent incapacity out.
    status : str, optional
        Employment status, three digits; says whether sending the record is voluntary.

    Returns
    -------
    Scope
        Whether it counts, why, and where that is written.

    Raises
    ------
    UnknownName
        If `kind` is not in the inclusion table.
    """
    if kind not in KINDS:
        raise UnknownName(
            _("kind of accident"), kind, KINDS, hint=_("There are: {names}.").format(names=", ".join(KINDS))
        )
    found = KINDS[kind]
    if kind == "medical_causes_only" and occupational_factor:
        found = MEDICAL_CAUSE_WITH_WORK
    if not found.included:
        return Scope(False, translated(found.words), found.source)
    if days is not None and days < FIRST_DAY and not (fatal or permanent_incapacity):
        short = _("{days} full days lost; four or more are needed").format(days=days)
        return Scope(False, short, "ESAW methodology 2001, p. 15, Table 2")
    return Scope(True, translated(found.words), found.source, voluntary=status in VOLUNTARY_STATUS)


@dataclass(frozen=True)
class Availability:
    """Whether a section had to be sent for a reference year, why, and where that is written."""

    mandatory: bool
    reason: str
    source: str


def availability(section: str, year: int) -> Availability:
    """Whether data of a NACE Rev. 2 section are mandatory for a reference year. Regulation (EU) 349/2011, Annex I.

    Parameters
    ----------
    section : str
        A letter, A to U.
    year : int
        The reference year: the year of notification.

    Returns
    -------
    Availability
        Whether they are, why, and where that is written.

    Raises
    ------
    UnknownCode
        If `section` is not a section.
    """
    codelist("nace").parse(section)
    annex = f"{REGULATION}, Annex I"
    if section in NOT_LISTED:
        return Availability(False, _("Sections T and U are not listed: sending them is voluntary."), annex)
    first = LATER.get(section, FIRST_YEAR)
    if year < first:
        message = _("Section {section} is mandatory from reference year {first}; {year} may be incomplete.")
        return Availability(False, message.format(section=section, first=first, year=year), annex)
    return Availability(
        True,
        _("Section {section} is mandatory from reference year {first}.").format(section=section, first=first),
        annex,
    )


def sections_due(year: int) -> list[str]:
    """The NACE Rev. 2 sections whose data must be sent. Regulation (EU) 349/2011, Annex I.

    Parameters
    ----------
    year : int
        The reference year.

    Returns
    -------
    list of str
        Letters, in the order of the classification.
    """
    return [section for section in codelist("nace").at_level(1) if availability(section, year).mandatory]
