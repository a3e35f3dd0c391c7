"""Annual percent change: a log-linear trend, always cut where the source declares a break."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import checked_level, checked_positive, some
from workbench.models.yearly import check_one_given, counted, cuts_within, published
from workbench.terms.errors import ModelError
from workbench.terms.text import _, figures, n_
from workbench.terms.words import span

LEAST_YEARS = 3  # two years always lie on a line: no doubt could be given
ROUNDING = 1e-20  # residual squares below this share of the squares are rounding: the line is exact


@dataclass(frozen=True, kw_only=True)
class Trend:
    """Annual percent change with its interval; with several unbroken spans, of the latest that has a figure."""

    apc: float  # in % a year; NaN in a span without a figure, `note` says why
    low: float
    high: float
    level: float
    method: str
    first: int  # first and last year of the span
    last: int
    n: int  # years used
    measure: str  # what changes, as it stands in a sentence: "the rate"
    p_value: float = (
        np.nan
    )  # two-sided, of no change; NaN without a figure, or where the line leaves no scatter to judge by
    distribution: str = ""  # of the slope over its error: "normal", "t with 6 degrees of freedom"
    segments: tuple["Trend", ...] = ()  # one for each unbroken span, in time's order; empty inside a segment
    fitted: pd.DataFrame = field(repr=False, compare=False)  # year value low high segment
    note: str = ""  # years left out, neighbouring years alike, no scatter, why there is no figure

    def sentence(self) -> str:
        """The trend in plain words: one sentence for each unbroken span, then what to beware of."""
        spans = self.segments or (self,)
        words = [span._words() for span in spans]
        cuts = [str(span.first) for span in spans[1:]]
        if cuts:
            words.append(_("The series breaks at {years}: the spans are not one trend.").format(years=", ".join(cuts)))
        return " ".join([*words, *(span.note for span in spans if span.note and not np.isnan(span.apc))])

    def called(self, measure: str) -> "Trend":
        """The same trend of what is not called as it was: sums of weights, which take an exposure of 1, or shares.

        Parameters
        ----------
        measure : str
            As it stands in a sentence.

        Returns
        -------
        Trend
        """
        return replace(self, measure=measure, segments=tuple(part.called(measure) for part in self.segments))

    def __str__(self) -> str:
        return self.sentence()

    def _words(self) -> str:
        if np.isnan(self.apc):
            return _no_figure(self.first, self.last, self.note)
        change = yearly_change(self.apc, self.low, self.high, self.level)
        facts = {"first": self.first, "last": self.last, "what": self.measure, "change": change}
        if self.low > 0 or self.high < 0:
            return _("From {first} to {last} {what} {change}.").format(**facts)
        return _("From {first} to {last} neither a rise nor a fall of {what} is clear: it {change}.").format(**facts)


def fit_trend(
    counts: pd.Series | None = None,
    exposure: pd.Series | None = None,
    *,
    rates: pd.Series | None = None,
    standard_errors: pd.Series | None = None,
    breaks: Iterable[int] = (),
    level: float = 0.95,
    per: float = 100_000,
) -> Trend:
    """Annual percent change 100 (exp(b) - 1) of a line ln(rate) = a + b year.

    With counts: Poisson regression with exposure, or of the counts themselves without. Where the years scatter more
    than Poisson counts do (Pearson X2 above its degrees of freedom) the errors are widened by that factor, limits by
    t with n - 2 degrees of freedom, and `method` says quasi-Poisson. With published rates only: least squares on the
    logarithm, weighted by (rate / standard error)^2 where errors are given, limits by t(n - 2). A break cuts the
    line: its year opens a new segment, fitted on its own; one of fewer than 3 years has no figure and says so.

    Parameters
    ----------
    counts, exposure : Series by year (whole numbers, any order)
        Events, or with their exposure sums of weights; persons or hours
    rates, standard_errors : Series by year
        Published rates and their errors, in place of counts
    breaks : years from which the source counts differently
    level : of the limits
    per : unit of the fitted values when there are counts and exposure

    Returns
    -------
    Trend, whose `fitted` has year, value, low, high (limits of the line, at `level`) and segment (1, 2, ...)

    Raises
    ------
    ModelError
        Missing or repeated years, exposure 0, only zeros, counts without exposure that are not whole (rates given as
        counts), a published rate of 0 (its logarithm does not exist), or no segment of 3 years.
    """
    checked_level(level)
    per = checked_positive(per, "per")
    check_one_given(counts, rates)
    if rates is not None:
        table, measure = published(rates, standard_errors), _("the rate")
    else:
        table, measure = counted(counts, exposure), _("the number of events") if exposure is None else _("the rate")
    numbers = np.searchsorted(cuts_within(breaks, table.index), table.index, side="right") + 1
    segments = []
    for number, part in table.groupby(numbers):
        found = _published_line(part, level) if rates is not None else _poisson_segment(part, level)
        scale = per if exposure is not None else 1
        line = {name: scale * values for name, values in found.pop("fitted").items()}
        fitted = pd.DataFrame({"year": part.index, **line, "segment": number})
        span = {"first": int(part.index[0]), "last": int(part.index[-1]), "n": len(part)}
        segments.append(Trend(level=level, measure=measure, fitted=fitted, **span, **found))
    with_figure = [segment for segment in segments if not np.isnan(segment.apc)]
    if not with_figure:
        raise ModelError(" ".join(_no_figure(part.first, part.last, part.note) for part in segments))
    latest = with_figure[-1]
    facts = {name: getattr(latest, name) for name in latest.__dataclass_fields__ if name not in ("segments", "fitted")}
    fitted = pd.concat([segment.fitted for segment in segments], ignore_index=True)
    return Trend(**facts, segments=tuple(segments), fitted=fitted)


def poisson_line(t: np.ndarray, counts: np.ndarray, exposure: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Maximum likelihood of log(mean) = log(exposure) + a + b t, for many series at once.

    Parameters
    ----------
    t : (n,) times; centre them
    counts, exposure : (..., n); events that are not all at one end of `t`, exposure above 0

    Returns
    -------
    coefficients (..., 2), covariance (..., 2, 2) without dispersion, dispersion (...,): Pearson X2 / (n - 2)
    """
    design = np.stack([np.ones_like(t), t], axis=-1)
    offset = np.log(exposure)
    response = np.log(counts + 0.5) - offset
    weights = counts + 0.5
    for _step in range(60):
        information = np.einsum("...n,ni,nj->...ij", weights, design, design)
        score = np.einsum("...n,ni->...i", weights * response, design)
        coefficients = np.linalg.solve(information, score[..., None])[..., 0]
        line = np.einsum("ni,...i->...n", design, coefficients)
        weights = np.exp(np.clip(line + offset, -50, 50))
        step = (counts - weights) / weights
        response = line + step
        if np.max(np.abs(np.einsum("...n,ni->...i", counts - weights, design))) < 1e-9 * (1 + np.max(counts)):
            break
    covariance = np.linalg.inv(np.einsum("...n,ni,nj->...ij", weights, design, design))
    return coefficients, covariance, np.sum((counts - weights) ** 2 / weights, axis=-1) / (len(t) - 2)


