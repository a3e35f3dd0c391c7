"""Colours that readers with any kind of colour vision tell apart, and a look of its own for every state."""

from itertools import combinations

import numpy as np
import pytest

from workbench.charts import palette

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


def apart(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


@pytest.mark.parametrize("vision", VISION)
def test_the_sequential_colours_darken_and_every_step_is_seen(vision):
    light = [lab(colour, vision)[0] for colour in palette.SEQUENTIAL]
    assert all(before > after + 5 for before, after in zip(light, light[1:], strict=False))
    assert min(apart(*pair, vision) for pair in zip(palette.SEQUENTIAL, palette.SEQUENTIAL[1:], strict=False)) > 10


@pytest.mark.parametrize("vision", VISION)
def test_any_two_series_have_colours_that_are_seen_as_two(vision):
    assert min(apart(*pair, vision) for pair in combinations(palette.CATEGORICAL, 2)) > 10


@pytest.mark.parametrize("vision", VISION)
def test_in_a_dark_notebook_series_classes_and_states_are_told_apart_as_well(vision):
    dark = palette.DARK
    assert min(apart(dark[one], dark[other], vision) for one, other in combinations(palette.CATEGORICAL, 2)) > 10
    plain = [dark[fill] for fill in (palette.OUTSIDE, palette.PAPER, palette.LOOKS["missing"].fill)]
    assert min(apart(fill, dark[colour], vision) for fill in plain for colour in palette.SEQUENTIAL) > 8


def test_in_a_dark_notebook_texts_and_series_stand_out_of_the_ground_and_each_colour_turns_back():
    ground = palette.lightness(palette.DARK[palette.PAPER]) + 0.05
    contrast = {colour: (palette.lightness(dark) + 0.05) / ground for colour, dark in palette.DARK.items()}
    assert min(contrast[colour] for colour in (palette.INK, palette.MUTED, palette.ACCENT, "#444444", "black")) > 4.5
    assert min(contrast[colour] for colour in palette.CATEGORICAL) > 3
    assert len(set(palette.DARK.values())) == len(palette.DARK)
    for fill in palette.SEQUENTIAL:  # a figure written into a cell
        one, other = (palette.lightness(palette.DARK.get(colour, colour)) for colour in (fill, palette.ink_on(fill)))
        assert (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 3.5, fill


@pytest.mark.parametrize("vision", VISION)
def test_no_state_can_be_taken_for_a_class_of_values(vision):
    plain = [palette.OUTSIDE, *(look.fill for look in palette.LOOKS.values() if look.fill and not look.hatch)]
    assert min(apart(fill, colour, vision) for fill in plain for colour in palette.SEQUENTIAL) > 8


def test_the_five_states_look_different_from_each_other():
    looks = {(look.fill, look.hatch, look.line) for look in palette.LOOKS.values()}
    assert len(looks) == len(palette.STATES) == 5
    assert len({look.words for look in palette.LOOKS.values()}) == 5


def test_text_can_be_read_on_every_fill():
    fills = [*palette.SEQUENTIAL, palette.OUTSIDE, *(look.fill for look in palette.LOOKS.values() if look.fill)]
    for fill in fills:
        one, other = palette.lightness(fill), palette.lightness(palette.ink_on(fill))
        assert (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 3.5, fill


def test_lightness_is_that_of_wcag():
    assert palette.lightness("#ffffff") == pytest.approx(1)
    assert palette.lightness("#000000") == 0
    assert palette.lightness("#777777") == pytest.approx(0.1845, abs=1e-4)


def test_there_are_as_many_markers_as_series_colours_so_that_colour_is_never_the_only_sign():
    assert len(set(palette.MARKERS)) == len(set(palette.CATEGORICAL)) == 7
