"""What the page of recordings shows of a group, card by card, as HTML: every figure of five or more persons."""

from collections.abc import Callable, Sequence
from html import escape

from workbench.terms import words
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, translated
from workbench.views.recording_html import bar, figure_with_unit, paragraph, table
from workbench.views.threshold import in_plain_figures, one_in
from workbench.wearables.alerts import LIMITS, load_table
from workbench.wearables.door import Recordings
from workbench.wearables.evaluation import measured_on_mobifall
from workbench.wearables.evidence import BASE_RATE, CLASSES, REFERENCES
from workbench.wearables.quality import KINDS as FAULTS
from workbench.wearables.words import CHANNELS, EVENTS, METRICS, label

KINDS = ("fall", "stumble", "triple_tap", "not_upright", "immobile")
"""What insoles tell, each with a performance of its own."""


def safely(card: Callable[..., str], *arguments: object) -> str:
    """A card, or in words why it cannot be shown.

    Parameters
    ----------
    card : function that gives HTML
    arguments : of it

    Returns
    -------
    str
    """
    try:
        return card(*arguments)
    except WorkbenchError as reason:
        return paragraph(str(reason), "muted")


def key_figures(opened: Recordings) -> str:
    """The figures at the head of the page: persons, hours, what is usable, noise, alarms.

    Parameters
    ----------
    opened : Recordings

    Returns
    -------
    str
        HTML.
    """
    group, exposure = opened.groups([]).frame.iloc[0], opened.exposure([]).iloc[0]
    quality, load = opened.quality().set_index("channel"), opened.alarm_load()
    noise = quality.loc["noise"] if "noise" in quality.index else quality.iloc[0]
    found = [
        (_("Persons"), _("{n} or more").format(n=words.whole(group["persons"])), _("a group, never one person")),
        (_("Monitored"), _("{hours:,.0f} hours").format(hours=group["hours"]), _("all persons together")),
        (
            _("Usable"),
            _("{share:.0f} %").format(share=100 * noise["usable"]),
            _("{n} of {all} streams are sufficient").format(n=noise["sufficient"], all=noise["streams"]),
        ),
        (
            _("Noise, LEX,8h"),
            figure_with_unit(exposure["noise"], "dB(A)"),
            _("up to {value}, 95 %").format(value=figure_with_unit(exposure["noise_upper"], "dB(A)")),
        ),
        (
            _("Alarms in a worker-shift"),
            words.number(load.per_shift),
            _("{n} in {shifts} worker-shifts").format(n=load.alarms, shifts=load.shifts),
        ),
    ]
    cards = (
        f'<div class="figure"><h2>{escape(name)}</h2><div class="big">{escape(value)}</div>'
        f'<div class="muted">{escape(about)}</div></div>'
        for name, value, about in found
    )
    return f'<div class="figures">{"".join(cards)}</div>'


def hours(opened: Recordings, shift: str) -> str:
    """Alarms by hour of a shift, and by kind.

    Parameters
    ----------
    opened : Recordings
    shift : its number

    Returns
    -------
    str
        HTML.
    """
    by_hour = opened.groups(["hour"], {"shift": [shift]}).frame
    most = max(by_hour["alarms"].max(skipna=True), 1)
    rows = [
        [escape(f"{row['hour']}:00"), bar(row["alarms"] / most), words.whole(row["alarms"])]
        if row["state"] == ""
        else [escape(f"{row['hour']}:00"), '<span class="gap"></span>', escape(_("withheld"))]
        for _place, row in by_hour.iterrows()
    ]
    kinds = [
        [escape(label(row["kind"], EVENTS)), words.whole(row["alarms"]), words.number(row["per_shift"])]
        for _place, row in opened.alarms_by_kind().iterrows()
    ]
    heading = _("By kind, all shifts")
    note = _("An alarm is not an event that happened, and the absence of alarms is not the absence of risk.")
    return "".join(
        [
            table([_("Hour"), "", _("Alarms")], rows),
            f"<h3>{escape(heading)}</h3>",
            table([_("Event"), _("Alarms"), _("In a worker-shift")], kinds),
            paragraph(note, "muted"),
        ]
    )


