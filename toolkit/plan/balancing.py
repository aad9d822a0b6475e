"""``tk.balance``: the transfers, proven best, with the prices that prove it."""

from __future__ import annotations

from typing import Any

from toolkit.moves.eligibility import Moves
from toolkit.need.staffing import Need
from toolkit.plan.cells import instance
from toolkit.plan.certificate import Proof, bound, proof_from_plan
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
    proof = proof_from_plan(at, chosen, policy.max_moves)
    if proof is None:  # inside a chain of moves no price of the plan's own exists: the linear program's stand
        proof = Proof(price, (budget_price, budget_price), bound(at, price, budget_price, policy.max_moves))
    return describe(at, chosen, proof, need, policy)
