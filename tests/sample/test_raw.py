"""Names in place of ids, and the raw copy: what an agency finds on its desk becomes the agency that it was."""

import csv
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import toolkit as tk
from tests.tables import as_folder
from toolkit.cli import main
from toolkit.intake.anonymise import anonymise
from toolkit.intake.faults import Faults
from toolkit.intake.loading import names_to_confirm, read_frames
from toolkit.intake.reading import source_of
from toolkit.intake.schema import layout, squash
from toolkit.sample.agency import make_agency, make_sample
from toolkit.sample.facts import catalogue
from toolkit.sample.raw import raw_files, spelled
from toolkit.words import say

NIP = re.compile(r"\d{8} ?\d{6} ?\d ?\d{3}\b")


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    place = tmp_path_factory.mktemp("city")
    as_folder(make_agency("city", 3)[0], place / "ids")
    return tk.load(place / "ids"), tk.load(make_sample(place / "names", "city", seed=3))


@pytest.mark.slow
def test_a_city_with_names_loads_to_the_same_data_as_with_ids(city):
    ids, names = city
    for name in layout():
        if name != "matches":
            pd.testing.assert_frame_equal(ids.tables[name], names.tables[name], check_dtype=True)
    assert not ids.has("matches")
    assert len(names.matches) > 15


def test_the_jobs_with_most_people_are_spelled_in_several_ways_and_only_strange_ones_need_a_match(city):
    rows = pd.read_csv(city[1].folder / "employees.csv", dtype=str).job_id
    known = city[1].jobs.set_index("job_id").name
    assert (~rows.isin(known.index)).mean() == pytest.approx(0.2, abs=0.02)
    for job in city[1].employees.job_id.value_counts().index[:4]:
        ways = [known[job], *catalogue()["spellings"][job]]
        assert len(set(ways)) == 3
        assert set(ways) <= set(rows)
    given_ = city[1].matches.given
    assert not set(given_.map(squash)) & set(known.map(squash))
    assert set(given_) == {
        name for name in rows if name not in known.index and squash(name) not in set(known.map(squash))
    }
    assert city[1].matches.people.tolist() == [int((rows == name).sum()) for name in given_]


def test_every_spelling_is_of_a_job_and_of_one_job_only():
    ways = {job: [squash(name) for name in names] for job, names in catalogue()["spellings"].items()}
    assert set(ways) <= set(catalogue()["jobs"])
    names = [name for job, more in ways.items() for name in {squash(catalogue()["jobs"][job]["name"]), *more}]
    assert len(names) == len(set(names))


@settings(max_examples=2, phases=[Phase.generate])
@given(seed=st.integers(0, 9999))
def test_a_raw_copy_has_the_faults_of_the_truth_and_mended_it_is_the_agency(tmp_path_factory, seed):
    place, tables, rng = tmp_path_factory.mktemp("raw"), make_agency("small", seed)[0], np.random.default_rng(seed)
    tables |= {name: tables[name][tables[name].period >= "2026-07"] for name in ("volumes", "hours")}
    named = spelled(tables, 1.0, rng)
    files, planted = raw_files(named, rng)
    folder = as_folder({"matches": named["matches"]}, place / "raw")
    for name, content in files.items():
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(tk.InputError) as error:
        tk.load(folder)
    found = error.value.faults[["table", "row", "column", "value"]].astype({"row": int}).values.tolist()
    assert sorted(found) == sorted([f["table"], f["row"], f["column"], f["written"]] for f in planted)
    for fault in planted:
        file = folder / f"{layout()[fault['table']].also[-1]}.csv"
        code = "cp1252" if fault["table"] == "employees" else "utf-8"
        lines = file.read_text(encoding=code).splitlines()
        lines[fault["row"] - 1] = lines[fault["row"] - 1].replace(fault["written"], fault["right"])
        file.write_text("\n".join(lines), encoding=code)
    raw, ids = tk.load(folder), tk.load(as_folder(tables, place / "ids"))
    assert not any(raw.nip_warnings.values())  # every NIP agrees with birth date, sex and age at entry
    rows = list(csv.reader((folder / "data_pegawai.csv").read_text(encoding="cp1252").splitlines(), delimiter=";"))
    nip = {f"P{int(row[-1][2:]):04d}": row[0].lstrip("'") for row in rows[3:-1]}
    for name in set(layout()) - {"matches"}:
        one = ids.tables[name]
        if "employee_id" in one:
            one = one.assign(employee_id=one.employee_id.map(nip).astype("str"))
            one = one.sort_values(layout()[name].key or list(one), ignore_index=True)
        pd.testing.assert_frame_equal(one, raw.tables[name])


