"""What keeps a brief from being published, and what changed since an earlier one."""

import re
from dataclasses import dataclass
from pathlib import Path

from lxml import html as lxml_html

from workbench.briefs.content import Content, Sentence, read_page
from workbench.briefs.page import body
from workbench.briefs.prose import Part
from workbench.briefs.record import Printed, Record, printed
from workbench.terms.errors import Refused
from workbench.terms.text import ENGLISH, _, speaking

MOST = 40
"""So many changed figures of one finding are named before the rest is counted."""
NO_ROW: dict[str, object] = {"state": "missing"}


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why a brief is not published: the sentence, what is wrong with it, what may be said instead."""

    sentence: int
    text: str

    def __str__(self) -> str:
        return self.text


def faults(content: Content) -> list[Fault]:
    """Claims that do not hold, figures that are bound to nothing, figures that must not leave the session.

    Parameters
    ----------
    content : Content

    Returns
    -------
    list of Fault
        Empty where the brief may be published.
    """
    found = [Fault(sentence=0, text=record.release) for record in content.shown if record.release]
    for sentence in content.sentences():
        found += [_untrue(sentence, part) for part in sentence.parts if not part.holds]
    for place, prose in content.texts.items():
        for loose in prose.faults():
            message = _(
                "Cell {cell} has figures that are bound to nothing: {loose}. Take them from a finding, "
                '{{{{ finding.value("F") }}}}, or say where they are from: {{{{ constant("100,000", source="...") }}}}.'
            )
            found.append(Fault(sentence=0, text=message.format(cell=content.pieces[place].cell, loose=loose)))
    return found


def changes(old: Content, new: Content) -> list[str]:
    """What a new brief says otherwise than an old one: figures first, then the sentences that are affected.

    Parameters
    ----------
    old, new : Content

    Returns
    -------
    list of str
        Such as "Construction: 2.1 → 2.4 per 1,000" and "Sentence 3 is new: ...". Empty where nothing changed.
    """
    found = []
    for name, record in new.records.items():
        before = _same_question(record, old)
        if before is None:
            found.append(_("New finding {id}: {question}").format(id=name, question=record.question))
        elif before.to_dict()["rows"] != record.to_dict()["rows"]:
            found += _figures(before, record)
    return found + _sentences(old, new)


def check_page(path: Path | str) -> list[str]:
    """Whether a published page says what the findings inside it say, to the last digit.

    Its text is made again from the findings it carries (each under its hash) and compared with what stands there, and
    each printed rate is divided again from the printed count and people.

    Parameters
    ----------
    path : Path or str
        An HTML file that the workbench wrote.

    Returns
    -------
    list of str
        What differs; empty where nothing does.

    Raises
    ------
    ReadError
        For a file that is no brief.
    """
    try:
        content = read_page(path)
    except Refused as error:
        return [str(error)]
    page = Path(path).read_text(encoding="utf-8")
    with speaking(content.translations):
        expected = _visible(f"<html><body>{body(content, {})}</body></html>")
    found = _visible(page)
    different = [
        _("“{found}” should read “{expected}”.").format(found=printed_text, expected=expected_text)
        for printed_text, expected_text in zip(found, expected, strict=False)
        if printed_text != expected_text
    ]
    if len(found) != len(expected):
        different.append(_("The page has {n} texts where {m} are made.").format(n=len(found), m=len(expected)))
    return [*different, *map(str, faults(content)), *rates_at_fault(content)]


def rates_at_fault(content: Content) -> list[str]:
    """Rows whose printed rate is not the printed count over the printed people."""
    found = []
    for record in content.shown:
        for row in record.rows:
            with speaking(ENGLISH):  # digits are compared with English marks
                text = printed(row)
            per = row.get("per")
            if not (text.value and text.count and text.people and per) or not _is_quotient(row):
                continue
            places = len(text.value.partition(".")[2])
            divided = per * float(text.count.replace(",", "")) / float(text.people.replace(",", ""))
            if f"{divided:.{places}f}" != text.value.replace(",", ""):
                message = _("{group}: {value} is not {count} over {people}.")
                found.append(
                    message.format(group=record.label(row), value=text.value, count=text.count, people=text.people)
                )
    return found


def _is_quotient(row: dict) -> bool:
    """Whether the figure itself is its count over its people: standardised and smoothed rates are not."""
    return abs(row["per"] * row["count"] / row["exposure"] - row["value"]) <= 1e-9 * abs(row["value"])


def _untrue(sentence: Sentence, part: Part) -> Fault:
    """A claim that does not hold, with the words that do."""
    message = _("Sentence {n} no longer holds: “{text}”. {figures}. Instead of “{words}” may be said: “{weaker}”.")
    if not part.figures:
        message = _("Sentence {n} no longer holds: “{text}”. Instead of “{words}” may be said: “{weaker}”.")
    return Fault(
        sentence=sentence.number,
        text=message.format(
            n=sentence.number, text=sentence.text, figures=part.figures, words=part.text, weaker=part.weaker
        ),
    )


def _same_question(record: Record, old: Content) -> Record | None:
    """The finding of the earlier brief under the same id, where it was asked by the same dimensions."""
    before = old.records.get(record.id)
    return before if before is not None and before.by == record.by else None


def _figures(before: Record, after: Record) -> list[str]:
    """The rows of a finding whose printed figures differ."""
    old = {before.key(row): row for row in before.rows}
    found = []
    for row in after.rows:
        was, now = printed(old.get(after.key(row), NO_ROW)), printed(row)
        if was != now:
            texts = [_in_brief(*pair) or _("no figure") for pair in ((was, now), (now, was))]
            facts = {"group": after.label(row), "old": texts[0], "new": texts[1], "unit": after.unit}
            found.append(_("{group}: {old} → {new} {unit}").format(**facts))
    new = {after.key(row) for row in after.rows}
    found += [
        _("{group}: no longer there").format(group=before.label(row)) for key, row in old.items() if key not in new
    ]
    more = len(found) - MOST
    return [*found[:MOST], _("... and {n} more").format(n=more)] if more > 0 else found


def _in_brief(figure: Printed, other: Printed) -> str:
    """The figure of a row; where that is the same in another brief, with what differs: its limits, else its base."""
    if figure.value != other.value or not figure.value:
        return figure.value
    if (figure.low, figure.high) != (other.low, other.high):
        return f"{figure.value} ({figure.low}–{figure.high})"
    return f"{figure.value} ({figure.count}/{figure.people})"


def _sentences(old: Content, new: Content) -> list[str]:
    """Sentences that read otherwise than before, matched by the cell they stand in and their place in it."""
    before = {sentence.place: sentence for sentence in old.sentences()}
    after = {sentence.place: sentence for sentence in new.sentences()}
    found = []
    for place, now in after.items():
        was = before.get(place)
        if was is None:
            found.append(_("Sentence {n} is new: “{text}”").format(n=now.number, text=now.text))
        elif was.text != now.text:
            found.append(_("Sentence {n}: “{old}” → “{new}”").format(n=now.number, old=was.text, new=now.text))
    gone = [was for place, was in before.items() if place not in after]
    return found + [_("Sentence {n} is gone: “{text}”").format(n=was.number, text=was.text) for was in gone]


def _visible(page: str) -> list[str]:
    """The texts of a page that people read or hear: between tags, and in place of pictures."""
    tree = lxml_html.fromstring(page)
    for away in tree.xpath("//script | //style | //head | //template"):
        away.drop_tree()
    texts = []
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        texts += [node.get(name) for name in ("alt", "aria-label", "title") if node.get(name)]
        texts += [text for text in (node.text, *(child.tail for child in node)) if text]
    return [" ".join(re.split(r"\s+", text)).strip() for text in texts if text.strip()]
