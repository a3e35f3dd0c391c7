"""`workshop.html`, driven in Chromium from disk: the numbers of the package, six lessons with checks, no request."""

import json
import math
import random
import re

import pytest
from pytest import approx

import workbench as wb
from tests.views.conftest import POOR
from tests.workshop.make_answers import answers_of, names_of
from tests.workshop.solutions import SOLUTIONS
from workbench import cli
from workbench.terms.errors import WorkbenchError
from workbench.terms.places import PACKAGE
from workbench.terms.text import speaking
from workbench.workshop import page as page_module
from workbench.workshop.page import write_page
from workbench.workshop.page_texts import PAGE_QUESTIONS

pytestmark = pytest.mark.xdist_group("workshop")

TWIN = "esaw_synthetic"
AGES = {"Y15-24": (15, 24), "Y25-34": (25, 34), "Y35-44": (35, 44), "Y45-54": (45, 54), "Y55-64": (55, 64)}
GROUPS = ((), ("nuts2",), ("year",), ("nace1",), ("sex", "age_group"), ("nuts0",))
ASK = """(questions) => questions.map(([selection, by]) => {
    const { spans } = workshop.trend(selection)
    const figures = spans.map(({ apc, low, high, first, last }) => ({ apc, low, high, first, last }))
    return [workshop.ask(selection, by), figures]
})"""


@pytest.fixture(scope="module")
def cubes():
    """The cubes of the twin by name, read once."""
    return {name: wb.cube(name) for name in (TWIN, f"{TWIN}_employed")}


@pytest.fixture(scope="module")
def answers():
    """Of each question the right answer, under "", and the wrong ones."""
    names = names_of("page")
    return {name: answers_of(SOLUTIONS[name], names) for name in PAGE_QUESTIONS}


@pytest.fixture
def quickly(cubes, monkeypatch):
    """The page is written from cubes that are at hand."""
    monkeypatch.setattr(page_module, "cube", cubes.get)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    file = tmp_path_factory.mktemp("stick") / "workshop.html"
    write_page(file)
    return file


@pytest.fixture
def page(path, new_page):
    """The page, opened from disk; every address that it asks for is in `page.asked`."""
    opened = new_page(1366, 768)
    opened.unroute_all()
    opened.asked = []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.goto(path.as_uri())
    return opened


