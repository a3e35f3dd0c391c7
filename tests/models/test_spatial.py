"""Patterns on a map: blood groups in Ireland, esda, permutations with a seed, islands, false discoveries, refusals."""

import warnings
from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from workbench.models.neighbours import listed_neighbours
from workbench.models.spatial import geary, global_g, moran, residual_moran
from workbench.models.spatial_local import local_g, local_moran
from workbench.terms.errors import ModelError

# blood group A in 26 Irish counties, Cliff & Ord (1973), R package spData; id, value: neighbours
IRELAND = """1 34.2: 9 10 11 25 26; 2 29.68: 12 14 17 18 24; 3 26.54: 7 13 22; 4 23.92: 8 13 22 23; 5 27.91: 12; 6
32.79: 9 17 26; 7 26.53: 3 16 19 20 22; 8 25.14: 4 13; 9 30.69: 1 6 11 17 19 26; 10 31.41: 1 11 22 23 25; 11 28.38:
1 9 10 19 22; 12 28.84: 2 5 14 20 21; 13 28.24: 3 4 8 22; 14 28.57: 2 12 20 24; 15 31.02: 17 18; 16 27.01: 7 20 21;
17 30.68: 2 6 9 15 18 19 24; 18 28.24: 2 15 17; 19 30.18: 7 9 11 17 20 22 24; 20 27.96: 7 12 14 16 19 21 24; 21
27.32: 12 16 20; 22 30.24: 3 4 7 10 11 13 19 23; 23 31.04: 4 10 22 25; 24 29.82: 2 14 17 19 20; 25 35.86: 1 10 23
26; 26 35.47: 1 6 9 25"""
ROWS = [row.split(":") for row in IRELAND.replace("\n", " ").split(";")]
BLOOD = pd.Series({row[0].split()[0]: float(row[0].split()[1]) for row in ROWS})
COUNTIES = listed_neighbours({row[0].split()[0]: row[1].split() for row in ROWS})


def ring(n):
    """Regions in a circle, each with two neighbours on either side."""
    return listed_neighbours({f"r{i}": [f"r{(i + step) % n}" for step in (-2, -1, 1, 2)] for i in range(n)})


def test_morans_i_of_the_irish_counties():
    found = moran(BLOOD, COUNTIES, alternative="greater", permutations=99_999)
    assert (found.value, found.expected) == approx((0.5541238, -0.04), abs=1e-7)
    assert (found.variance, found.variance_normality) == approx((0.0160814, 0.0162309), abs=1e-7)
    assert (found.z, found.p_value) == (approx(4.685061, abs=1e-6), approx(1.399e-6, abs=1e-9))
    assert (found.value - found.expected) / np.sqrt(found.variance_normality) == approx(4.663430, abs=1e-6)
    assert found.pseudo_p == approx(0.00001, abs=0.00005)
    assert moran(BLOOD, COUNTIES, style="binary").value == approx(0.4794476, abs=1e-7)


def test_gearys_c_and_general_g_of_the_irish_counties():
    found = geary(BLOOD, COUNTIES, alternative="less")
    assert (found.value, found.z) == approx((0.3801197, -4.514571), abs=1e-6) and found.pseudo_p <= 0.001
    general = global_g(BLOOD, COUNTIES)
    assert (general.value, general.expected, general.z) == approx((0.1787800, 0.1753846, 1.319886), abs=1e-6)
    assert general.pseudo_p == approx(2 * stats.norm.sf(1.319886), abs=0.03) and np.isnan(general.variance_normality)


def test_local_statistics_of_the_irish_counties():
    found = local_moran(BLOOD, COUNTIES).frame["value"]
    printed = [1.636482, -0.005625, 0.438557, 0.596074, 0.136917, 1.109746]
    assert found.loc["1":"6"].tolist() == approx(printed, abs=1e-6)
    without = local_g(BLOOD, COUNTIES, star=False).frame["value"].loc["1":"6"]
    assert without.tolist() == approx([2.701066, -0.244771, -0.834474, -0.869970, -0.260378, 1.847169], abs=1e-6)
    star = local_g(BLOOD, COUNTIES).frame["value"].loc["1":"6"]
    assert star.tolist() == approx([3.0237, -0.2128, -1.2276, -1.5518, -0.5838, 2.1585], abs=5e-5)


