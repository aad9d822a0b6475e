"""The model that people read: moves of persons or groups, steps of staff, one row a cell, in PuLP."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pulp

from toolkit.common.types import Array, Index
from toolkit.errors import NotProvenError
from toolkit.plan.instance import Instance, rank_in_runs
from toolkit.plan.solver import Answer, Warm, solve

WHOLE = 1e-6  # how far from a whole number a solver's answer may be: the usual feasibility tolerance
SIGNS = np.array([1.0, -1.0, 1.0, 1.0, 1.0])  # of a move in its five rows, in the order of ``rows_of``


@dataclass(frozen=True)
class Groups:
    """Persons of one cell with equal destinations at equal costs, who are one to the model.

    ``of`` gives each person's group; ``size`` is over groups; ``pairs`` holds, for the first person of
    each group, the positions of the pairs, ``group`` whose they are.
    """

    of: Index
    size: Index
    pairs: Index
    group: Index


def group(instance: Instance) -> Groups:
    """Group the persons who may move by cell, destinations and costs.

    This is exact, not an approximation: swapping two members of a group in a plan changes neither its objective nor
    any limit, so "how many of the group go there" says all. Which members go is chosen when ties are broken.
    """
    if not len(instance.ids):
        none = np.zeros(0, dtype="int64")
        return Groups(none, none, none, none)
    start = np.searchsorted(instance.person, np.arange(len(instance.ids)))
    # Equal sets of (destination, cost) have equal sums of hashes; 64 bits make equal sums of different sets as good
    # as impossible among some thousand persons. Unsigned sums overflow without harm.
    each = pd.util.hash_array(instance.target) ^ (pd.util.hash_array(instance.cost) * np.uint64(0x9E3779B97F4A7C15))
    mark = np.add.reduceat(each, start)
    count = np.diff(np.r_[start, len(instance.person)])
    frame = pd.DataFrame({"home": instance.home, "mark": mark, "pairs": count})
    of = frame.groupby(["home", "mark", "pairs"], sort=False).ngroup().to_numpy()
    first = np.unique(of, return_index=True)[1]
    mine = np.isin(instance.person, first)
    return Groups(of, np.bincount(of), np.flatnonzero(mine), of[instance.person[mine]])


def rows_of(instance: Instance, pairs: Index, owner: Index, owners: int) -> Index:
    """Return the five rows in which each move is entered, with ``SIGNS``.

    They are the cell left, the cell reached, the owner (a person, or a group), the outflow limit of the cell left, and
    the budget; rows are counted as in :class:`Model`.
    """
    cells = len(instance.need)
    source = instance.source[pairs]
    budget = np.full(len(pairs), 2 * cells + owners)
    return np.stack([source, instance.target[pairs], cells + owner, cells + owners + source, budget], axis=1)


def window(instance: Instance, low: Array, high: Array) -> tuple[Index, Index]:
    """Return a step for each person of staff from low to high: its cell, and what that person changes in units.

    The steps of a cell cost ever more, so the cheaper ones are used first without a row that says so.
    """
    count = np.rint(high - low).astype("int64")
    cell = np.repeat(np.arange(len(count)), count)
    return cell, instance.step(low[cell] + rank_in_runs(cell), cell)


@dataclass(frozen=True)
class Model:
    """The model that people read; its rows are in this order: cells, owners, outflow limits, the budget.

    minimise   sum of costs of moves and steps
    cell       leavers - arrivals + steps = staff before - least staff    (without steps: between two bounds)
    owner      moves of a person (or group) are at most one (or as many as there are)
    outflow    leavers of a cell are at most its limit
    budget     all moves are at most the budget
    held       costs of an earlier stage may sum to no more than its best
    """

    low: Array
    high: Array
    rows: Index
    steps: Index | None = None
    held: tuple[tuple[Array, float], ...] = ()

    def warm(self, cost: Array) -> Answer:
        """Solve as a linear program by HiGHS, without steps and held costs."""
        program = Warm(self.low, self.high)
        program.add(cost, np.full(len(cost), np.inf), self.rows, np.tile(SIGNS, (len(cost), 1)))
        answer = program.minimise()
        assert answer is not None, "no time limit was given"
        return answer

    def solve(self, cost: Array, solver: str, *, whole: bool = False) -> Answer:
        """Solve by any solver that PuLP knows; in whole moves there are no duals.

        Raises:
            NotProvenError: the rows cannot hold, or the solver did not prove its answer.
        """
        problem = pulp.LpProblem("balance", pulp.LpMinimize)
        kind = pulp.LpInteger if whole else pulp.LpContinuous
        moves = [problem.add_variable(f"move_{i}", 0, None, kind) for i in range(len(self.rows))]
        cells = [] if self.steps is None else self.steps.tolist()
        # steps need not be integer: with whole moves the cheapest ones are whole by themselves
        steps = [problem.add_variable(f"step_{i}", 0, 1) for i in range(len(cells))]
        terms = self._terms(moves, steps, cells)
        self._check_empty_rows(terms)
        columns = [*moves, *steps]
        problem += _weighted_sum(columns, cost)
        sides = [side for row, of_row in terms.items() for side in self._sides(row, pulp.LpAffineExpression(of_row))]
        for _, side in sides:
            problem += side
        for costs, most in self.held:
            problem += _weighted_sum(columns, costs) <= most
        value = solve(problem, solver) if terms else 0.0
        duals = np.zeros(len(self.low))
        for row, side in [] if whole else sides:
            duals[row] += side.pi or 0.0
        return Answer(value, np.array([move.value() or 0.0 for move in moves]), duals)

    def _terms(
        self, moves: list[pulp.LpVariable], steps: list[pulp.LpVariable], cells: list[int]
    ) -> dict[int, list[tuple[pulp.LpVariable, float]]]:
        """Return the variables in each row with their signs; rows without any are left out."""
        terms: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
        for move, five in zip(moves, self.rows.tolist(), strict=True):
            for row, sign in zip(five, SIGNS.tolist(), strict=True):
                terms.setdefault(row, []).append((move, sign))
        for step, cell in zip(steps, cells, strict=True):
            terms.setdefault(cell, []).append((step, 1.0))
        return terms

    def _check_empty_rows(self, terms: Mapping[int, object]) -> None:
        """Raise where a row without variables, whose sum is 0, cannot hold; PuLP would drop such a row in silence."""
        empty = np.setdiff1d(np.arange(len(self.low)), list(terms))
        if (self.low[empty] > WHOLE).any() or (self.high[empty] < -WHOLE).any():
            raise NotProvenError("no_plan_left")

    def _sides(self, row: int, sum_of: pulp.LpAffineExpression) -> list[tuple[int, pulp.LpConstraint]]:
        """Return the constraints of a row: one if its limits are equal, else one for each limit there is."""
        low, high = float(self.low[row]), float(self.high[row])
        if low == high:
            return [(row, sum_of == low)]
        below = [(row, sum_of >= low)] if np.isfinite(low) else []
        above = [(row, sum_of <= high)] if np.isfinite(high) else []
        return [*below, *above]


def _weighted_sum(columns: list[pulp.LpVariable], cost: Array) -> pulp.LpAffineExpression:
    """Return the sum of columns times their costs; columns without a cost (steps, in a stage) are left out."""
    return pulp.LpAffineExpression(list(zip(columns, cost.tolist(), strict=False)))
