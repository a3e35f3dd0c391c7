"""Judges ESAW records in one streaming pass: how many meet each rule, which do not and why; explains one record."""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from workbench import esaw
from workbench.esaw.case_numbers import RepeatedCases, pseudonym
from workbench.esaw.checks import DOUBTFUL, FAILED, NOT_JUDGED, PASSED, VERDICTS, Rule, check, rules
from workbench.esaw.checks import shown as shown_value
from workbench.esaw.delivery import DeliveryCount, delivery
from workbench.esaw.judgement import Example, Explanation, Judgement
from workbench.esaw.layouts.batch import Batch
from workbench.esaw.layouts.records import one_record, open_records
from workbench.esaw.metadata import read_metadata
from workbench.terms.codes import codelist
from workbench.terms.errors import ReadError, shown
from workbench.terms.text import _


def judge(
    path: str | Path,
    *,
    layout: str | None = None,
    case_width: int = 11,
    examples: int = 10,
    metadata: str | Path | None = None,
) -> Judgement:
    """Judge every record of a file in one pass; memory does not grow with the file.

    Parameters
    ----------
    path : str or Path
        The file of records, or a folder of Parquet files.
    layout : {"esaw81", "esaw44", "csv", "parquet"}, optional
        Found from the content where not given.
    case_width : int
        Characters of the case number in a fixed-width record, 11 to 14.
    examples : int
        Most examples that are kept for each rule and verdict, the first in the file.
    metadata : str or Path, optional
        A file with the metadata of the delivery (Regulation (EU) 349/2011, Annex III); the records are held against it.

    Returns
    -------
    Judgement
        Per rule the records that passed, failed, are in doubt or were not judged; `delivery` where metadata were given.

    Raises
    ------
    ReadError, UnknownName
        If the file is not one of records, the metadata cannot be read, or there is no such layout.
    """
    described = None if metadata is None else read_metadata(metadata)
    records, count = open_records(path, layout=layout, case_width=case_width), DeliveryCount()
    batches = records if described is None else count.counted(records)
    judgement = judge_batches(
        batches, name=records.path.name, layout=records.layout, examples=examples, notes=records.notes
    )
    if not judgement.records:
        raise ReadError(_("{path} has no records.").format(path=shown(path, 250)))
    return judgement if described is None else replace(judgement, delivery=delivery(count, described))


def judge_batches(
    batches: Iterable[Batch], *, name: str, layout: str, examples: int = 10, notes: Iterable[str] = ()
) -> Judgement:
    """Judge records that come in batches; `name` and `layout` are what the result calls them."""
    count = _Count(examples)
    with RepeatedCases() as cases:
        for batch in batches:
            count.add(batch, cases)
        count.add_repeats(cases)
    return Judgement(
        name=name,
        layout=layout,
        records=count.records,
        failed=count.failed,
        doubtful=count.doubtful,
        counts=count.by_rule(),
        examples=count.examples_in_order(),
        notes=tuple(notes),
    )


def explain_record(record: str | Mapping[str, object], *, case_width: int = 11) -> Explanation:
    """Every rule on one record, in words and with its source, and what its codes mean.

    Parameters
    ----------
    record : str or Mapping
        81 or 44 characters, or the variables by the keys of the record layout (dates of death and return optional).
    case_width : int
        Characters of the case number in a fixed-width record, 11 to 14.

    Returns
    -------
    Explanation
        The verdict of each rule and the labels of the codes; the case number is not repeated.

    Raises
    ------
    UnknownName, ReadError
        If a name is not a variable of the record, or a mandatory variable is missing.
    """
    batch = one_record(record, case_width=case_width)
    verdicts = check(batch.frame, phase3=batch.phase3)
    values = batch.frame.row(0, named=True) if batch.frame.height else {}
    examples = []
    for rule in rules():
        fault = next((f for f in batch.faults if f.rule == rule.id), None)
        if fault:
            examples.append(_example(rule, FAILED, 1, {"words": fault.words}))
        elif rule.verdict is None or not values:
            verdict = PASSED if values and rule.id != "case_number_unique" else NOT_JUDGED
            examples.append(_example(rule, verdict, 1, values))
        else:
            examples.append(_example(rule, verdicts[rule.id][0], 1, values))
    return Explanation(verdicts=tuple(examples), labels=_labels(values))


