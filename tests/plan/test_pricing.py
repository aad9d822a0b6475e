"""Steps of the linear program: groups, what is added, what can still be in a better plan, and who moves."""

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.conftest import in_parts
from tests.small_cases import Case, all_plans, small_case, smallest_fractional_case
from toolkit.intake.policy import Policy
from toolkit.plan import pricing
from toolkit.plan.certificate import bound
from toolkit.plan.instance import _metres, build_instance
from toolkit.plan.model import Model, group, window
from toolkit.plan.pricing import Master, persons, whole_moves, within


def instance_of(case, **choice):
    need, moves = case.tables()
    return build_instance(moves, need.policy.with_(**choice))


def solved(case, budget=None) -> Master:
    master = Master(instance_of(case), budget)
    assert master.solve()
    return master


def test_members_of_a_group_have_the_same_home_destinations_and_costs():
    several = 0
    for seed in range(40):
        instance = instance_of(small_case(seed))
        groups = group(instance)
        kinds = [
            (instance.home[p], tuple(instance.target[instance.person == p]), tuple(instance.cost[instance.person == p]))
            for p in range(len(instance.ids))
        ]
        for p, kind in enumerate(kinds):
            for q in range(p):
                assert (groups.of[p] == groups.of[q]) == (kind == kinds[q])
        assert groups.size.sum() == len(instance.ids)
        several += int((groups.size > 1).any())
    assert several >= 5


def test_persons_takes_as_many_members_as_flow_each_once():
    for seed in range(40):
        master = solved(small_case(seed))
        chosen = persons(master, master.flows)
        instance = master.instance
        assert len(np.unique(instance.person[chosen])) == len(chosen)
        assert instance.objective(chosen) == pytest.approx(master.value, abs=1e-6)


def test_the_linear_program_meets_its_own_bound_with_few_pairs_a_round(monkeypatch):
    for batch, owner in ((1, 1), (4000, 3)):
        monkeypatch.setattr(pricing, "BATCH", batch)
        monkeypatch.setattr(pricing, "PER_OWNER", owner)
        for seed in range(25):
            case = small_case(seed)
            for budget in (None, 1):
                master = solved(case, budget)
                below = bound(master.instance, master.price, master.budget_price, budget)
                assert below == pytest.approx(master.value, abs=1e-6), (seed, budget)


def test_a_batch_is_the_most_that_is_added_in_a_round(monkeypatch):
    monkeypatch.setattr(pricing, "BATCH", 2)
    counts = []
    real = pricing.Master._solve_program
    monkeypatch.setattr(
        pricing.Master, "_solve_program", lambda self: counts.append(int(self.inside.sum())) or real(self)
    )
    for seed in range(20):
        counts.clear()
        solved(small_case(seed))
        assert (np.diff([0, *counts]) <= 2).all()


@pytest.mark.parametrize("cases", in_parts(20, 80))
def test_within_keeps_every_plan_that_is_within_delta_of_the_bound(cases):
    """By force: all pairs and staff counts of the best plan are within (objective - bound) of it."""
    seen = 0
    for seed in range(cases):
        case = small_case(seed)
        for budget in (1, 2):
            master = solved(case, budget)
            best = min(value for n, value in all_plans(case).items() if n <= budget)
            below = bound(master.instance, master.price, master.budget_price, budget)
            value, flows = whole_moves(master)
            assert value == pytest.approx(best, abs=1e-6)
            chosen = persons(master, flows)
            mask, low, high = within(master.instance, master.price, master.budget_price, best - below + 1e-6)
            after = master.instance.after(chosen)
            assert mask[chosen].all()
            assert ((low - 1e-9 <= after) & (after <= high + 1e-9)).all()
            seen += len(chosen)
    assert seen >= 60 * cases / 80


def test_a_further_leaver_displaces_the_least_of_those_whom_the_limit_lets_leave():
    cells = [
        {"family": 0, "need": need, "staff": staff, "others": 0.0, "min": 0.0, "max": np.nan, "known": True}
        for need, staff in ((1.0, 4.0), (9.0, 1.0))
    ]
    people = [(0, {1: 0.1}), (0, {1: 0.2}), (0, {1: 0.5})]
    instance = instance_of(Case(cells, people, Policy(outflow_share=0.5, allow_beyond_need=True)))
    price = np.array([0.0, 1.0])  # gains 0.9, 0.8 and 0.5; two may leave
    for delta, kept in ((0.05, [True, True, False]), (0.25, [True, True, False]), (0.35, [True, True, True])):
        mask, _, _ = within(instance, price, 0.0, delta)
        assert mask.tolist() == kept


def test_within_drops_what_costs_more_than_delta():
    master = solved(small_case(4))
    everything, _, _ = within(master.instance, master.price, 0.0, 1e9)
    nothing_worse, low, high = within(master.instance, master.price, 0.0, 1e-9)
    assert everything.all()
    assert nothing_worse.sum() < len(everything)
    assert (high - low <= 1 + 1e-9).all()


def test_a_chain_is_finished_in_whole_persons():
    master = solved(smallest_fractional_case(), 1)
    assert not master.whole
    assert master.value == pytest.approx(14.3417, abs=1e-4)
    value, flows = whole_moves(master)
    assert value == pytest.approx(17.7167, abs=1e-4)
    assert flows.sum() == pytest.approx(1)


def test_no_proof_after_all_widenings_is_said(monkeypatch):
    master = solved(smallest_fractional_case(), 1)
    monkeypatch.setattr(pricing, "_solve_core", lambda *args: (1e9, 0.0))
    monkeypatch.setattr(pricing, "tolerance", lambda value: -1.0)
    with pytest.raises(tk.NotProvenError, match="twelve widenings"):
        whole_moves(master)


def test_a_step_for_each_person_of_staff():
    instance = instance_of(small_case(2))
    low = instance.before.copy()
    high = low + np.arange(len(low)) % 3
    cell, cost = window(instance, low, high)
    assert np.bincount(cell, minlength=len(low)).tolist() == (np.arange(len(low)) % 3).tolist()
    for c in range(len(low)):
        assert np.all(np.diff(cost[cell == c]) >= 0)
    total = instance.step_cost(high).sum() - instance.step_cost(low).sum()
    assert cost.sum() * instance.unit == pytest.approx(total, abs=1e-8)


def test_an_empty_row_that_cannot_hold_is_said():
    rows = np.zeros((0, 5), dtype="int64")
    with pytest.raises(tk.NotProvenError, match="no plan is left"):
        Model(np.array([1.0]), np.array([2.0]), rows).solve(np.zeros(0), "HiGHS", whole=True)


def test_unknown_metres_count_as_the_farthest():
    need, moves = small_case(5).tables()
    km = pd.Series(np.arange(len(moves.allowed)) + 1.0)
    km.iloc[0] = np.nan
    allowed = moves.allowed.assign(km=km)
    metres = build_instance(
        type(moves)(allowed, *[getattr(moves, n) for n in ("refused", "rules", "people", "applied", "need")]),
        need.policy,
    ).metres
    assert metres[0] == metres.max() == len(allowed) * 1000
    assert metres[1] == 2000
    assert (instance_of(small_case(5)).metres == 0).all()


def test_distances_count_in_whole_metres():
    assert _metres(pd.Series([1.0004, 1.0001, 1.0006])).tolist() == [1000, 1000, 1001]