@pytest.fixture(scope="module")
def esda():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # whatever it says of itself while it is imported
        return pytest.importorskip("esda", reason="esda is the second implementation")


@pytest.fixture(scope="module")
def theirs():
    """A map of 60 regions with random mutual neighbours, values, and the same as PySAL weights."""
    weights = pytest.importorskip("libpysal.weights", reason="libpysal is the second implementation")
    generator = np.random.default_rng(5)
    links = {f"r{i}": set() for i in range(60)}
    for one in range(60):
        for two in generator.choice(60, 3, replace=False):
            if one != two:
                links[f"r{one}"].add(f"r{two}")
                links[f"r{two}"].add(f"r{one}")
    graph = listed_neighbours({code: sorted(others) for code, others in links.items()})
    values = pd.Series(generator.gamma(3, 2, 60), list(links))
    return graph, values, weights.W({code: list(others) for code, others in graph.links.items()}, silence_warnings=True)


@pytest.mark.filterwarnings("ignore")  # numba and others that esda would like
@pytest.mark.parametrize(("style", "letter"), [("row", "r"), ("binary", "b")])
def test_global_statistics_agree_with_esda(esda, theirs, style, letter):
    graph, values, w = theirs
    y = values.reindex(w.id_order).to_numpy()
    one, two = moran(values, graph, style=style), esda.Moran(y, w, transformation=letter, permutations=0)
    assert (one.value, one.expected, one.variance, one.z) == approx((two.I, two.EI, two.VI_rand, two.z_rand))
    assert one.variance_normality == approx(two.VI_norm)
    one, two = geary(values, graph, style=style), esda.Geary(y, w, transformation=letter, permutations=0)
    assert (one.value, one.variance, one.z) == approx((two.C, two.VC_rand, two.z_rand))
    assert one.variance_normality == approx(two.VC_norm)
    if style == "binary":
        one, two = global_g(values, graph), esda.G(y, w, permutations=0)
        assert (one.value, one.expected, one.variance) == approx((two.G, two.EG, two.VG))


@pytest.mark.filterwarnings("ignore")
def test_local_statistics_agree_with_esda(esda, theirs):
    graph, values, w = theirs
    y = values.reindex(w.id_order).to_numpy()
    ours = local_moran(values, graph, permutations=9_999).frame.loc[list(w.id_order)]
    local = esda.Moran_Local(y, w, permutations=9_999, seed=1)
    assert ours["value"].to_numpy() == approx(local.Is * 60 / 59)
    one_sided = local.p_sim  # theirs is one-sided
    assert ours["p_value"].to_numpy() == approx(np.minimum(2 * one_sided, 1), abs=0.03)
    for star in (False, True):
        ours = local_g(values, graph, star=star, permutations=99).frame.loc[list(w.id_order)]
        getis = esda.G_Local(y, w, transform="B", star=star, permutations=99, seed=1)
        assert ours["value"].to_numpy() == approx(getis.Zs)


def test_conditional_p_values_are_those_of_all_deals():
    values, graph = pd.Series([9.0, 7.0, 1.0, 4.0, 2.0, 3.0], [f"r{i}" for i in range(6)]), ring(6)
    found = local_moran(values, graph, permutations=59_999).frame["p_value"]
    others = values.drop("r0")
    total, observed = others.sum(), values[list(graph.links["r0"])].sum()
    sums = np.array([total - left for left in others])  # four of five neighbours: one is left out
    share = min((sums >= observed).mean(), (sums <= observed).mean())
    assert found["r0"] == approx(min(1, 2 * share), abs=0.02)


def test_permutations_repeat_with_their_seed_and_leave_the_global_state_alone():
    np.random.seed(7)
    before = np.random.get_state()[1].copy()
    one, same, other = (moran(BLOOD, COUNTIES, permutations=999, seed=seed) for seed in (3, 3, 4))
    assert one == same and one.pseudo_p == approx(other.pseudo_p, abs=0.01)
    frames = [local_moran(BLOOD, COUNTIES, permutations=999, seed=seed).frame for seed in (3, 3, 4)]
    pd.testing.assert_frame_equal(frames[0], frames[1])
    assert not frames[0]["p_value"].equals(frames[2]["p_value"])
    assert (np.random.get_state()[1] == before).all()


