"""Checks of arguments: what a caller passed in the wrong order or size is answered with a sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from toolkit.errors import ArgumentError, MutasiError
from toolkit.words import LANGUAGES, Phrase, phrase


def language(chosen: str | None = None) -> str:
    """Return the language asked for, else that of MUTASI_LANG, else Indonesian.

    >>> language("en")
    'en'
    """
    wanted = chosen or os.environ.get("MUTASI_LANG") or LANGUAGES[0]
    if wanted not in LANGUAGES:
        raise MutasiError("language", wanted=repr(wanted), known=", ".join(LANGUAGES))
    return wanted


def expect(function: str, value: Any, kind: type, source: str) -> None:
    """Raise :class:`ArgumentError` unless an argument is of the kind that the step before returns.

    >>> expect("balance", 1, str, "tk.staff_need")
    Traceback (most recent call last):
    toolkit.errors.ArgumentError: balance needs the str that tk.staff_need returns in this place, and got int
    """
    if not isinstance(value, kind):
        raise ArgumentError(
            "wrong_kind", function=function, kind=kind.__name__, source=source, found=type(value).__name__
        )


def at_least(function: str, name: str | Phrase, value: Any, least: float, *, whole: bool = False) -> None:
    """Raise :class:`ArgumentError` unless a number (a whole one) is at least ``least``; None passes.

    >>> at_least("estimate_norms", "draws", -1, 0, whole=True)
    Traceback (most recent call last):
    toolkit.errors.ArgumentError: estimate_norms: draws = -1 is not a whole number of 0 or more
    """
    if value is None:
        return
    number = isinstance(value, int | float) and not isinstance(value, bool)  # True is an int to Python
    # "not at least" and not "below": nan is neither, and must not pass
    if not number or not value >= least or (whole and value != int(value)):
        what = phrase("thing.whole_number" if whole else "thing.number")
        raise ArgumentError("too_small", function=function, name=name, value=repr(value), what=what, least=f"{least:g}")


def as_path(value: Any, name: str, what: Phrase) -> Path:
    """Return an argument as a path, or raise :class:`ArgumentError` if it is no path or empty text.

    Empty text needs a check of its own, because ``Path("")`` means the current folder.

    >>> as_path("data", "folder", phrase("thing.source")).name
    'data'
    """
    if not isinstance(value, str | os.PathLike) or not str(value).strip():
        raise ArgumentError("not_a_path", name=name, value=repr(value), what=what)
    return Path(value)
