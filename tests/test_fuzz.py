"""Whatever is asked or written, the answer is an answer or a `WorkbenchError`, never anything else."""

import contextlib
import io
import random
import sys
from collections.abc import Callable

import pandas as pd
import pytest

import workbench as wb
from workbench import cli
from workbench.sources.catalog_check import check_file
from workbench.terms.codes import codelist
from workbench.terms.dimensions import dimension
from workbench.terms.errors import WorkbenchError
from workbench.terms.places import bundled

CODES = [
    "IT", "ITF6", "ES30", "EL", "GR", "GB", "UK", "EU27_2020", "ITH1+ITH2", "F", "C10", "10", "B-E", "FF", "01",
    "1", "M", "F", "T", "Y25-34", "Y_GE65", "Y_LT15", "TOTAL", "UNK", "FAT", "NFAT", "D_GE4", "2019",
    "2019:2023",
]  # fmt: skip
TEXTS = [
    "", " ", "-", "NA", "nan", "NaN", "None", "null", "inf", "-inf", "1e400", "-5", "0", "9.012", "17,9",
    "2018.75", "9" * 400, "'; drop table accidents; --", "<script>alert(1)</script>",
    "![i](http://10.9.8.7/x.png)", "\x1b[2J", "\x00", "\ufeff", "\u202e", "ß", "Ñ", "😀", "a" * 5000, "{", "[",
    "&amp;", "%00", "%", "\\", "\n", "\r\n", "\t", "=1+1", "@x", "../../etc/passwd", "file:///etc/passwd",
    "{0.__class__}", "{x}", "%s", "::", ":", ",", "=", "2023:2019", "25-54", "54-25", "0-49999999", "-", "--",
    "--help", "1900-2200",
]  # fmt: skip
NAMES = ["nuts0", "nuts2", "nuts3", "nace1", "nace2", "sex", "age_group", "year", "severity", "size", "hour", "month",
         "question", "answer", "weekday", "commuting", "region", "__class__", "", "x"]  # fmt: skip


def text(draw: random.Random) -> str:
    """A code, a nasty text, or one of them changed in one place."""
    chosen = draw.choice(CODES if draw.random() < 0.5 else TEXTS)
    if chosen and draw.random() < 0.3:
        at = draw.randrange(len(chosen))
        chosen = chosen[:at] + draw.choice([*TEXTS, chr(draw.randrange(1, 0x3000))]) + chosen[at + 1 :]
    return chosen


def anything(draw: random.Random, depth: int = 2) -> object:
    """Anything that a caller may hand over by mistake."""
    kind = draw.randrange(14)
    if kind < 6:
        return text(draw)
    if kind < 8:
        return draw.choice([None, True, False, 0, -1, 1, 2019, 10**30, 2.5, float("nan"), float("inf"), b"x", 1j])
    if depth and kind < 12:
        items = [anything(draw, depth - 1) for _n in range(draw.randrange(4))]
        return draw.choice([list, tuple])(items)
    return {text(draw): anything(draw, depth - 1) for _n in range(draw.randrange(3))} if depth else {}


def mutated(original: str, draw: random.Random) -> str:
    """A text with one to three pieces cut out, doubled, exchanged or replaced."""
    for _n in range(draw.randrange(1, 4)):
        start = draw.randrange(len(original) + 1)
        end = min(len(original), start + draw.randrange(1, 30))
        piece = draw.choice(["", original[start:end] * 2, text(draw)])
        original = original[:start] + piece + original[end:]
    return original


FIELDS = ("regions", "sectors", "sexes", "ages", "years", "severities", "where", "x")
LISTS = ("nuts", "nace", "isco", "sex", "age_group", "severity", "size", "nationality", "weekday", "contact_mode", "x")
METHODS = ("parse", "label", "parent", "children", "members", "level", "knows", "ancestors")


def selection(draw: random.Random) -> None:
    way = draw.randrange(5)
    fields = draw.sample(FIELDS, draw.randrange(1, 4))
    if way < 2:
        wb.Selection(**{name: _where(draw) if name == "where" else anything(draw) for name in fields if name != "x"})
    elif way == 2:
        wb.Selection.from_dict(draw.choice([anything(draw), {name: anything(draw) for name in fields}]))
    elif way == 3:
        wb.Selection.from_yaml("\n".join(f"{name}: {text(draw)}" for name in fields))
    else:
        pairs = [f"{draw.choice([name, f'where.{draw.choice(NAMES)}'])}={text(draw)}" for name in fields]
        wb.Selection.from_query("&".join(pairs))


