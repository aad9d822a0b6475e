"""Ties between equally good plans, broken in published stages until one plan is left.

Longest time in post (sum of days of those who move), then nearest home (sum of metres), then the smallest sum of a
hash of (employee, office). Each stage is solved over all plans that are equally good so far: the *face*. Where a later
stage still leaves two plans, the hash is salted anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.common.types import Array, Index
from toolkit.errors import NotProvenError
from toolkit.plan.certificate import FREE, Hints, budget_ends, canonical_prices, cheapest_staff, residual
from toolkit.plan.instance import Instance
from toolkit.plan.model import SIGNS, Model, rows_of, window
from toolkit.plan.solver import HIGHS

HASHES, SALTS, NEAR = 24, 8, 1e-3  # bits of a hash; salts tried; duals of a stage are whole or simple fractions
WHOLE, SLACK = 1e-6, 1e-7


@dataclass(frozen=True)
class OptimalFace:
    """Plans that are equally good: these pairs, staff from ``low`` to ``high``, persons who ``must`` move, cells whose
    outflow limit must be ``full``, and the least and most moves in all.

    No prices mark the plans inside a budget's chain: ``steps`` (the cell of each person of staff above ``low``) and
    ``held`` (costs of pairs and steps, and what they may sum to) do, and persons are whole by order.
    """

    pairs: Index
    low: Array
    high: Array
    must: NDArray[np.bool_]
    full: NDArray[np.bool_]
    spend: tuple[float, float] = (-np.inf, np.inf)
    steps: Index | None = None
    held: tuple[tuple[Array, float], ...] = ()


def optimal_face(instance: Instance, chosen: Index, budget: int | None, hints: Hints) -> OptimalFace | None:
    """Give all plans as good as one that its canonical prices prove, None where they do not.

    By complementary slackness with prices in whole units: pairs of no reduced cost; persons, limits and a budget that
    have a price are used up; each cell's staff is one that suits its price. A budget price strictly between its ends
    needs no budget row: every plan at it spends the budget.
    """
    net = residual(instance, chosen)
    ends = budget_ends(net, instance.unit, hints) if len(chosen) == budget else FREE
    if ends is None:
        return None
    low, high = ends
    inside = Fraction(int(low) + 1)
    price = inside if len(chosen) == budget and (high is None or inside < high) else low
    worth = canonical_prices(net, price)
    if worth is None:
        return None
    scale, cells = price.denominator, len(instance.need)
    here, leaving = worth[:cells], worth[cells : 2 * cells]
    gain = here[instance.target] - leaving[instance.source] - instance.price * scale - price.numerator
    best = np.zeros(len(instance.ids), dtype="int64")
    np.maximum.at(best, instance.person, gain)
    pairs, staff = np.flatnonzero(gain == best[instance.person]), _tied_staff(instance, here, scale)
    if budget is None or price == inside:
        return OptimalFace(pairs, *staff, best > 0, leaving > here)
    return OptimalFace(pairs, *staff, best > 0, leaving > here, (float(budget) if low > 0 else -np.inf, float(budget)))


def core_face(
    instance: Instance, core: tuple[NDArray[np.bool_], Array, Array], budget: int | None, value: float
) -> OptimalFace:
    """Give all plans of a core (pairs, least and greatest staff) that cost no more than the best one, ``value``."""
    mask, low, high = core
    pairs, (cell, cost) = np.flatnonzero(mask), window(instance, low, high)
    primary = np.r_[instance.price[pairs], cost] * instance.unit
    nobody, nowhere = np.zeros(len(instance.ids), bool), np.zeros(len(low), bool)
    most = np.inf if budget is None else float(budget)
    held = (primary, value - float(instance.step_cost(low).sum()) + SLACK)
    return OptimalFace(pairs, low, high, nobody, nowhere, (-np.inf, most), cell, (held,))


def _tied_staff(instance: Instance, worth: Index, scale: int) -> tuple[Array, Array]:
    """Give the least and the greatest staff that suit the price of each cell best."""
    start, _ = cheapest_staff(instance, worth / scale * instance.unit)
    edges = []
    for side in (-1, 1):
        staff, end = start.copy(), instance.floor if side < 0 else instance.ceiling
        for sign in (-side, side):  # first back, out of what is no longer tied, then on
            limit = instance.ceiling if sign > 0 else instance.floor
            going = np.ones(len(staff), bool)
            while going.any():
                change = sign * (instance.step(staff - (sign < 0)) * scale + worth)
                going &= (sign * (limit - staff) > 0.5) & ((change < 0) | ((change == 0) & (sign == side)))
                staff[going] += sign
        edges.append(np.where(side * (staff - end) > 0, end, staff))
    return edges[0], edges[1]


def break_ties(instance: Instance, face: OptimalFace, solver: str = HIGHS) -> Index:
    """Give the one plan (positions of its pairs) of a face that the published stages choose.

    Raises:
        NotProvenError: no salt of the hash left a single plan.
    """
    for cost in (-instance.days[instance.person], instance.metres):
        if cost[face.pairs].any():
            _, face = _best(instance, face, cost[face.pairs], solver)
    for salt in range(SALTS):
        plan, left = _best(instance, face, marks(instance, face.pairs, salt), solver)
        other, _ = _best(instance, left, np.where(np.isin(left.pairs, plan), 1.0, -1.0), solver)
        if np.array_equal(other, plan):
            return plan
    raise NotProvenError(f"{SALTS} salts of the hash left more than one plan; report the tables")


def marks(instance: Instance, pairs: Index, salt: int) -> Array:
    """Give the hash of (employee, office) of some pairs: whole numbers below 2^24, the same on every machine."""
    who = pd.util.hash_array(instance.ids.astype(object), categorize=False)[instance.person[pairs]]
    unit = pd.util.hash_array(instance.cells.unit_id.to_numpy(object), categorize=False)[instance.target[pairs]]
    both = (who ^ (unit * np.uint64(0x9E3779B97F4A7C15)) ^ np.uint64(salt)) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (both ^ (both >> np.uint64(31))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(mixed >> np.uint64(64 - HASHES), dtype="float64")


def _best(instance: Instance, face: OptimalFace, cost: Array, solver: str) -> tuple[Index, OptimalFace]:
    """Give a plan of a face with the least cost, and the face of all such plans."""
    who, person = np.unique(instance.person[face.pairs], return_inverse=True)
    out, cells = instance.before - (face.high if face.steps is None else face.low), len(instance.need)
    must, full = np.where(face.must[who], 1, -np.inf), np.where(face.full, instance.limit, -np.inf)
    low = np.r_[out, must, full, face.spend[0]]
    high = np.r_[instance.before - face.low, np.ones(len(who)), instance.limit, face.spend[1]]
    rows = rows_of(instance, face.pairs, person, len(who))
    if not face.held:
        answer = Model(low, high, rows).warm(cost) if solver == HIGHS else Model(low, high, rows).solve(cost, solver)
        if np.abs(answer.columns - np.rint(answer.columns)).max(initial=0.0) < WHOLE:
            reduced = cost - (answer.duals[rows] * SIGNS).sum(axis=1)
            return face.pairs[answer.columns > 0.5], _narrowed(face, who, cells, reduced, answer.duals)
    answer = Model(low, high, rows, face.steps, face.held).solve(cost, solver, whole=True)
    return face.pairs[answer.columns > 0.5], replace(face, held=(*face.held, (cost, answer.value + SLACK)))


def _narrowed(face: OptimalFace, who: Index, cells: int, reduced: Array, duals: Array) -> OptimalFace:
    """Give the plans of a face that agree with the duals of its best plan: complementary slackness again."""
    of_cell, of_person, of_limit, of_budget = np.split(duals, [cells, cells + len(who), 2 * cells + len(who)])
    must, (least, most) = face.must.copy(), face.spend
    must[who[np.abs(of_person) > NEAR]] = True
    return replace(
        face,
        pairs=face.pairs[np.abs(reduced) < NEAR],
        low=np.where(of_cell > NEAR, face.high, face.low),
        high=np.where(of_cell < -NEAR, face.low, face.high),
        must=must,
        full=face.full | (np.abs(of_limit) > NEAR),
        spend=(most if of_budget[0] < -NEAR else least, least if of_budget[0] > NEAR else most),
    )
