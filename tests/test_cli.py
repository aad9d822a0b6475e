"""The command line: exit codes, one clear word, nothing half-written."""

import json
import os
import subprocess
import sys

import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.cli import main

FILES = ["laporan.html", "manifest.json", "plan.json", "prices.csv", "rekomendasi.xlsx"]


def test_the_whole_way_ends_in_a_dossier_that_verifies(tmp_path, capsys):
    folder, out = write(tmp_path / "data"), tmp_path / "deep" / "out"
    assert main(["recommend", str(folder), "--out", str(out), "--max-moves", "1", "--lang", "en"]) == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) == 10
    assert "NOT CHECKED" in printed
    assert "proven optimal, with gap 0" in printed
    assert sorted(file.name for file in out.iterdir()) == FILES
    assert str(out / "laporan.html") in printed.splitlines()[-1]
    body = json.loads((out / "plan.json").read_text(encoding="utf-8"))
    assert list(body) == ["version", "summary", "transfers", "cells", "policy", "inputs", "certificate"]
    assert body["inputs"]["folder"] == "../../data"
    assert body["policy"]["max_moves"] == body["summary"]["max_moves"] == 1
    assert main(["verify", str(out)]) == 0


def test_indonesian_is_the_language_unless_another_is_asked_for(tmp_path, capsys):
    main(["recommend", str(write(tmp_path / "data")), "--out", str(tmp_path / "out")])
    assert "perpindahan diusulkan" in capsys.readouterr().out


def test_the_same_input_gives_the_same_bytes(tmp_path):
    folder = write(tmp_path / "data")
    for name in ("one", "two"):
        assert main(["recommend", str(folder), "--out", str(tmp_path / name)]) == 0
    for file in FILES:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_folder_that_is_not_empty_needs_force_and_keeps_what_is_not_ours(tmp_path, capsys):
    folder, out = write(tmp_path / "data"), tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("keep")
    assert main(["recommend", str(folder), "--out", str(out), "--lang", "en"]) == 1
    assert "is not empty" in capsys.readouterr().err
    assert [file.name for file in out.iterdir()] == ["mine.txt"]
    assert main(["recommend", str(folder), "--out", str(out), "--force"]) == 0
    assert (out / "mine.txt").read_text() == "keep"


@pytest.mark.parametrize(
    ("tables", "words", "message"),
    [
        (
            {"volumes": BASE["volumes"].replace("2500", "many")},
            [],
            "volumes, row 2, received (diterima): 'many': not a number",
        ),
        ({"policy": "colour = 1"}, [], "policy key 'colour'"),
        ({}, ["--set", "efective_hours=2"], "did you mean effective_hours"),
        ({}, ["--set", "effective_hours=0"], "is below 1"),
    ],
)
def test_bad_input_gives_one_word_and_writes_nothing(tmp_path, capsys, tables, words, message):
    folder = str(write(tmp_path / "data", **tables))
    code = main(["recommend", folder, "--out", str(tmp_path / "out"), "--lang", "en", *words])
    assert code == 1
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dance"],
        ["recommend"],
        ["recommend", "x", "--out", "y", "--max-moves", "-1"],
        ["recommend", "x", "--out", "y", "--set", "alone"],
    ],
)
def test_wrong_words_end_with_two(words):
    with pytest.raises(SystemExit, match="2"):
        main(words)


def test_an_interrupt_ends_with_130_and_writes_nothing(tmp_path, monkeypatch, capsys):
    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(tk, "balance", interrupted, raising=False)
    assert main(["recommend", str(write(tmp_path / "data")), "--out", str(tmp_path / "out")]) == 130
    assert "tidak ada yang ditulis" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_missing_dossier_is_reported(tmp_path, capsys):
    assert main(["verify", str(tmp_path), "--lang", "en"]) == 1
    assert "plan.json is missing" in capsys.readouterr().err


def test_the_module_is_the_same_command(tmp_path):
    ran = subprocess.run(
        [sys.executable, "-m", "toolkit", "verify", str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "Traceback" not in ran.stderr


def test_an_unknown_language_and_an_unusable_place_are_reported(tmp_path, monkeypatch, capsys):
    folder = write(tmp_path / "data")
    (tmp_path / "file").write_text("")
    assert main(["recommend", str(folder), "--out", str(tmp_path / "file" / "out")]) == 1
    monkeypatch.setenv("MUTASI_LANG", "fr")
    assert main(["recommend", str(folder), "--out", str(tmp_path / "out")]) == 1
    assert "bahasa 'fr' tidak dikenal; pilih salah satu dari id, en" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_reader_who_has_seen_enough_is_no_fault(tmp_path):
    words = f"{sys.executable} -m toolkit check {write(tmp_path)} --lang en | head -1"
    ran = subprocess.run(["bash", "-o", "pipefail", "-c", words], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("The tables are valid")
