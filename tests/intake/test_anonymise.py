"""``mutasi anonymise``: keyed ids, a key that is kept apart, and nothing that no step needs."""

import shutil
from pathlib import Path

import pytest

import toolkit as tk
from tests.conftest import chain
from tests.tables import write
from toolkit.cli import main
from toolkit.intake.anonymise import anonymise

HAND = Path(tk.__file__).parents[1] / "data" / "hand"
NIP = "198002292006011999"
RAW = {
    "employees": "NIP BARU;NAMA;NIK;UNOR ID;JABATAN ID;ALAMAT;kecamatan domisili\n"
    f"'{NIP};Budi;1671;A;clerk;Jl. Merdeka 1;Sako\n1991 0915;Siti;1672;B;clerk;Jl. Sudirman;Jl. Veteran 2\n",
    "places": "district,lat,lon\nSako,-2.9,104.8\n",
    "wishes": "employee_id,unit_id\n19800229 200601 1 999,B\n",
    "policy": "max_moves = 3\n",
}


def test_ids_are_keyed_and_what_no_step_needs_is_gone_and_noted(tmp_path, capsys):
    raw, out, key = write(tmp_path / "raw", **RAW), tmp_path / "out", tmp_path / "keys" / "key"
    assert main(["anonymise", str(raw), "--out", str(out), "--key-file", str(key), "--lang", "en"]) == 0
    report = Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8")
    assert "- employees: 2 rows; columns dropped: NAMA, NIK, ALAMAT." in report
    assert "- NIP: 1 reduced to a band of birth years and the sex (audit.csv); 1 are not valid" in report
    assert "- Homes: 1 are not a district" in report
    written = {file.name: file.read_text(encoding="utf-8") for file in out.iterdir()}
    for secret in (NIP, "Budi", "1671", "Merdeka", "Veteran", "1980-02-29", key.read_text().strip()):
        assert not any(secret in text for text in written.values()), secret
    data = tk.load(out)
    assert data.employees.employee_id.str.fullmatch("[0-9a-f]{16}").all()
    assert data.wishes.employee_id[0] == data.employees.set_index("unit_id").employee_id["A"]
    assert data.employees.set_index("unit_id").sex.dropna().to_dict() == {"A": "m"}
    assert data.employees.set_index("unit_id").home_district.dropna().to_dict() == {"A": "Sako"}
    assert written["audit.csv"].splitlines()[1].endswith(",1980-1984,m")
    assert data.policy.max_moves == 3


def test_a_name_above_or_below_a_table_does_not_reach_the_report(tmp_path):
    people = (
        f"DAFTAR PEGAWAI disusun Siti Aminah NIP {NIP}\n{RAW['employees'].rstrip()}\n\nMengetahui, Siti Aminah {NIP}\n"
    )
    raw = write(tmp_path / "raw", **(RAW | {"employees": people}))
    report = anonymise(raw, tmp_path / "out", tmp_path / "key").read_text(encoding="utf-8")
    assert "Siti" not in report
    assert NIP[:8] not in report


def test_the_same_key_gives_the_same_ids_and_another_key_others(tmp_path):
    ids = []
    for run, key in enumerate(("one", "one", "two")):
        anonymise(HAND, tmp_path / str(run), tmp_path / key)
        ids.append(set(tk.load(tmp_path / str(run)).employees.employee_id))
    assert ids[0] == ids[1]
    assert not ids[0] & ids[2]
    assert (tmp_path / "one").stat().st_mode & 0o077 == 0


def test_the_plan_is_the_same_as_that_of_the_raw_tables(tmp_path):
    anonymise(HAND, tmp_path / "out", tmp_path / "key")
    one, other = chain(HAND), chain(tmp_path / "out")
    assert other.summary.objective == pytest.approx(one.summary.objective)


@pytest.mark.parametrize("place", ["raw", "raw/deep", "out"])
def test_a_key_inside_the_tables_is_refused_and_nothing_is_written(tmp_path, place):
    shutil.copytree(HAND, tmp_path / "raw")
    with pytest.raises(tk.MutasiError, match="lies inside .*; keep it elsewhere"):
        anonymise(tmp_path / "raw", tmp_path / "out", tmp_path / place / "key")
    assert [each.name for each in tmp_path.iterdir()] == ["raw"]


def test_a_short_key_and_faulty_tables_are_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "key").write_text("secret")
    with pytest.raises(tk.MutasiError, match="has 6 characters; name one of 32 or more"):
        anonymise(HAND, tmp_path / "out", tmp_path / "key")
    assert (tmp_path / "key").read_text() == "secret"
    with pytest.raises(tk.InputError, match="jobs: the table is missing"):
        anonymise(write(tmp_path / "raw", jobs=None), tmp_path / "out", tmp_path / "other")
    rounded = {"jobs": "job_id,name\nclerk,Clerk\n", "employees": "NIP,unit_id,job_id\n1.98002E+17,A,clerk\n"}
    with pytest.raises(tk.InputError, match="a spreadsheet has rounded it"):
        anonymise(write(tmp_path / "raw", **rounded), tmp_path / "out", tmp_path / "other")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["key", "raw"]
