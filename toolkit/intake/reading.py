"""A folder of CSV files -> frames of text, each cell stripped, each row with its place in the file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from pathlib import Path

import pandas as pd

from toolkit.intake.faults import Faults
from toolkit.intake.tables import Table, layout

csv.field_size_limit(1_000_000)


def fingerprint(file: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def read_folder(folder: Path, faults: Faults) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Give the text frame of each table found, and notes on what was left unread or renamed."""
    frames: dict[str, pd.DataFrame] = {}
    notes: list[str] = []
    for name, table in layout().items():
        file = folder / f"{name}.csv"
        if file.is_file():
            frames[name] = _read_table(file, table, faults, notes)
        elif table.required:
            faults.add(name, "", "table_missing", file=file.name)
    notes += [
        f"{file.name} is not a table of this toolkit and was not read"
        for file in sorted(folder.glob("*.csv"))
        if file.stem not in layout()
    ]
    return frames, notes


def _read_table(file: Path, table: Table, faults: Faults, notes: list[str]) -> pd.DataFrame:
    raw = file.read_bytes()
    empty = pd.DataFrame({name: pd.Series(dtype=object) for name in table.columns})
    if not raw.strip():
        faults.add(table.name, "", "file_empty", file=file.name)
        return empty
    try:
        if b"\0" in raw:
            raise ValueError
        text = raw.decode("utf-8-sig")
        records = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (ValueError, csv.Error):
        faults.add(table.name, "", "file_binary", file=file.name)
        return empty
    header = _header(records[0], table, faults, notes)
    body = {
        at: [cell.strip() for cell in record] for at, record in enumerate(records[1:]) if any(map(str.strip, record))
    }
    ragged = [at for at, record in body.items() if len(record) != len(header)]
    faults.add(table.name, "", "row_ragged", [(at, f"{len(body[at])} cells") for at in ragged], width=len(header))
    kept = [at for at in body if len(body[at]) == len(header)]
    if not body:
        faults.add(table.name, "", "table_empty", file=file.name)
    frame = pd.DataFrame([body[at] for at in kept], index=kept, columns=header, dtype=object)
    return frame[[name for name in header if name in table.columns]]


def _header(cells: list[str], table: Table, faults: Faults, notes: list[str]) -> list[str]:
    """Name the columns canonically; an unknown one keeps its own name and is dropped later."""
    canonical = {name: name for name in table.columns} | {column.id: name for name, column in table.columns.items()}
    header: list[str] = []
    for cell in cells:
        plain = re.sub(r"[\s\-]+", "_", cell.strip().lower())
        name = canonical.get(plain, f"?{cell.strip()}")
        if name in header:
            faults.add(table.name, name.lstrip("?"), "column_twice", [(-1, cell)])
            name = f"?{name}{len(header)}"
        elif name.startswith("?"):
            notes.append(f"{table.name}.csv: column {cell.strip()!r} is unknown and was not read")
        elif plain != name:
            notes.append(f"{table.name}.csv: column {cell.strip()!r} was read as {name}")
        header.append(name)
    for name, column in table.columns.items():
        if column.required and name not in header:
            faults.add(table.name, name, "column_missing")
    return header
