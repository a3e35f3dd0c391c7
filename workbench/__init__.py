"""OSH Workbench: accident registers, surveys and wearables asked with one kind of question.

Public names are resolved on first use, so importing the package costs nothing.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "catalog": "workbench.sources.catalog",
    "read": "workbench.study.evidence",
    "load": "workbench.study.evidence",
    "cube": "workbench.study.evidence",
    "Selection": "workbench.cube.selection",
    "Finding": "workbench.study.finding",
    "counts": "workbench.study.rates",
    "rates": "workbench.study.rates",
    "trend": "workbench.study.trend",
    "explorer": "workbench.views.explorer",
    "WorkbenchError": "workbench.terms.errors",
}
__all__ = [
    "Finding",
    "Selection",
    "WorkbenchError",
    "catalog",
    "counts",
    "cube",
    "explorer",
    "load",
    "rates",
    "read",
    "trend",
]


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}; it has {', '.join(__all__)}")
    globals()[name] = found = getattr(import_module(_HOME[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
