"""What Chromium hands to a screen reader: each chart's role, its text from its numbers, its values as they are walked.

The accessibility tree is what a reader's program is given, not what it says of it: no such program runs in these tests.
"""

import re

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
WALKS = {
    "place": ("ArrowRight", "ArrowDown", "ArrowRight", "ArrowDown"),
    "time": ("ArrowRight",) * 4,
    "groups": ("ArrowDown",) * 4,
    "people": ("ArrowRight", "ArrowDown", "ArrowDown", "ArrowLeft"),
    "severity": ("ArrowDown",),
    "model": ("ArrowDown",) * 4,
}
"""Keys that come to another value each."""


class Tree:
    """The accessibility tree of a page as Chromium has it now."""

    def __init__(self, page):
        session = page.context.new_cdp_session(page)
        self.nodes = session.send("Accessibility.getFullAXTree")["nodes"]
        self.by_element = {node["backendDOMNodeId"]: node for node in self.nodes if "backendDOMNodeId" in node}
        session.detach()

    def of(self, role: str) -> list[dict]:
        """The nodes of a role that a reader is told of."""
        return [node for node in self.nodes if not node["ignored"] and node["role"]["value"] == role]

    def inside(self, node: dict, role: str) -> list[str]:
        """The names of the nodes of a role inside a node, in their order."""
        known = {own["nodeId"]: own for own in self.nodes}
        found, left = [], [node["nodeId"]]
        while left:
            at = known[left.pop(0)]
            if not at["ignored"] and at["role"]["value"] == role:
                found.append(name_of(at))
            left = [child for child in at.get("childIds", []) if child in known] + left
        return found

    def active(self, node: dict) -> dict:
        """The option that a node points at: what a reader is told while the keyboard stays on the chart."""
        pointed = next(own for own in node["properties"] if own["name"] == "activedescendant")
        (related,) = pointed["value"]["relatedNodes"]
        return self.by_element[related["backendDOMNodeId"]]


def name_of(node: dict) -> str:
    return node.get("name", {}).get("value", "")


def is_focused(node: dict) -> bool:
    return any(own["name"] == "focused" and own["value"]["value"] for own in node.get("properties", []))


@pytest.fixture
def page(new_page, served_to_all):
    page = new_page(1366, 2_400)
    port = served_to_all("app", "--dataset", "esaw_synthetic")
    page.goto(f"http://localhost:{port}/?q=years%3D2022-2022")
    page.locator(".wb[data-state=rest]").wait_for(timeout=90_000)
    page.locator("svg[data-chart=model] .mark").first.wait_for(state="attached")
    return page


def test_a_reader_is_given_each_chart_with_its_numbers_and_each_value_that_is_walked_to(page):
    tree = Tree(page)
    names = [name_of(chart) for chart in tree.of("listbox")]
    for view, keys in WALKS.items():
        chart = page.locator(f"svg[data-chart={view}]")
        title = page.locator(f".view-{view} h2").inner_text()
        (name,) = (name for name in names if name.startswith(f"{title}: "))
        figures = re.findall(r"\d[\d,.]*", name)
        assert len(figures) >= 3, name  # the year, figures of the finding, how many values there are
        node = next(own for own in tree.of("listbox") if name_of(own) == name)
        values = tree.inside(node, "option")
        assert len(values) == chart.locator("[role=option]").count() >= 2
        assert all(re.search(r", .*\d", value) for value in values), values

        chart.focus()
        page.keyboard.press("Home")
        told = []
        for key in ("", *keys):
            if key:
                page.keyboard.press(key)
            now = Tree(page)
            (focused,) = (own for own in now.of("listbox") if is_focused(own))
            assert name_of(focused) == name
            active = now.active(focused)
            assert active["role"]["value"] == "option"
            told.append(name_of(active))
        assert len(set(told)) == len(told), told
        assert set(told) <= set(values)


def test_a_reader_is_given_the_landmarks_the_headings_and_what_has_changed(page):
    tree = Tree(page)
    for role in ("main", "banner", "complementary", "navigation"):
        assert len(tree.of(role)) == 1, role
    headings = [name_of(node) for node in tree.of("heading")]
    assert {"All accidents at work, EU-27, 2022", "Filters", "Where", "When", "Which sectors", "Who"} <= set(headings)
    page.locator("svg[data-chart=groups]").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name=re.compile("construction")).first.wait_for()
    now = Tree(page)
    spoken = [text for node in now.of("status") for text in now.inside(node, "StaticText")]
    assert "Accidents at work, EU-27, construction (F), 2022" in spoken
