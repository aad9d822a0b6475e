"""``tk.write_dossier``: files written whole or not at all, beside what is the user's."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from toolkit.errors import MutasiError
from toolkit.plan.record import Plan, to_csv, to_json


def claim(folder: str | Path, force: bool = False) -> Path:
    """Give the folder if a dossier may be written there, else raise :class:`MutasiError`; nothing is made yet."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise MutasiError(f"{folder} is a file; name a folder for the dossier")
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise MutasiError(f"{folder} is not empty; name another folder, or add --force to replace the dossier in it")
    return folder


def write_dossier(plan: Plan, folder: str | Path, force: bool = False) -> Path:
    """Write plan.json and prices.csv into a folder, which is made if it is missing.

    Args:
        plan: from ``tk.balance``.
        folder: empty or not there yet.
        force: replace a dossier that stands there; other files in the folder stay.

    Raises:
        MutasiError: the folder holds something and ``force`` is not given.
    """
    folder = claim(folder, force)
    texts = {"plan.json": to_json(plan, folder), "prices.csv": to_csv(plan)}
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        _write(folder / name, text)
    return folder


def _write(file: Path, text: str) -> None:
    """Write beside the file first, then put it in place in one step."""
    handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(handle, "w", encoding="utf-8", newline="\n") as out:
            out.write(text)
        os.chmod(beside, 0o644)
        os.replace(beside, file)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
