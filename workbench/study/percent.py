"""Shares from 0 to 1 as people read them, in per cent: for sentences, tables and charts, never for files."""

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from workbench.cubes.margin import Measure
from workbench.study.chart import Chart
from workbench.terms.text import translated

DIGITS = 10
"""Decimals of a percentage: 100 times 0.07 is 7.000000000000001, which would not be read as a whole number."""


def percent_of(measure: Measure, unit: str) -> str:
    """The unit in per cent of figures that are kept in `unit`; "" where they are not the shares that `measure` holds.

    Parameters
    ----------
    measure : Measure
        What was asked for.
    unit : str
        Of the figures, as a finding's frame has it.

    Returns
    -------
    str
        Such as "% of establishments".
    """
    return translated(measure.percent) if measure.percent and unit == translated(measure.unit) else ""


def in_percent(frame: pd.DataFrame, percent: str, units: Mapping[str, str]) -> pd.DataFrame:
    """A finding's rows as they are read: value and limits, and columns of the same unit, times 100.

    Parameters
    ----------
    frame : DataFrame
        A row per group, as a finding has them.
    percent : str
        The unit in per cent; "" leaves the frame as it is.
    units : mapping
        The unit of each column.

    Returns
    -------
    DataFrame
    """
    if not percent:
        return frame
    shares = [name for name in frame if name in units and units[name] == units["value"]]
    return frame.assign(**{name: _times_100(frame[name]) for name in shares}, unit=percent)


def chart_in_percent(chart: Chart, percent: str) -> Chart:
    """A chart whose fitted lines are read in per cent; "" leaves it as it is."""
    if not percent:
        return chart
    marks = {name: _line(mark) if isinstance(mark, pd.DataFrame) else mark for name, mark in chart.marks.items()}
    return replace(chart, marks=marks)


def _line(line: pd.DataFrame) -> pd.DataFrame:
    return line.assign(**{name: _times_100(line[name]) for name in ("value", "low", "high")})


def _times_100(shares: pd.Series) -> pd.Series:
    return (100 * shares.astype(float)).round(DIGITS)
