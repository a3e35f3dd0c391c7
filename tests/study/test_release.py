"""What leaves about persons is audited, recorded, and holds no number that is withheld; and why one is can be asked."""

import json
import pickle
import re
import zipfile
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
from bokeh.embed import file_html
from bokeh.models import ColumnDataSource
from bokeh.resources import INLINE

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.disclosure_control import record
from workbench.disclosure_control.pattern import Pattern
from workbench.sources.catalog import catalog
from workbench.study import protection
from workbench.study.data import Origin
from workbench.study.shown import forget
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.places import home

COUNTS = {"A": 7, "C": 412, "F": 211, "G": 96, "H": 57, "I": 4}
MEASURES = {name: Measure(name, unit) for name, unit in (("accidents", "accidents"), ("employed", "persons employed"))}


def origin() -> Origin:
    dataset = replace(catalog()["inail_records"], exposure=None, defaults={}, breaks=(), notes=(), event="")
    return Origin(dataset=dataset, provenance={"way": "test", "coverage": "full", "sha256": ["ab"]})


def by_sector():
    rows = pd.DataFrame({"nace": list(COUNTS), "accidents": list(COUNTS.values())})
    rows = rows.assign(year=2023, employed=[12_347, 90_001, 70_003, 50_021, 40_009, 9_973], flag="", margin="m")
    margins = {"m": {"dims": ["nace", "year"], "measures": list(MEASURES)}}
    return build.from_published("records", rows, margins, MEASURES, source=origin())


def of_records(frame: pd.DataFrame):
    return replace(build.from_table(frame, ("nuts3", "nace1", "sex", "age_group", "year")), source=origin())


def records(n: int = 1200, seed: int = 1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "nuts": chance.choice(["ITF61", "ITF63", "ITF65"], n, p=[0.6, 0.3, 0.1]),
            "nace": chance.choice(list("ACFGH"), n, p=[0.04, 0.5, 0.3, 0.13, 0.03]),
            "sex": chance.choice(["M", "F"], n, p=[0.9, 0.1]),
            "age": chance.integers(18, 64, n),
            "year": chance.choice([2020, 2021], n),
        }
    )


# --- the record


def test_what_is_written_is_recorded_and_what_is_only_shown_is_not(tmp_path):
    found = wb.rates(by_sector(), by=["nace1"])
    found.to_csv()
    assert record.releases() == []
    found.to_csv(tmp_path / "table.csv")
    found.to_zip(tmp_path / "all.zip")
    csv, pack = record.releases()
    assert (csv.way, pack.way, csv.left, csv.figures) == ("csv", "zip", True, 6)
    assert csv.question == {"selection": {"years": [2023, 2023]}, "by": ["nace1"], "measure": "accidents"}
    assert csv.withheld == {"few": [["A"], ["I"]]}
    assert csv.verdict == "No withheld figure is known within 10 persons."


def test_the_record_holds_no_count(tmp_path):
    wb.rates(by_sector(), by=["nace1"]).to_csv(tmp_path / "table.csv")
    line = json.loads((home() / record.NAME).read_text())
    numbers = re.findall(
        r"(?<![\w.])\d+(?![\w.])", json.dumps({k: line[k] for k in ("question", "withheld", "verdict")})
    )
    assert not set(numbers) & {str(n) for n in COUNTS.values()}


def test_published_data_leave_without_a_line(tmp_path):
    source = origin()
    cube = by_sector()
    cube = replace(cube, source=replace(source, dataset=replace(source.dataset, sensitivity="aggregate")))
    wb.rates(cube, by=["nace1"]).to_csv(tmp_path / "table.csv")
    assert record.releases() == []


def test_a_large_table_is_audited_before_it_leaves_and_says_how_to_ask_again(tmp_path, monkeypatch):
    monkeypatch.setattr(protection, "EXACT", 0)
    monkeypatch.setattr("workbench.disclosure_control.pattern.EXACT", 0)
    monkeypatch.setattr(protection, "pattern", lambda table, primary, **_: replace_nothing(table, primary))
    cube = of_records(records())
    found = wb.counts(cube, by=["nace1", "sex"])
    with pytest.raises(Refused, match=r'have to be withheld before this leaves.*wb\.disclosure\("audited"\)'):
        found.to_csv(tmp_path / "table.csv")
    assert not (tmp_path / "table.csv").exists()
    assert [line.left for line in record.releases()] == [False]
    with wb.disclosure("audited"):
        again = wb.counts(cube, by=["nace1", "sex"])
    assert again.withheld > found.withheld
    again.to_csv(tmp_path / "table.csv")


