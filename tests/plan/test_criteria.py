"""Scale and criterion: certified like the first, in the direction they promise; variance within and between families."""

import dataclasses

import numpy as np
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain, in_parts
from tests.small_cases import all_plans, small_case, smallest_fractional_case
from tests.tables import write
from toolkit.plan.balancing import balance


@pytest.mark.parametrize(
    "choice", [{"scale": "relative"}, {"criterion": "shortage"}, {"scale": "relative", "criterion": "shortage"}]
)
@pytest.mark.parametrize("cases", in_parts(12, 80))
def test_no_plan_is_better_by_force(choice, cases):
    moved = 0
    for seed in range(cases):
        case = small_case(seed)
        case.policy = dataclasses.replace(case.policy, **choice)
        best = all_plans(case)
        need, moves = case.tables()
        for budget in (None, 1, 2):
            value = min(v for n, v in best.items() if budget is None or n <= budget)
            plan = balance(need, moves, budget)
            assert plan.summary.objective == pytest.approx(value, abs=1e-6, rel=1e-11), (seed, budget)
            assert plan.summary.gap == 0 or budget is not None
            moved += len(plan.transfers) > 0
    assert moved >= 30 * cases / 80


@pytest.mark.parametrize("choice", [{"scale": "relative"}, {"criterion": "shortage"}])
def test_the_plan_is_verified_and_a_changed_choice_is_found(tmp_path, choice):
    whole = chain(write_agency(tmp_path / "data", people=110), **choice)
    assert tk.verify(whole)
    forged = dataclasses.replace(whole, policy=whole.policy.with_(scale="absolute", criterion="workload"))
    with pytest.raises(tk.VerificationError, match="does not hold") as caught:
        tk.verify(forged)
    assert "objective" in set(caught.value.breaches.culprit)


def test_variance_splits_into_within_and_between_and_transfers_touch_only_the_first(tmp_path):
    whole = chain(write_agency(tmp_path, people=120))
    nobody, plan = tk.balance(whole.moves.need, whole.moves, 0).summary, whole.summary
    for summary in (nobody, plan):
        assert summary.variance_within + summary.variance_between == pytest.approx(summary.variance_after, rel=1e-12)
    assert plan.variance_within < nobody.variance_within
    full = whole.cells
    if (full.staff_before > 0).all():
        assert plan.variance_between == pytest.approx(nobody.variance_between, rel=1e-12)
    families = whole.families
    assert families.transfers.sum() == len(whole.transfers)
    assert (families.load_spread_after <= families.load_spread_before + 1e-12).all()
    known = full[full.need_fte.notna()]
    people = known.staff_after.clip(lower=0.4).groupby(known.family).sum().to_numpy()
    assert (families.load_spread_after * people).sum() / people.sum() == pytest.approx(plan.variance_within, rel=1e-9)


def test_relative_scale_takes_moves_from_the_loaded_family_to_the_other(tmp_path):
    jobs = "job_id,name\nclerk,Clerk\nguard,Guard\n"
    people = "employee_id,unit_id,job_id\n" + "".join(
        f"{job}{unit}{i},{unit},{job}\n"
        for job in ("clerk", "guard")
        for unit, n in (("A", 4), ("B", 12), ("C", 12))
        for i in range(n)
    )
    services = "service_id,job_id,name,norm_minutes\nletters,clerk,Letters,30\nrounds,guard,Rounds,30\n"
    volumes = "unit_id,service_id,period,received\n" + "".join(
        f"{unit},{service},2025,{n * times}\n"
        for service, times in (("letters", 3), ("rounds", 1))
        for unit, n in (("A", 20000), ("B", 20000), ("C", 25000))
    )
    tables = {"jobs": jobs, "employees": people, "services": services, "volumes": volumes}
    split = {}
    for scale in ("absolute", "relative"):
        folder = write(tmp_path / scale, **tables)
        choice = {"max_moves": 4, "allow_short_donors": True, "outflow_share": 1, "hold_doubtful": False}
        plan = chain(folder, scale=scale, **choice)
        split[scale] = plan.families.set_index("family").transfers
    assert split["absolute"].clerk > split["relative"].clerk
    assert split["relative"].clerk == split["relative"].guard


def test_shortage_ends_where_need_is_met(tmp_path):
    whole = chain(write_agency(tmp_path, people=150), criterion="shortage")
    cells = whole.cells
    short = np.maximum(cells.need_fte - cells.staff_after, 0).fillna(0)
    paid = whole.transfers.cost.sum()
    assert whole.summary.objective == pytest.approx((short**2).sum() + paid, rel=1e-8)
    plain = chain(tmp_path, criterion="workload")
    plainly = np.maximum(plain.cells.need_fte - plain.cells.staff_after, 0).fillna(0)
    assert (short**2).sum() + paid <= (plainly**2).sum() + plain.transfers.cost.sum() + 1e-6


def test_a_cell_whose_count_is_fixed_exchanges_one_for_one(tmp_path):
    """min_staff = max_staff = its staff: B passes on as many as it receives."""
    case = smallest_fractional_case()
    case.cells[1].update(min=2.0, max=2.0)
    need, moves = case.tables()
    plan = balance(need, moves)
    assert plan.cells.set_index("unit_id").loc["U1", ["floor", "ceiling", "staff_after"]].tolist() == [2.0, 2.0, 2.0]
    assert sorted(plan.transfers.from_unit) == ["U0", "U1"]
