"""What the judge of ESAW records says: of a whole file, and of one record."""

from dataclasses import dataclass, field

import pandas as pd

from workbench.esaw.checks import DOUBTFUL, FAILED, NOT_JUDGED, PASSED, VERDICTS, rules
from workbench.terms.text import _, n_

_BY_NAME = {"passed": PASSED, "failed": FAILED, "doubtful": DOUBTFUL, "not_judged": NOT_JUDGED}
PRINTED = 3
"""Examples of each rule that the printed judgement shows; the frame has all that were kept."""
COLUMNS = {
    "rule": _("id of the rule"),
    "title": _("what holds when it is met"),
    "passed": _("records"),
    "failed": _("records"),
    "doubtful": _("records"),
    "not_judged": _("records the rule does not apply to or that could not be read"),
    "source": _("where the rule is written"),
}


@dataclass(frozen=True, kw_only=True)
class Example:
    """One record that does not meet a rule: its number in the file, the field, its value where it may be shown, and why.

    `case` stands for the case number (a keyed hash); empty for a record that could not be read.
    """

    rule: str
    verdict: str
    record: int
    field: str
    value: str
    words: str
    source: str
    case: str


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a file of records is worth: per rule passed, failed, doubtful and not judged, with the first examples."""

    name: str
    layout: str
    records: int
    failed: int
    doubtful: int
    counts: dict[str, tuple[int, int, int, int]] = field(repr=False)
    examples: tuple[Example, ...] = field(repr=False)
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> int:
        """Records that fail no rule, the doubtful ones included."""
        return self.records - self.failed

    def frame(self) -> pd.DataFrame:
        """One row per rule: rule, title, passed, failed, doubtful, not_judged (records), source."""
        rows = []
        for rule in rules():
            counts = self.counts[rule.id]
            by_verdict = {name: counts[code] for name, code in _BY_NAME.items()}
            rows.append({"rule": rule.id, "title": rule.title, **by_verdict, "source": rule.source})
        return pd.DataFrame(rows, columns=list(COLUMNS))

    def examples_frame(self) -> pd.DataFrame:
        """One row per example: rule, verdict, record, field, value, words, source, case."""
        return pd.DataFrame([vars(e) for e in self.examples], columns=list(Example.__dataclass_fields__))

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        return {
            "name": self.name,
            "layout": self.layout,
            "records": self.records,
            "passed": self.passed,
            "failed": self.failed,
            "doubtful": self.doubtful,
            "frame": self.frame().to_dict("records"),
            "columns": dict(COLUMNS),
            "examples": [dict(vars(example)) for example in self.examples],
            "notes": list(self.notes),
            "sources": sorted({rule.source for rule in rules()}),
            "withheld": 0,
        }

    def __str__(self) -> str:
        said = [
            n_("{n:,} record", "{n:,} records", self.records).format(n=self.records),
            n_("{n:,} fails a rule", "{n:,} fail a rule", self.failed).format(n=self.failed),
            n_("{n:,} more is doubtful", "{n:,} more are doubtful", self.doubtful).format(n=self.doubtful),
        ]
        lines = [f"{self.name} ({self.layout}): {', '.join(said)}."]
        for rule in rules():
            counts = self.counts[rule.id]
            if counts[FAILED] or counts[DOUBTFUL]:
                said = _("{title}: {failed:,} failed, {doubtful:,} doubtful ({id}; {source})")
                lines.append(
                    said.format(
                        title=rule.title,
                        failed=counts[FAILED],
                        doubtful=counts[DOUBTFUL],
                        id=rule.id,
                        source=rule.source,
                    )
                )
                lines += [
                    _("  record {record:,}{field}: {words}").format(
                        record=e.record, field=f", {e.field}" if e.field else "", words=e.words
                    )
                    for e in [e for e in self.examples if e.rule == rule.id][:PRINTED]
                ]
        return "\n".join([*lines, *self.notes])


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """One record, rule by rule, and what its codes say. The case number is not repeated."""

    verdicts: tuple[Example, ...] = field(repr=False)
    labels: dict[str, tuple[str, str]] = field(repr=False)

    @property
    def valid(self) -> bool:
        """Whether no rule fails."""
        return all(v.verdict != VERDICTS[FAILED] for v in self.verdicts)

    def frame(self) -> pd.DataFrame:
        """One row per rule: rule, verdict, field, value, words, source."""
        return pd.DataFrame([vars(v) for v in self.verdicts])[["rule", "verdict", "field", "value", "words", "source"]]

    def to_dict(self) -> dict:
        """Plain values for JSON."""
        meaning = {key: {"code": code, "label": label} for key, (code, label) in self.labels.items()}
        return {"valid": self.valid, "fields": meaning, "frame": self.frame().to_dict("records")}

    def __str__(self) -> str:
        wrong = [v for v in self.verdicts if v.verdict in {VERDICTS[FAILED], VERDICTS[DOUBTFUL]}]
        head = (
            _("The record meets every rule.")
            if not wrong
            else n_("{n} rule is failed or in doubt:", "{n} rules are failed or in doubt:", len(wrong)).format(
                n=len(wrong)
            )
        )
        said = [f"  {v.verdict}: {v.words} ({v.field + '; ' if v.field else ''}{v.source})" for v in wrong]
        return "\n".join([head, *said, *(f"  {key} {code}: {label}" for key, (code, label) in self.labels.items())])
