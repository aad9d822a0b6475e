"""A folder of CSV files, or a workbook -> frames of text, each cell stripped, each row with its place in the file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from toolkit.errors import MutasiError, few
from toolkit.intake.faults import Faults
from toolkit.intake.tables import Table, layout
from toolkit.intake.workbook import NotAWorkbookError, sheets

csv.field_size_limit(1_000_000)
Records = list[list[str]]


def fingerprint(file: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@dataclass(frozen=True)
class Source:
    """Where the tables stand: a folder of CSV files, or a workbook in that folder."""

    folder: Path
    workbook: str = ""

    def names(self) -> list[str]:
        """Name the files a run reads, as far as they are there."""
        tables = [self.workbook] if self.workbook else [f"{name}.csv" for name in layout()]
        return [name for name in [*tables, "policy.toml"] if (self.folder / name).is_file()]


def source_of(place: str | Path) -> Source:
    """Find the tables: a workbook by its name, or a folder of CSV files, or a folder with one workbook and no CSV."""
    place = Path(place)
    if place.is_file():
        if place.suffix.lower() not in (".xlsx", ".xlsm"):
            raise MutasiError(f"{place} is neither a folder nor a workbook (.xlsx); name the one that holds the tables")
        return Source(place.parent, place.name)
    if not place.is_dir():
        raise MutasiError(f"{place} is not there; name the folder or workbook that holds the tables")
    books = sorted(file.name for file in place.glob("*.xlsx") if not file.name.startswith("~$"))
    if not books or any((place / f"{name}.csv").is_file() for name in layout()):
        return Source(place)
    if len(books) > 1:
        raise MutasiError(f"{place} holds several workbooks and no CSV table: {few(books)}; name the one to read")
    return Source(place, books[0])


def read_tables(source: Source, faults: Faults) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Give the text frame of each table found, and notes on what was left unread or renamed."""
    notes: list[str] = []
    found = _workbook(source, faults, notes) if source.workbook else _folder(source.folder, faults, notes)
    frames = {name: _frame(records, layout()[name], faults, notes) for name, records in found.items()}
    for name, table in layout().items():
        if table.required and name not in found and not faults.names("workbook"):
            faults.add(name, "", "sheet_missing" if source.workbook else "table_missing", name=name)
    return frames, notes


def _folder(folder: Path, faults: Faults, notes: list[str]) -> dict[str, Records]:
    files = {file.stem: file for file in sorted(folder.glob("*.csv"))}
    notes += [
        f"{file.name} is not a table of this toolkit and was not read"
        for name, file in files.items()
        if name not in layout()
    ]
    return {name: _csv(name, files[name], faults) for name in layout() if name in files}


def _csv(name: str, file: Path, faults: Faults) -> Records:
    raw = file.read_bytes()
    if not raw.strip():
        return []
    try:
        if b"\0" in raw:
            raise ValueError
        return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""), strict=True))
    except (ValueError, csv.Error):
        faults.add(name, "", "file_binary", name=name)
        return []


def _workbook(source: Source, faults: Faults, notes: list[str]) -> dict[str, Records]:
    try:
        found = sheets((source.folder / source.workbook).read_bytes())
    except NotAWorkbookError:
        faults.add("workbook", "", "workbook_binary", [(None, source.workbook)])
        return {}
    notes += [f"sheet {name} is not a table of this toolkit and was not read" for name in found if name not in layout()]
    return {name: found[name] for name in layout() if name in found}


def _frame(records: Records, table: Table, faults: Faults, notes: list[str]) -> pd.DataFrame:
    """Give the cells under their canonical names; the index is the row's place below the header."""
    if not any(any(map(str.strip, record)) for record in records):
        if not faults.names(table.name):
            faults.add(table.name, "", "table_empty", name=table.name)
        return pd.DataFrame({name: pd.Series(dtype=object) for name in table.columns})
    header = _header(records[0], table, faults, notes)
    rows = enumerate(records[1:])
    body = {at: [cell.strip() for cell in record] for at, record in rows if any(map(str.strip, record))}
    ragged = [at for at, record in body.items() if len(record) != len(header)]
    faults.add(table.name, "", "row_ragged", [(at, f"{len(body[at])} cells") for at in ragged], width=len(header))
    kept = [at for at in body if len(body[at]) == len(header)]
    if not body:
        faults.add(table.name, "", "table_rowless", name=table.name)
    frame = pd.DataFrame([body[at] for at in kept], index=kept, columns=header, dtype=object)
    return frame[[name for name in header if name in table.columns]]


def _header(cells: Sequence[str], table: Table, faults: Faults, notes: list[str]) -> list[str]:
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
            notes.append(f"{table.name}: column {cell.strip()!r} is unknown and was not read")
        elif plain != name:
            notes.append(f"{table.name}: column {cell.strip()!r} was read as {name}")
        header.append(name)
    for name, column in table.columns.items():
        if column.required and name not in header:
            faults.add(table.name, name, "column_missing")
    return header
