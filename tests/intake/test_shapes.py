"""Headers, units and layouts of real forms are read as what they mean, with a note, or are a fault; never by guess."""

import pytest

import toolkit as tk
from tests.tables import workbook, write
from toolkit.intake.schema import layout

JOBS = "job_id,name\nclerk,Clerk\n"


def noted(data, *parts):
    """Whether a single note holds all the parts."""
    return any(all(part in note for part in parts) for note in data.notes)


# ---- headers and values of real files


HEADERS = [
    ("employees", "unit_id", "NAMA UNIT KERJA"),
    ("employees", "unit_id", "SATUAN KERJA KERJA NAMA"),
    ("employees", "unit_id", "SATUAN KERJA"),
    ("employees", "unit_id", "UNIT ORGANISASI"),
    ("employees", "unit_id", "OPD"),
    ("employees", "unit_id", "SKPD"),
    ("employees", "unit_id", "PERANGKAT DAERAH"),
    ("employees", "unit_id", "TEMPAT TUGAS"),
    ("employees", "job_id", "NAMA JABATAN"),
    ("employees", "job_id", "JABATAN FUNGSIONAL UMUM NAMA"),
    ("employees", "status", "STATUS KEPEGAWAIAN"),
    ("employees", "status", "STATUS PEGAWAI"),
    ("employees", "status", "JENIS PEGAWAI NAMA"),
    ("employees", "standing", "KEDUDUKAN PEGAWAI"),
    ("employees", "standing", "STATUS AKTIF"),
    ("employees", "rank", "GOL/RUANG"),
    ("employees", "rank", "GOLONGAN RUANG"),
    ("employees", "rank", "PANGKAT/GOL"),
    ("employees", "education", "TINGKAT PENDIDIKAN"),
    ("employees", "education", "TK PENDIDIKAN"),
    ("employees", "education", "PENDIDIKAN TERAKHIR"),
    ("employees", "field", "PRODI"),
    ("employees", "field", "PROGRAM STUDI"),
    ("employees", "rating_last", "KUADRAN KINERJA"),
    ("employees", "rating_last", "PREDIKAT"),
    ("employees", "rating_last", "PREDIKAT KINERJA PEGAWAI"),
    ("employees", "rating_last", "HASIL EVALUASI"),
    ("employees", "rating_last", "SKP 2025"),
    ("employees", "discipline", "TINGKAT HUKUMAN"),
    ("employees", "discipline_until", "HUKUMAN DISIPLIN AKHIR"),
    ("employees", "contract_end", "AKHIR PERJANJIAN KERJA"),
    ("employees", "contract_end", "TGL AKHIR KONTRAK"),
    ("employees", "sex", "JK"),
    ("employees", "sex", "L/P"),
    ("employees", "employee_id", "NI PPPK"),
    ("units", "unit_id", "KODE UNOR"),
    ("units", "name", "NAMA OPD"),
    ("units", "name", "PERANGKAT DAERAH"),
    ("units", "name", "UNIT KERJA"),
    ("units", "parent_id", "UNOR INDUK"),
    ("units", "parent_id", "ID ATASAN"),
    ("jobs", "name", "NOMENKLATUR JABATAN"),
    ("jobs", "retirement_age", "BATAS USIA PENSIUN"),
    ("jobs", "family", "RUMPUN JABATAN"),
    ("jobs", "level", "ESELON"),
    ("posts", "job_id", "NAMA JABATAN"),
    ("posts", "unit_id", "NAMA UNIT KERJA"),
    ("posts", "official_need", "JUMLAH KEBUTUHAN"),
    ("posts", "official_need", "PEGAWAI YANG DIBUTUHKAN"),
    ("posts", "official_need", "HASIL ABK"),
    ("posts", "bezetting", "BEZETTING"),
    ("posts", "bezetting", "B"),
    ("tasks", "job_id", "NAMA JABATAN"),
    ("tasks", "task", "URAIAN TUGAS JABATAN"),
    ("tasks", "volume", "VOLUME KERJA/TH"),
    ("tasks", "volume", "JUMLAH HASIL"),
    ("tasks", "volume", "BEBAN TUGAS"),
    ("tasks", "workload", "BEBAN KERJA"),
    ("tasks", "workload", "JUMLAH BEBAN KERJA"),
    ("services", "name", "NAMA PELAYANAN"),
    ("services", "output", "HASIL KERJA"),
    ("services", "norm_minutes", "SKR"),
    ("volumes", "service_id", "NAMA LAYANAN"),
    ("volumes", "service_id", "JENIS LAYANAN"),
    ("volumes", "received", "JUMLAH PERMOHONAN"),
    ("volumes", "received", "MASUK"),
    ("volumes", "completed", "TERLAYANI"),
    ("volumes", "unit_id", "PUSKESMAS"),
]