def replace_nothing(table, primary):
    """A pattern that withholds what is small and no more: the rule that protects badly."""
    return Pattern(table, primary, primary, primary)


def of_two_ages():
    """Four hundred accidents, and five of older workers: two tables that differ by these."""
    return of_records(pd.concat([records(400).assign(age=30), records(5, seed=2).assign(age=66)]))


def test_what_two_releases_would_give_away_together_is_withheld_in_another_session_too(tmp_path):
    cube = of_two_ages()
    everybody = wb.counts(cube, by=["nace1"])
    everybody.to_csv(tmp_path / "all.csv")
    forget(cube)  # a session later: nobody remembers but the record
    younger = wb.counts(cube, wb.Selection(ages=(15, 64)), by=["nace1"])
    younger.to_csv(tmp_path / "younger.csv")
    apart = (everybody.frame.set_index("nace1")["count"] - younger.frame.set_index("nace1")["count"]).dropna()
    assert not apart.between(1, 9).any()
    assert younger.withheld > everybody.withheld
    assert [line.left for line in wb.releases()] == [True, True]


def test_two_releases_that_give_a_figure_away_together_are_refused_and_the_line_to_type_mends_it(tmp_path):
    cube = of_two_ages()
    younger = wb.counts(cube, wb.Selection(ages=(15, 64)), by=["nace1"])
    forget(cube)
    wb.counts(cube, by=["nace1"]).to_csv(tmp_path / "all.csv")
    with pytest.raises(Refused, match=r"differ.* by fewer than 10 persons from .* released before \(line 1 "):
        younger.to_csv(tmp_path / "younger.csv")
    assert not (tmp_path / "younger.csv").exists()
    with wb.disclosure("audited"):
        wb.counts(cube, wb.Selection(ages=(15, 64)), by=["nace1"]).to_csv(tmp_path / "younger.csv")
    assert [line.left for line in wb.releases()] == [True, False, True]


def men_women_and_both(tmp_path, ask_again):
    """By sector, in a session each: no two of them differ by few, but the small sector of women lies between."""
    frame = pd.concat(
        [
            records(300).assign(nace="C", sex=["M", "F"] * 150, age=30),
            records(150, seed=2).assign(nace="F", sex="M", age=30),
            records(4, seed=3).assign(nace="F", sex="F", age=30),
        ]
    )
    cube = of_records(frame)
    both = wb.counts(cube, by=["nace1"])
    for sex in "MF":
        forget(cube)
        wb.counts(cube, wb.Selection(sexes={sex}), by=["nace1"]).to_csv(tmp_path / f"{sex}.csv")
    forget(cube)
    return wb.counts(cube, by=["nace1"]) if ask_again else both


def test_a_withheld_figure_that_three_releases_give_away_is_found_by_the_audit(tmp_path):
    with pytest.raises(Refused, match="released before"):
        men_women_and_both(tmp_path, ask_again=False).to_csv(tmp_path / "both.csv")


def test_a_third_release_withholds_what_would_give_a_figure_of_the_first_two_away(tmp_path):
    both = men_women_and_both(tmp_path, ask_again=True)
    assert both.frame.set_index("nace1").loc["F", "state"] == "withheld"
    assert both.why("F").rule == "linked"
    both.to_csv(tmp_path / "both.csv")


