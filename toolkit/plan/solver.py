"""The one place that calls a solver: HiGHS kept warm for linear programs that grow, PuLP with any solver it knows.

One thread, exact gaps, and the status before any value.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
import pulp
from numpy.typing import NDArray

from toolkit.errors import MutasiError, NotProvenError
from toolkit.plan.cells import Array, Index

HIGHS = "HiGHS"
SCALE, DUAL = 100.0, 1e-9  # HiGHS sees costs times the scale, so that its duals are good to a tenth of a unit
EXACT = {"gapRel": 0, "threads": 1}
SIGNS = np.array([1.0, -1.0, 1.0, 1.0, 1.0])
NOTHING = np.zeros(0, dtype="int64")


def solve(problem: pulp.LpProblem, solver: str = HIGHS) -> float:
    """Solve to proven optimality with a solver that PuLP knows by this name and give the value of the objective.

    Raises:
        MutasiError: PuLP knows no such solver here.
        NotProvenError: the solver ended with any other status; no value of the problem may then be read.
    """
    problem.solve(_named(solver))
    if problem.status != pulp.LpStatusOptimal or problem.sol_status != pulp.LpSolutionOptimal:
        raise NotProvenError(
            f"the solver ended with status {pulp.LpStatus[problem.status]!r}; report the tables that led to it"
        )
    return float(pulp.value(problem.objective))


def _named(solver: str) -> pulp.LpSolver:
    if solver == HIGHS:
        return pulp.HiGHS(msg=False, mip_abs_gap=0.0, **EXACT)
    if solver not in pulp.listSolvers(onlyAvailable=True):
        there = ", ".join(pulp.listSolvers(onlyAvailable=True))
        raise MutasiError(f"the solver {solver!r} is not installed or unknown to PuLP; name one of {there}")
    for options in (EXACT, {"gapRel": 0}, {}):
        with contextlib.suppress(TypeError):  # an option that this solver does not take
            return pulp.getSolver(solver, msg=False, **options)
    raise MutasiError(f"the solver {solver!r} cannot be set up by PuLP; name another")


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
        for name, value in (("output_flag", False), ("threads", 1), ("presolve", "off"), ("time_limit", seconds)):
            self.highs.setOptionValue(name, value)
        self.highs.setOptionValue("dual_feasibility_tolerance", DUAL)
        none = np.zeros(0, dtype="int32")
        self.highs.addRows(len(low), low, high, 0, none, none, np.zeros(0))

    def add(self, cost: NDArray[Any], upper: NDArray[Any], rows: Index, values: Array) -> None:
        """Add columns from 0 to ``upper``; ``rows`` and ``values`` hold as many entries for each column."""
        count, each = rows.shape
        start = np.arange(count, dtype="int32") * each
        entries = (rows.size, start, rows.ravel().astype("int32"), values.ravel().astype("float64"))
        self.highs.addCols(count, cost * SCALE, np.zeros(count), upper.astype("float64"), *entries)

    def limit(self, row: int, low: float, high: float) -> None:
        """Change the bounds of a row."""
        self.highs.changeRowBounds(row, low, high)

    def minimise(self) -> Answer | None:
        """Solve; None when the seconds given are over.

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
            raise NotProvenError(f"HiGHS ended with status {name!r}; report the tables that led to it")
        found = self.highs.getSolution()
        value = self.highs.getInfo().objective_function_value
        return Answer(value / SCALE, np.array(found.col_value), np.array(found.row_dual) / SCALE)


@dataclass(frozen=True)
class Rows:
    """Rows with their bounds, and for each column (a move) the five it stands in: cell left (+1), cell reached (-1),
    person, outflow limit, budget (+1 each)."""

    low: Array
    high: Array
    of: Index

    def dual(self, answer: Answer) -> Array:
        """Give what the duals of its rows add up to for each column."""
        return np.asarray((answer.duals[self.of] * SIGNS).sum(axis=1))


def warm_rows(rows: Rows, cost: Array) -> Answer:
    """Solve a linear program over moves by HiGHS."""
    program = Warm(rows.low, rows.high)
    program.add(cost, np.full(len(cost), np.inf), rows.of, np.tile(SIGNS, (len(cost), 1)))
    answer = program.minimise()
    assert answer is not None, "no time limit was given"
    return answer


def solve_rows(
    rows: Rows,
    cost: Array,
    solver: str,
    steps: Index = NOTHING,
    held: Sequence[tuple[Array, float]] = (),
    whole: bool = False,
) -> Answer:
    """Solve a program over moves by any solver that PuLP knows.

    ``steps``: cells, each with one more person of staff who may be there; ``held``: costs of moves and steps with what
    they may sum to; ``whole``: moves are whole (then there are no duals).
    """
    problem = pulp.LpProblem("ties", pulp.LpMinimize)
    kind = pulp.LpInteger if whole else pulp.LpContinuous
    move = [problem.add_variable(f"move_{at}", 0, 1 if whole else None, kind) for at in range(len(cost))]
    step = [problem.add_variable(f"step_{at}", 0, 1) for at in range(len(steps))]
    terms: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
    for x, five in zip(move, rows.of.tolist(), strict=True):
        for row, sign in zip(five, SIGNS.tolist(), strict=True):
            terms.setdefault(row, []).append((x, sign))
    for z, cell in zip(step, steps.tolist(), strict=True):
        terms.setdefault(cell, []).append((z, 1.0))
    problem += pulp.LpAffineExpression(list(zip(move, cost.tolist(), strict=True)))
    bounds: dict[int, list[pulp.LpConstraint]] = {}
    for row, expression in ((row, pulp.LpAffineExpression(each)) for row, each in terms.items()):
        low, high = float(rows.low[row]), float(rows.high[row])
        if low == high:
            bounds[row] = [expression == low]
        else:
            bounds[row] = [expression >= low] if np.isfinite(low) else []
            bounds[row] += [expression <= high] if np.isfinite(high) else []
        for side in bounds[row]:
            problem += side
    for costs, most in held:
        problem += pulp.LpAffineExpression(list(zip([*move, *step][: len(costs)], costs.tolist(), strict=True))) <= most
    value = solve(problem, solver) if move else 0.0
    duals = np.zeros(len(rows.low))
    if not whole:
        for row, sides in bounds.items():
            duals[row] = sum(side.pi or 0.0 for side in sides)
    return Answer(value, np.array([x.value() or 0.0 for x in move]), duals)
