"""The list of faults found in the tables, collected so that one error can report them all."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from toolkit.intake.schema import layout, squash
from toolkit.words import say

COLUMNS = ["table", "row", "column", "value", "remedy", "kolom", "source", "title", "header", "fault", "facts"]


class Faults:
    """A list of faults that grows while the tables are read; at most one for a cell."""

    def __init__(self) -> None:
        self._rows: list[tuple[str, float, str, str, str, Mapping[str, object]]] = []
        self._cells: set[tuple[str, float, str]] = set()
        self._titles: dict[str, tuple[str, str]] = {}
        self._headers: dict[tuple[str, str], str] = {}

    def name_table(self, table: str, source: str, title: str) -> None:
        """Remember how the user calls a table: the name of its file or sheet."""
        if squash(title.removesuffix(".csv")) != squash(table):
            self._titles[table] = (source, title)

    def name_column(self, table: str, column: str, header: str) -> None:
        """Remember the header of a column as it stands in the file."""
        if header != column:
            self._headers[table, column] = header

    def add(
        self,
        table: str,
        column: str,
        remedy: str,
        rows: Iterable[tuple[float | None, object]] = ((None, ""),),
        /,
        **facts: object,
    ) -> None:
        """Add one fault for each (index, value); ``remedy`` names the sentence, facts fill it."""
        for index, value in rows:
            # a spreadsheet counts from 1, and its first row is the header; rows made of one row keep a fraction
            row = float("nan") if index is None else math.floor(index) + 2.0
            cell = (table, -1.0 if index is None else row, column)
            if index is not None and cell in self._cells:
                continue
            self._cells.add(cell)
            is_missing = value is None or value != value  # NaN alone differs from itself
            shown = "" if is_missing else str(value)[:60]
            self._rows.append((table, row, column, shown, remedy, facts))

    def __bool__(self) -> bool:
        return bool(self._rows)

    def names(self, table: str | None = None) -> set[str]:
        """Return the names of the tables with faults; of one table, its name or an empty set."""
        return {row[0] for row in self._rows if table in (None, row[0])}

    def frame(self) -> pd.DataFrame:
        """Return the faults sorted by table and row, with the columns of :class:`toolkit.errors.InputError`."""
        rows = pd.DataFrame([self._row(*row) for row in self._rows], columns=COLUMNS)
        return rows.sort_values(["table", "row"], kind="stable", ignore_index=True)

    def _row(
        self, table: str, row: float, column: str, value: str, fault: str, facts: Mapping[str, object]
    ) -> tuple[object, ...]:
        """Return one row of the frame, with the names that the user has for its table and column."""
        named = layout()[table].columns.get(column) if table in layout() else None
        kolom = named.id if named else ""
        source, title = self._titles.get(table, ("", ""))
        header = self._headers.get((table, column), "")
        remedy = say(f"fault.{fault}", "en", **facts)
        return table, row, column, value, remedy, kolom, source, title, header, fault, facts
