"""What happens to a folder, one table of it: each fault is told with its place, value and remedy, each warning counted.

A row is (what is put into the base tables, table, row as a spreadsheet counts, column, word of the remedy); for a warning
(..., "warning", the culprits and only those, its name, word of its sentence).
"""

import os
import re
import subprocess
import sys

import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.check.verdict import judge
from toolkit.check.warnings import WARNINGS, queried_warnings
from toolkit.cli import main
from toolkit.intake.schema import layout
from toolkit.words import lexicon, say

PICTURE = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
MONTHS = [f"2025-{month:02d}" for month in range(1, 13)]
PEOPLE = "employee_id,unit_id,job_id,"
VOLUMES = "unit_id,service_id,period,received\n"
CLEAN = "birth_date,in_post_since,status,contract_end,rating_last,rating_before\n"
TWO = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,{}\n"


def monthly(**units):
    return VOLUMES + "".join(
        f"{unit},{service},{month},{value}\n"
        for unit, services in units.items()
        for service, values in services.items()
        for month, value in zip(MONTHS, values, strict=False)
        if value is not None
    )


def hours(of, source=""):
    rows = [f"{unit},clerk,{month},{of(unit, at)}{source}\n" for unit in "AB" for at, month in enumerate(MONTHS)]
    return f"unit_id,job_id,period,hours{',source' if source else ''}\n" + "".join(rows)


def people(columns, *rows):
    return PEOPLE + columns + "\n" + "".join(f"p{at},A,clerk,{row}\n" for at, row in enumerate(rows, 1))


WORK = {"volumes": monthly(A={"letters": range(9, 21)}, B={"letters": range(5, 17)})}
# three offices of like volumes, one of which spends a fifth of the hours of the others
FIXED = {
    "services": BASE["services"].replace("30", "600"),
    "volumes": monthly(A={"letters": range(9, 21)}, B={"letters": range(5, 17)}, C={"letters": range(5, 17)}),
    "hours": "unit_id,job_id,period,hours\n"
    + "".join(f"{unit},clerk,{month},{base + each * at}\n" for unit, base, each in (("A", 240, 10), ("B", 200, 10), ("C", 10, 5)) for at, month in enumerate(MONTHS)),
}  # fmt: skip

