"""What stands behind a brief: methods, limits, words, sources, the selection as code, and the evidence sheet."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from workbench.briefs.content import Content
from workbench.briefs.markdown import plain_html
from workbench.briefs.paragraphs import TERM, terms
from workbench.briefs.record import Record
from workbench.sources.catalog import catalog
from workbench.terms.places import bundled
from workbench.terms.text import _, language_code, n_, translated
from workbench.terms.words import day

FUNDED = re.compile(r"[^.;]*(?:[Ff]inanced|[Ff]unded) by [^.;]*")
"""A sentence by which a source asks that its funding be named."""

EXPLORER = "http://localhost:5006/"
"""Where `workbench app` listens unless another port is asked for."""


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question of the evidence sheet, its answer, and what it rests on."""

    question: str
    yes: bool
    detail: str


def funding(content: Content) -> list[str]:
    """The lines about funding that its sources, or the notebook for this selection, ask for.

    Parameters
    ----------
    content : Content

    Returns
    -------
    list of str
    """
    found = []
    for line in content.about.get("funding", ()):
        where = line.get("where", {})
        if all(str(content.parameters.get(name)) == str(value) for name, value in where.items()):
            found.append(translated(str(line["line"])))
    for record in content.shown:
        for source in record.sources:
            found += FUNDED.findall(str(source.get("attribution", "")))
    return list(dict.fromkeys(text.strip() for text in found))


def methods(content: Content) -> str:
    """How each finding was made: what was asked, the limits, the selection as code."""
    lines = []
    for record in content.shown:
        how = _("Method: {method}.").format(method=record.method) if record.method else _("No method is named.")
        source = str(record.sources[0]["name"]) if record.sources else "cube"
        lines.append(
            f"<dt>{escape(record.question)}</dt><dd>{escape(how)}"
            f"<pre>{escape(source)}: {escape(record.code)}</pre></dd>"
        )
    return f"<dl>{''.join(lines)}</dl>{origin(content)}"


def origin(content: Content) -> str:
    """The explorer's address at which the question was chosen, as a link; "" of a brief that was written by hand.

    The address is of the reader's own machine, whatever a notebook says of it: no link leads elsewhere.
    """
    query = str(content.about.get("link", ""))
    if not query:
        return ""
    words = _("The question was chosen in the explorer. This address shows it, once workbench app runs:")
    address = escape(f"{EXPLORER}?{query}")
    return f'<p class="origin">{escape(words)} <a href="{address}">{address}</a></p>'


def limits(content: Content) -> str:
    """What has to be known of the figures: the notes of the tools that were used, each once."""
    notes = dict.fromkeys(note for record in content.shown for note in record.notes)
    english = set() if language_code() == "en" else set(_notes_of_entries(content.shown))
    withheld = sum(record.withheld for record in content.shown)
    own = []
    if withheld:
        own.append(
            n_(
                "{n} figure of few persons is withheld; it stands as withheld in its table.",
                "{n} figures of few persons are withheld; they stand as withheld in their tables.",
                withheld,
            ).format(n=withheld)
        )
    lines = [(text, "") for text in own] + [(note, "en" if note in english else "") for note in notes]
    listed = "".join(f"<li{_spoken(language)}>{escape(text)}</li>" for text, language in lines)
    return f"<ul>{listed}</ul>"


def _notes_of_entries(records: Iterable[Record]) -> Iterator[str]:
    """The notes of the catalogue's entries as they stand there: what a brief repeats to the letter is English."""
    for source in _sources(records):
        if source["name"] in catalog():
            yield from catalog()[str(source["name"])].notes


def _spoken(language: str) -> str:
    return f' lang="{language}"' if language else ""


def glossary(content: Content) -> str:
    """The terms of the workbench's glossary that this brief uses, with their definitions."""
    words = " ".join(
        [
            *(prose.filled() for prose in content.texts.values()),
            *(f"{record.title} {record.summary} {record.method}" for record in content.shown),
        ]
    ).casefold()
    found = []
    for message in terms(bundled("GLOSSARY.md").read_text(encoding="utf-8")):
        text = str(translated(message))
        language = _spoken("en" if text == message and language_code() != "en" else "")
        entry = TERM.search(text)
        term = re.split(r"\s*[(,;]", entry["term"])[0].strip()
        if re.search(rf"\b{re.escape(term.casefold())}s?\b", words):
            rest = entry["rest"].strip().removeprefix(":").strip()
            found.append(f"<dt{language}>{escape(entry['term'])}</dt><dd{language}>{plain_html(rest)}</dd>")
    return f"<dl>{''.join(found)}</dl>" if found else ""


