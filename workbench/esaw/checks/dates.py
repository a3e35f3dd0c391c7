"""Rules that need the optional dates of death and return."""

from collections.abc import Mapping

import polars as pl

from workbench import esaw
from workbench.esaw.checks.base import DOUBTFUL, REGULATION, S4, Rule, day_of, judged, no_day, shown
from workbench.terms.codes import codelist
from workbench.terms.text import _


def rules() -> list[Rule]:
    """Rules that need the optional dates of death and return; they are judged only where those exist."""
    accident, death, back, lost = (pl.col(name) for name in ("_date", "_death", "_back", "_lost"))
    code = pl.col("days_lost")
    timed = back.is_not_null() & (back >= accident) & ~code.is_in([esaw.PERMANENT, esaw.FATAL])
    within = death <= accident.dt.offset_by("1y")  # for 29 February polars gives 28 February, our convention
    agrees, nearly = code == lost.cast(pl.String).str.zfill(3), code == "000"
    for name, band in esaw.BANDS.items():
        agrees |= (code == name) & lost.is_between(band.least, band.most)
        nearly |= (code == name) & lost.is_between(band.loose_least, band.loose_most)

    def given(key: str) -> pl.Expr:
        return ~pl.col(key).is_in(["", "00000000"])

    def a_day(key: str, title: str, day: pl.Expr) -> Rule:
        """That an optional date is one."""
        return Rule(
            key,
            title,
            (key,),
            _("own check"),
            lambda values, _v: no_day(values, key),
            judged(day.is_not_null(), where=given(key)),
        )

    def in_order(name: str, key: str, title: str, source: str, message: str, day: pl.Expr) -> Rule:
        """That an optional date does not lie before the accident."""
        return Rule(
            name,
            title,
            (key, "date"),
            source,
            lambda values, _v: message.format(later=shown(values, key), date=shown(values, "date")),
            judged(day >= accident, where=day.is_not_null() & accident.is_not_null()),
        )

    def fatal_words(values: Mapping[str, str], _v: int) -> str:
        if values["days_lost"] == esaw.FATAL:
            message = _("Coded fatal (998), but the death on {death} came more than a year after {date}.")
        else:
            message = _("The death on {death} came within a year of {date}, so days lost must be 998.")
        return message.format(death=shown(values, "date_of_death"), date=shown(values, "date"))

    def days_words(values: Mapping[str, str], verdict: int) -> str:
        message = _("From {date} to {back} {n} full days were lost, but the field says {code}.")
        if verdict == DOUBTFUL and values["days_lost"] != "000":
            message += " " + _("The band is worded in months: calendar months may allow it.")
        n = _days(values)
        return message.format(
            date=shown(values, "date"), back=shown(values, "date_of_return"), n=n, code=shown(values, "days_lost")
        )

    return [
        a_day("date_of_death", _("The date of death is a day of the calendar"), death),
        in_order(
            "death_after_accident",
            "date_of_death",
            _("Nobody died before the accident"),
            f"{REGULATION}, art. 1(b)",
            _("The death on {later} lies before the accident on {date}."),
            death,
        ),
        Rule(
            "fatal_within_a_year",
            _("Days lost is 998 exactly when the victim died within a year"),
            ("days_lost", "date_of_death", "date"),
            f"{REGULATION}, art. 1(b); {S4}, p. 16",
            fatal_words,
            judged(within == (code == esaw.FATAL), where=death >= accident),
        ),
        a_day("date_of_return", _("The date of return is a day of the calendar"), back),
        in_order(
            "return_after_accident",
            "date_of_return",
            _("Nobody returned before the accident"),
            _("own check"),
            _("The return on {later} lies before the accident on {date}."),
            back,
        ),
        Rule(
            "in_scope",
            _("A non-fatal accident without permanent incapacity cost four full days or more"),
            ("date_of_return", "date", "days_lost"),
            f"{S4}, p. 15, Table 2",
            lambda values, _v: _(
                "Return on {back} after {date}: {n} full days lost, four are needed. Leave the record out."
            ).format(back=shown(values, "date_of_return"), date=shown(values, "date"), n=_days(values)),
            judged(lost >= 4, where=timed),
        ),
        Rule(
            "days_lost_agree",
            _("Days lost agree with the dates"),
            ("days_lost", "date_of_return", "date"),
            f"{S4}, p. 15, Table 2",
            days_words,
            judged(agrees, doubtful=nearly, where=timed & (lost >= 4) & code.is_in(codelist("days_lost").codes())),
        ),
    ]


def _days(values: Mapping[str, str]) -> int:
    return esaw.days_lost(day_of(values, "date"), day_of(values, "date_of_return"))
