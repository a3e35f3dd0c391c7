"""What a notebook from a stranger may do: ask the workbench and reckon, and nothing that reaches beyond it.

It is a reading of the cells before they are run, not a wall around them: it finds what is written plainly, and whoever
means harm may hide it. `trust` says that one has read the notebook, or knows who wrote it; its cells then run with all
that their user may do.
"""

import ast
import re

from nbformat import NotebookNode

from workbench.terms.errors import Refused
from workbench.terms.text import _

MODULES = {"workbench", "pandas", "numpy", "math", "statistics", "datetime", "IPython.display"}
"""What may be imported, each with what lies in it."""
CALLS = {
    "eval",
    "exec",
    "compile",
    "open",
    "input",
    "breakpoint",
    "__import__",
    "getattr",
    "setattr",
    "globals",
    "vars",
}
ATTRIBUTES = {"system", "popen", "os", "sys", "subprocess", "shutil", "socket", "ctypes", "importlib", "builtins", "io"}
"""Ways from an allowed module to the machine, as in pandas.io.common.os.system."""
WRITERS = re.compile(r"to_(?:pickle|csv|excel|parquet|sql|hdf|clipboard|zip)|tofile|forget")
READERS = re.compile(r"read_\w+|eval|load\w*|save\w*|from(?:file|txt)|genfromtxt|memmap")
OF_PANDAS = {"pd", "pandas", "np", "numpy"}
MAGIC = re.compile(r"^\s*(?:!|%|\?)|^\s*\w+(?:\s*,\s*\w+)*\s*=\s*[!%]", re.MULTILINE)
MAGICS = {"%matplotlib inline"}
HARMLESS = {"__version__", "__name__"}


def check(notebook: NotebookNode) -> None:
    """Refuse a notebook that reaches beyond the workbench.

    Parameters
    ----------
    notebook : NotebookNode

    Raises
    ------
    Refused
        With the cells and what they would do.
    """
    found = [
        _("cell {n}: {what}").format(n=place, what=what)
        for place, cell in enumerate(notebook.cells, start=1)
        if cell.cell_type == "code"
        for what in beyond(cell.source)
    ]
    if found:
        message = _(
            "This notebook does more than ask the workbench: {found}. Read it; if you know what it does, run it with "
            "--trust (trust=True). Its cells then may do all that you may do on this machine. Without --trust the "
            "cells are read, not fenced in: nobody should rely on that reading alone."
        )
        raise Refused(message.format(found="; ".join(found[:6])))


def beyond(source: str) -> list[str]:
    """What a cell does beyond asking and reckoning, as it is written there.

    Parameters
    ----------
    source : str
        Of a code cell.

    Returns
    -------
    list of str
        Each once, in order; empty for a cell that may run.
    """
    magics = [line.strip() for line in source.splitlines() if MAGIC.search(line) and line.strip() not in MAGICS]
    if magics:
        return magics
    try:
        tree = ast.parse("\n".join(line for line in source.splitlines() if line.strip() not in MAGICS))
    except SyntaxError:
        return [source.strip().splitlines()[0]]
    found = [ast.unparse(node) for node in ast.walk(tree) if _reaches(node)]
    return list(dict.fromkeys(text.splitlines()[0][:80] for text in found))


def _reaches(node: ast.AST) -> bool:
    """Whether a piece of code reaches beyond."""
    if isinstance(node, ast.Import):
        return not all(_allowed(alias.name) for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return bool(node.level) or not all(
            _allowed(node.module or "") and alias.name not in ATTRIBUTES for alias in node.names
        )
    if isinstance(node, ast.Name):
        return node.id in CALLS or node.id.startswith("__") or node.id == "get_ipython"
    if isinstance(node, ast.Attribute):
        hidden = node.attr.startswith("__") and node.attr not in HARMLESS
        return hidden or node.attr in ATTRIBUTES or _opens_files(node)
    return False


def _allowed(module: str) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in MODULES)


def _opens_files(node: ast.Attribute) -> bool:
    """Readers of pandas and NumPy, which open files and addresses, and whatever writes files."""
    of_library = isinstance(node.value, ast.Name) and node.value.id in OF_PANDAS
    return bool(WRITERS.fullmatch(node.attr) or (of_library and READERS.fullmatch(node.attr)))
