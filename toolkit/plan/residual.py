"""The residual network of a plan: who could move, move elsewhere or stay, at what cost; and shortest paths in it.

A plan is a flow: persons flow from cell to cell, and staff flows from a cell to "staff anywhere". Its residual
network has an arc for each single change that the limits allow, with what the change costs. A cycle of arcs is a set
of changes that together give another allowed plan, and the cost of the cycle is the difference between the two
objectives. So a plan is the best one if and only if no cycle has a negative cost; and then the lengths of shortest
paths are prices that prove it (``prices.py``). Costs are whole numbers, so equality means equality.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from toolkit.common.types import Array, Index, Mask
from toolkit.plan.instance import Instance

UNREACHED = 1 << 61  # longer than any path; twice it still fits into 64 bits
CHECK_EVERY = 8  # rounds between two searches for cycles, which cost about as much as a round


@dataclass(frozen=True)
class Residual:
    """Arcs from ``tail`` to ``head`` at a cost in whole units; ``moves``: +1 a new move, -1 a move undone, else 0.

    Node c is cell c; node cells + c stands for the leavers of c, so that an outflow limit is the capacity of one arc
    (c to its leavers); the last node is "staff anywhere".
    """

    tail: Index
    head: Index
    cost: Index
    moves: Index
    nodes: int


@dataclass(frozen=True)
class Changes:
    """Every single change that the limits allow, an arc each, before the cheapest of parallel arcs are picked.

    ``added`` and ``dropped``: positions of the pair that the plan gains and of the one it loses, -1 for none.
    ``step``: what the change costs in whole units without the pairs.
    """

    tail: Index
    head: Index
    added: Index
    dropped: Index
    step: Index

    def priced(self, of_pair: Index) -> Index:
        """Return what each change costs where a pair costs ``of_pair``: the added one less the dropped one."""
        with_none = np.append(of_pair, 0)  # position -1 is the last one: no pair
        return np.asarray(with_none[self.added] - with_none[self.dropped])

    @property
    def moves(self) -> Index:
        """+1 where a change makes a new move, -1 where it undoes one, else 0."""
        return (self.added >= 0).astype("int64") - (self.dropped >= 0)


def changes(instance: Instance, chosen: Index) -> Changes:
    """Return every single change of a plan (``chosen``: positions of its pairs) that the limits allow."""
    arcs = [*_person_arcs(instance, chosen), *_leaver_arcs(instance, chosen), *_staff_arcs(instance, chosen)]
    columns = zip(*arcs, strict=True)
    return Changes(*(np.concatenate(column) for column in columns))


def residual(instance: Instance, chosen: Index) -> Residual:
    """Return the residual network of a plan (``chosen``: positions of its pairs)."""
    return cheapest_arcs(instance, changes(instance, chosen))[0]


def cheapest_arcs(instance: Instance, every: Changes) -> tuple[Residual, Index]:
    """Return the residual network of a plan's changes, and the position of each of its arcs among them."""
    anywhere = 2 * len(instance.need)
    tail, head, moves = every.tail, every.head, every.moves
    cost = every.step + every.priced(instance.price)
    # Persons of one cell give many parallel arcs, and no shortest path uses any but the cheapest. They are parallel
    # only if they change the number of moves alike, because the price of a move is added later.
    key = (tail * (anywhere + 1) + head) * 3 + moves + 1
    order = np.lexsort((cost, key))
    first = order[np.r_[True, key[order][1:] != key[order][:-1]]] if len(order) else order
    return Residual(tail[first], head[first], cost[first], moves[first], anywhere + 1), first


_Arcs = tuple[Index, Index, Index, Index, Index]  # the columns of Changes


def _arcs(tail: Index, head: Index, added: Index | None = None, dropped: Index | None = None) -> _Arcs:
    """Return arcs that cost no step; without positions no pair is added or dropped."""
    none = np.full(len(tail), -1, dtype="int64")
    return (
        tail,
        head,
        none if added is None else added,
        none if dropped is None else dropped,
        np.zeros(len(tail), dtype="int64"),
    )


def _person_arcs(instance: Instance, chosen: Index) -> list[_Arcs]:
    """Return what a person can do: move (who has not), move elsewhere instead, or stay after all."""
    cells = len(instance.need)
    of_person = np.full(len(instance.ids), -1, dtype="int64")  # the pair of each person who moves
    of_person[instance.person[chosen]] = chosen
    moved = of_person >= 0
    fresh = np.flatnonzero(~moved[instance.person])
    other = np.setdiff1d(np.flatnonzero(moved[instance.person]), chosen)
    instead_of = of_person[instance.person[other]]
    return [
        _arcs(cells + instance.source[fresh], instance.target[fresh], added=fresh),
        _arcs(instance.target[instead_of], instance.target[other], added=other, dropped=instead_of),
        _arcs(instance.target[chosen], cells + instance.source[chosen], dropped=chosen),
    ]


