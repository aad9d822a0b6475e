"""``frontier``: every point is the best plan of its budget; prices fall; the knee is where it is said to be."""

import numpy as np
import pytest

import toolkit as tk
from benchmarks.city import write_city
from tests.conftest import chain, in_parts
from tests.plan.test_ties import tied
from toolkit.plan.balancing import must_spend_all


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    size = {"staff": 400, "units": 15, "families": 5, "seed": 2, "max_km": 8}
    return chain(write_city(tmp_path_factory.mktemp("town"), **size))


def test_the_frontier_is_convex_but_for_chains_and_agrees_with_balance(town):
    line = tk.frontier(town.moves.need, town.moves)
    table = line.table
    assert len(table) >= 20
    assert table.max_moves.is_monotonic_increasing
    assert (table.objective.diff().dropna() < 0).all()
    assert (table.budget_price <= table.budget_price_high.fillna(np.inf) + 1e-9).all()
    assert (table.budget_price.diff().dropna() <= 1e-9).all()
    assert table.budget_price.iloc[-1] == 0
    for row in table.iloc[[0, 3, 9, -1]].itertuples():
        plan = tk.balance(town.moves.need, town.moves, row.max_moves).summary
        assert (plan.transfers, plan.gap) == (row.transfers, row.gap)
        assert plan.objective == pytest.approx(row.objective, abs=1e-6)
        assert plan.budget_price == pytest.approx(row.budget_price, abs=1e-6)
    x, y = (
        table.max_moves / table.max_moves.iloc[-1],
        (table.variance - table.variance.iloc[-1]) / (table.variance.iloc[0] - table.variance.iloc[-1]),
    )
    below = (1 - x - y).to_numpy()
    assert table.max_moves[int(np.argmax(below))] == line.knee
    assert 0 < line.knee < table.max_moves.iloc[-1]


@pytest.mark.parametrize("cases", in_parts(5, 25))
def test_equally_good_points_have_the_fewest_moves_as_the_plans_do(cases):
    beyond = 0
    for seed in range(cases):
        need, moves = tied(seed).tables()
        budgets = range(len(set(moves.allowed.employee_id)) + 2)
        table = tk.frontier(need, moves, budgets).table
        for budget, transfers in zip(table.max_moves, table.transfers, strict=True):
            assert transfers == tk.balance(need, moves, budget).summary.transfers, (seed, budget)
            beyond += transfers < budget
    assert beyond >= 20 * cases / 25


def test_types_of_the_table_do_not_depend_on_the_budgets(town):
    full = tk.frontier(town.moves.need, town.moves, [0, 2]).table
    assert tk.frontier(town.moves.need, town.moves, [0]).table.dtypes.to_dict() == full.dtypes.to_dict()


def test_budgets_of_ones_own_and_impossible_ones(town):
    assert tk.frontier(town.moves.need, town.moves, [5, 0, 5]).table.max_moves.tolist() == [0, 5]
    with pytest.raises(tk.PolicyError, match="max_moves"):
        tk.frontier(town.moves.need, town.moves, [-1])


def test_a_budget_is_known_to_be_spent_where_its_price_is_above_the_gap():
    assert must_spend_all(10.0, 0.5, 10.3)
    assert not must_spend_all(10.0, 0.5, 10.5)
    assert not must_spend_all(10.0, 0.0, 10.0)
