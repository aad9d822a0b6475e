"""Bring numbers into the units of columns.toml (minutes of a norm, hours worked) where a file has them in others."""

from __future__ import annotations

from fractions import Fraction

import pandas as pd

from toolkit.intake.converting import BLANK
from toolkit.intake.data import Note
from toolkit.intake.excel import Native
from toolkit.intake.faults import Faults
from toolkit.intake.numbers_and_dates import numbers
from toolkit.intake.schema import Measure, Table, squash


def in_our_units(frame: pd.DataFrame, table: Table, written: dict[str, str], faults: Faults, notes: list[Note]) -> None:
    """Convert, in place, each column whose header or whose column of units names another unit than ours.

    Args:
        frame: texts under our names.
        table: what the frame holds.
        written: the header of each column in the file.
        faults: where a unit that cannot be read is added.
        notes: where each conversion is noted.
    """
    for name, cell in written.items():
        column, word = table.columns[name], squash(cell)
        factor = {squash(key): Fraction(value) for key, value in column.scaled.items()}.get(word)
        units = _units_beside(frame, table.measure) if table.measure and table.measure.column == name else None
        facts = {"table": table.name, "column": name, "header": cell}
        if units is not None and table.measure is not None:
            names_no_unit = word in map(squash, [*column.assumed, *column.unclear])
            stated = None if names_no_unit else factor or Fraction(1)
            _by_row(frame, table, units, table.measure, stated, faults, notes)
        elif factor is not None:
            _multiply(frame, table, name, pd.Series(float(factor), frame.index), faults, notes)
            notes.append(("measure_header", {**facts, "factor": str(factor)}))
        elif word in map(squash, column.unclear):
            faults.add(table.name, name, "measure_unclear", [(None, cell)])
        elif word in map(squash, column.assumed):
            notes.append(("measure_assumed", facts))


def _units_beside(frame: pd.DataFrame, measure: Measure) -> str | None:
    """Return the column that names the unit of each row, None where there is none."""
    words = set(map(squash, measure.also))
    return next((name for name in frame if name[0] == "?" and squash(name) in words), None)


def _by_row(
    frame: pd.DataFrame,
    table: Table,
    units: str,
    measure: Measure,
    stated: Fraction | None,
    faults: Faults,
    notes: list[Note],
) -> None:
    """Convert by the unit that each row names; one that is unknown, empty, or not that of the header is a fault."""
    known = {squash(word): Fraction(factor) for word, factor in measure.factors.items()}
    factors = frame[units].map(lambda cell: known.get(squash(cell)))
    is_needed = ~frame[measure.column].isin(BLANK)
    unknown = is_needed & factors.isna()
    faults.add(table.name, measure.column, "measure_unknown", frame[units][unknown].items(), header=units.lstrip("?"))
    if stated is not None:
        differs = is_needed & ~unknown & (factors != stated)
        faults.add(table.name, measure.column, "measure_differs", frame[units][differs].items())
    _multiply(frame, table, measure.column, factors.fillna(1).astype("float64"), faults, notes)
    count = int((is_needed & (factors != 1)).sum())
    facts = {"table": table.name, "column": measure.column, "header": units.lstrip("?"), "count": count}
    notes.append(("measure_column", facts))


def _multiply(
    frame: pd.DataFrame, table: Table, name: str, factors: pd.Series, faults: Faults, notes: list[Note]
) -> None:
    """Multiply the numbers of a column; one that holds what is no number stays as it is written, with its faults."""
    found = Faults()
    noted = list[Note]()
    values = numbers(frame[name], table.name, name, table.columns[name], found, noted)
    if found:  # the same faults again, this time where they are reported
        numbers(frame[name], table.name, name, table.columns[name], faults, notes)
        return
    notes += noted
    converted = (values * factors).round(9)
    frame[name] = [Native(value) if value == value else "" for value in converted]
    frame[name] = frame[name].astype(object)
