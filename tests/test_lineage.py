"""Each result carries what it was made from; no module remembers anything; wrong arguments are answered in a sentence."""

import pytest

import toolkit as tk
from tests.conftest import chain
from tests.tables import write
from toolkit.common.results import Result
from toolkit.pipeline import moves_from
from toolkit.plan import plan as plans


@pytest.fixture
def steps(tmp_path):
    """Every result of the way on the smallest agency, made step by step."""
    data = tk.load(write(tmp_path / "data"))
    norms, demand = tk.estimate_norms(data, draws=5), tk.forecast_demand(data)
    need = tk.staff_need(data, norms, demand)
    moves = tk.allowed_moves(data, need)
    return data, norms, demand, need, moves, tk.balance(need, moves)


def test_each_result_carries_what_it_was_made_from(steps):
    data, norms, demand, need, moves, plan = steps
    assert norms.data is data
    assert demand.data is data
    assert need.data is data
    assert need.norms is norms
    assert need.demand is demand
    assert need.policy is data.policy
    assert moves.need is need
    assert plan.moves is moves


def test_the_pipeline_gives_what_the_steps_give(steps):
    data, _, _, need, moves, _ = steps
    again = moves_from(data, draws=5)
    assert again == moves
    assert again.need == need
    assert again.allowed is not moves.allowed


def test_a_plan_that_is_read_makes_its_moves_when_first_asked_and_keeps_them_itself(steps, tmp_path, monkeypatch):
    *_, plan = steps
    tk.write_dossier(plan, tmp_path / "hasil")
    calls = []
    monkeypatch.setattr(plans, "moves_from", lambda data: calls.append(data) or moves_from(data))
    read = tk.read_plan(tmp_path / "hasil")
    assert calls == []
    assert read.moves.allowed.equals(plan.moves.allowed)
    assert read.moves is read.moves
    assert len(calls) == 1
    other = tk.read_plan(tmp_path / "hasil")
    assert other.moves is not read.moves  # no cache between plans
    assert len(calls) == 2


def test_a_plan_that_is_read_equals_the_plan_that_was_written(steps, tmp_path):
    *_, plan = steps
    tk.write_dossier(plan, tmp_path / "hasil")
    read = tk.read_plan(tmp_path / "hasil")
    assert list(read.transfers.dtypes) == list(plan.transfers.dtypes)
    assert list(read.cells.dtypes) == list(plan.cells.dtypes)
    assert read.transfers.equals(plan.transfers)


def test_the_moves_of_a_plan_whose_inputs_changed_are_refused(steps, tmp_path):
    data, *_, plan = steps
    tk.write_dossier(plan, tmp_path / "hasil")
    file = data.folder / "units.csv"
    file.write_text(file.read_text(encoding="utf-8") + "Z,Zeta\n", encoding="utf-8")
    with pytest.raises(tk.VerificationError, match=r"inputs: units\.csv: found another SHA-256"):
        tk.why(tk.read_plan(tmp_path / "hasil"), plan.transfers.employee_id.iloc[0])


def test_an_edited_need_raises_and_with_need_is_the_way(steps):
    data, _, _, need, moves, _ = steps
    changed = need.with_need({("B", "clerk"): 2.5})
    assert changed.table.need_fte[changed.table.unit_id == "B"].item() == 2.5
    assert need.table.need_fte[need.table.unit_id == "B"].item() != 2.5
    plan = tk.balance(changed, tk.allowed_moves(data, changed))
    assert plan.cells.need_fte[plan.cells.unit_id == "B"].item() == 2.5
    need.table.loc[need.table.unit_id == "B", "need_fte"] = 2.5
    for later in (
        lambda: tk.allowed_moves(data, need),
        lambda: tk.balance(need, moves),
        lambda: tk.frontier(need, moves),
    ):
        with pytest.raises(tk.MutasiError, match=r"need\.table was edited.*with_need"):
            later()


def test_an_edit_of_the_allowed_moves_counts(steps):
    _, _, _, need, moves, plan = steps
    mover = plan.transfers.employee_id.iloc[0]
    without = tk.balance(need, moves.without(employees=[mover]))
    assert mover not in set(without.transfers.employee_id)
    moves.allowed.loc[moves.allowed.employee_id == mover, "cost"] = 1e6
    assert mover not in set(tk.balance(need, moves).transfers.employee_id)


def test_data_that_are_not_the_needs_are_refused(steps, tmp_path):
    _, _, _, need, _, _ = steps
    other = tk.load(write(tmp_path / "other"), effective_hours=1000)
    with pytest.raises(tk.ArgumentError, match=r"computed from other data; pass need\.data"):
        tk.allowed_moves(other, need)
    assert tk.allowed_moves(tk.load(need.data.folder), need) is not None  # the same tables, loaded once more


WRONG = {
    "norms of a folder": (
        lambda s: tk.estimate_norms("data/sample"),
        "estimate_norms needs the Data that tk.load returns",
    ),
    "negative draws": (lambda s: tk.estimate_norms(s[0], draws=-1), "draws = -1 is not a whole number of 0 or more"),
    "demand of norms": (lambda s: tk.forecast_demand(s[1]), "forecast_demand needs the Data that tk.load returns"),
    "need in another order": (lambda s: tk.staff_need(s[1], s[0], s[2]), "staff_need needs the Data"),
    "moves in another order": (lambda s: tk.allowed_moves(s[3], s[0]), "allowed_moves needs the Data"),
    "balance in another order": (lambda s: tk.balance(s[4], s[3]), "balance needs the Need that tk.staff_need returns"),
    "no thread": (lambda s: tk.balance(s[3], s[4], threads=0), "threads = 0 is not a whole number of 1 or more"),
    "negative time": (lambda s: tk.balance(s[3], s[4], time_limit=-1), "time_limit = -1 is not a number of 0 or more"),
    "negative budget": (lambda s: tk.balance(s[3], s[4], -1), "max_moves = -1"),
    "frontier of nothing": (lambda s: tk.frontier(s[3], s[4], []), "budgets is empty"),
    "why of a need": (lambda s: tk.why(s[3], "p1"), "why needs the Plan"),
    "verify of moves": (lambda s: tk.verify(s[4]), "verify: plan is of type Moves"),
    "dossier of moves": (lambda s: tk.write_dossier(s[4], "x"), "write_dossier needs the Plan"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_arguments_are_answered_in_a_sentence(steps, case):
    call, sentence = WRONG[case]
    with pytest.raises(tk.MutasiError, match=sentence):
        call(steps)


def test_results_show_themselves_shortly_and_compare(steps, tmp_path):
    again = chain(write(tmp_path / "again"))
    for result in steps:
        assert isinstance(result, Result)
        assert len(repr(result)) < 300
        assert "\n" not in repr(result)
        assert result._repr_html_().count("<tr") < 40
        assert result == result  # noqa: PLR0124
        assert result != again.moves.need
