import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.terms.ages import age_limits
from workbench.terms.codes import UNKNOWN, codelist, open_list
from workbench.terms.dimensions import dimension, own_dimension
from workbench.terms.errors import UnknownCode, UnknownName

NACE = codelist("nace")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("F", "F"),
        ("f", "F"),
        ("41", "41"),
        ("C10", "10"),
        ("N 81", "81"),
        ("4120", "41"),
        ("41.20", "41"),
        ("B-E", "B-E"),
        ("TOTAL", "TOTAL"),
    ],
)
def test_nace_is_read_in_every_usual_spelling(written, code):
    assert NACE.parse(written) == code


@pytest.mark.parametrize(
    ("name", "written", "told"),
    [
        ("sex", "girls", r"'girls' is not a known code of sex. There are: M \(Men\), F \(Women\)."),
        ("severity", "deadly", r"There are: FAT \(Fatal accident\), NFAT .*, D_UNK \(Number of days unknown\).$"),
        ("deviation", "zz", "'zz' is not a known code of deviation.$"),  # of many codes none are listed
    ],
)
def test_the_codes_of_a_short_list_are_told_to_who_slips(name, written, told):
    with pytest.raises(UnknownCode, match=told):
        codelist(name).parse(written)


def test_the_dimensions_of_the_data_set_are_told_first():
    everything = "There are: nuts0, nuts1, .*, day. Those of a table's own are known once it is loaded.$"
    with pytest.raises(UnknownName, match=f"'region' is not a known dimension. Close to it: .* {everything}"):
        dimension("region")
    told = "This data set has: nuts0, nuts1, nuts2, sex. Others there are: nuts3, nace1, .*, day.$"
    with pytest.raises(UnknownName, match=told):
        dimension("region", ("nuts2", "sex"))
    assert dimension("size", ("nuts2", "sex")).name == "size"
    own_dimension("shift_of_the_test")
    with pytest.raises(UnknownName, match=told):  # that of another table is not offered
        dimension("region", ("nuts2", "sex"))


@pytest.mark.parametrize("written", ["ND", "UNK", "-1", "X", "", "nd "])
def test_what_is_not_known_is_missing_and_never_section_n(written):
    assert NACE.is_missing(written)
    assert NACE.parse(written) == UNKNOWN


def test_a_wrong_code_names_the_close_ones():
    with pytest.raises(
        UnknownCode, match=r"'F4' is not a known NACE Rev. 2 code. Close to it: F.*Give sections A to U"
    ):
        NACE.parse("F4")


def test_a_division_under_the_wrong_section_is_refused():
    with pytest.raises(UnknownCode, match="'C41'"):
        NACE.parse("C41")


def test_a_section_holds_its_divisions_and_no_others():
    assert NACE.children("F") == ["41", "42", "43"]
    assert NACE.members("F") == {"41", "42", "43"}
    assert NACE.parent("41") == "F"
    assert NACE.ancestor_at("41", 1) == "F"
    assert NACE.ancestor_at("F", 2) == UNKNOWN


def test_there_are_21_sections_and_88_divisions():
    assert (len(NACE.at_level(1)), len(NACE.at_level(2))) == (21, 88)


def test_published_aggregates_are_the_union_of_their_members():
    assert NACE.members("B-E") == NACE.members("B") | NACE.members("C") | NACE.members("D") | NACE.members("E")
    assert NACE.members("TOTAL") > NACE.members("A_C-N")
    assert codelist("nuts").members("ITH1+ITH2") == codelist("nuts").members("ITH1") | codelist("nuts").members("ITH2")
    assert codelist("nuts").members("EU27_2020") >= codelist("nuts").members("EL")


def test_leftovers_of_nuts_2010_are_known_in_the_2013_edition():
    nuts = codelist("nuts", "2013")
    assert nuts.members("EL11") == nuts.members("EL51")
    assert nuts.members("UKI1") == nuts.members("UKI3") | nuts.members("UKI4")


