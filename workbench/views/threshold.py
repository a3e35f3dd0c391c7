"""A slider of a detector's threshold: what it misses, how often it alarms, how many of the alarms would be true."""

from html import escape

import ipywidgets
import pandas as pd
import traitlets

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
        row = self.curve.loc[self.threshold]
        return _(
            "At {threshold:g} {unit}: {missed:.0f} of 100 falls missed; {alarms:,.2g} alarms in a worker-week, up to "
            "{high:,.2g}; {share:.2g} of the alarms true."
        ).format(
            threshold=self.threshold,
            unit=self.unit,
            missed=row["missed"],
            alarms=row["alarms"],
            high=row["alarms_high"],
            share=row["share_true"],
        )

    def _read(self, _change: object = None) -> None:
        self.reading.value = f"<p style='margin:4px 2px;font-size:14px'>{escape(self.sentence)}</p>"
