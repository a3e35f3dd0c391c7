import numpy as np
import pandas as pd
import pytest
from pytest import approx

import workbench as wb
from workbench.models.survey_design import StageColumns, survey_design
from workbench.models.survey_regression import survey_regression
from workbench.terms.places import bundled


def test_odds_ratios_of_groups_are_those_of_the_model_on_columns_made_by_hand():
    found = wb.survey_regression("workers_made_up", question="wears", answer="Yes", terms="sex + year")
    raw = pd.read_csv(bundled("catalogs") / "data" / "workers_made_up.csv")
    stage = StageColumns(
        strata=raw["wave"].astype(str) + raw["region"] + raw["size"], units=raw["firm"], population=raw["firms"]
    )
    y = (raw["wears"] == 1).astype(float).where(raw["wears"] <= 2)
    terms = pd.DataFrame({"women": (raw["sex"] == 2) * 1.0, "late": (raw["wave"] == 2025) * 1.0})
    expected = survey_regression(y, terms, survey_design(raw["weight"], [stage])).frame.iloc[1:]
    assert found.frame["value"].tolist() == approx(np.exp(expected["value"]).tolist())
    assert found.frame["low"].tolist() == approx(np.exp(expected["low"]).tolist())
    assert "Women against Men" in found.frame["term"].iloc[0]
    assert found.chart()


def test_ordered_answers_have_cumulative_odds_and_numbers_differences():
    ordinal = wb.survey_regression("workers_made_up", question="strain", terms="sex", family="ordinal")
    linear = wb.survey_regression("workers_made_up", question="hours", terms="sex", family="linear")
    means = wb.survey("workers_made_up", by="sex", question="hours", statistic="mean").frame.set_index("sex")["value"]
    assert ordinal.frame["unit"].tolist() == ["odds ratio"]
    assert linear.frame["value"].iloc[0] == approx(means["F"] - means["M"])


def test_a_question_that_a_family_does_not_fit_is_refused():
    with pytest.raises(wb.WorkbenchError, match="Say which answer is modelled"):
        wb.survey_regression("workers_made_up", question="wears", terms="sex")
    with pytest.raises(wb.WorkbenchError, match="hours is a number: take linear, or poisson"):
        wb.survey_regression("workers_made_up", question="hours", terms="sex")


@pytest.mark.mirror
def test_small_areas_are_drawn_towards_the_mean_and_regions_without_respondents_are_of_the_model_only(mirror):
    answers = mirror / "eurobarometer_nuts" / "eurobarometer_2013_2017_nuts.parquet"
    table = wb.survey_table(answers, codebook="eurobarometer")
    year = wb.Selection(years=(2017, 2017))
    found = wb.small_areas(table, year, question="serious_world_problems_first", answer="1").frame
    direct = found[found["direct"].notna()]
    assert direct["value"].std() < direct["direct"].std()
    assert (found.loc[found["direct"].isna(), "basis"] == "model only").all()
    assert found["direct"].isna().any() and found["value"].notna().all()


def test_small_areas_are_regions():
    with pytest.raises(wb.WorkbenchError, match="Small areas are regions: nuts1, nuts2 or nuts3, not sex"):
        wb.small_areas("workers_made_up", by="sex", question="wears", answer="1")
