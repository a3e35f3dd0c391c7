"""The visual language of every chart: colours for any colour vision, system fonts, one look per state of a figure."""

from dataclasses import dataclass
from functools import cache

from workbench.terms.text import mark

# What stands on the reader's machine; no font is ever fetched.
FONT = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, "Liberation Sans", sans-serif'

INK = "#23272e"  # text, outlines
LASTING_INK = "#14171c"  # text on what is light in a dark notebook too
MUTED = "#5f6772"  # captions, axes
RULE = "#e4e7eb"  # grid lines
PAPER = "#ffffff"
ACCENT = "#9a3b00"  # the mark of synthetic data

# Light to dark with falling lightness; neighbours stay apart in the three kinds of colour blindness (tested).
SEQUENTIAL = ("#fdf0c9", "#fbd08b", "#f5a860", "#e57a4e", "#c84d4f", "#962f57", "#5b1f4d")

# Okabe & Ito (2008) in an order that starts with the strongest contrasts; slate takes the place of black, and yellow
# is left out.
CATEGORICAL = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#56b4e9", "#e69f00", "#5b6470")
MARKERS = (
    "circle",
    "square",
    "triangle",
    "diamond",
    "inverted_triangle",
    "hex",
    "star",
)  # colour is never the only sign

HATCH = {"hatch_scale": 8, "hatch_weight": 0.8, "hatch_alpha": 0.6}

OUTSIDE = "#f3f4f6"  # land that the answer says nothing about
OUTSIDE_LINE = "#d5d9de"


@dataclass(frozen=True, kw_only=True)
class Look:
    """How one state is drawn and named: `fill` None means the colour of its value; `hatch` is a Bokeh pattern or None.

    `name` stands in the key, `words` in the tooltip; both are marked, and translated where they are shown.
    """

    name: str
    words: str
    fill: str | None = None
    line: str = PAPER
    hatch: str | None = None
    hatch_colour: str = INK


LOOKS = {
    "": Look(name="", words=""),
    "zero": Look(name=mark("zero"), words=mark("zero: none recorded"), fill=PAPER, line=INK),
    "missing": Look(
        name=mark("missing"), words=mark("missing: not all that it needs is in the source"), fill="#d3d7dc", line=PAPER
    ),
    "withheld": Look(
        name=mark("withheld"),
        words=mark("withheld: too few to show"),
        fill="#f1f1f4",
        hatch="diagonal_cross",
        hatch_colour="#8a919c",
    ),
    "unreliable": Look(
        name=mark("under 10 records"), words=mark("unreliable: under 10 records"), hatch="right_diagonal_line"
    ),
}
STATES = tuple(LOOKS)

DARK = {  # by the colour on a light ground, the one that takes its place in a dark notebook
    PAPER: "#1d2128",
    INK: "#e9ecf1",
    "black": "#e8ebf0",  # this and the next: what Bokeh draws where no colour is said
    "#444444": "#e7eaef",
    MUTED: "#a9b2be",
    RULE: "#2b323b",
    ACCENT: "#ffb27a",
    OUTSIDE: "#252b32",
    OUTSIDE_LINE: "#39414c",
    LOOKS["missing"].fill: "#5a6470",
    LOOKS["withheld"].fill: "#262b33",
    LOOKS["withheld"].hatch_colour: "#8c96a3",
    **dict(zip(SEQUENTIAL, reversed(SEQUENTIAL), strict=True)),  # what is high stands out of the ground
    **dict(
        zip(
            CATEGORICAL,
            ("#3b93dc", "#f0803c", "#1fb88a", "#dd8fbb", "#8fd0f5", "#f2b632", "#7f8a97"),
            strict=True,
        )
    ),
    "#d9e6ee": "#26343f",  # the area of an interval
    "#eef3f6": "#222a33",  # between the limits of a control chart
    "#f9e3d3": "#3f2c1f",  # bands of a forecast, the wide and the narrow one
    "#f0bd94": "#6b4527",
    "#ead2df": "#3d2a36",  # the years that a change may lie in
    "#f0c05a": "#8a6a24",  # of a map of clusters: high among low
    "#8ecbf0": "#2d5f80",  # low among high
    "#f1e6cd": "#3a372f",  # no more than chance
    "#c8b0a0": "#6b5a50",  # without neighbours
}


def lightness(colour: str) -> float:
    """Relative luminance of `#rrggbb`, 0 (black) to 1 (white), as WCAG 2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@cache
def ink_on(colour: str) -> str:
    """The text colour, dark or white, that is easier to read on `colour`, and on what takes its place in the dark."""
    if _white_is_easier_on(colour):
        return PAPER
    return INK if _white_is_easier_on(DARK.get(colour, colour)) else LASTING_INK


def _white_is_easier_on(colour: str) -> bool:
    light = lightness(colour) + 0.05
    return 1.05 / light > light / (lightness(INK) + 0.05)
