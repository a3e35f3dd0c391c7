"""`wb.recode`: a table of one's own in another edition of NUTS, with what was lost."""

import pandas as pd
import polars as pl
import pytest

import workbench as wb
from workbench.cubes.build import from_table
from workbench.terms.errors import Refused, UnknownCode, UnknownName

ROWS = pd.DataFrame({"geo": ["NL332", "PT17", "ES300", "ES300"], "year": 2020, "accidents": [10, 20, 30, 40]})
"""Recoded, split and kept between 2021 and 2024."""


@pytest.fixture(autouse=True)
def no_mirror(monkeypatch):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)


def test_a_table_is_recoded_with_a_report_and_its_other_columns_stay():
    found = wb.recode(ROWS, to="NUTS 2024", measure="accidents")
    assert found.data["geo"].tolist() == ["NL361", "PT1A+PT1B", "ES300", "ES300"]
    assert found.data.drop(columns="geo").equals(ROWS.drop(columns="geo"))
    assert found.report.share == {"kept": 0.7, "recoded": 0.1, "split": 0.2}
    assert found.report.notes()[0].startswith("NUTS 2021 to NUTS 2024: 1 kept, 1 recoded, 1 split; 20.0% of accidents")
    assert ROWS["geo"].iloc[0] == "NL332"  # what was given is left as it was


def test_the_edition_is_found_by_the_codes_and_can_be_said():
    assert wb.recode(ROWS, "2024").report.old == "2021"
    assert wb.recode(pd.Series(["ES300"]), "NUTS 2024").report.old == "2024"  # codes that 2024 has stay as they are
    assert wb.recode(pd.Series(["ES300"]), "NUTS 2024", edition="2021").report.old == "2021"


def test_the_line_that_a_cube_shows_works():
    newer = pd.DataFrame({"nuts": ["NL361", "NL361", "ES300"], "year": 2020})
    with pytest.raises(Refused, match=r'wb.recode\(table, to="NUTS 2021"\)'):
        from_table(newer)
    recoded = wb.recode(newer, to="NUTS 2021").data
    assert from_table(recoded, dims=["nuts3"]).ask("accidents", by=["nuts3"]).frame["accidents"].tolist() == [1, 2]


def test_polars_tables_come_back_as_pandas_frames():
    assert wb.recode(pl.from_pandas(ROWS), "2024").data["geo"].tolist()[0] == "NL361"


def test_regions_of_two_editions_are_to_be_recoded_apart():
    with pytest.raises(Refused, match="two editions of NUTS.*NL332.*edition="):
        wb.recode(pd.Series(["NL332", "NL361", "NL363", "PT1A"]), "NUTS 2013")


def test_mistakes_are_answered():
    with pytest.raises(UnknownName, match="'2022' is not a known NUTS edition"):
        wb.recode(ROWS, to="NUTS 2022")
    with pytest.raises(Refused, match="no column of regions .*it has: x"):
        wb.recode(pd.DataFrame({"x": [1]}), "2024")
    with pytest.raises(Refused, match="no column hours"):
        wb.recode(ROWS, "2024", measure="hours")
    with pytest.raises(Refused, match="int is neither"):
        wb.recode(5, "2024")
    with pytest.raises(UnknownCode, match="ITC99"):
        wb.recode(pd.Series(["ITC1", "ITC99"]), "2024", edition="2021")
