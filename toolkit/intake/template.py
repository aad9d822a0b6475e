"""Files for people to fill in: the empty template with its policy, and the names that somebody must confirm."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from toolkit.common.arguments import language
from toolkit.common.writing import check_output_folder, write_files
from toolkit.intake.excel import append
from toolkit.intake.loading import names_to_confirm
from toolkit.intake.schema import Table, layout
from toolkit.words import policy_file, say

ROWS = 20_000  # as far down as drop-downs and text formats reach


def write_template(folder: str | Path, lang: str = "id", *, force: bool = False) -> Path:
    """Write template.xlsx and, beside it, a policy.toml that explains every choice.

    The workbook has a sheet a table with its header and drop-downs, and a sheet that explains every column.

    Args:
        folder: empty or not there yet.
        lang: of sheet names, headers, codes and policy.toml (whose keys are the same in both); both languages are read.
            The explanations of columns are in both.
        force: replace a template and a policy.toml that are in the folder.

    Returns:
        The path of template.xlsx.
    """
    lang = language(lang)
    folder = check_output_folder(folder, "template", force=force)
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
            values = ", ".join(column.choices(lang)) or column.type
            append(guide, [sheet.title, name + star, column.id + star, *column.about, values])
    return write_files(folder, {"policy.toml": policy_file(lang), "template.xlsx": _bytes(book)})


def write_matches(place: str | Path, folder: str | Path, lang: str = "id", *, force: bool = False) -> Path | None:
    """Write padanan.xlsx with the names of :func:`names_to_confirm`; write nothing where there are none.

    Once somebody has written yes in a row, the file belongs beside the other tables.

    Args:
        place: folder or workbook with the tables.
        folder: empty or not there yet.
        lang: of the headers.
        force: replace a padanan.xlsx that is in the folder.

    Returns:
        The path of padanan.xlsx, or None where there is nothing to confirm.
    """
    lang = language(lang)
    folder = check_output_folder(folder, "names", force=force)
    table = layout()["matches"]
    rows = names_to_confirm(place)
    if rows.empty:
        return None
    book = Workbook()
    book.active.title = table.also[0]
    _blank(book.active, table, lang)
    # openpyxl writes None, not NaN, as an empty cell; only object columns can hold None
    for row in rows.astype(object).where(rows.notna(), None).values.tolist():
        append(book.active, row)
    return write_files(folder, {"padanan.xlsx": _bytes(book)})


def _named(english: str, indonesian: str, lang: str) -> str:
    return indonesian if lang == "id" else english


def _blank(sheet: Any, table: Table, lang: str) -> None:
    """Add header, drop-downs for codes, and text format wherever a spreadsheet would change what is typed."""
    names = [_named(name, column.id, lang) for name, column in table.columns.items()]
    _head(sheet, names, [max(14, len(name) + 3) for name in names])
    for place, column in enumerate(table.columns.values(), 1):
        letter = get_column_letter(place)
        if column.type != "number":  # text format: ids keep their zeros, and dates are not rewritten
            sheet.column_dimensions[letter].number_format = "@"
        # a drop-down holds one value, and would refuse a list of them
        if column.type != "codes" and (choices := column.choices(lang)):
            rule = DataValidation(type="list", formula1=f'"{",".join(choices)}"', allow_blank=True)
            rule.add(f"{letter}2:{letter}{ROWS}")
            sheet.add_data_validation(rule)


def _head(sheet: Any, names: list[str], widths: list[int]) -> None:
    append(sheet, names)
    sheet.freeze_panes = "A2"
    for place, width in enumerate(widths, 1):
        sheet.cell(1, place).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(place)].width = width


def _bytes(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
