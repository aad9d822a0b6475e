"""README.md of a synthetic agency: where its figures come from, and the data dictionary of all tables."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.schema import Column, Table, layout
from toolkit.sample.facts import ROOM, catalogue, sizes

ABSENT = {
    "matches": "Not in this folder: `mutasi check --out DIR` writes it as padanan.xlsx where names need it.",
    "confirmations": "Not in this folder: `mutasi check` lists what there is to confirm.",
}


def readme(tables: dict[str, pd.DataFrame], size: str, seed: int) -> str:
    """Return README.md of an agency: what it is, its sources, and the data dictionary."""
    periods = tables["volumes"].period
    extra = [sizes()[size]["source"]] if "source" in sizes()[size] else []
    about = ROOM.joinpath("about.md").read_text(encoding="utf-8")
    facts = {
        "about": sizes()[size]["about"],
        "people": len(tables["employees"]),
        "offices": len(tables["units"]),
        "months": periods.nunique(),
        "first": periods.min(),
        "last": periods.max(),
        "sources": "\n".join(f"- {source}" for source in [*catalogue()["sources"].values(), *extra]),
    }
    counts = {name: len(table) for name, table in tables.items()}
    return about.format(**facts, **catalogue()["chance"], size=size, seed=seed) + dictionary(counts)


def dictionary(rows: dict[str, int] | None = None) -> str:
    """Return the data dictionary of all tables, with the number of rows of each where ``rows`` names them.

    >>> print(dictionary().splitlines()[0])
    ## Data dictionary
    """
    counts = {name: f"{count:,} rows." for name, count in rows.items()} if rows else {}
    absent = ABSENT if rows else {}
    sections = [_section(table, counts.get(name, absent.get(name, ""))) for name, table in layout().items()]
    return "\n\n".join(["## Data dictionary", "`*` = required; *blank* = what an empty cell means.", *sections]) + "\n"


def _section(table: Table, rows: str) -> str:
    about = f"{table.about[0]} (*{table.about[1]}*)."
    facts = [f"One row for each {' + '.join(table.key)}." if table.key else "", rows]
    lines = [
        f"| {_name(name, column)} | {_type(column)} | {column.about[0]} | `{column.id}` |"
        for name, column in table.columns.items()
    ]
    head = f"### {table.name}{' *' if table.required else ''}\n\n{' '.join(filter(None, [about, *facts]))}\n"
    return "\n".join([head, "| column | holds | meaning | Indonesian name |", "|---|---|---|---|", *lines])


def _name(name: str, column: Column) -> str:
    return f"`{name}`{' *' if column.required else ''}"


def _type(column: Column) -> str:
    """Return the type with its codes, bounds, and what an empty cell means."""
    parts = [", ".join(column.codes) if column.codes else column.type]
    if column.type == "codes":
        parts.append("a list joined by ;")
    if column.refers:
        parts.append(f"in {column.refers}")
    bounds = [("at least", column.low), ("above", column.above), ("at most", column.high)]
    parts += [f"{word} {bound:g}" for word, bound in bounds if bound is not None]
    if column.blank:
        parts.append(f"*blank* {column.blank}")
    return "; ".join(parts)
