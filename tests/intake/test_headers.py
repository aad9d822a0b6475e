"""Headers: what agencies really hand in is read as what it says, never guessed, and what was done is noted."""

import pandas as pd
import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.intake.schema import layout, squash

EMPLOYEES = """DATA UTAMA ASN;;;;;;;
Pemerintah Kota;;;;;;;

PNS ID;NIP BARU;NAMA;UNOR ID;JABATAN ID;TMT JABATAN;KEDUDUKAN HUKUM ID;TINGKAT PENDIDIKAN ID;GOL AKHIR ID;STATUS CPNS PNS;JENIS KELAMIN
1;2;3;4;5;6;7;8;9;10;11
p1;'198002292006011999;Budi;A;clerk;44197;01;40;31;P;L
p2;19910915 201505 2 999;Siti;B;clerk;31/12/2020;71;15;21;C;P
JUMLAH;2;;;;;;;;;
Palembang, 31 Desember 2025;;;;;;;;;;
"""


def volumes(*cells, sep="|"):
    rows = "".join(f"A{sep}letters{sep}2025-{at:02d}{sep}{cell}\n" for at, cell in enumerate(cells, 1))
    return f"unit_id{sep}service_id{sep}period{sep}received\n{rows}".replace("|", ";")


def raw(folder, name, content):
    write(folder)
    (folder / f"{name}.csv").write_bytes(content)
    return folder


def test_an_export_of_siasn_is_read_and_noted(tmp_path):
    write(tmp_path, employees=None)
    (tmp_path / "DATA UTAMA.CSV").write_bytes(EMPLOYEES.encode("cp1252"))
    data = tk.load(tmp_path)
    assert data.employees.employee_id.tolist() == ["p1", "p2"]
    assert data.employees.in_post_since.dt.strftime("%Y-%m-%d").tolist() == ["2021-01-01", "2020-12-31"]
    assert data.employees[["standing", "education", "rank", "status", "sex"]].values.tolist() == [
        ["active", "S1", "III/a", "pns", "m"],
        ["active", "SLTA", "II/a", "cpns", "f"],
    ]
    assert list(data.files) == ["units.csv", "jobs.csv", "DATA UTAMA.CSV", "services.csv", "volumes.csv"]
    for note in (
        "DATA UTAMA.CSV was read as employees",
        "employees: 2 rows above the header were not read: DATA UTAMA ASN",
        "employees: 2 rows below the table were not read: JUMLAH",
        "employees: columns not read, because another column is read in their place: NIP BARU (employee_id)",
        "employees: columns of personal data that no step needs were not read (mutasi anonymise removes them): NAMA",
        "employees: columns recognised under another name: PNS ID = employee_id, UNOR ID = unit_id, JABATAN ID = job_id, "
        "TMT JABATAN = in_post_since, KEDUDUKAN HUKUM ID = standing, TINGKAT PENDIDIKAN ID = education, "
        "GOL AKHIR ID = rank, STATUS CPNS PNS = status, JENIS KELAMIN = sex",
    ):
        assert note in data.notes


@pytest.mark.parametrize("sep", [",", ";", "\t"])
def test_the_separator_is_the_one_that_names_the_columns(tmp_path, sep):
    assert tk.load(write(tmp_path, volumes=volumes(5, 7, sep=sep))).volumes.received.tolist() == [5.0, 7.0]


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_coding_is_found(tmp_path, coding):
    data = tk.load(raw(tmp_path, "units", "unit_id,name\nA,Café\nB,b\nC,c\n".encode(coding)))
    assert data.units.name[0] == "Café"
    assert ("units.csv is in Windows-1252, not UTF-8, and was read as such" in data.notes) == (coding == "cp1252")


def test_a_number_that_only_fits_its_column_in_one_way_is_read_so(tmp_path):
    data = tk.load(write(tmp_path, places="district,lat,lon\nSako,-2.918,104.785\nPlaju,-3.014,104.813\n"))
    assert data.places[["lat", "lon"]].values.tolist() == [[-3.014, 104.813], [-2.918, 104.785]]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["12,5", "1.250"], [12.5, 1250]),
        (["12.5", "1.250"], [12.5, 1.25]),
        (["12.5", "1,250"], [12.5, 1250]),
        (["1.250.000", "1.250"], [1250000, 1250]),
        (["1,250,000", "1,250"], [1250000, 1250]),
        (["1.250,5", "7"], [1250.5, 7]),
        (["0,250", "1.250"], [0.25, 1250]),
        (["0.250", "1.250"], [0.25, 1.25]),
        (["1250", "2500"], [1250, 2500]),
    ],
)
def test_a_column_tells_its_decimal_sign(tmp_path, cells, values):
    data = tk.load(write(tmp_path, volumes=volumes(*cells)))
    assert data.volumes.received.tolist() == values
    if "." in cells[1] or "," in cells[1]:
        assert any("received was read with the decimal sign" in note for note in data.notes)


