"""What a dossier says in Indonesian is Indonesian, and nothing in it sounds decided: summary, page, workbook, checks."""

import base64
import html
import io
import re
from pathlib import Path

import pytest
from openpyxl import load_workbook

import toolkit as tk
from tests.conftest import chain
from tests.spoken import DECIDED, english_in, words_of_data
from tests.tables import write
from toolkit.dossier.page import page
from toolkit.dossier.summary import lines
from toolkit.dossier.workbook import workbook
from toolkit.moves.refusals import refusals
from toolkit.moves.rules import RULES
from toolkit.verification import verify
from toolkit.words import Month, say

ROOT = Path(tk.__file__).resolve().parents[1]
OURS = {"posts", "edits", "check", "verify", "python"}  # tables and commands that sentences name
ARTICLES = sorted({rule.article for rule in RULES if rule.article}, key=len, reverse=True)


# a value of the policy as policy.toml has it
SETTING = re.compile(r"\b\w+ = \S+ \(baku: [^)]*\)")


def texts_of_page(text):
    """What a reader of the page sees: its text, and the words of its pictures, which SVG keeps as remarks."""
    pictures = [base64.b64decode(each).decode() for each in re.findall(r"svg\+xml;base64,([\w+/=]+)", text)]
    assert len(pictures) >= 2
    shown = [html.unescape(word) for each in pictures for word in re.findall(r"<!-- (.*?) -->", each)]
    body = re.sub(r"<(style|script).*?</\1>|base64,[\w+/=]+", " ", text, flags=re.S)
    spoken = re.findall(r"(?:placeholder|aria-label|data-head|alt)=\"(.*?)\"", body)
    return "\n".join([html.unescape(re.sub(r"<[^>]+>", "\n", body)), *map(html.unescape, spoken), *shown])


def texts_of_workbook(content):
    """All titles, headings and texts of a workbook but keys and values of the policy."""
    book = load_workbook(io.BytesIO(content))
    keys = say("sheet.parameters", "id")
    rows = [(sheet.title, row) for sheet in book for row in sheet.iter_rows(max_row=1 if sheet.title == keys else None)]
    cells = [cell.value for _, row in rows for cell in row if isinstance(cell.value, str) and cell.data_type == "s"]
    return "\n".join(dict.fromkeys([*book.sheetnames, *cells]))


def without_articles(text):
    for article in ARTICLES:
        text = text.replace(article, "")
    return text


def said_of(plan):
    checks = verify(plan, lang="id")
    people = plan.moves.refused.employee_id.dropna().unique()[:200]
    return {
        "summary": "\n".join(lines(plan, "id")),
        "page": texts_of_page(page(plan, checks, "id")),
        "workbook": texts_of_workbook(workbook(plan, checks, "id")),
        "checks": "\n".join(checks),
        "refusals": "\n".join(
            without_articles(each).partition(":")[2] for person in people for each in refusals(plan.moves, person, "id")
        ),
    }


def assert_indonesian(plan):
    names = OURS | words_of_data(plan.moves.need.data)
    for place, text in said_of(plan).items():
        text = SETTING.sub("", text)
        assert english_in(without_articles(text), names) == set(), place
        assert not DECIDED.search(text), place
        assert not re.search(r"\b20\d\d-\d\d(-\d\d)?\b|\d %", text), (
            f"{place}: a date not in words, or a space before %"
        )
        assert not re.search(r"(?<![\w.])0\.\d", text), f"{place}: a decimal point"


def test_a_dossier_on_paper_speaks_indonesian():
    assert_indonesian(chain(ROOT / "data" / "hand", max_km=8, max_moves=1))


def test_a_dossier_with_everything_at_odds_speaks_indonesian(tmp_path):
    """Ratings, punishments, contracts, part-timers and lifts: values of refusals that are codes, dates and decimals."""
    head = "employee_id,unit_id,job_id,status,standing,rating_last,rating_before,discipline,in_post_since,contract_end,fte\n"
    people = head + "".join(
        f"p{at},{'B' if at < 7 else 'A'},clerk,{rest}\n"
        for at, rest in enumerate(
            [
                "pns,active,needs_improvement,good,none,2020-01-01,,1",
                "pns,seconded,good,good,none,2020-01-01,,1",
                "pns,active,good,very_good,serving,2025-11-01,,1",
                "pppk,active,good,good,none,2020-01-01,2026-02-01,1",
                "pns,active,good,good,none,2020-01-01,,0.5",
                "pns,active,good,good,none,2020-01-01,,1",
                "pns,active,good,good,none,2020-01-01,,1",
                "pns,active,good,good,none,2020-01-01,,1",
            ]
        )
    )
    edits = "employee_id,action,reason,by\np6,lift:tenure,needed,Sekda\n".replace("lift:tenure", "forbid")
    plan = chain(write(tmp_path, employees=people, edits=edits))
    text = "\n".join(each for at in range(6) for each in refusals(plan.moves, f"p{at}", "id"))
    for value in (
        "butuh perbaikan; baik",
        "diperbantukan",
        "sedang menjalani",
        "1 November 2025",
        "1 Februari 2026",
        "0,5",
    ):
        assert f"Data: {value}." in text, value
    assert_indonesian(plan)


@pytest.mark.slow
def test_the_dossier_of_the_sample_speaks_indonesian():
    assert_indonesian(chain(ROOT / "data" / "sample"))


def test_no_article_holds_an_english_word():
    assert english_in("\n".join(ARTICLES), ()) == set()


@pytest.mark.parametrize(
    ("planted", "found"),
    [("<b>ditahan and dilepas</b>", {"and"}), ('<th data-head="shared">dasar</th>', {"shared"})],
)
def test_an_english_word_planted_in_a_page_is_found(planted, found):
    picture = base64.b64encode(b"<svg><!-- dasar: unknown --></svg>").decode()
    page_text = f'<img src="data:image/svg+xml;base64,{picture}">' * 2 + planted
    assert english_in(texts_of_page(page_text), OURS) == found | {"unknown"}


def test_months_and_days_are_said_in_words():
    day = tk.load(ROOT / "data" / "hand").as_of.date()
    assert say("verdict.period", "id", start=day) != say("verdict.period", "en", start=day)
    assert (Month(day).said("id").split()[1], str(Month(day)).split()[1]) == (str(day.year), str(day.year))
