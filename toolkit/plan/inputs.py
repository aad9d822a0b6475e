"""The input files that a plan names: where they are now, and what changed since the plan was made."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from toolkit.intake.reading import POLICY, Source, fingerprint
from toolkit.words import Phrase, phrase

WORKBOOKS = (".xlsx", ".xlsm")


class Change(NamedTuple):
    """One file that is not as it was recorded: its name, what was found, and what was recorded."""

    culprit: str
    found: Phrase
    recorded: str | Phrase


def find_source(folder: Path, files: Mapping[str, str]) -> Source | None:
    """Return the tables of a folder or workbook: the workbook that was recorded, else the folder; None: not there."""
    try:
        if folder.is_file():
            return Source(folder.parent, folder.name)
        return Source(folder, _only_workbook(files)) if folder.is_dir() else None
    except OSError:  # a name the system cannot hold
        return None


def _only_workbook(files: Mapping[str, str]) -> str:
    """Return the workbook that holds all the tables; "" where they are the files of a folder."""
    tables = [name for name in files if name != POLICY]
    return tables[0] if len(tables) == 1 and tables[0].endswith(WORKBOOKS) else ""


def compare_inputs(folder: Path, files: Mapping[str, str]) -> tuple[Source | None, list[Change]]:
    """Compare the tables that are there now with those that a plan recorded.

    Args:
        folder: where the tables are.
        files: the name of each file and its SHA-256, as recorded.

    Returns:
        The tables (None: not there), and one :class:`Change` for each file that is missing, new or different.
    """
    source = find_source(folder, files)
    if source is None:
        return None, [Change(str(folder), phrase("breach.no_folder"), phrase("breach.tables_of_plan"))]
    # a workbook may be renamed or named by --data: its content counts, not its name
    only = _only_workbook(files)
    recorded = {source.workbook if name == only else name: sha for name, sha in files.items()}
    present = set(source.names())
    changes = []
    for name in sorted(present | set(recorded)):
        if name not in present:
            changes.append(Change(name, phrase("breach.missing"), recorded[name]))
        elif name not in recorded:
            changes.append(Change(name, phrase("breach.new_table"), phrase("breach.no_file")))
        elif fingerprint(source.folder / name) != recorded[name]:
            changes.append(Change(name, phrase("breach.other_sha"), recorded[name]))
    return source, changes
