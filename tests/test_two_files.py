"""From a peta jabatan and a SIASN export, as people write them in Excel, to a verified plan in one command."""

import datetime as dt
import json
from collections import Counter

import pandas as pd
import pytest
from openpyxl import load_workbook

import toolkit as tk
from tests.tables import workbook, write
from toolkit.check.verdict import judge
from toolkit.cli import main
from toolkit.intake.anonymise import anonymise
from toolkit.intake.derivation import retirement_line
from toolkit.pipeline import moves_from

OFFICES = [
    "Dinas Sosial", "Dinas Perhubungan", "Dinas Perdagangan", "Dinas Lingkungan Hidup", "Kecamatan Sako",
    "Kecamatan Plaju", "Kecamatan Gandus", "Kelurahan Sukamaju", "Puskesmas Sako", "Puskesmas Plaju",
    "Puskesmas Gandus", "Puskesmas Dempo",
]  # fmt: skip
HEAD, CLERK = "Kepala", "Pengadministrasi Perkantoran"
FIRST, SECOND, SKILLED, SUPERVISOR = (
    "Perawat Ahli Pertama", "Perawat Ahli Muda", "Perawat Mahir", "Perawat Penyelia",
)  # fmt: skip
KIND = {HEAD: "Jabatan Struktural", CLERK: "Jabatan Pelaksana"}
GRADE = {HEAD: 9, CLERK: 5, FIRST: 8, SECOND: 9, SKILLED: 7, SUPERVISOR: 8}
OLD = {
    FIRST: "Perawat Pertama", SECOND: "Perawat Muda", SKILLED: "Perawat Pelaksana Lanjutan", SUPERVISOR: "Perawat Penyelia",
}  # fmt: skip
# clerks there are and needed in each office, and nurses skilled, supervising, first and second level in each puskesmas
PEOPLE = [(8, 3), (6, 3), (5, 5), (5, 4), (3, 5), (4, 4), (4, 5), (4, 4)]
CLERKS = dict(zip(OFFICES, PEOPLE, strict=False))
NURSES = {
    "Puskesmas Sako": [(5, 3), (1, 1), (3, 2), (1, 1)],
    "Puskesmas Plaju": [(2, 3), (1, 1), (2, 2), (1, 1)],
    "Puskesmas Gandus": [(3, 3), (1, 1), (2, 3), (1, 1)],
    "Puskesmas Dempo": [(2, 3), (1, 1), (2, 2), (1, 1)],
}


NEW = {SECOND: "Ahli Muda - Perawat"}  # as appointments of new staff write it
# a quarter of eight clerks and one of six leave the two offices with too many, one nurse for each that is short
WAYS = {
    ("pengadministrasi_perkantoran", "dinas_perhubungan", "kecamatan_sako"): 1,
    ("pengadministrasi_perkantoran", "dinas_sosial", "kecamatan_gandus"): 1,
    ("pengadministrasi_perkantoran", "dinas_sosial", "kecamatan_sako"): 1,
    ("perawat", "puskesmas_sako", "puskesmas_dempo"): 1,
    ("perawat", "puskesmas_sako", "puskesmas_plaju"): 1,
}


def head_of(office):
    return f"{HEAD} {office}"


def posts():
    """(office, job, B, K) of every post."""
    rows = []
    for office in OFFICES:
        rows.append((office, head_of(office), 1, 1))
        if office in CLERKS:
            rows.append((office, CLERK, *CLERKS[office]))
        for job, counts in zip((SKILLED, SUPERVISOR, FIRST, SECOND), NURSES.get(office, ()), strict=False):
            rows.append((office, job, *counts))
    return rows


def general(job):
    return HEAD if job.startswith(HEAD) else job


def map_rows(name_of=lambda job: job):
    """The sheet of a peta jabatan as it is printed, and the cells of it that are merged."""
    rows = [
        ["PETA JABATAN PEMERINTAH KOTA PALEMBANG TAHUN 2026"],
        [],
        ["NO", "NAMA UNIT KERJA", "NAMA JABATAN", "KELAS JABATAN", "JUMLAH PEGAWAI", None, None, "KET."],
        [None, None, None, None, "B", "K", "+/-", None],
        [1, 2, 3, 4, 5, 6, 7, 8],
    ]
    merged = ["A1:H1", "E3:G3", *(f"{letter}3:{letter}4" for letter in "ABCDH")]
    for number, office in enumerate(OFFICES, 1):
        first = len(rows) + 1
        for _, job, b, k in (row for row in posts() if row[0] == office):
            is_first = len(rows) + 1 == first
            names = [number, office.upper()] if is_first else [None, None]
            rows.append([*names, name_of(job), GRADE[general(job)], b, k, b - k, None])
        merged += [f"A{first}:A{len(rows)}", f"B{first}:B{len(rows)}"]
    rows += [
        ["JUMLAH", None, None, None, sum(row[2] for row in posts()), None, None, None],
        ["Palembang, 2 Januari 2026"],
    ]
    return rows, merged


