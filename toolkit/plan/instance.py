"""The instance that is solved and re-checked: cells with their limits, pairs with their costs.

A cell is (job family, unit) with need n and staff s; the plan minimises the sum of n^2 / max(s, 1 / charge) over
cells of known need plus the cost of the moves made (docs/method.md).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.common.rounding import significant
from toolkit.common.types import Array, Index
from toolkit.errors import MutasiError
from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves

UNIT, LARGEST = 1e-10, 1e15  # costs count in whole units, coarser where a step would be over the largest of them


@dataclass(frozen=True)
class Instance:
    """Arrays over cells (need, before, floor, ceiling, limit) and over pairs (person, source, target, cost, metres).

    ``cells`` and ``pairs`` are the tables the arrays come from; pairs stand by person and target. ``person`` counts
    the persons who may move, in order of their id; ``home`` gives the cell and ``days`` the time in post of each
    (unknown: 0). An open ceiling is infinite in ``cells`` and, in ``ceiling``, staff before and all
    who may come. Unknown cells have need 0, and floor = ceiling = staff before. ``metres`` is from home to the new
    office (unknown: the farthest). ``unit``: the model reckons in whole multiples of it, so that a tie is a tie.
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
        """Give n^2 / max(s, 1 / charge) of cells at the staff given, or the squared shortage; times the weight."""
        if self.criterion == "shortage":
            return np.asarray(self.weight[cells] * np.maximum(self.need[cells] - staff, 0.0) ** 2)
        return np.asarray(self.weight[cells] * self.need[cells] ** 2 / np.maximum(staff, 1 / self.charge))

    def step(self, staff: Array, cells: Index | slice = slice(None)) -> Index:
        """Give what one more person changes in cells at the staff given, in whole units; growing in staff."""
        more = self.step_cost(staff + 1, cells) - self.step_cost(staff, cells)
        return np.rint(more / self.unit).astype("int64")

    @property
    def price(self) -> Index:
        """The cost of each pair in whole units."""
        return np.rint(self.cost / self.unit).astype("int64")

    def after(self, chosen: Index) -> Array:
        """Give the staff of each cell once the chosen pairs (positions) are moved."""
        arrivals = np.bincount(self.target[chosen], minlength=len(self.need))
        return self.before + arrivals - np.bincount(self.source[chosen], minlength=len(self.need))

    def objective(self, chosen: Index) -> float:
        """Give the objective of a plan: steps of all cells and the cost of the chosen pairs."""
        return float(self.step_cost(self.after(chosen)).sum() + self.cost[chosen].sum())

    def variance_parts(self, staff: Array) -> tuple[float, float]:
        """Give the variance of workload over the staff of cells of known need, within and between families."""
        people, need = np.maximum(staff, 1 / self.charge)[self.known], self.need[self.known]
        if people.sum() == 0:
            return 0.0, 0.0
        family = self.cells.family.astype("category").cat.codes.to_numpy()[self.known]
        total, work = np.bincount(family, people), np.bincount(family, need)
        there = total > 0
        squares, own, mean = need**2 / people, work[there] ** 2 / total[there], need.sum() ** 2 / people.sum()
        return float((squares.sum() - own.sum()) / people.sum()), float((own.sum() - mean) / people.sum())

    def variance(self, staff: Array) -> float:
        """Give the variance of personal workload over all staff of cells of known need."""
        return sum(self.variance_parts(staff))


def part(instance: Instance, cells: slice, pairs: Index) -> Instance:
    """Give some neighbouring cells, between which and others nobody moves, and their pairs as an instance."""
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


def rank_in_runs(owner: Index) -> Index:
    """Number the members of each run of equal values.

    >>> rank_in_runs(np.array([4, 4, 4, 7, 9, 9])).tolist()
    [0, 1, 2, 0, 0, 1]
    """
    begin = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]]) if len(owner) else owner
    return np.asarray(np.arange(len(owner)) - np.repeat(begin, np.diff(np.r_[begin, len(owner)])))


