"""Read what the sample is built on: facts of the city, the catalogue of jobs and services, profiles of offices."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

ROOM = files("toolkit.sample")


@cache
def catalogue() -> dict[str, Any]:
    """Return jobs, services, tasks, rhythms, calendar and chances."""
    return tomllib.loads(ROOM.joinpath("catalogue.toml").read_text(encoding="utf-8"))


@cache
def profiles() -> dict[str, dict[str, Any]]:
    """Return what offices of each profile do and who staffs them."""
    return dict(tomllib.loads(ROOM.joinpath("profiles.toml").read_text(encoding="utf-8"))["profiles"])


@cache
def sizes() -> dict[str, dict[str, Any]]:
    """Return how many offices of each kind an agency of each size has, and how large those of a profile are.

    >>> sizes()["small"]["kelurahan"]
    11
    """
    return dict(tomllib.loads(ROOM.joinpath("profiles.toml").read_text(encoding="utf-8"))["sizes"])


def fact(name: str) -> pd.DataFrame:
    """Read one table of facts (toolkit/sample/facts/README.md names the sources).

    >>> fact("districts").population.sum()
    np.int64(1801367)
    """
    with ROOM.joinpath("facts", f"{name}.csv").open(encoding="utf-8") as file:
        return pd.read_csv(file, keep_default_na=False)


def jobs() -> pd.DataFrame:
    """Return the jobs, one per row, with what the catalogue says about them."""
    frame = pd.DataFrame.from_dict(catalogue()["jobs"], orient="index").rename_axis("job_id").reset_index()
    frame["family"] = frame.family.fillna(frame.job_id)
    fills = {"method": "abk", "retirement_age": 58, "women": 0.53, "fixed_hours": 0.0}
    return frame.fillna(fills).astype({"retirement_age": int, "grade": int})


def today() -> pd.Timestamp:
    """Return the day after the last month of the record: the date on which the toolkit judges.

    >>> today().date().isoformat()
    '2026-10-01'
    """
    calendar = catalogue()["calendar"]
    return (pd.Period(calendar["first"], "M") + calendar["months"]).start_time


def stem(name: str) -> str:
    """Turn a name into an id.

    >>> stem("Alang-Alang Lebar")
    'ALANG-ALANG-LEBAR'
    """
    return re.sub(r"[^A-Z0-9]+", "-", name.upper()).strip("-")
