"""``tk.load``: a folder of tables -> checked data, or one error that names every fault."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pandas as pd

from toolkit.errors import InputError, PolicyError
from toolkit.intake import policy as policies
from toolkit.intake.adjustments import adjust
from toolkit.intake.converting import typed
from toolkit.intake.data import Data, Note
from toolkit.intake.faults import Faults
from toolkit.intake.integrity import check
from toolkit.intake.naming import Frames, families, proposals, read_names
from toolkit.intake.nip import examine, nip_column
from toolkit.intake.reading import POLICY, Source, fingerprint, read_tables, source_of
from toolkit.intake.schema import layout

log = logging.getLogger("toolkit")
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


def load(folder: str | Path | None = None, **policy: Any) -> Data:
    """Return the checked tables of a folder; without one, of MUTASI_DATA, else of the repository's sample.

    Args:
        folder: holds units.csv, jobs.csv, employees.csv and whatever other tables there are (columns.toml), and
            maybe policy.toml; or a workbook (.xlsx) with sheets of these names, policy.toml beside it.
        policy: keys that override policy.toml, for instance ``effective_hours=2080``.

    Raises:
        ArgumentError: the folder is empty text or no path.
        MutasiError: there is no such folder or workbook.
        InputError: with all faults, each with table, row, column, value and remedy.
        PolicyError: unknown keys or impossible values, when nothing else is wrong.

    >>> import toolkit as tk
    >>> tk.load("no/such/folder")
    Traceback (most recent call last):
    toolkit.errors.MutasiError: no/such/folder does not exist; name the folder or workbook that holds the tables
    """
    if folder is None:
        folder = os.environ.get("MUTASI_DATA") or SAMPLE
    source = source_of(folder)
    faults = Faults()
    notes: list[Note] = []
    chosen = _policy(source.folder, policy, faults)
    text, frames = read_frames(source, faults, notes)
    check(frames, text, faults)
    if isinstance(chosen, PolicyError):
        if faults.names() == {POLICY}:  # faults of the tables and of the policy are reported together
            raise chosen
    elif not faults:
        return _data(source, chosen, text, frames, notes)
    raise InputError(faults.frame(), source.folder / source.workbook)


def read_frames(source: Source, faults: Faults, notes: list[Note]) -> tuple[Frames, Frames]:
    """Return the text of the tables that were given, and all tables typed, with ids in place of names."""
    text = read_tables(source, faults, notes)
    frames = {name: typed(text.get(name, pd.DataFrame()), table, faults, notes) for name, table in layout().items()}
    read_names(frames, notes)
    adjust(frames, text, notes)
    return text, frames


def names_to_confirm(place: str | Path) -> pd.DataFrame:
    """Return the table ``matches`` for names that no unit or job of a folder or workbook has, nothing confirmed yet.

    For each name there is a row for each of the three nearest known ones, the most similar first, with the similarity
    (``score``, 0 to 1) and the number of ``people`` concerned. Faults of the tables are not reported here.
    """
    _, frames = read_frames(source_of(place, "place"), Faults(), [])
    return proposals(frames)


def _policy(folder: Path, overrides: dict[str, Any], faults: Faults) -> policies.Policy | PolicyError:
    """Return the policy, or its error after adding what is wrong to the faults of the tables."""
    try:
        return policies.read(folder, overrides)
    except PolicyError as error:
        for key, value, remedy in error.faults:
            faults.add(POLICY, key, "policy", [(None, value)], remedy=remedy)
        return error


def _data(source: Source, policy: policies.Policy, text: Frames, frames: Frames, notes: list[Note]) -> Data:
    nip_warnings = examine(text["employees"], frames["employees"])
    if nip_column(text["employees"]) == "employee_id":
        notes.append(("nip_as_id", {}))
    tables = {name: _tidy(name, frames[name], notes) for name in layout()}
    given = frozenset(text) | {f"{name}.{column}" for name, frame in text.items() for column in frame}
    # the plan records the files it was made from, so that verify can tell whether they have changed
    files = {name: fingerprint(source.folder / name) for name in source.names()}
    data = Data(source.folder, policy, tables, given, files, tuple(notes), nip_warnings, source.workbook)
    for note in data.notes:
        log.info(note)
    return data


def _tidy(name: str, frame: pd.DataFrame, notes: list[Note]) -> pd.DataFrame:
    """Sort by key, so that the order of rows in the file never matters, and give jobs their family."""
    frame = frame.sort_values(layout()[name].key or list(frame), ignore_index=True)
    if name == "volumes":
        frame = _without_empty_ends(frame, notes)
    if name == "jobs":
        named = families(frame).where(frame.family.isna())
        frame["family"] = frame.family.fillna(named)
        grouped = frame[named.notna() & (named != frame.job_id)]
        if len(grouped):
            shown = (grouped.job_id + " -> " + grouped.family).tolist()
            notes.append(("family", {"count": len(grouped), "shown": shown}))
    return frame


def _without_empty_ends(volumes: pd.DataFrame, notes: list[Note]) -> pd.DataFrame:
    """Drop the periods before the first and after the last figure of any office: forms list months that are to come."""
    known = volumes.period[volumes[["received", "completed"]].notna().any(axis=1)]
    if known.empty:
        return volumes.iloc[:0]
    inside = volumes.period.between(known.min(), known.max())
    if not inside.all():
        left_out = sorted(volumes.period[~inside].dropna().unique())
        notes.append(("periods_empty", {"count": len(left_out), "periods": left_out}))
    return volumes[inside].reset_index(drop=True)