def staff_rows(name_of=lambda job: job):
    """The sheet of a SIASN export: everybody whom the peta jabatan counts."""
    head = [
        "PNS ID", "NIP BARU", "NAMA", "TANGGAL LAHIR", "JENIS KELAMIN", "STATUS CPNS PNS", "KEDUDUKAN HUKUM NAMA",
        "GOL AKHIR NAMA", "TMT JABATAN", "JENIS JABATAN NAMA", "JABATAN NAMA", "TINGKAT PENDIDIKAN NAMA",
        "PENDIDIKAN NAMA", "UNOR ID", "UNOR NAMA",
    ]  # fmt: skip
    rows = [head]
    for office, job, there, _ in posts():
        for _ in range(there):
            n = len(rows)
            born = dt.date(1975 + n % 15, 1 + n % 12, 1 + n % 28)
            nip = f"'{born:%Y%m%d}201001{1 + n % 2}999"
            kind = KIND.get(general(job), "Jabatan Fungsional")
            schooling = "S-1/Sarjana" if "Ahli" in job or job.startswith(HEAD) else "Diploma III/Sarjana Muda"
            who = [
                f"A{n:04d}",
                nip,
                f"Pegawai {n}",
                f"{born:%d-%m-%Y}",
                "M" if n % 2 == 0 else "F",
                "P",
                "Aktif",
                "III/b",
            ]
            post = [dt.datetime(2018 + n % 4, 1, 2), kind, name_of(job), schooling, "Keperawatan"]
            rows.append([*who, *post, f"8ae4{OFFICES.index(office):04d}", office])
    return rows


def two_files(folder, name_in_map=lambda job: job, name_in_staff=lambda job: job):
    rows, merged = map_rows(name_in_map)
    workbook(folder / "Peta Jabatan 2026.xlsx", [("Sheet1", cells) for cells in merged], Sheet1=rows)
    workbook(folder / "Data SIASN Export.xlsx", Worksheet=staff_rows(name_in_staff))
    return folder


def planned(place):
    """Return the data and the verified plan of a folder or workbook, without the files of a dossier."""
    data = tk.load(place, as_of="2026-04-01")
    moves = moves_from(data)
    plan = tk.balance(moves.need, moves)
    assert tk.verify(plan)
    return data, plan


def check_reading(data):
    """Everything is read as it was meant: each person, each need, each job."""
    assert len(data.units) == 12
    assert len(data.employees) == 80
    expected = {(office.lower().replace(" ", "_"), job): (b, k) for office, job, b, k in posts()}
    names = data.jobs.set_index("job_id").name
    read = data.posts.assign(job=data.posts.job_id.map(names))
    found = {(row.unit_id, row.job): (row.bezetting, row.official_need) for row in read.itertuples()}
    assert {(unit, job.lower()): counts for (unit, job), counts in found.items()} == {
        (unit, job.lower()): counts for (unit, job), counts in expected.items()
    }
    heads = data.employees.groupby(["unit_id", "job_id"]).size()
    assert (
        data.posts.set_index(["unit_id", "job_id"]).bezetting
        == heads.reindex(pd.MultiIndex.from_frame(data.posts[["unit_id", "job_id"]]))
    ).all()
    jobs = data.jobs.assign(name=data.jobs.name.map(general)).drop_duplicates("name").set_index("name")
    assert jobs.category.to_dict() == {
        HEAD: "structural", CLERK: "general", SKILLED: "functional", SUPERVISOR: "functional", FIRST: "functional",
        SECOND: "functional",
    }  # fmt: skip
    assert jobs.grade.to_dict() == {name: float(grade) for name, grade in GRADE.items()}
    assert jobs.retirement_age.drop(HEAD).eq(58).all()
    assert jobs.retirement_age.isna()[HEAD]
    nurses = jobs.loc[[SKILLED, SUPERVISOR, FIRST, SECOND]]
    assert nurses.family.unique().tolist() == ["perawat"]
    assert nurses.level.tolist() == ["mahir", "penyelia", "ahli pertama", "ahli muda"]


