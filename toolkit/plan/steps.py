"""The model that people read: whole steps of staff, moves of groups, one row a cell, in PuLP."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pulp

from toolkit.plan.cells import Array, Index, Instance, rank_in_runs
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


def solve_core(
    at: Instance, groups: Groups, active: Index, low: Array, high: Array, budget: int | None, solver: str
) -> tuple[float, Array]:
    """Solve in whole persons on some pairs (positions in ``groups.pairs``) and staff counts from ``low`` to ``high``.

    minimise   sum of costs of moves + sum of steps of n^2 / staff
    cell       staff = before + arrivals - leavers
    group      its moves are at most its persons
    outflow    leavers of a cell are at most its limit
    budget     all moves are at most the budget

    Gives the objective and the moves of each pair.
    """
    problem = pulp.LpProblem("balance", pulp.LpMinimize)
    pairs, mine = groups.pairs[active], groups.group[active]
    sizes, price = groups.size[mine].tolist(), (at.price[pairs] * at.unit).tolist()
    move = [problem.add_variable(f"move_{i}", 0, n, pulp.LpInteger) for i, n in zip(active, sizes, strict=True)]
    steps = _steps(problem, at, low, high)
    problem += pulp.LpAffineExpression([*zip(move, price, strict=True), *steps.cost])
    flow: list[list[tuple[pulp.LpVariable, float]]] = steps.of_cell
    outflow: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
    of_group: dict[int, list[tuple[pulp.LpVariable, float]]] = {}
    for x, a, b, g in zip(move, at.source[pairs].tolist(), at.target[pairs].tolist(), mine.tolist(), strict=True):
        flow[a].append((x, 1.0))
        flow[b].append((x, -1.0))
        outflow.setdefault(a, []).append((x, 1.0))
        of_group.setdefault(g, []).append((x, 1.0))
    for c, row in enumerate(flow):
        if row:
            problem += pulp.LpAffineExpression(row) == float(at.before[c] - low[c])
    for g, row in of_group.items():
        problem += pulp.LpAffineExpression(row) <= int(groups.size[g])
    for c, row in outflow.items():
        problem += pulp.LpAffineExpression(row) <= int(at.limit[c])
    if budget is not None and move:
        problem += pulp.LpAffineExpression([(x, 1.0) for x in move]) <= budget
    value = solve(problem, solver) if problem.variables() else 0.0
    return value + float(at.step_cost(low).sum()), np.array([x.value() or 0.0 for x in move])


@dataclass(frozen=True)
class _Steps:
    of_cell: list[list[tuple[pulp.LpVariable, float]]]
    cost: list[tuple[pulp.LpVariable, float]]


def _steps(problem: pulp.LpProblem, at: Instance, low: Array, high: Array) -> _Steps:
    """One variable from 0 to 1 for each person of staff between low and high, priced by what that person brings."""
    count = np.rint(high - low).astype(int)
    cell = np.repeat(np.arange(len(count)), count)
    rank = rank_in_runs(cell)
    growth = at.step(low[cell] + rank, cell) * at.unit
    steps = _Steps([[] for _ in count], [])
    for c, k, g in zip(cell.tolist(), rank.tolist(), growth.tolist(), strict=True):
        step = problem.add_variable(f"step_{c}_{k}", 0, 1)
        steps.of_cell[c].append((step, 1.0))
        steps.cost.append((step, g))
    return steps
