"""What a good textbook would write: one binary a pair, absolute deviation of staff from need, solved as it stands."""

from __future__ import annotations

import time

import pandas as pd
import pulp


def textbook(
    cells: pd.DataFrame, allowed: pd.DataFrame, budget: int, solver: str, limits: bool
) -> tuple[float, pd.DataFrame]:
    """Return the seconds from tables to answer, and the pairs that move.

    ``cells``: as in ``plan.cells``; ``limits``: with our floors, ceilings and outflow limits, which no book has.
    """
    began = time.perf_counter()
    problem = pulp.LpProblem("textbook", pulp.LpMinimize)
    move = [problem.add_variable(f"x{i}", 0, 1, pulp.LpInteger) for i in range(len(allowed))]
    places = list(zip(cells.family, cells.unit_id, strict=True))
    into, out = {place: [] for place in places}, {place: [] for place in places}
    persons: dict[str, list[pulp.LpVariable]] = {}
    columns = (move, allowed.employee_id, allowed.family, allowed.from_unit, allowed.to_unit)
    for x, person, family, source, target in zip(*columns, strict=True):
        into[family, target].append(x)
        out[family, source].append(x)
        persons.setdefault(person, []).append(x)
    objective = list(zip(move, (0.01 + 0.005 * allowed.km_extra).tolist(), strict=True))
    for i, (place, row) in enumerate(zip(places, cells.itertuples(), strict=True)):
        over, under = problem.add_variable(f"over{i}", 0), problem.add_variable(f"under{i}", 0)
        objective += [(over, 1.0), (under, 1.0)]
        staff = pulp.lpSum(into[place]) - pulp.lpSum(out[place]) + row.staff_before
        problem += staff - row.need_fte == over - under
        if limits:
            problem += staff >= row.floor
            problem += pulp.lpSum(out[place]) <= row.outflow_limit
        if limits and row.ceiling == row.ceiling:
            problem += staff <= row.ceiling
    problem += pulp.LpAffineExpression(objective)
    for moves in persons.values():
        problem += pulp.lpSum(moves) <= 1
    problem += pulp.lpSum(move) <= budget
    named = pulp.HiGHS(msg=False, threads=1) if solver == "HiGHS" else pulp.getSolver(solver, msg=False, threads=1)
    problem.solve(named)
    if problem.sol_status != pulp.LpSolutionOptimal:
        raise RuntimeError(f"the textbook model was not solved by {solver}: {pulp.LpStatus[problem.status]}")
    chosen = allowed[[x.value() > 0.5 for x in move]]
    return time.perf_counter() - began, chosen