def test_a_share_and_the_counts_that_were_released_do_not_give_its_part_away(tmp_path):
    """Women are a share of all: with the men released the share of a sector of few women is their number."""
    chance = np.random.default_rng(4)
    rows = [("C", "M", 300), ("C", "F", 200), ("F", "M", 150), ("F", "F", 4), ("G", "M", 60), ("G", "F", 40)]
    rows += [
        (nace, sex, n)
        for nace, pair in {"H": (70, 30), "I": (45, 55)}.items()
        for sex, n in zip("MF", pair, strict=True)
    ]
    frame = pd.DataFrame([(nace, sex) for nace, sex, n in rows for _person in range(n)], columns=["nace", "sex"])
    frame = frame.assign(nuts="ITF61", age=30, year=chance.choice([2020, 2021], len(frame)))
    cube = of_records(frame)
    wb.counts(cube, by=["nace1"]).to_csv(tmp_path / "all.csv")
    forget(cube)
    found = wb.rank(cube, wb.Selection(sexes={"M"}), by=["nace1"], share_of=wb.Selection())
    assert found.frame.set_index("nace1").loc["F", "state"] == "withheld"  # 150 of 154: four women
    found.to_csv(tmp_path / "men.csv")
    forget(cube)
    men = wb.counts(cube, wb.Selection(sexes={"M"}), by=["nace1"]).frame.set_index("nace1")
    assert men.loc["F", "state"] == "withheld"
    assert [line.left for line in wb.releases()] == [True, True]
    assert wb.releases()[1].question["whole"] == {"years": [2020, 2021]}


HIERARCHIES = {
    "NUTS": (("nuts3", "sex"), ("nuts2",), ("nuts2", "sex"), ("nuts3",), ("sex",)),
    "NACE": (("nace2", "sex"), ("nace1",), ("nace1", "sex"), ("nace2",), ("sex",)),
}
CODES = {
    "NUTS": ["ITF61", "ITF62", "ITF63", "ITF51", "ITF52", "ITG11", "ITG12", "ITG13"],
    "NACE": ["10", "11", "13", "41", "42", "43", "45", "46"],
}
OFTEN = np.array([30, 2, 9, 12, 2, 20, 1, 24]) / 100


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", HIERARCHIES)
def test_levels_of_a_hierarchy_released_one_after_the_other_give_nothing_away(name, seed, tmp_path):
    chance = np.random.default_rng(seed)
    axis, other = ("nuts", {"nace": "41"}) if name == "NUTS" else ("nace", {"nuts": "ITF61"})
    frame = pd.DataFrame({axis: chance.choice(CODES[name], 500, p=OFTEN), **other, "age": 30, "year": 2021})
    frame["sex"] = chance.choice(["M", "F"], 500, p=[0.85, 0.15])
    cube = replace(build.from_table(frame, ("nuts3", "nace2", "sex", "year")), source=origin())
    findings = []
    for place in chance.permutation(5):
        forget(cube)
        try:
            finding = wb.counts(cube, by=list(HIERARCHIES[name][place]))
            finding.to_csv(tmp_path / f"{place}.csv")
        except Refused:
            continue
        findings.append(finding)
    assert len(findings) >= 4
    widths = widths_of(findings, [(code, sex) for code in CODES[name] for sex in "MF"], cube.lists[axis])
    assert min(widths) >= 10 - 1e-6


def widths_of(findings, cells, known) -> list[float]:
    """Of each withheld figure, how wide the interval is that all figures shown leave; cells of a code and a sex."""

    def is_inside(row, by, cell) -> bool:
        code, sex = cell
        return all(row[dim] == sex if dim == "sex" else row[dim] in (code, *known.ancestors(code)) for dim in by)

    rows, right, hidden = [], [], []
    for finding in findings:
        for _place, row in finding.frame.iterrows():
            inside = np.array([is_inside(row, finding.by, cell) for cell in cells], float)
            if row["state"] == "withheld":
                hidden.append(inside)
            else:
                rows.append(inside)
                right.append(row["count"])
    ends = [
        [scipy.optimize.linprog(sign * figure, A_eq=rows, b_eq=right, bounds=(0, 1e4)).fun for sign in (1, -1)]
        for figure in hidden
    ]
    return [-high - low for low, high in ends]


def test_the_same_figures_may_leave_again(tmp_path):
    for name in ("one.csv", "two.csv"):
        wb.counts(of_records(records()), by=["nace1"]).to_csv(tmp_path / name)
    assert [line.left for line in record.releases()] == [True, True]


# --- nothing that leaves holds a withheld number


def hidden_numbers() -> list[str]:
    """Rates and limits of the withheld sectors as anything might write them: to four digits at least."""
    with wb.disclosure("off", reason="to know what must not be found"):
        frame = wb.rates(by_sector(), by=["nace1"]).frame.set_index("nace1")
    values = frame.loc[["A", "I"], ["value", "low", "high"]].to_numpy().ravel()
    return [f"{value:.2f}" for value in values] + [f"{value:.4g}" for value in values if value >= 10]


