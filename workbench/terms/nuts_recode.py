"""From one edition of NUTS to another: what became of every region, and a table's codes with a report.

Changes: Eurostat's correspondence workbooks (`nuts_workbooks.py`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pandas as pd

from workbench.terms import nuts, nuts_workbooks
from workbench.terms.errors import Refused
from workbench.terms.text import _

AFFECTED = ("merged", "split", "shifted", "lost", "foreign")
KINDS = ("kept", "recoded", *AFFECTED, "other")
NAMED = 8
"""So many codes are named in a refusal."""
COLUMNS = ("nuts", "geo", "nuts3", "nuts2", "nuts1", "nuts0")
"""Where a table has its regions, if nobody says: the common name, Eurostat's, those of levels."""


@lru_cache
def _step(path: Path, old: str, new: str) -> pd.DataFrame:
    return nuts_workbooks.links(path, old, new, nuts.table(old), nuts.table(new))


def _chain(steps: tuple[tuple[Path, str, str], ...]) -> pd.DataFrame:
    """Links (old, new, exact) over neighbouring editions one after the other: exact if they are exact all the way."""
    found = _step(*steps[0])
    for step in steps[1:]:
        through = found.merge(_step(*step), left_on="new", right_on="old", suffixes=("_before", "_after"))
        exact = through["exact_before"] & through["exact_after"]
        through = through[["old_before", "new_after"]].set_axis(["old", "new"], axis=1).assign(exact=exact)
        found = through.groupby(["old", "new"], as_index=False)["exact"].all()
    return found


def crosswalk(old: str, new: str) -> pd.DataFrame:
    """What became of every region (levels 1 to 3) of edition `old` in edition `new`: code, to, kind, touches.

    kind is kept, recoded (another code for the same place), merged (`to` has several regions in it), split (`to` is the
    joint code of its parts, "PT1A+PT1B"), shifted (`to` is its successor, its boundary moved), or lost (`to` is "": its
    parts went to regions that also hold others; `touches` names them). Either direction, over any number of editions.
    Source: Eurostat's correspondence workbooks. Raises UnknownName, NotAvailable, ReadError.
    """
    nuts.table(new)
    codes = tuple(code for code, at in nuts.levels(old).items() if at > 0)
    if old == new:
        return pd.DataFrame({"code": codes, "to": codes, "kind": "kept", "touches": codes})
    first, last = sorted((nuts.EDITIONS.index(old), nuts.EDITIONS.index(new)))
    steps = tuple((nuts_workbooks.find(a, b), a, b) for a, b in pairwise(nuts.EDITIONS[first : last + 1]))
    return _judged(codes, steps, old == nuts.EDITIONS[last]).copy()


@lru_cache
def _judged(codes: tuple[str, ...], steps: tuple[tuple[Path, str, str], ...], backwards: bool) -> pd.DataFrame:
    goes, comes, blurred = {}, {}, set()
    for a, b, exact in _chain(steps)[["new", "old", "exact"] if backwards else ["old", "new", "exact"]].itertuples(
        index=False
    ):
        goes.setdefault(a, set()).add(b)
        comes.setdefault(b, set()).add(a)
        if not exact:
            blurred |= {a, b}
    rows = []
    for code in codes:
        targets = goes.get(code, set())
        to, kind = "", "lost"
        if len(targets) == 1:
            (target,) = targets
            if all(len(goes[source]) == 1 for source in comes[target]):
                kind = "kept" if target == code else "recoded"
                kind = "merged" if len(comes[target]) > 1 else kind
                kind, to = "shifted" if target in blurred else kind, target
        elif targets and code not in blurred and all(comes[target] == {code} for target in targets):
            to, kind = "+".join(sorted(targets)), "split"
        rows.append((code, to, kind, ", ".join(sorted(targets))))
    return pd.DataFrame(rows, columns=["code", "to", "kind", "touches"])


