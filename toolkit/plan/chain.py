"""Whether a budget lies inside a chain of moves: then prices alone cannot prove the plan that spends it.

What the best plans of all budgets cost is bounded from below by a broken line. At its corners prices prove a plan.
Between two corners that are several moves apart (one who leaves makes room for the next: only the whole chain pays)
the best plan may lie above the line. Both corners are found here, from a plan near them and without a solver, by
undoing whatever costs too much at a price of a move on either side of the line's slope.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from toolkit.common.types import Index
from toolkit.plan.certificate import gap_of, tolerance
from toolkit.plan.instance import Instance
from toolkit.plan.residual import changes, cheapest_arcs, distances

MARGIN = 1e-6  # relative to the slope (at least this much): by how far the two prices lie on either side of it
MOST_ROUNDS = 10_000  # each round makes the plan better, and a plan near the corner needs a few


@dataclass(frozen=True)
class Corner:
    """A plan at a corner of the line: how many moves it makes, and what it costs."""

    moves: int
    objective: float


def lies_inside_chain(instance: Instance, chosen: Index, budget: int, budget_price: float, bound: float) -> bool:
    """Whether a budget lies between two corners of the line, and a plan within it costs no more than the one before it.

    Args:
        instance: of the plan.
        chosen: positions of its pairs.
        budget: the most moves.
        budget_price: the price of a move that the plan names: the slope of the line.
        bound: what that price and the plan's prices of cells prove.

    Returns:
        False where a corner makes as many moves as the budget allows, where the corner before it costs no more than the
        plan, or where the line does not meet the bound: then the plan, or its prices, are not the best ones.
    """
    margin = MARGIN * max(budget_price, 1.0)
    fewer = corner(instance, chosen, budget_price + margin)
    more = corner(instance, chosen, max(0.0, budget_price - margin))
    if fewer is None or more is None or not fewer.moves < budget < more.moves:
        return False
    saves = fewer.objective - instance.objective(chosen)
    if saves <= tolerance(fewer.objective) and len(chosen) != fewer.moves:
        return False
    slope = (fewer.objective - more.objective) / (more.moves - fewer.moves)
    on_the_line = fewer.objective - slope * (budget - fewer.moves)
    return saves >= -tolerance(fewer.objective) and gap_of(on_the_line, bound) == 0


def corner(instance: Instance, chosen: Index, price: float) -> Corner | None:
    """Return the best plan where each move costs ``price`` more, improved step by step from a plan near it.

    A cycle of negative cost in the residual network is a set of changes that make the plan better. None where that
    does not end, which a plan near the corner never does.
    """
    paid = Fraction(round(price / instance.unit))
    for _ in range(MOST_ROUNDS):
        every = changes(instance, chosen)
        net, position = cheapest_arcs(instance, every)
        _, cycles = distances(net, paid, np.zeros(net.nodes, dtype="int64"))
        if not cycles:
            return Corner(len(chosen), instance.objective(chosen))
        # cycles found together share no node, so that no two of them concern one person or one cell
        arcs = position[np.concatenate(cycles)]
        added, dropped = every.added[arcs], every.dropped[arcs]
        chosen = np.union1d(np.setdiff1d(chosen, dropped), added[added >= 0])
    return None
