"""The model that people read: whole steps of staff, moves of groups, one row a cell, in PuLP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pulp

from toolkit.plan.cells import Array, Index, Instance
from toolkit.plan.solver import solve


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


def group(at: Instance) -> Groups:
    """Group the persons who may move by cell, destinations and costs."""
    if not len(at.ids):
        none = np.zeros(0, dtype="int64")
        return Groups(none, none, none, none, none)
    start = np.searchsorted(at.person, np.arange(len(at.ids)))
    each = pd.util.hash_array(at.target) ^ (pd.util.hash_array(at.cost) * np.uint64(0x9E3779B97F4A7C15))
    mark = np.add.reduceat(each, start)
    frame = pd.DataFrame({"home": at.home, "mark": mark, "pairs": np.diff(np.r_[start, len(at.person)])})
    of = frame.groupby(["home", "mark", "pairs"], sort=False).ngroup().to_numpy()
    first = np.unique(of, return_index=True)[1]
    mine = np.isin(at.person, first)
    return Groups(of, np.bincount(of), at.home[first], np.flatnonzero(mine), of[at.person[mine]])


@dataclass(frozen=True)
class Solution:
    """What a solve gives: moves of each pair, and the prices of cells, groups, outflow limits and budget."""

    value: float
    moves: Array
    price: Array
    group_price: Array
    limit_price: Array
    budget_price: float


def solve_steps(
    at: Instance, groups: Groups, active: Index, low: Array, high: Array, budget: int | None, whole: bool = False
) -> Solution:
    """Solve the model on some pairs (positions in ``groups.pairs``) and staff counts from ``low`` to ``high``.

    minimise   sum of costs of moves + sum of steps of n^2 / staff
    cell       staff = before + arrivals - leavers
    group      its moves are at most its persons
    outflow    leavers of a cell are at most its limit
    budget     all moves are at most the budget
    """
    problem = pulp.LpProblem("balance", pulp.LpMinimize)
    kind = pulp.LpInteger if whole else pulp.LpContinuous
    pairs, mine = groups.pairs[active], groups.group[active]
    move = [
        problem.add_variable(f"move_{i}", 0, int(size), kind) for i, size in zip(active, groups.size[mine], strict=True)
    ]
    steps, constant = _steps(problem, at, low, high)
    problem += pulp.LpAffineExpression([*zip(move, at.cost[pairs].tolist(), strict=True), *steps.cost])
    flow: list[list[tuple[pulp.LpVariable, float]]] = steps.of_cell
    outflow: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
    of_group: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
    for x, a, b, g in zip(move, at.source[pairs].tolist(), at.target[pairs].tolist(), mine.tolist(), strict=True):
        flow[a].append((x, 1.0))
        flow[b].append((x, -1.0))
        outflow.setdefault(a, []).append((x, 1.0))
        of_group.setdefault(g, []).append((x, 1.0))
    cell_rows = {c: pulp.LpAffineExpression(row) == float(at.before[c] - low[c]) for c, row in enumerate(flow) if row}
    group_rows = {g: pulp.LpAffineExpression(row) <= int(groups.size[g]) for g, row in of_group.items()}
    limit_rows = {c: pulp.LpAffineExpression(row) <= int(at.limit[c]) for c, row in outflow.items()}
    budget_row = None if budget is None or not move else pulp.LpAffineExpression([(x, 1.0) for x in move]) <= budget
    for constraint in [
        *cell_rows.values(),
        *group_rows.values(),
        *limit_rows.values(),
        *([budget_row] if budget_row is not None else []),
    ]:
        problem += constraint
    value = solve(problem) if problem.variables() else 0.0
    return Solution(
        value=value + constant,
        moves=np.array([x.value() or 0.0 for x in move]),
        price=-_duals(cell_rows, len(at.need)),
        group_price=-_duals(group_rows, len(groups.size)),
        limit_price=-_duals(limit_rows, len(at.need)),
        budget_price=0.0 if budget_row is None else max(0.0, -(budget_row.pi or 0.0)),
    )


@dataclass(frozen=True)
class _Steps:
    of_cell: list[list[tuple[pulp.LpVariable, float]]]
    cost: list[tuple[pulp.LpVariable, float]]


def _steps(problem: pulp.LpProblem, at: Instance, low: Array, high: Array) -> tuple[_Steps, float]:
    """One variable from 0 to 1 for each person of staff between low and high, priced by what that person brings."""
    count = np.rint(high - low).astype(int)
    cell = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(cell)) - np.repeat(np.cumsum(count) - count, count)
    staff = low[cell] + rank
    growth = at.step_cost(staff + 1, cell) - at.step_cost(staff, cell)
    steps = _Steps([[] for _ in count], [])
    for c, k, g in zip(cell.tolist(), rank.tolist(), growth.tolist(), strict=True):
        step = problem.add_variable(f"step_{c}_{k}", 0, 1)
        steps.of_cell[c].append((step, 1.0))
        steps.cost.append((step, g))
    return steps, float(at.step_cost(low).sum())


def _duals(rows: dict[int, pulp.LpConstraint], size: int) -> Array:
    out = np.zeros(size)
    for at, row in rows.items():
        out[at] = row.pi or 0.0
    return out
