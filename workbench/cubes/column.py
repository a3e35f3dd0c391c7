"""The codes that a table has on one axis, with the smallest parts that each stands for."""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from workbench.cubes.partition import exact_cover
from workbench.terms.codes import UNKNOWN, CodeList


@dataclass(frozen=True, eq=False)
class Column:
    """The codes that a table has on one axis.

    `complete` says that an absent cell is a zero, as in records; in a published table it is a gap.
    """

    axis: str
    known: CodeList
    codes: tuple[str, ...]
    complete: bool

    @cached_property
    def atoms(self) -> dict[str, frozenset]:
        """Each code with its atoms. In records a group's own code means "not specified further": it is its own atom."""
        atoms = {code: self.known.members(code) for code in self.codes}
        if not self.complete:
            return atoms
        return {code: frozenset({code}) if code in held else held for code, held in atoms.items()}

    @cached_property
    def parts(self) -> dict[str, frozenset]:
        """The codes that are neither the total nor unknown, with their atoms."""
        return {code: held for code, held in self.atoms.items() if code not in (self.known.total, UNKNOWN)}

    def inside(self, target: frozenset) -> dict[str, frozenset]:
        """The codes that lie wholly in `target`.

        Parameters
        ----------
        target : frozenset
            Atoms.

        Returns
        -------
        dict of str to frozenset
            The atoms of each code.
        """
        return {code: held for code, held in self.atoms.items() if held <= target}

    def across(self, target: frozenset) -> dict[str, frozenset]:
        """The codes that lie partly in `target`: of them it is not known which part belongs to it.

        Parameters
        ----------
        target : frozenset
            Atoms.

        Returns
        -------
        dict of str to frozenset
            The atoms of each code.
        """
        return {code: held for code, held in self.parts.items() if held & target and not held <= target}

    def making_up(self, target: frozenset) -> tuple[str, ...] | None:
        """The codes of the cells that make up `target`; None when none do.

        Parameters
        ----------
        target : frozenset
            Atoms.

        Returns
        -------
        tuple of str, or None
        """
        if self.complete:
            return tuple(self.inside(target)) or None
        # few tables publish what a country has outside its regions (ITZZ: ships, embassies): it does not count
        nowhere = frozenset(a for a in target if self._extra_regio(a) and not any(a in h for h in self.atoms.values()))
        return exact_cover(target - nowhere, {code: held - nowhere for code, held in self.atoms.items()})

    def in_one_country(self, atoms: frozenset) -> bool:
        """Whether a region lies in one country; codes of other lists do."""
        return self.known.name != "nuts" or len({str(atom)[:2] for atom in atoms}) == 1

    def in_regions(self, atoms: frozenset) -> frozenset:
        """`atoms` without the extra-regio places."""
        return frozenset(atom for atom in atoms if not self._extra_regio(atom))

    def _extra_regio(self, atom: object) -> bool:
        return self.known.name == "nuts" and str(atom).endswith("Z")


@lru_cache(maxsize=512)
def column_of(axis: str, known: CodeList, codes: tuple[str, ...], complete: bool) -> Column:
    """The column of one axis, made once: the atoms of 1,500 regions take longer than most questions.

    Parameters
    ----------
    axis : str
    known : CodeList
        Of the axis.
    codes : tuple of str
        That the cube has.
    complete : bool
        Whether an absent cell is a zero.

    Returns
    -------
    Column
    """
    return Column(axis, known, codes, complete)
