"""The cells of one table -> a frame of text: where the header is, what each column is called, where the table ends."""

from __future__ import annotations

from functools import cache, lru_cache
from itertools import islice
from typing import NamedTuple

import pandas as pd

from toolkit.intake.data import Note
from toolkit.intake.excel import Merged
from toolkit.intake.faults import Faults
from toolkit.intake.measures import in_our_units
from toolkit.intake.schema import Table, layout, name_as_id, squash, squashed
from toolkit.intake.shapes import drop_subtotals, fill_groups, fill_merged, fill_titled, month_columns, reshape
from toolkit.intake.sheet import Sheet

Records = list[list[str]]
HEADER_ROWS = 30  # the header is among the first rows that are not empty; above it are titles
SHOWN_WIDTH = 60  # characters of a cell that a note repeats


@cache
def _spellings(table: str) -> dict[str, tuple[int, str]]:
    """Return (rank, column) of each spelling of each column: our own names rank 0, then the others in their order."""
    found: dict[str, tuple[int, str]] = {}
    for name, column in layout()[table].columns.items():
        others = list(enumerate([column.id, *column.also, *column.scaled]))
        # from the last to the first, so that of two spellings that squash to the same text the better rank stays
        found |= {squash(other): (rank, name) for rank, other in reversed(others)}
        found[squash(name)] = (0, name)
    return found


@cache
def _lent_spellings(table: str) -> dict[str, str]:
    """Return the column of jobs that each spelling means in a table that may hold columns of jobs."""
    return {word: name for word, (_, name) in _spellings("jobs").items() if name in layout()[table].lent}


def lent_columns(frame: pd.DataFrame, table: Table) -> dict[str, str]:
    """Return the columns of jobs that a table holds, each with the name it has in the frame."""
    lent = _lent_spellings(table.name)
    found = {lent[squash(name)]: name for name in reversed(list(frame)) if name[0] == "?" and squash(name) in lent}
    return {name: found[name] for name in table.lent if name in found}


def names_beside(frame: pd.DataFrame, table: Table, column: str) -> str | None:
    """Return the unread column that holds names where the column itself holds ids (UNOR NAMA beside UNOR ID)."""
    spellings = _spellings(table.name)
    for name in frame:
        word = squash(name)
        if name[0] == "?" and "nama" in word and spellings.get(word, (0, ""))[1] == column:
            return str(name)
    return None


def known_columns(cells: list[str], table: Table) -> int:
    """Count the columns of the table that a row names; months in a row count for tables that may hold them so."""
    return len(columns_named(cells, table)) + len(month_columns(cells, table))


def columns_named(cells: list[str], table: Table) -> set[str]:
    """Return the columns of the table that a row names."""
    spellings = _spellings(table.name)
    return {spellings[cell][1] for cell in map(squash, cells) if cell in spellings}


class Header(NamedTuple):
    """The cells of a header, and the first and last of its rows."""

    cells: list[str]
    top: int
    bottom: int


def find_header(records: Records, table: Table) -> Header | None:
    """Return the row that names most columns of the table, the first of equals; None: all rows are empty.

    Where the row below it holds the second line of some of its headers (JUMLAH PEGAWAI over B and K), both count.
    """
    filled = list(islice((row for row, record in enumerate(records) if _is_filled(record)), HEADER_ROWS))
    if not filled:
        return None
    # a file whose header is unknown keeps its first row as the header
    top = max(filled, key=lambda row: known_columns(records[row], table))
    cells = _plain(records[top])
    if top + 1 in filled and _is_second_line(_plain(records[top + 1]), cells, table):
        below = _plain(records[top + 1])
        cells += [""] * (len(below) - len(cells))
        below += [""] * (len(cells) - len(below))
        return Header(_without_empty_end([b or a for a, b in zip(cells, below, strict=True)]), top, top + 1)
    return Header(_without_empty_end(cells), top, top)


def _plain(record: list[str]) -> list[str]:
    return [str(cell).strip() for cell in record]


def _is_second_line(below: list[str], cells: list[str], table: Table) -> bool:
    """Whether a row names columns of the table, only under headers that are none, and holds no figure."""
    spellings = _spellings(table.name)
    taken = {place for place, cell in enumerate(cells) if squash(cell) in spellings}
    said = {place for place, cell in enumerate(below) if cell}
    is_words = not any(cell[:1].isdigit() for cell in below)
    return bool(columns_named(below, table)) and is_words and not said & taken


def _is_filled(record: list[str]) -> bool:
    """Whether a row has a text of its own: one that holds merged cells alone is part of the row above."""
    return any(cell.strip() and type(cell) is not Merged for cell in record)


