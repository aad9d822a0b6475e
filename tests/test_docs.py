"""What the documentation says is true: its examples run, its equations hold, its paths and links are there."""

import doctest
import re
import tomllib
from math import exp, log
from pathlib import Path

import pytest

import toolkit as tk

ROOT = Path(tk.__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *ROOT.glob("docs/**/*.md"), *ROOT.glob("data/*/README.md")])
METHODS = sorted(ROOT.glob("docs/method/*.md"))
DIGITS = r"-?[\d,]+(?:\.\d+)?"


def text_of(page):
    return page.read_text(encoding="utf-8")


def named(page):
    return str(page.relative_to(ROOT))


# ---- Worked examples


@pytest.mark.parametrize("page", METHODS, ids=named)
def test_the_worked_examples_of_the_method_run(page, monkeypatch):
    monkeypatch.chdir(ROOT)
    result = doctest.testfile(str(page), module_relative=False, encoding="utf-8")
    assert result.attempted > 5
    assert result.failed == 0


def equations(text):
    """Each `expression = number` in backticks, and each cell of a table of that form."""
    spans = re.findall(r"`([^`\n]+)`", text) + re.findall(r"\|([^|\n]+)", text)
    form = re.compile(rf"(?:exp|ln|[\d,. ()x^/*+-])+= \**{DIGITS}\**")
    return [span.strip() for span in spans if form.fullmatch(span.strip())]


def value(expression):
    plain = expression.replace(",", "").replace(" x ", " * ").replace("^", "**").replace("ln(", "log(")
    assert re.fullmatch(r"(?:exp|log|[\d. ()*/+-])+", plain), expression
    return eval(plain, {"__builtins__": {}, "exp": exp, "log": log})


@pytest.mark.parametrize("page", [*METHODS, ROOT / "data" / "hand" / "README.md"], ids=named)
def test_every_equation_holds_to_its_last_digit(page):
    found = equations(text_of(page))
    assert len(found) > 4
    for equation in found:
        left, right = equation.replace("**", "").rsplit("=", 1)
        digits = len(right.partition(".")[2].strip())
        assert value(left) == pytest.approx(value(right), abs=0.51 * 10.0**-digits), equation


def test_an_equation_that_does_not_hold_is_seen():
    (wrong,) = equations("of `5.2^2 / 3 = 9.0134` and `K = 4` and `words`")
    left, right = wrong.split("=")
    assert value(left) != pytest.approx(value(right), abs=5.1e-5)
    assert value("exp((1 - 1 / 3) x ln(1.10))") == pytest.approx(1.0656, abs=5e-5)


def test_every_method_has_its_five_parts():
    text = "\n".join(map(text_of, METHODS))
    methods = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    for method in methods:
        name = method.splitlines()[0]
        parts = ["**Inputs.**", "$$", "**Worked example.**", "**Limits.**"]
        missing = [] if name == "Solving" else [part for part in parts if part not in method]
        assert not missing or (name, missing) == ("Verification", ["$$"]), (name, missing)
    assert {method.splitlines()[0] for method in methods} == {
        "Time norms",
        "Demand",
        "Surges",
        "Workload and need",
        "Rules and eligibility",
        "Cost of a move",
        "Balance",
        "Solving",
        "What remains short",
        "Frontier and knee",
        "Certificate: bound and canonical prices",
        "Ties",
        "Verification",
        "Reasons",
    }


# ---- Paths and links


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_to_a_page_and_a_heading(page):
    for target in re.findall(r"\]\(([^)]+)\)", text_of(page)):
        if target.startswith("https://"):
            continue
        path, _, heading = target.partition("#")
        there = (page.parent / path).resolve() if path else page
        assert there.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.+)$", text_of(there), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles], target


