"""Draw the people: who works where, since when, and what the rules ask about each; invented, without names."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.sample.facts import catalogue, fact, jobs, today
from toolkit.sample.offices import distances

TERM = 5  # years of a contract
FEW = 3  # a crew of fewer has nobody on leave and no part-timer: it would look twice as loaded as it is
REACH = 4.0  # km: homes get rarer by a factor e every so many


def make_people(crews: pd.DataFrame, units: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the employees, one per row, in the order of offices and jobs: the columns of employees.csv and some more."""
    people = _placed(crews, rng).merge(jobs(), on="job_id").merge(units[["unit_id", "district", "renamed"]])
    people = people.sort_values(["unit_id", "job_id"], kind="stable", ignore_index=True)
    width = max(4, len(str(len(people))))
    people.insert(0, "employee_id", [f"P{number:0{width}d}" for number in range(1, len(people) + 1)])
    small = people.groupby(["unit_id", "crew"]).job_id.transform("size") < FEW
    people["status"] = _chosen(people.category.map(catalogue()["people"]["status"]), rng)
    people["status"] = people.status.mask(small & (people.status == "pppk_pw"), "pppk")
    people["fte"] = np.where(people.status == "pppk_pw", 0.5, 1.0)
    _dates(people, rng)
    _learning(people, rng)
    _record(people, rng)
    people["standing"] = people.standing.mask(small, "active")
    _home(people, rng)
    _barred(people, rng)
    people["sex"] = np.where(rng.uniform(size=len(people)) < people.women, "f", "m")
    return people


