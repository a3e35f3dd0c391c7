"""The regions of NUTS, editions 2010 to 2024: hierarchy, which edition a column has, from one edition to another.

Codes and names: GISCO's lists, `catalogs/codelists/nuts_codes_2003_2024.csv.gz`. Changes: Eurostat's correspondence
workbooks (`nuts_workbooks.py`).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import pandas as pd

from workbench.terms import nuts_workbooks
from workbench.terms.errors import Refused, UnknownCode, UnknownName
from workbench.terms.places import bundled
from workbench.terms.text import _

EDITIONS = ("2010", "2013", "2016", "2021", "2024")
DEFAULT = "2021"
AFFECTED = ("merged", "split", "shifted", "lost", "foreign")
KINDS = ("kept", "recoded", *AFFECTED, "other")

_EXTRA_REGIO = re.compile(r"[A-Z]{2}Z{1,3}")
_AGGREGATE = re.compile(r"(EU|EA|EEA|EFTA)\d*(_\w+)?")  # EU15, EU27_2020, EA19, EEA30_2007, ...


@lru_cache
def _list(edition: str) -> pd.DataFrame:
    if edition not in EDITIONS:
        raise UnknownName(
            _("NUTS edition"), edition, EDITIONS, hint=_("Known: {names}.").format(names=", ".join(EDITIONS))
        )
    folder = bundled("catalogs") / "codelists"
    listed = pd.read_csv(folder / "nuts_codes_2003_2024.csv.gz", dtype=str, keep_default_na=False)
    listed = listed[listed["NUTS_VERSION"] == edition].sort_values("NUTS_ID", ignore_index=True)
    level, country = listed["LEVL_CODE"].astype(int), listed["NUTS_ID"].map(_countries())
    label = listed["NAME_LATN"].where(listed["NAME_LATN"] != "", listed["NUTS_NAME"])
    label = country.where(country.notna(), label.str.split().str.join(" "))
    of_level = dict(zip(listed["NUTS_ID"], level, strict=True))
    parent = [_listed_parent(code, of_level) for code in of_level]
    return pd.DataFrame({"code": listed["NUTS_ID"], "parent": parent, "level": level, "label": label})


@lru_cache
def _countries() -> dict[str, str]:
    listed = pd.read_csv(bundled("catalogs") / "codelists" / "geo.csv", dtype=str, keep_default_na=False)
    return dict(listed.loc[listed["kind"] == "country", ["code", "label_en"]].itertuples(index=False))


def _listed_parent(code: str, of_level: dict[str, int]) -> str:
    """The region of the level above that is listed as `code`'s start; 2016 lists UKN10 to UKN16 but only UKN0 to hold them."""
    level = of_level[code]
    if level == 0 or code[:-1] in of_level:
        return code[:-1] if level else ""
    above = [c for c, at in of_level.items() if at == level - 1 and c.startswith(code[:-2])]
    if len(above) != 1:
        raise Refused(_("{code} has no listed parent among {above}.").format(code=code, above=", ".join(above) or "-"))
    return above[0]


def table(edition: str = DEFAULT) -> pd.DataFrame:
    """The regions of one edition: code, parent ("" for countries), level (0 to 3), label (countries in English).

    Extra-regio codes (`ITZ`, `ITZZ`, ...) have no territory and are not listed. Raises UnknownName.
    """
    return _list(edition).copy()


@lru_cache
def _parents(edition: str) -> dict[str, str]:
    return dict(_list(edition)[["code", "parent"]].itertuples(index=False))


@lru_cache
def _levels(edition: str) -> dict[str, int]:
    return dict(_list(edition)[["code", "level"]].itertuples(index=False))


def _known(code: str, edition: str) -> str:
    if code not in _levels(edition):
        elsewhere = editions_with(code)
        hint = _("It is a code of NUTS {editions}.").format(editions=", ".join(elsewhere)) if elsewhere else ""
        raise UnknownCode(_("NUTS {edition} region").format(edition=edition), code, _levels(edition), hint=hint)
    return code


def level(code: str, edition: str = DEFAULT) -> int:
    """0 (country) to 3. Raises UnknownCode."""
    return _levels(edition)[_known(code, edition)]


def parent(code: str, edition: str = DEFAULT) -> str:
    """The region that holds `code`, "" for a country. Raises UnknownCode."""
    return _parents(edition)[_known(code, edition)]


def children(code: str, edition: str = DEFAULT) -> tuple[str, ...]:
    """The regions directly below `code`, sorted; none below level 3. Raises UnknownCode."""
    _known(code, edition)
    return tuple(c for c, above in _parents(edition).items() if above == code)


def editions_with(code: str) -> tuple[str, ...]:
    """The editions that list `code`."""
    return tuple(edition for edition in EDITIONS if code in _levels(edition))


def parts(code: str) -> tuple[str, ...]:
    """The regions of a joint code: `ITH1+ITH2` is ITH1 and ITH2; of any other code itself."""
    return tuple(part.strip() for part in code.split("+"))


def is_extra_regio(code: str) -> bool:
    """Whether `code` (`ITZ`, `ITZZ`, `ITZZZ`) is what a country has outside its regions: embassies, ships, platforms."""
    return bool(_EXTRA_REGIO.fullmatch(code)) and (code[:2] in _countries())


def is_outside(code: str) -> bool:
    """Whether `code` is an aggregate of countries, an extra-regio code or a country: in no edition's regions, yet known."""
    return is_extra_regio(code) or bool(_AGGREGATE.fullmatch(code)) or code in _countries()


