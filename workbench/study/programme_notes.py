"""Coverage and fairness of a plan: by which classes they are told, and the sentences on them."""

import pandas as pd

from workbench.models.programme_reports import ALL, BURDEN
from workbench.study.criteria import Judged
from workbench.study.disclose import disclose
from workbench.study.divide import count
from workbench.terms.codes import UNKNOWN
from workbench.terms.errors import Refused, WorkbenchError
from workbench.terms.text import _
from workbench.terms.words import number

SMALL, MIDDLE = 10, 50
"""Persons employed, under which an employer is micro or small: Commission Recommendation 2003/361/EC, article 2."""
NATIONAL = "1"
MIGRANTS = "migrants"


def size_classes(judged: Judged, employers: pd.Series | None, people: pd.Series) -> pd.Series | None:
    """The size of each group's employers: of its code, else by workers an employer; None where neither is known.

    Parameters
    ----------
    judged : Judged
    employers : Series by group, or None
    people : Series by group

    Returns
    -------
    Series of str by group, or None
    """
    groups = judged.groups.index
    if "size" in judged.divided.by:
        codes = groups.get_level_values("size")
        return pd.Series([judged.divided.label("size", code) for code in codes], index=groups)
    if employers is None:
        return None
    mean = people / employers.reindex(groups)
    names = [_("under 10 workers"), _("10 to 49 workers"), _("50 workers or more")]
    edges = [-float("inf"), SMALL, MIDDLE, float("inf")]
    return pd.cut(mean, edges, labels=names, right=False).astype(str)


def migrant_classes(judged: Judged, sectors: pd.DataFrame | None) -> pd.Series | None:
    """Whether each group's share of migrant workers is above that of all; None where nothing is known of it.

    The share is the reader's, by sector; else that of accidents whose victims are not nationals, where the cube has
    nationality: the employed are not known by it.

    Parameters
    ----------
    judged : Judged
    sectors : DataFrame by the codes of the first dimension, with a column "migrants", or None

    Returns
    -------
    Series of str by group, missing where the share is not known, or None

    Raises
    ------
    Refused
        For shares that are not from 0 to 1.
    """
    codes = judged.groups.index.get_level_values(0)
    if sectors is not None and MIGRANTS in sectors:
        shares = pd.to_numeric(sectors[MIGRANTS], errors="coerce")
        if not shares.dropna().between(0, 1).all():
            raise Refused(_("The share of migrant workers in `sectors` is a number from 0 to 1."))
    elif "nationality" in judged.divided.cube.axes:
        shares = _shares_of_accidents(judged)
    else:
        return None
    share = pd.Series(shares.reindex(codes).to_numpy(), index=judged.groups.index)
    people = judged.groups["exposure"].where(share.notna())
    mean = (share * people).sum() / people.sum()
    names = {True: _("more than the mean"), False: _("the mean or fewer")}
    return (share > mean).map(names).where(share.notna())


def _shares_of_accidents(judged: Judged) -> pd.Series:
    """By the codes of the first dimension, the share of accidents whose victims are not nationals."""
    first = judged.divided.by[0]
    try:
        frame = disclose(count(judged.divided.cube, judged.divided.selection, by=[first, "nationality"])).frame
    except WorkbenchError:  # such as a selection that restricts nationality in a cube of margins
        return pd.Series(dtype=float)
    known = frame[frame["nationality"] != UNKNOWN]
    in_all = known.groupby(first)["count"].sum()
    return known[known["nationality"] != NATIONAL].groupby(first)["count"].sum() / in_all


def about_coverage(coverage: pd.DataFrame) -> list[str]:
    """What a plan reaches of the groups listed, in sentences; small employers apart where they are known.

    Parameters
    ----------
    coverage : DataFrame
        As `coverage_report`.

    Returns
    -------
    list of str
    """
    all_groups, apart = coverage.loc[ALL], coverage.drop(index=ALL)
    notes = [
        _(
            "Coverage: {reached:,.0f} of {n:,.0f} groups are reached ({share:.0%}); of the tenth with most accidents "
            "expected, {out:,.0f} of {top:,.0f} have nothing planned."
        ).format(
            reached=all_groups["reached"],
            n=all_groups["groups"],
            share=all_groups["share_reached"],
            out=all_groups["top_left_out"],
            top=all_groups["top"],
        )
    ]
    for name, row in apart.iterrows():
        message = _("Coverage, employers of {size}: {reached:,.0f} of {n:,.0f} groups are reached ({share:.0%}).")
        notes.append(message.format(size=name, reached=row["reached"], n=row["groups"], share=row["share_reached"]))
    if apart.empty:
        notes.append(
            _("Small employers cannot be told apart: give `employers`, or divide by size, to see what they get.")
        )
    return notes


def about_fairness(fairness: pd.DataFrame, labels: dict[str, str]) -> list[str]:
    """Visits a thousand workers by class, and who has far more of them than others at equal risk.

    Parameters
    ----------
    fairness : DataFrame
        As `fairness_report`.
    labels : dict of str to str
        What each of its names is called.

    Returns
    -------
    list of str
    """
    notes = []
    for name, rows in fairness.groupby(level="by", sort=False):
        rows = rows.droplevel("by")
        notes.append(
            _("Visits a thousand workers, by {what}: {low} to {high}; by risk alone {risk_low} to {risk_high}.").format(
                what=labels[name],
                low=number(rows["per_1000"].min()),
                high=number(rows["per_1000"].max()),
                risk_low=number(rows["by_risk"].min()),
                risk_high=number(rows["by_risk"].max()),
            )
        )
        if rows["flagged"].any():
            message = _("At equal risk {times:g} times the visits of others or more: {classes}.")
            flagged = ", ".join(map(str, rows.index[rows["flagged"]]))
            notes.append(message.format(classes=flagged, times=BURDEN))
    if MIGRANTS not in labels:
        notes.append(
            _("No data on the share of migrant workers: give it by sector, as column `migrants` of `sectors`.")
        )
    return notes