@dataclass(frozen=True, kw_only=True, eq=False)
class RecodeReport:
    """What a change of edition did to a column, per code and by kind.

    Kinds are those of `crosswalk`; foreign, a code of another edition than the one stated; other, no region and passed
    on (countries, aggregates, extra-regio).
    """

    old: str
    new: str
    measure: str  # what `share` counts: the name of the measure, or rows
    codes: pd.DataFrame  # code, to, kind, touches, rows, amount: one row per code of the data
    incomplete: dict[str, tuple[str, ...]]  # new code -> old codes that belong to it and that the data lack

    def of(self, kind: str) -> tuple[str, ...]:
        """The codes of one kind.

        Parameters
        ----------
        kind : str
            One of the kinds of `RecodeReport`, such as "lost".

        Returns
        -------
        tuple of str
        """
        return tuple(self.codes.loc[self.codes["kind"] == kind, "code"])

    @property
    def share(self) -> dict[str, float]:
        """Share (0 to 1) of the measure in each kind of region; countries and aggregates do not count."""
        amount = self.codes[self.codes["kind"] != "other"].groupby("kind")["amount"].sum()
        return (amount / amount.sum()).to_dict() if amount.sum() else {}

    @property
    def affected(self) -> float:
        """Share (0 to 1) of the measure in regions that are neither kept nor merely recoded."""
        return sum(self.share.get(kind, 0.0) for kind in AFFECTED)

    def notes(self) -> tuple[str, ...]:
        """One sentence for each thing a reader has to know; the first sums up.

        Returns
        -------
        tuple of str
        """
        names, of_kind = _kind_names(), dict(list(self.codes.groupby("kind")))
        sentences = [
            _("NUTS {old} to NUTS {new}: {counts}; {share:.1%} of {measure} affected.").format(
                old=self.old,
                new=self.new,
                counts=", ".join(f"{len(of_kind[kind])} {names[kind]}" for kind in KINDS if kind in of_kind)
                or _("no codes"),
                share=self.affected,
                measure=self.measure,
            )
        ]
        for kind, text in (
            ("merged", _("Merged: {codes}.")),
            ("split", _("Split, one value now stands for several regions: {codes}.")),
            ("shifted", _("Boundaries moved, how far the publisher does not say: {codes}.")),
        ):
            if kind in of_kind:
                pairs = (f"{row.code} → {row.to}" for row in of_kind[kind].itertuples())
                sentences.append(text.format(codes=", ".join(pairs)))
        for kind, text in (
            ("lost", _("Without a counterpart, left without a code: {codes}.")),
            ("foreign", _("Of another edition, left without a code: {codes}.")),
        ):
            if kind in of_kind:
                pairs = (
                    f"{row.code} ({row.touches})" if row.touches else row.code for row in of_kind[kind].itertuples()
                )
                sentences.append(text.format(codes=", ".join(pairs)))
        if self.incomplete:
            pairs = (f"{code} ({', '.join(missing)})" for code, missing in self.incomplete.items())
            sentences.append(_("Merged without some of their parts: {codes}.").format(codes=", ".join(pairs)))
        return tuple(sentences)

    def __str__(self) -> str:
        return "\n".join(self.notes())


def _kind_names() -> dict[str, str]:
    return {
        "kept": _("kept"),
        "recoded": _("recoded"),
        "merged": _("merged"),
        "split": _("split"),
        "shifted": _("with a moved boundary"),
        "lost": _("lost"),
        "foreign": _("of another edition"),
        "other": _("not regions, passed on"),
    }


@dataclass(frozen=True, kw_only=True, eq=False)
class Recoded:
    """A column in another edition.

    Attributes
    ----------
    data : as it was given, row for row, with new codes; missing where a region was lost
    report : what became of each code
    """

    data: pd.DataFrame | pd.Series
    report: RecodeReport


def recode(
    table: pd.DataFrame | pd.Series,
    to: str,
    *,
    edition: str | None = None,
    column: str | None = None,
    measure: str | None = None,
) -> Recoded:
    """A table of one's own in another edition of NUTS, with a report of what became of its regions.

    Nothing is added up or left out: rows that merged share a code afterwards, split regions get the joint code of
    their parts, rows of regions without a counterpart keep their values and have no code. 2021 and 2024 ship with
    the workbench; older editions need Eurostat's correspondence workbooks.

    Parameters
    ----------
    table : frame with a column of regions, or Series of codes; Polars and Arrow tables come back as pandas frames
    to : "NUTS 2021", or "2021"
    edition : of the regions as they are; None finds it by their codes
    column : of the regions; None takes nuts, geo or nuts3 to nuts0
    measure : numeric column that the report's shares are of; None counts rows

    Returns
    -------
    Recoded
        `data`, as the table was given but for its codes, and `report`, whose `notes()` are sentences.

    Raises
    ------
    Refused
        When there is no column of regions, or the regions are of two editions.
    UnknownName, UnknownCode, NotAvailable
        For an edition or a code that does not exist; for an edition whose workbooks are not there.
    """
    new = re.sub(r"(?i)^nuts\s*", "", str(to).strip())
    nuts.levels(new)
    if not isinstance(table, pd.DataFrame | pd.Series):
        if not hasattr(table, "to_pandas"):
            message = _("Regions are recoded in a table or a column of codes; {kind} is neither.")
            raise Refused(message.format(kind=type(table).__name__))
        table = table.to_pandas()

    if isinstance(table, pd.DataFrame):
        column = column or next((name for name in COLUMNS if name in table), None)
        if column not in table:
            message = _("The table has no column of regions ({column}); it has: {columns}. Name it with column=.")
            names = ", ".join(map(str, table.columns))
            raise Refused(message.format(column=column or ", ".join(COLUMNS), columns=names), dimension="nuts")
        if measure is not None and measure not in table:
            message = _("The table has no column {column}; it has: {columns}.")
            raise Refused(message.format(column=measure, columns=", ".join(map(str, table.columns))))
    elif measure is not None:
        raise Refused(_("A measure is a column of a table; a Series of codes has none."), dimension="nuts")
    codes = table[column] if isinstance(table, pd.DataFrame) else table
    return recode_between(table, edition or _edition_of(codes, new), new, column=column or "nuts", measure=measure)


