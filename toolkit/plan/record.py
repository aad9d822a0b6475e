"""The plan as it is written and compared: transfers, cells, summary, certificate, inputs."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from toolkit.intake.converting import significant
from toolkit.intake.policy import Policy
from toolkit.moves.fit import new_job
from toolkit.need.staffing import Need
from toolkit.plan.cells import Array, Index, Instance
from toolkit.plan.certificate import Proof, gap_of

VERSION = 1
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
COUNTS = {"transfers", "max_moves"}
PRICES = ["family", "unit_id", "price"]


@dataclass(frozen=True)
class Certificate:
    """Prices that prove the bound: one for the budget, one for each cell (family -> unit -> price)."""

    budget_price: float
    bound: float
    prices: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Plan:
    """A recommendation, never a decision: who would move where, and the proof that no allowed plan is better.

    ``transfers``, ``cells``: frames; ``summary``: status, objective, bound, gap, ... (a Series); ``certificate``;
    ``policy``: every key of the run; ``folder``, ``files``: the input and the SHA-256 of each file.
    """

    transfers: pd.DataFrame
    cells: pd.DataFrame
    summary: pd.Series
    certificate: Certificate
    policy: Policy
    folder: Path
    files: Mapping[str, str]
    dossier: Path | None = None

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

    def _repr_html_(self) -> str:
        return self.transfers.to_html(index=False)


def describe(at: Instance, chosen: Index, proof: Proof, need: Need, policy: Policy, status: str = "optimal") -> Plan:
    """Put a choice of pairs, and the prices that prove it, into the tables of a plan."""
    objective, (low, high), (within, between) = at.objective(chosen), proof.ends, at.spread(at.after(chosen))
    summary = {
        "status": status,
        "objective": objective,
        "bound": proof.bound,
        "gap": gap_of(objective, proof.bound),
        "transfers": len(chosen),
        "max_moves": policy.max_moves,
        "variance_before": at.variance(at.before),
        "variance_after": at.variance(at.after(chosen)),
        "variance_within": within,
        "variance_between": between,
        "empty_cell_charge": at.charge,
        "budget_price": low,
        "budget_price_high": high,
    }
    prices: dict[str, dict[str, float]] = {}
    for family, unit, value in zip(at.cells.family, at.cells.unit_id, proof.price.tolist(), strict=True):
        prices.setdefault(family, {})[unit] = value
    return Plan(
        transfers=_transfers(at, chosen, need),
        cells=_cells(at, chosen, proof.price),
        summary=pd.Series(summary, dtype=object),
        certificate=Certificate(low, proof.bound, prices),
        policy=policy,
        folder=need.data.folder,
        files=need.data.files,
    )


def _cells(at: Instance, chosen: Index, price: Array) -> pd.DataFrame:
    out, after = at.cells[["family", "unit_id", "need_fte", "staff_before"]].copy(), at.after(chosen).round(9)
    out["staff_after"] = after
    out["load_before"] = out.need_fte / out.staff_before.where(out.staff_before > 0)
    out["load_after"] = out.need_fte / out.staff_after.where(out.staff_after > 0)
    out["price"], out["floor"] = price, at.cells.floor
    out["ceiling"] = at.cells.ceiling.where(np.isfinite(at.cells.ceiling))
    out["outflow_limit"] = at.limit
    return out[CELLS]


def _transfers(at: Instance, chosen: Index, need: Need) -> pd.DataFrame:
    out = at.pairs.iloc[chosen].copy()
    for name in TEXTS & set(out.columns):
        out[name] = out[name].astype("str")
    out["job_id"] = out.employee_id.map(need.data.employees.set_index("employee_id").job_id)
    out["to_job"] = new_job(out, need.table)
    out["stability"] = None
    return out[TRANSFERS].sort_values("employee_id", ignore_index=True)


def to_json(plan: Plan, dossier: Path) -> str:
    """Write a plan as the text of plan.json, its input folder named from the dossier."""
    body = {
        "version": VERSION,
        "summary": _plain(plan.summary.to_dict()),
        "transfers": [_plain(row) for row in plan.transfers.to_dict("records")],
        "cells": [_plain(row) for row in plan.cells.to_dict("records")],
        "policy": plan.policy.plain(),
        "inputs": {"folder": _relative(plan.folder, dossier), "files": dict(plan.files)},
        "certificate": asdict(plan.certificate),
    }
    return json.dumps(body, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_csv(plan: Plan) -> str:
    """Write the prices as the text of prices.csv, with 17 digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(PRICES)
    for family, units in plan.certificate.prices.items():
        writer.writerows((family, unit, f"{price:.17g}") for unit, price in units.items())
    return out.getvalue()


def _relative(folder: Path, dossier: Path) -> str:
    try:
        return Path(os.path.relpath(folder.resolve(), dossier.resolve())).as_posix()
    except ValueError:  # another drive
        return folder.resolve().as_posix()


FULL_DIGITS = {"price", "objective", "bound", "budget_price", "budget_price_high"}


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Make a record JSON can hold: missing as null, prices and proof in full, other numbers with nine digits."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or (not isinstance(value, str) and value != value):
            out[name] = None
        elif isinstance(value, str):
            out[name] = value
        elif isinstance(value, int | np.integer):
            out[name] = int(value)
        else:
            out[name] = float(value) if name in FULL_DIGITS else float(significant(value))
    return out
