"""Writes workbench/workshop/answers.json from the solutions: `make answers`."""

import ast
import json
import runpy
import secrets
from pathlib import Path

import nbformat

import workbench as wb
from workbench.workshop.answers import ALL, ANSWERS, digest, written

SOLUTIONS = runpy.run_path(str(Path(__file__).with_name("solutions.py")))["SOLUTIONS"]
NOTEBOOKS = Path(__file__).parents[2] / "notebooks" / "workshop"


def names_of(lesson: str) -> dict:
    """What a notebook has defined when it is at its end, its exercises left out.

    Parameters
    ----------
    lesson : str
        Such as "rate"; "page" for the names of `workshop.html`.
    """
    if lesson == "page":
        return {"wb": wb, "source": "esaw_synthetic", "italy": wb.Selection(regions={"IT"})}
    (path,) = NOTEBOOKS.glob(f"*_{lesson}*.ipynb")
    names: dict = {}
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and "exercise" not in cell.metadata.get("tags", ()):
            exec(compile(ast.parse(cell.source), f"{path.name}:{cell.id}", "exec"), names)
    return names


def answers_of(solution, names: dict) -> dict[str, object]:
    """The right answer, under "", and each wrong one, under the name of its slip."""
    return {slip: eval(code, names) for slip, code in {"": solution.right, **solution.slips}.items()}


def main() -> None:
    kept = json.loads(ANSWERS.read_text(encoding="utf-8")) if ANSWERS.exists() else {}
    names = {lesson: names_of(lesson) for lesson in dict.fromkeys(name.partition(".")[0] for name in ALL)}
    made = {}
    for name, question in ALL.items():
        found = answers_of(SOLUTIONS[name], names[name.partition(".")[0]])
        texts = {slip: written(question, value) for slip, value in found.items()}
        if len(set(texts.values())) < len(texts):
            raise SystemExit(f"{name}: two of these are alike: {texts}")
        salt = kept.get(name, {}).get("salt") or secrets.token_hex(8)
        hashes = {slip: digest(name, salt, text) for slip, text in texts.items()}
        made[name] = {"salt": salt, "right": hashes.pop(""), "wrong": hashes}
        print(name, texts)
    ANSWERS.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
