"""The documentation site: each page is reached, each link inside it leads somewhere, nothing is asked of a network."""

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

import workbench as wb

pytestmark = pytest.mark.xdist_group("site")
ROOT = Path(__file__).parents[1]
LOADED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
"""What a browser fetches by itself, by element."""
NOT_FETCHED = {"canonical", "next", "prev", "author", "search", "index"}


def make_site(out: Path, *options: str) -> Path:
    """The site, with every warning as an error."""
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", "-c", "docs", *options]
    made = subprocess.run(
        [*command, "-d", str(out / "trees"), ".", str(out / "html")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1500,
        env=os.environ | {"PYTHONPATH": str(ROOT), "WORKBENCH_SOURCE": "bundled"},
    )
    assert made.returncode == 0, made.stderr[-4000:]
    return out / "html"


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    return make_site(tmp_path_factory.mktemp("site"))


class Page(HTMLParser):
    """The identifiers, links and fetched addresses of one page."""

    def __init__(self, path: Path):
        super().__init__()
        self.identifiers, self.links, self.fetched = set(), [], []
        self.without_text = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.identifiers.add(given["id"])
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in LOADED and given.get(LOADED[tag]) and not NOT_FETCHED & set((given.get("rel") or "").split()):
            self.fetched.append(given[LOADED[tag]])
        if tag == "img" and not given.get("alt"):
            self.without_text.append(given.get("src"))


@pytest.fixture(scope="module")
def pages(site) -> dict[Path, Page]:
    return {path.resolve(): Page(path) for path in site.rglob("*.html")}


def test_the_site_has_every_guide_lesson_and_page_of_the_docs(site):
    written = [
        *ROOT.glob("notebooks/guides/*.ipynb"),
        *ROOT.glob("notebooks/workshop/*.ipynb"),
        *ROOT.glob("docs/*.md"),
    ]
    made = [site / path.relative_to(ROOT).with_suffix(".html") for path in written]

    assert written and [path for path in made if not path.is_file()] == []


def test_every_link_inside_the_site_leads_to_a_page_and_a_place_on_it(pages):
    lost = []
    for path, page in pages.items():
        for href in page.links:
            parts = urlsplit(href)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages.get(target)
            if not target.is_file() or (known and parts.fragment and unquote(parts.fragment) not in known.identifiers):
                lost.append((path.name, href))

    assert lost == []


def test_no_page_fetches_anything_from_a_network(pages, site):
    fetched = {address for page in pages.values() for address in page.fetched if urlsplit(address).netloc}
    styles = [path.read_text(encoding="utf-8") for path in site.rglob("*.css")]

    assert fetched == set()
    assert [style for style in styles if re.search(r"url\(['\"]?(https?:)?//", style)] == []


def test_every_picture_of_a_page_says_what_it_shows(pages):
    assert {path.name: page.without_text for path, page in pages.items() if page.without_text} == {}


def test_the_reference_describes_every_public_name(site):
    reference = (site / "docs" / "api.html").read_text(encoding="utf-8")

    assert [name for name in wb.__all__ if f'id="workbench.{name}"' not in reference] == []


@pytest.mark.slow
def test_the_site_is_made_with_every_notebook_executed(tmp_path):
    site = make_site(tmp_path, "-D", "nb_execution_mode=force")
    gallery = (site / "docs" / "gallery.html").read_text(encoding="utf-8")

    assert gallery.count("<svg") >= 5 or len(list((site / "_images").glob("*.svg"))) >= 5
