"""The job a person would hold, how well it fits, and what the move costs at the prices of the policy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from toolkit.common.rounding import significant
from toolkit.intake.data import Data
from toolkit.moves.ladders import PLACE, places
from toolkit.moves.named_pairs import among
from toolkit.need.staffing import Need

LEAST_SHARE = 0.1  # of price_per_move: nobody is moved for its own sake
SEASONED = 730.5  # days in the present post after which experience counts in full (two years)
STEPS = 4  # this many steps of schooling or classes of job apart fit not at all
COMPARED = ["family", "education", "field", "skills", "level", "grade"]
# Steps of schooling, by the names and the SIASN codes (digits) of education.
SCHOOLING = {
    "SD": 0, "SLTP": 1, "SMP": 1, "SLTA": 2, "SMA": 2, "SMK": 2, "DIV": 6, "DIII": 5, "DII": 4, "DI": 3, "D1": 3,
    "D2": 4, "D3": 5, "D4": 6, "S1": 6, "S2": 7, "S3": 8, "05": 0, "10": 1, "15": 2, "20": 3, "25": 4, "30": 5,
    "35": 6, "40": 6, "45": 7, "50": 8,
}  # fmt: skip


# What the job to be held should share with the present one, the closest first.
CLOSEST_FIRST: tuple[list[str], ...] = (["base", "level", "category"], ["level", "category"], ["category"], [])


def new_job(moved: pd.DataFrame, staffing: pd.DataFrame, jobs: pd.DataFrame) -> pd.Series:
    """Return the job to be held: the same where the new office has it, else one of the family there.

    That is the same functional job at the same level under another id, else a job of the same level and category, else
    of the same category, else any: the rules then refuse what is no transfer. Of several the one most short: need less
    staff and others (an unknown need counts as 0); of equals the first by job_id. ``moved`` holds job_id, family and
    to_unit; ``staffing`` is ``need.table``; ``jobs`` what :func:`toolkit.moves.ladders.places` says of each job_id.
    """
    # rounded, so that a difference in the last digit of a sum does not decide between equals
    short = (staffing.need_fte.fillna(0) - staffing.staff - staffing.others).round(9)
    ranked = staffing.assign(short=short).sort_values(["short", "job_id"], ascending=[False, True])
    known = jobs[PLACE].fillna("")
    ranked = ranked.join(known, on="job_id")
    wanted = moved[["job_id", "family", "to_unit"]].rename(columns={"to_unit": "unit_id"}).join(known, on="job_id")
    there = pd.MultiIndex.from_frame(staffing[["unit_id", "job_id"]])
    keeps = pd.MultiIndex.from_frame(wanted[["unit_id", "job_id"]]).isin(there)
    out = moved.job_id.astype(object).where(keeps)
    for shared in CLOSEST_FIRST:
        key = ["family", "unit_id", *shared]
        most_short = ranked.drop_duplicates(key).set_index(key).job_id
        found = most_short.reindex(pd.MultiIndex.from_frame(wanted[key])).to_numpy()
        out = out.where(out.notna(), pd.Series(found, moved.index, dtype=object))
    return out.astype(moved.job_id.dtype)


def job_places(data: Data) -> pd.DataFrame:
    """Return the place of each job (:func:`toolkit.moves.ladders.places`) by its id."""
    return places(data).set_index(data.jobs.job_id)


def new_jobs(need: Need) -> np.ndarray:
    """Return the position (in jobs) of the job to be held for each present job (row) and office (column); else -1.

    A matrix, because there are few jobs and offices and millions of pairs that look it up.
    """
    jobs = pd.Index(need.data.jobs.job_id)
    units = pd.Index(need.data.units.unit_id)
    cases = need.cells[["family", "unit_id"]].merge(need.data.jobs[["family", "job_id"]])
    cases = cases.rename(columns={"unit_id": "to_unit"})
    out = np.full((len(jobs), len(units)), -1)
    held = jobs.get_indexer(new_job(cases, need.table, job_places(need.data)))
    out[jobs.get_indexer(cases.job_id), units.get_indexer(cases.to_unit)] = held
    return out


def fit(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> np.ndarray:
    """Return how well each person fits the job to be held, from 0 to 1; empty where nothing can be compared.

    The mean of education, field, level, experience and skills, each from 0 to 1; what is blank on either side is left
    out. Education and level (job class) lose a quarter for each step they miss; experience is full after two years in
    the present post; of the skills the share that is there counts.
    """
    # each person is compared once with each job of the family; slot is the number of a job within its family
    slot = data.jobs.groupby("family").cumcount()
    asked = data.jobs[COMPARED].assign(slot=slot)
    has = people[COMPARED].assign(person=np.arange(len(people)))
    both = has.merge(asked, on="family", suffixes=("", "_asked"))
    parts = pd.DataFrame(
        {
            "education": _education_fit(both),
            "field": in_field(both.field, both.field_asked),
            "level": _level_fit(both),
            "experience": _experience_fit(people, data).iloc[both.person].set_axis(both.index),
            "skills": _for_each_pair(both.skills, both.skills_asked, _share_of_skills),
        }
    )
    table = np.full((len(people), int(slot.max()) + 1), np.nan)
    table[both.person, both.slot] = parts.mean(axis=1)  # blank parts are left out of the mean
    return significant(table)[pairs.person, slot.to_numpy()[pairs.to_job]]


def _education_fit(both: pd.DataFrame) -> pd.Series:
    """1 where the schooling reaches what is asked, less a quarter for each step below."""
    missing = schooling(both.education_asked) - schooling(both.education)
    return 1 - missing.clip(0, STEPS) / STEPS


def _level_fit(both: pd.DataFrame) -> pd.Series:
    """1 less a quarter for each class of job apart; without classes 1 for the same level and 0 for another."""
    by_class = (1 - (both.grade - both.grade_asked).abs() / STEPS).clip(lower=0)
    same_level = (both.level == both.level_asked).astype("float64")
    known = both.level.notna() & both.level_asked.notna()
    return by_class.fillna(same_level.where(known))


def _experience_fit(people: pd.DataFrame, data: Data) -> pd.Series:
    """The share of two years that each person has been in the present post, at most 1."""
    since = people.in_post_since
    # the date is asked for only where it is used: tables without volumes need not give one
    day = data.as_of if since.notna().any() else pd.NaT
    return ((day - since).dt.days / SEASONED).clip(0, 1)


def _share_of_skills(mine: set[str], asked: set[str]) -> float:
    return len(mine & asked) / len(asked)


def schooling(education: pd.Series) -> pd.Series:
    """Return the step of schooling of each text, from 0 (SD) to 8 (S3); empty where it is not known.

    >>> schooling(pd.Series(["S-1/Sarjana", "SLTA", "D-III", "kursus", None])).tolist()
    [6.0, 2.0, 5.0, nan, nan]
    """
    # punctuation goes first: S-1, S.1 and S1 are one
    plain = education.str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    return plain.str.extract(f"^({'|'.join(SCHOOLING)})", expand=False).map(SCHOOLING).astype("float64")


def in_field(field: pd.Series, asked: pd.Series) -> pd.Series:
    """1 where the field is one of those asked (joined by ;), else 0; empty where either is empty."""
    return _for_each_pair(field, asked, lambda mine, wanted: float(bool(mine & wanted)))


def _for_each_pair(have: pd.Series, asked: pd.Series, judge: Callable[[set[str], set[str]], float]) -> pd.Series:
    """Compare two lists joined by ;, each distinct pair of lists once; empty where either is empty."""
    both = pd.DataFrame({"have": have, "asked": asked}).dropna()
    distinct = both.drop_duplicates()
    found = [judge(_parts(mine), _parts(wanted)) for mine, wanted in zip(distinct.have, distinct.asked, strict=True)]
    # with sort=False groups are numbered in the order in which they appear, which is that of ``distinct``
    code = both.groupby(["have", "asked"], sort=False).ngroup()
    return code.map(dict(enumerate(found))).reindex(have.index).astype("float64")


def _parts(text: str) -> set[str]:
    return {part.strip().casefold() for part in text.split(";")}


def cost(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> np.ndarray:
    """Return the cost of each pair: per move, per km beyond the present way and for a poor fit, less the credits.

    Credits: long tenure, a wish that is granted, staying in one OPD. ``pairs`` holds the positions ``person`` (in
    people), ``from_code``, ``to_code`` (in units), ``to_job`` (in jobs), km_extra and fit (unknown: nothing is added).
    Never below a tenth of ``price_per_move``; rounded to nine significant digits, so that the file is the instance.
    """
    policy = data.policy
    total = policy.price_per_move + policy.price_per_km * pairs.km_extra.fillna(0.0).to_numpy("float64")
    total += policy.price_per_misfit * (1 - pairs.fit.fillna(1.0).to_numpy())
    total -= policy.wish_credit * wished(pairs, data)
    total -= policy.tenure_credit * long_tenure(people, data)[pairs.person.to_numpy()]
    if data.has("units", "parent_id"):
        total -= policy.same_office_credit * _same_office(pairs, data)
    return significant(np.maximum(total, LEAST_SHARE * policy.price_per_move))


def _same_office(pairs: pd.DataFrame, data: Data) -> np.ndarray:
    """Whether both units belong to one OPD: that of the parent; a unit without a parent is its own."""
    office = data.units.parent_id.fillna(data.units.unit_id).astype("category").cat.codes.to_numpy()
    return np.asarray(office[pairs.from_code] == office[pairs.to_code])


def long_tenure(people: pd.DataFrame, data: Data) -> np.ndarray:
    """Whether each person is over ``tenure_long_months`` in one office (in_unit_since, else in_post_since)."""
    since = people.in_unit_since.fillna(people.in_post_since)
    if since.isna().all():
        return np.zeros(len(people), bool)
    return (since + pd.DateOffset(months=data.policy.tenure_long_months) < data.as_of).to_numpy()


def wished(pairs: pd.DataFrame, data: Data) -> np.ndarray:
    """Whether each pair grants a wish: for the office; where none is named, for its district; else for another job."""
    wishes = data.wishes[data.wishes.willing != "no"]
    for_office = wishes[wishes.unit_id.notna()]
    elsewhere = wishes[wishes.unit_id.isna()]
    by_district = elsewhere[["employee_id", "district"]].dropna().merge(data.units[["unit_id", "district"]])
    granted = among(pairs, pd.concat([for_office, by_district]), data)
    for_job = elsewhere[elsewhere.district.isna() & elsewhere.job_id.notna()]
    return (granted | _wished_job(pairs, for_job, data)).to_numpy()


def _wished_job(pairs: pd.DataFrame, wishes: pd.DataFrame, data: Data) -> pd.Series:
    """Whether the job would change to the one the person wishes for."""
    person = pd.Index(data.employees.employee_id).get_indexer(wishes.employee_id)
    job = pd.Index(data.jobs.job_id).get_indexer(wishes.job_id)
    # person * jobs + job is one number for a person and a job
    jobs = len(data.jobs)
    return pairs.new_job & (pairs.person * jobs + pairs.to_job).isin(person * jobs + job)