def test_values_are_matched_by_code_and_arguments_stay_as_they_were():
    shuffled = BLOOD.sample(frac=1, random_state=3)
    before = shuffled.copy()
    assert moran(shuffled, COUNTIES).value == approx(moran(BLOOD, COUNTIES).value)
    pd.testing.assert_series_equal(
        local_moran(shuffled, COUNTIES).frame["value"].sort_index(),
        local_moran(BLOOD, COUNTIES).frame["value"].sort_index(),
    )
    pd.testing.assert_series_equal(shuffled, before)


@settings(max_examples=30)
@given(
    st.lists(st.floats(0, 100), min_size=12, max_size=12).filter(lambda v: np.ptp(v) > 0.1),
    st.floats(0.1, 50),
    st.floats(-9, 9),
)
def test_scale_and_origin_do_not_matter_to_moran_and_geary(values, scale, origin):
    series, graph = pd.Series(values, [f"r{i}" for i in range(12)]), ring(12)
    for function in (moran, geary):
        one, two = (function(s, graph, permutations=99) for s in (series, series * scale + origin))
        assert (one.value, one.z) == approx((two.value, two.z), rel=1e-6, abs=1e-6)


def test_a_chequered_and_a_clustered_map_lie_on_either_side():
    codes = [f"r{i}" for i in range(40)]
    graph = listed_neighbours({f"r{i}": [f"r{(i - 1) % 40}", f"r{(i + 1) % 40}"] for i in range(40)})
    chequered, clustered = pd.Series([0.0, 1.0] * 20, codes), pd.Series([0.0] * 20 + [1.0] * 20, codes)
    assert moran(chequered, graph).value == approx(-1) and geary(clustered, graph).value < 0.2
    assert moran(clustered, graph).z > 5 and moran(chequered, graph, alternative="less").pseudo_p == approx(1 / 10_000)
    assert global_g(clustered, graph).z > 2


def test_clusters_and_outliers_are_labelled_only_where_significant():
    codes = [f"r{i}" for i in range(60)]
    values = pd.Series(np.random.default_rng(1).normal(0, 1, 60), codes)
    values.iloc[10:18] += 8
    values.iloc[40:48] -= 8
    values.iloc[44] = 9
    found = local_moran(values, ring(60))
    labels = found.frame["label"]
    assert set(labels.iloc[12:16]) == {"HH"} and labels.iloc[44] == "HL" and "LL" in set(labels.iloc[40:48])
    assert (labels.iloc[25:35] == "").all() and (found.clusters["q_value"] <= 0.05).all()
    spots = local_g(values, ring(60)).frame["label"]
    assert set(spots.iloc[12:16]) == {"hot"} and "cold" in set(spots.iloc[40:48])
    assert found.frame["q_value"].to_numpy() == approx(stats.false_discovery_control(found.frame["p_value"]))
    assert str(found).startswith(
        "Local Moran: "
    ) and "of 60 regions at a false discovery rate of 5% (19,999 permut" in str(found)


def test_p_values_are_the_same_whichever_local_statistic_is_shown():
    one, two, three = (
        function(BLOOD, COUNTIES, permutations=999, **options).frame["p_value"]
        for function, options in ((local_moran, {"style": "binary"}), (local_g, {}), (local_g, {"star": False}))
    )
    assert one.tolist() == two.tolist() == three.tolist()


def test_too_few_permutations_for_one_region_to_be_told_are_noted():
    found = local_moran(BLOOD, COUNTIES, permutations=999)
    assert found.note == "No p-value is below 0.002: to find a single region, ask for 1,039 permutations or more."
    assert local_moran(BLOOD, COUNTIES).note == ""