def ways(transfers):
    """How many go from where to where, by family."""
    return transfers.groupby(["family", "from_unit", "to_unit"]).size().to_dict()


def noted(data, *parts):
    return any(all(part in note for part in parts) for note in data.notes)


def test_two_files_as_people_write_them_give_a_verified_plan_in_one_command(tmp_path, capsys):
    folder, out = two_files(tmp_path / "data"), tmp_path / "out"
    assert main(["recommend", str(folder), "--out", str(out), "--set", "as_of=2026-04-01"]) == 0
    assert "80 pegawai, 12 unit kerja, dan 17 jabatan" in capsys.readouterr().out
    assert main(["verify", str(out)]) == 0
    data, plan = planned(folder)
    check_reading(data)
    assert sorted(data.files) == ["Data SIASN Export.xlsx", "Peta Jabatan 2026.xlsx"]
    assert {row["employee_id"] for row in json.loads((out / "plan.json").read_text())["transfers"]} == set(
        plan.transfers.employee_id
    )
    assert ways(plan.transfers) == WAYS


@pytest.mark.parametrize("variant", ["two sheets", "semicolons", "old names in the staff", "old names in the map"])
def test_other_ways_to_hand_in_the_two_tables_give_the_same_plan(tmp_path, variant):
    rows, merged = map_rows()
    if variant == "two sheets":
        place = tmp_path / "Bahan Mutasi.xlsx"
        name = "Peta Jabatan OPD"
        workbook(place, [(name, cells) for cells in merged], **{name: rows, "Data SIASN": staff_rows()})
    elif variant == "semicolons":
        place = tmp_path
        for name, table in {"Peta Jabatan 2026": rows, "Export SIASN": staff_rows()}.items():
            written = "\n".join(";".join(as_csv(cell) for cell in row) for row in table) + "\n"
            (place / f"{name}.csv").write_bytes(written.encode("cp1252"))
    elif variant == "old names in the staff":
        place = two_files(tmp_path, name_in_staff=lambda job: OLD.get(job, job))
    else:
        place = two_files(
            tmp_path, name_in_map=lambda job: OLD.get(job, job), name_in_staff=lambda job: NEW.get(job, job)
        )
    data, plan = planned(place)
    check_reading(data)
    assert ways(plan.transfers) == WAYS
    assert noted(data, "employees: 25 cells of job_id have the old name of a level") == (
        variant == "old names in the staff"
    )
    assert noted(data, "24 empty cells of unit_id were read as the name above") == (variant == "semicolons")


def as_csv(cell):
    """A cell as Excel saves it."""
    if isinstance(cell, dt.datetime):
        return f"{cell:%d/%m/%Y}"
    return "" if cell is None else str(cell)


def test_months_in_columns_beside_the_two_files_make_the_need(tmp_path):
    folder = two_files(tmp_path)
    months = ["Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agt", "Sep", "Okt", "Nov", "Des"]
    head = ["NO", "NAMA UNIT KERJA", "JENIS LAYANAN", *months, "JUMLAH"]
    figures = {"Dinas Sosial": 300, "Kecamatan Sako": 600}
    rows = [
        [n, office, "Surat keterangan", *[each] * 12, 12 * each] for n, (office, each) in enumerate(figures.items(), 1)
    ]
    workbook(folder / "Laporan Layanan 2025.xlsx", Sheet1=[["LAPORAN PELAYANAN TAHUN 2025"], head, *rows])
    norms = "NAMA PELAYANAN;NAMA JABATAN;SATUAN HASIL;NORMA WAKTU (JAM)\nSurat keterangan;Pengadministrasi Perkantoran;surat;1,25\n"
    (folder / "Standar Pelayanan.csv").write_text(norms)
    data, _ = planned(folder)
    check_reading(data)
    assert data.services[["service_id", "norm_minutes"]].values.tolist() == [["surat_keterangan", 75.0]]
    assert len(data.volumes) == 24
    assert data.volumes.groupby("unit_id").received.sum().to_dict() == {"dinas_sosial": 3600, "kecamatan_sako": 7200}
    need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data)).table.set_index(["unit_id", "job_id"])
    clerks = need.xs("pengadministrasi_perkantoran", level="job_id")
    # 3,600 letters of 75 minutes fill 3.6 persons of 1,250 hours; the year to come has a day more or less
    assert clerks.need_fte["dinas_sosial"] == pytest.approx(3.6, rel=0.03)
    assert clerks.need_fte["kecamatan_sako"] == pytest.approx(7.2, rel=0.03)
    assert clerks.need_fte["dinas_perhubungan"] == 3
    assert clerks.evidence[["dinas_sosial", "dinas_perhubungan"]].tolist() == ["B", "C"]


