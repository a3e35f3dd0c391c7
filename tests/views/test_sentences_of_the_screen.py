"""The screen's sentences: of those shown alone where groups are withheld, and across a break only where it is said."""

from dataclasses import replace

import pandas as pd

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.views.key_figures import key_figures
from workbench.views.linked.line import says
from workbench.views.linked.marks import ends, marks_of
from workbench.views.questions import State

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
COUNTS = {"C": 300, "F": 500, "G": 100, "H": 200}


def published(counts=COUNTS, years=(2020,), flag=None):
    """Accidents over 10,000 people by sector and year."""
    cells = [
        {"nace": code, "year": year, "accidents": n, "employed": 10_000.0, "margin": "m"}
        | {"flag": (flag or {}).get(year, "")}
        for code, n in counts.items()
        for year in years
    ]
    margins = {"m": {"dims": ["nace", "year"], "measures": list(MEASURES)}}
    return build.from_published("table", pd.DataFrame(cells), margins, MEASURES)


def test_a_place_and_a_map_s_sentence_are_of_those_shown():
    found = wb.rates(published(), by=["nace1"])
    frame = found.frame.copy()
    frame.loc[frame["nace1"] == "F", ["value", "low", "high", "count"]] = float("nan")
    frame.loc[frame["nace1"] == "F", "state"] = "withheld"
    hidden = replace(found, frame=frame, withheld=1)
    assert ends(marks_of(found, ("nace1",))).startswith("Highest: Construction")
    assert ends(marks_of(hidden, ("nace1",))).startswith("Of those shown highest: Manufacturing")
    assert ends(marks_of(hidden, ("nace1",))).endswith("(1 withheld).")

    state = State(selection=wb.Selection(sectors={"C"}))
    total = wb.rates(published(), wb.Selection(sectors={"C"}))
    place = key_figures({"total": total, "groups": hidden}, state)[-1]
    assert (place["value"], place["sentence"]) == ("1", "From the highest of those shown; 1 withheld.")


def test_a_group_without_accidents_is_the_lowest_of_a_map():
    found = wb.rates(published({**COUNTS, "I": 0}), by=["nace1"])
    assert "Lowest: Accommodation and food service activities (I), 0." in ends(marks_of(found, ("nace1",)))


def test_the_line_and_the_key_figure_of_the_explorer_say_that_they_run_across_a_marked_year():
    line = wb.trend(published({"F": 500}, range(2012, 2020), flag={2015: "b"}))
    said = "A break is marked at 2015: figures before and after are not counted alike."
    assert says(line).endswith(said)
    total = wb.rates(published({"F": 500}))
    change = next(one for one in key_figures({"total": total, "time": line}, State()) if one["label"] == "Change")
    assert change["sentence"].endswith(said)
    assert "break is marked" not in says(wb.trend(published({"F": 500}, range(2012, 2020))))
