"""Each rule of law on the day before, the day and the day after; lifts, forbids, and rules of one's own."""

import pandas as pd
import pytest

import toolkit as tk
from tests.one_person import UNITS, goes_to, moves, refusal
from tests.tables import write
from toolkit.moves.registry import Rule, Verdict
from toolkit.moves.rules import RULES

NURSES = {
    "jobs": (
        "job_id,name,family,category,level,retirement_age,education,field\nclerk,Clerk,clerk,general,,58,,\n"
        "nurse_1,Midwife,nurse,functional,mahir,60,D3,Keperawatan; Kebidanan\nnurse_2,Nurse,nurse,functional,mahir,60,D3,Keperawatan\n"
        "nurse_3,Counsellor,nurse,functional,mahir,60,S1,\nhead,Head nurse,nurse,structural,,60,,\n"
    ),
    "posts": "unit_id,job_id,official_need\nA,nurse_2,1\nB,nurse_1,2\nC,nurse_2,2\nD,nurse_3,2\n",
}
NURSE = {"tables": NURSES, "job": "nurse_2", "education": "D-III", "field": "keperawatan"}
SCHOOL = "unit_id,name,kind\nA,a,school\nB,b,sekolah\nC,c,school\nD,d,opd\n"
OFFICIAL = {"rules": [rule for rule in RULES if rule.name in ("election", "inauguration")], "heads_unit": "yes"}
ELECTION = {"election_from": "2026-03-22", "election_until": "2026-05-31"}
DATED = [  # rule, policy, what is set, then day, whether the person may go to B, and when the rule will pass
    ("tenure", {}, {"in_post_since": "2024-04-01"}, [("2026-03-31", False, "2026-04-01"), ("2026-04-01", True, None), ("2026-04-02", True, None)]),
    ("tenure", {}, {"in_post_since": "2024-02-29"}, [("2026-02-27", False, "2026-02-28"), ("2026-02-28", True, None)]),
    ("discipline", {}, {"discipline": "serving", "discipline_until": "2026-06-30"}, [("2026-06-29", False, "2026-07-01"), ("2026-06-30", False, "2026-07-01"), ("2026-07-01", True, None)]),
    ("pppk_contract", {}, {"status": "pppk", "contract_end": "2027-06-30"}, [("2026-06-29", True, None), ("2026-06-30", True, None), ("2026-07-01", False, None)]),
    ("pppk_contract", {"pppk_contract_months": 6}, {"status": "pppk", "contract_end": "2026-12-31"}, [("2026-06-30", True, None), ("2026-07-01", False, None)]),
    ("retirement", {}, {"birth_date": "1969-12-15"}, [("2025-12-31", True, None), ("2026-01-01", True, None), ("2026-01-02", False, None)]),
    ("election", ELECTION, OFFICIAL, [("2026-03-21", True, None), ("2026-03-22", False, "2026-06-01"), ("2026-05-31", False, "2026-06-01"), ("2026-06-01", True, None)]),
    ("election", {"election_from": "2026-03-22"}, OFFICIAL, [("2026-03-21", True, None), ("2036-03-22", False, None)]),
    ("election", {"election_until": "2026-05-31"}, OFFICIAL, [("2006-03-21", False, "2026-06-01"), ("2026-06-01", True, None)]),
    ("inauguration", {"inaugurated_on": "2026-02-20"}, OFFICIAL, [("2026-02-19", True, None), ("2026-02-20", False, "2026-08-20"), ("2026-08-19", False, "2026-08-20"), ("2026-08-20", True, None)]),
    ("period", {"periods_only": True}, {}, [("2026-03-31", False, "2026-04-01"), ("2026-04-01", True, None), ("2026-04-30", True, None), ("2026-05-01", False, "2026-10-01"), ("2026-11-01", False, "2027-04-01")]),
    ("semester", {"semester_only": True}, {**NURSE, "units": SCHOOL}, [("2026-06-30", False, "2026-07-01"), ("2026-07-01", True, None), ("2026-07-31", True, None), ("2026-08-01", False, "2027-01-01")]),
    ("functional_age", {}, {**NURSE, "birth_date": "1973-04-01"}, [("2026-03-31", True, None), ("2026-04-01", True, None), ("2026-04-02", False, None)]),
    ("functional_record", {"tenure_min_months": 0}, {**NURSE, "in_post_since": "2024-04-01"}, [("2026-03-31", False, "2026-04-01"), ("2026-04-01", True, None), ("2026-04-02", True, None)]),
]  # fmt: skip
CASES = [(rule, policy, fields, *day) for rule, policy, fields, days in DATED for day in days]


