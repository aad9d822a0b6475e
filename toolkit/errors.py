"""The errors of the toolkit and how their messages are built: what is wrong, where, and what to do.

An error holds the key of its sentence in words/ and its facts, so it can be said in either language; ``str`` gives it
in English. A message names at most five culprits and says how many there are; the error's frame has the whole list.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from toolkit.words import SHOWN, Phrase, few, lexicon, listed, phrase, say, written

if TYPE_CHECKING:
    import pandas as pd

BREACH_COLUMNS = ["check", "culprit", "found", "expected"]


class MutasiError(Exception):
    """Any error that the toolkit raises on purpose; the command line says it and exits with 1.

    ``key`` names a sentence of words/ under [error], ``facts`` fill it. A text that names none is said as it is, so
    that rules of one's own can raise errors of their own.

    >>> MutasiError("folder_missing", place="data").said("id")
    'data tidak ada; sebutkan folder atau buku kerja yang berisi tabel'
    """

    def __init__(self, key: str, /, **facts: object):
        self.key, self.facts = key, facts
        super().__init__(self.said("en"))

    def said(self, lang: str) -> str:
        """Return the message in one language."""
        key = f"error.{self.key}"
        return say(key, lang, **self.facts) if key in lexicon(lang) else self.key


class PolicyError(MutasiError):
    """Policy keys that are unknown or values that are impossible.

    ``faults`` lists each as (key, value, remedy); it is empty when the policy as a whole is at fault.
    """

    def __init__(self, key: str = "policy", faults: Sequence[tuple[str, str, Phrase]] = (), /, **facts: object):
        self.faults = tuple(faults)
        super().__init__(key, **facts)

    def said(self, lang: str) -> str:
        """Return the message in one language."""
        if not self.faults:
            return super().said(lang)
        lines = [_policy_fault(*fault).said(lang) for fault in self.faults]
        head = say("error.policy_faults", lang, count=len(lines))
        return listed(head, lines[:SHOWN], len(lines), lang) if len(lines) > 1 else lines[0]


class ArgumentError(MutasiError, ValueError):
    """An argument of a function that cannot be used: of another kind, in another order, negative or empty."""


class InfeasibleError(MutasiError):
    """The demands on a plan cannot hold together."""


class NotProvenError(MutasiError):
    """The solver did not prove its plan the best one; no plan is given."""


class InputError(MutasiError):
    """Tables with faults.

    ``faults`` is a frame: table, row (as a spreadsheet counts: the header is row 1; empty when it is not one row's
    fault), column, value, remedy, kolom (the column's Indonesian name); source (file or sheet) and title where the user
    calls the table otherwise, header where the user calls the column otherwise; fault and facts, from which the
    remedy is said.
    """

    def __init__(self, faults: pd.DataFrame, where: object = phrase("thing.tables")):
        self.faults, self.where = faults, where
        super().__init__("faults")

    def said(self, lang: str, shown: int = SHOWN) -> str:
        """Return the message in one language: a line for each kind of fault in each column, at most ``shown``."""
        kinds = [rows for _, rows in self.faults.groupby(["table", "column", "remedy"], sort=False)]
        lines = [_one_fault(rows.iloc[0], lang) if len(rows) == 1 else _faults(rows, lang) for rows in kinds[:shown]]
        key = "error.fault_one" if len(self.faults) == 1 else "error.fault_many"
        return listed(say(key, lang, count=len(self.faults), where=self.where), lines, len(kinds), lang)


class VerificationError(MutasiError):
    """A plan that does not agree with its inputs.

    ``breaches`` is a frame: check, culprit, found (what the plan says), expected (what its inputs give).
    """

    def __init__(self, rows: Sequence[Sequence[object]], where: object = phrase("thing.plan")):
        import pandas as pd

        self.rows, self.where = list(rows), where
        self.breaches = pd.DataFrame([[str(part) for part in row] for row in self.rows], columns=BREACH_COLUMNS)
        super().__init__("breaches")

    def said(self, lang: str) -> str:
        """Return the message in one language, at most five breaches."""
        lines = [_breach(row, lang) for row in self.rows[:SHOWN]]
        key = "error.breach_one" if len(self.rows) == 1 else "error.breach_many"
        return listed(say(key, lang, count=len(self.rows), where=self.where), lines, len(self.rows), lang)


def _policy_fault(key: str, value: str, remedy: Phrase) -> Phrase:
    if not key:
        return phrase("error.policy_file", remedy=remedy)
    return phrase("error.policy_value" if value else "error.policy_key", key=key, value=value, remedy=remedy)


def _breach(row: Sequence[object], lang: str) -> str:
    check, culprit, found, expected = row
    named = f"breach.check_{check}"
    title = say(named, lang) if named in lexicon(lang) else check
    # a figure stays as it is printed in the plan: rounded, two that differ may look the same
    said = {
        name: part.said(lang) if isinstance(part, Phrase) else str(part)
        for name, part in (("culprit", culprit), ("found", found), ("expected", expected))
    }
    return say("error.breach", lang, check=title, **said)


def _one_fault(fault: Any, lang: str) -> str:
    """Say one fault: table, row, column, the cell as it is written, and the remedy."""
    has_row = fault.row == fault.row  # NaN differs from itself: the fault is not that of one row
    place = [_table(fault), phrase("fault.in_row", row=f"{fault.row:.0f}") if has_row else "", _column(fault)]
    value = f"{fault['value']!r}: " if fault["value"] else ""
    return f"{_joined(place, lang)}: {value}{_remedy(fault, lang)}"


def _faults(rows: pd.DataFrame, lang: str) -> str:
    """Say many faults of one kind: where, how many, the remedy, and five of them."""
    first = rows.iloc[0]
    what = "fault.cells" if first.column else "fault.rows"
    place = [_table(first), _column(first), phrase(what, count=len(rows))]
    rows = rows.head(SHOWN)
    examples = [_example(row, value, lang) for row, value in zip(rows.row, rows["value"], strict=True)]
    return f"{_joined(place, lang)}: {_remedy(first, lang)}: {', '.join(examples)}"


def _example(row: float, value: str, lang: str) -> str:
    place = say("fault.in_row", lang, row=f"{row:.0f}") if row == row else ""
    return " ".join(filter(None, [place, f"{value!r}" if value else ""]))


def _table(fault: Any) -> object:
    """Name a table as its file or sheet is called, with our own name where that is another."""
    if f"fault.table_{fault.table}" in lexicon("en"):  # what is no table of ours, such as the workbook itself
        return phrase(f"fault.table_{fault.table}")
    return phrase(f"fault.in_{fault.source}", title=fault.title, table=fault.table) if fault.title else fault.table


def _column(fault: Any) -> str:
    """Name a column as the header of the file does, with our own name; one without another name by its kolom."""
    if fault.header:
        return f'"{fault.header}" ({fault.column})'
    return str(fault.column if fault.kolom in ("", fault.column) else f"{fault.column} ({fault.kolom})")


def _joined(place: Sequence[object], lang: str) -> str:
    return ", ".join(str(written(part, lang)) for part in place if part)


def _remedy(fault: Any, lang: str) -> str:
    return say(f"fault.{fault.fault}", lang, **fault.facts)


__all__ = [
    "BREACH_COLUMNS",
    "ArgumentError",
    "InfeasibleError",
    "InputError",
    "MutasiError",
    "NotProvenError",
    "PolicyError",
    "VerificationError",
    "few",
]
