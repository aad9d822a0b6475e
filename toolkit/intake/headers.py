"""The cells of one table -> a frame of text: where the header is, what each column is called, where the table ends."""

from __future__ import annotations

from functools import cache, lru_cache

import pandas as pd

from toolkit.intake.data import Note
from toolkit.intake.faults import Faults
from toolkit.intake.schema import Table, layout, squash, squashed

Records = list[list[str]]
HEADER_ROWS = 30  # the header is among the first rows that are not empty; above it are titles
SHOWN_WIDTH = 60  # characters of a cell that a note repeats


@cache
def _spellings(table: str) -> dict[str, tuple[int, str]]:
    """Return (rank, column) of each spelling of each column: our own names rank 0, then the others in their order."""
    found: dict[str, tuple[int, str]] = {}
    for name, column in layout()[table].columns.items():
        others = list(enumerate([column.id, *column.also]))
        # from the last to the first, so that of two spellings that squash to the same text the better rank stays
        found |= {squash(other): (rank, name) for rank, other in reversed(others)}
        found[squash(name)] = (0, name)
    return found


def known_columns(cells: list[str], table: Table) -> int:
    """Count the columns of the table that a row names."""
    spellings = _spellings(table.name)
    return len({spellings[cell][1] for cell in map(squash, cells) if cell in spellings})


def text_frame(records: Records, table: Table, faults: Faults, notes: list[Note]) -> pd.DataFrame:
    """Return the cells under the names of columns.toml.

    The index counts the rows of the file from -1, which is the header where no title is above it. So the first row
    below such a header has index 0, and faults, which add 2, name the row that a spreadsheet shows.
    """
    filled = [row for row, record in enumerate(records) if any(cell.strip() for cell in record)]
    if not filled:
        if not faults.names(table.name):  # a file that could not be read is a fault already
            faults.add(table.name, "", "table_empty", name=table.name)
        return pd.DataFrame({name: pd.Series(dtype=object) for name in table.columns})
    # max takes the first of equals: a file whose header is unknown keeps its first row as the header
    top = max(filled[:HEADER_ROWS], key=lambda row: known_columns(records[row], table))
    if top != filled[0]:
        first = _first_text(records[filled[0]])
        notes.append(("rows_above", {"table": table.name, "count": filled.index(top), "first": first}))
    header = _header(_without_empty_end(records[top]), table, top - 1, faults, notes)
    body = {row - 1: _cells(records[row], len(header)) for row in filled if row > top}
    _drop_column_numbers(body, len(header))
    _drop_foot(body, header, table, notes)
    ragged = {index: record for index, record in body.items() if len(record) != len(header)}
    shown = [(index, f"{len(record)} cells") for index, record in ragged.items()]
    faults.add(table.name, "", "row_ragged", shown, width=len(header))
    if not body:
        faults.add(table.name, "", "table_rowless", name=table.name)
    kept = {index: record for index, record in body.items() if index not in ragged}
    return pd.DataFrame(list(kept.values()), index=list(kept), columns=header, dtype=object)


def _without_empty_end(cells: list[str]) -> list[str]:
    last = max(place for place, cell in enumerate(cells) if cell.strip())
    return cells[: last + 1]


def _cells(record: list[str], width: int) -> list[str]:
    """Return the cells stripped, without the empty ones beyond the header."""
    # numbers of a workbook are a subclass of str that must stay as it is (intake/excel.py, Native)
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


def _drop_column_numbers(body: dict[int, list[str]], width: int) -> None:
    """Drop the row 1, 2, 3, ... that official forms print below the header."""
    first = next(iter(body), None)
    if first is not None and body[first] == [str(number) for number in range(1, width + 1)]:
        del body[first]


def _drop_foot(body: dict[int, list[str]], header: list[str], table: Table, notes: list[Note]) -> None:
    """Drop what is below the table: totals, and everything from the first remark on.

    Rows are read from the last one upwards. A total may fill every cell, so its first word decides; a remark must also
    lack a required cell, for an office may well be called Catatan Sipil. The first complete row ends the search.
    """
    columns = table.columns
    must_be_filled = {name for name in columns if columns[name].required and not columns[name].blank}
    required = [place for place, name in enumerate(header) if name in must_be_filled]
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


def _header(cells: list[str], table: Table, index: int, faults: Faults, notes: list[Note]) -> list[str]:
    """Return the name of each column in columns.toml.

    A column that is unknown, or that another one says better, keeps its own name behind a ``?``; a second column of
    the same rank is a fault.
    """
    cells = [cell.strip() for cell in cells]
    found = [_spellings(table.name).get(squash(cell), (0, "")) for cell in cells]
    best = {name: min(rank for rank, other in found if other == name) for _, name in found}
    header: list[str] = []
    renamed: dict[str, list[str]] = {}  # kind of note -> columns
    for cell, (rank, name) in zip(cells, found, strict=True):
        if not name:
            kind = "columns_personal" if squash(cell) in squashed("personal") else "columns_unknown"
            renamed.setdefault(kind, []).append(cell or "-")
            header.append(_spare_name(cell, header))
        elif rank > best[name]:
            renamed.setdefault("columns_beside", []).append(f"{cell} ({name})")
            header.append(_spare_name(cell, header))
        elif name in header:
            faults.add(table.name, name, "column_twice", [(index, cell)])
            header.append(f"?{name}{len(header)}")
        else:
            if squash(cell) != squash(name):
                renamed.setdefault("columns_read", []).append(f"{cell} = {name}")
            header.append(name)
    notes += [(kind, {"table": table.name, "columns": ", ".join(names)}) for kind, names in renamed.items()]
    for name, column in table.columns.items():
        if column.required and name not in header:
            faults.add(table.name, name, "column_missing")
    return header


def _spare_name(cell: str, header: list[str]) -> str:
    """Return a name behind a ``?`` that no column has yet."""
    return f"?{cell}" if f"?{cell}" not in header else f"?{cell}{len(header)}"
