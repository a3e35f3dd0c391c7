"""Rules on one field: a code of its list, a number, a date."""

from collections.abc import Callable, Mapping

import polars as pl

from workbench import esaw
from workbench.esaw.checks.base import DOUBTFUL, REGULATION, S4, TABLE3, Rule, judged, no_day, shown
from workbench.esaw.checks.places import NUTS_IN_FORCE, nuts_editions
from workbench.esaw.scope import FIRST_YEAR
from workbench.terms.codes import codelist
from workbench.terms.errors import close_to
from workbench.terms.text import _

FIRST_ESAW_YEAR, NACE2_YEAR, ISCO08_YEAR = 1993, 2008, 2011
UNKNOWN = {"occupation": "00", "age": "00", "sex": "0", "economic_activity": "0000", "geographical_location": "00000"}
"""Fillers of variables whose code list has no code for "no information": doubtful, not wrong."""


def rules() -> dict[str, Rule]:
    """The rule of every field, by key, in the order of the record."""
    found = {rule.id: rule for rule in [*(_coded(v) for v in esaw.variables().values() if v.codelist), *_of_fields()]}
    return {key: found[key] for key in esaw.variables()}


def _coded(variable: esaw.Variable) -> Rule:
    """The rule that a field holds a code of its list; unconfirmed codes are doubtful."""
    name, key = variable.codelist, variable.key
    known, unsure = codelist(name).codes(), dict(esaw.unconfirmed().get(name, {}))
    if name == "material_agent":
        known, unsure = (
            [*known, *(c.replace(".", "") for c in known)],
            unsure | {c.replace(".", ""): w for c, w in unsure.items()},
        )
    empty = [] if variable.mandatory else [""]

    def words(values: Mapping[str, str], verdict: int) -> str:
        if verdict == DOUBTFUL:
            return _("{code} is not a confirmed European code. {why}.").format(
                code=shown(values, key), why=unsure[values[key]]
            )
        hint = _("Fewer than 4 days are no ESAW accident; 183 days and more are 997.") if key == "days_lost" else ""
        return _not_a_code(values, variable, codelist(name).codes(), hint)

    verdict = judged(pl.col(key).is_in(known + empty), doubtful=pl.col(key).is_in(list(unsure)))
    title = _("{name} is a code of its list").format(name=variable.name)
    return Rule(
        key, title, (key,), _("ESAW classification: {list}").format(list=name.replace("_", " ")), words, verdict
    )


def _not_a_code(values: Mapping[str, str], variable: esaw.Variable, known: list[str], hint: str = "") -> str:
    value, text = values[variable.key], shown(values, variable.key)
    if not value.strip():
        return _("{name} is empty. It must be given.").format(name=variable.name)
    if len(value) < variable.width:
        message = _("{text} has {n} of {width} characters. Has a program removed leading zeros?")
        return message.format(text=text, n=len(value), width=variable.width)
    near = close_to(value, known) if len(value) == variable.width and not hint else ""
    return " ".join(part for part in [_("{text} is not in the list.").format(text=text) + near, hint] if part)


