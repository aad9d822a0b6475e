"""Each rule: who is refused and why, the day before and the day after, and what happens without its column."""

import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.moves.rules import RULES
from toolkit.words import lexicon

UNITS = "unit_id,name,locked,selection_required\nA,a,no,no\nB,b,no,no\nC,c,no,no\nD,d,no,no\n"
VOLUMES = "unit_id,service_id,period,received\nA,letters,2025,5000\nB,letters,2025,5000\nC,letters,2025,5000\n"
GOOD = {
    "status": "pns", "standing": "active", "in_post_since": "2020-01-01", "rating_last": "good", "rating_before": "very_good",
    "discipline": "none", "discipline_until": "", "fte": "1", "heads_unit": "no", "locked": "no", "conflict_unit_ids": "",
}  # fmt: skip


def moves(folder, units=UNITS, policy=None, drop=(), unit="A", **fields):
    """The moves of one person p1 of office ``unit`` with some fields set, or columns dropped; q keeps the others staffed."""
    columns = [name for name in GOOD if name not in drop]
    people = [("p1", unit, {**GOOD, **fields}), ("q1", "B", GOOD), ("q2", "C", GOOD), ("q3", "D", GOOD)]
    lines = [",".join(["employee_id", "unit_id", "job_id", *columns])]
    lines += [",".join([who, where, "clerk", *(values[name] for name in columns)]) for who, where, values in people]
    data = tk.load(write(folder, units=units, employees="\n".join(lines) + "\n", volumes=VOLUMES), **(policy or {}))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    return tk.allowed_moves(data, need)


def goes_to(result, who="p1"):
    return result.allowed.to_unit[result.allowed.employee_id == who].astype(str).tolist()


def refusal(result, who="p1"):
    return result.refused[result.refused.employee_id == who]


def test_a_person_whom_no_rule_stops_may_go_wherever_need_is_known(tmp_path):
    result = moves(tmp_path)
    assert goes_to(result) == ["B", "C"]
    assert list(result.allowed.columns) == [
        "employee_id",
        "family",
        "from_unit",
        "to_unit",
        "km",
        "km_extra",
        "fit",
        "cost",
        "notes",
    ]
    assert set(result.allowed.notes.astype(str)) == {""}
    assert (result.rules.state == "on").all()
    unknown = result.refused[result.refused.employee_id.isna()]
    assert unknown[["to_unit", "rule"]].values.tolist() == [["D", "known_need"]]
    assert refusal(result, "q3").rule.tolist() == ["known_need"]


REFUSED = [
    ("locked", {"locked": "yes"}),
    ("part_timer", {"fte": "0.5"}),
    ("standing", {"standing": "leave"}),
    ("standing", {"standing": "study"}),
    ("standing", {"standing": "seconded"}),
    ("status", {"status": "cpns"}),
    ("status", {"status": "pppk_pw"}),
    ("discipline", {"discipline": "in_process"}),
    ("discipline", {"discipline": "serving"}),
    ("discipline", {"discipline": "serving", "discipline_until": "2026-01-01"}),
    ("tenure", {"in_post_since": "2024-01-02"}),
    ("rating", {"rating_last": "needs_improvement"}),
    ("rating", {"rating_before": "poor"}),
    ("heads_unit", {"heads_unit": "yes"}),
]


@pytest.mark.parametrize(("rule", "fields"), REFUSED)
def test_a_rule_on_the_person_refuses_once_with_its_article(tmp_path, rule, fields):
    result = moves(tmp_path, **fields)
    assert goes_to(result) == []
    row = refusal(result)
    assert row.rule.tolist() == [rule]
    assert row.to_unit.isna().all()
    article = result.rules.set_index("rule").article[rule]
    assert row.article.fillna("").tolist() == [article]


@pytest.mark.parametrize(
    "fields",
    [
        {"discipline": "serving", "discipline_until": "2025-12-31"},
        {"in_post_since": "2024-01-01"},
        {"in_post_since": "2023-12-31"},
        {"rating_last": "very_good", "rating_before": "good"},
    ],
)
def test_a_rule_lets_pass_from_the_day_on(tmp_path, fields):
    assert goes_to(moves(tmp_path, **fields)) == ["B", "C"]


def test_published_cases_of_tenure(tmp_path):
    """TMT 2024-03-01, transfer 2026-04-01: 25 months, passes; 2024-10-01: 18 months, fails."""
    policy = {"as_of": "2026-04-01"}
    assert goes_to(moves(tmp_path / "1", policy=policy, in_post_since="2024-03-01")) == ["B", "C"]
    short = moves(tmp_path / "2", policy=policy, in_post_since="2024-10-01")
    assert refusal(short).passes_on.tolist() == [pd.Timestamp("2026-10-01")]
    assert refusal(short).value.tolist() == ["2024-10-01"]


def test_the_least_tenure_is_a_policy(tmp_path):
    assert goes_to(moves(tmp_path, policy={"tenure_min_months": 12}, in_post_since="2024-06-01")) == ["B", "C"]


def test_a_punishment_says_when_it_will_have_passed(tmp_path):
    row = refusal(moves(tmp_path, discipline="serving", discipline_until="2026-06-30"))
    assert row.passes_on.tolist() == [pd.Timestamp("2026-07-01")]


def test_a_conflict_of_interest_bars_the_pair_only(tmp_path):
    result = moves(tmp_path, conflict_unit_ids="B;D")
    assert goes_to(result) == ["C"]
    assert refusal(result)[["to_unit", "rule"]].values.tolist() == [["B", "conflict"]]


