"""Ties between equally good plans, broken in the stages of the published rule (``tie_rule.py``) until one plan is left.

Each stage is solved over all plans that are equally good so far; they are called the optimal face. Where the last
stage still leaves two plans, the hash is salted again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from toolkit.common.types import Array, Index, Mask
from toolkit.errors import NotProvenError
from toolkit.plan.certificate import cheapest_staff
from toolkit.plan.instance import Instance
from toolkit.plan.model import SIGNS, WHOLE, Model, rows_of, window
from toolkit.plan.prices import EndGuesses, canonical_prices
from toolkit.plan.residual import residual
from toolkit.plan.solver import HIGHS, Answer
from toolkit.plan.tie_rule import SALTS, marks, price_of_a_move, stages

NEAR = 1e-3  # the duals at a corner of a stage are whole numbers or simple fractions: nearer to 0 than this is 0
SLACK = 1e-7  # in an integer program costs that differ by less count as equal, as its own tolerance hides them


@dataclass(frozen=True)
class OptimalFace:
    """All plans that are equally good so far, described by what they have in common.

    ``pairs``: positions of the pairs they may use. ``low`` and ``high``: staff of each cell. ``must``: persons who move
    in all of them. ``full``: cells whose outflow limit is reached in all. ``spend``: least and most moves in all.
    ``equal_count``: whether all are known to have the same number of moves.

    ``held``: costs of pairs (and steps), and what they may sum to, of stages whose best plans no prices mark. Where
    that is so from the start (a budget inside a chain of moves), there are ``steps`` too: the cell of each person of
    staff above ``low``.
    """

    pairs: Index
    low: Array
    high: Array
    must: Mask
    full: Mask
    spend: tuple[float, float]
    equal_count: bool = False
    steps: Index | None = None
    held: tuple[tuple[Array, float], ...] = ()


def optimal_face(instance: Instance, chosen: Index, budget: int | None, guesses: EndGuesses) -> OptimalFace | None:
    """Return all plans as good as one that its canonical prices prove; None where they do not prove it.

    Where the price of a move may be chosen inside a range, only those of them with the fewest moves are returned.

    By complementary slackness: a plan is as good as the best one if and only if it is compatible with the best one's
    prices. That is, it uses only pairs that are the best choice of their person; whoever gains by moving moves; an
    outflow limit or a budget that has a price is used up; and each cell has a staff that suits its price best. All
    is counted in whole units, so "equally good" is an equality of integers.

    Each cell's staff may be anything in an interval: the cost of a cell is convex in staff, so the counts that suit
    a price best stand side by side. Its least and greatest are enough.
    """
    net = residual(instance, chosen)
    priced = price_of_a_move(net, instance.unit, len(chosen) == budget, guesses)
    if priced is None:
        return None
    price, is_inside = priced
    worth = canonical_prices(net, price)
    if worth is None:
        return None
    cells = len(instance.need)
    here, leaving = worth[:cells], worth[cells : 2 * cells]
    gain, best = _whole_gains(instance, here, leaving, price)
    low, high = _tied_staff(instance, here, price.denominator)
    spend = (-np.inf, np.inf)
    if budget is not None and not is_inside:
        spend = (float(budget) if price > 0 else -np.inf, float(budget))
    return OptimalFace(
        pairs=np.flatnonzero(gain == best[instance.person]),
        low=low,
        high=high,
        must=best > 0,
        full=leaving > here,  # a place among the leavers has a price of its own
        spend=spend,
        equal_count=price > 0,
    )


def _whole_gains(instance: Instance, here: Index, leaving: Index, price: Fraction) -> tuple[Index, Index]:
    """Return what each pair gains, and the best of each person (at least 0), in units times the denominator.

    Who leaves a cell leaves the node of its leavers, whose price includes that of the outflow limit.
    """
    cost = instance.price * price.denominator + price.numerator
    gain = here[instance.target] - leaving[instance.source] - cost
    best = np.zeros(len(instance.ids), dtype="int64")
    np.maximum.at(best, instance.person, gain)
    return gain, best


def _tied_staff(instance: Instance, worth: Index, scale: int) -> tuple[Array, Array]:
    """Return the least and the greatest staff that suit the price of each cell best.

    One more person changes what a cell costs by its step plus its price: below the interval that is negative, inside
    it 0, above it positive. ``cheapest_staff`` starts near by, but counts in doubles; so each edge is walked to in
    whole units.
    """
    start, _ = cheapest_staff(instance, worth / scale * instance.unit)

    def change(staff: Array) -> Index:
        """What one more person than ``staff`` changes."""
        return instance.step(staff) * scale + worth

    # The start may lie outside the interval on either side. To find the least count: up while one more person still
    # saves, which ends inside it (or stays above it), then down while taking a person away costs nothing or saves.
    inside = _walk(start, +1, instance.ceiling, lambda staff: change(staff) < 0)
    low = _walk(inside, -1, instance.floor, lambda staff: change(staff - 1) >= 0)
    # The greatest count the other way round.
    inside = _walk(start, -1, instance.floor, lambda staff: change(staff - 1) > 0)
    high = _walk(inside, +1, instance.ceiling, lambda staff: change(staff) <= 0)
    # floors and ceilings are whole only up to rounding, and a walk may end that much beyond them
    return np.maximum(low, instance.floor), np.minimum(high, instance.ceiling)


def _walk(start: Array, sign: int, end: Array, goes_on: Callable[[Array], Mask]) -> Array:
    """Return where each cell gets to from its start, a person at a time, until ``goes_on`` or the end stops it."""
    staff = start.copy()
    going = np.ones(len(staff), bool)
    while going.any():
        going &= (sign * (end - staff) > 0.5) & goes_on(staff)
        staff[going] += sign
    return staff


def core_face(instance: Instance, core: tuple[Mask, Array, Array], budget: int | None, value: float) -> OptimalFace:
    """Return all plans of a core (pairs, least and greatest staff) that cost no more than the best one, ``value``.

    For a plan that no prices prove, nearly always as its budget lies inside a chain of moves. The core is what a plan
    of this cost can use at all (``pricing.within``). Costs are held in doubles here, so plans that differ by less than
    ``SLACK`` count as equal.
    """
    mask, low, high = core
    pairs = np.flatnonzero(mask)
    cell, cost = window(instance, low, high)
    primary = np.r_[instance.price[pairs], cost] * instance.unit
    at_low = float(instance.step_cost(low).sum())
    return OptimalFace(
        pairs=pairs,
        low=low,
        high=high,
        must=np.zeros(len(instance.ids), bool),
        full=np.zeros(len(low), bool),
        spend=(-np.inf, np.inf if budget is None else float(budget)),
        steps=cell,
        held=((primary, value - at_low + SLACK),),
    )


def break_ties(instance: Instance, face: OptimalFace, solver: str = HIGHS) -> Index:
    """Return the one plan (positions of its pairs) of a face that the published stages choose.

    Raises:
        NotProvenError: no salt of the hash left a single plan.
    """
    for cost in stages(instance, equal_count=face.equal_count):
        if cost[face.pairs].any():  # a stage that is 0 everywhere chooses nothing
            _, face = _solve_stage(instance, face, cost[face.pairs], solver)
    for salt in range(SALTS):
        plan, left = _solve_stage(instance, face, marks(instance, face.pairs, salt), solver)
        if _is_only_plan(instance, left, plan, solver):
            return plan
    raise NotProvenError("salts", count=SALTS)


def _is_only_plan(instance: Instance, face: OptimalFace, plan: Index, solver: str) -> bool:
    """Whether a face holds no other plan than this one.

    Each pair of the plan costs 1 and each other pair earns 1. Any other plan of the face lacks a pair of this one or
    has one more, so it costs strictly less: if the cheapest plan is this one, there is no other.
    """
    avoiding = np.where(np.isin(face.pairs, plan), 1.0, -1.0)
    other, _ = _solve_stage(instance, face, avoiding, solver)
    return np.array_equal(other, plan)


def _solve_stage(instance: Instance, face: OptimalFace, cost: Array, solver: str) -> tuple[Index, OptimalFace]:
    """Return a plan of a face with the least cost, and the face of all such plans.

    A face that prices mark is a network, so without a budget's row its linear program has whole corners, and duals
    that mark the next face. Where the solution is not whole (with the row of a budget, or an interior answer of
    another solver), or costs are held, it is solved in whole moves, and its cost is held in the next stage instead.
    """
    who, person = np.unique(instance.person[face.pairs], return_inverse=True)
    low, high = _stage_limits(instance, face, who)
    rows = rows_of(instance, face.pairs, person, len(who))
    if not face.held:
        model = Model(low, high, rows)
        answer = model.warm(cost) if solver == HIGHS else model.solve(cost, solver)
        if np.abs(answer.columns - np.rint(answer.columns)).max(initial=0.0) < WHOLE:
            reduced = cost - (answer.duals[rows] * SIGNS).sum(axis=1)
            return face.pairs[answer.columns > 0.5], _narrowed(face, who, reduced, answer)
    answer = Model(low, high, rows, face.steps, face.held).solve(cost, solver, whole=True)
    held = (*face.held, (cost, answer.value + SLACK))
    return face.pairs[answer.columns > 0.5], replace(face, held=held)


def _stage_limits(instance: Instance, face: OptimalFace, who: Index) -> tuple[Array, Array]:
    """Return the least and the most of each row of a stage: cells, persons, outflow limits, the budget.

    The row of a cell is leavers less arrivals. With steps they bring its staff up from ``low``, to be equal.
    """
    # with steps the row is an equality at ``low``: the steps themselves make up what staff there is above it
    most_staff = face.high if face.steps is None else face.low
    moves_at_least = np.where(face.must[who], 1, -np.inf)
    leave_at_least = np.where(face.full, instance.limit, -np.inf)
    fewest, most = face.spend
    low = np.r_[instance.before - most_staff, moves_at_least, leave_at_least, fewest]
    high = np.r_[instance.before - face.low, np.ones(len(who)), instance.limit, most]
    return low, high


def _narrowed(face: OptimalFace, who: Index, reduced: Array, answer: Answer) -> OptimalFace:
    """Return the plans of a face that are as good as its best one: complementary slackness again, by a stage's duals.

    A row with a dual price keeps to the limit that it is at; a pair with a reduced cost is not used. The dual of a
    row is positive where its lower limit binds and negative where the upper one does. Of a cell's row (leavers less
    arrivals), the lower limit is the greatest staff.
    """
    cells = len(face.low)
    of_cell, of_person, of_limit, of_budget = np.split(answer.duals, [cells, cells + len(who), 2 * cells + len(who)])
    must = face.must.copy()
    must[who[np.abs(of_person) > NEAR]] = True
    fewest, most = face.spend
    return replace(
        face,
        pairs=face.pairs[np.abs(reduced) < NEAR],
        low=np.where(of_cell > NEAR, face.high, face.low),
        high=np.where(of_cell < -NEAR, face.low, face.high),
        must=must,
        full=face.full | (np.abs(of_limit) > NEAR),
        spend=(most if of_budget[0] < -NEAR else fewest, fewest if of_budget[0] > NEAR else most),
    )
