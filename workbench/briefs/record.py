"""A finding as plain values: what a brief shows, carries inside, checks again, and is compared by."""

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, field

from workbench.study.breaks import breaks
from workbench.study.export import plain_rows
from workbench.study.finding import Finding
from workbench.study.recipe import selection_code
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import ENGLISH, _, figures, speaking
from workbench.terms.words import number

NOT_LIMITED = ("", "zero", "unreliable")
"""States of a row that has a figure."""
MOST_PLACES = 6
"""Decimals that counts and people are printed with at the most."""
SAME = 1e-9
"""Relative difference below which a figure is its count over its people."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """A finding without its objects: equal values, whichever process holds them.

    Attributes
    ----------
    id : the name that the notebook gave the finding, such as "series"
    rows : a mapping per row, as people read them: shares in per cent
    spans : of a trend, its unbroken spans: first, last, apc, low, high
    breaks : years from which the source counts differently, as its catalogue entry declares them
    unit : of the figures
    chart : the kind of chart that the question wants
    ratio : whether 1 is no difference
    code : the selection as Python
    """

    id: str
    question: str
    title: str
    summary: str
    by: tuple[str, ...]
    names: Mapping[str, str]
    rows: tuple[Mapping[str, object], ...] = field(repr=False)
    units: Mapping[str, str]
    unit: str
    notes: tuple[str, ...]
    sources: tuple[Mapping[str, object], ...] = field(repr=False)
    withheld: int
    synthetic: bool
    release: str
    selection: Mapping[str, object]
    code: str
    chart: str
    ratio: bool
    spans: tuple[Mapping[str, float], ...] = ()
    breaks: tuple[int, ...] = ()

    def to_dict(self) -> dict:
        """Plain values for JSON, with the hash of the rest as `sha256`."""
        plain = json.loads(json.dumps(asdict(self), default=str))
        return {**plain, "sha256": _hash(plain)}

    @classmethod
    def from_dict(cls, plain: Mapping) -> "Record":
        """The record of such values.

        Raises
        ------
        Refused
            When the values are not those that the hash was made of.
        """
        values = {key: value for key, value in plain.items() if key != "sha256"}
        if _hash(values) != plain.get("sha256"):
            raise Refused(
                _("The figures of finding {id} are not those that it was written with.").format(id=values["id"])
            )
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})

    def row(self, *codes: object) -> Mapping[str, object]:
        """The row of a group; without codes that of a finding which has one row.

        Raises
        ------
        UnknownName
            Where there is no such row, naming those there are.
        """
        keys = [self.key(row) for row in self.rows]
        wanted = tuple(map(str, codes))
        if not wanted and len(self.rows) == 1:
            return self.rows[0]
        if wanted not in keys:
            known = ["/".join(key) for key in keys]
            hint = _("There are: {groups}.").format(groups=", ".join(known[:40]) or _("none"))
            raise UnknownName(_("group of the finding {id}").format(id=self.id), "/".join(wanted), known, hint=hint)
        return self.rows[keys.index(wanted)]

    def key(self, row: Mapping) -> tuple[str, ...]:
        """What names a row: its codes, or its term where the question has no dimensions."""
        return tuple(str(row[name]) for name in self.by or (("term",) if "term" in row else ()))

    def label(self, row: Mapping) -> str:
        """What a row is called."""
        parts = [str(row.get(f"{name}_label") or row.get(name)) for name in self.by]
        return ", ".join(parts) or str(row.get("term_label") or row.get("term") or _("all"))

    @property
    def method(self) -> str:
        """How the limits were made, once each."""
        return "; ".join(dict.fromkeys(str(row["method"]) for row in self.rows if row.get("method")))


def record_of(finding: Finding, name: str) -> Record:
    """A finding as a record.

    Parameters
    ----------
    finding : Finding
    name : str
        Of the finding within its brief.
    """
    spec = finding.chart_spec
    return Record(
        id=name,
        question=finding.question,
        title=finding.title,
        summary=finding.summary,
        by=tuple(finding.by),
        names={name: DIMENSIONS[name].label for name in finding.by},
        rows=tuple(plain_rows(finding.displayed())),
        units=dict(finding.units),
        unit=finding.percent or finding.units.get("value", ""),
        notes=finding.notes,
        sources=tuple(dict(source) for source in finding.sources),
        withheld=finding.withheld,
        synthetic=finding.synthetic,
        release=finding.release,
        selection=finding.selection.to_dict(),
        code=selection_code(finding.selection),
        chart=spec.kind,
        ratio=spec.ratio,
        spans=tuple(_spans(finding.model)),
        breaks=tuple(sorted(breaks(finding.cube, finding.selection))) if finding.cube is not None else (),
    )


@dataclass(frozen=True)
class Printed:
    """The figures of one row as they are printed; "" for what there is not."""

    value: str
    low: str
    high: str
    count: str
    people: str


def printed(row: Mapping[str, object]) -> Printed:
    """The figures of a row, so that a reader who divides the printed count by the printed people gets the printed rate.

    People are means of quarters and counts sums of weights: where whole ones would give another last digit they are
    printed with as many decimals as it takes.

    Parameters
    ----------
    row : of a record

    Returns
    -------
    Printed
    """
    with speaking(ENGLISH):  # digits are compared with English marks
        english = _printed(row)
    return Printed(*map(figures, astuple(english)))


def _printed(row: Mapping[str, object]) -> Printed:
    known = {name: _known(row.get(name)) for name in ("value", "low", "high", "count", "exposure", "per")}
    if row.get("state") not in NOT_LIMITED or known["value"] is None:
        # a count whose people are not known is a figure of the source
        is_known = row.get("state") == "missing" and known["count"] is not None
        return Printed("", "", "", _least(known["count"]) if is_known else "", "")
    count, people, per = known["count"], known["exposure"], known["per"]
    if people == per == 1.0:  # counts alone: the model's exposure of 1 is no number of people
        people = None
    bare_count = count is not None and people is None and count == known["value"]
    value = _whole(count, 0 if count % 1 == 0 else 1) if bare_count else number(known["value"])
    low, high = ("" if known[name] is None else number(known[name]) for name in ("low", "high"))
    if count is None or people is None:
        return Printed(value, low, high, "" if count is None else _least(count), "")
    divided = bool(per and people) and math.isclose(per * count / people, known["value"], rel_tol=SAME)
    for places in range(MOST_PLACES + 1):
        texts = _whole(count, places), _whole(people, places)
        if not divided or _agree(value, *texts, per):
            break
    return Printed(value, low, high, *texts)


def _agree(value: str, count: str, people: str, per: float) -> bool:
    """Whether the printed count over the printed people is the printed rate, to its last digit."""
    below = _read(people)
    if not below:
        return False
    places = len(value.partition(".")[2])
    return f"{per * _read(count) / below:.{places}f}" == value.replace(",", "")


def _read(text: str) -> float:
    return float(text.replace(",", ""))


def _whole(value: float, places: int) -> str:
    """With so many decimals, or as few as say the same."""
    text = f"{value:,.{places}f}"
    return text.rstrip("0").rstrip(".") if places else text


def _least(value: float) -> str:
    return _whole(value, 0 if value % 1 == 0 or value >= 100 else 1)


def _known(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def _spans(model: object) -> Sequence[dict]:
    """The unbroken spans of a trend with their annual percent change; nothing of other models."""
    spans = getattr(model, "segments", None) or ([model] if hasattr(model, "apc") else [])
    names = ("first", "last", "apc", "low", "high", "level")
    found = [{name: getattr(span, name, None) for name in names} for span in spans]
    return [span for span in found if isinstance(span["apc"], float) and math.isfinite(span["apc"])]


def _hash(plain: Mapping) -> str:
    return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
