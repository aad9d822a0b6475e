"""``tk.write_dossier``: files written whole or not at all, beside what is the user's."""

from __future__ import annotations

from pathlib import Path

from toolkit.common.arguments import expect
from toolkit.common.writing import check_output_folder, write_files
from toolkit.dossier.page import page
from toolkit.dossier.workbook import workbook
from toolkit.plan.plan import Plan
from toolkit.plan.plan_file import to_csv, to_json
from toolkit.verification import verify
from toolkit.words import language


def write_dossier(plan: Plan, folder: str | Path, *, force: bool = False, lang: str | None = None) -> Path:
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
    expect("write_dossier", plan, Plan, "tk.balance")
    folder, lang = check_output_folder(folder, "the dossier", force=force), language(lang)
    checks = verify(plan, lang=lang)
    parts: dict[str, str | bytes] = {
        "plan.json": to_json(plan, folder),
        "prices.csv": to_csv(plan),
        "laporan.html": page(plan, checks, lang),
        "rekomendasi.xlsx": workbook(plan, checks, lang),
    }
    write_files(folder, parts)
    return folder
