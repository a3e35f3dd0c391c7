import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cubes.selection import Selection
from workbench.terms.errors import Refused, UnknownCode, UnknownName

ASKED = Selection(regions={"ITF6"}, sectors={"F"}, sexes={"F"}, ages=(25, 54), years=(2019, 2023), severities={"FAT"})

selections = st.builds(
    Selection,
    regions=st.sets(st.sampled_from(["ITF6", "ES", "ITH1+ITH2", "EL30", "EU27_2020"])),
    sectors=st.sets(st.sampled_from(["F", "C10", "41", "B-E"])),
    sexes=st.sets(st.sampled_from(["M", "F", "UNK"])),
    ages=st.sampled_from([None, (25, 54), (None, 24), (55, None)]),
    years=st.sampled_from([None, (2019, 2023), (2020, 2020)]),
    severities=st.sets(st.sampled_from(["FAT", "D_GE4", "D4-6"])),
    where=st.dictionaries(st.sampled_from(["size", "commuting", "deviation"]), st.just({"1"}), max_size=1).map(
        lambda w: {k: {"size": {"1", "2"}, "commuting": {"N"}, "deviation": {"30"}}[k] for k in w}
    ),
)


def test_a_selection_reads_as_a_sentence():
    assert str(ASKED) == "construction (F), women, 25 to 54, Calabria, 2019 to 2023, fatal"
    assert str(Selection()) == "everything"
    assert str(Selection(ages=(55, None), years=(2020, 2020))) == "55 and over, 2020"


def test_yaml_is_written_to_be_read():
    assert "- Völlig" in Selection(where={"answer": {"Völlig"}}).to_yaml()


@given(selections)
def test_a_selection_survives_dict_yaml_and_url(asked):
    assert Selection.from_dict(asked.to_dict()) == asked
    assert Selection.from_yaml(asked.to_yaml()) == asked
    assert Selection.from_query(asked.to_query()) == asked
    assert hash(Selection.from_query("?" + asked.to_query())) == hash(asked)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"years": 2020}, r"years are first and last, both included, as in years=\(2019, 2023\); 2020 is not"),
        ({"years": (2020, 2021, 2022)}, r"\(2020, 2021, 2022\) is not"),
        ({"years": "2019:2023"}, "'2019:2023' is not"),
        ({"years": (2020, None)}, r"\(2020, None\) is not"),
        ({"years": ("a", "b")}, r"\('a', 'b'\) is not"),
        ({"ages": 25}, r"ages are first and last, both included, as in ages=\(25, 54\); 25 is not"),
        ({"ages": "25"}, "'25' is not"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_years_and_ages_are_first_and_last(asked, told):
    with pytest.raises(Refused, match=told):
        Selection(**asked)


def test_equal_questions_are_equal_however_written():
    assert Selection(sectors=["C10"]) == Selection(sectors="10") == Selection(where={"nace2": "10"})
    assert Selection(where={"age_group": {"Y25-34", "Y35-54"}}) == Selection(ages=(25, 54))
    assert Selection(where={"year": ["2019", "2020"]}) == Selection(years=(2019, 2020))
    assert Selection(sexes={"T"}) == Selection()


def test_a_selection_cannot_be_changed_but_can_be_varied():
    with pytest.raises(AttributeError):
        ASKED.sexes = {"M"}
    assert ASKED.but(sexes={"M"}).sexes == {"M"}


def test_mistakes_are_answered():
    with pytest.raises(UnknownCode, match="Close to it: ITF6"):
        Selection(regions={"ITF66666"})
    with pytest.raises(UnknownCode, match="'Z' is not a known NACE"):
        Selection(sectors={"Z"})
    with pytest.raises(UnknownName, match="dimension.*severity"):
        Selection(where={"severty": {"FAT"}})
    with pytest.raises(UnknownName, match="field of a selection.*sectors"):
        Selection.from_dict({"sector": ["F"]})
    with pytest.raises(Refused, match="2023 comes after 2019"):
        Selection(years=(2023, 2019))
    with pytest.raises(Refused, match="follow each other"):
        Selection(where={"age_group": {"Y25-34", "Y45-54"}})


def test_regions_of_older_editions_are_known():
    assert Selection(regions={"FR91"}).regions == {"FR91"}


@pytest.mark.parametrize(("field", "code"), [("sexes", "X"), ("sexes", ""), ("sectors", "ND")])
def test_a_slip_is_not_taken_for_the_unknown_group(field, code):
    with pytest.raises(UnknownCode):
        Selection(**{field: {code}})
    assert Selection(**{field: {"UNK"}}) != Selection()


def test_a_year_that_is_no_number_is_answered():
    with pytest.raises(UnknownCode, match="Write years as 2019"):
        Selection(where={"year": "abc"})
