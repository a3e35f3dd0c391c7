"""What is known of groups before their own accidents are counted: a prior, or what a model predicts of each."""

from dataclasses import dataclass, field

import pandas as pd

from workbench.models.priors import GammaPrior, Prediction
from workbench.study.divide import Divided
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import some


@dataclass(frozen=True, kw_only=True)
class KnownBefore:
    """Accidents expected of each group, and the prior of the ratios to them; `learnt` from these groups or given."""

    expected: pd.Series = field(repr=False)
    prior: str | GammaPrior

    @property
    def learnt(self) -> bool:
        return isinstance(self.prior, str)


def known_before(divided: Divided, prior: str | GammaPrior | Prediction) -> KnownBefore:
    """Accidents expected of the groups: those of a prediction, else their people times the rate of all together.

    Parameters
    ----------
    divided : the groups, with counts and people
    prior : "likelihood" or "moments", a prior of the ratios to the rate of all together, or a model's prediction

    Raises
    ------
    Refused
        For a prediction that lacks a group.
    """
    groups = divided.groups
    if not isinstance(prior, Prediction):
        rate = groups["count"].sum() / groups["exposure"].sum()
        return KnownBefore(expected=groups["exposure"] * rate, prior=prior)

    absent = groups.index[~groups.index.isin(prior.expected.index)]
    if len(absent):
        raise Refused(
            _("The prediction does not have {groups}. Give the expected accidents of each group by its code.").format(
                groups=some(divided.label(divided.by[0], code) for code in absent)
            )
        )
    return KnownBefore(expected=prior.expected.reindex(groups.index).astype(float), prior=prior.prior)
