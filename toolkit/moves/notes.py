"""The notes that travel with a transfer: approvals needed, what is not known or not checked, what was lifted.

The texts are English and fixed; :func:`toolkit.reasons.explanation.noted` says them in the reader's language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from toolkit.common.calendar import next_start
from toolkit.common.types import Index, Mask
from toolkit.intake.data import Data
from toolkit.moves.law_on_persons import SEMESTERS
from toolkit.moves.staff import health, teachers
from toolkit.need.staffing import Need

NEEDS_TEST = "needs a competence test (functional job)"
UNWILLING = "has said not to be willing to move"


def personal_notes(
    people: pd.DataFrame, data: Data, unchecked: Mapping[str, pd.Series], lifts: pd.DataFrame
) -> pd.Series:
    """Return a text for each person, its parts joined by "; "; empty where there is nothing to note.

    Args:
        people: one row a person, as the rules see them.
        data: tells which tables were handed in, and the date.
        unchecked: rule -> whom it concerns, for the rules that lack a column.
        lifts: the edits that lift a rule for one person.
    """
    marks = [
        (UNWILLING, people.employee_id.isin(data.wishes.employee_id[data.wishes.willing == "no"])),
        ("needs ministry approval (PPPK)", people.status == "pppk"),
        ("needs technical approval of BKN (I-MUT)", _asked_of_bkn(people, data)),
        _semester_mark(data),
        ("needs a licence (SIP) for the new place of work", health(data)),
        _bond_mark(people, data),
        ("distance not known", people.home_district.isna() & _has_homes(data)),
        (_unchecked_names(unchecked, people), None),
    ]
    notes = _lift_notes(people, lifts)
    # from the last to the first, because each goes in front of what is there
    for text, marked in reversed(marks):
        text = pd.Series(text, people.index, dtype=object)
        marked = text != "" if marked is None else marked
        joined = text + notes.map(lambda rest: rest and "; " + rest)
        notes = notes.mask(marked, joined)
    return notes


def _asked_of_bkn(people: pd.DataFrame, data: Data) -> pd.Series:
    """For whom the policy says that BKN is asked first: nobody, pelaksana, or all."""
    if data.policy.pertek == "general":
        return people.category == "general"
    return pd.Series(data.policy.pertek == "all", people.index)


def _semester_mark(data: Data) -> tuple[str, pd.Series]:
    """The start of the next semester, which a teacher's transfer waits for."""
    taught = teachers(data)
    # the date is asked for only where somebody teaches: tables without volumes need not give one
    start = next_start(data.as_of, SEMESTERS).date() if taught.any() else ""
    return f"begins with a semester ({start})", taught


def _bond_mark(people: pd.DataFrame, data: Data) -> tuple[pd.Series, pd.Series]:
    """The end of the service owed after study, while it runs: it binds to the agency, not to the office."""
    owed = people.bond_until.notna()
    if owed.any():
        owed = people.bond_until >= data.as_of
    return "owes service after study until " + people.bond_until.dt.strftime("%Y-%m-%d").fillna(""), owed


def _unchecked_names(unchecked: Mapping[str, pd.Series], people: pd.DataFrame) -> pd.Series:
    """The rules of law that lack a column and concern the person; empty where none does."""
    names = pd.Series("", people.index, dtype=object)
    for name, concerned in unchecked.items():
        names = names.mask(concerned, names.map(lambda rest: rest + ", " if rest else "not checked: ") + name)
    return names


def _has_homes(data: Data) -> bool:
    return data.has("places") and data.has("employees", "home_district")


def _lift_notes(people: pd.DataFrame, lifts: pd.DataFrame) -> pd.Series:
    """What was lifted for each person, for which office, by whom, and by which letter."""
    office = (" for " + lifts.unit_id).fillna("")
    letter = ", letter " + lifts.letter.str.replace(";", ",") + " of " + lifts.letter_date.dt.strftime("%Y-%m-%d")
    text = "lifted: " + lifts.rule + office + " by " + lifts.by + " (reason in edits)" + letter.fillna("")
    joined = text.astype("str").groupby(lifts.employee_id).agg("; ".join)
    return people.employee_id.map(joined).astype("str").fillna("")