def load(opened: Recordings) -> str:
    """The load of alarms beside the limits of alarm management.

    Parameters
    ----------
    opened : Recordings

    Returns
    -------
    str
        HTML.
    """
    found = opened.alarm_load()
    rows = [
        [
            escape(label(row["metric"], METRICS)),
            f"<strong>{in_plain_figures(row['value'])}</strong>" if row["above"] else in_plain_figures(row["value"]),
            in_plain_figures(row["acceptable"]),
            in_plain_figures(row["manageable"]),
        ]
        for _place, row in load_table(found).iterrows()
    ]
    heads = [_("Metric"), _("Value"), _("Acceptable"), _("At the most")]
    notes = [_("Limits: {source}.").format(source=LIMITS[0].source), *map(translated, LIMITS[0].notes)]
    share = _("{share:.0f} % of the alarms are reactive: they tell that something has happened.")
    reactive = paragraph(share.format(share=100 * found.reactive)) if found.alarms else ""
    return "".join([table(heads, rows), reactive, *(paragraph(note, "muted") for note in notes)])


def evidence(opened: Recordings) -> str:
    """How good each detector is, with its class of evidence and figures of real falls beside it.

    Parameters
    ----------
    opened : Recordings

    Returns
    -------
    str
        HTML.
    """
    rows, class_name = [], opened.evidence
    for kind in KINDS:
        found = opened.performance(kind)
        interval = f"{words.number(100 * found.recall_low)}–{words.number(100 * found.recall_high)}"
        rows.append(
            [
                escape(label(kind, EVENTS)),
                escape(_("{found} of {events}").format(found=found.found, events=found.events)),
                interval,
                words.number(found.per_hour_high),
                one_in(found.share_true()),
            ]
        )
    heads = [_("Detector"), _("Found"), _("95% CI, %"), _("False alarms an hour, at most"), _("Share true")]
    true = _("Share true: of all alarms, if one shift in {shifts:,.0f} had such an event.").format(shifts=1 / BASE_RATE)
    known = [f"{reference.source}: {translated(reference.finding)}." for reference in REFERENCES]
    known += [
        _("MobiFall, acted falls, {what} left out: {found} of {falls} found (95% interval {low:.0%} to {high:.0%}).")
        .format(what=row["left_out"], found=row["found"], falls=row["falls"], low=row["low"], high=row["high"])
        for _place, row in measured_on_mobifall().iterrows()
    ]  # fmt: skip
    listed = "".join(f"<li>{escape(text)}</li>" for text in known)
    return "".join([evidence_class(class_name), table(heads, rows), paragraph(true, "muted"), f"<ul>{listed}</ul>"])


def evidence_class(name: str) -> str:
    """What a class of evidence allows to say.

    Parameters
    ----------
    name : of `CLASSES`

    Returns
    -------
    str
        HTML.
    """
    return f'<p class="warning">{escape(translated(CLASSES[name]))}</p>'


def quality(opened: Recordings) -> str:
    """How much of each channel can be used, and the faults that were found.

    Parameters
    ----------
    opened : Recordings

    Returns
    -------
    str
        HTML.
    """
    frame = opened.quality()
    faults = [name for name in frame if name not in ("signal", "channel", "unit", "streams", "sufficient", "usable")]
    rows = [
        [
            escape(label(row["channel"], CHANNELS)),
            escape(_("{n} of {all}").format(n=row["sufficient"], all=row["streams"])),
            words.number(100 * row["usable"]),
            escape(", ".join(f"{translated(FAULTS.get(name, name))}: {row[name]}" for name in faults if row[name])),
        ]
        for _place, row in frame.iterrows()
    ]
    return table([_("Channel"), _("Sufficient"), _("Usable, %"), _("Streams with faults")], rows)


def beside_register(opened: Recordings, sentence: str, notes: Sequence[str]) -> str:
    """Alarms of the group beside the accident rate of its sector and region.

    Parameters
    ----------
    opened : Recordings
    sentence, notes : of the finding of the register

    Returns
    -------
    str
        HTML.
    """
    own = _("Alarms of the group: {n} in a worker-shift.").format(n=words.number(opened.alarm_load().per_shift))
    listed = "".join(f"<li>{escape(note)}</li>" for note in notes)
    warning = f'<p class="warning">{escape(opened.note())}</p>'
    heading = escape(_("Notes and limits"))
    details = f"<details><summary>{heading}</summary><ul>{listed}</ul></details>"
    return "".join([paragraph(sentence), paragraph(own), warning, details])
