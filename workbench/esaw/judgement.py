"""What the judge of ESAW records says: of a whole file, and of one record."""

from dataclasses import asdict, dataclass, field

import pandas as pd

from workbench.esaw.checks import DOUBTFUL, FAILED, NOT_JUDGED, PASSED, VERDICTS, Rule, rules
from workbench.esaw.delivery import Delivery
from workbench.terms.errors import shown
from workbench.terms.text import _, mark, n_, translated

_BY_NAME = {"passed": PASSED, "failed": FAILED, "doubtful": DOUBTFUL, "not_judged": NOT_JUDGED}
PRINTED = 3
"""Examples of each rule that the printed judgement shows; the frame has all that were kept."""
COLUMNS = {
    "rule": mark("id of the rule"),
    "title": mark("what holds when it is met"),
    "passed": mark("records"),
    "failed": mark("records"),
    "doubtful": mark("records"),
    "not_judged": mark("records the rule does not apply to or that could not be read"),
    "source": mark("where the rule is written"),
}
"""What each column of `Judgement.frame` holds, marked for translation."""


@dataclass(frozen=True, kw_only=True)
class Example:
    """One record that does not meet a rule: its number in the file, the field, its value where it may be shown, why.

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
    """What a file of records is worth: per rule passed, failed, doubtful and not judged, with the first examples.

    `counts` has, by rule id, the records with each of `VERDICTS`; `delivery` is None unless metadata were given.
    """

    name: str
    layout: str
    records: int
    failed: int
    doubtful: int
    counts: dict[str, tuple[int, int, int, int]] = field(repr=False)
    examples: tuple[Example, ...] = field(repr=False)
    notes: tuple[str, ...] = ()
    delivery: Delivery | None = None

    @property
    def passed(self) -> int:
        """Records that fail no rule, the doubtful ones included."""
        return self.records - self.failed

    @property
    def valid(self) -> bool:
        """Whether no record fails a rule, and the delivery, where its metadata were given, is complete."""
        return not self.failed and (self.delivery is None or self.delivery.complete)

    def frame(self) -> pd.DataFrame:
        """One row per rule: rule, title, passed, failed, doubtful, not_judged (records), source."""
        rows = []
        for rule in rules():
            counts = self.counts[rule.id]
            by_verdict = {name: counts[code] for name, code in _BY_NAME.items()}
            rows.append({"rule": rule.id, "title": rule.title, **by_verdict, "source": rule.source})
        return pd.DataFrame(rows, columns=list(COLUMNS))

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
            "columns": {column: translated(meaning) for column, meaning in COLUMNS.items()},
            "examples": [asdict(example) for example in self.examples],
            **({"delivery": self.delivery.to_dict()} if self.delivery else {}),
            "notes": list(self.notes),
            "sources": sorted({rule.source for rule in rules()}),
            "withheld": 0,
        }

    def __str__(self) -> str:
        head = _("{name} ({layout}): {records}, {failed}, {doubtful}.").format(
            name=shown(self.name),
            layout=self.layout,
            records=n_("{n:,} record", "{n:,} records", self.records).format(n=self.records),
            failed=n_("{n:,} fails a rule", "{n:,} fail a rule", self.failed).format(n=self.failed),
            doubtful=n_("{n:,} more is doubtful", "{n:,} more are doubtful", self.doubtful).format(n=self.doubtful),
        )
        lines = [head]
        for rule in rules():
            lines += self._about(rule)
        lines += [str(self.delivery)] if self.delivery else []
        return "\n".join([*lines, *self.notes])

    def _about(self, rule: Rule) -> list[str]:
        """A rule that is failed or in doubt, and its first examples, as lines."""
        counts = self.counts[rule.id]
        if not counts[FAILED] and not counts[DOUBTFUL]:
            return []
        message = _("{title}: {failed:,} failed, {doubtful:,} doubtful ({id}; {source})")
        lines = [
            message.format(
                title=rule.title, failed=counts[FAILED], doubtful=counts[DOUBTFUL], id=rule.id, source=rule.source
            )
        ]
        for example in [e for e in self.examples if e.rule == rule.id][:PRINTED]:
            with_field = _("  record {record:,}, {field}: {words}")
            message = with_field if example.field else _("  record {record:,}: {words}")
            lines.append(message.format(record=example.record, field=example.field, words=example.words))
        return lines


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
        if wrong:
            head = n_("{n} rule is failed or in doubt:", "{n} rules are failed or in doubt:", len(wrong))
        else:
            head = _("The record meets every rule.")
        lines = [head.format(n=len(wrong))]
        for v in wrong:
            source = f"{v.field}; {v.source}" if v.field else v.source
            lines.append(f"  {translated(v.verdict)}: {v.words} ({source})")
        lines += [f"  {key} {code}: {label}" for key, (code, label) in self.labels.items()]
        return "\n".join(lines)
