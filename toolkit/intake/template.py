"""Workbooks for people to fill in: the empty template, and the names that somebody must confirm."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from toolkit.common.writing import claimed, write_files
from toolkit.intake.excel import append
from toolkit.intake.loading import names_to_confirm
from toolkit.intake.schema import Column, Table, layout
from toolkit.words import say

ROWS = 20_000  # as far down as drop-downs and text formats reach


def write_template(folder: str | Path, lang: str = "id", force: bool = False) -> Path:
    """Write template.xlsx: a sheet a table with its header and drop-downs, and a sheet that explains every column.

    Args:
        folder: empty or not there yet.
        lang: of sheet names, headers and codes; both are read. The explanations are in both languages.
        force: replace a template that stands in the folder.
    """
    folder = claimed(folder, "the template", force)
    book = Workbook()
    guide = book.active
    guide.title = say("template.guide", lang)
    _head(guide, say("template.head", lang).split("|"), [18, 22, 22, 60, 60, 40])
    for table in layout().values():
        sheet = book.create_sheet(_named(table.name, table.also[0], lang))
        _blank(sheet, table, lang)
        append(guide, [sheet.title + (" *" if table.required else ""), "", "", *table.about, ""])
        for name, column in table.columns.items():
            star = " *" if column.required else ""
            values = ", ".join(_choices(column, lang)) or column.type
            append(guide, [sheet.title, name + star, column.id + star, *column.about, values])
    return write_files(folder, {"template.xlsx": _bytes(book)})


def write_matches(place: str | Path, folder: str | Path, lang: str = "id", force: bool = False) -> Path | None:
    """Write padanan.xlsx with the names of :func:`names_to_confirm`; without any, nothing.

    Once a row of it says yes, the table is handed in with the others.
    """
    folder, table = claimed(folder, "the names to confirm", force), layout()["matches"]
    rows = names_to_confirm(place)
    if rows.empty:
        return None
    book = Workbook()
    book.active.title = table.also[0]
    _blank(book.active, table, lang)
    for row in rows.astype(object).where(rows.notna(), None).values.tolist():
        append(book.active, row)
    return write_files(folder, {"padanan.xlsx": _bytes(book)})


def _named(english: str, indonesian: str, lang: str) -> str:
    return indonesian if lang == "id" else english


def _choices(column: Column, lang: str) -> list[str]:
    """What a drop-down offers: the codes, in Indonesian where they have a word for it."""
    if column.type == "flag":
        return ["ya", "tidak"] if lang == "id" else ["yes", "no"]
    choices = []
    for code, more in column.codes.items():
        words = [word for word in more if len(word) > 1 and word.replace("_", "").isalpha()]
        choices.append(_named(code, (words or [code])[0], lang))
    return choices


def _blank(sheet: Any, table: Table, lang: str) -> None:
    """A sheet with a header, drop-downs for codes, and text cells wherever a spreadsheet would change what is typed."""
    names = [_named(name, column.id, lang) for name, column in table.columns.items()]
    _head(sheet, names, [max(14, len(name) + 3) for name in names])
    for at, column in enumerate(table.columns.values(), 1):
        letter = get_column_letter(at)
        if column.type != "number":
            sheet.column_dimensions[letter].number_format = "@"
        if choices := _choices(column, lang):
            rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            rule.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(rule)


def _head(sheet: Any, names: list[str], widths: list[int]) -> None:
    append(sheet, names)
    sheet.freeze_panes = "A2"
    for at, width in enumerate(widths, 1):
        sheet.cell(1, at).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(at)].width = width


def _bytes(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