def build_instance(moves: Moves, policy: Policy) -> Instance:
    """Build the instance from the tables; raise :class:`MutasiError` where they do not fit each other."""
    cells = _limits(moves.need.cells, policy).sort_values(["family", "unit_id"], ignore_index=True)
    allowed = moves.allowed
    places = pd.MultiIndex.from_frame(cells[["family", "unit_id"]])
    source, target = _positions(allowed, "from_unit", places), _positions(allowed, "to_unit", places)
    if (source < 0).any() or (target < 0).any():
        raise MutasiError("the moves name offices that the need does not know; make both from the same data")
    ids, person = _persons(allowed.employee_id)
    if not (np.diff(person * len(cells) + target) > 0).all():
        order = np.lexsort((target, person))
        allowed, person, source, target = allowed.iloc[order], person[order], source[order], target[order]
    home = np.zeros(len(ids), dtype="int64")
    home[person] = source
    before = cells.staff_before.to_numpy("float64")
    open_to = before + np.bincount(target, minlength=len(cells))
    weight, metres = _weights(cells, policy), (allowed.km * 1000).round()
    size = np.nanmax([UNIT, *(cells.need_fte**2 * weight * policy.empty_cell_charge), allowed.cost.max()])
    return Instance(
        cells=cells,
        pairs=allowed,
        need=cells.need_fte.fillna(0.0).to_numpy("float64"),
        before=before,
        floor=cells.floor.to_numpy("float64"),
        ceiling=np.minimum(cells.ceiling.to_numpy("float64"), open_to),
        limit=cells.outflow_limit.to_numpy("int64"),
        known=cells.known.to_numpy(bool),
        person=person,
        source=source,
        target=target,
        cost=allowed.cost.to_numpy("float64"),
        metres=metres.fillna(metres.max()).fillna(0.0).to_numpy("float64"),
        home=home,
        ids=ids,
        days=_days(moves.people, ids),
        weight=weight,
        charge=policy.empty_cell_charge,
        criterion=policy.criterion,
        unit=UNIT * max(1.0, 10.0 ** np.ceil(np.log10(size / UNIT / LARGEST))),
    )


def _weights(cells: pd.DataFrame, policy: Policy) -> Array:
    """1, or with ``scale`` relative 1 / the squared mean load of the cell's family (1 where that is 0)."""
    known = cells[cells.known].assign(people=cells.staff_before.clip(lower=1 / policy.empty_cell_charge))
    sums = known.groupby("family")[["need_fte", "people"]].sum()
    load = cells.family.map(sums.need_fte / sums.people).to_numpy("float64")
    return np.where((policy.scale == "relative") & (load > 0), 1 / np.where(load > 0, load, 1.0) ** 2, 1.0)


def _persons(employee_id: pd.Series) -> tuple[NDArray[np.object_], Index]:
    """Give the ids of all who may move, sorted, and the position of each row's person among them."""
    if isinstance(employee_id.dtype, pd.CategoricalDtype):
        present = employee_id.cat.remove_unused_categories().cat
        order = np.argsort(present.categories.to_numpy(object), kind="stable")
        rank = np.empty(len(order), dtype="int64")
        rank[order] = np.arange(len(order))
        return present.categories.to_numpy(object)[order], rank[present.codes.to_numpy()]
    ids, person = np.unique(employee_id.to_numpy(object), return_inverse=True)
    return ids, person


def _days(people: pd.DataFrame, ids: NDArray[np.object_]) -> Array:
    """Days in post until the last day on which anybody entered one; unknown: 0."""
    day = people.set_index("employee_id").in_post_since
    return (day.max() - day.reindex(ids)).dt.days.fillna(0.0).to_numpy("float64")


def _positions(allowed: pd.DataFrame, side: str, places: pd.MultiIndex) -> Index:
    """Give the cell of each row, found once for each (family, unit) that occurs."""
    family, unit = allowed.family.astype("category").cat, allowed[side].astype("category").cat
    table = places.get_indexer(pd.MultiIndex.from_product([family.categories, unit.categories]))
    return np.asarray(
        table[family.codes.to_numpy("int64") * len(unit.categories) + unit.codes.to_numpy()], dtype="int64"
    )


def _limits(cells: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Floor, ceiling and outflow limit of each cell, as design and docs/method.md state them."""
    out = cells[["family", "unit_id", "known"]].copy()
    n = pd.Series(significant(cells.need_fte), cells.index)
    s = (cells.staff + cells.others).round(9)
    out["need_fte"], out["staff_before"] = n, s
    load = pd.Series(1.0, cells.index)
    if policy.allow_short_donors:
        totals = pd.DataFrame({"n": n, "s": s})[cells.known].groupby(cells.family)[["n", "s"]].sum()
        load = (
            (totals.n / totals.s.where(totals.s > 0))
            .clip(lower=1.0)
            .reindex(cells.family)
            .fillna(1.0)
            .set_axis(cells.index)
        )
    least = np.maximum(cells.min_staff, n / load)
    floor = np.minimum(s, s + np.ceil((least - s).round(9)))
    enough = s + np.ceil((n - s).round(9)) if not policy.allow_beyond_need else np.inf
    most = (s + np.floor((cells.max_staff - s).round(9))).fillna(np.inf)
    ceiling = np.maximum(s, np.minimum(enough, most))
    limit = np.maximum(1.0, np.floor((policy.outflow_share * s).round(9)))
    out["floor"], out["ceiling"] = floor.where(cells.known, s).round(9), ceiling.where(cells.known, s).round(9)
    out["outflow_limit"] = limit.where(cells.known, 0.0).astype("int64")
    return out
