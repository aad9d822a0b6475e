"""The model that people read: moves of persons or groups, steps of staff, one row a cell, in PuLP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pulp

from toolkit.common.types import Array, Index
from toolkit.errors import NotProvenError
from toolkit.plan.instance import Instance, rank_in_runs
from toolkit.plan.solver import Answer, Warm, solve

NOUGHT = 1e-6
SIGNS = np.array([1.0, -1.0, 1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Groups:
    """Persons of one cell with equal destinations and costs, who are one to the model.

    ``of`` gives each person's group; ``size`` and ``cell`` are over groups; ``pairs`` holds, for the first person of
    each group, the positions of the pairs, ``group`` whose they are.
    """

    of: Index
    size: Index
    cell: Index
    pairs: Index
    group: Index


def group(instance: Instance) -> Groups:
    """Group the persons who may move by cell, destinations and costs."""
    if not len(instance.ids):
        none = np.zeros(0, dtype="int64")
        return Groups(none, none, none, none, none)
    start = np.searchsorted(instance.person, np.arange(len(instance.ids)))
    each = pd.util.hash_array(instance.target) ^ (pd.util.hash_array(instance.cost) * np.uint64(0x9E3779B97F4A7C15))
    mark = np.add.reduceat(each, start)
    frame = pd.DataFrame({"home": instance.home, "mark": mark, "pairs": np.diff(np.r_[start, len(instance.person)])})
    of = frame.groupby(["home", "mark", "pairs"], sort=False).ngroup().to_numpy()
    first = np.unique(of, return_index=True)[1]
    mine = np.isin(instance.person, first)
    return Groups(of, np.bincount(of), instance.home[first], np.flatnonzero(mine), of[instance.person[mine]])


def rows_of(instance: Instance, pairs: Index, owner: Index, owners: int) -> Index:
    """Give the five rows in which each move stands, entered with ``SIGNS``: the cell left, the cell reached, its owner
    (a person, or a group), the outflow limit of the cell left, the budget."""
    cells, source = len(instance.need), instance.source[pairs]
    last = np.full(len(pairs), 2 * cells + owners)
    return np.stack([source, instance.target[pairs], cells + owner, cells + owners + source, last], axis=1)


def window(instance: Instance, low: Array, high: Array) -> tuple[Index, Index]:
    """Give a step for each person of staff from low to high: its cell, and what that person changes in units."""
    count = np.rint(high - low).astype("int64")
    cell = np.repeat(np.arange(len(count)), count)
    return cell, instance.step(low[cell] + rank_in_runs(cell), cell)


@dataclass(frozen=True)
class Model:
    """The model that people read; rows stand in order: cells, owners, outflow limits, the budget.

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
        """Solve as a linear program by HiGHS, without steps and what is held."""
        program = Warm(self.low, self.high)
        program.add(cost, np.full(len(cost), np.inf), self.rows, np.tile(SIGNS, (len(cost), 1)))
        answer = program.minimise()
        assert answer is not None, "no time limit was given"
        return answer

    def solve(self, cost: Array, solver: str, whole: bool = False) -> Answer:
        """Solve by any solver that PuLP knows; in whole moves there are no duals."""
        problem = pulp.LpProblem("balance", pulp.LpMinimize)
        kind = pulp.LpInteger if whole else pulp.LpContinuous
        move = [problem.add_variable(f"move_{i}", 0, None, kind) for i in range(len(self.rows))]
        cells = [] if self.steps is None else self.steps.tolist()
        step = [problem.add_variable(f"step_{i}", 0, 1) for i in range(len(cells))]
        terms: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
        for x, five in zip(move, self.rows.tolist(), strict=True):
            for row, sign in zip(five, SIGNS.tolist(), strict=True):
                terms.setdefault(row, []).append((x, sign))
        for z, cell in zip(step, cells, strict=True):
            terms.setdefault(cell, []).append((z, 1.0))
        empty = np.setdiff1d(np.arange(len(self.low)), list(terms))
        if (self.low[empty] > NOUGHT).any() or (self.high[empty] < -NOUGHT).any():
            raise NotProvenError("no plan is left among these moves; report the tables that led to it")
        problem += pulp.LpAffineExpression(list(zip([*move, *step], cost.tolist(), strict=False)))
        sides = [side for row, each in terms.items() for side in self._sides(row, pulp.LpAffineExpression(each))]
        for _, side in sides:
            problem += side
        for costs, most in self.held:
            problem += pulp.LpAffineExpression(list(zip([*move, *step], costs.tolist(), strict=False))) <= most
        value, duals = solve(problem, solver) if terms else 0.0, np.zeros(len(self.low))
        for row, side in [] if whole else sides:
            duals[row] += side.pi or 0.0
        return Answer(value, np.array([x.value() or 0.0 for x in move]), duals)

    def _sides(self, row: int, sum_of: pulp.LpAffineExpression) -> list[tuple[int, pulp.LpConstraint]]:
        low, high = float(self.low[row]), float(self.high[row])
        if low == high:
            return [(row, sum_of == low)]
        below = [(row, sum_of >= low)] if np.isfinite(low) else []
        return [*below, (row, sum_of <= high)] if np.isfinite(high) else below
