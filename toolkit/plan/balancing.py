"""``tk.balance``: the transfers, proven best, with the prices that prove it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from tqdm import tqdm

from toolkit.common.arguments import at_least
from toolkit.common.types import Array, Index
from toolkit.errors import NotProvenError
from toolkit.moves.eligibility import Moves, check_need
from toolkit.need.staffing import Need
from toolkit.plan.certificate import Hints, Proof, bound, gap_of, proof_from_plan, tolerance
from toolkit.plan.instance import Instance, build_instance, part
from toolkit.plan.plan import Plan, describe
from toolkit.plan.pricing import Master, persons, whole_moves, within
from toolkit.plan.solver import HIGHS
from toolkit.plan.ties import OptimalFace, break_ties, core_face, optimal_face

_UNSET: Any = object()


def balance(
    need: Need,
    moves: Moves,
    max_moves: int | None = _UNSET,
    *,
    solver: str = HIGHS,
    time_limit: float | None = None,
    threads: int | None = None,
) -> Plan:
    """Give the transfers that spread the workload most evenly at the least cost, with the prices that prove it.

    Minimises the sum over cells (family, unit) of need^2 / staff plus the cost of the moves made, within floors,
    ceilings, outflow limits and the budget of moves; the plan that moves nobody is always allowed. Of equally good
    plans it is the one with the longest time in post, then the nearest to home, then the smallest sum of a hash.

    Args:
        need: from ``tk.staff_need``.
        moves: from ``tk.allowed_moves`` on the same data.
        max_moves: the budget of moves; without it the policy's.
        solver: a name that PuLP knows, for the core of the model and the ties; the plan does not depend on it.
        time_limit: seconds for the proof. When they are over, or on an interrupt (Ctrl-C), the best plan so far is
            given, with status ``feasible`` and its gap unless its prices happen to prove it.
        threads: for families apart (default: all processors); the plan does not depend on it.

    Raises:
        ArgumentError: the arguments are in another order, of another run, or negative.
        MutasiError: PuLP does not know the solver.
        NotProvenError: the solver did not prove its plan.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> plan = tk.balance(need, tk.allowed_moves(data, need))
    >>> plan.transfers[["employee_id", "from_unit", "to_unit"]].values.tolist(), plan.summary.status
    ([['p5', 'B', 'A']], 'optimal')
    """
    check_need(need, moves, "balance")
    at_least("balance", "time_limit", time_limit, 0)
    at_least("balance", "threads", threads, 1, whole=True)
    policy = need.policy if max_moves is _UNSET else need.policy.with_(max_moves=max_moves)
    instance, control = (
        build_instance(moves, policy),
        SolveControl(solver, np.inf if time_limit is None else time_limit),
    )
    found = best_moves(instance, policy.max_moves, control, threads or os.cpu_count() or 1)
    proof = proof_from_plan(instance, found.chosen, policy.max_moves, found.hints)
    if proof is None:  # stopped early, or inside a chain of moves: the linear program's prices stand
        price, paid = found.price, found.budget_price
        proof = Proof(price, (paid, paid), bound(instance, price, paid, policy.max_moves))
    proven = found.finished or gap_of(instance.objective(found.chosen), proof.bound) == 0
    return describe(instance, found.chosen, proof, moves, policy, "optimal" if proven else "feasible")


@dataclass
class SolveControl:
    """Which solver to use, and when to stop: after some seconds or when asked to."""

    solver: str = HIGHS
    seconds: float = np.inf
    began: float = field(default_factory=time.monotonic)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def left(self) -> float:
        """Seconds left."""
        return max(0.0, self.seconds - (time.monotonic() - self.began))

    def over(self) -> bool:
        """Whether to stop."""
        return self.stopped.is_set() or self.left == 0


@dataclass(frozen=True)
class Found:
    """A plan (positions of its pairs), prices of cells and budget with their bound, and whether it is proven best."""

    chosen: Index
    price: Array
    budget_price: float = 0.0
    hints: Hints = (None, None)
    finished: bool = True


def best_moves(instance: Instance, budget: int | None, control: SolveControl, threads: int = 1) -> Found:
    """Give the best plan: families apart where no budget binds them, else one joint program."""
    if budget is not None and budget < len(instance.ids):
        jobs, budget_of = [(slice(0, len(instance.need)), np.arange(len(instance.person)))], budget
    else:
        jobs, budget_of = list(_families(instance)), None
    with _interruptible(control), ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(settled, part(instance, cells, pairs), budget_of, control) for cells, pairs in jobs]
        _wait(running)
        answers = [job.result() for job in running]
    price: Array = np.asarray(-instance.step(instance.before) * instance.unit)
    for (cells, _), answer in zip(jobs, answers, strict=True):
        price[cells] = answer.price
    chosen = [pairs[answer.chosen] for (_, pairs), answer in zip(jobs, answers, strict=True)]
    first = answers[0] if budget_of is not None else Found(instance.home, price)
    finished = all(answer.finished for answer in answers)
    return Found(
        np.sort(np.concatenate([instance.home[:0], *chosen])), price, first.budget_price, first.hints, finished
    )


def _wait(running: Sequence[Future[Found]]) -> None:
    """Wait for all jobs, awake now and then to hear an interrupt."""
    left = set(running)
    with tqdm(total=len(left), desc="families", disable=None) as progress:
        while left:
            done, left = wait(left, timeout=0.2, return_when=FIRST_COMPLETED)
            progress.update(len(done))


@contextlib.contextmanager
def _interruptible(control: SolveControl) -> Iterator[None]:
    """While this lasts, an interrupt (Ctrl-C) tells the effort to stop, and nothing else."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: control.stopped.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _families(instance: Instance) -> Iterator[tuple[slice, Index]]:
    """Give the cells and the pairs of each family in which anybody may move, those with the most pairs first."""
    family = instance.cells.family.to_numpy()
    begin = np.flatnonzero(np.r_[True, family[1:] != family[:-1]]) if len(family) else np.zeros(0, dtype="int64")
    of_pair = np.searchsorted(begin, instance.source, side="right") - 1
    order, count = np.argsort(of_pair, kind="stable"), np.bincount(of_pair, minlength=len(begin))
    edges, last = np.r_[begin, len(family)], np.cumsum(count)
    for f in np.argsort(-count, kind="stable").tolist():
        if count[f]:
            yield slice(int(edges[f]), int(edges[f + 1])), order[last[f] - count[f] : last[f]]


