"""Every figure of a text is bound to a finding or has a source, and what changes is named."""

import random
import re
from dataclasses import replace

import pytest

from workbench.briefs.check import changes, check_page, faults, rates_at_fault
from workbench.briefs.content import read_page
from workbench.briefs.page import page
from workbench.briefs.prose import written
from workbench.terms.errors import ReadError, Refused, WorkbenchError

TEXT = """## Sectors

In construction {{ rates.value("F") }} {{ rates.unit }} had an accident, {{ rates.count("F") }} of
{{ rates.people("F") }}. That is {{ rates.higher("F", "C") }} in manufacturing. {{ rates.leaders }}

- Rates are per {{ constant("100,000", source="unit of the incidence rate, ESAW") }} people, in {{ year }}.
"""
YEAR = {"year": 2021}


def brief(content, sectors, **counts):
    return content("# A brief of sectors", TEXT, parameters=YEAR, rates=sectors(**counts))


def test_a_text_says_the_figures_of_its_finding(content, sectors):
    text = brief(content, sectors).texts[1].filled()
    assert "In construction 2,100.0 per 100,000 employed had an accident, 2,100 of\n100,000." in text
    assert "That is higher than in manufacturing." in text


def test_a_brief_whose_claims_hold_and_whose_figures_are_bound_has_no_fault(content, sectors):
    assert faults(brief(content, sectors)) == []


def test_a_claim_that_no_longer_holds_is_named_with_the_weaker_words(content, sectors):
    (fault,) = faults(brief(content, sectors, F=1190))
    assert fault.sentence == 4
    assert "Sentence 4 no longer holds: “That is higher than in manufacturing.”" in str(fault)
    assert "Instead of “higher than” may be said: “not clearly different from”" in str(fault)


def test_a_figure_that_is_typed_is_a_fault_and_says_how_to_bind_it(content, sectors):
    (fault,) = faults(content("There were 2,100 accidents.", rates=sectors()))
    assert "2,100 in “There were 2,100 accidents.”" in str(fault)
    assert "finding.value" in str(fault) and "constant" in str(fault)


@pytest.mark.parametrize("text", ["{{ 2100 }}", "{{ '2,100' }}", "{{ 7 * 300 }}", "{{ rates.value('F') ~ '1' }}"])
def test_a_figure_that_an_expression_makes_of_nothing_is_a_fault(text, content, sectors):
    assert len(faults(content(f"There were {text} accidents.", rates=sectors()))) == 1


def test_a_series_names_its_first_and_last_year_that_has_a_figure(content, series):
    record = series(100, 90, 80, 70)
    gap = replace(record, rows=(*record.rows[:3], {**record.rows[3], "value": None, "state": "missing"}))
    text = content("Since {{ line.first }}: {{ line.count(line.last) }} in {{ line.last }}.", line=gap)
    assert faults(text) == [] and text.texts[0].filled() == "Since 2015: 80 in 2017."
    with pytest.raises(WorkbenchError, match="cell 1: The finding f2 has no figure"):
        faults(content("{{ line.last }}", line=replace(record, rows=record.rows[:0])))


def test_a_constant_needs_a_source(content):
    with pytest.raises(Exception, match="needs its source"):
        faults(content('{{ constant("3", source=" ") }} days'))


def test_a_quoted_fact_is_its_figure_with_base_year_and_source_behind_it():
    (part,) = written('{{ fact("esener_2019_wearables") }} use them', {}, {}).parts
    assert (part.kind, part.text) == ("constant", "4.8%")
    assert "five or more employees" in part.detail and "2019. EU-OSHA" in part.detail
    with pytest.raises(WorkbenchError, match="not a known fact"):
        written('{{ fact("esener_2019_wearable_devices") }}', {}, {})


def test_what_a_text_asks_for_and_there_is_not_is_answered_with_its_cell(content, sectors):
    with pytest.raises(Exception, match=r"made_up.ipynb, cell 1: .*'ratse' is undefined. It may ask for rates"):
        faults(content("{{ ratse.value('F') }}", rates=sectors()))


def test_expressions_do_not_reach_the_insides_of_python(content, sectors):
    with pytest.raises(Exception, match="cannot be read"):
        faults(content("{{ rates.value.__globals__ }}", rates=sectors()))


def test_of_100_wrong_digits_planted_in_the_prose_100_are_found(content, sectors):
    dice, record = random.Random(3), sectors()
    braces = [range(*found.span()) for found in re.finditer(r"{{.*?}}", TEXT)]
    gaps = [found.start() for found in re.finditer(r"(?<=[a-z]) (?=[a-z])", TEXT)]
    outside = [gap for gap in gaps if not any(gap in brace for brace in braces)]
    for _round in range(100):
        place = dice.choice(outside)
        text = f"{TEXT[:place]} {dice.randrange(1, 10 ** dice.randrange(1, 6))}{TEXT[place:]}"
        assert len(faults(content("# A brief of sectors", text, parameters=YEAR, rates=record))) == 1


def test_of_100_wrong_digits_planted_in_a_published_page_100_are_found(content, sectors, tmp_path):
    made = page(brief(content, sectors), {})
    path, dice = tmp_path / "brief.html", random.Random(5)
    path.write_text(made, encoding="utf-8")
    assert check_page(path) == []
    start = made.index("<body>")
    shown = [at for at in range(start, len(made)) if made[at].isdigit() and not _within_a_tag(made, at)]
    for place in dice.sample(shown, 100):
        wrong = dice.choice([digit for digit in "0123456789" if digit != made[place]])
        path.write_text(made[:place] + wrong + made[place + 1 :], encoding="utf-8")
        assert check_page(path), made[place - 60 : place + 20]


