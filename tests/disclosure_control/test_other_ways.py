"""Cell keys, controlled rounding and differential privacy: what each promises, tried against an attacker."""

import sys

import numpy as np
import pandas as pd
import pytest

from workbench.disclosure_control import cell_keys, noise
from workbench.disclosure_control.cell_keys import noise_table, perturbed_counts, record_keys
from workbench.disclosure_control.microdata import anonymity_of, coarsened
from workbench.disclosure_control.noise import noisy_counts, spend
from workbench.disclosure_control.rounding import rounded
from workbench.disclosure_control.tables import table_of, tree
from workbench.terms.errors import NotAvailable, Refused


@pytest.fixture
def secret(monkeypatch):
    monkeypatch.setenv(cell_keys.SECRET, "a secret of tests, of 16 or more")


def records(n: int = 2000, seed: int = 1) -> pd.DataFrame:
    chance = np.random.default_rng(seed)
    return pd.DataFrame(
        {"nace": chance.choice(list("ACF"), n), "sex": chance.choice(list("MF"), n), "age": chance.integers(18, 66, n)}
    )


# --- cell keys


def test_only_the_groups_and_their_noisy_counts_come_out(secret, capsys):
    data = records()
    found = perturbed_counts(data, ["nace", "sex"], record_keys(data))
    assert list(found.columns) == ["nace", "sex", "count"]
    exact = data.groupby(["nace", "sex"]).size()
    apart = found.set_index(["nace", "sex"])["count"].astype(float) - exact
    assert apart.abs().max() <= cell_keys.NOISE and apart.abs().max() > 0
    assert capsys.readouterr().out == ""


def test_the_same_persons_by_two_ways_have_the_same_number(secret):
    data = records()
    keys = record_keys(data)
    men = (data["sex"] == "M").to_numpy()
    by_sex = perturbed_counts(data, ["sex"], keys).set_index("sex")["count"]["M"]
    alone = perturbed_counts(data[men], [], keys[men])["count"].iloc[0]
    shuffled = data.sample(frac=1, random_state=3)
    again = perturbed_counts(shuffled, ["sex"], record_keys(shuffled)).set_index("sex")["count"]["M"]
    assert by_sex == alone == again


def test_records_that_say_the_same_have_different_keys_and_another_secret_gives_others(secret, monkeypatch):
    data = pd.DataFrame({"nace": ["F"] * 200, "sex": "M"})
    keys = record_keys(data)
    assert len(set(keys)) > 100
    monkeypatch.setenv(cell_keys.SECRET, "another secret of sixteen letters")
    assert (record_keys(data) != keys).mean() > 0.9


def test_whether_a_difference_is_of_one_person_is_guessed_hardly_better_than_by_chance():
    """10,000 pairs of groups that differ by one person or by two; the best guess from the two numbers shown."""
    chance, table = np.random.default_rng(5), noise_table()
    added = table.pivot(index="pcv", columns="ckey", values="pvalue").to_numpy()
    n = 10_000
    size, key, apart = chance.integers(20, 400, n), chance.integers(0, 256, n), chance.integers(1, 3, n)
    other_key = (key + chance.integers(0, 256, n)) % 256  # the keys of one or two further persons
    shown = (size + apart + added[size + apart - 1, other_key]) - (size + added[size - 1, key])
    half = n // 2
    guesses = {}
    for value in np.unique(shown):  # learnt from one half of the pairs, tried on the other
        ones = (apart[:half][shown[:half] == value] == 1).mean() if (shown[:half] == value).any() else 0
        guesses[value] = 1 if ones > 0.5 else 2
    right = np.mean([guesses[value] == true for value, true in zip(shown[half:], apart[half:], strict=True)])
    assert right <= 1.1 * 0.5


def test_noise_is_as_often_up_as_down_and_the_same_for_every_count():
    table = noise_table()
    first = table[table["pcv"] == 1]["pvalue"]
    assert abs(first.mean()) < 0.1
    assert table.groupby("pcv")["pvalue"].apply(tuple).nunique() == 1
    assert first.value_counts().between(19, 20).all()


def test_counts_under_the_minimum_are_missing(secret):
    data = pd.concat([records(400), pd.DataFrame({"nace": ["Q"] * 2, "sex": "F", "age": 30})])
    found = perturbed_counts(data, ["nace"], record_keys(data)).set_index("nace")["count"]
    assert pd.isna(found["Q"]) and found.drop("Q").notna().all()


