"""Charts in a dark notebook are dark: the reader's page puts another colour in the place of each."""

import json

from bokeh.models import CustomJS
from bokeh.plotting import figure

from workbench.charts.palette import DARK

# A page of its own has no theme of a notebook, so that what is published or printed stays as it was drawn. The colours
# are properties of a figure's models, and columns of its data; those that are the same in both themes are left alone.
# Once a figure, as soon as the layout tells its width: earlier there is no page that could be asked for its theme.
FOLLOW = (
    f"const dark = new Map({json.dumps(list(DARK.items()))})"
    + """
const light = new Map([...dark].map(([one, other]) => [other, one]))
const {dataset} = document.body
const isDark = () => dataset.jpThemeLight === "false" || (dataset.vscodeThemeKind ?? "").startsWith("vscode-dark")
const swapped = (value, colours) => {
  if (typeof value == "string") return colours.get(value) ?? value
  if (Array.isArray(value)) {
    const other = value.map((part) => swapped(part, colours))
    return other.some((part, place) => part !== value[place]) ? other : value
  }
  const entries = value instanceof Map ? [...value] : value?.constructor == Object ? Object.entries(value) : []
  const others = entries.map(([name, part]) => [name, swapped(part, colours)])
  if (others.every(([, part], place) => part === entries[place][1])) return value
  return value instanceof Map ? new Map(others) : Object.fromEntries(others)
}
const paint = () => {
  if (plot.is_dark == isDark()) return
  plot.is_dark = isDark()
  for (const model of plot.references()) {
    const changed = {}
    for (const property of model) {
      if (property.is_unset) continue
      const value = property.get_value(), other = swapped(value, plot.is_dark ? dark : light)
      if (other !== value) changed[property.attr] = other
    }
    if (Object.keys(changed).length) model.setv(changed)
  }
}
if (plot.is_dark == null && plot.outer_width > 0) {
  plot.is_dark = false
  setTimeout(paint)
  const theme = new MutationObserver(() => plot.document == null ? theme.disconnect() : paint())
  theme.observe(document.body, {attributes: true})
}
"""
)


def follow_notebook(plot: figure) -> None:
    """Let a figure have dark colours for as long as the notebook around it is dark.

    Parameters
    ----------
    plot : figure
    """
    plot.js_on_change("outer_width", CustomJS(args={"plot": plot}, code=FOLLOW))
