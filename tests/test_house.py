"""The house stands as docs/architecture.md draws it: imports run one way, files and functions stay small."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import toolkit as tk
from toolkit.words import LANGUAGES, lexicon

ROOT = Path(tk.__file__).parent
ROOMS = [
    "errors",
    "common",
    "words",
    "intake",
    "need",
    "moves",
    "pipeline",
    "check",
    "plan",
    "verification",
    "reasons",
    "figures",
    "dossier",
    "sample",
    "cli",
]
WITHIN_PLAN = [
    "inputs",
    "limits",
    "instance",
    "certificate",
    "residual",
    "prices",
    "plan",
    "plan_file",
    "solver",
    "model",
    "pricing",
    "ties",
    "balancing",
    "frontier",
]
FILES = sorted(ROOT.rglob("*.py"))


def imports(file: Path) -> set[str]:
    """Every module of the toolkit that a file imports, ``from toolkit import figures`` included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module == "toolkit":
            found |= {f"toolkit.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("toolkit.")}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_room_uses_only_what_stands_to_its_left(file):
    room = file.relative_to(ROOT).parts[0].removesuffix(".py")
    if room in ("__init__", "__main__"):
        return
    for name in imports(file):
        other = name.split(".")[1]
        assert ROOMS.index(other) <= ROOMS.index(room), f"{file.name} of {room} imports {name}"
        if room == other == "plan":
            assert WITHIN_PLAN.index(name.split(".")[2]) < WITHIN_PLAN.index(file.stem), f"{file.name} imports {name}"


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_stays_under_four_hundred_lines(file):
    assert len(file.read_text(encoding="utf-8").splitlines()) < 400


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_functions_stay_under_forty_lines_of_code(file):
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            start = node.body[1].lineno if ast.get_docstring(node) and len(node.body) > 1 else node.lineno
            assert (node.end_lineno or 0) - start < 40, f"{node.name} in {file.name}"


def test_importing_the_toolkit_loads_nothing_heavy():
    heavy = "{'pandas', 'numpy', 'sklearn', 'pulp', 'highspy', 'seaborn', 'matplotlib', 'jinja2'}"
    code = f"import sys, toolkit; print(sorted({heavy} & set(sys.modules)))"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )


def test_every_public_name_is_there_and_documented():
    for name in tk.__all__:
        assert getattr(tk, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        tk.nothing  # noqa: B018


def test_both_languages_say_the_same_things():
    spoken = {
        lang: {key: text for key, text in lexicon(lang).items() if not key.startswith("fault.")} for lang in LANGUAGES
    }
    assert spoken["id"].keys() == spoken["en"].keys()
    for key, text in spoken["id"].items():
        assert sorted(part.split("}")[0] for part in text.split("{")[1:]) == sorted(
            part.split("}")[0] for part in spoken["en"][key].split("{")[1:]
        ), key


def test_pins_and_project_name_the_same_packages_and_no_host():
    top = ROOT.parent
    pinned = (top / "requirements.txt").read_text(encoding="utf-8")
    for need in tomllib.loads((top / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]:
        name = need.split(">")[0]
        assert f"\n{name}==" in "\n" + pinned
        assert need in (top / "requirements.in").read_text(encoding="utf-8").splitlines()
    for file in top.glob("requirements*"):
        assert "://" not in file.read_text(encoding="utf-8")
