"""What is written as agencies write it is read as what it was: SIASN-styled workbooks, and the filled template."""

from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

import toolkit as tk
from tests.tables import BASE, as_folder, write
from toolkit.cli import main
from toolkit.intake.excel import append, sheets
from toolkit.intake.schema import layout
from toolkit.intake.template import write_matches, write_template
from toolkit.sample.agency import make_agency
from toolkit.sample.raw import sheet_rows


def recent(seed):
    """The small sample of a seed, its volumes and hours of three months only."""
    tables = make_agency("small", seed)[0]
    return tables | {name: tables[name][tables[name].period >= "2026-07"] for name in ("volumes", "hours")}


def siasn_book(tables, file, rng):
    """One workbook with Indonesian sheets, headers of SIASN, titles above and totals below."""
    book = Workbook()
    book.remove(book.active)
    for name, table in tables.items():
        sheet = book.create_sheet(layout()[name].also[-1].upper().replace("_", " "))
        for row in sheet_rows(name, table.assign(NIK=""), rng):
            append(sheet, row)
    book.save(file)
    return file


@settings(max_examples=2, phases=[Phase.generate])
@given(seed=st.integers(0, 9999))
def test_a_siasn_styled_workbook_of_any_sample_gives_the_same_data(tmp_path_factory, seed):
    place, tables = tmp_path_factory.mktemp("trip"), recent(seed)
    one = tk.load(as_folder(tables, place / "csv"))
    other = tk.load(siasn_book(tables, place / "data.xlsx", np.random.default_rng(seed)))
    for name in layout():
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name], check_dtype=True)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_filled_template_loads_unchanged(tmp_path, lang):
    tables, file = recent(3), write_template(tmp_path / "template", lang)
    book = load_workbook(file)
    for name, table in tables.items():
        about = layout()[name]
        sheet = book[about.also[0] if lang == "id" else name]
        assert [cell.value for cell in sheet[1]] == [
            of.id if lang == "id" else column for column, of in about.columns.items()
        ]
        for row in table.reindex(columns=list(about.columns)).itertuples(index=False):
            append(sheet, [None if x == "" or x != x else x.item() if isinstance(x, np.generic) else x for x in row])
    book.save(file)
    one, other = tk.load(as_folder(tables, tmp_path / "csv")), tk.load(file)
    for name in tables:
        pd.testing.assert_frame_equal(one.tables[name], other.tables[name])
    assert not other.has("matches")


def test_the_template_explains_every_column_in_both_languages_and_offers_every_code(tmp_path, capsys):
    assert main(["template", "--out", str(tmp_path / "t"), "--lang", "id"]) == 0
    book = load_workbook(capsys.readouterr().out.strip())
    guide = [[cell.value for cell in row] for row in book["penjelasan"].iter_rows(min_row=2)]
    for table in layout().values():
        rules = {
            str(rule.sqref).split("2:")[0]: rule.formula1
            for rule in book[table.also[0]].data_validations.dataValidation
        }
        for cell, (name, column) in zip(book[table.also[0]][1], table.columns.items(), strict=True):
            row = next(row for row in guide if row[0] == table.also[0] and (row[1] or "").rstrip(" *") == name)
            assert row[2].rstrip(" *") == column.id
            assert tuple(row[3:5]) == column.about
            assert (cell.column_letter in rules) == (
                (bool(column.codes) or column.type == "flag") and column.type != "codes"
            )
            assert len(rules.get(cell.column_letter, "")) < 256
    assert rules["G"] == '"ya,tidak"'
    assert main(["template", "--out", str(tmp_path / "t")]) == 1
    assert "tidak kosong" in capsys.readouterr().err


def test_a_text_never_becomes_a_formula(tmp_path):
    book = Workbook()
    append(book.active, ["=1+1", "+62", 5])
    book.save(tmp_path / "t.xlsx")
    assert sheets((tmp_path / "t.xlsx").read_bytes())["Sheet"] == [["=1+1", "+62", "5"]]
    with ZipFile(tmp_path / "t.xlsx") as parts:
        assert not any(b"<f>" in parts.read(name) for name in parts.namelist())


def test_a_control_character_in_a_name_becomes_a_space(tmp_path):
    tables = {
        "units": BASE["units"].replace("Alpha", "Dinas\x0bSehat"),
        "employees": BASE["employees"].replace("p1,A", "p1,Dns Sehat"),
    }
    file = write_matches(write(tmp_path / "data", **tables), tmp_path / "out")
    row = sheets(file.read_bytes())["padanan"][1]
    assert (row[1], row[3]) == ("Dns Sehat", "Dinas Sehat")


def test_names_to_confirm_are_written_only_where_asked_and_read_once_confirmed(tmp_path, capsys):
    tables = {
        "units": BASE["units"].replace("Alpha", "Dinas Kesehatan"),
        "employees": BASE["employees"].replace("p1,A", "p1,=Kesehatan Dns"),
    }
    folder = write(tmp_path / "data", **tables)
    assert main(["check", str(folder), "--lang", "en"]) == 1
    assert "mutasi check DATA --out DIR writes padanan.xlsx" in capsys.readouterr().err
    assert sorted(file.stem for file in folder.iterdir()) == sorted(BASE)
    assert main(["check", str(folder), "--out", str(tmp_path / "names")]) == 1
    rows = sheets((tmp_path / "names" / "padanan.xlsx").read_bytes())["padanan"]
    assert rows[1][:4] == ["unit", "=Kesehatan Dns", "A", "Dinas Kesehatan"]
    assert float(rows[1][4]) > 0.5 > float(rows[2][4])
    assert [row[5:] for row in rows[1:]] == [["1", ""]] * 3
    rows[1][6] = "ya"
    (folder / "padanan.csv").write_text("\n".join(";".join(row) for row in rows), encoding="utf-8")
    assert tk.load(folder).employees.unit_id[0] == "A"
    (folder / "padanan.csv").unlink()
    book = load_workbook(tmp_path / "names" / "padanan.xlsx")
    book["padanan"].cell(2, 7).value = "ya"
    book.save(folder / "padanan.xlsx")  # as it was written, confirmed and laid beside the tables
    confirmed = tk.load(folder)
    assert confirmed.employees.unit_id[0] == "A"
    assert "padanan.xlsx" in confirmed.files
    assert main(["check", str(folder), "--out", str(tmp_path / "more")]) == 0
    assert not (tmp_path / "more").exists()
