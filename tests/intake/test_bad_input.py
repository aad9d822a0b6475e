"""Bad input of every kind, through the command line in both languages: a sentence with the culprit, and nothing else.

A kind is what is put into the base tables and a word of the culprit, or a function that prepares a folder and returns
the words of the command line with the culprit.
"""

import json

import pytest
from openpyxl import Workbook

from tests.spoken import english_in
from tests.tables import BASE, workbook, write
from toolkit.cli import main

PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
PEOPLE = "employee_id,unit_id,job_id"
VOLUMES = "unit_id,service_id,period,received\n"
EDITS = "employee_id,action,unit_id,reason,by,rule\n"


def person(column, cell):
    return {"employees": f"{PEOPLE},{column}\np1,A,clerk,{cell}\n"}


def volume(period="2025", received="5", unit="A", service="letters"):
    return {"volumes": f"{VOLUMES}{unit},{service},{period},{received}\n"}


TABLES = {
    # files
    "no table of units": ({"units": None}, "units.csv"),
    "no table of jobs": ({"jobs": None}, "jobs.csv"),
    "no table of employees": ({"employees": None}, "employees.csv"),
    "an empty file": ({"volumes": ""}, "volumes"),
    "blank lines alone": ({"volumes": "\n\n \n"}, "volumes"),
    "a header alone": ({"volumes": VOLUMES}, "volumes"),
    "a picture": ({"units": PICTURE}, "units.csv"),
    "a cut coding": ({"units": b"unit_id,name\nA,Kantor\x81\n"}, "units.csv"),
    "an open quote": ({"units": 'unit_id,name\nA,"Kantor\n'}, "units.csv"),
    "a separator nobody uses": ({"units": BASE["units"].replace(",", "|")}, "unit_id"),
    "two separators": ({"units": "unit_id,name\nA;Alpha\nB,Beta\nC,Gamma\n"}, "units"),
    "a table twice": ({"pegawai": BASE["employees"]}, "pegawai.csv"),
    # rows and columns
    "a column missing": ({"units": "unit_id\nA\nB\nC\n"}, "name"),
    "a column twice": ({"jobs": "job_id,name,name\nclerk,Clerk,C\n"}, "name"),
    "a row too long": ({"jobs": "job_id,name\nclerk,Clerk,3\n"}, "jobs"),
    "a row too short": ({"jobs": "job_id,name\nclerk\n"}, "jobs"),
    "a key twice": ({"units": BASE["units"] + "A,Again\n"}, "'A'"),
    "a key of two columns twice": ({"posts": "unit_id,job_id,official_need\nA,clerk,1\nA,clerk,2\n"}, "'A, clerk'"),
    "a required cell empty": ({"units": "unit_id,name\nA,\nB,b\nC,c\n"}, "name"),
    "a year as a date": (volume(period="2025-01-01"), "2025-01-01"),
    "two years as dates": ({"volumes": f"{VOLUMES}A,letters,01-01-2024,5\nA,letters,01/01/2025,5\n"}, "01-01-2024"),
    "a year as a date in hours": ({"hours": "unit_id,job_id,period,hours\nA,clerk,2025-01-01,900\n"}, "2025-01-01"),
    "a character that no file may hold": ({"employees": f"{PEOPLE}\np\ufffe1,A,clerk\n"}, "employee_id"),
    # references
    "an office nobody knows": ({"employees": PEOPLE + "\np1,Z,clerk\n"}, "'Z'"),
    "a job nobody knows": ({"employees": PEOPLE + "\np1,A,cook\n"}, "'cook'"),
    "a service nobody knows": (volume(service="x"), "'x'"),
    "a conflict with no office": (person("conflict_unit_ids", "B;Q"), "'Q'"),
    "a wish of nobody": ({"wishes": "employee_id,unit_id\nnobody,A\n"}, "'nobody'"),
    "an edit of nobody": ({"edits": EDITS + "nobody,forbid,,ill,Sekda,\n"}, "'nobody'"),
    "an answer of nobody": ({"answers": "employee_id,answer\nnobody,accept\n"}, "'nobody'"),
    "a district nobody knows": ({"places": "district,lat,lon\nSako,-2.9,104.8\n", "units": "unit_id,name,district\nA,a,Sakko\n"}, "'Sakko'"),
    # numbers
    "a text for a number": (volume(received="many"), "'many'"),
    "a number with two readings": (volume(received='"1,250"'), "'1,250'"),
    "two decimal signs": ({"volumes": VOLUMES + 'A,letters,2025,12.5\nB,letters,2025,"12,5"\nC,letters,2025,7.5\n'}, "'12,5'"),
    "a negative number": (volume(received="-4"), "'-4'"),
    "a number without end": (volume(received="1e999"), "'1e999'"),
    "an absurd number": (volume(received="1e12"), "'1e12'"),
    "a norm of nothing": ({"services": "service_id,job_id,name,norm_minutes\nletters,clerk,L,0\n"}, "'0'"),
    "more than one person": (person("fte", "1.5"), "'1.5'"),
    "digits of another script": (person("fte", "１"), "'１'"),
    "a latitude beyond the pole": ({"places": "district,lat,lon\nSako,-291,104.8\n"}, "'-291'"),
    "a minimum above the maximum": ({"posts": "unit_id,job_id,min_staff,max_staff\nA,clerk,3,2\n"}, "min_staff"),
    # dates and periods
    "31 February": (person("birth_date", "31-02-1980"), "'31-02-1980'"),
    "the month first": (person("birth_date", "03/25/1980"), "'03/25/1980'"),
    "a year of two digits": (person("birth_date", "25-03-80"), "'25-03-80'"),
    "a year for a date": (person("birth_date", "1980"), "'1980'"),
    "a month 13": (volume(period="2025-13"), "'2025-13'"),
    "months and years": ({"volumes": VOLUMES + "A,letters,2025-01,1\nA,letters,2025-02,1\nA,letters,2024,1\n"}, "'2024'"),
    "hours by month, volumes by year": ({"hours": "unit_id,job_id,period,hours\nA,clerk,2025-01,100\n"}, "hours"),
    # codes, flags, ids, texts
    "an unknown code": (person("standing", "gone"), "'gone'"),
    "an unknown rating": (person("rating_last", "brilliant"), "'brilliant'"),
    "an unknown flag": (person("locked", "maybe"), "'maybe'"),
    "an unknown edit": ({"edits": EDITS + "p1,dance,,ill,Sekda,\n"}, "'dance'"),
    "a semicolon in an id": ({"units": BASE["units"] + "D;E,d\n"}, "'D;E'"),
    "an id that a spreadsheet rounded": ({"employees": PEOPLE + "\n1.98002E+17,A,clerk\n"}, "'1.98002E+17'"),
    "an error of a spreadsheet": ({"units": "unit_id,name\nA,#REF!\nB,b\nC,c\n"}, "'#REF!'"),
    "support tasks under a method without them": ({"tasks": "job_id,task,component,volume,norm_minutes\nclerk,M,support,10,60\n"}, "'support'"),
    "a match to nothing": ({"matches": "kind,given,known_id,confirmed\nunit,Alfa,Q,yes\n"}, "'Q'"),
    "a match to two": ({"matches": "kind,given,known_id,confirmed\nunit,Alfa,A,yes\nunit,ALFA,B,yes\n"}, "'ALFA'"),
    # the policy
    "a policy that is no TOML": ({"policy": "effective_hours = = 3\n"}, "policy.toml"),
    "a policy in another coding": ({"policy": b"# caf\xe9\n"}, "policy.toml"),
    "a policy key misspelled": ({"policy": "efective_hours = 1250\n"}, "efective_hours"),
    "a policy key nobody knows": ({"policy": "colour = 1\n"}, "colour"),
    "a share above one": ({"policy": "outflow_share = 1.5\n"}, "outflow_share = 1.5"),
    "half a transfer": ({"policy": "max_moves = 2.5\n"}, "max_moves = 2.5"),
    "a text for a policy number": ({"policy": 'effective_hours = "many"\n'}, "effective_hours"),
    "a number for a policy flag": ({"policy": "allow_beyond_need = 1\n"}, "allow_beyond_need"),
    "a policy code nobody knows": ({"policy": 'criterion = "fairness"\n'}, "'fairness'"),
    "a policy date that is none": ({"policy": 'as_of = "tomorrow"\n'}, "'tomorrow'"),
    "a policy date at the end of time": ({"policy": "as_of = 9999-12-31\n"}, "9999-12-31"),
    "a policy number of 400 digits": ({"policy": f"max_moves = 1{'0' * 400}\n"}, "max_moves"),
    "a policy number of 5,000 digits": ({"policy": f"max_moves = 1{'0' * 5000}\n"}, "policy.toml"),
    "a policy of 5,000 brackets": ({"policy": f"max_moves = {'[' * 5000}\n"}, "policy.toml"),
}  # fmt: skip