@pytest.fixture(scope="module")
def parcel(tmp_path_factory):
    """The raw copy of the sample, and its truth."""
    folder = tmp_path_factory.mktemp("parcel")
    words = ["sample", "--raw", "--out", str(folder / "raw"), "--truth", str(folder / "truth.json")]
    assert main(words) == 0
    return folder / "raw", json.loads((folder / "truth.json").read_text())["faults"]


def test_a_raw_copy_is_written_as_offices_write(parcel, tmp_path):
    raw = {file.name: file.read_bytes() for file in parcel[0].iterdir()}
    again = make_sample(tmp_path / "again", raw=True)
    assert raw == {file.name: file.read_bytes() for file in again.iterdir()}
    assert "padanan.csv" not in raw
    people = raw["data_pegawai.csv"].decode("cp1252").splitlines()
    with pytest.raises(UnicodeDecodeError):
        raw["data_pegawai.csv"].decode("utf-8")
    assert people[0].startswith("PEMERINTAH KOTA PALEMBANG")
    assert people[2].startswith("NIP BARU;UNOR ID;JABATAN NAMA;")
    assert people[2].endswith(";NAMA;NIK")
    assert people[-1].startswith("JUMLAH;")
    for way in (r";\d\d-\d\d-\d{4};", r";\d\d/\d\d/\d{4};", r";4\d{4};", r";\d{4}-\d\d-\d\d 00:00:00;"):
        assert sum(bool(re.search(way, line)) for line in people) > 100, way
    assert re.search(r'"-?\d+,\d{5}"', raw["kecamatan.csv"].decode("utf-8-sig"))
    ids = [nip for content in raw.values() for nip in NIP.findall(content.decode("cp1252"))]
    assert len(ids) > len(people) - 4
    assert all(nip.endswith("999") for nip in ids)
    assert "Nobody in them" in raw["README.md"].decode()


def test_the_truth_names_what_is_wrong_and_what_the_office_would_answer(parcel):
    assert len(parcel[1]) == 5
    assert {fault["column"] for fault in parcel[1]} == {"received", "unit_id", "in_post_since", "rating_last", "hours"}
    for fault in parcel[1]:
        assert fault["written"] != fault["right"]
        assert fault["reason"].endswith(".")


def test_no_personal_data_leave_anonymise_and_it_tells_what_it_read(parcel, tmp_path):
    report = anonymise(parcel[0], tmp_path / "clean", tmp_path / "key", "en").read_text(encoding="utf-8")
    assert "columns dropped: NAMA, NIK." in report
    assert "data_pegawai.csv is in Windows-1252" in report
    assert "NIP BARU = employee_id" in report
    written = {file.name: file.read_text(encoding="utf-8") for file in (tmp_path / "clean").iterdir()}
    for name, text in written.items():
        assert not NIP.search(text), name
        assert "Pegawai 0" not in text, name


def test_old_names_of_levels_are_read_and_of_the_others_the_nearest_is_proposed(parcel):
    first = names_to_confirm(parcel[0]).drop_duplicates("given").set_index("given")
    assert first.confirmed.isna().all()
    right = {name: job for job, names in catalogue()["spellings"].items() for name in names}
    assert {name for name in first.index if name in right and first.known_id[name] != right[name]} == set()
    # their nearest names are those of other jobs; by the rule for old levels they are read right, without a proposal
    old = ["Perawat Pelaksana", "Perawat Pelaksana Lanjutan", "Bidan Pelaksana Lanjutan"]
    assert set(old).isdisjoint(first.index)
    frames = read_frames(source_of(parcel[0]), Faults(), notes := [])[1]
    told = " ".join(say(f"intake.{kind}", "en", **facts) for kind, facts in notes if kind == "old_levels")
    assert all(f"{name} -> {right[name]}" in told for name in old)
    assert not frames["employees"].job_id.isin(old).any()
    assert first.score["KANTOR ARSIP LAMA"] < 0.3
