"""Read the cells of numbers (decimal point or comma), days and months, as offices write them."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from babel.dates import get_month_names

from toolkit.intake.data import Note
from toolkit.intake.excel import Native
from toolkit.intake.faults import Faults
from toolkit.intake.schema import Column, recognised

# digits are [0-9]: \d would take those of every script, which pandas then does not read
POINT = r"[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]*)?(?:[eE][+-]?[0-9]+)?"  # 1,250.5
COMMA = r"[+-]?(?:[0-9]+|[1-9][0-9]{0,2}(?:\.[0-9]{3})+)(?:,[0-9]*)?"  # 1.250,5
SHORT_YEAR = r"^([^\W\d]+\.?)[-/. ]+['’]?(\d{2})$"  # a month by its name with a year of two digits
EPOCH = dt.date(1899, 12, 30)  # day 0 of a spreadsheet, which counts a 29 February 1900 that never was


@dataclass(frozen=True)
class Readings:
    """The two ways to read each cell of a column, and what each cell shows about the decimal sign of the column.

    ``by_point`` and ``by_comma`` are the numbers under either sign, NaN where the cell is none under it.
    ``shows_point`` and ``shows_comma`` are cells that can be read in one way only, ``open`` those that both signs allow
    with different values.
    """

    by_point: pd.Series
    by_comma: pd.Series
    shows_point: pd.Series
    shows_comma: pd.Series
    open: pd.Series


def numbers(cells: pd.Series, table: str, column: str, about: Column, faults: Faults, notes: list[Note]) -> pd.Series:
    """Return the numbers of one column of texts; what is no number, or might be two, is a fault.

    Whether the point or the comma is the decimal sign is decided by the cells that can be read in one way only:
    1.250,5 and 12,5 and 1.250.000 by the comma, 12.5 and 1,250.5 by the point, and 104.745 in a column that ends at
    180. 1.250 alone decides nothing. A number that a workbook holds as a number has its point, whatever the texts say.
    """
    native = cells.map(type) == Native
    cells = cells.astype("str").where(cells != "")
    ways = _readings(cells, native, about)
    uses_comma = bool(ways.shows_comma.any())
    if uses_comma and ways.shows_point.any():
        _add_mixed(cells, ways, table, column, faults)
    elif uses_comma or (ways.open.any() and ways.shows_point.any()):
        sign = "," if uses_comma else "."
        sample = cells[ways.shows_comma if uses_comma else ways.shows_point].iloc[0]
        notes.append(("number_read", {"table": table, "column": column, "sign": sign, "sample": sample}))
    else:
        faults.add(table, column, "number_open", cells[ways.open].items())
    values = ways.by_comma.where(~native, ways.by_point) if uses_comma else ways.by_point
    # a number under the sign that the column does not use is reported as mixed or open, not as no number
    is_number = cells.str.fullmatch(POINT, na=False) | cells.str.fullmatch(COMMA, na=False)
    is_number &= np.isfinite(values.fillna(0.0))  # 1e999 is written as a number and is none
    faults.add(table, column, "not_number", cells[cells.notna() & ~is_number].items())
    return values.where(is_number)


def _readings(cells: pd.Series, native: pd.Series, about: Column) -> Readings:
    """Read each cell under both decimal signs and find what it shows."""
    may_be_point = cells.str.fullmatch(POINT, na=False)
    may_be_comma = cells.str.fullmatch(COMMA, na=False)
    with_point = cells.where(may_be_point).str.replace(",", "")
    with_comma = cells.where(may_be_comma).str.replace(".", "").str.replace(",", ".")
    by_point = pd.to_numeric(with_point, errors="coerce").astype("float64")
    by_comma = pd.to_numeric(with_comma, errors="coerce").astype("float64")
    either = may_be_point & may_be_comma & (by_point != by_comma) & ~native
    # where the bounds of the column allow one of the two numbers only, the cell shows the sign after all
    fits_point = about.within_bounds(by_point)
    fits_comma = about.within_bounds(by_comma)
    shows_point = (may_be_point & ~may_be_comma & ~native) | (either & fits_point & ~fits_comma)
    shows_comma = (may_be_comma & ~may_be_point & ~native) | (either & fits_comma & ~fits_point)
    return Readings(by_point, by_comma, shows_point, shows_comma, either & (fits_point == fits_comma))


def _add_mixed(cells: pd.Series, ways: Readings, table: str, column: str, faults: Faults) -> None:
    """Add a fault for each cell with the rarer sign, with a cell of the other sign as an example."""
    comma_is_rarer = ways.shows_comma.sum() <= ways.shows_point.sum()
    rarer = ways.shows_comma if comma_is_rarer else ways.shows_point
    others = ways.shows_point if comma_is_rarer else ways.shows_comma
    faults.add(table, column, "number_mixed", cells[rarer].items(), sample=cells[others].iloc[0])


@cache
def _months() -> dict[str, str]:
    """Return the two digits of each month's name, in Indonesian and English, in full or abbreviated."""
    return recognised()["month_names"] | {
        name.lower().rstrip("."): f"{number:02d}"
        for lang in ("en", "id")
        for width in ("wide", "abbreviated")
        for number, name in get_month_names(width, locale=lang).items()
    }