@pytest.mark.parametrize(("table", "column", "header"), HEADERS, ids=[header for *_, header in HEADERS])
def test_a_header_of_a_real_file_is_read_as_its_column(table, column, header):
    from toolkit.intake.faults import Faults
    from toolkit.intake.headers import text_frame

    frame = text_frame([["NO", header], ["1", "x"]], layout()[table], table, Faults(), [])
    assert frame[column].tolist() == ["x"]


def test_what_columns_toml_says_of_other_columns_is_there():
    for table in layout().values():
        assert table.wide is None or table.columns[table.wide].type == "number"
        assert table.measure is None or table.columns[table.measure.column].scaled
        assert set(table.lent) <= set(layout()["jobs"].columns)
        for column in table.columns.values():
            assert {*column.assumed, *column.unclear, *column.either} <= {column.id, *column.also}
            assert not {*column.assumed} & {*column.unclear}
            assert {column.before, column.named} - {None} <= set(table.columns)
            assert {column.dash, *column.titled.values()} - {None} <= {*column.codes, *column.spellings}


VALUES = [
    ("employees", "status", "PNS Daerah", "pns"),
    ("employees", "status", "Pegawai Negeri Sipil", "pns"),
    ("employees", "standing", "Pemberhentian Sementara", "suspended"),
    ("employees", "standing", "Cuti di Luar Tanggungan Negara", "unpaid_leave"),
    ("employees", "standing", "20", "mpp"),
    ("employees", "standing", "MPP", "mpp"),
    ("employees", "standing", "04", "suspended"),
    ("employees", "standing", "13", "unpaid_leave"),
    ("employees", "standing", "5", "leave"),
    ("employees", "standing", "7", "seconded"),
    ("employees", "standing", "8", "seconded"),
    ("employees", "standing", "9", "leave"),
    ("employees", "standing", "14", "leave"),
    ("employees", "rating_last", "Cukup", "needs_improvement"),
    ("employees", "rating_last", "CUKUP/ BUTUH PERBAIKAN", "needs_improvement"),
    ("employees", "rating_before", "Kurang/Misconduct", "poor"),
    ("employees", "discipline", "-", "none"),
    ("employees", "discipline", "Ringan", "light"),
    ("employees", "discipline_level", "Sedang (9 bulan)", "moderate_9"),
    ("employees", "discipline_level", "BERAT", "severe"),
    ("employees", "roles", "Bendahara Pengeluaran; Plt.", "treasurer;acting"),
    ("employees", "roles", "PPK; PPTK", "ppk;pptk"),
    ("employees", "roles", "Pengurus Barang", "asset_keeper"),
    ("employees", "formation_kind", "Formasi Khusus", "special"),
    ("employees", "consent", "Belum", "needed"),
    ("employees", "findings_clear", "Ya", "yes"),
    ("employees", "certified_subject", "-", "none"),
    ("jobs", "appointed_by", "Mendagri", "minister"),
    ("employees", "discipline", "Sedang", "serving"),
    ("employees", "discipline", "berat", "serving"),
    ("employees", "education", "S-1", "S1"),
    ("employees", "education", "Diploma III/Sarjana Muda", "D3"),
    ("employees", "education", "SLTA/Sederajat", "SLTA"),
    ("jobs", "category", "Jabatan Struktural", "structural"),
    ("jobs", "category", "Jabatan Fungsional", "functional"),
    ("jobs", "category", "Jabatan Pelaksana", "general"),
    ("jobs", "category", "JFT", "functional"),
    ("jobs", "category", "JFU", "general"),
    ("jobs", "category", "JPT", "structural"),
    ("jobs", "category", "Administrator", "structural"),
    ("jobs", "category", "Pengawas", "structural"),
]


@pytest.mark.parametrize(("table", "column", "cell", "code"), VALUES, ids=[value[2] for value in VALUES])
def test_a_value_of_a_real_file_is_read_as_its_code(tmp_path, table, column, cell, code):
    head, row = {"employees": ("employee_id,unit_id,job_id", "p1,A,clerk"), "jobs": ("job_id,name", "clerk,Clerk")}[
        table
    ]
    data = tk.load(write(tmp_path, **{table: f"{head},{column}\n{row},{cell}\n", "policy": "as_of = 2026-01-01\n"}))
    assert data.tables[table][column].tolist() == [code]


