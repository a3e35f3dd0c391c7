"""The twin's people by size of the enterprise and by occupation: the same people, relative risks that are known."""

import numpy as np
import pandas as pd
import pytest

from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.places import bundled
from workbench.twin import exposure
from workbench.twin.bundled import EMPLOYED, FURTHER_MARGINS
from workbench.twin.finer import finer_cells
from workbench.twin.further_margins import RISK_BY_OCCUPATION, RISK_BY_SIZE, expected_by, people_by
from workbench.twin.rates import expected_records
from workbench.twin.truth import truth

DATA = bundled("catalogs") / "data"
ROWS, SEED = 200_000, 11
RISKS = [pytest.param(risk, id=risk.dimension) for risk in (RISK_BY_SIZE, RISK_BY_OCCUPATION)]
TRUTHS = {"size": "enterprise_size", "isco1": "occupation"}


def estimands(risk):
    (found,) = [t for t in truth(ROWS, SEED)["truths"] if t["name"] == TRUTHS[risk.dimension]]
    return {e["name"]: e for e in found["estimands"]}


@pytest.mark.parametrize("name", FURTHER_MARGINS)
def test_the_people_of_a_further_margin_are_those_of_the_exposure_in_every_region_section_and_year(name):
    strata = ["nuts2", "nace1", "year"]
    by_code, people = (pd.read_parquet(DATA / file).groupby(strata)["employed"].sum() for file in (name, EMPLOYED))
    assert by_code.equals(people.astype(by_code.dtype))


@pytest.mark.parametrize("risk", RISKS)
def test_whole_persons_are_shared_out_and_none_is_negative(risk):
    people = people_by(risk)
    assert people.dtype == np.int64 and people.min() == 0
    assert (people.sum(axis=-1) == exposure.employed().sum(axis=(3, 4))).all()


@pytest.mark.parametrize("risk", RISKS)
def test_rates_have_the_stated_ratios_in_every_region_section_and_year(risk):
    """But for whole persons: half of one in 5,000 is a hundredth of a per cent, of both codes of a ratio."""
    cases, people = expected_by(risk), people_by(risk)
    at = list(risk.ratios).index(risk.reference)
    large = (people >= 5_000) & (people[..., [at]] >= 5_000)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = cases / people
        ratios = rates / rates[..., [at]] * risk.ratios[risk.reference]
    stated = np.broadcast_to([*risk.ratios.values()], ratios.shape)
    assert ratios[large] == pytest.approx(stated[large], rel=4e-4)
    assert large.sum() > 50_000


@pytest.mark.parametrize("risk", RISKS)
def test_the_records_are_those_of_the_twin_whatever_they_are_divided_by(risk):
    assert expected_by(risk).sum(axis=-1) == pytest.approx(expected_records()[..., 0].sum(axis=(3, 4)), rel=1e-12)


@pytest.mark.parametrize("risk", RISKS)
def test_drawn_records_have_the_sizes_and_occupations_that_are_expected(risk):
    dims = [DIMENSIONS[name] for name in ("nace1", risk.dimension, "severity")]
    cells = finer_cells(ROWS, SEED, dims).to_pandas()
    drawn = cells[cells["severity"] == "D_GE4"].pivot_table(
        index="nace", columns=dims[1].axis, values="records", aggfunc="sum", observed=True
    )
    expected = expected_by(risk).sum(axis=(0, 1)) * estimands_scale()
    counted = drawn.reindex(index=exposure.AXES["nace1"], columns=list(risk.ratios)).fillna(0).to_numpy()
    some = expected > 0
    assert (counted[~some] == 0).all()
    assert np.sum((counted[some] - expected[some]) ** 2 / expected[some]) < some.sum() + 4 * np.sqrt(2 * some.sum())


def estimands_scale():
    return truth(ROWS, SEED)["twin"]["scale"]


@pytest.mark.parametrize("risk", RISKS)
def test_the_truth_states_each_ratio_and_each_rate(risk):
    found, cases, people = estimands(risk), expected_by(risk), people_by(risk)
    for at, code in enumerate(risk.ratios):
        rate = 100_000 * cases[..., at].sum() / people[..., at].sum()
        assert found[f"rate_{code}"]["value"] == pytest.approx(rate, rel=1e-9)
        if code != risk.reference:
            ratio = risk.ratios[code] / risk.ratios[risk.reference]
            assert found[f"adjusted_{code}"]["value"] == pytest.approx(ratio, rel=1e-9)
    assert len(found) == 2 * len(risk.ratios) - 1


def test_the_structure_of_the_people_is_of_the_order_that_is_said():
    sizes, occupations = (people_by(risk).sum(axis=(0, 1, 2)) for risk in (RISK_BY_SIZE, RISK_BY_OCCUPATION))
    by_size, by_occupation = sizes / sizes.sum(), occupations / occupations.sum()
    assert by_size[1] == pytest.approx(0.18, abs=0.005) and by_size[4:].sum() == pytest.approx(0.36, abs=0.005)
    assert by_occupation[2:4].sum() == pytest.approx(0.30, abs=0.007)
    assert by_occupation[9] == pytest.approx(0.14, abs=0.005)
