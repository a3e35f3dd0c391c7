"""The map: colours, states and words per region, sent by patching."""

import json
import re
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from bokeh.document import Document
from bokeh.events import Event
from bokeh.protocol.messages.patch_doc import patch_doc
from shapely.geometry import box

from workbench.charts.chart import Caption
from workbench.charts.choropleth import NOTICE, Choropleth
from workbench.charts.palette import LOOKS, OUTSIDE, SEQUENTIAL
from workbench.terms.errors import UnknownCode, WorkbenchError

CODES = ["ITC1", "ITC2", "ITH1", "ITH2", "ITF6", "ES30"]
SAID = Caption(title="A finding", unit="accidents per 100,000 employed", attribution="A publisher, 2026")


def shapes(crs=None) -> gpd.GeoDataFrame:
    """Six squares in a row, each with its code and a name."""
    squares = [box(at, 40, at + 1, 41) for at in range(len(CODES))]
    return gpd.GeoDataFrame({"name": [f"Region {code}" for code in CODES]}, geometry=squares, index=CODES, crs=crs)


def answer(**rows) -> pd.DataFrame:
    """A finding's frame: `code=(value, state)`."""
    frame = pd.DataFrame([(code, *row) for code, row in rows.items()], columns=["nuts2", "value", "state"])
    return frame.assign(low=frame["value"] * 0.9, high=frame["value"] * 1.1, level=0.95, count=20, exposure=1000.0)


def region(chart: Choropleth, code: str) -> dict[str, str]:
    data = chart.source.data
    return {name: data[name][chart.codes.index(code)] for name in ("fill", "look", "who", "figure", "basis", "remark")}


@pytest.fixture
def chart() -> Choropleth:
    chart = Choropleth(shapes(), SAID)
    chart.update(
        answer(
            ITC1=(100.0, ""), ITC2=(900.0, ""), ITH1=(0.0, "zero"), ITH2=(5.0, "withheld"), ITF6=(900.0, "unreliable")
        )
    )
    return chart


def test_low_rates_are_light_and_high_rates_dark(chart):
    assert region(chart, "ITC1")["fill"] == SEQUENTIAL[0]
    assert region(chart, "ITC2")["fill"] == SEQUENTIAL[-1]


def test_the_four_states_and_land_outside_the_answer_each_look_different(chart):
    chart.update(
        answer(
            ITC1=(100.0, ""), ITC2=(np.nan, ""), ITH1=(0.0, "zero"), ITH2=(5.0, "withheld"), ITF6=(90.0, "unreliable")
        )
    )
    drawn = {code: (region(chart, code)["fill"], region(chart, code)["look"]) for code in CODES}
    assert drawn["ITH1"] == (LOOKS["zero"].fill, "zero")
    assert drawn["ITC2"] == (LOOKS["missing"].fill, "missing")
    assert drawn["ITH2"] == (LOOKS["withheld"].fill, "withheld")
    assert drawn["ITF6"][0] in SEQUENTIAL and drawn["ITF6"][1].startswith("unreliable")
    assert drawn["ES30"] == (OUTSIDE, "outside")
    assert len(set(drawn.values())) == 6


def test_an_unreliable_rate_is_hatched_so_that_it_shows_on_its_own_colour(chart):
    assert region(chart, "ITF6")["look"] == "unreliable on dark"
    chart.update(answer(ITF6=(1.0, "unreliable"), ITC1=(50.0, ""), ITC2=(90.0, "")))
    assert region(chart, "ITF6")["look"] == "unreliable on light"


def test_the_key_names_classes_and_the_states_that_occur(chart):
    labels = [item.label.value for item in chart._key.legend.items]
    assert labels[-4:] == ["zero", "withheld", "under 10 records", "not in this answer"]
    assert "missing" not in labels
    assert labels[0].endswith("and over")
    assert chart._key.legend.title == "accidents per 100,000\nemployed\n(as many values in each\nclass)"


def test_the_tooltip_says_name_code_rate_interval_count_and_exposure(chart):
    said = region(chart, "ITC2")
    assert said["who"] == "Region ITC2 (ITC2)"
    assert said["figure"] == "900.0 accidents per 100,000 employed, 95% interval 810.0 to 990.0"
    assert said["basis"] == "count 20, exposure 1,000"
    assert region(chart, "ES30")["remark"] == "not in this answer"


def test_a_joint_region_is_one_value_on_both_shapes_and_says_so():
    chart = Choropleth(shapes(), SAID)
    chart.update(answer(**{"ITH1+ITH2": (700.0, ""), "ITC1": (100.0, "")}))
    one, other = region(chart, "ITH1"), region(chart, "ITH2")
    assert one["fill"] == other["fill"] == SEQUENTIAL[-1]
    assert one["figure"] == other["figure"] != ""
    assert one["who"] == "Region ITH1 (ITH1+ITH2)"
    assert one["remark"] == "one published value for ITH1, ITH2"
    chart.source.selected.indices = [CODES.index("ITH1"), CODES.index("ITH2"), CODES.index("ES30")]
    assert chart.selected == ("ITH1+ITH2", "ES30")


def test_a_region_alone_and_in_a_joint_code_is_refused(chart):
    with pytest.raises(WorkbenchError, match=r"ITH1 comes twice, in ITH1 and ITH1\+ITH2. Leave one of them out."):
        chart.update(answer(**{"ITH1": (1.0, ""), "ITH1+ITH2": (2.0, "")}))


