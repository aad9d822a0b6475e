"""``tk.forecast_demand``: next year's received volume per unit and service."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.common.calendar import is_month, working_days
from toolkit.common.results import Result
from toolkit.common.types import Array
from toolkit.intake.data import Data
from toolkit.need.surges import YEAR, find_surges, season

SERIES = ["unit_id", "service_id"]
COLUMNS = [
    *SERIES, "volume", "volume_low", "volume_high", "surge_since", "surge_factor", "surge_kind", "backlog",
    "backlog_days", "basis",
]  # fmt: skip
SPAN = 3  # months: least of a back-test, and those whose pace a backlog is told in
MOST = np.log(1.25)  # growth of a year that is carried on
TAIL = 1.645  # of a normal, for 90 %
FEW, FOLDS = 6, 10  # series of other units that can tell something, and groups of units that are told by the others


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
        """Give ``count`` draws of the volumes (draw x row of ``table``)."""
        rng = np.random.default_rng([seed, 1])
        shared, own = rng.standard_normal((count, 1)), rng.standard_normal((count, len(self.table)))
        volume = self.table.volume.to_numpy("float64")
        return np.asarray(volume * np.exp(self.drift * shared + np.nan_to_num(self.log_sd) * own))


def forecast_demand(data: Data) -> Demand:
    """Give next year's volume.

    A yearly table gives its last year as it is. A monthly one gives the last twelve months again (seasonal-naive), each
    x its coming working days over the past ones, and from 36 months on x a trend, where the back-test of other units
    finds that better (``basis`` says which trend); spread over the months by working days and season (of the service,
    over all its units; flat until there are 24 months). A unit that
    reported fewer months is scaled by the share of the year's weight that those carry. A permanent surge lifts the
    months before it to its level; a temporary one widens the interval up to there. A backlog is worked off over
    ``backlog_months`` where the policy states them. A stock (objects of the method ratio) knows neither season nor
    working days. A unit that reported nothing in the last year has no row: its demand is unknown, not zero.

    The interval comes from a back-test by rolling origin: each month with twelve before it and twelve after it (in a
    short record as many as there are, at least 3) is an origin; the errors of all series together give a spread that
    grows as counts shrink.

    >>> import toolkit as tk
    >>> tk.forecast_demand(tk.load("tests/data/three_offices")).table.volume.tolist()
    [10000.0, 2500.0]
    """
    volumes = data.volumes
    if volumes.empty or not is_month(volumes.period.max()):
        last = volumes[volumes.period == volumes.period.max()]
        last = last.assign(volume=last.received, basis=last.period).set_index(SERIES)
        none = pd.DataFrame(columns=[*SERIES, "period", "volume"])
        return Demand(_table(data, last), none, 1, np.full(len(last), np.nan), 0.0, data)
    history = _history(data)
    past = history.columns[-YEAR:]
    history = history[history[past].notna().any(axis=1)]
    coming = _months(str(pd.Period(past[-1], "M") + 1), YEAR)
    flows = _flows(data, history)
    out = find_surges(history[flows]).reindex(history.index)
    lift = out.surge_factor.fillna(1.0).to_numpy()[:, None]
    surged = np.arange(-len(history.columns), 0) >= -out.months.fillna(0).to_numpy()[:, None]
    weight = _weights(data, history / np.where(surged, lift, 1.0), coming)
    errors, better, growth = _chosen(history, history.mask(surged), flows)
    days = working_days(coming).to_numpy() / working_days(past).to_numpy()
    recent = history[past]
    lasting = recent * np.where(surged[:, -YEAR:], 1.0, lift)
    months = recent.notna().sum(axis=1)
    share = np.where(better[:, None], weight[coming], weight[past])
    reported = pd.Series((share * recent.notna()).sum(axis=1) / share.sum(axis=1), history.index)
    reported = reported.where(reported > 0, months / YEAR)  # only months in which the service usually rests
    stays = out.surge_kind == "permanent"
    level = (lasting.where(stays, recent) * np.where(better[:, None], days, 1.0)).sum(axis=1) / reported
    out["volume"] = level * np.exp(growth)
    out["basis"] = (months.astype(str) + " of 12 months").mask(months == YEAR, f"{past[0]} to {past[-1]}")
    told = pd.Series(np.exp(growth), history.index).map(" x trend {:.3f}".format)
    out["basis"] += told.where(growth != 0, "")
    drift, log_sd = _log_sd(errors, recent.sum(axis=1).to_numpy())
    unsure = np.log(lasting.sum(axis=1) / recent.sum(axis=1).where(lambda total: total > 0)) / TAIL
    log_sd = np.hypot(log_sd, out.surge_error.where(stays, 0.0).to_numpy())
    log_sd = np.maximum(log_sd, unsure.where(out.surge_kind == "temporary", 0.0).fillna(0.0).to_numpy())
    table = _table(data, out, np.hypot(log_sd, drift))
    year = pd.Series(table.volume.to_numpy(), out.index)
    monthly = weight[coming].mul(year / weight[coming].sum(axis=1), axis=0)
    long = monthly.rename_axis(columns="period").stack().rename("volume").reset_index()
    return Demand(table, long, YEAR, log_sd, drift, data)


def _table(data: Data, about: pd.DataFrame, log_sd: Array | float = np.nan) -> pd.DataFrame:
    out = about.rename_axis(SERIES).join(_backlog(data)).reindex(columns=COLUMNS[2:])
    months = data.policy.backlog_months
    if months is not None:
        out["volume"] += out.backlog.fillna(0.0) * min(1.0, YEAR / months)
    out["volume_low"], out["volume_high"] = (out.volume * np.exp(side * log_sd) for side in (-TAIL, TAIL))
    out["surge_since"] = pd.to_datetime(out.surge_since).astype("datetime64[s]")
    numbers = [name for name in COLUMNS[2:-1] if not name.endswith(("since", "kind"))]
    return out.astype(dict.fromkeys(numbers, "float64")).rename_axis(SERIES).reset_index()[COLUMNS]


def undone(volumes: pd.DataFrame) -> pd.Series:
    """Give what was received and not completed up to each row, the rows of a unit and service in order of period."""
    by = [volumes[name] for name in SERIES]
    net = (volumes.received - volumes.completed.fillna(volumes.received)).groupby(by).cumsum()
    return net - net.groupby(by).cummin().clip(upper=0.0)


def _backlog(data: Data) -> pd.DataFrame:
    """What was received and not completed at the end of the record, as a count and in working days."""
    volumes = data.volumes.sort_values("period")
    by = [volumes[name] for name in SERIES]
    left = undone(volumes).groupby(by).last()
    left = left.where(volumes.completed.notna().groupby(by).any())
    periods = pd.Index(volumes.period.unique())
    monthly = bool(len(periods)) and is_month(periods[-1])
    recent = periods[-SPAN:] if monthly else periods[-1:]
    days = working_days(recent).sum() if monthly else data.policy.working_days
    pace = volumes[volumes.period.isin(recent)].groupby(SERIES).received.sum() / days
    return pd.DataFrame({"backlog": left, "backlog_days": left / pace.where(pace > 0)}).rename_axis(SERIES)


def _back_test(history: pd.DataFrame) -> tuple[Array, Array]:
    """Errors (series x origin) of carrying months forward a year: as they are, and by working days.

    An error is the logarithm of what was received over what was forecast, over the months both of which are known.
    """
    months, span = history.columns, min(YEAR, history.shape[1] - YEAR)
    if span < SPAN:
        return np.zeros((len(history), 0)), np.zeros((len(history), 0))
    days = working_days(months)
    values, tests = history.to_numpy("float64"), []
    for origin in range(YEAR, len(months) - span + 1):
        now = values[:, origin : origin + span]
        then = np.where(np.isnan(now), np.nan, values[:, origin - YEAR : origin - YEAR + span])
        now = np.where(np.isnan(then), np.nan, now)
        ratio = (days.shift(-YEAR) / days).to_numpy()[origin - YEAR : origin - YEAR + span]
        sums = [np.nansum(part, axis=1) for part in (now, then, then * ratio)]
        told = (sums[0] > 0) & (sums[1] > 0)
        tests.append([np.log(np.where(told, sums[0], np.nan) / np.where(told, by, 1.0)) for by in sums[1:]])
    naive, ours = np.array(tests).transpose(1, 2, 0)
    return naive, ours


def _chosen(history: pd.DataFrame, calm: pd.DataFrame, flows: Array) -> tuple[Array, Array, Array]:
    """Errors (series x origin) of what forecasts best, whether working days do, and the growth (logarithm, 0: none).

    Each unit is told by the others, in ten groups, so that no figure of its own tells it anything. The growth is that
    of twelve months over the twelve before, without surged months and less what working days tell already; 1 / years
    of it is held back. It takes a third year to test the growth of two, and the growth must have stood in the year
    before and in the last quarter too: the smallest of the three counts, none where one points the other way, and a
    quarter a year at most, for what grows faster has begun or ended something.
    """
    naive, by_days = _back_test(history)
    (grown, calendar), (late, of_late) = _grown(calm, YEAR), _grown(calm, YEAR // 4)
    held = 1 - YEAR / calm.shape[1]
    errors, days, growth = naive.copy(), np.zeros(len(calm), bool), np.zeros(len(calm))
    group = pd.factorize(calm.index.get_level_values("unit_id"), sort=True)[0] % FOLDS
    for at in np.unique(group):
        mine, others = (group == at) & flows, (group != at) & flows
        better = _better(naive, by_days, grown.index, others)
        found = np.where(better[:, None], by_days, naive)
        damped, last = (
            held * (_told(each, others).to_numpy() - better[:, None] * by_calendar)
            for each, by_calendar in ((grown, calendar), (late, of_late))
        )
        tested = found.copy()
        tested[:, YEAR:] -= damped[:, :-YEAR]
        tested[:, :YEAR] = np.nan
        steady = _smallest([damped[:, -1], damped[:, -1 - YEAR], last[:, -1]]) if damped.shape[1] > YEAR else growth
        grows = _better(found, tested, grown.index, others) & (steady != 0)
        errors[mine] = np.where(grows[:, None], tested, found)[mine]
        days[mine], growth[mine] = better[mine], np.where(grows, steady, 0.0)[mine]
    return errors, days, growth


def _grown(calm: pd.DataFrame, span: int) -> tuple[pd.DataFrame, Array]:
    """Growth (logarithm) over a year of the months up to each from the 24th on, and of their working days."""
    now, then, days = calm.T, calm.T.shift(YEAR), working_days(calm.columns).rolling(span).sum()
    both = now.notna() & then.notna()
    now, then = (each.where(both).rolling(span, min_periods=span // 2).sum() for each in (now, then))
    grown = np.log(now.where(now >= 1) / then.where(then >= 1)).iloc[2 * YEAR - 1 :].T
    return grown, np.log(days / days.shift(YEAR)).iloc[2 * YEAR - 1 :].to_numpy()


def _smallest(growths: list[Array]) -> Array:
    """Give the smallest of several growths, ``MOST`` at most, where all point one way; else 0."""
    all_ = np.clip(growths, -MOST, MOST)
    return np.where((np.sign(all_) == np.sign(all_[0])).all(axis=0), np.sign(all_[0]) * np.abs(all_).min(axis=0), 0.0)


def _better(plain: Array, ours: Array, index: pd.Index, others: Array) -> Array:
    """Tell the series whose errors are smaller, as others tell; where these are too few, as their own do."""
    gain = pd.DataFrame(np.abs(plain) - np.abs(ours), index).mean(axis=1).to_frame()
    return np.asarray(_told(gain, others).fillna(gain)[0] > 1e-9)


def _told(values: pd.DataFrame, others: Array) -> pd.DataFrame:
    """Tell each series the median of others, of its service, drawn to that of all by FEW more; empty below FEW."""
    service, known = values.index.get_level_values("service_id"), values[others]
    each, of_all = known.groupby(level="service_id"), known.median().where(known.count() >= FEW)
    count = each.count().reindex(service).fillna(0.0)
    return ((count * each.median().reindex(service).fillna(of_all) + FEW * of_all) / (count + FEW)).set_axis(
        values.index
    )


def _log_sd(errors: Array, count: Array) -> tuple[float, Array]:
    """The drift that all series share, and the sd of the logarithm of each: a common part and that of its counts."""
    if not np.isfinite(errors).any():
        return 0.0, np.full(len(count), np.nan)
    counted = 2 / np.maximum(count, 1.0)
    drift = float(np.nanmedian(errors))
    common = float(np.nanmedian((errors - drift) ** 2 - counted[:, None])) / 0.455  # the median of a squared normal
    sd = np.sqrt(max(common, 0.0) + counted)
    told = np.nanquantile(np.abs(errors - drift) / sd[:, None], 0.9) / TAIL
    return drift, sd * max(1.0, float(told))


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
    months = _months(str(min(first, last - YEAR + 1)), max((last - first).n + 1, YEAR))
    return cells.set_index([*SERIES, "period"]).received.unstack().reindex(columns=months)


def _weights(data: Data, history: pd.DataFrame, coming: pd.Index) -> pd.DataFrame:
    """Working days x season of each series in the past and the coming months; 1 for a stock."""
    months = history.columns.append(coming)
    days = working_days(months).astype("float64")
    by_service = {
        service: days * season(series / days[history.columns], months)
        for service, series in history[_flows(data, history)].groupby(level="service_id")
    }
    weight = pd.DataFrame(by_service, months).T.reindex(history.index.get_level_values("service_id"))
    return weight.set_axis(history.index).fillna(1.0)


def _flows(data: Data, history: pd.DataFrame) -> Array:
    """Tell the series that are no stock."""
    counted = data.services.job_id.isin(data.jobs.job_id[data.jobs.method != "ratio"])
    return history.index.get_level_values("service_id").isin(data.services.service_id[counted])
