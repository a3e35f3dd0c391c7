"""From a question to a brief and back: a link of the explorer comes out of notebook, page and PDF as it went in."""

import json
import random
from urllib.parse import parse_qsl, urlencode

import nbformat
import pikepdf
import pytest
from lxml import html

import workbench as wb
from workbench.briefs.check import check_page
from workbench.briefs.content import Content, read_page
from workbench.briefs.page import page
from workbench.briefs.pdf import paper
from workbench.briefs.run import Piece
from workbench.study.question_notebook import question_notebook
from workbench.study.recipe import Recipe
from workbench.terms.errors import Refused, UnknownName
from workbench.views.explorer import Explorer
from workbench.views.guide import query_of

pytestmark = pytest.mark.xdist_group("briefs")

TWIN = "esaw_synthetic"
COUNTRIES = ("AT", "BE", "CZ", "DE", "ES", "FR", "IT", "ITC1", "PL", "RO")
SECTORS = ("A", "C", "F", "G", "H", "K", "N", "Q")
AGES = ((15, 24), (25, 44), (35, 64), (55, 64))


def random_selection(draw: random.Random) -> wb.Selection:
    """Some of everything: regions, sectors, sexes, ages, years, severities."""
    first = draw.randrange(2010, 2024)

    def some(codes, most):
        return set(draw.sample(codes, draw.randrange(0, most + 1)))

    return wb.Selection(
        regions=some(COUNTRIES, 3),
        sectors=some(SECTORS, 3),
        sexes=some(("F", "M"), 1),
        ages=draw.choice((None, *AGES)),
        years=draw.choice((None, (first, draw.randrange(first, 2024)))),
        severities=some(("FAT", "D_GE4"), 1),
    )


def links(n: int, seed: int) -> list[str]:
    draw = random.Random(seed)
    return [urlencode({"dataset": TWIN, "q": random_selection(draw).to_query()}) for _n in range(n)]


def notebook_of(link: str) -> str:
    """The notebook that counts what a link shows, as the guide writes it."""
    query = query_of(f"http://localhost:5006/?{link}")
    recipe = Recipe("counts", query["dataset"], wb.Selection.from_query(query["q"]))
    return question_notebook(recipe, "How many are there?", link=link)


def page_of(notebook: nbformat.NotebookNode) -> str:
    """A notebook as a page, its code unrun."""
    words = nbformat.v4.new_markdown_cell("# A question").source
    content = Content(
        notebook="question.ipynb",
        notebook_sha256="0" * 64,
        parameters={},
        pieces=(Piece(kind="text", cell=1, source=words),),
        records={},
        made="2026-11-28T12:00:00+00:00",
        versions={"osh-workbench": "0", "python": "3"},
        about=notebook.metadata["brief"],
    )
    return page(content, {})


def link_of_the_page(text: str) -> str:
    """The link as a reader follows it."""
    (address,) = html.fromstring(text).xpath("//p[@class='origin']/a/@href")
    return address.removeprefix("http://localhost:5006/?")


def link_of_the_pdf(content: bytes, folder) -> str:
    """The link as a reader of the PDF follows it."""
    (folder / "brief.pdf").write_bytes(content)
    with pikepdf.open(folder / "brief.pdf") as pdf:
        annotations = [note for sheet in pdf.pages for note in sheet.get("/Annots", ())]
        addresses = {str(note.A.URI) for note in annotations if "/A" in note and "/URI" in note.A}
    (address,) = addresses
    return address.removeprefix("http://localhost:5006/?")


def selection_of_the_code(notebook: nbformat.NotebookNode) -> wb.Selection:
    code = next(cell.source for cell in notebook.cells if cell.cell_type == "code")
    names: dict = {}
    exec(code.partition("finding =")[0], names)
    return names["selection"]


def test_of_200_random_links_notebook_and_page_give_back_each_and_the_code_asks_what_it_shows():
    for link in links(200, seed=12):
        notebook = nbformat.reads(notebook_of(link), as_version=4)
        nbformat.validate(notebook)
        assert selection_of_the_code(notebook).to_query() == dict(parse_qsl(link))["q"]
        assert link_of_the_page(page_of(notebook)) == link


def test_of_random_links_the_pdf_gives_back_each(tmp_path):
    for link in links(4, seed=13):
        text = page_of(nbformat.reads(notebook_of(link), as_version=4))
        assert link_of_the_pdf(paper(text).content, tmp_path) == link


