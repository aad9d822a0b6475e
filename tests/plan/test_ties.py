"""Equally good plans: the published stages choose one, whatever the solver, the threads and the order of rows."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain
from tests.small_cases import Case, limits, small_case
from tests.tables import write
from toolkit.intake.policy import Policy
from toolkit.plan import ties
from toolkit.plan.balancing import balance
from toolkit.plan.plan_file import to_json

CBC = "PULP_CBC_CMD"


def even(seed: int) -> Case:
    """A small case in which almost everything ties: whole needs, one cost."""
    case = small_case(seed)
    for cell in case.cells:
        cell["need"] = float(np.ceil(cell["need"])) if cell["known"] else np.nan
    case.people = [(home, dict.fromkeys(to, 0.05)) for home, to in case.people]
    return case


def tied(seed: int) -> Case:
    """A family in which one move costs as much as two in a chain; every second time with a twin family beside it, so
    that the budget's price has one value only."""
    rng = np.random.default_rng(seed)
    policy = Policy(outflow_share=float(rng.choice([0.25, 1.0])), allow_beyond_need=True)
    staff = [int(rng.integers(3, 6)), int(rng.integers(1, 4)), int(rng.integers(0, 3))]
    need = [1.0, float(staff[1]), float(staff[2] + 2)]
    family = [
        {"need": n, "staff": float(s), "others": 0.0, "min": 0.0, "max": np.nan, "known": True}
        for n, s in zip(need, staff, strict=True)
    ]
    people = [(0, {1: 0.05, 2: 0.1}), (1, {2: 0.05})]
    people += [(0, {1: 0.05})] if rng.random() < 0.5 else [(0, {2: 0.1})]
    twice = 1 + seed % 2
    cells = [{**cell, "family": f} for f in range(twice) for cell in family]
    shifted = [
        (3 * f + home, {3 * f + to: cost for to, cost in goals.items()}) for f in range(twice) for home, goals in people
    ]
    return Case(cells, shifted, policy)


def text(plan, folder) -> str:
    return to_json(plan, folder)


@pytest.mark.filterwarnings("ignore:PULP_CBC_CMD is deprecated")
def test_highs_and_cbc_give_the_same_bytes(tmp_path):
    for seed in range(40):
        need, moves = even(seed).tables() if seed % 2 else small_case(seed).tables()
        for budget in (None, 1, 2):
            one, other = (text(balance(need, moves, budget, solver=name), tmp_path) for name in ("HiGHS", CBC))
            assert one == other, (seed, budget)


def test_threads_do_not_matter(tmp_path):
    whole = chain(write_agency(tmp_path, people=150))
    texts = {text(balance(whole.moves.need, whole.moves, threads=n), tmp_path) for n in (1, 2, 7)}
    assert len(texts) == 1


def test_an_unknown_solver_is_named_with_those_there_are(tmp_path):
    whole = chain(write(tmp_path))
    with pytest.raises(tk.MutasiError, match=r"'SIMPLEX' is not installed or unknown to PuLP; name one of .*HiGHS"):
        tk.balance(whole.moves.need, whole.moves, solver="SIMPLEX")


def stages(case: Case, plan: tuple, days: np.ndarray, km: np.ndarray) -> tuple[int, int, int]:
    moved = [(i, to) for i, to in enumerate(plan) if to is not None]
    return len(moved), -sum(int(days[i]) for i, _ in moved), sum(round(km[i, to] * 1000) for i, to in moved)


def best_by_force(
    case: Case, budget: int | None, days: np.ndarray, km: np.ndarray
) -> tuple[float, tuple[int, int, int]]:
    """Among all plans the least objective and, of those, the first by the three stages that have a meaning."""
    known = np.array([c["known"] for c in case.cells])
    need = np.array([c["need"] if c["known"] else 0.0 for c in case.cells])
    before = np.array([c["staff"] + c["others"] for c in case.cells])
    least, most, out = (np.array(column) for column in zip(*limits(case), strict=True))
    found = []
    for plan in product(*[[None, *to] for _, to in case.people]):
        moved = [(home, to) for (home, _), to in zip(case.people, plan, strict=True) if to is not None]
        leave = np.bincount([home for home, _ in moved], minlength=len(before))
        staff = before - leave + np.bincount([to for _, to in moved], minlength=len(before))
        if budget is not None and len(moved) > budget:
            continue
        if (staff < least - 1e-7).any() or (staff > most + 1e-7).any() or (leave > out).any():
            continue
        steps = need[known] ** 2 / np.maximum(staff[known], 1 / case.policy.empty_cell_charge)
        paid = sum(to_cost[to] for (_, to_cost), to in zip(case.people, plan, strict=True) if to is not None)
        found.append((round(float(steps.sum()) + paid, 8), stages(case, plan, days, km)))
    return min(found)


@pytest.mark.parametrize("kind", [even, tied])
def test_fewest_moves_then_longest_in_post_then_nearest_home_by_force(kind):
    found = 0
    for seed in range(60):
        case, rng = kind(seed), np.random.default_rng(seed)
        if not case.people:
            continue
        days, km = rng.integers(0, 4, len(case.people)), rng.integers(1, 4, (len(case.people), len(case.cells))) / 2
        need, moves = case.tables()
        who, to = moves.allowed.employee_id.str[1:].astype(int), moves.allowed.to_unit.str[1:].astype(int)
        allowed, people = moves.allowed.assign(km=km[who, to]), moves.people.copy()
        people["in_post_since"] = pd.Timestamp("2020-01-05") - pd.to_timedelta(days, unit="D")
        days = days - days.min()
        for budget in (None, 1, 2, 3):
            plan = balance(need, replace(moves, allowed=allowed, people=people), budget)
            value, first = best_by_force(case, budget, days, km)
            moved = plan.transfers
            who_moved, where = moved.employee_id.str[1:].astype(int), moved.to_unit.str[1:].astype(int)
            chosen = [None] * len(case.people)
            for i, unit in zip(who_moved, where, strict=True):
                chosen[i] = unit
            assert plan.summary.objective == pytest.approx(value, abs=1e-6)
            assert stages(case, tuple(chosen), days, km) == first, (seed, budget)
            found += len(moved) > 0
    assert found >= 60, found


def test_a_hash_that_leaves_two_plans_is_salted_again(tmp_path, monkeypatch):
    whole = chain(write_agency(tmp_path, people=120))
    salts = []
    real = ties.marks
    monkeypatch.setattr(
        ties, "marks", lambda instance, pairs, salt: salts.append(salt) or real(instance, pairs, salt) * (salt > 0)
    )
    assert tk.verify(balance(whole.moves.need, whole.moves, threads=1))
    assert max(salts) >= 1
    monkeypatch.setattr(ties, "marks", lambda instance, pairs, salt: np.zeros(len(pairs)))
    with pytest.raises(tk.NotProvenError, match="more than one plan"):
        balance(whole.moves.need, whole.moves)
