"""Eurostat's tables of the labour force survey's modules on accidents at work, health problems and exposures."""

import re
from dataclasses import replace

from workbench.sources.dataset import Dataset
from workbench.terms.text import _

_MODULE = re.compile(r"hsw_(ac|pb|exp)\d+[ab]?")
"""hsw_ac1 to hsw_ac13, hsw_pb1 to hsw_pb10, hsw_exp1 to hsw_exp10; a and b are the two editions of NACE."""


def with_module(dataset: Dataset, table: str) -> Dataset:
    """The entry with what is known of the modules' tables; another table's as it is.

    Parameters
    ----------
    dataset : as `eurostat.entry` makes it of a table that the catalogue does not list
    table : its id

    Returns
    -------
    Dataset
    """
    found = _MODULE.fullmatch(table)
    if found is None:
        return dataset
    reported = {
        "ac": _("Persons who say that they had an accident at work in the past 12 months, of any length of absence"),
        "pb": _("Persons who say that work caused a health problem, or made it worse, in the past 12 months"),
        "exp": _("Persons who say that work exposes them to a factor that can harm their health"),
    }
    return replace(
        dataset,
        kind="survey",
        event=reported[found[1]],
        coverage="sample",
        population=_(
            "Persons aged 15 to 74 who work, or worked in the past 12 months, unless the table says otherwise"
        ),
        notes=(
            _("Published shares of the labour force survey's modules of 2007, 2013 and 2020, reported by persons."),
            _("Three points in time with other wordings and other persons asked: no trend is drawn through them."),
            _("Not comparable with accidents of registers, which count those of more than three days."),
            _("Published without errors: no interval can be given; flag u marks low reliability."),
        ),
    )
