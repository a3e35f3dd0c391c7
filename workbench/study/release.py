"""What may leave: a finding about persons is audited with everything released of the same data, then recorded."""

import hashlib
from dataclasses import replace

from workbench.disclosure_control import record
from workbench.disclosure_control.record import Release
from workbench.disclosure_control.rules import PASSES
from workbench.study.linked import verdict_on
from workbench.study.origin import data_hash
from workbench.study.protection import Protection
from workbench.study.released import Released, released, sides_of
from workbench.study.scan import check_text
from workbench.study.shown import Shown, close
from workbench.study.watched import protect_watched
from workbench.terms.errors import Refused
from workbench.terms.text import _, n_


def permit(protection: Protection, way: str, content: str) -> Release:
    """Let a finding leave: audited by itself and with all earlier releases of the same data, and written down.

    Parameters
    ----------
    protection : Protection
        Of the finding.
    way : str
        What is written: csv, json, zip, brief, page.
    content : str
        What leaves.

    Returns
    -------
    Release
        The line of the record, which is there before anything leaves.

    Raises
    ------
    Refused
        When a withheld figure could be computed too closely, or stands in the text; the refusal is recorded too.
    """
    line = _line(protection, way)
    try:
        _check_method(line)
        _check_own(protection)
        _check_linked(protection, line)
        check_text(content, [protection])
    except Refused as refusal:
        record.append(replace(line, verdict=str(refusal), left=False))
        raise
    verdict = _verdict(protection)
    digest = hashlib.sha256(content.encode()).hexdigest()
    return record.append(replace(line, verdict=verdict, left=True, content=digest))


def _line(protection: Protection, way: str) -> Release:
    """The line of the record, without a verdict."""
    divided, reasons = protection.before, protection.reasons
    codes = divided.frame[list(divided.by)].astype(str).to_numpy().tolist()
    whole = {"whole": divided.whole.to_dict()} if divided.whole is not None else {}
    withheld = {
        rule: [row for row, reason in zip(codes, reasons, strict=True) if reason == rule]
        for rule in sorted({*reasons} - {PASSES})
    }
    return Release(
        way=way,
        data={"name": divided.cube.name, "hash": data_hash(divided.cube)},
        question={
            "selection": divided.selection.to_dict(),
            "by": list(divided.by),
            "measure": divided.measure.name,
            **whole,
        },
        rule=_rule(protection),
        method=protection.method,
        figures=len(codes),
        withheld=withheld,
        verdict="",
        left=False,
    )


def _rule(protection: Protection) -> str:
    """What was asked of each figure."""
    minimum, cells = protection.rules.minimum, protection.cells
    if protection.method:
        return _("another way than withholding: {method}").format(method=protection.method)
    width = cells.width if cells else protection.rules.width
    return _("minimum count {minimum}, protection width {width}").format(minimum=minimum, width=width)


def _verdict(protection: Protection) -> str:
    """What the audit found of a release that is let out."""
    if protection.method:
        return _("Every count is protected: {method}.").format(method=protection.method)
    cells = protection.cells
    if cells and cells.table.persons is not None:
        return _("No withheld sum is known within {width}.").format(width=cells.width)
    return _("No withheld figure is known within {width} persons.").format(width=protection.rules.width)


def _check_method(line: Release) -> None:
    """Refused where the same data were released in another way: two ways together tell more than either."""
    for release in record.releases():
        same = release.left and release.data["hash"] == line.data["hash"]
        if same and release.method != line.method:
            raise Refused(
                _(
                    "These data were released before by {earlier} (line {number} of the release record): together with "
                    "figures by {now} they would give more away than either. Ask in the way of that time."
                ).format(
                    earlier=release.method or _("withholding"),
                    number=release.number,
                    now=line.method or _("withholding"),
                )
            )


def _check_own(protection: Protection) -> None:
    """Refused where the table's own sums give a withheld figure away: a large one has been looked at quickly so far."""
    if protection.cells is None or not protection.hidden.any():
        return
    cells = protection.cells
    found = protection.audit or protect_watched(cells.table, protection.withheld, width=cells.width)
    if not found.passes:
        raise Refused(
            _("{verdict} It is not written to a file. Divide by fewer dimensions, or widen the selection.").format(
                verdict=found.outside
            )
        )
    more = int((cells.rows(found.pattern.withheld) & ~protection.hidden).sum())
    if more:
        raise Refused(
            n_(
                "{n} more figure has to be withheld before this leaves: a small one could be computed from it. Ask "
                'again after wb.disclosure("audited"), which withholds it.',
                "{n} more figures have to be withheld before this leaves: small ones could be computed from them. Ask "
                'again after wb.disclosure("audited"), which withholds them.',
                more,
            ).format(n=more)
        )


def _check_linked(protection: Protection, line: Release) -> None:
    """Refused where earlier releases of the same data and this one together give a withheld figure away."""
    cells, divided = protection.cells, protection.before
    if cells is None:  # terms of a model are figures of no cell
        return
    earlier = [
        one
        for one in released(divided.cube, divided.measure.name)
        if (one.release.question, one.release.withheld) != (line.question, line.withheld)
    ]
    for side in sides_of(divided, protection.hidden):
        for one in earlier:
            _check_differences(protection, side.answer, one)

    answers = [answer for one in earlier for answer in one.answers]
    found = verdict_on(cells, protection.hidden, answers) if answers else None
    if found is not None and not found.passes:
        raise Refused(
            n_(
                "{n} withheld figure could be computed from this and what was released before (lines {numbers} of the "
                "release record). {again}",
                "{n} withheld figures could be computed from this and what was released before (lines {numbers} of the "
                "release record). {again}",
                int((~found.cleared).sum()),
            ).format(
                n=int((~found.cleared).sum()),
                numbers=", ".join(str(one.release.number) for one in earlier),
                again=_ask_again(),
            )
        )


def _ask_again() -> str:
    """How a question is asked whose answer gives too much away together with earlier ones."""
    return _(
        'Ask again after wb.disclosure("audited"), which withholds more of it, or for the groups and the selection of '
        "that time."
    )


def _check_differences(protection: Protection, fresh: Shown, one: Released) -> None:
    """Refused where a figure and one of an earlier release differ by few persons: these would be counted by both."""
    for answer in one.answers:
        near = close(fresh.boxes, fresh.counts, answer.boxes, answer.counts, protection.rules.minimum)
        n = int((near & fresh.shown[:, None] & answer.shown[None, :]).any(axis=1).sum())
        if n:
            raise Refused(
                n_(
                    "{n} figure differs by fewer than {minimum} persons from one that was released before (line "
                    "{number} of the release record): subtracting them would give these away. {again}",
                    "{n} figures differ by fewer than {minimum} persons from ones that were released before (line "
                    "{number} of the release record): subtracting them would give these away. {again}",
                    n,
                ).format(n=n, minimum=protection.rules.minimum, number=one.release.number, again=_ask_again())
            )
