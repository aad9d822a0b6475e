"""Write the tables of a test as CSV: a few lines stand for a folder."""

from __future__ import annotations

from pathlib import Path

from openpyxl import Workbook

from toolkit.sample.agency import plain

BASE = {
    "units": "unit_id,name\nA,Alpha\nB,Beta\nC,Gamma\n",
    "jobs": "job_id,name\nclerk,Clerk\n",
    "employees": "employee_id,unit_id,job_id\np1,A,clerk\np2,A,clerk\np3,B,clerk\np4,C,clerk\n",
    "services": "service_id,job_id,name,norm_minutes\nletters,clerk,Letters,30\n",
    "volumes": "unit_id,service_id,period,received\nA,letters,2025,2500\nB,letters,2025,7500\n",
}


def write(folder: Path, **tables: str | bytes | None) -> Path:
    """Write the base tables with some replaced, added, or (None) left out; ``policy`` is policy.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in {**BASE, **tables}.items():
        if text is not None:
            file = folder / ("policy.toml" if name == "policy" else f"{name}.csv")
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def as_folder(tables, folder: Path) -> Path:
    """Write frames in their plainest form."""
    folder.mkdir(exist_ok=True)
    for name, table in tables.items():
        (folder / f"{name}.csv").write_text(plain(table, name), encoding="utf-8")
    return folder


def workbook(file: Path, merged=(), **sheets) -> Path:
    """Write sheets of rows as a person does in Excel; ``merged`` are (sheet, range)."""
    made = Workbook()
    made.remove(made.active)
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
    for title, cells in merged:
        made[title].merge_cells(cells)
    file.parent.mkdir(parents=True, exist_ok=True)
    made.save(file)
    return file