def pair_notes(pairs: pd.DataFrame, notes: pd.Series, data: Data) -> pd.Categorical:
    """Return the notes of each pair: those of the person (``notes``), behind those of the job and the office.

    Each distinct text is written once, and pairs refer to it by a code.
    """
    code, texts = pd.factorize(notes.to_numpy(object))
    parts = [(code[pairs.person], list(texts))]
    for codes, said in (
        _tpp_part(pairs, data),
        _grade_part(pairs, data),
        _appointed_part(pairs, data),
        _test_part(pairs, data),
    ):
        if any(said[each] for each in pd.unique(codes)):
            parts.insert(0, (codes, said))
    total = np.zeros(len(pairs), "int64")
    for codes, said in parts:
        total = total * len(said) + codes
    # one number a combination of parts; each combination that occurs is written once
    found, distinct = pd.factorize(total)
    written = ["; ".join(filter(None, _texts(number, parts))) for number in distinct]
    position, names = pd.factorize(np.array(written, object)) if written else (np.zeros(0, "int64"), [])
    return pd.Categorical.from_codes(position[found], pd.Index(names, dtype="str"))


def _texts(number: int, parts: Sequence[tuple[Index, list[str]]]) -> list[str]:
    """The texts of which a number was made, in the order of the parts."""
    out = []
    for _, said in reversed(parts):
        number, code = divmod(int(number), len(said))
        out.append(said[code])
    return out[::-1]


def _test_part(pairs: pd.DataFrame, data: Data) -> tuple[Index, list[str]]:
    """Whether a competence test is needed: for another functional job, unless it was passed for it."""
    functional = (data.jobs.category == "functional").to_numpy()
    needed = pairs.new_job.to_numpy() & functional[pairs.to_job]
    passed = data.employees[["ukom_passed"]].dropna().ukom_passed.str.split(";").explode()
    job = pd.Index(data.jobs.job_id).get_indexer(passed)
    jobs = len(data.jobs)
    held = pairs.person.to_numpy("int64") * jobs + pairs.to_job.to_numpy("int64")
    return (needed & ~np.isin(held, passed.index.to_numpy() * jobs + job)).astype("int64"), ["", NEEDS_TEST]


def _appointed_part(pairs: pd.DataFrame, data: Data) -> tuple[Index, list[str]]:
    """Who appoints, where it is not the mayor, to the job that is left or to the one that is entered."""
    codes, names = pd.factorize(data.jobs.appointed_by)
    own = pd.Index(data.jobs.job_id).get_indexer(data.employees.job_id)[pairs.person]
    other = (names != "mayor")[codes] if len(names) else np.zeros(0, bool)
    to_job = pairs.to_job.to_numpy()
    entered = np.where(other[to_job], codes[to_job] + 1, 0)
    left = np.where(other[own], codes[own] + 1, 0)
    said = ["", *(f"approval of the {name}, who appoints to this job, comes first" for name in names)]
    return np.where(entered > 0, entered, left), said


def _grade_part(pairs: pd.DataFrame, data: Data) -> tuple[Index, list[str]]:
    """The class of the job that is left and of the one that is entered, where they differ."""
    own = pd.Index(data.jobs.job_id).get_indexer(data.employees.job_id)[pairs.person]
    return _changed(data.jobs.grade, own, pairs.to_job.to_numpy(), "job class {} -> {}")


def _tpp_part(pairs: pd.DataFrame, data: Data) -> tuple[Index, list[str]]:
    """The additional income (TPP) of both offices, where it differs."""
    return _changed(data.units.tpp, pairs.from_code.to_numpy(), pairs.to_code.to_numpy(), "TPP {} -> {}")


def _changed(values: pd.Series, before: Index, after: Index, form: str) -> tuple[Index, list[str]]:
    """A text for each pair whose two values differ; those that are not known say nothing."""
    codes, distinct = pd.factorize(values)
    one, other = codes[before], codes[after]
    differs: Mask = (one != other) & (one >= 0) & (other >= 0)
    count = len(distinct)
    found, changes = pd.factorize(np.where(differs, one * count + other, -1))
    names = [f"{value:.10g}" for value in distinct]
    texts = ["" if at < 0 else form.format(names[at // count], names[at % count]) for at in changes]
    return found, texts


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
