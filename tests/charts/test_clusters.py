"""The map of clusters: a colour and words per kind, states kept, nothing told of what is withheld."""

from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from workbench.charts.chart import Caption
from workbench.charts.clusters import CLUSTERS, Clusters
from workbench.charts.palette import LOOKS, OUTSIDE, lightness
from workbench.terms.errors import WorkbenchError

CODES = ["ITC1", "ITC2", "ITC3", "ITC4", "ITF6", "ES30", "ES51"]
SAID = Caption(title="A finding", unit="accidents per 100,000 employed", attribution="A publisher, 2026")


def answer(*clusters: str | None, **columns) -> pd.DataFrame:
    frame = pd.DataFrame({"nuts2": CODES[: len(clusters)], "cluster": clusters, "value": 500.0, "q_value": 0.0123})
    return frame.assign(state="").assign(**columns)


def region(chart: Clusters, code: str) -> dict[str, str]:
    return {
        name: texts[chart.codes.index(code)] for name, texts in chart.source.data.items() if name not in ("xs", "ys")
    }


def key(chart: Clusters) -> list[str]:
    return [item.label.value for item in chart._key.legend.items]


@pytest.fixture
def chart() -> Clusters:
    squares = [box(at, 40, at + 1, 41) for at in range(len(CODES))]
    return Clusters(gpd.GeoDataFrame({"name": CODES}, geometry=squares, index=CODES), SAID)


def test_every_kind_of_cluster_has_its_colour_and_the_key_names_those_that_occur(chart):
    chart.update(answer("HH", "LL", "HL", "LH", "", "island"))
    assert [region(chart, code)["fill"] for code in CODES[:6]] == [colour for colour, _words in CLUSTERS.values()]
    assert region(chart, "ES51")["fill"] == OUTSIDE
    assert key(chart) == [
        "high among high", "low among low", "high among low", "low among high", "no more than chance",
        "without neighbours, not tested", "not in this answer",
    ]  # fmt: skip
    chart.update(answer("HH", None))
    assert key(chart) == ["high among high", "no more than chance", "not in this answer"]


def test_the_tooltip_says_the_cluster_its_q_value_and_the_rate(chart):
    chart.update(answer("HH", ""))
    assert region(chart, "ITC1")["remark"] == "high among high (q = 0.0123)"
    assert region(chart, "ITC1")["figure"].startswith("500.0 accidents per 100,000 employed")
    chart.update(answer("HH").drop(columns="q_value"))
    assert region(chart, "ITC1")["remark"] == "high among high"


def test_states_keep_their_look_and_nothing_is_told_of_a_withheld_region(chart):
    chart.update(answer("HH", "HH", "HL", "LL", state=["withheld", "missing", "unreliable", "zero"]))
    assert region(chart, "ITC1")["fill"] == LOOKS["withheld"].fill
    assert region(chart, "ITC1")["remark"] == LOOKS["withheld"].words
    assert region(chart, "ITC2")["fill"] == LOOKS["missing"].fill
    assert (region(chart, "ITC3")["fill"], region(chart, "ITC3")["look"]) == (CLUSTERS["HL"][0], "unreliable on light")
    assert (region(chart, "ITC4")["fill"], region(chart, "ITC4")["look"]) == (CLUSTERS["LL"][0], "zero")
    assert key(chart)[:2] == ["low among low", "high among low"]


def test_an_island_has_a_look_and_words_of_its_own_and_is_not_called_chance(chart):
    """It has no neighbours to be alike with: nothing was tested, so nothing is said of chance."""
    chart.update(answer("island", "", q_value=[np.nan, 0.8]))
    island = region(chart, "ITC1")
    assert (island["look"], island["remark"]) == ("island", "without neighbours, not tested")
    assert island["fill"] == CLUSTERS["island"][0] != region(chart, "ITC2")["fill"]
    assert key(chart) == ["no more than chance", "without neighbours, not tested", "not in this answer"]


def test_regions_published_as_one_are_drawn_on_both_shapes(chart):
    chart.update(answer("HH").assign(nuts2="ITC1+ITC2"))
    assert region(chart, "ITC1")["fill"] == region(chart, "ITC2")["fill"] == CLUSTERS["HH"][0]


def test_clusters_are_darker_than_regions_unlike_their_neighbours_and_these_than_none():
    light = {cluster: lightness(colour) for cluster, (colour, _words) in CLUSTERS.items()}
    assert max(light["HH"], light["LL"]) + 0.2 < min(light["HL"], light["LH"]) < light[""]
    assert len({words for _colour, words in CLUSTERS.values()}) == len(CLUSTERS)


# Machado, Oliveira & Fernandes (2009), severity 1, for linear RGB.
VISION = {
    "full": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
TO_XYZ = [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]


def lab(colour: str, vision: str) -> np.ndarray:
    """CIE L*a*b* of a colour as seen."""
    part = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    seen = np.clip(np.array(VISION[vision]) @ linear, 0, 1)
    x, y, z = (np.cbrt(v) if v > 0.008856 else 7.787 * v + 16 / 116 for v in (TO_XYZ @ seen) / [0.95047, 1.0, 1.08883])
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("vision", VISION)
def test_kinds_of_clusters_and_states_are_told_apart_with_any_colour_vision(vision):
    colours = [*(colour for colour, _words in CLUSTERS.values()), LOOKS["missing"].fill, OUTSIDE]
    distances = {
        pair: float(np.linalg.norm(lab(pair[0], vision) - lab(pair[1], vision))) for pair in combinations(colours, 2)
    }
    assert min(distances.values()) > 7, min(distances, key=distances.get)


def test_a_frame_without_clusters_is_refused_with_what_to_draw_instead(chart):
    with pytest.raises(WorkbenchError, match=r"needs the column cluster; the frame has nuts2, .* a test of clusters"):
        chart.update(answer("HH").drop(columns="cluster"))


def test_an_unknown_kind_is_refused_with_the_kinds_there_are(chart):
    with pytest.raises(
        WorkbenchError, match="'hot' is not a kind of cluster. The kinds are 'HH', 'LL', 'HL', 'LH', '', 'island'"
    ):
        chart.update(answer("hot"))


def test_an_answer_without_regions_is_an_empty_map(chart):
    chart.update(answer("HH"))
    chart.update(answer())
    assert set(chart.source.data["fill"]) == {OUTSIDE}
    assert key(chart) == ["not in this answer"]
