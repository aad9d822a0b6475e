"""Worked examples of the manuals, each with all its inputs. Those of ABK-Kes, WISN and form A5 are in tests/need."""

import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.jobmap import peta_jabatan, projection
from toolkit.need.staffing import half_up, wisn_rounded


def need(folder, policy=None, **tables):
    data = tk.load(write(folder, **tables), **(policy or {}))
    return tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))


@pytest.mark.parametrize(
    ("a_day", "capacity", "fte", "people"),
    [
        (500, 100, 5, 5), (1000, 100, 10, 10), (200, 30, 6.667, 7),  # output (hasil kerja)
        (150, 50, 3, 3), (50, 2, 25, 25), (1000, 50, 20, 20), (80, 25, 3.2, 3),  # objects (objek kerja)
    ],
)  # fmt: skip
def test_output_and_object_approaches_are_the_same_formula(tmp_path, a_day, capacity, fte, people):
    """KepMenPAN 75/2004, Peraturan BKN 9/2022: what comes in over what one person does."""
    row = need(
        tmp_path, services=f"service_id,job_id,name,per_person\nletters,clerk,L,{capacity * 235}\n",
        volumes=f"unit_id,service_id,period,received\nA,letters,2025,{a_day * 235}\n",
    ).table.iloc[0]  # fmt: skip
    assert (row.need_fte, row.need_rounded) == (pytest.approx(fte, abs=5e-4), people)


def test_less_than_one_load_is_one_person_with_other_tasks_beside(tmp_path):
    """54,300 minutes / 75,000 = 0.724 -> 1 with extra tasks."""
    result = need(
        tmp_path, services="service_id,job_id,name,norm_minutes\nletters,clerk,L,60\n",
        volumes="unit_id,service_id,period,received\nA,letters,2025,905\n",
        posts="unit_id,job_id,official_need,mandatory\nA,clerk,1,yes\n",
    )  # fmt: skip
    row = peta_jabatan(result).iloc[0]
    assert result.table.need_fte[0] == pytest.approx(0.724)
    assert (row.K, row.gabung_tugas, row.why) == (1, True, "")


@pytest.mark.parametrize(
    ("hours", "minutes"), [(1250, 75_000), (1200, 72_000), (1507, 237 * 510 - 30_450)]
)  # BKN 9/2022; Perka BKN 19/2011; Depkeu
def test_the_effective_year_in_minutes(tmp_path, hours, minutes):
    row = need(
        tmp_path, {"effective_hours": hours}, services="service_id,job_id,name,norm_minutes\nletters,clerk,L,1\n",
        volumes=f"unit_id,service_id,period,received\nA,letters,2025,{minutes}\n",
    ).table.iloc[0]  # fmt: skip
    assert row.need_fte == pytest.approx(1.0)


def test_days_and_hours_of_the_health_and_wisn_years():
    assert (260 - (12 + 19 + 5 + 12)) * 5.25 == 1113
    assert (312 - (12 + 19 + 5 + 12)) * 4.375 == 1155
    assert (260 - (15 + 12 + 6 + 5)) * 7.5 == 1665
    assert pytest.approx(26.25) == 0.70 * 37.5


def test_ftp_of_17_36_percent_is_stp_1_21_and_wisn_rounds_by_its_fractions():
    assert pytest.approx(1.21, abs=5e-4) == 1 / (1 - 0.1736)
    assert wisn_rounded(pd.Series([1.1, 1.15, 2.2, 2.25, 4.4, 4.5])).tolist() == [1, 2, 2, 3, 4, 5]
    assert half_up(pd.Series([6.67, 3.2, 3.973, 3.3825, 2.5])).tolist() == [7, 3, 4, 3, 3]


@pytest.mark.parametrize(("there", "retiring", "ending", "gap"), [(8, 2, 1, -5), (13, 2, 0, 1)])
def test_the_five_year_rule_of_bkn(tmp_path, there, retiring, ending, gap):
    """K 10, B 8, BUP 2, PPPK ends 1: shortage 2 + 2 + 1 = 5. K 10, B 13, BUP 2: surplus 3 - 2 = 1."""
    people = [
        f"p{at},A,clerk,{'pppk' if retiring <= at < retiring + ending else 'pns'},{1970 if at < retiring else 1990}-05-17,"
        + ("2029-12-31" if retiring <= at < retiring + ending else "")
        for at in range(there)
    ]
    result = need(
        tmp_path, {"as_of": "2026-01-01"}, services=None, volumes=None, posts="unit_id,job_id,official_need\nA,clerk,10\n",
        jobs="job_id,name,method,retirement_age\nclerk,Clerk,post,58\n",
        employees="\n".join(["employee_id,unit_id,job_id,status,birth_date,contract_end", *people]) + "\n",
    )  # fmt: skip
    table = projection(result)
    assert table.year.tolist() == [1, 2, 3, 4, 5]
    assert table.gap.tolist() == sorted(table.gap, reverse=True)
    last = table.iloc[-1]
    assert (last.retire, last.contract_ends, last.gap) == (retiring, ending, gap)
    assert table.gap[0] == there - 10


def test_two_units_with_one_job_balance_at_two_moves(tmp_path):
    """K 4.2 and 2.1, B 2 and 5: EJ 2.10 and 0.42; after two moves 1.05 and 0.70."""
    result = need(
        tmp_path, {"outflow_share": 0.5}, services="service_id,job_id,name,norm_minutes\nletters,clerk,L,60\n",
        volumes="unit_id,service_id,period,received\nA,letters,2025,5250\nB,letters,2025,2625\n",
        employees="employee_id,unit_id,job_id,in_post_since,rating_last,rating_before\n" + "".join(f"p{at},{'A' if at < 2 else 'B'},clerk,2015-01-01,good,good\n" for at in range(7)),
    )  # fmt: skip
    assert result.table.load_ratio[:2].tolist() == pytest.approx([2.10, 0.42])
    plan = tk.balance(result, tk.allowed_moves(result.data, result))
    after = plan.cells.set_index("unit_id")
    assert after.load_after[["A", "B"]].tolist() == pytest.approx([1.05, 0.70])
