"""A map of regions whose rates are alike, or unlike, those of their neighbours beyond chance."""

import pandas as pd

from workbench.charts.choropleth import Choropleth
from workbench.charts.furniture import lines
from workbench.charts.key import ELSEWHERE, STATES, area
from workbench.charts.palette import LOOKS, PAPER
from workbench.charts.rows import nothing, number
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

CLUSTERS = {  # colours of Okabe & Ito (2008): clusters dark, regions unlike their neighbours light
    "HH": ("#d55e00", _("high among high")),
    "LL": ("#0072b2", _("low among low")),
    "HL": ("#f0c05a", _("high among low")),
    "LH": ("#8ecbf0", _("low among high")),
    "": ("#f1e6cd", _("no more than chance")),
}
SWATCHES = {cluster: area(colour, PAPER) for cluster, (colour, _name) in CLUSTERS.items()}
SEEN = ("", "zero", "unreliable")  # states of a figure that a cluster can be told of


class Clusters(Choropleth):
    """A map of the column `cluster`: HH, LL, HL, LH, or "" where nothing stands out. Arguments as `Choropleth`, without a scale.

    The rate, its interval and `q_value`, where there is one, are in the tooltip.
    """

    def __init__(self, shapes, *, title: str, unit: str, attribution: str, synthetic: bool = False, by: str = "nuts2"):
        self._clusters: list[str] = []
        super().__init__(shapes, title=title, unit=unit, attribution=attribution, synthetic=synthetic, by=by)
        # Swatches made before the figure is shown cost nothing later.
        self._key.show([(words, SWATCHES[cluster]) for cluster, (_fill, words) in CLUSTERS.items()])
        self.update(nothing(by, "cluster"))

    def update(self, frame: pd.DataFrame, **said) -> None:
        """Repaint the regions from a finding's frame with a column `cluster`; `said` as in `Choropleth.update`.

        Raises
        ------
        WorkbenchError
            If there is no `cluster`, or one that is unknown, and as `Choropleth.update`.
        """
        if len(frame) and "cluster" not in frame:
            message = _(
                "This map needs the column cluster; the frame has {there}. Draw the answer of a test of clusters."
            )
            raise WorkbenchError(message.format(there=", ".join(map(str, frame.columns))))
        clusters = frame["cluster"].fillna("").astype(str).tolist() if len(frame) else []
        if strange := sorted(set(clusters) - CLUSTERS.keys()):
            message = _("{cluster!r} is not a kind of cluster. The kinds are {known}.")
            raise WorkbenchError(message.format(cluster=strange[0], known=", ".join(map(repr, CLUSTERS))))
        self._clusters = clusters
        self._doubts = frame["q_value"].tolist() if "q_value" in frame else [float("nan")] * len(frame)
        super().update(frame, **said)
        self._key.legend.title = lines(_("Rate of the region among its neighbours' rates"), 22)
        self._key.show(self._entries)

    def _columns(self, rows, groups, places, scale) -> dict[str, list[str]]:
        """As of a map of rates, with the colours and words of clusters; looks of states stay."""
        columns = super()._columns(rows, groups, places, scale)
        drawn = [places.get(code) for code in self.codes]
        for at, place in enumerate(drawn):
            if place is None or rows.at[place, "state"] not in SEEN:
                continue
            columns["fill"][at], words = CLUSTERS[self._clusters[place]]
            if columns["look"][at].startswith("unreliable"):
                dark = self._clusters[place] in {"HH", "LL"}
                columns["look"][at] = "unreliable on dark" if dark else "unreliable on light"
            doubt = self._doubts[place]
            said = words if doubt != doubt else _("{words} (q = {q})").format(words=words, q=number(doubt))
            columns["remark"][at] = "; ".join(filter(None, [said, columns["remark"][at]]))
        self._entries = self._named(rows, None in drawn)
        return columns

    def _named(self, rows: pd.DataFrame, outside: bool) -> list[tuple[str, tuple]]:
        """The key's entries: the clusters and states that occur, then what is outside."""
        occur = {cluster for cluster, state in zip(self._clusters, rows["state"], strict=True) if state in SEEN}
        entries = [(words, SWATCHES[cluster]) for cluster, (_fill, words) in CLUSTERS.items() if cluster in occur]
        entries += [(LOOKS[state].name, swatch) for state, swatch in STATES.items() if state in set(rows["state"])]
        return [*entries, (_("not in this answer"), ELSEWHERE)] if outside else entries