def settled(instance: Instance, budget: int | None, control: SolveControl) -> Found:
    """Solve one program, finish it in whole persons, and break its ties; the best plan so far if time is over."""
    master = Master(instance, budget, control.left)
    if master.solve(control.over):
        return finish(master, control.solver)
    return Found(persons(master, master.sound), master.price, master.budget_price, finished=False)


def finish(master: Master, solver: str = HIGHS) -> Found:
    """Finish a solved program in whole persons and break its ties."""
    instance, budget, flows = master.instance, master.budget, master.flows
    price, budget_price, relaxed, value = master.price, master.budget_price, master.value, master.value
    low_bound, whole = bound(instance, price, budget_price, budget), master.whole
    hints: Hints = (None, None)
    if not whole or solver != HIGHS:
        value, flows = whole_moves(master, solver)
    if whole and abs(value - relaxed) > tolerance(relaxed):
        raise NotProvenError(f"{solver} and HiGHS give {value:.9g} and {relaxed:.9g}; report the tables")
    face: OptimalFace | None = None
    if whole:
        chosen = persons(master, master.flows)
        hints = slopes(master) if len(chosen) == budget else hints
        face = optimal_face(instance, chosen, budget, hints)
    if face is None:
        delta = value - low_bound + tolerance(low_bound)
        face = core_face(instance, within(instance, price, budget_price, delta), budget, value)
    return Found(break_ties(instance, face, solver), price, budget_price, hints)


def slopes(master: Master) -> tuple[float, float | None]:
    """Give what a further move brings and what the last one brought, by solving again at both budgets."""
    budget, here, around = master.budget, master.value, []
    assert budget is not None
    for other in (budget + 1, budget - 1):
        if other >= 0:
            master.spend(other)
            master.solve()
            around.append(master.value)
    return here - around[0], around[1] - here if len(around) > 1 else None
