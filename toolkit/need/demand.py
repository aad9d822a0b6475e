"""``tk.forecast_demand``: next year's received volume per unit and service, with interval, surge and backlog."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from toolkit.common.arguments import at_least, expect
from toolkit.common.calendar import is_month, working_days
from toolkit.common.results import Result
from toolkit.common.types import Array, Mask
from toolkit.intake.data import Data
from toolkit.need.backlog import backlog
from toolkit.need.history import SERIES, YEAR, flow_series, month_names, month_weights, monthly_history
from toolkit.need.surges import find_surges
from toolkit.need.trend import best_methods

DTYPES = {
    "unit_id": "str",
    "service_id": "str",
    "volume": "float64",
    "volume_low": "float64",
    "volume_high": "float64",
    "surge_since": "datetime64[s]",
    "surge_factor": "float64",
    "surge_kind": "str",
    "backlog": "float64",
    "backlog_days": "float64",
    "basis": "str",
}
MONTHLY_DTYPES = {"unit_id": "str", "service_id": "str", "period": "str", "volume": "float64"}
COVERED = 0.9  # share of outcomes that an interval holds
TAIL = float(norm.isf((1 - COVERED) / 2))  # standard deviations from the middle to either end of such an interval
MEDIAN_OF_SQUARE = float(chi2(1).median())  # of a standard normal: turns the median of squares into a variance


@dataclass(frozen=True, eq=False, repr=False)
class Demand(Result):
    """Yearly received volumes.

    ``table``: unit_id, service_id, volume, volume_low, volume_high (90 %, empty: nothing to test the past on),
    surge_since (first day), surge_factor, surge_kind (permanent, temporary; empty: no surge), backlog (received and
    not completed; empty: completions were not recorded), backlog_days (working days it takes to receive as much),
    basis (what the volume was carried forward from, x what trend). ``monthly``: unit_id, service_id, period, volume of
    each coming month (empty for yearly tables). ``periods``: periods a year, 1 or 12. ``log_sd``: sd of the logarithm
    of each volume, by row; ``drift``: that part of it which all rows share. ``data``: what they were forecast from.
    """

    table: pd.DataFrame
    monthly: pd.DataFrame
    periods: int
    log_sd: Array
    drift: float
    data: Data

    def draw(self, count: int, seed: int) -> Array:
        """Return ``count`` draws of the volumes (draw x row of ``table``), the same for the same seed.

        Volumes without an interval are the same in all draws.

        Raises:
            ArgumentError: ``count`` is no whole number of 0 or more.

        >>> import toolkit as tk
        >>> tk.forecast_demand(tk.load("tests/data/three_offices")).draw(1, seed=0).tolist()
        [[10000.0, 2500.0]]
        """
        at_least("draw", "count", count, 0, whole=True)
        rng = np.random.default_rng([seed, 1])  # a stream of its own: norms are drawn from the same seed
        shared = rng.standard_normal((count, 1))
        own = rng.standard_normal((count, len(self.table)))
        volume = self.table.volume.to_numpy("float64")
        return np.asarray(volume * np.exp(self.drift * shared + np.nan_to_num(self.log_sd) * own))


def forecast_demand(data: Data) -> Demand:
    """Return next year's volume of each unit and service.

    A yearly table gives its last year as it is. A monthly one gives the last twelve months again (seasonal-naive), each
    x its coming working days over the past ones, and from 36 months on x a trend, where the back-test of other units
    finds that better (``basis`` says which trend); spread over the months by working days and season (of the service,
    over all its units; flat until there are 24 months). A unit that
    reported fewer months is scaled by the share of the year's weight that those carry. A permanent surge lifts the
    months before it to its level; a temporary one widens the interval up to there. A backlog is worked off over
    ``backlog_months`` where the policy states them. A stock (objects of the method ratio) knows neither season nor
    working days. A series of which nothing is known in the last year has no row: its demand is unknown, not zero.

    The interval comes from a back-test by rolling origin: each month with twelve before it and twelve after it (in a
    short record as many as there are, at least 3) is an origin; the errors of all series together give a standard
    deviation that grows as counts shrink.

    Args:
        data: from ``tk.load``.

    Raises:
        ArgumentError: ``data`` is not from ``tk.load``.

    >>> import toolkit as tk
    >>> tk.forecast_demand(tk.load("tests/data/three_offices")).table.volume.tolist()
    [10000.0, 2500.0]
    """
    expect("forecast_demand", data, Data, "tk.load")
    monthly = not data.volumes.empty and is_month(data.volumes.period.max())
    return _from_months(data) if monthly else _from_years(data)


def _from_years(data: Data) -> Demand:
    """The last year as it is, without interval; also the empty answer where there are no volumes."""
    volumes = data.volumes
    last = volumes[(volumes.period == volumes.period.max()) & volumes.received.notna()]
    forecast = last.assign(volume=last.received, basis=last.period).set_index(SERIES)
    no_months = pd.DataFrame(columns=list(MONTHLY_DTYPES)).astype(MONTHLY_DTYPES)
    unknown = np.full(len(last), np.nan)
    return Demand(_table(data, forecast, unknown), no_months, 1, unknown, 0.0, data)


def _from_months(data: Data) -> Demand:
    """The last twelve months again, by working days and trend where these forecast better."""
    history = monthly_history(data)
    past = history.columns[-YEAR:]
    history = history[history[past].notna().any(axis=1)]
    coming = month_names(pd.Period(past[-1], "M") + 1, YEAR)
    flows = flow_series(data, history)
    surges = find_surges(history[flows]).reindex(history.index)
    surged = surged_months(history, surges)
    factor = surges.surge_factor.fillna(1.0).to_numpy()[:, None]
    # the season is that of the level before the surge, else the surged months would count as the high season
    weights = month_weights(data, history / np.where(surged, factor, 1.0), coming)
    method = best_methods(history, history.mask(surged), flows)
    recent = history[past]
    at_new_level = recent * np.where(surged[:, -YEAR:], 1.0, factor)
    permanent = surges.surge_kind == "permanent"

    days_ratio = working_days(coming).to_numpy() / working_days(past).to_numpy()
    month_factor = np.where(method.by_days[:, None], days_ratio, 1.0)
    weight_of_month = np.where(method.by_days[:, None], weights[coming], weights[past])
    received = (at_new_level.where(permanent, recent) * month_factor).sum(axis=1)
    volume = received / reported_share(recent, weight_of_month) * np.exp(method.growth)

    drift, log_sd = error_sd(method.errors, recent.sum(axis=1).to_numpy())
    log_sd = _with_surge_doubt(log_sd, surges, recent, at_new_level)
    forecast = surges.assign(volume=volume, basis=_basis(recent, method.growth))
    table = _table(data, forecast, np.hypot(log_sd, drift))
    monthly = _by_month(pd.Series(table.volume.to_numpy(), history.index), weights[coming])
    return Demand(table, monthly, YEAR, log_sd, drift, data)


def surged_months(history: pd.DataFrame, surges: pd.DataFrame) -> Mask:
    """Return which months of each series (series x month) lie in its surge: the last ``months`` of the record."""
    months_from_end = np.arange(-history.shape[1], 0)  # -1 is the last month
    run = surges.months.fillna(0).to_numpy()
    return np.asarray(months_from_end >= -run[:, None])


def reported_share(recent: pd.DataFrame, weight: Array) -> pd.Series:
    """Return which share of the weight of a year the reported months of each series carry.

    Where a service usually rests in all the months that were reported, their weight is 0 and says nothing about the
    year; then the months are counted.
    """
    reported = recent.notna()
    share = pd.Series((weight * reported).sum(axis=1) / weight.sum(axis=1), recent.index)
    return share.where(share > 0, reported.sum(axis=1) / YEAR)


def _basis(recent: pd.DataFrame, growth: Array) -> pd.Series:
    """What each volume was carried forward from, x what trend."""
    months = recent.notna().sum(axis=1)
    whole_year = f"{recent.columns[0]} to {recent.columns[-1]}"
    basis = (months.astype(str) + " of 12 months").mask(months == YEAR, whole_year)
    trend = pd.Series(np.exp(growth), recent.index).map(" x trend {:.3f}".format)
    return basis + trend.where(growth != 0, "")


def error_sd(errors: Array, count: Array) -> tuple[float, Array]:
    """Return the drift that all series share, and the sd of the logarithm of each volume, from back-test errors.

    The variance of a series is a part common to all and 2 / count: a count of n has a relative variance of about
    1 / n, and an error holds two counts, of this year and the last. The sd is then widened until nine of ten errors
    lie inside the interval; it is never narrowed.

    Args:
        errors: series x origin, logarithms; empty ones are passed over.
        count: received in the last year, by series.

    >>> error_sd(np.zeros((2, 0)), np.array([100.0, 400.0]))
    (0.0, array([nan, nan]))
    """
    if not np.isfinite(errors).any():
        return 0.0, np.full(len(count), np.nan)
    of_counts = 2 / np.maximum(count, 1.0)
    drift = float(np.nanmedian(errors))
    # medians, as one office that stopped reporting would blow up a mean of squares
    common = float(np.nanmedian((errors - drift) ** 2 - of_counts[:, None])) / MEDIAN_OF_SQUARE
    sd = np.sqrt(max(common, 0.0) + of_counts)
    reached = np.nanquantile(np.abs(errors - drift) / sd[:, None], COVERED)
    return drift, sd * max(1.0, float(reached / TAIL))


def _with_surge_doubt(log_sd: Array, surges: pd.DataFrame, recent: pd.DataFrame, at_new_level: pd.DataFrame) -> Array:
    """The sd, wider by the error of a permanent surge's factor; up to the surged level where it is temporary."""
    factor_error = surges.surge_error.where(surges.surge_kind == "permanent", 0.0)
    log_sd = np.hypot(log_sd, factor_error.to_numpy())
    total = recent.sum(axis=1)
    to_new_level = np.log(at_new_level.sum(axis=1) / total.where(total > 0))
    reach = (to_new_level / TAIL).where(surges.surge_kind == "temporary", 0.0).fillna(0.0)
    return np.asarray(np.maximum(log_sd, reach.to_numpy()))


def _table(data: Data, forecast: pd.DataFrame, log_sd: Array) -> pd.DataFrame:
    """The table of the result: the forecast with its backlog and interval, in stable columns and types."""
    table = forecast.rename_axis(SERIES).join(backlog(data)).reindex(columns=list(DTYPES)[2:])
    months = data.policy.backlog_months
    if months is not None:
        in_this_year = min(1.0, YEAR / months)  # a backlog worked off over two years asks for half of itself in one
        table["volume"] += table.backlog.fillna(0.0) * in_this_year
    table["volume_low"] = table.volume * np.exp(-TAIL * log_sd)
    table["volume_high"] = table.volume * np.exp(TAIL * log_sd)
    table["surge_since"] = pd.to_datetime(table.surge_since)
    return table.reset_index().astype(DTYPES)[list(DTYPES)]


def _by_month(volume: pd.Series, weights: pd.DataFrame) -> pd.DataFrame:
    """The volume of a year shared out over its months by weight, a row each."""
    monthly = weights.mul(volume / weights.sum(axis=1), axis=0)
    long = monthly.rename_axis(index=SERIES, columns="period").stack().rename("volume")
    return long.reset_index().astype(MONTHLY_DTYPES)
