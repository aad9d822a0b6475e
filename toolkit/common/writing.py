"""Files written whole or not at all, into a folder that is empty or not there yet, or by force."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from toolkit.common.arguments import as_path
from toolkit.errors import MutasiError
from toolkit.words import phrase


def check_output_folder(folder: str | Path, what: str, *, force: bool = False) -> Path:
    """Return the folder if something may be written there; nothing is created yet.

    ``what`` names it: a key of words/ under [thing].

    Raises:
        ArgumentError: the folder is empty text or no path at all.
        MutasiError: it is a file, or contains something and ``force`` is not given.

    >>> check_output_folder("", "dossier")
    Traceback (most recent call last):
    toolkit.errors.ArgumentError: folder = '' is not a path; name a folder for the dossier
    """
    thing = phrase(f"thing.{what}")
    folder = as_path(folder, "folder", phrase("thing.folder_for", what=thing))
    if folder.exists() and not folder.is_dir():
        raise MutasiError("out_is_file", folder=folder, what=thing)
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise MutasiError("out_not_empty", folder=folder, what=thing)
    return folder


def write_files(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write all files, or none where the writing fails, and return the path of the last.

    They are written into a temporary folder on the same disk first, so that moving them into place cannot fail
    halfway because the disk is full.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for name, content in files.items():
            (beside / name).write_bytes(content.encode() if isinstance(content, str) else content)
        beside.chmod(0o755)  # mkdtemp makes it readable to its owner only
        if folder.is_dir():
            for name in files:
                os.replace(beside / name, folder / name)
        else:
            os.replace(beside, folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return folder / name
