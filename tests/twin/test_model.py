"""The model behind the synthetic twin: calibrated to published totals, drawn exactly, true to what is planted."""

import json
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench import esaw
from workbench.terms.codes import codelist
from workbench.twin import draw_cells, exposure, margins, rates, synthesise
from workbench.twin.alias import alias
from workbench.twin.causes import CHAINS, PATTERN_SHARE, chain_shares
from workbench.twin.cells import draw_counts
from workbench.twin.margins import COUNTRIES, SECTIONS, YEARS
from workbench.twin.regions import REGIONS
from workbench.twin.truth import truth

ROWS, SEED = 60_000, 5


def by_section_of(year):
    """Expected counts (section x severity, all weights applied) and workers of one year."""
    y = YEARS.index(year)
    return rates.expected_accidents()[y].sum(axis=(0, 2, 3)), exposure.employed()[y].sum(axis=(0, 2, 3))


# Calibration


def test_the_expected_totals_are_the_published_ones():
    for figure in truth(1_000_000, 1)["published"]:
        assert figure["expected"] == pytest.approx(figure["value"], rel=1e-9), figure["name"]
        assert figure["source"]


def test_non_fatal_accidents_are_between_2_9_and_3_1_million_a_year_but_for_the_pandemic():
    for year in (y for y in YEARS if y >= margins.LATE_SECTIONS_FROM):
        accidents = by_section_of(year)[0][:, 0].sum()
        low, high = (2.5e6, 2.9e6) if year in rates.PANDEMIC else (2.88e6, 3.13e6)
        assert low < accidents < high, year


def test_about_3300_die_every_year():
    for year in (y for y in YEARS if y >= margins.LATE_SECTIONS_FROM):
        assert by_section_of(year)[0][:, 1].sum() == pytest.approx(3_300, rel=0.08), year


def test_two_thirds_of_the_injured_are_men():
    men, women = rates.expected_accidents()[..., 0].sum(axis=(0, 1, 2, 4))
    assert 0.64 < men / (men + women) < 0.70


def test_construction_has_the_highest_non_fatal_rate_and_mining_the_highest_fatal_rate():
    accidents, workers = by_section_of(2018)
    non_fatal, fatal = (pd.Series(100_000 * accidents[:, n] / workers, index=list(SECTIONS)) for n in (0, 1))
    assert non_fatal.idxmax() == "F" and non_fatal["F"] == pytest.approx(3_319)
    assert fatal.idxmax() == "B" and fatal["B"] == pytest.approx(9.5)


def test_about_190_to_205_million_are_employed_where_all_sections_are_covered():
    for year in YEARS:
        employed = exposure.employed()[YEARS.index(year)].sum()
        low, high = (189e6, 205e6) if year >= margins.LATE_SECTIONS_FROM else (125e6, 145e6)
        assert low < employed < high, year


def test_the_pandemic_leaves_a_dip():
    totals = dict(zip(YEARS, rates.expected_accidents()[..., 0].sum(axis=(1, 2, 3, 4)), strict=True))
    assert totals[2020] < 0.9 * totals[2019] < 0.9 * 1.05 * totals[2022]


def test_every_figure_of_the_margins_has_its_codes():
    assert set(SECTIONS) <= set(codelist("nace").at_level(1))
    assert set(SECTIONS) == set(codelist("nace").at_level(1)) - set(esaw.scope.NOT_LISTED)
    union = {code for code in codelist("nuts").at_level(2) if code[:2] in COUNTRIES}
    assert set(REGIONS) == union
    assert len(COUNTRIES) == 27
    assert set(margins.LATE_SECTIONS) == set(esaw.scope.LATER)
    assert set(PATTERN_SHARE) == set(SECTIONS)
    assert {word for words in PATTERN_SHARE.values() for word in words.split()[::2]} == {
        chain.pattern for chain in CHAINS
    }


def test_every_country_sends_one_of_three_and_one_of_two():
    nobody = margins.SENDS_NO_ENVIRONMENT & margins.SENDS_NO_PROCESS & margins.SENDS_NO_ACTIVITY
    assert not nobody and not margins.SENDS_NO_AGENT_OF_DEVIATION & margins.SENDS_NO_AGENT_OF_CONTACT


def test_shares_of_chains_sum_to_one_and_every_chain_happens_somewhere():
    shares = chain_shares()
    assert np.allclose(shares.sum(axis=-1), 1)
    assert (shares.reshape(-1, len(CHAINS)).max(axis=0) > 0).all()


# Exposure


