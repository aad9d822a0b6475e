"""Why: every sentence carries its row, and every "at least" is below what a new solve gives."""

from dataclasses import replace

import numpy as np
import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain
from tests.tables import write

ROOT = tk.load().folder.parents[1]


@pytest.fixture(scope="module")
def hand():
    return chain(ROOT / "data" / "hand")


def test_the_reasons_of_the_paper_example(hand):
    reason = tk.why(hand, "A2", lang="en")
    offices = reason.table[reason.table.about == "office"]
    assert offices.subject.tolist() == ["ARSIP", "DUKCAPIL"]
    assert offices.before.round(2).tolist() == [0.42, 1.73]
    assert offices.after.round(2).tolist() == [0.70, 1.04]
    assert reason.table.cost[0] == pytest.approx(0.06)
    assert "ARSIP: need 2.1, staff 5 before and 3 after; load 0.42 before, 0.7 after. [O1]" in reason.text
    assert len(reason.table[reason.table.about == "rule"]) == (hand.moves.rules.state == "on").sum()


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_sentence_ends_with_the_id_of_its_row(hand, lang):
    reason = tk.why(hand, "A3", lang=lang)
    assert reason.table.id.is_unique
    lines = reason.text.splitlines()
    assert lines == [f"{row.sentence} [{row.id}]" for row in reason.table.itertuples()]


def test_who_is_not_moved_has_no_reason_here(hand):
    with pytest.raises(tk.MutasiError, match=r"'A1' is not moved by this plan; name one of those who are: A2, A3"):
        tk.why(hand, "A1")


def test_a_plan_read_back_gives_the_same_reason(hand, tmp_path):
    tk.write_dossier(hand, tmp_path / "hasil")
    assert tk.why(tk.read_plan(tmp_path / "hasil"), "A2").text == tk.why(hand, "A2").text


def test_changed_inputs_give_no_reason(tmp_path):
    way = chain(write(tmp_path / "data", employees="employee_id,unit_id,job_id\np1,A,clerk\np2,A,clerk\np3,B,clerk\n"))
    assert tk.why(way, "p1").table.subject[0] == "p1"
    write(tmp_path / "data")
    with pytest.raises(tk.VerificationError, match="employees.csv: found another SHA-256"):
        tk.why(way, "p1")


def forced(way, person, unit):
    """Objective of the best plan in which a person goes to an office: that pair is paid for, the others are taken away."""
    allowed, bonus = way.moves.allowed, 1000.0
    who, there = allowed.employee_id == person, allowed.to_unit == unit
    kept = allowed[~who | there]
    kept = kept.assign(cost=kept.cost - bonus * (kept.employee_id == person))
    plan = tk.balance(way.moves.need, replace(way.moves, allowed=kept), max_moves=way.policy.max_moves)
    return plan.summary.objective + bonus if person in set(plan.transfers.employee_id) else np.inf


def kept_home(way, person):
    moves = replace(way.moves, allowed=way.moves.allowed[way.moves.allowed.employee_id != person])
    return tk.balance(way.moves.need, moves, max_moves=way.policy.max_moves).summary.objective


@pytest.mark.parametrize("budget", [None, 2])
@pytest.mark.parametrize("seed", range(6))
def test_at_least_is_never_more_than_a_new_solve_says(tmp_path, seed, budget):
    way = chain(write_agency(tmp_path, seed), **({} if budget is None else {"max_moves": budget}))
    best, told = way.summary.objective, 0
    for move in way.transfers.itertuples():
        for row in tk.why(way, move.employee_id).table.itertuples():
            if row.about == "stay":
                again = kept_home(way, move.employee_id)
            elif row.about == "elsewhere":
                again = forced(way, move.employee_id, row.subject)
            elif row.about == "instead":
                again = forced(way, row.subject, move.to_unit)
            else:
                continue
            told += 1
            assert again - best >= row.extra - 1e-6, (move.employee_id, row)
    assert told
