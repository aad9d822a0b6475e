"""Bring a table into the shape of ours: months out of columns, month and year together, merged cells filled down."""

from __future__ import annotations

import re

import pandas as pd

from toolkit.intake.converting import BLANK
from toolkit.intake.data import Note
from toolkit.intake.excel import Merged
from toolkit.intake.faults import Faults
from toolkit.intake.numbers_and_dates import month_number, period
from toolkit.intake.schema import Table, squash, squashed
from toolkit.intake.sheet import Sheet

MOST_COLUMNS = 1024  # of months: the rows made of one row lie between its index and the next
YEARLY = re.compile(r"^(.*?)[\W_]*((?:19|20)\d{2})$")  # SKP 2025, Predikat Kinerja Tahun 2025


def reshape(sheet: Sheet, faults: Faults, notes: list[Note]) -> None:
    """Apply the steps that change rows or columns of a table before its columns are named."""
    _join_alternatives(sheet, faults, notes)
    _name_years(sheet)
    _join_month_and_year(sheet, faults, notes)
    _months_to_rows(sheet, faults, notes)


def _words(table: Table, column: str) -> set[str]:
    """Return every header that means a column, squashed."""
    about = table.columns[column]
    return {squash(word) for word in (column, about.id, *about.also, *about.scaled)}


def _join_alternatives(sheet: Sheet, faults: Faults, notes: list[Note]) -> None:
    """Make one column of several of which one is filled in each row, and note the category that each of them means."""
    for name, about in sheet.table.columns.items():
        kinds = {squash(word): kind for word, kind in about.either.items()}
        places = sheet.places(set(kinds))
        if len(places) < 2 or sheet.places(_words(sheet.table, name) - set(kinds)):
            continue
        kind_of = {place: kinds[squash(sheet.header[place])] for place in places}
        for index, record in sheet.body.items():
            given = [place for place in places if record[place] not in BLANK]
            if len(given) > 1:
                shown = "; ".join(record[place] for place in given)
                faults.add(sheet.table.name, name, "two_filled", [(index, shown)])
            record += [record[given[0]], kind_of[given[0]]] if given else ["", ""]
        columns = ", ".join(sheet.header[place] for place in places)
        notes.append(("columns_joined", {"table": sheet.table.name, "columns": columns, "column": name}))
        sheet.header += [name, "category"]
        sheet.drop(set(places))


def _name_years(sheet: Sheet) -> None:
    """Name the latest of the columns of several years (SKP 2025), and the one of the year before it."""
    for name, about in sheet.table.columns.items():
        if not about.yearly or sheet.places(_words(sheet.table, name)):
            continue
        stems = {squash(stem + tail) for stem in about.yearly for tail in ("", "tahun")}
        found = {place: YEARLY.match(cell) for place, cell in enumerate(sheet.header)}
        years = {place: int(match[2]) for place, match in found.items() if match and squash(match[1]) in stems}
        for place, year in years.items():
            if list(years.values()).count(year) > 1:
                continue  # two columns of one year: neither is read
            if year == max(years.values()):
                sheet.header[place] = name
            elif year == max(years.values()) - 1 and about.before:
                sheet.header[place] = about.before


def _join_month_and_year(sheet: Sheet, faults: Faults, notes: list[Note]) -> None:
    """Read BULAN and TAHUN as one period; a month without a year takes the one year that the titles name."""
    if "period" not in sheet.table.columns:
        return
    months = sheet.places(squashed("months"))
    years = sheet.places(squashed("years"))
    if len(months) != 1 or len(years) > 1 or sheet.places({"period", "periode"}):
        return
    (place,) = months
    titled = _titled_year(sheet)
    is_changed = False
    for index, record in sheet.body.items():
        cell, year = record[place], record[years[0]] if years else titled
        if cell in BLANK or year in BLANK:
            continue
        if (own := period(cell)) and years and own[:4] != year:
            faults.add(sheet.table.name, "period", "years_differ", [(index, f"{cell}; {year}")])
        elif not own and period(f"{cell} {year}"):
            record[place] = f"{cell} {year}"
            is_changed = True
    if is_changed:
        source = sheet.header[years[0]] if years else titled
        columns = f"{sheet.header[place]} + {source}"
        notes.append(("period_joined", {"table": sheet.table.name, "columns": columns}))
    if is_changed or years:
        sheet.header[place] = "period"
        sheet.drop(set(years))


def month_columns(cells: list[str], table: Table) -> dict[int, tuple[str, str]]:
    """Return (year, month) of the headers that are months or years, by place; "" for what a header does not say.

    Only tables that may hold their months in columns have any, and only where there are two or more; columns of years
    beside columns of months are totals and not among them.
    """
    if table.wide is None:
        return {}
    found: dict[int, tuple[str, str]] = {}
    for place, cell in enumerate(cells):
        text = cell.strip()
        if month := month_number(text):
            found[place] = ("", month)
        elif (when := period(text)) and not re.fullmatch(r"\d{5}", text):
            found[place] = (when[:4], when[5:])
    months = {place: when for place, when in found.items() if when[1]}
    chosen = months if months else found
    return chosen if len(chosen) > 1 else {}


