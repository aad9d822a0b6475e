"""Tables that are large: refusals as codes, one row a person and rule on a sheet, and sheets that never overflow."""

import io
import time
from dataclasses import replace

import pandas as pd
import pytest
from openpyxl import load_workbook

import toolkit as tk
from tests.conftest import chain
from tests.many_offices import write_many_offices
from toolkit.cli import main
from toolkit.dossier import workbook as sheets
from toolkit.moves.refusals import refusals, refused_by_person
from toolkit.pipeline import moves_from
from toolkit.words import LANGUAGES, say


@pytest.fixture(scope="module")
def far(tmp_path_factory):
    """The moves of forty offices, 30 km at most from home."""
    return moves_from(tk.load(write_many_offices(tmp_path_factory.mktemp("far")), max_km=30), draws=0)


def test_a_refused_pair_takes_a_few_bytes_and_no_text(far):
    assert len(far.refused) > 7000
    each = far.refused.memory_usage(deep=True).sum() / len(far.refused)
    assert each < 40  # the largest province has six million
    texts = far.refused.columns.drop("passes_on")
    assert all(isinstance(far.refused[name].dtype, pd.CategoricalDtype) for name in texts)
    assert set(far.refused.value.cat.categories) == set(far.refused.value)


def test_what_the_rule_found_is_said_when_somebody_asks(far):
    row = far.refused.iloc[-1]
    said = refusals(far, row.employee_id, "en")
    assert f"Found: {row.value}. Office: {row.to_unit}." in said[-1]
    assert row.value.endswith(" km")


def test_a_sheet_holds_one_row_a_person_and_rule_with_how_many_offices(far):
    rows = refused_by_person(far)
    assert not rows[["employee_id", "rule"]].duplicated().any()
    counted = far.refused.groupby(["employee_id", "rule"], observed=True).agg(
        offices=("to_unit", "nunique"), values=("value", "nunique"), value=("value", "first"), unit=("to_unit", "first")
    )
    assert len(counted) == len(rows)
    for row in rows.itertuples():
        whole = counted.loc[(row.employee_id, row.rule)]
        assert row.offices == whole.offices
        assert (row.value if isinstance(row.value, str) else None) == (whole.value if whole["values"] == 1 else None)
        assert (row.to_unit if isinstance(row.to_unit, str) else None) == (whole.unit if whole.offices == 1 else None)


def test_the_day_is_that_of_the_office_that_opens_first(far):
    later, sooner = pd.Timestamp("2027-01-01"), pd.Timestamp("2026-06-01")
    refused = far.refused.copy()
    mine = refused.index[refused.employee_id == refused.employee_id.iloc[0]]
    refused.loc[mine, "passes_on"] = later
    refused.loc[mine[-1], "passes_on"] = sooner
    refused.loc[mine[0], "passes_on"] = pd.NaT
    rows = refused_by_person(replace(far, refused=refused)).set_index("employee_id")
    assert rows.passes_on[refused.employee_id.iloc[0]] == sooner


def test_refusals_of_persons_and_of_offices_keep_their_rows(tmp_path):
    moves = moves_from(tk.load(), draws=0)
    rows = refused_by_person(moves)
    alone = moves.refused[moves.refused.employee_id.isna() | moves.refused.to_unit.isna()]
    kept = rows[rows.offices.isna() | rows.employee_id.isna()]
    pd.testing.assert_frame_equal(
        kept[alone.columns].reset_index(drop=True).astype(object), alone.reset_index(drop=True).astype(object)
    )


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_table_longer_than_a_sheet_is_cut_and_says_so(tmp_path, monkeypatch, lang):
    monkeypatch.setattr(sheets, "MOST_ROWS", 5)
    folder = tk.write_dossier(chain(write_many_offices(tmp_path / "data"), max_km=30), tmp_path / "out", lang=lang)
    book = load_workbook(io.BytesIO((folder / "rekomendasi.xlsx").read_bytes()))
    rows = list(book[say("sheet.cells", lang)].iter_rows(min_row=2, values_only=True))
    assert len(rows) == 6
    assert say("workbook.cut", lang, shown=5, rows=41) in rows[-1]  # forty offices and the total
    assert max(sheet.max_row for sheet in book) == 7


def test_a_sheet_never_takes_more_than_excel_holds(monkeypatch, tmp_path):
    monkeypatch.setattr(sheets, "EXCEL_ROWS", 20)
    with pytest.raises(AssertionError, match="a sheet holds no more rows"):
        tk.write_dossier(chain(write_many_offices(tmp_path / "data"), max_km=30), tmp_path / "out")
    assert sheets.MOST_ROWS < 2**20


@pytest.mark.slow
def test_398_offices_and_5000_staff_take_under_ninety_seconds(tmp_path):
    folder = write_many_offices(tmp_path / "data", 398, 5000)
    began = time.monotonic()
    assert main(["recommend", str(folder), "--set", "max_km=30", "--out", str(tmp_path / "out")]) == 0
    assert time.monotonic() - began < 90
    plan = tk.read_plan(tmp_path / "out")
    assert len(plan.moves.refused) > 1_500_000
    assert plan.moves.refused.memory_usage(deep=True).sum() < 1e8
