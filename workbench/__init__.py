"""OSH Workbench: accident registers, surveys and wearables asked with one kind of question.

Public names are resolved on first use, so importing the package costs nothing.
"""

from importlib import import_module

__version__ = "0.1.0"

_HOME = {
    "catalog": "workbench.sources.catalog:catalog",
    "read": "workbench.study.evidence:read",
    "load": "workbench.study.evidence:load",
    "cube": "workbench.study.evidence:cube",
    "Selection": "workbench.cubes.selection:Selection",
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
    "recode": "workbench.terms.nuts_recode:recode",
    "check": "workbench.esaw.judge:judge",
    "explain": "workbench.esaw.judge:explain",
    "synthesise": "workbench.twin:synthesise",
    "explorer": "workbench.views.explorer:explorer",
    "notebook": "workbench.views.notebook:notebook",
    "NotAvailable": "workbench.terms.errors:NotAvailable",
    "WorkbenchError": "workbench.terms.errors:WorkbenchError",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}; it has {', '.join(__all__)}")
    module, _colon, attribute = _HOME[name].partition(":")
    globals()[name] = found = getattr(import_module(module), attribute)
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
