"""A figure as one page that holds all it needs."""

from html import escape

from bokeh.embed import components
from bokeh.plotting import figure
from bokeh.resources import Resources

INSIDE = Resources(mode="inline", components=["bokeh"])


def page(drawn: figure, *, title: str) -> str:
    """An HTML document that shows `drawn` without asking any address, wherever the file lies.

    Bokeh's own `file_html` and `Resources.render` name the scripts of every extension that was ever imported, by
    addresses that only a running server answers; after an import of Panel a saved page would ask for them.

    Parameters
    ----------
    drawn : figure
    title : str
        Of the page.

    Returns
    -------
    str
        HTML with scripts and data inside.
    """
    script, place = components(drawn)
    inside = "\n".join(f"<script>{text}</script>" for text in INSIDE.js_raw)
    head = f'<meta charset="utf-8"><title>{escape(title)}</title><link rel="icon" href="data:,">{inside}'
    return f'<!DOCTYPE html>\n<html lang="en">\n<head>{head}</head>\n<body>{place}{script}</body>\n</html>\n'