def _where(draw: random.Random) -> object:
    return draw.choice([anything(draw), {draw.choice(NAMES): anything(draw)}])


def codes(draw: random.Random) -> None:
    known = codelist(draw.choice(LISTS))
    found = getattr(known, draw.choice(METHODS))(text(draw))
    assert not hasattr(found, "__len__") or len(found) < 100_000


def dimensions(draw: random.Random) -> None:
    dimension(draw.choice([text(draw), draw.choice(NAMES)])).label  # noqa: B018


@pytest.fixture(scope="module")
def small_cube():
    """A cube of a table of one's own."""
    rows = pd.DataFrame(
        {
            "nuts": ["ITF6", "ES30", "ITC1"] * 4,
            "nace": ["F", "C", "F"] * 4,
            "sex": ["M", "F", "M"] * 4,
            "age": range(20, 32),
            "year": [2019, 2020] * 6,
            "severity": ["NFAT", "FAT", "NFAT"] * 4,
        }
    )
    return wb.cube(rows, dims=["nuts2", "nace1", "sex", "age_group", "year", "severity"])


def question(draw: random.Random, cube) -> None:
    asked = wb.Selection(**{name: text(draw) for name in draw.sample(["regions", "sectors", "sexes"], 1)})
    ask = draw.choice([wb.counts, wb.rates, wb.compare, wb.rank, wb.trend])
    by = draw.choice([[draw.choice(NAMES)], anything(draw)])
    ask(cube, asked, **({} if ask is wb.trend else {"by": by}))


CATALOGUES = [path.read_text(encoding="utf-8") for path in sorted(bundled("catalogs").glob("*.yml"))]


def catalogue(draw: random.Random, folder) -> None:
    path = folder / "mutated.yml"
    path.write_text(mutated(draw.choice(CATALOGUES), draw), encoding="utf-8", errors="replace")
    check_file(path)


COMMANDS = (
    "rates",
    "counts",
    "trend",
    "compare",
    "rank",
    "funnel",
    "control",
    "datasets",
    "load",
    "check",
    "synthesise",
)
OPTIONS = (
    "--by",
    "--where",
    "--years",
    "--format",
    "--exposure",
    "--standard",
    "--per",
    "--source",
    "--set",
    "--search",
    "--x",
)


def command_line(draw: random.Random) -> None:
    """Words that no entry is called by: what is looked at is how a call is read and refused."""
    words = [draw.choice(COMMANDS), draw.choice([text(draw), "esaw_synthetc"])]
    for _n in range(draw.randrange(4)):
        words += [draw.choice(OPTIONS), text(draw)]
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        patch.setattr(sys, "argv", ["workbench", *words])
        try:
            cli.main()
        except SystemExit as end:
            assert end.code in (0, 1, 2, None)
    assert "Traceback" not in err.getvalue()
    assert not {"\x1b", "\x00"} & set(err.getvalue())


def run(target: Callable, cases: int, seed: int, *given) -> None:
    """So many cases; what raises anything but a `WorkbenchError` is named by its seed, to be run again alone."""
    for case in range(cases):
        draw = random.Random(seed * 1_000_003 + case)
        try:
            target(draw, *given)
        except WorkbenchError as refusal:
            assert str(refusal).strip()
        except Exception as error:
            raise AssertionError(f"{target.__name__}, case {case} of seed {seed}: {error!r}") from error


SHARES = {selection: 500, codes: 350, dimensions: 100}
"""Of a thousand cases; the rest, which cost more each, have their own numbers below."""


@pytest.mark.parametrize("target", SHARES, ids=lambda target: target.__name__)
def test_ten_thousand_cases_end_in_an_answer_or_a_refusal(target):
    run(target, 11 * SHARES[target], 1)


def test_catalogues_and_command_lines_and_questions(tmp_path, small_cube):
    run(catalogue, 150, 1, tmp_path)
    run(command_line, 300, 1)
    run(question, 300, 1, small_cube)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 12))
def test_a_million_cases_end_in_an_answer_or_a_refusal(seed, tmp_path, small_cube):
    for target, share in SHARES.items():
        run(target, 100 * share, seed)
    run(catalogue, 1_000, seed, tmp_path)
    run(command_line, 2_000, seed)
    run(question, 2_500, seed, small_cube)