def _leaver_arcs(instance: Instance, chosen: Index) -> list[_Arcs]:
    """Return the arcs between each cell and its leavers: into them while the outflow limit is not reached, back always.

    At its limit a cell can only exchange one leaver for another, and both ends of that path touch the leavers' node.
    """
    cells = len(instance.need)
    here = np.arange(cells)
    free = np.bincount(instance.source[chosen], minlength=cells) < instance.limit
    return [_arcs(here[free], cells + here[free]), _arcs(cells + here, here)]


def _staff_arcs(instance: Instance, chosen: Index) -> list[_Arcs]:
    """Return the arcs between each cell and "staff anywhere": one more below the ceiling, one fewer above the floor."""
    here = np.arange(len(instance.need))
    anywhere = 2 * len(here)
    staff = instance.after(chosen)
    up = staff + 0.5 < instance.ceiling
    down = staff - 0.5 > instance.floor
    *more, _ = _arcs(here[up], np.full(up.sum(), anywhere))
    *fewer, _ = _arcs(np.full(down.sum(), anywhere), here[down])
    return [
        (more[0], more[1], more[2], more[3], instance.step(staff[up], here[up])),
        (fewer[0], fewer[1], fewer[2], fewer[3], -instance.step(staff[down] - 1, here[down])),
    ]


def distances(
    net: Residual, budget_price: Fraction, start: Index, *, reverse: bool = False
) -> tuple[Index, list[Index]]:
    """Compute the shortest path from each node to those that have a length, by Bellman and Ford.

    All arcs are relaxed at once in each round; arc costs may be negative, so Dijkstra's way is not open.

    Args:
        net: the network.
        budget_price: in units; added to the cost of each move. A fraction, because the ends of its range are the cost
            of a cycle divided by its moves; rounded to a double, a tie would no longer be a tie.
        start: a length for each node, ``UNREACHED`` for those without one, in units x the denominator of the price.
        reverse: paths from the nodes with a length to each node.

    Returns:
        The lengths, in units x the denominator, and no cycles; or, where cycles of negative cost go round (then there
        are no shortest paths), the positions of the arcs of some of them.
    """
    near, far = (net.tail, net.head) if reverse else (net.head, net.tail)
    order = np.argsort(far, kind="stable")  # the arcs of a node stand together, for reduceat
    near, far = near[order], far[order]
    weight = (net.cost * budget_price.denominator + net.moves * budget_price.numerator)[order]
    begin = np.flatnonzero(np.r_[True, far[1:] != far[:-1]]) if len(far) else np.zeros(0, dtype="int64")
    count = np.diff(np.r_[begin, len(far)])
    length = start.copy()
    taken = np.full(net.nodes, -1, dtype="int64")  # the arc by which each node was last improved
    for turn in range(1, net.nodes + 2):
        offer = np.where(length[near] < UNREACHED // 2, weight + length[near], UNREACHED)
        # reduceat takes the least offer in each run of arcs of one node, all nodes in one pass
        least = np.minimum.reduceat(offer, begin) if len(begin) else offer
        better = least < length[far[begin]]
        if not better.any():
            return length, []
        length[far[begin[better]]] = least[better]
        hit = np.flatnonzero(np.repeat(better, count) & (offer == np.repeat(least, count)))
        taken[far[hit[::-1]]] = hit[::-1]  # backwards, so that of equal offers the first one stays
        # Without a negative cycle no path has more arcs than nodes. Where there is one, the arcs taken close to it
        # long before so many rounds are over.
        if turn % CHECK_EVERY == 0 or turn > net.nodes:
            cycles = _cycles(taken, near)
            if cycles:
                return length, [order[cycle] for cycle in cycles]
    raise ArithmeticError("shortest paths neither came to rest nor showed a cycle")


def _cycles(taken: Index, near: Index) -> list[Index]:
    """Return the arcs of each cycle among the arcs that nodes took, one a node; such a cycle has a negative cost."""
    step = np.where(taken >= 0, near[taken], -1)
    # Doubling: after j rounds ``far`` is 2^j steps along. As many steps as there are nodes end on a cycle, or nowhere.
    far = step.copy()
    for _ in range(int(np.ceil(np.log2(len(taken) + 1)))):
        far = np.where(far >= 0, far[far], -1)
    left = set(np.unique(far[far >= 0]).tolist())
    cycles = []
    while left:
        first = node = left.pop()
        arcs = [int(taken[node])]
        while (node := int(step[node])) != first:
            left.discard(node)
            arcs.append(int(taken[node]))
        cycles.append(np.array(arcs))
    return cycles


def is_best(net: Residual, budget_price: Fraction) -> bool:
    """Whether no other plan is better at this price of a move: no cycle of the network has a negative cost."""
    _, cycles = distances(net, budget_price, np.zeros(net.nodes, dtype="int64"))
    return not cycles


def is_reached(length: Array | Index) -> Mask:
    """Whether each length is that of a path; sums with ``UNREACHED`` stay above half of it."""
    return np.asarray(length < UNREACHED // 2)
