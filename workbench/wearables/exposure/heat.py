"""Heat: wet bulb globe temperature against the metabolic rate of the work, by ISO 7243 and by NIOSH."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from workbench.terms.errors import ModelError
from workbench.terms.text import _

BODY_SURFACE = 1.8
"""m2 of the reference person of ISO 8996."""
CLASSES = (65, 130, 200, 260)
"""Upper bounds of metabolic classes 0 to 3, W/m2; class 4 is above (ISO 8996, ISO 7243)."""
REFERENCE = {True: (33, 30, 28, 26, 25), False: (32, 29, 26, 23, 20)}
"""Reference WBGT, degrees C, of classes 0 to 4, for acclimatised persons and others: ISO 7243:2017, table A.1.

Written down without the standard at hand: unverified. What speaks for it: at the rates of the classes (`RATES`) NIOSH's
limit for acclimatised persons, rounded down, gives the same column (tested). What speaks against it: programs that are
published give 25 and 23, and 22 and 18, for classes 3 and 4, as the edition of 1989 did where air could not be felt to
move."""
RATES = (115, 180, 300, 415, 520)
"""Metabolic rates of the classes, W (ISO 7243:2017, table A.1)."""


@dataclass(frozen=True, kw_only=True)
class Heat:
    """A wet bulb globe temperature and the reference it is compared with.

    Attributes
    ----------
    wbgt, reference : degrees C
    metabolic_class : 0 (rest) to 4 (very high)
    acclimatised : whether the reference is for persons used to heat
    """

    wbgt: float
    reference: float
    metabolic_class: int
    acclimatised: bool

    @property
    def reached(self) -> bool:
        """Whether the reference is reached: then heat strain has to be analysed or lowered (ISO 7243, 6)."""
        return self.wbgt >= self.reference


def wbgt(natural_wet_bulb: ArrayLike, globe: ArrayLike, air: ArrayLike | None = None) -> np.ndarray:
    """0.7 t_nw + 0.3 t_g, in the sun 0.7 t_nw + 0.2 t_g + 0.1 t_a (ISO 7243).

    Parameters
    ----------
    natural_wet_bulb : degrees C, not the psychrometric one
    globe : degrees C, of a black globe
    air : degrees C; given where the sun shines on the place of work

    Returns
    -------
    array
        Degrees C.
    """
    wet, black = np.asarray(natural_wet_bulb, float), np.asarray(globe, float)
    return 0.7 * wet + 0.3 * black if air is None else 0.7 * wet + 0.2 * black + 0.1 * np.asarray(air, float)


def metabolic_class(watts: float) -> int:
    """Class 0 to 4 of ISO 8996 for a person of 1.8 m2.

    Parameters
    ----------
    watts : metabolic rate

    Returns
    -------
    int
    """
    return int(np.searchsorted(CLASSES, watts / BODY_SURFACE, side="left"))


def heat(levels: ArrayLike, watts: ArrayLike, *, acclimatised: bool) -> Heat:
    """The warmest hour against the reference of the hardest work in it: averages over 60 minutes (ISO 7243, 5).

    Parameters
    ----------
    levels : WBGT of each minute, degrees C, an hour or more
    watts : metabolic rate of each minute, or one for all
    acclimatised : whether the reference for persons used to heat applies

    Returns
    -------
    Heat
        Of the hour in which the reference is exceeded most.

    Raises
    ------
    ModelError
        For less than an hour.
    """
    levels, watts = np.broadcast_arrays(np.asarray(levels, float), np.asarray(watts, float))
    if len(levels) < 60:
        raise ModelError(_("WBGT is averaged over an hour; there are {n} minutes.").format(n=len(levels)))
    hour = np.ones(60) / 60
    means, rates = np.convolve(levels, hour, "valid"), np.convolve(watts, hour, "valid")
    classes = np.array([metabolic_class(rate) for rate in rates])
    references = np.array(REFERENCE[acclimatised])[classes]
    worst = int(np.argmax(means - references))
    return Heat(
        wbgt=float(means[worst]),
        reference=float(references[worst]),
        metabolic_class=int(classes[worst]),
        acclimatised=acclimatised,
    )


def niosh_alert(watts: ArrayLike) -> np.ndarray:
    """Recommended alert limit, not acclimatised: 59.9 - 14.1 log10 M (NIOSH 2016-106, figure 8.1).

    Parameters
    ----------
    watts : metabolic rate

    Returns
    -------
    array
        Degrees C WBGT.
    """
    return 59.9 - 14.1 * np.log10(np.asarray(watts, float))


def niosh_exposure(watts: ArrayLike) -> np.ndarray:
    """Recommended exposure limit, acclimatised: 56.7 - 11.5 log10 M (NIOSH 2016-106, figure 8.2).

    Parameters
    ----------
    watts : metabolic rate

    Returns
    -------
    array
        Degrees C WBGT.
    """
    return 56.7 - 11.5 * np.log10(np.asarray(watts, float))
