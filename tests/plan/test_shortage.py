"""What stays short, and why: each cause by hand on three offices, all of them against plans by force and by direction."""

import itertools
from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain, in_parts
from tests.small_cases import limits as limits_of
from tests.small_cases import small_case
from tests.tables import write
from toolkit.intake.policy import Policy
from toolkit.need.staffing import Need
from toolkit.plan import shortage
from toolkit.plan.shortage import CAUSES, _Question

ALL_BUT_LAW = {"budget", "outflow_limit", "doubt", "choice"}


def agency(folder, *, a=1, b=5, short=3.0, columns="", of_b="", **policy):
    """The plan of A, which needs ``short`` people, B, which needs one, and C, which needs one and has one."""
    head = "employee_id,unit_id,job_id" + (f",{columns}" if columns else "")
    free = {"locked": "no", "in_post_since": "2015-01-01"}
    rest = "".join(f",{free[name]}" for name in columns.split(",") if name)
    people = [f"a{at},A,clerk{rest}" for at in range(a)] + ["c0,C,clerk" + rest]
    people += [f"b{at},B,clerk" + (f",{of_b}" if of_b else rest) for at in range(b)]
    volumes = (
        f"unit_id,service_id,period,received\nA,letters,2025,{short * 2500}\nB,letters,2025,2500\nC,letters,2025,2500\n"
    )
    return chain(write(folder, employees="\n".join([head, *people]) + "\n", volumes=volumes), **policy)


def causes(plan):
    table = plan.shortage
    assert list(table.columns) == ["cause", "posts", "alone"]
    assert table.posts.sum() == pytest.approx(plan.still_short.short.sum(), abs=1e-5)
    assert (table.posts >= 0).all()
    assert not (table.alone < 0).any()
    return table.set_index("cause").posts.round(6).to_dict()


def test_nothing_short_has_no_cause(tmp_path, monkeypatch):
    monkeypatch.setattr(shortage, "_Question", None)  # nothing is computed
    plan = agency(tmp_path, outflow_share=1)
    assert len(plan.transfers) == 2
    assert causes(plan) == {}
    assert plan.still_short.empty


def test_a_budget_of_one_holds_what_the_second_move_would_cover(tmp_path):
    plan = agency(tmp_path, outflow_share=1, max_moves=1)
    assert causes(plan) == {"budget": 1}
    assert plan.shortage.alone.tolist() == [1]
    assert plan.still_short.values.tolist() == [["clerk", "A", 3, 2, 1]]


def test_an_outflow_limit_holds_what_may_not_leave(tmp_path):
    plan = agency(tmp_path, outflow_share=0.2)
    assert causes(plan) == {"outflow_limit": 1}
    both = agency(tmp_path / "both", a=2, short=5, outflow_share=0.4, max_moves=1)  # two may leave, one by the budget
    assert causes(both) == {"budget": 1, "outflow_limit": 1}
    assert both.shortage.alone.tolist() == [1, 0]


def test_persons_whom_the_agency_locked_are_a_choice(tmp_path):
    plan = agency(tmp_path, b=3, columns="locked", of_b="yes")
    assert plan.transfers.empty
    assert causes(plan) == {"choice": 2}


def test_persons_whom_a_rule_of_law_holds_are_law_and_only_in_the_calculation(tmp_path):
    recent = {"columns": "in_post_since", "of_b": "2025-10-01"}
    plan = agency(tmp_path, b=3, outflow_share=1, **recent)
    assert plan.transfers.empty
    assert causes(plan) == {"law": 2}
    assert plan.moves.allowed.from_unit.astype(str).unique().tolist() == ["A", "C"]


def test_whom_both_hold_is_released_by_the_last_and_by_none_alone(tmp_path):
    plan = agency(tmp_path, b=3, outflow_share=1, columns="locked,in_post_since", of_b="yes,2025-10-01")
    assert causes(plan) == {"law": 2}
    assert plan.shortage.alone.tolist() == [0]


def test_a_family_without_surplus_needs_no_solve(tmp_path, monkeypatch):
    monkeypatch.setattr(shortage, "Master", None)
    plan = agency(tmp_path, b=1)
    assert causes(plan) == {"no_surplus": 2}
    assert np.isnan(plan.shortage.alone[0])


