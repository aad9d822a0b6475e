"""Dates and periods: months and years, the start of a transfer period, the day of retirement, working days."""

import pandas as pd
import pytest

from toolkit.common.calendar import day_after, is_month, next_start, retires_on, working_days


def test_only_year_and_month_is_a_month():
    periods = ("2025-07", "2025", "2025-07-01", "25-07", "2025-7")
    assert [is_month(period) for period in periods] == [True, False, False, False, False]


def test_the_day_after_a_month_and_a_year():
    assert day_after("2024-02") == pd.Timestamp("2024-03-01")
    assert day_after("2024") == pd.Timestamp("2025-01-01")


@pytest.mark.parametrize(
    ("day", "start"),
    [
        ("2026-04-30", "2026-04-30"),
        ("2026-05-01", "2026-10-01"),
        ("2026-09-30", "2026-10-01"),
        ("2026-11-24", "2027-04-01"),
    ],
)
def test_the_next_start_is_today_within_a_period_else_its_first_day(day, start):
    assert next_start(pd.Timestamp(day), (4, 10)) == pd.Timestamp(start)


def test_retirement_is_the_first_of_the_month_after_the_birthday():
    born = pd.Series(pd.to_datetime(["1970-11-30", "1970-12-01", None, "1970-01-01"]))
    days = retires_on(born, pd.Series([58.0, 58.0, 58.0, None]))
    assert days[:2].tolist() == [pd.Timestamp("2028-12-01"), pd.Timestamp("2029-01-01")]
    assert days[2:].isna().all()


def test_working_days_leave_out_weekends_and_public_holidays_of_every_year():
    # weekdays less holidays: January 2025 has New Year, Isra Mi'raj and the lunar new year, all on weekdays; of three in
    # February 2024 one is a Saturday; August 2026 has two
    assert working_days(pd.Index(["2025-01", "2024-02", "2026-08"])).tolist() == [23 - 3, 21 - 2, 21 - 2]
    days = working_days(pd.Index(["2025-01"]))
    assert days.index.tolist() == ["2025-01"]


def test_no_months_have_no_working_days():
    assert working_days(pd.Index([])).empty