def test_form_a_beside_the_two_files_makes_the_need(tmp_path):
    folder = two_files(tmp_path)
    head = [
        "NO",
        "NAMA UNIT KERJA",
        "NAMA JABATAN",
        "URAIAN TUGAS",
        "SATUAN/PRODUK",
        "VOLUME KERJA/TH",
        "NORMA WAKTU",
        "BEBAN KERJA",
        "PERALATAN",
        "KET.",
    ]
    rows = [
        [1, "Dinas Sosial", CLERK, "Mengagendakan surat", "surat", 12000, 10, 120000, "komputer", None],
        [2, None, None, "Menyusun laporan", "laporan", 48, 1250, 60000, "komputer", None],
        [3, None, None, "Mengarsipkan berkas", "berkas", 3000, 15, 54000, None, "perkiraan"],
        ["JUMLAH", None, None, None, None, None, None, 234000, None, None],
    ]
    sheet = [["FORMULIR A"], [], head, *rows]
    workbook(
        folder / "Formulir A ABK.xlsx",
        [("FORM A", cells) for cells in ("A1:J1", "B4:B6", "C4:C6")],
        **{"FORM A": sheet},
    )
    data, _ = planned(folder)
    check_reading(data)
    assert data.tasks.volume.sort_values().tolist() == [48, 3000, 12000]
    assert noted(
        data, "in 1 of 3 rows the printed workload is not volume times norm", "Mengarsipkan berkas: 3000 x 15, 54000"
    )
    assert noted(data, "NORMA WAKTU names no unit and was read as minutes")
    need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data)).table.set_index(["unit_id", "job_id"])
    assert need.need_fte["dinas_sosial", "pengadministrasi_perkantoran"] == pytest.approx(225000 / 75000)


# ---- what the two tables leave open is printed or refused


MAP = "NAMA UNIT KERJA;NAMA JABATAN;JENIS JABATAN;KELAS JABATAN;B;K\n"
STAFF = "PNS ID;UNOR NAMA;JABATAN NAMA\n"
ALPHA = "Kantor Alpha;Operator;Pelaksana;5;1;1\n"
BETA = "Kantor Beta;Operator;Pelaksana;5;1;2\n"


def small(folder, staff="p1;Kantor Alpha;Operator\np2;Kantor Beta;Operator\n", posts=ALPHA + BETA, head=MAP, **more):
    folder.mkdir(exist_ok=True)
    tables = {"peta": head + posts, "siasn": staff if staff.startswith(("PNS", "NIP")) else STAFF + staff, **more}
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def test_a_name_that_only_the_staff_have_is_a_fault_until_it_is_confirmed(tmp_path, capsys):
    folder = small(tmp_path / "data", staff="p1;Kantor Alfa;Operator\np2;Kantor Beta;Operator\n")
    with pytest.raises(tk.InputError, match="'Kantor Alfa': not in units, which was read from posts; correct the name"):
        tk.load(folder)
    assert main(["check", str(folder), "--out", str(tmp_path / "names")]) == 1
    book = load_workbook(tmp_path / "names" / "padanan.xlsx")
    assert [cell.value for cell in book["padanan"][2]][:4] == ["unit", "Kantor Alfa", "kantor_alpha", "Kantor Alpha"]
    book["padanan"].cell(2, 7).value = "ya"
    book.save(folder / "padanan.xlsx")
    assert tk.load(folder).employees.unit_id.tolist() == ["kantor_alpha", "kantor_beta"]


