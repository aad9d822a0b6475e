"""The job map (peta jabatan) and who leaves in the years to come."""

import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.need.job_map import peta_jabatan, projection


def test_the_job_map_shows_official_k_beside_ours_and_why(sample_need):
    need = sample_need
    table = peta_jabatan(need)
    assert len(table) == len(need.table)
    assert (table.plus_minus.dropna() == (table.B - table.K).dropna()).all()
    agree = table[table.why == ""]
    assert (agree.K_official == agree.K).all()
    assert set(table.why) >= {"", "work", "unknown"}
    assert table[table.unit_id == "KESBANGPOL"].why.eq("unknown").all()
    merged = table[table.gabung_tugas].merge(need.table)
    assert (merged.need_fte < 1).all()
    assert ((merged.need_rounded <= 1) | (merged.staff == 1)).all()


def test_an_official_need_that_differs_is_explained(tmp_path):
    data = tk.load(
        write(tmp_path, posts="unit_id,job_id,official_need,min_staff\nA,clerk,9,\nB,clerk,3,\nC,clerk,,2\n")
    )
    table = peta_jabatan(tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data)))
    assert table.why.tolist() == ["work", "", "no_official"]
    assert table[["B", "K", "plus_minus"]].values.tolist() == [[2, 1, 1], [1, 3, -2], [1, 2, -1]]


def test_leavers_add_up_over_the_years_and_unknown_stays_unknown(sample_need):
    table = projection(sample_need)
    assert table.groupby(["unit_id", "job_id"]).size().eq(5).all()
    for name in ("retire", "contract_ends"):
        assert (table.groupby(["unit_id", "job_id"])[name].diff().dropna() >= 0).all()
    assert table[table.unit_id == "KESBANGPOL"].gap.isna().all()
    known = table.dropna(subset="gap").merge(sample_need.table)
    assert (known.gap <= known.surplus).all()


def test_whose_birth_date_is_unknown_makes_the_years_to_come_unknown_there(tmp_path):
    people = "employee_id,unit_id,job_id,birth_date\np1,A,clerk,1969-01-01\np2,B,clerk,\np3,C,clerk,1990-01-01\n"
    jobs = BASE["jobs"].splitlines()[0] + ",retirement_age\n" + BASE["jobs"].splitlines()[1] + ",58\n"
    posts = "unit_id,job_id,official_need\nA,clerk,1\nB,clerk,1\nC,clerk,1\n"
    data = tk.load(write(tmp_path, employees=people, jobs=jobs, posts=posts), as_of="2026-01-01")
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    last = projection(need).query("year == 5").set_index("unit_id")
    assert last.retire.isna().to_dict() == {"A": False, "B": True, "C": False}
    assert last.retire[["A", "C"]].tolist() == [1.0, 0.0]
    assert last.gap.isna()["B"]


def test_who_is_overdue_leaves_in_the_first_year(tmp_path):
    people = "employee_id,unit_id,job_id,status,birth_date,contract_end\np1,A,clerk,pns,1960-01-01,\np2,A,clerk,pppk,1990-01-01,2024-12-31\n"
    jobs = BASE["jobs"].splitlines()[0] + ",retirement_age\n" + BASE["jobs"].splitlines()[1] + ",58\n"
    data = tk.load(write(tmp_path, employees=people, jobs=jobs), as_of="2026-01-01")
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    first = projection(need).query("unit_id == 'A' and year == 1").iloc[0]
    assert (first.retire, first.contract_ends) == (1.0, 1.0)


LEAVERS = "employee_id,unit_id,job_id,status,birth_date,contract_end,fte\n"


def leavers(folder, *people):
    """The need of offices whose people reach 58 or the end of a contract."""
    jobs = "job_id,name,retirement_age\nclerk,Clerk,58\n"
    posts = "unit_id,job_id,official_need\nA,clerk,1\nB,clerk,1\n"
    tables = {"employees": LEAVERS + "\n".join(people) + "\n", "jobs": jobs, "posts": posts}
    data = tk.load(write(folder, **tables), as_of="2026-01-01")
    return tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))


def test_each_person_leaves_once_by_what_comes_first(tmp_path):
    people = [
        "p1,A,clerk,pppk,1970-05-20,2028-06-01,0.5",  # both on one day: counts as retirement
        "p2,A,clerk,pppk,1970-05-20,2027-12-31,1",  # the contract ends first
        "p3,A,clerk,pns,1970-05-20,2026-02-01,1",  # no contract staff: the date says nothing
    ]
    table = projection(leavers(tmp_path, *people), years=3).query("unit_id == 'A'")
    assert table.retire.tolist() == [0.0, 0.0, 1.5]
    assert table.contract_ends.tolist() == [0.0, 1.0, 1.0]
    assert table.gap.diff()[1:].tolist() == [-1.0, -1.5]


def test_a_post_that_nobody_holds_loses_nobody(tmp_path):
    table = projection(leavers(tmp_path, "p1,A,clerk,pns,1970-05-20,,1"), years=1).set_index("unit_id")
    assert table.loc["B", ["retire", "contract_ends", "gap"]].tolist() == [0.0, 0.0, -3.0]


def test_without_a_date_of_judgement_the_years_to_come_are_unknown(tmp_path):
    data = tk.load(write(tmp_path, volumes=None, posts="unit_id,job_id,official_need\nA,clerk,1\n"))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    table = projection(need).query("unit_id == 'A'")
    assert table[["retire", "contract_ends", "gap"]].isna().all().all()


@pytest.mark.parametrize("years", [0, -1, 2.5])
def test_years_to_come_are_one_or_more(tmp_path, years):
    with pytest.raises(tk.ArgumentError, match="projection: years = .* is not a whole number of 1 or more"):
        projection(leavers(tmp_path, "p1,A,clerk,pns,1970-05-20,,1"), years=years)


@pytest.mark.parametrize("table", [peta_jabatan, projection])
def test_what_is_no_need_raises_a_sentence(table):
    with pytest.raises(tk.ArgumentError, match=f"{table.__name__} needs the Need that tk.staff_need returns"):
        table("need")