def text_frame(records: Records, table: Table, title: str, faults: Faults, notes: list[Note]) -> pd.DataFrame:
    """Return the cells under the names of columns.toml; ``title`` names the file or sheet.

    The index counts the rows of the file from -1, which is the header where no title is above it. So the first row
    below such a header has index 0, and faults, which add 2, name the row that a spreadsheet shows.
    """
    header = find_header(records, table)
    if header is None:
        if not faults.names(table.name):  # a file that could not be read is a fault already
            faults.add(table.name, "", "table_empty", name=table.name)
        return pd.DataFrame({name: pd.Series(dtype=object) for name in table.columns})
    cells, top, bottom = header
    filled = [row for row, record in enumerate(records) if _is_filled(record)]
    if top != filled[0]:
        first = _first_text(records[filled[0]])
        notes.append(("rows_above", {"table": table.name, "count": filled.index(top), "first": first}))
    body: dict[float, list[str]] = {row - 1: _cells(records[row], len(cells)) for row in filled if row > bottom}
    _drop_column_numbers(body, len(cells), table, notes)
    for index in [index for index, record in body.items() if record == cells]:
        del body[index]  # the header again, at the head of a printed page
    _drop_foot(body, cells, table, notes)
    _drop_ragged(body, len(cells), table, faults)
    titles = [title, *(cell for record in records[:top] for cell in record if cell)]
    sheet = Sheet(table, cells, body, titles, top - 1)
    reshape(sheet, faults, notes)
    names, written = _header(sheet, faults, notes)
    frame = pd.DataFrame(list(sheet.body.values()), index=list(sheet.body), columns=names, dtype=object)
    fill_merged(frame, table, faults, notes)
    fill_groups(frame, table, notes)
    frame = drop_subtotals(frame, table, notes)
    fill_titled(frame, sheet, notes)
    _note_differences(frame, table, written, notes)
    in_our_units(frame, table, written, faults, notes)
    _ids_from_names(frame, table, notes)
    return frame


def _note_differences(frame: pd.DataFrame, table: Table, written: dict[str, str], notes: list[Note]) -> None:
    """Note where two columns of numbers both fit one of ours and do not hold the same."""
    spellings = _spellings(table.name)
    for other in frame:
        _, name = spellings.get(squash(other), (0, ""))
        has_another_unit = name and squash(other) in {squash(word) for word in table.columns[name].scaled}
        if other[0] != "?" or name not in frame or table.columns[name].type != "number" or has_another_unit:
            continue
        both = frame[[name, other]][(frame[name] != "") & (frame[other] != "")]
        count = int((both[name] != both[other]).sum())
        if count:
            facts = {"table": table.name, "column": name, "read": written[name], "other": other.lstrip("?")}
            notes.append(("columns_differ", {**facts, "count": count}))


def _ids_from_names(frame: pd.DataFrame, table: Table, notes: list[Note]) -> None:
    """Give ids to the rows of a table that has names and no column of ids."""
    for name, column in table.columns.items():
        if column.named in frame and name not in frame:
            frame[name] = frame[column.named].map(name_as_id).astype(object)
            shown = list(dict.fromkeys(frame[column.named] + " -> " + frame[name]))
            notes.append(("ids_from_names", {"table": table.name, "column": name, "count": len(frame), "shown": shown}))


def _drop_ragged(body: dict[float, list[str]], width: int, table: Table, faults: Faults) -> None:
    """Drop rows with more or fewer cells than the header, each a fault; a table without rows is one too."""
    if not body:
        faults.add(table.name, "", "table_rowless", name=table.name)
    ragged = {index: record for index, record in body.items() if len(record) != width}
    shown = [(index, len(record)) for index, record in ragged.items()]
    faults.add(table.name, "", "row_ragged", shown, width=width)
    for index in ragged:
        del body[index]


def _without_empty_end(cells: list[str]) -> list[str]:
    last = max(place for place, cell in enumerate(cells) if cell)
    return cells[: last + 1]


def _cells(record: list[str], width: int) -> list[str]:
    """Return the cells stripped, without the empty ones beyond the header."""
    # numbers and merged cells of a workbook are subclasses of str that must stay as they are (intake/excel.py)
    cells = [_stripped(cell) if type(cell) is str else cell for cell in record]
    while len(cells) > width and not cells[-1]:
        cells.pop()
    return cells


@lru_cache(maxsize=1 << 16)  # the same codes and dates fill most cells
def _stripped(cell: str) -> str:
    """Strip a cell, and drop the apostrophe before digits with which spreadsheets mark a number as text."""
    cell = cell.strip()
    is_marked = cell[:1] in ("'", "’", "`") and cell[1:2].isdigit()
    return cell[1:] if is_marked else cell


