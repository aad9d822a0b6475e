"""Read a workbook (.xlsx) as text, cell by cell, the way a CSV file would hold it; and write rows that stay text."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
from typing import Any
from zipfile import ZipFile

EXACT = 1e15  # below it a float holds every whole number exactly
MERGED_CELL = rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]+\d+:[A-Z]+\d+)"'

OPEN_FORMULA = rb'<c r="([A-Z]+\d+)"[^>]*><f[^>]*(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>'
NOT_COMPUTED = "#FORMULA!"


class NotAWorkbookError(ValueError):
    """The bytes are not those of a workbook."""


class Native(str):
    """A number that a spreadsheet holds as one: its point is a decimal point, whatever the texts beside it mean."""

    __slots__ = ()


class Merged(str):
    """The text of a merged cell, repeated in a cell below the first that it covers."""

    __slots__ = ()


def sheets(raw: bytes, rows: int | None = None) -> dict[str, list[list[str]]]:
    """Return each sheet's rows of text by its name; all rows of a sheet are equally long.

    A merged cell that covers several rows stands in each of them, below the first as :class:`Merged`.

    Args:
        raw: the bytes of the workbook.
        rows: how many rows of each sheet to read; without it all.

    Raises:
        NotAWorkbookError: the file is something else, or broken.
    """
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a workbook without a default style is a workbook all the same
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            found = {}
            for sheet in book.worksheets:
                cells = _rows(sheet.iter_rows(max_row=rows, values_only=True))
                xml = _xml(raw, sheet)
                _mark_formulas(cells, xml)
                _fill_down(cells, _merged_ranges(xml))
                found[sheet.title.strip()] = cells
            return found
    except Exception as error:  # a broken file fails inside zip, XML or openpyxl, each in its own way
        raise NotAWorkbookError(str(error)) from None


def _rows(rows: Any) -> list[list[str]]:
    """Write the cells as text, without the empty rows at the end that a spreadsheet once formatted."""
    out = [[_text(cell) for cell in row] for row in rows]
    while out and not any(out[-1]):
        out.pop()
    width = max(map(len, out), default=0)
    return [row + [""] * (width - len(row)) for row in out]


def _xml(raw: bytes, sheet: Any) -> bytes:
    """Return a sheet as it is stored: a workbook that is read row by row does not hold all of it."""
    with ZipFile(io.BytesIO(raw)) as parts:
        return parts.read(sheet._worksheet_path)


def _merged_ranges(xml: bytes) -> list[tuple[int, int, int]]:
    """Return (column, first row, last row), counted from 0, of each merged cell that covers several rows."""
    from openpyxl.utils import range_boundaries

    # they stand behind the rows
    start = max(xml.rfind(b"</sheetData>"), xml.rfind(b":sheetData>"), 0)
    bounds = [range_boundaries(ref.decode()) for ref in re.findall(MERGED_CELL, xml[start:])]
    return [(left - 1, top - 1, bottom - 1) for left, top, _, bottom in bounds if bottom > top]


def _mark_formulas(rows: list[list[str]], xml: bytes) -> None:
    """Mark formulas that were never computed: their cells look empty, and a spreadsheet shows figures there."""
    from openpyxl.utils import range_boundaries

    for ref in re.findall(OPEN_FORMULA, xml):
        left, top, _, _ = range_boundaries(ref.decode())
        if top <= len(rows) and left <= len(rows[top - 1]):
            rows[top - 1][left - 1] = NOT_COMPUTED


def _fill_down(rows: list[list[str]], ranges: list[tuple[int, int, int]]) -> None:
    """Repeat the text of each merged cell in the rows below the first, as far as the table goes."""
    for column, top, bottom in ranges:
        if top < len(rows) and column < len(rows[top]) and rows[top][column]:
            for row in rows[top + 1 : bottom + 1]:
                row[column] = Merged(rows[top][column])


def _text(cell: object) -> str:
    """Write a cell as a CSV file would hold it.

    >>> [_text(cell) for cell in (None, True, 7.0, 2.5, dt.datetime(2025, 7, 31), " a ")]
    ['', 'true', '7', '2.5', '2025-07-31', 'a']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):  # before the numbers: a bool is an int
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < EXACT:
        return Native(int(cell))
    if isinstance(cell, int | float):
        return Native(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return str(cell).strip()


def append(sheet: Any, values: list[Any]) -> None:
    """Append a row to a sheet; a text stays a text, also one that begins with ``=`` (it never becomes a formula).

    Control characters, which a workbook cannot hold, become spaces.
    """
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    plain = [ILLEGAL_CHARACTERS_RE.sub(" ", value) if isinstance(value, str) else value for value in values]
    cells = [WriteOnlyCell(sheet, value) for value in plain]
    for cell in cells:
        cell.data_type = "s" if isinstance(cell.value, str) else cell.data_type
    sheet.append(cells)
