"""``mutasi check``: every fault, every warning with its culprit, every rule that is off, and the evidence."""

import toolkit as tk
from tests.tables import write
from toolkit.check.verdict import judge
from toolkit.cli import main
from toolkit.words import say


def test_check_says_what_is_off_and_why_and_how_much_is_judged(tmp_path, capsys):
    assert main(["check", str(write(tmp_path)), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("The tables are valid: 4 people, 3 offices, 1 jobs.\n")
    assert "NOT CHECKED (law): discipline; missing: employees.discipline. Every transfer" in told
    assert "Off: rating; missing: employees.rating_last, employees.rating_before." in told
    assert "policy max_km" in told
    assert "75 % of the staff are assessed by norm x volume (B)." in told
    assert "25 % of the staff are assessed by nothing" in told
    assert main(["check", str(tmp_path)]) == 0
    assert "Tabel lengkap dan sah" in capsys.readouterr().out


def test_check_lists_every_fault_and_exits_with_one(tmp_path, capsys):
    employees = "employee_id,unit_id,job_id\n" + "".join(f"p{at},Z,clerk\n" for at in range(60))
    assert main(["check", str(write(tmp_path, employees=employees))]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"60 faults in {tmp_path}:\n  employees, row 2, unit_id (id_unit): 'Z': not in units")
    assert len(told.splitlines()) == 53
    assert told.splitlines()[-2:] == ["  ... and 10 more", say("verdict.no_match", "id")]


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
        "Next transfer period: 1 April 2026.\nRule pppk_contract (person): on its own it stops 1 people, after the rules above it 1 more; 3 may still move.\n"
        in told
    )
    assert "2 vacancies are not given a name (selection_required)" in told
    assert "C clerk 2 (3)." in told
    assert main(["check", str(folder)]) == 0
    assert "Periode mutasi berikutnya: 1 April 2026." in capsys.readouterr().out


def test_the_official_norms_are_judged_by_the_hours_alone():
    data = tk.load()
    found = judge(data).norms.cards.dropna(subset="alpha")
    assert (found.alpha == 0).all()
    assert (tk.estimate_norms(data, draws=0).cards.alpha.dropna() > 0).any()
    assert (judge(tk.load(norm_alpha=5.0)).norms.cards.alpha.dropna() == 5).all()