@pytest.mark.parametrize(
    ("column", "cell"),
    [("standing", "15"), ("discipline", "teguran"), ("rating_last", "Memuaskan"), ("status", "Aktif")],
)
def test_a_value_without_a_code_of_ours_is_a_fault(tmp_path, column, cell):
    with pytest.raises(tk.InputError, match=f"{column} .*{cell}': unknown code; write one of"):
        tk.load(write(tmp_path, employees=f"employee_id,unit_id,job_id,{column}\np1,A,clerk,{cell}\n"))


def test_the_latest_year_of_ratings_is_the_last_and_only_the_year_before_it_is_the_one_before(tmp_path):
    head = "employee_id,unit_id,job_id,SKP 2023,SKP TAHUN 2024,SKP 2025\n"
    data = tk.load(write(tmp_path / "all", employees=head + "p1,A,clerk,kurang,cukup,baik\n"))
    assert data.employees[["rating_last", "rating_before"]].values.tolist() == [["good", "needs_improvement"]]
    assert noted(data, "unknown columns", "SKP 2023")
    data = tk.load(
        write(tmp_path / "gap", employees="employee_id,unit_id,job_id,SKP 2023,SKP 2025\np1,A,clerk,baik,baik\n")
    )
    assert data.has("employees", "rating_last")
    assert not data.has("employees", "rating_before")


def test_the_letter_p_with_the_standing_of_a_pppk_is_one(tmp_path):
    rows = "p1,A,clerk,P,71\np2,A,clerk,P,01\np3,B,clerk,PNS,71\np4,B,clerk,,71\n"
    data = tk.load(write(tmp_path, employees="employee_id,unit_id,job_id,status,standing\n" + rows))
    assert data.employees.status.fillna("").tolist() == ["pppk", "pns", "pns", ""]
    assert noted(data, "1 people with the status P have the standing of a PPPK")


def test_the_job_is_read_from_whichever_of_three_columns_is_filled(tmp_path):
    head = "PNS ID;UNOR NAMA;JABATAN STRUKTURAL NAMA;JABATAN FUNGSIONAL NAMA;JABATAN FUNGSIONAL UMUM NAMA\n"
    data = tk.load(write(tmp_path / "one", employees=head + "p1;Alpha;;;Clerk\np2;Beta;-;Clerk;\n"))
    assert data.employees.job_id.tolist() == ["clerk", "clerk"]
    assert noted(data, "one of JABATAN STRUKTURAL NAMA, JABATAN FUNGSIONAL NAMA", "read as job_id")
    with pytest.raises(tk.InputError, match="row 2, job_id .*'Clerk; Head': two of the columns"):
        tk.load(write(tmp_path / "two", employees=head + "p1;Alpha;Clerk;Head;\n"))


# ---- Beban Kerja and units of time


FORM_A = "NAMA JABATAN;URAIAN TUGAS JABATAN;VOLUME KERJA/TH;NORMA WAKTU;BEBAN KERJA\n"


def test_beban_kerja_is_never_a_volume_and_a_difference_is_told(tmp_path):
    rows = "Clerk;Letters;1000;30;30000\nClerk;Reports;12;240;2880\nClerk;Archive;100;15;4500\n"
    data = tk.load(write(tmp_path / "a", tasks=FORM_A + rows))
    assert data.tasks.set_index("task").volume.to_dict() == {"Letters": 1000, "Reports": 12, "Archive": 100}
    assert noted(data, "in 1 of 3 rows the printed workload is not volume times norm", "Archive: 100 x 15, 4500")
    assert noted(data, "NORMA WAKTU names no unit and was read as minutes")
    hours = "Clerk;Letters;1000;30;500\nClerk;Reports;12;240;48\n"
    assert not noted(tk.load(write(tmp_path / "b", tasks=FORM_A + hours)), "printed workload")
    with pytest.raises(tk.InputError, match="tasks, volume .*Beban Kerja is volume times norm"):
        tk.load(write(tmp_path / "c", tasks="NAMA JABATAN;TUGAS;NORMA WAKTU;BEBAN KERJA\nClerk;Letters;30;30000\n"))


