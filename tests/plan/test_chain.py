"""A budget inside a chain of moves: both corners of the line are found from the plan, and false claims are refused."""

import numpy as np
import pytest

from tests.conftest import in_parts
from tests.small_cases import small_case, smallest_fractional_case
from toolkit.plan.balancing import balance
from toolkit.plan.chain import corner, lies_inside_chain
from toolkit.plan.instance import build_instance


def chosen_of(instance, plan):
    units = dict(zip(plan.transfers.employee_id, plan.transfers.to_unit, strict=True))
    goes = [units.get(who) for who in instance.ids[instance.person]]
    return np.flatnonzero(instance.cells.unit_id.to_numpy()[instance.target] == goes)


def solved(case, budget):
    need, moves = case.tables()
    plan = balance(need, moves, budget)
    instance = build_instance(moves, plan.policy)
    return plan, instance, chosen_of(instance, plan)


def test_two_moves_that_pay_only_together_leave_a_budget_of_one_between_nobody_and_both():
    plan, instance, chosen = solved(smallest_fractional_case(), 1)
    price, bound = plan.summary.budget_price, plan.summary.bound
    fewer, more = corner(instance, chosen, price + 1e-6), corner(instance, chosen, price - 1e-6)
    assert (fewer.moves, more.moves) == (0, 2)
    assert (fewer.objective, more.objective) == pytest.approx((18.25, 10.4333), abs=1e-4)
    assert lies_inside_chain(instance, chosen, 1, price, bound)
    # another slope, another bound, a budget at a corner: nothing is shown
    assert not lies_inside_chain(instance, chosen, 1, price * 1.01, bound)
    assert not lies_inside_chain(instance, chosen, 1, price, bound - 0.1)
    assert not lies_inside_chain(instance, chosen, 2, price, bound)


@pytest.mark.parametrize("cases", in_parts(20, 400))
def test_each_plan_that_the_solver_alone_proves_lies_inside_a_chain(cases):
    found = 0
    for seed in range(cases):
        need, moves = small_case(seed).tables()
        for budget in range(1, len(balance(need, moves, None).transfers)):
            plan, instance, chosen = solved(small_case(seed), budget)
            is_inside = lies_inside_chain(instance, chosen, budget, plan.summary.budget_price, plan.summary.bound)
            assert is_inside == (plan.summary.gap > 0), (seed, budget)
            found += is_inside
    assert found >= max(1, cases // 40), found
