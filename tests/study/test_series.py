"""A series through time, as the models of change take it."""

import pytest
from pytest import approx

import workbench as wb
from workbench.study.series import divide_time, series_of
from workbench.terms.errors import ModelError


def test_standard_errors_of_standardised_rates_are_read_off_their_limits():
    selection = wb.Selection(regions={"IT"}, years=(2014, 2023))
    found = wb.rates("esaw_synthetic", selection, by=["year"], standard=["nace1"]).frame.set_index("year")
    divided = divide_time("esaw_synthetic", selection, standard=("nace1",))
    numbers = series_of(divided, standardised=True).numbers()
    errors = (found["high"] - found["low"]) / (2 * 1.959964)
    assert errors.gt(0).all()
    assert numbers["rates"].tolist() == approx(found["value"].tolist())
    assert numbers["standard_errors"].tolist() == approx(errors.tolist(), rel=1e-6)


def test_a_series_without_a_figure_names_the_sectors_and_countries_that_have_one(monkeypatch):
    monkeypatch.setenv("WORKBENCH_SOURCE", "bundled")
    with pytest.raises(ModelError) as refused:
        wb.trend("hsw_n2_01", wb.Selection(regions={"BE"}, sectors={"F"}, years=(2014, 2023)))
    assert "figures by sector (NACE section) for: H (Transportation and storage)." in str(refused.value)
    assert "figures by country for: IT (Italy)." in str(refused.value)
    assert 'the whole table is fetched with wb.load("hsw_n2_01", source="live")' in str(refused.value)


# --- what it is called


def weighted(folder):
    """Records of one sector with weights and without people at risk: fewer each year."""
    path = folder / "weighted.csv"
    rows = [f"F,{2014 + at},{1 + (row % 7) / 7:.3f}" for at in range(10) for row in range(300 - 12 * at)]
    path.write_text("sector,year,weight\n" + "\n".join(rows) + "\n")
    return wb.table(path, columns={"sector": "nace1", "year": "year", "weight": "weight"})


@pytest.mark.parametrize(
    "question",
    [
        wb.trend,
        lambda table: wb.trend(table, joinpoints=1),
        wb.change,
        wb.forecast,
        lambda table: wb.interrupted(table, at=2019),
        wb.control,
    ],
    ids=["trend", "joinpoints", "change", "forecast", "interrupted", "control"],
)
def test_weighted_counts_without_people_are_nowhere_called_a_rate(question, tmp_path):
    found = question(weighted(tmp_path))
    texts = [found.summary, found.title, found.question, *found.notes, *found.units.values(), *found.frame["unit"]]
    assert [text for text in texts if "rate" in text.replace("separate", "").lower()] == []


def test_weighted_counts_fall_as_a_number_of_events(tmp_path):
    table = weighted(tmp_path)
    found = wb.trend(table)
    assert "the number of events fell by" in found.summary
    assert "the number of events fell by" in found.model.segments[0].sentence()
    assert "the number of events fell by" in wb.change(table).summary


def test_a_share_that_a_survey_publishes_is_called_a_share():
    selection = wb.Selection(regions={"EU27_2020"}, where={"question": {"E3Q310_6"}, "answer": {"Yes"}})
    divided = divide_time("esener_2019", selection)
    assert series_of(divided).what == "the share"
