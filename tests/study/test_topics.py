"""Topics beyond accidents: an indicator of each with what it is of, or no data; as a criterion of priorities."""

import io
import json
import sys

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import cli
from workbench.terms.errors import Refused, UnknownName

SPAIN = wb.Selection(years=(2021, 2022), regions={"ES"})
WEIGHTS = {"rate": 1, "people": 1, "hazardous_substances": 2}


@pytest.fixture(scope="module")
def found():
    return wb.topics()


def test_each_topic_has_an_indicator_with_its_base_source_and_year_or_says_no_data_and_what_is_needed(found):
    frame = found.frame.set_index("topic")

    assert list(dict.fromkeys(frame.index)) == [
        "overload",
        "hazardous substances",
        "underpayment",
        "exploitation",
        "unequal treatment",
    ]
    with_data = frame[frame["name"] != ""]
    assert with_data["indicator"].tolist() == [
        "Time Pressure",
        "Long or irregular working hours",
        "Chemical or biological substances",
    ]
    assert set(with_data["base"]) == {"Establishments with five or more employees"}
    assert with_data["source"].str.contains("ESENER").all() and set(with_data["year"]) == {2019}
    assert (frame.loc[["underpayment", "exploitation", "unequal treatment"], "indicator"] == "No data").all()
    assert frame["gap"].str.len().gt(30).all()


def test_a_group_of_sectors_is_the_sections_that_it_is_of_and_an_empty_cell_is_no_zero(found):
    shares = found.values["hazardous_substances"]
    published = wb.counts(
        "esener_2019",
        wb.Selection(regions={"ES"}, where={"question": {"E3Q200_9"}, "answer": {"Yes"}}),
        ["nace1"],
    ).frame.set_index("nace1")["value"]

    for section in "BDEF":
        assert shares[section, "ES"] == published["B_D-F"]
    assert shares["P", "ES"] == published["P"] != shares["Q", "ES"]
    assert ("A", "BE") not in shares and shares.between(0, 1, inclusive="neither").all()
    assert not shares.index.has_duplicates and len(shares) == found.frame["groups"].iloc[2]


def test_a_region_has_the_share_of_its_country_and_sector_as_a_criterion_of_priorities(found):
    by = ["nace1", "nuts2"]
    plain = wb.priorities("esaw_synthetic", SPAIN, by).frame.set_index(by)["value"]
    with_topic = wb.priorities(
        "esaw_synthetic", SPAIN, by, weights=WEIGHTS, evidence=found.evidence("hazardous_substances")
    )
    ratio = with_topic.frame.set_index(by)["value"] / plain
    shares = found.values["hazardous_substances"].xs("ES", level="nuts0").reindex(ratio.index.get_level_values("nace1"))

    assert ratio.to_numpy() == pytest.approx((shares / shares.mean()).to_numpy() ** 2)
    assert any(
        note.startswith("hazardous_substances: “Chemical or biological substances”, share of establishments, no rate")
        and "ESENER" in note
        and "2019" in note
        for note in with_topic.notes
    )


def test_groups_without_a_figure_are_no_data_neither_a_risk_nor_none(found):
    groups = pd.DataFrame(
        [(sector, region, 40 + n, 9_000) for n, sector in enumerate("ACFT") for region in ("BE10", "BE21", "ES11")],
        columns=["nace1", "nuts2", "accidents", "employed"],
    )
    mine = wb.table(groups, name="regions", sensitivity="aggregate")
    by = ["nuts2", "nace1"]  # in another order than the evidence
    plain = wb.priorities(mine, by=by).frame.set_index(by)["value"]
    judged = wb.priorities(mine, by=by, weights=WEIGHTS, evidence=found.evidence("hazardous_substances"))
    ratio = judged.frame.set_index(by)["value"] / plain

    unknown = [("BE10", "A"), ("BE21", "A"), *((region, "T") for region in ("BE10", "BE21", "ES11"))]
    assert ratio[unknown].to_numpy() == pytest.approx(1)
    assert (np.abs(ratio.drop(unknown) - 1) > 0.01).all()
    assert any(note.startswith("No data on hazardous_substances for 5 groups") for note in judged.notes)


def test_evidence_of_a_topic_without_data_is_refused_with_what_is_needed(found):
    assert set(found.evidence()) == {"time_pressure", "long_hours", "hazardous_substances"}
    assert set(found.evidence("overload")) == {"time_pressure", "long_hours"}
    with pytest.raises(Refused, match="No data on exploitation. Needed: Findings of inspections"):
        found.evidence("exploitation")
    with pytest.raises(UnknownName, match="There are: overload"):
        found.evidence("overlode")


def test_groups_that_lack_an_axis_of_the_evidence_are_answered(found):
    with pytest.raises(Refused, match="the groups by nace1 have no country"):
        wb.priorities("esaw_synthetic", SPAIN, ["nace1"], weights=WEIGHTS, evidence=found.evidence())

    of_spain = found.values["hazardous_substances"].xs("ES", level="nuts0")
    judged = wb.priorities(
        "esaw_synthetic", SPAIN, ["nace1"], weights=WEIGHTS, evidence={"hazardous_substances": of_spain}
    )
    assert not any(note.startswith("No data on") for note in judged.notes)


@pytest.mark.parametrize(
    ("source", "note"),
    [
        ("", "dust: values that you gave, of a source that the workbench does not know."),
        ("measurements of 2024", "dust: values that you gave. Source: measurements of 2024."),
    ],
)
def test_evidence_of_ones_own_is_said_to_be_the_readers_with_the_source_that_it_names(source, note):
    dust = pd.Series({"F": 0.4})
    dust.attrs["source"] = source
    judged = wb.priorities("esaw_synthetic", SPAIN, ["nace1"], weights={"rate": 1, "dust": 1}, evidence={"dust": dust})
    assert note in judged.notes


def test_the_command_lists_each_topic_with_its_indicator_or_what_is_needed(monkeypatch, capsys):
    printed = {}
    for form in ("table", "csv", "json"):
        monkeypatch.setattr(sys, "argv", ["workbench", "topics", "--format", form])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert not ended.value.code
        printed[form] = capsys.readouterr().out
    table, rows = printed["table"], pd.read_csv(io.StringIO(printed["csv"]))

    assert "hazardous substances (hazardous_substances): “Chemical or biological substances” in 617 groups" in table
    assert "underpayment: No data. Needed: Wages below the minimum" in table
    assert "A share of establishments is no rate of workers" in table
    assert len(rows) == 6 and rows["indicator"].eq("No data").sum() == 3
    assert [row["name"] for row in json.loads(printed["json"])] == rows["name"].fillna("").tolist()
