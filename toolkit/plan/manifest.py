"""manifest.json: the SHA-256 of every other file of a dossier, so that none can change or stay behind unnoticed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

from toolkit.intake.reading import fingerprint
from toolkit.plan.inputs import Change
from toolkit.words import phrase

MANIFEST = "manifest.json"
BOUND = ("plan.json", "prices.csv", "laporan.html", "rekomendasi.xlsx")  # the files of a dossier, all of them listed


def to_manifest(files: Mapping[str, str | bytes]) -> str:
    """Return the text of manifest.json for the files of a dossier, by name with their content.

    >>> print(to_manifest({"prices.csv": "family,unit_id,price"}), end="")
    {
     "prices.csv": "e64cea00df250a41557bc241ae227195f305a1068c34a3cf2038cb19b04da921"
    }
    """
    sums = {
        name: hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()
        for name, text in files.items()
    }
    return json.dumps(sums, indent=1) + "\n"


def compare_manifest(folder: Path) -> list[Change]:
    """Compare the files of a dossier with its manifest; empty where every file is as it was written."""
    try:
        listed = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return [Change(MANIFEST, phrase("breach.missing"), phrase("breach.manifest"))]
    except (OSError, ValueError, RecursionError):
        return [Change(MANIFEST, phrase("breach.unreadable"), phrase("breach.manifest"))]
    if not isinstance(listed, dict) or set(listed) != set(BOUND):
        return [Change(MANIFEST, phrase("breach.other_files"), ", ".join(BOUND))]
    found = []
    for name, written in listed.items():
        if not (folder / name).is_file():
            found.append(Change(name, phrase("breach.missing"), str(written)))
        elif fingerprint(folder / name) != written:
            found.append(Change(name, phrase("breach.other_sha"), str(written)))
    return found
