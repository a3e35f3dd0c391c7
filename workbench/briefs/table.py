"""The table twin of a chart, and what the chart says in words, both from the printed figures."""

from collections.abc import Mapping
from html import escape

from workbench.briefs.record import NOT_LIMITED, Record, printed
from workbench.charts.palette import LOOKS
from workbench.terms.codes import codelist
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import shown
from workbench.terms.labels import labels_in
from workbench.terms.text import _, language_code, n_, translated

LONGEST_CAPTION = 170
COLUMNS = ("value", "low", "high", "count", "people")


def table(record: Record, *, titled_by: str = "") -> str:
    """The rows of a finding as an HTML table whose heads say what they head.

    Parameters
    ----------
    record : Record
    titled_by : str
        Id of what stands above the table and says what it holds, in place of a caption.

    Returns
    -------
    str
        With a title, heads of columns and of rows, and no empty column.
    """
    figures = [printed(row) for row in record.rows]
    bare = all(text.value == text.count for text in figures)  # a count is its own figure
    filled = [name for name in COLUMNS if any(getattr(text, name) for text in figures)]
    filled = [name for name in filled if not (name == "count" and bare)]
    remarks = [_remark(row) for row in record.rows]
    heads = _heads(record)

    names = [record.names.get(name, name) for name in record.by] or [_("group")]
    row_heads = [*names, *(heads[name] for name in filled), *([_("remark")] if any(remarks) else [])]
    head = "".join(
        f'<th scope="col"{"" if at < len(names) else _numeric(at - len(names), filled)}>{escape(text)}</th>'
        for at, text in enumerate(row_heads)
    )
    lines = []
    for row, text, remark in zip(record.rows, figures, remarks, strict=True):
        labels = [(_spoken(name, row), str(row.get(f"{name}_label") or row.get(name))) for name in record.by]
        cells = [f'<th scope="row"{lang}>{escape(label)}</th>' for lang, label in labels or [("", record.label(row))]]
        cells += [f'<td class="n">{escape(getattr(text, name)) or "–"}</td>' for name in filled]
        cells += [f"<td>{escape(remark)}</td>"] if any(remarks) else []
        lines.append(f"<tr>{''.join(cells)}</tr>")
    named = f' aria-labelledby="{escape(titled_by)}"' if titled_by else ""
    caption = "" if titled_by else f"<caption>{escape(shown(record.question, LONGEST_CAPTION))}</caption>"
    return f"<table{named}>{caption}<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def _spoken(name: str, row: Mapping[str, object]) -> str:
    """What says that the label of a group is English, for want of another."""
    known, code = DIMENSIONS[name].codelist, str(row.get(name))
    if language_code() == "en" or known == "year":
        return ""
    if known == "open":  # a source's own codes
        return "" if (name, code) in labels_in(language_code()) else ' lang="en"'
    return ' lang="en"' if codelist(known).label_language(code) else ""


def has_figures(record: Record) -> bool:
    """Whether any row has a figure that can be drawn."""
    return any(printed(row).value for row in record.rows)


def alt(record: Record) -> str:
    """What a chart shows, in words with its figures, for whoever hears the page."""
    rows = [row for row in record.rows if row.get("state") in NOT_LIMITED and printed(row).value]
    if not rows:
        return _("No figure: {title}").format(title=record.title)
    if "year" in record.by and len(record.by) == 1:
        first, last = rows[0], rows[-1]
        return _("Chart by year, {unit}: {start} in {first}, {end} in {last}; {n} years.").format(
            unit=record.unit,
            start=printed(first).value,
            first=first["year"],
            end=printed(last).value,
            last=last["year"],
            n=len(rows),
        )
    ordered = sorted(rows, key=lambda row: row["value"])
    facts = {
        "unit": record.unit,
        "high": record.label(ordered[-1]),
        "high_value": printed(ordered[-1]).value,
        "low": record.label(ordered[0]),
        "low_value": printed(ordered[0]).value,
        "n": len(rows),
    }
    if len(rows) == 1:
        return _("Chart, {unit}: {high} {high_value}.").format(**facts)
    return n_(
        "Chart of {n} group, {unit}: highest {high}, {high_value}; lowest {low}, {low_value}.",
        "Chart of {n} groups, {unit}: highest {high}, {high_value}; lowest {low}, {low_value}.",
        len(rows),
    ).format(**facts)


def _heads(record: Record) -> dict[str, str]:
    """The heads of the columns of figures, with their units."""
    people = record.units.get("exposure") or _("people at risk")
    return {
        "value": record.unit or _("figure"),
        "low": _("from"),
        "high": _("to"),
        "count": record.units.get("count") or _("count"),
        "people": people,
    }


def _numeric(place: int, filled: list[str]) -> str:
    return ' class="n"' if place < len(filled) else ""


def _remark(row: Mapping[str, object]) -> str:
    """State and flag of a row in words."""
    look = LOOKS.get(str(row.get("state") or ""))
    words = translated(look.words) if look and look.words else ""
    flag = str(row.get("flag") or "")
    if words and flag:
        return _("{state}; flag {flag}").format(state=words, flag=flag)
    return words or (_("flag {flag}").format(flag=flag) if flag else "")
