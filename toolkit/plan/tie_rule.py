"""The published rule on ties, and whether a plan follows it: checked from the plan alone, without a solver.

Of equally good plans the rule takes the one with the fewest moves, then the longest time in post (sum of days of
those who move), then the nearest to home (sum of metres), then the smallest sum of a hash of (employee, office); where
the last still leaves two plans, the hash is salted again. ``ties.py`` finds that plan. Here one is only checked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from toolkit.common.types import Array, Index, Mask
from toolkit.plan.instance import Instance, families, part
from toolkit.plan.prices import (
    NO_GUESSES,
    NOT_SPENT,
    EndGuesses,
    budget_ends,
    canonical_prices,
    largest_price,
    move_inwards,
)
from toolkit.plan.residual import Changes, Residual, changes, cheapest_arcs, distances, is_best

HASH_BITS = 24  # so that a sum of hashes over all moves is exact in double precision
SALTS = 8


def marks(instance: Instance, pairs: Index, salt: int) -> Array:
    """Return the hash of (employee, office) of some pairs: whole numbers below 2^24, the same on every machine.

    The ids are hashed by pandas, then mixed by multiplications and shifts as splitmix64 mixes its state, so that
    neither neighbouring ids nor the order of rows favour anybody.
    """
    who = pd.util.hash_array(instance.ids.astype(object), categorize=False)[instance.person[pairs]]
    unit = pd.util.hash_array(instance.cells.unit_id.to_numpy(object), categorize=False)[instance.target[pairs]]
    both = (who ^ (unit * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(salt)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (both ^ (both >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed >> np.uint64(64 - HASH_BITS), dtype="float64")


def stages(instance: Instance, *, equal_count: bool) -> Iterator[Array]:
    """Return what a pair costs in each stage before the hash; the number of moves only where plans may differ in it.

    Fewest moves comes before the sum of days, or the longest sum would ask for more moves rather than for other people.
    """
    pairs = len(instance.person)
    yield np.zeros(pairs) if equal_count else np.ones(pairs)
    yield -instance.days[instance.person]
    yield instance.metres


def price_of_a_move(net: Residual, unit: float, spent: bool, guesses: EndGuesses) -> tuple[Fraction, bool] | None:
    """Return the price of a move (in units) by which to look for ties, and whether it is inside its range.

    Where the plan stays best in a whole range of prices, every plan that ties at a price inside it has as many
    moves: its cost is a straight line in the price that is nowhere below the plan's and meets it inside, so the lines
    are one. Then there is no need of a row for the budget, nor of the stage "fewest moves". This holds without a
    budget too: a plan that stays the best although each move costs a unit or two more has the fewest moves already.

    None where the plan is seen not to be the best one, or the budget lies inside a chain of moves. A plan that is not
    the best one may pass here: it has no canonical prices.
    """
    if spent:
        ends = budget_ends(net, unit, guesses)
        if ends is None:
            return None
        low, high = ends
    elif is_best(net, Fraction(2)):
        if not is_best(net, Fraction(0)):
            return None
        low, high = Fraction(0), Fraction(2)
    else:
        low, high = NOT_SPENT
    whole = Fraction(int(low) + 1)  # so that the prices of cells are whole too
    if high is None or whole < high:
        return whole, True
    return low, False


def follows_rule(
    instance: Instance, chosen: Index, budget: int | None, guesses: EndGuesses = NO_GUESSES
) -> bool | None:
    """Whether a plan that its prices prove is the one of its equals that the rule takes; None: that cannot be shown.

    It cannot be shown where the budget ends among moves that bring exactly as much as one another, and the rule's
    choice among them has no prices.
    """
    if budget is not None and len(chosen) == budget:
        return _follows(instance, chosen, spent=True, guesses=guesses)
    # families apart, as each has a salt of its own
    is_chosen = np.zeros(len(instance.person), bool)
    is_chosen[chosen] = True
    answers = [
        _follows(part(instance, cells, pairs), np.flatnonzero(is_chosen[pairs]), spent=False)
        for cells, pairs in families(instance)
    ]
    if any(answer is False for answer in answers):
        return False
    return None if None in answers else True


def _follows(instance: Instance, chosen: Index, *, spent: bool, guesses: EndGuesses = NO_GUESSES) -> bool | None:
    every = changes(instance, chosen)
    net, _ = cheapest_arcs(instance, every)
    priced = price_of_a_move(net, instance.unit, spent, guesses)
    if priced is None:
        # inside a chain that loses next to nothing no price proves what the bound does
        return None if spent else False
    price, is_inside = priced
    worth = canonical_prices(net, price)
    if worth is None:
        return False
    cost = every.step + every.priced(instance.price)
    # prices rise along an arc by its cost at most: cycles of changes that cost nothing consist of arcs that are tight
    tight = worth[every.head] == worth[every.tail] + cost * price.denominator + every.moves * price.numerator
    # where a move has no price, the first stage alone decides how many there are
    left = _Ties(_some(every, tight), net.nodes, same_count=is_inside or price == 0)
    for of_pair in stages(instance, equal_count=price > 0):
        after = left.narrowed(of_pair)
        if after is None or isinstance(after, bool):
            return after
        left = after
    return _hashes_decide(instance, left)


def _hashes_decide(instance: Instance, left: _Ties) -> bool | None:
    """Whether the first salt of the hash that leaves one plan leaves this one."""
    everyone = np.arange(len(instance.person))
    for salt in range(SALTS):
        last = left.narrowed(marks(instance, everyone, salt))
        if last is None or isinstance(last, bool):
            return last
        if last.is_only_plan():
            return True
    return False


@dataclass(frozen=True)
class _Ties:
    """The changes that lead from a plan to equally good ones: those of which cycles cost nothing in all stages so far.

    ``same_count``: whether all these plans have as many moves; else the budget, which is spent, allows no more.
    """

    changes: Changes
    nodes: int
    same_count: bool

    def narrowed(self, of_pair: Array) -> _Ties | bool | None:
        """Return the changes that cost nothing here either; False: another plan costs less; None: not to be shown."""
        every = self.changes
        cost = every.priced(np.rint(of_pair).astype("int64"))
        net = Residual(
            every.tail, every.head, cost, np.zeros_like(cost) if self.same_count else every.moves, self.nodes
        )
        price, same_count = Fraction(0), self.same_count
        if not same_count:
            # the number of moves is given: a price of it, of either sign, must take away what a move more would bring
            outermost = largest_price(net)
            low = move_inwards(net, -outermost, +1)
            high = None if low is None else move_inwards(net, outermost, -1)
            if low is None or high is None:
                return None
            price, same_count = (low + high) / 2, low < high
        length, cycles = distances(net, price, np.zeros(self.nodes, dtype="int64"), reverse=True)
        if cycles:
            return False
        weight = cost * price.denominator + net.moves * price.numerator
        tight = length[every.head] == length[every.tail] + weight
        return _Ties(_some(every, tight), self.nodes, same_count)

    def is_only_plan(self) -> bool:
        """Whether no cycle of these changes moves, unmoves or redirects anybody.

        A cycle passes each node once, and all that a person can do starts from one node: so it is a plan.
        """
        tail, head = self.changes.tail, self.changes.head
        graph = coo_array((np.ones(len(tail)), (tail, head)), shape=(self.nodes, self.nodes))
        _, part_of = connected_components(graph, directed=True, connection="strong")
        concerns_a_person = (self.changes.added >= 0) | (self.changes.dropped >= 0)
        return not (concerns_a_person & (part_of[tail] == part_of[head])).any()


def _some(every: Changes, mask: Mask) -> Changes:
    return Changes(*(getattr(every, name)[mask] for name in ("tail", "head", "added", "dropped", "step")))
