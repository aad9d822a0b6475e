"""The house stands as docs/architecture.md draws it: imports run one way, files and functions stay small."""

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import toolkit as tk
from toolkit.words import LANGUAGES, lexicon

ROOT = Path(tk.__file__).parent
ROOMS = [
    "words",
    "errors",
    "common",
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
    "manifest",
    "limits",
    "instance",
    "certificate",
    "residual",
    "prices",
    "chain",
    "tie_rule",
    "solver",
    "model",
    "pricing",
    "shortage",
    "plan",
    "plan_file",
    "ties",
    "balancing",
    "frontier",
]
FILES = sorted(ROOT.rglob("*.py"))


# third-party modules whose package has another name
PACKAGE_OF = {"PIL": "pillow", "sklearn": "scikit-learn"}
# tools that run as commands or plugins and are imported nowhere, and the build backend
COMMANDS = {"jupyterlab", "nbval", "pytest-xdist", "setuptools", "wheel"}
# comes with jupyterlab, and notebooks only ever run inside it
WITH_JUPYTER = {"ipython"}
# filled by the decorators of check/warnings.py and moves/registry.py at import, and never changed afterwards
REGISTRIES = {"WARNINGS", "FUNCTIONS"}
CHANGES = {"append", "add", "update", "setdefault", "pop", "popitem", "clear", "extend", "insert", "remove", "discard"}


