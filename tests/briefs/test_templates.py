"""Each template becomes a brief for two sets of parameters, from what comes with the workbench and from the twin."""

import ast
import contextlib
import io
import re
import sys
from pathlib import Path

import nbformat
import pikepdf
import pytest
from lxml import html

import workbench as wb
from workbench import cli
from workbench.briefs import pdf
from workbench.briefs.check import check_page
from workbench.briefs.content import read_page
from workbench.briefs.run import CellFailed
from workbench.terms.errors import NotAvailable, Refused, WorkbenchError
from workbench.terms.places import bundled

pytestmark = pytest.mark.xdist_group("briefs")

FOLDER = bundled("notebooks") / "briefs"
TWIN = {"source": "esaw_synthetic", "region": "IT"}
CASES = {
    "trend": {"name": "trend"},
    "trend_twin": {"name": "trend", **TWIN, "until": 2022},
    "trend_belgium": {
        "name": "trend",
        "source": "ilostat_injuries",
        "exposure": "lfst_r_lfe2en2",
        "region": "BE",
        "since": 2009,
        "until": 2015,
    },
    "trend_belgium_otherwise": {"name": "trend", "region": "BE"},
    "country": {"name": "country"},
    "country_belgium": {"name": "country", "region": "BE", "sector": "F"},
    "country_counts": {"name": "country", "region": "BE", "sector": "C"},
    "country_twin": {"name": "country", **TWIN, "region": "BE", "sector": "F", "until": 2022, "reader": "companies"},
    "sector": {"name": "sector"},
    "sector_twin": {"name": "sector", "source": "esaw_synthetic", "sector": "A", "until": 2022},
    "groups": {"name": "groups_at_risk"},
    "groups_twin": {"name": "groups_at_risk", **TWIN, "region": "ES", "year": 2022},
    "inspection_twin": {"name": "inspection_focus"},
    "inspection_italy": {"name": "inspection_focus", "region": "IT", "days": 9_000, "reader": "companies"},
    "region_twin": {"name": "region"},
    "region_madrid_twin": {"name": "region", "region": "ES30", "until": 2023, "reader": "social-partners"},
    "common": {"name": "common_view"},
    "common_belgium": {"name": "common_view", "region": "BE", "sector": "F", "survey_sector": "B_D-F"},
    "common_italy": {
        "name": "common_view",
        "region": "IT",
        "sector": "F",
        "survey_sector": "B_D-F",
        "reader": "companies",
    },
}
each = pytest.mark.parametrize("case", CASES)
MOST_BYTES = 5_000_000


@pytest.fixture(scope="module")
def made(shop):
    """The page of a case, made once: `made("trend").path`."""
    done = {}

    def make(case: str):
        if case not in done:
            values = dict(CASES[case])
            done[case] = shop(FOLDER / f"{values.pop('name')}.ipynb", **values)
        return done[case]

    return make


def text_of(brief) -> str:
    body = html.fromstring(brief.path.read_text(encoding="utf-8")).find("body")
    return " ".join(body.xpath(".//text()[not(ancestor::script)]"))


@each
def test_a_template_becomes_one_file_that_asks_for_nothing_and_says_what_its_findings_say(case, made):
    brief = made(case)
    page = brief.path.read_text(encoding="utf-8")
    assert len(page.encode()) <= MOST_BYTES
    tree = html.fromstring(page)
    addresses = [node.get("src") for node in tree.iter() if node.get("src")]
    addresses += [link.get("href") for link in tree.iter("link")]
    assert addresses and all(address.startswith("data:") for address in addresses)
    assert "@import" not in page.partition("</style>")[0] and "url(" not in page.partition("</style>")[0]
    assert check_page(brief.path) == []
    assert brief.warnings == ()


