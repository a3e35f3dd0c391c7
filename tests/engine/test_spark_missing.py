"""Spark without its package, or without Java: refused with the line to type."""

import sys

import pandas as pd
import pytest

import workbench as wb
from workbench.terms.errors import NotAvailable


@pytest.fixture
def rows(tmp_path):
    pd.DataFrame({"sex": ["M"], "year": [2020]}).to_parquet(tmp_path / "rows.parquet")
    return tmp_path / "rows.parquet"


def test_without_the_extra_the_line_that_installs_it_is_said(rows, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark", None)
    monkeypatch.setenv("WORKBENCH_ENGINE", "spark")
    with pytest.raises(NotAvailable, match=r'pip install "osh-workbench\[spark\]"'):
        wb.cube(rows)


def test_without_java_the_line_that_installs_it_is_said(rows, monkeypatch, tmp_path):
    pytest.importorskip("pyspark")
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotAvailable, match="Spark needs Java, version 17 .*apt-get install default-jre-headless"):
        wb.cube(rows, engine="local[2]")