def test_a_transfer_that_costs_more_than_it_brings_is_cost(tmp_path):
    plan = agency(tmp_path, b=3, outflow_share=1, price_per_move=100)
    assert plan.transfers.empty
    assert causes(plan) == {"cost": 2}


def test_part_of_a_post_counts_as_such(tmp_path):
    plan = agency(tmp_path, a=2, b=2, short=4.2)
    assert causes(plan) == pytest.approx({"no_surplus": 1.2})


def test_a_post_that_names_the_most_staff_is_a_choice(tmp_path):
    posts = "unit_id,job_id,max_staff\nA,clerk,2\n"
    people = "employee_id,unit_id,job_id\n" + "".join(f"p{at},{unit},clerk\n" for at, unit in enumerate("ABBBBBC"))
    volumes = "unit_id,service_id,period,received\nA,letters,2025,7500\nB,letters,2025,2500\nC,letters,2025,2500\n"
    assert causes(chain(write(tmp_path, employees=people, volumes=volumes, posts=posts))) == {"choice": 1}


def test_an_unknown_need_is_never_short_and_never_gives(tmp_path):
    volumes = "unit_id,service_id,period,received\nA,letters,2025,7500\nC,letters,2025,2500\n"
    people = "employee_id,unit_id,job_id\n" + "".join(f"p{at},{unit},clerk\n" for at, unit in enumerate("ABBBBBC"))
    plan = chain(write(tmp_path, employees=people, volumes=volumes))
    assert causes(plan) == {"no_surplus": 2}  # B, which reports nothing, has five people


HOLDS = "hold_doubtful" in {field.name for field in fields(Policy)}


@pytest.mark.skipif(not HOLDS, reason="no policy holds offices whose need is in doubt")
def test_offices_in_doubt_are_a_cause_until_the_policy_releases_them(tmp_path, monkeypatch):
    cells = Need.cells.fget
    in_doubt = property(lambda need: cells(need).assign(doubtful=cells(need).unit_id == "B"))
    monkeypatch.setattr(Need, "cells", in_doubt)
    plan = agency(tmp_path, b=3, outflow_share=1)
    assert plan.transfers.empty
    assert causes(plan) == {"doubt": 2}
    assert plan.shortage.alone.tolist() == [2]
    assert causes(agency(tmp_path / "released", b=3, outflow_share=1, hold_doubtful=False)) == {}


def test_without_an_office_in_doubt_there_is_no_such_cause(tmp_path):
    plan = agency(tmp_path, b=3, outflow_share=0.2)
    assert not _Question(plan.moves, plan.policy).in_doubt
    assert "doubt" not in causes(plan)


def test_a_plan_that_was_stopped_tells_only_recruitment_apart(tmp_path):
    plan = agency(tmp_path, a=2, b=2, short=5)
    stopped = replace(plan, summary=plan.summary.copy())
    stopped.summary["status"] = "feasible"
    assert causes(stopped) == {"no_surplus": 2}
    stopped = tk.balance(plan.moves.need, plan.moves, time_limit=0)
    assert causes(stopped) == {"stopped": 1, "no_surplus": 2}


def test_a_plan_that_was_read_has_the_same_causes(tmp_path):
    plan = agency(tmp_path / "data", outflow_share=1, max_moves=1)
    tk.write_dossier(plan, tmp_path / "out")
    pd.testing.assert_frame_equal(tk.read_plan(tmp_path / "out").shortage, plan.shortage)


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"max_moves": 3},
        {"allow_short_donors": True, "max_moves": 3},
        {"allow_beyond_need": True, "criterion": "shortage"},
        {"scale": "relative", "outflow_share": 0.1},
    ],
    ids=str,
)
def test_causes_add_up_and_are_never_negative(tmp_path, policy):
    for seed in range(3):
        plan = chain(write_agency(tmp_path / f"{seed}", seed=seed, people=100), **policy)
        found = causes(plan)
        assert [cause for cause in CAUSES if cause in found] == list(found)
        question = _Question(plan.moves, plan.policy)
        without = question.least(ALL_BUT_LAW | {"law"})
        assert without == pytest.approx(question.least_of_all, abs=1e-5)  # the solver, and the way without one
        assert question.least_by_budget <= question.least(set()) + 1e-6


