"""The table below the cards: in one unit with them, and in the language of the page where there are labels in it."""

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.cubes import build
from workbench.cubes.cube import Measure
from workbench.terms.languages import language
from workbench.terms.text import speaking
from workbench.views.cards import table

SHARE = Measure("share", "share of firms, 0 to 1", "none", "Share of firms", percent="% of firms")


def test_shares_stand_in_the_table_in_per_cent_as_on_the_cards():
    frame = pd.DataFrame({"nuts": ["ITF6", "ITC4"], "year": 2020, "share": [0.979, 0.07], "flag": "", "margin": "m"})
    margin = {"m": {"dims": ["nuts", "year"], "measures": ["share"]}}
    cube = build.from_published("firms", frame, margin, {"share": SHARE})
    found = wb.rates(cube, by=["nuts2"])
    shown = table(found, "Where")
    at = [column["label"] for column in shown["columns"]].index("Figure")
    assert shown["columns"][at]["unit"] == "% of firms"
    assert {row[0][0]: row[at][:2] for row in shown["rows"]} == {"ITF6": ["97.9", 97.9], "ITC4": ["7.0", 7.0]}
    assert found.frame["value"].max() == 0.979  # as it is kept and saved


@pytest.mark.parametrize(("code", "english"), [("fr", True), ("en", False)])
def test_labels_are_in_the_language_of_the_page_and_say_where_they_are_english_for_want_of_one(code, english):
    at = np.arange(60)
    columns = {"deviation": np.array(["10", "20"])[at % 2], "ma_contact": np.array(["02.01", "02.02"])[at % 2]}
    cube = wb.cube(pd.DataFrame({"nuts": "ITF6", "year": 2020, **columns}), ["year", "deviation", "ma_contact2"])
    names = ("deviation", "ma_contact2")
    with speaking(language(code)):
        deviations, agents = (table(wb.counts(cube, by=[name]), "How")["rows"] for name in names)
    assert {row[1][2] for row in deviations} == {""}
    assert ("électrique" in deviations[0][1][0]) == english
    assert {row[1][2] for row in agents} == ({"en"} if english else {""})
    assert {cell[2] for row in agents for cell in (row[0], *row[2:])} == {""}