@pytest.mark.parametrize(("rule", "policy", "fields", "day", "may", "passes_on"), CASES)
def test_the_day_before_the_day_and_the_day_after(tmp_path, rule, policy, fields, day, may, passes_on):
    result = moves(tmp_path, policy={**policy, "as_of": day}, **fields)
    assert ("B" in goes_to(result)) == may
    row = refusal(result)
    row = row[row.to_unit.isna() | (row.to_unit == "B")]
    assert row.rule.tolist() == [] if may else [rule]
    if not may:
        assert row.passes_on.tolist() == [pd.NaT if passes_on is None else pd.Timestamp(passes_on)] or (
            passes_on is None and row.passes_on.isna().all()
        )


def test_windows_bar_officials_only_and_without_a_date_the_rule_is_off(tmp_path):
    rules = [rule for rule in RULES if rule.name in ("election", "inauguration")]
    inside = {"as_of": "2026-04-01", **ELECTION}
    assert goes_to(moves(tmp_path / "1", rules=rules, policy=inside)) == ["B", "C", "D"]
    state = moves(tmp_path / "2", heads_unit="yes", rules=rules).rules.set_index("rule").state
    assert state[["election", "inauguration"]].tolist() == ["off", "off"]
    lost = moves(tmp_path / "3", drop=["heads_unit"], rules=rules, policy=inside)
    assert lost.rules.set_index("rule").state["election"] == "not checked"


def test_a_pppk_stays_in_the_job_and_the_level(tmp_path):
    result = moves(tmp_path, **NURSE, status="pppk", contract_end="2029-12-31")
    assert goes_to(result) == ["C"]
    assert refusal(result).query("to_unit == 'B'")[["rule", "value"]].values.tolist() == [["pppk_same_job", "nurse_1"]]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"education": "SLTA"}, "functional_education"),
        ({"field": "Hukum"}, "functional_education"),
        ({"rating_last": "poor"}, "functional_record"),
        ({"rating_before": "needs_improvement"}, "functional_record"),
    ],
)
def test_another_functional_job_asks_for_its_education_and_a_record(tmp_path, fields, rule):
    result = moves(tmp_path, **{**NURSE, **fields}, policy={"rating_required": False})
    assert goes_to(result) == ["C"]  # the same job asks for nothing
    assert rule in refusal(result).query("to_unit == 'B'").rule.tolist()


def test_another_job_travels_with_a_note_and_what_the_job_does_not_ask_does_not_count(tmp_path):
    result = moves(tmp_path, **{**NURSE, "education": "S1"})
    assert goes_to(result) == ["B", "C", "D"]
    mine = result.allowed[result.allowed.employee_id == "p1"]
    assert mine.to_job.astype(str).tolist() == ["nurse_1", "nurse_2", "nurse_3"]
    test = "needs a competence test (functional job)"
    assert mine.notes.astype(str).tolist() == [test, "", test]


@pytest.mark.parametrize(
    ("fields", "field", "units"),
    [({"education": ""}, "education", ["B", "D"]), ({"birth_date": ""}, "birth_date", ["B", "D"]), ({"education": "kursus"}, "education", ["B", "D"])],
)  # fmt: skip
def test_a_blank_that_a_functional_job_asks_for_cannot_be_judged(tmp_path, fields, field, units):
    result = moves(tmp_path, **{**NURSE, **fields}, policy={"retirement_horizon_months": 0})
    row = refusal(result)
    row = row[row.rule.str.startswith("functional")]
    if field == "education":
        assert row.to_unit.tolist() == units
        assert set(row.value) == {"cannot be judged: field education missing"}
    else:
        assert "cannot be judged: field birth_date missing" in set(refusal(result).value)


def test_a_blank_schooling_does_not_matter_where_the_job_asks_for_none(tmp_path):
    jobs = NURSES["jobs"].replace("mahir,60,D3,Keperawatan; Kebidanan", "mahir,60,,")
    result = moves(tmp_path, **{**NURSE, "tables": {**NURSES, "jobs": jobs}, "education": ""})
    assert goes_to(result) == ["B", "C"]


@pytest.mark.parametrize(("born", "may"), [("1971-04-01", ["C", "D"]), ("1971-03-31", ["C"])])
def test_the_level_ahli_madya_is_open_up_to_55(tmp_path, born, may):
    # both nurses and counsellors of that level
    jobs = NURSES["jobs"].replace("mahir,60,D3,Keperawatan\n", "Ahli Madya,60,D3,Keperawatan\n")
    tables = {**NURSES, "jobs": jobs.replace("mahir,60,S1", "Ahli Madya,60,S1")}
    nurse = {**NURSE, "tables": tables, "education": "S1", "birth_date": born}
    assert goes_to(moves(tmp_path, policy={"as_of": "2026-04-01"}, **nurse)) == may


