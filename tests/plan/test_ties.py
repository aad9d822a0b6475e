"""Equally good plans: the published stages choose one, whatever the solver, the threads and the order of rows."""

from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain, in_parts
from tests.small_cases import Case, limits, small_case
from tests.tables import write
from toolkit.intake.policy import Policy
from toolkit.plan import tie_rule, ties
from toolkit.plan.balancing import balance
from toolkit.plan.instance import build_instance
from toolkit.plan.plan_file import to_json
from toolkit.plan.prices import NO_GUESSES
from toolkit.plan.residual import Residual
from toolkit.plan.tie_rule import follows_rule, price_of_a_move

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
@pytest.mark.parametrize("cases", in_parts(10, 40))
def test_highs_and_cbc_give_the_same_bytes(tmp_path, cases):
    for seed in range(cases):
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


def best_by_force(case: Case, budget: int | None, days: np.ndarray, km: np.ndarray) -> list[tuple]:
    """All plans of the least objective, (objective, stages, plan), the first by the stages that have a meaning first."""
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
        found.append((round(float(steps.sum()) + paid, 8), stages(case, plan, days, km), plan))
    least = min(found, key=lambda each: each[0])[0]
    return sorted((each for each in found if each[0] == least), key=lambda each: each[1])


@pytest.mark.parametrize("kind", [even, tied])
@pytest.mark.parametrize("cases", in_parts(15, 60))
def test_fewest_moves_then_longest_in_post_then_nearest_home_by_force(kind, cases):
    found = 0
    for seed in range(cases):
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
            value, first, _ = best_by_force(case, budget, days, km)[0]
            moved = plan.transfers
            who_moved, where = moved.employee_id.str[1:].astype(int), moved.to_unit.str[1:].astype(int)
            chosen = [None] * len(case.people)
            for i, unit in zip(who_moved, where, strict=True):
                chosen[i] = unit
            assert plan.summary.objective == pytest.approx(value, abs=1e-6)
            assert stages(case, tuple(chosen), days, km) == first, (seed, budget)
            found += len(moved) > 0
    assert found >= cases, found


def tied_case(seed, kind):
    """The instance of a case with days in post and distances drawn, and what the force needs of them."""
    case, rng = kind(seed), np.random.default_rng(seed)
    days = rng.integers(0, 3, len(case.people))
    km = rng.integers(1, 3, (len(case.people), len(case.cells))) / 2
    need, moves = case.tables()
    who, to = moves.allowed.employee_id.str[1:].astype(int), moves.allowed.to_unit.str[1:].astype(int)
    people = moves.people.assign(in_post_since=pd.Timestamp("2020-01-05") - pd.to_timedelta(days, unit="D"))
    return case, need, replace(moves, allowed=moves.allowed.assign(km=km[who, to]), people=people), days, km


def positions(instance, plan) -> np.ndarray:
    """The pairs of a plan by force (the unit of each person, None: stays) among those of an instance."""
    person = np.array([int(name[1:]) for name in instance.ids])[instance.person]
    unit = np.array([int(name[1:]) for name in instance.cells.unit_id])[instance.target]
    return np.flatnonzero([plan[who] == to for who, to in zip(person, unit, strict=True)])


@pytest.mark.parametrize("kind", [even, tied])
@pytest.mark.parametrize("cases", in_parts(8, 60))
def test_of_all_equally_good_plans_only_the_one_that_is_balanced_follows_the_rule(kind, cases):
    refused = unshown = 0
    for seed in range(cases):
        if not kind(seed).people:
            continue
        case, need, moves, days, km = tied_case(seed, kind)
        for budget in (None, 1, 2):
            plan = balance(need, moves, budget)
            if plan.summary.gap:
                continue
            instance = build_instance(moves, plan.policy)
            units = dict(zip(plan.transfers.employee_id.str[1:].astype(int), plan.transfers.to_unit, strict=True))
            ours = tuple(int(units[i][1:]) if i in units else None for i in range(len(case.people)))
            for _, _, other in best_by_force(case, budget, days, km):
                answer = follows_rule(instance, positions(instance, other), budget)
                if answer is None:
                    unshown += 1
                    continue
                assert answer == (other == ours), (seed, budget, ours, other)
                refused += not answer
    assert refused >= cases / 4, (refused, unshown)
    assert unshown <= refused / 2, (refused, unshown)


