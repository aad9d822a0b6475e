"""A folder of CSV files, or a workbook -> frames of text, each cell stripped, each row with its place in the file."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import pandas as pd

from toolkit.errors import MutasiError, few
from toolkit.intake.data import Note
from toolkit.intake.excel import NotAWorkbookError, sheets
from toolkit.intake.faults import Faults
from toolkit.intake.schema import Table, layout, squash, squashed

csv.field_size_limit(1_000_000)
Records = list[list[str]]
HEAD = 30  # rows among which the header stands
SIGNS = ",;\t"  # between cells


def fingerprint(file: Path) -> str:
    """Give the SHA-256 of a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@cache
def table_named(name: str) -> str | None:
    """Give the table that a file or sheet of this name holds.

    >>> table_named("Data Utama"), table_named("photo")
    ('employees', None)
    """
    spelled = {squash(other): table.name for table in layout().values() for other in (table.name, *table.also)}
    return spelled.get(squash(name))


@dataclass(frozen=True)
class Source:
    """Where the tables stand: a folder of CSV files, or a workbook in that folder."""

    folder: Path
    workbook: str = ""

    def table_files(self) -> list[Path]:
        """Give the files that may be tables, those of known tables in the order of columns.toml.

        Beside CSV files a workbook counts that is named as a table of which there is no CSV file, such as padanan.xlsx.
        """
        files = [file for file in sorted(self.folder.iterdir()) if not file.name.startswith("~$")]
        found = [file for file in files if file.suffix.lower() in (".csv", ".tsv")]
        there = {None, *(table_named(file.stem) for file in found)}
        if len(there) > 1:
            found += [file for file in files if file.suffix.lower() == ".xlsx" and table_named(file.stem) not in there]
        place = {name: at for at, name in enumerate(layout())}
        return sorted(found, key=lambda file: place.get(table_named(file.stem) or "", len(place)))

    def names(self) -> list[str]:
        """Name the files a run reads, as far as they are there."""
        tables = [self.workbook] if self.workbook else [f.name for f in self.table_files() if table_named(f.stem)]
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
    if not books or any(table_named(file.stem) for file in Source(place).table_files()):
        return Source(place)
    if len(books) > 1:
        raise MutasiError(f"{place} holds several workbooks and no CSV table: {few(books)}; name the one to read")
    return Source(place, books[0])


def read_tables(source: Source, faults: Faults, notes: list[Note]) -> dict[str, pd.DataFrame]:
    """Give the text frame of each table found; columns that are no table's keep their name behind a ``?``."""
    frames: dict[str, pd.DataFrame] = {}
    for title, what, records in _workbook(source, faults) if source.workbook else _folder(source, faults, notes):
        name = table_named(title)
        if name is None:
            notes.append(("not_a_table", {"what": what}))
        elif name in frames:
            faults.add(name, "", "table_twice", [(None, what)])
        elif source.workbook and not layout()[name].required and sum(map(any, records)) < 2:
            notes.append(("empty_sheet", {"what": what}))
        else:
            frames[name] = _frame(records, layout()[name], faults, notes)
            if squash(title) != squash(name):
                notes.append(("table_read", {"what": what, "name": name}))
    for name, table in layout().items():
        if table.required and name not in frames and not faults.names("workbook"):
            faults.add(name, "", "sheet_missing" if source.workbook else "table_missing", name=name)
    return frames


def _folder(source: Source, faults: Faults, notes: list[Note]) -> Iterator[tuple[str, str, Records]]:
    for file in source.table_files():
        name = table_named(file.stem)
        read = _alone if file.suffix.lower() == ".xlsx" else _csv
        yield file.stem, file.name, read(file, layout()[name], faults, notes) if name else []


def _alone(file: Path, table: Table, faults: Faults, notes: list[Note]) -> Records:
    """Read a workbook that holds one table: its sheet of that name, else its first."""
    try:
        found = sheets(file.read_bytes())
    except NotAWorkbookError:
        faults.add(table.name, "", "file_binary", name=file.name)
        return []
    return next((rows for title, rows in found.items() if table_named(title) == table.name), next(iter(found.values())))


def _csv(file: Path, table: Table, faults: Faults, notes: list[Note]) -> Records:
    raw = file.read_bytes()
    if not raw.strip():
        return []
    try:
        text = _decoded(raw, file.name, notes)
        head = text[:20_000].splitlines()[:HEAD]
        counts = {sign: [_known(row, table) for row in csv.reader(head, delimiter=sign)] for sign in SIGNS}
        sign = max(SIGNS, key=lambda each: max(counts[each], default=0))
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True))
    except (ValueError, csv.Error):
        faults.add(table.name, "", "file_binary", name=file.name)
        return []


def _decoded(raw: bytes, name: str, notes: list[Note]) -> str:
    """Decode a CSV file; ValueError when it is none."""
    try:
        text = raw.decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")
        notes.append(("windows_1252", {"what": name}))
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):
        raise ValueError
    return text