def test_figures_that_were_changed_inside_the_page_are_found_by_their_hash(content, sectors, tmp_path):
    made = page(brief(content, sectors), {})
    path = tmp_path / "brief.html"
    path.write_text(made.replace('"count": 2100.0', '"count": 2101.0'), encoding="utf-8")
    assert "not those that it was written with" in check_page(path)[0]


def test_a_rate_that_is_not_its_count_over_its_people_is_found(content, sectors):
    made = brief(content, sectors)
    assert rates_at_fault(made) == []


def test_a_page_gives_back_what_it_was_made_from(content, sectors, tmp_path):
    made, path = brief(content, sectors), tmp_path / "brief.html"
    path.write_text(page(made, {}), encoding="utf-8")
    assert read_page(path) == made


@pytest.mark.parametrize(
    "text", ["", "<html></html>", '<script type="application/ld+json" id="brief-data">{}</script>']
)
def test_a_file_that_is_no_brief_is_answered_in_words(text, tmp_path):
    (tmp_path / "other.html").write_text(text)
    with pytest.raises(ReadError, match=r"other.html (is no brief|carries findings that cannot be read)"):
        read_page(tmp_path / "other.html")


def test_nothing_changed_where_the_figures_are_the_same(content, sectors):
    assert changes(brief(content, sectors), brief(content, sectors)) == []


SENTENCES = {
    code: f"In {name} {{{{ rates.value('{code}') }}}} ({{{{ rates.interval('{code}') }}}}) of "
    f"{{{{ rates.people('{code}') }}}} had one."
    for code, name in {"F": "construction", "C": "manufacturing", "H": "transport", "A": "agriculture"}.items()
}
PLANTED = {
    "count": lambda row, factor: {"count": factor * row["count"], "value": factor * row["value"]},
    "people": lambda row, factor: {"exposure": row["exposure"] / factor, "value": factor * row["value"]},
    "limits": lambda row, factor: {"low": row["low"] / factor, "high": row["high"] * factor},
    "withheld": lambda row, factor: {"value": None, "low": None, "high": None, "count": None, "state": "withheld"},
}
"""Kinds of change of a row, by a factor."""


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", PLANTED)
def test_of_40_planted_changes_exactly_the_sentences_about_them_are_named(kind, seed, content, sectors):
    dice, before = random.Random(seed), sectors()
    codes = dice.sample(sorted(SENTENCES), dice.randrange(1, 4))
    factors = {code: dice.uniform(1.1, 3) for code in codes}
    rows = [
        row | PLANTED[kind](row, factors.get(row["nace1"])) if row["nace1"] in codes else row for row in before.rows
    ]
    texts = ("# Sectors", *SENTENCES.values())
    found = changes(content(*texts, rates=before), content(*texts, rates=replace(before, rows=tuple(rows))))
    named = {int(match[1]) for line in found if (match := re.match(r"Sentence (\d+):", line))}
    assert named == {2 + list(SENTENCES).index(code) for code in codes}
    figures = [line for line in found if not line.startswith("Sentence")]
    assert len(figures) == len(codes)
    for line in figures:
        before_it, after_it = re.fullmatch(r".+?: (.+) → (.+) per 100,000 employed", line).groups()
        assert before_it != after_it


@pytest.mark.parametrize("seed", range(10))
def test_of_planted_changes_exactly_the_claims_that_no_longer_hold_are_named(seed, content, sectors):
    dice = random.Random(seed)
    claims = {code: f"{code} is {{{{ rates.higher('{code}', 'C') }}}} manufacturing." for code in "FHA"}
    fallen = dice.sample(sorted(claims), dice.randrange(0, 4))
    found = faults(
        content("# Sectors", *claims.values(), rates=sectors(**{c: dice.randrange(300, 900) for c in fallen}))
    )
    assert {fault.sentence for fault in found} == {2 + list(claims).index(code) for code in fallen}


def test_a_text_that_is_left_out_leaves_the_others_as_they_were(content, sectors):
    whole = content("# Sectors", *SENTENCES.values(), rates=sectors())
    without = replace(whole, pieces=tuple(piece for piece in whole.pieces if piece.cell != 3))
    manufacturing = "“In manufacturing 1,200.0 (95% CI 1,133.1 to 1,269.9) of 100,000 had one.”"
    assert changes(whole, without) == [f"Sentence 3 is gone: {manufacturing}"]
    assert changes(without, whole) == [f"Sentence 3 is new: {manufacturing}"]


def test_a_changed_figure_is_named_with_both(content, sectors):
    found = changes(brief(content, sectors), brief(content, sectors, F=2400))
    assert found[0] == "Construction: 2,100.0 → 2,400.0 per 100,000 employed"


def test_the_page_of_another_who_writes_html_holds_none_of_it(content, sectors):
    text = '<script src="http://x.example/a.js"></script> ![a](http://x.example/a.png) [b](javascript:alert)'
    made = page(content("# A brief", text, rates=sectors()), {})
    body = made[made.index("<body>") :]
    assert "<script src" not in body and "<img src=" not in body and 'href="javascript' not in body


def test_a_finding_that_must_not_leave_the_session_is_not_published(content, sectors):
    record = type(sectors())(**{**vars(sectors()), "release": "Found with disclosure control off."})
    assert "disclosure control off" in str(faults(content("# A brief", rates=record))[0])


def test_a_text_is_refused_whose_braces_do_not_close(content):
    with pytest.raises((Refused, Exception), match="cannot be read"):
        faults(content("{{ rates.value("))


def _within_a_tag(text: str, place: int) -> bool:
    """Whether a character stands inside a tag, where nobody reads it."""
    return text.rfind("<", 0, place) > text.rfind(">", 0, place)
