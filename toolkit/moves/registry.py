"""What a rule is and finds, and the dates by which rules judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from toolkit.intake.data import Data
from toolkit.intake.schema import layout


@dataclass(frozen=True)
class Verdict:
    """What a rule finds on the persons, units or pairs it concerns: whether forbidden, by what value, until when.

    ``forbidden`` has a row for each row the rule concerns; ``facts`` the same rows with the fields it must know, where
    these are not in the rows themselves.
    """

    forbidden: pd.Series
    value: pd.Series | str = ""
    passes_on: pd.Series | pd.Timestamp | None = None
    facts: pd.DataFrame | None = None


@dataclass(frozen=True)
class Rule:
    """A rule with what a reader must know of it; rules.toml says what each field means.

    ``test`` gets the frame of its scope and the data; without it the values ``bars`` of one field decide. Persons:
    employees with family, category, retirement_age, unit_kind, unit_locked, known. Units: family, unit_id, known,
    locked, selection_required. Pairs: employee_id, to_unit, km, km_extra, new_job (whether the job changes), and the
    positions person (in employees), from_code, to_code (in units) and to_job (in jobs).
    """

    name: str
    scope: str
    group: str
    article: str = ""
    certain: bool = False
    needs: Sequence[str] = ()
    test: Callable[[pd.DataFrame, Data], Verdict] | None = None
    key: str = ""
    bars: Mapping[str, Sequence[object]] = field(default_factory=dict)

    def judge(self, frame: pd.DataFrame, data: Data) -> Verdict:
        """Apply the rule to the frame of its scope."""
        if self.test is not None:
            return self.test(frame, data)
        ((name, bars),) = self.bars.items()
        return Verdict(frame[name].isin(bars), "" if frame[name].dtype == bool else frame[name])

    def wants(self, data: Data) -> list[str]:
        """Name the columns and the policy keys that are missing for the rule to be applied."""
        return [f"policy {self.key}"] * self._unset(data) + self._lost(data)

    def state(self, data: Data) -> str:
        """Tell whether the rule is on, off (no policy value or column), or not checked (law without a column)."""
        if self._unset(data) or (self._lost(data) and self.group != "law"):
            return "off"
        return "not checked" if self._lost(data) else "on"

    def _unset(self, data: Data) -> bool:
        return bool(self.key) and not any(getattr(data.policy, key) not in (None, False) for key in self.key.split())

    def _lost(self, data: Data) -> list[str]:
        return [column for column in self.needs if not data.has(*column.split("."))]

    def unjudged(self, frame: pd.DataFrame) -> pd.Series:
        """Name the first needed field that is empty and has no meaning when empty, for the rows that have one."""
        columns = {need.split(".")[1]: layout()[need.split(".")[0]].columns[need.split(".")[1]] for need in self.needs}
        names = [name for name, each in columns.items() if each.type != "flag" and not each.blank and name in frame]
        empty = frame[names].isna()
        empty = empty[empty.any(axis=1)]
        return empty.idxmax(axis=1) if len(empty) else pd.Series(dtype="str")


def among(pairs: pd.DataFrame, named: pd.DataFrame, data: Data) -> pd.Series:
    """Tell which pairs are named: ``named`` holds employee_id and unit_id."""
    person = pd.Index(data.employees.employee_id).get_indexer(named.employee_id)
    office, wide = pd.Index(data.units.unit_id).get_indexer(named.unit_id), len(data.units)
    found = pairs.person.isin(person).to_numpy(copy=True)
    some = pairs.loc[found, ["person", "to_code"]].astype("int64")
    found[found] = (some.person * wide + some.to_code).isin((person * wide + office)[office >= 0])
    return pd.Series(found, pairs.index)
