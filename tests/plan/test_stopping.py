"""Out of time, or interrupted: the best plan so far with its gap, never called optimal."""

import os
import signal
import time

import pytest

import toolkit as tk
from tests.agencies import write_agency
from tests.conftest import chain
from toolkit.cli import main
from toolkit.plan import pricing


@pytest.fixture
def whole(tmp_path):
    return chain(write_agency(tmp_path / "data", people=200))


@pytest.fixture
def small_steps(monkeypatch):
    """Few pairs a round, so that there are many rounds."""
    monkeypatch.setattr(pricing, "BATCH", 1)


def stop_after(monkeypatch, rounds: int, how) -> None:
    count = []
    real = pricing.Master._solve_program

    def solved(self):
        count.append(1)
        if len(count) == rounds + 1:
            how()
        return real(self)

    monkeypatch.setattr(pricing.Master, "_solve_program", solved)


def check(plan, best) -> None:
    assert plan.summary.status == "feasible"
    assert plan.summary.gap > 0
    assert plan.summary.bound <= best.summary.objective + 1e-6 <= plan.summary.objective + 2e-6
    assert "best" in tk.verify(plan)[-2] or "terbaik" in tk.verify(plan)[-2]


@pytest.mark.parametrize("budget", [None, 6])
def test_without_time_nobody_moves_and_nothing_is_called_optimal(whole, budget):
    plan = tk.balance(whole.moves.need, whole.moves, budget, time_limit=0)
    check(plan, tk.balance(whole.moves.need, whole.moves, budget))
    assert plan.transfers.empty


@pytest.mark.parametrize("budget", [None, 4])
def test_the_best_plan_so_far_is_given_on_an_interrupt(whole, budget, small_steps, monkeypatch):
    best = tk.balance(whole.moves.need, whole.moves, budget)
    stop_after(monkeypatch, 2, lambda: (os.kill(os.getpid(), signal.SIGINT), time.sleep(0.5)))
    plan = tk.balance(whole.moves.need, whole.moves, budget, threads=1)
    check(plan, best)
    assert len(plan.transfers) > 0


def test_the_time_limit_counts_while_rounds_go_on(whole, small_steps, monkeypatch):
    stop_after(monkeypatch, 3, lambda: time.sleep(2))
    check(tk.balance(whole.moves.need, whole.moves, time_limit=1, threads=1), whole)


def test_the_command_writes_a_stopped_plan_only_where_a_limit_was_asked_for(tmp_path, capsys, small_steps, monkeypatch):
    data = str(write_agency(tmp_path / "data", people=200))
    assert main(["recommend", data, "--out", str(tmp_path / "limited"), "--time-limit", "0", "--lang", "en"]) == 0
    assert "allowed but not proven optimal" in capsys.readouterr().out
    assert main(["verify", str(tmp_path / "limited")]) == 0
    stop_after(monkeypatch, 2, lambda: (os.kill(os.getpid(), signal.SIGINT), time.sleep(0.5)))
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert main(["recommend", data, "--out", str(tmp_path / "stopped")]) == 130
    assert not (tmp_path / "stopped").exists()