def lines(text):
    return [line.split(",") for line in text.splitlines()]


def a_workbook_without_a_sheet(tmp_path):
    file = tmp_path / "data.xlsx"
    workbook(file, units=lines(BASE["units"]), employees=lines(BASE["employees"]))
    return ["check", file], "jobs"


def a_workbook_that_is_none(tmp_path):
    (tmp_path / "data.xlsx").write_bytes(PICTURE)
    return ["check", tmp_path / "data.xlsx"], "data.xlsx"


def two_workbooks(tmp_path):
    for name in ("one.xlsx", "two.xlsx"):
        workbook(tmp_path / name, units=lines(BASE["units"]))
    return ["check", tmp_path], "two.xlsx: units"


def a_workbook_of_charts(tmp_path):
    book = Workbook()
    book.create_chartsheet("Chart")
    book.remove(book["Sheet"])
    book.save(write(tmp_path, units=None) / "units.xlsx")
    return ["check", tmp_path], "units.xlsx"


def no_folder(tmp_path):
    return ["check", tmp_path / "nowhere"], "nowhere"


def a_text_file(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    return ["check", tmp_path / "notes.txt"], "notes.txt"


def an_empty_name(tmp_path):
    return ["check", ""], "''"


def a_folder_named_as_a_table(tmp_path):
    (write(tmp_path, units=None) / "units.csv").mkdir()
    return ["check", tmp_path], "units.csv"


def a_policy_named_otherwise(tmp_path):
    (write(tmp_path) / "policy.toml.txt").write_text("max_moves = 1\n")
    return ["check", tmp_path], "policy.toml.txt"


def a_policy_that_is_a_broken_link(tmp_path):
    (write(tmp_path) / "policy.toml").symlink_to(tmp_path / "gone.toml")
    return ["check", tmp_path], "policy.toml"


def a_setting_misspelled(tmp_path):
    return ["check", write(tmp_path), "--set", "efective_hours=2"], "efective_hours"


def a_setting_of_5000_digits(tmp_path):
    return ["check", write(tmp_path), "--set", f"max_moves=1{'0' * 5000}"], "max_moves"


def an_out_that_is_a_file(tmp_path):
    (tmp_path / "out").write_text("mine")
    return ["recommend", write(tmp_path / "data"), "--out", tmp_path / "out"], "out"


def an_out_below_a_file(tmp_path):
    (tmp_path / "file").write_text("mine")
    return ["template", "--out", tmp_path / "file" / "out"], "file"


def an_out_that_is_not_empty(tmp_path):
    write(tmp_path / "out")
    return ["recommend", write(tmp_path / "data"), "--out", tmp_path / "out"], "--force"


def a_lift_of_certain_law(tmp_path):
    people = "employee_id,unit_id,job_id,conflict_unit_ids\np1,A,clerk,B\np2,B,clerk,\n"
    edits = EDITS + "p1,lift,,needed,Sekda,conflict\n"
    data = write(tmp_path / "data", employees=people, edits=edits)
    return ["recommend", data, "--out", tmp_path / "out"], "p1"


def a_lift_without_the_letter(tmp_path):
    data = write(tmp_path / "data", edits=EDITS + "p1,lift,,needed,Sekda,election\n")
    return ["recommend", data, "--out", tmp_path / "out"], "p1"


def a_role_that_is_unknown(tmp_path):
    people = "employee_id,unit_id,job_id,roles\np1,A,clerk,bendahara; juru tulis\np2,B,clerk,\n"
    return ["check", write(tmp_path / "data", employees=people)], "juru tulis"


def a_lift_of_no_rule(tmp_path):
    data = write(tmp_path / "data", edits=EDITS + "p1,lift,,needed,Sekda,\n")
    return ["recommend", data, "--out", tmp_path / "out"], "p1"


def support_work_that_fills_the_year(tmp_path):
    tasks = "job_id,task,component,volume,norm_minutes\nclerk,Meetings,support,1250,60\n"
    data = write(tmp_path / "data", jobs="job_id,name,method\nclerk,Clerk,abk_kes\n", tasks=tasks)
    return ["recommend", data, "--out", tmp_path / "out"], "clerk"


def a_rule_that_needs_a_date(tmp_path):
    people = "employee_id,unit_id,job_id,in_post_since\np1,A,clerk,2020-01-01\n"
    posts = "unit_id,job_id,official_need\nA,clerk,1\nB,clerk,1\n"
    data = write(tmp_path / "data", employees=people, posts=posts, volumes=None, services=None)
    return ["recommend", data, "--out", tmp_path / "out"], "as_of"


def pseudonyms_over_the_raw_tables(tmp_path):
    data = write(tmp_path / "data")
    return ["anonymise", data, "--out", data, "--key-file", tmp_path / "key", "--force"], "data"


def a_key_beside_the_tables(tmp_path):
    data = write(tmp_path / "data")
    return ["anonymise", data, "--out", tmp_path / "out", "--key-file", data / "key"], "key"


def a_key_too_short(tmp_path):
    (tmp_path / "key").write_text("secret")
    return ["anonymise", write(tmp_path / "data"), "--out", tmp_path / "out", "--key-file", tmp_path / "key"], "key"


def a_truth_that_is_there(tmp_path):
    (tmp_path / "truth.json").write_text("mine")
    return ["sample", "--out", tmp_path / "out", "--truth", tmp_path / "truth.json"], "truth.json"


def no_plan(tmp_path):
    return ["verify", tmp_path], "plan.json"


def a_plan_that_is_no_json(tmp_path):
    (tmp_path / "plan.json").write_text('{"version": 1,, }')
    return ["verify", tmp_path], "plan.json"


def a_plan_of_another_form(tmp_path):
    (tmp_path / "plan.json").write_text(json.dumps({"version": 1}))
    return ["verify", tmp_path], "plan.json"


def a_plan_nested_too_deeply(tmp_path):
    (tmp_path / "plan.json").write_text("[" * 100_000)
    return ["verify", tmp_path], "plan.json"


PREPARED = [
    a_workbook_without_a_sheet, a_workbook_that_is_none, two_workbooks, a_workbook_of_charts, no_folder, a_text_file, an_empty_name,
    a_folder_named_as_a_table, a_policy_named_otherwise, a_policy_that_is_a_broken_link, a_setting_misspelled,
    a_setting_of_5000_digits, an_out_that_is_a_file, an_out_below_a_file, an_out_that_is_not_empty,
    a_lift_of_certain_law, a_lift_without_the_letter, a_role_that_is_unknown, a_lift_of_no_rule, support_work_that_fills_the_year, a_rule_that_needs_a_date,
    pseudonyms_over_the_raw_tables, a_key_beside_the_tables, a_key_too_short, a_truth_that_is_there, no_plan,
    a_plan_that_is_no_json, a_plan_of_another_form, a_plan_nested_too_deeply,
]  # fmt: skip


def files_of(folder):
    return {file: file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def told_in_both(words, tmp_path, capsys):
    """Run the command in both languages; return what it said, and make sure that it wrote nothing."""
    before = files_of(tmp_path)
    said = {}
    for lang in ("id", "en"):
        assert main([*map(str, words), "--lang", lang]) == 1
        out, said[lang] = capsys.readouterr()
        assert out == ""
        assert "Traceback" not in said[lang]
    assert files_of(tmp_path) == before
    return {lang: text.replace(str(tmp_path), "") for lang, text in said.items()}


def assert_said(said, culprit):
    assert culprit in said["id"]
    assert culprit in said["en"]
    assert said["id"] != said["en"]
    assert english_in(said["id"]) == set(), said["id"]
    assert english_in(said["en"]), said["en"]


@pytest.mark.parametrize("kind", TABLES)
def test_bad_tables_are_told_in_both_languages_with_the_culprit(tmp_path, capsys, kind):
    tables, culprit = TABLES[kind]
    said = told_in_both(["check", write(tmp_path, **tables)], tmp_path, capsys)
    assert_said(said, culprit)


@pytest.mark.parametrize("prepare", PREPARED, ids=lambda prepare: prepare.__name__)
def test_other_bad_input_is_told_in_both_languages_with_the_culprit(tmp_path, capsys, prepare):
    words, culprit = prepare(tmp_path)
    assert_said(told_in_both(words, tmp_path, capsys), culprit)


def test_there_are_many_kinds():
    assert len(TABLES) + len(PREPARED) + len(WORDS) >= 100


WORDS = {
    "no command": ([], "mutasi"),
    "an unknown command": (["dance"], "'dance'"),
    "a command without its folder": (["recommend"], "--out"),
    "an unknown option": (["check", "x", "--colour", "red"], "--colour"),
    "an option without its value": (["check", "x", "--set"], "--set"),
    "an option of two meanings": (["sample", "--out", "x", "--s", "1"], "--s"),
    "a setting without a value": (["check", "x", "--set", "alone"], "'alone'"),
    "a negative budget": (["recommend", "x", "--out", "y", "--max-moves", "-1"], "--max-moves"),
    "a budget in words": (["recommend", "x", "--out", "y", "--max-moves", "many"], "'many'"),
    "an unknown size": (["sample", "--out", "x", "--size", "tiny"], "'tiny'"),
    "a seed that is no number": (["sample", "--out", "x", "--seed", "luck"], "'luck'"),
    "one folder too many": (["verify", "x", "y"], "y"),
}


@pytest.mark.parametrize("kind", WORDS)
def test_wrong_words_end_with_two_in_both_languages(capsys, monkeypatch, kind):
    words, culprit = WORDS[kind]
    said = {}
    for lang in ("id", "en"):
        monkeypatch.setenv("MUTASI_LANG", lang)
        with pytest.raises(SystemExit, match="2"):
            main(words)
        said[lang] = capsys.readouterr().err
        assert "Traceback" not in said[lang]
    assert_said(said, culprit)
