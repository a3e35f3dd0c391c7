"""One system of equations, asked again and again for the most of another figure, each time from where it was (HiGHS).

From the last solution a program for a single figure takes 6 ms in place of 500 (a table of 12,000 cells, 3,362 unknowns
and 1,437 equations, November 2026).
"""

import highspy
import numpy as np
import scipy.sparse as sparse

SOLVER = highspy.Highs.__base__
"""The solver itself: `Highs`, which adds callbacks, prints a banner when it is made, whatever its options (1.16.0)."""


class Program:
    """Counts that satisfy equations within a room.

    Parameters
    ----------
    equations : sparse matrix, equations by unknowns
    right : array, one per equation
    room : array, unknowns by 2
        The least and the most of each unknown.
    """

    def __init__(self, equations: sparse.spmatrix, right: np.ndarray, room: np.ndarray):
        columns = equations.tocsc()
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = columns.shape
        model.col_cost_ = np.zeros(columns.shape[1])
        model.col_lower_, model.col_upper_ = room[:, 0].copy(), room[:, 1].copy()
        model.row_lower_ = model.row_upper_ = np.asarray(right, float)
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.start_ = columns.indptr
        model.a_matrix_.index_ = columns.indices
        model.a_matrix_.value_ = columns.data

        self._solver = SOLVER()
        for option, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("simplex_strategy", 4)):
            self._solver.setOptionValue(option, value)  # 4: primal simplex, for which the last solution stays feasible
        self._solver.passModel(model)
        self._all = np.arange(columns.shape[1], dtype=np.int32)

    def most(self, direction: np.ndarray) -> np.ndarray | None:
        """The unknowns where a sum of them is largest.

        Parameters
        ----------
        direction : array
            The weight of each unknown in the sum.

        Returns
        -------
        array or None
            None where the solver finds no solution.
        """
        self._solver.changeColsCost(len(self._all), self._all, -np.asarray(direction, float))
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            return None
        return np.array(self._solver.getSolution().col_value)
