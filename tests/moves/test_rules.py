"""Each rule: who is refused and why, the day before and the day after, and what happens without its column."""

from pathlib import Path

import pandas as pd
import pytest

import scripts.rules
import toolkit as tk
from tests.one_person import UNITS, goes_to, moves, refusal
from tests.tables import write
from toolkit.moves.rules import RULES
from toolkit.words import lexicon


def test_a_person_whom_no_rule_stops_may_go_wherever_need_is_known(tmp_path):
    result = moves(tmp_path)
    assert goes_to(result) == ["B", "C"]
    assert list(result.allowed.columns) == [
        "employee_id",
        "family",
        "from_unit",
        "to_unit",
        "to_job",
        "km",
        "km_extra",
        "fit",
        "cost",
        "notes",
    ]
    assert set(result.allowed.notes.astype(str)) == {""}
    off = [
        "election",
        "inauguration",
        "period",
        "semester",
        "health_licence",
        "forbidden",
        "findings_clear",
        "formation",
    ]
    off += ["pppk_first_year", "hold", "consent", "unwilling", "teacher_certificate", "distance"]
    assert result.rules.rule[result.rules.state != "on"].tolist() == off
    unknown = result.refused[result.refused.employee_id.isna()]
    assert unknown[["to_unit", "rule"]].values.tolist() == [["D", "known_need"]]
    assert refusal(result, "q3").rule.tolist() == ["known_need"]


