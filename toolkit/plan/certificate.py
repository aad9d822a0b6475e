"""The certificate: one price per cell and one for the budget prove that no allowed plan is better.

For any prices v and any budget price of at least 0, ``bound`` is below the objective of every allowed plan; where the
prices come from the best plan it equals its objective. Prices are computed from the finished plan alone: the price
of a cell is what one more person there is worth, minus the length of the shortest path from the cell to "staff
anywhere" in the residual network (who could move, move elsewhere, or stay, at what cost).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolkit.plan.cells import Array, Index, Instance, rank_in_runs

ABSOLUTE, RELATIVE = 1e-6, 1e-11


def tolerance(objective: float) -> float:
    """Give how far the bound may be below the objective where the gap is called 0."""
    return ABSOLUTE + RELATIVE * abs(objective)


def gap_of(objective: float, bound: float) -> float:
    """Give the relative gap, 0 within tolerance."""
    return 0.0 if objective - bound <= tolerance(objective) else (objective - bound) / abs(objective)


def cheapest_staff(at: Instance, price: Array) -> tuple[Array, Array]:
    """Give the whole number of staff with the smallest F(k) + v (k - before) from floor to ceiling, and that value.

    F is convex on whole steps, so the best k is an end, a neighbour of the point where F falls by v a person, or of
    1 / charge.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        turn = np.where(price > 0, at.need / np.sqrt(np.maximum(price, 1e-300)), np.inf)
    best, value = at.floor.copy(), np.full(len(price), np.inf)
    for point in (at.floor, at.ceiling, turn, np.full(len(price), 1 / at.charge)):
        steps = np.floor(np.clip(point, at.floor, at.ceiling) - at.floor)
        for k in (at.floor + steps, at.floor + steps + 1):
            k = np.minimum(k, at.ceiling)
            here = at.step_cost(k) + price * (k - at.before)
            better = here < value
            best, value = np.where(better, k, best), np.where(better, here, value)
    return best, value


def gains(at: Instance, price: Array, budget_price: float) -> tuple[Array, Array]:
    """Give what each pair gains (v_to - v_from - cost - budget price), and the best of each person (at least 0)."""
    gain = price[at.target] - price[at.source] - at.cost - budget_price
    best = np.zeros(len(at.ids))
    np.maximum.at(best, at.person, gain)
    return gain, best


def ranked(at: Instance, best: Array) -> Index:
    """Give each person's rank within the own cell, the greatest gain first."""
    order = np.lexsort((-best, at.home))
    rank = np.empty(len(order), dtype="int64")
    rank[order] = rank_in_runs(at.home[order])
    return rank


def bound(at: Instance, price: Array, budget_price: float, budget: int | None) -> float:
    """Give a number below the objective of every allowed plan, for any prices and any budget price of at least 0.

    sum over cells of min_k [F(k) + v (k - before)] - sum over cells of the outflow_limit greatest gains of its
    persons - budget price x budget.
    """
    if budget_price < 0 or (budget is None and budget_price > 0):
        return -np.inf
    _, least = cheapest_staff(at, price)
    _, best = gains(at, price, budget_price)
    leavers = best[ranked(at, best) < at.limit[at.home]]
    return float(least.sum() - leavers.sum() - (budget_price * budget if budget is not None else 0.0))


@dataclass(frozen=True)
class Proof:
    """Prices of cells, the two ends of the budget's price (the lower one is in force), and the bound they give."""

    price: Array
    ends: tuple[float, float | None]
    bound: float


@dataclass(frozen=True)
class Residual:
    """Arcs of the residual network: from a node to a node at a cost, with +1 a new move, -1 a move undone.

    Node c is cell c, node cells + c are the leavers of c, the last node is "staff anywhere".
    """

    tail: Index
    head: Index
    cost: Array
    moves: Array
    nodes: int

    @property
    def noise(self) -> float:
        """Differences below this are rounding, not gain."""
        return 1e-14 * max(1.0, float(np.abs(self.cost).max(initial=0.0)))


def residual(at: Instance, chosen: Index) -> Residual:
    """Give the residual network of a plan (``chosen``: positions of its pairs)."""
    cells, anywhere = len(at.need), 2 * len(at.need)
    moved = np.zeros(len(at.ids), bool)
    moved[at.person[chosen]] = True
    fresh = np.flatnonzero(~moved[at.person])
    now, paid = np.zeros(len(at.ids), dtype="int64"), np.zeros(len(at.ids))
    now[at.person[chosen]], paid[at.person[chosen]] = at.target[chosen], at.cost[chosen]
    other = np.setdiff1d(np.flatnonzero(moved[at.person]), chosen)
    staff, out = at.after(chosen), np.bincount(at.source[chosen], minlength=cells)
    here = np.arange(cells)
    up, down, free = staff + 0.5 < at.ceiling, staff - 0.5 > at.floor, out < at.limit
    one_more = at.step_cost(staff[up] + 1, here[up]) - at.step_cost(staff[up], here[up])
    one_less = at.step_cost(staff[down] - 1, here[down]) - at.step_cost(staff[down], here[down])
    none = np.zeros
    parts = [
        (cells + at.source[fresh], at.target[fresh], at.cost[fresh], 1.0),
        (now[at.person[other]], at.target[other], at.cost[other] - paid[at.person[other]], 0.0),
        (at.target[chosen], cells + at.source[chosen], -at.cost[chosen], -1.0),
        (here[free], cells + here[free], none(free.sum()), 0.0),
        (cells + here, here, none(cells), 0.0),
        (here[up], np.full(up.sum(), anywhere), one_more, 0.0),
        (np.full(down.sum(), anywhere), here[down], one_less, 0.0),
    ]
    tail, head, cost = (np.concatenate([part[each] for part in parts]) for each in range(3))
    moves = np.concatenate([np.full(len(part[0]), part[3]) for part in parts])
    return _cheapest_arcs(tail, head, cost, moves, anywhere + 1)


