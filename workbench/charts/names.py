"""Names next to the points of a crowded chart, where they cover neither points nor each other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

BESIDE = [  # alignment and offset of a name, the nearest first
    *(("left", 9, 0), ("right", -9, 0), ("center", 0, -13), ("center", 0, 13)),
    *(("left", 7, -12), ("left", 7, 12), ("right", -7, -12), ("right", -7, 12)),
]
AWAY = [  # where a thin line has to join a name to its point
    ("center", aside, above)
    for reach in (24, 38, 52, 66, 80)
    for aside in (0, -40, 40, -80, 80, -120, 120)
    for above in (reach, -reach)
]
LETTER, LINE = 6.2, 14  # pixels that a letter and a line take
POINT = 5  # pixels from the middle of a point to its edge


@dataclass(frozen=True)
class Spot:
    """Where a name stands: alignment, offset in pixels (down is positive), and whether a line joins it to its point."""

    align: str
    aside: float
    above: float
    joined: bool

    @property
    def end(self) -> tuple[float, float]:
        """Where the joining line ends: at the edge of the name that faces the point."""
        return self.aside, self.above - (LINE if self.above > 0 else -LINE) / 2


class Names:
    """Room for names on a canvas of `width` by `height` pixels with points at (x, y), counted from the top left."""

    def __init__(self, points: Mapping[object, tuple[float, float]], *, width: float, height: float):
        self._points, self._width, self._height = points, width, height
        self._taken = {place: (x - POINT, x + POINT, y - POINT, y + POINT) for place, (x, y) in points.items()}

    def put(self, texts: Iterable[tuple[object, str]], *, away: bool) -> dict[object, Spot]:
        """Places for the names of points, the first served first; those without room are left out."""
        spots = [*(Spot(*near, False) for near in BESIDE), *(Spot(*far, True) for far in AWAY if away)]
        found = {}
        for place, text in texts:
            for spot in spots:
                box = self._box(place, text, spot)
                if self._free(box, place):
                    found[place], self._taken["name", place] = spot, box
                    break
        return found

    def _box(self, place: object, text: str, spot: Spot) -> tuple[float, float, float, float]:
        (x, y), wide = self._points[place], LETTER * len(text)
        left = x + spot.aside - {"left": 0, "right": wide, "center": wide / 2}[spot.align]
        return left, left + wide, y + spot.above - LINE / 2, y + spot.above + LINE / 2

    def _free(self, box: tuple[float, float, float, float], place: object) -> bool:
        inside = box[0] >= 0 and box[1] <= self._width and box[2] >= 0 and box[3] <= self._height
        return inside and not any(_overlap(box, other) for at, other in self._taken.items() if at != place)


def _overlap(one: tuple, other: tuple) -> bool:
    return one[0] < other[1] and other[0] < one[1] and one[2] < other[3] and other[2] < one[3]
