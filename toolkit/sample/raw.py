"""Write the tables as offices send them: names in place of ids, SIASN headers, titles and totals, a few faults."""

from __future__ import annotations

import csv
import io
import tomllib
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from toolkit.intake.numbers_and_dates import EPOCH
from toolkit.intake.schema import Column, layout, squash
from toolkit.sample.facts import ROOM, catalogue

STAFF = ["employees", "others"]
ENTRY = 35  # years of age at which nobody enters as a PNS any more
Tables = dict[str, pd.DataFrame]


@cache
def _raw() -> dict[str, Any]:
    return tomllib.loads(ROOM.joinpath("raw.toml").read_text(encoding="utf-8"))


def spelled(tables: Tables, share: float, rng: np.random.Generator) -> Tables:
    """Write a share of the staff's job ids as names, and add ``matches``, the table of what those names mean."""
    known = tables["jobs"].set_index("job_id").name
    others = catalogue()["spellings"]
    ways = {job: [name, *others.get(job, [])] for job, name in known.items()}
    out = dict(tables)
    for table in STAFF:
        ids = tables[table].job_id
        named = rng.uniform(size=len(ids)) < share
        way = rng.uniform(size=len(ids))
        names = [ways[job][int(draw * len(ways[job]))] for job, draw in zip(ids, way, strict=True)]
        out[table] = tables[table].assign(job_id=ids.mask(named, pd.Series(names, ids.index)))
    written = set(pd.concat([out[table].job_id for table in STAFF]))
    people = out["employees"].job_id.value_counts()
    pairs = [(name, job) for job, names in ways.items() for name in names if squash(name) != squash(known[job])]
    matches = pd.DataFrame([pair for pair in pairs if pair[0] in written], columns=["given", "known_id"])
    known_as = {"known_name": matches.known_id.map(known), "people": matches.given.map(people).fillna(0)}
    return out | {"matches": matches.assign(kind="job", confirmed="yes", **known_as)}


def raw_files(tables: Tables, rng: np.random.Generator) -> tuple[dict[str, str | bytes], list[dict[str, Any]]]:
    """Build the files as offices would send them, and list the faults: table, row, column, written, right, reason."""
    files: dict[str, str | bytes] = {"README.md": _raw()["about"]}
    planted = []
    for name, table in _with_nip(tables).items():
        rows = sheet_rows(name, table, rng)
        planted += [_plant(rows, fault, rng) for fault in _raw()["faults"] if fault["table"] == name]
        sign, code = _raw()["files"].get(name, [",", "utf-8-sig"])
        text = io.StringIO()
        csv.writer(text, delimiter=sign, lineterminator="\r\n").writerows(rows)
        files[f"{layout()[name].also[-1]}.csv"] = text.getvalue().encode(code)
    return files, planted


def _with_nip(tables: Tables) -> Tables:
    """Put NIP in place of ids, names and NIK beside them: nobody's, but such as birth, entry and sex ask for."""
    people = tables["employees"]
    born, contract = people.birth_date, people.status.isin(["pppk", "pppk_pw"])
    since = people.in_unit_since.dt.year
    entered = since.where(contract, np.minimum(since, born.dt.year + ENTRY))
    # people who share birth, entry and sex differ in the month of entry
    twin = people.groupby([born, entered, contract, "sex"]).cumcount()
    month = (twin + np.where(contract, 21, 1)).astype(str).str.zfill(2)
    day, sex = born.dt.strftime("%Y%m%d"), people.sex.map({"m": "1", "f": "2"})
    nip = pd.Series((day + entered.astype(str) + month + sex + "999").to_numpy(), people.employee_id)
    number = people.employee_id.str[1:]
    made = {"NAMA": "Pegawai " + number, "NIK": "99" + number.str.zfill(14)}
    out = {name: table for name, table in tables.items() if name != "matches"}
    for name in ("wishes", "answers", "edits"):
        spaced = nip.str.replace(r"^(.{8})(.{6})(.)", r"\1 \2 \3 ", regex=True)
        out[name] = tables[name].assign(employee_id=tables[name].employee_id.map(spaced))
    return out | {"employees": people.assign(employee_id="'" + nip.to_numpy(), **made)}


def sheet_rows(name: str, table: pd.DataFrame, rng: np.random.Generator) -> list[list[Any]]:
    """Return a table as rows of a sheet: title, header in row 3, the rows in any order, a total.

    Columns whose names are in capitals are written as they are.
    """
    known = {column: of for column, of in layout()[name].columns.items() if column in table}
    spare = [column for column in table if column.isupper()]
    turn = int(rng.integers(12))
    write = [styled(of, turn + place) for place, of in enumerate(known.values())] + [str] * len(spare)
    rows = table[[*known, *spare]].sample(frac=1, random_state=rng).astype(object).to_numpy()
    cells = [[None if x == "" or x != x else way(x) for way, x in zip(write, row, strict=True)] for row in rows]
    head = [*(_header(name, column) for column in known), *spare]
    return [[_raw()["title"]], [], head, *cells, [_raw()["total"], len(rows)]]


def _header(table: str, column: str) -> str:
    about = layout()[table].columns[column]
    first = (about.also or [about.id])[0].replace("_", " ").upper()
    return str(_raw()["headers"].get(table, {}).get(column, first))


def styled(column: Column, turn: int) -> Callable[[Any], Any]:
    """Return one of the ways in which an office might write the cells of a column; ``turn`` chooses it.

    >>> from toolkit.intake.schema import layout
    >>> born = layout()["employees"].columns["birth_date"]
    >>> [str(styled(born, turn)("1980-02-29")) for turn in range(4)]
    ['29-02-1980', '29/02/1980', '1980-02-29 00:00:00', '29280']
    """
    words = {code: (more or [code])[-1] for code, more in [*column.codes.items(), *column.spellings.items()]}
    ways: list[Callable[[Any], Any]] = [lambda x: words[x].upper().replace("_", " ") if x in words else x]
    if column.type == "number":
        comma = str.maketrans(",.", ".,")
        ways = [lambda x: int(float(x)) if float(x) % 1 == 0 else float(x)]
        ways.append(lambda x: f"{float(x):,.5f}".removesuffix("000").translate(comma))
    elif column.type == "date":
        ways = [lambda x: f"{pd.Timestamp(x):%d-%m-%Y}", lambda x: f"{pd.Timestamp(x):%d/%m/%Y}"]
        ways += [lambda x: pd.Timestamp(x).to_pydatetime(), lambda x: pd.Timestamp(x).toordinal() - EPOCH.toordinal()]
    elif column.type == "period":
        ways = [lambda x: f"{x[5:]}/{x[:4]}", lambda x: pd.Timestamp(f"{x}-01").to_pydatetime()]
    elif column.type == "flag":
        ways = [{"yes": "Ya", "no": "TIDAK"}.__getitem__]
    return ways[turn % len(ways)]


def _plant(rows: list[list[Any]], fault: dict[str, str], rng: np.random.Generator) -> dict[str, Any]:
    """Put a fault into one filled cell of a sheet, and return which, with the right value."""
    column = rows[2].index(_header(fault["table"], fault["column"]))
    place = rng.choice([row for row in range(3, len(rows) - 1) if rows[row][column] is not None])
    right = str(rows[place][column])
    rows[place][column] = fault["written"].format(right=right)
    return {**fault, "row": int(place) + 1, "written": rows[place][column], "right": right}
