"""`workshop.html`: one file with the cube of the twin, a map, a trend and six lessons, that opens from a disk."""

import base64
import json
from pathlib import Path
from string import Template

import geopandas as gpd
import numpy as np
import polars as pl
import shapely
from scipy import special

from workbench.cubes.cube import Cube
from workbench.sources.boundaries import ATTRIBUTION, boundaries
from workbench.sources.catalog import catalog
from workbench.study.data import cube
from workbench.terms.codes import codelist
from workbench.terms.text import language_code, translated
from workbench.terms.words import LOCALES
from workbench.workshop.answers import known_answers
from workbench.workshop.page_texts import FRAME, NOTES, PAGE_QUESTIONS, SHOWN

TWIN = "esaw_synthetic"
PARTS = Path(__file__).with_name("page")
AXES = {"nuts": "nuts2", "nace": "nace1", "sex": "sex", "age_group": "age_group", "year": "year"}
"""The cube's axes in the order of the page's cells, and the page's name of each."""
LAEA = 3035
"""EPSG code of the equal-area projection of Europe."""
WEST, SOUTH, EAST, NORTH = 2_500_000, 1_350_000, 6_600_000, 5_450_000
"""What the map shows, in metres of that projection: the mainland and its islands."""
METRES = 4_000
"""Of a unit of the map; its outlines are whole numbers of it, a tenth each."""


def write_page(path: Path) -> int:
    """Write the page, and say how large it is.

    Parameters
    ----------
    path : Path
        Of the file; what stands there is replaced.

    Returns
    -------
    int
        Bytes.
    """
    data = baked(cube(TWIN), cube(f"{TWIN}_employed"))
    still = {name: translated(text) for name, text in FRAME.items()}
    shown = {name: translated(text) for name, text in SHOWN.items()}
    shown["locale"] = LOCALES.get(language_code(), language_code()).replace("_", "-")
    notes = "".join(f"<li>{translated(note)}</li>" for note in NOTES)
    page = Template((PARTS / "page.html").read_text(encoding="utf-8")).substitute(
        still,
        lang=language_code(),
        style=(PARTS / "page.css").read_text(encoding="utf-8"),
        attribution=f"{ATTRIBUTION}.",
        notes_list=notes,
        view=f"0 0 {(EAST - WEST) // METRES} {(NORTH - SOUTH) // METRES}",
        data=_script(data),
        texts=_script(shown),
        engine=(PARTS / "engine.js").read_text(encoding="utf-8"),
        view_script=(PARTS / "view.js").read_text(encoding="utf-8"),
    )
    path.write_text(page, encoding="utf-8")
    return path.stat().st_size


def baked(accidents: Cube, employed: Cube) -> dict:
    """What the page computes with: cells as typed arrays in base64, codes, labels, outlines, questions.

    Parameters
    ----------
    accidents, employed : Cube
        Of the twin.
    """
    counts, people = accidents.margins[0].frame, employed.margins[0].frame
    codes = {name: sorted(people.get_column(axis).unique().to_list()) for axis, name in AXES.items()}
    codes["sex"] = ["F", "M"]
    codes["nuts0"] = sorted({code[:2] for code in codes["nuts2"]})

    fatal = pl.col("severity") == "FAT"
    cells = {
        "nonFatal": _packed(counts.filter(~fatal), "accidents", codes, np.uint16),
        "fatal": _packed(counts.filter(fatal), "accidents", codes, np.uint8),
        "employed": _packed(people.with_columns(pl.col("employed") / 10), "employed", codes, np.uint16),
    }
    (broken,) = catalog()[TWIN].breaks
    return {
        "cube": cells,
        "codes": codes,
        "weights": _weights(counts),
        "labels": _labels(codes),
        "shapes": _shapes(),
        "breakAt": {"year": broken["year"], "sectors": list(broken["sectors"])},
        "z": float(special.ndtri(0.975)),
        "t": [None, *(float(special.stdtrit(df, 0.975)) for df in range(1, len(codes["year"]) - 1))],
        "questions": _questions(),
    }


