"""A brief as one page that holds all it needs, and asks no address for anything."""

import base64
import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from lxml import html as lxml_html

from workbench.briefs import apparatus
from workbench.briefs.content import Content
from workbench.briefs.markdown import as_html, plain_html
from workbench.briefs.record import Record
from workbench.briefs.run import Piece
from workbench.briefs.table import alt, has_figures, table
from workbench.charts.page import INSIDE
from workbench.terms.text import _
from workbench.terms.words import day

STYLE = Path(__file__).with_name("page.css")
FEW_ROWS = 12
"""A table of so many rows stands open below its chart; a longer one opens when it is asked for."""
HEADING = re.compile(r"<h([1-6])>")
CODE = re.compile("`([^`]+)`")
LONG_ADVICE = 120
"""Characters of advice from which on it opens when it is asked for."""
LONGEST_HEADING = 170
"""Characters above a chart; a longer title names every code that was asked for, as the methods do."""
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; img-src data: blob:; "
    "font-src data:"
)
"""Lets the browser itself refuse any request: Bokeh needs eval for the code that its charts carry."""
DRAW = """
document.documentElement.classList.add("live")
const charts = JSON.parse(document.getElementById("brief-charts").textContent)
for (const [name, item] of Object.entries(charts)) Bokeh.embed.embed_item(item, "chart-" + name)
const folds = () => document.querySelectorAll("details")
addEventListener("beforeprint", () => folds().forEach((fold) => { fold.open = true }))
"""
TABLE_TAGS = {"table", "thead", "tbody", "tfoot", "tr", "th", "td", "caption", "p", "ul", "ol", "li", "strong", "em"}


def page(content: Content, charts: Mapping[str, Mapping[str, object]]) -> str:
    """The page of a brief.

    Parameters
    ----------
    content : Content
    charts : Mapping
        By finding: `item`, the interactive chart as Bokeh's JSON, and `svg`, the static one.

    Returns
    -------
    str
        HTML with styles, scripts, pictures and the findings inside.
    """
    drawn = {record.id for record in content.shown if has_figures(record)}
    live = {name: chart["item"] for name, chart in charts.items() if chart.get("item") and name in drawn}
    scripts = ""
    if live:
        library = "\n".join(f"<script>{text}</script>" for text in INSIDE.js_raw)
        items = json.dumps(live).replace("<", "\\u003c")
        scripts = f'{library}<script type="application/json" id="brief-charts">{items}</script><script>{DRAW}</script>'
    language = escape(str(content.about.get("language", "en")))
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="generator" content="OSH Workbench {escape(content.versions["osh-workbench"])}">'
        f'<meta name="author" content="{escape(str(content.about.get("author", "OSH Workbench")))}">'
        f"<title>{escape(content.title)}</title>"
        f'<link rel="icon" href="data:,"><style>{STYLE.read_text(encoding="utf-8")}</style>'
        f'<script type="application/ld+json" id="brief-data">{content.to_json()}</script>'
    )
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>{head}</head>\n'
        f"<body>{body(content, charts)}{scripts}</body>\n</html>\n"
    )


def body(content: Content, charts: Mapping[str, Mapping[str, object]]) -> str:
    """What people read: title page, texts and charts, and what stands behind them.

    Parameters
    ----------
    content : Content
    charts : Mapping
        As `page` takes them; without them the same words, and no pictures.

    Returns
    -------
    str
    """
    places = [place for place, piece in enumerate(content.pieces) if content.is_read(piece)]
    first = next((place for place in places if place in content.texts), None)
    parts, level = [], 1
    for place in places:
        if place != first:
            parts.append(_piece(content, place, charts, level))
            level = int(([str(level), *HEADING.findall(parts[-1])])[-1])
    return f"{_title_page(content, first)}<main>{''.join(parts)}{_behind(content)}</main>{_foot(content)}"


def _title_page(content: Content, first: int | None) -> str:
    """Title, what the brief answers, funding, and of what and when it is."""
    text = _piece(content, first, {}, 0) if first is not None else f"<h1>{escape(content.title)}</h1>"
    warning = escape(_("Synthetic data: made by a program, not observed."))
    synthetic = f'<p class="synthetic">{warning}</p>' if content.synthetic else ""
    lines = "".join(f'<p class="funding">{escape(line)}</p>' for line in apparatus.funding(content))
    facts = {
        _("Sources"): "; ".join(_attributions(content.shown)),
        _("Made"): _("{day}, OSH Workbench {version}").format(
            day=day(content.made), version=content.versions["osh-workbench"]
        ),
        _("Author"): str(content.about.get("author", "")),
    }
    listed = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts.items() if text)
    return f'<header>{synthetic}{text}{lines}<dl class="facts">{listed}</dl></header>'


