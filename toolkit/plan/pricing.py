"""The linear program over all pairs and staff counts, and the exact finish in whole persons.

Price, add what helps, repeat, on one warm object; then, where the budget splits a chain of moves, the best plan of the
few pairs and staff counts that can still be in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from toolkit.errors import NotProvenError
from toolkit.plan.cells import Array, Index, Instance, rank_in_runs
from toolkit.plan.certificate import bound, cheapest_staff, gains, ranked, tolerance
from toolkit.plan.solver import HIGHS, Warm
from toolkit.plan.steps import SIGNS, Model, group, rows_of, window

log = logging.getLogger("toolkit")
PER_OWNER, BATCH = 3, 4000
FIRST_DELTA, WHOLE = 1e-3, 1e-6


class Master:
    """The linear program of an instance, on the pairs and steps that were priced in so far.

    Rows: cells (steps up - steps down = arrivals - leavers), groups, outflow limits, the budget. After ``solve``:
    ``value``, ``flows`` (of ``groups.pairs``), ``price`` of cells and ``budget_price``; ``sound``: the last flows that
    move whole persons.
    """

    def __init__(self, at: Instance, budget: int | None, seconds: float = np.inf) -> None:
        self.at, self.budget, self.groups = at, budget, group(at)
        cells, most = len(at.need), np.inf if budget is None else budget
        self.program = Warm(
            np.r_[np.zeros(cells), np.full(len(self.groups.size) + cells + 1, -np.inf)],
            np.r_[np.zeros(cells), self.groups.size, at.limit, most].astype("float64"),
            seconds,
        )
        self.columns: list[Index] = [np.zeros(0, dtype="int64")]
        self.inside = np.zeros(len(self.groups.pairs), bool)
        self.steps = {1: np.zeros(cells), -1: np.zeros(cells)}
        self.flows: Array = np.zeros(len(self.groups.pairs))
        self.value = at.objective(self.columns[0])
        self.price: Array = np.asarray(-at.step(at.before) * at.unit)
        self.budget_price, self.sound = 0.0, self.flows
        self._price_steps(at.before)
        self.reduced = self._reduced(np.zeros(len(self.groups.size)), np.zeros(cells))

    @property
    def whole(self) -> bool:
        """Whether the solution moves whole persons."""
        return bool(np.abs(self.flows - np.rint(self.flows)).max(initial=0.0) < WHOLE)

    def spend(self, budget: int) -> None:
        """Change the budget; ``solve`` goes on from where it stands."""
        self.budget = budget
        self.program.limit(2 * len(self.at.need) + len(self.groups.size), -np.inf, float(budget))

    def solve(self, over: Callable[[], bool] = lambda: False) -> bool:
        """Price until nothing helps; False if time was over before."""
        while True:
            self._price_pairs()
            if over() or not self._solved():
                return False
            best, _ = cheapest_staff(self.at, self.price)
            if not self._price_steps(best) and not ((self.reduced < -self.at.unit / 2) & ~self.inside).any():
                log.info("%d of %d pairs in the model", self.inside.sum(), len(self.at.person))
                return True

    def _solved(self) -> bool:
        at, cells, groups = self.at, len(self.at.need), len(self.groups.size)
        answer = self.program.minimise()
        if answer is None:
            return False
        pairs = np.concatenate(self.columns)
        self.flows = np.zeros(len(self.groups.pairs))
        self.flows[pairs[pairs >= 0]] = answer.columns[pairs >= 0]
        self.sound = self.flows if self.whole else self.sound
        self.value = answer.value + float(at.step_cost(at.before).sum())
        self.price, of_group, of_limit, last = np.split(-answer.duals, [cells, cells + groups, 2 * cells + groups])
        self.budget_price = max(0.0, float(last[0])) if self.budget is not None else 0.0
        self.reduced = self._reduced(of_group, of_limit)
        return True

    def _reduced(self, of_group: Array, of_limit: Array) -> Array:
        at, pairs, mine = self.at, self.groups.pairs, self.groups.group
        source = at.source[pairs]
        cost = at.price[pairs] * at.unit + self.budget_price
        return np.asarray(cost - self.price[at.target[pairs]] + (self.price + of_limit)[source] + of_group[mine])

    def _price_pairs(self) -> None:
        """Add the most useful pairs of each group and of each destination, at most a batch."""
        at, groups, reduced = self.at, self.groups, self.reduced
        wanted = np.flatnonzero((reduced < -at.unit / 2) & ~self.inside)
        keep = np.zeros(len(reduced), bool)
        for owner in (groups.group, at.target[groups.pairs]):
            order = wanted[np.lexsort((reduced[wanted], owner[wanted]))]
            keep[order[rank_in_runs(owner[order]) < PER_OWNER]] = True
        new = np.flatnonzero(keep)
        new = new[np.argsort(reduced[new], kind="stable")[:BATCH]]
        if not len(new):
            return
        self.inside[new] = True
        pairs, mine = groups.pairs[new], groups.group[new]
        rows, values = rows_of(at, pairs, mine, len(groups.size)), np.tile(SIGNS, (len(new), 1))
        self.program.add(at.price[pairs] * at.unit, groups.size[mine], rows, values)
        self.columns.append(new)

    def _price_steps(self, best: Array) -> bool:
        """Add steps to one beyond the staff that suits the prices best; tell whether that staff was out of reach."""
        at, wider = self.at, False
        for sign, end in ((1, at.ceiling), (-1, at.floor)):
            have = self.steps[sign]
            wider |= bool((sign * (best - at.before) > have + 0.5).any())
            reach = np.floor(sign * (end - at.before) + WHOLE)
            count = np.maximum(np.clip(np.rint(sign * (best - at.before)) + 1, 0, reach) - have, 0).astype("int64")
            cell = np.repeat(np.arange(len(count)), count)
            if len(cell):
                staff = at.before[cell] + sign * (have[cell] + rank_in_runs(cell))
                cost = sign * at.step(staff - (sign < 0), cell) * at.unit
                self.program.add(cost, np.ones(len(cell)), cell[:, None], np.full((len(cell), 1), float(sign)))
                self.columns.append(np.full(len(cell), -1))
                have += count
        return wider


def whole_moves(master: Master, solver: str = HIGHS) -> tuple[float, Array]:
    """Finish in whole persons, by the readable model and any solver: the objective and the moves of each pair.

    With a valid bound, a plan better than ``bound + delta`` uses no pair whose reduced cost exceeds delta and no staff
    count that costs a cell more than delta; so the best of what is left is proven if it is within delta of the bound.
    """
    at, groups, budget = master.at, master.groups, master.budget
    low_bound, delta = bound(at, master.price, master.budget_price, budget), FIRST_DELTA
    for _ in range(12):
        mask, low, high = within(at, master.price, master.budget_price, delta)
        active, flows = np.flatnonzero(mask[groups.pairs]), np.zeros(len(groups.pairs))
        try:
            value, flows[active] = _core(master, active, low, high, solver)
        except NotProvenError:
            delta *= 10  # nothing whole is left: widen
            continue
        if value - low_bound <= delta:
            return value, flows
        delta = value - low_bound + tolerance(low_bound)
    raise NotProvenError("the plan in whole persons could not be proven within twelve widenings; report the tables")


def _core(master: Master, active: Index, low: Array, high: Array, solver: str) -> tuple[float, Array]:
    at, groups = master.at, master.groups
    pairs, (cells, steps) = groups.pairs[active], window(at, low, high)
    most = np.r_[at.before - low, groups.size, at.limit, np.inf if master.budget is None else master.budget]
    least = np.r_[at.before - low, np.full(len(most) - len(low), -np.inf)]
    model = Model(least, most, rows_of(at, pairs, groups.group[active], len(groups.size)), cells)
    answer = model.solve(np.r_[at.price[pairs], steps] * at.unit, solver, whole=True)
    return answer.value + float(at.step_cost(low).sum()), answer.columns


def within(at: Instance, price: Array, budget_price: float, delta: float) -> tuple[NDArray[np.bool_], Array, Array]:
    """Tell which pairs, and give from where to where the staff counts, have a reduced cost of at most delta."""
    gain, best = gains(at, price, budget_price)
    rank = ranked(at, best)
    last = np.zeros(len(at.need))
    full = rank == at.limit[at.home] - 1
    last[at.home[full]] = best[full]  # where an outflow limit binds, a leaver displaces the least of those who leave
    loss = np.maximum(best, last[at.home])[at.person] - gain
    cheapest, least = cheapest_staff(at, price)
    low, high = cheapest.copy(), cheapest.copy()
    for step, edge, end in ((-1.0, low, at.floor), (1.0, high, at.ceiling)):
        going = np.ones(len(edge), bool)
        while going.any():
            staff = edge + step
            cost = at.step_cost(staff) + price * (staff - at.before)
            going &= (step * (end - staff) > -0.5) & (cost <= least + delta)
            edge[going] = staff[going]
    return loss <= delta, low, high


def persons(master: Master, moved: Array) -> Index:
    """Give each flow its persons (positions of pairs): any members of its group, who are equal to the model."""
    at, groups, flows = master.at, master.groups, np.rint(moved).astype("int64")
    start = np.searchsorted(at.person, np.arange(len(at.ids)))
    first = np.unique(groups.of, return_index=True)[1]
    members = np.argsort(groups.of, kind="stable")
    begin = np.cumsum(groups.size) - groups.size
    used = np.flatnonzero(flows)
    column = groups.pairs[used] - start[first[groups.group[used]]]
    owner = np.repeat(groups.group[used], flows[used])
    return np.sort(start[members[begin[owner] + rank_in_runs(owner)]] + np.repeat(column, flows[used]))
