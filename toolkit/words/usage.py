"""The words of argparse itself (usage, options, its errors) in the language of the reader."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from toolkit.words import lexicon

SECTION = "argparse."


@contextmanager
def argparse_speaks(lang: str) -> Iterator[None]:
    """Let argparse speak one language within the block.

    argparse asks gettext for each of its texts, by the English one; gettext knows no Indonesian for them, so words/
    answers in its place. A text that words/ does not have stays in English.

    >>> with argparse_speaks("id"):
    ...     argparse.ArgumentParser(prog="mutasi", add_help=False).format_usage()
    'pemakaian: mutasi\\n'
    """
    english = lexicon("en")
    spoken = {text: lexicon(lang)[key] for key, text in english.items() if key.startswith(SECTION)}
    names = vars(argparse)
    before = {name: names[name] for name in ("_", "ngettext")}
    names["_"] = lambda text: spoken.get(text, text)
    names["ngettext"] = lambda one, many, count: spoken.get(one if count == 1 else many, one if count == 1 else many)
    try:
        yield
    finally:
        names.update(before)
