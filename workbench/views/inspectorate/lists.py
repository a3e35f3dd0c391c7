"""Figures below each other as the screen draws them: a dot with its interval for each, its name before it."""

from collections.abc import Sequence

import pandas as pd

from workbench.terms.text import _


def list_chart(
    rows: pd.DataFrame,
    *,
    title: str,
    line: str,
    says: str = "",
    names: Sequence[str],
    texts: Sequence[str],
    tips: Sequence[Sequence[str]],
    chosen: Sequence[int] = (),
) -> dict:
    """A card with a dot and its interval for each row.

    Parameters
    ----------
    rows : DataFrame
        value, low, high.
    title, line, says : str
        What stands above it.
    names, texts, tips : of each row
        What it is called, its figure in words, and what it says when it is pointed at.
    chosen : places of rows that stand out

    Returns
    -------
    dict
        Plain values.
    """
    about = _("{line}. {says} {n} rows; arrow keys walk them.").format(line=line, says=says, n=len(rows))
    return {
        "kind": "list",
        "title": title,
        "line": line,
        "says": says,
        "about": about,
        "credit": "",
        "notes": [],
        "inert": True,
        "ratio": False,
        "chosen": list(chosen),
        "key": {"method": "", "entries": []},
        "marks": {
            "key": [[str(at)] for at in range(len(rows))],
            "name": list(names),
            **{name: [_number(value) for value in rows[name].tolist()] for name in ("value", "low", "high")},
            "state": [""] * len(rows),
            "text": list(texts),
            "tip": [list(tip) for tip in tips],
        },
    }


def _number(value: float) -> float | None:
    return None if value != value else float(value)
