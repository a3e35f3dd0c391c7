"""Takes out of Binder's image what no notebook needs: tests of libraries, source maps, headers, unused screen parts."""

import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

NEEDED = {"numpy"}
"""As of numpy 2.4 numpy.testing imports a module of numpy's tests, and scipy imports numpy.testing."""
FILES = {".map", ".pyi", ".pyc", ".h", ".hpp", ".pxd", ".a"}
"""Source maps, type stubs, headers; compiled modules come back, those that are used."""
PANEL = ("deckglplot", "aceplot", "abstractvtkplot", "perspective", "plotlyplot")
"""Parts of Panel that no view shows, in panel/dist/bundled."""


def needless(packages: Path) -> Iterator[Path]:
    """Files and folders that can go.

    Parameters
    ----------
    packages : Path
        The folder of the installed packages.
    """
    for package in sorted(path for path in packages.iterdir() if path.is_dir()):
        tests = [] if package.name in NEEDED else [path for path in package.rglob("tests") if path.is_dir()]
        yield from tests
        for path in package.rglob("*"):
            if path.suffix in FILES and path.is_file() and not any(path.is_relative_to(folder) for folder in tests):
                yield path
    yield from (path for name in PANEL if (path := packages / "panel" / "dist" / "bundled" / name).is_dir())


def taken(path: Path) -> int:
    """Bytes that a file or folder takes on the disk."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum(getattr(file.stat(), "st_blocks", 0) * 512 for file in files)


def main() -> None:
    packages = Path(sysconfig.get_path("purelib"))
    freed = 0
    for path in list(needless(packages)):
        if path.exists():
            freed += taken(path)
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    print(f"{freed / 1e6:,.0f} MB taken out of {packages}, {taken(packages) / 1e6:,.0f} MB stay")


if __name__ == "__main__":
    main()
