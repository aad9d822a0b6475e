"""The fit of a person and the job to be held: each part by itself, blanks neutral, and what it costs."""

import pandas as pd
import pytest

import toolkit as tk
from tests.one_person import GOOD, moves
from toolkit.moves.fit import new_job, schooling
from toolkit.moves.ladders import PLACE

ALIKE = pd.DataFrame({"base": list("xyzw"), "level": None, "category": "general"}, index=list("xyzw"))
ASKED = {
    "education": "S1",
    "field": "Hukum; Administrasi Negara",
    "skills": "komputer;arsip",
    "level": "",
    "grade": "7",
}


def test_the_best_of_two_jobs_of_a_family_is_not_mixed_with_the_other(tmp_path):
    row = fit(tmp_path, {"education": "SD", "grade": "9"}, {"education": "S3"}, {"grade": "4"})
    assert row.fit == pytest.approx((1.0 + 0.0) / 2)


def fit(folder, asked, has, own=None, **policy):
    """The fit of p1, who holds ``now`` at A, for the job ``next`` at B; own: level and grade of ``now``."""
    rows = [
        {"job_id": "now", "name": "N", "family": "clerk", **(own or {})},
        {"job_id": "next", "name": "X", "family": "clerk", **asked},
    ]
    jobs = pd.DataFrame([*rows, {"job_id": "clerk", "name": "C", "family": "other"}]).to_csv(
        index=False, lineterminator="\n"
    )
    posts = "unit_id,job_id,official_need\nA,now,1\nB,next,2\n"
    has = {**dict.fromkeys(GOOD, ""), "status": "pns", "standing": "active", "fte": "1", "skills": "", **has}
    result = moves(
        folder,
        tables={"jobs": jobs, "posts": posts},
        job="now",
        rules=[],
        policy={"as_of": "2026-01-01", **policy},
        **has,
    )
    return result.allowed[result.allowed.employee_id == "p1"].iloc[0]


PARTS = [
    ({}, {}, {}, None),
    ({"education": "S1"}, {"education": "S2"}, {}, 1.0),
    ({"education": "S1"}, {"education": "D3"}, {}, 0.75),
    ({"education": "S1"}, {"education": "SD"}, {}, 0.0),
    ({"education": "S1"}, {"education": "kursus"}, {}, None),
    ({"education": ""}, {"education": "SD"}, {}, None),
    ({"field": "Hukum; Administrasi Negara"}, {"field": "administrasi negara"}, {}, 1.0),
    ({"field": "Hukum; Administrasi Negara"}, {"field": "Umum"}, {}, 0.0),
    ({"skills": "komputer;arsip"}, {"skills": "Arsip;bahasa"}, {}, 0.5),
    ({"skills": "komputer;arsip"}, {"skills": ""}, {}, None),
    ({"grade": "7"}, {}, {"grade": "6"}, 0.75),
    ({"grade": "7"}, {}, {"grade": "1"}, 0.0),
    ({"level": "mahir"}, {}, {"level": "mahir"}, 1.0),
    ({"level": "mahir"}, {}, {"level": "terampil"}, 0.0),
    ({}, {"in_post_since": "2025-01-01"}, {}, 365 / 730.5),
    ({}, {"in_post_since": "2020-01-01"}, {}, 1.0),
    (ASKED, {"education": "S1", "field": "Hukum", "skills": "komputer"}, {"grade": "7"}, 3.5 / 4),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "has", "own", "expected"), PARTS)
def test_each_part_of_the_fit_counts_and_a_blank_is_left_out(tmp_path, asked, has, own, expected):
    row = fit(tmp_path, asked, has, own, price_per_misfit=0.04, tenure_credit=0.0)
    assert row.to_job == "next"
    if expected is None:
        assert pd.isna(row.fit)
        assert row.cost == pytest.approx(0.05)
    else:
        assert row.fit == pytest.approx(expected, rel=1e-8)
        assert row.cost == pytest.approx(0.05 + 0.04 * (1 - expected), rel=1e-8)