def test_one_name_of_two_offices_is_refused(tmp_path):
    head = "PERANGKAT DAERAH;" + MAP
    posts = "Dinas Sosial;Sekretariat;Operator;Pelaksana;5;1;1\nDinas Sosial;Sekretariat;Arsiparis;JFT;5;1;1\n"
    other = "Dinas Sosial;Bidang Dua;Operator;Pelaksana;5;1;1\n"
    one = small(tmp_path / "one", posts=posts + other, head=head, staff="p1;Sekretariat;Operator\n")
    assert tk.load(one).units.unit_id.tolist() == ["Sekretariat", "bidang_dua"]
    two = small(tmp_path / "two", posts=posts + other.replace("Sosial;Bidang Dua", "Kesehatan;Sekretariat"), head=head)
    with pytest.raises(tk.InputError, match="'Sekretariat; Dinas Sosial': offices of this name stand under several"):
        tk.load(two)


def test_what_two_rows_say_differently_stays_unknown(tmp_path):
    data = tk.load(small(tmp_path, posts=ALPHA + BETA.replace("Pelaksana;5", "JFT;6")))
    assert data.jobs[["category", "grade", "retirement_age"]].isna().all(axis=None)
    assert noted(data, "grade stays unknown for 1 jobs, because their rows differ: Operator")
    assert noted(data, "retirement age (BUP) of 1 jobs stays unknown")
    with pytest.raises(tk.InputError, match="posts.*, row 2, .*category.*'Honorer': unknown code"):
        tk.load(small(tmp_path, posts=ALPHA.replace("Pelaksana", "Honorer") + BETA))


def test_the_column_in_which_a_job_stands_tells_its_category(tmp_path):
    head = "PNS ID;UNOR NAMA;JABATAN STRUKTURAL NAMA;JABATAN FUNGSIONAL NAMA;JABATAN FUNGSIONAL UMUM NAMA\n"
    posts = "NAMA UNIT KERJA;NAMA JABATAN;K\nAlpha Satu;Lurah;1\nAlpha Satu;Bidan Mahir;1\nAlpha Satu;Operator;2\n"
    staff = head + "p1;Alpha Satu;Lurah;;\np2;Alpha Satu;;Bidan Pelaksana Lanjutan;\np3;Alpha Satu;;;Operator\n"
    data = tk.load(small(tmp_path, head="", posts=posts, staff=staff))
    assert data.jobs.set_index("name").category.to_dict() == {
        "Lurah": "structural", "Bidan Mahir": "functional", "Operator": "general",
    }  # fmt: skip


def test_a_level_in_a_column_of_its_own_belongs_to_the_job(tmp_path):
    head = "NAMA UNIT KERJA;NAMA JABATAN;JENJANG;JENIS JABATAN;K\n"
    posts = "Alpha Satu;Perawat;Ahli Muda;JFT;1\nAlpha Satu;Perawat;Mahir;JFT;2\nAlpha Satu;Lurah;-;Struktural;1\n"
    staff = "p1;Alpha Satu;Perawat Ahli Muda\np2;Alpha Satu;Perawat Pelaksana Lanjutan\n"
    data = tk.load(small(tmp_path, head=head, posts=posts, staff=staff))
    assert data.jobs.set_index("name").level.fillna("").to_dict() == {
        "Perawat Ahli Muda": "ahli muda", "Perawat Mahir": "mahir", "Lurah": "",
    }  # fmt: skip
    assert data.employees.job_id.tolist() == ["perawat_ahli_muda", "perawat_mahir"]
    assert data.posts.official_need.sum() == 4
    other = tk.load(
        small(tmp_path, head=head, posts=posts.replace("Perawat;Mahir", "Perawat Mahir;Penyelia"), staff=staff)
    )
    assert other.jobs.set_index("name").level.isna()["Perawat Mahir"]
    assert noted(other, "level stays unknown for 1 jobs, because their rows differ: Perawat Mahir, penyelia")
    assert noted(
        data, "posts: the level in JENJANG was written behind 2 names of jobs: Perawat Ahli Muda, Perawat Mahir"
    )


def test_an_echelon_gives_an_official_the_age_of_retirement(tmp_path):
    posts = "Alpha Satu;Lurah;Struktural;IV.a;1\nAlpha Satu;Kepala Dinas;Struktural;II.b;1\n"
    head = "NAMA UNIT KERJA;NAMA JABATAN;JENIS JABATAN;ESELON;K\n"
    data = tk.load(small(tmp_path, head=head, posts=posts, staff="p1;Alpha Satu;Lurah\n"))
    assert data.jobs.set_index("name").retirement_age.to_dict() == {"Lurah": 58, "Kepala Dinas": 60}


