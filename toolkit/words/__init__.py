"""Every sentence a reader sees, in Indonesian and English; numbers and dates as the language writes them."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from numbers import Real

LANGUAGES = ("id", "en")
SHOWN = 5  # culprits that a sentence names


@dataclass(frozen=True)
class Phrase:
    """A sentence, or a part of one, whose language is not chosen yet; ``str`` gives it in English.

    >>> phrase("thing.folder_for", what=phrase("thing.dossier")).said("id")
    'folder untuk berkas rekomendasi'
    """

    key: str
    facts: Mapping[str, object] = field(default_factory=dict)

    def said(self, lang: str) -> str:
        """Return it in one language."""
        return say(self.key, lang, **self.facts)

    def __str__(self) -> str:
        return self.said("en")


@dataclass(frozen=True)
class Spelled:
    """A word that is written differently in each language and is in no file of this room, such as a code of a table."""

    texts: Mapping[str, str]

    def said(self, lang: str) -> str:
        """Return it as one language writes it."""
        return self.texts[lang]

    def __str__(self) -> str:
        return self.said("en")


@dataclass(frozen=True)
class Month:
    """A month, given by a day in it, that a sentence names in words.

    >>> Month(dt.date(2026, 2, 1)).said("id")
    'Februari 2026'
    """

    day: dt.date

    def said(self, lang: str) -> str:
        """Return it in one language."""
        from babel.dates import format_date

        return format_date(self.day, "MMMM y", lang)

    def __str__(self) -> str:
        return self.said("en")


def phrase(key: str, /, **facts: object) -> Phrase:
    """Return a sentence that is said later, when the reader's language is known."""
    return Phrase(key, facts)


@cache
def lexicon(lang: str) -> dict[str, str]:
    """Return all sentences of one language, keyed as section.name."""
    raw = tomllib.loads(files("toolkit.words").joinpath(f"{lang}.toml").read_text(encoding="utf-8"))
    return {f"{section}.{name}": text for section, entries in raw.items() for name, text in entries.items()}


def policy_file(lang: str) -> str:
    """Return the text of a policy.toml that shows every key at its default and explains it.

    >>> policy_file("id")[:63]
    '# Kebijakan: semua pilihan yang tidak tercantum dalam tabel. Ba'
    """
    return files("toolkit.words").joinpath(f"policy.{lang}.toml").read_text(encoding="utf-8")


def say(key: str, lang: str, /, **facts: object) -> str:
    """Return one sentence with its facts filled in, each as the language writes it.

    A fact may be a number, a date, a :class:`Month`, a :class:`Phrase`, or a list: of a list five are named, and it is
    said how many there are.

    >>> say("summary.status_optimal", "en", gap=0.0, objective=1234.5678)
    'The plan is proven optimal, with gap 0 and objective 1,234.568.'
    """
    return lexicon(lang)[key].format(**{name: written(fact, lang) for name, fact in facts.items()})


def written(fact: object, lang: str) -> object:
    """Return a fact as the language writes it; a text stays as it is."""
    if isinstance(fact, Phrase | Spelled | Month):
        return fact.said(lang)
    if isinstance(fact, list | tuple):
        return few(fact, lang)
    if isinstance(fact, dt.date):
        from babel.dates import format_date

        return format_date(fact, "d MMMM y", lang)
    return number(float(fact), lang) if isinstance(fact, Real) else fact


def number(value: float, lang: str) -> str:
    """Write a number as the language does.

    >>> number(1234.5, "id"), number(1234.5, "en"), number(0.00012345, "en")
    ('1.234,5', '1,234.5', '0.0001234')
    """
    from babel.numbers import format_decimal

    pattern = "#,##0.###" if abs(value) >= 1 or value == 0 else "@###"
    return format_decimal(value, format=pattern, locale=lang)


def few(culprits: Iterable[object], lang: str = "en") -> str:
    """Name at most five culprits and say how many there are.

    >>> few(["U1", "U2"])
    'U1, U2'
    >>> few(range(7)), few(range(7), "id")
    ('0, 1, 2, 3, 4 ... (7 in all)', '0, 1, 2, 3, 4 ... (seluruhnya 7)')
    """
    names = [str(written(each, lang) if isinstance(each, Phrase | Spelled) else each) for each in culprits]
    shown = ", ".join(names[:SHOWN])
    return say("list.few", lang, names=shown, count=len(names)) if len(names) > SHOWN else shown


def listed(head: str, lines: Sequence[str], total: int, lang: str = "en") -> str:
    """Join lines under a heading, and add how many more there are.

    >>> listed("3 faults:", ["one", "two"], 3)
    '3 faults:\\n  one\\n  two\\n  ... and 1 more'
    """
    more = [say("list.more", lang, count=total - len(lines))] if total > len(lines) else []
    return "\n  ".join([head, *lines, *more])
