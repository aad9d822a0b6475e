"""What the README shows is what happens."""

import re
from pathlib import Path

import toolkit as tk
from toolkit.cli import main

ROOT = Path(tk.__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_commands_of_the_readme_run(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    commands = re.findall(r"^mutasi (.+)$", README, re.MULTILINE)
    assert len(commands) == 3
    for command in commands:
        assert main([str(tmp_path / "hasil") if word == "hasil" else word for word in command.split()]) == 0


def test_the_ten_lines_of_the_readme_run(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    lines = re.search(r"```python\n(.+?)```", README, re.DOTALL)
    assert lines is not None
    exec(lines.group(1).replace('"hasil/"', repr(str(tmp_path / "hasil"))), {})
    assert tk.read_plan(tmp_path / "hasil").summary.status == "optimal"
