"""Sets of atoms: which codes make up a target exactly, which are the finest or the widest, which share nothing."""

from collections.abc import Mapping

Atoms = Mapping[str, frozenset]
"""Codes, each with the smallest parts that it stands for."""


def exact_cover(target: frozenset, atoms: Atoms) -> tuple[str, ...] | None:
    """Codes whose atoms make up `target` once each, the widest first; None when there is no such set.

    Algorithm X of Knuth (2000, "Dancing links") on sets: the atom that fewest codes hold is covered first.

    Parameters
    ----------
    target : frozenset
        Atoms.
    atoms : mapping of str to frozenset
        Atoms by code.

    Returns
    -------
    tuple of str, or None
    """
    whole = next((code for code, held in atoms.items() if held == target), None)
    if whole is not None:
        return (whole,)

    inside = {code: held for code, held in atoms.items() if held and held <= target}
    if frozenset().union(*inside.values()) != target:
        return None

    holding: dict[object, list[str]] = {}
    for code in sorted(inside, key=lambda c: (-len(inside[c]), c)):
        for atom in inside[code]:
            holding.setdefault(atom, []).append(code)
    order = sorted(target, key=lambda atom: (len(holding[atom]), str(atom)))

    def extend(chosen: tuple[str, ...], covered: frozenset, start: int) -> tuple[str, ...] | None:
        while start < len(order) and order[start] in covered:
            start += 1
        if start == len(order):
            return chosen
        for code in holding[order[start]]:
            if not inside[code] & covered:
                found = extend((*chosen, code), covered | inside[code], start + 1)
                if found:
                    return found
        return None

    return extend((), frozenset(), 0)


def finest(atoms: Atoms) -> dict[str, frozenset]:
    """The codes that hold no smaller one; of codes with equal atoms the first.

    Parameters
    ----------
    atoms : mapping of str to frozenset
        Atoms by code.

    Returns
    -------
    dict of str to frozenset
    """
    kept: dict[str, frozenset] = {}
    for code, held in atoms.items():
        if held and not any(other < held for other in atoms.values() if other) and held not in kept.values():
            kept[code] = held
    return kept


def widest(atoms: Atoms) -> dict[str, frozenset]:
    """The codes that lie in no larger one; of codes with equal atoms the first.

    Parameters
    ----------
    atoms : mapping of str to frozenset
        Atoms by code.

    Returns
    -------
    dict of str to frozenset
    """
    kept: dict[str, frozenset] = {}
    for code, held in atoms.items():
        if held and not any(held < other for other in atoms.values()) and held not in kept.values():
            kept[code] = held
    return kept


def disjoint(atoms: Atoms) -> bool:
    """Whether no two codes share an atom."""
    return sum(map(len, atoms.values())) == len(union(atoms))


def union(atoms: Atoms) -> frozenset:
    """All atoms of all codes together.

    Parameters
    ----------
    atoms : mapping of str to frozenset
        Atoms by code.

    Returns
    -------
    frozenset
    """
    return frozenset().union(*atoms.values())
