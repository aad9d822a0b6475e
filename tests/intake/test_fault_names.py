"""A fault names the sheet or file and the header as the user's file has them, with our own name behind."""

import pytest
from openpyxl import Workbook

import toolkit as tk
from tests.tables import BASE, write


def rows(text):
    return [line.split(",") for line in text.splitlines()]


def agency(file, people):
    """A workbook as an office has it: sheets and headers of its own, the table of people below a title."""
    book = Workbook()
    book.remove(book.active)
    sheets = {"Unit Kerja": rows(BASE["units"]), "Jabatan": rows(BASE["jobs"]), "Data Utama": people}
    for title, cells in sheets.items():
        sheet = book.create_sheet(title)
        for row in cells:
            sheet.append(row)
    book.save(file)
    return file


def told(place):
    with pytest.raises(tk.InputError, match="fault") as caught:
        tk.load(place)
    return caught.value


def test_a_fault_in_a_workbook_names_sheet_header_and_row_of_the_file(tmp_path):
    people = [
        ["DAFTAR PEGAWAI"],
        ["NIP BARU", "UNOR ID", "JABATAN ID", "TMT JABATAN"],
        ["p1", "A", "clerk", "2020-01-01"],
        ["p2", "A", "clerk", "31/02/2020"],
    ]
    error = told(agency(tmp_path / "data.xlsx", people))
    assert error.said("id").splitlines()[1] == (
        '  lembar "Data Utama" (employees), baris 4, "TMT JABATAN" (in_post_since): \'31/02/2020\': bukan tanggal; '
        "tulis seperti 2025-07-31 atau 31-07-2025, dengan hari di depan"
    )
    assert 'sheet "Data Utama" (employees), row 4, "TMT JABATAN" (in_post_since): \'31/02/2020\'' in str(error)
    fault = error.faults.iloc[0]
    assert fault[["table", "row", "column", "kolom"]].tolist() == ["employees", 4, "in_post_since", "tmt_jabatan"]
    assert fault[["source", "title", "header"]].tolist() == ["sheet", "Data Utama", "TMT JABATAN"]
    assert (fault.fault, fault.remedy) == (
        "not_date",
        "not a date; write it as 2025-07-31 or 31-07-2025, the day first",
    )


def test_a_fault_in_a_file_of_another_name_names_it(tmp_path):
    people = "id_pegawai,unit_id,job_id\np1,Z,clerk\n"
    error = told(write(tmp_path, employees=None, pegawai=people))
    assert "  berkas pegawai.csv (employees), baris 2, unit_id (id_unit): 'Z': tidak ada" in error.said("id")
    assert "  file pegawai.csv (employees), row 2, unit_id (id_unit): 'Z': not in units" in str(error)


def test_a_fault_in_a_column_that_describes_the_job_names_the_header_of_the_file(tmp_path):
    tables = {"units": None, "jobs": None, "posts": "unit_kerja,jabatan,K\nDinas A,Kasir,2\n", "volumes": None}
    people = "id_pegawai,unit_kerja,jabatan,KELAS JABATAN\np1,Dinas A,Kasir,tujuh\n"
    error = told(write(tmp_path, **tables, employees=people))
    assert "employees, baris 2, \"KELAS JABATAN\" (grade): 'tujuh': bukan bilangan" in error.said("id")


def test_hundreds_of_one_kind_are_one_line_and_the_frame_keeps_them_all(tmp_path):
    volumes = "unit_id,service_id,period,MASUK\n" + "".join(f"A,letters,{1700 + at},-{at + 1}\n" for at in range(300))
    error = told(write(tmp_path, volumes=volumes.replace("MASUK", "diterima")))
    assert len(error.faults) == 500  # 300 negative numbers, 200 years before 1900
    assert len(str(error).splitlines()) == 3
    assert error.said("id").splitlines()[2] == (
        '  volumes, "diterima" (received), 300 sel: harus paling sedikit 0; perbaiki: '
        "baris 2 '-1', baris 3 '-2', baris 4 '-3', baris 5 '-4', baris 6 '-5'"
    )


def test_kinds_beyond_the_fifth_are_counted(tmp_path):
    header = "employee_id,unit_id,job_id,fte,standing,locked,birth_date,rating_last,sex\n"
    error = told(write(tmp_path, employees=header + "p1,Z,cook,2,gone,maybe,never,odd,x\n"))
    assert len(error.faults) == 8
    assert str(error).splitlines()[-1] == "  ... and 3 more"
    assert error.said("id").splitlines()[-1] == "  ... dan 3 lagi"
    assert len(error.said("id", shown=50).splitlines()) == 9
