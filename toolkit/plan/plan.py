"""The plan (``Plan``): transfers, cells, summary, certificate and inputs, as it is written and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from toolkit.common.results import Result
from toolkit.common.types import Array, Index
from toolkit.errors import VerificationError
from toolkit.intake.loading import load
from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves
from toolkit.moves.fit import job_places, new_job
from toolkit.moves.notes import with_need_notes
from toolkit.need.staffing import Need
from toolkit.pipeline import moves_from
from toolkit.plan.certificate import Proof, gap_of
from toolkit.plan.inputs import compare_inputs
from toolkit.plan.instance import Instance

TRANSFERS = [
    "employee_id", "job_id", "to_job", "family", "from_unit", "to_unit", "km", "fit", "cost", "notes", "stability",
]  # fmt: skip
CELLS = [
    "family", "unit_id", "need_fte", "staff_before", "staff_after", "load_before", "load_after", "price", "floor",
    "ceiling", "outflow_limit",
]  # fmt: skip
SUMMARY = [
    "status", "objective", "bound", "gap", "transfers", "max_moves", "variance_before", "variance_after",
    "variance_within", "variance_between", "empty_cell_charge", "budget_price", "budget_price_high",
]  # fmt: skip
TEXTS = {"employee_id", "job_id", "to_job", "family", "from_unit", "to_unit", "notes", "unit_id", "status", "stability"}
COUNTS = {"transfers", "max_moves", "outflow_limit"}  # whole numbers
PRICES = ["family", "unit_id", "price"]


def as_typed(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return the columns of a plan's table in order and with their types, the same with any rows and with none."""
    types = {name: "str" if name in TEXTS else "int64" if name in COUNTS else "float64" for name in columns}
    return table[columns].astype(types)


@dataclass(frozen=True)
class Certificate:
    """Prices that prove the bound: one for the budget, one for each cell (family -> unit -> price)."""

    budget_price: float
    bound: float
    prices: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, eq=False, repr=False)
class Plan(Result):
    """A recommendation, never a decision: who would move where, and the proof that no allowed plan is better.

    ``transfers``, ``cells``: frames; ``summary``: status, objective, bound, gap, ... (a Series); ``certificate``;
    ``policy``: every key of the run; ``folder``, ``files``: the input and the SHA-256 of each file; ``moves``: what it
    was chosen from, with ``moves.need``, ``moves.need.norms`` and so on.
    """

    transfers: pd.DataFrame
    cells: pd.DataFrame
    summary: pd.Series
    certificate: Certificate
    policy: Policy
    folder: Path
    files: Mapping[str, str]
    chosen_from: Moves | None = None

    _main = "transfers"
    _not_compared = ("chosen_from",)

    @cached_property
    def moves(self) -> Moves:
        """The moves the plan was chosen from; of a plan that was read, computed from its files when first asked for.

        Raises:
            VerificationError: an input file is missing, or is not the one the plan was made from.
        """
        if self.chosen_from is not None:
            return self.chosen_from
        source, changes = compare_inputs(self.folder, self.files)
        if source is None or changes:
            raise VerificationError([("inputs", *change) for change in changes])
        return moves_from(load(source.folder / source.workbook, **self.policy.plain()))

    @property
    def families(self) -> pd.DataFrame:
        """The split of the moves: family, need_fte, staff (before), load, transfers, load_spread_before and _after.

        Over offices of known need; the spread is the variance of workload over the family's staff. A transfer stays in
        its family, so a family twice as loaded weighs four times as much unless ``scale`` is relative.
        """
        known = self.cells[self.cells.need_fte.notna()].rename(columns={"staff_before": "staff"})
        out = known.groupby("family")[["need_fte", "staff"]].sum()
        out["load"] = out.need_fte / out.staff.where(out.staff > 0)
        out["transfers"] = self.transfers.groupby("family").size().reindex(out.index, fill_value=0)
        for name, staff in (("load_spread_before", known.staff), ("load_spread_after", known.staff_after)):
            people = staff.clip(lower=1 / float(self.summary.empty_cell_charge))
            total = people.groupby(known.family).sum()
            squares = (known.need_fte**2 / people).groupby(known.family).sum()
            out[name] = squares / total - (out.need_fte / total) ** 2
        return out.reset_index()

    @cached_property
    def shortage(self) -> pd.DataFrame:
        """What stays short after the plan, by cause: cause, posts, alone; empty where nothing is short.

        ``posts``: full-time posts, which add up to the sum of max(0, need - staff after) over offices of known need;
        each is what setting aside its limit saves, together with those before it in this order: cost (of a transfer,
        against what it brings), budget (max_moves), outflow_limit, doubt (offices held because their need is in
        doubt), choice (rules of choice and preference, max_staff), law. What is left is no_surplus: no office of the
        job family has anybody to spare. ``alone``: what setting aside only that limit would save. Law is set aside in
        this calculation only. A plan whose search was stopped early has the cause stopped in place of all limits.

        Computed when first asked for, from ``moves``.

        >>> import toolkit as tk
        >>> data = tk.load("data/hand")
        >>> need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
        >>> tk.balance(need, tk.allowed_moves(data, need), max_moves=1).shortage.round(2).values.tolist()
        [['budget', 1.0, 1.0], ['no_surplus', 0.2, nan]]
        """
        from toolkit.plan.shortage import shortage_by_cause

        short = float(self.still_short.short.sum())
        return shortage_by_cause(short, self.moves, self.policy, proven=self.summary.status == "optimal")

    @property
    def still_short(self) -> pd.DataFrame:
        """The offices that stay short after the plan: family, unit_id, need_fte, staff_after, short (in posts).

        The shortest first; offices of unknown need are not there, because unknown is not zero.
        """
        short = (self.cells.need_fte - self.cells.staff_after).round(9)
        out = self.cells[["family", "unit_id", "need_fte", "staff_after"]].assign(short=short)[short > 0]
        return out.sort_values(["short", "family", "unit_id"], ascending=[False, True, True], ignore_index=True)


