"""The linear program over all pairs and staff counts (``Master``), and the exact finish in whole persons.

Column generation: solve with some pairs, let the prices of that solution name pairs that would help, add them, and
repeat until no pair helps; all on one program that is kept warm. Where the budget splits a chain of moves the solution
is in parts of persons; then the best plan of the few pairs and staff counts that can still be in it is searched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from toolkit.common.types import Array, Index, Mask
from toolkit.errors import NotProvenError
from toolkit.plan.certificate import bound, cheapest_staff, gains, rank_in_cell, tolerance
from toolkit.plan.instance import Instance, rank_in_runs
from toolkit.plan.model import SIGNS, WHOLE, Model, group, rows_of, window
from toolkit.plan.solver import HIGHS, Warm

log = logging.getLogger("toolkit")

PER_OWNER = 3  # the best so many pairs of each group, and of each destination, are added in one round
BATCH = 4000  # pairs added in one round at most
FIRST_DELTA = 1e-3  # how far above the bound the first search for whole moves looks; nearly always enough
WIDENINGS = 12  # each is tenfold, or wide enough for the best plan found, so that a few are enough


class Master:
    """The linear program of an instance, on the pairs and steps that were priced in so far.

    Rows: cells (steps up - steps down = arrivals - leavers), groups, outflow limits, the budget. After ``solve``:
    ``value``, ``flows`` (persons along each of ``groups.pairs``), ``price`` of cells and ``budget_price``; ``sound``:
    the last flows that moved whole persons.
    """

    def __init__(self, instance: Instance, budget: int | None, seconds: float = np.inf) -> None:
        cells = len(instance.need)
        self.instance = instance
        self.budget = budget
        self.groups = group(instance)
        owners = len(self.groups.size)
        most = np.inf if budget is None else budget
        self.program = Warm(
            np.r_[np.zeros(cells), np.full(owners + cells + 1, -np.inf)],
            np.r_[np.zeros(cells), self.groups.size, instance.limit, most].astype("float64"),
            seconds,
        )
        self.columns: list[Index] = [np.zeros(0, dtype="int64")]  # position in groups.pairs; -1: a step
        self.inside = np.zeros(len(self.groups.pairs), bool)  # pairs that are in the program
        self.steps = {1: np.zeros(cells), -1: np.zeros(cells)}  # steps up and down that each cell has
        self.flows: Array = np.zeros(len(self.groups.pairs))
        self.sound = self.flows
        self.value = instance.objective(self.columns[0])
        # Nobody has moved: a further person is worth what the cell's next step saves.
        self.price: Array = np.asarray(-instance.step(instance.before) * instance.unit)
        self.budget_price = 0.0
        self._add_steps(instance.before)
        self.reduced = self._reduced(np.zeros(owners), np.zeros(cells))

    @property
    def whole(self) -> bool:
        """Whether the solution moves whole persons."""
        return bool(np.abs(self.flows - np.rint(self.flows)).max(initial=0.0) < WHOLE)

    def spend(self, budget: int) -> None:
        """Change the budget; ``solve`` continues from the present solution."""
        self.budget = budget
        last_row = 2 * len(self.instance.need) + len(self.groups.size)
        self.program.limit(last_row, -np.inf, float(budget))

    def solve(self, over: Callable[[], bool] = lambda: False) -> bool:
        """Price pairs and steps until none helps; False if time was over before.

        A pair helps if its reduced cost is negative. When none is, and each cell has the steps to reach the staff
        that suits its price, the solution is the best one over all pairs, not only over those in the program (to half
        a unit a move; the certificate measures what is left).
        """
        while True:
            self._add_pairs()
            if over() or not self._solve_program():
                return False
            best, _ = cheapest_staff(self.instance, self.price)
            out_of_reach = self._add_steps(best)
            if not out_of_reach and not self._helping().any():
                log.info("%d of %d pairs of groups in the model", self.inside.sum(), len(self.inside))
                return True

    def _solve_program(self) -> bool:
        """Solve the program as it is and read off flows and prices; False if time was over."""
        instance = self.instance
        cells = len(instance.need)
        groups = len(self.groups.size)
        answer = self.program.minimise()
        if answer is None:
            return False
        columns = np.concatenate(self.columns)
        is_pair = columns >= 0
        self.flows = np.zeros(len(self.groups.pairs))
        self.flows[columns[is_pair]] = answer.columns[is_pair]
        if self.whole:
            self.sound = self.flows
        self.value = answer.value + float(instance.step_cost(instance.before).sum())
        # A dual says what a larger right-hand side costs; a price says what one more person is worth: the minus.
        prices = np.split(-answer.duals, [cells, cells + groups, 2 * cells + groups])
        self.price, of_group, of_limit, of_budget = prices
        self.budget_price = max(0.0, float(of_budget[0])) if self.budget is not None else 0.0
        self.reduced = self._reduced(of_group, of_limit)
        return True

    def _reduced(self, of_group: Array, of_limit: Array) -> Array:
        """Return the reduced cost of each of ``groups.pairs``: cost less what the move is worth at present prices."""
        instance = self.instance
        pairs = self.groups.pairs
        source = instance.source[pairs]
        cost = instance.price[pairs] * instance.unit + self.budget_price
        leaves = (self.price + of_limit)[source] + of_group[self.groups.group]
        return np.asarray(cost - self.price[instance.target[pairs]] + leaves)

    def _helping(self) -> Mask:
        """Whether each pair is outside the program and would help by half a unit or more: less may be rounding."""
        return (self.reduced < -self.instance.unit / 2) & ~self.inside

    def _add_pairs(self) -> None:
        """Add the most useful pairs of each group and of each destination, at most a batch.

        One pair a round would take thousands of solves; all that help would make the program large, as most help
        only until the first of them is in. A few of each group and each destination are enough to get on.
        """
        instance = self.instance
        groups = self.groups
        wanted = np.flatnonzero(self._helping())
        keep = np.zeros(len(self.reduced), bool)
        for owner in (groups.group, instance.target[groups.pairs]):
            order = wanted[np.lexsort((self.reduced[wanted], owner[wanted]))]
            keep[order[rank_in_runs(owner[order]) < PER_OWNER]] = True
        new = np.flatnonzero(keep)
        new = new[np.argsort(self.reduced[new], kind="stable")[:BATCH]]
        if not len(new):
            return
        self.inside[new] = True
        pairs = groups.pairs[new]
        mine = groups.group[new]
        rows = rows_of(instance, pairs, mine, len(groups.size))
        signs = np.tile(SIGNS, (len(new), 1))
        self.program.add(instance.price[pairs] * instance.unit, groups.size[mine], rows, signs)
        self.columns.append(new)

    def _add_steps(self, best: Array) -> bool:
        """Add steps to one beyond the staff that suits the prices best; whether that staff was out of reach.

        Staff counts are priced like pairs. A fixed window of counts would be quicker and wrong: nothing in the
        duals of pairs shows that a cell would like to be outside of it.
        """
        out_of_reach = False
        for sign, end in ((1, self.instance.ceiling), (-1, self.instance.floor)):
            have = self.steps[sign]
            wanted = sign * (best - self.instance.before)
            out_of_reach |= bool((wanted > have + 0.5).any())
            # one step further than wanted: what the next person is worth is then in the prices
            possible = np.floor(sign * (end - self.instance.before) + WHOLE)
            reach = np.clip(np.rint(wanted) + 1, 0, possible)
            count = np.maximum(reach - have, 0).astype("int64")
            self._add_steps_one_way(sign, count)
        return out_of_reach

    def _add_steps_one_way(self, sign: int, count: Index) -> None:
        """Add the next ``count`` steps of each cell, up (+1) or down (-1)."""
        have = self.steps[sign]
        cell = np.repeat(np.arange(len(count)), count)
        if not len(cell):
            return
        staff = self.instance.before[cell] + sign * (have[cell] + rank_in_runs(cell))
        # the step from s to s + 1 is ``step(s)``; down from s it is step(s - 1) taken back
        cost = sign * self.instance.step(staff - (sign < 0), cell) * self.instance.unit
        self.program.add(cost, np.ones(len(cell)), cell[:, None], np.full((len(cell), 1), float(sign)))
        self.columns.append(np.full(len(cell), -1))
        have += count


def whole_moves(master: Master, solver: str = HIGHS) -> tuple[float, Array]:
    """Finish in whole persons, by the readable model and any solver: the objective, the moves of ``groups.pairs``.

    With a valid bound, a plan better than ``bound + delta`` uses no pair whose reduced cost exceeds delta and no staff
    count that costs a cell more than delta (``within``); so the best of what is left is the best of all if it is
    within delta of the bound. If it is not, its distance from the bound (and what rounding may add) is a delta
    wide enough.

    Raises:
        NotProvenError: nothing was proven after twelve widenings.
    """
    instance = master.instance
    groups = master.groups
    low_bound = bound(instance, master.price, master.budget_price, master.budget)
    delta = FIRST_DELTA
    for _ in range(WIDENINGS):
        mask, low, high = within(instance, master.price, master.budget_price, delta)
        active = np.flatnonzero(mask[groups.pairs])
        flows = np.zeros(len(groups.pairs))
        try:
            value, flows[active] = _solve_core(master, active, low, high, solver)
        except NotProvenError:
            delta *= 10  # nearly always because no whole plan is left among so few: widen
            continue
        if value - low_bound <= delta:
            return value, flows
        delta = value - low_bound + tolerance(low_bound)
    raise NotProvenError("widenings")


def _solve_core(master: Master, active: Index, low: Array, high: Array, solver: str) -> tuple[float, Array]:
    """Solve in whole moves with the active pairs (of ``groups.pairs``) and staff from low to high alone."""
    instance = master.instance
    groups = master.groups
    pairs = groups.pairs[active]
    step_cells, step_costs = window(instance, low, high)
    of_cell = instance.before - low
    most_moves = np.inf if master.budget is None else master.budget
    most = np.r_[of_cell, groups.size, instance.limit, most_moves]
    least = np.r_[of_cell, np.full(len(most) - len(of_cell), -np.inf)]
    model = Model(least, most, rows_of(instance, pairs, groups.group[active], len(groups.size)), step_cells)
    answer = model.solve(np.r_[instance.price[pairs], step_costs] * instance.unit, solver, whole=True)
    return answer.value + float(instance.step_cost(low).sum()), answer.columns


def within(instance: Instance, price: Array, budget_price: float, delta: float) -> tuple[Mask, Array, Array]:
    """Return which pairs lose at most delta, and the least and greatest staff of each cell that lose no more.

    The loss is by how much the bound rises if the pair, or the staff count, is used: what it is worse than the best
    choice of its person, or cell, at these prices.
    """
    gain, best = gains(instance, price, budget_price)
    displaced = _displaced_gain(instance, best)
    loss = np.maximum(best, displaced[instance.home])[instance.person] - gain
    cheapest, least = cheapest_staff(instance, price)

    def suits(staff: Array) -> Mask:
        return instance.step_cost(staff) + price * (staff - instance.before) <= least + delta

    low = _widen(cheapest, -1.0, instance.floor, suits)
    high = _widen(cheapest, +1.0, instance.ceiling, suits)
    return loss <= delta, low, high


def _displaced_gain(instance: Instance, best: Array) -> Array:
    """Return for each cell the least gain among those the outflow limit lets leave; 0 where fewer would leave.

    Where the limit binds, a further leaver displaces that one, and the bound loses that gain.
    """
    last = np.zeros(len(instance.need))
    is_last = rank_in_cell(instance, best) == instance.limit[instance.home] - 1
    last[instance.home[is_last]] = best[is_last]
    return last


def _widen(start: Array, step: float, end: Array, suits: Callable[[Array], Mask]) -> Array:
    """Return how far each cell can go from the start, a person at a time, while the next count suits it."""
    edge = start.copy()
    going = np.ones(len(edge), bool)
    while going.any():
        staff = edge + step
        going &= (step * (end - staff) > -0.5) & suits(staff)
        edge[going] = staff[going]
    return edge


def persons(master: Master, moved: Array) -> Index:
    """Return the positions of the pairs that a flow of groups moves, with any of its members for each group.

    The members are equal to the model, and their pairs stand in the same order: the k-th pair of the group's first
    person and the k-th pair of any other lead to the same office.
    """
    instance = master.instance
    groups = master.groups
    flows = np.rint(moved).astype("int64")
    start = np.searchsorted(instance.person, np.arange(len(instance.ids)))  # the first pair of each person
    first = np.unique(groups.of, return_index=True)[1]  # the first person of each group
    members = np.argsort(groups.of, kind="stable")  # all persons, group by group
    begin = np.cumsum(groups.size) - groups.size  # where each group begins among them
    used = np.flatnonzero(flows)
    column = groups.pairs[used] - start[first[groups.group[used]]]
    owner = np.repeat(groups.group[used], flows[used])
    mover = members[begin[owner] + rank_in_runs(owner)]  # each move of a group takes its next member
    return np.sort(start[mover] + np.repeat(column, flows[used]))
