"""How figures are written wherever people read them: numbers, p-values, spans of years, lists that are cut."""

import datetime as dt
import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from workbench.terms.dimensions import dimension
from workbench.terms.text import _, figures, language_code, n_

MOST = 5
"""So many labels are named in a list before the rest is counted."""
SMALL = 1e-6
"""Numbers below it are written with their power of ten."""
LOCALES = {"en": "en_GB"}
"""Whose dates are written, where the language alone does not say it."""
APART = 1000
"""Numbers of one column that lie further apart than this do not share their decimals."""


def number(value: float, *, short: bool = False) -> str:
    """A number as people read it: one decimal, more below 10 so that three digits are significant; thousands set off.

    The same rounding wherever a number is shown; `short`, for columns of figures, leaves out zeros at the end.

    Parameters
    ----------
    value : float
        NaN is "unknown".
    short : bool
        Whether zeros at the end are left out.

    Returns
    -------
    str
        Without a unit, such as `1,234.5`.
    """
    if math.isnan(value):
        return _("unknown")
    if math.isinf(value):
        return _("infinity")
    text = english(value)
    shortened = short and (value == 0 or SMALL <= abs(value) < 100)
    return figures(text.rstrip("0").rstrip(".") if shortened else text)


def numbers(values: Iterable[float]) -> list[str]:
    """Numbers of a column, each as `number` writes it: the marks of the language are looked up once.

    Parameters
    ----------
    values : iterable of float

    Returns
    -------
    list of str
    """
    texts = [english(value) if math.isfinite(value) else number(value) for value in values]
    return figures("\n".join(texts)).split("\n") if texts else []


def in_tens(n: float, minimum: int = 10) -> str:
    """A number of persons as a report or a note quotes it: in tens, so that no total gives a small figure back.

    Parameters
    ----------
    n : float
    minimum : int
        So many are not few.

    Returns
    -------
    str
        "about 2,370", "fewer than 10", "0".
    """
    if n == 0:
        return whole(0)
    if n < minimum:
        return _("fewer than {minimum}").format(minimum=minimum)
    return _("about {tens}").format(tens=whole(10 * round(n / 10)))


def english(value: float) -> str:
    """A finite number with the decimals of `number` and English marks, whatever language is spoken."""
    size = abs(value)
    return f"{value:.3g}" if 0 < size < SMALL else f"{value:,.{_places(size)}f}"


def whole(value: float, *, sign: bool = False) -> str:
    """A number without decimals, thousands set off: a count.

    Parameters
    ----------
    value : float
        Rounded to the nearest whole number.
    sign : bool
        Whether a plus is written too, as before a difference.

    Returns
    -------
    str
        Such as `12,345`, as the language writes it.
    """
    return figures(f"{value:+,.0f}" if sign else f"{value:,.0f}")


def column(values: Iterable[float]) -> Callable[[float], str]:
    """How the numbers of one column are written: with the same decimals, where their sizes allow it.

    The largest is written as `number` has it, the smallest with two digits at least. Numbers that lie further apart
    than a thousandfold are each written as `number` has them, without zeros at the end.
    """
    sizes = sorted({abs(value) for value in values if math.isfinite(value) and value})
    if not sizes or sizes[0] < SMALL or sizes[-1] > APART * sizes[0]:
        return partial(number, short=True)
    places = max(_places(sizes[-1]), _places(sizes[0]) - 1)
    while places > 1 and all(round(size, places) == round(size, places - 1) for size in sizes):
        places -= 1  # zeros at the end of all
    return lambda value: figures(f"{value:,.{places}f}") if math.isfinite(value) else number(value)


def chance(p: float) -> str:
    """A probability in a column: `0.042`; within a thousandth of 0 or 1 as `<0.001` or `>0.999`, never as 0 or 1."""
    if p < 0.001:
        return figures("<0.001")
    return figures(">0.999" if p > 0.999 else f"{p:.3f}")


def interval(value: float, low: float, high: float, *, level: float) -> str:
    """`275.0 (95% CI 238.8 to 315.3)`; `level` is a share such as 0.95.

    Parameters
    ----------
    value, low, high : float
        In one unit, which the text does not name.
    level : float
        Confidence level, between 0 and 1.

    Returns
    -------
    str
    """
    return _("{value} ({level:g}% CI {low} to {high})").format(
        value=number(value), low=number(low), high=number(high), level=100 * level
    )


def _places(size: float) -> int:
    """Decimals of a number of this size: one, more below 10 so that three digits tell."""
    return 1 if size >= 10 or size == 0 else int(2 - math.floor(math.log10(size)))


def p_value(p: float) -> str:
    """`p = 0.042`; a smaller one than 0.001 as `p < 0.001`, never as 0.

    Parameters
    ----------
    p : float
        Between 0 and 1.

    Returns
    -------
    str
    """
    return _("p < 0.001") if p < 0.001 else _("p = {p:.3f}").format(p=p)


def some(labels: Iterable, most: int = MOST) -> str:
    """The first labels of a list, and how many more there are: `F, C, A and 3 more`.

    Parameters
    ----------
    labels : iterable
        Codes or tuples of codes, in the order in which they are named.
    most : int
        So many are named.

    Returns
    -------
    str
    """
    labels = [", ".join(map(str, label)) if isinstance(label, tuple) else str(label) for label in labels]
    shown, more = ", ".join(labels[:most]), len(labels) - most
    if more <= 0:
        return shown
    return n_("{labels} and {n} more", "{labels} and {n} more", more).format(labels=shown, n=more)


def day(date: str) -> str:
    """A date as people write it: `28 November 2026`.

    Parameters
    ----------
    date : str
        ISO 8601, with or without a time.

    Returns
    -------
    str
    """
    from babel.dates import format_date  # 70 ms that only who shows a date waits for

    found = dt.date.fromisoformat(date[:10])
    return format_date(found, "long", locale=LOCALES.get(language_code(), language_code()))


def in_sentence(label: str) -> str:
    """A label within a sentence: with small letters, but in German as it is, whose nouns have large ones.

    Parameters
    ----------
    label : str
        In the language that is spoken.

    Returns
    -------
    str
    """
    return label if language_code() == "de" else label.lower()


def spans(years: Iterable[int]) -> str:
    """Years as spans: `2014 to 2018, 2020`.

    Parameters
    ----------
    years : iterable of int
        In any order.

    Returns
    -------
    str
    """
    found: list[list[int]] = []
    for year in sorted(years):
        if found and year == found[-1][-1] + 1:
            found[-1].append(year)
        else:
            found.append([year])
    return ", ".join(span(years[0], years[-1]) for years in found)


def span(first: object, last: object) -> str:
    """`2014 to 2018`; one period alone as itself.

    Parameters
    ----------
    first, last : int or Period
        Both included.

    Returns
    -------
    str
    """
    return str(first) if first == last else _("{first} to {last}").format(first=first, last=last)


def dimensions(names: Sequence[str]) -> str:
    """Dimensions as people call them, in a list: `sector (NACE section) and sex`.

    Parameters
    ----------
    names : sequence of str
        Names of dimensions, such as nuts2.

    Returns
    -------
    str

    Raises
    ------
    UnknownName
        For a name that is no dimension.
    """
    labels = [dimension(name).label for name in names]
    if len(labels) < 2:
        return "".join(labels)
    return _("{several} and {last}").format(several=_(" and ").join(labels[:-1]), last=labels[-1])
