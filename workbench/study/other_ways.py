"""Counts of persons shown in another way than by withholding: rounded, with noise of cell keys, or noisy for good."""

from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from workbench.cubes.contributions import CONTRIBUTORS
from workbench.cubes.cube import Cube
from workbench.disclosure_control.cell_keys import perturbed_counts, record_keys
from workbench.disclosure_control.noise import counts_in_budget
from workbench.disclosure_control.rounding import BASES, rounded
from workbench.disclosure_control.rules import PASSES, Rules
from workbench.models.rates import incidence_rate
from workbench.study.boxes import boxes_of
from workbench.study.divide import Divided
from workbench.study.origin import data_hash
from workbench.study.protected_cells import Cells
from workbench.study.protection import Protection, is_table
from workbench.study.reliability import letters, records_of, states
from workbench.study.rows_in_groups import rows_in_groups
from workbench.terms.errors import Refused
from workbench.terms.text import _

ROUND, CELL_KEYS, NOISE = "round", "cell_keys", "noise"
WAYS = (ROUND, CELL_KEYS, NOISE)

_ROUNDED: WeakKeyDictionary[Cube, dict[tuple, int]] = WeakKeyDictionary()
"""By the usual cube, base, group and years, what was shown for a count."""


@dataclass(frozen=True)
class Way:
    """How counts are protected instead of withholding small ones.

    Attributes
    ----------
    kind : "round", "cell_keys" or "noise"
    base : of rounding, 3 or 5
    epsilon : of noise, what each group and year spends of its privacy budget
    """

    kind: str
    base: int = 5
    epsilon: float | None = None

    def __post_init__(self) -> None:
        if self.kind == ROUND and self.base not in BASES:
            raise Refused(_("Counts are rounded to multiples of 3 or 5, not {base}.").format(base=self.base))
        if self.kind == NOISE and not (self.epsilon or 0) > 0:
            raise Refused(
                _('Noise needs what it may spend of the privacy budget of 1: wb.disclosure("noise", epsilon=0.5).')
            )

    @property
    def method(self) -> str:
        """As the release record and the command line name it."""
        return f"{ROUND}{self.base}" if self.kind == ROUND else self.kind

    def note(self) -> str:
        """What the reader of a finding has to know."""
        if self.kind == ROUND:
            return _(
                "Counts are rounded to multiples of {base} that add up, in place of withholding; intervals do not know "
                "of it."
            ).format(base=self.base)
        if self.kind == CELL_KEYS:
            return _(
                "Counts carry noise of up to 6 persons by cell keys, the same for the same persons by whatever "
                "question; they do not add up exactly, and intervals do not know of it."
            )
        return _(
            "Counts carry differentially private noise (discrete Laplace, epsilon {epsilon:g} of a budget of 1 for "
            "each group and year); they do not add up exactly, and intervals do not know of it."
        ).format(epsilon=self.epsilon)


def shown_by(divided: Divided, way: Way, rules: Rules) -> Divided:
    """The same groups with counts that are protected in another way, and rates anew from them.

    Parameters
    ----------
    divided : Divided
        Of counts of persons, with all its figures.
    way : Way
    rules : Rules

    Returns
    -------
    Divided

    Raises
    ------
    Refused
        For what is no table of counts or crude rates of unweighted records; for a table that has no such rounding; when
        the budget is spent.
    NotAvailable
        Where an extra package or the secret of cell keys is missing, with the line to type.
    """
    _check_plain(divided)
    cells = Cells(divided, rules)
    boxes = boxes_of(divided.cube, divided.measure.name, divided.selection, divided.by, cells.table)
    if boxes is None:
        raise _only_tables()
    places = np.ravel_multi_index(cells.at_rows(), cells.persons.shape) if divided.by else np.zeros(1, int)
    keys = boxes.keys()

    if way.kind == ROUND:
        counts = _rounded(divided.cube, cells, keys, way.base)[places].astype(float)
    elif way.kind == CELL_KEYS:
        counts = _with_cell_keys(divided, rules)
    else:
        groups = [keys[place] for place in places]
        exact = cells.persons.ravel()[places].astype(int)
        counts = counts_in_budget(data_hash(divided.cube), groups, exact, way.epsilon).astype(float)

    frame = _with_counts(divided.frame, counts)
    hidden = np.isnan(counts)
    reasons = np.full(len(frame), PASSES, dtype=object)
    return replace(
        divided,
        frame=frame,
        withheld=frame[hidden] if hidden.any() else None,
        notes=(way.note(), *divided.notes),
        protection=Protection(rules, divided, reasons, method=way.method),
    )


def _check_plain(divided: Divided) -> None:
    """Refused unless every figure is a count of persons, or one over people."""
    frame = divided.frame
    is_share = divided.people == divided.measure.unit
    if not is_table(divided) or is_share or CONTRIBUTORS in frame or frame["count"].isna().any():
        raise _only_tables()
    plain = frame["count"] if frame["exposure"].isna().all() else frame["per"] * frame["count"] / frame["exposure"]
    same = np.isclose(frame["value"], plain, rtol=1e-9, equal_nan=True)
    if not same.all() or not np.allclose(records_of(frame), frame["count"]):
        raise _only_tables()


def _only_tables() -> Refused:
    return Refused(
        _(
            "Rounding, cell keys and noise are for tables of counts and crude rates of records without weights. For "
            'this question withhold small figures: wb.disclosure("on").'
        )
    )


def _rounded(cube: Cube, cells: Cells, keys: list[tuple], base: int) -> np.ndarray:
    """Rounded counts of all cells, those that were shown before as they were."""
    known = _ROUNDED.setdefault(cube.usual or cube, {})
    names = [(base, *key) for key in keys]
    fixed = {place: known[name] for place, name in enumerate(names) if name in known}
    found = rounded(cells.table, base, fixed=fixed).ravel()
    known.update(zip(names, found.tolist(), strict=True))
    return found


def _with_cell_keys(divided: Divided, rules: Rules) -> np.ndarray:
    """The count of each row with the noise of its records' keys; NaN for few, 0 for nobody."""
    rows = rows_in_groups(divided)
    by = list(divided.by)
    keys = record_keys(rows.drop(columns=by))
    found = perturbed_counts(rows[by] if by else rows, by, keys, minimum=rules.minimum)
    if not by:
        return found["count"].to_numpy(float, na_value=np.nan)
    counts = found.set_index([found[name].astype(str) for name in by])["count"]
    wanted = (
        pd.MultiIndex.from_frame(divided.frame[by].astype(str)) if len(by) > 1 else divided.frame[by[0]].astype(str)
    )
    counts = counts.reindex(wanted).to_numpy(float, na_value=np.nan)
    return np.where(records_of(divided.frame) == 0, 0.0, counts)


def _with_counts(frame: pd.DataFrame, counts: np.ndarray) -> pd.DataFrame:
    """A frame with other counts, and what is computed of them."""
    series = pd.Series(counts, index=frame.index)
    columns = {"count": series, "value": series}
    columns |= {name: series for name in ("accidents", "records", "variance") if name in frame}
    if frame["exposure"].notna().any():
        exposure = frame["exposure"].where(frame["exposure"] > 0)
        rate = incidence_rate(series, exposure, per=frame["per"].iloc[0], level=frame["level"].iloc[0])
        columns |= dict(rate.items()) | {"count": series}
    frame = frame.assign(**columns)
    found = states(frame["value"], counts, letters(frame["flag"].values), frame["flag_share"])
    return frame.assign(state=np.where(np.isnan(counts), "withheld", found))
