"""``balance`` against every plan there is, on small instances."""

import numpy as np
import pytest

from tests.conftest import in_parts
from tests.small_cases import Case, all_plans, small_case, smallest_fractional_case
from toolkit.plan import balancing
from toolkit.plan.balancing import balance
from toolkit.plan.plan import Plan

CASES = 540
CLOSE = {"abs": 1e-6, "rel": 1e-11}


def within(best: dict[int, float], budget: int | None) -> float:
    return min(value for moves, value in best.items() if budget is None or moves <= budget)


def hull(best: dict[int, float], budget: float) -> float:
    """The lower convex hull of (moves, objective): what the linear program sees."""
    points = [(moves, within(best, moves)) for moves in range(max(best) + 1)]
    lines = [
        a[1] + (b[1] - a[1]) * (budget - a[0]) / (b[0] - a[0])
        for a in points
        for b in points
        if a[0] <= budget <= b[0] and a[0] < b[0]
    ]
    return min([*lines, *(value for moves, value in points if moves <= budget)])


def check(case: Case, best: dict[int, float], budget: int | None) -> Plan:
    need, moves = case.tables()
    plan = balance(need, moves, max_moves=budget)
    summary = plan.summary
    assert summary.status == "optimal"
    assert summary.objective == pytest.approx(within(best, budget), **CLOSE)
    assert summary.transfers <= (budget if budget is not None else np.inf)
    limit = max(best) if budget is None else min(budget, max(best))
    assert summary.bound == pytest.approx(hull(best, limit), **CLOSE)
    assert (summary.gap == 0) == (summary.objective - summary.bound <= 1e-6 + 1e-11 * summary.objective)
    if summary.gap == 0 and budget is not None and summary.transfers == budget:
        check_ends(best, budget, summary.budget_price, summary.budget_price_high)
    return plan


def check_ends(best: dict[int, float], budget: int, low: float, high: float | None) -> None:
    """The ends of the budget's price are the slopes of the hull: what more moves bring, what the last ones brought."""
    here = within(best, budget)
    more = [(here - within(best, moves)) / (moves - budget) for moves in range(budget + 1, max(best) + 1)]
    fewer = [(within(best, moves) - here) / (budget - moves) for moves in range(budget)]
    assert low == pytest.approx(max([0.0, *more]), abs=1e-6)
    assert (high is None) if budget == 0 else (high == pytest.approx(min(fewer), abs=1e-6))


@pytest.mark.parametrize("cases", in_parts(60, CASES))
def test_no_plan_is_better(monkeypatch, cases):
    fractional = []
    exact = balancing.whole_moves
    monkeypatch.setattr(balancing, "whole_moves", lambda *args: fractional.append(1) or exact(*args))
    moved = two = tight = seen = 0
    for seed in range(cases):
        case = small_case(seed)
        best = all_plans(case)
        free = min(best, key=lambda moves: (round(best[moves], 9), moves))
        for budget in [None, *range(1, free)]:
            plan = check(case, best, budget)
            seen += 1
            moved += plan.summary.transfers > 0
            two += plan.summary.transfers > 1
            tight += budget is not None and plan.summary.transfers == budget > 0
    share = cases / CASES
    assert seen >= 500 * share, seen
    assert moved >= 120 * share, moved
    assert two >= 40 * share, two
    assert tight >= 30 * share, tight
    assert len(fractional) >= 5 * share, len(fractional)


def test_every_kind_of_cell_is_among_the_cases():
    cells = [cell for seed in range(CASES) for cell in small_case(seed).cells]
    assert sum(not cell["known"] for cell in cells) >= 30
    assert sum(cell["staff"] + cell["others"] == 0 for cell in cells) >= 30
    assert sum(cell["others"] % 1 > 0 for cell in cells) >= 30
    assert sum(cell["max"] == cell["max"] for cell in cells) >= 30


@pytest.mark.parametrize(
    ("budget", "value", "relaxed"), [(0, 18.25, 18.25), (1, 17.7167, 14.3417), (2, 10.4333, 10.4333)]
)
def test_the_smallest_case_where_the_budget_splits_a_chain(budget, value, relaxed):
    case = smallest_fractional_case()
    plan = check(case, all_plans(case), budget)
    assert plan.summary.objective == pytest.approx(value, abs=1e-4)
    assert plan.summary.bound == pytest.approx(relaxed, abs=1e-4)
    assert (plan.summary.gap > 0) == (budget == 1)
