"""A long audit says how far it is; broken off, it releases nothing."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.disclosure_control import audit as audits
from workbench.disclosure_control.rules import too_few
from workbench.disclosure_control.tables import table_of, tree
from workbench.study import watched
from workbench.study.watched import protect_watched, show_audits
from workbench.terms.errors import Refused


@pytest.fixture(autouse=True)
def nobody_is_told():
    yield
    watched._SHOWING.clear()


def large_table():
    chance = np.random.default_rng(3)
    rates = np.multiply.outer(chance.gamma(1, 1, 10), chance.gamma(1, 1, 9))
    return table_of([tree(tuple(range(10))), tree(tuple(range(9)))], chance.poisson(25 * rates / rates.mean()))


def test_whoever_waits_is_told_how_much_is_audited(monkeypatch):
    monkeypatch.setattr(watched, "EVERY", 0.0)
    told = []
    show_audits(lambda verdict: told.append((verdict.audited, len(verdict.cleared))))
    table = large_table()
    found = protect_watched(table, too_few(table.counts, 10), width=10)
    assert found.passes
    assert len(told) >= 2 and told[-1][0] == told[-1][1]


def test_an_audit_that_is_broken_off_says_how_far_it_came_and_nothing_leaves(monkeypatch, tmp_path):
    chance = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "nace1": chance.choice(list("ABCDEFGHIJKLMNPQ"), 900),
            "age_group": chance.choice(["Y18-24", "Y25-34", "Y35-44", "Y45-54", "Y55-64"], 900),
            "nuts3": chance.choice(["ITF61", "ITF62", "ITF63", "ITF64", "ITF65"], 900),
            "year": 2023,
        }
    )
    found = wb.counts(wb.table(rows, name="mine").cube, by=["nace1", "age_group", "nuts3"])
    assert found.protection.audit is None  # too large to be audited before it is shown

    class Stopped(audits.Program):
        """A solver during which somebody presses Ctrl+C."""

        def most(self, _direction):
            raise KeyboardInterrupt

    monkeypatch.setattr(audits, "Program", Stopped)
    monkeypatch.setattr(audits, "SHARED", 1)
    with pytest.raises(Refused, match=r"\d+% audited: not to be released yet\. It was broken off"):
        found.to_csv(tmp_path / "table.csv")
    assert not (tmp_path / "table.csv").exists()
    (line,) = wb.releases()
    assert not line.left and "audited: not to be released yet" in line.verdict
