"""What a rule found, as the reader's language writes it: dates in words, codes and flags by their names, decimals."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache

from toolkit.intake.schema import layout
from toolkit.words import say, written

BLANK = re.compile(r"cannot be judged: field (\w+) missing")
MEASURE = re.compile(r"(\d+\.\d+)( km)?")


def said(value: str, lang: str) -> str:
    """Return a value of ``moves.refused`` as one language writes it; a text of the user's and an id stay as they are.

    >>> said("needs_improvement; good; 2025-03-01", "id"), said("0.5", "id"), said("12.3 km", "en")
    ('butuh perbaikan; baik; 1 Maret 2025', '0,5', '12.3 km')
    >>> said("cannot be judged: field birth_date missing", "id")
    'Tidak dapat dinilai: kolom birth_date kosong.'
    """
    if blank := BLANK.fullmatch(value):
        return say("refusal.blank", lang, field=blank[1])
    return "; ".join(_part(part, lang) for part in value.split("; "))


def _part(part: str, lang: str) -> str:
    """Say one of several values."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", part):
        return str(written(dt.date.fromisoformat(part), lang))
    if measure := MEASURE.fullmatch(part):
        return f"{written(float(measure[1]), lang)}{measure[2] or ''}"
    return _names(lang).get(part, part)


@cache
def _names(lang: str) -> dict[str, str]:
    """Return the codes of people and jobs, and the values of a flag, with their names in one language."""
    columns = [column for table in ("employees", "jobs") for column in layout()[table].columns.values()]
    codes = {
        code: name.replace("_", " ")
        for column in columns
        if column.codes
        for code, name in zip(column.codes, column.choices(lang), strict=True)
        if len(code) > 1
    }
    return codes | {"True": say("refusal.yes", lang), "False": say("refusal.no", lang)}
