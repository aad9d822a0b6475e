"""The job to be held: nobody changes level, pelaksana need the qualification, certificates are in line; notes of pairs."""

from io import StringIO

import pandas as pd
import pytest

import toolkit as tk
from tests.one_person import GOOD, goes_to, moves, refusal
from tests.tables import write
from toolkit.moves.ladders import places
from toolkit.moves.rules import RULES
from toolkit.pipeline import moves_from

HEAD = "job_id,name,family,category,level,grade,retirement_age,education,field,subject,appointed_by\n"
OWN = "own,Perawat Mahir,nurse,functional,mahir,7,60,,,,\n"
THERE = {
    "twin": "{id},Perawat  mahir,nurse,functional,mahir,7,60,,,,\n",
    "down": "{id},Perawat Terampil,nurse,functional,terampil,6,60,,,,\n",
    "up": "{id},Perawat Penyelia,nurse,functional,penyelia,8,60,,,,\n",
    "ladder": "{id},Perawat Ahli Pertama,nurse,functional,ahli pertama,8,60,,,,\n",
    "named": "{id},Perawat Terampil,nurse,functional,,6,60,,,,\n",
    "old_name": "{id},Perawat Pelaksana,nurse,functional,,6,60,,,,\n",
    "unknown": "{id},Perawat,nurse,functional,,6,60,,,,\n",
    "other": "{id},Bidan Mahir,nurse,functional,mahir,7,60,,,,\n",
    "other_down": "{id},Bidan Terampil,nurse,functional,terampil,6,60,,,,\n",
    "other_unknown": "{id},Bidan,nurse,functional,,6,60,,,,\n",
    "pelaksana": "{id},Pengadministrasi,nurse,general,,5,58,,,,\n",
    "no_category": "{id},Perawat,nurse,,,6,60,,,,\n",
}
JUDGED = [
    ("twin", None, None),
    ("down", "level", "mahir -> terampil"),
    ("up", "level", "mahir -> penyelia"),
    ("ladder", "level", "mahir -> ahli pertama"),
    ("named", "level", "mahir -> terampil"),
    ("old_name", "level", "mahir -> terampil"),
    ("unknown", "level", "cannot be judged: field level missing"),
    ("other", None, None),
    ("other_down", "functional_level", "mahir -> terampil"),
    ("other_unknown", "functional_level", "cannot be judged: field level missing"),
    ("pelaksana", "functional_level", "mahir -> pelaksana"),
    ("no_category", "structural level", "cannot be judged: field category missing"),
]
CLERK = "clerk,Clerk,clerk,general,,5,58,,,,\n"
POSTS = "unit_id,job_id,official_need\nA,own,2\nB,there,2\n"
OTHER = THERE["other"].format(id="there")
LICENCE = {"str_no": "1", "sip_until": "2030-01-01"}


def to_b(folder, there, own=OWN, policy=None, **fields):
    """Whether p1, who holds ``own`` at A, may go to B, which has only the job ``there``, and what refuses the pair."""
    tables = {"jobs": HEAD + own + there + CLERK, "posts": POSTS, **fields.pop("tables", {})}
    policy = {"rating_required": True, **(policy or {})}
    result = moves(folder, tables=tables, job="own", policy=policy, **{**LICENCE, **fields})
    rows = refusal(result)
    return result, rows[rows.to_unit == "B"].set_index("rule").value.astype(str).to_dict()


def crowd(folder, jobs, people, own=OWN):
    """What refuses each of some people of office A at each of some offices, which have one job each: rule -> value."""
    columns = list(dict.fromkeys(["in_post_since", *(name for fields in people.values() for name in fields)]))
    good = {**GOOD, **LICENCE}
    lines = [
        ",".join([who, "A", "own", *({**good, **fields}[name] for name in columns)]) for who, fields in people.items()
    ]
    tables = {
        "units": "unit_id,name\nA,A\n" + "".join(f"{unit},{unit}\n" for unit in jobs),
        "jobs": HEAD + own + CLERK + "".join(line.format(id=unit) for unit, line in jobs.items()),
        "posts": "unit_id,job_id,official_need\nA,own,2\n" + "".join(f"{unit},{unit},2\n" for unit in jobs),
        "employees": ",".join(["employee_id", "unit_id", "job_id", *columns]) + "\n" + "\n".join(lines) + "\n",
        "services": None,
        "volumes": None,
    }
    result = moves_from(tk.load(write(folder, **tables), as_of="2026-01-01", rating_required=False), draws=0)
    rows = result.refused[result.refused.to_unit.isin(list(jobs))]
    found = {(who, unit): {} for who in people for unit in jobs}
    for row in rows.itertuples():
        found[row.employee_id, row.to_unit][row.rule] = row.value
    allowed = set(zip(result.allowed.employee_id.astype(str), result.allowed.to_unit.astype(str), strict=True))
    assert allowed == {pair for pair, refused in found.items() if not refused}
    return found


