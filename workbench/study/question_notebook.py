"""A question as a notebook that reads like a brief and becomes one: the cells that were run, and the words for them."""

import json

from workbench.study.recipe import Recipe
from workbench.terms.errors import Refused
from workbench.terms.text import _, language_code

KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def question_notebook(recipe: Recipe, words: str, *, link: str) -> str:
    """A notebook that asks a question again and says its answer; `workbench brief` makes a page or a PDF of it.

    Parameters
    ----------
    recipe : Recipe
    words : str
        The question as people say it: "Has it risen or fallen?".
    link : str
        The query of the explorer's address that shows the same: it travels on into the brief.

    Returns
    -------
    str
        The notebook's JSON, format 4.5.

    Raises
    ------
    Refused
        For a table that has no name: a notebook that is run elsewhere could not ask it.
    """
    if recipe.source_name is None:
        raise Refused(_("A notebook asks a table by its name: store it first, with wb.table(...).keep()."))
    importing, selecting, asking = recipe.steps()
    # braces are filled in by the brief: each figure of its text comes from the finding
    texts_and_code = (
        ("markdown", f"# {{{{ finding.question }}}}\n\n{words}"),
        ("code", f"{importing}\n\n{selecting}\n{asking}"),
        ("markdown", "## " + _("Answer") + "\n\n{{ finding.sentence }}"),
        ("code", "finding"),
    )
    notebook = {
        "cells": [_cell(number, kind, source) for number, (kind, source) in enumerate(texts_and_code, start=1)],
        "metadata": {
            "brief": {"language": language_code(), "link": link},
            "kernelspec": KERNEL,
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"


def _cell(number: int, kind: str, source: str) -> dict:
    ran = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"question-{number}", "metadata": {}, "source": source, **ran}