def test_regions_keep_their_share_of_a_stratum_over_the_years():
    cells = exposure.employed()
    french = [i for i, region in enumerate(REGIONS) if region[:2] == "FR"]
    stratum = cells[:, french][:, :, list(SECTIONS).index("G"), 0, 2]
    shares = stratum / stratum.sum(axis=1, keepdims=True)
    assert np.abs(shares - shares[0]).max() < 0.001


def test_the_exposure_has_no_section_before_it_is_covered_and_no_empty_cell():
    found = exposure.frame()
    late = found[found["nace1"].isin(margins.LATE_SECTIONS)]
    assert late["year"].min() == 2013
    assert (found["employed"] > 0).all() and not found.duplicated(list(exposure.AXES)).any()
    assert found["employed"].sum() == exposure.employed().sum()


def test_nothing_happens_where_nobody_works():
    assert (rates.expected_records()[exposure.employed() == 0] == 0).all()


# Drawing


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.integers(0, 1_000), min_size=7, max_size=7).filter(any), min_size=1, max_size=4))
def test_alias_tables_hold_exactly_the_shares_they_were_made_from(weights):
    weights = np.array(weights, dtype=float)
    tables = alias(weights)
    keep, other = tables.keep.reshape(weights.shape), tables.other.reshape(weights.shape)
    held = keep.copy()
    for group, place in product(range(len(weights)), range(tables.size)):
        held[group, other[group, place]] += 1 - keep[group, place]
    assert np.allclose(held / tables.size, weights / weights.sum(axis=1, keepdims=True), atol=1e-12)
    assert (held[weights == 0] == 0).all()


def test_alias_draws_from_the_distribution_of_each_record_s_group():
    tables, groups = alias([[1, 0, 3], [0, 1, 0]]), np.array([0, 1] * 50_000)
    drawn = tables.draw(groups, np.random.default_rng(3), len(groups))
    assert set(drawn[groups == 1]) == {1}
    assert np.mean(drawn[groups == 0] == 2) == pytest.approx(0.75, abs=0.006)


@pytest.mark.parametrize("shares", [[[0.0, 0.0]], [[1.0, -1.0]]])
def test_alias_refuses_what_is_no_distribution(shares):
    with pytest.raises(ValueError, match="must not be negative, and each group needs a positive one"):
        alias(shares)


def test_drawn_cells_add_up_and_weigh_what_their_country_says():
    cells = draw_cells(ROWS, SEED)
    assert cells["records"].sum() == ROWS
    fatal, irish = cells["severity"] == "FAT", cells["nuts2"].str[:2] == "IE"
    assert (cells.loc[fatal, "accidents"] == cells.loc[fatal, "records"]).all()
    assert (cells.loc[irish & ~fatal, "accidents"] == 3 * cells.loc[irish & ~fatal, "records"]).all()


def test_counts_scatter_around_their_expected_values_as_poisson_counts_do():
    expected = rates.expected_records()
    large = expected * (1_000_000 / expected.sum()) > 5
    counts, mean = draw_counts(1_000_000, 11)[large], expected[large] * (1_000_000 / expected.sum())
    assert np.mean((counts - mean) ** 2 / mean) == pytest.approx(1, abs=0.03)


# Truth


def planted(name):
    (found,) = [t for t in truth(ROWS, SEED)["truths"] if t["name"] == name]
    return found, {e["name"]: e for e in found["estimands"]}


def test_the_truth_explains_every_key_it_has():
    told = truth(ROWS, SEED)
    assert set(told["schema"]) - {"estimand", "scale"} == set(told) - {"schema", "notice"}
    for estimand in (e for t in told["truths"] for e in t["estimands"]):
        assert set(estimand) - {"name"} <= set(told["schema"]["estimand"])
    assert json.loads(json.dumps(told)) == json.loads(json.dumps(truth(ROWS, SEED)))


def expected_cells():
    """Expected non-fatal records and workers as a tidy table, put together here once more."""
    axes = [
        np.array(codes)[i.ravel()]
        for codes, i in zip(exposure.AXES.values(), np.indices(exposure.employed().shape), strict=True)
    ]
    cells = pd.DataFrame(dict(zip(exposure.AXES, axes, strict=True)))
    cells = cells.assign(
        nuts0=cells["nuts2"].str[:2],
        workers=exposure.employed().ravel(),
        cases=rates.expected_records()[..., 0].ravel(),
    )
    return cells[cells["workers"] > 0]


@pytest.fixture(scope="module")
def expected():
    return expected_cells()


def rate(cells):
    return cells["cases"].sum() / cells["workers"].sum()


