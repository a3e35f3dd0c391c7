"""Falls: an impact after less than weight, then another posture; by thresholds, or by a classifier of these features.

Both begin with candidates, moments of the highest acceleration, and look at the seconds around them. The classifier is
a logistic regression on eight features, trained on recordings whose falls are labelled.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from workbench.terms.errors import ModelError
from workbench.terms.text import _
from workbench.wearables.signals import Event, Recording, Signal
from workbench.wearables.uniform import Stretch, stretches

RATE = 50.0
"""Samples per second at which features are taken: a fall's impact lasts a tenth of a second."""
AXES = ("acc_x", "acc_y", "acc_z")
CANDIDATE = 1.35
"""g from which a moment is looked at."""
APART = 3.0
"""Seconds within which only the highest moment is a candidate."""
FEATURES = (
    "peak",
    "lowest_before",
    "turn",
    "rest_after",
    "rest_before",
    "jerk",
    "work",
    "end_turn",
)
"""Highest and, in the second before, lowest magnitude (g); turn of the direction of gravity (degrees / 90), two to
three and at the end of five seconds after; spread after and before (g); largest change in 40 ms (g); spread in the
second around."""
RIDGE = 1.0
"""Penalty on standardised coefficients: the classes can be told apart without error, so that they have no maximum."""


@dataclass(frozen=True, kw_only=True)
class FallRule:
    """Thresholds: impact (g), weight before it (g), turn (degrees), spread after it (g)."""

    impact: float = 2.0
    lowest_before: float = 0.7
    turn: float = 50.0
    rest_after: float = 0.25


@dataclass(frozen=True)
class Candidate:
    """A moment that may be a fall: its sample, and its features in the order of `FEATURES`."""

    sample: int
    features: np.ndarray


@dataclass(frozen=True)
class FallModel:
    """A logistic regression: centre and spread of each feature, constant and coefficients."""

    centre: np.ndarray
    spread: np.ndarray
    coefficients: np.ndarray

    def scores(self, features: np.ndarray) -> np.ndarray:
        """Probability of a fall, among candidates such as those trained on.

        Parameters
        ----------
        features : array (candidates, 8)

        Returns
        -------
        array
            0 to 1.
        """
        standard = (np.atleast_2d(features) - self.centre) / self.spread
        return special.expit(self.coefficients[0] + standard @ self.coefficients[1:])