FAULTS = {
    # files
    "missing table": ({"jobs": None}, "jobs", None, "", "put jobs.csv into the folder"),
    "zero bytes": ({"volumes": ""}, "volumes", None, "", "is empty"),
    "no rows": ({"volumes": VOLUMES}, "volumes", None, "", "no rows"),
    "a picture": ({"units": PICTURE}, "units", None, "", "not a CSV file"),
    "a cut multibyte coding": ({"units": b"unit_id,name\nA,Kantor\x81\n"}, "units", None, "", "not a CSV file"),
    "an open quote": ({"units": 'unit_id,name\nA,"Kantor\n'}, "units", None, "", "not a CSV file"),
    "table under two names": ({"pegawai": BASE["employees"]}, "employees", None, "", "duplicate table"),
    "policy that is no TOML": ({"policy": "effective_hours = = 3\n"}, "policy.toml", None, "", "cannot be read"),
    "policy in another coding": ({"policy": b"# caf\xe9\n"}, "policy.toml", None, "", "cannot be read"),
    "unknown policy key": ({"policy": "efective_hours = 1250\n"}, "policy.toml", None, "efective_hours", "did you mean"),
    "impossible policy value": ({"policy": "outflow_share = 1.5\n"}, "policy.toml", None, "outflow_share", "from 0 to 1"),
    # cells and rows
    "missing column": ({"units": "unit_id\nA\nB\nC\n"}, "units", None, "name", "the column is missing"),
    "column twice": ({"jobs": "job_id,name,name\nclerk,Clerk,C\n"}, "jobs", 1, "name", "duplicate column"),
    "ragged row": ({"jobs": "job_id,name\nclerk,Clerk,3\n"}, "jobs", 2, "", "2 cells"),
    "empty cell": ({"units": "unit_id,name\nA,\nB,b\nC,c\n"}, "units", 2, "name", "is empty"),
    "id twice": ({"units": "unit_id,name\nA,a\nB,b\nC,c\nA,d\n"}, "units", 5, "unit_id", "duplicate row"),
    "semicolon in id": ({"units": "unit_id,name\nA,a\nB,b\nC,c\nD;E,d\n"}, "units", 5, "unit_id", "semicolon"),
    "unknown unit": ({"employees": "employee_id,unit_id,job_id\np1,Z,clerk\n"}, "employees", 2, "unit_id", "not in units"),
    "unknown job": ({"employees": "employee_id,unit_id,job_id\np1,A,cook\n"}, "employees", 2, "job_id", "not in jobs"),
    "unknown service": ({"volumes": "unit_id,service_id,period,received\nA,x,2025,1\n"}, "volumes", 2, "service_id", "not in services"),
    "unknown conflict": ({"employees": "employee_id,unit_id,job_id,conflict_unit_ids\np1,A,clerk,B;Q\n"}, "employees", 2, "conflict_unit_ids", "not in units"),
    "text in number": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,many\n"}, "volumes", 2, "received", "not a number"),
    "thousands or decimals": ({"volumes": 'unit_id,service_id,period,received\nA,letters,2025,"1,250"\n'}, "volumes", 2, "received", "without a thousands sign"),
    "infinite": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,1e999\n"}, "volumes", 2, "received", "not a number"),
    "negative": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,-4\n"}, "volumes", 2, "received", "at least 0"),
    "absurd": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025,1e12\n"}, "volumes", 2, "received", "at most"),
    "blank hours": ({"hours": "unit_id,job_id,period,hours\nA,clerk,2025,\n"}, "hours", 2, "hours", "is empty"),
    "zero norm": ({"services": "service_id,job_id,name,norm_minutes\nletters,clerk,L,0\n"}, "services", 2, "norm_minutes", "above 0"),
    "fte over one": ({"employees": "employee_id,unit_id,job_id,fte\np1,A,clerk,1.5\n"}, "employees", 2, "fte", "at most 1"),
    "impossible date": ({"employees": "employee_id,unit_id,job_id,birth_date\np1,A,clerk,31-02-1980\n"}, "employees", 2, "birth_date", "not a date"),
    "impossible period": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025-13,1\n"}, "volumes", 2, "period", "not a period"),
    "months and years": ({"volumes": "unit_id,service_id,period,received\nA,letters,2025-01,1\nA,letters,2025-02,1\nA,letters,2024,1\n"}, "volumes", 4, "period", "mixed"),
    "periods differ": ({"hours": "unit_id,job_id,period,hours\nA,clerk,2025-01,100\n"}, "hours", None, "period", "different periods"),
    "unknown code": ({"employees": "employee_id,unit_id,job_id,standing\np1,A,clerk,gone\n"}, "employees", 2, "standing", "one of active"),
    "unknown flag": ({"employees": "employee_id,unit_id,job_id,locked\np1,A,clerk,maybe\n"}, "employees", 2, "locked", "yes or no"),
    "support under abk": ({"tasks": "job_id,task,component,volume,norm_minutes\nclerk,Meetings,support,10,60\n"}, "tasks", 2, "component", "abk_kes or wisn"),
    "additional under abk_kes": ({"jobs": "job_id,name,method\nclerk,Clerk,abk_kes\n", "tasks": "job_id,task,component,volume,norm_minutes\nclerk,Meetings,support,10,60\nclerk,Board,additional,1,60\n"}, "tasks", 3, "component", "wisn"),
    "unknown district": ({"places": "district,lat,lon\nSako,-2.9,104.8\n", "units": "unit_id,name,district\nA,a,Sako\nB,b,Sakko\nC,c,\n"}, "units", 3, "district", "not in places"),
    "impossible latitude": ({"places": "district,lat,lon\nSako,-291,104.8\n"}, "places", 2, "lat", "at least -90"),
    "unknown answer": ({"answers": "employee_id,answer\np1,maybe\n"}, "answers", 2, "answer", "one of accept"),
    "edit without reason": ({"edits": "employee_id,action,reason,by\np1,force,,Sekda\n"}, "edits", 2, "reason", "is empty"),
    "minimum above maximum": ({"posts": "unit_id,job_id,min_staff,max_staff\nA,clerk,3,2\n"}, "posts", 2, "min_staff", "above max_staff"),
    "header of two that is one": ({"units": "unit_id,name,UNOR NAMA,Nama Unit\nA,a,b,c\nB,b,b,c\nC,c,b,c\n"}, "units", 1, "name", "duplicate column"),
    "thousands alone": ({"volumes": VOLUMES + "A,letters,2025,1.250\n"}, "volumes", 2, "received", "may mark thousands"),
    "two decimal signs": ({"volumes": VOLUMES + 'A,letters,2025,12.5\nB,letters,2025,"12,5"\nC,letters,2025,7.5\n'}, "volumes", 3, "received", "in 12.5"),
    "a dash for a number": ({"volumes": "unit_id,service_id,period,received,completed\nA,letters,2025,5,-\n"}, "volumes", 2, "completed", "not a number"),
    "month before day": ({"employees": people("birth_date", "03/25/1980")}, "employees", 2, "birth_date", "the day first"),
    "year of two digits": ({"employees": people("birth_date", "25-03-80")}, "employees", 2, "birth_date", "not a date"),
    "a year as a date": ({"employees": people("birth_date", "1980")}, "employees", 2, "birth_date", "not a date"),
    "id that a spreadsheet rounded": ({"employees": PEOPLE[:-1] + "\n1.98002E+17,A,clerk\n"}, "employees", 2, "employee_id", "rounded"),
    "NIP with its last digits lost": ({"employees": PEOPLE[:-1] + "\n198002292006012000,A,clerk\n"}, "employees", 2, "employee_id", "rounded"),
    "error of a formula": ({"units": "unit_id,name\nA,#REF!\nB,b\nC,c\n"}, "units", 2, "name", "error value of a spreadsheet"),
    "error of a formula in an id": ({"units": "unit_id,name\n#N/A,a\nA,a\nB,b\nC,c\n"}, "units", 2, "unit_id", "an error"),
    "dash for an id": ({"employees": PEOPLE[:-1] + "\n-,A,clerk\n"}, "employees", 2, "employee_id", "is empty"),
    "punished, for which there is no word": ({"employees": people("KEDUDUKAN HUKUM ID", "15")}, "employees", 2, "standing", "one of active"),
    "fault below a title": ({"volumes": "Laporan 2025,,,\n,,,\n" + VOLUMES + "A,letters,2025,x\n"}, "volumes", 4, "received", "not a number"),
    "name of two offices": ({"units": "unit_id,name\nA,Same\nB,Same\nC,c\n", "employees": PEOPLE[:-1] + "\np1,Same,clerk\n"}, "employees", 2, "unit_id", "not in units"),
    "match that is not confirmed": ({"employees": PEOPLE[:-1] + "\np1,Alfa,clerk\n", "matches": "kind,given,known_id,confirmed\nunit,Alfa,A,\n"}, "employees", 2, "unit_id", "not in units"),
    "match to nothing": ({"padanan": "jenis,tertulis,id_padanan,dikonfirmasi\nunit,Alfa,,ya\n"}, "matches", 2, "known_id", "is empty"),
    "match to an unknown id": ({"matches": "kind,given,known_id,confirmed\njob,Cook,A,yes\n"}, "matches", 2, "known_id", "not in jobs"),
    "match to two ids": ({"matches": "kind,given,known_id,confirmed\nunit,Alfa,A,yes\nunit,ALFA,B,yes\n"}, "matches", 3, "given", "keep one"),
}  # fmt: skip

