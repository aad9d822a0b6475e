"""The figures of each series (unit and service) against its own past: the last year, and months that stand out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.types import Array
from toolkit.intake.data import Data
from toolkit.need.history import SERIES, YEAR, monthly_history

LEAST_PAIRS = 3  # months that two years must both know to be compared
CHANCE = 3  # standard deviations of a difference of counts, which are the root of their sum (Poisson)
SPIKE = 8  # times what a month should hold, from which on it is a slip of the hand rather than a season
LEAST_OFFICES = 3  # at least, whose months give the season of a service


def record(data: Data, periods: int) -> pd.DataFrame:
    """Return what was received by series (rows) and period (columns); empty where that is unknown."""
    if periods == YEAR:
        return monthly_history(data)
    return data.volumes.set_index([*SERIES, "period"]).received.unstack()


def against_past(history: pd.DataFrame, periods: int) -> pd.DataFrame:
    """Return the last year of each series against the years before it, over the periods that both know.

    Returns:
        By series: ``now``, ``past``: received in those periods of the last year, and in the mean of the earlier years;
        ``clear``: whether they can be compared and differ by more than chance; ``a_year``: how often so many periods
        come a year; ``months``: periods known in the last year; ``months_of_record``: of any series.
    """
    received = history.to_numpy("float64")
    last = received[:, -periods:]
    before = _usual_year(received, periods)
    both = ~np.isnan(last) & ~np.isnan(before)
    pairs = both.sum(axis=1)
    now = np.where(both, last, 0.0).sum(axis=1)
    past = np.where(both, before, 0.0).sum(axis=1)
    columns = {
        "now": now,
        "past": past,
        "clear": (pairs >= min(LEAST_PAIRS, periods)) & _beyond_chance(now, past),
        "a_year": periods / np.maximum(pairs, 1),
        "months": (~np.isnan(last)).sum(axis=1),
        "months_of_record": int((~np.isnan(last)).any(axis=0).sum()),
    }
    return pd.DataFrame(columns, history.index)


def spikes(history: pd.DataFrame, periods: int) -> pd.DataFrame:
    """Return the month of each series that stands out most, if one does: ``month``, and ``usual``, what it should hold.

    That is the middle month of the series, or the same month of another of its years, or the middle month times the
    season of its service, the most of these. Only series with such a month; a yearly table has none.
    """
    columns = ["month", "usual"]
    if periods < YEAR or history.empty:
        return pd.DataFrame(columns=columns, index=history.index[:0], dtype="float64")
    received = history.to_numpy("float64")
    middle = history.median(axis=1)
    usual = np.fmax(_season(history, middle), _same_month_of_other_years(received))
    above = np.where(_beyond_chance(received, usual), received / np.maximum(usual, 1.0), np.nan)
    place = np.argmax(np.nan_to_num(above), axis=1)
    rows = np.arange(len(history))
    out = pd.DataFrame({"month": received[rows, place], "usual": usual[rows, place]}, history.index)
    return out[above[rows, place] > SPIKE]


def _beyond_chance(one: Array, other: Array) -> Array:
    """Whether two counts differ by more than chance."""
    return np.asarray(np.abs(one - other) > CHANCE * np.sqrt(one + other))


def _season(history: pd.DataFrame, middle: pd.Series) -> Array:
    """The middle month of each series, more where a month is high in most offices that do the service."""
    times = (history + 1.0).div(middle + 1.0, axis=0)
    by_service = times.groupby(level="service_id")
    of_service = by_service.transform("median").where(by_service.transform("count") > LEAST_OFFICES, 1.0)
    return np.asarray(of_service.clip(lower=1.0).mul(middle, axis=0).to_numpy("float64"))


def _same_month_of_other_years(received: Array) -> Array:
    """The most that the same calendar month held in another year; missing: there is none (series x month)."""
    most = np.full_like(received, np.nan)
    for shift in range(YEAR, received.shape[1], YEAR):
        most[:, shift:] = np.fmax(most[:, shift:], received[:, :-shift])
        most[:, :-shift] = np.fmax(most[:, :-shift], received[:, shift:])
    return most


def _usual_year(received: Array, periods: int) -> Array:
    """The mean of each period of the last year over the earlier years that know it (series x period); missing: none.

    Of a yearly table the median of the earlier years, which one odd year does not move.
    """
    if periods == 1 and received.shape[1] > 1:
        years = received[:, :-1]
        some = np.flatnonzero((~np.isnan(years)).any(axis=1))
        middle = np.full((len(years), 1), np.nan)
        middle[some, 0] = np.nanmedian(years[some], axis=1)
        return middle
    total = np.zeros((len(received), periods))
    known = np.zeros((len(received), periods))
    for end in range(received.shape[1] - periods, 0, -periods):
        year = received[:, max(end - periods, 0) : end]
        first = periods - year.shape[1]  # the first year of a record may be shorter: its last periods are there
        total[:, first:] += np.nan_to_num(year)
        known[:, first:] += ~np.isnan(year)
    return np.where(known > 0, total / np.maximum(known, 1), np.nan)
