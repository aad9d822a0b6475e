"""The one place that calls a solver: HiGHS kept warm for linear programs that grow, PuLP with any solver it knows.

One thread, exact gaps, and the status before any value.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import pulp
from numpy.typing import NDArray

from toolkit.common.types import Array, Index
from toolkit.errors import MutasiError, NotProvenError

HIGHS = "HiGHS"
DUAL = 1e-9  # dual feasibility tolerance of HiGHS, ...
SCALE = 100.0  # ... which sees costs times this, so that its duals are good to 1e-11: a tenth of a unit of cost
EXACT = {"gapRel": 0, "threads": 1}  # no gap, and the same steps on every machine


def solve(problem: pulp.LpProblem, solver: str = HIGHS) -> float:
    """Solve to proven optimality with a solver that PuLP knows by this name; return the value of the objective.

    Raises:
        MutasiError: PuLP knows no such solver here.
        NotProvenError: the solver ended with any other status; no value of the problem may then be read.
    """
    problem.solve(_named(solver))
    if problem.status != pulp.LpStatusOptimal or problem.sol_status != pulp.LpSolutionOptimal:
        raise NotProvenError("solver_status", solver="PuLP", status=repr(pulp.LpStatus[problem.status]))
    return float(pulp.value(problem.objective))


def _named(solver: str) -> pulp.LpSolver:
    """Return the solver that PuLP knows by this name, set up for exact answers as far as it takes such options."""
    if solver == HIGHS:
        return pulp.HiGHS(msg=False, mip_abs_gap=0.0, **EXACT)
    if solver not in pulp.listSolvers(onlyAvailable=True):
        there = ", ".join(pulp.listSolvers(onlyAvailable=True))
        raise MutasiError("solver_unknown", solver=repr(solver), known=there)
    for options in (EXACT, {"gapRel": 0}, {}):
        with contextlib.suppress(TypeError):  # an option that this solver does not take
            return pulp.getSolver(solver, msg=False, **options)
    raise MutasiError("solver_options", solver=repr(solver))


@dataclass(frozen=True)
class Answer:
    """Value of the objective, of each column, and the dual of each row (none of an integer program)."""

    value: float
    columns: Array
    duals: Array


class Warm:
    """A linear program kept by HiGHS, to which columns are added; each solve goes on from the last one."""

    def __init__(self, low: Array, high: Array, seconds: float = np.inf) -> None:
        self.highs = highspy.Highs()
        options: dict[str, bool | int | float | str] = {
            "output_flag": False,
            "threads": 1,
            "presolve": "off",  # it would start from the beginning at each solve
            "time_limit": seconds,
            "dual_feasibility_tolerance": DUAL,
        }
        for name, value in options.items():
            self.highs.setOptionValue(name, value)
        none = np.zeros(0, dtype="int32")
        self.highs.addRows(len(low), low, high, 0, none, none, np.zeros(0))

    def add(self, cost: NDArray[Any], upper: NDArray[Any], rows: Index, values: Array) -> None:
        """Add columns from 0 to ``upper``; ``rows`` and ``values`` have one row a column, all of the same length."""
        count, each = rows.shape
        start = np.arange(count, dtype="int32") * each
        entries = (rows.size, start, rows.ravel().astype("int32"), values.ravel().astype("float64"))
        self.highs.addCols(count, cost * SCALE, np.zeros(count), upper.astype("float64"), *entries)

    def limit(self, row: int, low: float, high: float) -> None:
        """Change the bounds of a row."""
        self.highs.changeRowBounds(row, low, high)

    def minimise(self) -> Answer | None:
        """Solve; None when the time limit was reached.

        Raises:
            NotProvenError: HiGHS ended with any other status.
        """
        if not self.highs.getNumCol():
            return Answer(0.0, np.zeros(0), np.zeros(self.highs.getNumRow()))
        self.highs.run()
        status = self.highs.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            name = self.highs.modelStatusToString(status)
            raise NotProvenError("solver_status", solver="HiGHS", status=repr(name))
        found = self.highs.getSolution()
        value = self.highs.getInfo().objective_function_value
        return Answer(value / SCALE, np.array(found.col_value), np.array(found.row_dual) / SCALE)
