"""Whether what is said in Indonesian holds an English word, names put aside, or sounds as if it were decided."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import fields
from functools import cache

from toolkit.intake.data import Data
from toolkit.intake.policy import Policy
from toolkit.intake.schema import layout
from toolkit.moves.rules import RULES
from toolkit.plan.plan import CELLS, SUMMARY, TRANSFERS
from toolkit.words import lexicon

# English words wherever they stand, whether or not a sentence of ours has them
TEXT = """
    the of and or is are was were be been not in on at to with from by for its one two first last next than
    then that this these those there here which who whose where when what how why if as but so such only more
    most less least all any each every other another same both yes nothing nobody none some many few has
    have had does do did done can cannot may might must should would will shall write written writes read
    reads correct give gives given name named names choose chosen add adds keep keeps remove put fill make
    makes made call called use used uses take taken save ask asked set say says stand stands move moves moved
    transfer transfers office offices people person persons staff need job table tables row rows column
    columns cell cells header sheet sheets file files workbook text number numbers date dates day month months
    year years period periods code value values key keys unknown missing empty wrong duplicate fault faults
    error errors found expected breach breaches price prices plan plans rule rules policy line usage options
    option argument arguments required invalid choice show message exit default output language whole after
    before above below between again already still also because without within outside under over left right
    need needed needs known seen new old true false positional reason check checks checked feasible shared
    january february march may june july august october december registry inspectorate
"""
# words that Indonesian has as well, or has taken over
BOTH = """
    april csv data folder format id internal json km minimum no optimal per program semester status toml unit volume xlsx
"""
# Indonesian words and names that English texts on the civil service use
OF_THE_SERVICE = """
    ahli arti asn beban bkn bup cpns ej jam jan kerja kinerja madya menit mutasi nik nip pasal pelaksana penyelesaian plh
    plt ppk pppk pptk satuan sip str tahun tpp utama uu waktu wisn
"""
# names of our own, code that is named as such: by the part of words/ that may hold them
CODE = {
    "error": "bars budgets edits frontier highs jobs key mine need needs none pulp rule rules seed tasks test why without",
    "argparse": "value",
    "template": "meaning",
    "warning": "employees none others revise unlisted",
    "doubt": "false",
    "fault": "check hours posts volumes",
    "intake": "anonymise employees hours jobs tasks units volumes",
    "verdict": "check",
    "summary": "check verify",
    "help": "recommend small",
    "page": "verify",
    "because": "posts",
    "why": "edits",
    "note": "edits",
    "workbook": "python",
}
COMMANDS = "check recommend verify sample template anonymise revise small city province python"
NAMES = (
    {name for table in layout().values() for name in (table.name, *table.columns)}
    | {name for each in fields(Policy) for name in (each.name, *each.metadata["codes"])}
    | {rule.name for rule in RULES}
    | {
        "plan",
        "version",
        "summary",
        "transfers",
        "cells",
        "policy",
        "inputs",
        "certificate",
        *CELLS,
        *TRANSFERS,
        *SUMMARY,
    }  # of plan.json
    | set(COMMANDS.split())
)
# cells and headers as a user wrote them; options, paths and settings; files and names with a point or underscore; ids
NOT_WORDS = (
    r"""'[^']*'|"[^"]*"|`[^`]*`|\{[^}]*\}|%\(\w+\)[a-z]|\w+ = \S+|\S*[/\\=]\S*|(?<!\w)-{1,2}[a-z]\S*|\S*\w[._]\w\S*"""
    r"""|\b(?=\S*[A-Z0-9])\S*\w-\w\S*"""
)
DECIDED = re.compile(r"\bakan (?:di)?(?:pindah|mutasi|tempat)\w*", re.IGNORECASE)


def words(text: str) -> set[str]:
    """Return the words of a text, of two letters or more, without what is no word.

    >>> sorted(words("employees, baris 2: 'the cell': not a date; tulis id_unit"))
    ['baris', 'date', 'employees', 'not', 'tulis']
    """
    return {word for word in re.findall(r"[a-z]+", re.sub(NOT_WORDS, " ", text).lower()) if len(word) > 1}


@cache
def english() -> frozenset[str]:
    """Return the words that no Indonesian text may hold: all of en.toml and the commonest, but for those of both."""
    ours = set().union(*map(words, lexicon("en").values()))
    return frozenset((ours | set(TEXT.split())) - set(BOTH.split()) - set(OF_THE_SERVICE.split()))


def english_in(text: str, names: Iterable[str] = frozenset(NAMES)) -> set[str]:
    """Return the English words of an Indonesian text; cells, paths, files, options, keys and ``names`` do not count.

    >>> sorted(english_in("employees, baris 2: 'the cell': not a date; tulis"))
    ['date', 'not']
    """
    return (words(text) & english()) - set(names)


def words_of_data(data: Data) -> set[str]:
    """Return the words of names, ids and reasons that a user wrote into tables: they are said as they are."""
    said = {"name", "family", "district", "task", "field", "reason", "by"}
    found: set[str] = set()
    for name, table in layout().items():
        rows = data.tables[name]
        for column, about in table.columns.items():
            if column in rows and (about.type in ("id", "ids") or column in said):
                found.update(*(re.findall(r"[a-z]+", str(value).lower()) for value in rows[column].dropna().unique()))
    return found
