"""Rules with a date on the day before, the day and the day after, and rules of a yes or no: many people of one agency."""

import pandas as pd
import pytest

import toolkit as tk
from tests.one_person import GOOD, VOLUMES
from tests.tables import write
from toolkit.pipeline import moves_from

TODAY = "2026-10-01"
BEFORE, AFTER = "2026-09-30", "2026-10-02"
JOBS = (
    "job_id,name,family,category,level,retirement_age,education,field,subject\nclerk,Clerk,clerk,general,,58,,,\n"
    "nurse,Perawat Mahir,nurse,functional,mahir,58,,,\nlocum,Clerk of the ward,nurse,general,,58,,,\n"
)
POSTS = "unit_id,job_id,official_need\nA,nurse,9\nB,nurse,9\n"
# each: rule, job, what is set, whether the rule refuses, the day on which it will pass
CASES = {
    "tenure_day_before": ("tenure", "clerk", {"in_post_since": "2024-10-02"}, True, AFTER),
    "tenure_day": ("tenure", "clerk", {"in_post_since": "2024-10-01"}, False, None),
    "tenure_day_after": ("tenure", "clerk", {"in_post_since": "2024-09-30"}, False, None),
    # moderate for 6, 9, 12 months, severe for 12, and moderate of unknown months for the longest
    **{
        f"{level}_{days}": ("discipline_level", "clerk", {"discipline_level": level, "discipline_since": since}, bars, day)
        for level, month in [("moderate_6", "2026-04"), ("moderate_9", "2026-01"), ("moderate_12", "2025-10"), ("severe", "2025-10"), ("moderate", "2025-10")]
        for days, since, bars, day in [("before", f"{month}-02", True, AFTER), ("day", f"{month}-01", False, None)]
    },
    "severe_after": ("discipline_level", "clerk", {"discipline_level": "severe", "discipline_since": "2025-09-30"}, False, None),
    "light": ("discipline_level", "clerk", {"discipline_level": "light", "discipline_since": TODAY}, False, None),
    "level_without_a_day": ("discipline_level", "clerk", {"discipline_level": "severe"}, True, None),
    "serving_by_level": ("discipline", "clerk", {"discipline": "serving", "discipline_level": "severe", "discipline_since": "2025-10-02"}, True, AFTER),
    "served_by_level": ("discipline", "clerk", {"discipline": "serving", "discipline_level": "severe", "discipline_since": "2025-10-01"}, False, None),
    "serving_for_ever": ("discipline", "clerk", {"discipline": "serving"}, True, None),
    "light_has_no_time": ("discipline", "clerk", {"discipline": "serving", "discipline_level": "light"}, False, None),
    "light_as_state": ("discipline", "clerk", {"discipline": "ringan"}, False, None),
    **{
        f"standing_{code}": ("standing", "clerk", {"standing": code}, True, None)
        for code in ("20", "MPP", "pemberhentian sementara", "CLTN", "cuti", "13", "tugas belajar")
    },
    **{
        f"role_{at}": ("handover", "clerk", {"roles": role}, True, None)
        for at, role in enumerate(["Bendahara Pengeluaran", "PPK", "PPTK", "Pengurus Barang", "plh;bendahara"])
    },
    "role_acting": ("acting", "clerk", {"roles": "Plt."}, True, None),
    "role_beside": ("acting", "clerk", {"roles": "Tugas Tambahan"}, True, None),
    "acting_has_no_money": ("handover", "clerk", {"roles": "plt"}, False, None),
    "no_role": ("handover", "clerk", {"roles": "-"}, False, None),
    "licence_before": ("health_licence", "nurse", {"str_no": "1", "sip_until": BEFORE}, True, None),
    "licence_day": ("health_licence", "nurse", {"str_no": "1", "sip_until": TODAY}, False, None),
    "licence_after": ("health_licence", "nurse", {"str_no": "1", "sip_until": AFTER}, False, None),
    "licence_blank": ("health_licence", "nurse", {"str_no": "1", "sip_until": ""}, True, None),
    "no_registration": ("health_licence", "nurse", {"str_no": "", "sip_until": AFTER}, True, None),
    "clerk_needs_none": ("health_licence", "clerk", {}, False, None),
    "clerk_of_the_ward": ("health_licence", "locum", {}, False, None),
    "contract_day_before": ("pppk_first_year", "clerk", {"status": "pppk", "contract_since": "2025-10-02", "contract_end": "2030-01-01"}, True, AFTER),
    "contract_day": ("pppk_first_year", "clerk", {"status": "pppk", "contract_since": "2025-10-01", "contract_end": "2030-01-01"}, False, None),
    "contract_day_after": ("pppk_first_year", "clerk", {"status": "pppk", "contract_since": "2025-09-30", "contract_end": "2030-01-01"}, False, None),
    "contract_blank": ("pppk_first_year", "clerk", {"status": "pppk", "contract_end": "2030-01-01"}, True, None),
    "no_contract": ("pppk_first_year", "clerk", {"status": "pns"}, False, None),
    "hold_before": ("hold", "clerk", {"hold_until": BEFORE}, False, None),
    "hold_day": ("hold", "clerk", {"hold_until": TODAY}, True, AFTER),
    "hold_after": ("hold", "clerk", {"hold_until": AFTER}, True, "2026-10-03"),
    "hold_with_consent": ("hold", "clerk", {"hold_until": AFTER, "consent": "ya"}, False, None),
    "consent_needed": ("consent", "clerk", {"consent": "belum"}, True, None),
    "consent_given": ("consent", "clerk", {"consent": "ya"}, False, None),
    "consent_not_asked": ("consent", "clerk", {}, False, None),
    "special_place": ("formation", "clerk", {"formation_kind": "khusus"}, True, None),
    "general_place": ("formation", "clerk", {"formation_kind": ""}, False, None),
    "findings": ("findings_clear", "clerk", {"findings_clear": "tidak"}, True, None),
    "findings_unknown": ("findings_clear", "clerk", {"findings_clear": ""}, True, None),
    # the ten-year pledge of CPNS speaks of other agencies: a PNS of three years moves inside
    "pledge": ("tenure", "clerk", {"in_post_since": "2023-10-01", "in_unit_since": "2023-10-01"}, False, None),
}  # fmt: skip
EXTRA = [
    "in_unit_since",
    "str_no",
    "sip_until",
    "contract_since",
    "hold_until",
    "consent",
    "formation_kind",
    "findings_clear",
]
CLEAR = {"findings_clear": "ya"}