def describe(
    instance: Instance, chosen: Index, proof: Proof, moves: Moves, policy: Policy, status: str = "optimal"
) -> Plan:
    """Return the plan of a choice of pairs and the prices that prove it."""
    objective = instance.objective(chosen)
    low, high = proof.ends
    after = instance.after(chosen)
    within, between = instance.variance_parts(after)
    data = moves.need.data
    summary = {
        "status": status,
        "objective": objective,
        "bound": proof.bound,
        "gap": gap_of(objective, proof.bound),
        "transfers": len(chosen),
        "max_moves": policy.max_moves,
        "variance_before": instance.variance(instance.before),
        "variance_after": instance.variance(after),
        "variance_within": within,
        "variance_between": between,
        "empty_cell_charge": instance.charge,
        "budget_price": low,
        "budget_price_high": high,
    }
    prices: dict[str, dict[str, float]] = {}
    for family, unit, value in zip(instance.cells.family, instance.cells.unit_id, proof.price.tolist(), strict=True):
        prices.setdefault(family, {})[unit] = value
    return Plan(
        transfers=_transfers(instance, chosen, moves.need),
        cells=_cells(instance, chosen, proof.price),
        summary=pd.Series(summary, dtype=object),
        certificate=Certificate(low, proof.bound, prices),
        policy=policy,
        folder=data.folder,
        files=data.files,
        chosen_from=moves,
    )


def _cells(instance: Instance, chosen: Index, price: Array) -> pd.DataFrame:
    """Return the table of cells; loads are empty where there is no staff, an open ceiling is empty."""
    out = instance.cells[["family", "unit_id", "need_fte", "staff_before"]].copy()
    out["staff_after"] = instance.after(chosen).round(9)
    out["load_before"] = out.need_fte / out.staff_before.where(out.staff_before > 0)
    out["load_after"] = out.need_fte / out.staff_after.where(out.staff_after > 0)
    out["price"] = price
    out["floor"] = instance.cells.floor
    out["ceiling"] = instance.cells.ceiling.where(np.isfinite(instance.cells.ceiling))
    out["outflow_limit"] = instance.limit
    return as_typed(out, CELLS)


def _transfers(instance: Instance, chosen: Index, need: Need) -> pd.DataFrame:
    """Return the table of transfers by employee; stability is empty until ``tk.stability`` was asked."""
    out = instance.pairs.iloc[chosen].copy()
    for name in TEXTS & set(out.columns):
        out[name] = out[name].astype("str")  # of categories: a plan's few rows need no codes
    out["job_id"] = out.employee_id.map(need.data.employees.set_index("employee_id").job_id)
    out["to_job"] = new_job(out, need.table, job_places(need.data))
    out["notes"] = with_need_notes(out, need)
    out["stability"] = None
    return as_typed(out, TRANSFERS).sort_values("employee_id", ignore_index=True)