@pytest.mark.parametrize("cells", [["1.250"], ["1,250"], ["1.250", "300"], ["1.250", "2,500"]])
def test_what_may_be_two_numbers_is_refused(tmp_path, cells):
    with pytest.raises(
        tk.InputError,
        match=r"(?s)the sign may mark thousands or decimals.*'1[.,]250'|'1[.,]250': the sign may mark thousands",
    ):
        tk.load(write(tmp_path, volumes=volumes(*cells)))


def test_no_header_means_two_columns_and_no_name_two_tables():
    names = [squash(name) for table in layout().values() for name in {table.name, *table.also}]
    assert len(names) == len(set(names))
    for table in layout().values():
        known = [{squash(word) for word in (name, of.id, *of.also, *of.scaled)} for name, of in table.columns.items()]
        assert sum(map(len, known)) == len(set.union(*known)), table.name
        for column in table.columns.values():
            codes = [
                squash(word)
                for code, more in (column.codes | column.spellings).items()
                for word in {squash(code), *map(squash, more)}
            ]
            assert len(codes) == len(set(codes))


def test_a_table_of_one_column_and_a_total_is_no_office(tmp_path):
    data = tk.load(write(tmp_path, units=BASE["units"] + "Jumlah,3\n"))
    assert data.units.unit_id.tolist() == ["A", "B", "C"]
    pd.testing.assert_frame_equal(data.units, tk.load(write(tmp_path / "plain")).units)


def test_names_are_read_where_exact_or_confirmed_and_nowhere_else(tmp_path):
    employees = "employee_id,unit_id,job_id\np1,alpha,Clerk\np2,Kantor Bheta,clerk\np3,C,clerk\n"
    with pytest.raises(tk.InputError, match="'Kantor Bheta': not in units"):
        tk.load(write(tmp_path, employees=employees))
    matches = "kind,given,known_id,confirmed\nunit,KANTOR BHETA,B,{}\nunit,Kantor Bheta,A,\n"
    with pytest.raises(tk.InputError, match="'Kantor Bheta': not in units"):
        tk.load(write(tmp_path, employees=employees, matches=matches.format("")))
    data = tk.load(write(tmp_path, employees=employees, matches=matches.format("ya")))
    assert data.employees.unit_id.tolist() == ["A", "B", "C"]
    assert "employees: 2 cells of unit_id are names and were read as ids: alpha -> A, Kantor Bheta -> B" in data.notes


def test_families_without_a_column_follow_the_names(tmp_path):
    jobs = "job_id,name,category,level,field\n" + "".join(
        f"{row}\n"
        for row in (
            "clerk,Clerk,,,",
            "n1,Perawat Terampil,functional,terampil,",
            "n2,Perawat Ahli Muda,2,,",
            "g1,Guru Matematika SMP Ahli Pertama,functional,,",
            "g2,Guru Ahli Pertama,functional,,Bahasa Indonesia",
            "o1,Operator Layanan,4,operator,kesehatan",
            "o2,Pengelola Layanan,4,operator,kesehatan",
            "s,Kepala Seksi Madya,1,,",
        )
    )
    data = tk.load(write(tmp_path, jobs=jobs))
    assert data.jobs.set_index("job_id").family.to_dict() == {
        "clerk": "clerk", "n1": "perawat", "n2": "perawat", "g1": "guru_matematika_smp", "g2": "guru_bahasa_indonesia",
        "o1": "operator_kesehatan", "o2": "operator_kesehatan", "s": "s",
    }  # fmt: skip
    assert any(
        "6 jobs without a family were given one based on their name: g1 -> guru_matematika_smp" in note
        for note in data.notes
    )


def test_column_numbers_are_dropped_with_a_note_and_a_person_with_id_1_stays(tmp_path):
    numbered = "employee_id,unit_id,job_id\n1,2,3\np1,A,clerk\n"
    data = tk.load(write(tmp_path / "1", employees=numbered))
    assert data.employees.employee_id.tolist() == ["p1"]
    assert (
        "employees: the row 1 to 3 below the header was taken for the numbers of the columns and not read" in data.notes
    )
    tables = {
        "units": "unit_id,name\n2,Alpha\n5,Beta\n",
        "jobs": "job_id,name\n3,Clerk\n",
        "employees": "employee_id,unit_id,job_id\n1,2,3\n2,5,3\n",
        "services": "service_id,job_id,name,norm_minutes\nletters,3,Letters,30\n",
        "volumes": "unit_id,service_id,period,received\n2,letters,2025,2500\n",
    }
    assert tk.load(write(tmp_path / "2", **tables)).employees.employee_id.tolist() == ["1", "2"]
    alone = {**tables, "employees": "employee_id,unit_id,job_id\n1,2,3\n"}
    assert tk.load(write(tmp_path / "3", **alone)).employees.employee_id.tolist() == ["1"]
