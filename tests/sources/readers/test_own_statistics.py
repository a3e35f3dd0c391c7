"""Files of SPSS and Stata, where what reads them is not installed."""

import sys

import pytest

import workbench as wb
from workbench.sources.readers.respondents import raw_answers
from workbench.terms.errors import NotAvailable


@pytest.mark.parametrize("read", [wb.table, raw_answers])
@pytest.mark.parametrize("ending", [".sav", ".dta"])
def test_a_file_of_spss_or_stata_without_its_reader_is_answered_with_the_line_to_type(
    read, ending, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    path = tmp_path / f"survey{ending}"
    path.write_bytes(b"$FL2")
    with pytest.raises(NotAvailable, match=r'pip install "osh-workbench\[surveys\]"'):
        read(path)
