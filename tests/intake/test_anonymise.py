"""``mutasi anonymise``: keyed ids, a key that is kept apart, and nothing that no step needs."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

import toolkit as tk
from tests.conftest import chain
from tests.tables import write
from toolkit.cli import main
from toolkit.intake.anonymise import _keyed, anonymise
from toolkit.pipeline import moves_from

HAND = Path(tk.__file__).parents[1] / "data" / "hand"
SAMPLE = HAND.parent / "sample"
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
    assert "pseudonymised, not anonymous" in report
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


PEOPLE = (
    "employee_id,unit_id,job_id,birth_date,sex,in_post_since\n"
    "p1,A,clerk,1980-02-17,f,2020-03-05\np2,A,clerk,1980-02-28,f,2020-03-05\np3,A,clerk,31/3/1979,m,2019-01-01\np4,B,clerk,soon,f,\n"
)


@pytest.mark.parametrize(
    ("as_of", "births", "left"),
    [
        ("2026-04-01", ["1980-02-01", "1980-02-01", "1979-03-01", ""], 2),
        ("2026-02-20", ["1980-02-17", "1980-02-28", "1979-03-01", ""], 4),
    ],
)
def test_a_birth_date_keeps_its_day_only_where_a_rule_needs_it(tmp_path, as_of, births, left):
    raw = write(tmp_path / "raw", employees=PEOPLE, policy=f"as_of = {as_of} # asked by Siti\nmax_moves = 3\n")
    report = anonymise(raw, tmp_path / "out", tmp_path / "key", "en").read_text(encoding="utf-8")
    people = pd.read_csv(tmp_path / "out" / "employees.csv", keep_default_na=False)
    assert people.birth_date.tolist() == births
    assert people.in_post_since.tolist() == ["2020-03-05", "2020-03-05", "2019-01-01", ""]  # tenure counts days
    assert "1 were no dates and were cleared" in report
    assert f"Of 4 people, 4 were the only one with their birth date, office and sex; now {left} are" in report
    assert (tmp_path / "out" / "policy.toml").read_text() == f"as_of = {as_of}\nmax_moves = 3\n"


def test_for_sharing_dates_are_bands_that_no_rule_takes_for_dates(tmp_path, capsys):
    raw = write(tmp_path / "raw", employees=PEOPLE.replace("soon", "1991-01-01"))
    place = ["--out", str(tmp_path / "out"), "--key-file", str(tmp_path / "key"), "--lang", "en"]
    assert main(["anonymise", str(raw), "--share", *place]) == 0
    report = Path(capsys.readouterr().out.strip()).read_text(encoding="utf-8")
    assert "Columns: in_post_since_band, birth_date_band." in report
    assert "now 2 are the only one" in report  # p3 in 1975-1979, p4 alone in B
    people = pd.read_csv(tmp_path / "out" / "employees.csv", keep_default_na=False)
    assert people.birth_date_band.tolist() == ["1980-1984", "1980-1984", "1975-1979", "1990-1994"]
    assert people.in_post_since_band.tolist() == ["2020-2024", "2020-2024", "2015-2019", ""]
    assert not {"birth_date", "in_post_since", "sex"} & set(people)
    assert not (tmp_path / "out" / "audit.csv").exists()
    moves = chain(tmp_path / "out").moves
    assert moves.rules.set_index("rule").state[["tenure", "retirement"]].tolist() == ["not checked", "off"]


def test_a_column_of_the_file_that_is_named_like_a_band_does_not_stay(tmp_path):
    people = PEOPLE.replace("sex", "birth_date_band").replace(",f,", ",Siti,").replace(",m,", ",Budi,")
    for run, share in enumerate((False, True)):
        anonymise(
            write(tmp_path / f"raw{run}", employees=people), tmp_path / f"out{run}", tmp_path / "key", share=share
        )
        assert "Siti" not in (tmp_path / f"out{run}" / "employees.csv").read_text(encoding="utf-8")


def test_long_numbers_are_masked_unread_columns_go_and_free_texts_are_listed(tmp_path):
    raw = write(
        tmp_path / "raw",
        edits=f"employee_id,action,reason,by\np1,forbid,as {NIP} and 1671 0123 4567 8901 asked,Sekda\n",
        posts="unit_id,job_id,official_need,source,verified_by\nA,clerk,2,SK 12,Siti\n",
        answers="employee_id,answer,reason\np1,object,Siti is ill\n",
    )
    report = anonymise(raw, tmp_path / "out", tmp_path / "key", "en").read_text(encoding="utf-8")
    written = "".join(file.read_text(encoding="utf-8") for file in (tmp_path / "out").iterdir())
    assert "as # and # asked" in written
    assert "Siti" not in written
    assert "masked in 1 cells" in report
    assert "- posts: 1 rows; columns dropped: source, verified_by." in report
    assert "kept as they were written" in report
    assert "edits.reason, edits.by" in report


def test_the_sample_moves_the_same_people_after_it(tmp_path):
    report = anonymise(SAMPLE, tmp_path / "out", tmp_path / "key", "en").read_text(encoding="utf-8")
    one, other = (moves_from(tk.load(folder), draws=0) for folder in (SAMPLE, tmp_path / "out"))
    key = (tmp_path / "key").read_bytes().strip()
    pairs = one.allowed.assign(employee_id=[_keyed(person, key) for person in one.allowed.employee_id.astype(str)])
    columns = ["employee_id", "to_unit", "cost"]
    sets = [set(frame[columns].astype(str).itertuples(index=False, name=None)) for frame in (pairs, other.allowed)]
    assert sets[0] == sets[1]
    people = one.need.data.employees
    alone = int((~people.duplicated(["birth_date", "unit_id", "sex"], keep=False)).sum())
    assert f"Of {len(people):,} people, {alone:,} were the only one" in report
    assert alone > 0.99 * len(people)


def test_the_raw_tables_are_never_overwritten(tmp_path):
    raw = write(tmp_path / "raw", **RAW)
    before = {file.name: file.read_bytes() for file in raw.iterdir()}
    with pytest.raises(tk.MutasiError, match="holds the tables themselves; name another folder"):
        anonymise(raw, raw, tmp_path / "key", force=True)
    assert {file.name: file.read_bytes() for file in raw.iterdir()} == before


@pytest.mark.parametrize("place", ["raw", "raw/deep", "out"])
def test_a_key_inside_the_tables_is_refused_and_nothing_is_written(tmp_path, place):
    shutil.copytree(HAND, tmp_path / "raw")
    with pytest.raises(tk.MutasiError, match="lies inside .*; keep it elsewhere"):
        anonymise(tmp_path / "raw", tmp_path / "out", tmp_path / place / "key")
    assert [each.name for each in tmp_path.iterdir()] == ["raw"]


def test_a_short_key_and_faulty_tables_are_refused_and_nothing_is_written(tmp_path):
    (tmp_path / "key").write_text("secret")
    with pytest.raises(tk.MutasiError, match="has 6 characters; name a file with 32 or more"):
        anonymise(HAND, tmp_path / "out", tmp_path / "key")
    assert (tmp_path / "key").read_text() == "secret"
    with pytest.raises(tk.InputError, match="jobs: the table is missing"):
        anonymise(write(tmp_path / "raw", jobs=None), tmp_path / "out", tmp_path / "other")
    rounded = {"jobs": "job_id,name\nclerk,Clerk\n", "employees": "NIP,unit_id,job_id\n1.98002E+17,A,clerk\n"}
    with pytest.raises(tk.InputError, match="a spreadsheet has rounded it"):
        anonymise(write(tmp_path / "raw", **rounded), tmp_path / "out", tmp_path / "other")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["key", "raw"]


def test_of_a_registration_only_that_there_is_one_is_passed_on(tmp_path):
    people = "employee_id,unit_id,job_id,NOMOR STR\np1,A,clerk,1234 5678\np2,B,clerk,-\n"
    anonymise(write(tmp_path / "raw", employees=people), tmp_path / "out", tmp_path / "key")
    out = pd.read_csv(tmp_path / "out" / "employees.csv", keep_default_na=False)
    assert out.str_no.tolist() == ["ada", ""]