def test_hours_of_a_norm_become_minutes_by_the_header_or_by_the_column_of_units(tmp_path):
    tasks = "jabatan;tugas;volume kerja;WAKTU PENYELESAIAN (JAM)\nclerk;Letters;10;0,5\nclerk;Reports;2;12\n"
    data = tk.load(write(tmp_path / "a", tasks=tasks))
    assert data.tasks.set_index("task").norm_minutes.to_dict() == {"Letters": 30, "Reports": 720}
    assert noted(data, "WAKTU PENYELESAIAN (JAM) was multiplied by 60 and read as norm_minutes")
    tasks = "jabatan;tugas;volume kerja;NORMA WAKTU;SATUAN WAKTU\nclerk;Letters;10;30;Menit\nclerk;Reports;2;12;Jam\n"
    data = tk.load(write(tmp_path / "b", tasks=tasks))
    assert data.tasks.set_index("task").norm_minutes.to_dict() == {"Letters": 30, "Reports": 720}
    assert data.tasks.per.tolist() == ["year", "year"]
    assert noted(data, "norm_minutes was read in the unit that SATUAN WAKTU names; 1 rows were converted")


@pytest.mark.parametrize(
    ("head", "row", "told"),
    [
        ("NORMA WAKTU;SATUAN WAKTU", "30;hari", "'hari': SATUAN WAKTU names no unit of time"),
        ("NORMA WAKTU;SATUAN WAKTU", "30;", "SATUAN WAKTU names no unit of time"),
        ("WAKTU PENYELESAIAN (JAM);SATUAN WAKTU", "2;menit", "'menit': the unit is not that of the header"),
        ("NORMA WAKTU (MENIT);SATUAN WAKTU", "2;jam", "'jam': the unit is not that of the header"),
        ("WAKTU PENYELESAIAN", "2", "'WAKTU PENYELESAIAN': the header names no unit"),
        ("WAKTU PENYELESAIAN (JAM)", "1.250", "the sign may mark thousands or decimals"),
        ("WAKTU PENYELESAIAN (JAM)", "dua", "'dua': not a number"),
    ],
)
def test_a_unit_of_time_that_is_not_clear_is_a_fault(tmp_path, head, row, told):
    with pytest.raises(tk.InputError, match=told.replace("(", r"\(").replace(")", r"\)")):
        tk.load(write(tmp_path, tasks=f"jabatan;tugas;volume kerja;{head}\nclerk;Letters;10;{row}\n"))


# ---- hours of persons


def test_minutes_become_hours_and_rows_of_persons_are_added_up(tmp_path):
    head = "NO;NIP;UNIT KERJA;NAMA JABATAN;BULAN;TOTAL MENIT;sumber\n"
    rows = "1;11;Alpha;Clerk;2025-01;6000;e-kinerja\n2;12;Alpha;Clerk;2025-01;4500;e-kinerja\n3;13;Beta;Clerk;2025-01;60;e-kinerja\n"
    volumes = "unit_id,service_id,period,received\nA,letters,2025-01,5\n"
    data = tk.load(write(tmp_path / "a", hours=head + rows, volumes=volumes))
    assert data.hours[["unit_id", "hours"]].values.tolist() == [["A", 175.0], ["B", 1.0]]
    assert noted(data, "hours: 2 rows were added up to 1")
    assert noted(data, "TOTAL MENIT was multiplied by 1/60 and read as hours")
    copied = "1;11;Alpha;Clerk;2025-01;6000;e-kinerja\n2;11;Alpha;Clerk;2025-01;6000;e-kinerja\n"
    with pytest.raises(tk.InputError, match="row 3, .*period.*duplicate row"):
        tk.load(write(tmp_path / "b", hours=head + copied, volumes=volumes))
    with pytest.raises(tk.InputError, match="volumes, row 3, .*period.*duplicate row"):
        tk.load(write(tmp_path / "c", volumes=volumes + "A,letters,2025-01,7\n"))


# ---- merged cells, months in columns