def _first_text(record: list[str]) -> str:
    return next(cell.strip() for cell in record if cell.strip())[:SHOWN_WIDTH]


def _drop_column_numbers(body: dict[float, list[str]], width: int, table: Table, notes: list[Note]) -> None:
    """Drop the row 1, 2, 3, ... that official forms print below the header.

    Such a row may be that of a person with id 1. It is none where some column holds no number in any other row.
    """
    first = next(iter(body), None)
    if first is None or body[first] != [str(number) for number in range(1, width + 1)]:
        return
    others = [record for index, record in body.items() if index != first and len(record) == width]
    has_number = [any(record[place].isdecimal() for record in others) for place in range(width)]
    if others and not all(has_number):
        del body[first]
        notes.append(("column_numbers", {"table": table.name, "count": width}))


def _drop_foot(body: dict[float, list[str]], cells: list[str], table: Table, notes: list[Note]) -> None:
    """Drop what is below the table: totals, and everything from the first remark on.

    Rows are read from the last one upwards. A total may fill every cell, so its first word decides; a remark must also
    lack a required cell, for an office may well be called Catatan Sipil. The first complete row ends the search.
    """
    required = _required_places(cells, table)
    totals = squashed("totals")
    remarks = tuple(squashed("remarks"))
    start = None
    for index in reversed(body):
        record = body[index]
        word = squash(_first_text(record))
        is_complete = len(record) > max(required, default=0) and all(record[place] for place in required)
        if word in totals or (word.startswith(remarks) and not is_complete):
            start = index
        elif is_complete:
            break
    if start is None:
        return
    foot = [index for index in body if index >= start]
    notes.append(("rows_below", {"table": table.name, "count": len(foot), "first": _first_text(body[start])}))
    for index in foot:
        del body[index]


def _required_places(cells: list[str], table: Table) -> list[int]:
    """Return where the required columns stand, of two that say the same the one that is read."""
    place_of: dict[str, tuple[int, int]] = {}  # column -> rank, place
    for place, cell in enumerate(cells):
        rank, name = _spellings(table.name).get(squash(cell), (0, ""))
        must_be_filled = name and table.columns[name].required and not table.columns[name].blank
        if must_be_filled and (name not in place_of or rank < place_of[name][0]):
            place_of[name] = rank, place
    return [place for _, place in place_of.values()]


def _header(sheet: Sheet, faults: Faults, notes: list[Note]) -> tuple[list[str], dict[str, str]]:
    """Return the name of each column in columns.toml, and the header under which each of them stood in the file.

    A column that is unknown, or that another one says better, keeps its own name behind a ``?``; a second column of
    the same rank is a fault.
    """
    table = sheet.table
    found = [_spellings(table.name).get(squash(cell), (0, "")) for cell in sheet.header]
    best = {name: min(rank for rank, other in found if other == name) for _, name in found}
    header: list[str] = []
    written: dict[str, str] = {}
    renamed: dict[str, list[str]] = {}  # kind of note -> columns
    for cell, (rank, name) in zip(sheet.header, found, strict=True):
        if not name:
            renamed.setdefault(_kind_of_unread(cell, table), []).append(cell or "-")
            header.append(_spare_name(cell, header))
        elif rank > best[name]:
            renamed.setdefault("columns_beside", []).append(f"{cell} ({name})")
            header.append(_spare_name(cell, header))
        elif name in header:
            faults.add(table.name, name, "column_twice", [(sheet.top, cell)])
            header.append(f"?{name}{len(header)}")
        else:
            if squash(cell) != squash(name):
                renamed.setdefault("columns_read", []).append(f"{cell} = {name}")
            faults.name_column(table.name, name, cell)
            header.append(name)
            written[name] = cell
    notes += [(kind, {"table": table.name, "columns": ", ".join(names)}) for kind, names in renamed.items() if kind]
    _add_missing(header, table, faults)
    return header, written


def _kind_of_unread(cell: str, table: Table) -> str:
    """Return the note for a header that is no column of the table; "" for one that a later step notes."""
    word = squash(cell)
    if table.measure and word in map(squash, table.measure.also):
        return ""
    if word in _lent_spellings(table.name):
        return "columns_lent"
    return "columns_personal" if word in squashed("personal") else "columns_unknown"


def _add_missing(header: list[str], table: Table, faults: Faults) -> None:
    for name, column in table.columns.items():
        if column.required and name not in header and column.named not in header:
            is_product = name == "volume" and "workload" in header
            faults.add(table.name, name, "volume_missing" if is_product else "column_missing")


def _spare_name(cell: str, header: list[str]) -> str:
    """Return a name behind a ``?`` that no column has yet."""
    return f"?{cell}" if f"?{cell}" not in header else f"?{cell}{len(header)}"