def test_nobody_enters_an_office_that_selects_but_its_people_may_leave(tmp_path):
    result = moves(tmp_path, units=UNITS.replace("B,b,no,no", "B,b,no,yes"))
    assert goes_to(result) == ["C"]
    assert goes_to(result, "q1") == ["A", "C"]
    row = result.refused[(result.refused.rule == "selection_required")]
    assert row[["to_unit", "article"]].values.tolist() == [["B", "Perwali Palembang 49/2025"]]
    assert row.employee_id.isna().all()


def test_nobody_leaves_or_enters_a_locked_office(tmp_path):
    result = moves(tmp_path, units=UNITS.replace("B,b,no,no", "B,b,yes,no"))
    assert goes_to(result) == ["C"]
    assert goes_to(result, "q1") == []
    assert refusal(result, "q1").rule.tolist() == ["unit_locked"]


@pytest.mark.parametrize("column", ["status", "standing", "in_post_since", "rating_last", "discipline"])
def test_a_blank_in_a_used_column_cannot_be_judged(tmp_path, column):
    row = refusal(moves(tmp_path, **{column: ""}))
    assert row.value.tolist() == [f"cannot be judged: field {column} missing"]


@pytest.mark.parametrize(
    ("column", "rule", "state"),
    [
        ("status", "status", "not checked"),
        ("standing", "standing", "not checked"),
        ("in_post_since", "tenure", "not checked"),
        ("discipline", "discipline", "not checked"),
        ("heads_unit", "heads_unit", "not checked"),
        ("conflict_unit_ids", "conflict", "not checked"),
        ("rating_last", "rating", "off"),
        ("locked", "locked", "off"),
        ("fte", "part_timer", "off"),
    ],
)
def test_a_rule_without_its_column_is_off_and_law_travels_as_not_checked(tmp_path, column, rule, state):
    result = moves(tmp_path, drop=[column])
    assert result.rules.set_index("rule").state[rule] == state
    notes = set(result.allowed.notes.astype(str))
    assert notes == ({f"not checked: {rule}"} if state == "not checked" else {""})


def test_approval_for_pppk_travels_with_the_pair(tmp_path):
    result = moves(tmp_path, status="pppk")
    assert result.allowed.notes[result.allowed.employee_id == "p1"].str.contains("needs ministry approval").all()
    assert not result.allowed.notes[result.allowed.employee_id == "q1"].astype(str).str.contains("approval").any()


def test_another_family_is_neither_allowed_nor_listed(tmp_path):
    data = tk.load(write(tmp_path, jobs="job_id,name\nclerk,Clerk\nnurse,Nurse\n", employees=(
        "employee_id,unit_id,job_id\np1,A,clerk\np2,B,nurse\n"
    )))  # fmt: skip
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    result = tk.allowed_moves(data, need)
    assert goes_to(result) == ["B"]
    assert goes_to(result, "p2") == []
    assert set(result.rules.rule) >= {"family"}


def test_a_date_is_asked_for_where_there_are_no_volumes(tmp_path):
    employees = "employee_id,unit_id,job_id,in_post_since\np1,A,clerk,2020-01-01\n"
    data = tk.load(
        write(tmp_path, volumes=None, employees=employees, posts="unit_id,job_id,official_need\nA,clerk,1\nB,clerk,1\n")
    )
    need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    with pytest.raises(tk.PolicyError, match="set the policy key as_of"):
        tk.allowed_moves(data, need)


def test_credits_lower_the_cost_but_never_below_a_tenth(tmp_path):
    units = "unit_id,name,parent_id\nA,a,X\nB,b,X\nC,c,\nX,x,\nD,d,\n"
    cost = lambda result: result.allowed[result.allowed.employee_id == "p1"].cost.tolist()  # noqa: E731
    assert cost(moves(tmp_path / "1", units=units)) == [0.03, 0.04]
    policy = {"price_per_move": 0.02, "tenure_credit": 0.5}
    assert cost(moves(tmp_path / "2", units=units, policy=policy)) == [0.002, 0.002]
    assert cost(moves(tmp_path / "3", units=UNITS, in_post_since="2021-01-01")) == [0.05, 0.05]


def test_adding_a_rule_never_adds_a_pair(tmp_path):
    data = tk.load(write(tmp_path, units=UNITS))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    pairs = [len(tk.allowed_moves(data, need, rules=RULES[:count]).allowed) for count in range(len(RULES) + 1)]
    assert pairs == sorted(pairs, reverse=True)


def test_every_rule_has_a_sentence_and_asks_for_no_forbidden_fact():
    for lang in ("id", "en"):
        assert {f"rule.{rule.name}" for rule in RULES} <= lexicon(lang).keys()
    asked = {column for rule in RULES for column in rule.needs}
    assert not asked & {"employees.sex", "employees.birth_date"}


def test_sex_changes_nothing(tmp_path):
    plans = []
    for at, sex in enumerate("fm"):
        employees = f"employee_id,unit_id,job_id,sex\np1,A,clerk,{sex}\np2,A,clerk,f\np3,B,clerk,m\np4,C,clerk,\n"
        data = tk.load(write(tmp_path / str(at), employees=employees))
        need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
        plans.append(tk.balance(need, tk.allowed_moves(data, need)))
    pd.testing.assert_frame_equal(plans[0].transfers, plans[1].transfers)
