"""``tk.frontier``: how much balance each number of moves buys."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence, Sized
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from tqdm import tqdm

from toolkit.common.results import Result
from toolkit.common.types import Index, Mask
from toolkit.errors import ArgumentError
from toolkit.moves.eligibility import Moves, check_need
from toolkit.need.staffing import Need
from toolkit.plan.balancing import SolveControl, best_moves, finish, must_spend_all, slopes
from toolkit.plan.certificate import bound, gap_of, tolerance
from toolkit.plan.instance import Instance, build_instance
from toolkit.plan.pricing import Master, persons, whole_moves

POINTS = 21  # from no move to all that pay: steps of 5 %
DIGITS = 9  # distances from the chord are compared after rounding, so that a straight line has no knee by rounding
COLUMNS = {
    "max_moves": "int64",
    "transfers": "int64",
    "objective": "float64",
    "bound": "float64",
    "gap": "float64",
    "variance": "float64",
    "budget_price": "float64",
    "budget_price_high": "float64",
}


@dataclass(frozen=True, eq=False, repr=False)
class Frontier(Result):
    """Budgets of moves and what each of them brings at best.

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
    """Compute the best plan's figures for many budgets of moves, all exact, from one program that is kept warm.

    Args:
        need: from ``tk.staff_need``.
        moves: from ``tk.allowed_moves`` on the same data.
        budgets: how many moves each; default: 21 steps from none to as many as pay without a budget (all of them
            where there are fewer). The policy's ``max_moves`` has no effect.

    Raises:
        ArgumentError: the arguments are in another order, of another run, or there is no budget.
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
    if budgets is not None:
        _check_budgets(budgets)
    instance = build_instance(moves, need.policy)
    unlimited = _Unlimited(instance)
    if budgets is None:
        budgets = np.unique(np.rint(np.linspace(0, len(unlimited.plan), POINTS)).astype("int64")).tolist()
    asked = sorted({need.policy.with_(max_moves=budget).max_moves or 0 for budget in budgets})
    master = Master(instance, 0)
    rows = [_point(master, budget, unlimited) for budget in tqdm(asked, desc="frontier", disable=None)]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS)
    return Frontier(table.assign(knee=_is_knee(table)))


def _check_budgets(budgets: object) -> None:
    """Raise where budgets are not a list of numbers with at least one; what a number may be is up to the policy."""
    if isinstance(budgets, str) or not isinstance(budgets, Iterable) or not isinstance(budgets, Sized):
        raise ArgumentError("budgets_kind", budgets=repr(budgets))
    if not len(budgets):
        raise ArgumentError("budgets_empty")


class _Unlimited:
    """The best plan without a budget, computed when it is first asked for."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance

    @cached_property
    def plan(self) -> Index:
        """The positions of its pairs, the fewest there can be."""
        return best_moves(self.instance, None, SolveControl(), os.cpu_count() or 1).chosen


def _point(master: Master, budget: int, unlimited: _Unlimited) -> tuple[float | None, ...]:
    """Return one row of the table, in the order of ``COLUMNS``."""
    instance = master.instance
    master.spend(budget)
    master.solve()
    below = bound(instance, master.price, master.budget_price, budget)
    chosen = persons(master, master.flows) if master.whole else _whole_plan(master, below)
    spent = len(chosen) == budget
    low, high = slopes(master) if spent else (0.0, 0.0)
    # Where the last move brings nothing, as good a plan has fewer moves: the best one without a budget. Where the
    # budget is spent and each move brings something, all best plans have as many moves as this one.
    if (not spent or (high is not None and high <= tolerance(0.0))) and len(unlimited.plan) <= budget:
        chosen = unlimited.plan
        low, high = (low, high) if len(chosen) == budget else (0.0, 0.0)
    objective = instance.objective(chosen)
    variance = instance.variance(instance.after(chosen))
    gap = gap_of(objective, below)
    return budget, len(chosen), objective, below, gap, variance, max(0.0, low), high


def _whole_plan(master: Master, below: float) -> Index:
    """Return the best plan inside a chain of moves, by all stages of ties where fewer moves may do as well."""
    value, flows = whole_moves(master)
    if must_spend_all(below, master.budget_price, value):
        return persons(master, flows)
    return finish(master).chosen


def _is_knee(table: pd.DataFrame) -> Mask:
    """Whether each point is the one farthest below the line from first to last; the last one where none is below."""
    moves = table.max_moves.to_numpy("float64")
    variance = table.variance.to_numpy("float64")
    # both from 0 at the first point to 1 at the last; against dividing by 0 where there is but one, or nothing falls
    across = (moves - moves[0]) / max(moves[-1] - moves[0], 1.0)
    down = (variance[0] - variance) / max(variance[0] - variance[-1], 1e-300)
    below = (down - across).round(DIGITS)
    last = len(moves) - 1
    return np.asarray(np.arange(len(moves)) == (np.argmax(below) if below.max() > 0 else last))
