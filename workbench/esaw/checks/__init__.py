"""Every rule that an accident record must meet, judged on whole batches at once, with words for the coder."""

from datetime import date
from functools import lru_cache

import polars as pl

from workbench.esaw.checks import dates, fields, together
from workbench.esaw.checks.base import DOUBTFUL, FAILED, NOT_JUDGED, PASSED, S4, TABLE3, VERDICTS, Rule, shown
from workbench.esaw.checks.places import nuts_editions
from workbench.esaw.record import OPTIONAL_DATES
from workbench.terms.text import _, spoken

__all__ = ["DOUBTFUL", "FAILED", "NOT_JUDGED", "PASSED", "VERDICTS", "Rule", "check", "rules", "shown"]


def rules() -> tuple[Rule, ...]:
    """All rules in the order in which they are reported, worded in the reader's language."""
    return _worded(spoken())


@lru_cache(maxsize=8)
def _worded(_translations: object) -> tuple[Rule, ...]:
    # A rule keeps its title and source as text, and making all of them takes longer than judging a small file.
    return (*_of_files(), *fields.rules().values(), *together.rules(), *dates.rules())


def check(frame: pl.DataFrame, *, phase3: bool = True) -> pl.DataFrame:
    """The verdict of every rule on every record: one column of small integers per rule id, rows as in `frame`.

    Parameters
    ----------
    frame : the 24 variables as text, with or without `date_of_death` and `date_of_return`
    phase3 : whether the layout has causes, circumstances and weight; without, the rules on them are not judged
    """
    missing = [pl.lit("").alias(name) for name in OPTIONAL_DATES if name not in frame.columns]
    judged = [
        rule.verdict.alias(rule.id) if phase3 or not rule.phase3 else pl.lit(NOT_JUDGED, pl.UInt8).alias(rule.id)
        for rule in rules()
        if rule.verdict is not None
    ]
    return (
        frame.with_columns(missing)
        .with_columns(_helpers())
        .select(pl.lit(NOT_JUDGED, pl.UInt8).alias("_"), *judged)
        .drop("_")
    )


def _helpers() -> list[pl.Expr]:
    """What several rules need: reference year, dates, weight in millionths, days between the dates."""
    case, nuts = pl.col("case_number"), pl.col("geographical_location").str.strip_chars_end(" ")
    digits, decimal = (
        pl.col("weight").str.contains("^[0-9]{9}$"),
        pl.col("weight").str.contains(r"^[0-9]{1,3}\.[0-9]{1,6}$"),
    )
    micro = (
        pl.when(digits)
        .then(pl.col("weight").cast(pl.Int64, strict=False))
        .when(decimal)
        .then((pl.col("weight").cast(pl.Float64, strict=False) * 1e6).round().cast(pl.Int64, strict=False))
    )
    back = _date("date_of_return")
    return [
        pl.when(case.str.contains("^(19|20)[0-9]{2}"))
        .then(case.str.slice(0, 4).cast(pl.Int32, strict=False))
        .alias("_year"),
        _date("date").alias("_date"),
        _date("date_of_death").alias("_death"),
        back.alias("_back"),
        pl.lit(date.today()).alias("_today"),
        ((back - _date("date")).dt.total_days() - 1).clip(0).alias("_lost"),
        micro.alias("_micro"),
        nuts.alias("_nuts"),
        nuts.replace_strict(nuts_editions(), default=0, return_dtype=pl.UInt8).alias("_editions"),
    ]


def _date(key: str) -> pl.Expr:
    return pl.when(pl.col(key).str.contains("^[0-9]{8}$")).then(pl.col(key).str.to_date("%Y%m%d", strict=False))


def _of_files() -> list[Rule]:
    return [
        Rule(
            "record_length",
            _("The record has the length of its layout"),
            (),
            f"{TABLE3}, note 5",
            lambda v, _v: v["words"],
        ),
        Rule(
            "characters",
            _("The record holds plain ASCII characters only"),
            (),
            _("own check"),
            lambda v, _v: v["words"],
        ),
        Rule(
            "case_number_unique",
            _("No two records have the same case number"),
            ("case_number",),
            f"{S4}, p. 19",
            lambda v, _v: _("Record {first:,} has the same case number. Send every accident once.").format(
                first=v["first"]
            ),
        ),
    ]
