"""``balance`` on whole agencies: guards, limits, the published worked example, order of rows."""

import json
import shutil

import pandas as pd
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain
from tests.tables import write
from toolkit.plan.plan_file import to_json


def staff(**count):
    people = [f"{unit}{i},{unit},clerk" for unit, n in count.items() for i in range(n)]
    return "employee_id,unit_id,job_id\n" + "\n".join(people) + "\n"


def volumes(**count):
    return "unit_id,service_id,period,received\n" + "".join(f"{unit},letters,2025,{n}\n" for unit, n in count.items())


def test_an_office_without_volumes_neither_gives_nor_receives(tmp_path):
    tables = {"employees": staff(A=1, B=6, C=9), "volumes": volumes(A=10000, B=5000)}
    plan = chain(write(tmp_path, **tables), hold_doubtful=False)
    assert len(plan.transfers) > 0
    assert "C" not in set(plan.transfers.from_unit) | set(plan.transfers.to_unit)
    c = plan.cells.set_index("unit_id").loc["C"]
    assert pd.isna(c.need_fte)
    assert c.staff_before == c.staff_after == c.floor == c.ceiling == 9
    assert c.outflow_limit == 0
    assert tk.verify(plan)


def test_three_slack_offices_give_no_transfer(tmp_path):
    plan = chain(write(tmp_path, employees=staff(A=9, B=5, C=3), volumes=volumes(A=2500, B=10000, C=7400)))
    assert plan.transfers.empty
    assert plan.summary.variance_before == plan.summary.variance_after
    assert tk.verify(plan)


def test_a_published_pair_of_offices_stops_at_two_moves(tmp_path):
    """K 4.2 and 2.1, staff 2 and 5: two moves give EJ 1.05 and 0.70, a third would overload the giver."""
    tables = {"units": "unit_id,name\nA,a\nB,b\n", "employees": staff(A=2, B=5), "volumes": volumes(A=10500, B=5250)}
    plan = chain(write(tmp_path, **tables), outflow_share=1)
    cells = plan.cells.set_index("unit_id")
    assert len(plan.transfers) == 2
    assert cells.load_before.tolist() == pytest.approx([2.1, 0.42])
    assert cells.load_after.tolist() == pytest.approx([1.05, 0.7])


def test_transfers_name_job_cost_and_what_is_open(tmp_path):
    whole = chain(write_agency(tmp_path / "data", people=110))
    plan = whole
    assert list(plan.transfers.columns) == (
        ["employee_id", "job_id", "to_job", "family", "from_unit", "to_unit", "km", "fit", "cost", "notes", "stability"]
    )
    merged = plan.transfers.merge(
        whole.moves.allowed, on=["employee_id", "to_unit"], how="left", suffixes=("", "_allowed")
    )
    assert (merged.cost == merged.cost_allowed).all()
    there = set(map(tuple, whole.moves.need.table[["unit_id", "job_id"]].to_numpy()))
    assert all((to, job) in there for to, job in plan.transfers[["to_unit", "to_job"]].to_numpy())
    assert tk.verify(plan)


def test_staff_is_conserved_and_every_limit_holds(tmp_path):
    for seed in range(6):
        cells = chain(write_agency(tmp_path / str(seed), seed=seed, people=120)).cells
        by_family = cells.groupby("family")[["staff_before", "staff_after"]].sum()
        assert by_family.staff_before.tolist() == pytest.approx(by_family.staff_after.tolist())
        assert (cells.staff_after >= cells.floor - 1e-9).all()
        assert (cells.staff_after <= cells.ceiling.fillna(1e9) + 1e-9).all()
        assert (cells.staff_before - cells.staff_after <= cells.outflow_limit + 1e-9).all()


def test_a_budget_of_zero_moves_nobody_and_a_larger_one_is_never_worse(tmp_path):
    whole = chain(write_agency(tmp_path, people=120))
    values = [
        tk.balance(whole.moves.need, whole.moves, max_moves=budget).summary.objective for budget in (0, 1, 2, 4, None)
    ]
    assert values == sorted(values, reverse=True)
    nobody = tk.balance(whole.moves.need, whole.moves, max_moves=0)
    assert nobody.transfers.empty
    assert nobody.summary.budget_price_high is None
    assert tk.verify(nobody)


def test_more_work_never_needs_fewer_people_there(tmp_path):
    after = []
    for i, letters in enumerate((5000, 9000, 14000)):
        tables = {"employees": staff(A=2, B=8, C=8), "volumes": volumes(A=letters, B=7500, C=7500)}
        after.append(chain(write(tmp_path / str(i), **tables)).cells.set_index("unit_id").staff_after["A"])
    assert after == sorted(after)
    assert after[-1] > after[0]


def test_shuffled_rows_give_the_same_bytes(tmp_path):
    one = write_agency(tmp_path / "one" / "data", people=120)
    two = tmp_path / "two" / "data"
    shutil.copytree(one, two)
    for file in two.glob("*.csv"):
        head, *rows = file.read_text().splitlines()
        file.write_text("\n".join([head, *rows[::-1]]) + "\n")
    texts = []
    for folder in (one, two):
        body = json.loads(to_json(chain(folder), folder.parent / "out"))
        del body["inputs"]
        texts.append(json.dumps(body))
    assert texts[0] == texts[1]


def test_moves_of_another_need_are_refused(tmp_path):
    one = chain(write(tmp_path / "one"))
    other = chain(write(tmp_path / "two", jobs="job_id,name,family\nclerk,Clerk,office\n"))
    with pytest.raises(tk.MutasiError, match="the moves were made from another need"):
        tk.balance(one.moves.need, other.moves)


def test_an_agency_without_anybody_to_move_gets_an_empty_plan(tmp_path):
    plan = chain(write(tmp_path, volumes=None))
    assert plan.transfers.empty
    assert (plan.summary.status, plan.summary.gap) == ("optimal", 0.0)
    assert tk.verify(plan)
