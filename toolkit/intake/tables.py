"""What tables there are, and the agency that is made of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from toolkit.intake.policy import Policy
from toolkit.words import say

Note = tuple[str, Mapping[str, object]]  # a sentence of words under [note], and its facts
DTYPES = {"number": "float64", "date": "datetime64[s]", "flag": "bool"}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column as columns.toml describes it."""

    type: str
    id: str
    about: tuple[str, str]
    required: bool = False
    also: list[str] = field(default_factory=list)
    codes: Mapping[str, list[str]] = field(default_factory=dict)
    spellings: Mapping[str, list[str]] = field(default_factory=dict)
    low: float | None = None
    high: float | None = None
    above: float | None = None
    refers: str | None = None
    blank: str | None = None

    def admits(self, values: pd.Series) -> pd.Series:
        """Tell which numbers lie within the bounds of the column."""
        low, high = (-np.inf if self.low is None else self.low), (np.inf if self.high is None else self.high)
        return values.between(low, high) & (values > (-np.inf if self.above is None else self.above))

    @property
    def dtype(self) -> str:
        """The dtype of the checked column; what is not listed is text."""
        return DTYPES.get(self.type, "str")


@dataclass(frozen=True)
class Table:
    """One table as columns.toml describes it."""

    name: str
    required: bool
    also: list[str]
    key: list[str]
    about: tuple[str, str]
    columns: Mapping[str, Column]


@cache
def layout() -> dict[str, Table]:
    """Give every table that can be handed in, in the order of columns.toml."""
    return {name: _table(name, entry) for name, entry in _read("columns.toml").items()}


@cache
def door() -> dict[str, list[str]]:
    """Give the words that the door knows beside tables and columns (door.toml)."""
    return _read("door.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("toolkit.intake").joinpath(name).read_text(encoding="utf-8"))


def _table(name: str, entry: dict[str, Any]) -> Table:
    columns = {key: Column(**{**value, "about": tuple(value["about"])}) for key, value in entry["columns"].items()}
    about = tuple(entry["about"])
    return Table(name, entry.get("required", False), entry["also"], entry["key"], about, columns)


def squash(text: str) -> str:
    """Give what counts in a name, header or code: letters and digits in small letters, no leading zeros.

    >>> squash("JENIS JABATAN ID"), squash("jenisJabatanId"), squash("01")
    ('jenisjabatanid', 'jenisjabatanid', '1')
    """
    return re.sub(r"^0+(?=\d)", "", re.sub(r"[\W_]+", "", text.casefold()))


def squashed(words: str) -> set[str]:
    """Give a list of door.toml as it is compared."""
    return {squash(word) for word in door()[words]}


@dataclass(frozen=True)
class Data:
    """Checked tables of one agency and the policy of this run.

    Every table of columns.toml is there as ``data.units``, ``data.employees``, ...: typed, sorted by its key, with
    all its columns (an absent table is empty, an absent column is all missing; ``has`` tells). ``notes`` says in
    English what was renamed, decided or not read; ``seen`` names people whose NIP is odd, by the kind of oddity.
    """

    folder: Path
    policy: Policy
    tables: Mapping[str, pd.DataFrame]
    given: frozenset[str]
    files: Mapping[str, str]
    told: tuple[Note, ...] = ()
    seen: Mapping[str, list[str]] = field(default_factory=dict)
    workbook: str = ""

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in layout():
            raise AttributeError(f"the data has no table {name!r}; it has {', '.join(layout())}")
        return self.tables[name]

    def has(self, table: str, *columns: str) -> bool:
        """Tell whether a table, and all the columns named, were handed in."""
        return table in self.given and all(f"{table}.{column}" in self.given for column in columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was renamed, decided or not read, in English."""
        return tuple(say(f"told.{key}", "en", **facts) for key, facts in self.told)

    @property
    def summary(self) -> pd.Series:
        """The number of rows of each table that was handed in."""
        return pd.Series({name: len(self.tables[name]) for name in layout() if name in self.given}, name="rows")

    def _repr_html_(self) -> str:
        return self.summary.to_frame().to_html()