def citations(content: Content) -> str:
    """How to cite the brief and its sources, with their licences and hashes."""
    lines = []
    for source in _sources(content.shown):
        hashes = ", ".join(str(text) for text in source.get("sha256") or ()) or _("none kept")
        licence = _("Licence: {licence}").format(licence=str(source.get("licence", "")).rstrip("."))
        came = _("Came: {way}. SHA-256: {hashes}.").format(way=source.get("way", ""), hashes=hashes)
        lines.append(
            f"<li>{escape(str(source.get('citation', '')))} {escape(licence)}. <span class='hash'>{escape(came)}</span>"
            "</li>"
        )
    return f"<p>{escape(cited(content))}</p><ul>{''.join(lines)}</ul>"


def cited(content: Content) -> str:
    """The brief as one cites it."""
    author = str(content.about.get("author", "")) or "OSH Workbench"
    return _("{author} ({year}). {title} [Brief, made on {day} with OSH Workbench {version}].").format(
        author=author,
        year=content.made[:4],
        title=content.title,
        day=day(content.made),
        version=content.versions["osh-workbench"],
    )


def evidence(content: Content) -> str:
    """The evidence sheet: each item of a reproducible analysis, answered yes or no, with what the answer rests on."""
    answers = {True: _("yes"), False: _("no")}
    rows = "".join(
        f'<tr><th scope="row">{escape(item.question)}</th><td>{escape(answers[item.yes])}</td>'
        f"<td>{escape(item.detail)}</td></tr>"
        for item in items(content)
    )
    heads = "".join(f'<th scope="col">{escape(text)}</th>' for text in (_("Item"), _("Answer"), _("What it rests on")))
    caption = _("The least that a reproducible analysis answers for")
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def items(content: Content) -> list[Item]:
    """The items of the evidence sheet.

    They are the minimum of Reproducible Analytical Pipelines (Government Analysis Function, United Kingdom): few manual
    steps, open tools, code under version control, checks, review; and what a release of figures adds.

    Parameters
    ----------
    content : Content

    Returns
    -------
    list of Item
    """
    sources = _sources(content.shown)
    bare = [str(source["name"]) for source in sources if not source.get("sha256")]
    steps = [str(step) for step in content.about.get("manual_steps", ())]
    versions = ", ".join(f"{name} {version}" for name, version in content.versions.items())
    reviewer, release = str(content.about.get("reviewer", "")), str(content.about.get("release_record", ""))
    given = ", ".join(f"{name} = {value!r}" for name, value in content.parameters.items())
    return [
        Item(
            question=_("Are the inputs named, with their hashes?"),
            yes=bool(sources) and not bare,
            detail=_("Without a hash: {names}").format(names=", ".join(bare)) if bare else _("See the sources."),
        ),
        Item(
            question=_("Is the code known, to the letter?"),
            yes=True,
            detail=_("{notebook}, SHA-256 {hash}; parameters: {parameters}").format(
                notebook=content.notebook, hash=content.notebook_sha256, parameters=given or _("none")
            ),
        ),
        Item(
            question=_("Is the code under version control?"),
            yes=bool(content.about.get("versioned")),
            detail=_("Whether the notebook lies in a folder with a history (Git), or comes with the workbench."),
        ),
        Item(question=_("Are the tools open, and their versions known?"), yes=True, detail=versions),
        Item(
            question=_("Did it run without manual steps?"),
            yes=not steps,
            detail="; ".join(steps) or _("The notebook names none."),
        ),
        Item(
            question=_("Were the checks of the brief passed?"),
            yes=True,
            detail=_(
                "Each figure of the text is bound to a finding or has a source; each claim holds; each printed rate is "
                "the printed count over the printed people. A brief that fails one is not written."
            ),
        ),
        Item(
            question=_("Has somebody else reviewed it?"),
            yes=bool(reviewer),
            detail=reviewer or _("The notebook names no reviewer."),
        ),
        Item(
            question=_("Is there a record of the release of its figures?"),
            yes=bool(release),
            detail=release or _("None was made: no figure of this brief is about persons of one's own data."),
        ),
    ]


def versioned(path: Path) -> bool:
    """Whether a notebook comes with the workbench, or lies in a folder with a history."""
    path = path.resolve()
    return bundled("notebooks").resolve() in path.parents or any((folder / ".git").exists() for folder in path.parents)


def _sources(records: Iterable[Record]) -> list[Mapping]:
    """The sources of findings, each once."""
    found: dict[str, Mapping] = {}
    for record in records:
        for source in record.sources:
            found.setdefault(f"{source['name']} {source.get('way')} {source.get('sha256')}", source)
    return list(found.values())


def _listed(texts: Iterable[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