ODD = {
    "long norm": ({"services": BASE["services"].replace("30", "2401")}, "warning", {"letters clerk"}, "long_norm", "minutes and hours"),
    "long task": ({"tasks": "job_id,task,volume,norm_minutes\nclerk,Report,1,2500\n"}, "warning", {"Report clerk"}, "long_task", "minutes and hours"),
    "tasks of a kind that no office has": ({"units": "unit_id,name,kind\nA,a,puskesmas\nB,b,\nC,c,\n", "tasks": "job_id,task,kind,volume,norm_minutes\nclerk,Visit,puskesmas,10,60\nclerk,Report,puskemas,10,60\n"}, "warning", {"Report puskemas"}, "lost_kind", "count nowhere"),
    "need over three times the staff": ({"services": BASE["services"].replace("30", "300")}, "warning", {"A clerk", "B clerk"}, "many_times", "three times"),
    "need and nobody": ({"posts": "unit_id,job_id,official_need,verified_by\nC,boss,1,Sekda\n", "jobs": BASE["jobs"] + "boss,Boss\n"}, "warning", {"C boss"}, "nobody_there", "no staff"),
    "volumes without norm": ({"services": TWO.format(""), "volumes": BASE["volumes"] + "B,cards,2025,5\n"}, "warning", {"cards clerk"}, "no_time", "without a norm"),
    "norm far from the hours": ({**WORK, "services": BASE["services"].replace("30", "120"), "hours": hours(lambda u, at: (9 + at if u == "A" else 5 + at) * 0.5)}, "warning", {"letters clerk"}, "norm_far", "turnaround"),
    "volumes beyond those of the fit": ({"volumes": monthly(A={"letters": range(9, 21)}, B={"letters": range(5, 17)}, C={"letters": [25, 26] * 6}), "hours": hours(lambda u, at: (9 + at if u == "A" else 5 + at) * 0.5)}, "warning", {"C letters clerk"}, "beyond_seen", "extrapolated"),
    "hours above the possible": ({**WORK, "hours": hours(lambda u, at: 501 if u == "A" and at == 3 else 50 + 9 * at)}, "warning", {"A clerk"}, "impossible_hours", "can have worked"),
    "hands that nobody lists": ({**WORK, "hours": hours(lambda u, at: (310 if u == "A" else 80) + 4 * at)}, "warning", {"A clerk"}, "impossible_hours", "missing from employees or others"),
    "hours that fill the day": ({**WORK, "hours": hours(lambda u, at: 160 + at % 3 if u == "A" else 8 * (5 + at))}, "warning", {"A clerk"}, "padded", "fill the day"),
    "hours like attendance": ({**WORK, "hours": hours(lambda u, at: (210 if u == "A" else 105) + at % 2)}, "warning", {"clerk"}, "attendance", "attendance"),
    "hours claimed": ({**WORK, "hours": hours(lambda u, at: 10 + 9 * at, ",ekinerja")}, "warning", {"clerk"}, "claimed", "claimed"),
    "hours at a ceiling": ({**WORK, "hours": hours(lambda u, at: (2 if u == "A" else 1) * min(150, 100 + 9 * at), ",ekinerja")}, "warning", {"clerk"}, "capped", "ceiling"),
    "hours without volumes": ({**WORK, "hours": hours(lambda u, at: 30 + at) + "C,clerk,2025-01,9\n"}, "warning", {"C clerk"}, "hours_alone", "cannot be used"),
    "offices below the fixed work": (FIXED, "warning", {"clerk"}, "below_fixed", "fixed work"),
    "hours without any volume": ({**WORK, "volumes": WORK["volumes"].rstrip("\n").rsplit("\n", 1)[0] + "\n", "hours": hours(lambda u, at: 30 + at)}, "warning", {WORK["volumes"].split()[-1].split(",")[0] + " clerk " + WORK["volumes"].split()[-1].split(",")[2]}, "hours_without_volume", "missing report"),
    "gaps in periods": ({"volumes": monthly(A={"letters": [9] * 6 + [None] + [8] * 5}, B={"letters": [None] * 3 + [5] * 9})}, "warning", {"A"}, "gaps", "periods"),
    "service left out": ({"services": TWO.format(10), "volumes": monthly(A={"letters": [9] * 11 + [8], "cards": [None] * 4 + [3] * 8})}, "warning", {"A cards"}, "unlisted", "unknown there"),
    "one odd year": ({"volumes": VOLUMES + "A,letters,2023,500\nA,letters,2024,1700\nB,letters,2023,500\nB,letters,2024,1400\n"}, "warning", {"A letters"}, "odd_year", "in one year"),
    "figures copied": ({"volumes": monthly(A={"letters": [9] * 12}, B={"letters": range(12)})}, "warning", {"A letters"}, "copied", "same figure"),
    "nothing ever received": ({"volumes": BASE["volumes"] + "C,letters,2025,0\n"}, "warning", {"C letters"}, "only_zero", "never received"),
    "more done than received": ({"volumes": VOLUMES[:-1] + ",completed\nA,letters,2025,90,91\nB,letters,2025,9,9\n"}, "warning", {"A letters"}, "more_done", "completed"),
    "posts that count other people": ({"posts": "unit_id,job_id,bezetting\nA,clerk,2\nB,clerk,2\nC,clerk,\n"}, "warning", {"B clerk 2 / 1"}, "bezetting", "people in post (B) differs"),
    "unsigned evidence": ({"posts": "unit_id,job_id,official_need,verified_by\nA,clerk,1,\nB,clerk,1,Sekda\n"}, "warning", {"A clerk"}, "unsigned", "signature"),
    "office without anybody": ({"units": BASE["units"] + "D,Delta\n"}, "warning", {"D"}, "unstaffed", "without staff"),
    "one name, two offices": ({"units": BASE["units"] + "D,BETA\n"}, "warning", {"B D"}, "same_name", "same name"),
    "impossible dates": ({"employees": PEOPLE + CLEAN + "p1,A,clerk,2000-01-02,2016-01-01,pns,,good,good\np2,A,clerk,1990-01-01,2031-01-01,pns,,good,good\np3,B,clerk,1990-01-01,2020-01-01,pns,,good,good\n"}, "warning", {"p1", "p2"}, "dates", "17"),
    "post before the office": ({"employees": people("in_post_since,in_unit_since", "2020-01-01,2021-01-01", "2021-01-01,2021-01-01")}, "warning", {"p1"}, "post_first", "before they came"),
    "past retirement": ({"jobs": "job_id,name,retirement_age\nclerk,Clerk,58\n", "employees": people("birth_date,standing", "1960-01-01,active", "1970-01-01,active")}, "warning", {"p1"}, "retired", "retirement age"),
    "one person twice": ({"employees": people("birth_date,in_post_since", "1980-01-01,2020-01-01", "1980-01-01,2020-01-01", "1981-01-01,2020-01-01")}, "warning", {"p1", "p2"}, "same_person", "the same person"),
    "part-timer counted whole": ({"employees": people("status,fte", "pppk_pw,1", "pppk_pw,0.5", "pns,1")}, "warning", {"p1"}, "part_timer", "full-time"),
    "punishment without end": ({"employees": people("discipline,discipline_until", "serving,", "serving,2025-01-01", "serving,2027-01-01", "none,2026-05-01", "none,")}, "warning", {"p1", "p2", "p4"}, "punishment", "no end"),
    "contract without end": ({"employees": PEOPLE + CLEAN + "p1,A,clerk,1990-01-01,2020-01-01,pppk,,good,good\np2,A,clerk,1991-01-01,2020-01-01,pppk,2025-12-31,good,good\np3,B,clerk,1990-01-01,2020-01-01,pppk,2026-01-01,good,good\n"}, "warning", {"p1", "p2"}, "open_contract", "no end"),
    "nobody can judge": ({"employees": PEOPLE + CLEAN + "p1,A,clerk,1990-01-01,2020-01-01,pns,,,good\np2,B,clerk,1990-01-01,2020-01-01,pns,,good,good\n"}, "warning", {"p1"}, "not_judged", "cannot be judged"),
    "answers to a draft": ({"edits": "employee_id,action,reason,by\np1,force,knows the counter,Sekda\np2,forbid,illness in the family,Sekda\n"}, "warning", {"edits: force (1)"}, "for_revise", "revision"),
    "no NIP": ({"employees": people("NIP BARU,birth_date", "19800229200601199,1980-02-29", "198002292006011999,1980-02-29", "198013292006011999,")}, "warning", {"p1", "p3"}, "nip_shape", "18 digits"),
    "NIP against birth date": ({"employees": people("NIP,birth_date", "'19800229 200601 1 999,1980-03-01", "199109152015052999,1991-09-15")}, "warning", {"p1"}, "nip_birth", "another birth date"),
    "NIP against sex": ({"employees": people("NIP,JENIS KELAMIN", "198002292006011999,P", "199109152015052999,P")}, "warning", {"p1"}, "nip_sex", "another sex"),
    "age at entry": ({"employees": people("NIP,sex", "199802292006011999,m", "196002282006011999,m", "199802282006011999,m", "196002282023211999,m")}, "warning", {"p2", "p3"}, "nip_entry", "before the age of 17"),
}  # fmt: skip
CASES = FAULTS | ODD


