"""Whatever the workbench says is one whole message that can be translated: shown in a language that turns them all."""

import pytest

import workbench as wb
from workbench.terms.errors import WorkbenchError
from workbench.terms.text import speaking

CONSTRUCTION = wb.Selection(sectors={"F"}, regions={"IT"}, years=(2014, 2023))
QUESTIONS = {
    "rates": lambda cube: wb.rates(cube, CONSTRUCTION, by=["sex"]),
    "standardised": lambda cube: wb.rates(cube, CONSTRUCTION, by=["sex"], standard=["age_group"]),
    "counts": lambda cube: wb.counts(cube, CONSTRUCTION, by=["nuts2"]),
    "trend": lambda cube: wb.trend(cube, CONSTRUCTION),
    "joinpoints": lambda cube: wb.trend(cube, CONSTRUCTION, joinpoints=1),
    "change": lambda cube: wb.change(cube, CONSTRUCTION),
    "forecast": lambda cube: wb.forecast(cube, CONSTRUCTION),
    "interrupted": lambda cube: wb.interrupted(cube, CONSTRUCTION, at=2020),
    "compare": lambda cube: wb.compare(cube, CONSTRUCTION),
    "decompose": lambda cube: wb.decompose(
        cube, CONSTRUCTION.but(sectors=()), CONSTRUCTION.but(regions={"ES"}, sectors=()), by=["nace1"]
    ),
    "regression": lambda cube: wb.regression(cube, CONSTRUCTION, terms=["sex", "age_group"]),
    "smooth": lambda cube: wb.smooth(cube, CONSTRUCTION, by=["nuts2"]),
    "clusters": lambda cube: wb.clusters(cube, CONSTRUCTION, by=["nuts2"]),
    "rank": lambda cube: wb.rank(cube, CONSTRUCTION, by=["nuts2"]),
    "funnel": lambda cube: wb.funnel(cube, CONSTRUCTION, by=["nuts2"]),
    "control": lambda cube: wb.control(cube, CONSTRUCTION),
}
REFUSALS = {
    "sector": lambda cube: wb.Selection(sectors={"FF"}),
    "region": lambda cube: wb.rates(cube, wb.Selection(regions={"US"})),
    "years": lambda cube: wb.Selection(years=(2023, 2019)),
    "span": lambda cube: wb.Selection(years="soon"),
    "band": lambda cube: wb.counts(cube, wb.Selection(ages=(15, 60))),
    "dimension": lambda cube: wb.rates(cube, by=["colour"]),
    "twice": lambda cube: wb.rates(cube, by=["nuts2", "nuts3"]),
    "entry": lambda cube: wb.rates("no_such_entry"),
    "event": lambda cube: wb.rank(cube, by=["severity"]),
    "two": lambda cube: wb.compare(cube, by=["sex", "nace1"]),
    "per": lambda cube: wb.rates(cube, per=-1),
    "level": lambda cube: wb.rates(cube, level=2),
    "disclosure": lambda cube: wb.disclosure("off"),
    "frame": lambda cube: wb.cube(5),
}


def outside(text: str) -> str:
    """What of a text stands in no message."""
    depth, found = 0, ""
    for character in text:
        depth += character == "⟦"
        found += character if not depth else ""
        depth -= character == "⟧"
    return found.strip()


@pytest.fixture(scope="module")
def cube():
    return wb.cube("esaw_synthetic")


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_finding_is_said_in_whole_messages(name, cube, pseudo_language):
    with speaking(pseudo_language):
        found = QUESTIONS[name](cube)
        own = [note for note in found.notes if note not in cube.source.dataset.notes]
        frame = found.frame
        texts = [found.summary, found.title, *own, *frame["unit"], *frame["method"].dropna()]
        assert [outside(text) for text in texts if text] == [""] * len([text for text in texts if text])


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_is_said_in_whole_messages(name, cube, pseudo_language):
    with speaking(pseudo_language), pytest.raises(WorkbenchError) as refused:
        REFUSALS[name](cube)
    assert outside(str(refused.value)) == ""


def test_english_comes_back_after_another_language(cube, pseudo_language):
    with speaking(pseudo_language):
        assert wb.trend(cube, CONSTRUCTION).summary.startswith("⟦")
    assert wb.trend(cube, CONSTRUCTION).summary.startswith("Synthetic data. From 2014 to 2023 the rate fell")