def test_el_is_greece_and_gr_is_answered_with_a_hint():
    assert codelist("nuts").label("EL") == "Greece"
    with pytest.raises(UnknownCode):
        codelist("nuts").parse("GR")


def test_eu_aggregates_are_no_country():
    assert codelist("nuts").level("EU27_2020") is None
    assert codelist("nuts").level("EL") == 0


@pytest.mark.parametrize(
    ("band", "limits"),
    [("Y25-34", (25, 34)), ("Y_LT18", (0, 17)), ("Y_GE65", (65, 120)), ("Y16-19", (16, 19)), ("Y30", (30, 30))],
)
def test_age_bands_say_their_limits(band, limits):
    assert age_limits(codelist("age_group").parse(band)) == limits


@given(st.integers(0, 119), st.integers(0, 119))
def test_two_age_bands_overlap_exactly_when_they_share_a_year(low, high):
    low, high = sorted((low, high))
    ages = codelist("age_group")
    assert bool(ages.members(f"Y{low}-{high}") & ages.members("Y40-50")) == (low <= 50 and high >= 40)


def test_the_total_of_ages_holds_the_unknown_age_too():
    assert UNKNOWN in codelist("age_group").members("TOTAL")


def test_severity_is_a_tree_from_total_to_bands():
    severity = codelist("severity")
    assert severity.members("TOTAL") >= severity.members("FAT") | severity.members("NFAT")
    assert severity.members("D_GE4") < severity.members("NFAT")
    assert severity.ancestors("D4-6") == ["D_GE4", "NFAT"]


def test_material_agents_are_read_with_and_without_their_dot():
    assert codelist("material_agent").parse("1401") == "14.01"


def test_a_list_that_does_not_exist_names_those_there_are():
    with pytest.raises(UnknownName, match="nace"):
        codelist("nacee")


def test_a_source_may_bring_its_own_flat_list():
    questions = open_list("question", {"Q1": "Do you?"})
    assert (questions.label("Q1"), questions.parse("Q1"), questions.level("Q1")) == ("Do you?", "Q1", 1)


@pytest.mark.parametrize(
    "name", ["nace", "isco", "severity", "deviation", "contact_mode", "material_agent", "part_of_body"]
)
def test_every_parent_is_a_code_of_the_list_one_level_up(name):
    codes = codelist(name)
    for code in codes.codes():
        if codes.parent(code):
            assert codes.level(codes.parent(code)) == codes.level(code) - 1


def test_any_regions_published_as_one_are_a_joint_code():
    nuts = codelist("nuts", "2024")
    assert nuts.parse("PT1A+PT1B") == "PT1A+PT1B"
    assert nuts.members("PT1A+PT1B") == nuts.members("PT1A") | nuts.members("PT1B")
    assert nuts.label("PT1A+PT1B") == "Grande Lisboa + Península de Setúbal"


def test_a_joint_or_older_region_is_known_in_the_editions_that_have_one_of_its_members():
    assert codelist("nuts", "2013").members("FR9") == codelist("nuts", "2013").members("FRA")
    for edition, code in (("2016", "FR9"), ("2021", "FR91"), ("2024", "UKI1")):
        assert not codelist("nuts", edition).knows(code)
    assert codelist("nuts", "2021").knows("ITH1+ITH2")


@pytest.mark.parametrize(
    ("name", "label", "codes"),
    [
        ("sex", "weiblich", "F"),
        ("sex", "women", "F"),
        ("nuts", "Wien", "AT13, AT130"),
        ("nuts", "Graz", "AT221"),
        ("nace", "construction", "F"),
        ("severity", "tödlich", "FAT"),
        ("weekday", "monday", "1"),
    ],
)
def test_a_label_in_place_of_a_code_names_the_code(name, label, codes):
    with pytest.raises(UnknownCode, match=f"It is the label of {codes}: write the code"):
        codelist(name).parse(label)
