"""Maps by NUTS code: the bundled ones, those of the mirror, those of GISCO, and one value on several shapes."""

import geopandas as gpd
import pytest
import shapely

from workbench.sources import boundaries as module
from workbench.sources.boundaries import ATTRIBUTION, EUROPE, boundaries
from workbench.terms import nuts
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownName


@pytest.fixture
def asked(monkeypatch, tmp_path):
    """GISCO's place taken by a small file of two squares; lists the addresses that were asked for."""
    addresses = []

    def fetch(address, *, name, check):
        addresses.append(address)
        squares = gpd.GeoDataFrame(
            {"NUTS_ID": ["ITC2", "ITC1"], "LEVL_CODE": [2, 2], "CNTR_CODE": ["IT", "IT"]},
            geometry=[shapely.box(7, 45, 8, 46), shapely.box(8, 45, 9, 46)],
            crs=4326,
        )
        squares.to_file(tmp_path / name, driver="GeoJSON")
        return tmp_path / name

    monkeypatch.setattr(module, "fetch", fetch)
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)
    return addresses


@pytest.mark.parametrize(
    ("scale", "level", "regions"), [("20M", 0, 37), ("20M", 1, 125), ("20M", 2, 334), ("20M", 3, 1514), ("60M", 2, 334)]
)
def test_the_bundled_map_is_indexed_by_code(asked, scale, level, regions):
    found = boundaries("2021", level, scale)
    assert found.index.name == "nuts" and list(found.columns) == ["name", "country", "geometry"]
    assert len(found) == regions and found.index.is_monotonic_increasing and found.crs.to_epsg() == 4326
    assert found.index.tolist() == sorted(nuts.table("2021").query("level == @level")["code"])
    assert not asked


def test_the_notice_is_on_every_map():
    assert boundaries().attrs == {
        "attribution": "© EuroGeographics for the administrative boundaries",
        "edition": "2021",
        "level": 2,
        "scale": "20M",
        "source": "bundled",
    }


def test_regions_have_names():
    found = boundaries(level=0)
    assert found.loc["EL", "name"] == "Greece" and found.loc["EL", "country"] == "EL"
    assert boundaries().loc["ITF6", "name"] == "Calabria"


def test_changing_a_map_does_not_change_the_next_one():
    found = boundaries()
    found["name"] = ""
    found.attrs.clear()
    assert boundaries()["name"].ne("").all() and boundaries().attrs["attribution"] == ATTRIBUTION


def test_the_european_window_holds_the_mainland_and_leaves_out_the_overseas_regions():
    found = boundaries(scale="60M")
    inside = found.cx[EUROPE[0] : EUROPE[2], EUROPE[1] : EUROPE[3]].index
    assert set(found.index) - set(inside) == {
        "ES70",
        "FRY1",
        "FRY2",
        "FRY3",
        "FRY4",
        "FRY5",
        "PT20",
        "PT30",
        "NO0B",
    } - set(inside)
    assert {"ITF6", "IS00", "CY00", "FI1D"} <= set(inside) and not {"FRY3", "ES70", "PT30"} & set(inside)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"edition": "2011"}, "'2011' is not a known NUTS edition.*2010, 2013, 2016, 2021, 2024"),
        ({"scale": "10M"}, "'10M' is not a known map scale.*20M, 60M"),
        ({"source": "web"}, "'web' is not a known source.*auto, bundled, mirror, live"),
    ],
)
def test_a_wrong_choice_is_answered_with_the_right_ones(arguments, words):
    with pytest.raises(UnknownName, match=words):
        boundaries(**arguments)


@pytest.mark.parametrize(("level", "scale"), [(3, "60M"), (4, "20M"), (-1, "20M")])
def test_a_level_that_a_scale_does_not_have_is_refused(level, scale):
    with pytest.raises(Refused, match="20M has levels 0 to 3, 60M levels 0 to 2"):
        boundaries("2021", level, scale)


def test_another_edition_is_asked_of_gisco(asked):
    found = boundaries("2024", 2)
    assert asked == [
        "https://gisco-services.ec.europa.eu/distribution/v2/nuts/geojson/NUTS_RG_20M_2024_4326_LEVL_2.geojson"
    ]
    assert found.index.tolist() == ["ITC1", "ITC2"] and found["name"].tolist() == [
        "Piemonte",
        "Valle d’Aosta/Vallée d’Aoste",
    ]
    assert found.attrs["source"] == "live" and found.attrs["attribution"] == ATTRIBUTION


@pytest.mark.parametrize("source", ["bundled", "mirror"])
def test_without_leave_to_use_the_network_the_error_says_where_the_map_is(asked, monkeypatch, source):
    monkeypatch.setenv("WORKBENCH_SOURCE", source)
    with pytest.raises(
        NotAvailable,
        match=r"no map of NUTS 2016 at 20M here; bundled are those of 2021\. Set WORKBENCH_MIRROR .*NUTS_RG_20M_2016",
    ):
        boundaries("2016")
    assert not asked and len(boundaries()) == 334


def test_a_file_that_is_no_map_is_named(monkeypatch, tmp_path):
    (tmp_path / "nuts").mkdir()
    (tmp_path / "nuts" / "NUTS_RG_20M_2016_4326.parquet").write_bytes(b"<html>not found</html>")
    monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))
    with pytest.raises(ReadError, match="NUTS_RG_20M_2016_4326.parquet is not a map of NUTS regions with NUTS_ID"):
        boundaries("2016")


@pytest.mark.mirror
@pytest.mark.parametrize(("edition", "regions"), [("2010", 316), ("2013", 320), ("2016", 332), ("2024", 299)])
def test_other_editions_come_from_the_mirror(mirror, edition, regions):
    found = boundaries(edition, 2)
    assert len(found) == regions and found.attrs["source"] == "mirror"
    assert set(found.index) == set(nuts.table(edition).query("level == 2")["code"])
    assert found["name"].ne("").all() and found["country"].tolist() == [code[:2] for code in found.index]


def test_a_message_in_place_of_a_map_is_not_kept(publisher):
    """With status 200, it was the map of that edition from then on."""

    def answer(handler):
        body = b'{"error": "busy"}'
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    publisher.answers = [answer]
    for _again in range(2):
        with pytest.raises(ReadError, match="NUTS_RG_20M_2016_4326_LEVL_2.geojson is not a map of NUTS regions"):
            boundaries("2016", 2)
    assert len(publisher.asked) == 2
