"""Decompose: how much of a difference of rates lies in the rates of like groups, how much in another structure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.decomposition import Decomposition
from workbench.models.decomposition import decompose as fit_decomposition
from workbench.study.answer import answer
from workbench.study.breaks import crossed_between
from workbench.study.chart import Chart
from workbench.study.data import listed
from workbench.study.disclose import disclose, how_many
from workbench.study.divide import Divided, divide
from workbench.study.finding import Finding
from workbench.terms.codes import UNKNOWN
from workbench.terms.errors import Refused
from workbench.terms.text import _, capital
from workbench.terms.words import dimensions, interval, number


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
    """The difference of the crude rates of two selections, in two parts; `model` is the `Decomposition`.

    The part of the rates is what would differ if both had the same structure by the strata of `by`, the part of the
    structure what would differ if both had the same rates in them (Kitagawa 1955, J. Am. Stat. Assoc. 50:1168-1194).
    It describes; that another structure is why a rate differs is an interpretation.

    Parameters
    ----------
    source : name of a catalogue entry, or a cube
    selection, reference : regions, sexes or years to compare, from one source
    by : dimensions whose groups are the strata
    exposure : entry that holds the people at risk, in place of the one the catalogue names
    per : persons or hours; 100,000 employed or 1,000,000 hours unless given
    level : of the intervals

    Returns
    -------
    Finding
        frame: rows (`term`) difference, rates, structure as value low high per `per`; `model.strata` holds what each
        stratum adds to both parts, of data on persons without the strata of few.

    Strata in which one of the two has no count or no people are left out of both, and named in a note.

    Raises
    ------
    Refused, ModelError
        When rates cannot be divided here, or a stratum has people in one of the two only (0 in the other).
    """
    by = listed(by)
    if not by:
        raise Refused(_('Give the dimensions of the strata, such as by=["nace1"]: without them there is no structure.'))
    options = {"by": by, "exposure": exposure, "needs": "people", "per": per, "level": level}
    sides = [_side(divide(source, one, **options)) for one in (selection, reference)]
    strata = _common_strata(*sides)
    first, second = strata.first, strata.second
    model = fit_decomposition(
        first["count"],
        first["exposure"],
        second["count"],
        second["exposure"],
        variance=first.get("variance"),
        reference_variance=second.get("variance"),
        per=float(sides[0].divided.frame["per"].iloc[0]),
        level=level,
    )

    divided = sides[0].divided
    across = crossed_between(divided.cube, [side.divided.selection for side in sides], exposure)
    notes = (*sides[0].notes, *divided.notes, *sides[1].notes, *sides[1].divided.notes, *strata.notes, *across.notes())
    parts = disclose(replace(divided, by=(), frame=_parts(model, divided, first, second), notes=notes))
    if not parts.release:
        model = _withheld(model, [side.divided for side in sides])
    words = [side.divided.words for side in sides]
    return answer(
        parts,
        parts.frame,
        title=_("Difference from {reference}").format(reference=words[1]),
        chart=Chart(kind="rows"),
        columns={
            "term": "",
            "term_label": "",
            "reference_count": divided.measure.unit,
            "reference_exposure": divided.people,
        },
        model=model,
        words=(
            across.said(_summary(divided, model, words, (first, second))),
            _("{first} against {second}: the difference of the rates, and what of it is structure by {strata}").format(
                first=capital(words[0]), second=words[1], strata=dimensions(by)
            ),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class _Side:
    """One of the two selections: what was divided, its strata of known codes, and a note on the others."""

    divided: Divided
    strata: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class _Strata:
    """Counts and people of both selections in the strata that both have."""

    first: pd.DataFrame = field(repr=False)
    second: pd.DataFrame = field(repr=False)
    notes: tuple[str, ...] = ()


def _side(divided: Divided) -> _Side:
    """The strata of known codes; how many accidents are of others."""
    by, frame = list(divided.by), divided.frame
    known = frame[~frame[by].eq(UNKNOWN).any(axis=1)].set_index(by)
    lost = float(frame["count"].sum() - known["count"].sum())
    if lost <= 0:
        return _Side(divided=divided, strata=known)
    note = _("{n} accidents of unknown {strata} are left out, {what}.").format(
        n=how_many(divided.cube, lost), strata=dimensions(by), what=divided.words
    )
    return _Side(divided=divided, strata=known, notes=(note,))


def _common_strata(one: _Side, other: _Side) -> _Strata:
    """The strata in which both have a count and people; a stratum of one alone has no people in the other."""
    every = one.strata.index.union(other.strata.index)
    columns = [name for name in ("count", "exposure", "variance") if name in one.strata]
    first, second = (side.strata[columns].reindex(every, fill_value=0.0) for side in (one, other))
    missing = first.isna().any(axis=1) | second.isna().any(axis=1)
    if not missing.any():
        return _Strata(first=first, second=second)
    note = _("Left out of both, for one of them has no count or no people there: {strata}.").format(
        strata=", ".join(_label(one.divided, stratum) for stratum in every[missing])
    )
    return _Strata(first=first[~missing], second=second[~missing], notes=(note,))


def _parts(model: Decomposition, divided: Divided, first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """A row for the difference and for each of its parts."""
    sums = {"count": first["count"], "exposure": first["exposure"]}
    sums |= {f"reference_{name}": second[name] for name in ("count", "exposure")}
    frame = model.parts.loc[["total", "rate", "structure"]].reset_index(drop=True)
    return frame.assign(
        term=["difference", "rates", "structure"],
        term_label=[_("difference of the crude rates"), _("other rates in the same groups"), _("another structure")],
        level=model.level,
        method=_("Kitagawa, normal limits"),
        per=model.per,
        unit=_("{unit}, difference").format(unit=divided.frame["unit"].iloc[0]),
        flag="",
        flag_share=0.0,
        state="",
        **{name: column.sum() for name, column in sums.items()},
    )


def _withheld(model: Decomposition, sides: Sequence[Divided]) -> Decomposition:
    """The model without what strata add in which one of the two rests on few persons."""
    strata = model.strata
    for divided in sides:
        few = disclose(divided).withheld
        if few is not None:
            hidden = strata.index.isin(few.set_index(list(divided.by)).index)
            strata = strata.assign(**{name: column.mask(hidden) for name, column in strata.items()})
    return model if strata is model.strata else replace(model, strata=strata)


def _label(divided: Divided, stratum: str | int | tuple) -> str:
    codes = stratum if isinstance(stratum, tuple) else (stratum,)
    return ", ".join(divided.label(name, code) for name, code in zip(divided.by, codes, strict=True))


def _summary(
    divided: Divided, model: Decomposition, words: Sequence[str], groups: tuple[pd.DataFrame, pd.DataFrame]
) -> str:
    """Both rates, their difference in its parts with limits, and the stratum that adds most to it."""
    rates = [number(model.per * group["count"].sum() / group["exposure"].sum()) for group in groups]
    parts = {
        name: interval(row["value"], row["low"], row["high"], level=model.level) for name, row in model.parts.iterrows()
    }
    adds = model.strata.sum(axis=1, skipna=False).dropna()
    if adds.empty:
        return _("{first}: {rate} {unit}; {second}: {other}. All strata rest on few persons.").format(
            first=capital(words[0]), rate=rates[0], unit=divided.frame["unit"].iloc[0], second=words[1], other=rates[1]
        )
    most = adds.abs().idxmax()
    return _(
        "{first}: {rate} {unit}; {second}: {other}. The difference of {total} is made of {rates} from other rates in "
        "the same groups and {structure} from another structure by {strata}. {label} adds most to it, {most}."
    ).format(
        first=capital(words[0]),
        rate=rates[0],
        unit=divided.frame["unit"].iloc[0],
        second=words[1],
        other=rates[1],
        total=parts["total"],
        rates=parts["rate"],
        structure=parts["structure"],
        strata=dimensions(divided.by),
        label=_label(divided, most),
        most=number(adds[most]),
    )
