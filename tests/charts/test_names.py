"""Names beside points: the nearest free place, none over a point or another name, none beyond the edge."""

from hypothesis import given
from hypothesis import strategies as st

from workbench.charts.names import LETTER, LINE, POINT, Names

SIZE = {"width": 560, "height": 360}


def boxes(points, texts, spots) -> list[tuple[float, float, float, float]]:
    """Left, right, top and bottom of each name, computed anew from where it was put."""
    found = []
    for place, spot in spots.items():
        wide = LETTER * len(texts[place])
        shift = {"left": 0, "right": 1, "center": 0.5}[spot.align] * wide
        left, middle = points[place][0] + spot.aside - shift, points[place][1] + spot.above
        found.append((left, left + wide, middle - LINE / 2, middle + LINE / 2))
    return found


def test_a_name_alone_stands_to_the_right_of_its_point():
    (spot,) = Names({"A": (200, 100)}, **SIZE).put([("A", "Lazio")], away=True).values()
    assert (spot.align, spot.joined) == ("left", False)
    assert spot.aside > 0


def test_at_the_right_edge_a_name_stands_to_the_left():
    (spot,) = Names({"A": (555, 100)}, **SIZE).put([("A", "Lazio")], away=True).values()
    assert spot.align == "right"


def test_a_name_without_room_beside_its_point_is_put_away_only_where_that_is_asked_for():
    ring = {at: (200 + 12 * (at % 9 - 4), 100 + 12 * (at // 9 - 4)) for at in range(81)}
    assert Names(ring, **SIZE).put([(40, "Lazio")], away=False) == {}
    (spot,) = Names(ring, **SIZE).put([(40, "Lazio")], away=True).values()
    assert spot.joined
    assert abs(spot.end[1]) < abs(spot.above)  # the line ends at the edge of the name


@given(
    st.lists(st.tuples(st.integers(0, 560), st.integers(0, 360)), min_size=1, max_size=40, unique=True),
    st.booleans(),
)
def test_names_cover_neither_points_nor_each_other_and_stay_inside(spots, away):
    points, texts = dict(enumerate(spots)), {at: f"Region {at}" for at in range(len(spots))}
    put = Names(points, **SIZE).put(texts.items(), away=away)
    found = boxes(points, texts, put)
    for at, (left, right, top, bottom) in zip(put, found, strict=True):
        assert left >= 0 and right <= 560 and top >= 0 and bottom <= 360
        for other, (x, y) in points.items():
            apart = right <= x - POINT or left >= x + POINT or bottom <= y - POINT or top >= y + POINT
            assert apart or other == at
    for at, one in enumerate(found):
        for other in found[:at]:
            assert one[1] <= other[0] or other[1] <= one[0] or one[3] <= other[2] or other[3] <= one[2]
