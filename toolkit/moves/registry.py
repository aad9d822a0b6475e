"""How a rule is written: ``Rule``, the ``Verdict`` its function returns, and ``@rule``, which registers it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from toolkit.errors import ArgumentError, MutasiError
from toolkit.intake.data import Data
from toolkit.intake.policy import Policy
from toolkit.intake.schema import Column, layout
from toolkit.moves.staff import STAFF

SCOPES = ("person", "unit", "pair")
GROUPS = ("law", "choice", "preference")
LIFTS = ("", "reason", "letter", "never")  # "": as group and certainty say


@dataclass(frozen=True)
class Verdict:
    """What a rule finds on the persons, units or pairs it concerns: whether forbidden, by what value, until when.

    ``forbidden`` has a row for each row the rule concerns, with the index of the frame the rule was given; rows left
    out pass. ``facts`` holds the same rows with the fields the rule must know, where these are not in the frame
    itself.
    """

    forbidden: pd.Series
    value: pd.Series | str = ""
    passes_on: pd.Series | pd.Timestamp | None = None
    facts: pd.DataFrame | None = None


Test = Callable[[pd.DataFrame, Data], Verdict]


@dataclass(frozen=True)
class Rule:
    """A rule with what a reader must know of it; rules.toml says what each field means.

    ``test`` gets the frame of its scope and the data; without it the values ``bars`` of one field decide. Persons:
    employees with family, category, retirement_age, unit_kind, unit_locked, known. Units: family, unit_id, known,
    locked, selection_required. Pairs: employee_id, to_unit, km, km_extra, new_job (whether the job changes), and the
    positions person (in employees), from_code, to_code (in units) and to_job (in jobs).

    Raises:
        ArgumentError: a scope, group, column or policy key that does not exist, or not exactly one of ``test`` and
            ``bars``.

    >>> Rule("night_shift", "person", "choice", bars={"status": ["cpns"]}).about
    ''
    """

    name: str
    scope: str
    group: str
    article: str = ""
    certain: bool = False
    needs: Sequence[str] = ()
    test: Test | None = None
    key: str = ""
    bars: Mapping[str, Sequence[object]] = field(default_factory=dict)
    seen: str = ""
    verify: bool = False
    binding: bool = False
    lift: str = ""
    whom: str = ""
    partly: bool = False

    def __post_init__(self) -> None:
        limited = [("scope", self.scope, SCOPES), ("group", self.group, GROUPS), ("lift", self.lift, LIFTS)]
        for what, value, known in [*limited, ("whom", self.whom, ("", *STAFF))]:
            if value not in known:
                names = ", ".join(filter(None, known))
                raise ArgumentError("rule_value", rule=self.name, what=what, value=repr(value), known=names)
        if len(self.bars) != (1 if self.test is None else 0):
            raise ArgumentError("rule_test", rule=self.name)
        # a column with a typo would never be handed in, and the rule silently off for ever
        strange = [need for need in self.needs if not _possible(need) <= _columns().keys()]
        if strange:
            raise ArgumentError("rule_needs", rule=self.name, names=strange)
        keys = {each.name for each in fields(Policy)}
        strange = [key for key in self.key.split() if key not in keys]
        if strange:
            raise ArgumentError("rule_key", rule=self.name, names=strange)

    @property
    def about(self) -> str:
        """The first line of the docstring of its function; empty where it has none."""
        documented = (self.test and self.test.__doc__) or ""
        return documented.strip().partition("\n")[0]

    @property
    def lifted_by(self) -> str:
        """What lifts the rule for one person: a reason, a letter of the minister, or nothing (never)."""
        if self.lift:
            return self.lift
        return "reason" if self.binding or (self.group == "law" and not self.certain) else "never"

    def concerns(self, data: Data) -> pd.Series:
        """Whether the rule speaks of each person (row of ``data.employees``): of everybody, or only of some staff."""
        if not self.whom:
            return pd.Series(True, data.employees.index)
        return STAFF[self.whom](data)

    def judge(self, frame: pd.DataFrame, data: Data) -> Verdict:
        """Apply the rule to the frame of its scope."""
        if self.test is not None:
            return self.test(frame, data)
        ((name, barring),) = self.bars.items()
        # of a flag the value says no more than the rule's own sentence
        value = "" if frame[name].dtype == bool else frame[name]
        return Verdict(frame[name].isin(barring), value)

    def wants(self, data: Data) -> list[str]:
        """Name the columns and the policy keys that are missing for the rule to be applied."""
        keys = [f"policy {self.key}"] if self._lacks_key(data) else []
        return keys + self._missing_columns(data)

    def state(self, data: Data) -> str:
        """Whether the rule is on, off (no policy value or column), or not checked (law without a column).

        A binding choice is not checked either; a rule that speaks of nobody here is off.
        """
        if self._lacks_key(data):
            return "off"
        if not self._missing_columns(data):
            return "on"
        # law holds whether or not its column was handed in: what was not checked must travel with each transfer
        holds = self.group == "law" or self.binding
        return "not checked" if holds and self.concerns(data).any() else "off"

    def is_applied(self, data: Data) -> bool:
        """Whether the rule judges anything: it is on, or it judges what it can without its columns."""
        state = self.state(data)
        return state == "on" or (self.partly and state == "not checked")

    def needed(self, policy: Policy) -> list[str]:
        """The columns that the rule needs, where some depend on a choice of the policy: the chosen ones."""
        return [need.format_map(asdict(policy)) for need in self.needs]

    def unjudged(self, frame: pd.DataFrame, policy: Policy) -> pd.Series:
        """Name the first needed field that is empty, for the rows that have one.

        Flags, and columns for which columns.toml says what an empty cell means, are never missing.
        """
        needed = {need.split(".")[1]: _columns()[need] for need in self.needed(policy)}
        names = [
            name for name, column in needed.items() if column.type != "flag" and not column.blank and name in frame
        ]
        empty = frame[names].isna()
        empty = empty[empty.any(axis=1)]
        # idxmax of a row of booleans is the first True; a frame without rows has none
        return empty.idxmax(axis=1) if len(empty) else pd.Series(dtype="str")

    def _lacks_key(self, data: Data) -> bool:
        values = [getattr(data.policy, key) for key in self.key.split()]
        return bool(values) and all(value in (None, False) for value in values)

    def _missing_columns(self, data: Data) -> list[str]:
        return [column for column in self.needed(data.policy) if not data.has(*column.split("."))]


def _possible(need: str) -> set[str]:
    """Every column that a need may name: ``employees.in_{tenure_from}_since`` names one for each code of the key.

    >>> sorted(_possible("employees.in_{tenure_from}_since"))
    ['employees.in_post_since', 'employees.in_unit_since']
    """
    found = re.search(r"\{(\w+)\}", need)
    if found is None:
        return {need}
    codes = [code for each in fields(Policy) if each.name == found[1] for code in each.metadata["codes"]]
    return {need.replace(found[0], code) for code in codes} or {need}


@cache
def _columns() -> dict[str, Column]:
    """Every column of the input by its name ``table.column``."""
    return {f"{table}.{name}": column for table, form in layout().items() for name, column in form.columns.items()}


FUNCTIONS: dict[str, Test] = {}


def rule(test: Test) -> Test:
    """Register a function under its own name, so that a line of rules.toml can name it.

    Raises:
        MutasiError: a function of that name is registered already.
    """
    name = test.__name__
    if name in FUNCTIONS:
        raise MutasiError("rule_twice", name=name)
    FUNCTIONS[name] = test
    return test


def rule_lines() -> list[dict[str, Any]]:
    """Return the lines of rules.toml, in their order."""
    text = files("toolkit.moves").joinpath("rules.toml").read_text(encoding="utf-8")
    lines: list[dict[str, Any]] = tomllib.loads(text)["rules"]
    return lines


def join_rules(lines: Iterable[Mapping[str, Any]], functions: Mapping[str, Test]) -> list[Rule]:
    """Join the lines of rules.toml with the registered functions, one rule a line.

    Raises:
        MutasiError: a line with an unknown field, a line that has neither ``bars`` nor a function, or a function that
            no line names.

    >>> join_rules([{"name": "probation", "scope": "person", "group": "law", "bars": {"status": ["cpns"]}}], {})[0].name
    'probation'
    """
    known = {each.name for each in fields(Rule)}
    named: set[str] = set()
    rules = []
    for line in lines:
        strange = sorted(set(line) - known)
        if strange:
            raise MutasiError("rule_field", rule=repr(line.get("name")), names=strange)
        test = None
        if "bars" not in line or "test" in line:
            function = line.get("test", line["name"])
            if function not in functions:
                raise MutasiError("rule_function", rule=repr(line["name"]), function=repr(function))
            test = functions[function]
            named.add(function)
        rules.append(Rule(**{**line, "test": test}))
    idle = sorted(set(functions) - named)
    if idle:
        raise MutasiError("rule_idle", names=idle)
    return rules
