"""How months are best carried into the next year: by working days or not, with a trend or not, by a back-test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.common.calendar import working_days
from toolkit.common.types import Array, Mask
from toolkit.need.history import YEAR

LEAST_SPAN = 3  # months that an error of the back-test covers at least
QUARTER = 3  # months
FIRST_GROWTH = 2 * YEAR - 1  # column of the first month that ends two years, so that they can be compared
MOST_GROWTH = np.log(1.25)  # of a year that is carried on: what grows faster has begun or ended something
FEW_SERIES = 6  # fewer series of other units say nothing; and what the median of all services weighs beside that of one
GROUPS = 10  # groups of units; each is judged by the other nine
LEAST_GAIN = 1e-9  # mean error saved (logarithm) from which a method is better: above the noise of floating point


@dataclass(frozen=True, eq=False)
class Method:
    """What forecasts each series best.

    ``errors``: its errors in the back-test (series x origin, logarithms). ``by_days``: whether months are carried
    forward by working days. ``growth``: logarithm of the trend of a year, 0 where there is none.
    """

    errors: Array
    by_days: Mask
    growth: Array


def best_methods(history: pd.DataFrame, calm: pd.DataFrame, flows: Mask) -> Method:
    """Return what forecasts each series best, as the errors of other units show.

    Each unit is judged by the others, in ten groups, so no figure of its own decides how it is forecast: more volume
    cannot lower its forecast by changing its method. A stock is carried forward as it is.

    Args:
        history: received, series (unit_id, service_id) x month, at least twelve months.
        calm: the same without the months of a surge, which are no growth.
        flows: which rows are no stock.
    """
    plain, by_days = back_test(history)
    growths = {span: growth_over(calm, span) for span in (YEAR, QUARTER)}
    errors = plain.copy()
    uses_days = np.zeros(len(calm), bool)
    growth = np.zeros(len(calm))
    groups = unit_groups(calm.index)
    for group in np.unique(groups):
        mine = (groups == group) & flows
        others = (groups != group) & flows
        # computed for every row, but only the rows of this group are read: ``others`` holds no figure of theirs
        judged = _judged_by(others, plain, by_days, growths)
        errors[mine] = judged.errors[mine]
        uses_days[mine] = judged.by_days[mine]
        growth[mine] = judged.growth[mine]
    return Method(errors, uses_days, growth)


def _judged_by(others: Mask, plain: Array, by_days: Array, growths: dict[int, tuple[pd.DataFrame, Array]]) -> Method:
    """The best method of each series, judged by some of them: first working days or not, then a trend or not."""
    index = growths[YEAR][0].index
    uses_days = others_prefer(plain, by_days, index, others)
    without_trend = np.where(uses_days[:, None], by_days, plain)
    yearly = carried_growth(*growths[YEAR], uses_days, others)
    quarterly = carried_growth(*growths[QUARTER], uses_days, others)
    with_trend = trend_errors(without_trend, yearly)
    growth = steady_growth(yearly, quarterly)
    has_trend = others_prefer(without_trend, with_trend, index, others) & (growth != 0)
    return Method(
        errors=np.where(has_trend[:, None], with_trend, without_trend),
        by_days=uses_days,
        growth=np.where(has_trend, growth, 0.0),
    )


def unit_groups(index: pd.MultiIndex) -> Array:
    """Return the group (0 to 9) of each series; all series of a unit are in one."""
    units, _ = pd.factorize(index.get_level_values("unit_id"), sort=True)
    return units % GROUPS


def back_test(history: pd.DataFrame) -> tuple[Array, Array]:
    """Return the errors of carrying months forward a year: as they are, and by working days.

    Each month with twelve before it and twelve from it on is an origin; in a record below two years an error covers
    as many months as there are, and there is none below three. An error is the logarithm of what was received over
    what was forecast, over the months both of which are known; empty where either is 0.

    Returns:
        Two arrays, series x origin; column 0 is the origin after the first twelve months.
    """
    span = min(YEAR, history.shape[1] - YEAR)
    if span < LEAST_SPAN:
        return np.zeros((len(history), 0)), np.zeros((len(history), 0))
    received = history.to_numpy("float64")
    days = working_days(history.columns)
    days_ratio = (days.shift(-YEAR) / days).to_numpy()  # of each month: those of the same month a year later / its own
    plain, by_days = [], []
    for origin in range(YEAR, history.shape[1] - span + 1):
        tested = slice(origin, origin + span)
        year_before = slice(origin - YEAR, origin - YEAR + span)
        actual = received[:, tested]
        carried = received[:, year_before]
        known = ~np.isnan(actual) & ~np.isnan(carried)
        plain.append(_log_ratio(actual, carried, known))
        by_days.append(_log_ratio(actual, carried * days_ratio[year_before], known))
    return np.column_stack(plain), np.column_stack(by_days)


def _log_ratio(actual: Array, forecast: Array, known: Mask) -> Array:
    """Logarithm of the sum of known months over that of their forecasts; empty where one of the sums is 0."""
    received = np.where(known, actual, 0.0).sum(axis=1)
    expected = np.where(known, forecast, 0.0).sum(axis=1)
    both = (received > 0) & (expected > 0)
    # the 1.0 keeps the division free of warnings where the nan above it decides anyway
    return np.asarray(np.log(np.where(both, received, np.nan) / np.where(both, expected, 1.0)))


def growth_over(calm: pd.DataFrame, span: int) -> tuple[pd.DataFrame, Array]:
    """Return the growth over a year of the last ``span`` months, as seen at each month from the 24th on.

    Returns:
        Logarithms: the growth of each series (series x month; empty where fewer than half of the months are known in
        both years, or less than 1 was received in either), and that of the working days (by month).
    """
    this_year = calm.T
    last_year = this_year.shift(YEAR)
    both = this_year.notna() & last_year.notna()
    now = this_year.where(both).rolling(span, min_periods=span // 2).sum()
    before = last_year.where(both).rolling(span, min_periods=span // 2).sum()
    growth = np.log(now.where(now >= 1) / before.where(before >= 1))
    days = working_days(calm.columns).rolling(span).sum()
    days_growth = np.log(days / days.shift(YEAR))
    return growth.iloc[FIRST_GROWTH:].T, days_growth.iloc[FIRST_GROWTH:].to_numpy()


def carried_growth(growth: pd.DataFrame, days_growth: Array, uses_days: Mask, others: Mask) -> Array:
    """Return the growth of other units that may be carried on, series x month.

    What the working days explain already is taken off where they are used, and 1 / years of the record of the rest is
    held back: a growth that was seen for longer is likelier to go on.
    """
    months = FIRST_GROWTH + growth.shape[1]
    kept = 1 - YEAR / months
    unexplained = median_of_others(growth, others).to_numpy() - uses_days[:, None] * days_growth
    return np.asarray(kept * unexplained)


def trend_errors(errors: Array, growth: Array) -> Array:
    """Return the errors of the same forecasts x the growth known before each origin.

    Both begin after twelve months of what they need: column j of ``errors`` is the origin at month 12 + j, column j of
    ``growth`` the growth as seen at the end of month 23 + j. The last growth before origin 24 + j is thus column j. The
    first year of origins has no growth to test and stays empty.
    """
    tested = np.full_like(errors, np.nan)
    tested[:, YEAR:] = errors[:, YEAR:] - growth[:, :-YEAR]
    return tested


def steady_growth(yearly: Array, quarterly: Array) -> Array:
    """Return the growth that stood now, a year ago, and in the last quarter: the smallest, 0 where they disagree.

    It takes a third year to tell what the growth was a year ago; a shorter record has none.
    """
    if yearly.shape[1] <= YEAR:
        return np.zeros(len(yearly))
    return smallest_common([yearly[:, -1], yearly[:, -1 - YEAR], quarterly[:, -1]])


def smallest_common(growths: list[Array]) -> Array:
    """Return the smallest of several growths, ``MOST_GROWTH`` at most, where all point one way; else 0.

    >>> smallest_common([np.array([0.1, 0.1, -0.2]), np.array([0.05, -0.1, -0.1])]).tolist()
    [0.05, 0.0, -0.1]
    """
    bounded = np.clip(growths, -MOST_GROWTH, MOST_GROWTH)
    sign = np.sign(bounded[0])
    agree = (np.sign(bounded) == sign).all(axis=0)  # a missing growth has no sign and agrees with none
    return np.where(agree, sign * np.abs(bounded).min(axis=0), 0.0)


def others_prefer(first: Array, second: Array, index: pd.MultiIndex, others: Mask) -> Mask:
    """Return for which series the second method has the smaller errors, by other units; by its own if they are few."""
    saved = pd.DataFrame(np.abs(first) - np.abs(second), index)
    mean_saved = saved.mean(axis=1).to_frame()
    judged = median_of_others(mean_saved, others).fillna(mean_saved)
    return np.asarray(judged[0] > LEAST_GAIN)


def median_of_others(values: pd.DataFrame, others: Mask) -> pd.DataFrame:
    """Return for each series the median of the others of its service, drawn toward that of all services.

    The median of a service with n others weighs n / (n + ``FEW_SERIES``), that of all services the rest, so that a
    service that few offices have is not judged by chance. Columns with fewer than ``FEW_SERIES`` known are empty.

    Args:
        values: series (unit_id, service_id) x anything.
        others: the rows that may be looked at.
    """
    services = values.index.get_level_values("service_id")
    known = values[others]
    of_all = known.median().where(known.count() >= FEW_SERIES)
    by_service = known.groupby(level="service_id")
    count = by_service.count().reindex(services).fillna(0.0)
    of_service = by_service.median().reindex(services).fillna(of_all)
    drawn = (count * of_service + FEW_SERIES * of_all) / (count + FEW_SERIES)
    return drawn.set_axis(values.index)
