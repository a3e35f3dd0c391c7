"""The regions of NUTS, editions 2010 to 2024: hierarchy, and which edition a column has.

Codes and names: GISCO's lists, `catalogs/codelists/nuts_codes_2003_2024.csv.gz`. From one edition to another:
`nuts_recode.py`.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import pandas as pd

from workbench.terms.errors import Refused, UnknownCode, UnknownName
from workbench.terms.places import bundled
from workbench.terms.text import _

EDITIONS = ("2010", "2013", "2016", "2021", "2024")
DEFAULT = "2021"

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
    """The region of the level above that is listed as `code`'s start.

    The list of 2016 has UKN10 to UKN16, but only UKN0 to hold them.
    """
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

    Parameters
    ----------
    edition : str
        Year of the edition, such as "2021".

    Returns
    -------
    DataFrame
        A copy; a row per region, columns code, parent, level, label.
    """
    return _list(edition).copy()


@lru_cache
def _parents(edition: str) -> dict[str, str]:
    return dict(_list(edition)[["code", "parent"]].itertuples(index=False))


@lru_cache
def levels(edition: str) -> dict[str, int]:
    """The level of each code of an edition, 0 to 3. Raises UnknownName.

    Parameters
    ----------
    edition : str
        Year of the edition.

    Returns
    -------
    dict of str to int
    """
    return dict(_list(edition)[["code", "level"]].itertuples(index=False))


def known(code: str, edition: str) -> str:
    """A code that an edition lists. Raises UnknownCode, naming the editions that list it."""
    if code not in levels(edition):
        elsewhere = editions_with(code)
        hint = _("It is a code of NUTS {editions}.").format(editions=", ".join(elsewhere)) if elsewhere else ""
        raise UnknownCode(_("NUTS {edition} region").format(edition=edition), code, levels(edition), hint=hint)
    return code


def level(code: str, edition: str = DEFAULT) -> int:
    """0 (country) to 3. Raises UnknownCode.

    Parameters
    ----------
    code : str
        A region's.
    edition : str
        Year of the edition.

    Returns
    -------
    int
    """
    return levels(edition)[known(code, edition)]


def parent(code: str, edition: str = DEFAULT) -> str:
    """The region that holds `code`, "" for a country. Raises UnknownCode.

    Parameters
    ----------
    code : str
        A region's.
    edition : str
        Year of the edition.

    Returns
    -------
    str
    """
    return _parents(edition)[known(code, edition)]


def children(code: str, edition: str = DEFAULT) -> tuple[str, ...]:
    """The regions directly below `code`, sorted; none below level 3. Raises UnknownCode.

    Parameters
    ----------
    code : str
        A region's.
    edition : str
        Year of the edition.

    Returns
    -------
    tuple of str
    """
    known(code, edition)
    return tuple(c for c, above in _parents(edition).items() if above == code)


def editions_with(code: str) -> tuple[str, ...]:
    """The editions that list `code`.

    Parameters
    ----------
    code : str
        A region's.

    Returns
    -------
    tuple of str
        Years, oldest first; empty where none has it.
    """
    return tuple(edition for edition in EDITIONS if code in levels(edition))


def parts(code: str) -> tuple[str, ...]:
    """The regions of a joint code: `ITH1+ITH2` is ITH1 and ITH2; of any other code itself.

    Parameters
    ----------
    code : str
        A region's, or several joined by +.

    Returns
    -------
    tuple of str
    """
    return tuple(part.strip() for part in code.split("+"))


def is_extra_regio(code: str) -> bool:
    """Whether `code` (`ITZ`, `ITZZ`, `ITZZZ`) is what a country has outside its regions: embassies, ships."""
    return bool(_EXTRA_REGIO.fullmatch(code)) and (code[:2] in _countries())


def is_outside(code: str) -> bool:
    """Whether `code` is an aggregate of countries, an extra-regio code or a country: no region, yet known.

    Parameters
    ----------
    code : str
        Any.

    Returns
    -------
    bool
    """
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
    """The edition of a column of codes (any levels, repeats, missing); leftovers of others are named.

    Parameters
    ----------
    codes : iterable of str

    Returns
    -------
    Detected
    """
    given = list(dict.fromkeys(str(code).strip() for code in codes if not pd.isna(code) and str(code).strip()))
    regions = list(dict.fromkeys(part for code in given for part in parts(code) if not is_outside(part)))
    n_known = {edition: sum(code in levels(edition) for code in regions) for edition in EDITIONS}
    best = max(EDITIONS, key=lambda edition: (n_known[edition], edition == DEFAULT, edition))
    missing = {code: editions_with(code) for code in sorted(regions) if code not in levels(best)}
    return Detected(
        edition=best,
        fits=tuple(edition for edition in EDITIONS if n_known[edition] == len(regions)),
        leftovers={code: editions for code, editions in missing.items() if editions},
        outside=tuple(sorted(code for code in given if is_outside(code) and code not in levels(best))),
        joint=tuple(sorted(code for code in given if len(parts(code)) > 1)),
        unknown=tuple(code for code, editions in missing.items() if not editions),
    )
