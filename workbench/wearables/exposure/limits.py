"""Limits as data: a value, its unit, what it asks for when it is reached, and the text that sets it."""

from dataclasses import dataclass

from workbench.terms.text import _, mark, translated


@dataclass(frozen=True, kw_only=True)
class Limit:
    """One value of a rule.

    Attributes
    ----------
    name : such as "upper action value"
    value, unit : of the quantity compared
    source : the text that sets it
    note : what has to be known of it, "" where nothing
    """

    name: str
    value: float
    unit: str
    source: str
    note: str = ""

    @property
    def words(self) -> str:
        """Its name, value and unit."""
        return _("{name}, {value:g} {unit}").format(name=translated(self.name), value=self.value, unit=self.unit)

    def __str__(self) -> str:
        return _("{name}, {value:g} {unit} ({source})").format(
            name=translated(self.name), value=self.value, unit=self.unit, source=self.source
        )


def reached(value: float, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
    """The limits that a value reaches; none reached says nothing about health, only about these values.

    Parameters
    ----------
    value : in the unit of the limits; NaN reaches none
    limits : tuple of Limit

    Returns
    -------
    tuple of Limit
    """
    return tuple(limit for limit in limits if value >= limit.value)


NOISE = "Directive 2003/10/EC, article 3"
VIBRATION = "Directive 2002/44/EC, article 3"
SUBSTANCES = "Directive (EU) 2017/164, annex"
WITH_PROTECTORS = mark("Takes account of hearing protectors; action values do not.")
NOISE_LEVELS = (
    Limit(name=mark("lower action value"), value=80, unit="dB(A)", source=NOISE),
    Limit(name=mark("upper action value"), value=85, unit="dB(A)", source=NOISE),
    Limit(name=mark("limit value"), value=87, unit="dB(A)", source=NOISE, note=WITH_PROTECTORS),
)
NOISE_PEAKS = (
    Limit(name=mark("lower action value, peak"), value=135, unit="dB(C)", source=NOISE),
    Limit(name=mark("upper action value, peak"), value=137, unit="dB(C)", source=NOISE),
    Limit(name=mark("limit value, peak"), value=140, unit="dB(C)", source=NOISE, note=WITH_PROTECTORS),
)
HAND_ARM = (
    Limit(name=mark("action value, hand-arm"), value=2.5, unit="m/s2", source=VIBRATION),
    Limit(name=mark("limit value, hand-arm"), value=5, unit="m/s2", source=VIBRATION),
)
WHOLE_BODY = (
    Limit(name=mark("action value, whole body"), value=0.5, unit="m/s2", source=VIBRATION),
    Limit(name=mark("limit value, whole body"), value=1.15, unit="m/s2", source=VIBRATION),
)
WHOLE_BODY_DOSE = (
    Limit(name=mark("action value, vibration dose"), value=9.1, unit="m/s^1.75", source=VIBRATION),
    Limit(name=mark("limit value, vibration dose"), value=21, unit="m/s^1.75", source=VIBRATION),
)
CARBON_MONOXIDE = (
    Limit(name=mark("limit over eight hours"), value=20, unit="ppm", source=SUBSTANCES),
    Limit(name=mark("limit over 15 minutes"), value=100, unit="ppm", source=SUBSTANCES),
)
WBGT_OVER = (
    Limit(name=mark("reference of heat"), value=0, unit="degrees Celsius above the reference", source="ISO 7243:2017"),
)
