"""plan.json and prices.csv: a plan written to files and read back; a file of another form is refused as a whole."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from toolkit.common.rounding import significant
from toolkit.errors import ArgumentError, MutasiError
from toolkit.intake.policy import from_mapping
from toolkit.plan.plan import CELLS, COUNTS, PRICES, SUMMARY, TEXTS, TRANSFERS, Certificate, Plan, as_typed
from toolkit.words import Phrase, phrase

VERSION = 1
FULL_DIGITS = {"price", "objective", "bound", "budget_price", "budget_price_high"}


class _UnfitError(ValueError):
    """A JSON value that is no plan; ``why`` says what does not fit."""

    def __init__(self, why: str, **facts: object):
        self.why = phrase(f"plan_file.{why}", **facts)
        super().__init__(str(self.why))


def to_json(plan: Plan, dossier: Path) -> str:
    """Return the text of plan.json, with the input folder named from the dossier."""
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
    """Return the text of prices.csv; 17 digits bring back the same doubles."""
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


def _plain(row: Mapping[Any, Any]) -> dict[str, Any]:
    """Return a record that JSON can hold: missing as null, prices and proof in full, other numbers with nine digits."""
    out: dict[str, Any] = {}
    for name, value in row.items():
        if value is None or (not isinstance(value, str) and value != value):  # NaN differs from itself
            out[name] = None
        elif isinstance(value, str):
            out[name] = value
        elif isinstance(value, int | np.integer):
            out[name] = int(value)
        else:
            out[name] = float(value) if name in FULL_DIGITS else float(significant(value))
    return out


def read_plan(folder: str | Path, data: str | Path | None = None) -> Plan:
    """Read the plan of a dossier; its tables have the columns and types of a plan that ``tk.balance`` returned.

    Args:
        folder: the dossier, with plan.json.
        data: where the input tables are now, if not where plan.json says.

    Raises:
        ArgumentError: ``folder`` or ``data`` is not the name of a folder.
        MutasiError: plan.json is missing, or is not a plan.
    """
    folder = as_path("read_plan", "folder", folder)
    data = None if data is None else as_path("read_plan", "data", data)
    file = folder / "plan.json"
    try:
        body = json.loads(file.read_text(encoding="utf-8"), object_pairs_hook=_once, parse_constant=_refused)
        json.dumps(body, ensure_ascii=False).encode()  # half a character can be read but not printed
        return _parsed(body, folder, data)
    except FileNotFoundError:
        raise MutasiError("no_plan", file=file) from None
    except RecursionError:
        raise MutasiError("not_a_plan", file=file, reason=phrase("plan_file.nested")) from None
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:  # undecodable: a ValueError
        raise MutasiError("not_a_plan", file=file, reason=_reason(error)) from None


def _reason(error: Exception) -> Phrase:
    """Say what keeps a file from being a plan."""
    if isinstance(error, _UnfitError):
        return error.why
    if isinstance(error, json.JSONDecodeError):
        return phrase("plan_file.not_json_at", line=str(error.lineno), column=str(error.colno))
    return phrase("plan_file.not_text" if isinstance(error, UnicodeError) else "plan_file.shape")


def as_path(function: str, name: str, folder: Any) -> Path:
    """Return an argument as a path.

    Raises:
        ArgumentError: it is not the name of a folder.

    >>> as_path("read_plan", "folder", 7)
    Traceback (most recent call last):
    toolkit.errors.ArgumentError: read_plan: folder is of type int; name a folder
    """
    if not isinstance(folder, str | os.PathLike):
        raise ArgumentError("folder_kind", function=function, name=name, kind=type(folder).__name__)
    if not str(folder):
        raise ArgumentError("folder_empty", function=function, name=name)
    return Path(folder)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    if len(set(names)) != len(names):
        raise _UnfitError("twice")
    return dict(pairs)


def _refused(name: str) -> Any:
    raise _UnfitError("not_number", name=name, value="")


def _parsed(body: Any, folder: Path, data: Path | None) -> Plan:
    """Return the plan of a JSON value; raise an error of any usual kind where it is not one."""
    expected = {"version", "summary", "transfers", "cells", "policy", "inputs", "certificate"}
    _check_keys("plan", body, expected)
    if body["version"] != VERSION or isinstance(body["version"], bool):  # True == 1
        raise _UnfitError("version", version=repr(body["version"])[:60], known=str(VERSION))
    _check_keys("summary", body["summary"], set(SUMMARY))
    _check_keys("inputs", body["inputs"], {"folder", "files"})
    policy = from_mapping(body["policy"], "plan")
    _check_keys("policy", body["policy"], set(policy.plain()))
    return Plan(
        transfers=_table("transfers", body["transfers"], TRANSFERS),
        cells=_table("cells", body["cells"], CELLS),
        summary=pd.Series({name: _value(name, body["summary"][name]) for name in SUMMARY}, dtype=object),
        certificate=_certificate(body["certificate"]),
        policy=policy,
        folder=data if data is not None else folder / _text("folder", body["inputs"]["folder"]),
        files={str(name): str(digest) for name, digest in body["inputs"]["files"].items()},
    )


def _certificate(proof: Any) -> Certificate:
    _check_keys("certificate", proof, {"budget_price", "bound", "prices"})
    prices = {
        str(family): {str(unit): _number("price", price) for unit, price in units.items()}
        for family, units in proof["prices"].items()
    }
    return Certificate(_number("budget_price", proof["budget_price"]), _number("bound", proof["bound"]), prices)


def _check_keys(where: str | Phrase, found: Any, expected: set[str]) -> None:
    if not isinstance(found, dict) or set(found) != expected:
        raise _UnfitError("keys", where=where, known=", ".join(sorted(expected)))


def _table(where: str, rows: Any, columns: list[str]) -> pd.DataFrame:
    """Return a list of records as a table of the plan."""
    if not isinstance(rows, list):
        raise _UnfitError("not_list", where=where)
    for row in rows:
        _check_keys(phrase("plan_file.row_of", where=where), row, set(columns))
    records = [{name: _value(name, row[name]) for name in columns} for row in rows]
    return as_typed(pd.DataFrame(records, columns=columns), columns)


def _value(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in TEXTS:
        return _text(name, value)
    number = _number(name, value)
    if name not in COUNTS:
        return number
    if number != int(number):
        raise _UnfitError("not_whole", name=name, value=repr(value))
    return int(number)


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _UnfitError("not_a_text", name=name, value=repr(value))
    return value


def _number(name: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e300:
        raise _UnfitError("not_number", name=name, value=f" {value!r}")
    return float(value)