def test_a_figure_without_a_shape_is_noted_under_the_map(chart):
    chart.update(answer(ITC1=(1.0, ""), ITZZ=(2.0, ""), IT=(3.0, "")))
    assert chart._notes.text == "Not on this map, for want of a shape: ITZZ, IT (2)."
    assert chart._notes.visible
    chart.update(answer(ITC1=(1.0, "")))
    assert not chart._notes.visible


@pytest.mark.parametrize(("n", "named"), [(6, "X0, X1, X2, X3, X4, X5 (6)"), (7, "X0, X1, X2, X3, X4, X5, … (7)")])
def test_six_codes_without_a_shape_are_named_and_more_are_counted(chart, n, named):
    chart.update(answer(ITC1=(1.0, ""), **{f"X{at}": (2.0, "") for at in range(n)}))
    assert chart._notes.text == f"Not on this map, for want of a shape: {named}."


def sent(chart: Choropleth, change) -> list[Event]:
    """What a change sends to the browser."""
    document = chart.figure.document or Document()
    if chart.figure.document is None:
        document.add_root(chart.figure)
    document.to_json()  # from here on the page has what the document has
    events = []
    document.on_change(events.append)
    change()
    document.remove_on_change(events.append)
    return events


def test_an_update_sends_colours_and_words_and_never_the_geometry(chart):
    events = sent(chart, lambda: chart.update(answer(ITC1=(900.0, ""), ITC2=(100.0, ""), ITF6=(7.0, "unreliable"))))
    (patch,) = [event for event in events if event.kind == "ColumnsPatched"]
    assert set(patch.patches) == {"fill", "look", "who", "figure", "basis", "remark"} - {"who"}
    text = patch_doc.create(events).content_json
    assert '"xs"' not in text and "nan" not in text.lower()
    assert not [event for event in events if event.kind == "ColumnDataChanged"]


def test_the_same_answer_again_sends_nothing(chart):
    again = answer(
        ITC1=(100.0, ""), ITC2=(900.0, ""), ITH1=(0.0, "zero"), ITH2=(5.0, "withheld"), ITF6=(900.0, "unreliable")
    )
    assert sent(chart, lambda: chart.update(again)) == []


def test_what_is_withheld_never_reaches_the_page(chart):
    frame = answer(ITC1=(100.0, ""), ITH2=(4321.5, "withheld")).assign(count=[20, 7654], exposure=[1000.0, 87654.0])
    chart.update(frame)
    document = Document()
    document.add_root(chart.figure)
    page = re.sub(r'"p\d+"', "", json.dumps(document.to_json().content))  # without the numbers of its models
    assert "4,321" not in page and "4321" not in page and "7654" not in page and "87,654" not in page


def test_breaks_that_are_given_keep_their_colours_when_the_figures_change():
    chart = Choropleth(shapes(), SAID, scale=[100, 200])
    chart.update(answer(ITC1=(150.0, ""), ITC2=(1000.0, "")))
    before = region(chart, "ITC1")["fill"]
    chart.update(answer(ITC1=(150.0, ""), ITC2=(151.0, "")))
    assert region(chart, "ITC1")["fill"] == before


def test_every_map_carries_the_notice_of_its_boundaries(chart):
    assert chart._source.text == f"Source: A publisher, 2026. {NOTICE}"


def test_synthetic_data_are_called_so_on_the_map():
    assert not Choropleth(shapes(), SAID)._synthetic.visible
    chart = Choropleth(shapes(), replace(SAID, synthetic=True))
    assert chart._synthetic.visible and chart._synthetic.text.startswith("Synthetic data")
    chart.update(answer(ITC1=(1.0, "")))
    assert chart._synthetic.visible
    chart.update(answer(ITC1=(1.0, "")), SAID)
    assert not chart._synthetic.visible


def test_zooming_shows_a_country_and_no_argument_shows_all():
    chart = Choropleth(shapes(), SAID)
    x = chart.figure.x_range
    everything = (x.start, x.end)
    chart.fit("ES")
    assert 4.9 < x.start < 5 and 6 < x.end < 6.1
    chart.fit(code for code in ["ITC1", "ITH1+ITH2"])
    assert -0.2 < x.start < 0 and 4 < x.end < 4.2
    chart.fit()
    assert (x.start, x.end) == everything == (x.reset_start, x.reset_end)


def test_zooming_to_a_region_that_is_not_there_names_close_ones(chart):
    with pytest.raises(UnknownCode, match="'ITF7' is not a known region of this map. Close to it: ITF6"):
        chart.fit(["ITF7"])


def test_shapes_in_degrees_get_their_countries_outlined():
    chart = Choropleth(shapes(crs=4326), SAID)
    assert [glyph.glyph.__class__.__name__ for glyph in chart.figure.renderers].count("MultiLine") == 1


def test_before_the_first_answer_no_region_has_a_colour_of_the_scale():
    assert set(Choropleth(shapes(), SAID).source.data["fill"]) == {OUTSIDE}


def test_names_of_regions_come_from_the_answer_before_the_shapes(chart):
    chart.update(answer(ITC1=(1.0, "")).assign(nuts2_label="Piemonte"))
    assert region(chart, "ITC1")["who"] == "Piemonte (ITC1)"
    plain = Choropleth(shapes()[["geometry"]], SAID)
    assert region(plain, "ITC1")["who"] == "ITC1"
