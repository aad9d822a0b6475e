"""The benchmark's city at a small size: it walks, and nothing it compares with is better than our plan."""

import numpy as np
import pytest

from benchmarks.__main__ import check, greedy
from benchmarks.city import write_city
from benchmarks.textbook import textbook
from tests.conftest import chain
from toolkit.plan.instance import build_instance


@pytest.fixture(scope="module")
def town(tmp_path_factory):
    size = {"staff": 400, "units": 15, "families": 5, "seed": 2, "max_km": 8}
    return chain(write_city(tmp_path_factory.mktemp("town"), **size), max_moves=12)


def test_neither_greedy_nor_the_textbook_nor_no_move_is_better(town):
    instance, plan, budget = (
        build_instance(town.moves, town.moves.need.policy),
        town,
        town.moves.need.policy.max_moves,
    )
    assert plan.summary.transfers == budget
    _, chosen = textbook(plan.cells, town.moves.allowed, budget, "HiGHS", limits=True)
    assert 0 < len(chosen) <= budget
    ways = [chosen.index.to_numpy(), greedy(instance, budget), np.zeros(0, dtype="int64")]
    for way in ways:
        check(instance, plan.summary.objective, way, "a simple way")
    assert instance.objective(ways[2]) > instance.objective(ways[1]) > plan.summary.objective
    with pytest.raises(SystemExit, match="ours is better than ours"):
        check(instance, instance.objective(ways[2]), ways[1], "ours")
