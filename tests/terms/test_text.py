"""Texts can be translated: marked as literals, looked up when they are shown, in whatever language is spoken then."""

import ast
from pathlib import Path

import pytest

from workbench.terms.text import _, mark, n_, speaking, translated

PACKAGE = Path(__file__).parents[2] / "workbench"
LITERALS = {"_": 1, "n_": 2, "mark": 1}
"""The functions that take messages, with how many."""


def faults(tree: ast.AST, inside: bool = False) -> list[tuple[int, str]]:
    """Lines where a message is no literal, or is looked up while the module is imported."""
    found = []
    for node in ast.iter_child_nodes(tree):
        name = node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""
        if name in LITERALS:
            messages = node.args[: LITERALS[name]]
            if not all(isinstance(message, ast.Constant) for message in messages):
                found.append((node.lineno, "no literal"))
            elif name != "mark" and not inside:
                found.append((node.lineno, "at import"))
        found += faults(node, inside or isinstance(node, ast.FunctionDef | ast.Lambda))
    return found


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_messages_are_literals_and_looked_up_when_they_are_shown(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert path.name == "text.py" or faults(tree) == []


def test_such_faults_would_be_seen():
    code = (
        "A = _('at import')\ndef f(x):\n    _(x)\n    n_('one', x, 2)\n    return mark(f'{x}'), _('fine')\n"
        "B = mark('fine')"
    )
    assert faults(ast.parse(code)) == [(1, "at import"), (3, "no literal"), (4, "no literal"), (5, "no literal")]


def test_a_language_is_spoken_within_its_block(pseudo_language):
    marked = mark("region {name}")
    with speaking(pseudo_language):
        assert _("a {x} b").format(x="c") == "⟦A c B⟧"
        assert n_("{n} row", "{n} rows", 2).format(n=2) == "⟦2 ROWS⟧"
        assert translated(marked).format(name="x") == "⟦REGION x⟧"
    assert (_("a"), translated(marked)) == ("a", marked)
