"""``tk.write_dossier``: files written whole or not at all, beside what is the user's."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from toolkit.dossier.page import page
from toolkit.dossier.workbook import workbook
from toolkit.errors import MutasiError
from toolkit.plan.record import Plan, to_csv, to_json
from toolkit.reasons.retracing import retrace
from toolkit.verification import verify
from toolkit.words import language


def claim(folder: str | Path, force: bool = False) -> Path:
    """Give the folder if a dossier may be written there, else raise :class:`MutasiError`; nothing is made yet."""
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise MutasiError(f"{folder} is a file; name a folder for the dossier")
    if not force and folder.is_dir() and any(folder.iterdir()):
        raise MutasiError(f"{folder} is not empty; name another folder, or add --force to replace the dossier in it")
    return folder


def write_dossier(plan: Plan, folder: str | Path, force: bool = False, lang: str | None = None) -> Path:
    """Verify a plan, then write plan.json, prices.csv, laporan.html and rekomendasi.xlsx into a folder.

    Args:
        plan: from ``tk.balance``.
        folder: empty or not there yet; it is made.
        force: replace a dossier that stands there; other files in the folder stay.
        lang: id or en; without it that of MUTASI_LANG.

    Raises:
        VerificationError: the plan does not hold; nothing is written.
        MutasiError: the folder holds something and ``force`` is not given.
    """
    folder, lang = claim(folder, force), language(lang)
    checks, way = verify(plan, lang=lang), retrace(plan)
    parts = {
        "plan.json": to_json(plan, folder).encode(),
        "prices.csv": to_csv(plan).encode(),
        "laporan.html": page(plan, way, checks, lang).encode(),
        "rekomendasi.xlsx": workbook(plan, way, checks, lang),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in parts.items():
        _write(folder / name, content)
    return folder


def _write(file: Path, content: bytes) -> None:
    """Write beside the file first, then put it in place in one step."""
    handle, beside = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with open(handle, "wb") as out:
            out.write(content)
        os.chmod(beside, 0o644)
        os.replace(beside, file)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise
