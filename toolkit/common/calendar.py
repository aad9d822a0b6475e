"""Calendar arithmetic: months and years as periods, starts of seasons, the day of retirement, workdays."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd


def is_month(period: str) -> bool:
    """Whether a period is a month (2025-07) and not a year.

    >>> is_month("2025-07"), is_month("2025")
    (True, False)
    """
    return re.fullmatch(r"\d{4}-\d{2}", period) is not None


def day_after(period: str) -> pd.Timestamp:
    """Return the first day after a month or a year.

    >>> str(day_after("2025-12").date()), str(day_after("2025").date())
    ('2026-01-01', '2026-01-01')
    """
    return (pd.Period(period, "M" if is_month(period) else "Y") + 1).start_time


def next_start(day: pd.Timestamp, months: tuple[int, ...]) -> pd.Timestamp:
    """Return the day itself if it lies in one of the months, else the first day of the next of them.

    >>> str(next_start(pd.Timestamp("2026-11-24"), (4, 10)).date())
    '2027-04-01'
    """
    ahead = min((month - day.month) % 12 for month in months)
    return day if ahead == 0 else (day.to_period("M") + ahead).start_time


def retires_on(birth_date: pd.Series, age: pd.Series) -> pd.Series:
    """Return the day of retirement (*TMT pensiun*): the first of the month after the birthday that reaches the age.

    >>> born, age = pd.Series(pd.to_datetime(["1980-02-29", "1970-12-31"])), pd.Series([58.0, 60.0])
    >>> retires_on(born, age).dt.strftime("%Y-%m-%d").tolist()
    ['2038-03-01', '2031-01-01']
    """
    # months since year 0; the count of full months up to the birthday month is the index of the month after it
    month = birth_date.dt.year * 12 + birth_date.dt.month + age * 12
    year, rest = month // 12, month % 12 + 1
    # built as text: pandas has no vectorised constructor of dates from year and month that keeps missing values
    text = year.astype("Int64").astype("string") + "-" + rest.astype("Int64").astype("string") + "-01"
    return pd.to_datetime(text, format="%Y-%m-%d").astype("datetime64[s]")


def working_days(months: pd.Index) -> pd.Series:
    """Count the weekdays of each month (2025-07) that are no public holiday.

    Collective leave (*cuti bersama*) is not taken off: it is published a year at a time, and the coming year must be
    counted as the past one is. Source: the package ``holidays`` (dates of coming years by calculation).

    >>> working_days(pd.Index(["2025-03", "2025-04", "2026-03"])).tolist()
    [20, 20, 21]
    """
    from holidays import country_holidays  # slow to import, and not every command needs it

    starts = pd.PeriodIndex(months, freq="M")
    free = country_holidays("ID", years=range(starts.year.min(), starts.year.max() + 1)) if len(months) else {}
    first = starts.start_time.to_numpy().astype("datetime64[D]")
    after = (starts + 1).start_time.to_numpy().astype("datetime64[D]")
    return pd.Series(np.busday_count(first, after, holidays=sorted(free)), months)