def widened(covariance: np.ndarray, dispersion: np.ndarray, n: int, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Covariance and quantile for limits: Poisson and normal; where dispersion is above 1, times it and t(n - 2).

    Parameters
    ----------
    covariance : array (k, k)
        Of Poisson's coefficients.
    dispersion : float
        Pearson X2 over its degrees of freedom.
    n : int
        Number of years.
    level : float
        Such as 0.95.

    Returns
    -------
    (array (k, k), float)
        The covariance, and the quantile for two-sided limits.
    """
    scattered = np.asarray(dispersion) > 1
    quantile = np.where(scattered, special.stdtrit(n - 2, (1 + level) / 2), special.ndtri((1 + level) / 2))
    return covariance * np.where(scattered, dispersion, 1.0)[..., None, None], quantile


@dataclass(frozen=True, kw_only=True, eq=False)
class _Line:
    """Coefficients of [1, year - centre] on the log scale with their covariance; `df` infinite for normal limits."""

    centre: float
    coefficients: np.ndarray
    covariance: np.ndarray
    df: float
    residuals: np.ndarray


def _poisson_segment(part: pd.DataFrame, level: float) -> dict:
    """One unbroken span of counts and exposure as the fields of a Trend."""
    events, years = part["count"].to_numpy(), part.index.to_numpy(dtype=float)
    why = _too_short(part)
    if not why and events.sum() == 0:
        why = _("There are no events in any of these years: give the upper limit of the rate instead.")
    elif not why and events.sum() == max(events[0], events[-1]):
        why = _(
            "All events fall in one year at the end of the span: the slope has no finite estimate. Take more years."
        )
    if why:
        return _without_figure(part, why)
    centre = years.mean()
    coefficients, covariance, dispersion = poisson_line(years - centre, events, part["exposure"].to_numpy())
    covariance, _quantile = widened(covariance, dispersion, len(part), level)
    method, df = _("Poisson log-linear regression"), np.inf
    if dispersion > 1:
        method = _("quasi-Poisson log-linear regression, dispersion {phi:.2f}, t limits").format(phi=dispersion)
        df = len(part) - 2
    expected = part["exposure"].to_numpy() * np.exp(coefficients[0] + coefficients[1] * (years - centre))
    residuals = (events - expected) / np.sqrt(expected)
    line = _Line(centre=centre, coefficients=coefficients, covariance=covariance, df=df, residuals=residuals)
    return {"method": method} | _figures(part, line, level)


def _published_line(part: pd.DataFrame, level: float) -> dict:
    """One unbroken span of published rates as the fields of a Trend: least squares on the logarithm."""
    if why := _too_short(part):
        return _without_figure(part, why)
    years, weights = part.index.to_numpy(dtype=float), part["weight"].to_numpy()
    centre = np.average(years, weights=weights)
    design = np.column_stack([np.ones(len(part)), years - centre])
    logs, root = np.log(part["rate"].to_numpy()), np.sqrt(weights)
    coefficients = np.linalg.lstsq(design * root[:, None], logs * root)[0]
    residuals = (logs - design @ coefficients) * root
    df = len(part) - 2
    spread = residuals @ residuals / df
    covariance = spread * np.linalg.inv((design * weights[:, None]).T @ design)
    line = _Line(centre=centre, coefficients=coefficients, covariance=covariance, df=df, residuals=residuals)
    figures = _figures(part, line, level)
    if no_scatter(residuals, weights, logs):
        figures |= {"p_value": np.nan, "note": f"{figures['note']} {on_the_line()}".strip()}
    elif part["weighted"].any() and spread < 1:
        figures["note"] = f"{figures['note']} {less_than_errors()}".strip()
    method = _("log-linear least squares on published rates, t limits")
    if part["weighted"].any():
        method = _("weighted log-linear least squares on published rates, t limits")
    return figures | {"method": method}


def _figures(part: pd.DataFrame, line: _Line, level: float) -> dict:
    """Estimate, limits, p-value and fitted line of one span."""
    quantile = t_quantile(line.df, level)
    slope, error = line.coefficients[1], np.sqrt(line.covariance[1, 1])
    apc, low, high = (float(100 * np.expm1(slope + side * quantile * error)) for side in (0, -1, 1))
    t = part.index.to_numpy(dtype=float) - line.centre
    value = line.coefficients[0] + slope * t
    variance = line.covariance[0, 0] + 2 * t * line.covariance[0, 1] + t**2 * line.covariance[1, 1]
    reach = quantile * np.sqrt(variance)
    fitted = {"value": np.exp(value), "low": np.exp(value - reach), "high": np.exp(value + reach)}
    p_value, distribution = np.nan, _("normal")
    if error > 0:
        statistic = -abs(slope) / error
        p_value = float(2 * (special.ndtr(statistic) if np.isinf(line.df) else special.stdtr(line.df, statistic)))
    if np.isfinite(line.df):
        distribution = n_("t with {df} degree of freedom", "t with {df} degrees of freedom", line.df).format(df=line.df)
    notes = []
    if absent := sorted(set(range(part.index[0], part.index[-1] + 1)) - set(part.index)):
        notes.append(_("Not in the series: {years}.").format(years=some(absent)))
    elif (alike := lag_one(line.residuals)) > special.ndtri(0.975) / np.sqrt(len(part)):
        notes.append(
            _("Neighbouring years are alike beyond the line (correlation {r:.2f}): the interval is too narrow.").format(
                r=alike
            )
        )
    return {
        "apc": apc,
        "low": low,
        "high": high,
        "p_value": p_value,
        "distribution": distribution,
        "fitted": fitted,
        "note": " ".join(notes),
    }


def t_quantile(df: float, level: float) -> float:
    """Quantile of t with `df` degrees of freedom for two-sided limits; normal where `df` is infinite."""
    return float(special.ndtri((1 + level) / 2) if np.isinf(df) else special.stdtrit(df, (1 + level) / 2))


def no_scatter(residuals: np.ndarray, weights: np.ndarray, logs: np.ndarray) -> bool:
    """Whether what a line leaves over is rounding alone."""
    return bool(residuals @ residuals <= ROUNDING * np.sum(weights * (1 + logs**2)))


def on_the_line() -> str:
    """What to beware of in rates without scatter."""
    return _(
        "The rates lie on the line without scatter, so nothing shows how sure it is: the interval has no width. "
        "Give counts and exposure."
    )


def less_than_errors() -> str:
    """What to beware of in rates that scatter less than their errors."""
    return _(
        "The years scatter less about the line than their standard errors alone would make them: by those errors the "
        "interval is too narrow."
    )


def _without_figure(part: pd.DataFrame, why: str) -> dict:
    fitted = dict.fromkeys(("value", "low", "high"), np.full(len(part), np.nan))
    return {"apc": np.nan, "low": np.nan, "high": np.nan, "method": _("none"), "fitted": fitted, "note": why}


def _no_figure(first: int, last: int, why: str) -> str:
    return _("{span}: no figure. {why}").format(span=span(first, last), why=why)


def _too_short(part: pd.DataFrame) -> str:
    if len(part) >= LEAST_YEARS:
        return ""
    return n_(
        "A trend needs at least {least} years without a break, here is {n}.",
        "A trend needs at least {least} years without a break, here are {n}.",
        len(part),
    ).format(least=LEAST_YEARS, n=len(part))


def lag_one(residuals: np.ndarray) -> float:
    """Correlation of each residual with the next; 0 for fewer than 8, which say nothing."""
    total = residuals @ residuals
    return float(residuals[1:] @ residuals[:-1] / total) if len(residuals) >= 8 and total > 1e-16 else 0.0


def yearly_change(value: float, low: float, high: float, level: float) -> str:
    """A percent change a year as a verb with its interval; a fall is given as a positive number, with its limits.

    Limits on both sides of 0 keep their signs: `changed by -2.3% a year (95% CI -6.0 to +1.5)`.
    """
    if low > 0:
        words, limits = _("rose by {size}% a year ({level}% CI {low} to {high})"), (low, high)
    elif high < 0:
        words, limits = _("fell by {size}% a year ({level}% CI {low} to {high})"), (-high, -low)
    else:
        words = _("changed by {size}% a year ({level}% CI {low} to {high})")
        return words.format(size=signed(value), level=figures(f"{100 * level:g}"), low=signed(low), high=signed(high))
    return words.format(
        size=figures(f"{abs(value):.1f}"),
        level=figures(f"{100 * level:g}"),
        low=figures(f"{limits[0]:.1f}"),
        high=figures(f"{limits[1]:.1f}"),
    )


def signed(number: float) -> str:
    """A percent change with its sign and one decimal."""
    return figures(f"{round(number, 1) + 0.0:+.1f}")  # + 0.0: no "-0.0"
