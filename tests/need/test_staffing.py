"""``staff_need``: the formula, the evidence, and what is unknown."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import toolkit as tk
from tests.tables import BASE, write
from toolkit.common.rounding import half_up
from toolkit.need.job_map import peta_jabatan, projection
from toolkit.need.staffing import Need, band
from toolkit.need.statements import surplus_lines
from toolkit.words import say


def need(folder, policy=None, **tables):
    data = tk.load(write(folder, **tables), **(policy or {}))
    return tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))


def row(result, unit, job="clerk"):
    table = result.table
    return table[(table.unit_id == unit) & (table.job_id == job)].iloc[0]


def test_need_is_work_over_the_effective_year(tmp_path):
    result = need(tmp_path)
    assert list(result.table.columns[:14]) == [
        "unit_id",
        "job_id",
        "family",
        "hours",
        "need_fte",
        "need_low",
        "need_high",
        "need_rounded",
        "staff",
        "others",
        "surplus",
        "load_ratio",
        "load_with_others",
        "band",
    ]
    a, b = row(result, "A"), row(result, "B")
    assert (a.hours, a.need_fte, a.staff, a.load_ratio, a.band, a.evidence) == (1250.0, 1.0, 2.0, 0.5, "D", "B")
    assert (b.need_fte, b.need_rounded, b.surplus, b.band) == (3.0, 3.0, -2.0, "A")


def test_an_office_that_reported_nothing_is_unknown_not_zero(tmp_path):
    c = row(need(tmp_path), "C")
    assert np.isnan([c.hours, c.need_fte, c.need_rounded, c.surplus, c.load_ratio]).all()
    assert c.evidence == "D"
    assert not need(tmp_path / "2").cells.set_index("unit_id").known["C"]


def test_a_service_without_time_makes_its_offices_unknown_but_only_where_it_was_asked_for(tmp_path):
    result = need(
        tmp_path,
        services="service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,\n",
        volumes="unit_id,service_id,period,received\nA,letters,2025,2500\nA,cards,2025,5\nB,letters,2025,2500\nB,cards,2025,0\n",
    )
    assert row(result, "A").evidence == "D"
    assert row(result, "B").need_fte == 1.0


def test_official_need_stands_where_there_is_no_work_and_never_binds_beside_it(tmp_path):
    result = need(tmp_path, posts="unit_id,job_id,official_need\nA,clerk,9\nC,clerk,2\n")
    a, c = row(result, "A"), row(result, "C")
    assert (a.need_fte, a.evidence, a.official_need) == (1.0, "B", 9.0)
    assert (c.need_fte, c.evidence, c.bound) == (2.0, "C", "official")


def test_the_larger_of_need_and_minimum_holds(tmp_path):
    result = need(tmp_path, posts="unit_id,job_id,min_staff\nA,clerk,2\nB,clerk,1\nC,clerk,1\n")
    assert [row(result, unit).need_fte for unit in "ABC"] == [2.0, 3.0, 1.0]
    assert [row(result, unit).evidence for unit in "ABC"] == ["C", "B", "C"]
    assert [row(result, unit).bound for unit in "ABC"] == ["minimum", "work", "minimum"]


def test_a_minimum_of_zero_does_not_make_an_unknown_office_known(tmp_path):
    assert row(need(tmp_path, posts="unit_id,job_id,min_staff\nC,clerk,0\n"), "C").evidence == "D"


def test_the_method_post_takes_the_official_need_as_given(tmp_path):
    jobs = "job_id,name,method\nclerk,Clerk,post\n"
    result = need(tmp_path, jobs=jobs, posts="unit_id,job_id,official_need\nA,clerk,9\n")
    assert (row(result, "A").need_fte, row(result, "A").evidence, row(result, "B").evidence) == (9.0, "C", "D")


def test_the_filled_abk_form_of_a_campus_office(tmp_path):
    """298,000 minutes = 4,966.667 hours; / 1,250 = 3.9733, rounded 4 (published form of a Pengelola Kemahasiswaan)."""
    tasks = [
        (4, 180, "day"),
        (2, 240, "week"),
        (4616, 10, "year"),
        (16, 180, "year"),
        (16, 240, "year"),
        (16, 300, "year"),
        (4616, 10, "year"),
    ]
    text = "unit_id,job_id,task,volume,norm_minutes,per\n" + "".join(
        f"C,clerk,t{at},{v},{n},{per}\n" for at, (v, n, per) in enumerate(tasks)
    )
    c = row(need(tmp_path, tasks=text), "C")
    assert (c.hours * 60, c.need_fte, c.need_rounded) == (pytest.approx(298_000), pytest.approx(3.9733, abs=5e-5), 4.0)


def test_tasks_reach_an_office_a_kind_of_office_or_all(tmp_path):
    units = "unit_id,name,kind\nA,a,school\nB,b,school\nC,c,opd\n"
    tasks = "unit_id,kind,job_id,task,volume,norm_minutes,per\n,,clerk,all,1250,60,year\n,school,clerk,schools,1250,60,year\nB,,clerk,B alone,1250,60,year\n"
    result = need(tmp_path, units=units, tasks=tasks, volumes=None)
    assert [row(result, unit).need_fte for unit in "ABC"] == [2.0, 3.0, 1.0]


@pytest.mark.parametrize(("category", "evidence"), [("functional", "shared"), ("", "shared"), ("general", "D")])
def test_a_level_without_work_of_its_own_shares_the_work_beside_it(tmp_path, category, evidence):
    result = need(
        tmp_path,
        jobs=f"job_id,name,family,category\nclerk,Clerk,f,{category}\nsenior,Senior,f,{category}\n",
        employees=BASE["employees"] + "p5,A,senior\n",
    )
    assert row(result, "A", "senior").evidence == evidence
    cell = result.cells.set_index("unit_id").loc["A"]
    assert bool(cell.known) is (evidence == "shared")
    assert cell.staff == 3
    lifted = need(
        tmp_path / "lifted",
        jobs=f"job_id,name,family,category\nclerk,Clerk,f,{category}\nsenior,Senior,f,{category}\n",
        employees=BASE["employees"] + "p5,A,senior\n",
        posts="unit_id,job_id,min_staff\nA,clerk,2\n",
    )
    assert row(lifted, "A").bound == "minimum"
    assert row(lifted, "A", "senior").evidence == evidence


def test_staff_counts_active_people_in_full_time_equivalents_and_others_apart(tmp_path):
    result = need(
        tmp_path,
        employees="employee_id,unit_id,job_id,standing,fte\np1,A,clerk,active,1\np2,A,clerk,leave,1\np3,A,clerk,active,0.5\n",
        others="unit_id,job_id,fte\nA,clerk,0.8\nA,clerk,0.2\n",
    )
    a = row(result, "A")
    assert (a.staff, a.others, a.load_ratio, a.load_with_others) == (
        1.5,
        1.0,
        pytest.approx(1 / 1.5),
        pytest.approx(0.4),
    )


def test_a_service_of_several_jobs_makes_need_only_where_the_job_is(tmp_path):
    result = need(
        tmp_path,
        jobs="job_id,name\nclerk,Clerk\nhead,Head\n",
        employees=BASE["employees"] + "p5,A,head\n",
        services="service_id,job_id,name,norm_minutes\nletters,clerk,L,30\nletters,head,L,3\n",
        volumes="unit_id,service_id,period,received\nA,letters,2025,2500\nB,letters,2025,7500\n",
    )
    assert row(result, "A", "head").need_fte == pytest.approx(0.1)
    assert result.table[result.table.job_id == "head"].unit_id.tolist() == ["A"]


def test_months_are_carried_forward_as_the_last_twelve(tmp_path):
    lines = [f"A,letters,{2024 + at // 12}-{at % 12 + 1:02d},{100 if at < 12 else 300}" for at in range(24)]
    lines += [f"B,letters,2025-{month:02d},100" for month in range(7, 13)]
    demand = tk.forecast_demand(
        tk.load(write(tmp_path, volumes="unit_id,service_id,period,received\n" + "\n".join(lines)))
    )
    assert demand.table.set_index("unit_id").volume.to_dict() == pytest.approx({"A": 3600, "B": 1200}, rel=0.005)
    assert demand.table.basis.tolist() == ["2025-01 to 2025-12", "6 of 12 months"]


@given(st.floats(0, 1e5), st.floats(1.0, 5.0))
def test_rounding_and_bands(value, factor):
    assert abs(half_up(pd.Series([value])).iloc[0] - value) <= 0.5 + 1e-9
    order = "EDCBA"
    one, two = band(pd.Series([value / 1e5 * 2, value / 1e5 * 2 * factor]))
    assert order.index(one) <= order.index(two)


def test_bands_leave_no_gap():
    assert band(pd.Series([1.3, 1.0, 0.9, 0.899, 0.7, 0.5, 0.499, np.nan])).tolist()[:7] == [
        "A",
        "B",
        "B",
        "C",
        "C",
        "D",
        "E",
    ]


@pytest.mark.parametrize("change", ["volume", "norm", "others"])
def test_direction(tmp_path, change):
    base = need(tmp_path / "base", others="unit_id,job_id,fte\nA,clerk,0\n")
    tables = {
        "volume": {"volumes": BASE["volumes"].replace("2500", "2600")},
        "norm": {"services": BASE["services"].replace("30", "31")},
        "others": {"others": "unit_id,job_id,fte\nA,clerk,1\n"},
    }[change]
    more = need(tmp_path / "more", **{"others": "unit_id,job_id,fte\nA,clerk,0\n", **tables})
    if change == "others":
        assert row(more, "A").load_with_others < row(base, "A").load_with_others
        assert row(more, "A").need_fte == row(base, "A").need_fte
    else:
        assert row(more, "A").need_fte > row(base, "A").need_fte
        assert row(more, "B").need_fte >= row(base, "B").need_fte


def test_a_need_that_equals_the_minimum_rests_on_its_work(tmp_path):
    result = need(tmp_path, posts="unit_id,job_id,min_staff\nA,clerk,1\nB,clerk,3\n")
    assert [row(result, unit).need_fte for unit in "AB"] == [1.0, 3.0]
    assert [row(result, unit).bound for unit in "AB"] == ["work", "work"]
    assert [row(result, unit).evidence for unit in "AB"] == ["B", "B"]


def test_an_official_need_that_equals_the_minimum_stays_official(tmp_path):
    c = row(need(tmp_path, posts="unit_id,job_id,official_need,min_staff\nC,clerk,2,2\n"), "C")
    assert (c.need_fte, c.bound) == (2.0, "official")


def test_a_need_just_under_a_half_by_floating_point_is_rounded_up(tmp_path):
    c = row(need(tmp_path, posts="unit_id,job_id,official_need\nC,clerk,2.4999999999\n"), "C")
    assert c.need_rounded == 3.0


def test_a_mandatory_post_has_one_person_at_least_but_stays_unknown_where_it_is(tmp_path):
    posts = "unit_id,job_id,official_need,mandatory\nA,clerk,,yes\nC,clerk,,yes\nB,clerk,,no\n"
    result = need(
        tmp_path, posts=posts, volumes="unit_id,service_id,period,received\nA,letters,2025,25\nB,letters,2025,25\n"
    )
    rounded = [row(result, unit).need_rounded for unit in "AB"]
    assert rounded == [1.0, 0.0]
    assert np.isnan(row(result, "C").need_rounded)


def test_the_interval_holds_the_need_and_never_falls_below_the_minimum(tmp_path):
    data = tk.load(write(tmp_path, posts="unit_id,job_id,min_staff\nB,clerk,3\n"))
    norms = tk.estimate_norms(data, draws=3)
    drawn = np.array([[10.0], [20.0], [90.0]])  # minutes: the official norm of 30 needs 1.0 at A, 3.0 at B
    result = tk.staff_need(data, replace(norms, draws=drawn), tk.forecast_demand(data))
    a, b = row(result, "A"), row(result, "B")
    assert (a.need_low, a.need_fte) == (pytest.approx(np.quantile([1 / 3, 2 / 3, 3], 0.05)), 1.0)
    assert a.need_high == pytest.approx(np.quantile([1 / 3, 2 / 3, 3], 0.95))
    assert b.need_low == b.need_fte == 3.0
    high = tk.staff_need(data, replace(norms, draws=drawn * 9), tk.forecast_demand(data))
    assert row(high, "A").need_low == 1.0  # all draws lie above: the interval reaches down to the need


def test_without_draws_there_is_no_interval(tmp_path):
    result = need(tmp_path)
    assert result.table[["need_low", "need_high"]].isna().all().all()
    assert result.draws.shape == (0, 3)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (lambda data, norms, demand: (norms, data, demand), "staff_need needs the Data that tk.load returns"),
        (
            lambda data, norms, demand: (data, demand, norms),
            "needs the Norms that tk.estimate_norms returns .* got Demand",
        ),
        (
            lambda data, norms, demand: (data, norms, None),
            "needs the Demand that tk.forecast_demand returns .* NoneType",
        ),
    ],
)
def test_arguments_in_another_order_raise_a_sentence(tmp_path, wrong, sentence):
    data = tk.load(write(tmp_path))
    with pytest.raises(tk.ArgumentError, match=sentence):
        tk.staff_need(*wrong(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data)))


def test_the_table_has_the_same_types_whether_there_are_volumes_or_none(tmp_path):
    full, none = need(tmp_path / "1"), need(tmp_path / "2", volumes=None)
    assert full.table.dtypes.astype(str).to_dict() == none.table.dtypes.astype(str).to_dict()


def test_another_need_is_asked_for_by_name_and_everything_follows_from_it(tmp_path):
    before = need(tmp_path)
    after = before.with_need({("C", "clerk"): 2.5, ("B", "clerk"): None})
    c, b = row(after, "C"), row(after, "B")
    assert (c.need_fte, c.need_rounded, c.surplus, c.load_ratio, c.band) == (2.5, 3.0, -2.0, 2.5, "A")
    assert (c.bound, c.evidence) == ("given", "C")
    assert np.isnan([b.need_fte, b.need_rounded, b.surplus, b.hours, b.need_most]).all()
    assert (b.bound, b.evidence) == ("", "D")
    cells = after.cells.set_index("unit_id")
    assert cells.known.to_dict() == {"A": True, "B": False, "C": True}
    assert cells.need_fte["C"] == 2.5
    assert row(before, "B").need_fte == 3.0  # the first need is as it was
    before.check_unedited()
    pd.testing.assert_series_equal(row(after, "A"), row(before, "A"))


def test_a_given_need_has_no_interval_and_is_the_same_in_all_draws(tmp_path):
    data = tk.load(write(tmp_path))
    before = tk.staff_need(data, tk.estimate_norms(data, draws=20), tk.forecast_demand(data))
    after = before.with_need({("A", "clerk"): 1.5})
    assert (after.draws[:, 0] == 1.5).all()
    assert (after.draws[:, 1] == before.draws[:, 1]).all()
    assert row(after, "A")[["need_low", "need_high", "need_least", "need_most", "hours"]].isna().all()
    assert not np.isnan(row(before, "A").need_low)


def test_a_given_need_of_a_mandatory_post_is_rounded_to_one_at_least(tmp_path):
    before = need(tmp_path, posts="unit_id,job_id,mandatory\nA,clerk,yes\n")
    assert row(before.with_need({("A", "clerk"): 0.2}), "A").need_rounded == 1.0


def test_a_given_need_counts_in_the_steps_that_follow(tmp_path):
    people = "employee_id,unit_id,job_id\n" + "".join(f"p{at},A,clerk\n" for at in range(4)) + "q1,B,clerk\n"
    before = need(tmp_path, employees=people)
    after = before.with_need({("B", "clerk"): 1.0, ("A", "clerk"): 4.0})
    assert before.cells.need_fte.tolist() != after.cells.need_fte.tolist()
    plans = [tk.balance(each, tk.allowed_moves(each.data, each)) for each in (before, after)]
    assert [len(plan.transfers) for plan in plans] == [1, 0]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({("A", "nurse"): 1}, "with_need: need.table has no row for nurse at A; name one that it has"),
        ({("Z", "clerk"): 1}, "no row for clerk at Z"),
        ({("A", "clerk"): -1}, "with_need: need of clerk at A = -1 is not a number of 0 or more"),
        ({("A", "clerk"): float("nan")}, "need of clerk at A = nan is not a number"),
        ({("A", "clerk"): "two"}, "need of clerk at A = 'two' is not a number"),
    ],
)
def test_a_need_that_cannot_be_given_raises(tmp_path, changes, sentence):
    with pytest.raises(tk.ArgumentError, match=sentence):
        need(tmp_path).with_need(changes)


@pytest.mark.parametrize(
    "use",
    [
        Need.check_unedited,
        lambda edited: edited.cells,
        lambda edited: edited.with_need({("A", "clerk"): 1}),
        lambda edited: tk.allowed_moves(edited.data, edited),
        peta_jabatan,
        projection,
        surplus_lines,
    ],
    ids=["check", "cells", "with_need", "allowed_moves", "peta_jabatan", "projection", "surplus_lines"],
)
def test_a_table_edited_in_place_is_not_used(tmp_path, use):
    result = need(tmp_path)
    result.table.loc[0, "need_fte"] = 9.0
    with pytest.raises(tk.MutasiError, match="need.table was edited after it was made.*use need.with_need"):
        use(result)


def test_every_basis_of_a_need_has_a_name_in_both_languages():
    for basis in ("work", "ratio", "coverage", "official", "minimum", "given"):
        assert say(f"basis.{basis}", "en") != say(f"basis.{basis}", "id")


def test_the_need_under_all_admitted_norms_never_falls_below_the_minimum(tmp_path):
    data = tk.load(write(tmp_path, posts="unit_id,job_id,min_staff\nB,clerk,2.5\n"))
    norms = replace(tk.estimate_norms(data, draws=3), draws=np.array([[20.0], [30.0], [40.0]]))
    result = tk.staff_need(data, norms, tk.forecast_demand(data))
    a, b = row(result, "A"), row(result, "B")
    assert 0 < a.need_least < a.need_fte
    assert a.need_least + a.need_most == pytest.approx(2 * a.need_fte)  # the doubt is the same either way
    assert b.need_least == 2.5
    assert b.need_most > 3.0


def test_draws_of_need_go_with_the_rows_of_the_table(sample_need):
    need = sample_need
    assert need.draws.shape == (60, len(need.table))
    assert np.isnan(need.draws[:, need.table.need_fte.isna()]).all()
    given = (need.table.bound != "work") & need.table.need_fte.notna()
    assert (need.draws[:, given] == need.table.need_fte[given].to_numpy()).all()
    inside = (need.draws >= need.table.need_low.to_numpy()) & (need.draws <= need.table.need_high.to_numpy())
    assert inside[:, need.table.need_low.notna()].mean() > 0.88
