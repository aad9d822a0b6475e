"""The methods of need: abk_kes, wisn, ratio, coverage, each against a worked example (domain of the manuals)."""

import pytest

import toolkit as tk
from tests.tables import write

KES = "job_id,name,method\nclerk,Bidan,abk_kes\n"


def needed(folder, policy=None, **tables):
    """The row of unit A."""
    data = tk.load(write(folder, **tables), **(policy or {}))
    table = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data)).table
    return table[table.unit_id == "A"].iloc[0]


def test_abk_kes_gives_the_midwives_of_the_manual(tmp_path):
    work = {
        "anc": (845, 2400),
        "persalinan": (197, 120),
        "nifas": (342, 1200),
        "bbl": (326, 1200),
        "gadar": (35, 1200),
        "neo": (31, 1200),
        "bayi": (456, 2400),
    }
    row = needed(
        tmp_path, {"effective_hours": 1200}, jobs=KES,
        services="service_id,job_id,name,per_person\n" + "".join(f"{name},clerk,{name},{each}\n" for name, (_, each) in work.items()),
        volumes="unit_id,service_id,period,received\n" + "".join(f"A,{name},2025,{done}\n" for name, (done, _) in work.items()),
        tasks="job_id,task,component,volume,norm_minutes,per\nclerk,Support,support,1,12499.2,year\n",
    )  # fmt: skip
    assert row.need_fte == pytest.approx(2.795417 / (1 - 0.1736), rel=1e-6)
    assert (row.need_rounded, row.evidence, row.bound) == (3, "B", "work")


def test_abk_kes_adds_the_support_of_every_period_of_the_year(tmp_path):
    tasks = "job_id,task,component,volume,norm_minutes,per\nclerk,a,support,1,30,day\nclerk,b,support,1,60,week\nclerk,c,support,2,60,month\nclerk,d,support,10,60,year\n"
    share = (235 * 0.5 + 52 + 24 + 10) / 1250
    assert needed(tmp_path, jobs=KES, tasks=tasks).need_fte == pytest.approx(1 / (1 - share))


def test_wisn_gives_the_constructed_example(tmp_path):
    row = needed(
        tmp_path, {"effective_hours": 1665, "working_days": 222, "hours_per_day": 7.5},
        jobs="job_id,name,method\nclerk,Dokter,wisn\n",
        services="service_id,job_id,name,norm_minutes\nx,clerk,x,20\ny,clerk,y,120\nz,clerk,z,30\n",
        volumes="unit_id,service_id,period,received\nA,x,2025,12000\nA,y,2025,600\nA,z,2025,3000\n",
        tasks=(
            "unit_id,job_id,task,component,volume,norm_minutes,per\n"
            ",clerk,records,support,1,30,day\n,clerk,meeting,support,2,60,week\n,clerk,report,support,4,60,month\n"
            "A,clerk,board,additional,1,2400,year\nA,clerk,course,additional,2,1440,year\n"
        ),
    )  # fmt: skip
    assert row.need_fte == pytest.approx(4.7805, abs=5e-5)
    assert row.need_rounded == 5


def test_support_that_fills_the_year_is_an_error_not_infinity(tmp_path):
    tasks = "job_id,task,component,volume,norm_minutes,per\nclerk,Everything,support,1,400,day\n"
    with pytest.raises(tk.MutasiError, match="support tasks fill the whole year of clerk at A"):
        needed(tmp_path, jobs=KES, tasks=tasks)


def test_a_ratio_counts_a_stock_by_its_mean_and_rounds_as_the_teachers_manual(tmp_path):
    tables = {
        "jobs": "job_id,name,method\nclerk,Guru,ratio\n",
        "services": "service_id,job_id,name,per_person\nlessons,clerk,Lesson hours,24\n",
    }
    months = "unit_id,service_id,period,received\n" + "".join(f"A,lessons,2025-{m:02d},60\n" for m in range(1, 13))
    for at, volumes in enumerate([months, "unit_id,service_id,period,received\nA,lessons,2025,60\n"]):
        row = needed(tmp_path / str(at), volumes=volumes, **tables)
        assert (row.need_fte, row.need_rounded, row.evidence, row.bound) == (2.5, 2, "C", "ratio")


def test_an_object_without_a_ratio_leaves_the_office_unknown(tmp_path):
    tables = {
        "jobs": "job_id,name,method\nclerk,Guru,ratio\n",
        "services": "service_id,job_id,name,per_person\nlessons,clerk,L,24\nclasses,clerk,C,\n",
    }
    both = "unit_id,service_id,period,received\nA,lessons,2025,60\nA,classes,2025,{}\n"
    assert needed(tmp_path / "1", volumes=both.format(3), **tables).evidence == "D"
    assert needed(tmp_path / "2", volumes=both.format(0), **tables).need_fte == 2.5


def test_a_post_held_around_the_clock_takes_seven_persons(tmp_path):
    row = needed(
        tmp_path,
        jobs="job_id,name,method\nclerk,Fire fighter,coverage\n",
        posts="unit_id,job_id,official_need,coverage_hours\nA,clerk,5,8760\n",
    )
    assert (row.need_fte, row.need_rounded, row.evidence, row.bound) == (7.008, 7, "C", "coverage")


def test_the_official_need_stands_where_a_method_finds_nothing(tmp_path):
    for method in ("ratio", "coverage", "wisn", "post"):
        row = needed(
            tmp_path / method, jobs=f"job_id,name,method\nclerk,c,{method}\n", services=None, volumes=None,
            posts="unit_id,job_id,official_need\nA,clerk,3\n",
        )  # fmt: skip
        assert (row.need_fte, row.evidence, row.bound) == (3, "C", "official")


def test_support_alone_is_no_work(tmp_path):
    tasks = "job_id,task,component,volume,norm_minutes\nclerk,Meetings,support,10,60\n"
    assert needed(tmp_path, jobs=KES, services=None, volumes=None, tasks=tasks).evidence == "D"


def test_support_and_additional_tasks_do_not_replace_the_constant_of_a_fit(tmp_path):
    months = [f"2025-{m:02d}" for m in range(1, 13)]
    tables = {
        "jobs": "job_id,name,method\nclerk,Clerk,wisn\n",
        "services": "service_id,job_id,name\nletters,clerk,Letters\n",
        "volumes": "unit_id,service_id,period,received\n"
        + "".join(f"{u},letters,{p},{60 * n}\n" for u, n in zip("AB", (1, 2), strict=True) for p in months),
        "hours": "unit_id,job_id,period,hours\n"
        + "".join(f"{u},clerk,{p},{20 + 30 * n}\n" for u, n in zip("AB", (1, 2), strict=True) for p in months),
    }
    plain = needed(tmp_path / "1", **tables)
    task = "job_id,task,component,volume,norm_minutes,per\nclerk,t,{},12,{},year\n"
    added = needed(tmp_path / "2", tasks=task.format("additional", 60), **tables)
    assert added.need_fte == pytest.approx(plain.need_fte + 12 / 1250, rel=1e-6)
    assert added.hours == pytest.approx(plain.hours)
