"""Surges: a recent run of months above what the past of the service explains, named and dated."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from toolkit.common.calendar import working_days
from toolkit.common.types import Array, Mask
from toolkit.need.history import YEAR, seasons

BEFORE = 6  # least months before a run, and how many just before it must lie below it too
SHORTEST = 2  # months of a run: one high month is chance, or a backlog booked at once
LASTING = 6  # months from which a run is taken to stay
FADED = 0.6  # share of its height that the last third of a run keeps when it does not fade
LEAST_FACTOR = 1.15  # a smaller factor is not worth naming
PART_OF_STEP = 0.25  # share of the run's height that each of its months must reach: a run has no gap
ALARM = 0.02  # chance of one false alarm over all series and runs together
MANY_SERIES = 20  # from so many series on their median month is taken off: a calendar that all share
LEAST_VOLUME = 1.0  # a month in the past; what had hardly been there before is new and no surge
LEAST_MEAN = 0.5  # a month; keeps the variance of a count that is nearly always 0 finite
LEAST_VARIANCE = 1e-4  # beyond that of counts: records that repeat themselves are no proof of a calm office
HALF = 0.5  # added to both counts before the logarithm (as Anscombe 1956 for logits), so that 0 has one


def find_surges(history: pd.DataFrame) -> pd.DataFrame:
    """Return, for each series (unit and service), the surge in its last year.

    A run of 2 to 11 months up to now is a surge when it lies above all months before it and above the six just before,
    by so many standard errors that over all series and runs together the chance of a false alarm is 2 %. What the past
    explains: working days, the season of earlier years (from 24 months on), the month that all series share.

    Args:
        history: received, series (unit_id, service_id) x month.

    Returns:
        By series: ``surge_since`` (its first month, empty: none), ``surge_factor``, ``surge_error`` (of the logarithm
        of the factor), ``months`` (of the run, 0: none), ``surge_kind``: permanent after six months that do not fade,
        before that temporary.
    """
    longest = min(YEAR, history.shape[1] - BEFORE)
    if longest < SHORTEST or history.empty:
        return _none(history.index)
    excess, variance = log_excess(history)
    best = highest_runs(excess, variance, longest).set_index(history.index)
    # Bonferroni: the chance of a false alarm is shared out evenly over all that is looked at
    looks = len(history) * (longest - SHORTEST + 1)
    least_height = norm.isf(ALARM / looks)
    # a run of twelve months is looked at too, for a whole year above the last is a level and no recent run
    found = best[(best.height > least_height) & (best.run < YEAR)]
    run = found.run.astype(int)
    stays = (run >= LASTING) & (found.late >= FADED * found.step)
    out = _none(history.index)
    out.loc[found.index, "surge_since"] = history.columns.to_numpy()[-run]
    out.loc[found.index, "surge_factor"] = np.exp(found.step)
    out.loc[found.index, "surge_error"] = found.error
    out.loc[found.index, "months"] = run
    out.loc[found.index, "surge_kind"] = np.where(stays, "permanent", "temporary")
    return out


def _none(index: pd.Index) -> pd.DataFrame:
    """No surge in any series, in the types that a full answer has."""
    text = pd.Series(np.nan, index, dtype="str")
    number = pd.Series(np.nan, index, dtype="float64")
    none = pd.Series(0, index, dtype="int64")
    columns = {
        "surge_since": text,
        "surge_kind": text,
        "surge_factor": number,
        "surge_error": number,
        "months": none,
    }
    return pd.DataFrame(columns)


def log_excess(history: pd.DataFrame) -> tuple[Array, Array]:
    """Return the logarithm of received over expected (series x month), and its variance for one month of each series.

    From 20 series on the median of each month is taken off: what all share (a holiday that the calendar does not know,
    a month of closed counters) is nobody's surge.
    """
    expected = _expected(history)
    excess = np.log((history.to_numpy("float64") + HALF) / (expected + HALF))
    if len(excess) >= MANY_SERIES:
        shared = pd.DataFrame(excess).median()
        excess = excess - shared.to_numpy()
    return excess, _month_variance(history, excess)


def _expected(history: pd.DataFrame) -> Array:
    """What the past of each series leads one to expect in each month; empty where it had hardly been there."""
    months = history.columns
    # with a year to spare the past ends before the last year, so that a surge does not explain itself
    earlier = months[:-YEAR] if len(months) >= 2 * YEAR else months
    days = working_days(months).to_numpy("float64")
    shape = _usual_season(history / days, history, earlier) * days
    shape = shape.where(history.notna())
    year = earlier[-YEAR:]
    total_shape = shape[year].sum(axis=1)
    level = history[year].sum(axis=1) / total_shape.where(total_shape > 0)
    expected = shape.mul(level, axis=0).to_numpy("float64")
    in_a_month = level.to_numpy() * days.mean()
    return np.where(in_a_month[:, None] >= LEAST_VOLUME, expected, np.nan)


def _usual_season(rate: pd.DataFrame, history: pd.DataFrame, earlier: pd.Index) -> pd.DataFrame:
    """The season of each series in the months before the last year; 1 where there are none."""
    if len(earlier) == len(rate.columns):
        return pd.DataFrame(1.0, rate.index, rate.columns)
    counts = history[earlier].sum(axis=1)
    return seasons(rate[earlier], counts, rate.columns, len(rate.columns), least_years=1)


def _month_variance(history: pd.DataFrame, excess: Array) -> Array:
    """Variance of one month of each series: a part that all share, and that of its counts (1 / mean, as of Poisson)."""
    last_year = history[history.columns[-YEAR:]]
    mean = np.maximum(np.nan_to_num(last_year.mean(axis=1).to_numpy("float64")), LEAST_MEAN)
    own = pd.DataFrame(excess[:, -YEAR:]).var(axis=1).to_numpy()
    shared = np.nanmedian(own - 1 / mean) if np.isfinite(own).any() else 0.0
    return np.maximum(shared, LEAST_VARIANCE) + 1 / mean


def highest_runs(excess: Array, variance: Array, longest: int) -> pd.DataFrame:
    """Return for each series the run up to now that stands highest, in standard errors; the shortest of equal ones.

    Returns:
        By row: ``run`` (months), ``step`` (its mean above the past, a logarithm), ``late`` (that of its last third),
        ``error`` (of the step), ``height`` (step / error; -inf where no run qualifies).
    """
    best = pd.DataFrame({"run": 0, "step": 0.0, "late": 0.0, "error": 0.0, "height": -np.inf}, range(len(excess)))
    months = pd.DataFrame(excess)
    for run in range(SHORTEST, longest + 1):
        measured = _measured_run(months, variance, run)
        best = best.where(best.height >= measured.height, measured)
    return best


def _measured_run(months: pd.DataFrame, variance: Array, run: int) -> pd.DataFrame:
    """The last ``run`` months of each series against those before them; see :func:`highest_runs`."""
    recent = months.iloc[:, -run:]
    past = months.iloc[:, :-run]
    # the higher of the whole past and the six months before: a slow rise is no surge. fmax passes over what is missing
    base = np.fmax(past.mean(axis=1), past.iloc[:, -BEFORE:].mean(axis=1)).to_numpy()
    step = recent.mean(axis=1).to_numpy() - base
    late = recent.iloc[:, -max(1, run // 3) :].mean(axis=1).to_numpy() - base
    one_month = np.maximum(variance, _variance_around(recent, past))
    error = np.sqrt(one_month * (1 / recent.notna().sum(axis=1) + 1 / past.notna().sum(axis=1))).to_numpy()
    qualifies = _without_gap(recent, base, step) & (past.notna().sum(axis=1) >= BEFORE).to_numpy() & (error > 0)
    # the 1.0 keeps the division free of warnings where the -inf decides anyway
    height = np.where(qualifies, step / np.where(error > 0, error, 1.0), -np.inf)
    return pd.DataFrame({"run": run, "step": step, "late": late, "error": error, "height": height})


def _variance_around(recent: pd.DataFrame, past: pd.DataFrame) -> Array:
    """Variance of the last twelve months of each series around two means, that of the run and that before it."""
    rest_of_year = max(0, past.shape[1] - (YEAR - recent.shape[1]))
    near = past.iloc[:, rest_of_year:]
    squares = [(part.sub(part.mean(axis=1), axis=0) ** 2).sum(axis=1) for part in (recent, near)]
    return np.asarray((squares[0] + squares[1]) / (YEAR - 2))  # twelve months less two means


def _without_gap(recent: pd.DataFrame, base: Array, step: Array) -> Mask:
    """Whether the run is high enough to be named and each of its months reaches a part of its height."""
    each_month = recent.gt(base + step * PART_OF_STEP, axis=0).all(axis=1).to_numpy()
    return np.asarray(each_month & (step > np.log(LEAST_FACTOR)))