def _piece(content: Content, place: int, charts: Mapping, level: int) -> str:
    """A piece as HTML, below a heading of a level."""
    piece = content.pieces[place]
    if piece.kind == "text":
        text = as_html(content.texts[place], above=level)
        text = f'<div lang="{escape(piece.language)}">{text}</div>' if piece.language else text
        return f'<section class="key-figures">{text}</section>' if "key-figures" in piece.tags else text
    if piece.kind == "finding":
        return _figure(content.records[piece.finding], charts.get(piece.finding, {}))
    if piece.kind == "refused":
        return _refused(_("Not answered here: {why}").format(why=piece.content[1]))
    return _output(piece)


def _refused(words: str) -> str:
    """Why a question has no answer; what there is instead, where that is long, behind the first sentence."""
    first, _space, more = CODE.sub(r"<code>\1</code>", escape(words)).partition(". ")
    if len(more) < LONG_ADVICE:
        return f'<p class="refused">{first}{_space}{more}</p>'
    return f'<details class="refused"><summary>{first}.</summary> <p>{more}</p></details>'


def _figure(record: Record, chart: Mapping[str, object]) -> str:
    """A finding: its title, the interactive chart, the static one, its source, its table."""
    words, name = escape(alt(record)), escape(record.id)
    live = f'<div class="chart" id="chart-{name}"></div>' if chart.get("item") and has_figures(record) else ""
    encoded = base64.b64encode(str(chart.get("svg") or "").encode()).decode()
    still = f'<img class="still" src="data:image/svg+xml;base64,{encoded}" alt="{words}">'
    if not encoded:  # nothing to draw, or a page that is made again for its words alone
        still = f'<p class="still">{words}</p>'
    heading = record.question if record.chart == "line" else record.title  # a trend's title is its whole sentence
    if len(heading) > LONGEST_HEADING:
        heading = _("By {names}: {unit}").format(unit=record.unit, names=", ".join(record.names.values()))
    named = "; ".join(_attributions([record]))
    attribution = _("Source: {source}.").format(source=named)
    if record.synthetic:
        attribution = _("Synthetic data, made by a program. Source: {source}.").format(source=named)
    rows = ""
    if record.rows:  # a caption would say once more what stands above the chart
        titled_by = f"title-{record.id}" if heading == record.question else ""
        rows = f'<div class="rows" tabindex="0">{table(record, titled_by=titled_by)}</div>'
    if len(record.rows) > FEW_ROWS:
        heading_of_rows = escape(_("Table, {n} rows").format(n=len(record.rows)))
        rows = f"<details><summary>{heading_of_rows}</summary>{rows}</details>"
    return (
        f'<figure id="finding-{name}"><figcaption id="title-{name}">{escape(heading)}</figcaption>{live}{still}'
        f'<p class="attribution">{escape(attribution)}</p>{rows}</figure>'
    )


def _attributions(records: Iterable[Record]) -> list[str]:
    """What the sources ask to have named, each once."""
    sources = [source for record in records for source in record.sources]
    named = (str(source.get("attribution") or source["name"]) for source in sources)
    return list(dict.fromkeys(text.removeprefix("Source: ").rstrip(".") for text in named))


def _output(piece: Piece) -> str:
    """What else a cell showed: text, a picture of its own, a table without anything active in it."""
    kind, text = piece.content
    if kind == "image/png":
        words = escape(_("Picture of cell {n}").format(n=piece.cell))
        return f'<img src="data:image/png;base64,{escape("".join(text.split()))}" alt="{words}">'
    if kind == "text/markdown":
        return plain_html(text)
    if kind == "text/html":
        return f'<div class="rows" tabindex="0">{_harmless(text)}</div>'
    return f'<div class="rows" tabindex="0"><pre>{escape(text)}</pre></div>'


def _harmless(text: str) -> str:
    """The tables and lists of an HTML output: no scripts, no styles, no attributes that act or ask."""
    tree = lxml_html.fragment_fromstring(text, create_parent="div")
    for node in list(tree.iter()):
        if node is tree:
            continue
        if not isinstance(node.tag, str) or node.tag in ("script", "style", "iframe", "object", "svg"):
            node.drop_tree()
            continue
        for name in set(node.attrib) - {"colspan", "rowspan", "scope"}:
            del node.attrib[name]
        if node.tag not in TABLE_TAGS:
            node.drop_tag()
    return lxml_html.tostring(tree, encoding="unicode")


def _behind(content: Content) -> str:
    """Methods, limits, words, sources and the evidence sheet, under headings of their own."""
    sections = (
        ("methods", _("Methods"), apparatus.methods(content)),
        ("limits", _("Limits of these figures"), apparatus.limits(content)),
        ("glossary", _("Terms used"), apparatus.glossary(content)),
        ("sources", _("Sources and citation"), apparatus.citations(content)),
        ("evidence", _("Evidence sheet"), f'<div class="rows" tabindex="0">{apparatus.evidence(content)}</div>'),
    )
    return "".join(
        f'<section id="{name}" class="behind"><h2>{escape(title)}</h2>{text}</section>'
        for name, title, text in sections
        if text
    )


def _foot(content: Content) -> str:
    return f"<footer><p>{escape(apparatus.cited(content))}</p></footer>"
