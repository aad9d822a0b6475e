"""Random small agencies as Need and Moves, so directed that a plan has something to do; all their plans by force."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from toolkit.intake.data import Data
from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves
from toolkit.need.demand import Demand
from toolkit.need.norms import Norms
from toolkit.need.staffing import Need


@dataclass
class Case:
    """One instance in plain Python: cells as dictionaries, people as (home, {destination: cost})."""

    cells: list[dict]
    people: list[tuple[int, dict[int, float]]]
    policy: Policy

    def tables(self) -> tuple[Need, Moves]:
        need = pd.DataFrame([
            {
                "unit_id": f"U{c}", "job_id": f"J{cell['family']}", "family": f"F{cell['family']}", "hours": np.nan,
                "need_fte": cell["need"], "staff": cell["staff"], "others": cell["others"],
                "evidence": "B" if cell["known"] else "D", "min_staff": cell["min"], "max_staff": cell["max"],
                "doubt": "", "confirmed_by": "",
            }
            for c, cell in enumerate(self.cells)
        ])  # fmt: skip
        ids = [f"p{i:02d}" for i in range(len(self.people))]
        family = [f"F{self.cells[home]['family']}" for home, _ in self.people]
        rows = [
            {"employee_id": ids[i], "family": family[i], "from_unit": f"U{home}", "to_unit": f"U{to}", "cost": cost}
            for i, (home, to_cost) in enumerate(self.people)
            for to, cost in sorted(to_cost.items())
        ]
        allowed = pd.DataFrame(rows, columns=["employee_id", "family", "from_unit", "to_unit", "cost"])
        allowed = allowed.assign(km=np.nan, km_extra=np.nan, fit=np.nan, notes="").astype({"cost": float})
        people = pd.DataFrame(
            {"employee_id": ids, "in_post_since": pd.Series(pd.NaT, range(len(ids)), dtype="datetime64[s]")}
        )
        employees = pd.DataFrame(
            {"employee_id": ids, "job_id": [name.replace("F", "J") for name in family]}, dtype="str"
        )
        jobs = pd.DataFrame({"job_id": sorted(set(need.job_id)), "name": "Clerk", "category": "general", "level": None})
        jobs = jobs.astype("str")
        data = Data(Path(), self.policy, {"employees": employees, "jobs": jobs}, frozenset(), {})
        nothing = pd.DataFrame()
        norms, demand = (
            Norms(nothing, nothing, np.zeros((0, 0)), data),
            Demand(nothing, nothing, 1, np.zeros(0), 0.0, data),
        )
        need = Need(need, norms, demand, data, np.zeros((0, len(need))))
        return need, Moves(allowed, nothing, nothing, people, (), need)


def small_case(seed: int) -> Case:
    """A random instance: one or two families, chains, part-timers, empty and unknown cells, floors and ceilings."""
    rng = np.random.default_rng(seed)
    policy = Policy(
        outflow_share=float(rng.choice([0.25, 0.5, 1.0])), allow_short_donors=bool(rng.random() < 0.3),
        allow_beyond_need=bool(rng.random() < 0.3), empty_cell_charge=float(rng.choice([1.5, 2.5, 4.0])),
    )  # fmt: skip
    cells, people = [], []
    for family in range(1 if rng.random() < 0.6 else 2):
        for place in range(int(rng.integers(3, 5))):
            whole = int(rng.choice([0, 1, 2, 3, 4], p=[0.1, 0.15, 0.25, 0.25, 0.25]))
            others = float(rng.choice([0.0, 0.5, 0.3], p=[0.7, 0.15, 0.15]))
            need = float(np.round(whole * rng.lognormal(-0.2, 0.8) + (rng.random() < 0.4) * rng.uniform(0, 5), 3))
            low = float(rng.integers(0, 3)) if rng.random() < 0.2 else 0.0
            high = float(rng.integers(1, 6)) + low if rng.random() < 0.2 else np.nan
            known = rng.random() > 0.12
            staff, need = float(whole), max(need, low)
            cells.append(
                {
                    "family": family,
                    "need": need if known else np.nan,
                    "staff": staff,
                    "others": others,
                    "min": low,
                    "max": high,
                    "known": known,
                    "place": place,
                }
            )
    for home, cell in enumerate(cells):
        goals = [
            to for to, other in enumerate(cells) if to != home and other["family"] == cell["family"] and other["known"]
        ]
        for _ in range(min(int(cell["staff"]), 3) if cell["known"] else 0):
            if len(people) == 7 or not goals or rng.random() < 0.15:
                continue
            some = [to for to in goals if rng.random() < 0.75]
            people.append(
                (home, {to: float(np.round(rng.choice([0.05, 0.05, rng.uniform(0.005, 0.6)]), 6)) for to in some})
            )
    return Case(cells, people, policy)


def middle_case(seed: int) -> Case:
    """About sixty people and twenty cells in two families: too many plans to list, limits and chains as in small ones."""
    rng = np.random.default_rng(seed)
    policy = Policy(
        outflow_share=float(rng.choice([0.25, 0.5, 1.0])), allow_short_donors=bool(rng.random() < 0.3),
        allow_beyond_need=bool(rng.random() < 0.3),
    )  # fmt: skip
    cells, people = [], []
    for family in range(2):
        for _ in range(10):
            staff, low = float(rng.integers(0, 9)), float(rng.integers(0, 4)) if rng.random() < 0.2 else 0.0
            cells.append({
                "family": family, "need": max(float(np.round(staff * rng.lognormal(-0.1, 0.7) + rng.random(), 3)), low), "staff": staff,
                "others": float(rng.choice([0.0, 0.5], p=[0.8, 0.2])), "min": low,
                "max": low + float(rng.integers(2, 9)) if rng.random() < 0.2 else np.nan, "known": rng.random() > 0.08,
            })  # fmt: skip
            if not cells[-1]["known"]:
                cells[-1]["need"] = np.nan
    for home, cell in enumerate(cells):
        kin = [c for c, other in enumerate(cells) if other["family"] == cell["family"] and other["known"] and c != home]
        for _ in range(int(cell["staff"]) if cell["known"] else 0):
            to = [c for c in kin if rng.random() < 0.5]
            if rng.random() < 0.8 and to:
                people.append((home, {c: float(np.round(rng.choice([0.05, rng.uniform(0.005, 0.6)]), 6)) for c in to}))
    return Case(cells, people, policy)


def smallest_fractional_case() -> Case:
    """Two moves that pay only together: staff 4, 2, 1, need 1, 2, 4, the middle office at its floor."""
    cells = [
        {"family": 0, "need": need, "staff": staff, "others": 0.0, "min": 0.0, "max": np.nan, "known": True}
        for need, staff in ((1.0, 4.0), (2.0, 2.0), (4.0, 1.0))
    ]
    return Case(cells, [(0, {1: 0.05}), (1, {2: 0.05})], Policy(allow_beyond_need=True))


def limits(case: Case) -> list[tuple[float, float, int]]:
    """Floor, ceiling and outflow limit of each cell, by searching the staff that can be reached."""
    out = []
    for cell in case.cells:
        s = round(cell["staff"] + cell["others"], 9)
        if not cell["known"]:
            out.append((s, s, 0))
            continue
        kin = [c for c in case.cells if c["family"] == cell["family"] and c["known"]]
        load = 1.0
        if case.policy.allow_short_donors:
            total = sum(c["staff"] + c["others"] for c in kin)
            load = max(1.0, sum(c["need"] for c in kin) / total) if total else 1.0
        reach = [round(s + k, 9) for k in range(-60, 400)]
        floor = min(s, min(r for r in reach if r >= round(max(cell["min"], cell["need"] / load), 9)))
        tops = [] if case.policy.allow_beyond_need else [min(r for r in reach if r >= round(cell["need"], 9))]
        tops += [] if np.isnan(cell["max"]) else [max(r for r in reach if r <= cell["max"])]
        ceiling = max(s, min(tops)) if tops else np.inf
        out.append((floor, ceiling, max(1, int(round(case.policy.outflow_share * s, 9)))))
    return out


def weights(case: Case, known: np.ndarray, need: np.ndarray, before: np.ndarray) -> np.ndarray:
    """1, or with the relative scale 1 / the squared mean load of the cell's family."""
    out = np.ones(len(need))
    for c, cell in enumerate(case.cells) if case.policy.scale == "relative" else ():
        kin = [k for k, other in enumerate(case.cells) if other["family"] == cell["family"] and known[k]]
        people = sum(max(before[k], 1 / case.policy.empty_cell_charge) for k in kin)
        load = sum(need[k] for k in kin) / people if kin else 0.0
        out[c] = 1 / load**2 if load > 0 else 1.0
    return out


