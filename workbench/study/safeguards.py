"""Safeguards of priorities and plans: single employers on a recorded legal ground alone, and who is never targeted."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from workbench.terms.dimensions import dimension
from workbench.terms.errors import Refused
from workbench.terms.text import _
from workbench.terms.words import some

EMPLOYER = re.compile(
    r"(employer|company|enterprise|firm|establishment|business|organisation|organization|kvk|vat|lei|"
    r"werkgever|bedrijf|onderneming|vestiging|employeur|entreprise|societe|etablissement|siren|siret|"
    r"arbeitgeber|betrieb|unternehmen|firma|azienda|impresa|empresa)s?(_?(id|no|nr|number|name|code|key))?"
)
"""Names of a column of one's own whose codes are single employers, in the languages of the workbench."""


@dataclass(frozen=True, kw_only=True)
class Safeguards:
    """What a list of priorities or a plan has to respect.

    Attributes
    ----------
    legal_ground : on what ground single employers may be scored, such as the article of an act; stands in the finding
    never : by dimension, codes that are never targeted, each with the reason
    """

    legal_ground: str = ""
    never: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self):
        for name, reasons in self.never.items():
            if not isinstance(reasons, Mapping) or not all(str(reason).strip() for reason in reasons.values()):
                message = _('What is never targeted has a reason: never={{"{name}": {{"CODE": "the reason"}}}}.')
                raise Refused(message.format(name=name))


def check_employers(by: Sequence[str], safeguards: Safeguards) -> list[str]:
    """Refuse a score of single employers without a legal ground; the note of the ground where there is one.

    Parameters
    ----------
    by : names of dimensions
    safeguards : Safeguards

    Returns
    -------
    list of str

    Raises
    ------
    Refused
        For a dimension of employers, without a legal ground.
    """
    named = [name for name in by if dimension(name).codelist == "open" and EMPLOYER.fullmatch(name)]
    if not named:
        return []
    if not safeguards.legal_ground.strip():
        message = _(
            "{names} divides by single employers, who are not scored without a legal ground. Divide by sector, region "
            'or size; or record the ground: safeguards=wb.Safeguards(legal_ground="the article of the act").'
        )
        raise Refused(message.format(names=", ".join(named)))
    message = _("Single employers are scored, on the legal ground: {ground}.")
    return [message.format(ground=safeguards.legal_ground.strip().rstrip("."))]


def targeted(groups: pd.DataFrame, safeguards: Safeguards) -> tuple[pd.Series, list[str]]:
    """Which groups may be targeted, and a note of those kept out with the reason.

    Parameters
    ----------
    groups : DataFrame by the codes of the groups
    safeguards : Safeguards

    Returns
    -------
    (Series of bool by group, list of str)

    Raises
    ------
    Refused
        For a dimension that the groups do not have, or where no group is left.
    """
    allowed, notes = pd.Series(True, index=groups.index), []
    for name, reasons in safeguards.never.items():
        if name not in groups.index.names:
            message = _("What is never targeted is named by {name}; the groups are by {dims}.")
            raise Refused(message.format(name=name, dims=", ".join(groups.index.names)))
        codes = groups.index.get_level_values(name).astype(str)
        for code, reason in reasons.items():
            allowed &= codes != str(code)
            notes.append(_("Never targeted, kept out: {code} ({reason}).").format(code=code, reason=reason))
    if not allowed.any():
        raise Refused(_("All groups are never targeted: {groups}.").format(groups=some(groups.index)))
    return allowed, notes
