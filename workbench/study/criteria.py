"""What groups are judged by when priorities are set: rate, people, severity, trend, and evidence from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.cubes.cube import Cube
from workbench.cubes.selection import Selection
from workbench.models.hierarchy import HierarchicalRates, hierarchical_rates
from workbench.models.permutation import checked_seed
from workbench.models.priority import Criterion
from workbench.study.breaks import breaks, crossed_within
from workbench.study.data import listed
from workbench.study.disclose import disclose
from workbench.study.divide import Divided, divide
from workbench.study.evidence import about_evidence, evidence_criterion
from workbench.study.reliability import about_weights, mean_weights
from workbench.study.safeguards import Safeguards, check_employers, targeted
from workbench.terms.codes import UNKNOWN
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import ModelError, Refused
from workbench.terms.text import _

DRAWS = 2_000
LEAST_YEARS = 4
"""Two at the beginning and two at the end, or a trend of a group is chance."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """The groups of a question with accidents and people, their shared rates, and the criteria that data allow."""

    divided: Divided
    groups: pd.DataFrame = field(repr=False)  # by the codes of `by`: count, exposure and what a finding's rows carry
    rates: HierarchicalRates = field(repr=False)
    criteria: list[Criterion] = field(repr=False)
    notes: tuple[str, ...] = ()


def judge_groups(
    source: str | Cube,
    selection: Selection | None,
    by: Sequence[str],
    *,
    wanted: Sequence[str],
    evidence: Mapping[str, pd.Series],
    exposure: str | None,
    seed: int,
    safeguards: Safeguards | None = None,
) -> Judged:
    """Count and divide the groups, share what they have in common, and draw the criteria that are wanted.

    Parameters
    ----------
    source, selection, by, exposure, seed
        As `priorities`.
    wanted : names of criteria that have a weight
    safeguards : who may be targeted; all groups count for the rates that they share
    evidence : as `priorities`

    Returns
    -------
    Judged

    Raises
    ------
    Refused
        As `divide`; for one's own evidence that fits no dimension; where fewer than two groups remain.
    """
    by, seed, safeguards = listed(by), checked_seed(seed), safeguards or Safeguards()
    about_employers = check_employers(by, safeguards)
    for name in by:
        if dimension(name).event or dimension(name).name == "year":
            message = _("{name} does not make groups of people. Divide by region, sector, sex, age or size.")
            raise Refused(message.format(name=name), dimension=name)
    divided = disclose(divide(source, selection, by=by, exposure=exposure, needs="people"))
    groups, left_out = _usable(divided)
    levels = _levels(divided, groups)
    # A weighted record counts as several accidents, and is known no better than one.
    weights = mean_weights(groups["count"], groups.get("variance"))
    rates = hierarchical_rates(groups["count"] / weights, groups["exposure"] / weights, levels)

    mean_people = float(groups["exposure"].mean())
    criteria = [
        Criterion(name="rate", values=rates.draw(DRAWS, seed), reference=rates.overall),
        Criterion(name="people", values=groups["exposure"].to_numpy(float), reference=mean_people),
    ]
    notes = [*left_out, *about_weights(weights)]
    for name, criterion_of in (("fatal", _fatal), ("trend", _trend)):
        if name not in wanted:
            continue
        try:
            criteria.append(criterion_of(divided, groups, levels, exposure, seed))
            notes += crossed_within(divided.cube, divided.selection, exposure).notes() if name == "trend" else []
        except (Refused, ModelError) as refusal:
            raise Refused(
                _("The data do not allow the criterion {name}: {reason} Leave it out of the weights.").format(
                    name=name, reason=refusal
                )
            ) from refusal
    criteria += [evidence_criterion(name, values, divided, groups) for name, values in evidence.items()]
    notes += [about_evidence(name, values) for name, values in evidence.items()]
    kept, about_stopped = targeted(groups, safeguards)
    criteria = [replace(one, values=one.values[..., kept.to_numpy()]) for one in criteria]
    notes = (*about_employers, *about_stopped, *notes)
    return Judged(divided=divided, groups=groups[kept], rates=rates, criteria=criteria, notes=notes)


def _usable(divided: Divided) -> tuple[pd.DataFrame, list[str]]:
    """Groups with a count and people, of known codes, by their codes; and a note on the others."""
    frame = divided.frame
    known = ~frame[list(divided.by)].eq(UNKNOWN).any(axis=1)
    usable = known & frame["count"].notna() & frame["exposure"].gt(0)
    if usable.sum() < 2:
        raise Refused(_("Fewer than two groups have accidents and people: there is nothing to put in order."))
    groups = frame[usable].set_index(list(divided.by))
    out = int((~usable).sum())
    notes = (
        [_("Left out: {n} groups without a count or without people, or of unknown codes.").format(n=out)] if out else []
    )
    return groups, notes


def _levels(divided: Divided, groups: pd.DataFrame) -> dict[str, pd.Series]:
    """The code of each group in each dimension, outer levels first: country before region, section before division."""
    levels = {}
    for name in divided.by:
        own, codes = DIMENSIONS[name], divided.cube.lists[DIMENSIONS[name].axis]
        column = pd.Series(groups.index.get_level_values(name).astype(str), index=groups.index)
        outer = own.axis + "0" if own.axis == "nuts" else own.axis + "1"
        if outer in DIMENSIONS and outer != name and own.axis in ("nuts", "nace", "isco"):
            parents = {code: _outermost(codes, code) for code in column.unique()}
            levels[outer] = column.map(parents)
        levels[name] = column
    return levels


def _outermost(codes, code: str) -> str:
    """The code's ancestor just below the total; of a joint region, of its first part."""
    first = codes.joined(code)[0] if codes.joined(code) else code
    above = [ancestor for ancestor in codes.ancestors(first) if codes.level(ancestor) is not None]
    return next((one for one in above if codes.level(one) == min(map(codes.level, above))), first) if above else first


