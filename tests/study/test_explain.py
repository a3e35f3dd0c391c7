"""How a question was answered: the SQL that counted its cube runs as it is printed, and the cells that were read."""

import duckdb
import pandas as pd
import pytest

import workbench as wb
from workbench.study.recipe import Recipe

RECORDS = pd.DataFrame(
    {
        "nuts": ["ITF61", "ITF62", "FRK2", "FRK21", None],
        "nace": ["41", "42", "10", "F", "10"],
        "sex": ["M", "F", "M", "M", "F"],
        "year": [2019, 2020, 2020, 2020, 2019],
        "weight": [1.5, 2.0, 1.0, 1.0, 3.25],
    }
)
DIMS = ["nuts2", "nace1", "sex", "year"]


@pytest.fixture
def cube(tmp_path):
    RECORDS.to_parquet(tmp_path / "records.parquet")
    return wb.cube(tmp_path / "records.parquet", dims=DIMS)


def test_the_sql_runs_as_it_is_printed_and_gives_the_cells_of_the_cube(cube, tmp_path):
    explained = wb.explain(cube)
    with duckdb.connect() as engine:
        engine.sql(f"create view records as from '{tmp_path}/records.parquet'")
        for name, codes in explained.statement.lookups.items():
            engine.register(name, codes)
        cells = engine.sql(explained.sql).df()

    axes = ["nuts", "nace", "sex", "year"]
    expected = cube.margins[0].frame.to_pandas().astype({"nuts": str, "nace": str, "sex": str, "year": "int64"})
    expected, cells = (frame.sort_values(axes, ignore_index=True) for frame in (expected, cells))
    pd.testing.assert_frame_equal(cells[expected.columns.tolist()], expected, check_dtype=False)
    assert len(cells) == 5


def test_what_was_found_is_explained_by_the_cells_that_went_in(cube):
    found = wb.counts(cube, wb.Selection(regions={"ITF6"}, years=(2019, 2020)), by=["sex"])
    explained = wb.explain(found)
    assert dict(explained.cells) == {
        "nuts": ("ITF6",),
        "nace": ("C", "F"),
        "sex": ("M", "F"),
        "year": (2019, 2020),
    }
    text = str(explained)
    assert "DuckDB" in text and "GROUP BY" in text
    assert "nuts_codes has 1," in text
    assert "region: ITF6\n" in text and "sector: all 2" in text and "year: all 2" in text
    assert repr(explained) == text  # so that a cell's last line shows it


def test_a_name_a_recipe_and_a_finding_are_explained_alike():
    selection = wb.Selection(sectors={"F"}, regions={"IT"}, years=(2014, 2019))
    recipe = Recipe("trend", "hsw_n2_01", selection)
    by_name = wb.explain("hsw_n2_01", selection)
    assert str(by_name) == str(wb.explain("hsw_n2_01", selection, ["year"])) == str(wb.explain(recipe))
    assert str(by_name) == str(wb.explain(recipe.ask()))


def test_published_figures_say_that_no_sql_was_run():
    explained = wb.explain("hsw_n2_01", wb.Selection(years=(2023, 2023)))
    assert explained.sql == ""
    assert str(explained).startswith("No SQL was run: the cells of hsw_n2_01 come ready, published or made.")


def test_names_of_letters_at_random_are_not_printed():
    text = wb.explain(wb.cube(RECORDS, dims=DIMS)).sql
    assert "rows_in_memory" in text
    assert "memtable" not in text


def test_a_survey_has_no_cube_to_explain():
    found = wb.survey("workers_made_up", question="told", by=["size"])
    with pytest.raises(wb.WorkbenchError, match="estimated from the respondents"):
        wb.explain(found)


def test_what_the_data_cannot_answer_is_refused_as_the_question_would_be(cube):
    with pytest.raises(wb.WorkbenchError, match="age"):
        wb.explain(cube, by=["age_group"])
    with pytest.raises(wb.WorkbenchError, match="hsw_n2_011"):
        wb.explain("hsw_n2_011")


def test_a_record_is_still_explained_by_the_same_name():
    assert str(wb.explain("x" * 81)) == str(wb.explain_record("x" * 81))
    with pytest.raises(wb.WorkbenchError, match="The record has no case_number"):
        wb.explain({"age": "25"})