@pytest.mark.parametrize(("column", "value"), [("fte", "0.5"), ("standing", "leave")])
def test_whoever_could_not_be_moved_whatever_the_rules_is_no_surplus(tmp_path, column, value):
    """B has two people to spare who work half of the time, or two who are not there."""
    head = f"employee_id,unit_id,job_id,{column}\n"
    free = {"fte": "1", "standing": "active"}[column]
    people = [f"a{at},A,clerk,{free}" for at in range(2)] + [f"b{at},B,clerk,{value}" for at in range(6)]
    volumes = "unit_id,service_id,period,received\nA,letters,2025,10000\nB,letters,2025,2500\n"
    tables = {
        "units": "unit_id,name\nA,a\nB,b\n",
        "employees": head + "\n".join([*people, f"b6,B,clerk,{free}"]) + "\n",
    }
    found = causes(chain(write(tmp_path, volumes=volumes, **tables), outflow_share=1))
    assert found == ({"no_surplus": 2} if column == "standing" else {"no_surplus": 1})  # b6 is a whole person


@pytest.mark.parametrize("seed", [None, 1, 5])
def test_a_larger_budget_never_leaves_more_short_by_budget(tmp_path, seed):
    if seed is None:
        whole = agency(tmp_path, a=4, b=9, short=10, outflow_share=1)
    else:
        whole = chain(write_agency(tmp_path, seed=seed, people=120))
    plans = [tk.balance(whole.moves.need, whole.moves, budget) for budget in (0, 1, 2, 4, 8, 30)]
    by_budget = [causes(plan).get("budget", 0.0) for plan in plans]
    assert by_budget == sorted(by_budget, reverse=True)
    assert by_budget[-1] == 0
    if seed is None:
        assert by_budget == [6, 5, 4, 2, 0, 0]


def test_a_limit_set_aside_alone_never_leaves_more_short(tmp_path):
    plan = chain(write_agency(tmp_path, seed=3, people=120), max_moves=4)
    question = _Question(plan.moves, plan.policy)
    within = question.least(set())
    for cause in ("budget", "outflow_limit", "choice", "law"):
        assert question.least({cause}) <= within + 1e-6


def least_by_force(case, budget, outflow):
    """The least shortage over every plan there is."""
    need = np.array([cell["need"] if cell["known"] else 0.0 for cell in case.cells])
    before = np.array([cell["staff"] + cell["others"] for cell in case.cells])
    best = np.inf
    for plan in itertools.product(*[[None, *destinations] for _, destinations in case.people]):
        moved = [(home, to) for (home, _), to in zip(case.people, plan, strict=True) if to is not None]
        leave = np.bincount([home for home, _ in moved], minlength=len(need))
        staff = before - leave + np.bincount([to for _, to in moved], minlength=len(need))
        allowed = budget is None or len(moved) <= budget
        for k, left, (low, high, most) in zip(staff, leave, limits_of(case), strict=True):
            allowed &= low - 1e-7 <= k <= high + 1e-7 and (left <= most if outflow or not most else True)
        if allowed:
            best = min(best, float(np.maximum(need - staff, 0).sum()))
    return best


@pytest.mark.parametrize("budget", [None, 1, 2])
@pytest.mark.parametrize("cases", in_parts(5, 25))
def test_the_least_shortage_is_that_of_all_plans_by_force(budget, cases):
    for seed in range(cases):
        case = small_case(seed)
        if len(case.people) > 5:
            continue
        need, moves = case.tables()
        everybody = moves.people.assign(
            active=True, fte=1.0, family=[f"F{case.cells[home]['family']}" for home, _ in case.people],
            unit_id=[f"U{home}" for home, _ in case.people],
        )  # fmt: skip
        question = _Question(replace(moves, people=everybody), case.policy.with_(max_moves=budget))
        question.families = pd.Index(["F0", "F1"])
        assert question.least(set()) == pytest.approx(least_by_force(case, budget, True), abs=1e-5), seed
        without = question.least({"outflow_limit"})
        assert without == pytest.approx(least_by_force(case, budget, False), abs=1e-5), seed