def _placed(crews: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return one row per person, at a level where the job has levels."""
    placed = crews.loc[crews.index.repeat(crews.heads), ["unit_id", "job_id"]].reset_index(drop=True)
    placed["crew"] = placed.job_id
    for base, levels in catalogue()["levels"].items():
        mine = placed.crew == base
        placed.loc[mine, "job_id"] = rng.choice(list(levels), int(mine.sum()), p=list(levels.values()))
    return placed


def _chosen(shares: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """Draw a name for each row by its own shares, a mapping with the same names in all rows."""
    names = np.array(list(shares.iloc[0]))
    steps = np.cumsum([list(each.values()) for each in shares], axis=1)
    return names[(rng.uniform(size=(len(shares), 1)) > steps[:, :-1]).sum(axis=1)]


def _drawn(name: str, count: int, rng: np.random.Generator) -> np.ndarray:
    """Draw names by the shares that the catalogue gives to all people."""
    shares = catalogue()["people"][name]
    return rng.choice(list(shares), count, p=list(shares.values()))


def _days(years: np.ndarray) -> pd.Series:
    """Years as spans of whole days."""
    return pd.Series(pd.to_timedelta(np.rint(years * 365.25), unit="D"))


def _dates(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Add birth, entry into the office and the post, end of contract; a renamed office starts the post again."""
    about = catalogue()["people"]
    people["birth_date"] = _births(people, rng)
    since = _entries(people, rng)
    people["in_unit_since"] = since.dt.normalize()

    # a quarter changed posts inside the office, at some time in the first four fifths of their years there
    moved = np.where(rng.uniform(size=len(people)) < 0.25, rng.uniform(0, 0.8, len(people)), 0.0)
    post = (since + (today() - since) * moved).dt.normalize()
    renamed_on = pd.Timestamp(about["renamed_on"])
    people["in_post_since"] = post.mask((people.renamed == "yes") & (post < renamed_on), renamed_on)

    # contracts run for whole terms, and the last one is still running
    years = np.ceil((today() - since) / pd.Timedelta(days=TERM * 365.25) + 0.01) * TERM
    day_after = pd.to_datetime({"year": since.dt.year + years, "month": since.dt.month, "day": 1})
    ends = (day_after - pd.Timedelta(days=1)).where(people.status == "pppk")
    people["contract_end"] = ends.mask(people.status == "pppk_pw", pd.Timestamp(about["part_time"]["until"]))


def _births(people: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Draw the day of birth, most ages a little past the middle of what the job and the status allow."""
    place = rng.beta(2.0, 1.6, len(people))  # 0: as young as may be, 1: as old
    youngest = np.select([people.category == "structural", people.status == "cpns"], [38.0, 22.5], 25.0)
    oldest = np.where(people.status == "cpns", 33.0, people.retirement_age - 0.3)
    return today() - _days(youngest + place * (oldest - youngest))


def _entries(people: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Draw the day of entry into the office: at 22 at the earliest, or the day on which a whole year was hired."""
    count = len(people)
    about = catalogue()["people"]
    grown = people.birth_date + _days(np.full(count, 22.0))
    since = (today() - _days(0.2 + rng.gamma(1.8, 3.4, count))).clip(lower=grown)
    since = since.mask(people.status == "pppk", pd.Series(pd.to_datetime(_drawn("pppk_since", count, rng))))
    since = since.mask(people.status == "pppk_pw", pd.Timestamp(about["part_time"]["since"]))
    return since.mask(people.status == "cpns", pd.Timestamp(about["cpns_since"]))


def _learning(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Add education, field, skills and rank."""
    count = len(people)
    wanted = people.education
    about = catalogue()["people"]
    step = rng.choice(3, count, p=[0.75, 0.1, 0.15])
    people["education"] = [about["schooling"][has][at] for has, at in zip(wanted, step, strict=True)]
    field = people.field.fillna(pd.Series(rng.choice(about["fields"], count)))
    people["field"] = field.mask(people.education == "SLTA", "Umum")
    people["skills"] = people.skills.fillna("").mask(rng.uniform(size=count) < 0.3, "")
    place = np.where(people.status == "cpns", 0.0, rng.uniform(size=count))
    ranks = pd.Series([band[int(at * len(band))] for band, at in zip(people.ranks, place, strict=True)])
    people["rank"] = ranks.mask(people.status.isin(["pppk", "pppk_pw"]), wanted.map(about["pppk_ranks"]))


def _record(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Add standing, ratings, discipline, and a few empty cells."""
    count = len(people)
    people["standing"] = _drawn("standing", count, rng)
    people["rating_last"] = _drawn("rating", count, rng)
    people["rating_before"] = _drawn("rating", count, rng)
    people["discipline"] = _drawn("discipline", count, rng)
    ends = today() + pd.Series(pd.to_timedelta(rng.integers(30, 330, count), unit="D"))
    people["discipline_until"] = ends.where(people.discipline == "serving")
    empty = rng.choice(people.index[people.category == "general"], 4, replace=False)
    people.loc[empty[:2], "rating_before"] = ""
    people.loc[empty[2:], "in_post_since"] = pd.NaT


def _home(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Add the home district: likelier where many people live, and near the office."""
    residents = fact("districts").population.to_numpy()
    weights = residents * np.exp(-distances() / REACH)
    shares = weights.div(weights.sum(axis=1), axis=0)
    people["home_district"] = _chosen(people.district.map(shares.to_dict("index")), rng)


def _barred(people: pd.DataFrame, rng: np.random.Generator) -> None:
    """Add heads of offices, the few whom the agency has locked, and offices barred by a conflict of interest."""
    free = people.category == "general"
    registry = people.unit_id == catalogue()["surge"]["unit"]
    people["heads_unit"] = np.where(people.category == "structural", "yes", "no")
    people["locked"] = np.where((rng.uniform(size=len(people)) < 0.006) & ~registry, "yes", "no")
    other = people.groupby("family").unit_id.transform(lambda units: rng.permutation(units.to_numpy()))
    marked = free & (rng.uniform(size=len(people)) < 0.015) & (other != people.unit_id)
    people["conflict_unit_ids"] = other.where(marked, "")
