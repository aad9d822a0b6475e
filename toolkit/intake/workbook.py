"""A workbook (.xlsx) -> the cells of each sheet as text, the way a CSV file would hold them."""

from __future__ import annotations

import datetime as dt
import io
import warnings


class NotAWorkbookError(ValueError):
    """The bytes are not those of a workbook."""


def sheets(raw: bytes) -> dict[str, list[list[str]]]:
    """Give each sheet's rows of text by its name in small letters; rows are as long as the header.

    Raises:
        NotAWorkbookError: the file is something else, or broken.
    """
    from openpyxl import load_workbook

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a workbook without a default style is a workbook all the same
            book = load_workbook(io.BytesIO(raw), read_only=True, data_only=True)
            return {sheet.title.strip().lower(): _rows(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    except Exception as error:  # a broken file fails inside zip, XML or openpyxl, each in its own way
        raise NotAWorkbookError(str(error)) from None


def _rows(rows: object) -> list[list[str]]:
    out = [[_text(cell) for cell in row] for row in rows]  # type: ignore[attr-defined]
    while out and not any(out[-1]):
        out.pop()
    width = max((at + 1 for at, cell in enumerate(out[0]) if cell), default=0) if out else 0
    return [_cut(row, width) for row in out]


def _cut(row: list[str], width: int) -> list[str]:
    """Cut empty cells beyond the header, and fill up to it."""
    while len(row) > width and not row[-1]:
        row = row[:-1]
    return row + [""] * (width - len(row))


def _text(cell: object) -> str:
    """Write a cell as a CSV file would hold it.

    >>> [_text(cell) for cell in (None, True, 7.0, 2.5, dt.datetime(2025, 7, 31), " a ")]
    ['', 'true', '7', '2.5', '2025-07-31', 'a']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    return str(cell).strip()
