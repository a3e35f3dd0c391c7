"""A data set in words: described, and cited as a sentence, in BibTeX for LaTeX, in CSL JSON for other programs."""

import json
import re
from pathlib import Path

from workbench.sources.dataset import Dataset
from workbench.terms.errors import UnknownName
from workbench.terms.places import mirror
from workbench.terms.text import _, mark, translated

STYLES = ("text", "bibtex", "csl")


def describe(d: Dataset, status: str) -> str:
    """Everything the entry says about its data, to be read by people.

    Parameters
    ----------
    d : the entry
    status : how it would come now, as `download.status` says it
    """
    lines = [f"{d.title} ({d.name})", "", d.description, ""]
    if d.synthetic:
        lines[:0] = [_("SYNTHETIC DATA: generated, not observed; never to be cited as a publisher's."), ""]
    lines += [f"{label}: {content}" for label, content in [*_described(d), (_("Status"), status)] if content]
    lines += [_("Break in {year} ({where}): {reason}").format(**b) for b in d.breaks]
    lines += [_("Note: {note}").format(note=note) for note in d.notes]
    return "\n".join(lines)


def code(d: Dataset, way: str, folder: Path | None) -> str:
    """The plain pandas of an entry, with the folder that its files are in.

    Parameters
    ----------
    d : the entry
    way, folder : "bundled" or "mirror", and where the files are; "" and None when they have to be downloaded first
    """
    body = next(d.code[key] for key in (way, "live", "mirror", "bundled") if key in d.code)
    if way not in d.code:  # the code is of other files than those that are there
        way = ""
    if way == "bundled":
        where = f"folder = Path({json.dumps(str(folder), ensure_ascii=False)})"
    elif way == "mirror":
        inside = folder.relative_to(mirror()).as_posix()
        where = 'folder = Path(os.environ["WORKBENCH_MIRROR"])' + (f' / "{inside}"' if inside != "." else "")
    else:
        origin = d.files["live"][0]["address"] if d.files["live"] and not d.parameters else d.url
        where = _("# your download, from {origin}").format(origin=origin) + '\nfolder = Path.home() / "Downloads"'
    imports = ["import os"] * (way == "mirror") + ["from pathlib import Path", "", "import pandas as pd"]
    return "\n".join([*imports, "", where, "", body])


def cite(dataset: Dataset, style: str = "text", *, retrieved: str | None = None) -> str:
    """The citation of a data set.

    Parameters
    ----------
    dataset : the entry
    style : "text", "bibtex" or "csl"
    retrieved : when its files were downloaded (ISO 8601), where that is known

    Raises
    ------
    UnknownName
        For a style that does not exist.
    """
    if style not in STYLES:
        raise UnknownName(
            _("citation style"), style, STYLES, hint=_("There are: {styles}.").format(styles=", ".join(STYLES))
        )
    return {"text": _text, "bibtex": _bibtex, "csl": _csl}[style](dataset, (retrieved or "")[:10])


def _text(dataset: Dataset, date: str) -> str:
    citation = dataset.citation
    sentence = _("{author} ({year}). {title} [{what}]. {release}.").format(
        author=citation["author"],
        year=citation["year"],
        title=citation["title"],
        what=_what(dataset),
        release=dataset.release.rstrip("."),
    )
    return (
        sentence
        + (f" {dataset.url}" if dataset.url else "")
        + (_(" (retrieved {date})").format(date=date) if date else "")
    )


def _bibtex(dataset: Dataset, date: str) -> str:
    citation = dataset.citation
    lines = {
        "author": "{" + _escaped(citation["author"]) + "}",
        "title": "{" + _escaped(citation["title"]) + "}",
        "year": str(citation["year"]),
        "publisher": _escaped(dataset.publisher),
        "version": _escaped(dataset.release),
        "howpublished": f"\\url{{{_in_braces(dataset.url)}}}" if dataset.url else "",
        "note": _escaped(_what(dataset)) + (f", retrieved {date}" if date else ""),
    }
    return "\n".join(
        [f"@misc{{{citation['key']},", *(f"  {key} = {{{value}}}," for key, value in lines.items() if value), "}"]
    )


def _csl(dataset: Dataset, date: str) -> str:
    citation = dataset.citation
    item = {
        "id": citation["key"],
        "type": "dataset",
        "author": [{"literal": citation["author"]}],
        "title": citation["title"],
        "issued": {"date-parts": [[citation["year"]]]},
        "publisher": dataset.publisher,
        "version": dataset.release,
        "URL": dataset.url,
        "genre": _what(dataset),
        "license": dataset.licence,
    }
    item = {key: value for key, value in item.items() if value}
    if date:
        item["accessed"] = {"date-parts": [[int(part) for part in date.split("-")]]}
    return json.dumps([item], ensure_ascii=False, indent=1)


def _what(dataset: Dataset) -> str:
    return _("Synthetic data set") if dataset.synthetic else _("Data set")


def _in_braces(address: str) -> str:
    """An address that cannot end the braces it is put in."""
    return address.replace("{", "%7B").replace("}", "%7D")


def _escaped(text: object) -> str:
    """Text that LaTeX prints as it is."""
    special = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    return re.sub(r"[\\~^&%$#_{}]", lambda found: special.get(found[0], "\\" + found[0]), str(text))


def _described(d: Dataset) -> list[tuple[str, str]]:
    """What `describe` says, label by label."""
    cite = d.citation
    basis = {
        "workplace": _("workplace"),
        "residence": _("residence"),
        "authority": _("authority that received the report"),
    }
    measures = "; ".join(
        _("{label} ({unit}; {how})").format(label=m["label"], unit=m["unit"], how=translated(_HOW[m["how"]]))
        for m in d.measures.values()
    )
    margins = "; ".join(f"{name}: {' x '.join(m['dims'])}" for name, m in d.margins.items())
    return [
        (_("Kind"), d.kind + ", " + d.source_kind),
        (_("Publisher"), d.publisher),
        (_("Years"), d.years),
        (_("Geography"), d.spatial + (f" (NUTS {d.nuts_edition})" if d.nuts_edition else "")),
        (_("Dimensions"), ", ".join(d.dimensions)),
        (_("Tables"), margins),
        (_("Measures"), measures),
        (
            _("Population"),
            d.population + (_("; a sample, never to be divided by a population") if d.coverage == "sample" else ""),
        ),
        (_("What counts"), d.event),
        (_("Place is that of the"), basis.get(d.place_basis, "")),
        (_("Year is that of the"), d.year_basis or ""),
        (_("Exposure"), ", ".join(filter(None, (d.exposure, *d.exposure_margins)))),
        (_("Unless said otherwise"), "; ".join(f"{dim} = {', '.join(codes)}" for dim, codes in d.defaults.items())),
        (_("Flags"), "; ".join(f"{letter} {meaning}" for letter, meaning in d.flags.items())),
        (_("Parameters"), "; ".join(f"{name} ({', '.join(p['values'])})" for name, p in d.parameters.items())),
        (_("Release"), d.release),
        (_("How to obtain"), d.how_to_obtain),
        (_("Licence"), d.licence),
        (_("Attribution"), d.attribution),
        (_("Cite as"), f"{cite['author']} ({cite['year']}). {cite['title']}"),
        (_("Page"), d.url or ""),
    ]


_HOW = {"sum": mark("adds up"), "none": mark("does not add up: shown only as published")}
