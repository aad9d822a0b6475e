"""rekomendasi.xlsx: the plan as an analyst checks it; a text never becomes a formula, the same plan the same bytes."""

from __future__ import annotations

import io
import tomllib
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter

from toolkit.dossier.summary import lines
from toolkit.moves.refusals import rule_sentence
from toolkit.need.job_map import KEY, peta_jabatan, projection
from toolkit.need.statements import estimate_lines
from toolkit.plan.plan import Plan
from toolkit.reasons.explanation import noted
from toolkit.words import say

HEAD = PatternFill("solid", fgColor="0072B2")
STILL = (1980, 1, 1, 0, 0, 0)  # the date of every part: the clock never enters a file
WRAPPED = Alignment(wrap_text=True, vertical="top")
LEAST_WIDTH, LINE = 11, 15  # letters; points a line


class _Formula(str):
    """A formula of our own; any other text is written as text."""


@cache
def _form() -> dict[str, Any]:
    form = tomllib.loads(files("toolkit.dossier").joinpath("sheets.toml").read_text(encoding="utf-8"))
    return {**form, "formats": {name: code for code, names in form["formats"].items() for name in names}}


def workbook(plan: Plan, checks: list[str], lang: str) -> bytes:
    """Give the bytes of the workbook: one sheet a table of sheets.toml, headings in the reader's language."""
    book = Workbook()
    book.remove(book.active)
    frames = _frames(plan, checks, lang)
    for name, columns in _form()["sheets"].items():
        _sheet(book, name, frames[name][columns], lang)
    book.properties.creator = "mutasi"
    book.properties.created = book.properties.modified = datetime(*STILL)
    out = io.BytesIO()
    with _StillZip(out, "w", ZIP_DEFLATED) as archive:
        ExcelWriter(book, archive).write_data()
    return out.getvalue()


class _StillZip(ZipFile):
    """A zip whose parts carry no time."""

    def writestr(self, name: Any, data: Any, *rest: Any, **more: Any) -> None:  # type: ignore[override]
        part = ZipInfo(str(name), STILL)
        part.compress_type = ZIP_DEFLATED
        super().writestr(part, data)

    def write(self, filename: Any, arcname: Any = None, *rest: Any, **more: Any) -> None:
        self.writestr(arcname, Path(filename).read_bytes())


def _frames(plan: Plan, checks: list[str], lang: str) -> dict[str, pd.DataFrame]:
    names = plan.moves.need.data.units.set_index("unit_id").name
    refused = plan.moves.refused
    told = [say("page.draft", lang), *lines(plan, lang), *checks[-2:]]
    parameters = pd.Series(plan.policy.plain(), dtype=object).rename("value").rename_axis("key").reset_index()
    return {
        "summary": pd.DataFrame({"sentence": told}),
        "transfers": transfers(plan, lang),
        "cells": _squares(plan, plan.cells.assign(name=plan.cells.unit_id.map(names))),
        "need": _checked(plan, plan.moves.need.table.assign(name=plan.moves.need.table.unit_id.map(names)), lang),
        "job_map": _job_map(plan, lang),
        "estimates": pd.DataFrame({"sentence": estimate_lines(plan.moves.need, lang)}),
        "refusals": refused.assign(rule_says=[rule_sentence(rule, lang, plan.policy, rule) for rule in refused.rule]),
        "prices": plan.cells.assign(name=plan.cells.unit_id.map(names)),
        "parameters": parameters,
        "checks": pd.DataFrame({"sentence": checks}),
    }


def transfers(plan: Plan, lang: str) -> pd.DataFrame:
    """Give the transfers with names of offices and jobs, loads (before and after all transfers) and notes in words."""
    out = plan.transfers.assign(number=range(1, len(plan.transfers) + 1))
    units, jobs = (
        plan.moves.need.data.units.set_index("unit_id").name,
        plan.moves.need.data.jobs.set_index("job_id").name,
    )
    cells = plan.cells.set_index(["family", "unit_id"])
    for side in ("from", "to"):
        out[f"{side}_name"] = out[f"{side}_unit"].map(units)
        at = cells.reindex(pd.MultiIndex.from_frame(out[["family", f"{side}_unit"]]))
        out[f"{side}_before"], out[f"{side}_after"] = at.load_before.to_numpy(), at.load_after.to_numpy()
    out["job_name"], out["to_job_name"] = out.job_id.map(jobs), out.to_job.map(jobs)
    out["notes"] = ["; ".join(noted(note, lang)) for note in out.notes]
    return out.assign(settled=["\u2610" if note else "" for note in out.notes])


