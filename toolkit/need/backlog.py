"""The backlog: what was received and not completed, as a count and in working days."""

from __future__ import annotations

import pandas as pd

from toolkit.common.calendar import is_month, working_days
from toolkit.intake.data import Data
from toolkit.need.history import SERIES

PACE_MONTHS = 3  # the latest months, whose pace of receiving tells how many days a backlog is


def undone(volumes: pd.DataFrame) -> pd.Series:
    """Return what was received and not completed up to each row; the rows of a series in order of period.

    Completing more than was received works off the backlog and no more: nothing is completed in advance. A row
    without ``completed`` counts as completed in full; one without ``received`` is unknown and passed over.

    >>> volumes = pd.DataFrame({"unit_id": "A", "service_id": "s", "received": [5, 5, 5], "completed": [9, 2, 4]})
    >>> undone(volumes).tolist()
    [0, 3, 4]
    """
    series = [volumes[name] for name in SERIES]
    left = volumes.received - volumes.completed.fillna(volumes.received)
    running = left.groupby(series).cumsum()
    # the lowest point so far (at most 0) is where the backlog last was empty, so it is counted from there
    empty_at = running.groupby(series).cummin().clip(upper=0.0)
    return running - empty_at


def backlog(data: Data) -> pd.DataFrame:
    """Return the backlog of each series at the end of the record.

    Returns:
        By unit_id and service_id: ``backlog`` (a count; empty: completions were not recorded) and ``backlog_days``
        (working days in which as much is received; empty where nothing was received lately).
    """
    volumes = data.volumes.sort_values("period")
    series = [volumes[name] for name in SERIES]
    left = undone(volumes).groupby(series).last()
    recorded = volumes.completed.notna().groupby(series).any()
    left = left.where(recorded)
    pace = _pace(data, volumes)
    return pd.DataFrame({"backlog": left, "backlog_days": left / pace.where(pace > 0)}).rename_axis(SERIES)


def _pace(data: Data, volumes: pd.DataFrame) -> pd.Series:
    """Received per working day of late: in the last three months, or in the last year of a yearly table.

    Unknown months are passed over; with the policy ``unlisted`` = "none" those that were not listed count as none.
    """
    periods = pd.Index(volumes.period.unique())  # in order, as the volumes are sorted by period
    monthly = len(periods) > 0 and is_month(periods[-1])
    if monthly:
        recent = periods[-PACE_MONTHS:]
        days = working_days(recent)
    else:
        recent = periods[-1:]
        days = pd.Series(data.policy.working_days, recent)
    rows = volumes[volumes.period.isin(recent)]
    by_series = rows.assign(days=rows.period.map(days).where(rows.received.notna(), 0.0)).groupby(SERIES)
    of_days = days.sum() if data.policy.unlisted == "none" else by_series.days.sum()
    return by_series.received.sum(min_count=1) / of_days
