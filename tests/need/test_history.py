"""The monthly record and its weights; the backlog."""

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.common.calendar import working_days
from toolkit.need.backlog import backlog, undone
from toolkit.need.history import flow_series, month_names, month_weights, monthly_history, season

TWO_SERVICES = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,10\n"


def load(folder, rows, unlisted="unknown", **tables):
    volumes = "unit_id,service_id,period,received\n" + "\n".join(rows) + "\n"
    return tk.load(write(folder, volumes=volumes, **tables), unlisted=unlisted)


def test_a_month_that_is_not_listed_is_unknown_whatever_else_the_office_reports(tmp_path):
    rows = ["A,letters,2025-11,5", "A,letters,2025-12,6", "A,cards,2025-12,7", "B,letters,2025-12,1"]
    history = monthly_history(load(tmp_path, rows, services=TWO_SERVICES))
    assert np.isnan(history.loc[("A", "cards"), "2025-11"])
    assert history.notna().sum(axis=1).tolist() == [1, 2, 1]


def test_an_empty_cell_stays_unknown_and_is_no_report(tmp_path):
    rows = ["A,letters,2025-11,", "A,letters,2025-12,6", "A,cards,2025-12,", "A,cards,2025-10,7"]
    history = monthly_history(load(tmp_path, rows, "none", services=TWO_SERVICES))
    assert history.loc[("A", "letters"), "2025-10"] == 0
    assert history.loc[:, "2025-11"].isna().all()
    assert np.isnan(history.loc[("A", "cards"), "2025-12"])


def test_by_policy_a_month_with_other_work_of_the_job_is_zero_and_one_without_is_unknown(tmp_path):
    rows = ["A,letters,2025-11,5", "A,letters,2025-12,6", "A,cards,2025-12,7", "B,letters,2025-12,1"]
    history = monthly_history(load(tmp_path, rows, "none", services=TWO_SERVICES))
    assert history.index.tolist() == [("A", "cards"), ("A", "letters"), ("B", "letters")]  # B never listed cards
    assert history.columns.tolist() == month_names(pd.Period("2025-01", "M"), 12).tolist()
    assert history.loc[("A", "cards"), ["2025-11", "2025-12"]].tolist() == [0.0, 7.0]
    assert history.loc[("A", "letters"), ["2025-11", "2025-12"]].tolist() == [5.0, 6.0]
    assert history.loc[("B", "letters")].isna().sum() == 11


def test_a_longer_record_keeps_all_its_months(tmp_path):
    history = monthly_history(load(tmp_path, ["A,letters,2024-06,5", "A,letters,2025-12,6"]))
    assert (history.columns[0], history.columns[-1], history.shape[1]) == ("2024-06", "2025-12", 19)


def test_objects_of_the_method_ratio_are_a_stock_of_weight_one(tmp_path):
    data = load(
        tmp_path,
        [f"A,{service},2025-{month:02d},5" for service in ("letters", "classes") for month in range(1, 13)],
        jobs="job_id,name,method\nclerk,Clerk,abk\nguru,Guru,ratio\n",
        services="service_id,job_id,name,norm_minutes,per_person\nletters,clerk,L,30,\nclasses,guru,C,,1\n",
    )
    history = monthly_history(data)
    assert flow_series(data, history).tolist() == [False, True]
    coming = month_names(pd.Period("2026-01", "M"), 12)
    weights = month_weights(data, history, coming)
    assert weights.columns.tolist() == [*history.columns, *coming]
    assert (weights.loc[("A", "classes")] == 1.0).all()
    assert weights.loc[("A", "letters")].tolist() == working_days(weights.columns).tolist()  # one year: no season yet


def test_season_is_flat_below_two_years_or_where_nothing_was_received():
    months = month_names(pd.Period("2024-01", "M"), 24)
    shape = np.tile(np.r_[np.ones(11), 2.0], 2)
    rate = pd.DataFrame([shape], columns=months)
    assert season(rate, months)["2025-12"] == pytest.approx(2 / (13 / 12))
    assert season(rate, months).mean() == pytest.approx(1)
    assert (season(rate.iloc[:, 1:], months) == 1).all()
    assert (season(rate * 0, months) == 1).all()
    began = rate * np.repeat([0, 1], 12)
    assert (season(began, months) == 1).all()  # a year without anything is no year of the service


