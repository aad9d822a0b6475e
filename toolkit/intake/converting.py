"""Convert frames of text to typed frames; a cell that does not fit its type is a fault and becomes missing."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd

from toolkit.intake.data import Note
from toolkit.intake.faults import Faults
from toolkit.intake.numbers_and_dates import day, numbers, period
from toolkit.intake.schema import Column, Table, squash
from toolkit.words import LANGUAGES, Spelled

YES = {"true", "yes", "ya", "y", "1"}
NO = {"false", "no", "tidak", "n", "0"}
BLANK = ["", "-", "–"]  # a dash is an empty cell, but among numbers only where empty is unknown: it might mean zero
UNKNOWN = "unknown"
ROUNDED = r"\d(?:\.\d+)?[eE]\+\d+|\d{15}000"  # what a spreadsheet makes of the 18 digits of a NIP
ERROR_CELL = r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|FORMULA!)"
SPACED_NIP = r"^(\d{8}) (\d{6}) (\d) (\d{3})$"


def typed(text: pd.DataFrame, table: Table, faults: Faults, notes: list[Note]) -> pd.DataFrame:
    """Return the table with all its columns, each of the type that columns.toml names."""
    out = {}
    for name, column in table.columns.items():
        if name not in text:
            out[name] = _filled(_absent(column, text.index), column)
            continue
        cells = text[name]
        if column.type == "number":
            if column.blank == UNKNOWN:
                cells = cells.mask(cells.isin(BLANK), "")
            out[name] = _filled(numbers(cells, table.name, name, column, faults, notes), column)
            continue
        cells = _dashes(cells, table.name, name, column, notes)
        filled = ~cells.isin(BLANK)
        values, is_good = _CONVERTERS[column.type](cells.astype("str").where(filled), column)
        bad = filled & ~is_good
        codes = Spelled({lang: ", ".join(column.choices(lang)) for lang in LANGUAGES})
        faults.add(table.name, name, f"not_{column.type}", cells[bad].items(), codes=codes)
        out[name] = _filled(values.where(~bad & filled), column)
    return pd.DataFrame(out, index=text.index)


def _dashes(cells: pd.Series, table: str, name: str, column: Column, notes: list[Note]) -> pd.Series:
    """Write what a dash means where columns.toml says so; elsewhere it is an empty cell."""
    if column.dash is None:
        return cells
    is_dash = cells.isin(BLANK) & (cells != "")
    if not is_dash.any():
        return cells
    notes.append(("dash_read", {"table": table, "column": name, "count": int(is_dash.sum()), "code": column.dash}))
    return cells.mask(is_dash, column.dash)


def _absent(column: Column, index: pd.Index) -> pd.Series:
    return pd.Series(False if column.type == "flag" else None, index=index, dtype=column.dtype)


def _filled(values: pd.Series, column: Column) -> pd.Series:
    """Fill empty cells where columns.toml says what an empty cell means."""
    if column.type == "flag":
        return values.fillna(False).astype(bool)
    if column.blank and column.blank != UNKNOWN and column.type == "number":
        return values.fillna(float(column.blank))
    if column.type == "code" and column.blank in column.codes:
        return values.fillna(column.blank)
    return values


def _each(cells: pd.Series, read: Callable[[str], object]) -> pd.Series:
    """Apply a reader to each distinct text once: columns of many rows hold few different codes and dates."""
    return cells.map({text: read(text) for text in cells.dropna().unique()})


# Each converter returns the values and whether each cell fits the type; values of cells that do not are not used.


def _id(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    cells = _each(cells, lambda text: re.sub(SPACED_NIP, r"\1\2\3\4", text)).astype("str")
    return cells, ~cells.str.contains(rf"[;\x00-\x1f\ufffe\uffff]|^(?:{ERROR_CELL}|{ROUNDED})$", na=False)


def _ids(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    return cells.str.replace(r"\s*;\s*", ";", regex=True).str.strip(";"), pd.Series(True, cells.index)


def _text(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    good = ~cells.str.fullmatch(ERROR_CELL, na=False)
    if spelled := _spelled(column.spellings):
        cells = _each(cells, lambda text: spelled.get(squash(text), text)).astype("str")
    return cells, good


def _date(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    values = pd.to_datetime(_each(cells, day)).astype("datetime64[s]")
    return values, values.notna()


def _period(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    values = _each(cells, period).astype("str")
    return values, values.notna()


def _spelled(codes: Mapping[str, list[str]]) -> dict[str, str]:
    return {squash(word): code for code, more in codes.items() for word in (code, *more)}


def _code(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    spelled = _spelled(column.codes)
    values = _each(cells, lambda text: spelled.get(squash(text))).astype("str")
    return values, values.notna()


def _codes(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    """A list of codes, joined by ; or a comma; one that is unknown makes the cell a fault."""
    spelled = _spelled(column.codes)

    def read(text: str) -> str | None:
        found = [spelled.get(squash(part)) for part in re.split("[;,]", text) if part.strip()]
        return None if None in found else ";".join(dict.fromkeys(filter(None, found)))

    values = _each(cells, read).astype("str")
    return values, values.notna()


def _flag(cells: pd.Series, column: Column) -> tuple[pd.Series, pd.Series]:
    plain = _each(cells, squash)
    return plain.isin(YES).astype("boolean"), plain.isin(YES | NO)


_CONVERTERS = {
    "id": _id,
    "ids": _ids,
    "text": _text,
    "date": _date,
    "period": _period,
    "code": _code,
    "codes": _codes,
    "flag": _flag,
}
