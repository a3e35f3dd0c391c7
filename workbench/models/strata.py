"""Strata of a standardised rate: shares of a standard, and groups set out by stratum."""

import numpy as np
import pandas as pd

from workbench.models.inputs import aligned, measured, some
from workbench.terms.errors import ModelError
from workbench.terms.text import _


def standard_shares(standard: pd.Series) -> pd.Series:
    """Shares of a standard population by stratum, summing to 1.

    Parameters
    ----------
    standard : Series by stratum; persons, or shares (all below 1), which must then sum to 1

    Raises
    ------
    ModelError
        Missing or negative numbers, 0 everywhere, shares that do not sum to 1.
    """
    standard = measured(standard, _("the standard"), missing=False)
    if standard.sum() == 0:
        raise ModelError(_("The standard is 0 everywhere. Give the standard population by stratum."))
    if (standard < 1).all():  # nobody has less than one person in every stratum: these are shares
        _must_sum_to_one(standard)
    return standard / standard.sum()


def _must_sum_to_one(shares: pd.Series) -> None:
    """Raises ModelError unless the shares sum to 1."""
    if not np.isclose(shares.sum(), 1, rtol=0, atol=1e-6):
        raise ModelError(
            _(
                "The standard's shares sum to {sum:.6g}, not to 1. Is a stratum missing? Give all, or the population."
            ).format(sum=shares.sum())
        )


def by_group(values: pd.Series, strata: pd.Index) -> pd.DataFrame:
    """One row per group (one in all when the index is the strata's), one column per stratum in `strata`' order.

    Raises
    ------
    ModelError
        Strata that `strata` lacks, index levels that are not named alike.
    """
    if values.index.nlevels == strata.nlevels:
        ordered = aligned(values, strata, _("the counts"), _("the standard or reference"))
        return pd.DataFrame([ordered.to_numpy()], columns=strata)
    if not set(strata.names) <= set(values.index.names) or None in strata.names:
        raise ModelError(
            _("The strata are indexed by {strata}, the counts by {names}. Name the index levels alike.").format(
                strata=some(strata.names), names=some(values.index.names)
            )
        )
    strange = values.index.droplevel([name for name in values.index.names if name not in strata.names]).unique()
    if strata.nlevels > 1:
        strange = strange.reorder_levels(strata.names)
    if len(strange := strange.difference(strata)):
        raise ModelError(
            _("{strata} are not in the standard or reference. Add them there, or leave them out of both.").format(
                strata=some(strange)
            )
        )
    return values.unstack(strata.names).reindex(columns=strata)
