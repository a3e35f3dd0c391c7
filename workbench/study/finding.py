"""A finding: the answer to one question, with its doubt, its sources and what was withheld."""

import html
import json
import platform
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from workbench import __version__
from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.study import export, package, tables
from workbench.study.chart import Chart, Picture
from workbench.study.percent import chart_in_percent, in_percent
from workbench.study.protection import Protection
from workbench.study.release import permit
from workbench.study.why import Why, why
from workbench.terms.codes import UNKNOWN, CodeList
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import _, n_

SHOWN = 5
"""Rows that a printed finding shows."""
STYLES = ("workbench", "eurostat")
EUROSTAT = {
    **{f"nuts{level}": "geo" for level in range(4)},
    "nace1": "nace_r2",
    "nace2": "nace_r2",
    "age_group": "age",
    "year": "TIME_PERIOD",
    "value": "OBS_VALUE",
    "flag": "OBS_FLAG",
}


class Copied:
    """A frame that is handed out as a copy. pandas copies cells only when they are written to: reading costs 20 µs."""

    def __set_name__(self, _owner: type, name: str) -> None:
        self._name = f"_{name}"

    def __get__(self, finding: object, _owner: type | None = None) -> "pd.DataFrame | Copied":
        if finding is None:
            return self
        return finding.__dict__[self._name].copy(deep=False)

    def __set__(self, finding: object, frame: pd.DataFrame) -> None:
        finding.__dict__[self._name] = frame.copy(deep=False)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The frozen answer to one question.

    Attributes
    ----------
    question : what was asked, in words
    frame : one row per group: the dimensions of `by`, then value low high level method count exposure per unit flag
        state; `state` is "" (reliable), "zero", "missing", "withheld" or "unreliable". Each time a copy: what is done
        to it leaves the finding as it was
    notes : what the reader has to know about the numbers
    sources : one mapping per source: name, citation, licence, attribution, way it came, addresses, hashes
    withheld : how many values are withheld
    model : the frozen result of a trend or regression, or None
    units : the unit of each column of `frame` that has one; a share is kept from 0 to 1
    percent : the unit that shares are read in, by sentences, printed tables and charts, such as "% of establishments"
    chart_spec : the chart that the question wants
    release : why it must not leave this session, "" where it may
    protection : by which rules rows are withheld, of data on persons
    cube : the cube that was asked, and which of its measures; None of respondents of a survey. `wb.explain` tells of it
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
    units: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)
    percent: str = ""
    chart_spec: Chart = field(default=Chart(kind="table"), repr=False, compare=False)
    release: str = ""
    protection: Protection | None = field(default=None, repr=False, compare=False)
    cube: Cube | None = field(default=None, repr=False, compare=False)
    measure: str = field(default="", repr=False, compare=False)

    def __str__(self) -> str:
        lines = [self.summary]
        if len(self.frame) > 1:
            shown = self.displayed()[[*self.row_names(), "value", "low", "high", "count", "exposure", "flag", "state"]]
            lines.append(tables.printed(shown.head(SHOWN), self.row_names()))
            if (more := len(shown) - SHOWN) > 0:
                lines.append(n_("... and {n} more row", "... and {n} more rows", more).format(n=more))
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])

    def _repr_html_(self) -> str:
        notes = "".join(f"<li>{html.escape(note)}</li>" for note in self.notes)
        table = self.html_table(most=20)
        summary, sources = html.escape(self.summary), html.escape(self.cite())
        return f"<p><strong>{summary}</strong></p>{table}<ul>{notes}</ul><p><small>{sources}</small></p>"

    def html_table(self, *, most: int | None = None) -> str:
        """The rows as people read them: names for columns, states in words, whole persons, nothing empty.

        Parameters
        ----------
        most : so many rows, the first and the last of them; None for all
        """
        names = {name: DIMENSIONS[name].label for name in self.by}
        names |= {f"{name}_label": "" for name in self.by if name != "year"}
        names |= {"term_label": ""} if "term" in self.frame else {}
        units = {**self.units, "value": self.percent or self.units.get("value", "")}
        return tables.html_table(self.displayed(), names, units, most=most)

    def displayed(self) -> pd.DataFrame:
        """The table as it is read: shares in per cent. Files keep them from 0 to 1, as `table` has them.

        Returns
        -------
        DataFrame
        """
        return in_percent(self.table(), self.percent, self.units)

    def row_names(self) -> list[str]:
        """Columns that name a row: dimensions and their labels; of a finding without dimensions, its terms.

        Returns
        -------
        list of str
        """
        columns = self.table_columns
        return [column for name in (*self.by, "term") for column in (name, f"{name}_label") if column in columns]

    @property
    def table_columns(self) -> list[str]:
        """Columns of `table()`: each dimension with its label next to it, then the numbers."""
        labelled = [c for name in self.by for c in ((name,) if name == "year" else (name, f"{name}_label"))]
        return [*labelled, *(c for c in self.frame.columns if c not in self.by)]

    def table(self, *, style: str = "workbench") -> pd.DataFrame:
        """The frame with a label next to each code; `style="eurostat"` has Eurostat's names of columns.

        These are geo, nace_r2, TIME_PERIOD, OBS_VALUE, OBS_FLAG; TIME_PERIOD is there when the finding is divided by
        year, or is of one year.

        Raises
        ------
        UnknownName
            For another style.
        """
        if style not in STYLES:
            raise UnknownName(
                _("style of a table"), style, STYLES, hint=_("There are: {styles}.").format(styles=", ".join(STYLES))
            )
        frame = self._labelled()[self.table_columns]
        return self._as_eurostat(frame) if style == "eurostat" else frame

    def label(self, name: str, code: str) -> str:
        """What a code of a dimension is called.

        Parameters
        ----------
        name : str
            Of a dimension.
        code : str
            Of that dimension.

        Returns
        -------
        str
        """
        known = self.lists.get(DIMENSIONS[name].axis)
        return _("Unknown") if code == UNKNOWN else known.label(code) if known else str(code)

    @property
    def picture(self) -> Picture:
        """All that a chart of this finding is drawn from."""
        frame = in_percent(self._labelled(), self.percent, self.units)
        labels = [f"{name}_label" for name in self.by if name != "year"]
        if len(labels) == 1:
            frame = frame.assign(label=frame[labels[0]])
        if not self.by and "term" not in frame:
            frame = frame.assign(all=_("all"))
        return Picture(
            chart=chart_in_percent(self.chart_spec, self.percent),
            by=self.by,
            frame=frame,
            title=self.title,
            unit=self.percent or self.units.get("value", ""),
            attribution=" ".join(filter(None, [self.release, self.attribution])),
            synthetic=self.synthetic,
            edition=self.edition,
        )

    @property
    def edition(self) -> str:
        """The edition of NUTS of its regions; "" where it has none."""
        places = self.lists.get("nuts")
        return places.edition if places else ""

    @property
    def attribution(self) -> str:
        """What has to stand under a chart: the sources' own words."""
        words = (source.get("attribution") or source["name"] for source in self.sources)
        return "; ".join(dict.fromkeys(text.removeprefix("Source: ") for text in words))

    def chart(self):
        """The finding as a Bokeh figure: the chart that its question wants.

        Returns
        -------
        Bokeh figure

        Raises
        ------
        Refused
            For more dimensions than a picture can show.
        """
        from workbench.study.drawing import draw  # 0.58 s of Bokeh and GeoPandas, for pictures alone

        return draw(self.picture)

    def cite(self) -> str:
        """The sources as one line, with how the data came.

        Returns
        -------
        str
        """
        return "; ".join(f"{source['citation']} ({source['way']})" for source in self.sources)

    def to_dict(self) -> dict:
        """One plain object: frame, columns with their units, notes, sources, withheld.

        Returns
        -------
        dict
            Plain values for JSON; None for a missing figure.
        """
        return {
            "question": self.question,
            "summary": self.summary,
            "frame": export.plain_rows(self.table()),
            "columns": {name: self.units.get(name, "") for name in self.table_columns},
            "notes": list(self.notes),
            "sources": [dict(source) for source in self.sources],
            "withheld": self.withheld,
        }

    def to_csv(self, path: Path | str | None = None, *, style: str = "workbench") -> str:
        """The table as CSV text; written to `path` when given, and then written down in the release record.

        Raises
        ------
        Refused
            When it was found with disclosure control off; when more has to be withheld before it may leave.
        WorkbenchError
            When `path` cannot be written.
        """
        self._check_release()
        text = export.csv(self.table(style=style), synthetic=self.synthetic, context=self._context())
        if path:
            self.permit("csv", text)
            export.write_text(path, text)
        return text

    def why(self, row: object) -> Why:
        """Why the figure of a row is withheld, and the nearest coarser question that shows its group.

        Parameters
        ----------
        row : int, code, or tuple of codes
            The place of the row in `frame`, or the codes of its dimensions.

        Returns
        -------
        Why
            `sentence`, `rule`, and the `selection` and `by` to ask instead; never the figure.

        Raises
        ------
        UnknownName
            For a row that there is not.
        """
        return why(self.protection, row)

    def permit(self, way: str, content: str) -> None:
        """Let a text with these figures leave, and write it down; nothing happens where the data are nobody's.

        Parameters
        ----------
        way : str
            csv, json, zip, brief or page.
        content : str

        Raises
        ------
        Refused
            As `to_csv`.
        """
        self._check_release()
        if self.protection is not None:
            permit(self.protection, way, content)

    def to_zip(self, path: Path | str) -> Path:
        """Everything a reader needs to check the finding: table, question, notes, sources with hashes, versions, chart.

        Raises
        ------
        Refused
            As `to_csv`.
        WorkbenchError
            When `path` cannot be written.
        """
        from workbench.charts.page import page  # 0.37 s of Bokeh, for pictures alone

        contents = self.package() | {"chart.html": page(self.chart(), title=self.title)}
        self.permit("zip", "\n".join(contents.values()))
        return export.write_zip(path, contents)

    def package(self) -> dict[str, str]:
        """The files of `to_zip` by name, all but the chart.

        Returns
        -------
        dict of str to str

        Raises
        ------
        Refused
            When it was found with disclosure control off.
        """
        self._check_release()
        accessed = date.today()
        versions = {"osh-workbench": __version__, "python": platform.python_version(), "pandas": pd.__version__}
        table = self.to_csv()
        return {
            "table.csv": table,
            "datapackage.json": package.datapackage(self, table),
            "README.txt": package.readme(self, accessed),
            "metadata.json": package.metadata(self, accessed),
            "selection.yml": package.selection_yml(self),
            "citation.bib": package.bibtex(self, accessed),
            "finding.json": json.dumps(self.to_dict(), indent=1, ensure_ascii=False),
            "versions.json": json.dumps(versions),
        }

    def _context(self) -> dict[str, str]:
        """What every row of the CSV says of its source; the notes stand in the first."""
        return {**package.context(self), "notes": " ".join(self.notes)}

    def _check_release(self) -> None:
        if self.release:
            raise Refused(
                _(
                    '{reason} It is not written to a file, nor as CSV or JSON. Ask again after wb.disclosure("on"). As '
                    "a table on the screen it is shown."
                ).format(reason=self.release)
            )

    def _labelled(self) -> pd.DataFrame:
        """The frame with a label next to each code."""
        frame = self.frame
        for name in self.by:
            if name != "year":
                frame[f"{name}_label"] = [self.label(name, code) for code in frame[name].tolist()]
        return frame

    def _as_eurostat(self, frame: pd.DataFrame) -> pd.DataFrame:
        """A table under Eurostat's names of columns; divisions with their section (C10), as Eurostat writes them."""
        for name in (name for name in self.by if DIMENSIONS[name].axis == "nace"):
            known = self.lists["nace"]
            frame[name] = [f"{known.parent(c)}{c}" if known.parent(c) else c for c in frame[name]]
        years = self.selection.years
        if "year" not in self.by and years and years[0] == years[1]:
            frame.insert(len(self.row_names()), "year", years[0])
        return frame.rename(columns=EUROSTAT)
