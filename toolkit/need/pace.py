"""The pace of an office, its hours over what the norms ask: how paces vary, and fits that allow for them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.stats import median_abs_deviation

from toolkit.common.types import Array, Index
from toolkit.need.regression import TINY, smallest_hours

HUBER = 1.5  # robust sd within which an office keeps its whole weight; Huber's usual choice lies between 1.3 and 1.5


class Paces(NamedTuple):
    """The pace of each office, and two variances of relative hours."""

    pace: Array  # hours / fitted hours of each office
    between: float  # variance of the true paces of offices
    within: float  # variance of the rows of an office about its pace


def paces(hours: Array, fitted: Array, office: Index) -> Paces:
    """Compute the pace of each office and the variances between offices and within them.

    Args:
        hours: recorded hours, one a row.
        fitted: hours that the norms ask for, one a row.
        office: the office of each row, numbered 0, 1, ... with none left out.

    >>> found = paces(np.array([12.0, 12.0, 9.0, 7.0]), np.full(4, 10.0), np.array([0, 0, 1, 1]))
    >>> found.pace.tolist(), round(found.within, 9), round(found.between, 9)
    ([1.2, 0.8], 0.01, 0.075)
    """
    rows = np.bincount(office)
    least = max(smallest_hours(fitted), TINY)
    pace = np.bincount(office, hours) / np.maximum(np.bincount(office, fitted), least * rows)
    relative = (hours - pace[office] * fitted) / np.maximum(fitted, least)
    # each office has taken one degree of freedom for its pace
    within = float((relative**2).sum() / max(len(hours) - len(rows), 1))
    if len(rows) < 2:
        return Paces(pace, 0.0, within)
    # a pace that is seen over T rows also holds within / T of the rows' own variance: that part is taken off
    between = float(pace.var(ddof=1) - within * (1 / rows).mean())
    return Paces(pace, max(between, 0.0), within)


class Slope(NamedTuple):
    """How far the hours of offices move with their work."""

    value: float  # 1: in step; 0: not at all; missing where no work moves
    error: float  # its standard error


def pace_slope(hours: Array, fitted: Array, office: Index) -> Slope:
    """Return the slope of hours on fitted hours within offices, each value over the mean of its office less 1.

    Near 1 hours follow the work of an office; near 0 they are attendance: who is there, whatever there is to do.

    >>> slope = pace_slope(np.array([10.0, 30, 50, 70]), np.array([1.0, 3, 2, 4]), np.array([0, 0, 1, 1]))
    >>> round(slope.value, 3)
    0.846
    """
    moved = [_over_mean(values, office) for values in (fitted, hours)]
    squares = float((moved[0] ** 2).sum())
    if squares <= 1e-12 * len(hours):  # rounding
        return Slope(np.nan, np.nan)
    slope = float((moved[0] * moved[1]).sum()) / squares
    freedom = max(len(hours) - len(np.bincount(office)) - 1, 1)
    variance = float(((moved[1] - slope * moved[0]) ** 2).sum()) / freedom
    return Slope(slope, float(np.sqrt(variance / squares)))


def _over_mean(values: Array, office: Index) -> Array:
    """Each value over the mean of its office, less 1; 0 where the mean is 0."""
    mean = (np.bincount(office, values) / np.bincount(office))[office]
    return np.where(mean > 0, values / np.where(mean > 0, mean, 1.0) - 1, 0.0)


def pace_share(hours: Array, fitted: Array, office: Index) -> Array | None:
    """How much of its pace to take off each office, 0 to 1; None with one office, or one row each.

    1 - sqrt(within / (within + T between)) for an office with T rows: the quasi-demeaning of the random-effects model
    of panel data, here along fitted hours instead of along a constant.

    Source: Baltagi, Econometric Analysis of Panel Data, chapter 2.
    """
    rows = np.bincount(office)
    if rows.max() < 2 or len(rows) < 2:
        return None
    _, between, within = paces(hours, fitted, office)
    return np.asarray(1 - np.sqrt(within / np.maximum(within + rows * between, TINY)))


def take_off_pace(rows: Array, direction: Array, office: Index, share: Array) -> Array:
    """Take off each office's rows a share of the part that runs along its fitted hours.

    A pace multiplies all fitted hours of an office, so it moves the rows along exactly that direction. With share 1
    nothing is left of it: the office then speaks only through how its months differ.

    Args:
        rows: weighted rows (row x column).
        direction: fitted hours of each row, with the same weight as the rows.
        office: the office of each row, 0, 1, ...
        share: what to take off, one number an office; see :func:`pace_share`.
    """
    squared_length = np.maximum(np.bincount(office, direction**2), TINY)
    # the coefficient of each column on the direction, column x office: bincount sums over the rows of each office
    along = np.array([np.bincount(office, direction * column) for column in rows.T]) / squared_length
    return np.asarray(rows - (share * along)[:, office].T * direction[:, None])


def huber_weights(log_pace: Array) -> Array:
    """Weigh offices by their pace: 1, less where it lies over 1.5 robust sd from the middle one.

    The robust sd is the median distance from the median, scaled to the sd of a normal. All weights are 1 where more
    than half of the offices have the same pace.

    >>> huber_weights(np.array([-1.0, -0.5, 0.0, 0.5, 9.0])).round(3).tolist()
    [1.0, 1.0, 1.0, 1.0, 0.124]
    """
    away = np.abs(log_pace - np.median(log_pace))
    usual = HUBER * median_abs_deviation(log_pace, scale="normal")
    if usual < 1e-12:  # equal but for rounding
        return np.ones(len(log_pace))
    return np.asarray(usual / np.maximum(away, usual))


def row_trust(hours: Array, fitted: Array, office: Index) -> Array:
    """The Huber weight of each row: that of its office."""
    pace = paces(hours, fitted, office).pace
    least = 1e-9  # an office without hours has pace 0, whose logarithm would be infinite
    return huber_weights(np.log(np.maximum(pace, least)))[office]
