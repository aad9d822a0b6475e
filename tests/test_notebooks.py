"""The notebooks: run in order, short cells, texts without results, small files; nbval runs them."""

import re
import subprocess
import sys
from dataclasses import fields

import nbformat
import pytest

import toolkit as tk
from toolkit.intake.policy import Policy

ROOT = tk.load().folder.parents[1]
BOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SECTIONS = ["Check", "What it says", "What it does not say", "Takeaways", "Try it"]
DEFAULTS = {f"{each.default:g}" for each in fields(Policy) if type(each.default) in (int, float)}
PARAMETERS = DEFAULTS | {"90", "36", "1200"}  # the interval, and two values that exercises try
ALLOWED = [
    *(r"`[^`]*`", r"\$\$.*?\$\$", r"\$[^$]*\$"),  # code and formulas
    *(r"\b(Pasal|UU|PP) \d+(\(\d\))?(/\d{4})?", r"\b\d+/\d{4}\b", r"\b(19|20)\d\d(-\d\d){0,2}\b"),  # articles and dates
    *(r"(?<=[Nn]otebook )\d\d\b", r"\(01 to 05\)"),  # the notebooks themselves
]


@pytest.fixture(params=BOOKS, ids=lambda file: file.stem)
def book(request):
    return nbformat.read(request.param, as_version=4)


def cells(book, kind):
    return [cell for cell in book.cells if cell.cell_type == kind]


def test_there_is_a_notebook_for_each_step():
    assert [file.stem for file in BOOKS] == [
        "00-start", "01-data", "02-workload", "03-staffing", "04-eligibility", "05-balancing", "08-published",
    ]  # fmt: skip


def test_each_was_run_from_top_to_bottom_without_an_error_or_a_warning(book):
    code = cells(book, "code")
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = [output for cell in code for output in cell.outputs]
    assert all(output.output_type != "error" and output.get("name") != "stderr" for output in outputs)
    assert not any("execution" in cell.metadata for cell in code)


def test_each_has_one_title_and_the_sections_of_the_pattern(book):
    text = "\n".join(cell.source for cell in cells(book, "markdown"))
    assert len(re.findall(r"^# ", text, re.MULTILINE)) == 1
    assert "**You will**" in text
    at = [re.search(rf"^## {section}", text, re.MULTILINE) for section in ["Baseline", "Method", *SECTIONS]]
    assert all(at)
    assert "$$" in text


def test_each_opens_with_the_paper_example_and_the_readers_tables(book):
    first = cells(book, "code")[0].source
    assert "data = tk.load()" in first
    assert 'hand = tk.load("../data/hand")' in first


def test_code_cells_are_short_and_define_nothing_but_in_exercises(book):
    for cell in cells(book, "code"):
        assert len(cell.source.splitlines()) <= 15, cell.id
        assert "def " not in cell.source or "solution" in cell.metadata.get("tags", []), cell.id
        assert "filterwarnings" not in cell.source
        assert "import warnings" not in cell.source
        assert "lang=" not in cell.source


def test_no_result_is_written_in_the_texts(book):
    for cell in cells(book, "markdown"):
        text = cell.source
        for pattern in ALLOWED:
            text = re.sub(pattern, "", text, flags=re.DOTALL)
        figures = {number.replace(",", "") for number in re.findall(r"\d[\d.,]*\d|\d", text)}
        assert figures <= PARAMETERS, (cell.id, figures - PARAMETERS)


def test_cell_names_are_unique_and_stay(book):
    names = [cell.id for cell in book.cells]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"\d\d-[a-z-]+", name) for name in names)


@pytest.mark.parametrize("file", BOOKS, ids=lambda file: file.stem)
def test_each_is_small_and_holds_no_place_of_a_machine(file):
    text = file.read_text(encoding="utf-8")
    assert len(text) < 300_000
    assert not re.search(r"/tmp|/home|/root|C:\\\\|Users", text)


@pytest.mark.slow
def test_a_run_of_the_script_changes_nothing():
    ran = subprocess.run([sys.executable, ROOT / "scripts" / "notebooks.py", "--check"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