@pytest.mark.parametrize(("own", "born", "may"), [("mahir", "1966-04-01", True), ("mahir", "1966-03-31", False), ("ahli utama", "1963-04-01", True), ("ahli utama", "1963-03-31", False)])  # fmt: skip
def test_the_level_ahli_utama_is_open_up_to_60_and_up_to_63_for_those_of_that_level(tmp_path, own, born, may):
    jobs = NURSES["jobs"].replace("mahir,60,S1", "ahli utama,60,S1")
    jobs = jobs.replace("mahir,60,D3,Keperawatan\n", f"{own},60,D3,Keperawatan\n")
    rules = [rule for rule in RULES if rule.name == "functional_age"]
    policy = {"as_of": "2026-04-01", "retirement_horizon_months": 0}
    tables = {**NURSES, "jobs": jobs.replace(",60,", ",70,")}
    nurse = {**NURSE, "tables": tables, "education": "S1", "birth_date": born}
    result = moves(tmp_path, policy=policy, rules=rules, **nurse)
    assert ("D" in goes_to(result)) == may


def test_nobody_enters_a_structural_post(tmp_path):
    tables = {**NURSES, "posts": NURSES["posts"].replace("B,nurse_1,2", "B,head,2")}
    result = moves(tmp_path, **{**NURSE, "tables": tables})
    assert goes_to(result) == ["C"]
    assert refusal(result).query("to_unit == 'B'")[["rule", "value"]].values.tolist() == [["structural", "head"]]


def test_a_pppk_whose_contract_has_no_end_cannot_be_judged_and_a_pns_needs_none(tmp_path):
    row = refusal(moves(tmp_path / "1", status="pppk"))
    assert row.value.tolist() == ["cannot be judged: field contract_end missing"]
    assert goes_to(moves(tmp_path / "2", status="pns")) == ["B", "C"]


def test_a_teacher_begins_with_a_semester(tmp_path):
    result = moves(tmp_path, **NURSE, units=SCHOOL, policy={"as_of": "2026-10-01"})
    assert (
        result.allowed.notes[result.allowed.employee_id == "p1"]
        .str.contains("begins with a semester (2027-01-01)", regex=False)
        .all()
    )


def edits(*rows):
    return {"edits": "employee_id,action,unit_id,reason,by,rule\n" + "".join(f"{row}\n" for row in rows)}


def test_a_named_official_forbids_a_move_or_one_office(tmp_path):
    stays = moves(tmp_path / "1", tables=edits("p1,forbid,,ill,Sekda,"))
    assert refusal(stays)[["to_unit", "rule", "value"]].astype("str").fillna("").values.tolist() == [
        ["", "forbidden", "Sekda: ill"]
    ]
    one = moves(tmp_path / "2", tables=edits("p1,forbid,B,too far,Sekda,"))
    assert goes_to(one) == ["C"]
    assert refusal(one)[["to_unit", "rule", "value"]].values.tolist() == [["B", "forbidden", "Sekda: too far"]]
    assert goes_to(one, "q2") == ["A", "B"]


NEW = {"in_post_since": "2025-06-01"}


def test_law_to_verify_is_lifted_for_one_person_and_the_note_says_by_whom(tmp_path):
    result = moves(tmp_path / "1", tables=edits("p1,lift,,needed there,Sekda,tenure"), **NEW)
    assert goes_to(result) == ["B", "C"]
    assert refusal(result).empty
    assert set(result.allowed.notes[result.allowed.employee_id == "p1"]) == {
        "lifted: tenure by Sekda (reason in edits)"
    }
    one = moves(tmp_path / "2", tables=edits("p1,lift,B,needed there,Sekda,tenure"), **NEW)
    assert goes_to(one) == ["B"]
    assert set(one.allowed.notes[one.allowed.employee_id == "p1"]) == {
        "lifted: tenure for B by Sekda (reason in edits)"
    }
    other = moves(tmp_path / "3", tables=edits("q1,lift,,needed there,Sekda,tenure"), **NEW)
    assert goes_to(other) == []
    both = moves(tmp_path / "4", tables=edits("p1,lift,B,needed,Sekda,tenure"), **NEW, rating_last="poor")
    assert goes_to(both) == []


