"""Find the tables (a folder of CSV files and workbooks, or one workbook) and read the cells of each as text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from toolkit.common.arguments import as_path
from toolkit.errors import MutasiError
from toolkit.intake.data import Note
from toolkit.intake.derivation import derive_tables
from toolkit.intake.excel import NotAWorkbookError, sheets
from toolkit.intake.faults import Faults
from toolkit.intake.headers import Records, text_frame
from toolkit.intake.recognition import ROWS_READ, table_named, tables_by_header
from toolkit.intake.schema import layout, squash
from toolkit.intake.text_files import NotATextError, csv_records
from toolkit.words import Phrase, phrase

POLICY = "policy.toml"


def fingerprint(file: Path) -> str:
    """Return the SHA-256 of a file as hex digits."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


class Part(NamedTuple):
    """The cells of a file or sheet, its name (``title``), how notes name it (``shown``), and the tables it may be."""

    title: str
    shown: str | Phrase
    tables: list[str]
    records: Records

    @property
    def is_named(self) -> bool:
        """Whether its name is that of a table."""
        return table_named(self.title) is not None


@dataclass(frozen=True)
class Source:
    """Where the tables are: a folder of CSV files and workbooks, or a workbook in that folder."""

    folder: Path
    workbook: str = ""

    def table_files(self) -> list[Path]:
        """Return the files that may be tables, those of known tables first, in the order of columns.toml.

        Beside CSV files a workbook counts if it is named as a table that has no CSV file, such as padanan.xlsx; any
        other only where the names leave a required table out: the headers of its sheets show what they hold.
        """
        files = [file for file in sorted(self.folder.iterdir()) if _may_be_table(file)]
        books = [file for file in files if file.suffix.lower() == ".xlsx"]
        found = [file for file in files if file not in books]
        taken = {table_named(file.stem) for file in found} - {None}
        found += [file for file in books if table_named(file.stem) not in {None, *taken}]
        if _lack_required(file.stem for file in found):
            found += [file for file in books if table_named(file.stem) is None]
        order = {name: place for place, name in enumerate(layout())}
        return sorted(found, key=lambda file: order.get(table_named(file.stem) or "", len(order)))

    def names(self) -> list[str]:
        """Return the names of the files that a run reads and that exist."""
        names = [self.workbook] if self.workbook else self._files_with_tables()
        return [name for name in [*names, POLICY] if (self.folder / name).is_file()]

    def _files_with_tables(self) -> list[str]:
        files = self.table_files()
        looks = _lack_required(file.stem for file in files)
        return [
            file.name
            for file in files
            if table_named(file.stem) or (looks and any(part.tables for part in _unnamed_parts(file, [], ROWS_READ)))
        ]


def _may_be_table(file: Path) -> bool:
    # ~$data.xlsx is the lock file that Excel keeps beside an open workbook
    is_table = file.suffix.lower() in (".csv", ".tsv", ".xlsx") and not file.name.startswith("~$")
    return is_table and file.is_file()


def _lack_required(titles: Iterable[str]) -> bool:
    """Whether names of files or sheets leave a required table out, so that headers must show what the others hold."""
    return not {name for name, table in layout().items() if table.required} <= {table_named(title) for title in titles}


def source_of(place: str | Path, argument: str = "folder") -> Source:
    """Find the tables: a workbook by its name, a folder of CSV files and workbooks, or a folder with one workbook.

    Args:
        place: path of the folder or workbook.
        argument: what the caller calls it, for the message of an error.

    Raises:
        ArgumentError: place is empty or no path.
        MutasiError: there is nothing there, or none of several workbooks holds a table.
    """
    place = as_path(place, argument, phrase("thing.source"))
    if place.is_file():
        if place.suffix.lower() not in (".xlsx", ".xlsm"):
            raise MutasiError("not_a_source", place=place)
        return Source(place.parent, place.name)
    if not place.is_dir():
        raise MutasiError("folder_missing", place=place)
    books = sorted(file.name for file in place.glob("*.xlsx") if _may_be_table(file))
    read = [name for name in Source(place).names() if name != POLICY] if books else []
    if len(books) == 1 and set(read) <= set(books):
        return Source(place, books[0])
    if len(books) > 1 and not read:
        raise MutasiError("workbooks", place=place, books=books)
    return Source(place)


