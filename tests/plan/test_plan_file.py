"""A plan has the same columns and types from ``balance`` and from ``read_plan``, with transfers and without; arguments."""

import json

import pandas as pd
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain
from toolkit.plan.plan import CELLS, TRANSFERS
from toolkit.plan.plan_file import to_json


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return chain(write_agency(tmp_path_factory.mktemp("agency") / "data", people=110))


def read(plan, folder):
    folder.mkdir()
    (folder / "plan.json").write_text(to_json(plan, folder), encoding="utf-8")
    return tk.read_plan(folder)


def test_types_are_the_same_made_or_read_full_or_empty(whole, tmp_path):
    nobody = tk.balance(whole.moves.need, whole.moves, 0)
    assert len(whole.transfers) > 0
    assert nobody.transfers.empty
    plans = [whole, nobody, read(whole, tmp_path / "full"), read(nobody, tmp_path / "empty")]
    for plan in plans:
        assert plan.transfers.dtypes.to_dict() == whole.transfers.dtypes.to_dict()
        assert plan.cells.dtypes.to_dict() == whole.cells.dtypes.to_dict()
        assert list(plan.transfers) == TRANSFERS
        assert list(plan.cells) == CELLS
        assert isinstance(plan.summary.transfers, int)
    assert whole.transfers.stability.dtype == "str"
    assert whole.cells.outflow_limit.dtype == "int64"
    for one, other in ((whole, plans[2]), (nobody, plans[3])):
        pd.testing.assert_frame_equal(one.transfers, other.transfers, rtol=1e-8)
        pd.testing.assert_frame_equal(one.cells, other.cells, rtol=1e-8)
        assert [type(value) for value in one.summary] == [type(value) for value in other.summary]


def test_a_plan_without_anybody_who_may_move_has_them_too(whole):
    people = whole.moves.need.data.employees.employee_id
    empty = tk.balance(whole.moves.need, whole.moves.without(employees=people))
    assert empty.transfers.empty
    assert empty.transfers.dtypes.to_dict() == whole.transfers.dtypes.to_dict()
    assert empty.cells.dtypes.to_dict() == whole.cells.dtypes.to_dict()


@pytest.mark.parametrize(("name", "value"), [("transfers", 1.5), ("max_moves", 2.5)])
def test_a_count_that_is_not_whole_is_no_plan(whole, tmp_path, name, value):
    body = json.loads(to_json(whole, tmp_path))
    body["summary"][name] = value
    (tmp_path / "plan.json").write_text(json.dumps(body), encoding="utf-8")
    with pytest.raises(tk.MutasiError, match=f"{name} {value} is not a whole number"):
        tk.read_plan(tmp_path)


def test_an_outflow_limit_that_is_not_whole_or_missing_is_no_plan(whole, tmp_path):
    for value, reason in ((1.5, "outflow_limit 1.5 is not a whole number"), (None, "is not a plan")):
        body = json.loads(to_json(whole, tmp_path))
        body["cells"][0]["outflow_limit"] = value
        (tmp_path / "plan.json").write_text(json.dumps(body), encoding="utf-8")
        with pytest.raises(tk.MutasiError, match=reason):
            tk.read_plan(tmp_path)


def test_wrong_arguments_are_answered_with_a_sentence(whole):
    need, moves = whole.moves.need, whole.moves
    for ask, sentence in (
        (lambda: tk.balance(moves, need), "balance needs the Need that tk.staff_need returns"),
        (lambda: tk.balance(need, need), "balance needs the Moves that tk.allowed_moves returns"),
        (lambda: tk.balance(need, moves, solver=None), "balance needs the str"),
        (lambda: tk.balance(need, moves, time_limit=-1), "time_limit = -1 is not a number of 0 or more"),
        (lambda: tk.balance(need, moves, threads=0), "threads = 0 is not a whole number of 1 or more"),
        (lambda: tk.frontier(moves, need), "frontier needs the Need"),
        (lambda: tk.frontier(need, moves, []), "budgets is empty"),
        (lambda: tk.frontier(need, moves, 5), "budgets = 5 is not a list of numbers of moves"),
        (lambda: tk.frontier(need, moves, "12"), "budgets = '12' is not a list"),
        (lambda: tk.read_plan(whole), "read_plan: folder is of type Plan; name a folder"),
        (lambda: tk.read_plan(""), "read_plan: folder is empty"),
        (lambda: tk.read_plan(".", data=need), "read_plan: data is of type Need"),
        (lambda: tk.verify(need), "verify: plan is of type Need"),
        (lambda: tk.verify(whole, data=need), "verify: data is of type Need"),
    ):
        with pytest.raises(tk.ArgumentError, match=sentence):
            ask()
    for ask in (
        lambda: tk.balance(need, moves, -1),
        lambda: tk.balance(need, moves, 1.5),
        lambda: tk.frontier(need, moves, [True]),
    ):
        with pytest.raises(tk.PolicyError, match="max_moves"):
            ask()
    with pytest.raises(tk.MutasiError, match="language 'xx' is unknown"):
        tk.verify(whole, lang="xx")
