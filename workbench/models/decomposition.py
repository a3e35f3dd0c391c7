"""What part of a difference between two crude rates comes from the rates, and what from the structure."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from workbench.models.inputs import aligned, checked_level, checked_positive, checked_variance, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.terms.words import number


@dataclass(frozen=True, kw_only=True)
class Decomposition:
    """A difference of crude rates in two parts: other rates in the strata, another structure."""

    difference: float  # crude rate less crude rate of the reference, per `per`
    parts: pd.DataFrame = field(repr=False, compare=False)  # rows rate, structure, total; columns value low high
    strata: pd.DataFrame = field(repr=False, compare=False)  # one row a stratum, columns rate, structure
    per: float
    level: float

    def __str__(self) -> str:
        rate, structure = (number(self.parts.loc[part, "value"]) for part in ("rate", "structure"))
        return _(
            "difference {all} per {per:,.12g}: {rate} from other rates, {structure} from another structure"
        ).format(all=number(self.difference), per=self.per, rate=rate, structure=structure)


def decompose(
    counts: pd.Series,
    exposure: pd.Series,
    reference_counts: pd.Series,
    reference_exposure: pd.Series,
    *,
    variance: pd.Series | None = None,
    reference_variance: pd.Series | None = None,
    per: float = 100_000,
    level: float = 0.95,
) -> Decomposition:
    """What explains the difference of two crude rates: Kitagawa (1955), J. Am. Stat. Assoc. 50:1168-1194.

    rate part = sum (r1 - r2) (s1 + s2) / 2, structure part = sum (s1 - s2) (r1 + r2) / 2, s the strata's shares of
    the exposure; they add up to the difference. Limits are normal, exposure known, from Poisson counts or from the
    variance that is given.

    Parameters
    ----------
    counts, exposure, reference_counts, reference_exposure : Series by stratum, same strata
        Events; persons or hours
    variance, reference_variance : Series by stratum; the sums of squared weights of weighted counts
    per : unit of the rates
    level : of the limits

    Returns
    -------
    Decomposition

    Raises
    ------
    ModelError
        Strata that differ, missing or negative numbers, a variance that no weights give, or a stratum with exposure in
        one group only: its rate in the other does not exist.
    """
    quantile = special.ndtri((1 + checked_level(level)) / 2)
    per = checked_positive(per, "per")
    x1 = measured(counts, _("the counts"), missing=False)

    def column(values: pd.Series, what: str) -> pd.Series:
        return aligned(measured(values, what, missing=False), x1.index, what, _("the counts"))

    n1, x2 = column(exposure, _("the exposure")), column(reference_counts, _("the reference counts"))
    n2 = column(reference_exposure, _("the reference exposure"))
    v1, v2 = (
        x if v is None else checked_variance(x, column(v, _("the variance")))
        for x, v in ((x1, variance), (x2, reference_variance))
    )
    bare = ((n1 == 0) | (n2 == 0)) & (n1 + n2 + x1 + x2 > 0)
    if bare.any() or n1.sum() == 0:
        raise ModelError(
            _("{strata} have no exposure in one of the groups, so no rate to compare. Merge strata first.").format(
                strata=some(x1.index[bare] if bare.any() else x1.index) or _("no strata")
            )
        )
    share1, share2 = n1 / n1.sum(), n2 / n2.sum()
    rate1, rate2 = (per * x / n.where(n > 0, 1) for x, n in ((x1, n1), (x2, n2)))
    strata = pd.DataFrame(
        {"rate": (rate1 - rate2) * (share1 + share2) / 2, "structure": (share1 - share2) * (rate1 + rate2) / 2}
    )
    first, second = (per**2 * v / n.where(n > 0, 1) ** 2 for v, n in ((v1, n1), (v2, n2)))
    spread = {
        "rate": (((share1 + share2) / 2) ** 2 * (first + second)).sum(),
        "structure": (((share1 - share2) / 2) ** 2 * (first + second)).sum(),
        "total": (share1**2 * first + share2**2 * second).sum(),
    }
    value = pd.Series({"rate": strata["rate"].sum(), "structure": strata["structure"].sum()})
    value["total"] = value.sum()
    reach = quantile * np.sqrt(pd.Series(spread))
    parts = pd.DataFrame({"value": value, "low": value - reach, "high": value + reach})
    return Decomposition(difference=float(value["total"]), parts=parts, strata=strata, per=per, level=level)
