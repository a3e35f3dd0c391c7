"""A slider over some values in a page, each with its text."""

from pathlib import Path

import param
from panel.custom import JSComponent


class Steps(JSComponent):
    """The browser's own slider: `index` is the place of the value that is chosen."""

    title = param.String()
    texts = param.List(item_type=str)
    index = param.Integer(default=0)

    _esm = Path(__file__).with_name("steps.js").read_text(encoding="utf-8")
