"""Find the tables (a folder of CSV files, or a workbook) and read each file's cells as text."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd

from toolkit.common.arguments import as_path
from toolkit.errors import MutasiError, few
from toolkit.intake.data import Note
from toolkit.intake.excel import NotAWorkbookError, sheets
from toolkit.intake.faults import Faults
from toolkit.intake.headers import HEADER_ROWS, Records, known_columns, text_frame
from toolkit.intake.schema import Table, layout, squash

csv.field_size_limit(1_000_000)  # a free text may be long; the default of 131,072 characters is an error in csv
SEPARATORS = ",;\t"  # the likelier first: of equally good ones the first is taken


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


@cache
def table_named(name: str) -> str | None:
    """Return the table that a file or sheet of this name holds, None for an unknown name.

    >>> table_named("Data Utama"), table_named("photo")
    ('employees', None)
    """
    spelled = {squash(other): table.name for table in layout().values() for other in (table.name, *table.also)}
    return spelled.get(squash(name))


@dataclass(frozen=True)
class Source:
    """Where the tables are: a folder of CSV files, or a workbook in that folder."""

    folder: Path
    workbook: str = ""

    def table_files(self) -> list[Path]:
        """Return the files that may be tables, those of known tables first, in the order of columns.toml.

        Beside CSV files a workbook counts if it is named as a table that has no CSV file, such as padanan.xlsx.
        """
        # ~$data.xlsx is the lock file that Excel keeps beside an open workbook
        files = [file for file in sorted(self.folder.iterdir()) if not file.name.startswith("~$")]
        found = [file for file in files if file.suffix.lower() in (".csv", ".tsv")]
        tables = {table_named(file.stem) for file in found} - {None}
        if tables:
            books = [file for file in files if file.suffix.lower() == ".xlsx"]
            found += [file for file in books if table_named(file.stem) not in {None, *tables}]
        order = {name: place for place, name in enumerate(layout())}
        return sorted(found, key=lambda file: order.get(table_named(file.stem) or "", len(order)))

    def names(self) -> list[str]:
        """Return the names of the files that a run reads and that exist."""
        tables = [self.workbook] if self.workbook else [f.name for f in self.table_files() if table_named(f.stem)]
        return [name for name in [*tables, "policy.toml"] if (self.folder / name).is_file()]


def source_of(place: str | Path, argument: str = "folder") -> Source:
    """Find the tables: a workbook by its name, or a folder of CSV files, or a folder with one workbook and no CSV.

    Args:
        place: path of the folder or workbook.
        argument: what the caller calls it, for the message of an error.

    Raises:
        ArgumentError: place is empty or no path.
        MutasiError: there is nothing there, or it is not clear which workbook is meant.
    """
    place = as_path(place, argument, "the folder or workbook that holds the tables")
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
    """Return the text frame of each table found; columns that no table has keep their name behind a ``?``."""
    frames: dict[str, pd.DataFrame] = {}
    parts = _workbook(source, faults) if source.workbook else _folder(source, faults, notes)
    for title, shown, records in parts:
        name = table_named(title)
        if name is None:
            notes.append(("not_a_table", {"what": shown}))
        elif name in frames:
            faults.add(name, "", "table_twice", [(None, shown)])
        elif source.workbook and not layout()[name].required and _is_unfilled(records):
            notes.append(("empty_sheet", {"what": shown}))
        else:
            frames[name] = text_frame(records, layout()[name], title, faults, notes)
            if squash(title) != squash(name):
                notes.append(("table_read", {"what": shown, "name": name}))
    for name, table in layout().items():
        if table.required and name not in frames and not faults.names("workbook"):
            faults.add(name, "", "sheet_missing" if source.workbook else "table_missing", name=name)
    return frames


def _is_unfilled(records: Records) -> bool:
    """Whether a sheet has no row beside its header, as the sheets of the template that nobody filled in."""
    return sum(any(record) for record in records) < 2


def _folder(source: Source, faults: Faults, notes: list[Note]) -> Iterator[tuple[str, str, Records]]:
    """Yield title, file name and cells of each file that may be a table; of unknown ones without cells."""
    for file in source.table_files():
        name = table_named(file.stem)
        read = _single_sheet if file.suffix.lower() == ".xlsx" else _csv
        yield file.stem, file.name, read(file, layout()[name], faults, notes) if name else []


def _workbook(source: Source, faults: Faults) -> Iterator[tuple[str, str, Records]]:
    """Yield title, description and cells of each sheet."""
    try:
        for title, records in sheets((source.folder / source.workbook).read_bytes()).items():
            yield title, f"sheet {title}", records
    except NotAWorkbookError:
        faults.add("workbook", "", "workbook_binary", [(None, source.workbook)])


def _single_sheet(file: Path, table: Table, faults: Faults, notes: list[Note]) -> Records:
    """Read a workbook that holds one table: its sheet of that name, else its first."""
    try:
        found = sheets(file.read_bytes())
    except NotAWorkbookError:
        faults.add(table.name, "", "file_binary", name=file.name)
        return []
    named = [rows for title, rows in found.items() if table_named(title) == table.name]
    return named[0] if named else next(iter(found.values()))


def _csv(file: Path, table: Table, faults: Faults, notes: list[Note]) -> Records:
    """Read a CSV file; its separator is the one under which the header names most columns of the table."""
    raw = file.read_bytes()
    if not raw.strip():
        return []
    try:
        text = _decoded(raw, file.name, notes)
        head = text[:20_000].splitlines()[:HEADER_ROWS]
        separator = max(SEPARATORS, key=lambda each: _columns_found(head, each, table))
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (ValueError, csv.Error):
        faults.add(table.name, "", "file_binary", name=file.name)
        return []


def _columns_found(head: list[str], separator: str, table: Table) -> int:
    """Count the columns of the table that the best row names when the lines are split by a separator."""
    return max((known_columns(row, table) for row in csv.reader(head, delimiter=separator)), default=0)


def _decoded(raw: bytes, name: str, notes: list[Note]) -> str:
    """Decode a CSV file.

    Raises:
        ValueError: the bytes are not those of a text.
    """
    is_utf_16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")  # the byte order mark, either way round
    try:
        text = raw.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")  # Windows-1252, in which Excel saves "CSV" in western countries
        notes.append(("windows_1252", {"what": name}))
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):  # control characters: a picture or a zip file, not a text
        raise ValueError
    return text