def _edition_of(codes: pd.Series, new: str) -> str:
    """The one edition that has all the regions, `new` where it does; refused where none has.

    Codes of no edition are left to be named one by one.
    """
    found = nuts.detect_edition(codes)
    if new in found.fits:
        return new
    if found.leftovers:
        message = _(
            "These regions are of two editions of NUTS: most of {edition}, but {codes} are not. Recode each part for "
            'itself, saying its edition: wb.recode(rows, to="NUTS {new}", edition="{edition}").'
        )
        names = ", ".join(list(found.leftovers)[:NAMED])
        raise Refused(message.format(edition=found.edition, codes=names, new=new), dimension="nuts")
    return found.edition


def recode_between(
    data: pd.DataFrame | pd.Series, old: str, new: str, *, column: str = "nuts", measure: str | pd.Series | None = None
) -> Recoded:
    """Codes of edition `old` in edition `new`; nothing is added up or left out.

    Rows that merged share a code afterwards: add up what may be added. Split regions get the joint code of their
    parts; rows of regions without a counterpart keep their values and have no code.

    Parameters
    ----------
    data : Series of codes, or frame with `column`
    old, new : editions
    column : of the codes
    measure : column of the frame, or Series with the index of `data`, that the report's shares are of; else rows

    Raises
    ------
    UnknownCode, UnknownName, NotAvailable
    """
    codes = data[column] if isinstance(data, pd.DataFrame) else data
    amount = data[measure] if isinstance(measure, str) else measure
    if amount is not None and not amount.index.equals(codes.index):
        raise ValueError(_("The measure needs the same index as the codes."))
    walk = crosswalk(old, new).set_index("code")
    given = pd.Index(codes.dropna().unique())
    fates = pd.DataFrame(
        [(code, *_fate(str(code), old, walk)) for code in given], columns=["code", "to", "kind", "touches"]
    )
    counted = pd.DataFrame({"code": codes, "rows": 1, "amount": 1.0 if amount is None else amount.astype(float)})
    fates = fates.merge(counted.groupby("code", as_index=False).sum(), on="code", how="left").sort_values(
        "code", ignore_index=True
    )
    merged = walk[(walk["to"] != "") & walk["to"].isin(fates["to"])]
    absent = merged[~merged.index.isin([part for code in given for part in nuts.parts(str(code))])].reset_index()
    report = RecodeReport(
        old=old,
        new=new,
        measure=_("rows") if amount is None else str(amount.name),
        codes=fates,
        incomplete={to: tuple(group) for to, group in absent.groupby("to")["code"]},
    )
    to = fates.set_index("code")["to"]
    recoded = codes.map(to.where(to != "")).astype("str")
    return Recoded(data=data.assign(**{column: recoded}) if isinstance(data, pd.DataFrame) else recoded, report=report)


def _fate(code: str, old: str, walk: pd.DataFrame) -> tuple[str, str, str]:
    """to, kind and touches of one code of the data, be it joint, no region at all or of another edition."""
    if nuts.is_outside(code):
        return code, "other", code
    fates = []
    for part in nuts.parts(code):
        if part in walk.index:
            fates.append(tuple(walk.loc[part]))
        else:
            editions = nuts.editions_with(part) or nuts.known(part, old)  # in no edition: UnknownCode
            fates.append(("", "foreign", f"NUTS {', '.join(editions)}"))
    to = {piece for fate in fates for piece in nuts.parts(fate[0])}
    kind = max((fate[1] for fate in fates), key=KINDS.index)
    touches = ", ".join(dict.fromkeys(fate[2] for fate in fates if fate[2]))
    return ("" if "" in to else "+".join(sorted(to))), kind, touches
