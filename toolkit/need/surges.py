"""Surges: a recent run of months above what the past of the service explains, named and dated."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd

from toolkit.common.calendar import working_days

YEAR = 12
BEFORE = 6  # least months before a run, and how many just before it must lie below it too
SHORTEST, LASTING = 2, 6  # months: of a run, and of one that is taken to stay
FADED = 0.6  # share of its height that the last third of a run keeps when it does not fade
LEAST = 1.15  # a smaller factor is not worth naming
ALARM = 0.02  # chance of one false alarm over all series and runs together
MANY = 20  # from so many series on their median month is taken off: a calendar that all share


def season(rate: pd.DataFrame, months: pd.Index, least: int = 2) -> pd.Series:
    """Give each month its season, mean 1: the median, over units and whole years, of its share in its year.

    Flat until there are ``least`` whole years.
    """
    calendar = months.str.slice(5)
    years = [rate.iloc[:, end - YEAR : end] for end in range(rate.shape[1], YEAR - 1, -YEAR)]
    whole = [year[year.notna().all(axis=1) & (year.mean(axis=1) > 0)] for year in years]
    if len(whole) < least or not all(map(len, whole)):
        return pd.Series(1.0, months)
    shares = [year.div(year.mean(axis=1), axis=0).rename(columns=lambda month: month[5:]) for year in whole]
    typical = pd.concat(shares).median()
    if not typical.sum() > 0:
        return pd.Series(1.0, months)
    return pd.Series((typical / typical.mean()).reindex(calendar).to_numpy(), months)


def find_surges(history: pd.DataFrame) -> pd.DataFrame:
    """Give, for each series (unit and service), the surge in its last year.

    A run of 2 to 11 months up to now is a surge when it lies above all months before it and above the six just before,
    by so many standard errors that over all series and runs together the chance of a false alarm is 2 %. What the past
    explains: working days, the season of earlier years (from 24 months on), the month that all series share.

    Returns:
        By series: ``surge_since`` (its first month, empty: none), ``surge_factor``, ``surge_error`` (of the logarithm
        of the factor), ``months`` (of the run, 0: none), ``surge_kind``: permanent after six months that do not fade,
        before that temporary.
    """
    out = pd.DataFrame(index=history.index, columns=["surge_since", "surge_kind"], dtype="object")
    out[["surge_factor", "surge_error", "months"]] = [np.nan, np.nan, 0]
    longest = min(YEAR, history.shape[1] - BEFORE)
    if longest < SHORTEST or history.empty:
        return out.astype({"months": "int64"})
    best = _highest_runs(*_strangeness(history), longest).set_index(history.index)
    line = NormalDist().inv_cdf(1 - ALARM / (len(history) * (longest - SHORTEST + 1)))
    best = best[(best.height > line) & (best.run < YEAR)]  # a whole year higher than the last is no recent run
    out.loc[best.index, "months"] = best.run.astype(int)
    out.loc[best.index, "surge_since"] = history.columns.to_numpy()[-best.run.astype(int)]
    out.loc[best.index, "surge_factor"], out.loc[best.index, "surge_error"] = np.exp(best.step), best.error
    stays = (best.run >= LASTING) & (best.late >= FADED * best.step)
    out.loc[best.index, "surge_kind"] = np.where(stays, "permanent", "temporary")
    return out.astype({"months": "int64"})


def _strangeness(history: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of received over expected (series x month), and its variance for one month of each series."""
    months = history.columns
    days = working_days(months).to_numpy("float64")
    rate, earlier = history / days, months[:-YEAR] if len(months) >= 2 * YEAR else months
    usual = pd.DataFrame(1.0, history.index, months)
    if len(earlier) < len(months):
        parts = [rate.loc[rows.index, earlier] for _, rows in rate.groupby(level="service_id")]
        usual = pd.concat([pd.DataFrame([season(part, months, 1)] * len(part), part.index) for part in parts])
        usual = usual.reindex(history.index)
    shape = (usual * days).where(history.notna())
    near = earlier[-YEAR:]
    level = history[near].sum(axis=1) / shape[near].sum(axis=1).where(lambda total: total > 0)
    expected = shape.mul(level, axis=0).to_numpy("float64")
    expected = np.where(level.to_numpy()[:, None] * days.mean() >= 1, expected, np.nan)  # what had hardly been is new
    strange = np.log((history.to_numpy("float64") + 0.5) / (expected + 0.5))
    if len(strange) >= MANY:
        strange = strange - pd.DataFrame(strange).median().fillna(0.0).to_numpy()
    mean = np.maximum(np.nan_to_num(history[months[-YEAR:]].mean(axis=1).to_numpy("float64")), 0.5)
    own = pd.DataFrame(strange[:, -YEAR:]).var(axis=1).to_numpy()
    shared = np.nanmedian(own - 1 / mean) if np.isfinite(own).any() else 0.0
    return strange, np.maximum(shared, 1e-4) + 1 / mean


def _highest_runs(strange: np.ndarray, variance: np.ndarray, longest: int) -> pd.DataFrame:
    """For each series the run that stands highest: its months, step, late step, error, and height in errors."""
    best = pd.DataFrame({"run": 0, "step": 0.0, "late": 0.0, "error": 0.0, "height": -np.inf}, range(len(strange)))
    frame = pd.DataFrame(strange)
    for run in range(SHORTEST, longest + 1):
        recent, past = frame.iloc[:, -run:], frame.iloc[:, :-run]
        base = np.fmax(past.mean(axis=1), past.iloc[:, -BEFORE:].mean(axis=1)).to_numpy()
        step = recent.mean(axis=1).to_numpy() - base
        late = recent.iloc[:, -max(1, run // 3) :].mean(axis=1).to_numpy() - base
        near = past.iloc[:, past.shape[1] - (YEAR - run) :]
        within = recent.sub(recent.mean(axis=1), axis=0), near.sub(near.mean(axis=1), axis=0)
        own = sum((part**2).sum(axis=1) for part in within) / (YEAR - 2)
        run_variance = np.maximum(variance, np.asarray(own))
        error = np.sqrt(run_variance * (1 / recent.notna().sum(axis=1) + 1 / past.notna().sum(axis=1))).to_numpy()
        whole = recent.gt(base + step / 4, axis=0).all(axis=1).to_numpy() & (step > np.log(LEAST))
        whole &= (past.notna().sum(axis=1) >= BEFORE).to_numpy()
        height = np.where(whole & (error > 0), step / np.where(error > 0, error, 1.0), -np.inf)
        this = pd.DataFrame({"run": run, "step": step, "late": late, "error": error, "height": height})
        best = best.where(best.height >= height, this)
    return best
