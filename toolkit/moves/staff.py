"""Groups of staff of whom alone a rule speaks: holders of functional jobs, health staff, teachers, PPPK."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from toolkit.intake.data import Data
from toolkit.intake.schema import recognised
from toolkit.moves.ladders import places

SCHOOLS = ["school", "sekolah"]


def functional(data: Data) -> pd.Series:
    """Whether each person holds a functional job, or one whose category is not known."""
    return _of_job(data, places(data).category.fillna("functional") == "functional")


def health(data: Data) -> pd.Series:
    """Whether each person holds a job of health staff, by the first words of its name (recognised.toml)."""
    starts = tuple(recognised()["health_jobs"])
    # a clerk of a ward is no nurse: only functional jobs, where the category is known
    clinical = plain(data.jobs.name).str.startswith(starts) & (data.jobs.category.fillna("functional") == "functional")
    return _of_job(data, clinical)


def teachers(data: Data) -> pd.Series:
    """Whether each person holds a functional job at a school."""
    school = plain(data.units.set_index("unit_id").kind).isin(SCHOOLS)
    at_school = data.employees.unit_id.map(school).fillna(False).astype(bool)
    return _of_job(data, data.jobs.category == "functional") & at_school


def contract_staff(data: Data) -> pd.Series:
    """Whether each person is a PPPK; where the status was not handed in, anybody may be."""
    if not data.has("employees", "status"):
        return pd.Series(True, data.employees.index)
    return data.employees.status.isin(["pppk", "pppk_pw"])


def plain(texts: pd.Series) -> pd.Series:
    """Texts as they are compared: in small letters, without spaces around them."""
    return texts.str.strip().str.lower()


def _of_job(data: Data, jobs: pd.Series) -> pd.Series:
    ids = data.jobs.job_id[jobs.fillna(False).astype(bool)]
    return data.employees.job_id.isin(ids)


STAFF: dict[str, Callable[[Data], pd.Series]] = {
    "functional": functional,
    "health": health,
    "teachers": teachers,
    "contract_staff": contract_staff,
}