def _fatal(divided: Divided, groups: pd.DataFrame, levels: dict, exposure: str | None, seed: int) -> Criterion:
    """The share of fatal accidents, drawn towards that of the groups with which each shares a dimension."""
    fatal = _again(divided, exposure, severities={"FAT"})
    counts = fatal["count"].reindex(groups.index).fillna(0.0)
    shares = hierarchical_rates(counts, groups["count"].clip(lower=0.5), levels)
    return Criterion(name="fatal", values=shares.draw(DRAWS, seed + 1), reference=shares.overall)


def _trend(divided: Divided, groups: pd.DataFrame, levels: dict, exposure: str | None, seed: int) -> Criterion:
    """The factor by which a rate changes a year: the second half of the years over the first."""
    years = divided.selection.years
    if years is None or years[1] - years[0] + 1 < LEAST_YEARS:
        raise Refused(_("a trend needs four years or more, as years=(2018, 2023)."))
    if inside := [year for year in breaks(divided.cube, divided.selection) if years[0] < year <= years[1]]:
        raise Refused(
            _("there is a break in {years}: figures before and after are not one series.").format(
                years=", ".join(map(str, inside))
            )
        )
    length = (years[1] - years[0] + 1) // 2
    halves = []
    for step, span in enumerate(((years[0], years[0] + length - 1), (years[1] - length + 1, years[1]))):
        half = _again(divided, exposure, years=span).reindex(groups.index)
        known = half["exposure"].where(half["exposure"] > 0, 1.0).fillna(1.0)
        halves.append(hierarchical_rates(half["count"].fillna(0.0), known, levels).draw(DRAWS, seed + 2 + step))
    apart = years[1] - years[0] + 1 - length
    return Criterion(name="trend", values=(halves[1] / halves[0]) ** (1 / apart), reference=1.0)


def _again(divided: Divided, exposure: str | None, **change) -> pd.DataFrame:
    """The groups counted again for another severity or other years."""
    again = disclose(
        divide(divided.cube, divided.selection.but(**change), by=divided.by, exposure=exposure, needs="people")
    )
    return again.frame.set_index(list(divided.by))
