"""The executed copy of a brief: a notebook that reads like the page, with its code folded away."""

import nbformat

from workbench.briefs.content import Content
from workbench.briefs.run import KIND, Run
from workbench.briefs.table import table


def executed_copy(ran: Run, content: Content) -> str:
    """A run as a notebook: texts filled in, charts and tables as pictures and HTML, code hidden.

    Parameters
    ----------
    ran : Run
    content : Content

    Returns
    -------
    str
        The notebook's JSON.
    """
    copy = nbformat.from_dict(ran.notebook)
    texts = {content.pieces[place].cell: prose.filled() for place, prose in content.texts.items()}
    for number, cell in enumerate(copy.cells, start=1):
        if cell.cell_type == "markdown":
            cell.source = texts.get(number, "")
            continue
        if cell.cell_type != "code":
            continue
        cell.metadata["jupyter"] = {"source_hidden": True}
        cell.metadata["tags"] = [*cell.metadata.get("tags", ()), "hide-input"]
        for output in cell.outputs:
            found = output.get("data", {}).pop(KIND, None)
            if found:
                picture = f"<p>{found['svg']}</p>" if found["svg"] else ""
                output.data["text/html"] = picture + table(content.records[found["show"]])
    copy.cells = [cell for cell in copy.cells if cell.cell_type != "markdown" or cell.source]
    return nbformat.writes(copy)
