import errno
import inspect
import os
import signal
import subprocess
import sys
import textwrap
import time
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench import store
from workbench.engine.rows import parquet_folder
from workbench.terms.errors import NotAvailable, WorkbenchError

FIRST, SECOND = pd.DataFrame({"nuts": ["ITF6"], "n": [1]}), pd.DataFrame({"nuts": ["ES61", "ES62"], "n": [2, 3]})


def write(*batches, key="t", lasting=True):
    def finish(rows):
        return {"rows_read": 1}, {"way": "test"}

    return store.write(key, iter(batches), name="t", parameters={}, finish=finish, lasting=lasting)


def test_rows_come_back_as_they_were_written():
    manifest = write(FIRST, SECOND)
    pd.testing.assert_frame_equal(store.read("t"), pd.concat([FIRST, SECOND], ignore_index=True))
    assert (manifest.rows, manifest.provenance, manifest.columns) == (
        3,
        {"way": "test"},
        {"nuts": "string", "n": "int64"},
    )
    assert store.rows("t").count().to_pyarrow().as_py() == 3


def test_long_queries_print_no_bar_of_progress_among_our_output():
    write(FIRST)
    for table in (store.rows("t"), parquet_folder(store.files("t")[0])):
        setting = table.get_backend().raw_sql("SELECT current_setting('enable_progress_bar')")
        assert setting.fetchall() == [(False,)]


def test_no_extension_is_fetched_or_loaded_for_a_query():
    write(FIRST)
    for table in (store.rows("t"), parquet_folder(store.files("t")[0])):
        for setting in ("autoinstall_known_extensions", "autoload_known_extensions"):
            found = table.get_backend().raw_sql(f"SELECT current_setting('{setting}')")
            assert found.fetchall() == [(False,)]


def mkdir_of_a_read_only_home(path, *arguments, code=errno.EROFS, mkdir=os.mkdir, **options):
    """No folder can be made in the home, also by root, whom the mode of a folder does not keep out."""
    if Path(path).is_relative_to(os.environ["WORKBENCH_HOME"]):
        raise OSError(code, os.strerror(code), str(path))
    mkdir(path, *arguments, **options)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_what_need_not_last_is_kept_outside_a_read_only_home(monkeypatch, own_home, code):
    monkeypatch.setattr(os, "mkdir", partial(mkdir_of_a_read_only_home, code=code))
    manifest = write(FIRST, lasting=False)
    assert store.manifests() == [store.manifest("t")] == [manifest]
    pd.testing.assert_frame_equal(store.read("t"), FIRST)

    write(SECOND, lasting=False)
    pd.testing.assert_frame_equal(store.read("t"), SECOND)
    assert list(own_home.iterdir()) == []


def test_what_is_to_last_is_refused_by_a_read_only_home(monkeypatch, own_home):
    monkeypatch.setattr(os, "mkdir", mkdir_of_a_read_only_home)
    with pytest.raises(WorkbenchError, match="Nothing can be kept in "):
        write(FIRST)
    assert store.manifests() == []


def test_what_was_read_since_goes_before_what_a_read_only_home_has(monkeypatch):
    write(FIRST)
    monkeypatch.setattr(os, "mkdir", mkdir_of_a_read_only_home)
    pd.testing.assert_frame_equal(store.read("t"), FIRST)

    write(SECOND, lasting=False)
    pd.testing.assert_frame_equal(store.read("t"), SECOND)


def test_the_twin_answers_from_a_read_only_home(monkeypatch, own_home):
    monkeypatch.setattr(os, "mkdir", mkdir_of_a_read_only_home)
    found = wb.rates(wb.cube("esaw_synthetic"), wb.Selection(years=(2019, 2019)), by=["sex"])
    assert set(found.frame["sex"]) == {"F", "M"}
    assert list(own_home.iterdir()) == []


def test_what_is_kept_outside_a_read_only_home_is_gone_with_its_process(tmp_path):
    program = f"""
import errno, os
from pathlib import Path
import pandas as pd
from workbench import store
{inspect.getsource(mkdir_of_a_read_only_home)}
os.mkdir = mkdir_of_a_read_only_home
frame = pd.DataFrame({{"n": [1]}})
store.write("t", [frame], name="t", parameters={{}}, finish=lambda rows: ({{}}, {{}}), lasting=False)
print(*store.files("t"))
"""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = os.environ | {"WORKBENCH_HOME": str(tmp_path / "read-only"), "TMPDIR": str(temporary)}
    ran = subprocess.run([sys.executable, "-c", program], env=variables, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert Path(ran.stdout.strip()).is_relative_to(temporary)
    assert list(temporary.iterdir()) == []


def test_a_table_is_replaced_as_a_whole():
    write(FIRST)
    write(SECOND)
    pd.testing.assert_frame_equal(store.read("t"), SECOND)


def test_a_load_that_fails_leaves_the_table_as_it_was():
    write(FIRST)

    def broken():
        yield SECOND
        raise RuntimeError("the disk is full")

    with pytest.raises(RuntimeError):
        store.write("t", broken(), name="t", parameters={}, finish=lambda rows: ({}, {}))
    pd.testing.assert_frame_equal(store.read("t"), FIRST)


def test_a_table_that_was_never_loaded_says_so():
    with pytest.raises(NotAvailable, match="not in the store; load it first"):
        store.files("nothing")


@pytest.mark.parametrize("below", ["file", "file/deeper"])
def test_a_home_that_cannot_keep_tables_is_named(tmp_path, monkeypatch, below):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / below))
    assert (store.manifests(), store.manifest("t")) == ([], None)
    with pytest.raises(WorkbenchError, match=f"Nothing can be kept in .*{below}: .*. Set WORKBENCH_HOME to a folder"):
        write(FIRST)


def test_killing_a_load_at_any_moment_leaves_the_old_table(own_home):
    write(FIRST)
    slow = textwrap.dedent("""
        import sys, time, pandas as pd
        from workbench import store
        def batches():
            for n in range(50):
                print(n, flush=True)
                time.sleep(0.01)
                yield pd.DataFrame({"nuts": ["ES61"], "n": [n]})
        store.write("t", batches(), name="t", parameters={}, finish=lambda rows: ({}, {}))
        print("done", flush=True)
    """)
    for after in (1, 20, 45):
        load = subprocess.Popen([sys.executable, "-c", slow], stdout=subprocess.PIPE, text=True, env=os.environ)
        for _line in range(after):
            load.stdout.readline()
        load.send_signal(signal.SIGKILL)
        load.wait()
        load.stdout.close()
        pd.testing.assert_frame_equal(store.read("t"), FIRST)


def test_what_was_left_behind_is_swept_when_it_is_old(own_home):
    write(FIRST)
    left = own_home / "tables" / "t" / ".abandoned"
    left.mkdir()
    os.utime(left, (time.time() - 7200,) * 2)
    write(SECOND)
    assert not left.exists()
