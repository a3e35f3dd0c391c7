"""The release record: every line follows from the one before, and a change is seen."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from workbench.disclosure_control import record
from workbench.disclosure_control.record import Release
from workbench.terms.errors import WorkbenchError
from workbench.terms.places import home


def release(way: str = "csv") -> Release:
    return Release(
        way=way,
        data={"name": "records", "hash": "ab"},
        question={"selection": {"sectors": ["F"]}, "by": ["sex"]},
        rule="minimum 10",
        figures=2,
        withheld={"few": [["F"]]},
        verdict="all protected",
        left=True,
    )


def test_lines_are_numbered_and_sealed_with_the_one_before():
    first, second = record.append(release()), record.append(release("zip"))
    assert (first.number, second.number) == (1, 2)
    assert second.before == first.seal and first.before == record.FIRST
    assert record.releases() == [first, second]
    assert first.who and first.when.endswith("+00:00")


@pytest.mark.parametrize("change", ["figure", "removed", "swapped", "garbage"])
def test_a_changed_line_is_seen_and_nothing_is_written_behind_it(change):
    for way in ("csv", "zip", "csv"):
        record.append(release(way))
    path = home() / record.NAME
    lines = path.read_text().splitlines()
    if change == "figure":
        lines[1] = lines[1].replace('"figures": 2', '"figures": 3')
    elif change == "removed":
        del lines[0]
    elif change == "swapped":
        lines[0], lines[1] = lines[1], lines[0]
    else:
        lines[2] = "{"
    path.write_text("\n".join(lines) + "\n")
    with pytest.raises(WorkbenchError, match="was changed: line"):
        record.releases()
    with pytest.raises(WorkbenchError, match="Nothing leaves"):
        record.append(release())


def test_many_at_once_leave_a_whole_record():
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _n: record.append(release()), range(24)))
    assert [line.number for line in record.releases()] == list(range(1, 25))


def test_a_lock_that_was_left_behind_is_named(monkeypatch):
    monkeypatch.setattr(record, "WAIT", 0.05)
    home().mkdir(parents=True, exist_ok=True)
    (home() / f"{record.NAME}.lock").touch()
    with pytest.raises(WorkbenchError, match="remove .*lock"):
        record.append(release())


def test_a_line_is_plain_json():
    record.append(release())
    line = json.loads((home() / record.NAME).read_text())
    assert line["question"]["by"] == ["sex"]
