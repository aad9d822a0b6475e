"""The certificate: the bound that prices put below every allowed plan, and the gap between a plan and its bound.

For any price v of each cell and any budget price of at least 0, ``bound`` is below the objective of every allowed
plan. A good bound needs good prices, a valid one does not: nothing here trusts where the prices came from. The prices
that make the bound equal to the objective of the best plan are computed in ``prices.py``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolkit.common.types import Array, Index
from toolkit.plan.instance import Instance, rank_in_runs

# Sums over some thousand cells in double precision differ by less than this; forged prices differ by much more.
ABSOLUTE, RELATIVE = 1e-6, 1e-11


def tolerance(objective: float) -> float:
    """Return how far objective and bound may lie apart where the gap is called 0."""
    return ABSOLUTE + RELATIVE * abs(objective)


def gap_of(objective: float, bound: float) -> float:
    """Return the gap between objective and bound, relative to the objective; 0 within tolerance.

    A negative gap says that something is wrong: no allowed plan lies below a valid bound.

    >>> gap_of(100.0, 99.0), gap_of(100.0, 100.0 - 1e-7), gap_of(100.0, 101.0)
    (0.01, 0.0, -0.01)
    """
    difference = objective - bound
    if abs(difference) <= tolerance(objective):
        return 0.0
    return difference / max(abs(objective), ABSOLUTE)


def cheapest_staff(instance: Instance, price: Array) -> tuple[Array, Array]:
    """Return for each cell the staff k of its range with the least F(k) + price x (k - before), and that least.

    F is what the cell adds to the objective. It is convex over whole steps from the floor, so the best k is an end of
    the range, or next to where F stops falling by the price a person, or next to the kink of F at 1 / charge (below
    it an empty cell costs the same as with 1 / charge of a person).
    """
    best = instance.floor.copy()
    value = np.full(len(price), np.inf)
    kink = np.full(len(price), 1 / instance.charge)
    for point in (instance.floor, instance.ceiling, _turning_point(instance, price), kink):
        steps = np.floor(np.clip(point, instance.floor, instance.ceiling) - instance.floor)
        for neighbour in (steps, steps + 1):
            staff = np.minimum(instance.floor + neighbour, instance.ceiling)
            cost = instance.step_cost(staff) + price * (staff - instance.before)
            better = cost < value
            best = np.where(better, staff, best)
            value = np.where(better, cost, value)
    return best, value


def _turning_point(instance: Instance, price: Array) -> Array:
    """Return where the derivative of F is minus the price, as if staff were divisible."""
    if instance.criterion == "posts":
        return instance.need
    if instance.criterion == "shortage":
        return np.asarray(instance.need - price / (2 * instance.weight))
    # d/ds w n^2 / s = -price at s = n sqrt(w / price); without a positive price every further person helps
    positive = np.maximum(price, 1e-300)
    return np.where(price > 0, instance.need * np.sqrt(instance.weight / positive), np.inf)


def gains(instance: Instance, price: Array, budget_price: float) -> tuple[Array, Array]:
    """Return the gain of each pair, price there - price here - cost - budget price, and each person's best, or 0."""
    gain = price[instance.target] - price[instance.source] - instance.cost - budget_price
    best = np.zeros(len(instance.ids))  # 0: whoever stays gains nothing and loses nothing
    np.maximum.at(best, instance.person, gain)
    return gain, best


def rank_in_cell(instance: Instance, best: Array) -> Index:
    """Return each person's rank (0, 1, ...) among the persons of the same cell, the greatest gain first."""
    order = np.lexsort((-best, instance.home))
    rank = np.empty(len(order), dtype="int64")
    rank[order] = rank_in_runs(instance.home[order])
    return rank


def bound(instance: Instance, price: Array, budget_price: float, budget: int | None) -> float:
    """Return a number below the objective of every allowed plan, whatever the prices; -inf for a false budget price.

    The sum over cells of the least F(k) + v (k - before), less the ``outflow_limit`` greatest gains of the persons of
    each cell, less budget price x budget. It holds because each part is solved alone and so at least as well as in
    any plan: each cell takes the staff it likes best at the price v, and everybody moves where they gain most. What
    cells pay for staff and what movers receive for it cancels out in any plan that conserves staff. The prices of
    persons and outflow limits are not given but computed here, so they cannot be forged.
    """
    if budget_price < 0 or (budget is None and budget_price > 0):
        return -np.inf
    _, least = cheapest_staff(instance, price)
    _, best = gains(instance, price, budget_price)
    may_leave = rank_in_cell(instance, best) < instance.limit[instance.home]
    of_budget = 0.0 if budget is None else budget_price * budget
    return float(least.sum() - best[may_leave].sum() - of_budget)


@dataclass(frozen=True)
class Proof:
    """Prices of cells, the two ends of the budget's price (the lower one is in force), and the bound they give."""

    price: Array
    ends: tuple[float, float | None]
    bound: float
