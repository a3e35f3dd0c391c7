"""What channels, events, groups and metrics of alarms are called where people read them."""

from workbench.terms.codes import codelist
from workbench.terms.text import mark, translated

CHANNELS = {
    "noise": mark("Noise"),
    "peak": mark("Peak of noise"),
    "wet_bulb": mark("Natural wet-bulb temperature"),
    "globe": mark("Globe temperature"),
    "carbon_monoxide": mark("Carbon monoxide"),
    "hand_arm": mark("Hand-arm vibration"),
    "heart_rate": mark("Heart rate"),
    "steps": mark("Steps"),
    "acc_x": mark("Acceleration, forward"),
    "acc_y": mark("Acceleration, sideways"),
    "acc_z": mark("Acceleration, upward"),
    "force_left": mark("Force, left foot"),
    "force_right": mark("Force, right foot"),
    "shake_left": mark("Shaking, left foot"),
}
SIGNALS = {
    "environment": mark("noise, warmth, carbon monoxide and vibration, by the minute"),
    "heart": mark("heart rate and steps, by the minute"),
    "movement": mark("movement and force of the feet"),
}
EVENTS = {
    "fall": mark("fall"),
    "stumble": mark("stumble"),
    "not_upright": mark("not upright"),
    "immobile": mark("does not move"),
    "triple_tap": mark("three taps of the foot: hidden alarm"),
    "double_tap": mark("two taps: no alarm"),
    "quadruple_tap": mark("four taps: no alarm"),
}
DIVISIONS = {
    "task": mark("Task"),
    "team": mark("Team"),
    "shift": mark("Shift"),
    "age_group": mark("Age group"),
    "sex": mark("Sex"),
    "sector": mark("Sector"),
}
"""What exposure of groups is divided by: all but the hour."""
ROLES = {
    "public": mark("The public"),
    "trainer": mark("Trainers and their participants"),
    "representative": mark("Workers' safety representatives"),
    "worker": mark("Workers, of their own recordings"),
    "analyst": mark("Analysts of statistical offices and agencies"),
    "osh_professional": mark("Safety and health professionals"),
    "inspector": mark("Labour inspectors"),
    "researcher": mark("Researchers with access to microdata"),
}
"""The roles of `catalogs/roles.yml`."""
METRICS = {
    "per_ten_minutes": mark("Alarms in ten minutes, on average"),
    "most_in_ten_minutes": mark("Most alarms in ten minutes"),
    "share_in_flood": mark("Share of the time in a flood of alarms"),
    "share_of_ten": mark("Share of the ten most frequent sources"),
    "chattering": mark("Alarms that chatter"),
    "stale": mark("Alarms that stand for a day"),
}
_CODELISTS = {"age_group": "age_group", "sex": "sex", "sector": "nace"}


def label(name: str, names: dict[str, str]) -> str:
    """What something is called; its own name where nobody has named it.

    Parameters
    ----------
    name : of a channel, an event, a division or a metric
    names : one of the lists of this module

    Returns
    -------
    str
    """
    return translated(names[name]) if name in names else name.replace("_", " ")


def code_label(division: str, code: str) -> str:
    """What a group is called.

    Parameters
    ----------
    division : of `DIVISIONS`
    code : of one of its groups

    Returns
    -------
    str
    """
    if division not in _CODELISTS:
        return code
    return codelist(_CODELISTS[division]).label(code)