def chosen(cells, where, years):
    """The cells that an estimand's `where` or `against` names."""
    for dim, codes in where.items():
        if dim == "except":
            for other, left_out in codes.items():
                cells = cells[~cells[other].isin(left_out)]
        elif dim != "severity":
            cells = cells[cells[dim].isin(codes)]
    return cells[cells["year"].between(*years)]


@pytest.mark.parametrize("name", ["region_excess", "sector_excess"])
def test_crude_figures_are_those_of_the_expected_cells(expected, name):
    estimands = planted(name)[1]
    crude, level = estimands["crude"], estimands["rate"]
    here, there = (chosen(expected, crude[part], crude["years"]) for part in ("where", "against"))
    assert rate(here) / rate(there) == pytest.approx(crude["value"], rel=1e-8)
    assert 100_000 * rate(chosen(expected, level["where"], level["years"])) == pytest.approx(level["value"], rel=1e-8)


def test_the_region_s_excess_is_the_planted_one_in_every_stratum(expected):
    adjusted = planted("region_excess")[1]["adjusted"]
    here, there = (
        chosen(expected, adjusted[part], adjusted["years"])
        .groupby(list(adjusted["adjusted_for"]))[["cases", "workers"]]
        .sum()
        for part in ("where", "against")
    )
    ratio = (here["cases"] / here["workers"]) / (there["cases"] / there["workers"])
    assert ratio.dropna().to_numpy() == pytest.approx(adjusted["value"], rel=1e-9)
    assert len(ratio.dropna()) > 2_000


def test_the_section_s_excess_is_the_planted_one_against_all_other_countries(expected):
    """Ratio of ratios: the section over another, in the country over elsewhere, at the same sex, age and year."""
    found, estimands = planted("sector_excess")
    section, home = found["parameters"]["nace1"], found["parameters"]["nuts0"]
    cells = expected[(expected["nace1"].isin([section, "C"])) & expected["nuts2"].isin(["DE30", "ITC4", "PL91"])]
    cells = cells.assign(rate=cells["cases"] / cells["workers"]).pivot_table(
        index=["sex", "age_group", "year"], columns=["nuts0", "nace1"], values="rate"
    )
    over_c = {c: cells[c, section] / cells[c, "C"] for c in (home, "IT", "PL")}
    for elsewhere in ("IT", "PL"):
        ratio = (over_c[home] / over_c[elsewhere]).dropna().to_numpy()
        assert ratio == pytest.approx(estimands["interaction"]["value"], rel=1e-9)


def test_the_rate_of_every_cell_changes_as_planted(expected):
    estimands = planted("annual_change")[1]
    cells = expected[expected["nace1"].isin(estimands["before"]["where"]["nace1"])]
    cells = cells.assign(rate=cells["cases"] / cells["workers"])
    wide = cells.pivot(index=["nuts2", "nace1", "sex", "age_group"], columns="year", values="rate").dropna()
    for estimand in estimands.values():
        first, last = estimand["years"]
        years = [y for y in range(first, last + 1) if y not in estimand["years_left_out"]]
        for one, next_one in zip(years, years[1:], strict=False):
            change = 100 * ((wide[next_one] / wide[one]) ** (1 / (next_one - one)) - 1)
            assert change.to_numpy() == pytest.approx(estimand["value"], abs=1e-9)


def test_the_planted_cause_has_the_share_it_says(tmp_path):
    """In a large sample of one section, within four standard errors."""
    share = planted("cause_pattern")[1]["share"]
    found = pd.read_parquet(
        synthesise(300_000, 9, tmp_path / "t.parquet"),
        columns=["economic_activity", "deviation", "contact_mode", "days_lost"],
    )
    of_section = found["economic_activity"].str[:2].isin(["49", "50", "51", "52", "53"])
    hits = (found["deviation"] == "42") & (found["contact_mode"] == "63")
    inside, outside = (hits[of & (found["days_lost"] != "998")] for of in (of_section, ~of_section))
    assert inside.mean() == pytest.approx(share["value"], abs=4 * np.sqrt(share["value"] / len(inside)))
    ratio = planted("cause_pattern")[1]["against_other_sections"]["value"]
    assert inside.mean() / outside.mean() == pytest.approx(ratio, rel=0.1)


def test_every_planted_effect_is_one_that_can_be_seen():
    for name, which, least in (
        ("region_excess", "crude", 1.3),
        ("sector_excess", "crude", 1.3),
        ("cause_pattern", "against_other_sections", 3),
    ):
        assert planted(name)[1][which]["value"] > least


def test_people_that_all_share_cannot_be_written_over():
    with pytest.raises(ValueError, match="read-only"):
        exposure.employed()[:] = 0