class _Count:
    """Verdicts of a file, added up batch by batch: by rule, by record (its worst verdict), and the first examples."""

    def __init__(self, examples: int) -> None:
        self.most = examples
        self.records = self.failed = self.doubtful = 0
        self.counts = {rule.id: np.zeros(len(VERDICTS), np.int64) for rule in rules()}
        self.examples: list[Example] = []

    def add(self, batch: Batch, cases: RepeatedCases) -> None:
        """Judge a batch; its case numbers are noted in `cases`."""
        frame, verdicts = batch.frame, check(batch.frame, phase3=batch.phase3)
        worst = np.zeros(frame.height, np.uint8)
        for rule in rules():
            if rule.verdict is None:
                self._add_faults(rule, batch)
            else:
                self._add_verdicts(rule, frame, verdicts[rule.id].to_numpy())
                np.maximum(worst, verdicts[rule.id].to_numpy(), out=worst)

        numbered = (verdicts["case_number"] == PASSED).to_numpy()
        cases.add(frame["case_number"].filter(numbered), frame["record"].to_numpy()[numbered], worst[numbered])

        self.records += batch.records
        self.failed += len(batch.faults) + int((worst == FAILED).sum())
        self.doubtful += int((worst == DOUBTFUL).sum())

    def add_repeats(self, cases: RepeatedCases) -> None:
        """Records whose case number an earlier record has fail, whatever they were before."""
        rule, nearest = next(rule for rule in rules() if rule.id == "case_number_unique"), []
        counts = self.counts[rule.id]
        for again, first, worst in cases.repeats():
            counts[FAILED] += len(again)
            self.failed += int((worst != FAILED).sum())
            self.doubtful -= int((worst == DOUBTFUL).sum())
            nearest = heapq.nsmallest(self.most, [*nearest, *zip(again.tolist(), first.tolist(), strict=True)])
        counts[PASSED] = self.counts["case_number"][PASSED] - counts[FAILED]
        self.examples += [_example(rule, FAILED, again, {"first": first}) for again, first in nearest]

    def by_rule(self) -> dict[str, tuple[int, ...]]:
        """Records with each of VERDICTS, by rule; what no verdict was given on is not judged."""
        for counts in self.counts.values():
            counts[NOT_JUDGED] = self.records - counts[PASSED] - counts[DOUBTFUL] - counts[FAILED]
        return {rule: tuple(counts.tolist()) for rule, counts in self.counts.items()}

    def examples_in_order(self) -> tuple[Example, ...]:
        """The examples by rule, verdict and record."""
        order = {rule: place for place, rule in enumerate(self.counts)}
        return tuple(sorted(self.examples, key=lambda e: (order[e.rule], e.verdict, e.record)))

    def _add_faults(self, rule: Rule, batch: Batch) -> None:
        """A rule that the reader of the file decides."""
        counts, faults = self.counts[rule.id], [fault for fault in batch.faults if fault.rule == rule.id]
        wanted = max(0, self.most - int(counts[FAILED]))
        self.examples += [_example(rule, FAILED, fault.record, {"words": fault.words}) for fault in faults[:wanted]]
        counts[FAILED] += len(faults)
        if rule.id != "case_number_unique":
            # of a line of the wrong length, nobody has looked at the characters
            unread = sum(fault.rule == "record_length" for fault in batch.faults) if rule.id == "characters" else 0
            counts[PASSED] += batch.records - len(faults) - unread

    def _add_verdicts(self, rule: Rule, frame: pl.DataFrame, verdicts: np.ndarray) -> None:
        """A rule that was judged on every record of a batch."""
        counts = self.counts[rule.id]
        for verdict in (FAILED, DOUBTFUL):
            wanted = max(0, self.most - int(counts[verdict]))
            for row in np.flatnonzero(verdicts == verdict)[:wanted]:
                values = frame.row(int(row), named=True)
                self.examples.append(_example(rule, verdict, values["record"], values))
        counts += np.bincount(verdicts, minlength=len(VERDICTS))


def _example(rule: Rule, verdict: int, record: int, values: Mapping[str, object]) -> Example:
    """One verdict on one record; only the first field of a rule is named, with its value where it may be shown."""
    key = rule.fields[0] if rule.fields else ""
    wrong = verdict in {FAILED, DOUBTFUL}
    return Example(
        rule=rule.id,
        verdict=VERDICTS[verdict],
        record=record,
        field=key,
        value=shown_value(values, key) if key and values.get(key) is not None else "",
        words=rule.words(values, verdict) if wrong else rule.title,
        source=rule.source,
        case=pseudonym(values["case_number"]) if values.get("case_number") else "",
    )


def _labels(values: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """What the codes of a record say, for the fields whose code is in its list."""
    found = {}
    lists = {v.key: v.codelist for v in esaw.variables().values() if v.codelist}
    lists |= {"economic_activity": "nace", "occupation": "isco"}
    for key, name in lists.items():
        codes, value = codelist(name), values.get(key, "")
        if value and codes.knows(value):
            code = codes.parse(value)
            found[key] = (code, codes.label(code))
    return found
