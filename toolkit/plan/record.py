"""The plan as it is read, written and compared: transfers, cells, summary, certificate, inputs."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from toolkit.errors import MutasiError
from toolkit.intake.converting import significant
from toolkit.intake.policy import Policy, from_mapping
from toolkit.intake.tables import Data
from toolkit.plan.cells import Array, Index, Instance
from toolkit.plan.certificate import gap_of

VERSION = 1
TRANSFERS = ["employee_id", "job_id", "to_job", "family", "from_unit", "to_unit", "km", "fit", "cost", "notes", "stability"]
CELLS = [
    "family", "unit_id", "need_fte", "staff_before", "staff_after", "load_before", "load_after", "price", "floor", "ceiling",
    "outflow_limit",
]  # fmt: skip
SUMMARY = [
    "status", "objective", "bound", "gap", "transfers", "max_moves", "variance_before", "variance_after", "empty_cell_charge",
    "budget_price", "budget_price_high",
]  # fmt: skip
TEXTS = {"employee_id", "job_id", "to_job", "family", "from_unit", "to_unit", "notes", "unit_id", "status", "stability"}
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

    def _repr_html_(self) -> str:
        return self.transfers.to_html(index=False)


def describe(
    at: Instance, chosen: Index, price: Array, budget_price: tuple[float, float | None], status: str, bound: float, data: Data,
    staffing: pd.DataFrame, policy: Policy,
) -> Plan:  # fmt: skip
    """Put a choice of pairs, and the prices that prove it, into the tables of a plan."""
    cells = _cells(at, chosen, price)
    objective = at.objective(chosen)
    summary = pd.Series({
        "status": status, "objective": objective, "bound": bound, "gap": gap_of(objective, bound), "transfers": len(chosen),
        "max_moves": policy.max_moves, "variance_before": at.variance(at.before), "variance_after": at.variance(at.after(chosen)),
        "empty_cell_charge": at.charge, "budget_price": budget_price[0], "budget_price_high": budget_price[1],
    }, dtype=object)  # fmt: skip
    prices: dict[str, dict[str, float]] = {}
    for family, unit, value in zip(cells.family, cells.unit_id, price.tolist(), strict=True):
        prices.setdefault(family, {})[unit] = value
    certificate = Certificate(budget_price[0], bound, prices)
    transfers = _transfers(at, chosen, data, staffing)
    return Plan(transfers, cells, summary, certificate, policy, data.folder, data.files)


def _cells(at: Instance, chosen: Index, price: Array) -> pd.DataFrame:
    out, after = at.cells[["family", "unit_id", "need_fte", "staff_before"]].copy(), at.after(chosen).round(9)
    out["staff_after"] = after
    out["load_before"] = out.need_fte / out.staff_before.where(out.staff_before > 0)
    out["load_after"] = out.need_fte / out.staff_after.where(out.staff_after > 0)
    out["price"], out["floor"] = price, at.cells.floor
    out["ceiling"] = at.cells.ceiling.where(np.isfinite(at.cells.ceiling))
    out["outflow_limit"] = at.limit
    return out[CELLS]


def _transfers(at: Instance, chosen: Index, data: Data, staffing: pd.DataFrame) -> pd.DataFrame:
    out = at.pairs.iloc[chosen].astype({name: "str" for name in ("employee_id", "family", "from_unit", "to_unit", "notes")})
    out["job_id"] = out.employee_id.map(data.employees.set_index("employee_id").job_id)
    short = staffing.assign(short=(staffing.need_fte.fillna(0) - staffing.staff - staffing.others).round(9))
    ranked = short.sort_values(["short", "job_id"], ascending=[False, True])
    largest = ranked.drop_duplicates(["family", "unit_id"]).set_index(["family", "unit_id"]).job_id
    there = pd.MultiIndex.from_frame(staffing[["unit_id", "job_id"]])
    same = pd.MultiIndex.from_frame(out[["to_unit", "job_id"]]).isin(there)
    other = largest.reindex(pd.MultiIndex.from_frame(out[["family", "to_unit"]])).to_numpy()
    out["to_job"] = pd.Series(other, out.index).where(~same, out.job_id)
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
        "certificate": {
            "budget_price": plan.certificate.budget_price, "bound": plan.certificate.bound, "prices": plan.certificate.prices,
        },
    }  # fmt: skip
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


def read_plan(folder: str | Path, data: str | Path | None = None) -> Plan:
    """Read the plan of a dossier.

    Args:
        folder: the dossier, with plan.json.
        data: where the input tables stand now, if not where plan.json says.

    Raises:
        MutasiError: plan.json is missing, or is not a plan.
    """
    folder = Path(folder)
    file = folder / "plan.json"
    try:
        body = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once, parse_constant=_refused)
        return _parsed(body, folder, data)
    except FileNotFoundError:
        raise MutasiError(f"{file} is missing; name the folder that `mutasi recommend` wrote") from None
    except RecursionError:
        raise MutasiError(f"{file} is not a plan: it is nested too deeply; make the dossier again") from None
    except (UnicodeDecodeError, json.JSONDecodeError, KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        reason = str(error) or type(error).__name__
        raise MutasiError(f"{file} is not a plan: {reason}; make the dossier again") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise ValueError("a key stands twice")
    return dict(pairs)


def _refused(name: str) -> Any:
    raise ValueError(f"{name} is no number")


def _parsed(body: Any, folder: Path, data: str | Path | None) -> Plan:
    expect = {"version", "summary", "transfers", "cells", "policy", "inputs", "certificate"}
    _keys("plan", body, expect)
    if body["version"] != VERSION or isinstance(body["version"], bool):
        raise ValueError(f"version {body['version']!r} is unknown, this toolkit reads version {VERSION}")
    _keys("summary", body["summary"], set(SUMMARY))
    _keys("inputs", body["inputs"], {"folder", "files"})
    _keys("certificate", body["certificate"], {"budget_price", "bound", "prices"})
    summary = pd.Series({name: _value(name, body["summary"][name]) for name in SUMMARY}, dtype=object)
    proof = body["certificate"]
    prices = {str(f): {str(u): _number("price", p) for u, p in units.items()} for f, units in proof["prices"].items()}
    certificate = Certificate(_number("budget_price", proof["budget_price"]), _number("bound", proof["bound"]), prices)
    files = {str(name): str(digest) for name, digest in body["inputs"]["files"].items()}
    given = Path(data) if data is not None else folder / _text("folder", body["inputs"]["folder"])
    policy = from_mapping(body["policy"], "plan.json")
    _keys("policy", body["policy"], set(policy.plain()))
    return Plan(
        _records("transfers", body["transfers"], TRANSFERS), _records("cells", body["cells"], CELLS), summary, certificate,
        policy, given, files, folder,
    )  # fmt: skip


def _keys(where: str, found: Any, expected: set[str]) -> None:
    if not isinstance(found, dict) or set(found) != expected:
        raise ValueError(f"the keys of {where} are not {', '.join(sorted(expected))}")


def _records(where: str, rows: Any, columns: list[str]) -> pd.DataFrame:
    if not isinstance(rows, list):
        raise ValueError(f"{where} is not a list")
    for row in rows:
        _keys(f"a row of {where}", row, set(columns))
    types = {name: "str" if name in TEXTS else "float64" for name in columns}
    return pd.DataFrame([{name: _value(name, row[name]) for name in columns} for row in rows], columns=columns).astype(types)


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    return _text(name, value) if name in TEXTS else _number(name, value)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError(f"{name} {value!r} is not a text")
    return value


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise ValueError(f"{name} {value!r} is not a number")
    return float(value)