def agency(folder, cases, policy=None):
    """The moves of an agency with a person for each case, and colleagues elsewhere."""
    columns = [*GOOD, *EXTRA]
    people = {name: (job, {**GOOD, **CLEAR, **fields}) for name, (_, job, fields, *_) in cases.items()}
    lines = [
        ",".join([name, "A", job, *(fields.get(column, "") for column in columns)])
        for name, (job, fields) in people.items()
    ]
    others = [",".join([f"q{unit}{job}", unit, job, *({**GOOD, **CLEAR}.get(column, "") for column in columns)]) for unit in "BC" for job in ("clerk", "nurse")]  # fmt: skip
    employees = "\n".join([",".join(["employee_id", "unit_id", "job_id", *columns]), *lines, *others]) + "\n"
    tables = {"jobs": JOBS, "posts": POSTS, "volumes": VOLUMES, "employees": employees}
    return moves_from(tk.load(write(folder, **tables), as_of=TODAY, **(policy or {})), draws=0)


@pytest.fixture(scope="module")
def everybody(tmp_path_factory):
    return agency(tmp_path_factory.mktemp("agency"), CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_rule_refuses_up_to_its_day(everybody, case):
    rule, _, _, refuses, passes_on = CASES[case]
    rows = everybody.refused[(everybody.refused.employee_id == case) & (everybody.refused.rule == rule)]
    assert len(rows) == refuses
    if passes_on:
        assert rows.passes_on.tolist() == [pd.Timestamp(passes_on)]
    else:
        assert rows.passes_on.isna().all()


@pytest.mark.parametrize("case", [name for name, (rule, job, _, refuses, _) in CASES.items() if job == "clerk" and not refuses and rule != "handover"])  # fmt: skip
def test_whom_the_rule_lets_pass_no_other_new_rule_stops(everybody, case):
    assert set(everybody.refused.rule[everybody.refused.employee_id == case].astype(str)) <= {"known_need"}
    assert case in set(everybody.allowed.employee_id)


def test_a_blank_is_named(everybody):
    value = everybody.refused.set_index(["employee_id", "rule"]).value.astype(str)
    assert value["level_without_a_day", "discipline_level"] == "cannot be judged: field discipline_since missing"
    assert value["licence_blank", "health_licence"] == "cannot be judged: field sip_until missing"
    assert value["no_registration", "health_licence"] == "cannot be judged: field str_no missing"
    assert value["contract_blank", "pppk_first_year"] == "cannot be judged: field contract_since missing"
    assert value["findings_unknown", "findings_clear"] == "cannot be judged: field findings_clear missing"


RENAMED = {
    "renamed": ("tenure", "clerk", {"in_post_since": "2026-01-01", "in_unit_since": "2024-10-01"}, False, None),
    "new_there": ("tenure", "clerk", {"in_post_since": "2020-01-01", "in_unit_since": "2024-10-02"}, True, AFTER),
    "unknown": ("tenure", "clerk", {"in_post_since": "2020-01-01", "in_unit_since": ""}, True, None),
}


def test_tenure_counts_from_the_office_where_the_policy_says_so(tmp_path):
    by_unit = agency(tmp_path / "1", RENAMED, {"tenure_from": "unit"}).refused
    rows = by_unit[(by_unit.rule == "tenure") & by_unit.employee_id.isin(RENAMED)].set_index("employee_id")
    assert sorted(rows.index.astype(str)) == ["new_there", "unknown"]
    assert rows.passes_on["new_there"] == pd.Timestamp(AFTER)
    assert rows.value["unknown"] == "cannot be judged: field in_unit_since missing"
    by_post = agency(tmp_path / "2", RENAMED).refused
    assert set(by_post.employee_id[by_post.rule == "tenure"]) >= {"renamed"}
    assert "new_there" not in set(by_post.employee_id[by_post.rule == "tenure"])


def test_the_months_of_a_punishment_are_a_policy(tmp_path):
    cases = {
        name: ("discipline_level", "clerk", {"discipline_level": name, "discipline_since": "2026-04-01"}, None, None)
        for name in ("moderate", "moderate_9", "severe")
    }
    policy = {"discipline_moderate_months": 6, "discipline_severe_months": 6}
    refused = agency(tmp_path, cases, policy).refused
    assert refused.employee_id[refused.rule == "discipline_level"].tolist() == ["moderate_9"]
