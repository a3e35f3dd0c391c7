"""Where each input of a plan comes from: the accidents, the people at risk, what the reader gave, each effect."""

from collections.abc import Mapping, Sequence

from workbench.models.interventions import Budget, Intervention
from workbench.sources.catalog import catalog
from workbench.study.divide import Divided
from workbench.study.interventions import listed_interventions
from workbench.study.origin import origin_of
from workbench.terms.dimensions import DIMENSIONS
from workbench.terms.text import _, translated


def about_inputs(
    divided: Divided, done: Sequence[Intervention], budget: Budget, given: Mapping[str, object]
) -> list[str]:
    """The provenance of every input of a plan, in sentences.

    Effects without a source are not among them: the plan itself prints them as the reader's assumption.

    Parameters
    ----------
    divided : Divided
        The accidents over the people at risk.
    done : sequence of Intervention
    budget : Budget
    given : mapping of parameter to what the reader gave
        None where nothing was given. A Series or DataFrame may name its source in `attrs["source"]`.

    Returns
    -------
    list of str
    """
    return [
        _about_data(divided),
        *_about_given(done, given),
        _about_limits(budget, divided.by[-1]),
        *_about_effects(done),
    ]


def _about_data(divided: Divided) -> str:
    """The sources of the accidents and of the people at risk."""
    origin = origin_of(divided.cube)
    accidents = translated(origin.dataset.title) if origin else divided.cube.name
    known = catalog()
    names = [source["name"] for source in divided.sources]
    people = [translated(known[name].title) if name in known else str(name) for name in names] or [accidents]
    message = _("Accidents from: {accidents}. People at risk from: {people}.")
    return message.format(accidents=accidents, people="; ".join(people))


def _about_given(done: Sequence[Intervention], given: Mapping[str, object]) -> list[str]:
    """What the reader gave, with the source that it names, and what stands as the workbench has it."""
    own = given | {"interventions": None if list(done) == _by_default() else done}
    named = ["`days`"]
    for name, value in own.items():
        if value is None:
            continue
        if not hasattr(value, "attrs"):
            named.append(f"`{name}`")
        elif source := str(value.attrs.get("source", "")).strip():
            named.append(_("`{name}` (source: {source})").format(name=name, source=source))
        else:
            named.append(_("`{name}` (no source named)").format(name=name))
    notes = [_("Given by you: {names}.").format(names=", ".join(named))]
    default = ", ".join(f"`{name}`" for name, value in own.items() if value is None)
    if default:
        notes.append(_("Not given by you, as the workbench has it by default: {names}.").format(names=default))
    return notes


def _by_default() -> list[Intervention]:
    return [listed_interventions()["inspection"][0]]


def _about_limits(budget: Budget, stratum: str) -> str:
    limits = budget.limits
    message = _(
        "Limits: {notifications:.0%} of the days are kept for notifications; of the others {at_random:.1%} are at "
        "random; by {what}, each gets {presence:.0%} of its share by workers at least, and {evenness:g} times its "
        "share by accidents at most."
    )
    return message.format(
        what=DIMENSIONS[stratum].label,
        notifications=limits.notifications,
        at_random=limits.at_random,
        presence=limits.presence,
        evenness=limits.evenness,
    )


def _about_effects(done: Sequence[Intervention]) -> list[str]:
    """Each effect that has a source, with the source."""
    listed = [one for one, _suits in listed_interventions().values()]
    notes = []
    for one in done:
        if not one.source:
            continue
        if one in listed:
            message = _(
                "{name}: {days:g} days, averts {low:.0%} to {high:.0%}. Source of the effect: {source}. It may not "
                "transfer; the limits and the days are assumptions of the workbench."
            )
        else:
            message = _("{name}, as you gave it: {days:g} days, averts {low:.0%} to {high:.0%}. Source: {source}.")
        facts = {"low": one.effect_low, "high": one.effect_high, "source": one.source.rstrip(".")}
        notes.append(message.format(name=one.name, days=one.days, **facts))
    return notes
