"""The command on recordings of wearables: opened under a notice for a purpose, answered for groups."""

import json
from typing import Annotated

import typer

from workbench.cli.options import By, Format, listed, one_of
from workbench.cli.output import say
from workbench.terms.text import _, mark

PARTS = ("summary", "quality", "exposure", "events", "alerts")
Source = Annotated[
    str, typer.Argument(help=mark("team_synthetic, a made-up team that comes along; or the place of recordings"))
]
Purpose = Annotated[str, typer.Option(help=mark("Why it is opened: one of the purposes that the notice declares"))]
Role = Annotated[str, typer.Option(help=mark("In which role: worker, representative, osh_professional, ..."))]
Notice = Annotated[str, typer.Option(help=mark("YAML file with what workers were told; the made-up team has its own"))]
Layout = Annotated[
    str, typer.Option(help=mark("edf, mobifall, empatica, insole, wristbands, or a YAML file that names the columns"))
]
Show = Annotated[str, typer.Option(help=mark("summary, quality, exposure, events or alerts"))]
DIVIDED = {"summary": ("team",), "exposure": ("task",)}
"""What a part is divided by where --by says nothing."""
UNITS = {
    "hours": "hours",
    "per_shift": "alarms per worker-shift",
    "noise": "dB(A)",
    "noise_upper": "dB(A)",
    "over_upper": "share of shifts, 0 to 1",
    "peak_lower": "share of shifts, 0 to 1",
    "peak_upper": "share of shifts, 0 to 1",
    "peak_limit": "share of shifts, 0 to 1",
    "over_short_term": "share of shifts, 0 to 1",
    "carbon_monoxide": "ppm",
    "carbon_monoxide_short": "ppm",
    "hand_arm": "m/s2",
    "wbgt_over": "degrees Celsius above the reference",
    "strain": "share of the reserve, 0 to 1",
    "heart_rate": "beats per minute",
    "reserve": "share, 0 to 1",
    "usable": "share, 0 to 1",
}


def recording(
    source: Source,
    purpose: Purpose = "",
    role: Role = "",
    notice: Notice = "",
    layout: Layout = "",
    show: Show = "summary",
    by: By = "",
    form: Format = "table",
) -> None:
    """Recordings of wearables, for groups of persons: quality, exposure, events, alerts."""
    import workbench as wb

    one_of(form, "table", "json", "csv")
    if show not in PARTS:
        raise typer.BadParameter(_("--show is one of {parts}, not {part!r}.").format(parts=", ".join(PARTS), part=show))
    if by and show not in DIVIDED:
        raise typer.BadParameter(_("--by divides {parts} alone.").format(parts=", ".join(DIVIDED)))

    wb.role(role or None)
    opened = wb.recording(source, purpose=purpose, notice=notice or None, layout=layout)
    frame, notes = _part(opened, show, listed(by) or DIVIDED.get(show, ()), release=form != "table")

    if form == "csv":
        say(frame.to_csv(index=False), end="")
    elif form == "json":
        say(json.dumps(_as_object(frame, notes, opened.sources), indent=1, ensure_ascii=False))
    else:
        lines = [str(opened), frame.to_string(index=False, na_rep="-", float_format="{:,.2f}".format)]
        say("\n".join([*lines, *(f"- {note}" for note in notes)]))
        for name in opened.sources:
            say(_("Source: {source}").format(source=name))


COMMANDS = (recording,)


def _part(opened, show: str, by: tuple[str, ...], *, release: bool):
    """One part as a frame, with what has to be known of it; what goes into files is of eleven or more persons."""
    from workbench.wearables.alerts import load_table

    notes = []
    if show == "summary":
        found = opened.groups(by, release=release)
        frame, notes = found.frame, [str(found), opened.note()]
    elif show == "exposure":
        frame = opened.exposure(by, release=release)
    elif show == "quality":
        frame = opened.quality(release=release)
        notes = [_("Where nothing usable was measured, nothing is known.")]
    elif show == "events":
        frame = opened.alarms_by_kind(release=release)
        notes = [_("An alarm is not an event that happened, and the absence of alarms is not the absence of risk.")]
    else:
        load = opened.alarm_load(release=release)
        frame, notes = load_table(load), [str(load)]
    return frame, notes


def _as_object(frame, notes: list[str], sources: tuple[str, ...]) -> dict:
    """The answer as it is written in JSON everywhere: rows, units, notes, sources, how many groups are withheld."""
    return {
        "frame": json.loads(frame.to_json(orient="records", double_precision=10)),
        "columns": {name: UNITS[name] for name in frame if name in UNITS},
        "notes": notes,
        "sources": list(sources),
        "withheld": int((frame["state"] == "withheld").sum()) if "state" in frame else 0,
    }
