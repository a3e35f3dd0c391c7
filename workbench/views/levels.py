"""By which levels a cube can be asked for a field's codes, and which codes are sums of others: worked out once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workbench.cubes.answer import Answer
from workbench.cubes.cube import Cube
from workbench.cubes.sums import Sums
from workbench.views.choices import Field


@dataclass(frozen=True, eq=False)
class Wholes:
    """Codes that are each the sum of some values.

    `places` and `wholes` are arrays of whole numbers, one pair for each value in each sum: where the value stands
    among all values, and where the code of the sum stands in `codes`.
    """

    codes: tuple
    places: np.ndarray
    wholes: np.ndarray

    @classmethod
    def of(cls, made_of: Iterable[tuple[object, Sequence[int]]]) -> "Wholes":
        """The sums of codes, each with the places of its values."""
        made_of = list(made_of)
        sizes = [len(places) for _code, places in made_of]
        places = [place for _code, places in made_of for place in places]
        wholes = np.repeat(np.arange(len(made_of)), sizes)
        return cls(tuple(code for code, _places in made_of), np.array(places, int), wholes)

    def add(self, values: np.ndarray) -> np.ndarray:
        """The sum of each code, in the order of `codes`; NaN where one of its values is.

        Parameters
        ----------
        values : array of float

        Returns
        -------
        array of float
        """
        return Sums(self.wholes, len(self.codes)).of(values[self.places])


@dataclass(frozen=True, eq=False)
class Levels:
    """The dimensions by which a cube answers for a field, those that count first where several have a code in front.

    Attributes
    ----------
    names : the dimensions
    finest : the one whose groups make up those of all of them; "" where each has to be asked
    groups : the place of each group of the finest one in an array of them
    sums : the groups of all of them; of two with one code the last one counts
    """

    names: tuple[str, ...]
    finest: str = ""
    groups: Mapping[object, int] | None = None
    sums: Wholes | None = None

    def add(self, codes: Sequence, figures: Mapping[str, np.ndarray]) -> tuple[list, dict[str, np.ndarray]]:
        """The figures of the groups of all levels.

        Parameters
        ----------
        codes : sequence
            Groups of the finest level that have cells.
        figures : mapping of str to array of float
            Of these groups, in their order.

        Returns
        -------
        (list, dict of str to array of float)
            The groups that have cells, and their sums; NaN where a part is.
        """
        rows = [row for row, code in enumerate(codes) if code in self.groups]
        places = np.array([self.groups[codes[row]] for row in rows], int)

        def summed(values: np.ndarray) -> np.ndarray:
            finest = np.zeros(len(self.groups))
            finest[places] = values[rows]
            return self.sums.add(finest)

        occurring = summed(np.ones(len(codes))) > 0
        found = [code for code, occurs in zip(self.sums.codes, occurring.tolist(), strict=True) if occurs]
        return found, {name: summed(values)[occurring] for name, values in figures.items()}


def levels_of(cube: Cube, field: Field, measure: str, answers: Mapping[str, Answer]) -> Levels | None:
    """The levels of a field, as answers to one selection by each of them show; they hold for all others.

    Which cells make up a group hangs on the codes of the field's axis alone, and everything is asked for in it.

    Parameters
    ----------
    cube : Cube
    field : Field
        Of the cube.
    measure : str
    answers : mapping of str to Answer
        By dimension, of those that answer, in the order of `DIMENSIONS`.

    Returns
    -------
    Levels or None
        None where another selection may be answered by another table.
    """
    having = [margin for margin in cube.margins if measure in margin.measures]
    if len(having) != 1 or not answers:
        return None
    every = Levels(tuple(answers))
    if not having[0].complete:  # what is absent is a gap there, and a total is published: no sums
        return every

    covers = {name: answer.covers[field.axis].groups for name, answer in answers.items()}
    if not all(_tells_all(groups, having[0].codes(field.axis)) for groups in covers.values()):
        return every
    groups_of = {name: _last_groups(groups) for name, groups in covers.items()}
    finest = max(answers, key=lambda name: len(set(groups_of[name].values())))
    groups = {group: place for place, group in enumerate(dict.fromkeys(groups_of[finest].values()))}
    made_of = []
    for name in reversed(groups_of):  # the first dimensions last: what they say of a code counts
        found = _made_of(groups_of[name], groups_of[finest], groups)
        if found is None:
            return every
        made_of += found.items()
    return Levels(every.names, finest, groups, Wholes.of(made_of))


def _tells_all(groups: Mapping[object, Sequence], codes: Sequence) -> bool:
    """Whether each code of a table has a group, or those that have none are left out of the answer.

    Where codes lie in two groups the answer may have cells of codes that have none, as a group without a name.
    """
    cells = [cell for cells in groups.values() for cell in cells]
    return len(set(cells)) in (len(cells), len(codes))


def _last_groups(groups: Mapping[object, Sequence]) -> dict:
    """The group of each cell: a wider code of records is a group of its own after those that it lies in."""
    return {cell: group for group, cells in groups.items() for cell in cells}


def _made_of(
    group_of: Mapping[object, object], finest_of: Mapping[object, object], places: Mapping[object, int]
) -> dict[object, list[int]] | None:
    """The finest groups that make up each group; None where they do not."""
    if not group_of.keys() <= finest_of.keys():  # a joint region is no region of NUTS 3
        return None
    above: dict[object, set] = {}
    for cell, finest in finest_of.items():
        above.setdefault(finest, set()).add(group_of.get(cell))
    if any(len(groups) > 1 for groups in above.values()):
        return None
    found: dict[object, list[int]] = {}
    for finest, (group,) in above.items():
        if group is not None:
            found.setdefault(group, []).append(places[finest])
    return found


@dataclass(frozen=True, eq=False)
class Tree:
    """The options of a field that the cube has codes for, and the others as sums of the smallest ones inside them."""

    codes: tuple[str, ...]
    smallest: tuple[str, ...]
    sums: Wholes


def tree_of(cube: Cube, field: Field) -> Tree:
    """The tree of a field's options.

    Parameters
    ----------
    cube : Cube
    field : Field
        Of the cube.

    Returns
    -------
    Tree
    """
    present = set(cube.codes(field.axis))
    smallest = [option for option in field.options if option.code not in field.children]
    holding: dict[object, list[int]] = {}
    for place, option in enumerate(smallest):
        for member in option.members:
            holding.setdefault(member, []).append(place)

    def inside(members: frozenset) -> list[int]:
        possible = {place for member in members for place in holding.get(member, ())}
        return sorted(place for place in possible if smallest[place].members <= members)

    others = [option for option in field.options if option.code not in present]
    return Tree(
        codes=tuple(option.code for option in field.options if option.code in present),
        smallest=tuple(option.code for option in smallest),
        sums=Wholes.of((option.code, inside(option.members)) for option in others),
    )
