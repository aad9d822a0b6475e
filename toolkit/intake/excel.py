"""Read a workbook (.xlsx) as text, cell by cell, the way a CSV file would hold it; and write rows that stay text."""

from __future__ import annotations

import datetime as dt
import io
import warnings
from typing import Any

EXACT = 1e15  # below it a float holds every whole number exactly


class NotAWorkbookError(ValueError):
    """The bytes are not those of a workbook."""


class Native(str):
    """A number that a spreadsheet holds as one: its point is a decimal point, whatever the texts beside it mean."""

    __slots__ = ()


def sheets(raw: bytes) -> dict[str, list[list[str]]]:
    """Return each sheet's rows of text by its name; all rows of a sheet are equally long.

    Raises:
        NotAWorkbookError: the file is something else, or broken.
    """
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a workbook without a default style is a workbook all the same
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            return {sheet.title.strip(): _rows(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    except Exception as error:  # a broken file fails inside zip, XML or openpyxl, each in its own way
        raise NotAWorkbookError(str(error)) from None


def _rows(rows: Any) -> list[list[str]]:
    """Write the cells as text, without the empty rows at the end that a spreadsheet once formatted."""
    out = [[_text(cell) for cell in row] for row in rows]
    while out and not any(out[-1]):
        out.pop()
    width = max(map(len, out), default=0)
    return [row + [""] * (width - len(row)) for row in out]


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