def imports(source: str) -> set[str]:
    """Every module of the toolkit that a text imports, ``from toolkit import figures`` included."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == "toolkit":
            found |= {f"toolkit.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return {name for name in found if name.startswith("toolkit.")}


def wrong_imports(room: str, module: str, source: str) -> list[str]:
    """What a module imports from rooms to the right of its own, or within plan from modules to the right of it."""
    wrong = []
    for name in sorted(imports(source)):
        parts = name.split(".")
        if (
            ROOMS.index(parts[1]) > ROOMS.index(room)
            or room == parts[1] == "plan"
            and WITHIN_PLAN.index(parts[2]) >= WITHIN_PLAN.index(module)
        ):
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_room_uses_only_what_stands_to_its_left(file):
    room = file.relative_to(ROOT).parts[0].removesuffix(".py")
    if room not in ("__init__", "__main__"):
        assert wrong_imports(room, file.stem, file.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "module", "source", "wrong"),
    [
        ("need", "norms", "from toolkit.moves.rules import RULES", ["toolkit.moves.rules"]),
        ("need", "norms", "def f():\n    from toolkit import figures", ["toolkit.figures"]),
        ("intake", "data", "import toolkit.plan.plan as p", ["toolkit.plan.plan"]),
        ("plan", "model", "from toolkit.plan.ties import x", ["toolkit.plan.ties"]),
        ("plan", "model", "from toolkit.plan.model import x", ["toolkit.plan.model"]),
        ("plan", "ties", "from toolkit.plan.model import x\nfrom toolkit.need.norms import y", []),
        ("cli", "cli", "from toolkit import figures, errors", []),
    ],
)
def test_an_import_to_the_right_is_found(room, module, source, wrong):
    assert wrong_imports(room, module, source) == wrong


def test_no_two_modules_have_the_same_name():
    names = [file.stem for file in FILES if file.stem not in ("__init__", "__main__")]
    assert sorted({name for name in names if names.count(name) > 1}) == []


@pytest.mark.parametrize("file", sorted(ROOT.rglob("*.toml")), ids=lambda file: str(file.relative_to(ROOT)))
def test_every_toml_file_opens_with_what_it_holds(file):
    first = file.read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# ")
    assert len(first.split()) > 5


def changed_globals(source: str) -> set[str]:
    """Names of dicts, lists and sets of a module that some function of it changes, and names that it reassigns."""
    tree = ast.parse(source)
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {each.id for target in targets for each in ast.walk(target) if isinstance(each, ast.Name)}
    changed: set[str] = set()
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)):
        own = {n.id for n in ast.walk(function) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        own |= {argument.arg for argument in ast.walk(function) if isinstance(argument, ast.arg)}
        for node in ast.walk(function):
            if isinstance(node, ast.Global):
                changed |= set(node.names)
            base = None
            if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store | ast.Del):
                base = node.value
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
                base = node.func.value
            if isinstance(base, ast.Name) and base.id in names - own:
                changed.add(base.id)
    return changed


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_remembers_anything_between_calls(file):
    assert changed_globals(file.read_text(encoding="utf-8")) - REGISTRIES == set()


def test_a_module_that_remembers_is_found():
    source = "A = {}\nB: list[int] = []\nC = []\nD = 0\nE = {}\n"
    source += "def f(x):\n    A[x] = 1\n    B.append(x)\n    C = []\n    C.append(x)\n    print(E[x], E.get(x))\n"
    source += "def g():\n    global D\n    D = 1\n"
    assert changed_globals(source) == {"A", "B", "D"}


def third_party(sources: list[str]) -> set[str]:
    """Packages, neither of Python nor ours, that texts of modules import."""
    modules: set[str] = set()
    for source in sources:
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.ImportFrom) and not node.level:
                modules.add((node.module or "").split(".")[0])
            elif isinstance(node, ast.Import):
                modules |= {alias.name.split(".")[0] for alias in node.names}
    ours = {"toolkit", "tests", "scripts", "benchmarks", "conftest", "mutasi"}
    return {PACKAGE_OF.get(name, name).lower() for name in modules - set(sys.stdlib_module_names) - ours}


def package(line: str) -> str:
    return re.split(r"[<>=\[ ]", line)[0]


def in_requirements() -> set[str]:
    lines = (ROOT.parent / "requirements.in").read_text(encoding="utf-8").splitlines()
    return {package(line) for line in lines if line and not line.startswith("#")}


def in_project() -> set[str]:
    project = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {package(line) for line in project["dependencies"]}


def sources_around() -> list[str]:
    """Tests, scripts and the code cells of notebooks; benchmarks name a Python of their own for what they compare."""
    top = ROOT.parent
    files = [file for room in ("tests", "scripts", "notebooks") for file in (top / room).rglob("*.py")]
    sources = [file.read_text(encoding="utf-8") for file in files]
    for notebook in sorted((top / "notebooks").glob("*.ipynb")):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        sources.append("\n".join(re.sub(r"^[%!].*$", "", text, flags=re.MULTILINE) for text in code))
    return sources


def test_what_the_toolkit_imports_is_what_the_project_declares():
    assert third_party([file.read_text(encoding="utf-8") for file in FILES]) == in_project()


def test_what_tests_scripts_and_notebooks_import_is_what_requirements_declare():
    used = third_party(sources_around()) - WITH_JUPYTER
    assert used <= in_requirements()
    assert in_requirements() - used - COMMANDS <= in_project()


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


def unspoken(source: str) -> list[str]:
    """What errors of the toolkit are raised with that is no key of words/: it would be said in one language only."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args):
            continue
        name, first = node.exc.func, node.exc.args[0]
        ours = (
            isinstance(name, ast.Name) and name.id in tk.__all__ and name.id not in ("InputError", "VerificationError")
        )
        if ours and not (
            isinstance(first, ast.Constant) and f"error.{first.value}" in lexicon("en") | {"error.policy": ""}
        ):
            found.append(ast.unparse(first))
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_error_is_raised_with_a_key_of_words(file):
    assert unspoken(file.read_text(encoding="utf-8")) == []


def test_an_error_without_a_key_is_found():
    source = (
        "raise MutasiError('folder_missing', place=1)\nraise ArgumentError(f'{x} is wrong')\nraise PolicyError('no')\n"
    )
    assert unspoken(source) == ["f'{x} is wrong'", "'no'"]


def test_both_languages_say_the_same_things():
    spoken = {lang: lexicon(lang) for lang in LANGUAGES}
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
