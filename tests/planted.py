"""Reporting errors, planted in the volumes of an agency: what an office may well send by a slip of the hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from toolkit.intake.data import Data


@dataclass(frozen=True)
class Planted:
    """The tables with one error, the office that made it, and the services it touches."""

    data: Data
    unit_id: str
    services: list[str]

    @property
    def families(self) -> list[str]:
        """The job families that do these services."""
        jobs = self.data.services.job_id[self.data.services.service_id.isin(self.services)]
        return self.data.jobs.family[self.data.jobs.job_id.isin(jobs)].unique().tolist()


def with_volumes(data: Data, volumes: pd.DataFrame) -> Data:
    """Return the same tables with other volumes."""
    ordered = volumes.sort_values(["unit_id", "service_id", "period"], ignore_index=True)
    return replace(data, tables={**data.tables, "volumes": ordered})


def times_thirty(data: Data, rng: np.random.Generator) -> Planted:
    """One figure x 30, both received and completed."""
    volumes = data.volumes.copy()
    row = rng.integers(len(volumes))
    volumes.loc[row, ["received", "completed"]] *= 30
    return Planted(with_volumes(data, volumes), volumes.unit_id[row], [volumes.service_id[row]])


def series_times_thirty(data: Data, rng: np.random.Generator) -> Planted:
    """All figures of one service in one office x 30, as where minutes are counted for cases."""
    volumes = data.volumes.copy()
    unit_id, service_id = volumes.loc[rng.integers(len(volumes)), ["unit_id", "service_id"]]
    rows = (volumes.unit_id == unit_id) & (volumes.service_id == service_id)
    volumes.loc[rows, ["received", "completed"]] *= 30
    return Planted(with_volumes(data, volumes), unit_id, [service_id])


def all_but_one(data: Data, rng: np.random.Generator) -> Planted:
    """Of the services of a job in an office with K one alone is reported, for the whole record or its last year."""
    named = data.posts[data.posts.official_need > 0][["unit_id", "job_id"]]
    listed = data.volumes[["unit_id", "service_id"]].drop_duplicates()
    both = listed.merge(data.services[["service_id", "job_id"]]).merge(named)
    several = both.groupby(["unit_id", "job_id"]).service_id.agg(list)
    several = several[several.str.len() > 1]
    place = rng.integers(len(several))
    unit_id, _ = several.index[place]
    kept = rng.choice(several.iloc[place])
    lost = [service for service in several.iloc[place] if service != kept]
    volumes = data.volumes
    gone = (volumes.unit_id == unit_id) & volumes.service_id.isin(lost)
    if rng.random() < 0.5:
        gone &= volumes.period >= sorted(volumes.period.unique())[-12]
    return Planted(with_volumes(data, volumes[~gone]), unit_id, lost)


def three_months_blank(data: Data, rng: np.random.Generator) -> Planted:
    """Three months in a row of the last year, of all services of an office, left empty."""
    volumes = data.volumes.copy()
    unit_id = rng.choice(volumes.unit_id.unique())
    months = sorted(volumes.period.unique())[-12:]
    first = rng.integers(10)
    blank = (volumes.unit_id == unit_id) & volumes.period.isin(months[first : first + 3])
    volumes.loc[blank, ["received", "completed"]] = np.nan
    return Planted(
        with_volumes(data, volumes), unit_id, volumes.service_id[volumes.unit_id == unit_id].unique().tolist()
    )


ERRORS = (times_thirty, all_but_one, three_months_blank, series_times_thirty)