def data_of(path) -> dict:
    return json.loads(re.search(r"^const DATA = (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)[1])


def random_selections(codes: dict, n: int, seed: int) -> list[dict]:
    """Selections as the page takes them, some of everything, some of one cell."""
    draw = random.Random(seed)

    def some(values, most):
        return draw.sample(values, draw.randint(1, most)) if draw.random() < 0.6 else []

    def span(values):
        first, last = sorted(draw.choices(range(len(values)), k=2))
        return values[first : last + 1] if draw.random() < 0.6 else []

    return [
        {
            "nuts2": some(codes["nuts0"], 3) if draw.random() < 0.5 else some(codes["nuts2"], 4),
            "nace1": some(codes["nace1"], 4),
            "sex": some(codes["sex"], 1),
            "age_group": span(list(AGES)),
            "year": span(codes["year"]),
            "severity": draw.choice(["", "", "FAT", "D_GE4"]),
        }
        for _n in range(n)
    ]


def as_selection(chosen: dict) -> wb.Selection:
    ages, years = chosen["age_group"], chosen["year"]
    return wb.Selection(
        regions=chosen["nuts2"],
        sectors=chosen["nace1"],
        sexes=chosen["sex"],
        ages=(AGES[ages[0]][0], AGES[ages[-1]][1]) if ages else None,
        years=(years[0], years[-1]) if years else None,
        severities={chosen["severity"]} if chosen["severity"] else (),
    )


def same(one: float, other: float) -> bool:
    return (math.isnan(one) and math.isnan(other)) or one == approx(other, rel=1e-9, abs=1e-9)


def assert_rates_agree(chosen: dict, by: tuple[str, ...], rows: list[dict]) -> None:
    """The page's rows are those of the package; where that refuses, the page has no figure."""
    known = {tuple(row[name] for name in by): row for row in rows}
    try:
        frame = wb.rates(TWIN, as_selection(chosen), by=list(by)).frame
    except WorkbenchError:
        assert all(math.isnan(row["value"]) for row in rows), chosen
        return
    for row in frame.to_dict("records"):
        found = known.pop(tuple(row[name] for name in by), None)
        if found is None:
            assert math.isnan(row["value"]), (chosen, row)
            continue
        pairs = [(row[name], found[name]) for name in ("value", "low", "high", "count")]
        assert all(same(*pair) for pair in [*pairs, (row["exposure"] or 0.0, found["people"])]), (chosen, row, found)
        assert row["state"] == found["state"], (chosen, row, found)
    assert not any(row["count"] for row in known.values()), chosen


def assert_trends_agree(chosen: dict, spans: list[dict]) -> None:
    try:
        model = wb.trend(TWIN, as_selection(chosen)).model
    except WorkbenchError:
        assert all(math.isnan(span["apc"]) for span in spans), chosen
        return
    assert len(model.segments) == len(spans), chosen
    for part, span in zip(model.segments, spans, strict=True):
        assert (part.first, part.last) == (span["first"], span["last"])
        assert all(same(getattr(part, name), span[name]) for name in ("apc", "low", "high")), (chosen, part, span)


def assert_agrees(page, path, n: int, seed: int) -> None:
    selections = random_selections(data_of(path)["codes"], n, seed)
    questions = [(chosen, GROUPS[i % len(GROUPS)]) for i, chosen in enumerate(selections)]
    for (chosen, by), (rows, spans) in zip(questions, page.evaluate(ASK, questions), strict=True):
        assert_rates_agree(chosen, by, rows)
        assert_trends_agree(chosen, spans)


@pytest.mark.browser
def test_its_numbers_are_those_of_the_package_over_40_random_selections(page, path):
    assert_agrees(page, path, 40, seed=1)


@pytest.mark.browser
@pytest.mark.slow
def test_its_numbers_are_those_of_the_package_over_500_random_selections(page, path):
    assert_agrees(page, path, 500, seed=2)


@pytest.mark.browser
@pytest.mark.slow
def test_five_linked_answers_take_no_more_than_50_ms(page):
    """The best of twenty, of everything and of one sector by turns: other programs may slow down the rest."""
    times = page.evaluate("""() => [...Array(20).keys()].map((i) => {
        workshop.choose({ nace1: i % 2 ? ["F"] : [] })
        return workshop.timing.answered
    })""")
    assert min(times[0::2]) <= 50 and min(times[1::2]) <= 50


@pytest.mark.browser
def test_it_opens_from_disk_without_any_request_or_error(page, path):
    page.locator("#map path.chosen, #map path.region").first.wait_for(state="attached")
    assert page.asked == [path.as_uri()]
    assert page.errors == []
    assert path.stat().st_size <= 10_000_000
    assert not re.findall(r"(?:src|href)\s*=\s*[\"'](?!#|data:)[^\"']+", path.read_text(encoding="utf-8"))


@pytest.mark.browser
def test_every_figure_says_that_it_is_synthetic_and_the_map_shows_its_notice(page):
    assert "Synthetic data" in page.locator(".band").inner_text()
    for card in page.locator(".grid .card").all():
        assert "Synthetic data" in card.locator(".line").first.inner_text()
    assert "© EuroGeographics" in page.locator(".card", has=page.locator("#map")).inner_text()


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGE_QUESTIONS)
def test_a_lesson_passes_its_solution_and_tells_each_slip(page, answers, name):
    question = PAGE_QUESTIONS[name]
    written = {
        slip: str(value) if question.decimals is None else f"{value:.4f}" for slip, value in answers[name].items()
    }
    found = page.evaluate(
        "([name, texts]) => texts.map((text) => workshop.check(name, text))", [name, list(written.values())]
    )
    messages = {slip: verdict["message"] for slip, verdict in zip(written, found, strict=True)}
    assert messages == {"": question.praise, **question.slips}
    assert [verdict["passed"] for verdict in found] == [slip == "" for slip in written]
    assert len(set(question.slips.values())) == len(question.slips) >= 4
    empty = page.evaluate("(name) => workshop.check(name, ' ')", name)
    assert empty == {"passed": False, "message": f"No answer yet. Hint: {question.hint}"}


def test_the_page_holds_no_answer_in_words(path, answers):
    asked = json.dumps(data_of(path)["questions"])
    for name in ("page.2", "page.4"):  # numbers of four signs and more
        assert re.sub(r"\.0$", "", f"{answers[name]['']:.1f}") not in asked


@pytest.mark.browser
def test_a_lesson_is_solved_by_touching_the_filters(page):
    page.get_by_role("tab", name="4. Rate").click()
    page.get_by_label("Country").select_option("IT")
    page.locator("summary", has_text="Sectors").click()
    page.get_by_label("F Construction").check()
    for end in ("First year", "Last year"):
        page.get_by_label(end).select_option("2022")
    assert page.locator("#question").inner_text() == "Italy · Construction · 2022"
    page.get_by_label("Your answer").fill("203.1")
    page.get_by_role("button", name="Check").click()
    assert "The denominator is wrong" in page.get_by_role("status").inner_text()
    page.get_by_label("Your answer").fill(page.locator("#figure-rate .big").inner_text())
    page.get_by_role("button", name="Check").click()
    assert page.get_by_role("status").inner_text().startswith("✓ Right")


@pytest.mark.browser
def test_a_view_is_a_filter_and_the_address_keeps_it(page, path, new_page):
    page.get_by_role("button", name="F Construction").click()
    page.get_by_role("button", name="Women, 25 to 34").click()
    words = page.locator("#question").inner_text()
    assert words == "Construction · Women · 25 to 34"
    again = new_page(1366, 768)
    again.unroute_all()
    again.goto(page.url)
    assert again.locator("#question").inner_text() == words
    again.get_by_role("button", name="Clear all filters").click()
    assert again.locator("#question").inner_text() == "All workers, all regions, 2010 to 2023"


@pytest.mark.browser
def test_each_view_has_a_table_with_its_figures(page):
    page.evaluate("workshop.choose({ nuts2: ['IT'], nace1: ['F'], year: [2022] })")
    expected = wb.rates(TWIN, wb.Selection(regions={"IT"}, sectors={"F"}, years=(2022, 2022))).frame.iloc[0]
    for summary in page.locator("details.twin summary").all():
        summary.click()
    row = page.locator("#time-table tr", has_text="2022").inner_text().split("\t")
    assert row[:6] == ["2022", *(f"{expected[name]:,.1f}" for name in ("value", "low", "high")),
                       f"{expected['count']:,.0f}", f"{expected['exposure']:,.0f}"]  # fmt: skip
    assert page.locator("#map-table tbody tr").count() == 242
    assert page.locator("#rows-table tbody tr").count() == 19
    assert page.locator("#cells-table tbody tr").count() == 12


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1366, 380])
def test_its_texts_can_be_read_and_axe_finds_nothing_and_nothing_runs_out_of_the_window(
    path, new_page, axe_faults, width, scheme
):
    page = new_page(width, 800, color_scheme=scheme)
    page.unroute_all()
    page.goto(path.as_uri() + "#nuts2=IT&nace1=F")
    for summary in page.locator("details summary").all():
        summary.click()
    assert page.locator("body").evaluate(POOR, 4.5) == []
    assert axe_faults(page.locator("html")) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.browser
