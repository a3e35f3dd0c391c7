"""A file is replaced by a whole one or not at all."""

import errno
import os
from pathlib import Path

import pytest

from workbench.terms.errors import WorkbenchError
from workbench.terms.places import replacing


def full_disk(*_args, **_kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.fixture
def old(tmp_path) -> Path:
    path = tmp_path / "finding.csv"
    path.write_text("old")
    return path


def alone(path: Path) -> bool:
    """Whether nothing else lies in its folder."""
    return list(path.parent.iterdir()) == [path]


def test_a_new_file_takes_the_place_of_the_old_one(old):
    old.chmod(0o640)
    with replacing(old) as fresh:
        assert fresh.suffix == ".csv" and fresh.parent == old.parent
        fresh.write_text("new")
        assert old.read_text() == "old"
    assert (old.read_text(), old.stat().st_mode & 0o777) == ("new", 0o640) and alone(old)


def test_a_file_that_was_not_there_is_made_as_open_would_make_it(tmp_path):
    with replacing(str(tmp_path / "new.csv")) as fresh:
        fresh.write_text("new")
    (tmp_path / "plain.csv").write_text("")
    assert (tmp_path / "new.csv").read_text() == "new"
    assert (tmp_path / "new.csv").stat().st_mode == (tmp_path / "plain.csv").stat().st_mode


@pytest.mark.parametrize("moment", ["write", "fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_says_so(moment, old, monkeypatch):
    monkeypatch.setattr(
        *{"write": (Path, "write_text"), "fsync": (os, "fsync"), "replace": (os, "replace")}[moment], full_disk
    )
    with (
        pytest.raises(WorkbenchError, match="finding.csv cannot be written: No space left .* is unchanged"),
        replacing(old) as fresh,
    ):
        fresh.write_text("new")
    monkeypatch.undo()
    assert old.read_text() == "old" and alone(old)


def test_a_full_device_is_answered_in_words():
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    message = "/dev/full cannot be written: No space left on device.$"
    with pytest.raises(WorkbenchError, match=message), replacing("/dev/full") as fresh:
        fresh.write_text("new")


def test_an_error_of_the_writer_s_own_leaves_the_old_file(old):
    with pytest.raises(ZeroDivisionError), replacing(old) as fresh:
        fresh.write_text("half")
        raise ZeroDivisionError
    assert old.read_text() == "old" and alone(old)


def test_a_link_stays_a_link(old, tmp_path):
    link = tmp_path / "link.csv"
    link.symlink_to(old)
    with replacing(link) as fresh:
        fresh.write_text("new")
    assert link.is_symlink() and old.read_text() == "new"


def test_a_folder_that_is_not_there_or_no_place_for_a_file_is_named(tmp_path):
    for path in (tmp_path / "none" / "x.csv", tmp_path):
        with pytest.raises(WorkbenchError, match=f"{path.name} cannot be written: "), replacing(path) as fresh:
            fresh.write_text("new")
    assert list(tmp_path.iterdir()) == []
