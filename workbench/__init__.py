"""OSH Workbench: accident registers, surveys and wearables asked with one kind of question.

Public names are resolved on first use, so importing the package costs nothing.
"""

from importlib import import_module
from types import FunctionType

__version__ = "0.1.0"

_HOME = {
    "catalog": "workbench.sources.catalog:catalog",
    "read": "workbench.study.data:read",
    "load": "workbench.study.loading:load",
    "cube": "workbench.study.data:cube",
    "table": "workbench.study.own_table:table",
    "describe_table": "workbench.study.describe_table:describe_table",
    "forget": "workbench.study.own_table:forget",
    "Selection": "workbench.cubes.selection:Selection",
    "Finding": "workbench.study.finding:Finding",
    "counts": "workbench.study.questions.counts:counts",
    "rates": "workbench.study.questions.rates:rates",
    "facts": "workbench.sources.facts:facts",
    "questions": "workbench.study.survey_questions:questions",
    "register_and_survey": "workbench.study.questions.register_and_survey:register_and_survey",
    "reported_share": "workbench.study.questions.reported_share:reported_share",
    "survey": "workbench.study.questions.survey:survey",
    "gradient": "workbench.study.questions.gradient:gradient",
    "survey_regression": "workbench.study.questions.survey_regression:survey_regression",
    "small_areas": "workbench.study.questions.small_areas:small_areas",
    "survey_table": "workbench.study.survey_tables:survey_table",
    "SurveyOptions": "workbench.study.survey_options:SurveyOptions",
    "trend": "workbench.study.questions.trend:trend",
    "interrupted": "workbench.study.questions.interrupted:interrupted",
    "forecast": "workbench.study.questions.forecast:forecast",
    "change": "workbench.study.questions.change:change",
    "compare": "workbench.study.questions.compare:compare",
    "decompose": "workbench.study.questions.decompose:decompose",
    "regression": "workbench.study.questions.regression:regression",
    "smooth": "workbench.study.questions.smooth:smooth",
    "clusters": "workbench.study.questions.clusters:clusters",
    "rank": "workbench.study.questions.rank:rank",
    "topics": "workbench.study.topics:topics",
    "priorities": "workbench.study.questions.priorities:priorities",
    "programme": "workbench.study.questions.programme:programme",
    "compare_plans": "workbench.study.questions.compare_plans:compare_plans",
    "what_if": "workbench.study.questions.what_if:what_if",
    "WhatIfAssumptions": "workbench.models.what_if:Assumptions",
    "notifications": "workbench.study.questions.notifications:notifications",
    "Safeguards": "workbench.study.safeguards:Safeguards",
    "Triage": "workbench.models.triage:Triage",
    "Intervention": "workbench.models.interventions:Intervention",
    "ProgrammeLimits": "workbench.models.interventions:Limits",
    "programme_effect": "workbench.models.evaluation:programme_effect",
    "detectable_effect": "workbench.models.evaluation:detectable_effect",
    "funnel": "workbench.study.questions.funnel:funnel",
    "control": "workbench.study.questions.control:control",
    "GammaPrior": "workbench.models.priors:GammaPrior",
    "BetaPrior": "workbench.models.priors:BetaPrior",
    "JoinpointSearch": "workbench.models.joinpoint_search:JoinpointSearch",
    "Prediction": "workbench.models.priors:Prediction",
    "disclosure": "workbench.study.disclose:disclosure",
    "role": "workbench.disclosure_control.roles:role",
    "releases": "workbench.disclosure_control.record:releases",
    "anonymity": "workbench.study.anonymity:anonymity",
    "recording": "workbench.wearables.door:recording",
    "recording_page": "workbench.views.recording_page:recording_page",
    "openings": "workbench.wearables.consent:openings",
    "speak": "workbench.terms.languages:speak",
    "recode": "workbench.terms.nuts_recode:recode",
    "check": "workbench.esaw.judge:judge",
    "explain": "workbench.study.explain:explain",
    "explain_record": "workbench.esaw.judge:explain_record",
    "synthesise": "workbench.twin:synthesise",
    "brief": "workbench.briefs.brief:brief",
    "brief_diff": "workbench.briefs.brief:brief_diff",
    "check_brief": "workbench.briefs.brief:check_brief",
    "explorer": "workbench.views.embedded:explorer",
    "guide": "workbench.views.guide_widget:guide",
    "inspectorate_page": "workbench.views.inspectorate.served:inspectorate_page",
    "survey_page": "workbench.views.survey_page:survey_page",
    "notebook": "workbench.views.notebook:notebook",
    "pickers": "workbench.views.pickers:pickers",
    "widgets": "workbench.views.widgets:widgets",
    "NotAvailable": "workbench.terms.errors:NotAvailable",
    "WorkbenchError": "workbench.terms.errors:WorkbenchError",
}
__all__ = sorted(_HOME)


def __getattr__(name: str):
    if name not in _HOME:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}; it has {', '.join(__all__)}")
    module, _colon, attribute = _HOME[name].partition(":")
    found = getattr(import_module(module), attribute)
    if isinstance(found, FunctionType):  # neither classes nor the pickers, whose methods check for themselves
        from workbench.terms.kinds import checked  # not at the top: importing the package costs nothing

        found = checked(found)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
