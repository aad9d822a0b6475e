"""The rows of one job that a fit uses: which unit-periods, which volumes, which hours."""

import numpy as np
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.need.job_sample import sample_of

TABLES = {
    "services": "service_id,job_id,name\nletters,clerk,L\npermits,clerk,P\nother,porter,O\n",
    "jobs": "job_id,name\nclerk,Clerk\nporter,Porter\n",
    "volumes": (
        "unit_id,service_id,period,received,completed\n"
        "B,letters,2025-01,100,90\nA,letters,2025-02,50,\nA,permits,2025-02,8,8\nA,letters,2025-01,40,40\n"
        "C,letters,2025-01,10,10\nA,other,2025-03,5,5\n"
    ),
    "hours": (
        "unit_id,job_id,period,hours,source\n"
        "A,clerk,2025-01,30,timesheet\nA,clerk,2025-02,60,timesheet\nB,clerk,2025-01,80,timesheet\n"
        "A,clerk,2025-03,20,timesheet\nB,clerk,2025-02,70,timesheet\nC,porter,2025-01,9,ekinerja\n"
    ),
}


def sample(folder, unlisted="none", **tables):
    data = tk.load(write(folder, **{**TABLES, **tables}), unlisted=unlisted)
    return sample_of(data, "clerk", ["permits", "letters"], np.array([0.5, np.nan]))


def test_rows_are_units_and_periods_with_hours_and_a_service_of_the_job_in_order(tmp_path):
    found = sample(tmp_path)
    assert found.unit.tolist() == ["A", "A", "B"]
    assert found.recorded.tolist() == found.y.tolist() == [30, 60, 80]


def test_volumes_are_the_completed_ones_else_the_received_in_the_order_of_the_services(tmp_path):
    found = sample(tmp_path)
    assert found.services == ["permits", "letters"]
    assert found.X.tolist() == [[0, 40], [8, 50], [0, 90]]


def test_heads_are_of_the_job_and_unit_others_among_them(tmp_path):
    others = "unit_id,job_id,fte\nA,clerk,0.5\nA,porter,3\n"
    assert sample(tmp_path, others=others).heads.tolist() == [2.5, 2.5, 1]


def test_who_is_not_in_post_is_no_head(tmp_path):
    employees = "employee_id,unit_id,job_id,standing\np1,A,clerk,active\np2,A,clerk,study\np3,B,clerk,\n"
    assert sample(tmp_path, employees=employees).heads.tolist() == [1, 1, 1]


def test_work_is_left_undone_from_a_tenth_of_what_came_in(tmp_path):
    assert sample(tmp_path / "1").waiting.tolist() == [False, False, False]
    volumes = TABLES["volumes"].replace("B,letters,2025-01,100,90", "B,letters,2025-01,100,89")
    assert sample(tmp_path / "2", volumes=volumes).waiting.tolist() == [False, False, True]


def test_one_claimed_row_of_the_job_makes_its_hours_claimed(tmp_path):
    assert not sample(tmp_path / "1").claimed
    hours = TABLES["hours"].replace("A,clerk,2025-02,60,timesheet", "A,clerk,2025-02,60,ekinerja")
    assert sample(tmp_path / "2", hours=hours).claimed


def test_main_tasks_come_off_the_hours_a_twelfth_a_month_never_below_zero_and_replace_the_constant(tmp_path):
    assert sample(tmp_path / "1").constant
    task = "job_id,unit_id,task,component,volume,norm_minutes,per\nclerk,{},t,{},12,{},year\n"
    main = sample(tmp_path / "2", tasks=task.format("", "main", 40 * 60))
    assert main.y.tolist() == [0, 20, 40]
    assert main.recorded.tolist() == [30, 60, 80]
    assert not main.constant
    only_b = sample(tmp_path / "3", tasks=task.format("B", "main", 40 * 60))
    assert only_b.y.tolist() == [30, 60, 40]
    jobs = "job_id,name,method\nclerk,Clerk,wisn\nporter,Porter,abk\n"
    support = sample(tmp_path / "4", jobs=jobs, tasks=task.format("", "support", 60))
    assert support.constant
    assert support.y.tolist() == [30, 60, 80]


def test_in_a_yearly_table_a_period_has_the_tasks_of_the_whole_year(tmp_path):
    volumes = "unit_id,service_id,period,received\nA,letters,2025,500\n"
    hours = "unit_id,job_id,period,hours\nA,clerk,2025,600\n"
    tasks = "job_id,task,volume,norm_minutes,per\nclerk,t,1,60,week\n"
    assert sample(tmp_path, volumes=volumes, hours=hours, tasks=tasks).y.tolist() == [600 - 52]


def test_some_rows_number_their_offices_again(tmp_path):
    found = sample(tmp_path)
    assert (found.office.tolist(), found.offices) == ([0, 0, 1], 2)
    rest = found.only(np.array([False, False, True]))
    assert (rest.office.tolist(), rest.offices, rest.X.tolist()) == ([0], 1, [[0, 90]])
    assert rest.services == found.services


def test_an_estimator_is_pulled_only_where_there_is_an_official_norm(tmp_path):
    found = sample(tmp_path)
    assert found.model(2.0).official.tolist() == pytest.approx([0.5, np.nan], nan_ok=True)
    assert (
        sample_of(tk.load(write(tmp_path, **TABLES)), "clerk", ["letters"], np.array([np.nan])).model(2.0).official
        is None
    )


def test_a_job_without_hours_has_no_rows_and_all_columns(tmp_path):
    found = sample(tmp_path, hours="unit_id,job_id,period,hours\nA,porter,2025-01,9\n")
    assert found.X.shape == (0, 2)
    assert len(found.y) == len(found.heads) == len(found.waiting) == 0


def test_a_row_that_lacks_a_service_of_its_unit_is_left_out_and_counted(tmp_path):
    found = sample(tmp_path, unlisted="unknown")
    assert found.unit.tolist() == ["A", "B"]  # A lists permits in February only; B never does
    assert found.X.tolist() == [[8, 50], [0, 90]]
    assert found.left_out == 1


def test_a_row_with_an_empty_cell_is_left_out_whatever_the_policy(tmp_path):
    volumes = TABLES["volumes"].replace("A,permits,2025-02,8,8", "A,permits,2025-02,-,")
    assert sample(tmp_path / "1", volumes=volumes).unit.tolist() == ["A", "B"]
    assert sample(tmp_path / "2", unlisted="unknown", volumes=volumes).unit.tolist() == ["B"]
