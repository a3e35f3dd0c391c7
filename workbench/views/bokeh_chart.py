"""A chart as a widget that draws itself anew when its figure changes, without a library from elsewhere."""

from collections.abc import Mapping
from pathlib import Path

import anywidget
import bokeh
import traitlets
from bokeh.embed import json_item
from bokeh.plotting import figure

from workbench.charts.page import INSIDE


class BokehChart(anywidget.AnyWidget):
    """A Bokeh figure among widgets; `show` replaces it.

    Attributes
    ----------
    label : str
        What the chart shows, in a sentence, for those who do not see it.
    """

    _esm = Path(__file__).with_name("bokeh_chart.js").read_text(encoding="utf-8")
    _css = """
    .wb-chart { border-radius: 6px; overflow-x: auto; }
    .wb-model .jupyter-widget-Collapse-header { color: var(--jp-ui-font-color0, inherit); } /* else under 4.5:1 */
    """

    item = traitlets.Dict().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    version = traitlets.Unicode(bokeh.__version__).tag(sync=True)

    def __init__(self):
        super().__init__()
        self.on_msg(self._answer)

    def show(self, drawn: figure | None, label: str = "") -> None:
        """Draw a figure in place of what is there.

        Parameters
        ----------
        drawn : figure or None
            None for nothing.
        label : str
            What it shows, in a sentence.
        """
        self.label = label
        self.item = {} if drawn is None else json_item(drawn)

    def _answer(self, _widget: object, message: object, _buffers: object) -> None:
        if isinstance(message, Mapping) and message.get("want") == "bokeh":
            self.send({"script": "\n".join(INSIDE.js_raw)})