@pytest.fixture(scope="module")
def levels(tmp_path_factory):
    record = {
        "rating_last": "good",
        "rating_before": "good",
        "birth_date": "1985-05-05",
        "education": "D3",
        "field": "",
    }
    people = {"good": record, "poor": {**record, "rating_last": "poor"}}
    return crowd(tmp_path_factory.mktemp("levels"), THERE, people)


@pytest.mark.parametrize(("there", "rule", "value"), JUDGED)
def test_nobody_changes_level(levels, there, rule, value):
    assert levels["good", there] == dict.fromkeys((rule or "").split(), value)


def test_the_own_functional_job_under_another_id_asks_for_no_record_again(levels):
    assert levels["poor", "twin"] == {}
    assert "functional_record" in levels["poor", "other"]


def without(text, column):
    return pd.read_csv(StringIO(text), dtype=str).drop(columns=column).to_csv(index=False)


@pytest.mark.parametrize("column", ["category", "level"])
def test_without_its_column_what_the_names_say_is_judged_and_the_rest_is_not_checked(tmp_path, column):
    jobs = without(HEAD + OWN + THERE["down"].format(id="there") + CLERK, column)
    result = moves(tmp_path, tables={"jobs": jobs, "posts": POSTS}, job="own", **LICENCE)
    assert result.rules.set_index("rule").state["level"] == "not checked"
    assert "B" not in goes_to(result)
    assert "level" in refusal(result).rule.tolist()


def test_law_that_is_sure_is_never_lifted(tmp_path):
    edits = {"edits": "employee_id,action,unit_id,reason,by,rule\np1,lift,B,needed,Sekda,level\n"}
    with pytest.raises(tk.MutasiError, match="edits cannot lift level for p1: law that is certain cannot be lifted"):
        to_b(tmp_path, THERE["down"].format(id="there"), tables=edits)


def test_places_of_jobs_by_column_and_name(tmp_path):
    jobs = "job_id,name,family,category,level\na,Ahli Pertama - Perawat,n,,\nb,Perawat Muda,n,functional,\nc,Arsiparis Pelaksana,n,general,\nd,Perawat,n,functional,Pelaksana Lanjutan\n"
    tables = {"jobs": jobs, "posts": None}
    data = tk.load(
        write(tmp_path, **tables, employees="employee_id,unit_id,job_id\np1,A,a\n", services=None, volumes=None)
    )
    found = places(data).set_index(data.jobs.job_id)
    assert found.loc["a"].tolist() == ["perawat", "ahli pertama", "functional"]
    assert found.loc["b"].tolist() == ["perawat", "ahli muda", "functional"]
    assert found.loc["d"].tolist() == ["perawat", "mahir", "functional"]
    assert (found.base["c"], found.category["c"]) == ("arsiparispelaksana", "general")


ASKS = "{id},Pengelola {id},clerk,general,,6,58,"
OWN_CLERK = "own,Pengadministrasi,clerk,general,,6,58,SLTA,,,\n"
ASKED = {
    "d3": ASKS + "D3,,,\n",
    "field": ASKS + ",Akuntansi; Manajemen,,\n",
    "both": ASKS + "D3,Akuntansi,,\n",
    "none": ASKS + ",,,\n",
}
HAS = {
    "school": {"education": "SLTA", "field": "Umum"},
    "bachelor": {"education": "S1", "field": "manajemen"},
    "d3": {"education": "D3", "field": "Akuntansi"},
    "blank": {"education": "", "field": ""},
    "course": {"education": "kursus", "field": "Akuntansi"},
}
NO_EDUCATION, NO_FIELD = "cannot be judged: field education missing", "cannot be judged: field field missing"
QUALIFIED = {
    "school": {"d3": "SLTA Umum", "field": "SLTA Umum", "both": "SLTA Umum"},
    "bachelor": {"both": "S1 manajemen"},
    "d3": {},
    "blank": {"d3": NO_EDUCATION, "field": NO_FIELD, "both": NO_EDUCATION},
    "course": {"d3": NO_EDUCATION, "both": NO_EDUCATION},
}


def test_pelaksana_need_the_qualification_of_another_job(tmp_path):
    found = crowd(tmp_path, ASKED, HAS, OWN_CLERK)
    for who, refused in QUALIFIED.items():
        for asked in ASKED:
            assert found[who, asked] == ({"qualification": refused[asked]} if asked in refused else {}), (who, asked)


TEACHER = "own,Guru IPA,guru,functional,ahli pertama,8,60,,,IPA,\n"
MATHS = "there,Guru Matematika,guru,functional,ahli pertama,8,60,,,Matematika,\n"
SCHOOLS = "unit_id,name,kind\nA,a,school\nB,b,sekolah\nC,c,opd\nD,d,opd\n"


@pytest.mark.parametrize("certificate", ["IPA", "IPA; matematika", "belum", ""])
def test_a_certificate_names_the_subject_of_another_job(tmp_path, certificate):
    _, refused = to_b(tmp_path, MATHS, TEACHER, units=SCHOOLS, certified_subject=certificate)
    value = {"IPA": "IPA", "": "cannot be judged: field certified_subject missing"}.get(certificate)
    assert refused == ({} if value is None else {"teacher_certificate": value})


