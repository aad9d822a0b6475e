"""``tk.write_dossier``: verify a plan and write its files, all or none; other files in the folder stay."""

from __future__ import annotations

from pathlib import Path

from toolkit.common.arguments import expect, language
from toolkit.common.writing import check_output_folder, write_files
from toolkit.dossier.page import page
from toolkit.dossier.workbook import workbook
from toolkit.plan.manifest import MANIFEST, to_manifest
from toolkit.plan.plan import Plan
from toolkit.plan.plan_file import to_csv, to_json
from toolkit.verification import verify


def write_dossier(plan: Plan, folder: str | Path, *, force: bool = False, lang: str | None = None) -> Path:
    """Verify a plan, then write plan.json, prices.csv, laporan.html, rekomendasi.xlsx and manifest.json into a folder.

    The same plan gives the same bytes on every machine.

    Args:
        plan: from ``tk.balance``.
        folder: empty or not there yet; it is made.
        force: replace a dossier that is already there; other files in the folder stay.
        lang: id or en; without it that of MUTASI_LANG.

    Returns:
        The folder.

    Raises:
        ArgumentError: ``plan`` is not from ``tk.balance``.
        VerificationError: the plan does not hold; nothing is written.
        MutasiError: the folder holds something and ``force`` is not given.

    >>> import tempfile
    >>> import toolkit as tk
    >>> from toolkit.pipeline import moves_from
    >>> moves = moves_from(tk.load("tests/data/three_offices"), draws=0)
    >>> folder = tk.write_dossier(tk.balance(moves.need, moves), tempfile.mkdtemp() + "/hasil")
    >>> sorted(file.name for file in folder.iterdir())
    ['laporan.html', 'manifest.json', 'plan.json', 'prices.csv', 'rekomendasi.xlsx']
    """
    expect("write_dossier", plan, Plan, "tk.balance")
    lang = language(lang)
    folder = check_output_folder(folder, "dossier", force=force)
    checks = verify(plan, lang=lang)
    parts: dict[str, str | bytes] = {
        "plan.json": to_json(plan, folder),
        "prices.csv": to_csv(plan),
        "laporan.html": page(plan, checks, lang),
        "rekomendasi.xlsx": workbook(plan, checks, lang),
    }
    # the manifest last: an old file that an interrupted write leaves beside new ones does not agree with it
    write_files(folder, {**parts, MANIFEST: to_manifest(parts)})
    return folder
