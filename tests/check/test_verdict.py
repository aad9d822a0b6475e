"""``mutasi check``: every fault, every warning with its culprit, every rule that is off, and the evidence."""

import pandas as pd
import pytest

import toolkit as tk
from tests.one_person import UNITS, moves
from tests.tables import write
from toolkit.check.funnel import funnel, vacancies
from toolkit.check.verdict import judge
from toolkit.cli import main
from toolkit.words import say


def test_check_says_what_is_off_and_why_and_how_much_is_judged(tmp_path, capsys):
    assert main(["check", str(write(tmp_path)), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("The tables are valid: 4 people, 3 offices, 1 jobs.\n")
    assert (
        "NOT CHECKED (law or scope): rule “discipline”, because this is missing: column employees.discipline. The"
        in told
    )
    lacking = "column employees.rating_last, column employees.rating_before"
    assert f"Rule “performance rating” is off; it would need {lacking}." in told
    assert "policy max_km" in told
    assert "75% of the staff are assessed on evidence B: norm x volume." in told
    assert "25% of the staff are assessed on evidence D: nothing" in told
    assert main(["check", str(tmp_path)]) == 0
    assert "Tabel lolos pemeriksaan" in capsys.readouterr().out


def test_check_lists_every_fault_and_exits_with_one(tmp_path, capsys):
    employees = "employee_id,unit_id,job_id\n" + "".join(f"p{at},Z,clerk\n" for at in range(60))
    employees += "p60,A,cook\n"
    folder = str(write(tmp_path, employees=employees))
    assert main(["check", folder, "--lang", "en"]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"61 faults in {tmp_path}:",
        "  employees, unit_id (id_unit), 60 cells: not in units; correct it or add it there: "
        "row 2 'Z', row 3 'Z', row 4 'Z', row 5 'Z', row 6 'Z'",
        "  employees, row 62, job_id (id_jabatan): 'cook': not in jobs; correct it or add it there",
        say("verdict.no_match", "en"),
    ]
    assert main(["check", folder]) == 1
    told = capsys.readouterr().err.splitlines()
    assert told[0] == f"61 kesalahan dalam {tmp_path}:"
    assert told[1].startswith("  employees, unit_id (id_unit), 60 sel: tidak ada dalam tabel units")
    assert told[1].endswith("baris 2 'Z', baris 3 'Z', baris 4 'Z', baris 5 'Z', baris 6 'Z'")


def test_check_writes_nothing(tmp_path):
    folder = write(tmp_path / "data")
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    assert main(["check", str(folder)]) == 0
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [each.name for each in tmp_path.iterdir()] == ["data"]


def test_check_shows_whom_each_rule_bars_and_who_gets_no_name(tmp_path, capsys):
    employees = "employee_id,unit_id,job_id,status,contract_end\n" + "".join(
        f"p{at},{unit},clerk,pppk,{end}\n" for at, (unit, end) in enumerate([("A", "2026-06-30"), ("A", "2028-06-30"), ("B", "2028-06-30"), ("B", "2028-06-30")])
    )  # fmt: skip
    units = "unit_id,name,selection_required\nA,a,no\nB,b,no\nC,c,yes\n"
    posts = "unit_id,job_id,official_need\nC,clerk,2\n"
    folder = write(tmp_path, employees=employees, units=units, posts=posts)
    assert main(["check", str(folder), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert (
        "Next transfer period: 1 April 2026.\nRule “PPPK contract ends soon” (person): on its own it stops 1 people, after the rules above it 1 more; 3 may still move.\n"
        in told
    )
    assert "Because of the rule “internal selection”, 2 vacancies are given without names" in told
    assert "C clerk 2 (3)." in told
    assert main(["check", str(folder)]) == 0
    assert "Periode mutasi berikutnya dimulai 1 April 2026." in capsys.readouterr().out


def test_the_official_norms_are_judged_by_the_hours_alone():
    data = tk.load()
    found = judge(data).norms.cards.dropna(subset="alpha")
    assert (found.alpha == 0).all()
    assert (tk.estimate_norms(data, draws=0).cards.alpha.dropna() > 0).any()
    assert (judge(tk.load(norm_alpha=5.0)).norms.cards.alpha.dropna() == 5).all()


def test_the_verdict_is_short_in_a_console_and_a_summary_in_a_notebook(tmp_path):
    found = judge(tk.load(write(tmp_path)))
    assert repr(found).startswith("<Findings: warnings=0 rows, rules=")
    assert "\n" not in repr(found)
    assert found.summary[["people", "units", "jobs", "warnings", "may_move"]].tolist() == [4, 3, 1, 0, 3]
    assert found.summary.rules_on == (found.rules.state == "on").sum()
    assert "may_move" in found._repr_html_()
    assert found == judge(tk.load(tmp_path))


def test_empty_findings_have_the_dtypes_of_full_ones(tmp_path):
    plain = judge(tk.load(write(tmp_path / "1")))
    warned = judge(tk.load(write(tmp_path / "2", units="unit_id,name\nA,a\nB,b\nC,c\nD,d\n")))
    assert plain.warnings.empty
    assert len(warned.warnings) == 1
    pd.testing.assert_series_equal(plain.warnings.dtypes, warned.warnings.dtypes)
    pd.testing.assert_series_equal(plain.funnel.dtypes, warned.funnel.dtypes)


def test_judge_wants_data():
    with pytest.raises(tk.ArgumentError, match="judge needs the Data that tk.load returns"):
        judge("data/hand")


def rows(table):
    return list(table.itertuples(index=False, name=None))


def test_the_funnel_step_by_step(tmp_path):
    # p1 is kept by two rules, q3 by an unknown need, and nobody is left for C, which is farther than they may go
    result = moves(tmp_path / "1", rating_last="poor", standing="leave")
    assert rows(funnel(result)) == [
        ("standing", "person", 1, 1, 3),
        ("known_need", "person", 1, 1, 2),
        ("rating", "person", 1, 0, 2),
        ("family", "unit", 0, 0, 2),
        ("known_need", "unit", 0, 0, 2),
    ]
    units = UNITS.replace("B,b,no,no", "B,b,no,yes").replace("C,c,no,no", "C,c,no,yes")
    shut = moves(tmp_path / "2", units=units)  # p1 has no open office but the own one
    table = funnel(shut).set_index(["rule", "scope"])
    assert table.loc[("selection_required", "unit"), ["alone", "left"]].tolist() == [0, 3]
    assert table.loc[("known_need", "unit"), ["in_order", "left"]].tolist() == [1, 2]


def test_the_funnel_counts_a_person_to_whom_pairs_leave_no_place(tmp_path):
    result = moves(tmp_path, conflict_unit_ids="B;C")
    table = funnel(result).set_index(["rule", "scope"])
    assert table.loc[("conflict", "pair")].tolist() == [1, 1, 2]


def test_a_pair_that_two_rules_refuse_is_one_place(tmp_path):
    edits = "employee_id,action,unit_id,reason,by,rule\np1,forbid,B,too far,Sekda,\n"
    result = moves(tmp_path, conflict_unit_ids="B;C", tables={"edits": edits})
    table = funnel(result).set_index(["rule", "scope"])
    assert table.loc[("conflict", "pair")].tolist() == [1, 1, 2]
    assert table.loc[("forbidden", "pair")].tolist() == [0, 0, 2]


def test_a_lift_for_one_office_stands_under_other(tmp_path):
    edits = "employee_id,action,unit_id,reason,by,rule\np1,lift,B,needed,Sekda,tenure\n"
    result = moves(tmp_path, in_post_since="2025-06-01", tables={"edits": edits})
    table = funnel(result)
    assert rows(table)[-1] == ("other", "pair", 0, -1, 3)
    assert table.left.iloc[-1] == result.summary.may_move


def test_places_without_names_and_who_could_fill_them(tmp_path):
    posts = "unit_id,job_id,official_need\nA,chief,2\nB,clerk,3\nC,chief,1\n"
    units = UNITS.replace("B,b,no,no", "B,b,no,yes")
    result = moves(
        tmp_path,
        tables={"posts": posts, "volumes": "unit_id,service_id,period,received\nA,letters,2025,5000\n"},
        units=units,
    )
    assert rows(vacancies(result)) == [
        ("clerk", "A", "structural", 2, 1),
        ("clerk", "B", "selection_required", 2, 1),
        ("clerk", "C", "structural", 1, 2),
    ]
