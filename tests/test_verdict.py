"""``mutasi check``: every fault, every oddity with its culprit, every rule that is off, and the evidence."""

import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.cli import main
from toolkit.verdict import ODDITIES, judge
from toolkit.words import lexicon

STAFF = "employee_id,unit_id,job_id,birth_date,in_post_since,status,contract_end,rating_last,rating_before\n"
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]


def monthly(**units):
    return "unit_id,service_id,period,received\n" + "".join(
        f"{unit},{service},{month},{value}\n"
        for unit, services in units.items()
        for service, values in services.items()
        for month, value in zip(MONTHS, values, strict=True)
        if value is not None
    )


def hours(of):
    return "unit_id,job_id,period,hours\n" + "".join(
        f"{u},clerk,{m},{of(u, at)}\n" for u in "AB" for at, m in enumerate(MONTHS)
    )


TWO = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,{}\n"
PLANTED = {
    "long_norm": ({"services": BASE["services"].replace("30", "2401")}, {"letters clerk"}),
    "many_times": ({"services": BASE["services"].replace("30", "300")}, {"A clerk", "B clerk"}),
    "nobody_there": ({"posts": "unit_id,job_id,official_need,verified_by\nC,boss,1,Sekda\n", "jobs": BASE["jobs"] + "boss,Boss\n"}, {"C boss"}),
    "no_time": ({"services": TWO.format("")[:-1] + "\n", "volumes": BASE["volumes"] + "B,cards,2025,5\n"}, {"cards clerk"}),
    "impossible_hours": (
        {"volumes": monthly(A={"letters": [9] * 12}, B={"letters": [5] * 12}), "hours": hours(lambda u, at: 501 if u == "A" and at == 3 else 50 + 9 * at)},
        {"A clerk"},
    ),
    "attendance": (
        {"volumes": monthly(A={"letters": range(9, 21)}, B={"letters": range(5, 17)}), "hours": hours(lambda u, at: (210 if u == "A" else 105) + at % 2)},
        {"clerk"},
    ),
    "claimed": (
        {
            "volumes": monthly(A={"letters": range(9, 21)}, B={"letters": range(5, 17)}),
            "hours": hours(lambda u, at: f"{10 + 9 * at},ekinerja").replace("hours\n", "hours,source\n"),
        },
        {"clerk"},
    ),
    "gaps": ({"volumes": monthly(A={"letters": [9] * 6 + [None] + [9] * 5}, B={"letters": [None] * 3 + [5] * 9})}, {"A"}),
    "unlisted": (
        {"services": TWO.format(10), "volumes": monthly(A={"letters": [9] * 12, "cards": [None] * 4 + [3] * 8})},
        {"A cards"},
    ),
    "unsigned": ({"posts": "unit_id,job_id,official_need,verified_by\nA,clerk,1,\nB,clerk,1,Sekda\n"}, {"A clerk"}),
    "dates": ({"employees": STAFF + "p1,A,clerk,2000-01-02,2017-01-01,pns,,good,good\np2,A,clerk,1990-01-01,2031-01-01,pns,,good,good\np3,B,clerk,1990-01-01,2020-01-01,pns,,good,good\n"}, {"p1", "p2"}),
    "open_contract": ({"employees": STAFF + "p1,A,clerk,1990-01-01,2020-01-01,pppk,,good,good\np2,A,clerk,1990-01-01,2020-01-01,pppk,2025-12-31,good,good\np3,B,clerk,1990-01-01,2020-01-01,pppk,2026-01-01,good,good\n"}, {"p1", "p2"}),
    "not_judged": ({"employees": STAFF + "p1,A,clerk,1990-01-01,2020-01-01,pns,,,good\np2,B,clerk,1990-01-01,2020-01-01,pns,,good,good\n"}, {"p1"}),
    "for_revise": (
        {"edits": "employee_id,action,reason,by\np1,force,knows the counter,Sekda\np2,forbid,illness in the family,Sekda\n"},
        {"edits: force (1)"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("oddity", PLANTED)
def test_each_oddity_is_found_with_its_culprits_and_only_those(tmp_path, oddity):
    tables, culprits = PLANTED[oddity]
    found = judge(tk.load(write(tmp_path, **tables))).oddities.set_index("oddity")
    assert oddity in found.index, found
    assert found["count"][oddity] == len(culprits)
    assert set(found.examples[oddity].split(", ")) == culprits


def test_every_oddity_is_planted_and_has_its_sentence():
    assert {test.__name__ for test in ODDITIES} == set(PLANTED)
    for lang in ("id", "en"):
        assert {key for key in lexicon(lang) if key.startswith("oddity.")} == {f"oddity.{name}" for name in PLANTED}


def test_plain_tables_have_no_oddity(tmp_path):
    assert judge(tk.load(write(tmp_path))).oddities.empty


def test_check_says_what_is_off_and_why_and_how_much_is_judged(tmp_path, capsys):
    assert main(["check", str(write(tmp_path)), "--lang", "en"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("The tables hold: 4 people, 3 offices, 1 jobs.\n")
    assert "NOT CHECKED (law): discipline, for want of employees.discipline; it travels" in told
    assert "Off: rating, for want of employees.rating_last, employees.rating_before." in told
    assert "policy max_km" in told
    assert "75 % of the staff judged by norm x volume (B)." in told
    assert "25 % of the staff judged by nothing" in told
    assert main(["check", str(tmp_path)]) == 0
    assert "Tabel lengkap dan sah" in capsys.readouterr().out


def test_check_lists_every_fault_and_exits_with_one(tmp_path, capsys):
    employees = "employee_id,unit_id,job_id\n" + "".join(f"p{at},Z,clerk\n" for at in range(60))
    assert main(["check", str(write(tmp_path, employees=employees))]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"60 faults in {tmp_path}:\n  employees, row 2, unit_id (id_unit): 'Z': not in units")
    assert len(told.splitlines()) == 52
    assert told.endswith("... and 10 more\n")


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
        "Next transfer period: 1 April 2026.\nRule pppk_contract (person): 1 persons stay by it alone, 1 more in order; 3 may still move.\n"
        in told
    )
    assert "2 places get no name (selection_required)" in told
    assert "C clerk 2 (3)." in told
    assert main(["check", str(folder)]) == 0
    assert "Periode mutasi berikutnya: 1 April 2026." in capsys.readouterr().out
