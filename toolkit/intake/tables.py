"""What tables there are, and the agency that is made of them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pandas as pd

from toolkit.intake.policy import Policy

DTYPES = {"number": "float64", "date": "datetime64[s]", "flag": "bool"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column as columns.toml describes it."""

    type: str
    id: str
    about: tuple[str, str]
    required: bool = False
    codes: Mapping[str, list[str]] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    above: float | None = None
    refers: str | None = None
    blank: str | None = None

    @property
    def dtype(self) -> str:
        """The dtype of the checked column; what is not listed is text."""
        return DTYPES.get(self.type, "str")


@dataclass(frozen=True)
class Table:
    """One table as columns.toml describes it."""

    name: str
    required: bool
    key: list[str]
    about: tuple[str, str]
    columns: Mapping[str, Column]


@cache
def layout() -> dict[str, Table]:
    """Give every table that can be handed in, in the order of columns.toml."""
    raw = tomllib.loads(files("toolkit.intake").joinpath("columns.toml").read_text(encoding="utf-8"))
    return {name: _table(name, entry) for name, entry in raw.items()}


def _table(name: str, entry: dict[str, Any]) -> Table:
    columns = {key: Column(**{**value, "about": tuple(value["about"])}) for key, value in entry["columns"].items()}
    return Table(name, entry.get("required", False), entry["key"], tuple(entry["about"]), columns)


@dataclass(frozen=True)
class Data:
    """Checked tables of one agency and the policy of this run.

    Every table of columns.toml is there as ``data.units``, ``data.employees``, ...: typed, sorted by its key, with
    all its columns (an absent table is empty, an absent column is all missing; ``has`` tells).
    """

    folder: Path
    policy: Policy
    tables: Mapping[str, pd.DataFrame]
    given: frozenset[str]
    files: Mapping[str, str]
    notes: tuple[str, ...] = ()
    workbook: str = ""

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in layout():
            raise AttributeError(f"the data has no table {name!r}; it has {', '.join(layout())}")
        return self.tables[name]

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether a table, and all the columns named, were handed in."""
        return table in self.given and all(f"{table}.{column}" in self.given for column in columns)

    @property
    def summary(self) -> pd.Series:
        """The number of rows of each table that was handed in."""
        return pd.Series({name: len(self.tables[name]) for name in layout() if name in self.given}, name="rows")

    def _repr_html_(self) -> str:
        return self.summary.to_frame().to_html()