def read_tables(source: Source, faults: Faults, notes: list[Note]) -> dict[str, pd.DataFrame]:
    """Return the text frame of each table found; columns that no table has keep their name behind a ``?``."""
    frames: dict[str, pd.DataFrame] = {}
    parts = list(_workbook(source, faults) if source.workbook else _folder(source, faults, notes))
    for part in sorted(parts, key=lambda each: not each.is_named):
        _read_part(part, frames, faults, notes, is_sheet=bool(source.workbook))
    derive_tables(frames, faults, notes)
    for name, table in layout().items():
        if table.required and name not in frames and not faults.names("workbook"):
            faults.add(name, "", "sheet_missing" if source.workbook else "table_missing", name=name)
    return frames


def _read_part(
    part: Part, frames: dict[str, pd.DataFrame], faults: Faults, notes: list[Note], *, is_sheet: bool
) -> None:
    """Add the frame of one file or sheet; what holds no table, or one that is there already, is noted."""
    if not part.tables:
        notes.append(("not_a_table", {"what": part.shown}))
        return
    name = part.tables[0]
    if len(part.tables) > 1:
        faults.add(name, "", "table_unclear", [(None, part.shown)], tables=", ".join(part.tables))
    elif name in frames:
        faults.add(name, "", "table_twice", [(None, part.title if is_sheet else part.shown)])
    elif is_sheet and not layout()[name].required and _is_unfilled(part.records):
        notes.append(("empty_sheet", {"what": part.shown}))
    else:
        faults.name_table(name, "sheet" if is_sheet else "file", part.title if is_sheet else str(part.shown))
        frames[name] = text_frame(part.records, layout()[name], part.title, faults, notes)
        if squash(part.title) != squash(name):
            notes.append(("table_read" if part.is_named else "table_by_header", {"what": part.shown, "name": name}))


def _is_unfilled(records: Records) -> bool:
    """Whether a sheet has no row beside its header, as the sheets of the template that nobody filled in."""
    return sum(any(record) for record in records) < 2


def _folder(source: Source, faults: Faults, notes: list[Note]) -> Iterator[Part]:
    """Yield the parts of each file that may be a table."""
    files = source.table_files()
    looks = _lack_required(file.stem for file in files)
    for file in files:
        if name := table_named(file.stem):
            yield Part(file.stem, file.name, [name], _records(file, name, faults, notes))
        elif looks:
            yield from _unnamed_parts(file, notes)
        else:
            yield Part(file.stem, file.name, [], [])


def _unnamed_parts(file: Path, notes: list[Note], rows: int | None = None) -> list[Part]:
    """Return the sheets of a file whose name is that of no table, or its cells, with the tables that they may be.

    With ``rows`` only so many rows of each sheet are read. A file that cannot be read holds no table.
    """
    try:
        if file.suffix.lower() == ".xlsx":
            found = _sheet_parts(sheets(file.read_bytes(), rows))
            return [part._replace(shown=f"{file.name}: {part.title}") for part in found]
        records = csv_records(file.read_bytes(), file.name, layout().values(), notes)
        return [Part(file.stem, file.name, tables_by_header(records), records)]
    except (NotAWorkbookError, NotATextError):
        return [Part(file.stem, file.name, [], [])]


def _workbook(source: Source, faults: Faults) -> Iterator[Part]:
    """Yield each sheet."""
    try:
        yield from _sheet_parts(sheets((source.folder / source.workbook).read_bytes()))
    except NotAWorkbookError:
        faults.add("workbook", "", "workbook_binary", [(None, source.workbook)])


def _sheet_parts(found: dict[str, Records]) -> list[Part]:
    """Return the sheets of a workbook; where their names leave a required table out, headers show it of the others."""
    looks = _lack_required(found)
    parts = []
    for title, records in found.items():
        name = table_named(title)
        tables = [name] if name else tables_by_header(records) if looks else []
        parts.append(Part(title, phrase("fault.sheet", title=title), tables, records))
    return parts


def _records(file: Path, name: str, faults: Faults, notes: list[Note]) -> Records:
    """Read a file that holds one table; of a workbook its sheet of that name, else its first."""
    try:
        if file.suffix.lower() != ".xlsx":
            return csv_records(file.read_bytes(), file.name, [layout()[name]], notes)
        found = sheets(file.read_bytes())
    except (NotAWorkbookError, NotATextError):
        faults.add(name, "", "file_binary", name=file.name)
        return []
    named = [rows for title, rows in found.items() if table_named(title) == name]
    return named[0] if named else next(iter(found.values()))
