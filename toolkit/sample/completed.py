"""Draw what was completed month by month: an office does what the hours of its people allow, the rest waits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.sample.facts import catalogue, jobs
from toolkit.sample.headcounts import KEY

PRESENCE = 106.0  # hours a month that an attendance clock counts for one person
CLAIMED_MOST = 150.0  # hours a month that e-kinerja pays for


@dataclass(frozen=True)
class Work:
    """Hours of one unit of each series for each crew that works on it; series and crew are row positions."""

    series: np.ndarray
    crew: np.ndarray
    hours: np.ndarray


def make_history(
    series: pd.DataFrame, services: pd.DataFrame, crews: pd.DataFrame, inflow: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return what was completed (series x month) and the hours it took (crew x month)."""
    efficiency = pd.Series(
        rng.lognormal(0, catalogue()["chance"]["efficiency"], series.unit_id.nunique()), series.unit_id.unique()
    )
    lines = series.assign(series=range(len(series))).merge(services.dropna(subset="minutes"), on="service_id")
    lines = lines.merge(crews[KEY].assign(crew=crews.index), on=KEY)
    hours = lines.minutes / 60 * lines.unit_id.map(efficiency)
    work = Work(lines.series.to_numpy(), lines.crew.to_numpy(), hours.to_numpy())
    patient = series.rhythm.isin(["counter", "office", "steady"]).to_numpy()
    fixed = (crews.fixed_hours * (crews.work > 0) + crews.main / 12).to_numpy()
    return _walk(work, inflow, patient, fixed, _limit(crews))


def _limit(crews: pd.DataFrame) -> np.ndarray:
    """Return the hours a month that the people of each crew can work."""
    year = catalogue()["chance"]["effective_hours"]
    return np.asarray((crews.fte + crews.others) * (year - crews.support) / 12)


def _walk(
    work: Work, inflow: np.ndarray, patient: np.ndarray, fixed: np.ndarray, limit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Complete the queue month by month; clients of a series that is not ``patient`` go elsewhere instead of waiting.

    A crew that is short of hours cuts all its services in the same proportion.
    """
    completed, spent = np.zeros_like(inflow), np.zeros((len(fixed), inflow.shape[1]))
    left = np.zeros(len(inflow))
    for month in range(inflow.shape[1]):
        queue = left + inflow[:, month]
        asked = np.bincount(work.crew, queue[work.series] * work.hours, len(fixed))
        can = np.clip((limit - fixed) / np.where(asked > 0, asked, 1.0), 0.0, 1.0)
        share = np.ones(len(queue))
        # a service done by several crews gets no further than the crew that is shortest of hours
        np.minimum.at(share, work.series, can[work.crew])
        completed[:, month] = np.floor(queue * share + 0.5)
        left = np.where(patient, queue - completed[:, month], 0.0)
        spent[:, month] = fixed + np.bincount(work.crew, completed[work.series, month] * work.hours, len(fixed))
    return completed, spent


def hide(crews: pd.DataFrame, spent: np.ndarray, rng: np.random.Generator) -> pd.DataFrame:
    """Add what no table shows: ``pad``, the share of its slack a crew records as worked; ``unseen``, others unlisted.

    Only crews that hand in a timesheet and have time to fill pad; the others of the registry are listed.
    """
    chance = catalogue()["chance"]
    full, hidden, fills = rng.uniform(size=(3, len(crews)))
    timed = crews.job_id.isin(jobs().job_id[jobs().hours == "timesheet"]) & (crews.work > 0)
    slack = spent.sum(axis=1) <= chance["slack"] * spent.shape[1] * _limit(crews)
    low, high = chance["pad"]
    pad = np.where(timed & slack & (fills < chance["padding"]), low + (high - low) * full, 0.0)
    unseen = (crews.others > 0) & (crews.unit_id != catalogue()["surge"]["unit"]) & (hidden < chance["unseen"])
    return crews.assign(pad=pad, unseen=unseen)


def make_volumes(series: pd.DataFrame, inflow: np.ndarray, completed: np.ndarray, periods: pd.Series) -> pd.DataFrame:
    """Return the table of volumes, a row for each series and month."""
    # the matrix series x month, flattened row by row
    place, month = np.indices(inflow.shape).reshape(2, -1)
    return pd.DataFrame(
        {
            "unit_id": series.unit_id.to_numpy()[place],
            "service_id": series.service_id.to_numpy()[place],
            "period": periods.to_numpy()[month],
            "received": inflow.ravel().astype(int),
            "completed": completed.ravel().astype(int),
        }
    )


def make_hours(crews: pd.DataFrame, spent: np.ndarray, periods: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Return the table of hours as offices report them: measured, attendance, or claimed (e-kinerja)."""
    about = crews.merge(jobs()[["job_id", "hours"]], on="job_id")
    people = (about.fte + about.others).to_numpy()[:, None]
    noise = rng.lognormal(0, catalogue()["chance"]["hours"], spent.shape)
    limit = _limit(crews)[:, None]
    filled = spent + crews.pad.to_numpy()[:, None] * np.maximum(limit - spent, 0.0)
    measured = np.minimum(filled * noise, np.maximum(limit, spent))
    habit = catalogue()["chance"]["claim"] * rng.lognormal(0, catalogue()["chance"]["habit"], (len(people), 1))
    claimed = np.minimum(measured * habit, people * CLAIMED_MOST)
    kind = about.hours.to_numpy()[:, None]
    values = np.select([kind == "ekinerja", kind == "attendance"], [claimed, people * PRESENCE * noise], measured)
    handed = (about.hours.notna() & (about.work > 0)).to_numpy()
    place, month = np.indices(spent[handed].shape).reshape(2, -1)
    named = about[handed].reset_index(drop=True)
    return pd.DataFrame(
        {
            "unit_id": named.unit_id.to_numpy()[place],
            "job_id": named.job_id.to_numpy()[place],
            "period": periods.to_numpy()[month],
            "hours": values[handed].ravel().round(1),
            "source": np.where(named.hours == "ekinerja", "ekinerja", "timesheet")[place],
        }
    )
