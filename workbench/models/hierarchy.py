"""Rates of many small groups that share dimensions, such as sector and region: each drawn towards what they predict."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import stats

from workbench.models.inputs import aligned, measured, some
from workbench.models.smoothing import LEAST, smooth_ratios
from workbench.terms.errors import ModelError
from workbench.terms.text import _

SETTLED = 1e-7
"""The largest relative change of an effect in the last round."""
MOST_ROUNDS = 100
LEAST_EVENTS = 1.0
SPREADS = np.concatenate([np.linspace(0.01, 1, 60), np.linspace(1.05, 3, 40)])
"""Standard deviations that are tried, of a ratio around 1."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HierarchicalRates:
    """Posterior rates of the groups, and the effects of the dimensions that they share.

    `frame`, by group: count, exposure, predicted (events by the effects alone), value (posterior mean of the rate, per
    one of the exposure). `effects`: by dimension, the ratio of each of its codes to all together, shrunk; `shapes`: the
    shapes of their gamma posteriors; `codes`: the code of each group. `spread`: chances of the standard deviation of a
    group's ratio to its prediction, which are its index.
    """

    frame: pd.DataFrame = field(repr=False)
    effects: dict[str, pd.Series] = field(repr=False)
    shapes: dict[str, pd.Series] = field(repr=False)
    codes: dict[str, pd.Series] = field(repr=False)
    overall: float
    spread: pd.Series = field(repr=False)

    def draw(self, draws: int, seed: int) -> np.ndarray:
        """Rates of all groups at once from their posteriors, draws by groups.

        The effects are drawn too, each from its own posterior, so that a group known by its dimensions alone is not
        taken for better known than they are; and so is how much groups vary beyond the effects.

        Parameters
        ----------
        draws : int
        seed : int

        Returns
        -------
        array, draws by groups
            Per one of the exposure, in the order of `frame`.
        """
        generator = np.random.default_rng(seed)
        predicted = np.broadcast_to(self.frame["predicted"].to_numpy(), (draws, len(self.frame)))
        for name, shapes in self.shapes.items():
            places = shapes.index.get_indexer(self.codes[name])
            noise = generator.gamma(shapes.to_numpy(), size=(draws, len(shapes))) / shapes.to_numpy()
            predicted = predicted * noise[:, places]
        spread = generator.choice(self.spread.index.to_numpy(), size=(draws, 1), p=self.spread.to_numpy())
        nu = 1 / spread**2
        ratio = generator.gamma(self.frame["count"].to_numpy() + nu) / (predicted + nu)
        return ratio * predicted / self.frame["exposure"].to_numpy()


def hierarchical_rates(counts: pd.Series, exposure: pd.Series, levels: Mapping[str, pd.Series]) -> HierarchicalRates:
    """Gamma-Poisson rates around multiplicative effects of several dimensions, themselves gamma: empirical Bayes.

    count ~ Poisson(exposure x overall x product of effects x theta). Each effect is a shrunk ratio (Clayton & Kaldor
    1987, prior by maximum likelihood), given all others; the dimensions take turns until nothing changes. Then theta of
    each group is drawn towards 1, as far as the spread of all groups allows. Nested levels (NUTS 2 in its country,
    division in its section) are dimensions too: the inner one is what the outer leaves over.

    Parameters
    ----------
    counts, exposure : Series by group, same labels
        Accidents; persons or hours, above 0.
    levels : mapping of name to Series by group
        The code of each group in each dimension, the outer ones first.

    Returns
    -------
    HierarchicalRates

    Raises
    ------
    ModelError
        Missing counts or codes, no accident, exposure that is not above 0, no dimension.
    """
    counts, what = measured(counts, _("the counts"), missing=False), _("the exposure")
    exposure = aligned(measured(exposure, what, missing=False), counts.index, what, _("the counts"))
    if (bare := exposure <= 0).any():
        message = _("The exposure of {groups} is not above 0. Leave them out.")
        raise ModelError(message.format(groups=some(counts.index[bare])))
    if counts.sum() == 0:
        raise ModelError(_("No group has an accident: there is no rate to share. Take more years or groups."))
    codes = _checked_levels(levels, counts.index)

    overall = float(counts.sum() / exposure.sum())
    effects = {name: pd.Series(1.0, index=sorted(column.unique())) for name, column in codes.items()}
    shapes = dict(effects)
    predicted = exposure * overall
    for _round in range(MOST_ROUNDS):
        change = 0.0
        for name, column in codes.items():
            before = effects[name]
            others = predicted / column.map(before)
            ratios = _shrunk_ratios(counts.groupby(column).sum(), others.groupby(column).sum())
            effects[name], shapes[name] = ratios["value"], ratios["shape"]
            predicted = others * column.map(effects[name])
            change = max(change, float((effects[name] / before - 1).abs().max()))
        if change < SETTLED:
            break

    free = 1 + sum(len(codes_of_one) - 1 for codes_of_one in effects.values())
    spread = _spread_of_groups(counts.to_numpy(), predicted.to_numpy(), free)
    nu = 1 / spread.index.to_numpy()[:, None] ** 2
    ratio = spread.to_numpy() @ ((counts.to_numpy() + nu) / (predicted.to_numpy() + nu))
    frame = pd.DataFrame(
        {"count": counts, "exposure": exposure, "predicted": predicted, "value": ratio * predicted / exposure}
    )
    return HierarchicalRates(frame=frame, effects=effects, shapes=shapes, codes=codes, overall=overall, spread=spread)