@pytest.mark.parametrize("case", FAULTS)
def test_each_fault_is_told_with_its_place_and_remedy_and_nothing_is_written(tmp_path, capsys, case):
    tables, table, row, column, word = FAULTS[case]
    folder = write(tmp_path / "data", **tables)
    before = sorted(folder.iterdir())
    assert main(["check", str(folder), "--lang", "en"]) == 1
    assert main(["recommend", str(folder), "--out", str(tmp_path / "out"), "--lang", "en"]) == 1
    told = capsys.readouterr()
    assert (sorted(folder.iterdir()), [each.name for each in tmp_path.iterdir()]) == (before, ["data"])
    assert told.out == ""
    assert "Traceback" not in told.err
    kolom = layout()[table].columns[column].id if table in layout() and column else column
    named = column if kolom == column else f"{column} ({kolom})"
    place = ", ".join([table, *([f"row {row}"] if row else []), *([named] if column else [])])
    # a table or column that the file calls otherwise is named so, with our own name behind it
    err = re.sub(r"file \S+ \((\w+)\)", r"\1", told.err).replace(f'"KEDUDUKAN HUKUM ID" ({column})', named)
    err = err.replace(f'"id_padanan" ({column})', named)
    if table == "policy.toml":  # alone at fault, the policy has an error of its own
        place = column and f"policy {column}" if "key" not in told.err else f"policy key {column!r}"
    assert any(place in line and word in line for line in err.splitlines()), (place, word, told.err)