def _packed(frame: pl.DataFrame, measure: str, codes: dict, kind: type) -> str:
    """A measure of every cell, in the order of the axes, little-endian; cells that are not there are 0."""
    shape = [len(codes[name]) for name in AXES.values()]
    places = []
    for axis, name in AXES.items():
        order = {code: place for place, code in enumerate(codes[name])}
        places.append(frame.get_column(axis).replace_strict(order, return_dtype=pl.Int64).to_numpy())
    values = frame.get_column(measure).to_numpy()
    dense = np.zeros(shape, float)
    dense[tuple(places)] = values
    packed = dense.astype(np.dtype(kind).newbyteorder("<"))
    if (packed != dense).any():
        raise ValueError(f"{measure} does not fit into {np.dtype(kind).name}")
    return base64.b64encode(packed.tobytes()).decode("ascii")


def _weights(counts: pl.DataFrame) -> dict[str, float]:
    """Accidents that a record of a non-fatal accident stands for, by country; those of 1 are left out.

    The twin draws whole countries with one weight: the page's variances rest on it.
    """
    weight = (pl.col("accidents") / pl.col("records")).alias("weight")
    country = pl.col("nuts").cast(pl.String).str.slice(0, 2).alias("country")
    mild = counts.filter((pl.col("severity") != "FAT") & (pl.col("records") > 0))
    found = (
        mild.select(country, weight)
        .group_by("country")
        .agg(pl.col("weight").min(), pl.col("weight").max().alias("most"))
    )
    if (found.get_column("weight") != found.get_column("most")).any():
        raise ValueError("the records of a country have several weights")
    return {row["country"]: row["weight"] for row in found.to_dicts() if row["weight"] != 1}


def _labels(codes: dict) -> dict[str, dict[str, str]]:
    lists = {"nuts0": "nuts", "nuts2": "nuts", "nace1": "nace", "sex": "sex", "age_group": "age_group"}
    return {name: {code: codelist(of).label(code) for code in codes[name]} for name, of in lists.items()}


def _shapes() -> dict[str, str]:
    """Outlines as SVG paths, in tenths of a unit; regions outside the twin too, which stay grey."""
    regions = boundaries(level=2, scale="60M", source="bundled").to_crs(LAEA)
    view = shapely.box(WEST, SOUTH, EAST, NORTH)
    seen = gpd.GeoSeries(regions.geometry.intersection(view), index=regions.index)
    return {str(code): _outline(shape) for code, shape in seen.items() if not shape.is_empty}


def _outline(shape) -> str:
    """The rings of a shape as one path, each point relative to the one before."""
    path = []
    for polygon in getattr(shape, "geoms", [shape]):
        for ring in [polygon.exterior, *polygon.interiors] if polygon.geom_type == "Polygon" else []:
            units = np.round((np.array(ring.coords)[:-1] - [WEST, NORTH]) * [1, -1] / METRES * 10).astype(int)
            steps = np.diff(units, axis=0)
            path.append(f"M{units[0][0] / 10:g},{units[0][1] / 10:g}")
            path += [f"l{x / 10:g},{y / 10:g}" for x, y in steps[np.any(steps != 0, axis=1)]]
            path.append("z")
    return "".join(path)


def _questions() -> dict[str, dict]:
    """The six questions with their hashes, and for each known slip what is said to it."""
    kept = known_answers()
    return {
        name: {
            "title": translated(question.title),
            "text": translated(question.text),
            "ask": translated(question.ask),
            "choices": [translated(choice) for choice in question.choices],
            "decimals": question.decimals,
            "hint": translated(question.hint),
            "praise": translated(question.praise),
            "salt": kept[name]["salt"],
            "right": kept[name]["right"],
            "wrong": {hashed: translated(question.slips[slip]) for slip, hashed in kept[name]["wrong"].items()},
        }
        for name, question in PAGE_QUESTIONS.items()
    }


def _script(value: object) -> str:
    """A value as JavaScript inside a page: no text can end its script."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
