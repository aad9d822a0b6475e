"""The same work done by the textbook model and by ours, side by side in one run: ``python -m benchmarks``."""

from __future__ import annotations

import argparse
import itertools
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import toolkit as tk
from benchmarks.city import SIZES, write_city
from benchmarks.textbook import textbook
from toolkit.plan.certificate import bound
from toolkit.plan.instance import Instance, build_instance, rank_in_runs
from toolkit.plan.prices import proof_from_plan

BUDGET, POINTS, CBC = 500, 20, "PULP_CBC_CMD"


def main() -> None:
    """Measure and print the table of the README."""
    args = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    args.add_argument("--ortools", default=sys.executable, metavar="PYTHON", help="a Python that has OR-tools")
    args.add_argument("--only", metavar="FILE", help=argparse.SUPPRESS)
    args.add_argument("--skip-cbc", action="store_true", help="leave the textbook model with CBC out (minutes)")
    given = args.parse_args()
    if given.only:
        print(json.dumps(balanced(given.only)))  # noqa: T201
        return
    with tempfile.TemporaryDirectory() as folder:
        print("| work | seconds | ratio | must |\n|---|---|---|---|")  # noqa: T201
        for cells in itertools.chain(city(Path(folder), given), province(Path(folder))):
            print("| " + " | ".join(cells) + " |", flush=True)  # noqa: T201


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the seconds of some work and its result."""
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result


def walk(folder: Path, size: str) -> tuple[Any, Any]:
    """Write the tables of a size and walk to the allowed moves."""
    data = tk.load(write_city(folder / size, **SIZES[size]))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    return need, tk.allowed_moves(data, need)


def city(folder: Path, given: argparse.Namespace) -> Iterator[tuple[str, str, str, str]]:
    """The rows on the city."""
    need, moves = walk(folder, "city")
    tk.balance(need, moves, max_moves=1)  # imports and first calls
    ours, plan = timed(lambda: tk.balance(need, moves, max_moves=BUDGET))
    free, whole = timed(lambda: tk.balance(need, moves, max_moves=None))
    yield row(f"city, {BUDGET} moves: balance, ties, certificate", ours, "", "about 1 s")
    yield row("city, no budget: balance, ties, certificate", free, "", "about 3 s")
    instance = build_instance(moves, plan.policy)
    for solver, least, limits in (("HiGHS", 30, False), ("HiGHS", 0, True), (CBC, 200, False), (CBC, 0, True)):
        if solver == "HiGHS" or not given.skip_cbc:
            seconds, chosen = textbook(plan.cells, moves.allowed, BUDGET, solver, limits)
            what = f"the textbook model by {solver}" + (" with our limits" if limits else "")
            check(instance, plan.summary.objective, chosen.index.to_numpy(), f"the plan of {what}")
            yield row(what, seconds, f"{seconds / ours:.0f}x", f"{least}x" if least else "")
    check(instance, plan.summary.objective, greedy(instance, BUDGET), "greedy by largest gap")
    check(instance, plan.summary.objective, np.zeros(0, dtype="int64"), "no move")
    for budget, best in ((BUDGET, plan), (-1, whole)):
        yield limit(folder, instance, budget, best, given.ortools)
    grid = np.linspace(0, whole.summary.transfers, POINTS).round().astype(int).tolist()
    largest, _ = timed(lambda: tk.balance(need, moves, max_moves=grid[-1]))
    line, _ = timed(lambda: tk.frontier(need, moves, grid))
    yield row(
        f"city, frontier of {POINTS} budgets, to the largest balance ({largest:.2f} s)",
        line,
        f"{line / largest:.1f}x",
        "at most 4x",
    )
    yield from verified(folder, plan, instance)


def verified(folder: Path, plan: Any, instance: Instance) -> list[tuple[str, str, str, str]]:
    """The rows on verification: the certificate alone, and all recomputed from the files of a dossier."""
    tk.write_dossier(plan, folder / "out")
    ids = pd.Index(instance.ids)[instance.person] + " " + instance.cells.unit_id.to_numpy()[instance.target]
    chosen = np.sort(ids.get_indexer(plan.transfers.employee_id + " " + plan.transfers.to_unit))
    ends = (plan.summary.budget_price, plan.summary.budget_price_high)

    def certificate() -> None:
        proof = proof_from_plan(instance, chosen, BUDGET, ends)
        assert proof is not None
        assert np.array_equal(proof.price, plan.cells.price)
        assert bound(instance, proof.price, proof.ends[0], BUDGET) == plan.summary.bound

    alone, _ = timed(certificate)
    whole, _ = timed(lambda: tk.verify(folder / "out"))
    return [
        row("city, certificate", alone, "", "under 2 s"),
        row("city, verify from the files", whole, "", "under 20 s"),
    ]


def province(folder: Path) -> Iterator[tuple[str, str, str, str]]:
    """The rows on the province; each size is balanced in a process of its own."""
    small, large = (free_plan(folder, size) for size in ("city", "province"))
    work = [size["pairs"] * np.log(size["pairs"]) for size in (large, small)]
    growth, fold = large["seconds"] / small["seconds"], work[0] / work[1]
    text = f"{growth:.1f}-fold per {fold:.1f}-fold pairs x log pairs"
    yield row("province, no budget: balance, ties, certificate", large["seconds"], text, "15 s; 13-fold per 12.5-fold")
    yield "province, memory of the process that balances", f"{large['memory']:.2f} GB", "", "2 GB"


def free_plan(folder: Path, size: str) -> dict[str, float]:
    """Balance a size without a budget, in a process of its own: seconds, pairs, its largest memory in GB."""
    need, moves = walk(folder, size)
    pd.to_pickle((need, replace(moves, refused=pd.DataFrame(columns=moves.refused.columns))), folder / "instance.pkl")
    command = [sys.executable, "-m", "benchmarks", "--only", str(folder / "instance.pkl")]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[-1])


def balanced(file: str) -> dict[str, float]:
    """What the process of its own does: the better of two runs, and its memory."""
    need, moves = pd.read_pickle(file)
    seconds = min(timed(lambda: tk.balance(need, moves))[0] for _ in range(2))
    status = Path("/proc/self/status").read_text(encoding="utf-8")  # not getrusage: a child inherits its parent's peak
    memory = int(status.split("VmHWM:")[1].split()[0]) / 2**20
    return {"seconds": seconds, "pairs": len(moves.allowed), "memory": memory}


def row(work: str, seconds: float, ratio: str, must: str) -> tuple[str, str, str, str]:
    """One row of the table."""
    return work, f"{seconds:.2f}", ratio, must


def check(instance: Instance, best: float, chosen: np.ndarray, what: str) -> None:
    """Refuse to print a table in which another allowed plan is better than ours."""
    after, out = instance.after(chosen), np.bincount(instance.source[chosen], minlength=len(instance.need))
    within = (after >= instance.floor - 1e-9) & (after <= instance.ceiling + 1e-9) & (out <= instance.limit)
    if within.all() and instance.objective(chosen) < best - 1e-6:
        raise SystemExit(f"{what} is better than ours: {instance.objective(chosen)} against {best}")


def greedy(instance: Instance, budget: int) -> np.ndarray:
    """Move somebody to the office with the largest gap to its need, from where most staff is above it."""
    chosen: list[int] = []
    gone = np.zeros(len(instance.ids), bool)
    staff = instance.before.copy()
    out = np.zeros(len(instance.need))
    for _ in range(budget):
        fits = (
            ~gone[instance.person]
            & (staff[instance.target] + 1 <= instance.ceiling[instance.target])
            & (out[instance.source] < instance.limit[instance.source])
        )
        fits &= staff[instance.source] - 1 >= instance.floor[instance.source]
        gap = instance.need - staff
        worth = np.where(fits, gap[instance.target] * 1e6 - gap[instance.source], -np.inf)
        pair = int(np.argmax(worth))
        if not fits[pair] or gap[instance.target[pair]] <= 0:
            break
        chosen.append(pair)
        gone[instance.person[pair]] = True
        out[instance.source[pair]] += 1
        staff[instance.target[pair]] += 1
        staff[instance.source[pair]] -= 1
    return np.sort(np.array(chosen, dtype="int64"))


def limit(folder: Path, instance: Instance, budget: int, best: Any, python: str) -> tuple[str, str, str, str]:
    """The row of OR-tools: persons flow from their cell to another or stay, staff flows out by steps."""
    cells = len(instance.need)
    people = len(instance.ids)
    stayers = instance.before - np.bincount(instance.home, minlength=cells)  # staff if all who may move had gone
    low = np.maximum(instance.floor, stayers)
    high = np.minimum(instance.ceiling, instance.before + 1e6)
    step = np.repeat(np.arange(cells), np.rint(high - stayers).astype("int64"))
    staff = stayers[step] + rank_in_runs(step)
    forced = np.where(staff < low[step] - 0.5, -(10**15), 0)  # a floor: these steps pay so much that all are taken
    arcs = {
        "tail": np.r_[instance.person, np.arange(people), people + step],
        "head": np.r_[people + instance.target, people + instance.home, np.full(len(step), people + cells)],
        "cost": np.r_[instance.price, np.zeros(people, dtype="int64"), instance.step(staff, step) + forced] // 1000,
        "move": np.r_[np.ones(len(instance.person), dtype="int64"), np.zeros(people + len(step), dtype="int64")],
        "supply": np.r_[np.ones(people, dtype="int64"), np.zeros(cells, dtype="int64"), -people],
    }
    np.savez(folder / "arcs.npz", **arcs)
    name = f"OR-tools min-cost flow, {'no budget' if budget < 0 else f'{budget} moves'}: the limit"
    script = [python, str(Path(__file__).parent / "flow.py"), str(folder / "arcs.npz"), str(budget)]
    ran = subprocess.run(script, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": ""})
    if ran.returncode:
        return name, "not installed", "", ""
    found = json.loads(ran.stdout)
    if budget < 0 or found["moves"] == budget:
        base = instance.step_cost(stayers).sum()
        value = base + (found["cost"] - forced.sum() // 1000) * instance.unit * 1000
        if abs(value - best.summary.objective) > 1e-2:
            raise SystemExit(f"OR-tools gives {value}, we {best.summary.objective}")
    return row(name, found["seconds"], "", "")


if __name__ == "__main__":
    main()
