"""Why two rates differ: how much lies in the rates of like groups, and how much in another structure of the work."""

from collections.abc import Sequence

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.rates import digits
from workbench.models.standardise import Decomposition
from workbench.models.standardise import decompose as parts_of
from workbench.study.at_risk import at_risk, listed, prepared
from workbench.study.evidence import cube
from workbench.study.finding import Finding
from workbench.study.telling import finding
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital


def decompose(
    source: str | Cube,
    selection: Selection,
    reference: Selection,
    by: Sequence[str] = ("nace1",),
    *,
    exposure: str | None = None,
    per: int | None = None,
    level: float = 0.95,
) -> Finding:
    """The difference of the crude rates of two selections, in two parts that add up to it; `model` is the `Decomposition`.

    The part of the rates is what would differ if both had the same structure by the strata of `by`, the part of the
    structure what would differ if both had the same rates in them (Kitagawa 1955, J. Am. Stat. Assoc. 50:1168-1194).
    It describes; that another structure is why a rate differs is an interpretation.

    Parameters
    ----------
    selection, reference : regions, sexes or years to compare, from one source
    by : dimensions whose groups are the strata

    Returns
    -------
    Finding
        frame: rows (`term`) difference, rates, structure as value low high per `per`; `model.strata` holds what each
        stratum adds to both parts.

    Strata in which one of the two has no count or no people are left out of both, and named in a note.

    Raises
    ------
    Refused, ModelError
        When rates cannot be divided here, or a stratum has people in one of the two only (0 in the other).
    """
    asked, by = cube(source), listed(by)
    if not by:
        raise Refused(_('Give the dimensions of the strata, such as by=["nace1"]: without them there is no structure.'))
    if not asked.has("accidents"):
        raise Refused(
            _("{name} publishes rates without counts: the structure behind them is not known.").format(name=asked.name)
        )
    notes, groups, words, answered, sources = [], [], [], [], ()
    for one in (selection, reference):
        one, by, told = prepared(asked, one, by)
        found = at_risk(asked, one, by, exposure=exposure, per=per, level=level)
        known = found.frame[~found.frame[list(by)].eq(UNKNOWN).any(axis=1)].set_index(list(by))
        answered.append(found.selection)
        words.append(found.selection.words(asked.lists))
        groups.append(known)
        sources = found.sources
        notes += [*told, *found.notes]
        if (lost := float(found.frame["count"].sum() - known["count"].sum())) > 0:
            notes.append(
                _("{n:,.0f} accidents of unknown {strata} are left out, {what}.").format(
                    n=lost, strata=_named(by), what=words[-1]
                )
            )
    every = groups[0].index.union(groups[1].index)  # a stratum of one group only has no people in the other
    parts = [c for c in ("count", "exposure", "variance") if c in groups[0]]
    first, second = (group[parts].reindex(every, fill_value=0.0) for group in groups)
    missing = first.isna().any(axis=1) | second.isna().any(axis=1)
    if missing.any():
        first, second = first[~missing], second[~missing]
        notes.append(
            _("Left out of both, for one of them has no count or no people there: {strata}.").format(
                strata=", ".join(_label(asked, by, code) for code in every[missing])
            )
        )
    unit, unit_words = float(groups[0]["per"].iloc[0]), groups[0]["unit"].iloc[0]
    model = parts_of(
        first["count"],
        first["exposure"],
        second["count"],
        second["exposure"],
        variance=first.get("variance"),
        reference_variance=second.get("variance"),
        per=unit,
        level=level,
    )
    sums = {"count": first["count"], "exposure": first["exposure"]}
    sums |= {f"reference_{name}": second[name] for name in ("count", "exposure")}
    frame = model.parts.loc[["total", "rate", "structure"]].reset_index(drop=True).assign(
        term=["difference", "rates", "structure"],
        term_label=[_("difference of the crude rates"), _("other rates in the same groups"), _("another structure")],
        level=level, method=_("Kitagawa, normal limits"), per=unit,
        unit=_("{unit}, difference").format(unit=unit_words), flag="", flag_share=0.0, state="",
    )  # fmt: skip
    frame = frame.assign(**{name: column.sum() for name, column in sums.items()})
    return finding(
        asked,
        answered[0],
        (),
        frame,
        notes,
        title=_("Difference from {reference}").format(reference=words[1]),
        extra=sources,
        model=model,
        summary=_said(asked, model, words, (first, second), by, unit_words),
        headline=_(
            "{first} against {second}: the difference of the rates, and what of it is structure by {strata}"
        ).format(first=capital(words[0]), second=words[1], strata=_named(by)),
        columns=("term", "term_label", "reference_count", "reference_exposure"),
    )


def _named(by: Sequence[str]) -> str:
    return _(" and ").join(dimension(name).label for name in by)


def _label(asked: Cube, by: Sequence[str], stratum: str | int | tuple) -> str:
    codes = stratum if isinstance(stratum, tuple) else (stratum,)
    return ", ".join(
        str(code) if name == "year" else asked.lists[dimension(name).axis].label(code)
        for name, code in zip(by, codes, strict=True)
    )


def _said(
    asked: Cube,
    model: Decomposition,
    words: Sequence[str],
    groups: Sequence[pd.DataFrame],
    by: Sequence[str],
    unit: str,
) -> str:
    """Both rates, their difference in its parts with limits, and the stratum that adds most to it."""
    rates = [digits(model.per * group["count"].sum() / group["exposure"].sum()) for group in groups]
    parts = {
        name: _("{value} ({level:g}% CI {low} to {high})").format(
            value=digits(row["value"]), level=100 * model.level, low=digits(row["low"]), high=digits(row["high"])
        )
        for name, row in model.parts.iterrows()
    }
    adds = model.strata.sum(axis=1)
    most = adds.abs().idxmax()
    return _(
        "{first}: {rate} {unit}; {second}: {other}. The difference of {total} is made of {rates} from other rates in the "
        "same groups and {structure} from another structure by {strata}. {label} adds most to it, {most}."
    ).format(
        first=capital(words[0]), rate=rates[0], unit=unit, second=words[1], other=rates[1], total=parts["total"],
        rates=parts["rate"], structure=parts["structure"], strata=_named(by), label=_label(asked, by, most), most=digits(adds[most]),
    )  # fmt: skip
