"""``tk.forecast_demand``: next year's received volume per unit and service."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.intake.converting import is_month
from toolkit.intake.tables import Data
from toolkit.need.workdays import working_days

SERIES = ["unit_id", "service_id"]
COLUMNS = [*SERIES, "volume", "volume_low", "volume_high", "surge_since", "surge_factor", "basis"]
YEAR = 12


@dataclass(frozen=True)
class Demand:
    """Yearly received volumes.

    ``table``: unit_id, service_id, volume, volume_low, volume_high (empty: no interval), surge_since, surge_factor
    (empty: none), basis (what the volume was carried forward from). ``monthly``: unit_id, service_id, period, volume
    of each coming month (empty for yearly tables). ``periods``: periods a year, 1 or 12.
    """

    table: pd.DataFrame
    monthly: pd.DataFrame
    periods: int

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False)


def forecast_demand(data: Data) -> Demand:
    """Give next year's volume.

    A yearly table gives its last year as it is. A monthly one gives the last twelve months x the working days of the
    coming twelve over those of the past, spread over the months by working days and season (of the service, over all
    its units; flat until there are 24 months). A unit that reported fewer months is scaled by the share of the year's
    weight that those carry. A stock (objects of the method ratio) knows neither season nor working days. A unit that
    reported nothing in the last year has no row: its demand is unknown, not zero.

    >>> import toolkit as tk
    >>> tk.forecast_demand(tk.load("tests/data/three_offices")).table.volume.tolist()
    [10000.0, 2500.0]
    """
    volumes = data.volumes
    if volumes.empty or not is_month(volumes.period.max()):
        last = volumes[volumes.period == volumes.period.max()]
        none = pd.DataFrame(columns=[*SERIES, "period", "volume"])
        return Demand(_table(last[SERIES], last.received, last.period), none, 1)
    history = _history(data)
    past = history.columns[-YEAR:]
    history = history[history[past].notna().any(axis=1)]
    coming = _months(str(pd.Period(past[-1], "M") + 1), YEAR)
    weight, growth = _weights(data, history, coming)
    recent = history[past]
    reported = weight[past].where(recent.notna()).sum(axis=1) / weight[past].sum(axis=1)
    months = recent.notna().sum(axis=1)
    reported = reported.where(reported > 0, months / YEAR)  # only months in which the service usually rests
    year = recent.sum(axis=1) / reported * growth
    monthly = weight[coming].mul(year / weight[coming].sum(axis=1), axis=0)
    basis = (months.astype(str) + " of 12 months").mask(months == YEAR, f"{past[0]} to {past[-1]}")
    series = monthly.index.to_frame(index=False)
    long = monthly.rename_axis(columns="period").stack().rename("volume").reset_index()
    return Demand(_table(series, year, basis), long, YEAR)


def _table(series: pd.DataFrame, volume: pd.Series, basis: pd.Series) -> pd.DataFrame:
    out = series.reset_index(drop=True).assign(volume=volume.to_numpy("float64"), basis=basis.to_numpy())
    out[["volume_low", "volume_high", "surge_factor"]] = np.nan
    out["surge_since"] = pd.Series(pd.NaT, index=out.index, dtype="datetime64[s]")
    return out[COLUMNS]


def _months(first: str, count: int) -> pd.Index:
    return pd.Index(pd.period_range(first, periods=count, freq="M").astype(str))


def _history(data: Data) -> pd.DataFrame:
    """Received by unit and service (rows) and month: 0 where the unit reported the job but not this, else empty."""
    volumes, jobs = data.volumes, data.services[["service_id", "job_id"]]
    reported = volumes[[*SERIES, "period"]].merge(jobs)[["unit_id", "job_id", "period"]].drop_duplicates()
    zeros = reported.merge(jobs)[[*SERIES, "period"]].drop_duplicates()
    zeros = zeros.merge(volumes[SERIES].drop_duplicates()).assign(received=0.0)
    cells = pd.concat([volumes[[*SERIES, "period", "received"]], zeros]).drop_duplicates([*SERIES, "period"])
    first, last = (pd.Period(each(volumes.period), "M") for each in (min, max))
    months = _months(str(first), (last - first).n + 1)
    return cells.set_index([*SERIES, "period"]).received.unstack().reindex(columns=months)


def _weights(data: Data, history: pd.DataFrame, coming: pd.Index) -> tuple[pd.DataFrame, pd.Series]:
    """Working days x season of each series in the past and the coming months, and the year's growth in working days."""
    months = history.columns.append(coming)
    days = working_days(months).astype("float64")
    growth = days[coming].sum() / days[history.columns[-YEAR:]].sum()
    counted = data.services.job_id.isin(data.jobs.job_id[data.jobs.method != "ratio"])
    flows = set(data.services.service_id[counted])
    names = history.index.get_level_values("service_id")
    by_service = {
        service: days * _season(series / days[history.columns], months) if service in flows else pd.Series(1.0, months)
        for service, series in history.groupby(level="service_id")
    }
    weight = pd.DataFrame(by_service).T.reindex(names).set_axis(history.index)
    return weight, pd.Series(np.where(names.isin(flows), growth, 1.0), history.index)


def _season(rate: pd.DataFrame, months: pd.Index) -> pd.Series:
    """Give each month its season, mean 1: the median, over units and whole years, of its share in its year."""
    calendar = months.str.slice(5)
    years = [rate.iloc[:, end - YEAR : end] for end in range(rate.shape[1], YEAR - 1, -YEAR)]
    whole = [year[year.notna().all(axis=1) & (year.mean(axis=1) > 0)] for year in years]
    if len(whole) < 2 or not all(map(len, whole)):
        return pd.Series(1.0, months)
    shares = [year.div(year.mean(axis=1), axis=0).rename(columns=lambda month: month[5:]) for year in whole]
    season = pd.concat(shares).median()
    if not season.sum() > 0:
        return pd.Series(1.0, months)
    return pd.Series((season / season.mean()).reindex(calendar).to_numpy(), months)
