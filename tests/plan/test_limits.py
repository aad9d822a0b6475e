"""Floors, ceilings and outflow limits against a search over all counts that can be reached."""

import numpy as np
import pytest

from tests.small_cases import Case, small_case
from tests.small_cases import limits as by_search
from toolkit.intake.policy import Policy
from toolkit.plan.instance import build_instance
from toolkit.plan.limits import limits


def test_the_limits_are_those_that_a_search_finds():
    for seed in range(120):
        case = small_case(seed)
        need, _ = case.tables()
        table = limits(need.cells, need.policy).set_index("unit_id")
        for c, (floor, ceiling, leave) in enumerate(by_search(case)):
            row = table.loc[f"U{c}"]
            assert (row.floor, row.ceiling, row.outflow_limit) == pytest.approx((floor, ceiling, leave)), (seed, c)


def test_a_minimum_holds_where_a_shortage_is_shared():
    """Need 4 and 4 on staff 4 in all: half of the need is the fair share, but the first must keep 3."""
    policy = Policy(allow_short_donors=True)
    cells = [
        {"family": 0, "need": 4.0, "staff": staff, "others": 0.0, "min": least, "max": np.nan, "known": True}
        for staff, least in ((4.0, 3.0), (0.0, 0.0))
    ]
    need, _ = Case(cells, [], policy).tables()
    assert limits(need.cells, policy).floor.tolist() == [3.0, 0.0]


def test_an_open_ceiling_counts_as_all_who_may_come():
    for seed in range(20):
        need, moves = small_case(seed).tables()
        instance = build_instance(moves, need.policy.with_(allow_beyond_need=True))
        come = np.bincount(instance.target, minlength=len(instance.need))
        wide = np.isinf(instance.cells.ceiling.to_numpy())
        assert (instance.ceiling[wide] == (instance.before + come)[wide]).all()


def test_costs_too_large_for_the_usual_unit_are_counted_in_a_coarser_one():
    case = small_case(3)
    need, moves = case.tables()
    assert build_instance(moves, need.policy).unit == 1e-10
    for cell in case.cells:
        cell["need"] *= 1000
    need, moves = case.tables()
    instance = build_instance(moves, need.policy)
    assert instance.unit > 1e-10
    largest = (instance.need**2 * instance.charge).max() / instance.unit
    assert 1e13 < largest <= 1e15
