"""The family of mistakes the workbench answers: what was wrong, what there is, what to do next."""

import difflib
from collections.abc import Iterable

from workbench.terms.text import _


class WorkbenchError(Exception):
    """Base of all errors of the workbench. `data_at_fault`: the data are wrong (exit 1), not the call (exit 2)."""

    data_at_fault = False


class UnknownCode(WorkbenchError):
    """A code that its code list does not have; names the close ones."""

    def __init__(self, what: str, code: object, known: Iterable[str] = (), *, hint: str = ""):
        self.what, self.code = what, code
        super().__init__(
            _("{code} is not a known {what}.").format(
                code=repr(shown(code)) if isinstance(code, str) else shown(repr(code)), what=what
            )
            + close_to(code, known)
            + (f" {hint}" if hint else "")
        )


class UnknownName(UnknownCode):
    """A data set, dimension or option that does not exist; names the close ones."""


class ReadError(WorkbenchError):
    """A file that cannot be read as what its catalogue entry says."""

    data_at_fault = True


class CatalogError(WorkbenchError):
    """A catalogue that is malformed, or that asks for something it may not have."""


class NotAvailable(WorkbenchError):
    """Data that exist but cannot be reached now: offline, not cached, registration needed."""


class Refused(WorkbenchError):
    """A question that the data cannot answer honestly; names the dimension, level, edition or sample at fault."""

    def __init__(self, message: str, *, dimension: str | None = None):
        self.dimension = dimension
        super().__init__(message)


class NotInData(Refused):
    """A region, sector or year of which the data have no figures at all; more of the table may have them."""


class ModelError(WorkbenchError):
    """Numbers that a model cannot take; says which and what to do."""


def shown(text: object, most: int = 60) -> str:
    """What a file or an address says, as a message quotes it: cut short, without what a terminal would act on.

    Parameters
    ----------
    text : object
        What a file, an address or a user gave.
    most : int
        So many characters at most.

    Returns
    -------
    str
    """
    whole = str(text)
    cut = whole if len(whole) <= most else whole[: most - 3] + "..."
    return "".join(character if character.isprintable() else "\ufffd" for character in cut)


def close_to(code: object, known: Iterable[str], most: int = 5) -> str:
    """The sentence ` Close to it: F, F41.`, or "" when nothing is; what `code` begins with counts as close.

    Parameters
    ----------
    code : object
        What was given.
    known : iterable of str
        What there is.
    most : int
        So many close spellings at most, besides those with the same beginning.

    Returns
    -------
    str
        With a space before it, to be put behind a sentence.
    """
    text, known = shown(code), [str(k) for k in known]
    prefixes = [k for k in known if k and text and (text.startswith(k) or k.startswith(text))]
    near = list(
        dict.fromkeys(
            [
                *sorted(prefixes, key=lambda k: (abs(len(k) - len(text)), k)),
                *difflib.get_close_matches(text, known, n=most, cutoff=0.5),
            ]
        )
    )
    return _(" Close to it: {codes}.").format(codes=", ".join(near[:most])) if near else ""
