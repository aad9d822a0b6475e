"""What remains short, as page, workbook and ten lines say it; and what they say where nobody moves."""

import io
import re

import pytest
from openpyxl import load_workbook

import toolkit as tk
from tests.tables import write
from toolkit import figures
from toolkit.dossier.summary import answer, lines, short_after, why_short
from toolkit.pipeline import moves_from
from toolkit.plan.shortage import CAUSES
from toolkit.words import LANGUAGES, lexicon, say


def plan_of(folder, a=1, b=5, volumes="A,letters,2025,7500\nB,letters,2025,2500\n", columns="", of_b="", **policy):
    """The plan of A, which by default has one person and needs three, and B, which needs one."""
    head = "employee_id,unit_id,job_id" + (f",{columns}" if columns else "")
    people = [
        *(f"a{at},A,clerk" + (",no" if columns else "") for at in range(a)),
        *(f"b{at},B,clerk" + (f",{of_b}" if of_b else "") for at in range(b)),
    ]
    tables = {"units": "unit_id,name\nA,Alpha\nB,Beta\n", "employees": "\n".join([head, *people]) + "\n"}
    head = "unit_id,service_id,period,received\n"
    moves = moves_from(tk.load(write(folder, **tables, volumes=head + volumes), **policy), draws=0)
    return tk.balance(moves.need, moves)


@pytest.fixture(scope="module")
def held(tmp_path_factory):
    """One moves, one more could, and half a post nobody can fill."""
    folder = tmp_path_factory.mktemp("held")
    volumes = "A,letters,2025,11250\nB,letters,2025,2500\n"
    return plan_of(folder / "data", a=2, b=3, volumes=volumes, outflow_share=1, max_moves=1)


def written(plan, folder, lang):
    out = tk.write_dossier(plan, folder / lang, lang=lang)
    page = (out / "laporan.html").read_text(encoding="utf-8")
    return page, load_workbook(io.BytesIO((out / "rekomendasi.xlsx").read_bytes()))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_page_workbook_and_lines_name_the_causes(held, tmp_path, lang):
    page, book = written(held, tmp_path, lang)
    short = short_after(held)
    assert short == {"offices": 1, "shortage": 1.5, "none": 0.5, "held": 1.0}
    assert re.findall(r"<li><b>(.+?)</b>(.+?)</li>", page)[2] == (
        "1,5" if lang == "id" else "1.5",
        say("page.shortage", lang, **short),
    )
    said = {"budget": "1", "no_surplus": "0,5" if lang == "id" else "0.5"}
    section = page.split('id="short"')[1].split("</details>")[0]
    for cause, posts in said.items():
        assert f">{say(f'because.{cause}', lang)}</td>" in section
        assert f">{posts}</td>" in section
        assert f"{say(f'cause.{cause}', lang)} {posts}" in lines(held, lang)[7]
    assert say("page.short_lead", lang) in page
    rows = list(book[say("sheet.shortage", lang)].iter_rows(min_row=2, values_only=True))
    assert rows == [(say("because.budget", lang), 1, 1), (say("because.no_surplus", lang), 0.5, None)]
    missing = list(book[say("sheet.missing", lang)].iter_rows(min_row=2, values_only=True))
    assert missing == [("clerk", "A", "Alpha", 4.5, 3, 1.5)]


def test_nothing_says_any_more_that_transfers_cannot_solve_it():
    for lang, words in (("en", "cannot solve"), ("id", "tidak dapat diatasi")):
        assert not [key for key, text in lexicon(lang).items() if words in text]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_cause_has_its_words(lang):
    for cause in (*CAUSES, "stopped"):
        assert f"cause.{cause}" in lexicon(lang)
        assert f"because.{cause}" in lexicon(lang)
    assert "propose" in lexicon("en")["because.law"]
    assert "tidak diusulkan" in lexicon("id")["because.law"]


NOBODY = {
    "recruit": {"b": 1},
    "enough": {"b": 1, "volumes": "A,letters,2025,2500\nB,letters,2025,2500\n"},
    "held": {"b": 3, "columns": "locked", "of_b": "yes"},
}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", NOBODY)
def test_where_nobody_moves_the_answer_is_one_sentence_and_no_empty_picture(tmp_path, key, lang):
    plan = plan_of(tmp_path / "data", **NOBODY[key])
    assert plan.transfers.empty
    sentence = say(f"answer.{key}", lang, **short_after(plan), why=why_short(plan, lang))
    assert answer(plan, lang) == sentence
    assert sentence in lines(plan, lang)
    page, book = written(plan, tmp_path, lang)
    assert f'<p class="answer">{sentence}</p>' in page
    assert re.findall(r'<figure id="(\w+)"', page) == ["evidence", "funnel"]
    assert "<script>" not in page
    assert 'id="who"' not in page
    assert "<td" in page.split("<details open>")[1].split("</details>")[0] if key != "enough" else "Alpha" not in page
    assert book[say("sheet.transfers", lang)].max_row == 1


def test_recruitment_is_said_with_the_number_that_is_missing(tmp_path):
    said = answer(plan_of(tmp_path, b=1), "en")
    assert "no post has more than it needs; 2 people are missing (offices: 1): recruitment" in said


def test_a_plan_that_moves_somebody_has_no_such_answer(held):
    assert answer(held, "en") == ""


def test_a_picture_of_no_transfers_says_so_and_draws_nothing(tmp_path):
    plan = plan_of(tmp_path, b=1)
    ax = figures.flows(figures.canvas(6, 4, shown=False), plan, "en")
    assert ax.get_title(loc="left") == "No transfer is proposed"
    assert not ax.axison
    assert not ax.patches
    assert not ax.texts


def test_a_page_names_the_shortest_offices_and_how_many_there_are(held, tmp_path, monkeypatch):
    monkeypatch.setattr("toolkit.dossier.page.MISSING", 0)
    page, _ = written(held, tmp_path, "en")
    assert say("page.more", "en", shown=0, count=1) in page


def test_a_search_that_was_stopped_is_not_followed_by_others(tmp_path, monkeypatch):
    plan = plan_of(tmp_path / "data", outflow_share=1)
    plan.summary["status"] = "feasible"
    monkeypatch.setattr("toolkit.dossier.page._few_budgets", None)
    monkeypatch.setattr("toolkit.dossier.dossier.verify", lambda plan, lang: ["ok"])
    page, _ = written(plan, tmp_path, "en")
    assert 'id="loads"' in page
    assert 'id="frontier"' not in page