REFUSED = [
    ("locked", {"locked": "yes"}),
    ("part_timer", {"fte": "0.5"}),
    ("standing", {"standing": "leave"}),
    ("standing", {"standing": "study"}),
    ("standing", {"standing": "seconded"}),
    ("probation", {"status": "cpns"}),
    ("pppk_part_time", {"status": "pppk_pw"}),
    ("structural", {"job": "chief"}),
    ("pppk_contract", {"status": "pppk", "contract_end": "2026-12-31"}),
    ("discipline", {"discipline": "court"}),
    ("retirement", {"birth_date": "1969-11-30"}),
    ("retirement", {"birth_date": "1960-01-01"}),
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
    assert row.article.astype("str").fillna("").tolist() == [article]


@pytest.mark.parametrize(
    "fields",
    [
        {"discipline": "serving", "discipline_until": "2025-12-31"},
        {"in_post_since": "2024-01-01"},
        {"in_post_since": "2023-12-31"},
        {"rating_last": "very_good", "rating_before": "good"},
        {"birth_date": "1969-12-01"},
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


@pytest.mark.parametrize("column", ["standing", "in_post_since", "rating_last", "discipline", "birth_date"])
def test_a_blank_in_a_used_column_cannot_be_judged(tmp_path, column):
    row = refusal(moves(tmp_path, **{column: ""}))
    assert row.value.tolist() == [f"cannot be judged: field {column} missing"]


@pytest.mark.parametrize(
    ("column", "rule", "state"),
    [
        ("status", "pppk_contract, probation, pppk_part_time, pppk_same_job", "not checked"),
        ("standing", "standing", "not checked"),
        ("in_post_since", "tenure, functional_record", "not checked"),
        ("discipline", "discipline", "not checked"),
        ("heads_unit", "heads_unit", "not checked"),
        ("conflict_unit_ids", "conflict", "not checked"),
        ("contract_end", "pppk_contract", "not checked"),
        ("education", "functional_education, qualification", "not checked"),
        ("roles", "handover, acting", "not checked"),
        ("discipline_since", "discipline_level", "not checked"),
        ("rating_last", "functional_record", "not checked"),
        ("birth_date", "functional_age", "not checked"),
        ("locked", "locked", "off"),
        ("fte", "part_timer", "off"),
    ],
)
def test_a_rule_without_its_column_is_off_and_law_travels_as_not_checked(tmp_path, column, rule, state):
    result = moves(tmp_path, drop=[column])
    assert set(result.rules.set_index("rule").state[rule.split(", ")]) == {state}
    notes = set(result.allowed.notes.astype(str))
    assert notes == ({f"not checked: {rule}"} if state == "not checked" else {""})


def test_approval_for_pppk_travels_with_the_pair(tmp_path):
    result = moves(tmp_path, status="pppk", contract_end="2028-12-31")
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
    with pytest.raises(tk.PolicyError, match="add --set as_of=2026-04-01"):
        tk.allowed_moves(data, need)


def test_credits_lower_the_cost_but_never_below_a_tenth(tmp_path):
    units = "unit_id,name,parent_id\nA,a,X\nB,b,X\nC,c,\nX,x,\nD,d,\n"
    cost = lambda result: result.allowed[result.allowed.employee_id == "p1"].cost.tolist()  # noqa: E731
    assert cost(moves(tmp_path / "1", units=units)) == [0.03, 0.04]
    policy = {"price_per_move": 0.02, "tenure_credit": 0.5}
    assert cost(moves(tmp_path / "2", units=units, policy=policy)) == [0.002, 0.002]
    assert cost(moves(tmp_path / "3", units=UNITS, in_post_since="2021-01-01")) == [0.05, 0.05]


def test_a_unit_without_a_parent_is_its_own_office(tmp_path):
    units = "unit_id,name,parent_id\nA,a,\nB,b,\nC,c,A\nD,d,\n"
    result = moves(tmp_path, units=units, policy={"tenure_credit": 0.0, "same_office_credit": 0.01})
    cost = result.allowed[result.allowed.employee_id == "p1"].set_index("to_unit").cost
    assert cost.to_dict() == {"B": 0.05, "C": 0.04}  # A and B have no parent and are two offices; C belongs to A


@pytest.mark.parametrize(("since", "cost"), [("2020-12-31", 0.04), ("2021-01-01", 0.05), ("", 0.05)])
def test_the_credit_for_long_tenure_begins_the_day_after(tmp_path, since, cost):
    policy = {"tenure_long_months": 60, "tenure_credit": 0.01, "tenure_min_months": 0}
    result = moves(tmp_path, rules=[], policy=policy, in_post_since=since)
    assert set(result.allowed.cost[result.allowed.employee_id == "p1"]) == {cost}


def test_tenure_is_counted_in_the_office_where_that_is_known(tmp_path):
    policy = {"tenure_long_months": 60, "tenure_credit": 0.01}
    result = moves(tmp_path, policy=policy, in_post_since="2023-01-01", in_unit_since="2015-01-01")
    assert set(result.allowed.cost[result.allowed.employee_id == "p1"]) == {0.04}


def test_adding_a_rule_never_adds_a_pair(tmp_path):
    data = tk.load(write(tmp_path, units=UNITS))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    pairs = [len(tk.allowed_moves(data, need, rules=RULES[:count]).allowed) for count in range(len(RULES) + 1)]
    assert pairs == sorted(pairs, reverse=True)


def test_every_rule_has_a_sentence_and_asks_for_no_forbidden_fact():
    for lang in ("id", "en"):
        assert {f"rule.{rule.name}" for rule in RULES} <= lexicon(lang).keys()
    assert all((rule.test is None) == bool(rule.bars) for rule in RULES)
    asked = {(rule.name, column) for rule in RULES for column in rule.needs}
    assert "employees.sex" not in {column for _, column in asked}
    assert {name for name, column in asked if column == "employees.birth_date"} == {"retirement", "functional_age"}


def test_sex_changes_nothing(tmp_path):
    plans = []
    for at, sex in enumerate("fm"):
        employees = f"employee_id,unit_id,job_id,sex\np1,A,clerk,{sex}\np2,A,clerk,f\np3,B,clerk,m\np4,C,clerk,\n"
        data = tk.load(write(tmp_path / str(at), employees=employees))
        need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
        plans.append(tk.balance(need, tk.allowed_moves(data, need)))
    pd.testing.assert_frame_equal(plans[0].transfers, plans[1].transfers)


def test_the_retirement_horizon_is_a_policy_and_needs_the_age_of_the_job(tmp_path):
    assert goes_to(moves(tmp_path / "1", policy={"retirement_horizon_months": 12}, birth_date="1969-06-01")) == [
        "B",
        "C",
    ]
    assert refusal(moves(tmp_path / "2", birth_date="1969-06-01")).value.tolist() == ["2027-07-01"]
    assert refusal(moves(tmp_path / "3", job="old")).value.tolist() == [
        "cannot be judged: field retirement_age missing"
    ]


PLACES = {
    "places": "district,lat,lon\nHere,0,100\nNear,0,100.05\nFar,0,100.3\n",
    "units": "unit_id,name,locked,selection_required,district\nA,a,no,no,Here\nB,b,no,no,Near\nC,c,no,no,Far\nD,d,no,no,\n",
}
DEGREE = 6371.0088 * 3.141592653589793 / 180


def km_of(result):
    rows = result.allowed[result.allowed.employee_id == "p1"]
    return dict(zip(rows.to_unit.astype(str), zip(rows.km, rows.km_extra, rows.cost, strict=True), strict=True))


def test_distance_is_home_to_office_and_only_what_exceeds_the_present_way_costs(tmp_path):
    found = km_of(moves(tmp_path, tables=PLACES, home_district="Near", policy={"tenure_credit": 0.0}))
    assert found["B"] == pytest.approx((0, 0, 0.05))
    far = 0.25 * DEGREE
    assert found["C"] == pytest.approx((far, far - 0.05 * DEGREE, 0.05 + 0.01 * (far - 0.05 * DEGREE)), rel=1e-8)


def test_a_road_goes_over_the_straight_line_and_holds_both_ways_unless_both_are_given(tmp_path):
    travel = "from_district,to_district,km\nNear,Here,20\nFar,Here,50\nHere,Far,60\n"
    found = km_of(moves(tmp_path, tables={**PLACES, "travel": travel}, home_district="Here"))
    assert [found[unit][0] for unit in "BC"] == [20, 60]


def test_nobody_moves_beyond_the_limit_without_consent_unless_it_is_no_worse_than_now(tmp_path):
    policy = {"max_km": 10}
    result = moves(tmp_path / "1", tables=PLACES, home_district="Here", policy=policy)
    assert goes_to(result) == ["B"]
    assert refusal(result)[["to_unit", "rule", "value"]].values.tolist() == [
        ["C", "distance", f"{0.3 * DEGREE:.1f} km"]
    ]
    consent = {**PLACES, "wishes": "employee_id,willing\np1,yes\n"}
    assert goes_to(moves(tmp_path / "2", tables=consent, home_district="Here", policy=policy)) == ["B", "C"]
    assert goes_to(moves(tmp_path / "3", tables=PLACES, unit="C", home_district="Here", policy=policy)) == ["A", "B"]
    blank = moves(tmp_path / "4", tables=PLACES, home_district="", policy=policy)
    assert set(refusal(blank).value) == {"cannot be judged: field district missing"}


def test_beyond_the_limit_only_a_longer_way_than_now_is_barred(tmp_path):
    places = {
        "places": "district,lat,lon\nHere,0,100\nNear,0,100.2\nFar,0,100.3\n",
        "units": "unit_id,name,district\nA,a,Near\nB,b,Near\nC,c,Far\nD,d,Here\n",
    }
    policy = {"max_km": 10}
    # from A, 22 km away, to B as far away: no longer than now; C is farther
    result = moves(tmp_path, tables=places, home_district="Here", policy=policy)
    assert goes_to(result) == ["B"]
    assert refusal(result)[["to_unit", "rule"]].values.tolist() == [["C", "distance"]]


def test_the_limit_itself_is_near_enough(tmp_path):
    travel = {**PLACES, "travel": "from_district,to_district,km\nHere,Near,10\nHere,Far,10.1\n"}
    result = moves(tmp_path, tables=travel, home_district="Here", policy={"max_km": 10})
    assert goes_to(result) == ["B"]


def test_a_way_that_is_not_known_travels_as_a_note(tmp_path):
    result = moves(tmp_path, tables=PLACES, home_district="")
    assert set(result.allowed.notes[result.allowed.employee_id == "p1"]) == {"distance not known"}
    assert result.allowed.km.isna().all()


def test_a_wish_for_an_office_or_a_district_makes_the_move_cheaper(tmp_path):
    cost = {"tenure_credit": 0.0, "price_per_km": 0.0}
    for at, wishes in enumerate(["employee_id,unit_id\np1,B\n", "employee_id,unit_id,district\np1,,Near\np1,A,Far\n"]):
        found = km_of(moves(tmp_path / str(at), tables={**PLACES, "wishes": wishes}, home_district="Here", policy=cost))
        assert [round(found[unit][2], 9) for unit in "BC"] == [0.02, 0.05]
    unwilling = {**PLACES, "wishes": "employee_id,unit_id,willing\np1,B,no\n"}
    assert km_of(moves(tmp_path / "9", tables=unwilling, home_district="Here", policy=cost))["B"][2] == 0.05


def test_the_page_of_rules_is_what_the_rules_say():
    page = Path(tk.__file__).parents[1] / "docs" / "rules.md"
    assert page.read_text(encoding="utf-8") == scripts.rules.page()
