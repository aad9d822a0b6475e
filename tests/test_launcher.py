"""The launcher: what it starts, what it makes, what it never touches; one sentence when it cannot."""

import ast
import importlib.util
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest

from tests.spoken import english_in
from toolkit.cli import _spoken

TOP = Path(__file__).parents[1]
SOURCE = (TOP / "mutasi.py").read_text(encoding="utf-8")
PROJECT = tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PINS = """\
plain==1.0 \\
    --hash=sha256:00
Two.Spellings_here==2.0 ; sys_platform == 'win32' \\
    --hash=sha256:00
split==3.0 ; python_full_version < '3.12'
split==3.1 ; python_full_version >= '3.12' \\
    --hash=sha256:00
    # via plain
"""


@pytest.fixture
def launcher(tmp_path, monkeypatch):
    """The launcher of a folder of its own that speaks English, with pins of no consequence."""
    monkeypatch.setenv("MUTASI_LANG", "en")
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copy(TOP / "mutasi.py", folder)
    shutil.copy(TOP / "pyproject.toml", folder)
    (folder / "requirements.txt").write_text(PINS)
    spec = importlib.util.spec_from_file_location("launcher", folder / "mutasi.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.speak(["--lang", "en"])
    return module


@pytest.fixture
def workshop(launcher, monkeypatch):
    """The launcher with a pip and a venv that work at once; what was asked of pip, in order."""
    asked = []

    def create(folder, **_):
        Path(launcher.PYTHON).parent.mkdir(parents=True)
        Path(launcher.PYTHON).write_text("new")

    monkeypatch.setattr(venv, "create", create)
    monkeypatch.setattr(launcher, "pip", lambda python, args: asked.append(args))
    launcher.asked = asked
    return launcher


@pytest.fixture
def started(launcher, monkeypatch):
    """Commands that the launcher would start, with folder and settings; the Python is one that has everything."""
    commands = []
    monkeypatch.setattr(launcher, "prepare", lambda source: "python")
    monkeypatch.setattr(launcher, "run", lambda *args, **settings: commands.append((*args, settings)) or 7)
    return commands


def offline(folder, *args):
    """The launcher run as a stranger runs it, without an index and without what pip is told on this machine."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    env |= {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    return subprocess.run(
        [sys.executable, str(Path(folder) / "mutasi.py"), *args], env=env, capture_output=True, text=True, check=False
    )


def refusing(*_, **__):
    raise PermissionError(13, "Permission denied")


def test_old_pythons_can_read_the_launcher():
    nodes = list(ast.walk(ast.parse(SOURCE, feature_version=(3, 6))))
    assert SOURCE.isascii()
    new = (ast.JoinedStr, ast.AnnAssign, ast.NamedExpr, ast.AsyncFunctionDef, ast.Match, ast.Nonlocal)
    assert [node for node in nodes if isinstance(node, new)] == []
    for node in nodes:
        if isinstance(node, ast.FunctionDef):
            every = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, node.args.vararg, node.args.kwarg]
            assert [arg.arg for arg in every if arg and arg.annotation] == []
            assert node.args.posonlyargs == node.args.kwonlyargs == []
            assert node.returns is None
            assert node.end_lineno - node.lineno < 40
        if isinstance(node, ast.Call):
            starred = [isinstance(arg, ast.Starred) for arg in node.args]
            assert starred == sorted(starred), f"line {node.lineno}: an argument after a starred one"
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            assert not any(isinstance(part, ast.Starred) for part in node.elts), f"line {node.lineno}: a star in a list"
        assert not (isinstance(node, ast.Raise) and node.cause), f"line {node.lineno}: raise from"


def test_the_launcher_needs_the_standard_library_alone_and_names_no_host():
    imported = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(SOURCE))
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported <= sys.stdlib_module_names
    assert "pip" not in imported
    assert not re.search(r"://|pypi|\.(org|com|io)\b|/(home|work|tmp|opt)/", SOURCE)


def test_an_old_python_is_told_so(launcher, monkeypatch, capsys):
    monkeypatch.setattr(sys, "version_info", (3, 6, 15, "final", 0))
    assert launcher.main(["recommend"]) == 1
    told = capsys.readouterr().err
    assert re.fullmatch(r"mutasi\.py: needs Python 3\.11 or later; this is 3\.6\.15 \(.+\); .+ newer one\n", told)
    oldest = ".".join(str(part) for part in launcher.OLDEST)
    assert PROJECT["requires-python"] == f">={oldest}"
    assert f"needs Python {oldest} or later" in told


@pytest.mark.parametrize(("lang", "usage"), [("en", "usage: python mutasi.py WORD"), ("id", "pemakaian: python")])
def test_no_arguments_end_with_two_and_help_with_zero(launcher, capsys, monkeypatch, lang, usage):
    monkeypatch.setenv("MUTASI_LANG", lang)
    assert launcher.main([]) == 2
    assert usage in capsys.readouterr().err
    assert launcher.main(["--help"]) == launcher.main(["-h"]) == 0
    told = capsys.readouterr().out
    for word in ("recommend", "verify", "test", "lab", "pack"):
        assert f"\n  {word} " in told


@pytest.mark.parametrize(
    ("args", "setting", "lang"),
    [
        ([], None, "id"),
        ([], "en", "en"),
        ([], "fr", "id"),
        (["check", "x", "--lang", "en"], None, "en"),
        (["check", "x", "--lang=id"], "en", "id"),
        (["check", "x", "--lang", "fr"], "en", "id"),
        (["check", "x", "--lang"], None, "id"),
    ],
)
def test_the_launcher_speaks_the_language_of_the_toolkit(launcher, monkeypatch, capsys, args, setting, lang):
    monkeypatch.delenv("MUTASI_LANG")
    if setting:
        monkeypatch.setenv("MUTASI_LANG", setting)
    monkeypatch.setattr(sys, "version_info", (3, 6, 15, "final", 0))
    assert launcher.main(args) == 1
    assert ("needs Python" in capsys.readouterr().err) == (lang == "en")
    assert _spoken(args) == lang


def test_every_sentence_of_the_launcher_has_both_languages_with_the_same_facts(launcher):
    english, indonesian = launcher.SENTENCES["en"], launcher.SENTENCES["id"]
    assert english.keys() == indonesian.keys()
    asked = set(re.findall(r"\bsentence_of\(\"(\w+)\"", SOURCE))
    assert asked == set(english), "a sentence that nobody says, or one that is not there"
    for key, text in english.items():
        assert sorted(re.findall(r"{\w+}", text)) == sorted(re.findall(r"{\w+}", indonesian[key])), key
        assert english_in(indonesian[key]) == set(), key


def test_a_word_that_is_not_the_launchers_own_goes_to_the_toolkit_in_the_users_folder(launcher, started):
    assert launcher.main(["dance", "--out", "a b"]) == 7
    assert started == [(["python", "-P", "-m", "toolkit", "dance", "--out", "a b"], {})]


def test_test_is_the_readmes_command_and_takes_more_arguments(launcher, started):
    assert launcher.main(["test", "-x", "tests/need"]) == 7
    ((command, folder, settings),) = started
    readme = re.search(r"```test\n(.+)\n```", (TOP / "README.md").read_text(encoding="utf-8"))[1]
    assert readme == "python mutasi.py test"
    assert (
        shlex.join(command)
        == "python -m pytest --nbval --nbval-current-env -n 2 --dist loadfile -m 'not slow' -x tests/need"
    )
    assert (folder, settings) == (launcher.HERE, {"OMP_NUM_THREADS": "1"})


def test_lab_opens_on_the_notebooks_or_the_folder_in_their_language_or_the_readers(launcher, started, monkeypatch):
    notebooks = Path(launcher.HERE) / "notebooks"
    monkeypatch.delenv("MUTASI_LANG", raising=False)
    launcher.main(["lab"])
    notebooks.mkdir()
    monkeypatch.setenv("MUTASI_LANG", "id")
    launcher.main(["lab", "--no-browser"])
    assert started == [
        (["python", "-m", "jupyterlab"], launcher.HERE, {"OMP_NUM_THREADS": "1", "MUTASI_LANG": "en"}),
        (["python", "-m", "jupyterlab", "--no-browser"], str(notebooks), {"OMP_NUM_THREADS": "1", "MUTASI_LANG": "id"}),
    ]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("raise SystemExit(0)", 0),
        ("raise SystemExit(3)", 3),
        pytest.param(
            "import os; os.kill(os.getpid(), 15)",
            143,
            marks=pytest.mark.skipif(os.name == "nt", reason="signals of POSIX"),
        ),
        ("import os; assert os.environ['PYTHONUTF8'] == os.environ['MORE'] == '1'", 0),
    ],
)
def test_the_exit_code_of_the_child_is_passed_on(launcher, code, expected):
    before = signal.getsignal(signal.SIGINT)
    try:
        assert launcher.run([sys.executable, "-c", code], MORE="1") == expected
    finally:
        signal.signal(signal.SIGINT, before)


def test_pins_are_read_with_their_markers_and_any_spelling(launcher):
    assert launcher.pins(PINS) == {
        "plain": ({"1.0"}, True),
        "two-spellings-here": ({"2.0"}, False),
        "split": ({"3.0", "3.1"}, False),
    }
    assert launcher.pins("both==1\nboth==2 ; sys_platform == 'win32'") == {"both": ({"1", "2"}, True)}
    text = (TOP / "requirements.txt").read_text(encoding="utf-8")
    assert sum(len(versions) for versions, _ in launcher.pins(text).values()) == text.count("==") - len(
        re.findall(r";.*==", text)
    )


@pytest.mark.parametrize(
    ("there", "complete"),
    [
        ({"plain": "1.0"}, True),
        ({"plain": "1.0", "split": "3.1"}, True),
        ({"plain": "1.0", "split": "3.0", "two-spellings-here": "2.0"}, True),
        ({}, False),
        ({"plain": "1.0.1"}, False),
        ({"plain": "1.0", "split": "3.2"}, False),
        ({"plain": "1.0", "two-spellings-here": "2.1"}, False),
    ],
)
def test_pins_hold_at_exactly_their_versions(launcher, there, complete):
    assert launcher.is_complete(launcher.pins(PINS), there.get) is complete


def put(site, name, version, origin=None):
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    if origin:
        (info / "direct_url.json").write_text(json.dumps(origin))


def test_the_running_python_is_used_when_it_has_the_pins_and_this_folder(launcher, tmp_path, monkeypatch):
    site, here = tmp_path / "site", Path(launcher.HERE).as_uri()
    put(site, "plain", "1.0")
    put(site, "Two_Spellings.Here", "2.0")
    put(site, "mutasi", "0.1.0", {"url": here, "dir_info": {"editable": True}})
    egg = Path(launcher.HERE) / "mutasi.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: mutasi\nVersion: 0.1.0\n")
    monkeypatch.setattr(sys, "path", [launcher.HERE, str(site)])
    assert launcher.installed("two-spellings-here") == "2.0"
    assert launcher.prepare([]) == sys.executable
    assert not Path(launcher.VENV).exists()


@pytest.mark.parametrize(
    "origin",
    [None, {"url": "file:///elsewhere", "dir_info": {"editable": True}}, {"url": "HERE", "dir_info": {}}],
)
def test_another_folder_or_a_copy_does_not_count_as_this_one(launcher, tmp_path, monkeypatch, origin):
    if origin and origin["url"] == "HERE":
        origin = origin | {"url": Path(launcher.HERE).as_uri()}
    put(tmp_path / "site", "mutasi", "0.1.0", origin)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site")])
    assert not launcher.is_installed_here()


def test_a_venv_of_the_users_own_is_never_touched(launcher):
    mine = Path(launcher.VENV) / "mine.txt"
    mine.parent.mkdir()
    mine.write_text("keep")
    ran = offline(launcher.HERE, "verify", "x")
    assert (ran.returncode, ran.stdout) == (1, "")
    assert re.fullmatch(
        r"mutasi\.py: \.venv was not made by mutasi\.py and stays as it is: rename it, .+\n", ran.stderr
    )
    assert [file.name for file in mine.parent.iterdir()] == ["mine.txt"]
    assert mine.read_text() == "keep"


def test_a_file_named_venv_is_the_users_own_too(launcher, capsys):
    Path(launcher.VENV).write_text("mine")
    assert launcher.main(["verify"]) == 1
    assert ".venv was not made by mutasi.py" in capsys.readouterr().err
    assert Path(launcher.VENV).read_text() == "mine"


def test_without_network_one_sentence_and_no_venv_is_left(launcher):
    before = sorted(os.listdir(launcher.HERE))
    ran = offline(launcher.HERE, "verify", "x")
    assert (ran.returncode, ran.stdout) == (1, "")
    setting_up, sentence = ran.stderr.splitlines()
    assert setting_up == "mutasi.py: setting up .venv, once; this takes about a minute"
    assert re.match(r"mutasi\.py: pip install did not work \(.+\): check the internet connection, or carry", sentence)
    assert "`python mutasi.py pack` on a machine with internet" in sentence
    assert sorted(os.listdir(launcher.HERE)) == before


@pytest.mark.parametrize(
    ("args", "said", "remedy"),
    [
        (["install"], "ERROR: No match for x. More.\nWARNING: old", r"\(No match for x\): check the internet"),
        (["install", "--no-index"], "ERROR: No match for x", "wheels does not serve this Python; remove it, or fill"),
        (["install"], "ERROR: [Errno 28] No space left on device", "free one gigabyte of disk space$"),
        (["download"], "python: No module named pip", r"pip download did not work \(python: No module named pip\)"),
        (["install"], "", r"\(no word\)"),
    ],
)
def test_what_pip_says_goes_into_one_sentence(launcher, tmp_path, monkeypatch, args, said, remedy):
    package = tmp_path / "lib" / "pip"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(f"print({said!r})\nraise SystemExit(1)\n")
    monkeypatch.setenv("PYTHONPATH", str(package.parent))
    with pytest.raises(launcher.SetupError, match=remedy):
        launcher.pip(sys.executable, args)


def test_a_python_without_venv_is_told_and_nothing_is_made(launcher, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name))
    assert launcher.main(["verify"]) == 1
    assert "ensurepip is missing: install it (Debian and Ubuntu: apt install python3-venv)" in capsys.readouterr().err
    assert not Path(launcher.VENV).exists()


def test_a_place_that_cannot_be_written_is_told(launcher, monkeypatch, capsys):
    monkeypatch.setattr(os, "makedirs", refusing)
    assert launcher.main(["verify"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("mutasi.py: could not set up ([Errno 13] Permission denied): free disk space or move")
    assert len(told.splitlines()) == 1
    assert not Path(launcher.VENV).exists()


def test_an_interrupt_during_setup_ends_with_130_and_leaves_no_venv(workshop, monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(workshop, "pip", interrupted)
    assert workshop.main(["verify"]) == 130
    assert capsys.readouterr().err.endswith("mutasi.py: interrupted\n")
    assert not Path(workshop.VENV).exists()


def test_the_first_run_installs_the_hashed_pins_then_this_folder_and_the_second_nothing(workshop, capsys):
    assert workshop.prepare([]) == workshop.PYTHON
    pinned = ["install", "--require-hashes", "-r", "requirements.txt"]
    assert workshop.asked == [pinned, ["install", "--no-deps", "--no-build-isolation", "-e", "."]]
    settings = Path(workshop.VENV) / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert json.loads(settings.read_text())["@jupyterlab/apputils-extension:notification"]["fetchNews"] == "false"
    assert "setting up .venv" in capsys.readouterr().err
    assert workshop.prepare([]) == workshop.PYTHON
    assert len(workshop.asked) == 2
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("file", ["requirements.txt", "pyproject.toml"])
def test_the_ready_mark_changes_with_pins_and_project_and_the_same_venv_is_renewed(workshop, file):
    workshop.prepare([])
    before = workshop.fingerprint()
    kept = Path(workshop.VENV) / "kept.txt"
    kept.write_text("")
    with (Path(workshop.HERE) / file).open("a") as changed:
        changed.write("# changed\n")
    assert workshop.fingerprint() != before
    workshop.prepare([])
    assert len(workshop.asked) == 4
    assert kept.exists()


def test_a_renewal_that_fails_leaves_the_venv_but_not_as_ready(workshop, monkeypatch):
    workshop.prepare([])
    pins = Path(workshop.HERE) / "requirements.txt"
    pins.write_text(PINS + "more==1.0\n")
    working = workshop.pip
    monkeypatch.setattr(workshop, "pip", refusing)
    assert workshop.main(["verify"]) == 1
    assert Path(workshop.PYTHON).read_text() == "new"
    pins.write_text(PINS)
    monkeypatch.setattr(workshop, "pip", working)
    workshop.prepare([])
    assert len(workshop.asked) == 4


@pytest.mark.parametrize("broken", [False, True])
def test_a_venv_of_another_python_or_place_is_made_anew_or_comes_back(workshop, monkeypatch, broken):
    workshop.prepare([])
    kept = Path(workshop.VENV) / "kept.txt"
    kept.write_text("")
    ready = workshop.fingerprint()
    monkeypatch.setattr(workshop, "origin", lambda: "another Python, another place")
    assert workshop.fingerprint() != ready
    if broken:
        monkeypatch.setattr(workshop, "pip", refusing)
    assert workshop.main(["verify"]) == 1 if broken else workshop.prepare([])
    assert kept.exists() is broken
    assert not Path(workshop.ASIDE).exists()
    monkeypatch.undo()
    assert (workshop.read(workshop.VENV, workshop.READY) == ready) is broken


def test_a_half_made_venv_is_made_anew(workshop):
    workshop.write(workshop.origin(), workshop.VENV, workshop.MADE)
    half = Path(workshop.PYTHON)
    half.parent.mkdir(parents=True)
    half.write_text("half")
    workshop.prepare([])
    assert half.read_text() == "new"
    assert workshop.read(workshop.VENV, workshop.READY) == workshop.fingerprint()


def test_pack_fills_wheels_and_installs_then_use_them(workshop, monkeypatch, capsys):
    def download(python, args):
        workshop.asked.append(args)
        if args[0] == "download":
            (Path(args[-1]) / "plain-1.0-py3-none-any.whl").write_text("")

    monkeypatch.setattr(workshop, "pip", download)
    monkeypatch.setattr(workshop, "run", lambda *args: 0)
    old = Path(workshop.WHEELS) / "old.whl"
    old.parent.mkdir()
    old.write_text("")
    assert workshop.main(["pack"]) == 0
    assert workshop.asked[0] == ["install", "--require-hashes", "-r", "requirements.txt"]
    assert "1 wheels for Python" in capsys.readouterr().err
    assert sorted(file.name for file in old.parent.iterdir()) == ["old.whl", "plain-1.0-py3-none-any.whl"]
    assert not list(Path(workshop.HERE).glob("wheels-*"))
    assert workshop.asked[2][:-1] == [
        "download",
        "--only-binary=:all:",
        "--require-hashes",
        "-r",
        "requirements.txt",
        "-d",
    ]
    shutil.rmtree(workshop.VENV)
    assert workshop.main(["verify"]) == 0
    assert workshop.asked[3][:4] == ["install", "--no-index", "--find-links", workshop.WHEELS]


def test_a_pack_that_fails_leaves_no_half_filled_wheels(workshop, monkeypatch):
    workshop.prepare([])
    monkeypatch.setattr(workshop, "pip", refusing)
    assert workshop.main(["pack"]) == 1
    assert not list(Path(workshop.HERE).glob("wheels*"))


def test_conda_takes_the_same_python_and_the_same_pins():
    lines = (TOP / "environment.yml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "name: mutasi",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f"  - python{PROJECT['requires-python']},<3.14",
        "  - pip",
        "  - pip:",
        "      - -r requirements.txt",
    ]