def test_every_control_has_a_name_and_lessons_are_walked_with_the_arrows(page):
    nameless = """() => [...document.querySelectorAll("button, select, input, summary")].filter((node) =>
        !(node.textContent.trim() && node.tagName !== "SELECT") &&
        !node.getAttribute("aria-label") && !(node.labels || []).length
    ).map((node) => node.outerHTML.slice(0, 80))"""
    assert page.evaluate(nameless) == []
    page.get_by_role("tab", name="1. Find").focus()
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.textContent") == "6. Brief"
    assert page.locator("#lesson-choices li").count() == 5


def test_its_colours_are_those_of_the_explorer():
    def colours(path, theme):
        text = path.read_text(encoding="utf-8")
        return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", re.search(theme + r" \{(.*?)\n\}", text, re.DOTALL)[1]))

    ours = PACKAGE / "workshop" / "page" / "page.css"
    screen = PACKAGE / "views" / "screen" / "screen.css"
    for theme, of_screen in ((":root", r"\.wb"), (r':root\[data-theme="dark"\]', r"\.wb\.dark")):
        page, explorer = colours(ours, theme), colours(screen, of_screen)
        shared = page.keys() & explorer.keys()
        assert len(shared) >= 20
        assert {name: page[name] for name in shared} == {name: explorer[name] for name in shared}


def test_its_texts_are_translated_where_it_is_written(tmp_path, quickly, pseudo_language):
    with speaking(pseudo_language):
        write_page(tmp_path / "workshop.html")
    text = (tmp_path / "workshop.html").read_text(encoding="utf-8")
    assert "⟦SYNTHETIC DATA: MADE" in text.upper()
    for message in ("Synthetic data: made by a program", "Highest: {high}", PAGE_QUESTIONS["page.2"].ask):
        assert message not in text


def test_the_command_writes_it_into_a_folder(tmp_path, quickly, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["workbench", "workshop", "--html", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert not ended.value.code
    assert "workshop.html: 5" in capsys.readouterr().out
    assert (tmp_path / "workshop.html").exists()
