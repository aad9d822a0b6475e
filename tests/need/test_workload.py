"""Workload: hours of each row by hand, what is known and measured, and how far hours may lie off."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.need.workload import allowances, ratio, reach, teachers_at_most, workload

TABLES = {
    "services": "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\npermits,clerk,P,\n",
    "volumes": "unit_id,service_id,period,received\nA,letters,2025,600\nA,permits,2025,0\nB,letters,2025,60\nB,permits,2025,1\n",
}


def parts(folder, draws=0, **tables):
    data = tk.load(write(folder, **{**TABLES, **tables}))
    norms = tk.estimate_norms(data, draws=draws)
    return data, norms, tk.forecast_demand(data)


def rows_of(data):
    return pd.DataFrame({"unit_id": data.units.unit_id, "job_id": "clerk"})


def with_norms(folder, minutes, draws, **tables):
    """The workload of A, B and C under given norms: letters, permits, and a constant."""
    data, norms, demand = parts(folder, **tables)
    lines = pd.DataFrame(
        {
            "job_id": "clerk",
            "service_id": ["letters", "permits", None],
            "minutes": minutes,
            "basis": "fit",
            "offices": 3,
        }
    )
    norms = replace(norms, table=lines.astype({"service_id": "str"}), draws=np.asarray(draws, dtype=float))
    return workload(data, norms, demand, rows_of(data))


def test_the_reach_is_the_root_of_the_ninety_percent_point_of_chi_squared():
    # a printed table of chi-squared, upper tail 0.10
    assert reach(np.array([1.0, 2.0, 3.0, 10.0])) ** 2 == pytest.approx([2.706, 4.605, 6.251, 15.987], abs=5e-4)
    assert np.isnan(reach(np.array([np.nan]))).all()


def test_hours_are_volumes_times_norms_and_the_constant_once_a_period(tmp_path):
    found = with_norms(tmp_path, [30.0, 12.0, 600.0], np.zeros((0, 3)))
    assert found.hours.tolist() == pytest.approx([600 / 2 + 10, 30 + 0.2 + 10, np.nan], nan_ok=True)
    assert found.draws.shape == (0, 3)
    assert found.margin.isna().all()


def test_a_constant_of_months_comes_twelve_times_a_year(tmp_path):
    months = "unit_id,service_id,period,received\n" + "".join(f"A,letters,2025-{at:02d},10\n" for at in range(1, 13))
    found = with_norms(tmp_path, [30.0, 12.0, 60.0], np.zeros((0, 3)), volumes=months)
    assert found.hours[0] == pytest.approx(12 * 5 + 12 * 1, rel=0.02)


def test_main_tasks_replace_the_constant_and_make_the_hours_known_and_unmeasured(tmp_path):
    tasks = (
        "unit_id,job_id,task,component,volume,norm_minutes,per\nA,clerk,t,main,10,60,year\nC,clerk,t,main,7,60,year\n"
    )
    found = with_norms(tmp_path, [30.0, 12.0, 600.0], np.zeros((0, 3)), tasks=tasks)
    assert found.hours.tolist() == pytest.approx([300 + 10, 30.2, 7])
    assert not found.measured.any()


def test_a_volume_above_zero_without_a_norm_makes_its_office_unknown(tmp_path):
    found = with_norms(tmp_path, [30.0, np.nan, 0.0], np.zeros((0, 3)))
    assert found.hours.isna().tolist() == [False, True, True]


def test_the_margin_is_reach_times_the_sd_of_hours_under_drawn_norms_alone(tmp_path):
    drawn = [[30, 10, 0], [24, 10, 0], [36, 10, 0]]
    found = with_norms(tmp_path, [30.0, 10.0, 0.0], drawn)
    # 600 letters at 30 minutes with an sd of 6: 60 hours; three norms of the job
    assert found.margin[0] == pytest.approx(np.sqrt(6.2514) * 60, rel=1e-4)
    assert found.margin[1] == pytest.approx(np.sqrt(6.2514) * 6, rel=1e-4)
    assert np.isnan(found.margin[2])
    assert found.draws[:, 0].tolist() == [300, 240, 360]  # a yearly forecast has no interval of its own


def test_norms_that_are_the_same_in_all_draws_leave_no_margin(tmp_path):
    found = with_norms(tmp_path, [30.0, 10.0, 0.0], [[30, 10, 0]] * 3)
    assert found.margin.isna().all()


def test_least_and_most_need_lie_the_doubt_away_from_the_need(tmp_path):
    rng = np.random.default_rng(0)
    units = [f"U{at:02d}" for at in range(12)]
    done = rng.integers(1000, 9000, 12)
    hours = done * 0.5 * rng.lognormal(0, 0.1, 12)
    data = tk.load(
        write(
            tmp_path, units="unit_id,name\n" + "".join(f"{unit},{unit}\n" for unit in units),
            employees="employee_id,unit_id,job_id\n" + "".join(f"p{unit},{unit},clerk\n" for unit in units),
            services="service_id,job_id,name\nletters,clerk,L\n",
            volumes="unit_id,service_id,period,received\n" + "".join(f"{unit},letters,2025,{n}\n" for unit, n in zip(units, done, strict=True)),
            hours="unit_id,job_id,period,hours\n" + "".join(f"{unit},clerk,2025,{h:.1f}\n" for unit, h in zip(units, hours, strict=True)),
        )
    )  # fmt: skip
    norms = tk.estimate_norms(data, draws=60)
    table = tk.staff_need(data, norms, tk.forecast_demand(data)).table
    people = (np.outer(norms.draws[:, 0], done) + norms.draws[:, [1]]) / 60 / 1250
    radius = np.sqrt(4.6052) * people.std(axis=0, ddof=1)  # two norms: letters and the constant
    assert table.need_most.to_numpy() == pytest.approx(table.need_fte + radius, rel=1e-4)
    assert table.need_least.to_numpy() == pytest.approx((table.need_fte - radius).clip(lower=0), rel=1e-4)


@pytest.fixture
def fitted(tmp_path):
    """Three offices with an accepted fit; C handed in no hours."""
    months = [f"2025-{at:02d}" for at in range(1, 13)]
    rng = np.random.default_rng(0)
    letters = {unit: rng.integers(40, 200, 12) for unit in "ABC"}
    data = tk.load(
        write(
            tmp_path, services="service_id,job_id,name\nletters,clerk,L\n",
            volumes="unit_id,service_id,period,received\n" + "".join(f"{u},letters,{m},{n}\n" for u in "ABC" for m, n in zip(months, letters[u], strict=True)),
            hours="unit_id,job_id,period,hours\n" + "".join(f"{u},clerk,{m},{n / 2 + 5:.1f}\n" for u in "AB" for m, n in zip(months, letters[u], strict=True)),
        )
    )  # fmt: skip
    return data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data)


def test_hours_are_measured_where_the_fit_is_accepted_and_the_office_recorded_some(fitted):
    data, norms, demand = fitted
    assert workload(data, told_by(norms, 3), demand, rows_of(data)).measured.tolist() == [True, True, False]


def test_what_hangs_on_a_norm_of_fewer_than_three_offices_is_not_measured(fitted):
    data, norms, demand = fitted
    assert norms.table.offices.tolist()[0] == 2
    assert not workload(data, norms, demand, rows_of(data)).measured.any()


def told_by(norms, offices):
    return replace(norms, table=norms.table.assign(offices=offices))


@pytest.mark.parametrize(
    ("card", "measured"),
    [
        ({"accepted": False}, [False, False, False]),
        ({"hours": "attendance"}, [False, False, False]),
        ({"hours": "claimed"}, [False, False, False]),
        ({"basis": "official"}, [False, False, False]),
        ({"accepted": pd.NA}, [False, False, False]),
        ({"hours": "capped"}, [True, True, False]),
        ({"padded": "B"}, [True, False, False]),
    ],
)
def test_what_the_card_says_decides_whether_hours_are_measured(fitted, card, measured):
    data, norms, demand = fitted
    cards = norms.cards.assign(**card).astype(norms.cards.dtypes)
    found = workload(data, replace(told_by(norms, 3), cards=cards), demand, rows_of(data))
    assert found.measured.tolist() == measured


def test_no_norms_at_all_leave_every_row_unknown(tmp_path):
    data, norms, demand = parts(
        tmp_path, jobs="job_id,name,method\nclerk,C,post\n", posts="unit_id,job_id,official_need\nA,clerk,1\n"
    )
    found = workload(data, norms, demand, rows_of(data))
    assert found.hours.isna().all()
    assert not found.measured.any()
    assert found.margin.isna().all()


def test_support_of_a_day_and_a_week_is_over_the_hours_that_the_policy_gives_them(tmp_path):
    tables = {
        "jobs": "job_id,name,method\nclerk,C,wisn\n",
        "tasks": "job_id,task,component,volume,norm_minutes,per\nclerk,d,support,1,60,day\nclerk,w,support,1,120,week\nclerk,m,support,1,300,month\n",
    }
    data, *_ = parts(tmp_path, **tables)
    table = rows_of(data)
    wisn = pd.Series("wisn", table.index)
    day = 1250 / 235
    share = 1 / day + 2 / (5 * day) + 5 * 12 / 1250
    assert allowances(data, table, wisn)[0].tolist() == pytest.approx([1 / (1 - share)] * 3)
    given = tk.load(tmp_path, hours_per_day=8, hours_per_week=37.5)
    share = 1 / 8 + 2 / 37.5 + 5 * 12 / 1250
    assert allowances(given, table, wisn)[0].tolist() == pytest.approx([1 / (1 - share)] * 3)
    factor, extra = allowances(data, table, pd.Series("abk", table.index))
    assert (factor.tolist(), extra.tolist()) == ([1.0] * 3, [0.0] * 3)


def test_support_that_takes_all_of_the_time_is_refused_and_just_less_is_not(tmp_path):
    tables = {
        "jobs": "job_id,name,method\nclerk,C,abk_kes\n",
        "tasks": "job_id,task,component,volume,norm_minutes,per\nclerk,y,support,{},60,year\n",
    }
    full, *_ = parts(tmp_path / "1", **{**tables, "tasks": tables["tasks"].format(1250)})
    table = rows_of(full)
    method = pd.Series("abk_kes", table.index)
    with pytest.raises(tk.MutasiError, match="support tasks fill the whole year of clerk at A"):
        allowances(full, table, method)
    nearly, *_ = parts(tmp_path / "2", **{**tables, "tasks": tables["tasks"].format(1249)})
    assert allowances(nearly, table, method)[0].tolist() == pytest.approx([1250.0] * 3)


def test_additional_tasks_are_added_for_wisn_alone(tmp_path):
    tables = {
        "jobs": "job_id,name,method\nclerk,C,wisn\n",
        "tasks": "unit_id,job_id,task,component,volume,norm_minutes,per\nA,clerk,t,additional,125,60,year\n",
    }
    data, *_ = parts(tmp_path, **tables)
    table = rows_of(data)
    assert allowances(data, table, pd.Series("wisn", table.index))[1].tolist() == [0.1, 0.0, 0.0]
    assert allowances(data, table, pd.Series("abk_kes", table.index))[1].tolist() == [0.0, 0.0, 0.0]


def test_people_by_ratio_are_the_mean_stock_over_objects_a_person(tmp_path):
    months = "".join(f"A,lessons,2025-{at:02d},{50 + 20 * (at % 2)}\n" for at in range(1, 13))
    data, _, demand = parts(
        tmp_path, jobs="job_id,name,method\nclerk,Guru,ratio\n",
        services="service_id,job_id,name,per_person\nlessons,clerk,L,24\n",
        volumes="unit_id,service_id,period,received\n" + months,
    )  # fmt: skip
    found = ratio(data, demand, rows_of(data))
    assert found.tolist() == pytest.approx([60 / 24, np.nan, np.nan], nan_ok=True)


def teaching(folder, **columns):
    """Needs of two levels of teachers at A: one with lesson hours, the other beside it."""
    data = tk.load(
        write(
            folder, jobs="job_id,name,method,family\nclerk,Guru,ratio,g\nfirst,Guru first,ratio,g\n",
            services="service_id,job_id,name,per_person\nlessons,clerk,L,24\n",
            volumes="unit_id,service_id,period,received\nA,lessons,2025,60\n",
        ),
        lesson_hours=24,
    )  # fmt: skip
    table = pd.DataFrame({
        "unit_id": "A", "job_id": ["clerk", "first"], "family": "g", "bound": ["ratio", ""],
        "evidence": ["C", "shared"], "need_fte": [2.5, 0.0], "max_staff": np.nan,
    }).assign(**columns)  # fmt: skip
    return teachers_at_most(data, table).tolist()


def test_teachers_are_at_most_those_that_have_enough_lesson_hours(tmp_path):
    assert teaching(tmp_path / "1") == [2.0, 0.0]
    assert teaching(tmp_path / "2", max_staff=[1.0, 5.0]) == [1.0, 5.0]
    assert teaching(tmp_path / "3", max_staff=[9.0, np.nan]) == [2.0, 0.0]
    assert teaching(tmp_path / "4", need_fte=[2.9999999999, 0.0]) == [3.0, 0.0]
    official = teaching(tmp_path / "5", bound=["official", ""])
    assert np.isnan(official).all()
