"""What if it went on for years: what each policy averts on the twin, and which estimates stay right."""

import pandas as pd

from workbench.study.finding import Finding
from workbench.terms.text import _
from workbench.terms.words import number, whole
from workbench.views.inspectorate.lists import list_chart
from workbench.views.inspectorate.tables import Column, drawn_table


def drawn(finding: Finding) -> dict:
    """What the screen shows of the years ahead.

    Parameters
    ----------
    finding : Finding
        Of `what_if`.

    Returns
    -------
    dict
        Plain values.
    """
    return {
        "says": finding.summary,
        "averted": _averted(finding),
        "bias": _bias(finding),
        "tables": [_in_all(finding), _by_year(finding)],
        "notes": list(finding.notes),
        "sources": [source["citation"] for source in finding.sources],
    }


def _names(finding: Finding, codes: pd.Index) -> list[str]:
    return [finding.label("policy", code) for code in codes]


def _averted(finding: Finding) -> dict:
    """Accidents averted in all years, by policy."""
    found = finding.model.in_all
    rows = found.rename(columns={"averted": "value"})
    years = finding.model.assumptions.years
    return list_chart(
        rows,
        title=_("What is averted"),
        line=_("Accidents averted in {years} years, with 95% of the runs").format(years=years),
        names=_names(finding, found.index),
        texts=[number(value) for value in rows["value"]],
        tips=[
            [_("{averted} averted ({low} to {high})").format(averted=number(a), low=number(low), high=number(high))]
            for a, low, high in rows[["value", "low", "high"]].itertuples(index=False)
        ],
    )


def _bias(finding: Finding) -> dict:
    """How far the estimates of the groups that were chosen are off in the last year, in per cent."""
    yearly = finding.model.yearly.xs(finding.model.assumptions.years, level="year")
    rows = 100 * yearly[["bias", "bias_low", "bias_high"]].set_axis(["value", "low", "high"], axis=1)
    texts = [_signed(value) for value in yearly["bias"]]
    return list_chart(
        rows,
        title=_("Whether estimates stay right"),
        line=_("Rates estimated of the groups chosen over the true ones, last year, in % off (0: right)"),
        names=_names(finding, yearly.index),
        texts=texts,
        tips=[
            [_("{bias} ({low} to {high})").format(bias=_signed(b), low=_signed(low), high=_signed(high))]
            for b, low, high in yearly[["bias", "bias_low", "bias_high"]].itertuples(index=False)
        ],
    )


def _signed(share: float) -> str:
    return f"{round(share, 2) + 0.0:+.0%}"


def _in_all(finding: Finding) -> dict:
    """All years together, by policy, beside the oracle."""
    found = finding.model.in_all
    return drawn_table(
        _("All years together"),
        [
            Column(label=_("Policy"), values=pd.Series(_names(finding, found.index), dtype=object)),
            Column(label=_("Averted"), values=found["averted"], write=number, unit=finding.units["value"]),
            Column(label=_("95% of the runs"), values=found["low"], to=found["high"], write=number),
            Column(label=_("Of the oracle's gain"), values=found["share_of_oracle"], write=_percent),
        ],
    )


def _percent(share: float) -> str:
    return f"{share:.0%}"


def _by_year(finding: Finding) -> dict:
    """Each policy year by year."""
    frame = finding.frame
    return drawn_table(
        _("Year by year"),
        [
            Column(label=_("Policy"), values=pd.Series(_names(finding, frame["policy"]), dtype=object)),
            Column(label=_("Year"), values=frame["year"], write=whole),
            Column(label=_("Averted"), values=frame["value"], write=number, unit=finding.units["value"]),
            Column(label=_("95% of the runs"), values=frame["low"], to=frame["high"], write=number),
            Column(label=_("Accidents that remain"), values=frame["accidents"], write=whole),
            Column(label=_("Estimates of the groups chosen"), values=frame["bias"], write=_signed),
        ],
    )
