"""What people write for a selection is read within bounds, or refused in words."""

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.cubes.selection import Selection
from workbench.terms.codes import codelist
from workbench.terms.errors import Refused, UnknownCode, WorkbenchError


@pytest.mark.parametrize("query", ["regions=IT&regions=FR", "where.hour=01&where.hour=02", "ages=1-2&ages=3-4"])
def test_an_address_that_names_a_field_twice_is_refused(query):
    with pytest.raises(Refused, match="names .* twice. Write its codes after each other"):
        Selection.from_query(query)


def test_an_address_with_where_and_a_dimension_of_it_is_refused():
    with pytest.raises(Refused, match="where.size=1 in place of where="):
        Selection.from_query("where=x&where.hour=01")


@pytest.mark.parametrize("text", ["{", "a: [" * 3_000, "- &a [*a]", "years: 2001-99-99", "regions: [NO]", "[]: 1", "5"])
def test_yaml_that_is_none_or_holds_no_selection_is_refused(text):
    with pytest.raises(WorkbenchError) as refusal:
        Selection.from_yaml(text)
    assert "yaml" not in str(refusal.value).lower() or "This is not YAML" in str(refusal.value)


@pytest.mark.parametrize("plain", [[], 5, None, "regions", {1: 2}, {"where": 5}, {"where": ["size"]}, {"years": {}}])
def test_what_is_no_mapping_of_fields_is_refused(plain):
    with pytest.raises(WorkbenchError):
        Selection.from_dict(plain)


@pytest.mark.parametrize(
    "code",
    [1.0, b"F", True, None, ["F"], {"F": 1}, 10**5_000, "F" * 201, np.float64(1)],
    ids=lambda code: str(type(code)),
)
def test_what_is_no_code_is_refused(code):
    with pytest.raises(Refused):
        Selection(sectors=[code])


def test_whole_numbers_are_codes_and_an_empty_list_is_no_restriction():
    assert Selection(sectors=41) == Selection(sectors=[np.int64(41)]) == Selection(sectors={"41"})
    assert Selection(where={"year": [], "size": (), "sex": None}) == Selection() == Selection.from_query("regions=")


@pytest.mark.parametrize("years", [(2019.0, 2020.7), (float("nan"), 2020), (True, 2020), ("x" * 999, 2020), (2020,)])
def test_what_is_no_year_is_refused(years):
    with pytest.raises(Refused, match="years are first and last"):
        Selection(years=years)
    assert Selection(years=(2019.0, np.int64(2020))).years == (2019, 2020)


@pytest.mark.parametrize(
    "span",
    [{"ages": (0, 49_999_999)}, {"ages": (0, 121)}, {"ages": (-1, 5)}, {"years": (0, 2020)}, {"years": (2020, 10**9)}],
)
def test_ages_and_years_are_bounded(span):
    with pytest.raises(Refused, match=r"ages go from 0 to 120|years go from 1900 to 2200"):
        Selection(**span)


def test_an_address_cannot_make_the_workbench_count_for_ever():
    with pytest.raises(Refused, match="ages go from 0 to 120"):
        Selection.from_query("?ages=0-49999999")
    with pytest.raises(Refused, match="at most 200,000 letters"):
        Selection.from_query("regions=" + "IT," * 100_000)
    with pytest.raises(Refused, match="at most 5,000 codes"):
        Selection(sectors=(str(n) for n in range(10**9)))


@pytest.mark.parametrize("band", ["Y0-49999999", "Y_GE121", "Y30-20", "Y_LT0", "Y²", "Y999999"])
def test_a_band_of_ages_is_bounded(band):
    known = codelist("age_group")
    assert not known.knows(band)
    for read in (known.parse, known.members):
        with pytest.raises(UnknownCode, match="Write bands as Y25-34"):
            read(band)


@pytest.mark.parametrize(
    ("field", "code", "meant"),
    [
        ("regions", "GR", "Eurostat writes EL for Greece: EL."),
        ("regions", "GR30", "Eurostat writes EL for Greece: EL30."),
        ("regions", "gb", "Eurostat writes UK for United Kingdom: UK."),
        ("sectors", "1", "Has it lost its leading zero? 01 is Crop and animal production"),
    ],
)
def test_a_common_slip_is_named_and_nothing_else(field, code, meant):
    with pytest.raises(UnknownCode) as refusal:
        Selection(**{field: {code}})
    assert meant in str(refusal.value) and "Close to it" not in str(refusal.value)


def test_an_hour_without_its_zero_is_named_and_an_empty_one_is_a_slip():
    with pytest.raises(UnknownCode, match="leading zero. 01 is 01:00"):
        Selection(where={"hour": "1"})
    with pytest.raises(UnknownCode, match="'' is not a known"):
        Selection(where={"hour": [""]})


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(["regions", "sectors", "sexes", "ages", "years", "severities", "where", "colour"])


@given(st.dictionaries(FIELDS, anything, max_size=3))
def test_nothing_but_words_comes_of_a_selection(plain):
    try:
        selection = Selection.from_dict(plain)
    except WorkbenchError:
        return
    assert Selection.from_query(selection.to_query()) == Selection.from_yaml(selection.to_yaml()) == selection


@given(st.text(max_size=60))
def test_nothing_but_words_comes_of_any_text(text):
    for read in (Selection.from_query, Selection.from_yaml):
        with suppress(WorkbenchError):
            read(text)
