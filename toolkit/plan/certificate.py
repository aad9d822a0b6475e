"""The certificate: one price per cell and one for the budget prove that no allowed plan is better.

For any prices v and any budget price of at least 0, ``bound`` is below the objective of every allowed plan; where the
prices come from the best plan it equals its objective. Prices are computed from the finished plan alone: the price
of a cell is what one more person there is worth, minus the length of the shortest path from the cell to "staff
anywhere" in the residual network (who could move, move elsewhere, or stay, at what cost). They are reckoned in whole
units of cost, so that they are the same from every best plan and on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from toolkit.common.types import Array, Index
from toolkit.plan.instance import Instance, rank_in_runs

ABSOLUTE, RELATIVE = 1e-6, 1e-11


def tolerance(objective: float) -> float:
    """Give how far the bound may be below the objective where the gap is called 0."""
    return ABSOLUTE + RELATIVE * abs(objective)


def gap_of(objective: float, bound: float) -> float:
    """Give the relative gap, 0 within tolerance."""
    return 0.0 if objective - bound <= tolerance(objective) else (objective - bound) / abs(objective)


def cheapest_staff(instance: Instance, price: Array) -> tuple[Array, Array]:
    """Give the whole number of staff with the smallest F(k) + v (k - before) from floor to ceiling, and that value.

    F is convex on whole steps, so the best k is an end, a neighbour of the point where F falls by v a person, or of
    1 / charge.
    """
    if instance.criterion == "shortage":
        turn = instance.need - price / (2 * instance.weight)
    else:
        turn = np.where(price > 0, instance.need * np.sqrt(instance.weight / np.maximum(price, 1e-300)), np.inf)
    best, value = instance.floor.copy(), np.full(len(price), np.inf)
    for point in (instance.floor, instance.ceiling, turn, np.full(len(price), 1 / instance.charge)):
        steps = np.floor(np.clip(point, instance.floor, instance.ceiling) - instance.floor)
        for k in (instance.floor + steps, instance.floor + steps + 1):
            k = np.minimum(k, instance.ceiling)
            here = instance.step_cost(k) + price * (k - instance.before)
            better = here < value
            best, value = np.where(better, k, best), np.where(better, here, value)
    return best, value


def gains(instance: Instance, price: Array, budget_price: float) -> tuple[Array, Array]:
    """Give what each pair gains (v_to - v_from - cost - budget price), and the best of each person (at least 0)."""
    gain = price[instance.target] - price[instance.source] - instance.cost - budget_price
    best = np.zeros(len(instance.ids))
    np.maximum.at(best, instance.person, gain)
    return gain, best


def ranked(instance: Instance, best: Array) -> Index:
    """Give each person's rank within the own cell, the greatest gain first."""
    order = np.lexsort((-best, instance.home))
    rank = np.empty(len(order), dtype="int64")
    rank[order] = rank_in_runs(instance.home[order])
    return rank


def bound(instance: Instance, price: Array, budget_price: float, budget: int | None) -> float:
    """Give a number below the objective of every allowed plan, for any prices and any budget price of at least 0.

    sum over cells of min_k [F(k) + v (k - before)] - sum over cells of the outflow_limit greatest gains of its
    persons - budget price x budget.
    """
    if budget_price < 0 or (budget is None and budget_price > 0):
        return -np.inf
    _, least = cheapest_staff(instance, price)
    _, best = gains(instance, price, budget_price)
    leavers = best[ranked(instance, best) < instance.limit[instance.home]]
    return float(least.sum() - leavers.sum() - (budget_price * budget if budget is not None else 0.0))


@dataclass(frozen=True)
class Proof:
    """Prices of cells, the two ends of the budget's price (the lower one is in force), and the bound they give."""

    price: Array
    ends: tuple[float, float | None]
    bound: float


Ends = tuple[Fraction, Fraction | None]
Hints = tuple[float | None, float | None]
FREE: Ends = (Fraction(0), Fraction(0))
FAR = 1 << 61


