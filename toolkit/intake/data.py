"""``Data``: the checked tables of one agency, the policy of the run, and the notes of loading."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from toolkit.common.calendar import day_after
from toolkit.common.results import Result
from toolkit.errors import PolicyError
from toolkit.intake.policy import Policy
from toolkit.intake.schema import layout
from toolkit.words import say

Note = tuple[str, Mapping[str, object]]  # a sentence of words/ under [intake], and its facts


@dataclass(frozen=True, eq=False, repr=False)
class Data(Result):
    """Checked tables of one agency and the policy of this run.

    Every table of columns.toml is there as ``data.units``, ``data.employees``, ...: typed, sorted by its key, with
    all its columns (an absent table is empty, an absent column is all missing; ``has`` tells). ``notes`` says in
    English what was renamed, decided or not read; ``nip_warnings`` names people whose NIP looks wrong, by the kind of
    warning.
    """

    folder: Path
    policy: Policy
    tables: Mapping[str, pd.DataFrame]
    given: frozenset[str]
    files: Mapping[str, str]
    note_facts: tuple[Note, ...] = ()
    nip_warnings: Mapping[str, list[str]] = field(default_factory=dict)
    workbook: str = ""

    def __getattr__(self, name: str) -> pd.DataFrame:
        if name.startswith("_") or name not in layout():
            raise AttributeError(f"the data has no table {name!r}; it has {', '.join(layout())}")
        return self.tables[name]

    def has(self, table: str, *columns: str) -> bool:
        """Whether a table, and all the columns named, were given."""
        return table in self.given and all(f"{table}.{column}" in self.given for column in columns)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was renamed, decided or not read, in English."""
        return tuple(say(f"intake.{key}", "en", **facts) for key, facts in self.note_facts)

    @property
    def summary(self) -> pd.Series:
        """The number of rows of each table that was given."""
        return pd.Series({name: len(self.tables[name]) for name in layout() if name in self.given}, name="rows")

    @property
    def has_as_of(self) -> bool:
        """Whether there is a date of judgement: policy ``as_of``, or volumes to take it from."""
        return self.policy.as_of is not None or not self.volumes.empty

    @property
    def as_of(self) -> pd.Timestamp:
        """The date of judgement: policy ``as_of``, else the day after the last period in volumes, never the clock.

        Raises:
            PolicyError: there is neither.
        """
        if self.policy.as_of is not None:
            return pd.Timestamp(self.policy.as_of)
        if self.volumes.empty:
            raise PolicyError(say("intake.no_date", "en"))
        return day_after(self.volumes.period.max())

    def __repr__(self) -> str:
        return f"<Data: {', '.join(f'{name}={rows} rows' for name, rows in self.summary.items())}>"

    def _repr_html_(self) -> str:
        return self.summary.to_frame().to_html()
