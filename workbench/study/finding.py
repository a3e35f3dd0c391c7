"""A finding: the answer to one question, with its doubt, its sources and what was withheld."""

import html
import io
import json
import platform
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from workbench import __version__
from workbench.charts.palette import LOOKS
from workbench.cubes.selection import Selection
from workbench.study.printed import number, printed
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import UnknownName, WorkbenchError
from workbench.terms.text import _, n_

SHOWN = 5
"""Rows that a printed finding shows."""
STATES = {state: look.words for state, look in LOOKS.items()}
"""The states of a figure in words, as the charts say them."""
STYLES = ("workbench", "eurostat")
TABLE_STYLE = """.wb-table td, .wb-table th {{ padding: 2px 10px; text-align: right }}
.wb-table td:nth-child(-n+{left}), .wb-table th:nth-child(-n+{left}) {{ text-align: left }}"""
EUROSTAT = {"nuts0": "geo", "nuts1": "geo", "nuts2": "geo", "nuts3": "geo", "nace1": "nace_r2", "nace2": "nace_r2", "age_group": "age",
            "year": "TIME_PERIOD", "value": "OBS_VALUE", "flag": "OBS_FLAG"}  # fmt: skip


class Copied:
    """A frame that is handed out as a copy. pandas copies cells only when they are written to: reading costs 20 µs."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, its: object, _owner: type | None = None) -> "pd.DataFrame | Copied":
        if its is None:
            return self
        return its.__dict__[self._name].copy(deep=False)

    def __set__(self, its: object, frame: pd.DataFrame) -> None:
        its.__dict__[self._name] = frame.copy(deep=False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The frozen answer to one question.

    Attributes
    ----------
    question : what was asked, in words
    frame : one row per group: the dimensions of `by`, then value low high level method count exposure per unit flag
        state; `state` is "" (reliable), "zero", "missing", "withheld" or "unreliable". Each time a copy: what is done
        to it leaves the finding as it was
    notes : what the reader has to know beside the numbers
    sources : one mapping per source: name, citation, licence, attribution, way it came, addresses, hashes
    withheld : how many values are withheld
    model : the frozen result of a trend or regression, or None
    """

    question: str
    selection: Selection
    by: tuple[str, ...]
    frame: pd.DataFrame = field(default=Copied(), repr=False, compare=False)
    summary: str
    notes: tuple[str, ...] = ()
    sources: tuple[Mapping, ...] = ()
    withheld: int = 0
    model: object = None
    lists: Mapping[str, CodeList] = field(default_factory=dict, repr=False, compare=False)
    title: str = ""
    synthetic: bool = False

    def __str__(self) -> str:
        lines = [self.summary]
        if len(self.frame) > 1:
            shown = self.table()[[*self.row_names(), "value", "low", "high", "count", "exposure", "flag", "state"]]
            lines.append(printed(shown.head(SHOWN), self.row_names()))
            if (more := len(shown) - SHOWN) > 0:
                lines.append(n_("... and {n} more row", "... and {n} more rows", more).format(n=more))
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        table = self.html_table(most=20)
        return f"<p><strong>{html.escape(self.summary)}</strong></p>{table}<ul>{notes}</ul><p><small>{html.escape(self.cite())}</small></p>"

    def html_table(self, *, most: int | None = None) -> str:
        """The rows as people read them: names for columns, states in words, whole persons, nothing empty."""
        frame, unit = self.frame, str(self.frame["unit"].iloc[0]) if len(self.frame) else ""
        heads = {"value": unit, "low": _("from"), "high": _("to"), "count": _("accidents"), "exposure": _("people at risk"),
                 "flag": _("flag"), "state": _("state")}  # fmt: skip
        own_figure = frame["count"].equals(frame["value"])  # a count is its own figure
        shown = [
            c
            for c in heads
            if c == "value" or (frame[c].replace("", None).notna().any() and not (c == "count" and own_figure))
        ]
        names = {name: DIMENSIONS[name].label for name in self.by} | {
            f"{name}_label": "" for name in self.by if name != "year"
        }
        names |= {"term_label": ""} if "term" in frame else {}
        table = self.table()[[*names, *shown]]
        table = table.assign(state=table["state"].map(STATES)) if "state" in shown else table
        counted = frame["low"].isna().all() and (frame["value"].dropna() % 1 == 0).all()  # accidents, people: all whole
        persons = ("count", "exposure", *(["value"] if counted else []))
        whole = {heads[c]: lambda v: "–" if v != v else f"{v:,.0f}" for c in persons if c in shown}
        table = table.rename(columns=names | heads)
        told = _html(table, whole, most or len(table))
        left = len(self.by) + len([name for name in self.by if name != "year"])
        return f"<style>{TABLE_STYLE.format(left=max(left, 1))}</style><div class='wb-table'>{told}</div>"

    def row_names(self) -> list[str]:
        """Columns that name a row: dimensions and their labels; of a finding without dimensions, its terms."""
        return [
            column for name in (*self.by, "term") for column in (name, f"{name}_label") if column in self.table_columns
        ]

    @property
    def table_columns(self) -> list[str]:
        """Columns of `table()`: each dimension with its label beside it, then the numbers."""
        labelled = [c for name in self.by for c in ((name,) if name == "year" else (name, f"{name}_label"))]
        return [*labelled, *(c for c in self.frame.columns if c not in self.by)]

    def table(self, *, style: str = "workbench") -> pd.DataFrame:
        """The frame with a label beside each code; `style="eurostat"` gives geo, nace_r2, TIME_PERIOD, OBS_VALUE, OBS_FLAG.

        TIME_PERIOD is there when the finding is divided by year, or is of one year.

        Raises
        ------
        UnknownName
            For another style.
        """
        if style not in STYLES:
            raise UnknownName(
                _("style of a table"), style, STYLES, hint=_("There are: {styles}.").format(styles=", ".join(STYLES))
            )
        frame = self.frame
        for name in self.by:
            if name != "year":
                frame[f"{name}_label"] = [self.label(name, code) for code in frame[name]]
        frame = frame[self.table_columns]
        if style == "eurostat":
            sections = {name for name in self.by if DIMENSIONS[name].axis == "nace"}
            for name in sections:  # Eurostat writes divisions with their section: C10
                known = self.lists["nace"]
                frame[name] = [f"{known.parent(c)}{c}" if known.parent(c) else c for c in frame[name]]
            years = self.selection.years
            if "year" not in self.by and years and years[0] == years[1]:
                frame.insert(len(self.row_names()), "year", years[0])
            frame = frame.rename(columns=EUROSTAT)
        return frame

    def label(self, name: str, code: str) -> str:
        """What a code of a dimension is called."""
        known = self.lists.get(DIMENSIONS[name].axis)
        return _("Unknown") if code == UNKNOWN else known.label(code) if known else str(code)

    def chart(self):
        """The finding as a Bokeh figure: a map, a series, a grid or intervals, as its dimensions ask."""
        from workbench.study.picture import draw  # the only import that costs a screen library

        return draw(self)

    def cite(self) -> str:
        """The sources as one line, with how the data came."""
        return "; ".join(f"{source['citation']} ({source['way']})" for source in self.sources)

    def to_dict(self) -> dict:
        """One plain object: frame, columns with their units, notes, sources, withheld."""
        rows = json.loads(self.table().to_json(orient="records", double_precision=10))
        unit = str(self.frame["unit"].iloc[0]) if len(self.frame) else ""
        persons = {
            "value": unit,
            "low": unit,
            "high": unit,
            "count": "accidents",
            "exposure": "persons employed",
            "per": "persons employed",
        }
        columns = {name: persons.get(name, "") for name in self.table_columns}
        return {"question": self.question, "summary": self.summary, "frame": rows, "columns": columns, "notes": list(self.notes),
                "sources": [dict(s) for s in self.sources], "withheld": self.withheld}  # fmt: skip

    def to_csv(self, path: Path | str | None = None, *, style: str = "workbench") -> str:
        """The table as CSV text; written to `path` when given. WorkbenchError when it cannot be."""
        text = self.table(style=style).to_csv(index=False)
        if path:
            with _writing(path):
                Path(path).write_text(text, encoding="utf-8")
        return text

    def to_zip(self, path: Path | str) -> Path:
        """Everything a reader needs to check the finding: table, question, notes, sources with hashes, versions, chart.

        Raises
        ------
        WorkbenchError
            When `path` cannot be written.
        """
        from workbench.charts.page import page

        path, text = Path(path), io.StringIO()
        text.write(
            f"{self.question}\n\n{self.summary}\n\n"
            + "\n".join(f"- {note}" for note in self.notes)
            + f"\n\n{self.cite()}\n"
        )
        with _writing(path), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as pack:
            pack.writestr("table.csv", self.to_csv())
            pack.writestr("README.txt", text.getvalue())
            pack.writestr("selection.yml", self.selection.to_yaml())
            pack.writestr("finding.json", json.dumps(self.to_dict(), indent=1, ensure_ascii=False))
            pack.writestr("chart.html", page(self.chart(), title=self.title))
            pack.writestr(
                "versions.json",
                json.dumps(
                    {"osh-workbench": __version__, "python": platform.python_version(), "pandas": pd.__version__}
                ),
            )
        return path


@contextmanager
def _writing(path: Path | str) -> Iterator[None]:
    """What the system says of a file that cannot be written, in words."""
    try:
        yield
    except OSError as error:
        said = _("{path} cannot be written: {why}. Name a file in a folder that there is.")
        raise WorkbenchError(said.format(path=path, why=error.strerror)) from error


def _html(table: pd.DataFrame, formats: Mapping, most: int) -> str:
    """An HTML table of the first and last rows, `most` in all. pandas writes the same, in ten times the time."""

    def written(name: str, cells: pd.Series) -> list[str]:
        write = (
            formats.get(name, number) if cells.dtype.kind == "f" else lambda cell: html.escape(str(cell), quote=False)
        )
        return ["–" if cell is None or cell != cell else write(cell) for cell in cells.tolist()]

    rows = list(zip(*(written(name, cells) for name, cells in table.items()), strict=True))
    if len(rows) > most:
        rows = [*rows[: most // 2], ("...",) * len(table.columns), *rows[-(most // 2) :]]
    lines = ["".join(f"<td>{cell}</td>" for cell in row) for row in rows]
    head = "".join(f"<th>{html.escape(name, quote=False)}</th>" for name in table.columns)
    body = "\n".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table class='dataframe'><thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>"
