"""What the simulations share: a table of how often an interval holds the truth, printed and kept for the docs."""

import os
from pathlib import Path

import pandas as pd
import pytest


@pytest.fixture
def shown(request):
    """Print rows as a table, fractions in per cent; with COVERAGE_TABLES, keep it in that folder as Markdown."""
    kept = []

    def show(rows: list[dict]) -> pd.DataFrame:
        table = pd.DataFrame(rows)
        percent = (100 * table.select_dtypes("float")).round(1)
        told = percent.combine_first(table)[table.columns].astype(str)
        print("\n" + told.to_string(index=False))
        lines = [list(told.columns), ["---"] * told.shape[1], *told.to_numpy().tolist()]
        kept.append("\n".join(f"| {' | '.join(line)} |" for line in lines))
        return table

    yield show
    if folder := os.environ.get("COVERAGE_TABLES"):
        test = request.function
        subject = Path(request.path).stem.removeprefix("test_coverage_").capitalize()
        title = f"{subject}: {test.__name__.removeprefix('test_').replace('_', ' ')}"
        params = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
        case = ", ".join(str(value) for value in params if isinstance(value, str | int | float))
        title += f" ({case})" if case else ""
        said = " ".join((test.__doc__ or "").split())
        parts = [f"## {title}", *([said] if said else []), *kept]
        place = f"{Path(request.path).stem}-{test.__code__.co_firstlineno:04}-{request.node.name}"
        name = "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in place)
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.md").write_text("\n" + "\n\n".join(parts) + "\n", encoding="utf-8")
