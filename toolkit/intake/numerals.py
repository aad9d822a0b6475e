"""Numbers, days and months as offices write them."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

import numpy as np
import pandas as pd
from babel.dates import get_month_names

from toolkit.intake.data import Note
from toolkit.intake.excel import Native
from toolkit.intake.faults import Faults
from toolkit.intake.schema import Column

POINT = r"[+-]?(?:\d+|[1-9]\d{0,2}(?:,\d{3})+)(?:\.\d*)?(?:[eE][+-]?\d+)?"  # 1,250.5
COMMA = r"[+-]?(?:\d+|[1-9]\d{0,2}(?:\.\d{3})+)(?:,\d*)?"  # 1.250,5
EPOCH = dt.date(1899, 12, 30)  # day 0 of a spreadsheet


def numbers(cells: pd.Series, table: str, column: str, about: Column, faults: Faults, notes: list[Note]) -> pd.Series:
    """Give the numbers of one column of texts; what is no number, or might be two, is a fault.

    Whether the point or the comma is the decimal sign is decided by the cells that can be read in one way only:
    1.250,5 and 12,5 and 1.250.000 by the comma, 12.5 and 1,250.5 by the point, and 104.745 in a column that ends at
    180. 1.250 alone decides nothing.
    """
    native = cells.map(type) == Native
    cells = cells.astype("str").where(cells != "")
    by_point, by_comma = cells.str.fullmatch(POINT, na=False), cells.str.fullmatch(COMMA, na=False)
    point = pd.to_numeric(cells.where(by_point).str.replace(",", ""), errors="coerce").astype("float64")
    comma = cells.where(by_comma).str.replace(".", "").str.replace(",", ".")
    comma = pd.to_numeric(comma, errors="coerce").astype("float64")
    only_point, only_comma = by_point & ~by_comma & ~native, by_comma & ~by_point & ~native
    either = by_point & by_comma & (point != comma) & ~native
    fits_point, fits_comma = about.admits(point), about.admits(comma)
    only_point |= either & fits_point & ~fits_comma
    only_comma |= either & fits_comma & ~fits_point
    either &= fits_point == fits_comma
    with_comma = bool(only_comma.any())
    if with_comma and only_point.any():
        rare = only_comma if only_comma.sum() <= only_point.sum() else only_point
        sample = cells[only_point if rare is only_comma else only_comma].iloc[0]
        faults.add(table, column, "number_mixed", cells[rare].items(), sample=sample)
    elif with_comma or (either.any() and only_point.any()):
        sample, sign = cells[only_comma if with_comma else only_point].iloc[0], "," if with_comma else "."
        notes.append(("number_read", {"table": table, "column": column, "sign": sign, "sample": sample}))
    else:
        faults.add(table, column, "number_open", cells[either].items())
    values = comma.where(~native, point) if with_comma else point
    known = (by_point | by_comma) & np.isfinite(values.fillna(0.0))
    faults.add(table, column, "not_number", cells[cells.notna() & ~known].items())
    return values.where(known)


@cache
def _months() -> dict[str, str]:
    """Give the number of each month's name, in Indonesian and English, whole or cut."""
    return {
        name.lower().rstrip("."): f"{number:02d}"
        for lang in ("en", "id")
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=lang).items()
    }


def _parts(text: str) -> list[str]:
    """Split a date or month, names of months as numbers, the time of day off."""
    plain = re.sub(r"[ t]\d{1,2}:\d{2}.*$", "", text.strip().lower())
    return [_months().get(part, part) for part in re.split(r"[-/. ]+", plain)]


def day(text: str) -> dt.date | None:
    """Read a day: ISO, day first, with the month's name, or the serial number of a spreadsheet; else nothing.

    >>> [str(day(text)) for text in ("2025-07-31T00:00:00", "31/7/2025", "31 Juli 2025", "45869", "7/31/2025")]
    ['2025-07-31', '2025-07-31', '2025-07-31', '2025-07-31', 'None']
    """
    parts = _parts(text)
    try:
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            found = EPOCH + dt.timedelta(days=int(text[:5]))
        else:
            year, month, date = parts if len(parts[0]) == 4 else parts[::-1]
            found = dt.date(int(year), int(month), int(date))
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2150 else None


def period(text: str) -> str | None:
    """Read a month or a year, written in figures, by name, or as the first day of the month; else nothing.

    >>> [period(text) for text in ("2025", "7/2025", "Juli 2025", "202507", "2025-07-01", "45839", "2025-13")]
    ['2025', '2025-07', '2025-07', '2025-07', '2025-07', '2025-07', None]
    """
    parts = _parts(text)
    first = day(text)
    if first and first.day == 1:
        parts = [str(first.year), str(first.month)]
    elif len(parts) == 1 and len(parts[0]) == 6:
        parts = [parts[0][:4], parts[0][4:]]
    if len(parts) == 2 and len(parts[0]) <= 2:
        parts = parts[::-1]
    plain = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])
    return plain if re.fullmatch(r"(19|20)\d{2}(-(0[1-9]|1[0-2]))?", plain) else None
