"""What the README shows is what happens."""

import re
from pathlib import Path

import toolkit as tk
from toolkit.cli import main

ROOT = Path(tk.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
OF_THE_LAUNCHER = {"lab", "pack", "test"}  # tests/test_launcher.py tries those


def test_the_commands_of_the_readme_run_in_its_order(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    rows = re.findall(r"^\| `python mutasi\.py (.+?)` \|", README, re.MULTILINE)
    commands = [row.split() for row in rows if row.split()[0] not in OF_THE_LAUNCHER]
    assert [args[0] for args in commands] == ["check", "recommend", "verify", "sample", "template", "anonymise"]
    for args in commands:
        assert main([str(tmp_path / word) if word.endswith(("/", ".key")) else word for word in args]) == 0
    assert {file.name for file in (tmp_path / "hasil").iterdir()} == {
        "laporan.html",
        "manifest.json",
        "plan.json",
        "prices.csv",
        "rekomendasi.xlsx",
    }


def test_the_options_of_the_readme_are_words_of_recommend(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    options = re.findall(r"`(--[a-z-]+(?: [^`]+)?)`", re.search(r"runs the whole chain; also (.+) \|", README).group(1))
    assert len(options) == 5
    args = [word for option in options for word in option.split()]
    assert main(["recommend", "data/hand", "--out", str(tmp_path / "hasil"), *args]) == 0


def test_the_first_command_is_that_of_the_table():
    first = re.search(r"```\n(python mutasi\.py recommend .+)\n```", README).group(1)
    assert f"| `{first}` |" in README


def test_the_ten_lines_of_the_readme_run(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    lines = re.search(r"```python\n(.+?)```", README, re.DOTALL)
    assert len(lines.group(1).splitlines()) == 11
    exec(lines.group(1).replace('"hasil/"', repr(str(tmp_path / "hasil"))), {})
    assert tk.read_plan(tmp_path / "hasil").summary.status == "optimal"


def test_every_path_the_readme_names_is_there():
    named = re.findall(r"`((?:toolkit|data|docs|tests)/[^` ]*|[\w.]+\.(?:py|yml|txt|toml|md))`", README)
    there = [ROOT / name for name in named] + [ROOT / "toolkit" / "intake" / "columns.toml"]
    # a path, a module named without .py, or a file of the toolkit named without its folder
    lost = [
        path.name
        for path in there
        if not path.exists() and not path.with_suffix(".py").exists() and not list(ROOT.glob(f"toolkit/**/{path.name}"))
    ]
    assert lost == []