def month_number(text: str) -> str | None:
    """Return the two digits of a month by its name, None for any other text.

    >>> month_number("Agustus"), month_number("Nop."), month_number("2025-08")
    ('08', '11', None)
    """
    return _months().get(text.strip().lower().rstrip("."))


def _parts(text: str) -> list[str]:
    """Split a date or month into its parts, names of months as numbers, without the time of day."""
    plain = re.sub(r"[ t]\d{1,2}:\d{2}.*$", "", text.strip().lower())
    return [_months().get(part, part) for part in re.split(r"[-/. ]+", plain)]


def day(text: str) -> dt.date | None:
    """Read a day: ISO, day first, with the month's name, or the serial number of a spreadsheet; None for anything else.

    >>> [str(day(text)) for text in ("2025-07-31T00:00:00", "31/7/2025", "31 Juli 2025", "45869", "7/31/2025")]
    ['2025-07-31', '2025-07-31', '2025-07-31', '2025-07-31', 'None']
    """
    parts = _parts(text)
    try:
        if re.fullmatch(r"\d{5}(\.\d+)?", text):
            found = EPOCH + dt.timedelta(days=int(text[:5]))
        else:
            # year first or day first; the month first (7/31/2025) is never read: 7/8/2025 may be either
            year, month, date = parts if len(parts[0]) == 4 else parts[::-1]
            found = dt.date(int(year), int(month), int(date))
    except ValueError:
        return None
    # outside these years it is a slip of the hand, or a number that was no date
    return found if 1900 <= found.year <= 2150 else None


def period(text: str) -> str | None:
    """Read a month or a year, written in figures, by name, or as the first day of the month; None for anything else.

    >>> [period(text) for text in ("2025", "7/2025", "Juli 2025", "202507", "2025-07-01", "45839", "2025-13")]
    ['2025', '2025-07', '2025-07', '2025-07', '2025-07', '2025-07', None]
    >>> [period(text) for text in ("Jan-25", "Januari '25", "01-25", "25-Jan")]
    ['2025-01', '2025-01', None, None]
    """
    text = re.sub(SHORT_YEAR, r"\1 20\2", text.strip())  # Jan-25, as a spreadsheet shows a month
    parts = _parts(text)
    first = day(text)
    if first and first.day == 1:  # a spreadsheet turns 2025-07 into its first day
        parts = [str(first.year), str(first.month)]
    elif len(parts) == 1 and len(parts[0]) == 6:  # 202507
        parts = [parts[0][:4], parts[0][4:]]
    if len(parts) == 2 and len(parts[0]) <= 2:  # 7/2025
        parts = parts[::-1]
    plain = "-".join([parts[0], *(part.zfill(2) for part in parts[1:])])
    return plain if re.fullmatch(r"(19|20)\d{2}(-(0[1-9]|1[0-2]))?", plain) else None
