"""Rules on what several fields of a record must say together."""

from collections.abc import Mapping
from datetime import date

import polars as pl

from workbench import esaw
from workbench.esaw.checks.base import REGULATION, S4, TABLE3, Rule, judged, shown
from workbench.esaw.checks.fields import UNKNOWN
from workbench.esaw.checks.places import NUTS_IN_FORCE, edition_of, nuts_editions
from workbench.esaw.scope import FIRST_YEAR, LATER, NOT_LISTED
from workbench.terms.codes import codelist
from workbench.terms.text import _

ONE_OF_THREE = ("working_environment", "working_process", "specific_physical_activity")
ONE_OF_TWO = ("ma_deviation", "ma_contact")
LEAST_AGE = 15
"""Under it the work of children is prohibited, with exceptions, by Directive 94/33/EC."""


def rules() -> list[Rule]:
    """What several fields must say together."""
    year = pl.col("_year")
    division, parents = pl.col("economic_activity").str.slice(0, 2), codelist("nace").parents
    later = [d for d, section in parents.items() if section in LATER]
    unlisted = [d for d, section in parents.items() if section in NOT_LISTED]
    in_force = pl.lit(None, pl.UInt8)
    for place, first in enumerate(NUTS_IN_FORCE.values()):
        in_force = pl.when(year >= first).then(pl.lit(1 << place, pl.UInt8)).otherwise(in_force)

    def coded(key: str) -> pl.Expr:
        return ~pl.col(key).str.replace(".", "", literal=True).is_in(["", esaw.variables()[key].filler])

    def edition_words(values: Mapping[str, str], _v: int) -> str:
        bits = nuts_editions()[values["geographical_location"].rstrip(" ")]
        editions = ", ".join(edition for place, edition in enumerate(NUTS_IN_FORCE) if bits >> place & 1)
        message = _(
            "{text} is a code of NUTS {editions}, but NUTS {due} is in force for {year}. Recode it before regions "
            "are compared."
        )
        year = int(values["case_number"][:4])
        return message.format(
            text=shown(values, "geographical_location"), editions=editions, due=edition_of(year), year=year
        )

    def section_words(values: Mapping[str, str], _v: int) -> str:
        return esaw.availability(parents[values["economic_activity"][:2]], int(values["case_number"][:4])).reason

    day, today, age = pl.col("_date"), pl.col("_today"), pl.col("age")

    def ahead_words(values: Mapping[str, str], _v: int) -> str:
        message = _("Dated {date} and notified in {year}, but this computer says that today is {today}.")
        return message.format(date=shown(values, "date"), year=values["case_number"][:4], today=date.today())

    due = ~(division.is_in(unlisted) | (division.is_in(later) & (year < max(LATER.values()))))
    return [
        Rule(
            "reference_year",
            _("The accident did not happen after the year in which it was notified"),
            ("date", "case_number"),
            f"{REGULATION}, art. 3 and Annex I; {S4}, p. 19",
            lambda values, _v: _("Notified in {year}, but the accident is dated {date}.").format(
                year=values["case_number"][:4], date=shown(values, "date")
            ),
            judged(pl.col("_date").dt.year() <= year, where=year.is_not_null() & pl.col("_date").is_not_null()),
        ),
        Rule(
            "not_ahead",
            _("Accident and notification do not lie ahead"),
            ("date", "case_number"),
            _("own check; {regulation}, art. 3").format(regulation=REGULATION),
            ahead_words,
            judged(
                (year <= today.dt.year()) & (day <= today),
                where=year.is_not_null() & day.is_not_null(),
            ),
        ),
        Rule(
            "working_age",
            _("The victim is 15 or older"),
            ("age",),
            _("own check; Directive 94/33/EC, art. 3 and 4; {s4}, p. 14, Table 1").format(s4=S4),
            lambda values, _v: _(
                "{text} is under 15. Did a child work here? A child who did not, as in a company's nursery, is "
                "no ESAW accident."
            ).format(text=shown(values, "age")),
            judged(
                age.cast(pl.Int32, strict=False) >= LEAST_AGE,
                doubtful=pl.lit(True),
                where=age.str.contains("^[0-9]{2}$") & (age != UNKNOWN["age"]),
            ),
        ),
        Rule(
            "nuts_edition",
            _("The place is a code of the NUTS edition in force for the reference year"),
            ("geographical_location", "case_number"),
            _("own check; Regulation (EC) 1059/2003 and its amendments"),
            edition_words,
            judged(
                (pl.col("_editions") & in_force) > 0,
                doubtful=pl.lit(True),
                where=in_force.is_not_null() & (pl.col("_editions") > 0),
            ),
        ),
        Rule(
            "section_availability",
            _("The section must be sent for the reference year"),
            ("economic_activity", "case_number"),
            f"{REGULATION}, Annex I",
            section_words,
            judged(due, doubtful=pl.lit(True), where=(year >= FIRST_YEAR) & division.is_in(list(parents))),
        ),
        Rule(
            "one_of_three",
            _("At least one of working environment, working process and specific physical activity is coded"),
            ONE_OF_THREE,
            f"{TABLE3}, note 2",
            lambda _values, _v: _(
                "All three hold only fillers. Code at least one of environment, process and activity."
            ),
            judged(pl.any_horizontal(coded(key) for key in ONE_OF_THREE)),
            phase3=True,
        ),
        Rule(
            "one_of_two",
            _("At least one of the material agents of deviation and of contact is coded"),
            ONE_OF_TWO,
            f"{TABLE3}, note 3",
            lambda _values, _v: _(
                "Both hold only fillers. Code at least one of the material agents of deviation and contact."
            ),
            judged(pl.any_horizontal(coded(key) for key in ONE_OF_TWO)),
            phase3=True,
        ),
        Rule(
            "fatal_weight",
            _("A fatal accident has the weight 1"),
            ("weight", "days_lost"),
            f"{S4}, Appendix E",
            lambda values, _v: _(
                "The accident is fatal (998) and weighs {text}; all fatal accidents have the weight 1."
            ).format(text=shown(values, "weight")),
            judged(pl.col("_micro") == 1_000_000, where=(pl.col("days_lost") == esaw.FATAL) & (pl.col("_micro") > 0)),
            phase3=True,
        ),
    ]
