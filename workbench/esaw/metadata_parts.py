"""The eight parts of the metadata of a delivery, and what is wrong with an entry for each of them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from workbench import esaw
from workbench.terms.codes import codelist
from workbench.terms.errors import UnknownCode, shown
from workbench.terms.text import _, mark

COVERED = ("all", "part", "none")
ANSWERS = ("yes", "part", "no")
NONE = "none"
"""What a part says where there is nothing to report; an absent part is missing."""


@dataclass(frozen=True)
class Part:
    """One part: its key in the file, its title (marked for translation), an example, and what is wrong with an entry.

    `faults(entry, reference_year)` gives whole sentences, none for an entry without a fault.
    """

    key: str
    title: str
    example: str
    faults: Callable[[object, int], list[str]] = field(repr=False)


def _rows(
    entry: object, keys: tuple[str, ...], check: Callable[[Mapping[str, str]], list[str]] = lambda row: []
) -> list[str]:
    """Faults of a list of mappings that must have `keys`; `check` looks at a mapping that has them all."""
    if not isinstance(entry, list) or not all(isinstance(row, dict) for row in entry):
        return [_("Expected a list of entries with {keys}.").format(keys=", ".join(keys))]
    faults = []
    for number, row in enumerate(entry, start=1):
        lacking = [key for key in keys if not isinstance(row.get(key), str) or not row[key]]
        sentences = [_("no {keys}.").format(keys=", ".join(lacking))] if lacking else check(row)
        faults += [_("Entry {n}: {sentence}").format(n=number, sentence=sentence) for sentence in sentences]
    return faults


def _code(list_name: str, code: str) -> list[str]:
    try:
        codelist(list_name).parse(code)
    except UnknownCode as error:
        return [str(error)]
    return []


def _one_of(value: object, known: Iterable[str]) -> list[str]:
    known = list(known)
    if value in known:
        return []
    return [_("{value!r} is not one of {known}.").format(value=shown(value), known=", ".join(known))]


def _share(text: object) -> list[str]:
    try:
        good = 0 < float(str(text)) <= 1
    except ValueError:
        good = False
    return [] if good else [_("{text!r} is not a share above 0 and up to 1.").format(text=shown(text))]


def _population(entry: object, year: int) -> list[str]:
    def check(row: Mapping[str, str]) -> list[str]:
        status = [] if row["status"] == "all" else _code("employment_status", row["status"])
        return [*_code("nace", row["nace"]), *status, *_one_of(row["covered"], COVERED)]

    faults = _rows(entry, ("nace", "status", "covered"), check)
    if faults:
        return faults
    nace = codelist("nace")
    named = {nace.ancestor_at(nace.parse(row["nace"]), 1) for row in entry}
    lacking = [section for section in esaw.sections_due(year) if section not in named]
    return [_("Nothing is said of sections {codes}.").format(codes=", ".join(lacking))] if lacking else []


def _confidential(entry: object, _year: int) -> list[str]:
    return [] if entry == NONE else _rows(entry, ("activity", "rule"))


def _reporting(entry: object, _year: int) -> list[str]:
    def check(row: Mapping[str, str]) -> list[str]:
        nace = [] if row["nace"] == "all" else _code("nace", row["nace"])
        return [*nace, *_one_of(row["severity"], ("FAT", "NFAT")), *_share(row["level"])]

    return [] if entry == NONE else _rows(entry, ("nace", "severity", "level"), check)


def _types(entry: object, _year: int) -> list[str]:
    if not isinstance(entry, dict):
        return [_("Expected an answer ({answers}) for every kind of accident.").format(answers=", ".join(ANSWERS))]
    faults = []
    lacking = [kind for kind in esaw.KINDS if kind not in entry]
    if lacking:
        faults.append(_("Nothing is said of {kinds}.").format(kinds=", ".join(lacking)))
    unknown = [kind for kind in entry if kind not in esaw.KINDS]
    if unknown:
        faults.append(_("Unknown kinds: {kinds}.").format(kinds=shown(", ".join(unknown))))
    return faults + [f"{shown(kind)}: {fault}" for kind, answer in entry.items() for fault in _one_of(answer, ANSWERS)]


def _sampling(entry: object, _year: int) -> list[str]:
    if entry == NONE:
        return []
    if not isinstance(entry, dict) or not entry.get("method"):
        return [_("Expected a method and the share that was drawn, or none.")]
    return [f"share: {fault}" for fault in _share(entry.get("share", ""))]


def _transport(entry: object, _year: int) -> list[str]:
    keys = ("road_traffic", "on_board")
    if not isinstance(entry, dict) or any(not str(entry.get(key, "")).isdecimal() for key in keys):
        return [_("Expected two whole numbers: {keys}.").format(keys=", ".join(keys))]
    return []


def _text(entry: object, _year: int) -> list[str]:
    return [] if isinstance(entry, str) and entry.strip() else [_("Expected a text, or none.")]


PARTS = (
    Part(
        "population",
        mark("Population covered, by NACE section and employment status"),
        "- {nace: A, status: all, covered: part}",
        _population,
    ),
    Part(
        "confidential",
        mark("Occupations and activities whose accidents national rules keep confidential and that are not sent"),
        'none\nor\n- {activity: armed forces, rule: "name of the rule"}',
        _confidential,
    ),
    Part(
        "reporting_levels",
        mark("Reporting levels to correct for under-reporting"),
        "none\nor\n- {nace: all, severity: NFAT, level: 0.85}",
        _reporting,
    ),
    Part(
        "accident_types",
        mark("Which kinds of accident of the ESAW methodology are covered"),
        "\n".join(f"{name}: {'yes' if kind.included else 'no'}" for name, kind in esaw.KINDS.items()),
        _types,
    ),
    Part(
        "record_sampling",
        mark("How records were sampled, where they were"),
        "none\nor\n{method: simple random, share: 0.2}",
        _sampling,
    ),
    Part(
        "cause_sampling",
        mark("How records were sampled for coding causes and circumstances, where they were"),
        "none\nor\n{method: simple random, share: 0.1}",
        _sampling,
    ),
    Part(
        "fatal_transport_outside_h",
        mark(
            "Fatal road traffic accidents, and fatal accidents on board a means of transport, at work outside section H"
        ),
        "{road_traffic: 12, on_board: 1}",
        _transport,
    ),
    Part(
        "national",
        mark("National peculiarities that matter for reading and comparing the figures"),
        "none\nor\na text",
        _text,
    ),
)