@dataclass(frozen=True)
class Residual:
    """Arcs of the residual network: from a node to a node at a cost, with +1 a new move, -1 a move undone.

    Node c is cell c, node cells + c are the leavers of c, the last node is "staff anywhere". Costs are whole units.
    """

    tail: Index
    head: Index
    cost: Index
    moves: Index
    nodes: int


def residual(instance: Instance, chosen: Index) -> Residual:
    """Give the residual network of a plan (``chosen``: positions of its pairs)."""
    cells, anywhere, price = len(instance.need), 2 * len(instance.need), instance.price
    moved = np.zeros(len(instance.ids), bool)
    moved[instance.person[chosen]] = True
    fresh = np.flatnonzero(~moved[instance.person])
    now, paid = np.zeros((2, len(instance.ids)), dtype="int64")
    now[instance.person[chosen]], paid[instance.person[chosen]] = instance.target[chosen], price[chosen]
    other = np.setdiff1d(np.flatnonzero(moved[instance.person]), chosen)
    staff, out = instance.after(chosen), np.bincount(instance.source[chosen], minlength=cells)
    here = np.arange(cells)
    up, down, free = staff + 0.5 < instance.ceiling, staff - 0.5 > instance.floor, out < instance.limit
    none = np.zeros(cells, dtype="int64")
    parts = [
        (cells + instance.source[fresh], instance.target[fresh], price[fresh], 1),
        (now[instance.person[other]], instance.target[other], price[other] - paid[instance.person[other]], 0),
        (instance.target[chosen], cells + instance.source[chosen], -price[chosen], -1),
        (here[free], cells + here[free], none[free], 0),
        (cells + here, here, none, 0),
        (here[up], np.full(up.sum(), anywhere), instance.step(staff[up], here[up]), 0),
        (np.full(down.sum(), anywhere), here[down], -instance.step(staff[down] - 1, here[down]), 0),
    ]
    tail, head, cost = (np.concatenate([part[each] for part in parts]) for each in range(3))
    moves = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
    key = (tail * (anywhere + 1) + head) * 3 + moves + 1
    order = np.lexsort((cost, key))
    first = order[np.r_[True, key[order][1:] != key[order][:-1]]] if len(order) else order  # cheapest of parallel arcs
    return Residual(tail[first], head[first], cost[first], moves[first], anywhere + 1)