def test_islands_are_left_out_and_named():
    links = {code: list(others) for code, others in COUNTIES.links.items()} | {"99": []}
    found = moran(pd.concat([BLOOD, pd.Series({"99": 50.0})]), listed_neighbours(links))
    assert found.left_out == ("99",) and found.n == 26 and found.value == approx(0.5541238, abs=1e-7)
    assert str(found).endswith("row-standardised weights. Without 99, which have no neighbours.")
    local = local_moran(pd.concat([BLOOD, pd.Series({"99": 50.0})]), listed_neighbours(links))
    assert "99" not in local.frame.index and "Without 99, which have no neighbours." in str(local)


def test_leaving_out_an_island_can_make_another():
    links = {"a": ["b"], "b": [], "c": ["d"], "d": ["e"], "e": ["f"], "f": ["c"]}
    found = moran(
        pd.Series({"a": 1.0, "b": 2, "c": 3, "d": 5, "e": 4, "f": 1}), listed_neighbours(links), permutations=99
    )
    assert found.left_out == ("b", "a") and found.n == 4


def test_regions_of_the_map_without_a_value_are_no_neighbours():
    found = moran(BLOOD.drop("22"), COUNTIES)
    by_hand = listed_neighbours(
        {code: [other for other in others if other != "22"] for code, others in COUNTIES.links.items() if code != "22"}
    )
    assert found.value == approx(moran(BLOOD.drop("22"), by_hand).value) and found.n == 25


def test_a_region_whose_neighbours_are_all_others_has_no_hot_spot():
    links = {"a": ["b", "c", "d", "e"], "b": ["a", "c"], "c": ["a", "b"], "d": ["a", "e"], "e": ["a", "d"]}
    found = local_g(
        pd.Series({"a": 1.0, "b": 5, "c": 6, "d": 1, "e": 2}), listed_neighbours(links), star=False, permutations=999
    )
    assert found.frame.loc["a", "value"] == 0 and found.frame.loc["a", "p_value"] == 1
    assert found.frame["value"].notna().all()


def test_the_finding_shows_no_more_digits_than_the_permutations_carry():
    assert ", p < 0.001, two-sided, 9,999 permutations" in str(moran(BLOOD, COUNTIES))
    assert ", p = 0.20, " in str(global_g(BLOOD, COUNTIES))


@pytest.mark.parametrize("function", [moran, geary, global_g, local_moran, local_g])
@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            BLOOD.where(BLOOD.index != "3"),
            "In the values there are missing values: 3. Correct them, or leave these rows out",
        ),
        (BLOOD.rename({"3": "ITF6"}), "ITF6 are not on the map of neighbours."),
        (BLOOD * 0 + 4, "All 26 values are equal: there is no pattern to look for."),
        (
            BLOOD[["1", "9", "26"]],
            "3 regions have neighbours among those with a value; 4 are needed. Take more regions",
        ),
        (BLOOD[["1", "2", "3", "4", "5"]], "0 regions have neighbours among those with a value"),
        (BLOOD.to_numpy(), "Of the values came ndarray, not a pandas Series."),
    ],
)
def test_values_without_a_pattern_to_look_for_are_refused(function, values, message):
    with pytest.raises(ModelError, match=message):
        function(values, COUNTIES)


def test_impossible_choices_are_refused():
    with pytest.raises(ModelError, match="In the values there are negative values: 1"):
        global_g(-BLOOD, COUNTIES)
    with pytest.raises(ModelError, match="style='queen' is not known. There are: row, binary."):
        moran(BLOOD, COUNTIES, style="queen")
    with pytest.raises(ModelError, match="alternative='both' is not known. There are: two-sided, greater, less."):
        moran(BLOOD, COUNTIES, alternative="both")
    with pytest.raises(ModelError, match="permutations=9 are too few to tell anything. Give 999 or more."):
        local_moran(BLOOD, COUNTIES, permutations=9)
    with pytest.raises(ModelError, match="discovery_rate=5 is no rate. Give the share of false discoveries"):
        local_moran(BLOOD, COUNTIES, discovery_rate=5)