def test_no_text_picture_or_hover_holds_a_withheld_number(tmp_path):
    found = wb.rates(by_sector(), by=["nace1"])
    found.to_zip(tmp_path / "all.zip")
    with zipfile.ZipFile(tmp_path / "all.zip") as pack:
        packed = {name: pack.read(name).decode() for name in pack.namelist()}
    texts = {
        **packed,
        "str": str(found),
        "html": found._repr_html_(),
        "json": json.dumps(found.to_dict()),
        "page": file_html(found.chart(), INLINE),
        "why": found.why("A").sentence,
    }
    for name, text in texts.items():
        data = re.sub(r"<script[^>]*>(?:(?!docs_json).){20000,}?</script>", "", text, flags=re.S)
        for number in hidden_numbers():
            assert not re.search(rf"(?<![\d.]){re.escape(number)}", data), (name, number)
    frame = pd.DataFrame(found.to_dict()["frame"]).set_index("nace1")
    assert frame.loc[["A", "I"], ["value", "low", "high", "count"]].isna().all(axis=None)


def test_a_picture_has_no_number_for_a_withheld_figure():
    found = wb.rates(by_sector(), by=["nace1"])
    cells = [
        str(cell)
        for source in found.chart().select({"type": ColumnDataSource})
        for column in source.data.values()
        for cell in np.ravel(np.array(list(column), dtype=object))
    ]
    assert len(cells) > 20
    assert not [cell for cell in cells for number in hidden_numbers() if cell.startswith(number)]


def test_a_finding_that_is_kept_or_sent_leaves_what_was_withheld_behind():
    found = wb.rates(by_sector(), by=["nace1"])
    again = pickle.loads(pickle.dumps(found))
    assert again.frame.equals(found.frame)
    assert again.protection is None and found.protection is not None


def test_sums_to_which_one_person_may_contribute_most_are_not_shown():
    rows = pd.DataFrame({"nace": list("AC"), "year": 2023, "days_lost": [900.0, 800.0], "records": [30.0, 40.0]})
    measures = {name: Measure(name, name) for name in ("days_lost", "records")}
    margins = {"m": {"dims": ["nace", "year"], "measures": list(measures)}}
    cube = build.from_published("records", rows.assign(flag="", margin="m"), margins, measures, source=origin())
    with pytest.raises(Refused, match="Sums of days_lost of persons are not shown"):
        wb.counts(cube, by=["nace1"], measure="days_lost")


# --- why


def test_why_says_the_rule_and_the_nearest_question_that_shows_the_group_without_its_figure():
    cube = of_records(records())
    found = wb.counts(cube, by=["nuts3", "nace1"])
    withheld = found.frame[found.frame["state"] == "withheld"].iloc[0]
    answer = found.why((withheld["nuts3"], withheld["nace1"]))
    assert answer.rule in ("few", "linked")
    assert answer.by is not None and len(answer.by) <= 2
    coarser = wb.counts(cube, answer.selection, by=answer.by)
    assert coarser.frame["count"].notna().any()
    assert "Nearest question that shows its group" in str(answer)


def test_why_names_the_rule_of_each_row_by_its_place_or_code():
    found = wb.rates(by_sector(), by=["nace1"])
    assert found.why("A").rule == found.why(0).rule == "few"
    assert found.why("C").rule == ""
    assert "fewer than 10 records" in found.why("A").sentence


def test_why_of_a_row_that_is_not_there_names_those_there_are():
    with pytest.raises(UnknownName, match="'Z' is not a known row of this finding"):
        wb.rates(by_sector(), by=["nace1"]).why("Z")


def test_why_asks_nothing_that_the_session_remembers():
    cube = of_records(records())
    found = wb.counts(cube, by=["nuts3", "nace1"])
    withheld = found.frame[found.frame["state"] == "withheld"].iloc[0]
    found.why((withheld["nuts3"], withheld["nace1"]))
    again = wb.counts(cube, by=["nuts3", "nace1"])
    assert again.frame.equals(found.frame)


def test_published_figures_have_nothing_to_explain():
    source = origin()
    cube = replace(by_sector(), source=replace(source, dataset=replace(source.dataset, sensitivity="aggregate")))
    assert "not about single persons" in wb.rates(cube, by=["nace1"]).why(0).sentence