def distances(net: Residual, budget_price: Fraction, start: Index, reverse: bool = False) -> tuple[Index, list[Index]]:
    """Bellman and Ford over all arcs at once: the shortest path from each node to the nodes given a length.

    ``start`` holds a length (or ``FAR``) for each node; with ``reverse`` the paths run from those nodes. Lengths are
    units times the denominator of the budget's price. Returns them and, where cycles of negative cost go round, the
    arcs of some (else nothing).
    """
    near, far = (net.tail, net.head) if reverse else (net.head, net.tail)
    order = np.argsort(far, kind="stable")
    near, far = near[order], far[order]
    weight = (net.cost * budget_price.denominator + net.moves * budget_price.numerator)[order]
    begin = np.flatnonzero(np.r_[True, far[1:] != far[:-1]]) if len(far) else np.zeros(0, dtype=int)
    count = np.diff(np.r_[begin, len(far)])
    length, taken = start.copy(), np.full(net.nodes, -1, dtype="int64")
    for turn in range(1, net.nodes + 2):
        offer = np.where(length[near] < FAR // 2, weight + length[near], FAR)
        least = np.minimum.reduceat(offer, begin) if len(begin) else offer
        better = least < length[far[begin]]
        if not better.any():
            return length, []
        length[far[begin[better]]] = least[better]
        hit = np.flatnonzero(np.repeat(better, count) & (offer == np.repeat(least, count)))
        taken[far[hit[::-1]]] = hit[::-1]
        if turn % 8 == 0 or turn > net.nodes:
            cycles = _cycles(taken, near)
            if cycles:
                return length, [order[cycle] for cycle in cycles]
    raise ArithmeticError("shortest paths neither came to rest nor showed a cycle")


def _cycles(taken: Index, near: Index) -> list[Index]:
    """Give the arcs of each cycle among the arcs that nodes took."""
    step = np.where(taken >= 0, near[taken], -1)
    far = step.copy()
    for _ in range(int(np.ceil(np.log2(len(taken) + 1)))):
        far = np.where(far >= 0, far[far], -1)
    left, out = set(np.unique(far[far >= 0]).tolist()), []  # far enough along to be on a cycle itself
    while left:
        first = node = left.pop()
        arcs = [int(taken[node])]
        while (node := int(step[node])) != first:
            left.discard(node)
            arcs.append(int(taken[node]))
        out.append(np.array(arcs))
    return out


def budget_ends(net: Residual, unit: float, hints: Hints = (None, None)) -> Ends | None:
    """Give the two ends of the price of a budget that the plan has spent: of the next move and of the last.

    In units; between them no cycle of the residual network has negative cost. The upper end is None where no move was
    made. None where there is no such price: the plan is not the best, or the budget lies inside a chain of moves.
    ``hints`` of the two ends, in the objective's own units, save time and change nothing.
    """
    largest, paid = (int(np.abs(cost).max(initial=0)) for cost in (net.cost, net.cost[net.moves != 0]))
    most = min(1 + 2 * largest + net.nodes * paid, FAR >> 5)
    near = [None if hint is None or not 0 <= hint / unit < most else int(hint / unit) for hint in hints]
    low = _critical(net, 0, +1, None if near[0] is None else max(0, near[0] - 3))
    if low is None:
        return None
    if not (net.moves < 0).any():
        return low, None
    high = _critical(net, most, -1, None if near[1] is None else near[1] + 3)
    return None if high is None else (low, high)


def _critical(net: Residual, outermost: int, side: int, hint: int | None = None) -> Fraction | None:
    """Move the price from the outermost until no cycle has negative cost; only cycles that spend (+1) or save (-1)
    moves may be met. A hint is taken only where it lies between the two."""
    if hint is not None and hint != outermost:
        found = _critical(net, hint, side)
        if found is not None and found != hint:
            return found
    price, nowhere = Fraction(outermost), np.zeros(net.nodes, dtype="int64")
    while True:
        _, cycles = distances(net, price, nowhere)
        if not cycles:
            return price
        sums = [(int(net.cost[cycle].sum()), int(net.moves[cycle].sum())) for cycle in cycles]
        if any(moves * side <= 0 for _, moves in sums):
            return None
        price = max((Fraction(-cost, moves) for cost, moves in sums), key=lambda each: side * each)


def proof_from_plan(instance: Instance, chosen: Index, budget: int | None, hints: Hints = (None, None)) -> Proof | None:
    """Give the canonical prices of a finished plan with their bound; None where they do not prove it the best.

    A budget that is not spent has price 0; one that is takes the lower end of its price.
    """
    net = residual(instance, chosen)
    ends = budget_ends(net, instance.unit, hints) if len(chosen) == budget else FREE
    worth = None if ends is None else canonical_prices(net, ends[0])
    if ends is None or worth is None:
        return None
    price = worth[: len(instance.need)] / ends[0].denominator * instance.unit + 0.0
    low, high = float(ends[0]) * instance.unit, None if ends[1] is None else float(ends[1]) * instance.unit
    below = bound(instance, price, low, budget)
    return Proof(price, (low, high), below) if gap_of(instance.objective(chosen), below) == 0 else None


def canonical_prices(net: Residual, budget_price: Fraction) -> Index | None:
    """Give the price of each node from the finished plan, or None where a cycle of negative cost shows a better one.

    In units times the denominator of the budget's price. A cell from which nobody can go anywhere takes the largest
    price that the arcs into it allow, 0 if there are none.
    """
    start = np.full(net.nodes, FAR)
    start[-1] = 0
    if distances(net, budget_price, np.zeros(net.nodes, dtype="int64"))[1]:
        return None
    to_anywhere, _ = distances(net, budget_price, start)
    price, _ = distances(net, budget_price, np.where(to_anywhere >= FAR // 2, FAR, -to_anywhere), reverse=True)
    return distances(net, budget_price, np.where(price >= FAR // 2, 0, price), reverse=True)[0]
