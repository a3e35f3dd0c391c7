"""The door to recordings: opened under a notice for a purpose, shown as a group, a trace only to whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from workbench.terms.errors import Refused, WorkbenchError
from workbench.terms.text import _
from workbench.wearables.alerts import REACTIVE, AlarmLoad, alarm_load
from workbench.wearables.consent import open_recordings
from workbench.wearables.evaluation import found_events, impact_trade_off, performance_of
from workbench.wearables.evidence import BASE_RATE, Performance
from workbench.wearables.group_exposure import exposures, of_shifts
from workbench.wearables.groups import INSIDE, RELEASE, Groups, Ledger, ecological_note, grouped
from workbench.wearables.insole_events import insole_events
from workbench.wearables.layouts import read_layout
from workbench.wearables.monitored import Monitored
from workbench.wearables.notice import Notice, read_notice
from workbench.wearables.picture import Picture, group_picture, trace_picture
from workbench.wearables.quality import check
from workbench.wearables.readers.team import NAME, read_team, team_notice
from workbench.wearables.released import releases_of
from workbench.wearables.signals import Event, Recording
from workbench.wearables.summaries import Summaries, summarised

EVALUATING = ("evaluation", "training", "research")
"""Purposes for which alarms are held against what was planted or labelled."""
_LEDGERS: dict[str, Ledger] = {}
"""What this session was shown of each source: opening it again does not forget."""


@dataclass(frozen=True)
class Recordings:
    """Recordings that were opened: what is asked of them is answered for groups, or for the worker whose trace it is.

    Attributes
    ----------
    purpose : for which they were opened
    notice : under which
    person : whose trace is shown, "" where the group is
    source : name or place of the recordings
    """

    purpose: str
    notice: Notice = field(repr=False)
    person: str = ""
    source: str = field(repr=False, default="")
    _recordings: tuple[Recording, ...] = field(repr=False, default=())
    _ledger: Ledger = field(repr=False, default_factory=Ledger, compare=False)
    _kept: dict = field(repr=False, default_factory=dict, compare=False)

    def __str__(self) -> str:
        people = len({one.person for one in self._recordings})
        if self.person:
            text = _("Trace of one person, opened for: {purpose}.").format(purpose=self.purpose)
        else:
            least = people // INSIDE * INSIDE
            text = _("Recordings of {n} or more persons, opened for: {purpose}.").format(n=least, purpose=self.purpose)
        return _("Synthetic data. {summary}").format(summary=text) if self.synthetic else text

    @property
    def synthetic(self) -> bool:
        """Whether all of them are made up."""
        return all(one.synthetic for one in self._recordings)

    @property
    def evidence(self) -> str:
        """The class of evidence of what is labelled in them: "simulated", "induced" or "real-world"."""
        return self._recordings[0].evidence

    @property
    def channels(self) -> tuple[str, ...]:
        """Channels with minutes that the notice opens, in the order of their sensors: what a timeline is drawn of."""
        signals = [signal for name, signal in self._recordings[0].signals.items() if name != "movement"]
        return tuple(channel.name for signal in signals for channel in signal.channels)

    @property
    def shifts(self) -> tuple[str, ...]:
        """Numbers of the shifts, from "1"."""
        return tuple(sorted({one.labels.get("shift", "1") for one in self._recordings}))

    @property
    def sources(self) -> tuple[str, ...]:
        """Whose recordings they are, as they are cited."""
        return tuple(dict.fromkeys(one.source for one in self._recordings))

    @property
    def events(self) -> list[Event]:
        """Events that the insoles tell: of a person's trace alone.

        Raises
        ------
        Refused
            For a group: who fell when is a person's trace; `groups` counts.
        """
        if not self.person:
            raise Refused(_("Single events are a person's trace. Ask .groups() how many there were, or open your own."))
        return self._alarms()

    def groups(
        self,
        by: Sequence[str] = ("team",),
        where: Mapping[str, Sequence[str]] | None = None,
        *,
        release: bool = False,
    ) -> Groups:
        """Means, hours and alarms of groups of five or more persons.

        Parameters
        ----------
        by : of team, task, sector, age_group, sex, year, shift, hour
        where : codes of some of them
        release : whether the figures leave: of eleven or more persons, and compared with all that left before

        Returns
        -------
        Groups
        """
        options = {"where": where, "ledger": self._remembering(release), "release": release}
        return grouped(self._summaries(), by, **options, synthetic=self.synthetic)

    def exposure(
        self,
        by: Sequence[str] = ("task",),
        where: Mapping[str, Sequence[str]] | None = None,
        *,
        watts: float = 300,
        release: bool = False,
    ) -> pd.DataFrame:
        """Noise and its peaks, vibration, heat, carbon monoxide and cardiac strain of groups of five or more persons.

        Parameters
        ----------
        by : of team, task, sector, age_group, sex, shift
        where : codes of some of them
        watts : metabolic rate of the work, for heat
        release : whether the figures leave, as for `groups`

        Returns
        -------
        DataFrame
            As `group_exposure.exposures` says.
        """
        if ("shifts", watts) not in self._kept:
            self._kept["shifts", watts] = of_shifts(self._recordings, watts)
        options = {"where": where, "ledger": self._remembering(release), "fewest": RELEASE if release else INSIDE}
        return exposures(self._kept["shifts", watts], self._summaries(), by, **options)

    def found(self, by: Sequence[str] = ("kind",)) -> pd.DataFrame:
        """Planted events that the insoles told, with the median delay in seconds.

        Parameters
        ----------
        by : of kind, age_group, task, sex

        Returns
        -------
        DataFrame
            `by`, events, found, delay, state; withheld where fewer than five persons of these codes are recorded.
        """
        return found_events(self._evaluated(), self._alarms(), by)

    def performance(self, kind: str = "fall") -> Performance:
        """Recall and false alarms of one kind of event, with its class of evidence.

        Parameters
        ----------
        kind : such as "fall", "triple_tap"

        Returns
        -------
        Performance
        """
        return performance_of(self._evaluated(), self._alarms(), kind)

    def trade_off(self, events_per_shift: float = BASE_RATE) -> pd.DataFrame:
        """What each threshold of the impact misses and alarms.

        Parameters
        ----------
        events_per_shift : falls that are assumed to happen in a shift

        Returns
        -------
        DataFrame
            threshold (g), missed (per 100 falls), alarms and alarms_high (per worker-week), share_true.
        """
        return impact_trade_off(self._evaluated(), events_per_shift)

    def alarms_by_kind(self, *, release: bool = False) -> pd.DataFrame:
        """How many alarms of each kind the insoles gave, of all persons together.

        Parameters
        ----------
        release : whether the figures leave: of eleven or more persons

        Returns
        -------
        DataFrame
            kind, alarms, per_shift (alarms in a worker-shift), what ("reactive": something has happened, or
            "proactive"); the most frequent first.
        """
        self._check_size(release)
        counts = pd.Series([event.kind for event in self._alarms()], dtype="str").value_counts()
        shifts = sum(len(one.shifts) for one in self._recordings)
        frame = pd.DataFrame({"kind": counts.index, "alarms": counts.to_numpy(int)})
        what = np.where(frame["kind"].isin(REACTIVE), "reactive", "proactive")
        return frame.assign(per_shift=frame["alarms"] / shifts, what=what)

    def alarm_load(self, *, release: bool = False) -> AlarmLoad:
        """How many alarms the insoles gave, in which bursts.

        Parameters
        ----------
        release : whether the figures leave: of eleven or more persons

        Returns
        -------
        AlarmLoad
        """
        self._check_size(release)
        shifts = [shift for one in self._recordings for shift in one.shifts]
        hours = sum(shift.minutes for shift in shifts) / 60
        clock = Monitored.of((shift.start, shift.end) for shift in shifts)
        rows = [(clock.elapsed(event.time), event.kind, event.person) for event in self._alarms()]
        alarms = pd.DataFrame(rows, columns=["time", "rule", "person"])
        return alarm_load(alarms, start=clock.start, end=clock.end, hours=hours, shifts=len(shifts))

    def quality(self, *, release: bool = False) -> pd.DataFrame:
        """How much of each channel can be used: of all persons together, or of the worker's own.

        Parameters
        ----------
        release : whether the figures leave: of eleven or more persons

        Returns
        -------
        DataFrame
            signal, channel, unit, streams, sufficient (streams with enough to give a number), usable (mean share), and
            the number of streams with each kind of fault.

        Raises
        ------
        Refused
            For a group of fewer than five persons.
        """
        self._check_size(release)
        if "quality" not in self._kept:
            self._kept["quality"] = self._judged()
        return self._kept["quality"].copy()

    def _judged(self) -> pd.DataFrame:
        """A row per channel, of all recordings."""
        rows = []
        for one in self._recordings:
            duration = one.shifts[0].elapsed if one.shifts else None
            for name, signal in one.signals.items():
                # movement of the made-up team is kept around events alone: its own length is the whole of it
                checked = check(signal, duration=None if name == "movement" else duration, zone=one.zone)
                rows += [
                    {
                        "signal": name,
                        "channel": record.channel,
                        "unit": record.unit,
                        "streams": 1,
                        "sufficient": int(record.sufficient),
                        "usable": record.usable,
                        **dict.fromkeys(record.faults, 1),
                    }
                    for record in checked.records
                ]
        frame = pd.DataFrame(rows)
        faults = [name for name in frame if name not in ("signal", "channel", "unit", "usable")]
        by = frame.fillna(dict.fromkeys(faults, 0)).groupby(["signal", "channel", "unit"], sort=False)
        return (
            by.agg({**dict.fromkeys(faults, "sum"), "usable": "mean"}).astype(dict.fromkeys(faults, int)).reset_index()
        )

    def timeline(self, channel: str = "noise", *, shift: int = 1) -> Picture:
        """One channel over a shift, with its band of quality, and of noise the dose against the limits.

        Parameters
        ----------
        channel : such as "noise", "heart_rate", "carbon_monoxide"
        shift : number of the shift, from 1

        Returns
        -------
        Picture
            Its last expression in a cell draws it; of a group the mean of five or more persons at each minute.
        """
        chosen = [one for one in self._recordings if one.labels.get("shift", "1") == str(shift)]
        if not chosen:
            raise Refused(_("There is no shift {n}.").format(n=shift))
        if self.person:
            return trace_picture(chosen[0], channel, self._alarms())
        self._check_size()
        return group_picture(chosen, channel, fewest=INSIDE)

    def note(self) -> str:
        """What has to be known where these figures stand beside accident rates."""
        return ecological_note()

    def _evaluated(self) -> list[Recording]:
        """Recordings with movement; planted events are seen for an evaluation alone."""
        if self.purpose not in EVALUATING:
            message = _("Events are compared with what was planted for: {purposes}. This was opened for {purpose}.")
            raise Refused(message.format(purposes=", ".join(EVALUATING), purpose=self.purpose))
        self._check_size()
        return [one for one in self._recordings if "movement" in one.signals]

    def _remembering(self, release: bool) -> Ledger:
        """What was shown of the source before: in this session, or in all releases."""
        return releases_of(self.source) if release else self._ledger

    def _check_size(self, release: bool = False) -> None:
        people = {one.person for one in self._recordings}
        if release and len(people) < RELEASE:
            message = _("What leaves is of {n} or more persons; these recordings are of fewer.")
            raise Refused(message.format(n=RELEASE))
        if not self.person and len(people) < INSIDE:
            message = _("A group is of {n} or more persons. Open your own trace with role worker and person=...")
            raise Refused(message.format(n=INSIDE))

    def _alarms(self) -> list[Event]:
        if "alarms" not in self._kept:
            moving = [one for one in self._recordings if "movement" in one.signals]
            events = [event for one in moving for event in insole_events(one.signals["movement"], one.person)]
            self._kept["alarms"] = events
        return self._kept["alarms"]

    def _summaries(self) -> Summaries:
        if "summaries" not in self._kept:
            self._kept["summaries"] = summarised(self._recordings, self._alarms())
        return self._kept["summaries"]


def recording(
    source: str | Path = NAME,
    *,
    purpose: str,
    notice: str | Path | Notice | None = None,
    layout: str = "",
    person: str = "",
    today: date | None = None,
) -> Recordings:
    """Recordings of wearables, opened under a notice; every opening and refusal is written down for workers to read.

    Parameters
    ----------
    source : "team_synthetic", a made-up team that comes with the workbench; else the place of a recording
    purpose : why it is opened; one that the notice declares
    notice : what workers were told, a `Notice` or its YAML file; the made-up team has its own
    layout : "edf", "mobifall", "empatica", "insole", "wristbands", or a YAML file that says what the columns
        of a CSV or Parquet file mean
    person : whose trace is wanted: one's own (role "worker"), or of who consented (role "osh_professional")
    today : the day on which it is opened; today unless given

    Returns
    -------
    Recordings

    Raises
    ------
    Refused
        For an undeclared purpose, a role that may not, data past their retention date, a trace of somebody else.
    ReadError
        For a file of another layout.
    """
    _check_kinds(source, notice, today)
    found = list(read_team()) if source == NAME else list(read_layout(Path(source), layout))
    under = _notice(source, notice)
    if person:
        found = [one for one in found if one.person == person]
        if not found:
            raise Refused(_("There is no recording of {person}.").format(person=person))
    opened = open_recordings(found, under, purpose=purpose, person=person, today=today)
    options = {"source": str(source), "_ledger": _LEDGERS.setdefault(str(source), Ledger())}
    return Recordings(purpose=purpose, notice=under, person=person, _recordings=opened, **options)


def _check_kinds(source: object, notice: object, today: object) -> None:
    fits = isinstance(source, str | Path) and isinstance(notice, str | Path | Notice | None)
    if not fits or not isinstance(today, date | None):
        raise WorkbenchError(_("Give a recording and its notice by their places, and today as a date."))


def _notice(source: str | Path, notice: str | Path | Notice | None) -> Notice:
    if isinstance(notice, Notice):
        return notice
    if notice is not None:
        return read_notice(notice)
    if source == NAME:
        return team_notice()
    raise Refused(_("A recording opens under a notice: say with notice=... what workers were told."))