@pytest.mark.parametrize("case", ODD)
def test_each_warning_is_found_with_its_culprits_and_only_those(tmp_path, case):
    tables, _, culprits, warning, word = ODD[case]
    found = judge(tk.load(write(tmp_path, **tables))).warnings.set_index("warning")
    assert warning in found.index, found
    assert found["count"][warning] == len(culprits)
    assert set(found.examples[warning].split(", ")) == culprits
    assert word in say(f"warning.{warning}", "en", count=1, examples="")


def test_the_table_is_long_and_names_every_warning_and_every_sentence():
    assert len(CASES) == len(FAULTS) + len(ODD) >= 60
    named = {case[3] for case in ODD.values()}
    assert {test.__name__ for test in WARNINGS} | set(queried_warnings()) <= named
    for lang in ("id", "en"):
        assert {key for key in lexicon(lang) if key.startswith("warning.")} == {f"warning.{name}" for name in named}


def test_a_year_of_zeros_is_not_copied(tmp_path):
    volumes = monthly(A={"letters": [0] * 12}, B={"letters": range(12)})
    assert judge(tk.load(write(tmp_path, volumes=volumes))).warnings.warning.tolist() == ["only_zero"]


def test_plain_tables_have_no_warning(tmp_path):
    assert judge(tk.load(write(tmp_path))).warnings.empty


