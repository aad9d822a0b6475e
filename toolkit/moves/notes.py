"""The notes that travel with a transfer: approvals needed, what is not known or not checked, what was lifted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from toolkit.common.calendar import next_start
from toolkit.intake.data import Data
from toolkit.moves.rules import SEMESTERS, teaches
from toolkit.need.staffing import Need


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


def with_need_notes(transfers: pd.DataFrame, need: Need) -> pd.Series:
    """Return the notes of some transfers, with those on the needs of the two offices added.

    What they say: norms that were not accepted, and doubts that somebody confirmed.

    Args:
        transfers: family, from_unit, to_unit, notes.
        need: from ``tk.staff_need``.
    """
    table = need.table.reindex(columns=["family", "unit_id", "job_id", "bound", "confirmed_by"])
    unsound = table[(table.bound == "work") & table.job_id.isin(need.norms.not_accepted)]
    confirmed = table[table.confirmed_by.fillna("") != ""]
    jobs = unsound.groupby(["family", "unit_id"]).job_id.agg(list).to_dict()
    names = confirmed.groupby(["family", "unit_id"]).confirmed_by.agg(", ".join).str.replace("; ", ", ").to_dict()
    ends = zip(transfers.family, transfers.from_unit, transfers.to_unit, transfers.notes, strict=True)
    notes = [
        "; ".join(filter(None, [note, _norms_note(family, units, jobs), *_confirmed_notes(family, units, names)]))
        for family, *units, note in ends
    ]
    return pd.Series(notes, transfers.index, dtype="str")


def _norms_note(family: str, units: Sequence[str], jobs: Mapping[tuple[str, str], list[str]]) -> str:
    """The jobs of either office whose norms were not accepted."""
    named = dict.fromkeys(job for unit in units for job in jobs.get((family, unit), []))
    return f"rests on norms that were not accepted: {', '.join(named)}" if named else ""


def _confirmed_notes(family: str, units: Sequence[str], names: Mapping[tuple[str, str], str]) -> list[str]:
    """Who confirmed the doubtful need of either office."""
    return [f"doubtful need of {unit} confirmed by {names[family, unit]}" for unit in units if (family, unit) in names]
