"""Bad input, as it happens to a folder: exit 1, the place and value in the message, no traceback, nothing written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import toolkit as tk
from toolkit.cli import main

HAND = Path(tk.__file__).parents[1] / "data" / "hand"
PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def change(table, row, column, value):
    """Put a value into a cell; the row is counted as a spreadsheet does."""

    def spoil(folder):
        file = folder / f"{table}.csv"
        lines = [line.split(",") for line in file.read_text(encoding="utf-8").splitlines()]
        lines[row - 1][lines[0].index(column)] = value
        file.write_text("\n".join(map(",".join, lines)) + "\n", encoding="utf-8")

    return spoil


def rename(table, old, new):
    def spoil(folder):
        file = folder / f"{table}.csv"
        file.write_text(file.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")

    return spoil


def bytes_of(name, raw):
    return lambda folder: (folder / name).write_bytes(raw)


SPOILT = {
    "missing table": (lambda folder: (folder / "jobs.csv").unlink(), "jobs: the table is missing; put jobs.csv into"),
    "missing column": (rename("units", "name", "title"), "units, name (nama_unit): the column is missing"),
    "unknown unit": (change("employees", 4, "unit_id", "NOWHERE"), "employees, row 4, unit_id (id_unit): 'NOWHERE': not in units"),
    "unknown job": (change("employees", 2, "job_id", "cook"), "employees, row 2, job_id (id_jabatan): 'cook': not in jobs"),
    "unknown service": (change("volumes", 3, "service_id", "tea"), "volumes, row 3, service_id (id_layanan): 'tea': not in services"),
    "doubled id": (change("employees", 5, "employee_id", "A1"), "employees, row 5, employee_id (id_pegawai): 'A1': the row stands twice"),
    "negative": (change("volumes", 2, "received", "-10"), "volumes, row 2, received (diterima): '-10': must be at least 0"),
    "infinite": (change("volumes", 2, "received", "inf"), "volumes, row 2, received (diterima): 'inf': not a number"),
    "overflowing": (change("volumes", 2, "received", "1e999"), "volumes, row 2, received (diterima): '1e999': not a number"),
    "absurd": (change("services", 5, "norm_minutes", "9999999"), "services, row 5, norm_minutes (norma_waktu_menit): '9999999': must be at most"),
    "text in a number": (change("volumes", 2, "received", "banyak"), "volumes, row 2, received (diterima): 'banyak': not a number"),
    "impossible date": (change("employees", 3, "in_post_since", "2022-02-30"), "employees, row 3, in_post_since (tmt_jabatan): '2022-02-30': not a date"),
    "impossible period": (change("volumes", 4, "period", "2025-13"), "volumes, row 4, period (periode): '2025-13': not a period"),
    "empty table": (bytes_of("services.csv", b"service_id,job_id,name\n"), "services: services has a header but no rows"),
    "zero bytes": (bytes_of("employees.csv", b""), "employees: employees is empty"),
    "binary file": (bytes_of("units.csv", PICTURE), "units: units.csv is not a CSV file"),
    "no known coding": (bytes_of("units.csv", b"unit_id,name\nA,Kantor Walikot\x81\n"), "units: units.csv is not a CSV file"),
    "open quote": (bytes_of("units.csv", b'unit_id,name\nA,"Kantor\n'), "units: units.csv is not a CSV file"),
    "policy with a syntax error": (bytes_of("policy.toml", b"effective_hours = = 3\n"), "policy.toml cannot be read"),
    "policy in another coding": (bytes_of("policy.toml", b"# caf\xe9\n"), "policy.toml cannot be read"),
    "unknown policy key": (bytes_of("policy.toml", b"efective_hours = 1250\n"), "policy key 'efective_hours' in policy.toml is unknown; did you mean"),
    "impossible policy value": (bytes_of("policy.toml", b"outflow_share = 1.5\n"), "policy outflow_share = 1.5 is above 1; write a value from 0 to 1"),
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    return Path(shutil.copytree(HAND, tmp_path / "data"))


def refused(folder, capsys, *words):
    """The message of a run that must end with 1 and leave nothing behind."""
    before = sorted(path.name for path in folder.parent.iterdir())
    assert main(["recommend", str(folder), "--out", str(folder.parent / "hasil"), *words]) == 1
    assert sorted(path.name for path in folder.parent.iterdir()) == before
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    return told.err


@pytest.mark.parametrize("kind", SPOILT)
def test_each_fault_is_told_with_its_place_and_value_and_nothing_is_written(folder, capsys, kind):
    spoil, message = SPOILT[kind]
    spoil(folder)
    assert message in refused(folder, capsys)
    assert main(["check", str(folder)]) == 1
    assert message in capsys.readouterr().err


def test_all_at_once_stand_in_one_report(folder, capsys):
    together = [
        name
        for name in SPOILT
        if not SPOILT[name][1].startswith(("units", "jobs", "services", "policy", "employees: "))
    ]
    volumes = ["negative", "unknown service", "impossible period"]  # the others would be in the same cell
    kinds = [name for name in together if not SPOILT[name][1].startswith("volumes")] + volumes
    for kind in [*kinds, "binary file", "empty table", "impossible policy value"]:
        SPOILT[kind][0](folder)
    assert "faults in" in refused(folder, capsys)
    assert main(["check", str(folder)]) == 1
    told = capsys.readouterr().err
    assert len(kinds) == 7
    for kind in kinds:
        if "not in units" not in SPOILT[kind][1] and "not in services" not in SPOILT[kind][1]:
            assert SPOILT[kind][1] in told
    for place in (
        "units: units.csv is not a CSV file",
        "services has a header but no rows",
        "policy.toml, outflow_share: '1.5': is above 1",
    ):
        assert place in told


def test_a_picture_renamed_to_a_workbook_is_told(folder, capsys):
    book = folder.parent / "data.xlsx"
    book.write_bytes(PICTURE)
    shutil.rmtree(folder)
    assert "workbook: 'data.xlsx': is not a workbook" in refused(book, capsys)


def test_an_out_that_is_not_empty_is_left_alone_without_force(folder, capsys):
    out = folder.parent / "hasil"
    out.mkdir()
    (out / "letter.docx").write_bytes(b"mine")
    assert "is not empty; name another folder, or add --force" in refused(folder, capsys)
    assert [file.name for file in out.iterdir()] == ["letter.docx"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="file modes do not bind here")
def test_a_table_that_may_not_be_read_is_told(folder, capsys):
    (folder / "units.csv").chmod(0)
    assert "units.csv" in refused(folder, capsys)


def test_the_command_itself_gives_no_traceback(folder):
    bytes_of("units.csv", PICTURE)(folder)
    words = [sys.executable, "-m", "toolkit", "recommend", str(folder), "--out", str(folder.parent / "hasil")]
    ran = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("mutasi: 1 fault in")
