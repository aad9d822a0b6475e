"""Norms that were not accepted and doubtful needs: in the ten lines, at the top of the page, beside each transfer."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

import toolkit as tk
from toolkit.check.verdict import judge
from toolkit.dossier.page import page
from toolkit.dossier.sheets import frames
from toolkit.dossier.summary import lines
from toolkit.pipeline import moves_from
from toolkit.reasons.explanation import noted

HAND = Path(tk.__file__).resolve().parents[1] / "data" / "hand"
POSTS = "unit_id,job_id,official_need\nARSIP,pengadministrasi,16\n"
CONFIRMED = "unit_id,job_id,what,by,on\nARSIP,pengadministrasi,work_share,Budi,2026-01-05\n"


def plan_of(folder, **tables):
    shutil.copytree(HAND, folder)
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    moves = moves_from(tk.load(folder), draws=0)
    return tk.balance(moves.need, moves)


@pytest.fixture(scope="module")
def unsound():
    """A plan that rests on norms which their own card does not accept."""
    data = tk.load(HAND)
    norms = tk.estimate_norms(data, draws=0)
    failed = {"basis": "fit", "hours": "measured", "accepted": False, "fails": "v", "units": 3, "padded": ""}
    norms = replace(norms, cards=norms.cards.assign(**failed))
    need = tk.staff_need(data, norms, tk.forecast_demand(data))
    return tk.balance(need, tk.allowed_moves(data, need))


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory):
    """The archive reports the work of two people, where K is sixteen."""
    return plan_of(tmp_path_factory.mktemp("doubtful") / "data", posts=POSTS)


def test_norms_that_were_not_accepted_are_named_in_the_lines_and_beside_each_transfer(unsound):
    assert "NOT ACCEPTED by their own test: pengadministrasi." in lines(unsound, "en")[1]
    assert len(unsound.transfers) > 0
    assert all("norms that were not accepted: pengadministrasi" in note for note in unsound.transfers.notes)
    said = noted(unsound.transfers.notes.iloc[0], "id")
    assert "bertumpu pada norma waktu yang tidak diterima: pengadministrasi" in said
    assert "norms that were not accepted" not in " ".join(lines(tk.balance(*chained()), "en"))


def chained():
    moves = moves_from(tk.load(HAND), draws=0)
    return moves.need, moves


def test_the_first_screen_of_the_page_names_them(unsound):
    text = page(unsound, [], "en")
    top = text[text.index('class="three"') : text.index("<figure")]
    assert "NOT ACCEPTED" in top


def test_doubtful_cells_are_counted_and_nobody_leaves_them(doubtful):
    assert "The need is doubtful for 1 job families" in lines(doubtful, "en")[2]
    open_to_all = doubtful.moves.allowed
    free = open_to_all[(open_to_all.from_unit != "ARSIP") & (open_to_all.to_unit != "ARSIP")]
    assert 0 < len(free) < len(open_to_all)
    assert f"{free.employee_id.nunique()} people may move, in {len(free)} allowed pairs" in lines(doubtful, "en")[6]
    assert "ARSIP" not in {*doubtful.transfers.from_unit, *doubtful.transfers.to_unit}
    assert len(tk.verify(doubtful)) == 8
    text = page(doubtful, [], "id")
    top = text[text.index('class="three"') : text.index("<figure")]
    assert "meragukan" in top
    sheet = frames(doubtful, [], "id")["need"].set_index("unit_id")
    assert sheet.doubt.to_dict() == {"ARSIP": "porsi_beban", "DUKCAPIL": "", "PERPUS": ""}


def test_check_lists_a_doubtful_cell_with_its_figures(doubtful):
    said = judge(doubtful.moves.need.data).lines("en")
    assert any("the services reported explain 13% of K" in line for line in said)
    assert any(line.startswith("To confirm figures that are right") for line in said)


def test_a_confirmed_doubt_travels_with_the_transfer(tmp_path):
    plan = plan_of(tmp_path / "data", posts=POSTS, confirmations=CONFIRMED)
    assert plan.moves.need.table.doubt.tolist()[0] == "work_share"
    leaving = plan.transfers[plan.transfers.from_unit == "ARSIP"]
    assert len(leaving) > 0
    assert all("doubtful need of ARSIP confirmed by Budi" in note for note in leaving.notes)
    assert "kebutuhan ARSIP yang meragukan dikonfirmasi oleh Budi" in noted(leaving.notes.iloc[0], "id")
    assert len(tk.verify(plan)) == 8


def test_by_policy_nothing_is_held(tmp_path):
    shutil.copytree(HAND, tmp_path / "data")
    (tmp_path / "data" / "posts.csv").write_text(POSTS, encoding="utf-8")
    moves = moves_from(tk.load(tmp_path / "data", hold_doubtful=False), draws=0)
    plan = tk.balance(moves.need, moves)
    assert "ARSIP" in set(plan.transfers.from_unit)
    assert "Doubtful" not in lines(plan, "en")[2]
    assert len(tk.verify(plan)) == 8
