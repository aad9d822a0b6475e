"""Working days of a month: weekdays less public holidays of Indonesia, so that a moving Lebaran is allowed for."""

from __future__ import annotations

import numpy as np
import pandas as pd


def working_days(months: pd.Index) -> pd.Series:
    """Give the weekdays of each month (2025-07) that are no public holiday.

    Collective leave (*cuti bersama*) is not taken off: it is published a year at a time, and the coming year must be
    counted as the past one is. Source: the package ``holidays`` (dates of coming years by calculation).

    >>> working_days(pd.Index(["2025-03", "2025-04", "2026-03"])).tolist()
    [20, 20, 21]
    """
    from holidays import country_holidays

    starts = pd.PeriodIndex(months, freq="M")
    free = country_holidays("ID", years=range(starts.year.min(), starts.year.max() + 1)) if len(months) else {}
    first = starts.start_time.to_numpy().astype("datetime64[D]")
    after = (starts + 1).start_time.to_numpy().astype("datetime64[D]")
    return pd.Series(np.busday_count(first, after, holidays=sorted(free)), months)