def test_all_at_once_stand_in_one_report_and_the_message_names_five(tmp_path, capsys):
    tables = {
        "units": "unit_id,name\nA,\nA,b\n",
        "employees": "employee_id,unit_id,job_id,fte,standing\np1,Z,cook,2,gone\np1,A,clerk,,\n",
        "services": PICTURE,
        "volumes": "unit_id,service_id,period,received\nA,letters,2025-13,-1\nA,post,2025,\n",
        "policy": "colour = 1\noutflow_share = 2\n",
    }
    with pytest.raises(tk.InputError, match=r"12 faults in (.|\n)*\.\.\. and 7 more") as caught:
        tk.load(write(tmp_path, **tables))
    assert caught.value.faults.groupby("table").size().to_dict() == {
        "employees": 5, "policy.toml": 2, "services": 1, "units": 2, "volumes": 2,
    }  # fmt: skip
    assert str(caught.value).count("\n") == 6
    assert main(["check", str(tmp_path), "--lang", "en"]) == 1
    told = capsys.readouterr().err
    assert "services: services.csv is not a CSV file" in told
    assert "policy.toml, outflow_share: '2': is above 1" in told


def test_a_picture_renamed_to_a_workbook_is_told(tmp_path, capsys):
    (tmp_path / "data.xlsx").write_bytes(PICTURE)
    assert main(["check", str(tmp_path / "data.xlsx"), "--lang", "en"]) == 1
    assert "workbook: 'data.xlsx': is not a workbook" in capsys.readouterr().err


def test_an_out_that_is_not_empty_is_left_alone_without_force(tmp_path, capsys):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "letter.docx").write_bytes(b"mine")
    assert main(["recommend", str(write(tmp_path / "data")), "--out", str(tmp_path / "out"), "--lang", "en"]) == 1
    assert "is not empty; name another folder, or add --force" in capsys.readouterr().err
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["letter.docx"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="file modes do not bind here")
def test_a_table_that_may_not_be_read_is_told(tmp_path, capsys):
    (write(tmp_path) / "units.csv").chmod(0)
    assert main(["check", str(tmp_path)]) == 1
    assert "units.csv" in capsys.readouterr().err


def test_the_command_itself_gives_no_traceback(tmp_path):
    words = ["recommend", str(write(tmp_path / "data", units=PICTURE)), "--out", str(tmp_path / "out")]
    ran = subprocess.run([sys.executable, "-m", "toolkit", *words], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert ran.stderr.startswith("mutasi: ")