def steps(case: Case, need: np.ndarray, weight: np.ndarray, staff: np.ndarray) -> np.ndarray:
    """What each cell adds to the objective."""
    if case.policy.criterion == "shortage":
        return weight * np.maximum(0, need - staff) ** 2
    return weight * need**2 / np.maximum(staff, 1 / case.policy.empty_cell_charge)


def all_plans(case: Case) -> dict[int, float]:
    """Return the least objective for each number of moves, over every plan there is."""
    bounds = limits(case)
    known = np.array([c["known"] for c in case.cells])
    need = np.array([c["need"] if c["known"] else 0.0 for c in case.cells])
    before = np.array([c["staff"] + c["others"] for c in case.cells])
    weight = weights(case, known, need, before)
    best: dict[int, float] = {}
    for plan in itertools.product(*[[None, *destinations] for _, destinations in case.people]):
        staff, out, price, moves = before.copy(), np.zeros(len(before)), 0.0, 0
        for (home, destinations), to in zip(case.people, plan, strict=True):
            if to is not None:
                staff[home] -= 1
                staff[to] += 1
                out[home] += 1
                price += destinations[to]
                moves += 1
        allowed = all(
            low - 1e-7 <= k <= high + 1e-7 and left <= most
            for k, left, (low, high, most) in zip(staff, out, bounds, strict=True)
        )
        if allowed:
            value = price + float(steps(case, need, weight, staff)[known].sum())
            best[moves] = min(best.get(moves, np.inf), value)
    return best