def test_cell_keys_without_a_secret_are_refused(monkeypatch):
    monkeypatch.setenv(cell_keys.SECRET, "short")
    with pytest.raises(NotAvailable, match="WORKBENCH_CELL_KEY"):
        record_keys(records(10))


@pytest.mark.parametrize(
    ("module", "call"),
    [
        (
            "cell_key_perturbation.create_perturbed_table",
            lambda: perturbed_counts(records(5), ["sex"], np.zeros(5, int)),
        ),
        ("opendp.prelude", lambda: noisy_counts(np.array([5]), 1.0)),
    ],
)
def test_a_package_that_is_not_installed_is_answered_with_the_line_to_type(monkeypatch, module, call):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotAvailable, match=r'pip install "osh-workbench\[privacy\]"'):
        call()


# --- rounding


@pytest.mark.parametrize("base", [3, 5])
def test_rounded_counts_add_up_and_lie_next_to_the_true_ones(base, made_table):
    table = made_table((6, 4), 12, 1)
    found = rounded(table, base)
    assert (found % base == 0).all()
    assert np.abs(found - table.counts).max() < base
    assert (table_of(table.trees, found[1:, 1:]).counts == found).all()
    assert (found[table.counts % base == 0] == table.counts[table.counts % base == 0]).all()


def test_the_rounding_is_the_nearest_that_adds_up():
    found = rounded(table_of([tree("abc")], np.array([1, 1, 1])), 3)
    assert found[0] == 3 and sorted(found[1:]) == [0, 0, 3]  # three ones are a three: one of them has to be it


def test_other_bases_are_refused(made_table):
    with pytest.raises(Refused, match="multiples of 3 or 5, not 7"):
        rounded(made_table((3,), 9, 1), 7)


# --- differential privacy


def test_noisy_counts_are_off_by_about_one_over_epsilon():
    apart = noisy_counts(np.full(4000, 1000), 0.5) - 1000
    assert abs(apart.mean()) < 0.3
    assert 1.7 < np.abs(apart).mean() < 2.3  # discrete Laplace of scale 2: about 1.96


def test_a_group_spends_its_budget_once():
    spend("ab", [("ITF6", [2023])], 0.6)
    two = [("ITF6", [2023]), ("ITG1", [2023])]
    with pytest.raises(Refused, match="ITF6, 2023, has 0.4 left of its privacy budget of 1"):
        spend("ab", two, 0.5)
    assert [line.epsilon for line in spend("ab", two, 0.4)] == [1.0, 0.4]  # nothing was taken
    spend("ab", [("ITF6", [2024])], 1.0)
    spend("cd", [("ITF6", [2023])], 1.0)
    with pytest.raises(Refused, match="ITF6, 2023, has 0 left"):
        spend("ab", [("ITF6", [2023, 2025])], 0.1)


def test_a_damaged_ledger_is_not_an_empty_one():
    spend("ab", [("ITF6", [2023])], 0.6)
    path = noise.home() / noise.NAME
    path.write_text("{")
    with pytest.raises(Refused, match="cannot be read: no noisy counts are made"):
        spend("ab", [("ITF6", [2023])], 0.1)


# --- records


def test_anonymity_counts_who_is_alone_and_what_is_alike():
    data = pd.DataFrame({"nuts": ["ITF61"] * 3 + ["ITF62"], "sex": list("MMFM"), "severity": ["NFAT"] * 4})
    found = anonymity_of(data, ["nuts", "sex"], minimum=2)
    assert (found.k, found.unique, found.under, found.groups, found.persons) == (1, 2, 2, 3, 4)
    assert found.diversity == {"severity": 1}
    assert "all alike in severity" in str(found)


def test_coarser_places_and_times_hide_persons():
    data = pd.DataFrame(
        {"nuts": ["ITF61", "ITF62"], "date": pd.to_datetime(["2023-03-05", "2023-02-11"]), "sex": ["M", "M"]}
    )
    assert anonymity_of(data, ["nuts", "date"]).k == 1
    coarser = coarsened(data, place=2, time="quarter")
    assert coarser["nuts"].tolist() == ["ITF6", "ITF6"]
    assert anonymity_of(coarser, ["nuts", "date"]).k == 2
    assert data["nuts"].tolist() == ["ITF61", "ITF62"]


@pytest.mark.parametrize("keys", [[], ["shoe size"]])
def test_keys_that_are_no_columns_are_answered_with_the_columns(keys):
    with pytest.raises(Refused, match="nace, sex, age"):
        anonymity_of(records(5), keys)