def test_season_is_the_median_and_counts_whole_years_only():
    months = month_names(pd.Period("2024-01", "M"), 24)
    calm, odd, broken = np.ones(24), np.r_[np.ones(23), 99.0], np.r_[np.ones(23) * 5, np.nan]
    found = season(pd.DataFrame([calm, calm, odd, broken], columns=months), months)
    assert found.tolist() == pytest.approx([1.0] * 24)


def volumes(received, completed, unit="A"):
    return pd.DataFrame({"unit_id": unit, "service_id": "s", "received": received, "completed": completed})


def test_nothing_is_completed_in_advance():
    assert undone(volumes([5.0, 5, 5], [9.0, 2, 4])).tolist() == [0, 3, 4]
    assert undone(volumes([5.0, 5, 5], [2.0, 9, 5])).tolist() == [3, 0, 0]


def test_an_unrecorded_completion_counts_as_completed_in_full():
    assert undone(volumes([5.0, 5], [np.nan, 4])).tolist() == [0, 1]


def test_each_series_has_a_backlog_of_its_own():
    both = pd.concat([volumes([5.0, 5], [4.0, 4]), volumes([5.0, 5], [5.0, 3], "B")], ignore_index=True)
    assert undone(both).tolist() == [1, 2, 0, 2]


def with_completed(folder, rows, **policy):
    volumes = "unit_id,service_id,period,received,completed\n" + "\n".join(rows) + "\n"
    return tk.load(write(folder, volumes=volumes), **policy)


def test_a_backlog_is_counted_in_days_of_the_last_three_months(tmp_path):
    rows = [
        f"A,letters,2025-{month:02d},{60 if month > 9 else 999},{50 if month > 9 else 999}" for month in range(1, 13)
    ]
    found = backlog(with_completed(tmp_path, rows)).loc[("A", "letters")]
    days = working_days(month_names(pd.Period("2025-10", "M"), 3)).sum()
    assert found.backlog == 30
    assert found.backlog_days == pytest.approx(30 / (180 / days))


def test_a_backlog_of_a_year_is_counted_in_days_of_that_year(tmp_path):
    data = with_completed(tmp_path, ["A,letters,2024,999,999", "A,letters,2025,480,470", "B,letters,2025,10,"])
    found = backlog(data)
    assert found.loc[("A", "letters")].tolist() == pytest.approx([10, 10 / (480 / data.policy.working_days)])
    assert found.loc[("B", "letters")].isna().all()


def test_a_backlog_where_nothing_comes_in_has_no_days(tmp_path):
    found = backlog(with_completed(tmp_path, ["A,letters,2024,10,5", "A,letters,2025,0,0"])).iloc[0]
    assert found.backlog == 5
    assert np.isnan(found.backlog_days)


def test_the_last_three_months_are_those_of_the_record_whoever_comes_first_in_it(tmp_path):
    rows = ["A,letters,2025-12,60,50", *(f"B,letters,2025-{month:02d},{month},{month}" for month in range(1, 12))]
    days = working_days(month_names(pd.Period("2025-10", "M"), 3))
    by_policy = backlog(with_completed(tmp_path, rows, unlisted="none")).loc[("A", "letters")]
    assert by_policy.backlog_days == pytest.approx(10 / (60 / days.sum()))
    found = backlog(with_completed(tmp_path, rows)).loc[("A", "letters")]
    assert found.backlog_days == pytest.approx(10 / (60 / days["2025-12"]))  # the months not listed are unknown


def test_unknown_months_neither_add_to_a_backlog_nor_slow_the_pace(tmp_path):
    rows = ["A,letters,2025-10,60,50", "A,letters,2025-11,,", "A,letters,2025-12,60,50"]
    found = backlog(with_completed(tmp_path, rows)).loc[("A", "letters")]
    days = working_days(pd.Index(["2025-10", "2025-12"])).sum()
    assert found.backlog == 20
    assert found.backlog_days == pytest.approx(20 / (120 / days))