def test_units_or_jobs_that_are_there_are_not_derived(tmp_path):
    data = tk.load(small(tmp_path, unit="NAMA UNIT KERJA\nKantor Alpha\nKantor Beta\nKantor Gamma\n"))
    assert data.units.unit_id.tolist() == ["kantor_alpha", "kantor_beta", "kantor_gamma"]
    assert noted(data, "units: 3 rows without a column unit_id got ids from their names")
    assert not noted(data, "offices were taken from posts")
    assert noted(data, "1 jobs were taken from posts")


def test_bezetting_that_is_not_the_number_of_people_is_a_warning(tmp_path):
    warnings = judge(tk.load(small(tmp_path, staff="p1;Kantor Alpha;Operator\np2;Kantor Alpha;Operator\n"))).warnings
    row = warnings.set_index("warning").loc["bezetting"]
    assert row["count"] == 2
    assert row.examples == "kantor_alpha Operator 1 / 2, kantor_beta Operator 1 / 0"


def test_the_date_that_is_missing_is_asked_for_with_the_words_to_type(tmp_path, capsys):
    folder = small(
        tmp_path / "data", staff="PNS ID;UNOR NAMA;JABATAN NAMA;TMT JABATAN\np1;Kantor Alpha;Operator;2020-01-01\n"
    )
    assert main(["recommend", str(folder), "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().err
    assert "--set as_of=2026-04-01" in printed
    assert "as_of = 2026-04-01 di policy.toml" in printed
    assert not (tmp_path / "out").exists()


def test_a_table_that_two_files_may_be_is_refused(tmp_path):
    folder = two_files(tmp_path)
    workbook(folder / "Peta Jabatan 2025.xlsx", Sheet1=map_rows()[0])
    with pytest.raises(tk.InputError, match="posts.*'Peta Jabatan 2026.xlsx: Sheet1': duplicate table"):
        tk.load(folder)


def test_a_name_repeated_in_its_group_is_no_group(tmp_path):
    posts = ALPHA + ALPHA.replace("Operator", "Arsiparis") + BETA.replace("Kantor Beta", "")
    with pytest.raises(tk.InputError, match="posts.*, row 4, .*unit_id.*the cell is empty"):
        tk.load(small(tmp_path, posts=posts, staff="p1;Kantor Alpha;Operator\n"))


def test_a_workbook_beside_complete_tables_is_left_alone(tmp_path):
    folder = write(tmp_path / "data")
    workbook(folder / "rekomendasi.xlsx", Sheet1=map_rows()[0])
    data = tk.load(folder)
    assert "rekomendasi.xlsx" not in data.files
    assert not data.has("posts")


def test_anonymised_tables_hold_what_was_derived_and_give_the_same_plan(tmp_path):
    folder = two_files(tmp_path / "data")
    anonymise(folder, tmp_path / "clean", tmp_path / "key")
    data, plan = planned(tmp_path / "clean")
    assert data.has("jobs", "category", "grade", "retirement_age")
    # of equals the ids decide who goes, and so who goes where; how many leave and come to each office is the same
    for end in (1, 2):
        expected = Counter(way[end] for way, count in WAYS.items() for _ in range(count))
        assert Counter(plan.transfers[("family", "from_unit", "to_unit")[end]]) == expected


AGES = [
    ("Guru Kelas Ahli Muda", "functional", "ahli muda", 60),
    ("Dokter Ahli Pertama", "functional", "ahli pertama", 60),
    ("Dokter Ahli Utama", "functional", "ahli utama", 65),
    ("Perencana Ahli Madya", "functional", "ahli madya", 60),
    ("Perencana Ahli Muda", "functional", "ahli muda", 58),
    ("Bidan Penyelia", "functional", "penyelia", 58),
    ("Operator", "general", None, 58),
    ("Kepala Dinas", "structural", "II.b", 60),
    ("Lurah", "structural", "IV.a", 58),
    ("Kepala Dinas", "structural", None, None),
    ("Perencana", "functional", None, None),
    ("Operator", None, None, None),
]


@pytest.mark.parametrize(("name", "category", "level", "age"), AGES)
def test_the_age_of_retirement_follows_category_and_level(name, category, level, age):
    assert retirement_line(name, category, level).get("age") == age