def _months_to_rows(sheet: Sheet, faults: Faults, notes: list[Note]) -> None:
    """Turn a row with a column a month into a row a month; columns that no row fills are months to come."""
    table = sheet.table
    found = month_columns(sheet.header, table)
    if table.wide is None or not found or sheet.places(_words(table, "period") - squashed("years")):
        return
    numbers = set[str]().union(*(_words(table, name) for name, of in table.columns.items() if of.type == "number"))
    years = sheet.places(squashed("years"))
    beside = sheet.places(numbers)  # totals of the months, which would be taken for the figure of each
    read = {place: when for place, when in found.items() if any(row[place] not in BLANK for row in sheet.body.values())}
    shown = [sheet.header[place] for place in read]
    if len(set(read.values())) < len(read):
        faults.add(table.name, table.wide, "months_twice", [(sheet.top, ", ".join(shown))])
        return
    if any(not year for year, _ in read.values()) and not _every_row_has_year(sheet, years):
        faults.add(table.name, "period", "year_missing", [(sheet.top, shown)])
    year = ", ".join(sheet.header[place] for place in years) or _titled_year(sheet) or "-"
    facts = {"count": len(read), "shown": shown, "year": year, "empty": len(found) - len(read)}
    notes.append(("months_read", {"table": table.name, **facts}))
    if beside:
        totals = ", ".join(sheet.header[place] for place in beside)
        notes.append(("columns_beside", {"table": table.name, "columns": totals}))
    kept = [place for place in range(len(sheet.header)) if place not in {*found, *years, *beside}]
    sheet.body = _row_a_month(sheet, kept, years, read)
    sheet.header = [*(sheet.header[place] for place in kept), "period", table.wide]


def _titled_year(sheet: Sheet) -> str:
    """Return the year that the titles name, where they name one only."""
    return next(iter(sheet.years())) if len(sheet.years()) == 1 else ""


def _every_row_has_year(sheet: Sheet, years: list[int]) -> bool:
    return all(row[years[0]] for row in sheet.body.values()) if len(years) == 1 else bool(_titled_year(sheet))


def _row_a_month(
    sheet: Sheet, kept: list[int], years: list[int], read: dict[int, tuple[str, str]]
) -> dict[float, list[str]]:
    """Return the rows with the columns kept, the period and the number of each month."""
    body: dict[float, list[str]] = {}
    for index, row in sheet.body.items():
        own = row[years[0]] if len(years) == 1 else _titled_year(sheet)
        for number, (place, (year, month)) in enumerate(read.items()):
            if sheet.table.sparse and row[place] in BLANK:
                continue
            when = "-".join(filter(None, (year or own, month)))
            body[index + number / MOST_COLUMNS] = [*(row[at] for at in kept), when, row[place]]
    return body


def fill_merged(frame: pd.DataFrame, table: Table, faults: Faults, notes: list[Note]) -> None:
    """Keep the text of a merged cell in every row it covers; a merged number is no single row's, and so a fault."""
    filled = {}
    for name in frame:
        is_merged = frame[name].map(type) == Merged
        if not is_merged.any():
            continue
        column = table.columns.get(name)
        if column is not None and column.type == "number":
            faults.add(table.name, name, "number_merged", frame[name][is_merged].items())
            continue
        frame[name] = frame[name].map(lambda cell: str(cell) if type(cell) is Merged else cell).astype(object)
        if column is not None:
            filled[name] = int(is_merged.sum())
    if filled:
        facts = {"table": table.name, "count": sum(filled.values()), "columns": ", ".join(filled)}
        notes.append(("merged_read", facts))


def fill_groups(frame: pd.DataFrame, table: Table, notes: list[Note]) -> None:
    """Fill down a column in which each group of rows is named once, in its first row, as a map of posts prints it.

    Where a name occurs twice the rows are not grouped by it, and an empty cell stays empty.
    """
    for name, column in table.columns.items():
        if not column.grouped or name not in frame:
            continue
        cells = frame[name]
        is_empty = cells.isin(BLANK)
        written = cells[~is_empty]
        if not is_empty.any() or is_empty.iloc[0] or written.map(squash).duplicated().any() or len(written) < 2:
            continue
        frame[name] = cells.mask(is_empty).ffill().astype(object)
        notes.append(("groups_read", {"table": table.name, "column": name, "count": int(is_empty.sum())}))


def drop_subtotals(frame: pd.DataFrame, table: Table, notes: list[Note]) -> pd.DataFrame:
    """Drop the rows between the others whose office or job is called a total: they would count twice."""
    words = squashed("subtotals")
    is_total = pd.Series(False, frame.index)
    for name, column in table.columns.items():
        if name in frame and name in table.key and column.refers in ("units", "jobs"):
            first = frame[name].str.extract(r"^\W*((?:sub\W+)?[^\W_]+)", flags=re.IGNORECASE)[0]
            is_total |= first.fillna("").map(squash).isin(words)
    if is_total.any():
        notes.append(("subtotals", {"table": table.name, "count": int(is_total.sum())}))
    return frame[~is_total]


def fill_titled(frame: pd.DataFrame, sheet: Sheet, notes: list[Note]) -> None:
    """Fill a column that is not there where a title states its value: hours of an e-kinerja report are claimed."""
    words = " ".join(map(squash, sheet.titles))
    for name, column in sheet.table.columns.items():
        value = next((value for word, value in column.titled.items() if word in words), None)
        if value is not None and name not in frame:
            frame[name] = value
            notes.append(("titled_read", {"table": sheet.table.name, "column": name, "value": value}))
