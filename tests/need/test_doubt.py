"""Doubtful needs: each reason by itself, who confirms it, and what a doubtful cell may do."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.intake.schema import layout
from toolkit.need.doubt import REASONS
from toolkit.need.past import against_past, spikes
from toolkit.need.statements import doubt_lines
from toolkit.pipeline import moves_from
from toolkit.plan.limits import limits
from toolkit.words import lexicon

UNITS = [f"U{at}" for at in range(9)]
MONTHS = pd.period_range("2024-01", "2025-12", freq="M").astype(str).tolist()


def folder_of(folder, received, staff=2, months=MONTHS, **tables):
    """Offices that receive ``received[unit, service]`` letters or cards a month (a number, or one a month), an hour each.

    A hundred a month are 0.96 people.
    """
    rows = []
    for (unit, service), values in received.items():
        each = [values] * len(months) if np.isscalar(values) else values
        rows += [f"{unit},{service},{month},{value}" for month, value in zip(months, each, strict=True)]
    people = [f"{unit}p{at},{unit},clerk" for unit in UNITS for at in range(staff)]
    given = {
        "units": "unit_id,name,kind\n" + "".join(f"{unit},{unit},opd\n" for unit in UNITS),
        "employees": "\n".join(["employee_id,unit_id,job_id", *people, ""]),
        "services": "service_id,job_id,name,norm_minutes\nletters,clerk,L,60\ncards,clerk,C,60\n",
        "volumes": "\n".join(["unit_id,service_id,period,received", *rows, ""]),
    }
    return write(folder, **{**given, **tables})


def steady(**changes):
    """About two hundred letters a month in each office."""
    return {(unit, "letters"): 200 + 5 * at for at, unit in enumerate(UNITS)} | changes.pop("also", {})


def doubts(folder, received, **tables):
    need = moves_from(tk.load(folder_of(folder, received, **tables)), draws=0).need
    return list(need.doubts[["unit_id", "what", "figure", "against"]].itertuples(index=False, name=None))


def test_offices_alike_are_not_doubtful(tmp_path):
    assert doubts(tmp_path, steady()) == []


def test_a_few_services_do_not_count_as_all_the_work(tmp_path):
    posts = "unit_id,job_id,official_need\nU0,clerk,15\nU1,clerk,3\n"
    assert doubts(tmp_path, steady(), posts=posts) == [("U0", "work_share", pytest.approx(1.92, rel=0.05), 15)]


def test_a_share_that_differs_by_less_than_a_person_says_nothing(tmp_path):
    received = steady(also={("U0", "letters"): 40})
    assert doubts(tmp_path, received, posts="unit_id,job_id,official_need\nU0,clerk,1\n") == []


def test_the_least_share_is_a_policy(tmp_path):
    posts = "unit_id,job_id,official_need\nU0,clerk,15\n"
    assert doubts(tmp_path, steady(), posts=posts, policy="work_share_min = 0.1\n") == []


def test_a_need_over_three_times_the_staff(tmp_path):
    received = steady(also={("U0", "letters"): 330})
    found = doubts(tmp_path, received, staff=1)
    assert found == [("U0", "over_staff", pytest.approx(3.17, rel=0.05), 1)]


def test_a_volume_a_head_out_of_line_with_the_others(tmp_path):
    high = steady(also={("U0", "letters"): 6000})
    found = doubts(tmp_path / "high", high, staff=30)
    assert [row[:2] for row in found] == [("U0", "peers")]
    few = {place: value for place, value in high.items() if place[0] < "U5"}
    assert doubts(tmp_path / "few", few, staff=30) == []  # four others are too few to compare with


def test_a_figure_does_not_hide_behind_the_norm_that_was_fitted_on_it(tmp_path):
    received = steady(also={("U0", "letters"): 6000, ("U0", "cards"): 500})
    data = tk.load(folder_of(tmp_path, received, staff=30))
    norms, demand = tk.estimate_norms(data, draws=0), tk.forecast_demand(data)
    letters = norms.table.service_id == "letters"
    # as where a fit explains the letters x 30 by none of the hours
    none = replace(norms, table=norms.table.assign(minutes=norms.table.minutes.mask(letters, 0.0)))
    found = tk.staff_need(data, none, demand).doubts
    assert found[found.what == "peers"][["unit_id", "service_id"]].values.tolist() == [["U0", "letters"]]


def test_less_work_a_head_than_anywhere_else(tmp_path):
    assert [row[:2] for row in doubts(tmp_path, steady(also={("U0", "letters"): 10}))] == [("U0", "peers")]


def test_a_service_that_all_others_report(tmp_path):
    cards = {(unit, "cards"): 30 for unit in UNITS[1:]}
    assert doubts(tmp_path, steady(also=cards)) == [("U0", "left_out", 1, 2)]
    other = steady(also={**cards, ("U0", "letters"): ""})  # of letters nothing is known: no need to doubt
    assert doubts(tmp_path / "nothing", other) == []


def test_a_service_that_was_reported_until_a_year_ago(tmp_path):
    need = moves_from(tk.load(folder_of(tmp_path, steady(also={("U0", "cards"): [30] * 12 + [""] * 12}))), draws=0).need
    row = need.table.query("unit_id == 'U0'").iloc[0]
    assert (row.doubt, row.evidence) == ("left_out", "D")


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ([400] * 12 + [200] * 12, ["fall"]),
        ([320] * 12 + [200] * 12, []),
        ([100] * 12 + [200] * 12, ["rise"]),
        ([150] * 12 + [200] * 12, []),
        ([200] * 20 + [6000] + [200] * 3, ["rise", "spike"]),
        ([200] * 3 + [6000] + [200] * 20, ["fall", "spike"]),
        ([200] * 14 + [""] * 3 + [200] * 7, []),
        ([200] * 14 + [""] * 7 + [200] * 3, ["few_months"]),
    ],
)
def test_the_past_of_an_office(tmp_path, values, what):
    received = steady(also={("U4", "letters"): values})
    found = doubts(tmp_path, received, staff=4)
    assert [(unit, name) for unit, name, _, _ in found] == [("U4", name) for name in what]


def test_a_surge_that_the_months_show_is_not_doubtful(tmp_path):
    received = steady(also={("U4", "letters"): [200] * 14 + [380] * 10})
    need = moves_from(tk.load(folder_of(tmp_path, received, staff=4)), draws=0).need
    assert need.demand.table.surge_since.notna().tolist() == [unit == "U4" for unit in UNITS]
    assert need.doubts.empty


def test_a_month_of_a_short_record_that_stands_out(tmp_path):
    months = MONTHS[:12]
    received = {(unit, "letters"): [200] * 12 for unit in UNITS} | {("U2", "letters"): [200] * 5 + [6000] + [200] * 6}
    found = doubts(tmp_path, received, staff=12, months=months)
    assert [(unit, name) for unit, name, _, _ in found] == [("U2", "spike")]
    season = {(unit, "letters"): [20] * 5 + [600] + [20] * 6 for unit in UNITS}
    assert doubts(tmp_path / "season", season, months=months) == []


CONFIRMED = "unit_id,job_id,what,by,on,reason\nU0,clerk,work_share,Budi,2026-01-05,counted again\n"
SHORT = {"posts": "unit_id,job_id,official_need\nU0,clerk,15\n"}


def test_a_doubtful_cell_keeps_its_need_and_neither_gives_nor_receives(tmp_path):
    moves = moves_from(tk.load(folder_of(tmp_path, steady(), staff=6, **SHORT)), draws=0)
    need = moves.need
    assert need.table.doubt.tolist() == ["work_share"] + [""] * 8
    assert need.table.need_fte[0] == pytest.approx(1.92, rel=0.05)
    cells = limits(need.cells, need.policy)
    assert cells.loc[0, ["staff_before", "floor", "ceiling", "outflow_limit"]].tolist() == [6, 6, 6, 0]
    free = limits(need.cells, need.policy.with_(hold_doubtful=False))
    assert free.loc[0, ["floor", "outflow_limit"]].tolist() == [2, 1]


def test_a_named_person_confirms_it(tmp_path):
    need = moves_from(tk.load(folder_of(tmp_path, steady(), confirmations=CONFIRMED, **SHORT)), draws=0).need
    assert need.table[["doubt", "confirmed_by"]].iloc[0].tolist() == ["work_share", "Budi"]
    assert not need.cells.doubtful.any()
    said = doubt_lines(need, "en")
    assert len(said) == 1
    assert said[0].endswith("; confirmed by Budi.")


def test_only_what_was_confirmed_is_confirmed(tmp_path):
    other = CONFIRMED.replace("work_share", "fall")
    need = moves_from(tk.load(folder_of(tmp_path, steady(), confirmations=other, **SHORT)), draws=0).need
    assert need.cells.doubtful.tolist() == [True] + [False] * 8


@pytest.mark.parametrize("lost", ["Budi", "2026-01-05"])
def test_a_confirmation_needs_a_name_and_a_day(tmp_path, lost):
    with pytest.raises(tk.InputError, match="the cell is empty"):
        tk.load(folder_of(tmp_path, steady(), confirmations=CONFIRMED.replace(lost, ""), **SHORT))


def test_a_confirmation_in_indonesian(tmp_path):
    konfirmasi = "id_unit;id_jabatan;perihal;oleh;tanggal;alasan\nU0;clerk;porsi_beban;Budi;05-01-2026;benar\n"
    folder = folder_of(tmp_path, steady(), **SHORT)
    (folder / "konfirmasi.csv").write_text(konfirmasi, encoding="utf-8")
    assert not moves_from(tk.load(folder), draws=0).need.cells.doubtful.any()


def test_another_figure_of_need_is_not_doubtful(tmp_path):
    need = moves_from(tk.load(folder_of(tmp_path, steady(), **SHORT)), draws=0).need
    given = need.with_need({("U0", "clerk"): 3.0})
    assert given.doubts.empty
    assert not given.cells.doubtful.any()


def test_each_reason_is_said_with_its_figures_and_how_to_confirm_it(tmp_path):
    need = moves_from(tk.load(folder_of(tmp_path, steady(), **SHORT)), draws=0).need
    english, how = doubt_lines(need, "en")
    assert english.startswith("Doubtful (work_share): U0, clerk: the services reported explain 13% of K (need 1.9")
    assert "confirmations" in how
    assert doubt_lines(need, "id")[0].startswith("Meragukan (porsi_beban): U0, clerk: layanan yang dilaporkan")


@pytest.mark.parametrize("lang", ["id", "en"])
def test_the_words_of_a_reason_are_codes_that_a_confirmation_may_hold(lang):
    codes = layout()["confirmations"].columns["what"].codes
    words = {name: lexicon(lang)[f"doubt_code.{name}"] for name in REASONS}
    assert list(codes) == REASONS
    assert all(word in (name, *codes[name]) for name, word in words.items())


def test_years_are_compared_over_the_months_that_both_know():
    index = pd.MultiIndex.from_tuples([("A", "s")], names=["unit_id", "service_id"])
    history = pd.DataFrame([[100.0] * 12 + [np.nan] * 3 + [90.0] * 9], index, MONTHS)
    found = against_past(history, 12).iloc[0]
    assert (found.now, found.past, found.months, found.months_of_record) == (810, 900, 9, 9)
    assert found.a_year == pytest.approx(12 / 9)
    assert spikes(history, 12).empty
    assert spikes(history, 1).empty
