"""What a tick in a tree means: a ticked code takes everything below it, a parent with some of it is partly ticked."""

from collections.abc import Iterable

from workbench.views.choices import Field


def marks(field: Field, codes: Iterable[str]) -> dict[str, str]:
    """How each option stands: "true" where all of it is chosen, "mixed" where a part is; the others are not named.

    Parameters
    ----------
    field : Field
    codes : iterable of str
        Those that are chosen.

    Returns
    -------
    dict of str to str
    """
    if field.single:
        return {code: "true" for code in codes if code in field.by_code}
    held = _held(field, codes)
    if not held:
        return {}
    found = {option.code: option.members for option in field.options if not option.members.isdisjoint(held)}
    return {code: "true" if members <= held else "mixed" for code, members in found.items()}


def ticked(field: Field, codes: frozenset[str], code: str) -> frozenset[str]:
    """The codes after one was ticked: it replaces those inside it, and all children give their parent.

    Parameters
    ----------
    field : Field
    codes : frozenset of str
        Chosen until now.
    code : str
        Of an option of the field.

    Returns
    -------
    frozenset of str
    """
    if field.single:
        return frozenset({code})
    whole = field.by_code[code].members
    outside = {kept for kept in codes if not _held(field, [kept]) <= whole}
    return _gathered(field, outside | {code})


def unticked(field: Field, codes: frozenset[str], code: str) -> frozenset[str]:
    """The codes after one was unticked: of a code around it the others remain, each by its own name.

    Parameters
    ----------
    field : Field
    codes : frozenset of str
        Chosen until now.
    code : str
        Of an option of the field.

    Returns
    -------
    frozenset of str
    """
    if field.single:
        return codes - {code}
    gone = field.by_code[code].members
    return frozenset(left for kept in codes for left in _remaining(field, kept, gone))


def _held(field: Field, codes: Iterable[str]) -> frozenset:
    """The members of codes together; a code that the cube does not know holds itself."""
    options = field.by_code
    return frozenset().union(*(options[code].members if code in options else {code} for code in codes))


def _remaining(field: Field, code: str, gone: frozenset) -> list[str]:
    """What is left of a code, in the widest codes there are for it."""
    held = _held(field, [code])
    if held.isdisjoint(gone):
        return [code]
    if held <= gone:
        return []
    return [left for part in _parts(field, code) for left in _remaining(field, part, gone)]


def _parts(field: Field, code: str) -> tuple[str, ...]:
    """The options one step inside a code; of a joint value, such as the European Union, the widest ones inside it."""
    if code in field.children:
        return field.children[code]
    held = _held(field, [code])
    inside = {option.code for option in field.options if option.members < held}
    return tuple(part for part in inside if field.by_code[part].parent not in inside)


def _gathered(field: Field, codes: set[str]) -> frozenset[str]:
    """Children that are all ticked become their parent, where they are all there is of it."""
    while True:
        whole = next((parent for parent in field.children if parent and _all_ticked(field, parent, codes)), None)
        if whole is None:
            return frozenset(codes)
        codes = codes - set(field.children[whole]) | {whole}


def _all_ticked(field: Field, parent: str, codes: set[str]) -> bool:
    children = field.children[parent]
    if len(children) < 2 or not codes.issuperset(children):
        return False
    return (
        frozenset().union(*(field.by_code[child].all_members for child in children))
        == field.by_code[parent].all_members
    )