def _workbook(source: Source, faults: Faults) -> Iterator[tuple[str, str, Records]]:
    try:
        for title, records in sheets((source.folder / source.workbook).read_bytes()).items():
            yield title, f"sheet {title}", records
    except NotAWorkbookError:
        faults.add("workbook", "", "workbook_binary", [(None, source.workbook)])


@cache
def _headers(table: str) -> dict[str, tuple[int, str]]:
    """Give each spelling of each column with its rank: our own names first, then the others in their order."""
    found: dict[str, tuple[int, str]] = {}
    for name, column in layout()[table].columns.items():
        found |= {squash(other): (rank, name) for rank, other in reversed(list(enumerate([column.id, *column.also])))}
        found[squash(name)] = (0, name)
    return found


def _known(cells: list[str], table: Table) -> int:
    """Count the columns of the table that a row names."""
    return len({_headers(table.name)[cell][1] for cell in map(squash, cells) if cell in _headers(table.name)})


def _frame(records: Records, table: Table, faults: Faults, notes: list[Note]) -> pd.DataFrame:
    """Give the cells under their canonical names; the index is the row's place as if the header were row 0."""
    places = [at for at, record in enumerate(records) if any(map(str.strip, record))]
    if not places:
        if not faults.names(table.name):
            faults.add(table.name, "", "table_empty", name=table.name)
        return pd.DataFrame({name: pd.Series(dtype=object) for name in table.columns})
    top = max(places[:HEAD], key=lambda at: _known(records[at], table))
    if top != places[0]:
        count = places.index(top)
        notes.append(("rows_above", {"table": table.name, "count": count, "first": _first(records[places[0]])}))
    cells = records[top]
    while not cells[-1].strip():
        cells = cells[:-1]
    header = _header(cells, table, top - 1, faults, notes)
    body = {at - 1: _cells(records[at], len(header)) for at in places if at > top}
    if body and next(iter(body.values())) == [str(at + 1) for at in range(len(header))]:
        del body[next(iter(body))]  # a row that numbers the columns
    _cut_foot(body, header, table, notes)
    ragged = [at for at, record in body.items() if len(record) != len(header)]
    faults.add(table.name, "", "row_ragged", [(at, f"{len(body[at])} cells") for at in ragged], width=len(header))
    kept = [at for at in body if len(body[at]) == len(header)]
    if not body:
        faults.add(table.name, "", "table_rowless", name=table.name)
    return pd.DataFrame([body[at] for at in kept], index=kept, columns=header, dtype=object)


def _cells(record: list[str], width: int) -> list[str]:
    """Strip the cells, drop the apostrophe that keeps digits a text, and cut empty cells beyond the header."""
    cells = [cell if type(cell) is not str else _bare(cell) for cell in record]
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells


@lru_cache(maxsize=1 << 16)
def _bare(cell: str) -> str:
    cell = cell.strip()
    return cell[1:] if cell[:1] in ("'", "’", "`") and cell[1:2].isdigit() else cell


def _first(record: list[str]) -> str:
    return next(cell.strip() for cell in record if cell.strip())[:60]


def _cut_foot(body: dict[int, list[str]], header: list[str], table: Table, notes: list[Note]) -> None:
    """Take away what stands below the table: totals, and from the first remark on everything."""
    needed = [at for at, name in enumerate(header) if name in table.columns and table.columns[name].required]
    totals, remarks = squashed("totals"), tuple(squashed("remarks"))
    start = None
    for at in reversed(body):
        record, word = body[at], squash(_first(body[at]))
        whole = len(record) > max(needed, default=0) and all(record[n] for n in needed)
        if word in totals or (word.startswith(remarks) and not whole):
            start = at
        elif whole:
            break
    if start is not None:
        cut = [at for at in body if at >= start]
        notes.append(("rows_below", {"table": table.name, "count": len(cut), "first": _first(body[start])}))
        for at in cut:
            del body[at]


def _header(cells: list[str], table: Table, row: int, faults: Faults, notes: list[Note]) -> list[str]:
    """Name the columns canonically; one that is unknown, or stands beside a better one, keeps its name behind a ?."""
    found = [_headers(table.name).get(squash(cell), (0, "")) for cell in cells]
    header: list[str] = []
    told: dict[str, list[str]] = {}
    for cell, (rank, name) in zip(map(str.strip, cells), found, strict=True):
        if not name or rank > min(other for other, same in found if same == name):
            spare = "columns_personal" if squash(cell) in squashed("personal") else "columns_unknown"
            told.setdefault("columns_beside" if name else spare, []).append(f"{cell} ({name})" if name else cell or "-")
            name = f"?{cell}" if f"?{cell}" not in header else f"?{cell}{len(header)}"
        elif name in header:
            faults.add(table.name, name, "column_twice", [(row, cell)])
            name = f"?{name}{len(header)}"
        elif squash(cell) != squash(name):
            told.setdefault("columns_read", []).append(f"{cell} = {name}")
        header.append(name)
    notes += [(kind, {"table": table.name, "columns": ", ".join(names)}) for kind, names in told.items()]
    for name, column in table.columns.items():
        if column.required and name not in header:
            faults.add(table.name, name, "column_missing")
    return header