def test_merged_cells_are_filled_down_but_numbers_never_are(tmp_path):
    posts = [
        ["PETA JABATAN"],
        ["NO", "NAMA UNIT KERJA", "NAMA JABATAN", "JUMLAH PEGAWAI", None, "wajib_ada"],
        [None, None, None, "B", "K"],
        [1, "Alpha", "Clerk", 2, 3, "ya"],
        [2, None, "Driver", 0, 1],
        [3, "Beta", "Clerk", 1, 1],
        ["JUMLAH", None, None, 3, 5],
    ]
    jobs = [["job_id", "name"], ["clerk", "Clerk"], ["driver", "Driver"]]
    units = [["unit_id", "name"], ["A", "Alpha"], ["B", "Beta"]]
    employees = [["employee_id", "unit_id", "job_id"], ["p1", "A", "clerk"]]
    merged = [("posts", cells) for cells in ("A1:F1", "A2:A3", "B2:B3", "C2:C3", "F2:F3", "D2:E2", "B4:B5", "F4:F5")]
    sheets = {"units": units, "jobs": jobs, "employees": employees, "posts": posts}
    data = tk.load(workbook(tmp_path / "a.xlsx", merged, **sheets))
    assert data.posts[["unit_id", "job_id", "bezetting", "official_need", "mandatory"]].values.tolist() == [
        ["A", "clerk", 2.0, 3.0, True],
        ["A", "driver", 0.0, 1.0, True],
        ["B", "clerk", 1.0, 1.0, False],
    ]
    assert noted(data, "posts: 2 merged cells were filled down: unit_id, mandatory")
    with pytest.raises(tk.InputError, match=r"posts, row 5, .*official_need.*'3': a merged cell holds one number"):
        tk.load(workbook(tmp_path / "b.xlsx", [*merged, ("posts", "E4:E5")], **sheets))


WIDE = [
    ["LAPORAN PELAYANAN TAHUN 2025"],
    ["UNIT KERJA", "LAYANAN", "Jan", "Februari", "Mar", "JUMLAH"],
    ["Alpha", "letters", 5, 7, None, 12],
    ["Beta", "letters", 1, 0, None, 1],
]


def wide(folder, rows):
    folder.mkdir()
    text = "\n".join(";".join("" if cell is None else str(cell) for cell in row) for row in rows) + "\n"
    return write(folder, volumes=text)


@pytest.mark.parametrize(
    ("title", "heads"),
    [
        ("LAPORAN 2025", ["Jan", "Februari", "Mar"]),
        ("2025, MENURUT PERMENDAGRI 12 TAHUN 2008", ["Jan", "Februari", "Mar"]),
        ("LAPORAN", ["2025-01", "2025-02", "2025-03"]),
        ("LAPORAN", ["Jan-25", "Feb-25", "Mar-25"]),
        ("LAPORAN", ["Januari 2025", "Pebruari 2025", "Maret 2025"]),
    ],
)
def test_months_in_columns_become_rows(tmp_path, title, heads):
    data = tk.load(wide(tmp_path / "d", [[title], ["UNIT KERJA", "LAYANAN", *heads, "JUMLAH"], *WIDE[2:]]))
    assert data.volumes[["unit_id", "period", "received"]].values.tolist() == [
        ["A", "2025-01", 5.0],
        ["A", "2025-02", 7.0],
        ["B", "2025-01", 1.0],
        ["B", "2025-02", 0.0],
    ]
    assert noted(
        data,
        "volumes: 2 columns of months or years were read as rows",
        "year: 2025" if "2025" in title else "year: -",
        "no row fills them: 1",
    )
    assert noted(data, "volumes: columns not read", "JUMLAH")


def test_the_year_of_months_in_columns_may_stand_in_a_column_but_must_stand_somewhere(tmp_path):
    rows = [
        ["UNIT KERJA", "LAYANAN", "TAHUN", "Jan", "Feb"],
        ["Alpha", "letters", 2024, 1, 2],
        ["Alpha", "letters", 2025, 3, 4],
    ]
    data = tk.load(wide(tmp_path / "a", rows))
    assert data.volumes.set_index("period").received.to_dict() == {
        "2024-01": 1, "2024-02": 2, "2025-01": 3, "2025-02": 4,
    }  # fmt: skip
    for name, title in (("b", "LAPORAN"), ("c", "LAPORAN 2024 dan 2025")):
        with pytest.raises(tk.InputError, match="volumes, row 2, period .*the month names no year"):
            tk.load(wide(tmp_path / name, [[title], *WIDE[1:]]))
    with pytest.raises(tk.InputError, match="volumes, row 1, received .*a month has two columns"):
        tk.load(
            wide(tmp_path / "d", [["UNIT KERJA", "LAYANAN", "Jan 2025", "Januari 2025"], ["Alpha", "letters", 1, 2]])
        )
    years = [["UNIT KERJA", "LAYANAN", "2024", "2025"], ["Alpha", "letters", 10, 20]]
    assert tk.load(wide(tmp_path / "e", years)).volumes.set_index("period").received.to_dict() == {
        "2024": 10,
        "2025": 20,
    }


