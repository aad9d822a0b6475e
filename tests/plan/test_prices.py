"""The residual network, shortest paths in it, the budget's two ends and the canonical prices."""

from fractions import Fraction

import numpy as np
import pytest

from tests.small_cases import all_plans, small_case, smallest_fractional_case
from toolkit.plan.balancing import balance
from toolkit.plan.instance import build_instance
from toolkit.plan.prices import budget_ends, canonical_prices, proof_from_plan
from toolkit.plan.residual import UNREACHED, Residual, _cycles, distances, is_best, residual


def network(*arcs: tuple[int, int, int, int], nodes: int) -> Residual:
    tail, head, cost, moves = (np.array(column, dtype="int64") for column in zip(*arcs, strict=True))
    return Residual(tail, head, cost, moves, nodes)


def start(nodes: int, at: int) -> np.ndarray:
    out = np.full(nodes, UNREACHED)
    out[at] = 0
    return out


def test_shortest_paths_to_and_from_a_node():
    net = network((0, 1, 4, 1), (0, 2, 1, 0), (2, 1, 2, 0), (1, 3, -5, 0), nodes=5)
    to_three, cycles = distances(net, Fraction(0), start(5, 3))
    assert to_three[:4].tolist() == [-2, -5, -3, 0]
    assert to_three[4] == UNREACHED
    assert cycles == []
    from_zero, _ = distances(net, Fraction(0), start(5, 0), reverse=True)
    assert from_zero[:4].tolist() == [0, 3, 1, -2]


def test_a_fraction_of_a_unit_a_move_counts_in_its_denominator():
    net = network((0, 1, 4, 1), (0, 1, 5, -1), nodes=2)
    length, _ = distances(net, Fraction(1, 3), start(2, 1))
    assert length[0] == min(4 * 3 + 1, 5 * 3 - 1)
    length, _ = distances(net, Fraction(2, 3), start(2, 1))
    assert length[0] == min(4 * 3 + 2, 5 * 3 - 2)


def test_a_negative_cycle_is_named_by_its_arcs():
    net = network((0, 1, 1, 0), (1, 2, 1, 0), (2, 0, -3, 0), (2, 3, 0, 0), nodes=4)
    _, cycles = distances(net, Fraction(0), np.zeros(4, dtype="int64"))
    assert [sorted(cycle.tolist()) for cycle in cycles] == [[0, 1, 2]]
    assert not is_best(net, Fraction(0))


def test_a_cycle_of_cost_zero_is_no_negative_one():
    assert is_best(network((0, 1, 1, 0), (1, 0, -1, 0), nodes=2), Fraction(0))


def test_cycles_among_taken_arcs():
    near = np.array([1, 0, 3, 2, 0])  # arc i leads to node near[i]
    taken = np.array([0, 1, 2, 3, 4, -1])  # node 4 hangs on the first cycle, node 5 took none
    assert sorted(sorted(cycle.tolist()) for cycle in _cycles(taken, near)) == [[0, 1], [2, 3]]


def test_the_ends_of_a_budgets_price():
    # spending a move saves 5, or two moves save 12; taking one back costs 9, or two cost 22
    net = network((0, 1, -5, 1), (1, 0, 0, 0), (0, 2, -6, 1), (2, 3, -6, 1), (3, 0, 0, 0),
                  (4, 5, 9, -1), (5, 4, 0, 0), (4, 6, 11, -1), (6, 4, 11, -1), nodes=7)  # fmt: skip
    assert budget_ends(net, 1.0) == (6, 9)
    for guesses in ((6.0, 9.0), (0.0, 0.0), (7.5, 7.5), (1e9, 1e9), (None, 8.0), (5.0, 30.0), (-1.0, float(1 << 60))):
        assert budget_ends(net, 1.0, guesses) == (6, 9), guesses


def test_a_guess_inside_the_range_does_not_narrow_it():
    net = network((0, 1, -5, 1), (1, 0, 0, 0), (2, 3, 90, -1), (3, 2, 0, 0), nodes=4)
    for guess in (5.0, 20.0, 50.0, 89.0):
        assert budget_ends(net, 1.0, (guess, guess)) == (5, 90)


def test_there_is_no_price_inside_a_chain_and_none_above_where_nobody_moved():
    apart = network((0, 1, -12, 2), (1, 0, 0, 0), (2, 3, 4, -1), (3, 2, 0, 0), nodes=4)
    assert budget_ends(apart, 1.0) is None  # two more moves bring 6 each, the last one only 4
    nobody = network((0, 1, -5, 1), (1, 0, 0, 0), nodes=2)
    assert budget_ends(nobody, 1.0) == (5, None)
    worse = network((0, 1, -5, 0), (1, 0, 0, 0), nodes=2)
    assert budget_ends(worse, 1.0) is None  # better without a further move: no price mends that


def test_canonical_prices_of_cells_that_lead_nowhere():
    # 0 leads anywhere (3) at 7; 1 can only be reached from 0 at 2; 2 is alone
    net = network((0, 3, 7, 0), (0, 1, 2, 1), nodes=4)
    assert canonical_prices(net, Fraction(0)).tolist() == [-7, -5, 0, 0]
    assert canonical_prices(net, Fraction(1, 2)).tolist() == [-14, -9, 0, 0]
    assert canonical_prices(network((0, 1, -1, 0), (1, 0, 0, 0), nodes=3), Fraction(0)) is None


@pytest.mark.parametrize("budget", [None, 1, 2])
def test_every_cycle_of_the_network_of_the_best_plan_costs_something_and_of_a_worse_one_some_do_not(budget):
    worse = 0
    for seed in range(60):
        case = small_case(seed)
        best = all_plans(case)
        need, moves = case.tables()
        instance = build_instance(moves, need.policy)
        if budget is None:
            plan = balance(need, moves, None)
            place = {
                pair: i for i, pair in enumerate(zip(moves.allowed.employee_id, moves.allowed.to_unit, strict=True))
            }
            chosen = np.sort(
                np.array(
                    [place[p] for p in zip(plan.transfers.employee_id, plan.transfers.to_unit, strict=True)],
                    dtype="int64",
                )
            )
            assert is_best(residual(instance, chosen), Fraction(0))
            assert proof_from_plan(instance, chosen, None).bound == pytest.approx(min(best.values()), abs=1e-6)
        nobody = np.zeros(0, dtype="int64")
        if min(best.values()) < best[0] - 1e-6:
            worse += 1
            assert not is_best(residual(instance, nobody), Fraction(0))
            assert proof_from_plan(instance, nobody, budget) is None
    assert worse >= 20


def test_the_smallest_chain_has_no_price_at_one_move():
    case = smallest_fractional_case()
    need, moves = case.tables()
    instance = build_instance(moves, need.policy)
    assert proof_from_plan(instance, np.array([0, 1]), 2) is not None
    assert proof_from_plan(instance, np.array([0]), 1) is None


def test_of_parallel_arcs_the_cheapest_stays():
    case = small_case(8)
    need, moves = case.tables()
    net = residual(build_instance(moves, need.policy), np.zeros(0, dtype="int64"))
    assert len(set(zip(net.tail.tolist(), net.head.tolist(), net.moves.tolist(), strict=True))) == len(net.tail)
