"""Frames of text -> typed frames; a cell that does not fit its type is a fault and becomes missing."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from toolkit.intake.faults import Faults
from toolkit.intake.tables import Column, Table

NUMBER = r"[+-]?\d+(\.\d*)?([eE][+-]?\d+)?"
YES, NO = {"true", "yes", "ya", "y", "1"}, {"false", "no", "tidak", "n", "0"}


def typed(text: pd.DataFrame, table: Table, faults: Faults) -> pd.DataFrame:
    """Give the table with all its columns, each of the type that columns.toml names."""
    out = {}
    for name, column in table.columns.items():
        if name not in text:
            out[name] = _filled(_absent(column, text.index), column)
            continue
        cells = text[name].astype("str")
        filled = cells != ""
        values, good = _CONVERTERS[column.type](cells.where(filled), column)
        bad = filled & ~good
        faults.add(table.name, name, f"not_{column.type}", cells[bad].items(), codes=", ".join(column.codes))
        out[name] = _filled(values.where(~bad & filled), column)
    return pd.DataFrame(out, index=text.index)


def _absent(column: Column, index: pd.Index) -> pd.Series:
    return pd.Series(False if column.type == "flag" else None, index=index, dtype=column.dtype)


def _filled(values: pd.Series, column: Column) -> pd.Series:
    """Fill empty cells where columns.toml says what an empty cell means."""
    if column.type == "flag":
        return values.fillna(False).astype(bool)
    if column.blank and column.type == "number":
        return values.fillna(float(column.blank))
    if column.blank and column.type == "code":
        return values.fillna(column.blank)
    return values


def _id(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    return cells, ~cells.str.contains(r"[;\x00-\x1f]", na=False)


def _ids(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    return cells.str.replace(r"\s*;\s*", ";", regex=True).str.strip(";"), pd.Series(True, cells.index)


def _text(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    return cells, pd.Series(True, cells.index)


def _number(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    shaped = cells.str.fullmatch(NUMBER, na=False)
    values = pd.to_numeric(cells.where(shaped), errors="coerce").astype("float64")
    return values, shaped & np.isfinite(values)


def _date(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    turned = cells.str.replace(r"^(\d{1,2})[-/](\d{1,2})[-/](\d{4})$", r"\3-\2-\1", regex=True)
    shaped = turned.str.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", na=False)
    values = pd.to_datetime(turned.where(shaped), format="%Y-%m-%d", errors="coerce").astype("datetime64[s]")
    return values, values.dt.year.between(1900, 2150)


def _period(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    cells = cells.str.replace(r"^(\d{4}-\d{2})-01$", r"\1", regex=True)  # a spreadsheet makes a day of 2025-07
    return cells, cells.str.fullmatch(r"(19|20)\d{2}(-(0[1-9]|1[0-2]))?", na=False)


def _plain(cells: pd.Series) -> pd.Series:
    return cells.str.lower().str.replace(r"[\s\-]+", "_", regex=True)


def _code(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    spellings = {code: code for code in column.codes} | {
        other: code for code, more in column.codes.items() for other in more
    }
    values = _plain(cells).map(spellings).astype("str")
    return values, values.notna()


def _flag(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    plain = _plain(cells)
    return plain.isin(YES).astype("boolean"), plain.isin(YES | NO)


_CONVERTERS = {
    "id": _id,
    "ids": _ids,
    "text": _text,
    "number": _number,
    "date": _date,
    "period": _period,
    "code": _code,
    "flag": _flag,
}


def period_start(period: pd.Series) -> pd.Series:
    """Give the first day of each period.

    >>> period_start(pd.Series(["2025", "2025-07"])).dt.strftime("%Y-%m-%d").tolist()
    ['2025-01-01', '2025-07-01']
    """
    return pd.to_datetime(period.str.slice(0, 4) + "-" + period.str.slice(5, 7).replace("", "01") + "-01")


def is_month(period: str) -> bool:
    """Tell a month from a year.

    >>> is_month("2025-07"), is_month("2025")
    (True, False)
    """
    return re.fullmatch(r"\d{4}-\d{2}", period) is not None


def significant(values: ArrayLike, digits: int = 9) -> np.ndarray:
    """Round to significant digits, so that what is written to a file is what was reckoned with.

    >>> significant([0.0, 1 / 3, 123456.7894321]).tolist()
    [0.0, 0.333333333, 123456.789]
    """
    values = np.asarray(values, dtype=float)
    size = np.abs(np.where((values == 0) | ~np.isfinite(values), 1.0, values))
    places = digits - 1 - np.floor(np.log10(size))
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.asarray(np.rint(values * up / down) / up * down)