def test_analytic_deviates_are_those_of_all_deals():
    """Five regions: each keeps its value, the four others are dealt in all 24 orders."""
    codes = list("abcde")
    graph = listed_neighbours({"a": ["b", "c"], "b": ["a"], "c": ["a", "d"], "d": ["c", "e"], "e": ["d"]})
    values = pd.Series([9.0, 7.0, 1.0, 4.0, 2.5], codes)
    for style in ("row", "binary"):
        frame = local_moran(values, graph, style=style, permutations=99).frame
        z, w = values - values.mean(), pd.DataFrame(graph.matrix(style).toarray(), codes, codes)
        for code in codes:
            others = [other for other in codes if other != code]
            deals = [
                z[code] * sum(w.loc[code, at] * z[dealt] for at, dealt in zip(others, order, strict=True))
                for order in permutations(others)
            ]
            deals = np.array(deals) / (z**2).mean()
            row = frame.loc[code]
            assert (row["expected"], row["variance"]) == approx((deals.mean(), deals.var()))
            assert row["z"] == approx((row["value"] - deals.mean()) / deals.std())
            assert row["p_of_z"] == approx(2 * stats.norm.sf(abs(row["z"])))


def test_the_deviate_of_local_g_is_its_value():
    frame = local_g(BLOOD, COUNTIES, permutations=99).frame
    assert frame["z"].tolist() == approx(frame["value"].tolist()) and (frame["variance"] == 1).all()


def test_an_island_is_labelled_as_one_and_not_as_chance():
    links = {code: list(others) for code, others in COUNTIES.links.items()} | {"99": []}
    values = pd.concat([BLOOD, pd.Series({"99": 50.0})])
    labels = local_moran(values, listed_neighbours(links), permutations=99).labels
    assert set(labels.index) == set(values.index) and labels["99"] == "island"
    assert "island" not in set(local_moran(BLOOD, COUNTIES, permutations=99).labels)


NORTH = pd.DataFrame({"constant": 1.0, "north": np.linspace(-1, 1, 40)}, [f"r{i}" for i in range(40)])
CIRCLE = ring(40)


def residuals_of(values: np.ndarray, design: pd.DataFrame) -> pd.Series:
    fitted = design.to_numpy() @ np.linalg.lstsq(design.to_numpy(), values, rcond=None)[0]
    return pd.Series(values - fitted, design.index)


def test_with_a_constant_alone_residuals_have_the_moments_of_normal_values():
    values = np.random.default_rng(4).normal(size=40)
    one = residual_moran(residuals_of(values, NORTH[["constant"]]), NORTH[["constant"]], CIRCLE, permutations=99)
    two = moran(pd.Series(values, NORTH.index), CIRCLE, permutations=99)
    assert (one.value, one.expected, one.variance) == approx((two.value, two.expected, two.variance_normality))


def test_the_moments_of_residuals_are_those_of_simulated_fits():
    generator, drawn = np.random.default_rng(2), []
    w = CIRCLE.matrix("row").toarray()
    for _run in range(4_000):
        e = residuals_of(generator.normal(size=40), NORTH).to_numpy()
        drawn.append(e @ w @ e / (e @ e))
    found = residual_moran(residuals_of(generator.normal(size=40), NORTH), NORTH, CIRCLE, permutations=999)
    assert found.expected == approx(np.mean(drawn), abs=4 * np.std(drawn) / np.sqrt(4_000))
    assert found.variance == approx(np.var(drawn), rel=0.1)
    assert found.pseudo_p == approx(found.p_value, abs=0.06)


def test_a_pattern_that_a_term_explains_is_not_left_in_the_residuals():
    line = listed_neighbours({f"r{i}": [f"r{j}" for j in (i - 1, i + 1) if 0 <= j < 40] for i in range(40)})
    values = 5 * NORTH["north"].to_numpy() + np.random.default_rng(8).normal(size=40)
    assert moran(pd.Series(values, NORTH.index), line, permutations=999).pseudo_p < 0.01
    left = residual_moran(residuals_of(values, NORTH), NORTH.sample(frac=1, random_state=1), line, permutations=999)
    assert left.pseudo_p > 0.05 and str(left).startswith("Moran's I of residuals = ")


