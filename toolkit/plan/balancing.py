"""``tk.balance``: the transfers, proven best, with the prices that prove it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from tqdm import tqdm

from toolkit.common.arguments import at_least, expect
from toolkit.common.types import Array, Index
from toolkit.errors import NotProvenError
from toolkit.moves.eligibility import Moves, check_need
from toolkit.need.staffing import Need
from toolkit.plan.certificate import Proof, bound, gap_of, tolerance
from toolkit.plan.instance import Instance, build_instance, families, part
from toolkit.plan.plan import Plan, describe
from toolkit.plan.prices import NO_GUESSES, EndGuesses, proof_from_plan
from toolkit.plan.pricing import Master, persons, whole_moves, within
from toolkit.plan.solver import HIGHS
from toolkit.plan.tie_rule import follows_rule
from toolkit.plan.ties import OptimalFace, break_ties, core_face, optimal_face

BUDGET_OF_POLICY: Any = object()  # the default of ``max_moves``; None is taken: it means "no budget"
AWAKE = 0.2  # seconds between two looks at whether Ctrl-C was pressed


def balance(
    need: Need,
    moves: Moves,
    max_moves: int | None = BUDGET_OF_POLICY,
    *,
    solver: str = HIGHS,
    time_limit: float | None = None,
    threads: int | None = None,
) -> Plan:
    """Compute the transfers that spread the workload most evenly at the least cost, with the prices that prove it.

    Minimises the sum over cells (family, unit) of need^2 / staff plus the cost of the moves made, within floors,
    ceilings, outflow limits and the budget of moves; the plan that moves nobody is always allowed. Of equally good
    plans it is the one with the fewest moves, then the longest time in post, then the nearest to home, then the
    smallest sum of a hash.

    Args:
        need: from ``tk.staff_need``.
        moves: from ``tk.allowed_moves`` on the same data.
        max_moves: the budget of moves, None for no budget; by default the policy's.
        solver: a name that PuLP knows, for the core of the model and the ties; the plan does not depend on it.
        time_limit: seconds for the proof. When they are over, or on an interrupt (Ctrl-C), the best plan so far is
            returned, with status ``feasible`` and its gap unless its prices happen to prove it.
        threads: for families apart (default: all processors); the plan does not depend on it.

    Raises:
        ArgumentError: the arguments are in another order, of another run, or negative.
        PolicyError: ``max_moves`` is not a whole number of 0 or more.
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
    expect("balance", solver, str, "a name such as 'HiGHS'")
    at_least("balance", "time_limit", time_limit, 0)
    at_least("balance", "threads", threads, 1, whole=True)
    policy = need.policy if max_moves is BUDGET_OF_POLICY else need.policy.with_(max_moves=max_moves)
    instance = build_instance(moves, policy)
    control = SolveControl(solver, np.inf if time_limit is None else time_limit)
    best = best_moves(instance, policy.max_moves, control, threads or os.cpu_count() or 1)
    proof = proof_from_plan(instance, best.chosen, policy.max_moves, best.guesses)
    if proof is None:  # stopped early, or inside a chain of moves: the linear program's prices stand
        below = bound(instance, best.price, best.budget_price, policy.max_moves)
        proof = Proof(best.price, (best.budget_price, best.budget_price), below)
    status = _status(instance, best, proof, policy.max_moves)
    return describe(instance, best.chosen, proof, moves, policy, status)


def _status(instance: Instance, best: Solution, proof: Proof, budget: int | None) -> str:
    """Return "optimal" if the search is finished, or the prices prove the plan and it follows the rule on ties.

    Raises:
        NotProvenError: the objective is below its bound, so that one of the two is wrong.
    """
    objective = instance.objective(best.chosen)
    gap = gap_of(objective, proof.bound)
    if gap < 0:
        raise NotProvenError("below_bound", objective=f"{objective:.9g}", bound=f"{proof.bound:.9g}")
    if best.finished:
        return "optimal"
    # a search that was stopped may have come upon a best plan, but has not broken its ties
    is_the_one = gap == 0 and follows_rule(instance, best.chosen, budget, best.guesses) is not False
    return "optimal" if is_the_one else "feasible"


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
class Solution:
    """A plan (positions of its pairs), prices of cells and budget that bound it, and whether it is proven best.

    ``guesses``: what the ends of the budget's price may be, from solves at the budgets next to it.
    """

    chosen: Index
    price: Array
    budget_price: float = 0.0
    guesses: EndGuesses = NO_GUESSES
    finished: bool = True


