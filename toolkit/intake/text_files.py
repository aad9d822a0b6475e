"""Read the cells of a CSV file, whatever its encoding and the sign between its cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection

from toolkit.intake.data import Note
from toolkit.intake.headers import HEADER_ROWS, Records, known_columns
from toolkit.intake.schema import Table

csv.field_size_limit(1_000_000)  # a free text may be long; the default of 131,072 characters is an error in csv
SEPARATORS = ",;\t"  # the likelier first: of equally good ones the first is taken


class NotATextError(ValueError):
    """The bytes are not those of a text, or its quotes do not end."""


def csv_records(raw: bytes, name: str, tables: Collection[Table], notes: list[Note]) -> Records:
    """Return the cells; the separator is the one under which the header names most columns of one of the tables.

    Args:
        raw: the bytes of the file.
        name: the file, for notes.
        tables: what the file may hold.
        notes: where an encoding other than UTF-8 is noted.

    Raises:
        NotATextError: the bytes are not those of a CSV file.
    """
    if not raw.strip():
        return []
    try:
        text = _decoded(raw, name, notes)
        head = text[:20_000].splitlines()[:HEADER_ROWS]
        separator = max(SEPARATORS, key=lambda each: _columns_found(head, each, tables))
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except (ValueError, csv.Error) as error:
        raise NotATextError(str(error)) from None


def _columns_found(head: list[str], separator: str, tables: Collection[Table]) -> int:
    """Count the columns of a table that the best row names when the lines are split by a separator."""
    rows = list(csv.reader(head, delimiter=separator))
    return max((known_columns(row, table) for row in rows for table in tables), default=0)


def _decoded(raw: bytes, name: str, notes: list[Note]) -> str:
    """Decode a CSV file.

    Raises:
        ValueError: the bytes are not those of a text.
    """
    is_utf_16 = raw[:2] in (b"\xff\xfe", b"\xfe\xff")  # the byte order mark, either way round
    try:
        text = raw.decode("utf-16" if is_utf_16 else "utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252")  # Windows-1252, in which Excel saves "CSV" in western countries
        notes.append(("windows_1252", {"what": name}))
    if re.search(r"[\x00-\x08\x0e-\x1f]", text):  # control characters: a picture or a zip file, not a text
        raise ValueError("control characters")
    return text