def is_there(path):
    """A file, a folder, or a module named without .py."""
    return (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


@pytest.mark.parametrize("page", [page for page in PAGES if page.name != "CHANGELOG.md"], ids=named)
def test_every_path_that_is_named_exists(page):
    form = r"(?<![\w/])((?:toolkit|data|docs|tests|notebooks|scripts|benchmarks)/[\w./-]*\w)"
    lost = [path for path in re.findall(form, text_of(page)) if not is_there(path)]
    assert lost == []


@pytest.mark.parametrize("page", METHODS, ids=named)
def test_every_module_the_method_names_exists(page):
    modules = re.findall(r"`((?:need|moves|plan|reasons|check|intake|dossier)/\w+\.py|\w+\.py)`", text_of(page))
    assert modules
    assert [module for module in modules if not (ROOT / "toolkit" / module).exists()] == []


def test_every_page_of_the_docs_can_be_found_from_the_readme():
    readme = text_of(ROOT / "README.md")
    assert [page.name for page in ROOT.glob("docs/*.md") if f"docs/{page.name}" not in readme] == []


# ---- Architecture, contributing, glossary, changelog


def modules_of_the_toolkit():
    files = [path for path in (ROOT / "toolkit").rglob("*.py") if path.name != "__init__.py"]
    return {path.relative_to(ROOT / "toolkit").as_posix().removesuffix(".py") for path in files}


def test_the_architecture_names_every_room_and_module_and_no_other():
    text = text_of(ROOT / "docs" / "architecture.md")
    rows = re.findall(r"^\| `([\w/]+)` \| (.+?) \|(.*?)\|$", text, re.MULTILINE)
    said = set()
    for room, _, modules in rows:
        names = re.findall(r"`(\w+)`", modules)
        said |= {f"{room.rstrip('/')}/{name}" for name in names} if room.endswith("/") else {room}
    assert said == modules_of_the_toolkit()


def test_the_rooms_stand_in_the_order_that_the_layer_test_keeps():
    from tests.test_house import ROOMS

    text = text_of(ROOT / "docs" / "architecture.md")
    assert [room.rstrip("/") for room in re.findall(r"^\| `([\w/]+)` \|", text, re.MULTILINE)][: len(ROOMS)] == ROOMS


def test_the_architecture_names_every_data_file_of_the_toolkit():
    text = text_of(ROOT / "docs" / "architecture.md")
    files = [path.relative_to(ROOT).as_posix() for path in (ROOT / "toolkit").rglob("*.toml")]
    assert [file for file in files if file not in text] == []


def test_results_carry_what_the_architecture_says():
    data = tk.load(ROOT / "tests" / "data" / "three_offices")
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    plan = tk.balance(need, tk.allowed_moves(data, need))
    text = text_of(ROOT / "docs" / "architecture.md")
    ways = re.findall(r"`((?:plan|moves|need|norms|demand)\.(?:moves|need|norms|demand|data|applied))`", text)
    assert {"plan.moves", "moves.need", "need.norms", "need.demand", "need.data"} <= set(ways)
    results = {"plan": plan, "moves": plan.moves, "need": need, "norms": need.norms, "demand": need.demand}
    for way in ways:
        name, held = way.split(".")
        assert getattr(results[name], held) is not None


def test_the_glossary_has_its_five_columns_everywhere():
    rows = [line for line in text_of(ROOT / "docs" / "glossary.md").splitlines() if line.startswith("|")]
    assert len(rows) > 40
    assert {row.count("|") for row in rows} == {6}
    assert all(cell.strip() for row in rows for cell in row.split("|")[1:4])


def test_the_changelog_groups_its_entries():
    text = text_of(ROOT / "CHANGELOG.md")
    assert re.findall(r"^### (.+)$", text, re.MULTILINE) == ["Added", "Changed", "Removed", "Fixed"]
    version = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["version"]
    assert version == tk.__version__


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_the_pages_use_the_words_of_the_field(page):
    archaic = r"\b(?:anew|reckon\w*|oddit(?:y|ies)|for want of|stands twice|nought|whereof|untie|betwixt)\b"
    assert re.findall(archaic, text_of(page), re.IGNORECASE) == []
