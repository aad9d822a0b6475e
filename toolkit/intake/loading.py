"""``tk.load``: a folder of tables -> checked data, or everything that is wrong at once."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pandas as pd

from toolkit.errors import InputError, MutasiError
from toolkit.intake import policy as policies
from toolkit.intake.checking import check
from toolkit.intake.converting import typed
from toolkit.intake.faults import Faults
from toolkit.intake.reading import fingerprint, read_folder
from toolkit.intake.tables import Data, layout

log = logging.getLogger("toolkit")
SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"


def load(folder: str | Path | None = None, **policy: Any) -> Data:
    """Give the checked tables of a folder; without one, of MUTASI_DATA, else of the repository's sample.

    Args:
        folder: holds units.csv, jobs.csv, employees.csv and whatever other tables there are (columns.toml), and
            maybe policy.toml.
        policy: keys that override policy.toml, for instance ``effective_hours=2080``.

    Raises:
        InputError: with all faults, each with table, row, column, value and remedy.
        PolicyError: an unknown key or an impossible value.

    >>> import toolkit as tk
    >>> tk.load("no/such/folder")
    Traceback (most recent call last):
    toolkit.errors.MutasiError: no/such/folder is not a folder; name the folder that holds the tables (units.csv, ...)
    """
    folder = Path(folder if folder is not None else os.environ.get("MUTASI_DATA") or SAMPLE)
    if not folder.is_dir():
        raise MutasiError(f"{folder} is not a folder; name the folder that holds the tables (units.csv, ...)")
    chosen = policies.read(folder, policy)
    faults = Faults()
    text, notes = read_folder(folder, faults)
    given = frozenset(text) | {f"{name}.{column}" for name, frame in text.items() for column in frame}
    for name, table in layout().items():
        text.setdefault(name, pd.DataFrame({column: pd.Series(dtype=object) for column in table.columns}))
    frames = {name: typed(frame, layout()[name], faults) for name, frame in text.items()}
    check(frames, text, faults)
    if faults:
        raise InputError(faults.frame().sort_values(["table", "row"], kind="stable", ignore_index=True), folder)
    tables = {name: _tidy(name, frames[name]) for name in layout()}
    used = [f"{name}.csv" for name in layout() if name in given] + ["policy.toml"]
    files = {name: fingerprint(folder / name) for name in used if (folder / name).exists()}
    for note in notes:
        log.info(note)
    return Data(folder, chosen, tables, given, files, tuple(notes))


def _tidy(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """Sort by key, so that the order of rows in the file never matters, and give jobs their family."""
    frame = frame.sort_values(layout()[name].key or list(frame), ignore_index=True)
    if name == "jobs":
        frame["family"] = frame.family.fillna(frame.job_id)
    return frame
