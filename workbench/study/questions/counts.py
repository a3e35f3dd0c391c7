"""Counts: what a source counts or publishes, by group, not divided by anything."""

from collections.abc import Sequence

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.disclose import disclose
from workbench.study.divide import count
from workbench.study.finding import Finding


def counts(
    source: str | Cube, selection: Selection | None = None, by: Sequence[str] = (), *, measure: str | None = None
) -> Finding:
    """What a source counts or publishes, by group, not divided by anything: accidents, employed, a share, a mean.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults (such as no commuting) hold where it says nothing
    by : dimension names
    measure : what is counted or published, such as "employed"; the source's first unless given

    Returns
    -------
    Finding
        frame: a row per group, the count as value, in the unit of the measure.

    Raises
    ------
    UnknownName, Refused
        For a measure that the source does not have; for a dimension that it cannot answer.
    """
    divided = disclose(count(source, selection, by=by, measure=measure))
    return answer(
        divided,
        divided.frame,
        title=divided.measure.label or divided.measure.name,
        chart=Chart(kind=by_dimensions(divided.by)),
    )
