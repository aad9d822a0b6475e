"""The instance: cells with their limits and pairs with their costs as arrays, as it is solved and as it is verified.

A cell is (job family, unit) with need n and staff s; the plan minimises the sum of n^2 / max(s, 1 / charge) over
cells of known need plus the cost of the moves made (docs/method.md).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.common.types import Array, Index
from toolkit.errors import MutasiError
from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves
from toolkit.plan.limits import held, limits

UNIT = 1e-10  # costs are counted in whole multiples of it ...
LARGEST = (
    1e15  # ... or of a coarser unit where a step would be larger than this many: doubles hold whole numbers to 9e15
)
KILOMETRE = 1000  # metres


@dataclass(frozen=True)
class Instance:
    """Arrays over cells (need, before, floor, ceiling, limit) and over pairs (person, source, target, cost, metres).

    ``cells`` and ``pairs`` are the tables the arrays come from; pairs are sorted by person and target. ``person``
    numbers the persons who may move, in order of their id; ``home`` is the cell and ``days`` the time in post of each
    (unknown: 0). An open ceiling is infinite in ``cells``; in ``ceiling`` it is staff before and all who may come.
    Unknown cells have need 0, and floor = ceiling = staff before. ``metres`` is from home to the new office (unknown:
    the farthest). ``unit``: costs are counted in whole multiples of it, so that equally good plans are exactly equal.
    """

    cells: pd.DataFrame
    pairs: pd.DataFrame
    need: Array
    before: Array
    floor: Array
    ceiling: Array
    limit: Index
    known: NDArray[np.bool_]
    person: Index
    source: Index
    target: Index
    cost: Array
    metres: Array
    home: Index
    ids: NDArray[np.object_]
    days: Array
    weight: Array
    charge: float
    criterion: str
    unit: float

    def step_cost(self, staff: Array, cells: Index | slice = slice(None)) -> Array:
        """Return what cells add to the objective with so many staff: weight x n^2 / max(s, 1 / charge).

        With the criterion "shortage": weight x the squared shortage. With "posts", which no policy names and
        ``shortage.py`` counts by: the shortage itself.
        """
        if self.criterion == "posts":
            return np.asarray(np.maximum(self.need[cells] - staff, 0.0))
        if self.criterion == "shortage":
            return np.asarray(self.weight[cells] * np.maximum(self.need[cells] - staff, 0.0) ** 2)
        return np.asarray(self.weight[cells] * self.need[cells] ** 2 / np.maximum(staff, 1 / self.charge))

    def step(self, staff: Array, cells: Index | slice = slice(None)) -> Index:
        """Return what one more person than ``staff`` changes in cells, in whole units.

        It grows with staff, as F is convex, and rounding each step by itself keeps that: the first steps are cheapest.
        """
        more = self.step_cost(staff + 1, cells) - self.step_cost(staff, cells)
        return np.rint(more / self.unit).astype("int64")

    @property
    def price(self) -> Index:
        """The cost of each pair in whole units."""
        return np.rint(self.cost / self.unit).astype("int64")

    def after(self, chosen: Index) -> Array:
        """Return the staff of each cell once the chosen pairs (positions) have moved."""
        arrivals = np.bincount(self.target[chosen], minlength=len(self.need))
        leavers = np.bincount(self.source[chosen], minlength=len(self.need))
        return self.before + arrivals - leavers

    def objective(self, chosen: Index) -> float:
        """Return the objective of a plan: what all cells add to it and the cost of the chosen pairs."""
        return float(self.step_cost(self.after(chosen)).sum() + self.cost[chosen].sum())

    def variance_parts(self, staff: Array) -> tuple[float, float]:
        """Compute the variance of workload over the staff of cells of known need, within and between families.

        Workload is need / staff, weighted by staff; an empty cell counts as 1 / charge of a person.
        """
        people = np.maximum(staff, 1 / self.charge)[self.known]
        need = self.need[self.known]
        everybody = people.sum()
        if everybody == 0:
            return 0.0, 0.0
        family = self.cells.family.astype("category").cat.codes.to_numpy()[self.known]
        people_of = np.bincount(family, people)
        need_of = np.bincount(family, need)
        there = people_of > 0
        # sums of staff x load^2: of cells, of families at their mean load, of all at the overall mean
        of_cells = (need**2 / people).sum()
        of_families = (need_of[there] ** 2 / people_of[there]).sum()
        overall = need.sum() ** 2 / everybody
        return float((of_cells - of_families) / everybody), float((of_families - overall) / everybody)

    def variance(self, staff: Array) -> float:
        """Compute the variance of workload over all staff of cells of known need."""
        return sum(self.variance_parts(staff))


def part(instance: Instance, cells: slice, pairs: Index) -> Instance:
    """Return some neighbouring cells and their pairs as an instance of its own.

    Exact where nobody moves between these cells and others, as between two job families.
    """
    who, person = np.unique(instance.person[pairs], return_inverse=True)
    over_cells = ("need", "before", "floor", "ceiling", "limit", "known", "weight")
    return replace(
        instance,
        cells=instance.cells.iloc[cells],
        pairs=instance.pairs.iloc[:0],
        person=person,
        source=instance.source[pairs] - cells.start,
        target=instance.target[pairs] - cells.start,
        cost=instance.cost[pairs],
        metres=instance.metres[pairs],
        home=instance.home[who] - cells.start,
        ids=instance.ids[who],
        days=instance.days[who],
        **{name: getattr(instance, name)[cells] for name in over_cells},
    )


def families(instance: Instance) -> Iterator[tuple[slice, Index]]:
    """Return the cells and the pairs of each family in which anybody may move, those with the most pairs first.

    Cells are sorted by family, so a family's cells are a slice. The largest first, so that no thread ends up alone.
    """
    family = instance.cells.family.to_numpy()
    begin = np.flatnonzero(np.r_[True, family[1:] != family[:-1]]) if len(family) else np.zeros(0, dtype="int64")
    end = np.r_[begin[1:], len(family)]
    family_of_pair = np.searchsorted(begin, instance.source, side="right") - 1
    by_family = np.argsort(family_of_pair, kind="stable")
    count = np.bincount(family_of_pair, minlength=len(begin))
    last = np.cumsum(count)
    for f in np.argsort(-count, kind="stable").tolist():
        if count[f]:
            yield slice(int(begin[f]), int(end[f])), by_family[last[f] - count[f] : last[f]]


def rank_in_runs(owner: Index) -> Index:
    """Number the members of each run of equal values: 0, 1, 2, ...

    >>> rank_in_runs(np.array([4, 4, 4, 7, 9, 9])).tolist()
    [0, 1, 2, 0, 0, 1]
    """
    begin = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
    count = np.diff(np.r_[begin, len(owner)])
    return np.asarray(np.arange(len(owner)) - np.repeat(begin, count))


def build_instance(moves: Moves, policy: Policy, needed: pd.DataFrame | None = None) -> Instance:
    """Build the instance from the moves and the policy.

    Args:
        moves: from ``tk.allowed_moves``.
        policy: of the run.
        needed: the cells with their need, staff and bounds, if not ``moves.need.cells``.

    Raises:
        MutasiError: the moves name offices that the need does not know.
    """
    needed = moves.need.cells if needed is None else needed
    cells = limits(needed, policy).sort_values(["family", "unit_id"], ignore_index=True)
    pairs, person, source, target, ids = _sorted_pairs(between_open_cells(moves, policy), cells)
    home = np.zeros(len(ids), dtype="int64")
    home[person] = source
    before = cells.staff_before.to_numpy("float64")
    most_who_may_come = before + np.bincount(target, minlength=len(cells))
    weight = _weights(cells, policy)
    return Instance(
        cells=cells,
        pairs=pairs,
        need=cells.need_fte.fillna(0.0).to_numpy("float64"),
        before=before,
        floor=cells.floor.to_numpy("float64"),
        ceiling=np.minimum(cells.ceiling.to_numpy("float64"), most_who_may_come),
        limit=cells.outflow_limit.to_numpy("int64"),
        known=cells.known.to_numpy(bool),
        person=person,
        source=source,
        target=target,
        cost=pairs.cost.to_numpy("float64"),
        metres=_metres(pairs.km),
        home=home,
        ids=ids,
        days=_days(moves.people, ids),
        weight=weight,
        charge=policy.empty_cell_charge,
        criterion=policy.criterion,
        unit=_unit(cells, weight, pairs.cost, policy.empty_cell_charge),
    )


def between_open_cells(moves: Moves, policy: Policy) -> pd.DataFrame:
    """Return the allowed pairs that neither leave nor enter a cell that is held as doubtful."""
    cells = moves.need.cells
    cells = cells[held(cells, policy)]
    if cells.empty:
        return moves.allowed
    places = pd.MultiIndex.from_frame(cells[["family", "unit_id"]])
    ends = [_positions(moves.allowed, side, places) >= 0 for side in ("from_unit", "to_unit")]
    return moves.allowed[~(ends[0] | ends[1])]


def _sorted_pairs(
    allowed: pd.DataFrame, cells: pd.DataFrame
) -> tuple[pd.DataFrame, Index, Index, Index, NDArray[np.object_]]:
    """Return the pairs by person and target, the person, source and target of each, and the ids of all persons.

    Later code relies on this order: the pairs of a person stand together, and one key finds a pair by bisection.
    """
    places = pd.MultiIndex.from_frame(cells[["family", "unit_id"]])
    source = _positions(allowed, "from_unit", places)
    target = _positions(allowed, "to_unit", places)
    if (source < 0).any() or (target < 0).any():
        raise MutasiError("offices_differ")
    ids, person = _persons(allowed.employee_id)
    if (np.diff(person * len(cells) + target) > 0).all():
        return allowed, person, source, target, ids
    order = np.lexsort((target, person))
    return allowed.iloc[order], person[order], source[order], target[order], ids


def _metres(km: pd.Series) -> Array:
    """Return whole metres; an unknown distance counts as the farthest, so that not knowing never wins a tie."""
    metres = (km * KILOMETRE).round()
    return metres.fillna(metres.max()).fillna(0.0).to_numpy("float64")  # all unknown: all equal


def _unit(cells: pd.DataFrame, weight: Array, cost: pd.Series, charge: float) -> float:
    """Return the unit of cost: the usual one, or a power of ten times it where the largest cost would not fit."""
    largest = np.nanmax([UNIT, *(cells.need_fte**2 * weight * charge), cost.max()])
    return float(UNIT * max(1.0, 10.0 ** np.ceil(np.log10(largest / UNIT / LARGEST))))


def _weights(cells: pd.DataFrame, policy: Policy) -> Array:
    """Return 1, or with ``scale`` relative 1 / the squared mean load of the cell's family (1 where that is 0)."""
    known = cells[cells.known].assign(people=cells.staff_before.clip(lower=1 / policy.empty_cell_charge))
    sums = known.groupby("family")[["need_fte", "people"]].sum()
    load = cells.family.map(sums.need_fte / sums.people).to_numpy("float64")
    positive = load > 0
    weighted = (policy.scale == "relative") & positive
    return np.where(weighted, 1 / np.where(positive, load, 1.0) ** 2, 1.0)


