"""Every sentence a reader sees, in Indonesian and English; numbers and dates as the language writes them."""

from __future__ import annotations

import datetime as dt
import os
import tomllib
from functools import cache
from importlib.resources import files
from numbers import Real

from babel.dates import format_date
from babel.numbers import format_decimal

from toolkit.errors import MutasiError

LANGUAGES = ("id", "en")


def language(chosen: str | None = None) -> str:
    """Return the language asked for, else that of MUTASI_LANG, else Indonesian.

    >>> language("en")
    'en'
    """
    wanted = chosen or os.environ.get("MUTASI_LANG") or LANGUAGES[0]
    if wanted not in LANGUAGES:
        raise MutasiError(f"language {wanted!r} is unknown; choose one of {', '.join(LANGUAGES)}")
    return wanted


@cache
def lexicon(lang: str) -> dict[str, str]:
    """Return all sentences of one language, keyed as section.name."""
    raw = tomllib.loads(files("toolkit.words").joinpath(f"{lang}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{name}": text for section, entries in raw.items() for name, text in entries.items()}


def say(key: str, lang: str, /, **facts: object) -> str:
    """Return one sentence with its facts filled in; numbers and dates are written as the language does.

    >>> say("summary.status", "en", status="optimal", gap=0.0, objective=1234.5678)
    'Status optimal, gap 0; objective 1,234.568.'
    """
    written = {name: number(float(fact), lang) if isinstance(fact, Real) else fact for name, fact in facts.items()}
    written |= {n: format_date(fact, "d MMMM y", lang) for n, fact in facts.items() if isinstance(fact, dt.date)}
    return lexicon(lang)[key].format(**written)


def number(value: float, lang: str) -> str:
    """Write a number as the language does.

    >>> number(1234.5, "id"), number(1234.5, "en"), number(0.00012345, "en")
    ('1.234,5', '1,234.5', '0.0001234')
    """
    pattern = "#,##0.###" if abs(value) >= 1 or value == 0 else "@###"
    return format_decimal(value, format=pattern, locale=lang)