def _squares(plan: Plan, cells: pd.DataFrame) -> pd.DataFrame:
    """Add n^2 / max(s, 1 / charge) as live formulas, with a total: their sum is the objective less the moves' cost."""
    charge = plan.policy.empty_cell_charge
    last, total, need = len(cells) + 1, {}, _letter("cells", "need_fte")
    for side in ("before", "after"):
        staff, own = _letter("cells", f"staff_{side}"), _letter("cells", f"square_{side}")
        squares = [_Formula(f"={need}{row}^2/MAX({staff}{row},1/{charge:g})") for row in range(2, last + 1)]
        cells[f"square_{side}"], total[f"square_{side}"] = squares, _Formula(f"=SUM({own}2:{own}{last})")
    return pd.concat([cells, pd.DataFrame([total])], ignore_index=True)


def _letter(sheet: str, column: str) -> str:
    return get_column_letter(_form()["sheets"][sheet].index(column) + 1)


def _job_map(plan: Plan, lang: str) -> pd.DataFrame:
    """The job map as the forms have it, and who leaves in the five years to come with the gap that this makes."""
    table, names = peta_jabatan(plan.moves.need), plan.moves.need.data.units.set_index("unit_id").name
    table = table.assign(name=table.unit_id.map(names), why_other=_said("basis", table.why, lang))
    table["gabung_tugas"] = table.gabung_tugas.map({True: say("basis.merge", lang), False: None})
    years = projection(plan.moves.need).set_index([*KEY, "year"])
    gaps = years.gap.unstack().add_prefix("gap_")
    last = years[["retire", "contract_ends"]].groupby(KEY).last()
    return table.join(last.join(gaps), on=KEY)


def _said(section: str, codes: pd.Series, lang: str) -> list[str]:
    return [code and say(f"{section}.{code}", lang) for code in codes]


def _checked(plan: Plan, need: pd.DataFrame, lang: str) -> pd.DataFrame:
    """Add hours / effective year as a live formula, where hours are known: the need before allowances and minima."""
    year, hours = plan.moves.need.data.policy.effective_hours, _letter("need", "hours")
    known = enumerate(need.hours.notna(), start=2)
    need["rests_on"] = _said("basis", need.bound, lang)
    need["check"] = [_Formula(f"={hours}{row}/{year:g}") if there else None for row, there in known]
    return need


def _sheet(book: Workbook, name: str, frame: pd.DataFrame, lang: str) -> None:
    sheet, form = book.create_sheet(say(f"sheet.{name}", lang)), _form()
    heads = [say(f"column.{column}", lang) for column in frame]
    widths = [form["widths"].get(column, LEAST_WIDTH) for column in frame]
    sheet.append(heads)
    for head, width in zip(sheet[1], widths, strict=True):
        head.font, head.fill, head.alignment = Font(bold=True, color="FFFFFF"), HEAD, WRAPPED
        sheet.column_dimensions[head.column_letter].width = width
    codes = [form["formats"].get(column) for column in frame]
    for row, values in enumerate(frame.astype(object).itertuples(index=False), start=2):
        for at, value in enumerate(values, start=1):
            _write(sheet.cell(row, at), value, codes[at - 1])
    for row, values in enumerate([tuple(heads), *frame.itertuples(index=False)], start=1):
        texts = [(value, width) for value, width in zip(values, widths, strict=True) if type(value) is str]
        sheet.row_dimensions[row].height = LINE * max([1, *(-(-len(text) * 1.3 // width) for text, width in texts)])
    sheet.freeze_panes = "A2"
    if len(heads) > 1:
        sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToHeight, sheet.sheet_properties.pageSetUpPr.fitToPage = 0, True
    sheet.print_title_rows = "1:1"


def _write(cell: Any, value: Any, code: str | None) -> None:
    """Write one value: a text as a text, whatever it begins with; a missing one as an empty cell."""
    cell.alignment = WRAPPED
    if value is None or value != value:
        return
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        if not isinstance(value, _Formula):
            cell.data_type, cell.quotePrefix = "s", value[:1] in ("=", "+", "-", "@")
    else:
        cell.value = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
    if code:
        cell.number_format = code