def test_an_office_that_selects_opens_for_the_one_person_it_is_lifted_for(tmp_path):
    units = UNITS.replace("B,b,no,no", "B,b,no,yes")
    result = moves(tmp_path, units=units, tables=edits("p1,lift,B,passed the selection,Sekda,selection_required"))
    assert goes_to(result) == ["B", "C"]
    assert goes_to(result, "q2") == ["A"]
    pair = moves(
        tmp_path / "2",
        **{**NURSE, "tables": {**NURSES, **edits("p1,lift,B,older,Sekda,functional_age")}, "birth_date": "1970-01-01"},
    )
    assert goes_to(pair) == ["B", "C"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("p1,lift,,because,Sekda,standing", "edits cannot lift standing for p1: law that is certain cannot be lifted"),
        ("p1,lift,,because,Sekda,rating", "edits cannot lift rating for p1: .*choices are set in policy.toml"),
        ("p1,lift,,because,Sekda,", "edits cannot lift no rule for p1"),
        ("p1,lift,,because,Sekda,tenur", "edits cannot lift tenur for p1: .*; what can be lifted: .*tenure"),
        ("p1,lift,,because,Sekda,selection_required", "a rule on offices is lifted for one office in unit_id"),
    ],
)
def test_only_law_to_verify_is_lifted(tmp_path, row, message):
    with pytest.raises(tk.MutasiError, match=message):
        moves(tmp_path, tables=edits(row))


def test_a_force_has_no_effect_here(tmp_path):
    assert goes_to(moves(tmp_path, tables=edits("p1,force,B,knows it,Sekda,"), **NEW)) == []


def test_who_is_not_willing_stays_only_if_the_policy_says_so(tmp_path):
    wishes = {"wishes": "employee_id,willing\np1,no\nq1,\n"}
    assert goes_to(moves(tmp_path / "1", tables=wishes)) == ["B", "C"]
    result = moves(tmp_path / "2", tables=wishes, policy={"unwilling_stay": True})
    assert refusal(result).rule.tolist() == ["unwilling"]
    assert goes_to(result, "q1") == ["A", "C"]


def test_ratings_are_a_choice(tmp_path):
    assert goes_to(moves(tmp_path, rating_last="poor", policy={"rating_required": False})) == ["B", "C"]


def test_a_school_takes_no_more_teachers_than_its_lesson_hours_give(tmp_path):
    tables = {
        "jobs": "job_id,name,family,category,level,method\nguru_1,G,guru,functional,ahli pertama,ratio\nguru_2,G,guru,functional,ahli muda,ratio\nbk,BK,bk,functional,,ratio\n",
        "employees": "employee_id,unit_id,job_id\np1,A,guru_1\np2,A,guru_2\np3,B,bk\n",
        "services": "service_id,job_id,name,per_person\nhours,guru_1,Lesson hours,24\npupils,bk,Pupils,150\n",
        "volumes": "unit_id,service_id,period,received\nA,hours,2025,83\nB,hours,2025,20\nB,pupils,2025,200\n",
        "posts": "unit_id,job_id,max_staff\nB,guru_1,4\n",
    }
    data = tk.load(write(tmp_path, **tables))
    cells = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data)).cells
    most = cells.set_index(["family", "unit_id"]).max_staff
    assert (most["guru", "A"], most["guru", "B"]) == (3, 0)
    assert pd.isna(most["bk", "B"])
    other = tk.load(tmp_path, lesson_hours=40)
    cells = tk.staff_need(other, tk.estimate_norms(other, draws=0), tk.forecast_demand(other)).cells
    assert cells.set_index(["family", "unit_id"]).max_staff["guru", "B"] == 4


def test_a_rule_of_ones_own_is_one_function(tmp_path):
    def not_to_c(pairs, data):
        """Nobody goes to C."""
        return Verdict(pairs.to_unit == "C", "it is C")

    mine = Rule("not_to_c", "pair", "choice", test=not_to_c)
    result = moves(tmp_path, rules=[*RULES, mine])
    assert goes_to(result) == ["B"]
    assert refusal(result)[["to_unit", "rule", "value"]].values.tolist() == [["C", "not_to_c", "it is C"]]
    assert result.rules.set_index("rule").about["not_to_c"] == "Nobody goes to C."


def test_verify_says_that_it_applies_the_default_rules(tmp_path, monkeypatch):
    monkeypatch.setenv("MUTASI_LANG", "en")
    data = tk.load(write(tmp_path / "1"))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    plan = tk.balance(need, tk.allowed_moves(data, need))
    assert "The default rules (docs/rules.md) were applied again" in " ".join(tk.verify(plan))
    late = "employee_id,unit_id,job_id,in_post_since\np1,A,clerk,2025-06-01\np2,A,clerk,2025-06-01\np3,B,clerk,2025-06-01\n"
    data = tk.load(write(tmp_path / "2", employees=late, policy="outflow_share = 1\n"))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    free = tk.balance(need, tk.allowed_moves(data, need, rules=[]))
    assert len(free.transfers)
    with pytest.raises(tk.VerificationError, match="no move that a rule forbids"):
        tk.verify(free)