def _of_fields() -> list[Rule]:
    """The fields that are numbers, dates, or codes with rules of their own."""
    v = esaw.variables()
    year, case = pl.col("_year"), pl.col("case_number")
    nace, divisions = pl.col("economic_activity"), codelist("nace").at_level(2)
    four, known = nace.str.contains("^[0-9]{4}$"), nace.str.slice(0, 2).is_in(divisions)
    occupation, occupations = pl.col("occupation"), codelist("isco").at_level(2)
    two = occupation.str.contains("^[0-9]{2}$")
    age, sex, place, editions = (pl.col(name) for name in ("age", "sex", "_nuts", "_editions"))
    level3, older = place.str.len_bytes() == 5, year < min(NUTS_IN_FORCE.values())

    def unknown_or(key: str, known: list[str], other: str) -> Callable[[Mapping[str, str], int], str]:
        def words(values: Mapping[str, str], verdict: int) -> str:
            if values[key] == UNKNOWN[key]:
                return _("{name} is unknown.").format(name=v[key].name)
            return other.format(value=shown(values, key)) if verdict == DOUBTFUL else _not_a_code(values, v[key], known)

        return words

    return [
        Rule(
            "case_number",
            _("The case number begins with the year of notification and goes on"),
            ("case_number",),
            f"{REGULATION}, Annex I; {S4}, p. 19",
            lambda _values, _v: _(
                "It does not begin with four digits of a year from 1993 on, or nothing follows them."
            ),
            judged((year >= FIRST_ESAW_YEAR) & (case.str.slice(4).str.strip_chars(" ").str.len_bytes() > 0)),
        ),
        Rule(
            "economic_activity",
            _("The economic activity is a NACE Rev. 2 division, alone (4100) or with finer digits"),
            ("economic_activity",),
            f"{TABLE3}; p. 19",
            unknown_or("economic_activity", [f"{d}00" for d in divisions], "{value}"),
            judged(four & known, doubtful=nace == "0000", where=~four | year.is_null() | (year >= NACE2_YEAR)),
        ),
        Rule(
            "occupation",
            _("The occupation is an ISCO-08 sub-major group"),
            ("occupation",),
            f"{REGULATION}, Annex I",
            unknown_or(
                "occupation",
                occupations,
                _("{value} is not in ISCO-08; before 2011 it may be ISCO-88, which has no list here."),
            ),
            judged(occupation.is_in(occupations), doubtful=two & ((occupation == "00") | (year < ISCO08_YEAR))),
        ),
        Rule(
            "age",
            _("The age is two digits"),
            ("age",),
            f"{TABLE3}; p. 19",
            lambda values, verdict: (
                _("The age is unknown: {text} is no age.").format(text=shown(values, "age"))
                if verdict == DOUBTFUL
                else _("{text} is not an age of two digits. Ages under 10 begin with 0.").format(
                    text=shown(values, "age")
                )
            ),
            judged(age.str.contains("^[0-9]{2}$") & ~age.is_in(["00", "99"]), doubtful=age.is_in(["00", "99"])),
        ),
        Rule(
            "sex",
            _("The sex is 1 (male) or 2 (female)"),
            ("sex",),
            f"{REGULATION}, Annex I",
            lambda values, verdict: (
                _("The sex is unknown: {text}.").format(text=shown(values, "sex"))
                if verdict == DOUBTFUL
                else _("{text} is neither 1 (male) nor 2 (female).").format(text=shown(values, "sex"))
            ),
            judged(sex.is_in(["1", "2"]), doubtful=sex.is_in(["0", "9"])),
        ),
        Rule(
            "geographical_location",
            _("The place is a NUTS 3 code"),
            ("geographical_location",),
            f"{REGULATION}, art. 1(f) and Annex I",
            unknown_or(
                "geographical_location",
                list(nuts_editions()),
                _(
                    "{value} is not a NUTS 3 code of 2010 to 2024: a wider region, or an edition before 2010, "
                    "which has no list here."
                ),
            ),
            judged(
                (editions > 0) & (level3 | (year < FIRST_YEAR)),
                doubtful=(editions > 0)
                | (place.str.contains("^0+$"))
                | (older & place.str.contains("^[A-Z]{2}[0-9A-Z]{0,3}$")),
            ),
        ),
        Rule(
            "date",
            _("The date of the accident is a day of the calendar, YYYYMMDD"),
            ("date",),
            TABLE3,
            lambda values, _v: no_day(values, "date"),
            judged(pl.col("_date").is_not_null()),
        ),
        Rule(
            "weight",
            _("The weight is above 0 and up to 999.999999"),
            ("weight",),
            f"{TABLE3}, note 4; Appendix E",
            lambda values, _v: _(
                "{text} is not a weight. Write nine digits, three before and six after the point: 001000000 is 1."
            ).format(text=shown(values, "weight")),
            judged(pl.col("_micro") > 0),
            phase3=True,
        ),
    ]