def _persons(employee_id: pd.Series) -> tuple[NDArray[np.object_], Index]:
    """Return the ids of all who may move, sorted, and the position of each row's person among them."""
    if not isinstance(employee_id.dtype, pd.CategoricalDtype):
        ids, person = np.unique(employee_id.to_numpy(object), return_inverse=True)
        return ids, person
    # the same from the codes of the categories: a million rows need not be sorted as texts
    present = employee_id.cat.remove_unused_categories().cat
    names = present.categories.to_numpy(object)
    order = np.argsort(names, kind="stable")
    rank = np.empty(len(order), dtype="int64")
    rank[order] = np.arange(len(order))
    return names[order], rank[present.codes.to_numpy()]


def _days(people: pd.DataFrame, ids: NDArray[np.object_]) -> Array:
    """Return days in post until the last day on which anybody entered one; unknown: 0."""
    entered = people.set_index("employee_id").in_post_since
    return (entered.max() - entered.reindex(ids)).dt.days.fillna(0.0).to_numpy("float64")


def _positions(allowed: pd.DataFrame, side: str, places: pd.MultiIndex) -> Index:
    """Return the cell of each row (-1: none), found once for each (family, unit) that occurs."""
    family = allowed.family.astype("category").cat
    unit = allowed[side].astype("category").cat
    table = places.get_indexer(pd.MultiIndex.from_product([family.categories, unit.categories]))
    row = family.codes.to_numpy("int64") * len(unit.categories) + unit.codes.to_numpy()
    return np.asarray(table[row], dtype="int64")