def note(result):
    return (
        result.allowed.notes[(result.allowed.employee_id == "p1") & (result.allowed.to_unit == "B")].astype(str).item()
    )


def test_notes_of_the_pair_never_bar(tmp_path):
    units = "unit_id,name,locked,selection_required,tpp\nA,a,no,no,5000000\nB,b,no,no,4500000.5\nC,c,no,no,\nD,d,no,no,5000000\n"
    there = "there,Pengelola,clerk,general,,7,58,,,,mendagri\n"
    result, refused = to_b(
        tmp_path, there, OWN_CLERK, units=units, bond_until="2026-01-01", policy={"pertek": "general"}
    )
    assert refused == {}
    assert note(result).split("; ") == [
        "approval of the minister, who appoints to this job, comes first",
        "job class 6 -> 7",
        "TPP 5000000 -> 4500000.5",
        "needs technical approval of BKN (I-MUT)",
        "owes service after study until 2026-01-01",
    ]


@pytest.mark.parametrize(("until", "owes"), [("2025-12-31", False), ("2026-01-01", True), ("2026-01-02", True)])
def test_service_owed_after_study_is_noted_up_to_its_last_day(tmp_path, until, owes):
    result, _ = to_b(tmp_path, OTHER, policy={"as_of": "2026-01-01"}, bond_until=until)
    assert ("owes service" in note(result)) == owes
    assert "B" in goes_to(result)


@pytest.mark.parametrize(("passed", "asks"), [("", True), ("there", False), ("own", True), ("own;there", False)])
def test_a_test_that_was_passed_is_not_asked_for(tmp_path, passed, asks):
    result, _ = to_b(tmp_path, OTHER, ukom_passed=passed)
    assert ("needs a competence test" in note(result)) == asks
    assert "needs a licence (SIP) for the new place of work" in note(result)


def test_who_said_no_is_never_moved_silently(tmp_path):
    wishes = {"wishes": "employee_id,willing\np1,no\nq1,yes\n"}
    result, _ = to_b(tmp_path / "1", OTHER, tables=wishes)
    assert note(result).startswith("needs a competence test (functional job); has said not to be willing to move")
    others = result.allowed.notes[result.allowed.employee_id != "p1"].astype(str)
    assert not others.str.contains("willing").any()
    stays, _ = to_b(tmp_path / "2", OTHER, tables=wishes, policy={"unwilling_stay": True})
    assert goes_to(stays) == []


LETTER = "employee_id,action,unit_id,reason,by,rule,letter,letter_date\np1,lift,,needed,Sekda,{}\n"
WINDOW = {"election_from": "2025-01-01", "inaugurated_on": "2025-12-01", "as_of": "2026-01-01"}
BOTH = ["election", "inauguration"]


def lifted(folder, *rows):
    edits = "employee_id,action,unit_id,reason,by,rule,letter,letter_date\n" + "".join(f"p1,lift,,needed,Sekda,{row}\n" for row in rows)  # fmt: skip
    rules = [rule for rule in RULES if rule.name in BOTH]
    return moves(folder, tables={"edits": edits}, rules=rules, policy=WINDOW, heads_unit="yes")


@pytest.mark.parametrize("rule", BOTH)
@pytest.mark.parametrize("letter", [",", "100.2/1,", ",2026-01-05"])
def test_windows_are_lifted_only_with_number_and_date_of_the_letter(tmp_path, rule, letter):
    with pytest.raises(
        tk.MutasiError, match=f"edits lift {rule} for p1 without the letter of the Minister.*a breach is a crime"
    ):
        lifted(tmp_path, f"{rule},{letter}")


def test_the_letter_travels_with_the_transfer(tmp_path):
    result = lifted(tmp_path, *[f"{rule},100.2.2.6/{at}/SJ,2026-01-05" for at, rule in enumerate(BOTH)])
    assert goes_to(result) == ["B", "C", "D"]
    expected = [f"lifted: {rule} by Sekda (reason in edits), letter 100.2.2.6/{at}/SJ of 2026-01-05" for at, rule in enumerate(BOTH)]  # fmt: skip
    assert note(result).split("; ") == expected
    assert goes_to(lifted(tmp_path, "election,100.2/1,2026-01-05")) == []


@pytest.mark.parametrize(("rule", "fields"), [("heads_unit", {"heads_unit": "yes"}), ("pppk_contract", {"status": "pppk", "contract_end": "2026-02-01"}), ("discipline", {"discipline": "in_process"}), ("handover", {"roles": "treasurer"})])  # fmt: skip
def test_scope_and_law_to_verify_are_lifted_with_a_reason(tmp_path, rule, fields):
    edits = {"edits": f"employee_id,action,unit_id,reason,by,rule\np1,lift,,needed,Sekda,{rule}\n"}
    result = moves(tmp_path, tables=edits, policy={"as_of": "2026-01-01"}, **fields)
    assert goes_to(result) == ["B", "C"]
    assert f"lifted: {rule} by Sekda" in note(result)
