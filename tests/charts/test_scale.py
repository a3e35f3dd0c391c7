"""Classes of values: honest breaks, honest labels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.charts.palette import SEQUENTIAL
from workbench.charts.scale import CLASSES, Scale, _inner_breaks, rounded
from workbench.terms.errors import WorkbenchError

figures = st.lists(st.floats(0, 1e6, allow_subnormal=False), max_size=60)


def test_quantile_classes_hold_about_the_same_number_of_regions():
    values = np.arange(1, 601.0) ** 2
    scale = Scale.of(values)
    counts = np.histogram(values, [-np.inf, *scale.breaks, np.inf])[0]
    assert len(counts) == 6
    assert counts.min() > 85 and counts.max() < 115


def test_equal_classes_are_equally_wide():
    assert Scale.of([0, 600.0], "equal").breaks == (100, 200, 300, 400, 500)


@pytest.mark.parametrize(("how", "kind"), [("quantile", "Quantiles"), ("equal", "EqualInterval")])
def test_classes_are_those_of_mapclassify_before_their_breaks_are_rounded(how, kind):
    """A second implementation; its last bin ends at the highest value."""
    mapclassify = pytest.importorskip("mapclassify")
    values = np.random.default_rng(3).gamma(2, 300, 334)
    expected = getattr(mapclassify, kind)(values, k=CLASSES).bins
    assert [*_inner_breaks(values, how), values.max()] == pytest.approx(expected)


def test_a_scale_says_how_its_classes_were_made():
    assert Scale.of([1.0, 2.0, 3.0]).method == "as many values in each class"
    assert Scale.of([1.0, 2.0, 3.0], "equal").method == "classes of equal width"
    assert Scale.of([1.0, 2.0, 3.0], [2.0]).method == "classes as given"
    assert Scale.of([1.0, 1.0]).method == ""


def test_breaks_that_are_given_stay_still():
    scale = Scale.of([1.0, 2.0], [200, 100])
    assert scale.breaks == (100, 200)
    assert [scale.colour(value) for value in (99, 100, 199, 200)] == [scale.colours[i] for i in (0, 1, 1, 2)]


def test_labels_name_the_breaks_that_were_used():
    assert Scale((1000.0, 2500.0)).labels == ("under 1,000", "1,000 to 2,500", "2,500 and over")


def test_the_classes_run_from_light_to_dark_over_the_whole_palette():
    assert Scale((1.0, 2.0)).colours == (SEQUENTIAL[0], SEQUENTIAL[3], SEQUENTIAL[6])


@pytest.mark.parametrize("values", [[], [5.0], [5.0, 5.0, 5.0], [float("nan")]])
def test_figures_that_do_not_differ_are_one_class(values):
    scale = Scale.of(values)
    assert scale.labels == ("all values",)
    assert scale.colour(5.0) == scale.colours[0]


def test_an_unknown_way_to_class_is_refused_with_the_known_ones():
    with pytest.raises(
        WorkbenchError, match="'jenks' is not a way to class values. Give 'quantile', 'equal' or a list"
    ):
        Scale.of([1.0], "jenks")


@given(figures, st.sampled_from(["quantile", "equal"]))
def test_there_are_as_many_colours_as_classes_and_none_is_empty_at_the_ends(values, how):
    scale = Scale.of(values, how)
    assert len(scale.colours) == len(scale.labels) == len(scale.breaks) + 1 <= CLASSES
    assert len(set(scale.colours)) == len(scale.colours)
    assert list(scale.breaks) == sorted(set(scale.breaks))
    if scale.breaks:
        assert min(values) < scale.breaks[0] and max(values) >= scale.breaks[-1]


@given(figures, st.sampled_from(["quantile", "equal"]))
def test_a_higher_value_is_never_lighter(values, how):
    scale = Scale.of(values, how)
    places = [SEQUENTIAL.index(scale.colour(value)) for value in sorted(values)]
    assert places == sorted(places)


@given(st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), max_size=8))
def test_rounding_keeps_breaks_apart(values):
    assert len(rounded(values)) == len(set(values))


def test_rounding_takes_no_more_digits_than_it_needs():
    assert rounded([1234.5, 2345.6]) == [1200, 2300]
    assert rounded([1234.5, 1245.6]) == [1230, 1250]
