"""The page and the workbook: offline, escaped, no live text, the same bytes, and true to the plan."""

import io
import re
import shutil
from dataclasses import replace
from html import escape

import pytest
from openpyxl import load_workbook

import toolkit as tk
from tests.conftest import chain
from tests.tables import write
from toolkit.dossier.page import page
from toolkit.dossier.sheets import EMPTY_BOX, frames, layout, transfers
from toolkit.dossier.summary import unwilling
from toolkit.moves.refusals import article_said
from toolkit.need.statements import estimate_lines
from toolkit.reasons.explanation import noted as noted_in
from toolkit.words import LANGUAGES, lexicon, say

ROOT = tk.load().folder.parents[1]
NASTY = "=1+1|<script>alert('x')</script>"


@pytest.fixture(scope="module")
def hand():
    return chain(ROOT / "data" / "hand")


@pytest.fixture(scope="module")
def nasty(tmp_path_factory):
    """The paper example with a name that would be a formula in a workbook and a script in a page."""
    folder = tmp_path_factory.mktemp("nasty") / "data"
    shutil.copytree(ROOT / "data" / "hand", folder)
    units, jobs = (folder / f"{name}.csv" for name in ("units", "jobs"))
    units.write_text(units.read_text(encoding="utf-8").replace("Dinas Kearsipan", NASTY), encoding="utf-8")
    jobs.write_text(jobs.read_text(encoding="utf-8").replace("klerek", "=klerek"), encoding="utf-8")
    return tk.write_dossier(chain(folder), folder.parent / "hasil", lang="en")


def book(folder):
    return load_workbook(io.BytesIO((folder / "rekomendasi.xlsx").read_bytes()))