def test_a_hash_that_leaves_two_plans_is_salted_again(tmp_path, monkeypatch):
    whole = chain(write_agency(tmp_path, people=120))
    salts = []
    real = tie_rule.marks

    def without_first(instance, pairs, salt):
        salts.append(salt)
        return real(instance, pairs, salt) * (salt > 0)

    monkeypatch.setattr(ties, "marks", without_first)
    monkeypatch.setattr(tie_rule, "marks", without_first)
    assert tk.verify(balance(whole.moves.need, whole.moves, threads=1))
    assert max(salts) >= 1
    monkeypatch.setattr(ties, "marks", lambda instance, pairs, salt: np.zeros(len(pairs)))
    with pytest.raises(tk.NotProvenError, match="more than one plan"):
        balance(whole.moves.need, whole.moves)


def test_prices_in_use_are_named_on_the_optimal_face():
    """Three of one office would all gain and two may leave: the limit is full in every best plan, the budget is not."""
    cells = [
        {"family": 0, "need": need, "staff": staff, "others": 0.0, "min": 0.0, "max": np.nan, "known": True}
        for need, staff in ((1.0, 4.0), (9.0, 1.0))
    ]
    case = Case(cells, [(0, {1: 0.1})] * 3, Policy(outflow_share=0.5, allow_beyond_need=True))
    need, moves = case.tables()
    instance = build_instance(moves, need.policy)
    face = ties.optimal_face(instance, np.array([0, 1]), None, NO_GUESSES)
    assert face.full.tolist() == [True, False]
    assert face.pairs.tolist() == [0, 1, 2]
    assert not face.must.any()  # who of the three stays is open
    assert (face.low.tolist(), face.high.tolist()) == ([2.0, 3.0], [3.0, 4.0])
    assert face.equal_count
    assert face.spend == (-np.inf, np.inf)
    assert ties.optimal_face(instance, np.array([0]), None, NO_GUESSES) is None
    spent = ties.optimal_face(instance, np.array([2]), 1, NO_GUESSES)
    assert spent.equal_count
    assert spent.pairs.tolist() == [0, 1, 2]


def test_the_price_of_a_move_is_sought_inside_its_range():
    def network(*arcs):
        tail, head, cost, moved = (np.array(column, dtype="int64") for column in zip(*arcs, strict=True))
        return Residual(tail, head, cost, moved, 4)

    back = (1, 0, 0, 0)
    assert price_of_a_move(network((0, 1, 5, -1), back), 1.0, False, NO_GUESSES) == (1, True)
    # undoing a move costs nothing: as good a plan has fewer
    assert price_of_a_move(network((0, 1, 0, -1), back), 1.0, False, NO_GUESSES) == (0, False)
    # a further move brings a unit: at a price of 2 it does not pay, without a price it does
    assert price_of_a_move(network((0, 1, -1, 1), back), 1.0, False, NO_GUESSES) is None
    both = network((0, 1, -4, 1), back, (2, 3, 4, -1), (3, 2, 0, 0))
    assert price_of_a_move(both, 1.0, True, NO_GUESSES) == (4, False)


def test_a_walk_stops_where_asked_or_at_the_end():
    start, end = np.array([0.5, 2.5, 3.5]), np.array([3.5, 3.5, 3.5])
    assert ties._walk(start, +1, end, lambda staff: staff < 1).tolist() == [1.5, 2.5, 3.5]
    assert ties._walk(start, +1, end, lambda staff: staff < 9).tolist() == [3.5, 3.5, 3.5]
