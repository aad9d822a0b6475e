"""The prices that prove a finished plan the best: one for each cell, and the two ends of the budget's price.

They are computed from the finished plan alone, never taken from a solver: the dual prices of such a program are not
unique, and two solvers differ in half of the cells. The price of a cell is what one more person there is worth: minus
the length of the shortest path from the cell to "staff anywhere" in the residual network. In whole units of cost it
is the same from every best plan, from every solver and on every machine, so ``verify`` can recompute it.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from toolkit.common.types import Index
from toolkit.plan.certificate import Proof, bound, gap_of
from toolkit.plan.instance import Instance
from toolkit.plan.residual import UNREACHED, Residual, distances, is_best, is_reached, residual

Ends = tuple[Fraction, Fraction | None]  # of the budget's price, in units: of the next move, and of the last one made
EndGuesses = tuple[float | None, float | None]  # what the ends may be, in the objective's own units

NOT_SPENT: Ends = (Fraction(0), Fraction(0))  # a budget that is not spent has no price
NO_GUESSES: EndGuesses = (None, None)
GUESS_MARGIN = 3  # units; a guess comes from a difference of two objectives in double precision


def proof_from_plan(
    instance: Instance, chosen: Index, budget: int | None, guesses: EndGuesses = NO_GUESSES
) -> Proof | None:
    """Compute the canonical prices of a finished plan with their bound; None where they do not prove it the best.

    A budget that is not spent has price 0; for one that is, the lower end of its price is in force.
    """
    net = residual(instance, chosen)
    ends = budget_ends(net, instance.unit, guesses) if len(chosen) == budget else NOT_SPENT
    if ends is None:
        return None
    low, high = ends
    worth = canonical_prices(net, low)
    if worth is None:
        return None
    # + 0.0 makes 0.0 of -0.0, which would be written differently
    price = worth[: len(instance.need)] / low.denominator * instance.unit + 0.0
    low_end = float(low) * instance.unit
    high_end = None if high is None else float(high) * instance.unit
    below = bound(instance, price, low_end, budget)
    proven = gap_of(instance.objective(chosen), below) == 0
    return Proof(price, (low_end, high_end), below) if proven else None


def canonical_prices(net: Residual, budget_price: Fraction) -> Index | None:
    """Compute the price of each node of a residual network; None where a cycle of negative cost shows a better plan.

    In units times the denominator of the budget's price. A cell from which nobody can go anywhere takes the largest
    price that the arcs into it allow, 0 if there are none.
    """
    if not is_best(net, budget_price):
        return None
    start = np.full(net.nodes, UNREACHED)
    start[-1] = 0
    to_anywhere, _ = distances(net, budget_price, start)
    # From here on lengths are prices: along an arc from u to v the price rises by at most the cost, v <= u + cost.
    # Nodes that lead nowhere take the most that the nodes with a price allow them ...
    priced = np.where(is_reached(to_anywhere), -to_anywhere, UNREACHED)
    price, _ = distances(net, budget_price, priced, reverse=True)
    # ... and nodes that not even those reach start from 0 and keep to the same rule among themselves.
    return distances(net, budget_price, np.where(is_reached(price), price, 0), reverse=True)[0]


def budget_ends(net: Residual, unit: float, guesses: EndGuesses = NO_GUESSES) -> Ends | None:
    """Compute the two ends of the price of a budget that the plan has spent: of the next move and of the last.

    Between them, and only there, no cycle of the residual network has a negative cost: at a lower price a further
    move would pay, at a higher one undoing a move would.

    Args:
        net: the residual network of the plan.
        unit: the size of a unit of cost.
        guesses: of the two ends; they save time and change nothing.

    Returns:
        The ends in units; the upper one is None where no move was made. None where there is no such price: the plan is
        not the best, or the budget lies inside a chain of moves.
    """
    low_guess, high_guess = guesses
    low = move_inwards(net, 0, +1, _whole_guess(net, unit, low_guess, +1))
    if low is None:
        return None
    if not (net.moves < 0).any():
        return low, None
    high = move_inwards(net, largest_price(net), -1, _whole_guess(net, unit, high_guess, -1))
    return None if high is None else (low, high)


def largest_price(net: Residual) -> int:
    """Return a price of a move above which undoing any move pays, in units."""
    largest = int(np.abs(net.cost).max(initial=0))
    of_moves = int(np.abs(net.cost[net.moves != 0]).max(initial=0))
    # the second term stops sums over a path from overflowing 64 bits
    return min(1 + 2 * largest + net.nodes * of_moves, UNREACHED >> 5)


def _whole_guess(net: Residual, unit: float, guess: float | None, side: int) -> int | None:
    """Return a guess in whole units, a little outside of what was guessed; None without a usable guess."""
    if guess is None or not 0 <= guess / unit < largest_price(net):
        return None
    return max(0, int(guess / unit) - side * GUESS_MARGIN)


def move_inwards(net: Residual, outermost: int, side: int, guess: int | None = None) -> Fraction | None:
    """Move the budget's price from the outermost inwards until no cycle has a negative cost; None if no price does it.

    As in Newton's method each cycle names the price at which it costs nothing, and the farthest of them is next. From
    below (``side`` +1) only cycles that spend moves may be met, from above (-1) only cycles that save some: any other
    cycle stays negative at all prices farther in.

    A guess replaces the outermost only if the search then ends elsewhere than where it began: so it lay outside the
    range, and from any price outside the same end is found. A guess inside the range is dropped, as it proves
    nothing about where the range ends.
    """
    if guess is not None and guess != outermost:
        found = move_inwards(net, guess, side)
        if found is not None and found != guess:
            return found
    price = Fraction(outermost)
    nowhere = np.zeros(net.nodes, dtype="int64")
    while True:
        _, cycles = distances(net, price, nowhere)
        if not cycles:
            return price
        sums = [(int(net.cost[cycle].sum()), int(net.moves[cycle].sum())) for cycle in cycles]
        if any(moves * side <= 0 for _, moves in sums):
            return None
        free_at = [Fraction(-cost, moves) for cost, moves in sums]
        price = max(free_at) if side > 0 else min(free_at)