@pytest.fixture
def brief_of(shop, tmp_path):
    """The brief of a notebook's text: `brief_of(text, to="pdf")`."""

    def make(text: str, to: str = "html"):
        (tmp_path / "question.ipynb").write_text(text, encoding="utf-8")
        return shop(tmp_path / "question.ipynb", to=to, out=tmp_path / f"brief.{to}")

    return make


def test_a_question_in_words_becomes_a_brief_that_says_its_answer_and_leads_back(brief_of, tmp_path):
    asked = wb.Selection(regions={"IT"}, sectors={"F"}, years=(2022, 2022))
    guide = wb.guide(TWIN, asked)
    guide.question = "time"
    made = brief_of(guide.notebook)
    assert made.warnings == ()
    assert check_page(made.path) == []
    content = read_page(made.path)
    assert guide.finding.summary in content.texts[max(content.texts)].filled()
    assert content.title == guide.finding.question
    assert "Has it risen or fallen?" in content.texts[0].filled()
    link = link_of_the_page(made.path.read_text(encoding="utf-8"))
    printed = brief_of(guide.notebook, to="pdf")
    assert link_of_the_pdf(printed.path.read_bytes(), tmp_path) == link
    again = wb.guide(link=f"http://localhost:5006/?{link}")
    assert again.selection == asked and again.questions["time"].link == link


@pytest.mark.slow
def test_of_200_random_links_the_brief_that_was_run_gives_back_each_on_screen_and_on_paper(brief_of, tmp_path):
    for link in links(200, seed=14):
        made = brief_of(notebook_of(link))
        assert link_of_the_page(made.path.read_text(encoding="utf-8")) == link
        assert link_of_the_pdf(paper(page(made.content, {})).content, tmp_path) == link
        asked = wb.Selection.from_query(dict(parse_qsl(link))["q"]).to_dict()
        found = made.content.records["finding"].selection  # it names all years, where none are asked for
        assert found == {**found, **asked}


def test_the_guide_asks_in_words_and_its_code_finds_the_same():
    guide = wb.guide(TWIN, wb.Selection(regions={"IT"}, years=(2022, 2022)))
    words = {question.words for question in guide.questions.values()}
    assert {"Has it risen or fallen?", "Where is it highest?", "By sector (NACE section): which is highest?"} <= words
    for view in ("total", "place", "groups", "people"):
        guide.question = view
        names: dict = {}
        exec(guide.code, names)
        assert names["finding"].frame.equals(guide.finding.frame)


def test_the_guide_follows_its_picker_and_writes_its_notebook(tmp_path):
    guide = wb.guide(TWIN)
    guide.children[0].selection = wb.Selection(sectors={"F"}, years=(2021, 2021))
    guide.question = "place"
    path = guide.write(tmp_path / "where.ipynb")
    assert "sectors={'F'}" in path.read_text() and "2021" in json.loads(path.read_text())["metadata"]["brief"]["link"]
    with pytest.raises(UnknownName, match="There are: total, place"):
        guide.question = "wether"
        print(guide.code)


def test_a_link_keeps_what_else_the_explorer_shows():
    explorer = Explorer(TWIN, selection=wb.Selection(regions={"IT"}))
    explorer.param.update(level="nuts0", divide="sex")
    guide = wb.guide(link=explorer.address)
    assert guide.questions["place"].recipe.options == {"by": ["nuts0"]}
    assert guide.questions["groups"].recipe.options == {"by": ["sex"]}
    assert guide.questions["place"].link == explorer.address


@pytest.mark.parametrize("link", ["http://localhost:5006/", "?q=regions%3DIT", "nonsense"])
def test_a_link_that_names_no_data_set_is_answered_with_where_to_copy_one(link):
    with pytest.raises(Refused, match="it names no data set. Copy it whole, from Share"):
        wb.guide(link=link)


def test_a_link_of_a_strangers_notebook_leads_to_the_readers_own_machine(brief_of):
    text = notebook_of(links(1, seed=1)[0]).replace('"link": "dataset', '"link": "//evil.example/\\" onclick=\\"x')
    made = brief_of(text)
    (anchor,) = html.fromstring(made.path.read_text(encoding="utf-8")).xpath("//p[@class='origin']/a")
    assert anchor.get("href").startswith("http://localhost:5006/?") and set(anchor.attrib) == {"href"}


def test_a_table_without_a_name_has_no_notebook(tmp_path):
    (tmp_path / "own.csv").write_text("sector,year,accidents,people\nF,2021,10,1000\n")
    own = wb.table(tmp_path / "own.csv", columns={"sector": "nace1", "year": "year"},
                   measures={"accidents": "accidents", "people": "employed"})  # fmt: skip
    with pytest.raises(Refused, match="asks a table by its name"):
        print(wb.guide(own).notebook)