def best_moves(instance: Instance, budget: int | None, control: SolveControl, threads: int = 1) -> Solution:
    """Solve families apart where no budget binds them, else one joint program."""
    if budget is not None and budget < len(instance.ids):
        # One price of the budget over families solved apart would not do: with ties it misses the budget.
        everything = (slice(0, len(instance.need)), np.arange(len(instance.person)))
        return _solve_parts(instance, [everything], budget, control, threads)
    return _solve_parts(instance, list(families(instance)), None, control, threads)


def _solve_parts(
    instance: Instance, parts: Sequence[tuple[slice, Index]], budget: int | None, control: SolveControl, threads: int
) -> Solution:
    """Solve each part (its cells and pairs) by itself, in threads, and put the solutions together."""
    with _interruptible(control), ThreadPoolExecutor(threads) as pool:
        running = [pool.submit(solve_part, part(instance, cells, pairs), budget, control) for cells, pairs in parts]
        _wait(running)
        answers = [job.result() for job in running]
    # cells of families in which nobody may move keep the price they have where nobody moves
    price: Array = np.asarray(-instance.step(instance.before) * instance.unit)
    chosen = [instance.home[:0]]
    for (cells, pairs), answer in zip(parts, answers, strict=True):
        price[cells] = answer.price
        chosen.append(pairs[answer.chosen])
    return Solution(
        chosen=np.sort(np.concatenate(chosen)),
        price=price,
        budget_price=0.0 if budget is None else answers[0].budget_price,
        guesses=NO_GUESSES if budget is None else answers[0].guesses,
        finished=all(answer.finished for answer in answers),
    )


def _wait(running: Sequence[Future[Solution]]) -> None:
    """Wait for all jobs, awake now and then to hear an interrupt."""
    left = set(running)
    with tqdm(total=len(left), desc="families", disable=None) as progress:
        while left:
            done, left = wait(left, timeout=AWAKE, return_when=FIRST_COMPLETED)
            progress.update(len(done))


@contextlib.contextmanager
def _interruptible(control: SolveControl) -> Iterator[None]:
    """While this lasts, an interrupt (Ctrl-C) asks the solve to stop, and nothing else."""
    if threading.current_thread() is not threading.main_thread():  # Python lets only that one handle signals
        yield
        return
    before = signal.signal(signal.SIGINT, lambda *_: control.stopped.set())
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def solve_part(instance: Instance, budget: int | None, control: SolveControl) -> Solution:
    """Solve one program, finish it in whole persons, and break its ties; the best plan so far if time is over."""
    master = Master(instance, budget, control.left)
    if master.solve(control.over):
        return finish(master, control.solver)
    best_so_far = persons(master, master.sound)
    return Solution(best_so_far, master.price, master.budget_price, finished=False)


def finish(master: Master, solver: str = HIGHS) -> Solution:
    """Finish a solved program in whole persons and break its ties."""
    instance = master.instance
    budget = master.budget
    price = master.price  # kept: solving at other budgets (``slopes``) changes the master's
    budget_price = master.budget_price
    relaxed = value = master.value
    whole = master.whole
    if not whole or solver != HIGHS:
        value, _ = whole_moves(master, solver)
    if whole and abs(value - relaxed) > tolerance(relaxed):
        raise NotProvenError("solvers_differ", solver=solver, one=f"{value:.9g}", other=f"{relaxed:.9g}")
    guesses = NO_GUESSES
    face: OptimalFace | None = None
    if whole:
        chosen = persons(master, master.flows)
        if len(chosen) == budget:
            guesses = slopes(master)
        face = optimal_face(instance, chosen, budget, guesses)
    if face is None:
        low_bound = bound(instance, price, budget_price, budget)
        delta = value - low_bound + tolerance(low_bound)
        face = core_face(instance, within(instance, price, budget_price, delta), budget, value)
        face = replace(face, equal_count=must_spend_all(low_bound, budget_price, value))
    return Solution(break_ties(instance, face, solver), price, budget_price, guesses)


def must_spend_all(low_bound: float, budget_price: float, value: float) -> bool:
    """Whether every plan as good as ``value`` spends the whole budget.

    With one move less the bound is higher by the price of the budget; if it is then above the value, no plan with
    fewer moves is as good. That spares an integer program, and holds nearly always: a chain loses little.
    """
    return low_bound + budget_price > value + tolerance(value)


def slopes(master: Master) -> tuple[float, float | None]:
    """Return what a further move brings and what the last one brought, by solving again at both budgets."""
    budget = master.budget
    assert budget is not None, "without a budget there is no further move"
    here = master.value
    further = here - _value_with(master, budget + 1)
    if budget == 0:
        return further, None
    return further, _value_with(master, budget - 1) - here


def _value_with(master: Master, budget: int) -> float:
    """Return the objective of the linear program with another budget."""
    master.spend(budget)
    master.solve()
    return master.value