@dataclass(frozen=True, kw_only=True)
class Detected:
    """Which editions a column of codes can be of, and what does not fit. Countries and aggregates decide nothing."""

    edition: str  # the one to use: knows the most codes; of equals 2021 (the maps' own), else the newest
    fits: tuple[str, ...]  # editions that know every regional code
    leftovers: dict[str, tuple[str, ...]]  # codes `edition` does not know -> the editions that do
    outside: tuple[str, ...]  # aggregates, extra-regio codes, countries that `edition` does not list
    joint: tuple[str, ...]  # one value for several regions, ITH1+ITH2
    unknown: tuple[str, ...]  # in no edition at all

    def __str__(self) -> str:
        of_each = ", ".join(f"{code} ({', '.join(editions)})" for code, editions in self.leftovers.items())
        lines = [_("NUTS {edition}.").format(edition=self.edition)]
        if len(self.fits) > 1:
            lines.append(_("The codes are the same in {editions}.").format(editions=", ".join(self.fits)))
        for text, codes in (
            (_("Left over from other editions: {codes}."), of_each),
            (_("In no edition: {codes}."), ", ".join(self.unknown)),
            (_("Not regions: {codes}."), ", ".join(self.outside)),
            (_("One value for several regions: {codes}."), ", ".join(self.joint)),
        ):
            if codes:
                lines.append(text.format(codes=codes))
        return " ".join(lines)


def detect_edition(codes: Iterable[str]) -> Detected:
    """The edition of a column of codes (any levels, repeats, missing); leftovers of others and unknown codes are named."""
    given = list(dict.fromkeys(str(code).strip() for code in codes if not pd.isna(code) and str(code).strip()))
    regions = list(dict.fromkeys(part for code in given for part in parts(code) if not is_outside(part)))
    known = {edition: sum(code in _levels(edition) for code in regions) for edition in EDITIONS}
    best = max(EDITIONS, key=lambda edition: (known[edition], edition == DEFAULT, edition))
    missing = {code: editions_with(code) for code in sorted(regions) if code not in _levels(best)}
    return Detected(
        edition=best,
        fits=tuple(edition for edition in EDITIONS if known[edition] == len(regions)),
        leftovers={code: editions for code, editions in missing.items() if editions},
        outside=tuple(sorted(code for code in given if is_outside(code) and code not in _levels(best))),
        joint=tuple(sorted(code for code in given if len(parts(code)) > 1)),
        unknown=tuple(code for code, editions in missing.items() if not editions),
    )


@lru_cache
def _step(path: Path, old: str, new: str) -> pd.DataFrame:
    return nuts_workbooks.links(path, old, new, _list(old), _list(new))


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
    _list(new)
    codes = tuple(code for code, at in _levels(old).items() if at > 0)
    if old == new:
        return pd.DataFrame({"code": codes, "to": codes, "kind": "kept", "touches": codes})
    first, last = sorted((EDITIONS.index(old), EDITIONS.index(new)))
    steps = tuple((nuts_workbooks.find(a, b), a, b) for a, b in pairwise(EDITIONS[first : last + 1]))
    return _judged(codes, steps, old == EDITIONS[last]).copy()


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
    """What a change of edition did to a column, per code and by kind: those of `crosswalk`; foreign, a code of another
    edition than the one stated; other, no region and passed on (countries, aggregates, extra-regio)."""

    old: str
    new: str
    measure: str  # what `share` counts: the name of the measure, or rows
    codes: pd.DataFrame  # code, to, kind, touches, rows, amount: one row per code of the data
    incomplete: dict[str, tuple[str, ...]]  # new code -> old codes that belong to it and that the data lack

    def of(self, kind: str) -> tuple[str, ...]:
        """The codes of one kind."""
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
        """One sentence for each thing a reader has to know; the first sums up."""
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
    """A column in another edition: `data` as it was given, row for row, with new codes (missing where lost), and the report."""

    data: pd.DataFrame | pd.Series
    report: RecodeReport


def recode(
    data: pd.DataFrame | pd.Series, old: str, new: str, *, column: str = "nuts", measure: str | pd.Series | None = None
) -> Recoded:
    """`data` (a Series of codes, or a frame with `column`) from edition `old` into `new`; nothing is added up or left out.

    Rows that merged share a code afterwards: add up what may be added. Split regions get the joint code of their
    parts; rows of regions without a counterpart keep their values and have no code. `measure` (a column of the frame, or a Series with
    the index of `data`) is what the report's shares are of; rows without it. Raises UnknownCode, UnknownName,
    NotAvailable.
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
    absent = merged[~merged.index.isin([part for code in given for part in parts(str(code))])].reset_index()
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
    if is_outside(code):
        return code, "other", code
    fates = []
    for part in parts(code):
        if part in walk.index:
            fates.append(tuple(walk.loc[part]))
        else:
            editions = editions_with(part) or _known(part, old)  # in no edition: UnknownCode
            fates.append(("", "foreign", f"NUTS {', '.join(editions)}"))
    to = {piece for fate in fates for piece in parts(fate[0])}
    kind = max((fate[1] for fate in fates), key=KINDS.index)
    touches = ", ".join(dict.fromkeys(fate[2] for fate in fates if fate[2]))
    return ("" if "" in to else "+".join(sorted(to))), kind, touches
