"""Exact solution over all pairs and staff counts.

Price, add what helps, repeat; then finish in whole persons where the budget splits a chain of moves.
"""

from __future__ import annotations

import logging

import numpy as np
from tqdm import tqdm

from toolkit.errors import NotProvenError
from toolkit.plan.cells import Array, Index, Instance, rank_in_runs
from toolkit.plan.certificate import bound, cheapest_staff, gains, ranked, tolerance
from toolkit.plan.steps import Groups, Solution, group, solve_steps

log = logging.getLogger("toolkit")
PER_GROUP, BATCH, EPSILON = 3, 4000, 1e-9
FIRST_DELTA = 1e-3


def best_moves(at: Instance, budget: int | None) -> tuple[Index, Array, float]:
    """Give the best plan (positions of its pairs) and prices of cells and budget that prove it, or nearly.

    Raises:
        NotProvenError: the solver did not prove optimality.
    """
    groups = group(at)
    solution, active = _relaxed(at, groups, budget)
    flows = np.zeros(len(groups.pairs))
    flows[active] = solution.moves
    if np.abs(flows - np.rint(flows)).max(initial=0.0) > 1e-6:
        flows = _whole(at, groups, budget, solution)
    return _persons(at, groups, np.rint(flows).astype("int64")), solution.price, solution.budget_price


def _relaxed(at: Instance, groups: Groups, budget: int | None) -> tuple[Solution, Index]:
    """Solve the linear program over all pairs and staff counts by pricing."""
    low, high = np.maximum(at.floor, at.before - 1), np.minimum(at.ceiling, at.before + 1)
    marginal = at.step_cost(at.before) - at.step_cost(at.before + 1)
    chosen = np.zeros(len(groups.pairs), bool)
    reduced = _reduced(at, groups, marginal, 0.0)
    with tqdm(desc="pricing", unit=" rounds", disable=None) as progress:
        while True:
            wanted = np.flatnonzero((reduced < -EPSILON) & ~chosen)
            chosen[_most_useful(wanted, reduced, groups, at)] = True
            active = np.flatnonzero(chosen)
            solution = solve_steps(at, groups, active, low, high, budget)
            reduced = _reduced(at, groups, solution.price, solution.budget_price)
            reduced += solution.group_price[groups.group] + solution.limit_price[groups.cell[groups.group]]
            best, _ = cheapest_staff(at, solution.price)
            wider = (best < low) | (best > high)
            low, high = np.minimum(low, best), np.maximum(high, best)
            progress.update()
            if not wider.any() and not ((reduced < -EPSILON) & ~chosen).any():
                log.info("%d of %d pairs in the model", len(active), len(at.person))
                return solution, active


def _reduced(at: Instance, groups: Groups, price: Array, budget_price: float) -> Array:
    pairs = groups.pairs
    return np.asarray(at.cost[pairs] + budget_price - price[at.target[pairs]] + price[at.source[pairs]])


def _most_useful(wanted: Index, reduced: Array, groups: Groups, at: Instance) -> Index:
    """Give the most useful pairs of each group and of each destination, at most a batch."""
    keep = np.zeros(len(reduced), bool)
    for owner in (groups.group, at.target[groups.pairs]):
        order = wanted[np.lexsort((reduced[wanted], owner[wanted]))]
        keep[order[rank_in_runs(owner[order]) < PER_GROUP]] = True
    kept = np.flatnonzero(keep)
    return kept[np.argsort(reduced[kept], kind="stable")[:BATCH]]


def _whole(at: Instance, groups: Groups, budget: int | None, solution: Solution) -> Array:
    """Finish in whole persons: the best plan uses only pairs and staff counts of small reduced cost.

    With a valid bound, a plan better than ``bound + delta`` uses no pair whose reduced cost exceeds delta and no staff
    count that costs a cell more than delta; so the best of what is left is proven if it is within delta of the bound.
    """
    low_bound, delta = bound(at, solution.price, solution.budget_price, budget), FIRST_DELTA
    for _ in range(12):
        active, low, high = _within(at, groups, solution, delta)
        flows = np.zeros(len(groups.pairs))
        try:
            exact = solve_steps(at, groups, active, low, high, budget, whole=True)
        except NotProvenError:
            delta *= 10  # nothing whole is left: widen
            continue
        flows[active] = exact.moves
        if exact.value - low_bound <= delta:
            return flows
        delta = exact.value - low_bound + tolerance(low_bound)
    raise NotProvenError("the plan in whole persons could not be proven within twelve widenings; report the tables")


def _within(at: Instance, groups: Groups, solution: Solution, delta: float) -> tuple[Index, Array, Array]:
    """Give the pairs and the staff counts whose reduced cost is at most delta."""
    gain, best = gains(at, solution.price, solution.budget_price)
    rank = ranked(at, best)
    last = np.zeros(len(at.need))
    full = rank == at.limit[at.home] - 1
    last[at.home[full]] = best[full]  # where an outflow limit binds, a leaver displaces the least of those who leave
    loss = np.maximum(best, last[at.home])[at.person[groups.pairs]] - gain[groups.pairs]
    cheapest, least = cheapest_staff(at, solution.price)
    low, high = cheapest.copy(), cheapest.copy()
    for step, edge, end in ((-1.0, low, at.floor), (1.0, high, at.ceiling)):
        going = np.ones(len(edge), bool)
        while going.any():
            staff = edge + step
            cost = at.step_cost(staff) + solution.price * (staff - at.before)
            going &= (step * (end - staff) > -0.5) & (cost <= least + delta)
            edge[going] = staff[going]
    return np.flatnonzero(loss <= delta), low, high


def _persons(at: Instance, groups: Groups, flows: Index) -> Index:
    """Give each flow its persons: within a group those longest in post first, then by id (their order in ``at``)."""
    start = np.searchsorted(at.person, np.arange(len(at.ids)))
    first = np.unique(groups.of, return_index=True)[1]
    members = np.lexsort((at.since, groups.of))
    begin = np.cumsum(groups.size) - groups.size
    used = np.flatnonzero(flows)
    column = groups.pairs[used] - start[first[groups.group[used]]]
    owner = np.repeat(groups.group[used], flows[used])
    return np.sort(start[members[begin[owner] + rank_in_runs(owner)]] + np.repeat(column, flows[used]))
