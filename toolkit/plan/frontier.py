"""``tk.frontier``: how much balance each number of moves buys."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from tqdm import tqdm

from toolkit.common.results import Result
from toolkit.errors import ArgumentError
from toolkit.moves.eligibility import Moves, check_need
from toolkit.need.staffing import Need
from toolkit.plan.balancing import SolveControl, best_moves, slopes
from toolkit.plan.certificate import bound, gap_of
from toolkit.plan.instance import build_instance
from toolkit.plan.pricing import Master, persons, whole_moves

POINTS = 21


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Result):
    """Budgets of moves and what each of them buys at best.

    ``table``: max_moves, transfers, objective, bound, gap (as in ``plan.summary``), variance (of workload, after),
    budget_price (what a further move would bring), budget_price_high (what the last one brought), knee (true once).
    ``knee``: the budget after which moves buy much less: of all points (moves, variance), drawn in a square from the
    first to the last, the one that lies farthest below the straight line between these two. It is a reading aid, not
    an optimum: with other budgets in the table it may move.
    """

    table: pd.DataFrame

    @property
    def knee(self) -> int:
        """The budget at the knee."""
        return int(self.table.max_moves[self.table.knee].iloc[0])


def frontier(need: Need, moves: Moves, budgets: Sequence[int] | None = None) -> Frontier:
    """Give the best plan's figures for many budgets of moves, all exact, from one program that is kept warm.

    Args:
        need: from ``tk.staff_need``.
        moves: from ``tk.allowed_moves`` on the same data.
        budgets: how many moves each; default: 21 steps from none to as many as pay without a budget (all of them
            where there are fewer). The policy's ``max_moves`` has no effect.

    Raises:
        PolicyError: a budget is not a whole number of 0 or more.
        NotProvenError: the solver did not prove a plan.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> line = tk.frontier(need, tk.allowed_moves(data, need))
    >>> line.table[["max_moves", "transfers", "knee"]].values.tolist(), line.knee
    ([[0, 0, False], [1, 1, True]], 1)
    """
    check_need(need, moves, "frontier")
    if budgets is not None and not len(budgets):
        raise ArgumentError("frontier: budgets is empty; name at least one number of moves, or leave it out")
    instance = build_instance(moves, need.policy)
    if budgets is None:
        free = len(best_moves(instance, None, SolveControl(), os.cpu_count() or 1).chosen)
        budgets = np.unique(np.rint(np.linspace(0, free, POINTS)).astype("int64")).tolist()
    asked = sorted({need.policy.with_(max_moves=budget).max_moves or 0 for budget in budgets})
    master, rows = Master(instance, 0), []
    for budget in tqdm(asked, desc="frontier", disable=None):
        master.spend(budget)
        master.solve()
        flows = master.flows if master.whole else whole_moves(master)[1]
        chosen, below = persons(master, flows), bound(instance, master.price, master.budget_price, budget)
        low, high = (0.0, 0.0) if len(chosen) < budget else slopes(master)
        objective = instance.objective(chosen)
        figures = (
            budget,
            len(chosen),
            objective,
            below,
            gap_of(objective, below),
            instance.variance(instance.after(chosen)),
        )
        rows.append((*figures, max(0.0, low), high))
    names = ["max_moves", "transfers", "objective", "bound", "gap", "variance", "budget_price", "budget_price_high"]
    table = pd.DataFrame(rows, columns=names)
    return Frontier(table.assign(knee=_knee(table)))


def _knee(table: pd.DataFrame) -> np.ndarray:
    """Tell which point lies farthest below the line from the first to the last; the last where none does."""
    x, y = table.max_moves.to_numpy("float64"), table.variance.to_numpy("float64")
    across, down = (x - x[0]) / max(x[-1] - x[0], 1.0), (y[0] - y) / max(y[0] - y[-1], 1e-300)
    below = (down - across).round(9)
    return np.asarray(np.arange(len(x)) == (np.argmax(below) if below.max() > 0 else len(x) - 1))
