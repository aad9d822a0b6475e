"""rekomendasi.xlsx: writes the sheets as an analyst checks them; the same plan gives the same bytes."""

from __future__ import annotations

import io
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter

from toolkit.dossier.sheets import FIRST_ROW, Formula, frames, layout
from toolkit.plan.plan import Plan
from toolkit.words import say

HEAD_FILL = PatternFill("solid", fgColor="0072B2")
HEAD_FONT = Font(bold=True, color="FFFFFF")
WRAPPED = Alignment(wrap_text=True, vertical="top")
FIXED_DATE = (1980, 1, 1, 0, 0, 0)  # of every part of the zip, the earliest that it can hold: no clock enters a file
WIDTH = 11  # letters, where sheets.toml names no other
LINE_HEIGHT = 15  # points
WIDE_LETTERS = 1.3  # a text of n letters may be as wide as 1.3 n average ones
EXCEL_ROWS = 2**20  # a sheet holds no more
MOST_ROWS = 100_000  # what a spreadsheet still opens and filters at once; a longer table is cut, and says so
FORMULA_SIGNS = ("=", "+", "-", "@")  # a spreadsheet takes a text that begins so for a formula


def workbook(plan: Plan, checks: list[str], lang: str) -> bytes:
    """Return the bytes of the workbook: a sheet for each entry of sheets.toml, headings in the reader's language.

    Args:
        plan: from ``tk.balance``.
        checks: the sentences of ``tk.verify``.
        lang: id or en.
    """
    book = Workbook()
    book.remove(book.active)
    tables = frames(plan, checks, lang)
    for name, columns in layout()["sheets"].items():
        sheet = book.create_sheet(say(f"sheet.{name}", lang))
        _fill(sheet, _cut(tables[name][columns], lang), lang)
    book.properties.creator = "mutasi"
    book.properties.created = datetime(*FIXED_DATE)
    book.properties.modified = datetime(*FIXED_DATE)
    out = io.BytesIO()
    with _ZipWithoutClock(out, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()
    return out.getvalue()


class _ZipWithoutClock(ZipFile):
    """A zip all of whose parts carry the same fixed date."""

    def writestr(self, name: Any, data: Any, *rest: Any, **more: Any) -> None:  # type: ignore[override]
        part = ZipInfo(str(name), FIXED_DATE)
        part.compress_type = ZIP_DEFLATED
        super().writestr(part, data)

    def write(self, filename: Any, arcname: Any = None, *rest: Any, **more: Any) -> None:
        self.writestr(arcname, Path(filename).read_bytes())


def _cut(frame: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Return a frame that a sheet can hold: as it is, or its first rows and a sentence that says how many there are."""
    if len(frame) <= MOST_ROWS:
        return frame
    widest = max(frame.columns, key=lambda column: layout()["widths"].get(column, WIDTH))
    sentence = say("workbook.cut", lang, shown=MOST_ROWS, rows=len(frame))
    return pd.concat([frame[:MOST_ROWS].astype(object), pd.DataFrame([{widest: sentence}])], ignore_index=True)


def _fill(sheet: Worksheet, frame: pd.DataFrame, lang: str) -> None:
    """Write a frame with its headings into an empty sheet, and set it up for screen and paper."""
    assert len(frame) < EXCEL_ROWS, "a sheet holds no more rows"
    form = layout()
    headings = [say(f"column.{column}", lang) for column in frame]
    widths = [form["widths"].get(column, WIDTH) for column in frame]
    codes = [form["formats"].get(column) for column in frame]
    # as objects: pandas would hand out numbers of a whole row as floats, and 3 would be written as 3.0
    rows = list(frame.astype(object).itertuples(index=False))
    _write_headings(sheet, headings, widths)
    for row, values in enumerate(rows, start=FIRST_ROW):
        for column, (value, code) in enumerate(zip(values, codes, strict=True), start=1):
            _write(sheet.cell(row, column), value, code)
    for row, values in enumerate([headings, *rows], start=1):
        sheet.row_dimensions[row].height = LINE_HEIGHT * _lines_needed(values, widths)
    _set_up(sheet)


def _write_headings(sheet: Worksheet, headings: list[str], widths: list[float]) -> None:
    sheet.append(headings)
    for cell, width in zip(sheet[1], widths, strict=True):
        cell.font = HEAD_FONT
        cell.fill = HEAD_FILL
        cell.alignment = WRAPPED
        sheet.column_dimensions[cell.column_letter].width = width


def _write(cell: Cell, value: Any, code: str | None) -> None:
    """Write one value: a text as a text, whatever it begins with; a missing one as an empty cell."""
    cell.alignment = WRAPPED
    if value is None or value != value:  # only a missing number or date differs from itself
        return
    if isinstance(value, str):
        _write_text(cell, value)
    else:
        cell.value = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
    if code:
        cell.number_format = code


def _write_text(cell: Cell, text: str) -> None:
    cell.value = ILLEGAL_CHARACTERS_RE.sub("", text)
    if not isinstance(text, Formula):
        cell.data_type = "s"
        cell.quotePrefix = text.startswith(FORMULA_SIGNS)


def _lines_needed(values: Any, widths: list[float]) -> int:
    """How many lines the longest text of a row takes; a formula shows its number, on one line.

    >>> _lines_needed(["a" * 100, 3.5], [65, 11]), _lines_needed([None], [11])
    (2, 1)
    """
    texts = [(value, width) for value, width in zip(values, widths, strict=True) if type(value) is str]
    return max([1, *(ceil(len(text) * WIDE_LETTERS / width) for text, width in texts)])


def _set_up(sheet: Worksheet) -> None:
    """Headings that stay in sight, filters, and A4 landscape, one page wide, with headings on every page."""
    sheet.freeze_panes = f"A{FIRST_ROW}"
    if sheet.max_column > 1:
        sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight = 0  # as many pages as it takes
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"
