"""The linear program over all pairs and staff counts, and the exact finish in whole persons.

Price, add what helps, repeat, on one warm object; then, where the budget splits a chain of moves, the best plan of the
few pairs and staff counts that can still be in it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from toolkit.common.types import Array, Index
from toolkit.errors import NotProvenError
from toolkit.plan.certificate import bound, cheapest_staff, gains, ranked, tolerance
from toolkit.plan.instance import Instance, rank_in_runs
from toolkit.plan.model import SIGNS, Model, group, rows_of, window
from toolkit.plan.solver import HIGHS, Warm

log = logging.getLogger("toolkit")
PER_OWNER, BATCH = 3, 4000
FIRST_DELTA, WHOLE = 1e-3, 1e-6


class Master:
    """The linear program of an instance, on the pairs and steps that were priced in so far.

    Rows: cells (steps up - steps down = arrivals - leavers), groups, outflow limits, the budget. After ``solve``:
    ``value``, ``flows`` (of ``groups.pairs``), ``price`` of cells and ``budget_price``; ``sound``: the last flows that
    move whole persons.
    """

    def __init__(self, instance: Instance, budget: int | None, seconds: float = np.inf) -> None:
        self.instance, self.budget, self.groups = instance, budget, group(instance)
        cells, most = len(instance.need), np.inf if budget is None else budget
        self.program = Warm(
            np.r_[np.zeros(cells), np.full(len(self.groups.size) + cells + 1, -np.inf)],
            np.r_[np.zeros(cells), self.groups.size, instance.limit, most].astype("float64"),
            seconds,
        )
        self.columns: list[Index] = [np.zeros(0, dtype="int64")]
        self.inside = np.zeros(len(self.groups.pairs), bool)
        self.steps = {1: np.zeros(cells), -1: np.zeros(cells)}
        self.flows: Array = np.zeros(len(self.groups.pairs))
        self.value = instance.objective(self.columns[0])
        self.price: Array = np.asarray(-instance.step(instance.before) * instance.unit)
        self.budget_price, self.sound = 0.0, self.flows
        self._price_steps(instance.before)
        self.reduced = self._reduced(np.zeros(len(self.groups.size)), np.zeros(cells))

    @property
    def whole(self) -> bool:
        """Whether the solution moves whole persons."""
        return bool(np.abs(self.flows - np.rint(self.flows)).max(initial=0.0) < WHOLE)

    def spend(self, budget: int) -> None:
        """Change the budget; ``solve`` goes on from where it stands."""
        self.budget = budget
        self.program.limit(2 * len(self.instance.need) + len(self.groups.size), -np.inf, float(budget))

    def solve(self, over: Callable[[], bool] = lambda: False) -> bool:
        """Price until nothing helps; False if time was over before."""
        while True:
            self._price_pairs()
            if over() or not self._solved():
                return False
            best, _ = cheapest_staff(self.instance, self.price)
            if not self._price_steps(best) and not ((self.reduced < -self.instance.unit / 2) & ~self.inside).any():
                log.info("%d of %d pairs in the model", self.inside.sum(), len(self.instance.person))
                return True

    def _solved(self) -> bool:
        instance, cells, groups = self.instance, len(self.instance.need), len(self.groups.size)
        answer = self.program.minimise()
        if answer is None:
            return False
        pairs = np.concatenate(self.columns)
        self.flows = np.zeros(len(self.groups.pairs))
        self.flows[pairs[pairs >= 0]] = answer.columns[pairs >= 0]
        self.sound = self.flows if self.whole else self.sound
        self.value = answer.value + float(instance.step_cost(instance.before).sum())
        self.price, of_group, of_limit, last = np.split(-answer.duals, [cells, cells + groups, 2 * cells + groups])
        self.budget_price = max(0.0, float(last[0])) if self.budget is not None else 0.0
        self.reduced = self._reduced(of_group, of_limit)
        return True

    def _reduced(self, of_group: Array, of_limit: Array) -> Array:
        instance, pairs, mine = self.instance, self.groups.pairs, self.groups.group
        source = instance.source[pairs]
        cost = instance.price[pairs] * instance.unit + self.budget_price
        return np.asarray(cost - self.price[instance.target[pairs]] + (self.price + of_limit)[source] + of_group[mine])

    def _price_pairs(self) -> None:
        """Add the most useful pairs of each group and of each destination, at most a batch."""
        instance, groups, reduced = self.instance, self.groups, self.reduced
        wanted = np.flatnonzero((reduced < -instance.unit / 2) & ~self.inside)
        keep = np.zeros(len(reduced), bool)
        for owner in (groups.group, instance.target[groups.pairs]):
            order = wanted[np.lexsort((reduced[wanted], owner[wanted]))]
            keep[order[rank_in_runs(owner[order]) < PER_OWNER]] = True
        new = np.flatnonzero(keep)
        new = new[np.argsort(reduced[new], kind="stable")[:BATCH]]
        if not len(new):
            return
        self.inside[new] = True
        pairs, mine = groups.pairs[new], groups.group[new]
        rows, values = rows_of(instance, pairs, mine, len(groups.size)), np.tile(SIGNS, (len(new), 1))
        self.program.add(instance.price[pairs] * instance.unit, groups.size[mine], rows, values)
        self.columns.append(new)

    def _price_steps(self, best: Array) -> bool:
        """Add steps to one beyond the staff that suits the prices best; tell whether that staff was out of reach."""
        instance, wider = self.instance, False
        for sign, end in ((1, instance.ceiling), (-1, instance.floor)):
            have = self.steps[sign]
            wider |= bool((sign * (best - instance.before) > have + 0.5).any())
            reach = np.floor(sign * (end - instance.before) + WHOLE)
            count = np.maximum(np.clip(np.rint(sign * (best - instance.before)) + 1, 0, reach) - have, 0).astype(
                "int64"
            )
            cell = np.repeat(np.arange(len(count)), count)
            if len(cell):
                staff = instance.before[cell] + sign * (have[cell] + rank_in_runs(cell))
                cost = sign * instance.step(staff - (sign < 0), cell) * instance.unit
                self.program.add(cost, np.ones(len(cell)), cell[:, None], np.full((len(cell), 1), float(sign)))
                self.columns.append(np.full(len(cell), -1))
                have += count
        return wider


def whole_moves(master: Master, solver: str = HIGHS) -> tuple[float, Array]:
    """Finish in whole persons, by the readable model and any solver: the objective and the moves of each pair.

    With a valid bound, a plan better than ``bound + delta`` uses no pair whose reduced cost exceeds delta and no staff
    count that costs a cell more than delta; so the best of what is left is proven if it is within delta of the bound.
    """
    instance, groups, budget = master.instance, master.groups, master.budget
    low_bound, delta = bound(instance, master.price, master.budget_price, budget), FIRST_DELTA
    for _ in range(12):
        mask, low, high = within(instance, master.price, master.budget_price, delta)
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
    instance, groups = master.instance, master.groups
    pairs, (cells, steps) = groups.pairs[active], window(instance, low, high)
    most = np.r_[instance.before - low, groups.size, instance.limit, np.inf if master.budget is None else master.budget]
    least = np.r_[instance.before - low, np.full(len(most) - len(low), -np.inf)]
    model = Model(least, most, rows_of(instance, pairs, groups.group[active], len(groups.size)), cells)
    answer = model.solve(np.r_[instance.price[pairs], steps] * instance.unit, solver, whole=True)
    return answer.value + float(instance.step_cost(low).sum()), answer.columns


def within(
    instance: Instance, price: Array, budget_price: float, delta: float
) -> tuple[NDArray[np.bool_], Array, Array]:
    """Tell which pairs, and give from where to where the staff counts, have a reduced cost of at most delta."""
    gain, best = gains(instance, price, budget_price)
    rank = ranked(instance, best)
    last = np.zeros(len(instance.need))
    full = rank == instance.limit[instance.home] - 1
    last[instance.home[full]] = best[
        full
    ]  # where an outflow limit binds, a leaver displaces the least of those who leave
    loss = np.maximum(best, last[instance.home])[instance.person] - gain
    cheapest, least = cheapest_staff(instance, price)
    low, high = cheapest.copy(), cheapest.copy()
    for step, edge, end in ((-1.0, low, instance.floor), (1.0, high, instance.ceiling)):
        going = np.ones(len(edge), bool)
        while going.any():
            staff = edge + step
            cost = instance.step_cost(staff) + price * (staff - instance.before)
            going &= (step * (end - staff) > -0.5) & (cost <= least + delta)
            edge[going] = staff[going]
    return loss <= delta, low, high


def persons(master: Master, moved: Array) -> Index:
    """Give each flow its persons (positions of pairs): any members of its group, who are equal to the model."""
    instance, groups, flows = master.instance, master.groups, np.rint(moved).astype("int64")
    start = np.searchsorted(instance.person, np.arange(len(instance.ids)))
    first = np.unique(groups.of, return_index=True)[1]
    members = np.argsort(groups.of, kind="stable")
    begin = np.cumsum(groups.size) - groups.size
    used = np.flatnonzero(flows)
    column = groups.pairs[used] - start[first[groups.group[used]]]
    owner = np.repeat(groups.group[used], flows[used])
    return np.sort(start[members[begin[owner] + rank_in_runs(owner)]] + np.repeat(column, flows[used]))