def _cheapest_arcs(tail: Index, head: Index, cost: Array, moves: Array, nodes: int) -> Residual:
    """Keep the cheapest of parallel arcs (of one kind) and sort by tail."""
    key = (tail * nodes + head) * 3 + (moves + 1).astype("int64")
    order = np.lexsort((cost, key))
    first = order[np.r_[True, key[order][1:] != key[order][:-1]]] if len(order) else order
    return Residual(tail[first], head[first], cost[first], moves[first], nodes)


def distances(net: Residual, budget_price: float, start: Array, reverse: bool = False) -> tuple[Array, Index | None]:
    """Bellman and Ford over all arcs at once: the shortest path from each node to the nodes given a length.

    ``start`` holds a length or infinity for each node; with ``reverse`` the paths run from those nodes. Returns the
    lengths and, where a cycle of negative cost goes round, its arcs (else None).
    """
    near, far = (net.tail, net.head) if reverse else (net.head, net.tail)
    order = np.argsort(far, kind="stable")
    near, far, weight = near[order], far[order], (net.cost + budget_price * net.moves)[order]
    begin = np.flatnonzero(np.r_[True, far[1:] != far[:-1]]) if len(far) else np.zeros(0, dtype=int)
    count = np.diff(np.r_[begin, len(far)])
    length, taken, noise = start.copy(), np.full(net.nodes, -1, dtype="int64"), net.noise * (1 + abs(budget_price))
    for turn in range(1, net.nodes + 2):
        offer = weight + length[near]
        least = np.minimum.reduceat(offer, begin) if len(begin) else offer
        better = least < length[far[begin]] - noise
        if not better.any():
            return length, None
        length[far[begin[better]]] = least[better]
        hit = np.flatnonzero(np.repeat(better, count) & (offer == np.repeat(least, count)))
        taken[far[hit[::-1]]] = hit[::-1]
        if turn % 8 == 0 or turn > net.nodes:
            cycle = _cycle(taken, near)
            if cycle is not None:
                return length, order[cycle]
    raise ArithmeticError("shortest paths neither came to rest nor showed a cycle")


def _cycle(taken: Index, near: Index) -> Index | None:
    """Give the arcs of a cycle among the arcs that nodes took, if there is one."""
    node = np.arange(len(taken))
    step = np.where(taken >= 0, near[taken], -1)
    far = step.copy()
    for _ in range(int(np.ceil(np.log2(len(taken) + 1)))):
        far = np.where(far >= 0, far[far], -1)
    endless = node[far >= 0]
    if not len(endless):
        return None
    at = int(far[endless[0]])  # far enough along to be on the cycle itself
    arcs = [int(taken[at])]
    while (at := int(step[at])) != int(far[endless[0]]):
        arcs.append(int(taken[at]))
    return np.array(arcs)


def budget_ends(net: Residual) -> tuple[float, float | None] | None:
    """Give the two ends of the price of a budget that the plan has spent: of the next move and of the last.

    Between them no cycle of the residual network has negative cost. The upper end is None where no move was made.
    None where there is no such price: the plan is not the best, or the budget lies inside a chain of moves.
    """
    low = _critical(net, 0.0, +1.0)
    if low is None:
        return None
    if not (net.moves < 0).any():
        return low, None
    high = _critical(net, (net.nodes + 1) * (1.0 + float(np.abs(net.cost).max())), -1.0)
    return None if high is None else (low, high)


def proof_from_plan(at: Instance, chosen: Index, budget: int | None) -> Proof | None:
    """Give the canonical prices of a finished plan with their bound; None where they do not prove it the best.

    A budget that is not spent has price 0; one that is takes the lower end of its price.
    """
    net = residual(at, chosen)
    ends = budget_ends(net) if budget is not None and len(chosen) == budget else (0.0, 0.0)
    price = None if ends is None else canonical_prices(net, ends[0], len(at.need))
    if ends is None or price is None:
        return None
    below = bound(at, price, ends[0], budget)
    return Proof(price, ends, below) if gap_of(at.objective(chosen), below) == 0 else None


def _critical(net: Residual, price: float, side: float) -> float | None:
    """Move the price until no cycle has negative cost; only cycles that spend (+1) or save (-1) moves may be met."""
    nowhere = np.zeros(net.nodes)
    while True:
        _, cycle = distances(net, price, nowhere)
        if cycle is None:
            return price + 0.0
        moves, cost = net.moves[cycle].sum(), net.cost[cycle].sum()
        if moves * side <= 0:
            return None
        price = float(-cost / moves)


def canonical_prices(net: Residual, budget_price: float, cells: int) -> Array | None:
    """Give the price of each cell from the finished plan, or None where a cycle of negative cost shows a better one.

    A cell from which nobody can go anywhere takes the largest price that the arcs into it allow, 0 if there are none.
    """
    start = np.full(net.nodes, np.inf)
    start[-1] = 0.0
    if distances(net, budget_price, np.zeros(net.nodes))[1] is not None:
        return None
    to_anywhere, _ = distances(net, budget_price, start)
    price, _ = distances(net, budget_price, np.where(np.isinf(to_anywhere), np.inf, -to_anywhere), reverse=True)
    price, _ = distances(net, budget_price, np.where(np.isinf(price), 0.0, price), reverse=True)
    return price[:cells] + 0.0
