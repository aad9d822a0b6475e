"""A workbook is read as the folder of CSV files it stands for, and a plan made from it is verified by it."""

import datetime as dt
import shutil

import pandas as pd
import pytest
from openpyxl import Workbook

import toolkit as tk
from tests.tables import BASE, write
from toolkit.cli import main
from toolkit.pipeline import moves_from


def book(file, **tables):
    """Write tables of text as sheets; a cell of digits becomes a number, as in a spreadsheet."""
    made = Workbook()
    made.remove(made.active)
    for name, text in {**BASE, **tables}.items():
        sheet = made.create_sheet(name)
        for row in text if isinstance(text, list) else [line.split(",") for line in text.splitlines()]:
            sheet.append([int(cell) if isinstance(cell, str) and cell.isdecimal() else cell for cell in row])
    file.parent.mkdir(parents=True, exist_ok=True)
    made.save(file)
    return file


def test_a_workbook_gives_what_its_csv_folder_gives(tmp_path):
    one, other = tk.load(write(tmp_path / "csv")), tk.load(book(tmp_path / "book" / "tables.xlsx"))
    for name in BASE:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert list(other.files) == ["tables.xlsx"]
    assert tk.load(tmp_path / "book").files == other.files


def test_dates_months_numbers_and_flags_of_a_spreadsheet_are_read(tmp_path):
    employees = [
        ["employee_id", "unit_id", "job_id", "in_post_since", "fte", "locked"],
        ["p1", "A", "clerk", dt.datetime(2021, 2, 1), 0.5, True],
    ]
    volumes = [["unit_id", "service_id", "period", "received"], ["A", "letters", dt.datetime(2025, 7, 1), 12.0]]
    data = tk.load(book(tmp_path / "t.xlsx", employees=employees, volumes=volumes))
    assert data.employees.loc[0, ["in_post_since", "fte", "locked"]].tolist() == [pd.Timestamp("2021-02-01"), 0.5, True]
    assert data.volumes.loc[0, ["period", "received"]].tolist() == ["2025-07", 12.0]


def test_a_fault_in_a_sheet_names_the_row_the_analyst_sees(tmp_path):
    volumes = [
        ["unit_id", "service_id", "period", "received", None],
        [],
        ["A", "letters", "2025", "many"],
        ["A", "post", 2025, 1, "left over"],
    ]
    with pytest.raises(tk.InputError, match=r"volumes, row 3, received \(diterima\): 'many': not a number") as caught:
        tk.load(book(tmp_path / "t.xlsx", volumes=volumes))
    assert caught.value.faults.row.tolist() == [3, 4]


@pytest.mark.parametrize("raw", [b"", b"\x89PNG\r\n\x1a\n\0\0", b"PK\x03\x04 broken", b"unit_id,name\n"])
def test_a_renamed_picture_or_broken_file_is_no_workbook(tmp_path, raw, capsys):
    (tmp_path / "photo.xlsx").write_bytes(raw)
    assert main(["recommend", str(tmp_path / "photo.xlsx"), "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().err
    assert "1 kesalahan dalam" in printed
    assert "'photo.xlsx': bukan buku kerja" in printed
    assert not (tmp_path / "out").exists()


def test_a_missing_sheet_is_told(tmp_path):
    file = book(tmp_path / "t.xlsx", jobs="")
    with pytest.raises(tk.InputError, match="jobs: jobs is empty"):
        tk.load(file)


def test_which_workbook_is_never_guessed(tmp_path):
    book(tmp_path / "one.xlsx")
    book(tmp_path / "two.xlsx")
    with pytest.raises(tk.InputError, match="one.xlsx: units .*'two.xlsx: units': duplicate table"):
        tk.load(tmp_path)
    for name in ("one.xlsx", "two.xlsx"):
        Workbook().save(tmp_path / name)
    with pytest.raises(tk.MutasiError, match="several workbooks and no table: one.xlsx, two.xlsx; name"):
        tk.load(tmp_path)
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(tk.MutasiError, match="neither a folder nor a workbook"):
        tk.load(tmp_path / "notes.txt")


def test_a_plan_from_a_workbook_is_verified_by_it(tmp_path, capsys):
    file, out = book(tmp_path / "data" / "tables.xlsx"), tmp_path / "out"
    assert main(["recommend", str(file), "--out", str(out)]) == 0
    assert main(["verify", str(out)]) == 0
    shutil.move(file, tmp_path / "renamed.xlsx")
    assert main(["verify", str(out)]) == 1
    assert main(["verify", str(out), "--data", str(tmp_path / "renamed.xlsx")]) == 0
    book(tmp_path / "renamed.xlsx", volumes=BASE["volumes"].replace("2500", "2501"))
    capsys.readouterr()
    assert main(["verify", str(out), "--data", str(tmp_path / "renamed.xlsx")]) == 1
    assert "SHA-256 lain" in capsys.readouterr().err


def test_a_plan_from_csv_tables_with_a_workbook_beside_them_is_verified(tmp_path):
    folder = write(tmp_path / "data")
    made = Workbook()
    made.active.append(["kind", "given", "known_id", "confirmed"])
    made.active.append(["unit", "Kantor Alpha", "A", "ya"])
    made.save(folder / "padanan.xlsx")
    moves = moves_from(tk.load(folder))
    plan = tk.balance(moves.need, moves)
    assert "padanan.xlsx" in plan.files
    assert tk.verify(plan)
    made.active.append(["unit", "Kantor Beta", "B", "ya"])
    made.save(folder / "padanan.xlsx")
    with pytest.raises(tk.VerificationError, match="padanan.xlsx.*another SHA-256"):
        tk.verify(plan)