def _checked_levels(levels: Mapping[str, pd.Series], groups: pd.Index) -> dict[str, pd.Series]:
    """The codes of each dimension, by group; each group has one."""
    if not levels:
        raise ModelError(_("No dimension is given that the groups share. Give one or more, such as sector and region."))
    codes = {name: column.reindex(groups) for name, column in levels.items()}
    for name, column in codes.items():
        if column.isna().any():
            message = _("{groups} have no code of {dimension}.")
            raise ModelError(message.format(groups=some(groups[column.isna()]), dimension=name))
    # A dimension in which every group has a code of its own is shared by none: it would shrink each group twice.
    return {name: column for name, column in codes.items() if 1 < column.nunique() < len(groups)}


def _shrunk_ratios(counts: pd.Series, predicted: pd.Series) -> pd.DataFrame:
    """Ratios of events to prediction, each drawn towards the others, and the shapes of their posteriors.

    Of fewer than three codes there is nothing to learn: they are as they were counted, half an event added (Jeffreys).
    """
    if len(counts) >= LEAST:
        smoothed = smooth_ratios(counts, predicted)
        if not np.isinf(smoothed.nu):
            return smoothed.frame[["value", "shape"]]
        # No more variation than chance: all codes take one ratio, known as well as all events together.
        return pd.DataFrame({"value": smoothed.prior_mean, "shape": counts.sum() + 0.5}, index=counts.index)
    return pd.DataFrame({"value": (counts + 0.5) / predicted, "shape": counts + 0.5})


def _spread_of_groups(counts: np.ndarray, predicted: np.ndarray, effects: int) -> pd.Series:
    """Chances of the standard deviation of the groups' ratios to their predictions, on a grid.

    With the true one, the sum of squared residuals over their variance is near chi-squared, with as many degrees of
    freedom as there are groups less effects: read as a distribution of the standard deviation (the Q-profile of
    Viechtbauer 2007, Stat. Med. 26:37-52). A likelihood at the fitted effects would find too small a spread, and a best
    single value is often 0: both make intervals too narrow.
    """
    # Of a group that expects less than one event, one event is no evidence of a spread: its square is not chi-squared.
    enough = predicted >= LEAST_EVENTS
    counts, predicted = counts[enough], predicted[enough]
    freedom = max(len(counts) - effects, 1)
    variance = predicted * (1 + SPREADS[:, None] ** 2 * predicted)
    squares = ((counts - predicted) ** 2 / variance).sum(axis=1)
    at_most = stats.chi2.sf(squares, freedom)
    at_most[-1] = 1.0
    return pd.Series(np.diff(at_most, prepend=0.0), index=SPREADS)
