"""OSH Workbench: accident registers, surveys and wearables asked with one kind of question.

Public names are resolved on first use, so importing the package costs nothing.
"""

import sys
from importlib import import_module
from types import ModuleType

__version__ = "0.1.0"

_HOME = {
    "catalog": "workbench.sources.catalog:catalog",
    "read": "workbench.study.evidence:read",
    "load": "workbench.study.evidence:load",
    "cube": "workbench.study.evidence:cube",
    "Selection": "workbench.cube.selection:Selection",
    "Finding": "workbench.study.finding:Finding",
    "counts": "workbench.study.rates:counts",
    "rates": "workbench.study.rates:rates",
    "trend": "workbench.study.trend:trend",
    "interrupted": "workbench.study.interrupted:interrupted",
    "forecast": "workbench.study.forecast:forecast",
    "change": "workbench.study.change:change",
    "compare": "workbench.study.compare:compare",
    "decompose": "workbench.study.decompose:decompose",
    "regression": "workbench.study.regression:regression",
    "smooth": "workbench.study.place:smooth",
    "clusters": "workbench.study.place:clusters",
    "rank": "workbench.study.place:rank",
    "funnel": "workbench.study.funnel:funnel",
    "control": "workbench.study.control:control",
    "check": "workbench.sources.judge:judge",
    "explain": "workbench.sources.judge:explain",
    "synthesise": "workbench.sources.twin:synthesise",
    "explorer": "workbench.views.explorer:explorer",
    "notebook": "workbench.views.notebook:notebook",
    "NotAvailable": "workbench.terms.errors:NotAvailable",
    "WorkbenchError": "workbench.terms.errors:WorkbenchError",
}
__all__ = sorted(_HOME)


def _public(name: str):
    module, _colon, attribute = _HOME[name].partition(":")
    return getattr(import_module(module), attribute)


class _Package(ModuleType):
    """`workbench.cube` is the function that users mean, although a subpackage has that name too."""

    @property
    def cube(self):
        return _public("cube")

    @cube.setter
    def cube(self, _subpackage):
        """The import system binds the subpackage here; it stays in sys.modules, where `from workbench.cube` finds it."""

    def __getattr__(self, name: str):
        if name not in _HOME:
            raise AttributeError(f"module 'workbench' has no attribute {name!r}; it has {', '.join(__all__)}")
        self.__dict__[name] = found = _public(name)
        return found

    def __dir__(self) -> list[str]:
        return sorted([*self.__dict__, *__all__])


sys.modules[__name__].__class__ = _Package
