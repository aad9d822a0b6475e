"""Whether what the command line says in Indonesian holds an English word, names put aside."""

from __future__ import annotations

import re
from dataclasses import fields

from toolkit.intake.policy import Policy
from toolkit.intake.schema import layout
from toolkit.moves.rules import RULES
from toolkit.plan.plan import CELLS, SUMMARY, TRANSFERS

TEXT = """
    the of and or is are was were be been not in on at to with from by for it its one two first last next than
    then that this these those there here which who whose where when what how why if as but so such only more
    most less least all any each every other another same both no yes nothing nobody none some many few has
    have had does do did done can cannot may might must should would will shall write written writes read
    reads correct give gives given name named names choose chosen add adds keep keeps remove put fill make
    makes made call called use used uses take taken save ask asked set say says stand stands move moves moved
    transfer transfers office offices people person persons staff need job table tables row rows column
    columns cell cells header sheet sheets file files workbook text number numbers date dates day month months
    year years period periods code value values key keys unknown missing empty wrong duplicate fault faults
    error errors found expected breach breaches price prices plan plans rule rules policy line usage options
    option argument arguments required invalid choice show message exit default output language whole after
    before above below between again already still also because without within outside under over left right
    need needed needs known seen new old true false optional positional reason check checks checked
"""
ENGLISH = set(re.findall(r"\w+", TEXT)) - {
    "unit",
    "volume",
    "format",
    "status",
    "optimal",
    "minimum",
    "policy",
    "plan",
    "file",
}
NAMES = (
    {name for table in layout().values() for name in (table.name, *table.columns)}
    | {each.name for each in fields(Policy)}
    | {rule.name for rule in RULES}
    | {"summary", "transfers", "cells", "policy", "inputs", "certificate", *CELLS, *TRANSFERS, *SUMMARY}  # of plan.json
    | {"check", "recommend", "verify", "sample", "template", "anonymise", "small", "city", "province"}
)
NOT_WORDS = r"""'[^']*'|"[^"]*"|`[^`]*`|\{[^}]*\}|\S*[/\\=]\S*|-{1,2}\w\S*|\S*\w[._-]\w\S*"""


def english_in(text: str) -> set[str]:
    """Return the English words of a text; cells, paths, files, options, keys and our own names do not count.

    >>> sorted(english_in("employees, baris 2: 'the cell': not a date; tulis"))
    ['date', 'not']
    """
    return (set(re.findall(r"[a-z]+", re.sub(NOT_WORDS, " ", text).lower())) & ENGLISH) - NAMES
