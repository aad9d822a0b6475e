"""``tk.balance``: the transfers, proven best, with the prices that prove it."""

from __future__ import annotations

from typing import Any

import numpy as np

from toolkit.moves.eligibility import Moves
from toolkit.need.staffing import Need
from toolkit.plan.cells import Array, Index, Instance, instance
from toolkit.plan.certificate import bound, budget_ends, canonical_prices, residual, tolerance
from toolkit.plan.pricing import best_moves
from toolkit.plan.record import Plan, describe

_UNSET: Any = object()


def balance(need: Need, moves: Moves, max_moves: int | None = _UNSET) -> Plan:
    """Give the transfers that spread the workload most evenly at the least cost, with the prices that prove it.

    Minimises the sum over cells (family, unit) of need^2 / staff plus the cost of the moves made, within floors,
    ceilings, outflow limits and the budget of moves; the plan that moves nobody is always allowed.

    Args:
        need: from ``tk.staff_need``.
        moves: from ``tk.allowed_moves`` on the same data.
        max_moves: the budget of moves; without it the policy's.

    Raises:
        NotProvenError: the solver did not prove its plan.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> plan = tk.balance(need, tk.allowed_moves(data, need))
    >>> plan.transfers[["employee_id", "from_unit", "to_unit"]].values.tolist(), plan.summary.status
    ([['p3', 'B', 'A']], 'optimal')
    """
    policy = need.policy if max_moves is _UNSET else need.policy.with_(max_moves=max_moves)
    at = instance(need, moves, policy)
    chosen, price, budget_price = best_moves(at, policy.max_moves)
    ends: tuple[float, float | None]
    price, ends, below = _proof(at, chosen, policy.max_moves, price, budget_price)
    return describe(at, chosen, price, ends, "optimal", below, need.data, need.table, policy)


def _proof(
    at: Instance, chosen: Index, budget: int | None, price: Array, budget_price: float
) -> tuple[Array, tuple[float, float | None], float]:
    """Give canonical prices from the plan where they prove it; inside a chain, where none can, the linear program's."""
    net = residual(at, chosen)
    ends = budget_ends(net) if budget is not None and len(chosen) == budget else (0.0, 0.0)
    if ends is not None:
        canonical = canonical_prices(net, ends[0], len(at.need))
        if canonical is not None:
            below = bound(at, canonical, ends[0], budget)
            if at.objective(chosen) - below <= tolerance(below):
                return canonical, ends, below
    spent = budget_price if budget is not None else 0.0
    return np.asarray(price + 0.0), (spent, spent), bound(at, price, spent, budget)
