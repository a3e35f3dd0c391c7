"""What runs inside the notebook's kernel: findings are shown as records with pictures, and names are looked up."""

import json
from collections.abc import Sequence
from pathlib import Path

from bokeh.embed import json_item
from IPython import get_ipython
from IPython.display import publish_display_data

from workbench.briefs.picture import svg
from workbench.briefs.record import record_of
from workbench.disclosure_control.record import releases
from workbench.study.finding import Finding
from workbench.study.scan import check_text
from workbench.terms.errors import Refused, WorkbenchError
from workbench.terms.languages import speak

KIND = "application/vnd.workbench.brief+json"
"""The kind of output that a brief is made from."""
PLAIN = (str, int, float, bool, type(None))
_SEEN: dict[int, tuple[Finding, str]] = {}
"""The findings of this notebook and what it calls them, by identity; held, so that no other takes their place."""


def begin(language: str) -> None:
    """Forget the notebook before, speak a language, and show findings as records.

    Parameters
    ----------
    language : str
        Of the brief.
    """
    speak(language)
    _SEEN.clear()
    formatter = get_ipython().display_formatter.mimebundle_formatter
    formatter.for_type(Finding, lambda finding, include=None, exclude=None: _shown(finding))


def look_up(names: Sequence[str]) -> None:
    """Publish what names stand for: findings by their ids with their records, and plain values.

    Parameters
    ----------
    names : sequence of str
        Those that a text asks for; one that there is not, or that is neither, is left out.
    """
    space = get_ipython().user_ns
    found, records = {}, {}
    for name in names:
        value = space.get(name)
        if isinstance(value, Finding):
            found[name] = {"finding": _name(value)}
            records[_name(value)] = record_of(value, _name(value)).to_dict()
        elif name in space and isinstance(value, PLAIN):
            found[name] = {"plain": value}
    publish_display_data({KIND: {"names": found, "records": records}})


def permit(names: Sequence[str], page: str) -> None:
    """Let findings leave in a brief: those about persons are audited with all that left before, and written down.

    Parameters
    ----------
    names : sequence of str
        Ids of the findings that the brief rests on. The numbers of their lines in the release record are published.
    page : str
        Path of all that would leave, as text: no withheld figure of any finding of the notebook may stand in it.
    """
    findings = [value for value in get_ipython().user_ns.values() if isinstance(value, Finding)]
    findings += [finding for finding, _name in _SEEN.values()]
    check_text(Path(page).read_text(encoding="utf-8"), [f.protection for f in findings if f.protection is not None])
    numbers = []
    for finding, name in _SEEN.values():
        if name in names and finding.protection is not None:
            finding.permit("brief", json.dumps(record_of(finding, name).to_dict(), ensure_ascii=False))
            numbers.append(releases()[-1].number)
    publish_display_data({KIND: {"released": numbers}})


def _shown(finding: Finding) -> dict:
    """A finding as an output of a notebook: its record, the interactive chart, the static one."""
    name = _name(finding)
    try:
        figure = finding.chart()
        figure.title.visible = False  # the page says it, as text
        chart = json.loads(json.dumps(json_item(figure)))
    except Refused:  # more dimensions than a picture can show
        chart = None
    try:
        picture = svg(finding.picture)
    except WorkbenchError:
        picture = ""
    record = record_of(finding, name).to_dict()
    return {
        "text/plain": str(finding),
        KIND: {"show": name, "records": {name: record}, "chart": chart, "svg": picture},
    }


def _name(finding: Finding) -> str:
    """The name that the notebook gave a finding: it stays the same when another question is left out."""
    if id(finding) not in _SEEN:
        given = [name for name, value in get_ipython().user_ns.items() if value is finding and name[0] != "_"]
        first = given[0] if given else "finding"
        taken = {name for _finding, name in _SEEN.values()}
        others = (f"{first}-{number}" for number in range(2, len(taken) + 3))
        _SEEN[id(finding)] = finding, next(name for name in (first, *others) if name not in taken)
    return _SEEN[id(finding)][1]
