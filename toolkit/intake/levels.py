"""Levels of functional jobs in their names: found, and brought from their old names to the new ones."""

from __future__ import annotations

import re
from functools import cache

from toolkit.intake.schema import recognised, squash


def level_of(name: str) -> str | None:
    """Return the level with which a name ends, None for a name without one.

    >>> level_of("Perawat Ahli Muda"), level_of("Pengadministrasi Umum")
    ('ahli muda', None)
    """
    found = re.search(rf"\b({'|'.join(recognised()['levels'])})$", name.strip().lower())
    return found[1] if found else None


@cache
def in_new_words(name: str, *, functional: bool) -> str:
    """Return the name of a job with the present name of its level, the level last.

    ``functional``: whether the job is known to be one with levels; only then is *Pelaksana* alone a level.

    >>> in_new_words("Perawat Pelaksana Lanjutan", functional=True), in_new_words("Perawat Muda", functional=False)
    ('Perawat Mahir', 'Perawat Ahli Muda')
    >>> in_new_words("Ahli Pertama - Perawat", functional=True), in_new_words("Arsiparis Pelaksana", functional=False)
    ('Perawat Ahli Pertama', 'Arsiparis Pelaksana')
    """
    name = " ".join(name.split())
    # appointments of new staff put the level first
    if first := re.match(rf"({'|'.join(recognised()['levels'])})\s*[-–]\s*(.+)$", name, re.IGNORECASE):
        name = f"{first[2]} {first[1]}"
    new_name = recognised()["old_levels"]
    found = re.match(rf"(.+?)\s+({'|'.join(new_name)})$", name, re.IGNORECASE)
    if found is None:
        return name
    job, old = found[1], found[2].lower()
    is_part_of_other = re.search(r"\b(?:ahli|menengah)$", job, re.IGNORECASE) is not None
    if is_part_of_other or (old == "pelaksana" and not functional):
        return name
    return f"{job} {new_name[old].title()}"


@cache
def new_levels() -> dict[str, str]:
    """Return the present name of each level, by its squashed old or present name.

    >>> new_levels()["pelaksanalanjutan"], new_levels()["ahlimuda"]
    ('mahir', 'ahli muda')
    """
    old = {squash(word): new for word, new in recognised()["old_levels"].items()}
    return {squash(word): word for word in recognised()["levels"]} | old