def candidates(stretch: Stretch, *, least: float = CANDIDATE) -> list[Candidate]:
    """Moments of the highest acceleration, each the highest within three seconds, with their features.

    Parameters
    ----------
    stretch : Stretch with acc_x, acc_y, acc_z in g
    least : g

    Returns
    -------
    list of Candidate
    """
    magnitude = np.sqrt(sum(np.square(stretch.values[name]) for name in AXES))
    apart = int(APART * stretch.rate)
    high = np.flatnonzero(magnitude >= least)
    found, last = [], -apart
    while len(high):
        # the highest of the first cluster, then on to what lies beyond it
        cluster = high[high < high[0] + apart]
        peak = int(cluster[np.argmax(magnitude[cluster])])
        if peak - last >= apart // 2:
            found.append(Candidate(peak, _features(stretch, magnitude, peak)))
            last = peak
        high = high[high >= max(peak + apart // 2, cluster[-1] + 1)]
    return found


def _features(stretch: Stretch, magnitude: np.ndarray, peak: int) -> np.ndarray:
    """The features of one peak, from the eight seconds around it: only they are put side by side."""
    rate = stretch.rate
    first, last = max(peak - int(3 * rate), 0), peak + int(5 * rate)
    axes = np.column_stack([stretch.values[name][first:last] for name in AXES])
    magnitude, peak = magnitude[first:last], peak - first
    at = {seconds: max(peak + int(seconds * rate), 0) for seconds in (-3, -1, -0.5, 0, 0.5, 1, 1.5, 3, 3.5, 5)}
    before = axes[at[-3] : max(at[-1], at[-3] + 1)].mean(axis=0)
    after = _mean(axes[at[1.5] : at[3.5]], axes)
    end = _mean(axes[at[3] : at[5]], after)
    around = magnitude[at[-0.5] : at[0.5] + 1]
    step = max(int(0.04 * rate), 1)
    rest = magnitude[at[1.5] : at[3.5]]
    return np.array(
        [
            magnitude[peak],
            magnitude[at[-1] : peak + 1].min(),
            _turn(before, after),
            rest.std() if len(rest) > 2 else 0.0,
            magnitude[at[-3] : max(at[-1], at[-3] + 1)].std(),
            np.abs(around[step:] - around[:-step]).max() if len(around) > step else 0.0,
            around.std(),
            _turn(before, end),
        ]
    )


def _mean(part: np.ndarray, otherwise: np.ndarray) -> np.ndarray:
    """The mean of some samples; where the recording ends before them, the last that there is."""
    return part.mean(axis=0) if len(part) else (otherwise[-1] if otherwise.ndim == 2 else otherwise)


def _turn(before: np.ndarray, after: np.ndarray) -> float:
    """Angle between two directions of gravity, in right angles."""
    length = np.linalg.norm(before) * np.linalg.norm(after)
    return float(np.arccos(np.clip(before @ after / length, -1, 1)) / (np.pi / 2)) if length else 0.0


def falls_by_rule(signal: Signal, person: str, rule: FallRule | None = None) -> list[Event]:
    """Falls by thresholds on impact, weight before, turn and rest after.

    Parameters
    ----------
    signal : with acc_x, acc_y, acc_z in g
    person : pseudonym
    rule : FallRule

    Returns
    -------
    list of Event
    """
    rule = rule or FallRule()
    events = []
    for stretch in stretches(signal, RATE, names=AXES):
        for candidate in candidates(stretch, least=rule.impact):
            peak, lowest, turn, rest = candidate.features[:4]
            turned = 90 * max(turn, candidate.features[7]) >= rule.turn
            if peak >= rule.impact and lowest <= rule.lowest_before and turned and rest <= rule.rest_after:
                events.append(Event(kind="fall", person=person, time=stretch.moment(candidate.sample)))
    return events


def falls_by_model(signal: Signal, person: str, model: FallModel, threshold: float = 0.5) -> list[Event]:
    """Falls by a trained classifier.

    Parameters
    ----------
    signal : with acc_x, acc_y, acc_z in g
    person : pseudonym
    model : FallModel
    threshold : score from which a candidate is a fall

    Returns
    -------
    list of Event
        With their scores.
    """
    events = []
    for stretch in stretches(signal, RATE, names=AXES):
        for candidate in candidates(stretch):
            score = float(model.scores(candidate.features)[0])
            if score >= threshold:
                moment = stretch.moment(candidate.sample)
                events.append(Event(kind="fall", person=person, time=moment, score=score))
    return events


@dataclass(frozen=True)
class Example:
    """The candidates of one labelled trial."""

    person: str
    activity: str
    is_fall: bool
    hours: float
    features: np.ndarray


def example(recording: Recording) -> Example:
    """The candidates of one labelled trial, to train and to test on.

    Parameters
    ----------
    recording : with labels activity and fall ("yes" or "no"), signal "movement"

    Returns
    -------
    Example
    """
    parts = list(stretches(recording.signals["movement"], RATE))
    found = [candidate.features for stretch in parts for candidate in candidates(stretch)]
    return Example(
        person=recording.person,
        activity=recording.labels["activity"],
        is_fall=recording.labels["fall"] == "yes",
        hours=sum(stretch.seconds for stretch in parts) / 3600,
        features=np.array(found).reshape(-1, len(FEATURES)),
    )


def train(examples: Sequence[Example]) -> FallModel:
    """Fit the classifier: of a fall its highest candidate, of other activities every one.

    Parameters
    ----------
    examples : of both kinds

    Returns
    -------
    FallModel

    Raises
    ------
    ModelError
        Where one kind is missing.
    """
    falls = [one.features[np.argmax(one.features[:, 0])] for one in examples if one.is_fall and len(one.features)]
    others = [row for one in examples if not one.is_fall for row in one.features]
    if not falls or not others:
        raise ModelError(_("A classifier is trained on falls and on other activities; one of them is missing."))
    features = np.array([*falls, *others])
    labels = np.repeat([1.0, 0.0], [len(falls), len(others)])
    # both kinds weigh the same, however many candidates an hour of walking gives
    weights = np.where(labels == 1, len(labels) / (2 * len(falls)), len(labels) / (2 * len(others)))
    centre, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    design = np.column_stack([np.ones(len(labels)), (features - centre) / spread])
    return FallModel(centre, spread, _logistic(design, labels, weights))


def _logistic(design: np.ndarray, labels: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Penalised logistic regression by Newton's method; the constant is not penalised."""
    penalty = RIDGE * np.diag([0.0, *np.ones(design.shape[1] - 1)])
    coefficients = np.zeros(design.shape[1])
    for _step in range(50):
        fitted = special.expit(design @ coefficients)
        slope = design.T @ (weights * (labels - fitted)) - penalty @ coefficients
        bend = (design * (weights * fitted * (1 - fitted))[:, None]).T @ design + penalty
        step = np.linalg.solve(bend, slope)
        coefficients = coefficients + step
        if np.abs(step).max() < 1e-9:
            break
    return coefficients


def left_out(examples: Sequence[Example], by: str) -> Iterable[tuple[Example, np.ndarray]]:
    """Each example with the scores of a classifier that never saw its person, or never saw its activity.

    Parameters
    ----------
    examples : sequence of Example
    by : "person" or "activity"

    Yields
    ------
    (Example, array)
        Scores of its candidates.
    """
    for group in sorted({getattr(one, by) for one in examples}):
        model = train([one for one in examples if getattr(one, by) != group])
        for one in examples:
            if getattr(one, by) == group:
                yield one, model.scores(one.features) if len(one.features) else np.empty(0)
