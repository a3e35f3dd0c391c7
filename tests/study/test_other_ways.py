"""Rounding, cell keys and noise as a way to see a table: a group has one number by whatever question."""

import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench import store
from workbench.cubes import build
from workbench.disclosure_control import cell_keys
from workbench.sources.catalog import catalog
from workbench.study.data import Origin
from workbench.terms.errors import NotAvailable, Refused

DIMS = ("nuts3", "nace1", "sex", "year")
WAYS = {"round": {"base": 5}, "cell_keys": {}, "noise": {"epsilon": 0.5}}


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv(cell_keys.SECRET, "a secret of tests, of 16 or more")


def records(n: int = 700, seed: int = 1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "nuts": chance.choice(["ITF61", "ITF63", "ITF65"], n, p=[0.6, 0.3, 0.1]),
            "nace": chance.choice(list("ACFG"), n, p=[0.04, 0.5, 0.36, 0.1]),
            "sex": chance.choice(["M", "F"], n, p=[0.9, 0.1]),
            "year": chance.choice([2020, 2021], n),
        }
    )


@pytest.fixture
def cube():
    """Records in the store, as an entry of the catalogue has them."""
    store.write("ways", iter([records()]), name="ways", parameters={}, finish=lambda _rows: ({}, {}))
    dataset = replace(catalog()["inail_records"], exposure=None, defaults={}, breaks=(), notes=(), event="")
    provenance = {"way": "test", "coverage": "full", "sha256": ["ways"]}
    source = Origin(dataset=dataset, provenance=provenance, tables=("ways",))
    return build.from_rows("records", store.rows("ways"), DIMS, source=source)


def counts(cube, kind: str, selection=None, by=()) -> dict:
    """What a way shows, by codes."""
    with wb.disclosure(kind, **WAYS[kind]):
        frame = wb.counts(cube, selection, by=list(by)).frame
    return {tuple(map(str, row)): count for *row, count in frame[[*by, "count"]].itertuples(index=False, name=None)}


@pytest.mark.parametrize("kind", WAYS)
def test_the_same_group_has_the_same_number_by_whatever_question(kind, cube, secret):
    by_sex = counts(cube, kind, by=["sex"])
    women = counts(cube, kind, wb.Selection(sexes={"F"}))[()]
    assert by_sex["F",] == women
    divided = counts(cube, kind, wb.Selection(sexes={"F"}), by=["nuts3"])
    finer = counts(cube, kind, by=["nuts3", "sex"])
    assert {code: n for (code, sex), n in finer.items() if sex == "F" and n == n} == {
        code: n for (code,), n in divided.items() if n == n
    }
    assert counts(cube, kind, by=["sex"]) == by_sex


@pytest.mark.parametrize("kind", WAYS)
def test_counts_are_near_the_true_ones_and_the_finding_says_what_was_done(kind, cube, secret):
    true = records().groupby("nace").size()
    with wb.disclosure(kind, **WAYS[kind]):
        found = wb.counts(cube, by=["nace1"])
    shown = found.frame.set_index("nace1")["count"].dropna()
    assert (shown - true[shown.index]).abs().max() <= (40 if kind == "noise" else 6)
    assert (shown != true[shown.index]).any()
    words = {"round": "rounded to multiples of 5", "cell_keys": "by cell keys", "noise": "epsilon 0.5 of a budget of 1"}
    assert words[kind] in " ".join(found.notes)
    assert found.to_dict()["withheld"] == int(found.frame["count"].isna().sum())


def test_rounded_counts_add_up_over_questions(cube):
    with wb.disclosure("round", base=3):
        table = wb.counts(cube, by=["nuts3", "nace1"]).frame
        by_sector = wb.counts(cube, by=["nace1"]).frame.set_index("nace1")["count"]
        everybody = wb.counts(cube).frame["count"].iloc[0]
    assert (table["count"] % 3 == 0).all()
    assert (table.groupby("nace1", observed=True)["count"].sum() == by_sector).all()
    assert by_sector.sum() == everybody


def test_rates_are_those_of_the_counts_that_are_shown(cube):
    people = wb.table(pd.DataFrame({"sex": ["M", "F"] * 2, "year": [2020, 2020, 2021, 2021], "employed": 10_000}))
    with wb.disclosure("round"):
        frame = wb.rates(cube, by=["sex"], exposure=people.cube).frame
    assert (frame["count"] % 5 == 0).all()
    assert np.allclose(frame["value"], frame["count"] / frame["exposure"] * 100_000)
    assert (frame["low"] < frame["value"]).all()


def test_noise_is_paid_for_once_and_refused_when_nothing_is_left(cube):
    with wb.disclosure("noise", epsilon=0.6):
        first = wb.counts(cube, by=["nace1"])
        assert wb.counts(cube, by=["nace1"]).frame.equals(first.frame)
    with wb.disclosure("noise", epsilon=0.5), pytest.raises(Refused, match="has 0.4 left of its privacy budget of 1"):
        wb.counts(cube, by=["nace1"])


def test_data_that_left_in_one_way_do_not_leave_in_another(cube, tmp_path):
    with wb.disclosure("round"):
        wb.counts(cube, by=["nace1"]).to_csv(tmp_path / "rounded.csv")
    with pytest.raises(Refused, match=r"released before by round5 \(line 1 .*figures by withholding"):
        wb.counts(cube, by=["sex"]).to_csv(tmp_path / "withheld.csv")
    with wb.disclosure("round"):
        wb.counts(cube, by=["sex"]).to_csv(tmp_path / "again.csv")
    assert [(line.method, line.left) for line in wb.releases()] == [("round5", True), ("", False), ("round5", True)]
    assert not (tmp_path / "withheld.csv").exists()


def test_a_model_is_not_fitted_to_other_counts_in_silence(cube):
    people = wb.table(
        pd.DataFrame([(s, n, y, 900) for s in "MF" for n in "ACFG" for y in (2020, 2021)],
                     columns=["sex", "nace", "year", "employed"])
    )  # fmt: skip
    with wb.disclosure("round"), pytest.raises(Refused, match="for tables of counts and crude rates"):
        wb.regression(cube, terms="sex + nace1 + C(year)", exposure=people.cube)
    with wb.disclosure("round"), pytest.raises(Refused, match="for tables of counts and crude rates"):
        wb.control(cube, wb.Selection(sexes={"F"}), share_of=wb.Selection())


def test_cell_keys_need_records(secret):
    made = replace(build.from_table(records(), DIMS), source=Origin(dataset=catalog()["inail_records"], provenance={}))
    with wb.disclosure("cell_keys"), pytest.raises(Refused, match="need the records themselves"):
        wb.counts(made, by=["nace1"])


@pytest.mark.parametrize(
    ("kind", "module"), [("cell_keys", "cell_key_perturbation.create_perturbed_table"), ("noise", "opendp.prelude")]
)
def test_a_missing_extra_is_answered_with_the_line_to_type(kind, module, cube, secret, monkeypatch):
    monkeypatch.setitem(sys.modules, module, None)
    line = r'pip install "osh-workbench\[privacy\]"'
    with wb.disclosure(kind, **WAYS[kind]), pytest.raises(NotAvailable, match=line):
        wb.counts(cube, by=["nace1"])


@pytest.mark.parametrize(("kind", "options"), [("round", {"base": 7}), ("noise", {}), ("noise", {"epsilon": -1.0})])
def test_a_way_that_is_not_there_is_refused(kind, options):
    with pytest.raises(Refused, match=r"3 or 5|epsilon=0\.5"):
        wb.disclosure(kind, **options)
    assert "is on" in repr(wb.disclosure("on"))
