"""A slider of a detector's threshold: what it misses, how often it alarms, how many of the alarms would be true."""

from html import escape

import ipywidgets
import pandas as pd
import traitlets

from workbench.terms import words
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import _

NEEDED = ("threshold", "missed", "alarms", "alarms_high", "share_true")


class ThresholdSlider(ipywidgets.VBox):
    """One threshold of a trade-off, in words under its slider.

    Attributes
    ----------
    threshold : float
        The one that is chosen; setting it moves the slider.
    """

    threshold = traitlets.Float()

    def __init__(self, curve: pd.DataFrame, unit: str):
        if absent := [name for name in NEEDED if name not in curve] or ([] if len(curve) else ["rows"]):
            message = _("A trade-off has the columns {needed}; {absent} is missing.")
            raise WorkbenchError(message.format(needed=", ".join(NEEDED), absent=", ".join(absent)))
        self.curve, self.unit = curve.set_index("threshold").sort_index(), unit
        options = [(f"{value:g} {unit}", float(value)) for value in self.curve.index]
        self.slider = ipywidgets.SelectionSlider(
            options=options, description=_("Threshold"), layout={"width": "420px"}, continuous_update=True
        )
        self.reading = ipywidgets.HTML()
        super().__init__([self.slider, self.reading])
        traitlets.link((self.slider, "value"), (self, "threshold"))
        self.observe(self._read, "threshold")
        self._read()

    @property
    def sentence(self) -> str:
        """What the chosen threshold does."""
        return at_threshold(self.curve.loc[self.threshold], self.threshold, self.unit)

    def _read(self, _change: object = None) -> None:
        self.reading.value = f"<p style='margin:4px 2px;font-size:14px'>{escape(self.sentence)}</p>"


def at_threshold(row: pd.Series, threshold: float, unit: str) -> str:
    """What a threshold does, in words.

    Parameters
    ----------
    row : missed, alarms, alarms_high, share_true
    threshold : float
    unit : of the threshold

    Returns
    -------
    str
    """
    return _(
        "At {threshold:g} {unit}: {missed:.0f} of 100 falls missed; {alarms} alarms in a worker-week, up to {high}. "
        "True alarms: {share}."
    ).format(
        threshold=threshold,
        unit=unit,
        missed=row["missed"],
        alarms=in_plain_figures(row["alarms"]),
        high=in_plain_figures(row["alarms_high"]),
        share=one_in(row["share_true"]),
    )


def in_plain_figures(value: float) -> str:
    """Two or three figures that are read at a glance: `31,174`, `370`, `0.71`, `under 0.01`.

    Parameters
    ----------
    value : 0 or more

    Returns
    -------
    str
    """
    if value >= 100 or value == int(value):
        return words.whole(round(value))
    return words.number(value) if value >= 0.01 else _("under 0.01")


def one_in(share: float) -> str:
    """A share as a part of how many: `1 in 740,000`.

    Parameters
    ----------
    share : 0 to 1

    Returns
    -------
    str
    """
    if not share > 0:
        return _("none")
    n = round(1 / share)
    # more than two figures of so rare a share would not be known
    return _("1 in {n:,}").format(n=n if n < 100 else round(n, 2 - len(str(n))))
