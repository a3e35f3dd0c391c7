"""Whether a source has all events or a part of them: a part is never divided by all people."""

from workbench.sources.dataset import Dataset
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.tables import Report
from workbench.terms.text import _

UNKNOWN_COVERAGE = "unknown"
"""Of a file of records of which nobody said whether it is complete."""


def check_coverage(coverage: str | None) -> None:
    """UnknownName for a coverage that there is not."""
    if coverage not in (None, "full", "sample"):
        raise UnknownName(_("coverage"), coverage, ("full", "sample"), hint=_("There are: full, sample."))


def coverage_of(dataset: Dataset, way: str, report: Report, stated: str | None) -> str:
    """Whether rows are all there are, a sample of them, or unknown.

    Parameters
    ----------
    dataset : the entry
    way : how its files came; a file of the user's may be an extract of the publisher's
    report : of the reader; some files say of themselves that they are a sample
    stated : "full" or "sample", by whoever loads them

    Returns
    -------
    str
        "full", "sample" or "unknown".
    """
    if report.sample or stated:
        return "sample" if report.sample else stated
    if way == "file" and dataset.form == "records" and not report.synthetic:
        return UNKNOWN_COVERAGE
    return dataset.coverage_by_way.get(way, dataset.coverage)


def undivided(name: str) -> Refused:
    """The refusal to divide records of which it was not said whether they are all there are."""
    message = _(
        "Whether the file of {name} has all its records or a part of them is not known; a part divided by all people "
        "would give a rate without meaning. Say which when you load it: workbench load {name} --from FILE --coverage "
        "full, or --coverage sample."
    )
    return Refused(message.format(name=name))
