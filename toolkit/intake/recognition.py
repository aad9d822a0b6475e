"""Which table a sheet holds: by the name of the file or sheet, else by the columns that its header names."""

from __future__ import annotations

from functools import cache

from toolkit.intake.headers import HEADER_ROWS, Records, columns_named, find_header, known_columns
from toolkit.intake.schema import Table, layout, squash
from toolkit.intake.shapes import month_columns

LEAST_COLUMNS = 3  # that a header must name before it counts as that of the table
ROWS_READ = 10 * HEADER_ROWS  # of a sheet whose table is looked for: titles, maybe empty rows, and the header


@cache
def table_named(name: str) -> str | None:
    """Return the table that a file or sheet of this name holds, None for an unknown name.

    >>> table_named("Data Utama"), table_named("photo")
    ('employees', None)
    """
    spelled = {squash(other): table.name for table in layout().values() for other in (table.name, *table.also)}
    return spelled.get(squash(name))


def tables_by_header(records: Records) -> list[str]:
    """Return the tables whose required columns the header names, those of which it names most; several: it is unclear.

    >>> tables_by_header([["PETA JABATAN"], ["NO", "NAMA UNIT KERJA", "NAMA JABATAN", "B", "K"]])
    ['posts']
    >>> tables_by_header([["NO", "CATATAN"]])
    []
    """
    count_of = {name: _columns_found(records[:ROWS_READ], table) for name, table in layout().items()}
    most = max(count_of.values())
    return [name for name, count in count_of.items() if count == most >= LEAST_COLUMNS]


def _columns_found(records: Records, table: Table) -> int:
    """Count the columns of the table in its likeliest header; 0 where a required one is missing."""
    header = find_header(records, table)
    if header is None:
        return 0
    named = columns_named(header.cells, table)
    if month_columns(header.cells, table):
        named |= {"period", str(table.wide)}
    required = {name for name, column in table.columns.items() if column.required}
    required -= {name for name in required if table.columns[name].named in named}
    # a table of one required column, such as wishes, would be found in any sheet that holds it
    is_complete = len(required) > 1 and required <= named
    return known_columns(header.cells, table) if is_complete else 0
