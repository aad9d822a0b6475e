"""The notes that travel with a transfer: approvals needed, what is not known or not checked, what was lifted."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from toolkit.common.calendar import next_start
from toolkit.intake.data import Data
from toolkit.moves.rules import SEMESTERS, teaches


def personal_notes(people: pd.DataFrame, data: Data, unchecked: Sequence[str], lifts: pd.DataFrame) -> pd.Series:
    """Return a text for each person, its parts joined by "; "; empty where there is nothing to note.

    The texts are English and fixed; :func:`toolkit.reasons.explanation.noted` says them in the reader's language.

    Args:
        people: one row a person, as the rules see them.
        data: tells which tables were handed in, and the date.
        unchecked: names of rules of law that lack a column.
        lifts: the edits that lift a rule for one person.
    """
    marks = [
        ("needs ministry approval (PPPK)", people.status == "pppk"),
        _semester_mark(people, data),
        ("distance not known", people.home_district.isna() & _has_homes(data)),
        (f"not checked: {', '.join(dict.fromkeys(unchecked))}", pd.Series(bool(unchecked), people.index)),
    ]
    notes = _lift_notes(people, lifts)
    # from the last to the first, because each goes in front of what is there
    for text, marked in reversed(marks):
        notes = notes.mask(marked, text + notes.map(lambda rest: rest and "; " + rest))
    return notes


def _semester_mark(people: pd.DataFrame, data: Data) -> tuple[str, pd.Series]:
    """The start of the next semester, which a teacher's transfer waits for."""
    taught = teaches(people)
    # the date is asked for only where somebody teaches: tables without volumes need not give one
    start = next_start(data.as_of, SEMESTERS).date() if taught.any() else ""
    return f"begins with a semester ({start})", taught


def _has_homes(data: Data) -> bool:
    return data.has("places") and data.has("employees", "home_district")


def _lift_notes(people: pd.DataFrame, lifts: pd.DataFrame) -> pd.Series:
    """What was lifted for each person, for which office, and by whom."""
    office = (" for " + lifts.unit_id).fillna("")
    text = "lifted: " + lifts.rule + office + " by " + lifts.by + " (reason in edits)"
    joined = text.astype("str").groupby(lifts.employee_id).agg("; ".join)
    return people.employee_id.map(joined).astype("str").fillna("")
