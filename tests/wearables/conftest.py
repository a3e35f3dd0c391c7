"""Every test begins with nothing shown before."""

import pytest

from workbench.wearables import door


@pytest.fixture(autouse=True)
def nothing_shown_before(monkeypatch):
    monkeypatch.setattr(door, "_LEDGERS", {})
