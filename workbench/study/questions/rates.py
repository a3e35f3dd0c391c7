"""Rates: accidents divided by the people at risk where the data allow it; crude or standardised."""

from collections.abc import Sequence

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study.answer import answer
from workbench.study.chart import Chart, by_dimensions
from workbench.study.disclose import disclose
from workbench.study.divide import divide
from workbench.study.finding import Finding
from workbench.study.standardise import standardise, strata_of
from workbench.terms.text import _
from workbench.terms.words import dimensions


def rates(
    source: str | Cube,
    selection: Selection | None = None,
    by: Sequence[str] = (),
    *,
    exposure: str | None = None,
    standard: Sequence[str] | pd.Series = (),
    renormalise: bool = False,
    per: int | None = None,
    level: float = 0.95,
) -> Finding:
    """Accidents per 100,000 employed (or per million hours) by group, with exact Poisson limits.

    Rates that are published without counts are given as they are published.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection : what is asked for; the entry's defaults (such as no commuting) hold where it says nothing
    by : dimension names
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    standard : dimensions to standardise by directly (sector, age): every group gets the structure of all people at risk
        in the countries, sectors and years of the selection, of both sexes and all ages. A Series of people (or of
        shares) by such dimensions, its index named by them, is itself the standard: with the EU's employed in the
        sections A, C to N this is Eurostat's standardised incidence rate. The interval is Fay & Feuer's; the crude
        rate stands next to it
    renormalise : take the standard over the strata that a group has, where it lacks some; else its rate is missing
    per : persons or hours; 100,000 employed or 1,000,000 hours unless given
    level : of the intervals

    Returns
    -------
    Finding
        frame: a row per group, the rate as value low high, count and exposure; of standardised rates `crude` too.

    Raises
    ------
    Refused
        Naming the dimension, level, edition or sample that does not fit.
    """
    needs = "people" if len(standard) else "figures"
    divided = divide(source, selection, by=by, exposure=exposure, needs=needs, per=per, level=level)
    title, columns = _("Accident rate"), {}
    if len(standard):
        divided = standardise(divided, standard, exposure=exposure, renormalise=renormalise, level=level)
        title = _("Accident rate, standardised by {strata}").format(strata=dimensions(strata_of(standard)))
        columns = {"crude": str(divided.frame["unit"].iloc[0])}
    elif divided.measure.how == "none":
        title = divided.measure.label or divided.measure.name

    divided = disclose(divided)
    return answer(divided, divided.frame, title=title, chart=Chart(kind=by_dimensions(divided.by)), columns=columns)
