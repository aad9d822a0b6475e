"""The rows of one job that a fit uses: hours, completed volumes, heads and work left undone of each unit and period."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from toolkit.common.calendar import is_month
from toolkit.common.types import Array, Index, Mask
from toolkit.intake.data import Data
from toolkit.need.backlog import undone
from toolkit.need.people import heads_by_unit
from toolkit.need.regression import TimeNormRegressor
from toolkit.need.tasks import task_hours, tasked, yearly

UNDONE = 0.1  # share of what a period received, from which on work counts as left undone


@dataclass(frozen=True)
class Sample:
    """The rows of one job that a fit uses: a unit and period each, sorted by unit and then by period."""

    job_id: str
    services: list[str]
    X: Array  # completed volumes, one column a service
    y: Array  # hours, without those of main tasks
    unit: np.ndarray
    heads: Array  # active ASN and others, full-time equivalents
    claimed: bool  # e-kinerja: hours claimed, not measured
    official: Array  # official hours for one of each service, NaN where there is no official norm
    constant: bool  # whether there is fixed work; main tasks, whose hours are taken off y, replace it
    recorded: Array  # hours as they were handed in
    waiting: Mask  # whether work that came in was left undone
    left_out: int = 0  # unit-periods with hours that are not used, as a service of theirs is unknown there
    without_volume: int = 0  # unit-periods with hours that are not used, as nothing was done there: a report is missing

    @property
    def office(self) -> Index:
        """The unit of each row as 0, 1, ... in the order of their names, with none left out."""
        return np.unique(self.unit, return_inverse=True)[1]

    @property
    def offices(self) -> int:
        """How many units there are."""
        return len(np.unique(self.unit))

    def only(self, rows: Mask) -> Sample:
        """Return the sample with some of its rows; offices are numbered again."""
        taken = {name: getattr(self, name)[rows] for name in ("X", "y", "unit", "heads", "recorded", "waiting")}
        return replace(self, **taken)

    def model(self, alpha: float) -> TimeNormRegressor:
        """Return an estimator for this job, not yet fitted."""
        official = self.official if np.isfinite(self.official).any() else None
        return TimeNormRegressor(alpha, official, constant=self.constant)


def sample_of(data: Data, job_id: str, services: list[str], official: Array) -> Sample:
    """Return the rows a fit of one job can use: unit-periods with hours and a report of some service of the job.

    A service that a unit never reports counts as not done: volume 0. One that it reports in other periods is unknown
    where it is not listed or left empty, and such a row is left out; with the policy ``unlisted`` = "none" only an
    empty cell is unknown, and a service that is not listed was not done. Hours for which nothing at all was done
    are a missing report and no idle office: they would all go into the fixed work, and are left out.

    Args:
        data: from ``tk.load``.
        job_id: the job.
        services: its services, in the order that the columns of ``X`` get.
        official: official hours for one of each service, NaN where there is none.
    """
    volumes = data.volumes[data.volumes.service_id.isin(services)]
    places = [volumes.unit_id, volumes.period]
    done = _completed(volumes, unlisted=data.policy.unlisted)
    reported = done.dropna()
    worked = data.hours[data.hours.job_id == job_id].set_index(["unit_id", "period"])
    rows = reported.index.intersection(worked.index).sort_values()
    left_out = len(done.index.intersection(worked.index)) - len(rows)
    silent = (worked.hours.loc[rows] > 0).to_numpy() & ~(reported.loc[rows] > 0).any(axis=1).to_numpy()
    rows = rows[~silent]
    worked = worked.loc[rows]
    unit = rows.get_level_values("unit_id")
    hours = worked.hours.to_numpy("float64")
    left = undone(volumes) > UNDONE * volumes.received
    return Sample(
        job_id=job_id,
        services=services,
        X=reported.reindex(index=rows, columns=services, fill_value=0.0).to_numpy("float64"),
        y=np.maximum(hours - _main_task_hours(data, job_id, unit), 0.0),
        unit=unit.to_numpy(),
        heads=heads_by_unit(data, job_id).reindex(unit, fill_value=0.0).to_numpy("float64"),
        claimed=bool((worked.source == "ekinerja").any()),
        official=official,
        constant=job_id not in tasked(data),
        recorded=hours,
        waiting=left.groupby(places).any().reindex(rows).to_numpy(bool),
        left_out=left_out,
        without_volume=int(silent.sum()),
    )


def _completed(volumes: pd.DataFrame, unlisted: str) -> pd.DataFrame:
    """What each unit completed in each period (rows) of each service (columns), missing where that is unknown."""
    completed = volumes.completed.fillna(volumes.received)
    cells = completed.groupby([volumes.unit_id, volumes.period, volumes.service_id]).sum(min_count=1)
    listed = pd.Series(True, cells.index).unstack(fill_value=False)
    if unlisted == "none":
        return cells.unstack().where(listed, 0.0)
    own = listed.groupby(level="unit_id").transform("any")
    return cells.unstack().where(own, 0.0)


def _main_task_hours(data: Data, job_id: str, unit: pd.Index) -> Array:
    """Hours a period of main tasks of the unit of each row: known work, taken off before volumes explain the rest."""
    places = pd.DataFrame({"unit_id": unit.unique(), "job_id": job_id})
    main = data.tasks[data.tasks.component == "main"]
    a_year = task_hours(main, yearly(data), data, places).fillna(0.0)
    monthly = len(unit) > 0 and is_month(data.volumes.period.max())
    periods = 12 if monthly else 1
    return a_year.set_axis(places.unit_id).reindex(unit).to_numpy("float64") / periods