def test_the_job_to_be_held_is_the_same_where_there_is_one_else_the_one_most_short():
    staffing = pd.DataFrame(
        [("B", "x", 1.0, 1.0), ("B", "y", 3.0, 1.0), ("B", "z", 3.0, 1.0), ("C", "x", 0.0, 5.0), ("C", "y", 9.0, 0.0)],
        columns=["unit_id", "job_id", "need_fte", "staff"],
    ).assign(family="f", others=0.0)
    moved = pd.DataFrame({"job_id": ["x", "w", "w", "x"], "to_unit": ["B", "B", "C", "C"], "family": "f"})
    assert new_job(moved, staffing, ALIKE).tolist() == ["x", "y", "y", "x"]


def test_the_job_to_be_held_is_the_closest_that_is_there_however_short_another_is():
    jobs = pd.DataFrame(
        [
            ("own", "nurse", "mahir", "functional"),
            ("twin", "nurse", "mahir", "functional"),
            ("other", "midwife", "mahir", "functional"),
            ("senior", "nurse", "ahli muda", "functional"),
            ("clerk", "clerk", None, "general"),
        ],
        columns=["job_id", *PLACE],
    ).set_index("job_id")
    names = ["twin", "other", "senior", "clerk"]
    moved = pd.DataFrame({"job_id": ["own"], "to_unit": ["B"], "family": ["f"]})
    for place, wanted in enumerate(names):
        left = names[place:]  # the farther a job, the shorter it is there
        staffing = pd.DataFrame({"unit_id": "B", "job_id": left, "family": "f", "staff": 0.0, "others": 0.0})
        staffing["need_fte"] = [float(names.index(name)) for name in left]
        assert new_job(moved, staffing, jobs).tolist() == [wanted]


def test_others_who_already_help_make_a_job_less_short():
    staffing = pd.DataFrame(
        {
            "unit_id": "B",
            "job_id": ["x", "y"],
            "family": "f",
            "need_fte": [4.0, 3.0],
            "staff": 1.0,
            "others": [2.0, 0.0],
        }
    )
    moved = pd.DataFrame({"job_id": ["w"], "to_unit": ["B"], "family": ["f"]})
    assert new_job(moved, staffing, ALIKE).tolist() == ["y"]
    assert new_job(moved, staffing.assign(others=0.0), ALIKE).tolist() == ["x"]
    # a need that is not known is no shortage
    assert new_job(moved, staffing.assign(need_fte=[float("nan"), 1.5], others=0.0), ALIKE).tolist() == ["y"]


def test_a_wish_for_another_job_is_granted_where_that_job_would_be_held(tmp_path):
    tables = {
        "jobs": "job_id,name,family\nclerk,C,clerk\nold,O,clerk\nnew,N,clerk\n",
        "posts": "unit_id,job_id,official_need\nA,old,1\nB,new,1\n",
        "wishes": "employee_id,job_id\np1,new\nq1,clerk\n",
        "volumes": "unit_id,service_id,period,received\nC,letters,2025,5000\n",
    }
    for folder, paid in ((tmp_path / "1", 0.05), (tmp_path / "2", 0.0)):
        folder.mkdir()
        rows = "p1,A,old\np2,C,clerk\n"
        for name, text in {**tables, "wishes": tables["wishes"].replace("q1,clerk\n", "")}.items():
            (folder / f"{name}.csv").write_text(text)
        (folder / "employees.csv").write_text("employee_id,unit_id,job_id\n" + rows)
        (folder / "units.csv").write_text("unit_id,name\nA,a\nB,b\nC,c\n")
        (folder / "services.csv").write_text("service_id,job_id,name,norm_minutes\nletters,clerk,L,30\n")
        data = tk.load(folder, wish_credit=paid / 2, tenure_credit=0.0)
        need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
        allowed = tk.allowed_moves(data, need).allowed
        cost = allowed[allowed.employee_id == "p1"].set_index("to_unit").cost
        assert (cost["B"], cost["C"]) == (pytest.approx(0.05 - paid / 2), 0.05)


def test_schooling_is_known_by_name_numeral_and_code_of_siasn():
    steps = [
        ("SD", "05"), ("SLTP", "SMP", "10"), ("SLTA", "SMA", "SMK", "15"), ("D-I", "D1", "20"), ("D-II", "D2", "25"),
        ("D-III", "D3", "30"), ("D-IV", "D4", "S1", "S-1", "35", "40"), ("S2", "45"), ("S3", "50"),
    ]  # fmt: skip
    for step, names in enumerate(steps):
        assert schooling(pd.Series(names)).tolist() == [step] * len(names), names
