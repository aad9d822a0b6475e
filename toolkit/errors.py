"""The errors of the toolkit and how their messages are built: what is wrong, where, and what to do.

A message names at most five culprits and says how many there are; the error's frame has the whole list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 5
BREACH_COLUMNS = ["check", "culprit", "found", "expected"]


class MutasiError(Exception):
    """Any error that the toolkit raises on purpose; the command line prints it and exits with 1."""


class PolicyError(MutasiError):
    """Policy keys that are unknown or values that are impossible.

    ``faults`` lists each as (key, value, remedy); it is empty when the policy as a whole is at fault.
    """

    def __init__(self, message: str, faults: Sequence[tuple[str, str, str]] = ()):
        self.faults = tuple(faults)
        super().__init__(message)


class ArgumentError(MutasiError, ValueError):
    """An argument of a function that cannot be used: of another kind, in another order, negative or empty."""


class InfeasibleError(MutasiError):
    """The demands on a plan cannot hold together."""


class NotProvenError(MutasiError):
    """The solver did not prove its plan the best one; no plan is given."""


class InputError(MutasiError):
    """Tables with faults.

    ``faults`` is a frame: table, row (as a spreadsheet counts: the header is row 1; empty when it is not one row's
    fault), column, value, remedy, kolom (the column's Indonesian name).
    """

    def __init__(self, faults: pd.DataFrame, where: object = "the tables", shown: int = SHOWN):
        self.faults, self.where = faults, where
        lines = [_fault(row) for row in faults.head(shown).itertuples(index=False)]
        count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
        super().__init__(listed(f"{count} in {where}:", lines, len(faults)))


class VerificationError(MutasiError):
    """A plan that does not agree with its inputs.

    ``breaches`` is a frame: check, culprit, found (what the plan says), expected (what its inputs give).
    """

    def __init__(self, breaches: pd.DataFrame, where: object = "the plan"):
        self.breaches = breaches
        lines = [
            f"{row.check}: {row.culprit}: found {row.found}, expected {row.expected}"
            for row in breaches.head(SHOWN).itertuples(index=False)
        ]
        count = "1 breach" if len(breaches) == 1 else f"{len(breaches)} breaches"
        super().__init__(listed(f"{where} does not hold, {count}:", lines, len(breaches)))


def _fault(row: Any) -> str:
    place = [row.table]
    if row.row == row.row:  # NaN, which differs from itself, where the fault is not that of one row
        place.append(f"row {row.row:.0f}")
    if row.column:
        place.append(row.column if row.kolom in ("", row.column) else f"{row.column} ({row.kolom})")
    return f"{', '.join(place)}: {f'{row.value!r}: ' if row.value else ''}{row.remedy}"


def listed(head: str, lines: Sequence[str], total: int) -> str:
    """Join lines under a heading, and add how many more there are.

    >>> listed("3 faults:", ["one", "two"], 3)
    '3 faults:\\n  one\\n  two\\n  ... and 1 more'
    """
    more = [f"... and {total - len(lines)} more"] if total > len(lines) else []
    return "\n  ".join([head, *lines, *more])


def few(culprits: Iterable[object]) -> str:
    """Name at most five culprits and say how many there are.

    >>> few(["U1", "U2"])
    'U1, U2'
    >>> few(range(7))
    '0, 1, 2, 3, 4 ... (7 in all)'
    """
    names = [str(name) for name in culprits]
    return ", ".join(names[:SHOWN]) + (f" ... ({len(names)} in all)" if len(names) > SHOWN else "")
