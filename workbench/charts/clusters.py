"""A map of regions whose rates are alike, or unlike, those of their neighbours beyond chance."""

import pandas as pd

from workbench.charts.chart import Caption
from workbench.charts.choropleth import Choropleth
from workbench.charts.furniture import lines
from workbench.charts.key import ELSEWHERE, STATES, area
from workbench.charts.palette import LOOKS, PAPER
from workbench.charts.scale import Scale
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _, mark, translated
from workbench.terms.words import number

CLUSTERS = {  # colours of Okabe & Ito (2008): clusters dark, regions unlike their neighbours light
    "HH": ("#d55e00", mark("high among high")),
    "LL": ("#0072b2", mark("low among low")),
    "HL": ("#f0c05a", mark("high among low")),
    "LH": ("#8ecbf0", mark("low among high")),
    "": ("#f1e6cd", mark("no more than chance")),
    "island": ("#c8b0a0", mark("without neighbours, not tested")),
}
SWATCHES = {
    cluster: area(colour, PAPER, "dot" if cluster == "island" else None)
    for cluster, (colour, _name) in CLUSTERS.items()
}
TESTED = ("", "zero", "unreliable")  # states of a figure that a cluster can be told of


class Clusters(Choropleth):
    """A map of the column `cluster`: HH, LL, HL, LH, "" where nothing stands out, "island" where nothing can.

    Arguments as `Choropleth`, without a scale. The rate, its interval and `q_value`, where there is one, are in the
    tooltip.

    Raises
    ------
    WorkbenchError
        From `update`: if there is no `cluster`, or one that is unknown, and as `Choropleth.update`.
    """

    def __init__(self, shapes, caption: Caption, *, by: str = "nuts2"):
        super().__init__(shapes, caption, by=by)
        # Swatches made before the figure is shown cost nothing later.
        self._key.show([(words, SWATCHES[cluster]) for cluster, (_fill, words) in CLUSTERS.items()])
        self._key.show([(_("not in this answer"), ELSEWHERE)])

    def _ready(self, frame: pd.DataFrame) -> pd.DataFrame:
        rows = super()._ready(frame)
        if not len(frame):
            return rows.assign(cluster="", q_value=float("nan"))
        if "cluster" not in frame:
            message = _(
                "This map needs the column cluster; the frame has {columns}. Draw the answer of a test of clusters."
            )
            raise WorkbenchError(message.format(columns=", ".join(map(str, frame.columns))))
        rows["cluster"] = frame["cluster"].fillna("").astype(str).to_numpy()
        if strange := sorted(set(rows["cluster"]) - CLUSTERS.keys()):
            message = _("{cluster!r} is not a kind of cluster. The kinds are {known}.")
            raise WorkbenchError(message.format(cluster=strange[0], known=", ".join(map(repr, CLUSTERS))))
        rows["q_value"] = frame["q_value"].to_numpy(float) if "q_value" in frame else float("nan")
        return rows

    def _columns(self, rows: pd.DataFrame, places, scale: Scale) -> dict[str, list[str]]:
        """As of a map of rates, with the colours and words of clusters; looks of states stay."""
        columns = super()._columns(rows, places, scale)
        for at, code in enumerate(self.codes):
            place = places.get(code)
            if place is None or rows.at[place, "state"] not in TESTED:
                continue
            cluster, q = rows.at[place, "cluster"], rows.at[place, "q_value"]
            columns["fill"][at], marked = CLUSTERS[cluster]
            if columns["look"][at].startswith("unreliable"):
                columns["look"][at] = "unreliable on dark" if cluster in {"HH", "LL"} else "unreliable on light"
            elif cluster == "island":
                columns["look"][at] = cluster
            words = translated(marked)
            if q == q:
                words = _("{words} (q = {q})").format(words=words, q=number(q))
            columns["remark"][at] = "; ".join(filter(None, [words, columns["remark"][at]]))
        return columns

    def _key_title(self, scale: Scale) -> str:
        return lines(_("Rate of the region among its neighbours' rates"), 22)

    def _key_entries(self, rows: pd.DataFrame, scale: Scale, *, outside: bool) -> list[tuple[str, tuple]]:
        """The clusters and states that occur, then what is outside."""
        occur = set(rows.loc[rows["state"].isin(TESTED), "cluster"])
        states = set(rows["state"])
        entries = [
            (translated(words), SWATCHES[cluster]) for cluster, (_fill, words) in CLUSTERS.items() if cluster in occur
        ]
        entries += [(translated(LOOKS[state].name), swatch) for state, swatch in STATES.items() if state in states]
        return [*entries, (_("not in this answer"), ELSEWHERE)] if outside else entries
