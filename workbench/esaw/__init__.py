"""ESAW: what counts as an accident at work, how its days are counted, and the record that carries it."""

from workbench.esaw.days import (
    BANDS,
    FATAL,
    PERMANENT,
    anniversary,
    days_lost,
    days_lost_code,
    is_fatal,
    reference_year,
    severity,
)
from workbench.esaw.record import (
    LAYOUTS,
    OPTIONAL_DATES,
    VOLUNTARY,
    Layout,
    Variable,
    layout,
    unconfirmed,
    variables,
)
from workbench.esaw.scope import KINDS, Availability, Kind, Scope, availability, in_scope, sections_due

__all__ = [
    "BANDS",
    "FATAL",
    "KINDS",
    "LAYOUTS",
    "OPTIONAL_DATES",
    "VOLUNTARY",
    "PERMANENT",
    "Availability",
    "Kind",
    "Layout",
    "Scope",
    "Variable",
    "anniversary",
    "availability",
    "days_lost",
    "days_lost_code",
    "in_scope",
    "is_fatal",
    "layout",
    "reference_year",
    "sections_due",
    "severity",
    "unconfirmed",
    "variables",
]