@each
def test_headings_are_in_order_and_each_picture_and_table_says_what_it_shows(case, made):
    tree = html.fromstring(made(case).path.read_text(encoding="utf-8"))
    levels = [int(node.tag[1]) for node in tree.iter("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert all(len(picture.get("alt")) > 10 for picture in tree.iter("img"))
    for table in tree.iter("table"):
        assert table.xpath(".//th[@scope='col']")
    for figure in tree.iter("figure"):
        assert figure.xpath("./figcaption")
        if "No figure" not in figure.text_content():
            assert figure.xpath(".//table//th[@scope='row']") and figure.xpath("./img")


@each
def test_what_stands_behind_the_figures_is_in_the_brief(case, made):
    brief = made(case)
    text = text_of(brief)
    for heading in ("Methods", "Limits of these figures", "Terms used", "Sources and citation", "Evidence sheet"):
        assert heading in text
    for record in brief.content.shown:
        assert record.code in text
        for source in record.sources:
            assert all(str(hashed) in text for hashed in source["sha256"])
    assert brief.content.notebook_sha256 in text


@pytest.mark.parametrize("case", [case for case in CASES if "twin" in case])
def test_a_brief_from_the_twin_is_titled_synthetic(case, made):
    assert text_of(made(case)).startswith("Synthetic data: made by a program, not observed.")


@pytest.mark.parametrize("case", ["trend", "trend_belgium", "country", "sector", "groups", "common"])
def test_a_brief_from_published_figures_never_speaks_of_synthetic_ones(case, made):
    assert "ynthetic data" not in text_of(made(case)).replace("synthetic ones esaw_synthetic", "")


def test_a_region_from_the_twin_is_a_synthetic_profile_beside_the_regions_of_its_country(made):
    assert made("region_twin").title == "Piemonte: a synthetic profile of accidents at work"
    assert "What this means for social partners" in text_of(made("region_madrid_twin"))
    regions = made("region_twin").content.records["regions"]
    assert {row["nuts2"][:2] for row in regions.rows} == {"IT"} and len(regions.rows) == 21


def words_of(brief) -> str:
    """Its texts with their figures, as they were written."""
    return " ".join(text.filled() for text in brief.content.texts.values())


@pytest.mark.parametrize("case", ["country_belgium", "trend_belgium_otherwise", "common_belgium"])
def test_a_sector_that_a_table_lacks_is_said_and_answered_from_what_the_country_reports_elsewhere(case, made):
    words, content = words_of(made(case)), made(case).content
    assert "has figures by sector (NACE section) for: H (Transportation and storage)" in text_of(made(case))
    assert "What follows is from another table, ilostat_injuries" in words
    assert "**2,513.0** per 100,000 employed in 2015" in words
    assert "From 2009 to 2015 the rate fell by 6.2% a year" in words
    (series,) = (record for record in content.shown if record.chart == "line")
    assert {source["name"] for source in series.sources} == {"ilostat_injuries", "lfst_r_lfe2en2"}


def test_accidents_of_which_no_people_are_known_are_counts_and_no_rate(made):
    words = words_of(made("country_counts"))
    assert "**9,971** accidents counted in 2018" in words
    assert "**No rate** without the number of people at work" in words
    assert "the number of events fell by 4.3% a year" in words and "the rate fell" not in words


@pytest.mark.parametrize("name, asked", [("country", "series"), ("trend", "series"), ("common_view", "register")])
def test_where_all_cells_are_run_by_hand_another_source_is_not_asked_after_an_answer(name, asked, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SOURCE", "bundled")
    names: dict = {}
    for cell in nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            with (
                contextlib.suppress(WorkbenchError)
                if "optional" in cell.metadata.get("tags", ())
                else contextlib.nullcontext()
            ):
                exec(cell.source, names)
    assert names["line"] is names[asked] and {source["name"] for source in names[asked].sources} >= {"hsw_n2_01"}
    assert not {"counted", "reported"} & names.keys()


def test_published_figures_never_stand_in_for_synthetic_ones(shop, tmp_path):
    with pytest.raises(CellFailed, match="UKC .* is not in these data") as failed:
        shop(FOLDER / "trend.ipynb", out=tmp_path / "a.html", source="esaw_synthetic", region="UKC", until=2022)
    assert "ilostat" not in str(failed.value).partition("The cell is")[0]


def test_what_belgiums_own_sources_would_add_stands_in_the_catalogue_with_how_it_is_asked_for(made):
    named = re.findall(r"\b(?:fedris|crossroads|werkbaarheids|risks_at_work)\w+", text_of(made("common")))
    assert {"fedris_private", "fedris_public", "crossroads_bank", "risks_at_work_belgium"} <= set(named)
    for name in set(named):
        entry = wb.catalog()[name]
        assert entry.how_to_obtain and entry.url.startswith("https://") and entry.access == "registration"
        with pytest.raises(NotAvailable, match="See https://"):
            wb.read(name)


def test_the_common_view_of_belgium_names_its_funding_and_what_is_not_there(made):
    text = text_of(made("common"))
    assert "Financed by the European Union – NextGenerationEU" in text
    assert "Not answered here: wristbands is not available now" in text and "Fedris" in text
    assert "NextGenerationEU" not in text_of(made("common_italy"))


def test_a_brief_is_for_its_reader(made):
    assert "What this means for policy" in text_of(made("country"))
    assert "What this means for companies" in text_of(made("country_twin"))
    assert "for policy" not in text_of(made("country_twin"))


def test_what_the_data_refuse_is_said_and_what_rests_on_it_left_out(made):
    text = text_of(made("trend"))
    assert "Not answered here: hsw_n2_01 has no age" in text
    assert "groups may be" not in text


def test_the_figures_of_a_brief_are_those_of_the_question_asked_by_hand(made, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SOURCE", "bundled")
    found = wb.trend("hsw_n2_01", wb.Selection(regions={"IT"}, sectors={"F"}, years=(2014, 2023)))
    record = made("trend").content.records["series"]
    assert [row["value"] for row in record.rows] == pytest.approx(found.frame["value"].tolist(), rel=1e-11)
    assert found.summary in text_of(made("trend"))


def test_two_briefs_are_compared_from_their_files_alone(made):
    found = wb.brief_diff(made("trend").path, made("trend_twin").path)
    assert any(re.fullmatch(r"2014: 2,224\.2 → [\d,.]+ per 100,000 employed", line) for line in found)
    assert any(re.match(r"Sentence \d+: “From 2014", line) for line in found)
    assert wb.brief_diff(made("trend").path, made("trend").path) == []


def test_a_brief_on_paper_is_pdf_ua_with_language_title_outline_texts_and_heads(shop, tmp_path):
    brief = shop(FOLDER / "trend.ipynb", to="pdf", out=tmp_path / "trend.pdf")
    assert brief.kind == "PDF/UA-1"
    with pikepdf.open(brief.path) as paper:
        assert str(paper.Root.Lang) == "en" and paper.Root.MarkInfo.Marked
        with paper.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
            assert about["dc:title"] == brief.title
        with paper.open_outline() as outline:
            assert outline.root[0].title == brief.title
        elements = list(_elements(paper.Root.StructTreeRoot.K))
    kinds = [str(element.S) for element in elements]
    assert "/H1" in kinds and "/TH" in kinds
    figures = [element for element in elements if str(element.S) == "/Figure"]
    assert figures and all(len(str(figure.Alt)) > 10 for figure in figures)


def _elements(node):
    """The elements of a PDF's structure below a node."""
    if isinstance(node, pikepdf.Array):
        for one in node:
            yield from _elements(one)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        yield node
        if "/K" in node:
            yield from _elements(node.K)


@pytest.mark.browser
def test_a_browser_prints_where_weasyprint_is_not_and_its_pdf_is_called_tagged(monkeypatch, chromium):
    monkeypatch.setattr(pdf.importlib.util, "find_spec", lambda name: None)
    made = pdf.paper('<!DOCTYPE html><html lang="en"><title>A brief</title><h1>A brief</h1>')
    assert made.kind == "tagged"
    with pikepdf.open(io.BytesIO(made.content)) as paper:
        assert paper.Root.MarkInfo.Marked and str(paper.Root.Lang) == "en"


def test_without_weasyprint_and_a_browser_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setattr(pdf.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    with pytest.raises(NotAvailable, match=r'pip install "osh-workbench\[pdf\]"'):
        pdf.paper("<p>")


def test_without_weasyprints_libraries_it_is_said_what_to_install(monkeypatch):
    class Broken:
        def find_spec(self, name, path=None, target=None):
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(pdf.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(pdf.shutil, "which", lambda name: None)
    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Broken(), *sys.meta_path])
    with pytest.raises(NotAvailable, match="apt-get install libpango-1.0-0"):
        pdf.paper("<p>")


def test_an_executed_copy_reads_like_the_brief_with_its_code_folded_away(shop, tmp_path):
    brief = shop(FOLDER / "trend.ipynb", to="ipynb", out=tmp_path / "trend.ipynb")
    copy = nbformat.read(brief.path, as_version=4)
    assert copy.cells[0].source.startswith("# Italy, Construction: accidents at work since 2014")
    assert not any("{{" in cell.source for cell in copy.cells)
    assert all(cell.metadata.jupyter.source_hidden for cell in copy.cells if cell.cell_type == "code")
    shown = [output.data["text/html"] for cell in copy.cells for output in cell.get("outputs", ()) if "data" in output]
    assert any("<svg" in text and "<table>" in text for text in shown)


@pytest.fixture
def written(tmp_path):
    """A notebook of one's own: `written("# Text", code="1 / 0")`."""

    def write(*texts: str, code: str, tags=(), after: str = "") -> Path:
        cells = [nbformat.v4.new_code_cell("year = 2022", metadata={"tags": ["parameters"]})]
        cells += [nbformat.v4.new_markdown_cell(text) for text in texts]
        cells += [nbformat.v4.new_code_cell(code, metadata={"tags": list(tags)})]
        cells += [nbformat.v4.new_markdown_cell(after)] if after else []
        path = tmp_path / "mine.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


ASK = """import workbench as wb
found = wb.rates('hsw_n2_01', wb.Selection(years=(year, year), sectors={'H'}), by=['nuts0'])"""


def test_a_failing_cell_is_named_with_its_notebook_and_its_source(shop, written):
    with pytest.raises(CellFailed) as failed:
        shop(written("# Mine", code="figures = [1]\nfigures[7]"))
    assert "mine.ipynb, cell 4 stopped: IndexError: list index out of range" in str(failed.value)
    assert "figures = [1]\nfigures[7]" in str(failed.value)


def test_parameters_that_select_nothing_are_refused(shop, written):
    with pytest.raises(Refused, match="mine.ipynb with year=2022 finds nothing"):
        shop(written("# Mine", code="year"))


def test_a_claim_that_does_not_hold_is_not_published_and_the_old_page_stays(shop, written, tmp_path):
    page = tmp_path / "mine.html"
    page.write_text("old")
    path = written("# Mine", code=ASK, after='Romania is {{ found.higher("RO", "DE") }} Germany.')
    with pytest.raises(Refused) as refused:
        shop(path, out=tmp_path / "other.html")
    assert "Not published, 1 fault" in str(refused.value) and "may be said: “lower than”" in str(refused.value)
    assert not (tmp_path / "other.html").exists()


def test_a_check_names_what_changed_and_what_no_longer_holds_and_writes_nothing(shop, written, tmp_path):
    text = 'Romania is {{ found.lower("RO", "DE") }} Germany, Belgium {{ found.higher("BE", "NL") }} the Netherlands.'
    path, out = written("# Mine", code=ASK, after=text), tmp_path / "mine.html"
    shop(path, out=out, year=2014)
    before = out.read_bytes()
    checked = shop(path, out=out, year=2023, check=True)
    assert "Belgium: 2,832.5 → 2,594.2 per 100,000 employed" in checked.changes
    (fault,) = checked.faults
    assert "Sentence 2 no longer holds" in fault and "“higher than” may be said: “not clearly different from”" in fault
    assert out.read_bytes() == before and checked.path is None


def test_a_withheld_figure_is_said_and_the_brief_goes_on(shop, written, tmp_path):
    malta = "wb.Selection(regions={'MT'}, sectors={'B'}, years=(year, year))"
    code = f"import workbench as wb\nfound = wb.rates('esaw_synthetic', {malta}, by=['sex'])\nfound"
    brief = shop(written("# Mine", code=code))
    assert brief.path.exists()
    assert any(row["state"] for row in brief.content.records["found"].rows)


PERSONS = """import pandas as pd
import workbench as wb
rows = pd.DataFrame({"nace1": ["F"] * 40 + ["C"] * 30 + ["H"] * 3, "sex": ["M"] * 73, "year": [2022] * 73})
found = wb.counts(wb.table(rows), by=["nace1"])
found"""


def test_a_brief_about_persons_says_what_is_withheld_and_is_written_down_in_the_release_record(shop, written):
    brief = shop(written("# Mine", code=PERSONS, after="In transport {{ found.value('H') }}, in all."))
    text = text_of(brief)
    assert re.search(r"In transport\s+withheld\s*, in all", text)
    assert "withheld: too few to show" in text
    assert "Line 1 of this machine's release record" in text
    rows = [row for record in read_page(brief.path).records.values() for row in record.rows]
    assert {row["value"] for row in rows if row["state"] == "withheld"} == {None}
    assert check_page(brief.path) == []


@pytest.mark.parametrize("to", ["html", "ipynb"])
def test_a_notebook_whose_output_shows_a_withheld_figure_is_no_brief(shop, written, to):
    leak = PERSONS.replace("* 3,", "* 8,").replace("* 73", "* 78")
    leak += '\nprint("Transportation and storage: 8")\nfound'
    with pytest.raises(Refused, match="would hold withheld figures of Transportation and storage"):
        shop(written("# Mine", code=leak), to=to)
    assert wb.releases() == []


def test_the_command_compares_and_checks_pages_without_running_anything(made, capsys, monkeypatch):
    old, new = str(made("trend").path), str(made("trend_twin").path)
    assert command(monkeypatch, "brief", "diff", old, new) == 0
    assert "2014: 2,224.2 →" in capsys.readouterr().out
    assert command(monkeypatch, "brief", "diff", old, old) == 0
    assert capsys.readouterr().out == "Nothing changed.\n"
    assert command(monkeypatch, "brief", old, "--check") == 0
    assert "Each figure of the page is that of its findings." in capsys.readouterr().out
    assert command(monkeypatch, "brief", "diff", old) == 2
    assert "Name two pages" in capsys.readouterr().err
    assert command(monkeypatch, "brief", "trend", "-p", "regoin=BE") == 2
    assert "There are: source, exposure, region, sector, since, until, reader" in capsys.readouterr().err


def command(monkeypatch, *arguments: str) -> int:
    """The exit code of a call of the command line."""
    monkeypatch.setattr(sys, "argv", ["workbench", *arguments])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    return ended.value.code or 0


@each
def test_a_template_is_kept_without_outputs_and_defines_nothing(case):
    for cell in nbformat.read(FOLDER / f"{CASES[case]['name']}.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None
            assert not any(
                isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(ast.parse(cell.source))
            )


GRID = {
    "country": {"region": "nuts0", "sector": "nace1"},
    "trend": {"region": "nuts0", "sector": "nace1"},
    "sector": {"sector": "nace1"},
    "groups_at_risk": {"region": "nuts0"},
    "inspection_focus": {"region": "nuts0"},
    "region": {"region": "nuts2"},
}
"""Every brief that a template can become of the twin; the common view names its sources itself."""


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_hundreds_of_briefs_in_one_command_each_say_what_their_findings_say(name, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SOURCE", "bundled")
    year = "year" if name in {"groups_at_risk", "inspection_focus"} else "until"
    briefs = wb.brief(name, {"source": "esaw_synthetic", year: 2022}, each=GRID[name], out=tmp_path)
    written = [brief for brief in briefs if brief.path]
    assert len(written) >= 0.9 * len(briefs)
    assert [line for brief in written for line in check_page(brief.path)] == []
    assert all("not written" in brief.faults[0] for brief in briefs if not brief.path)


@pytest.mark.browser
@pytest.mark.parametrize("case", ["trend", "country_twin", "sector", "groups", "region_twin", "common"])
def test_a_brief_opens_from_disk_without_a_network_an_error_a_request_or_a_barrier(case, made, chromium, axe_faults):
    context = chromium.new_context(offline=True, viewport={"width": 380, "height": 800})
    page, errors, asked = context.new_page(), [], []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: asked.append(request.url))
    try:
        page.goto(made(case).path.as_uri())
        page.wait_for_selector(".chart canvas")
        page.wait_for_timeout(1_000)
        assert errors == []
        assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [made(case).path.as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth") <= 380
        assert page.locator(".still").first.is_hidden()
        assert axe_faults(page.locator("html")) == []
        page.emulate_media(media="print")
        assert page.locator(".still").first.is_visible()
    finally:
        context.close()


def test_a_page_read_back_holds_the_findings_it_was_made_from(made):
    content = read_page(made("groups").path)
    assert content == made("groups").content
