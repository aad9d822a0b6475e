"""The bound and the gap: below every plan at any prices, and a plan below its bound is never called proven."""

import itertools

import numpy as np
import pytest

import toolkit as tk
from tests.small_cases import all_plans, small_case
from toolkit.plan import balancing
from toolkit.plan.certificate import bound, cheapest_staff, gap_of, rank_in_cell
from toolkit.plan.instance import build_instance


def instance_of(seed: int, **choice):
    need, moves = small_case(seed).tables()
    return build_instance(moves, need.policy.with_(**choice))


def test_the_gap_is_zero_within_tolerance_on_both_sides_and_negative_below_the_bound():
    assert gap_of(1000.0, 999.0) == pytest.approx(0.001)
    assert gap_of(1000.0, 1000.0 - 5e-7) == gap_of(1000.0, 1000.0 + 5e-7) == 0
    assert gap_of(1000.0, 1001.0) == pytest.approx(-0.001)
    assert gap_of(0.0, 1.0) < 0 < gap_of(0.0, -1.0)
    assert gap_of(1e9, 1e9 - 0.009) == 0 < gap_of(1e9, 1e9 - 0.02)


def test_balance_refuses_a_plan_below_its_bound(monkeypatch):
    need, moves = small_case(3).tables()
    real = balancing.proof_from_plan

    def forged(*args):
        proof = real(*args)
        return balancing.Proof(proof.price, proof.ends, proof.bound + 1)

    monkeypatch.setattr(balancing, "proof_from_plan", forged)
    with pytest.raises(tk.NotProvenError, match="is below its bound"):
        balancing.balance(need, moves)


@pytest.mark.parametrize("choice", [{}, {"criterion": "shortage"}, {"scale": "relative"}])
def test_cheapest_staff_is_the_best_of_all_counts(choice):
    rng = np.random.default_rng(0)
    for seed in range(40):
        instance = instance_of(seed, **choice)
        price = rng.normal(0, 3, len(instance.need))
        best, value = cheapest_staff(instance, price)
        for c in range(len(price)):
            counts = np.arange(instance.floor[c], instance.ceiling[c] + 0.5)
            costs = [
                float(instance.step_cost(np.array([k]), np.array([c]))[0]) + price[c] * (k - instance.before[c])
                for k in counts
            ]
            assert value[c] == pytest.approx(min(costs), abs=1e-9)
            assert costs[int(round(best[c] - instance.floor[c]))] == pytest.approx(min(costs), abs=1e-9)


def test_the_bound_is_below_every_plan_at_any_prices():
    rng = np.random.default_rng(1)
    for seed in range(60):
        case = small_case(seed)
        need, moves = case.tables()
        instance = build_instance(moves, need.policy)
        best = all_plans(case)
        for budget, scale in itertools.product((None, 0, 1, 2), (0.3, 3.0)):
            price = rng.normal(0, scale, len(instance.need))
            paid = 0.0 if budget is None else float(rng.exponential(scale))
            least = min(value for n, value in best.items() if budget is None or n <= budget)
            assert bound(instance, price, paid, budget) <= least + 1e-9, (seed, budget)


def test_a_false_budget_price_bounds_nothing():
    instance = instance_of(1)
    price = np.zeros(len(instance.need))
    assert bound(instance, price, -0.1, 3) == -np.inf
    assert bound(instance, price, 0.1, None) == -np.inf
    assert np.isfinite(bound(instance, price, 0.1, 3))


def test_rank_in_cell_counts_from_the_greatest_gain():
    instance = instance_of(5)
    best = np.arange(len(instance.ids), dtype="float64")
    rank = rank_in_cell(instance, best)
    for cell in np.unique(instance.home):
        mine = np.flatnonzero(instance.home == cell)
        assert rank[mine[::-1]].tolist() == list(range(len(mine)))