def test_islands_stay_in_the_fit_and_weigh_nothing():
    links = {code: list(others) for code, others in CIRCLE.links.items()} | {"r39": []}
    links = {code: [other for other in others if other != "r39"] for code, others in links.items()}
    residuals = residuals_of(np.random.default_rng(4).normal(size=40), NORTH)
    found = residual_moran(residuals, NORTH, listed_neighbours(links), permutations=99)
    w = listed_neighbours(links).matrix("row").toarray()
    e = residuals.to_numpy()
    assert found.left_out == ("r39",) and found.value == approx(39 / w.sum() * (e @ w @ e) / (e @ e))


def test_residuals_of_three_regions_with_neighbours_are_too_few():
    links = {"a": ["b"], "b": ["a", "c"], "c": ["b"], "d": [], "e": [], "f": []}
    constant = pd.DataFrame({"constant": 1.0}, index=list("abcdef"))
    residuals = pd.Series([1.0, -2.0, 1.0, 3.0, -1.0, -2.0], list("abcdef"))
    with pytest.raises(ModelError, match="3 regions have neighbours among those with a value; 4 are needed"):
        residual_moran(residuals, constant, listed_neighbours(links))


def test_residuals_that_are_not_those_of_the_design_are_refused():
    residuals = residuals_of(np.random.default_rng(4).normal(size=40), NORTH)
    for broken, design, message in (
        (residuals + 1, NORTH, "The residuals are not those of this design: they still depend on it."),
        (residuals * 0, NORTH, "All 40 residuals are 0: there is no pattern to look for."),
        (residuals, NORTH.to_numpy(), "Of the design came ndarray, not a DataFrame by region code."),
        (residuals, NORTH.iloc[1:], "The design and the residuals are not of the same regions: r0."),
        (residuals, NORTH.where(NORTH["north"] > 0), "In the design there are missing values"),
        (residuals, NORTH.iloc[:, :0], "0 columns of a design are no fit of 40 regions."),
        (residuals.to_numpy(), NORTH, "Of the residuals came ndarray, not a pandas Series."),
        (residuals.where(residuals > 0), NORTH, "In the residuals there are missing values"),
    ):
        with pytest.raises(ModelError, match=message):
            residual_moran(broken, design, CIRCLE)


@pytest.mark.parametrize("function", [moran, geary, global_g, local_moran, local_g])
def test_what_is_no_graph_no_number_and_no_choice_is_answered_in_words(function):
    """A matrix of weights does not say which region is which."""
    for neighbours in (COUNTIES.matrix("row"), COUNTIES.matrix("row").toarray(), dict(COUNTIES.links), None, "queen"):
        with pytest.raises(ModelError, match="Of the neighbours came .*Take queen_neighbours or nearest_neighbours"):
            function(BLOOD, neighbours)
    for values in (None, 3.0, "A", BLOOD.tolist(), BLOOD.to_frame(), BLOOD.astype(str) + "x", BLOOD * np.inf):
        with pytest.raises(ModelError):
            function(values, COUNTIES)
    for values in (BLOOD.iloc[:0], pd.concat([BLOOD, BLOOD]), BLOOD.set_axis(range(100, 126))):
        with pytest.raises(ModelError):
            function(values, COUNTIES)
    for permutations_ in (None, "many", 99.5, -999, float("nan"), float("inf"), True):
        with pytest.raises(ModelError, match="are too few to tell anything. Give 999 or more."):
            function(BLOOD, COUNTIES, permutations=permutations_)
    for seed in (None, "one", -1, 1.5, float("nan")):
        with pytest.raises(ModelError, match="is no seed. Give a whole number, 0 or more."):
            function(BLOOD, COUNTIES, permutations=99, seed=seed)


def test_choices_of_the_wrong_type_are_answered_in_words():
    for rate in (None, "5%", float("nan"), 0, 1, True):
        with pytest.raises(ModelError, match="is no rate. Give the share of false discoveries"):
            local_moran(BLOOD, COUNTIES, permutations=99, discovery_rate=rate)
    for style in (None, 3, ["row"]):
        with pytest.raises(ModelError, match="is not known. There are: row, binary."):
            moran(BLOOD, COUNTIES, style=style)