def test_a_fault_in_a_column_of_months_names_the_row_of_the_file(tmp_path):
    with pytest.raises(tk.InputError, match=r"volumes, row 3, received .*'banyak': not a number"):
        tk.load(wide(tmp_path / "d", [*WIDE[:2], ["Alpha", "letters", 5, "banyak", None, 12], WIDE[3]]))


def test_month_and_year_in_two_columns_are_one_period(tmp_path):
    head = "unit_id;service_id;BULAN;TAHUN;JUMLAH PERMOHONAN\n"
    data = tk.load(
        write(tmp_path / "a", volumes=head + "A;letters;Januari;2025;5\nA;letters;2;2025;6\nA;letters;2025-03;2025;7\n")
    )
    assert data.volumes.set_index("period").received.to_dict() == {"2025-01": 5, "2025-02": 6, "2025-03": 7}
    assert noted(data, "BULAN + TAHUN were read together as the period")
    with pytest.raises(tk.InputError, match="'2025-03; 2024': the month and the year column name different years"):
        tk.load(write(tmp_path / "b", volumes=head + "A;letters;2025-03;2024;7\n"))
    titled = "LAPORAN TAHUN 2025;;;\nunit_id;service_id;BULAN;JUMLAH PERMOHONAN\nA;letters;Juli;3\n"
    assert tk.load(write(tmp_path / "c", volumes=titled)).volumes.period.tolist() == ["2025-07"]
    with pytest.raises(tk.InputError, match="'Juli': not a period"):
        tk.load(write(tmp_path / "d", volumes=titled.replace(" TAHUN 2025", "")))


def test_hours_that_a_month_lacks_are_left_out_and_an_ekinerja_report_claims_them(tmp_path):
    hours = "REKAP E-KINERJA 2025;;;\nUNIT KERJA;NAMA JABATAN;Januari;Februari\nAlpha;Clerk;100;-\nBeta;Clerk;50;60\n"
    data = tk.load(write(tmp_path, hours=hours, volumes="unit_id,service_id,period,received\nA,letters,2025-01,5\n"))
    assert data.hours[["unit_id", "period", "hours"]].values.tolist() == [
        ["A", "2025-01", 100.0],
        ["B", "2025-01", 50.0],
        ["B", "2025-02", 60.0],
    ]
    assert data.hours.source.unique().tolist() == ["ekinerja"]
    assert noted(data, "hours: source was set to ekinerja, by the name or title of the table")


def test_two_numbers_that_both_fit_and_differ_are_told(tmp_path):
    head = "jabatan;tugas;VOLUME KERJA/TH;JUMLAH HASIL;NORMA WAKTU (MENIT)\n"
    data = tk.load(write(tmp_path / "a", tasks=head + "clerk;Letters;100;7;10\nclerk;Files;5;5;10\n"))
    assert data.tasks.volume.sort_values().tolist() == [5, 100]
    assert noted(
        data, "VOLUME KERJA/TH and JUMLAH HASIL both fit volume and differ in 1 rows; VOLUME KERJA/TH was read"
    )
    assert not noted(tk.load(write(tmp_path / "b", tasks=head + "clerk;Files;5;5;10\n")), "both fit")


def test_subtotals_and_headers_between_the_rows_are_left_out(tmp_path):
    rows = (
        "Alpha;Clerk;2;3\n;JUMLAH;2;3\nBeta;Clerk;1;1\n;Sub Total Beta;1;1\nGamma;Clerk;1;1\nJUMLAH SELURUHNYA;;4;5\n"
    )
    data = tk.load(write(tmp_path, posts="NAMA UNIT KERJA;NAMA JABATAN;B;K\n" + rows))
    assert data.posts[["unit_id", "official_need"]].values.tolist() == [["A", 3.0], ["B", 1.0], ["C", 1.0]]
    assert noted(data, "posts: 2 rows of subtotals between the others were not read")


def test_a_formula_that_was_never_computed_is_no_empty_cell(tmp_path):
    posts = [
        ["unit_id", "job_id", "official_need", "KET."],
        ["A", "clerk", "=1+1", "=A1"],
        ["TOTAL", None, "=SUM(C2)", None],
    ]
    units, jobs = [["unit_id", "name"], ["A", "Alpha"]], [["job_id", "name"], ["clerk", "Clerk"]]
    employees = [["employee_id", "unit_id", "job_id"], ["p1", "A", "clerk"]]
    file = workbook(tmp_path / "t.xlsx", units=units, jobs=jobs, employees=employees, posts=posts)
    with pytest.raises(tk.InputError, match="1 fault in .*\n.*posts, row 2, official_need .*'#FORMULA!': not a number"):
        tk.load(file)
