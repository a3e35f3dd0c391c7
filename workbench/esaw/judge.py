"""Judges ESAW records: how many meet each rule, which do not and why, in one streaming pass; and explains one record."""

import heapq
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import polars as pl

from workbench import esaw
from workbench.esaw.case_numbers import RepeatedCases, pseudonym
from workbench.esaw.checks import DOUBTFUL, FAILED, NOT_JUDGED, PASSED, VERDICTS, Rule, check, rules, shown
from workbench.esaw.judgement import Example, Explanation, Judgement
from workbench.esaw.layouts.batch import Batch
from workbench.esaw.layouts.records import one_record, open_records
from workbench.terms.codes import codelist


def judge(path: str | Path, *, layout: str | None = None, case_width: int = 11, examples: int = 10) -> Judgement:
    """Judge every record of a file in one pass; memory does not grow with the file.

    Parameters
    ----------
    layout, case_width
        As for `open_records`.
    examples : int
        Most examples that are kept for each rule and verdict, the first in the file.

    Raises
    ------
    ReadError, UnknownName
        If the file is not one of records, or there is no such layout.
    """
    records = open_records(path, layout=layout, case_width=case_width)
    return judge_batches(records, name=records.path.name, layout=records.layout, examples=examples, notes=records.notes)


def judge_batches(
    batches: Iterable[Batch], *, name: str, layout: str, examples: int = 10, notes: Iterable[str] = ()
) -> Judgement:
    """Judge records that come in batches; `name` and `layout` are what the result calls them."""
    counts = {rule.id: np.zeros(len(VERDICTS), np.int64) for rule in rules()}
    kept: list[Example] = []
    records = failed = doubtful = 0
    with RepeatedCases() as cases:
        for batch in batches:
            records += batch.records
            verdicts = check(batch.frame, phase3=batch.phase3)
            worst = np.zeros(batch.frame.height, np.uint8)
            for rule in rules():
                _count(rule, batch, verdicts, counts[rule.id], worst, kept, examples)
            numbered = (verdicts["case_number"] == PASSED).to_numpy()
            cases.add(
                batch.frame["case_number"].filter(numbered), batch.frame["record"].to_numpy()[numbered], worst[numbered]
            )
            failed += len(batch.faults) + int((worst == FAILED).sum())
            doubtful += int((worst == DOUBTFUL).sum())
        nearest: list[tuple[int, int]] = []
        for again, first, worst in cases.repeats():
            counts["case_number_unique"][FAILED] += len(again)
            failed += int((worst != FAILED).sum())
            doubtful -= int((worst == DOUBTFUL).sum())
            nearest = heapq.nsmallest(examples, [*nearest, *zip(again.tolist(), first.tolist(), strict=True)])
        counts["case_number_unique"][PASSED] = counts["case_number"][PASSED] - counts["case_number_unique"][FAILED]
    unique = next(rule for rule in rules() if rule.id == "case_number_unique")
    kept += [_example(unique, FAILED, again, {"first": first}) for again, first in nearest]
    for found in counts.values():
        found[NOT_JUDGED] = records - found[PASSED] - found[DOUBTFUL] - found[FAILED]
    order = {rule.id: place for place, rule in enumerate(rules())}
    return Judgement(
        name=name,
        layout=layout,
        records=records,
        failed=failed,
        doubtful=doubtful,
        counts={key: tuple(found.tolist()) for key, found in counts.items()},
        examples=tuple(sorted(kept, key=lambda e: (order[e.rule], e.verdict, e.record))),
        notes=tuple(notes),
    )


def explain(record: str | Mapping[str, object], *, case_width: int = 11) -> Explanation:
    """Every rule on one record, in words and with its source, and what its codes mean.

    Parameters
    ----------
    record : 81 or 44 characters, or the variables by the keys of the record layout (dates of death and return optional)

    Raises
    ------
    UnknownName, ReadError
        If a name is not a variable of the record, or a mandatory variable is missing.
    """
    batch = one_record(record, case_width=case_width)
    verdicts = check(batch.frame, phase3=batch.phase3)
    values = batch.frame.row(0, named=True) if batch.frame.height else {}
    found = []
    for rule in rules():
        fault = next((f for f in batch.faults if f.rule == rule.id), None)
        if fault:
            found.append(_example(rule, FAILED, 1, {"words": fault.words}))
        elif rule.verdict is None or not values:
            code = PASSED if values and rule.id != "case_number_unique" else NOT_JUDGED
            found.append(_example(rule, code, 1, values))
        else:
            found.append(_example(rule, verdicts[rule.id][0], 1, values))
    return Explanation(verdicts=tuple(found), labels=_labels(values))


def _count(
    rule: Rule,
    batch: Batch,
    verdicts: pl.DataFrame,
    counts: np.ndarray,
    worst: np.ndarray,
    kept: list[Example],
    most: int,
) -> None:
    """Add a batch's verdicts on one rule to `counts`, `worst` and the examples."""
    if rule.verdict is None:
        faults = [fault for fault in batch.faults if fault.rule == rule.id]
        wanted = max(0, most - int(counts[FAILED]))
        kept += [_example(rule, FAILED, fault.record, {"words": fault.words}) for fault in faults[:wanted]]
        counts[FAILED] += len(faults)
        if rule.id != "case_number_unique":
            unread = sum(fault.rule == "record_length" for fault in batch.faults) if rule.id == "characters" else 0
            counts[PASSED] += batch.records - len(faults) - unread
        return
    found = verdicts[rule.id].to_numpy()
    for verdict in (FAILED, DOUBTFUL):
        wanted = max(0, most - int(counts[verdict]))
        for row in np.flatnonzero(found == verdict)[:wanted]:
            values = batch.frame.row(int(row), named=True)
            kept.append(_example(rule, verdict, values["record"], values))
    counts += np.bincount(found, minlength=len(VERDICTS))
    np.maximum(worst, found, out=worst)


def _example(rule: Rule, verdict: int, record: int, values: Mapping[str, object]) -> Example:
    """One verdict on one record; only the first field of a rule is named, and its value only where it may be shown."""
    key = rule.fields[0] if rule.fields else ""
    wrong = verdict in {FAILED, DOUBTFUL}
    return Example(
        rule=rule.id,
        verdict=VERDICTS[verdict],
        record=record,
        field=key,
        value=shown(values, key) if key and values.get(key) is not None else "",
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
