"""The tables and columns that can be loaded, as columns.toml and recognised.toml describe them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

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
    dash: str | None = None
    scaled: Mapping[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    unclear: list[str] = field(default_factory=list)
    either: Mapping[str, str] = field(default_factory=dict)
    yearly: list[str] = field(default_factory=list)
    before: str | None = None
    named: str | None = None
    grouped: bool = False
    titled: Mapping[str, str] = field(default_factory=dict)

    def beyond(self, values: pd.Series) -> dict[str, pd.Series]:
        """Return, for each bound that the column has (low, above, high), which numbers break it.

        A missing number breaks none.
        """
        broken = {}
        if self.low is not None:
            broken["low"] = values < self.low
        if self.above is not None:
            broken["above"] = values <= self.above
        if self.high is not None:
            broken["high"] = values > self.high
        return broken

    def within_bounds(self, values: pd.Series) -> pd.Series:
        """Return which numbers lie within the bounds of the column; a missing number does not."""
        within = values.notna()
        for beyond in self.beyond(values).values():
            within &= ~beyond
        return within

    def choices(self, lang: str) -> list[str]:
        """Return what may be written in the column: its codes, in Indonesian where they have a word for it."""
        if self.type == "flag":
            return ["ya", "tidak"] if lang == "id" else ["yes", "no"]
        if lang != "id":
            return list(self.codes)
        # the first spelling that is a word, not an id of SIASN such as 71 or a letter
        words = {
            code: [word for word in more if len(word) > 1 and word.replace("_", "").isalpha()]
            for code, more in self.codes.items()
        }
        return [found[0] if found else code for code, found in words.items()]

    @property
    def dtype(self) -> str:
        """The dtype of the checked column; what is not listed is text."""
        return DTYPES.get(self.type, "str")


@dataclass(frozen=True)
class Measure:
    """A column that names the unit of each number of another one: its headers, and the factor of each unit."""

    column: str
    also: list[str]
    factors: Mapping[str, str]


@dataclass(frozen=True)
class Table:
    """One table as columns.toml describes it."""

    name: str
    required: bool
    also: list[str]
    key: list[str]
    about: tuple[str, str]
    columns: Mapping[str, Column]
    wide: str | None = None
    sparse: bool = False
    measure: Measure | None = None
    lent: tuple[str, ...] = ()


@cache
def layout() -> dict[str, Table]:
    """Return every table that can be loaded, in the order of columns.toml."""
    return {name: _table(name, entry) for name, entry in _read("columns.toml").items()}


@cache
def recognised() -> dict[str, Any]:
    """Return the words that are recognised in files beside tables and columns (recognised.toml)."""
    return _read("recognised.toml")


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads(files("toolkit.intake").joinpath(name).read_text(encoding="utf-8"))


def _table(name: str, entry: dict[str, Any]) -> Table:
    columns = {key: Column(**{**value, "about": tuple(value["about"])}) for key, value in entry["columns"].items()}
    return Table(
        name=name,
        required=entry.get("required", False),
        also=entry["also"],
        key=entry["key"],
        about=tuple(entry["about"]),
        columns=columns,
        wide=entry.get("wide"),
        sparse=entry.get("sparse", False),
        measure=Measure(**entry["measure"]) if "measure" in entry else None,
        lent=tuple(entry.get("lent", ())),
    )


def squash(text: str) -> str:
    """Reduce a name, header or code to what counts when two are compared: small letters and digits, no leading zeros.

    >>> squash("JENIS JABATAN ID"), squash("jenisJabatanId"), squash("01")
    ('jenisjabatanid', 'jenisjabatanid', '1')
    """
    return re.sub(r"^0+(?=\d)", "", re.sub(r"[\W_]+", "", text.casefold()))


def name_as_id(name: str) -> str:
    """Return the id of a name: its words joined by underscores, the same for every way to write it; a code stays.

    >>> name_as_id("Dinas  Sosial (Kota)"), name_as_id("U01")
    ('dinas_sosial_kota', 'U01')
    """
    words = [word for word in re.split(r"[\W_]+", name.strip()) if word]
    return "_".join(words).lower() if len(words) > 1 else name.strip()


def squashed(words: str) -> set[str]:
    """Return a list of recognised.toml, each word squashed for comparison."""
    return {squash(word) for word in recognised()[words]}
