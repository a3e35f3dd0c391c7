"""What is said of the highest and the lowest: of those shown alone where others are withheld or without a figure."""

from dataclasses import replace

import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.study.divide import divide
from workbench.study.questions.priorities import priorities
from workbench.study.sentences import headline_of_groups, in_order, summary_of_groups
from workbench.terms.codes import UNKNOWN

MEASURES = {"accidents": Measure("accidents", "accidents"), "employed": Measure("employed", "persons")}
COUNTS = {"C": 300, "F": 500, "G": 100, "H": 200}


def published(counts=COUNTS):
    """Accidents over 10,000 people by sector."""
    cells = {"nace": list(counts), "year": 2020, "accidents": list(counts.values()), "employed": 10_000.0}
    margins = {"m": {"dims": ["nace", "year"], "measures": list(MEASURES)}}
    return build.from_published("table", pd.DataFrame(cells).assign(margin="m", flag=""), margins, MEASURES)


@pytest.fixture
def by_sector():
    """The sectors of a table divided, some of them in another state: `by_sector(F="withheld")`."""

    def make(**states: str):
        divided = divide(published(), by=["nace1"])
        frame = divided.frame.copy()
        for code, state in states.items():
            row = frame["nace1"] == code
            frame.loc[row, "state"] = state
            if state != "unreliable":
                frame.loc[row, ["value", "low", "high", "count"]] = float("nan")
        withheld = frame[frame["state"] == "withheld"]
        return replace(divided, frame=frame, withheld=withheld if len(withheld) else None)

    return make


def test_of_groups_that_are_all_shown_the_ends_are_the_highest_and_the_lowest(by_sector):
    divided = by_sector()
    said = summary_of_groups(divided, divided.frame, "Rate")
    assert said.startswith("Rate, 2020: highest Construction, 5,000.0") and said.endswith("; 4 groups.")
    assert ": highest Construction (5,000.0)" in headline_of_groups(divided, divided.frame, "Rate")


@pytest.mark.parametrize(
    "states, counted",
    [
        ({"F": "withheld"}, "1 withheld"),
        ({"F": "unreliable"}, "1 unreliable"),
        ({"F": "missing"}, "1 without a figure"),
        ({"F": "withheld", "G": "missing"}, "1 withheld, 1 without a figure"),
    ],
)
def test_ends_are_of_those_shown_where_others_are_not_looked_at(by_sector, states, counted):
    divided = by_sector(**states)
    said = summary_of_groups(divided, divided.frame, "Rate")
    assert said.startswith("Rate, 2020: of those shown highest Manufacturing, 3,000.0")
    assert said.endswith(f"; 4 groups ({counted}).")
    assert ": of those shown highest Manufacturing (3,000.0)" in headline_of_groups(divided, divided.frame, "Rate")


def test_a_row_of_an_unknown_code_is_no_group_that_could_be_the_highest(by_sector):
    divided = by_sector()
    unknown = divided.frame.iloc[[0]].assign(nace1=UNKNOWN, value=float("nan"), state="missing")
    frame = pd.concat([divided.frame, unknown], ignore_index=True)
    assert "of those shown" not in summary_of_groups(divided, frame, "Rate")


def test_groups_that_are_withheld_could_stand_anywhere_in_an_order(by_sector):
    assert in_order(by_sector(), "F is first.") == "F is first."
    said = in_order(by_sector(F="withheld"), "C is first.")
    assert said == "C is first. 1 group is withheld and could stand anywhere in this order."
    assert in_order(by_sector(F="withheld", G="withheld"), "C is first.").startswith(
        "C is first. 2 groups are withheld"
    )


@pytest.mark.parametrize("question", [wb.rank, priorities])
def test_an_order_of_records_says_how_many_groups_are_withheld(question, tmp_path):
    path = tmp_path / "events.csv"
    rows = [
        f"{code},2020"
        for code, n in {"A": 150, "C": 90, "F": 60, "G": 40, "I": 25, "H": 3}.items()
        for _row in range(n)
    ]
    path.write_text("sector,year\n" + "\n".join(rows) + "\n")
    events = wb.table(path, columns={"sector": "nace1", "year": "year"})
    found = question(events, by=["nace1"], exposure=published(dict.fromkeys("ACFGHI", 1)))
    n = found.withheld
    assert n >= 1
    assert f"{n} group" in found.summary and "withheld and could stand anywhere in this order." in found.summary
