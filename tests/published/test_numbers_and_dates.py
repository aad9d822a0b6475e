"""NIP, dates of retirement, tenure, ratings and transfer periods as the rules write them.

Perka BKN 22/2007; UU 20/2023; PP 11/2017; PermenPAN-RB 1/2023; Perwali Palembang 49/2025.
"""

import pandas as pd
import pytest

import toolkit as tk
from tests.moves.test_law import NURSE
from tests.one_person import goes_to, moves, refusal
from tests.tables import write
from toolkit.intake.nip import parts


@pytest.mark.parametrize(
    ("nip", "born", "entered", "sex"),
    [("198002292006011999", "1980-02-29", 2006, "m"), ("19910915 201505 2 999", "1991-09-15", 2015, "f")],
)  # N1, N2
def test_a_nip_tells_birth_entry_and_sex(tmp_path, nip, born, entered, sex):
    found = parts(pd.Series([nip])).iloc[0]
    assert (found.born, found.entered, found.sex, found.pppk) == (pd.Timestamp(born), entered, sex, False)
    same, other = (seen(tmp_path / text, f"{nip},{text},{sex}") for text in (born, "1975-05-05"))
    assert not any(same.values())
    assert other["nip_birth"] == ["p1"]


@pytest.mark.parametrize("nip", ["198002292006013999", "198002292006131999", "19800229200601199", "198102292006011999"])
def test_eighteen_digits_that_no_rule_gives_are_no_nip(tmp_path, nip):
    """N3: sex 3, month 13, length 17; and 29 February of a year that has none."""
    assert parts(pd.Series([nip])).isna().all(axis=None)
    assert seen(tmp_path, f"{nip},1980-02-29,m")["nip_shape"] == ["p1"]


def seen(folder, fields):
    employees = f"employee_id,unit_id,job_id,nip,birth_date,sex\np1,A,clerk,{fields}\n"
    return tk.load(write(folder, employees=employees)).nip_warnings


def test_born_on_a_leap_day_retirement_begins_on_the_first_of_march(tmp_path):
    """N1: born 1980-02-29, retirement at 58 on 2038-03-01, within 24 months from 2036-03-02 on."""
    born, day = {"birth_date": "1980-02-29"}, {"as_of": "2036-03-02"}
    assert refusal(moves(tmp_path / "1", policy=day, **born))[["rule", "value"]].values.tolist() == [
        ["retirement", "2038-03-01"]
    ]
    assert goes_to(moves(tmp_path / "2", policy={"as_of": "2036-03-01"}, **born)) == ["B", "C"]


def test_tenure_of_25_months_passes_18_fails_and_73_is_over_five_years(tmp_path):
    """R1: judged on 2026-04-01. Over five years a move costs less."""
    found = {
        since: moves(tmp_path / since, policy={"as_of": "2026-04-01"}, in_post_since=since)
        for since in ("2024-03-01", "2024-10-01", "2020-03-01")
    }
    assert [goes_to(each) for each in found.values()] == [["B", "C"], [], ["B", "C"]]
    assert refusal(found["2024-10-01"])[["rule", "passes_on"]].values.tolist() == [
        ["tenure", pd.Timestamp("2026-10-01")]
    ]
    costs = [each.allowed.cost[each.allowed.employee_id == "p1"].iloc[0] for each in found.values() if goes_to(each)]
    assert costs[0] - costs[1] == pytest.approx(tk.load(write(tmp_path)).policy.tenure_credit)


@pytest.mark.parametrize(("before", "may"), [("sangat_baik", True), ("butuh_perbaikan", False)])
def test_two_good_ratings_pass_one_that_needs_improvement_fails(tmp_path, before, may):
    """R2: (baik, sangat baik), (baik, butuh perbaikan)."""
    result = moves(tmp_path, rating_last="baik", rating_before=before)
    assert goes_to(result) == (["B", "C"] if may else [])
    assert refusal(result).rule.tolist() == ([] if may else ["rating"])


@pytest.mark.parametrize(("born", "may"), [("1973-04-01", True), ("1973-03-01", False)])
def test_a_functional_job_is_open_at_53_years_and_no_month_more(tmp_path, born, may):
    """R3 on 2026-04-01: "at most 53" read strictly (to be verified); the level ahli muda has no limit of its own."""
    jobs = NURSE["tables"]["jobs"].replace("functional,terampil", "functional,Ahli Muda")
    nurse = {**NURSE, "tables": {**NURSE["tables"], "jobs": jobs}}
    result = moves(tmp_path, policy={"as_of": "2026-04-01"}, **{**nurse, "birth_date": born})
    assert ("B" in goes_to(result)) == may
    assert ("functional_age" in refusal(result).rule.tolist()) == (not may)


@pytest.mark.parametrize(
    ("received", "period"),
    [("2025-11-03", "2026-04-01"), ("2026-03-15", "2026-04-01"), ("2026-05-02", "2026-10-01")],
)
def test_a_file_is_processed_in_the_next_period(tmp_path, received, period):
    """R4; what is received within April or October is taken at once (the press is not clear: periods_only is a switch)."""
    result = moves(tmp_path / "1", policy={"as_of": received, "periods_only": True})
    assert refusal(result)[["rule", "passes_on"]].values.tolist() == [["period", pd.Timestamp(period)]]
    assert goes_to(moves(tmp_path / "2", policy={"as_of": received})) == ["B", "C"]
    assert goes_to(moves(tmp_path / "3", policy={"as_of": period, "periods_only": True})) == ["B", "C"]
