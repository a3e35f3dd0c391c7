"""Files of a recording, in a folder or packed in a ZIP file, opened one after the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workbench.sources.readers.files import contents
from workbench.terms.errors import ReadError, shown
from workbench.terms.tables import Report
from workbench.terms.text import _


@dataclass(frozen=True)
class Member:
    """One file: its path inside the folder or ZIP file, and its bytes."""

    path: str
    data: bytes

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]

    def lines(self) -> list[str]:
        """The text, line by line; bytes that are no UTF-8 become the mark of a lost character."""
        return self.data.decode("utf-8", errors="replace").splitlines()


def members(path: str | Path) -> Iterator[Member]:
    """Every file of a recording.

    Parameters
    ----------
    path : a folder, a ZIP file, or a single file

    Yields
    ------
    Member

    Raises
    ------
    ReadError
        Where there is nothing, or a packed file is damaged.
    """
    path = Path(path)
    if not path.is_dir():
        for content in contents(path, Report()):
            yield Member(content.name, content.stream.read())
        return
    files = sorted(file for file in path.rglob("*") if file.is_file())
    if not files:
        raise ReadError(_("There is no file in {folder}.").format(folder=shown(path, 300)))
    for file in files:
        yield Member(file.relative_to(path).as_posix(), file.read_bytes())
