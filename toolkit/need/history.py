"""The monthly record of received volumes as a table (series x month), and the share of a year each month carries."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.calendar import working_days
from toolkit.common.types import Mask
from toolkit.intake.data import Data

SERIES = ["unit_id", "service_id"]
YEAR = 12  # months
OWN_SEASON = 3 * YEAR  # months of record, from which on a series has a season of its own ...
OWN_COUNTS = 1000  # ... and the counts on record, with which it weighs as much as that of its service


def month_names(first: pd.Period, count: int) -> pd.Index:
    """Return the names of ``count`` months from the first on.

    >>> month_names(pd.Period("2025-11", "M"), 3).tolist()
    ['2025-11', '2025-12', '2026-01']
    """
    return pd.Index(pd.period_range(first, periods=count, freq="M").astype(str))


def monthly_history(data: Data) -> pd.DataFrame:
    """Return what was received by unit and service (rows) and month (columns), at least twelve months of it.

    A month without a figure is empty: unknown, not zero. With the policy ``unlisted`` = "none" a unit that reported any
    service of a job in a month and did not list this one received 0 of it; a cell that it left empty stays unknown.
    """
    volumes = data.volumes
    cells = volumes[[*SERIES, "period", "received"]]
    if data.policy.unlisted == "none":
        unlisted = _reported_without(data).assign(received=0.0)
        # the listed cells come first, and drop_duplicates keeps the first of each cell
        cells = pd.concat([cells, unlisted]).drop_duplicates([*SERIES, "period"])
    last = pd.Period(volumes.period.max(), "M")
    first = min(pd.Period(volumes.period.min(), "M"), last - YEAR + 1)
    months = month_names(first, (last - first).n + 1)
    return cells.set_index([*SERIES, "period"]).received.unstack().reindex(columns=months)


def _reported_without(data: Data) -> pd.DataFrame:
    """Every series in each month in which its unit reported some service of the same job."""
    jobs = data.services[["service_id", "job_id"]]
    reported = data.volumes[data.volumes.received.notna()]
    reported_jobs = reported[[*SERIES, "period"]].merge(jobs)[["unit_id", "job_id", "period"]].drop_duplicates()
    possible = reported_jobs.merge(jobs)[[*SERIES, "period"]].drop_duplicates()
    # a service that the unit never listed is not its own: only series of the record count
    return possible.merge(data.volumes[SERIES].drop_duplicates())


def unknown_series(data: Data, forecast: pd.DataFrame) -> pd.DataFrame:
    """Return the series (unit_id, service_id) without a forecast, as nothing is known of their last year.

    With the policy ``unlisted`` = "none" only those whose cells were left empty.
    """
    volumes = data.volumes
    if data.policy.unlisted == "none":
        volumes = volumes[volumes.received.isna()]
    series = volumes[SERIES].drop_duplicates()
    known = pd.MultiIndex.from_frame(forecast[SERIES])
    return series[~pd.MultiIndex.from_frame(series).isin(known)].reset_index(drop=True)


def flow_series(data: Data, history: pd.DataFrame) -> Mask:
    """Return which rows of the history are flows; objects of the method ratio (classes, pupils) are a stock."""
    counts_work = data.jobs.job_id[data.jobs.method != "ratio"]
    flows = data.services.service_id[data.services.job_id.isin(counts_work)]
    return history.index.get_level_values("service_id").isin(flows)


def month_weights(data: Data, history: pd.DataFrame, coming: pd.Index) -> pd.DataFrame:
    """Return the weight of each past and coming month for each series: working days x season; 1 for a stock."""
    months = history.columns.append(coming)
    days = working_days(months).astype("float64")
    flows = history[flow_series(data, history)]
    per_day = flows / days[history.columns]
    weights = seasons(per_day, flows.sum(axis=1), months, history.shape[1]) * days
    return weights.reindex(history.index).fillna(1.0)


def seasons(rate: pd.DataFrame, counts: pd.Series, months: pd.Index, record: int, least_years: int = 2) -> pd.DataFrame:
    """Return the season of each series (series x month): that of its service over all units, and its own.

    From 36 months of record on its own weighs N / (N + 1000), with N the counts on record: units differ in season, and
    many counts tell how; few follow their service.

    Args:
        rate: received per working day, series (unit_id, service_id) x month.
        counts: received on record, by series.
        months: the months to tell the season of.
        record: months on record; ``rate`` may hold a part of them.
        least_years: as :func:`season` takes it, for the season of a service.
    """
    services = rate.index.get_level_values("service_id")
    pooled = {name: season(series, months, least_years) for name, series in rate.groupby(level="service_id")}
    of_service = pd.DataFrame(pooled, months, dtype="float64").T.reindex(services).set_axis(rate.index)
    if record < OWN_SEASON:
        return of_service
    own = _own_season(rate, months)
    weight = (counts / (counts + OWN_COUNTS)).where(own.notna().all(axis=1), 0.0)
    return own.fillna(1.0).mul(weight, axis=0) + of_service.mul(1 - weight, axis=0)


def _own_season(rate: pd.DataFrame, months: pd.Index) -> pd.DataFrame:
    """The season of each series by itself, mean 1 (series x month); missing with fewer than two whole years."""
    shares = [
        year.div(year.mean(axis=1), axis=0).rename(columns=_calendar_month).reindex(rate.index)
        for year in _whole_years(rate)
    ]
    if len(shares) < 2:
        return pd.DataFrame(np.nan, rate.index, months)
    names = sorted(shares[0].columns)
    values = np.array([year[names].to_numpy("float64") for year in shares])
    enough = (~np.isnan(values).any(axis=2)).sum(axis=0) >= 2
    typical = np.full(values.shape[1:], np.nan)
    typical[enough] = np.nanmedian(values[:, enough], axis=0)
    by_calendar_month = pd.DataFrame(typical, rate.index, names)
    by_calendar_month = by_calendar_month.div(by_calendar_month.mean(axis=1), axis=0)
    return by_calendar_month.reindex(columns=months.map(_calendar_month)).set_axis(months, axis=1)


def season(rate: pd.DataFrame, months: pd.Index, least_years: int = 2) -> pd.Series:
    """Return the season of each month, mean 1: the median share of its calendar month in a year.

    Args:
        rate: received per working day, series x month.
        months: the months to tell the season of.
        least_years: whole years that are needed; with fewer, or nothing received, the season is flat.

    >>> rate = pd.DataFrame([[1.0] * 11 + [2.0]] * 2, columns=month_names(pd.Period("2025-01", "M"), 12))
    >>> season(rate, pd.Index(["2026-01", "2026-12"]), least_years=1).round(3).tolist()
    [0.923, 1.846]
    """
    flat = pd.Series(1.0, months)
    years = _whole_years(rate)
    if len(years) < least_years or any(year.empty for year in years):
        return flat
    # shares of a year's mean, so that neither the size of an office nor the growth between years counts
    shares = [year.div(year.mean(axis=1), axis=0).rename(columns=_calendar_month) for year in years]
    typical = pd.concat(shares).median()
    if not typical.sum() > 0:
        return flat
    by_calendar_month = typical / typical.mean()
    return pd.Series(by_calendar_month.reindex(months.map(_calendar_month)).to_numpy(), months)


def _whole_years(rate: pd.DataFrame) -> list[pd.DataFrame]:
    """Twelve months each, counted back from the last, with the series that reported all of them and received any."""
    years = [rate.iloc[:, end - YEAR : end] for end in range(rate.shape[1], YEAR - 1, -YEAR)]
    return [year[year.notna().all(axis=1) & (year.mean(axis=1) > 0)] for year in years]


def _calendar_month(month: str) -> str:
    return month[5:]
