"""The job a person would hold, how well it fits, and what the move costs (docs/method.md)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from toolkit.common.rounding import significant
from toolkit.intake.data import Data
from toolkit.moves.registry import among
from toolkit.need.staffing import Need

LEAST_SHARE = 0.1  # of price_per_move: nobody is moved for its own sake
SEASONED = 730.5  # days in the present post after which experience counts in full (two years)
STEPS = 4  # so many steps of schooling or classes of job apart fit not at all
# Steps of schooling, by the names and the SIASN codes (digits) of education.
SCHOOLING = {
    "SD": 0, "SLTP": 1, "SMP": 1, "SLTA": 2, "SMA": 2, "SMK": 2, "DIV": 6, "DIII": 5, "DII": 4, "DI": 3, "D1": 3,
    "D2": 4, "D3": 5, "D4": 6, "S1": 6, "S2": 7, "S3": 8, "05": 0, "10": 1, "15": 2, "20": 3, "25": 4, "30": 5,
    "35": 6, "40": 6, "45": 7, "50": 8,
}  # fmt: skip


def new_job(moved: pd.DataFrame, staffing: pd.DataFrame) -> pd.Series:
    """Give the job to be held: the same where the new office has it, else the family's with the largest shortage there.

    ``moved`` holds job_id, family and to_unit; ``staffing`` is ``need.table``.
    """
    short = staffing.assign(short=(staffing.need_fte.fillna(0) - staffing.staff - staffing.others).round(9))
    ranked = short.sort_values(["short", "job_id"], ascending=[False, True])
    largest = ranked.drop_duplicates(["family", "unit_id"]).set_index(["family", "unit_id"]).job_id
    there = pd.MultiIndex.from_frame(staffing[["unit_id", "job_id"]])
    same = pd.MultiIndex.from_frame(moved[["to_unit", "job_id"]]).isin(there)
    other = largest.reindex(pd.MultiIndex.from_frame(moved[["family", "to_unit"]])).to_numpy()
    return pd.Series(other, moved.index).where(~same, moved.job_id)


def new_jobs(need: Need) -> np.ndarray:
    """Give the position of the job to be held (in jobs) for each present job (row) and office (column); else -1."""
    jobs, units = pd.Index(need.data.jobs.job_id), pd.Index(need.data.units.unit_id)
    cases = need.cells[["family", "unit_id"]].merge(need.data.jobs[["family", "job_id"]])
    cases = cases.rename(columns={"unit_id": "to_unit"})
    out = np.full((len(jobs), len(units)), -1)
    held = jobs.get_indexer(new_job(cases, need.table))
    out[jobs.get_indexer(cases.job_id), units.get_indexer(cases.to_unit)] = held
    return out


def fit(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> np.ndarray:
    """Give how well each person fits the job to be held, from 0 to 1; empty where nothing can be compared.

    The mean of education, field, level, experience and skills, each from 0 to 1; what is blank on either side is left
    out. Education and level (job class) lose a quarter for each step they miss; experience is full after two years in
    the present post; of the skills the share that is there counts.
    """
    slot, names = data.jobs.groupby("family").cumcount(), ["family", "education", "field", "skills", "level", "grade"]
    have = people[names].assign(person=np.arange(len(people)))
    both = have.merge(data.jobs[names].assign(slot=slot), on="family", suffixes=("", "_asked"))
    since = people.in_post_since.iloc[both.person].set_axis(both.index)
    at = data.as_of if since.notna().any() else pd.NaT
    same = (both.level == both.level_asked).astype("float64").where(both.level.notna() & both.level_asked.notna())
    judged = {
        "education": 1 - (schooling(both.education_asked) - schooling(both.education)).clip(0, STEPS) / STEPS,
        "field": in_field(both.field, both.field_asked),
        "level": (1 - (both.grade - both.grade_asked).abs() / STEPS).clip(lower=0).fillna(same),
        "experience": ((at - since).dt.days / SEASONED).clip(0, 1),
        "skills": _each(both.skills, both.skills_asked, lambda mine, asked: len(mine & asked) / len(asked)),
    }
    table = np.full((len(people), int(slot.max()) + 1), np.nan)
    table[both.person, both.slot] = pd.DataFrame(judged).mean(axis=1)
    return significant(table)[pairs.person, slot.to_numpy()[pairs.to_job]]


def schooling(education: pd.Series) -> pd.Series:
    """Give the step of schooling of each text, from 0 (SD) to 8 (S3); empty where it is not known.

    >>> schooling(pd.Series(["S-1/Sarjana", "SLTA", "D-III", "kursus", None])).tolist()
    [6.0, 2.0, 5.0, nan, nan]
    """
    plain = education.str.upper().str.replace(r"[^A-Z0-9]", "", regex=True)
    return plain.str.extract(f"^({'|'.join(SCHOOLING)})", expand=False).map(SCHOOLING).astype("float64")


def in_field(field: pd.Series, asked: pd.Series) -> pd.Series:
    """Give 1 where the field is one of those asked (joined by ;), else 0; empty where either is empty."""
    return _each(field, asked, lambda mine, wanted: float(bool(mine & wanted)))


def _each(have: pd.Series, asked: pd.Series, judge: Callable[[set[str], set[str]], float]) -> pd.Series:
    """Judge two lists joined by ; for each distinct pair of them once; empty where either is empty."""
    both = pd.DataFrame({"have": have, "asked": asked}).dropna()
    found = [
        judge(*({part.strip().casefold() for part in text.split(";")} for text in each))
        for each in both.drop_duplicates().itertuples(index=False)
    ]
    code = both.groupby(["have", "asked"], sort=False).ngroup()
    return code.map(dict(enumerate(found))).reindex(have.index).astype("float64")


def cost(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> np.ndarray:
    """Give the cost of each pair: per move, per km beyond the present way and for a poor fit, less the credits.

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
        office = data.units.parent_id.fillna(data.units.unit_id).astype("category").cat.codes.to_numpy()
        total -= policy.same_office_credit * (office[pairs.from_code] == office[pairs.to_code])
    return significant(np.maximum(total, LEAST_SHARE * policy.price_per_move))


def long_tenure(people: pd.DataFrame, data: Data) -> np.ndarray:
    """Tell who has been in one office for over ``tenure_long_months`` (in_unit_since, else in_post_since)."""
    since = people.in_unit_since.fillna(people.in_post_since)
    if since.isna().all():
        return np.zeros(len(people), bool)
    return (since + pd.DateOffset(months=data.policy.tenure_long_months) < data.as_of).to_numpy()


def wished(pairs: pd.DataFrame, data: Data) -> np.ndarray:
    """Tell which pairs grant a wish: for the office; where none is named, for its district; else for another job."""
    wishes = data.wishes[data.wishes.willing != "no"]
    away = wishes[wishes.unit_id.isna()]
    near = away[["employee_id", "district"]].dropna().merge(data.units[["unit_id", "district"]])
    granted = among(pairs, pd.concat([wishes[wishes.unit_id.notna()], near]), data)
    jobs = away[away.district.isna() & away.job_id.notna()]
    person = pd.Index(data.employees.employee_id).get_indexer(jobs.employee_id)
    job, wide = pd.Index(data.jobs.job_id).get_indexer(jobs.job_id), len(data.jobs)
    granted |= pairs.new_job & (pairs.person * wide + pairs.to_job).isin(person * wide + job)
    return granted.to_numpy()