def test_a_text_never_becomes_a_formula_or_a_tag(nasty):
    page = (nasty / "laporan.html").read_text(encoding="utf-8")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;" in page
    sheets = book(nasty)
    texts = [cell for sheet in sheets for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert {cell.value for cell in texts if cell.data_type == "s"} == {NASTY, "=klerek"}
    ours = {(cell.parent.title, re.sub(r"[\d.]+", "#", cell.value)) for cell in texts if cell.data_type == "f"}
    assert ours == {
        ("offices", "=D#^#/MAX(E#,#/#)"), ("offices", "=D#^#/MAX(F#,#/#)"), ("offices", "=SUM(L#:L#)"), ("offices", "=SUM(M#:M#)"),
        ("need", "=Z#/#"),
    }  # fmt: skip


def test_the_page_asks_for_nothing_from_anywhere(nasty):
    page = (nasty / "laporan.html").read_text(encoding="utf-8")
    assert "default-src 'none'" in page
    assert re.findall(r"(?:src|href)=\"(?!data:)", page) == []
    assert "http" not in re.sub(r'src="data:[^"]+"', "", page).replace("http-equiv", "")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_opens_with_three_numbers_of_the_plan(hand, tmp_path, lang):
    page = (tk.write_dossier(hand, tmp_path / lang, lang=lang) / "laporan.html").read_text(encoding="utf-8")
    numbers = re.findall(r"<li><b>(.+?)</b>", page)
    assert numbers == (["2", "93%", "0,2"] if lang == "id" else ["2", "93%", "0.2"])
    assert page.index("<b>2</b>") < page.index("<figure") < page.index('type="search"')
    assert re.findall(r'<figure id="(\w+)"', page) == ["loads", "flows", "city", "frontier", "evidence", "funnel"]
    for person in ("A2", "A3"):
        for sentence, row in tk.why(hand, person, lang).table[["sentence", "id"]].values[:3]:
            assert f"<li>{sentence} <code>{row}</code></li>" in page


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_workbook_holds_the_tables(hand, tmp_path, lang):
    sheets = book(tk.write_dossier(hand, tmp_path / lang, lang=lang))
    assert sheets.sheetnames == [say(f"sheet.{name}", lang) for name in layout()["sheets"]]
    moved, cells, need = (sheets[say(f"sheet.{name}", lang)] for name in ("transfers", "cells", "need"))
    assert [row[1] for row in moved.iter_rows(min_row=2, values_only=True)] == ["A2", "A3"]
    heads = [cell.value for cell in need[1]]
    assert say("column.official_need", lang) in heads
    known = list(cells.iter_rows(min_row=2, max_row=4, values_only=True))
    assert sum(need**2 / after for *_, need, _, after, _, _, _, _, _, _, _ in known) == pytest.approx(8.878)
    checks = [row[0] for row in sheets[say("sheet.checks", lang)].iter_rows(min_row=2, values_only=True)]
    assert checks == tk.verify(hand, lang=lang)
    keys = dict(sheets[say("sheet.parameters", lang)].iter_rows(min_row=2, values_only=True))
    assert keys["outflow_share"] == 0.6
    assert len(list(sheets[say("sheet.refusals", lang)].rows)) - 1 == len(hand.moves.refused)


def test_the_squares_and_their_totals_point_at_all_rows(hand):
    cells = frames(hand, ["ok"], "en")["cells"]
    last = len(cells)  # the total stands in the row below, and headings in the first
    assert cells.square_before.tolist() == [
        *(f"=D{row}^2/MAX(E{row},1/2.5)" for row in range(2, last + 1)),
        f"=SUM(L2:L{last})",
    ]
    assert cells.square_after.iloc[-1] == f"=SUM(M2:M{last})"


def test_a_transfer_with_a_note_has_a_box_to_tick(hand):
    noted = hand.transfers.assign(notes=["needs a competence test (functional job)", ""])
    assert transfers(replace(hand, transfers=noted), "en").settled.tolist() == [EMPTY_BOX, ""]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_workbook_holds_the_job_map_with_the_years_to_come_and_what_the_estimates_say(hand, tmp_path, lang):
    folder = tk.write_dossier(hand, tmp_path / lang, lang=lang)
    sheets = book(folder)
    said = [row[0] for row in sheets[say("sheet.estimates", lang)].iter_rows(min_row=2, values_only=True)]
    assert said == estimate_lines(hand.moves.need, lang)
    assert len(said) >= len(hand.moves.need.norms.cards)
    page = (folder / "laporan.html").read_text(encoding="utf-8")
    assert all(f"<li>{escape(line)}</li>" in page for line in said)
    heads, *rows = sheets[say("sheet.job_map", lang)].iter_rows(values_only=True)
    at = {name: heads.index(say(f"column.{name}", lang)) for name in ("unit_id", "B", "K", "plus_minus", "gap_5")}
    assert [[row[at[name]] for name in ("unit_id", "B", "K", "plus_minus")] for row in rows] == [
        ["ARSIP", 5, 2, 3], ["DUKCAPIL", 3, 5, -2], ["PERPUS", 2, 2, 0],
    ]  # fmt: skip
    assert all(row[at["gap_5"]] <= row[at["plus_minus"]] for row in rows)
    assert {row[heads.index(say("column.why_other", lang))] for row in rows} == {say("basis.no_official", lang)}


def test_the_job_map_counts_who_leaves_in_all_five_years(tmp_path):
    people = (
        "employee_id,unit_id,job_id,birth_date\np1,A,clerk,1968-03-01\np2,A,clerk,1971-03-01\np3,B,clerk,1990-03-01\n"
    )
    jobs = "job_id,name,retirement_age\nclerk,Clerk,58\n"
    plan = chain(write(tmp_path, employees=people, jobs=jobs), as_of="2026-01-01")
    assert frames(plan, ["ok"], "en")["job_map"].set_index("unit_id").retire.to_dict() == {"A": 2, "B": 0}


def test_without_a_date_nobody_is_said_to_retire(tmp_path):
    posts = "unit_id,job_id,official_need\nA,clerk,1\nB,clerk,2\nC,clerk,1\n"
    way = chain(write(tmp_path / "data", volumes=None, services=None, posts=posts))
    sheets = book(tk.write_dossier(way, tmp_path / "out", lang="en"))
    heads, *rows = sheets["job map"].iter_rows(values_only=True)
    assert [row[heads.index("+/- (B - K)")] for row in rows] == [1, -1, 0]
    assert {row[at] for row in rows for at in range(heads.index("retire in five years"), len(heads))} == {None}


def test_beyond_a_number_of_transfers_the_page_names_where_reasons_are(hand, tmp_path, monkeypatch):
    monkeypatch.setattr("toolkit.dossier.page.REASONS", 1)
    page = (tk.write_dossier(hand, tmp_path / "out", lang="en") / "laporan.html").read_text(encoding="utf-8")
    assert page.split('id="who"')[1].split("</table>")[0].count("<details>") == 1
    assert "this page has those of the first 1 transfers" in page


def test_every_column_of_a_sheet_has_a_heading():
    columns = {f"column.{column}" for names in layout()["sheets"].values() for column in names}
    assert columns <= set(lexicon("id"))


def test_a_plan_that_does_not_hold_is_not_written(hand, tmp_path):
    broken = hand.transfers.assign(cost=0.01)
    with pytest.raises(tk.VerificationError, match="cost of A2"):
        tk.write_dossier(replace(hand, transfers=broken), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_an_agency_with_little_gets_a_dossier_too(tmp_path):
    way = chain(write(tmp_path / "data", volumes=None), as_of="2026-01-01")
    out = tk.write_dossier(way, tmp_path / "out", lang="en")
    page = (out / "laporan.html").read_text(encoding="utf-8")
    assert re.findall(r'<figure id="(\w+)"', page) == ["evidence", "funnel"]
    assert "No transfer is proposed: the need of every office is unknown." in page


def test_who_said_no_is_counted_at_the_top_of_the_page_and_named_in_the_row(tmp_path):
    shutil.copytree(ROOT / "data" / "hand", tmp_path / "data")
    (tmp_path / "data" / "wishes.csv").write_text("employee_id,willing\nA3,no\nA1,no\n", encoding="utf-8")
    plan = chain(tmp_path / "data")
    assert plan.transfers.notes[plan.transfers.employee_id == "A3"].tolist() == ["has said not to be willing to move"]
    for lang in LANGUAGES:
        text = page(plan, [], lang)
        assert escape(say("page.unwilling", lang, count=1)) in text
        assert say("note.unwilling", lang) in text
    # nobody is counted where nobody said no, and where they stay
    assert unwilling(chain(ROOT / "data" / "hand"), "en") == []
    assert unwilling(chain(tmp_path / "data", unwilling_stay=True), "en") == []


NOTES = [
    ("lifted: election for B by Sekda (reason in edits), letter 100.2/1 of 2026-01-05", "dikecualikan dari masa pemilihan (B) oleh Sekda (alasan tertulis dalam edits), dengan surat nomor 100.2/1 tanggal 5 Januari 2026"),
    ("job class 6 -> 7", "kelas jabatan berubah dari 6 menjadi 7"),
    ("TPP 5000000 -> 4500000.5", "TPP berubah dari 5.000.000 menjadi 4.500.000,5"),
    ("approval of the minister, who appoints to this job, comes first", "persetujuan Menteri Dalam Negeri selaku pejabat yang mengangkat harus diperoleh lebih dahulu"),
    ("owes service after study until 2026-08-31", "masih menjalani ikatan dinas sampai 31 Agustus 2026"),
    ("needs technical approval of BKN (I-MUT)", "memerlukan pertimbangan teknis BKN (I-MUT)"),
    ("needs a licence (SIP) for the new place of work", "memerlukan SIP untuk tempat kerja yang baru"),
    ("not checked: level, handover", "belum diperiksa: jenjang jabatan fungsional, serah terima keuangan atau barang"),
    ("begins with a semester (2027-01-01)", "mulai pada awal semester (1 Januari 2027)"),
]  # fmt: skip


@pytest.mark.parametrize(("note", "said"), NOTES)
def test_each_note_is_said_in_the_language_of_the_reader(note, said):
    assert noted_in(note, "id") == [said]


def test_an_article_to_be_verified_says_so_wherever_it_is_printed(hand):
    moves = hand.moves
    assert article_said("standing", moves, "id") == "PP 11/2017 Pasal 64, 94, perlu diverifikasi"
    assert article_said("tenure", moves, "id") == "PP 11/2017 Pasal 190(3)"
    assert article_said("locked", moves, "id") == ""
    reasons = tk.why(hand, "A3", "en").text
    assert "(article: PP 11/2017 Pasal 64, 94, to be verified)" in reasons
    assert "(article: PP 11/2017 Pasal 190(3))" in reasons
