"""``tk.write_dossier``: files written whole or not at all, beside what is the user's."""

from __future__ import annotations

from pathlib import Path

from toolkit.dossier.page import page
from toolkit.dossier.workbook import workbook
from toolkit.intake.writing import claimed, write_files
from toolkit.plan.record import Plan, to_csv, to_json
from toolkit.reasons.retracing import retrace
from toolkit.verification import verify
from toolkit.words import language


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
    folder, lang = claimed(folder, "the dossier", force), language(lang)
    checks, way = verify(plan, lang=lang), retrace(plan)
    parts: dict[str, str | bytes] = {
        "plan.json": to_json(plan, folder),
        "prices.csv": to_csv(plan),
        "laporan.html": page(plan, way, checks, lang),
        "rekomendasi.xlsx": workbook(plan, way, checks, lang),
    }
    write_files(folder, parts)
    return folder
