"""Units and jobs from a job map (posts) and the staff where no table lists them: ids, category, class, retirement."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from toolkit.intake.converting import BLANK, typed
from toolkit.intake.data import Note
from toolkit.intake.faults import Faults
from toolkit.intake.headers import lent_columns, names_beside
from toolkit.intake.levels import in_new_words, level_of, new_levels
from toolkit.intake.schema import Table, layout, name_as_id, squash, squashed

Frames = dict[str, pd.DataFrame]
KINDS = {"units": "unit_id", "jobs": "job_id"}
SOURCES = ("posts", "employees")  # the job map goes before the staff
DERIVED = "?derived"  # a column that marks a table as read from others


def derive_tables(text: Frames, faults: Faults, notes: list[Note]) -> None:
    """Add units and jobs, where they are missing, from the offices and jobs that the job map names.

    The job map alone says which offices and jobs there are: a name that only the staff have may be a slip, and would
    count as an empty post here and a superfluous person there, so it stays a fault (or is confirmed in padanan.xlsx).
    """
    missing = [name for name in KINDS if name not in text]
    if "posts" not in text or not set(KINDS.values()) <= set(text["posts"]) or not missing:
        return
    for name in missing:
        _names_for_ids(text, KINDS[name], notes)
    if "units" in missing:
        text["units"] = _units(text, faults, notes)
    if "jobs" in missing:
        _join_levels(text, notes)
        text["jobs"] = _jobs(text, faults, notes)


def _names_for_ids(text: Frames, column: str, notes: list[Note]) -> None:
    """Write names in place of ids in every table, where a table has both beside each other (UNOR ID, UNOR NAMA)."""
    pairs = []
    for table in SOURCES:
        if table in text and column in text[table] and (beside := names_beside(text[table], layout()[table], column)):
            pair = text[table][[column, beside]].set_axis(["id", "name"], axis=1)
            pairs.append(pair[~pair.isin(BLANK).any(axis=1)])
    if not pairs:
        return
    both = pd.concat(pairs).drop_duplicates()
    name_of = both[~both.id.duplicated(keep=False)].set_index("id").name
    for table, frame in text.items():
        if column in frame and table not in KINDS:
            names = frame[column].map(name_of)
            if names.notna().any():
                frame[column] = names.fillna(frame[column]).astype(object)
                facts = {"table": table, "column": column, "count": int(names.notna().sum())}
                notes.append(("names_for_ids", facts))


def _join_levels(text: Frames, notes: list[Note]) -> None:
    """Write the level that stands in a column of its own behind the name of a job that has none: Perawat, Ahli Muda."""
    for table in SOURCES:
        if table not in text or "job_id" not in text[table]:
            continue
        frame = text[table]
        if (column := lent_columns(frame, layout()[table]).get("level")) is None:
            continue
        level = frame[column].map(squash).map(new_levels())
        rows = level.notna() & ~frame.job_id.isin(BLANK) & frame.job_id.map(lambda name: level_of(name) is None)
        if rows.any():
            joined = frame.job_id[rows] + " " + level[rows].str.title()
            shown = list(dict.fromkeys(joined))
            frame["job_id"] = frame.job_id.mask(rows, joined).astype(object)
            facts = {"table": table, "column": column.lstrip("?"), "count": int(rows.sum()), "shown": shown}
            notes.append(("levels_joined", facts))


def _units(text: Frames, faults: Faults, notes: list[Note]) -> pd.DataFrame:
    """Return the offices of the job map, each once; one name under several OPD is a fault."""
    for table in SOURCES:
        if table in text and "unit_id" in text[table]:
            _check_outer(text[table], table, faults)
    cells = text["posts"].unit_id
    names = cells[~cells.isin(BLANK)]
    names = names[~names.map(squash).duplicated()]
    units = pd.DataFrame({"unit_id": names.map(name_as_id), "name": names, DERIVED: "posts"}, dtype=object)
    notes.append(("units_derived", {"count": len(units), "shown": list(units.name + " -> " + units.unit_id)}))
    return units


def _check_outer(frame: pd.DataFrame, table: str, faults: Faults) -> None:
    """Add a fault for each office whose name stands under two offices above it: Sekretariat is not one office."""
    outer = next((name for name in frame if name[0] == "?" and squash(name) in squashed("outer")), None)
    if outer is None:
        return
    unit = frame.unit_id.map(squash)
    above = frame[outer].map(squash).where(~frame[outer].isin(BLANK))
    several = unit[above.groupby(unit).transform("nunique") > 1].drop_duplicates()
    shown = [(index, f"{frame.unit_id[index]}; {frame[outer][index]}") for index in several.index]
    faults.add(table, "unit_id", "unit_unclear", shown, header=outer.lstrip("?"))


def _jobs(text: Frames, faults: Faults, notes: list[Note]) -> pd.DataFrame:
    """Return the jobs of the job map, each once, with what the two tables say of them."""
    stated = [_stated(text[table], layout()[table], faults) for table in SOURCES if table in text]
    rows = pd.concat(stated, ignore_index=True)
    rows = rows[~rows.cell.isin(BLANK)]
    first_known = rows.category.groupby(rows.cell.map(squash)).transform("first")
    functional = (rows.category.fillna(first_known) == "functional").tolist()
    rows["name"] = [in_new_words(cell, functional=is_one) for cell, is_one in zip(rows.cell, functional, strict=True)]
    rows["key"] = rows.name.map(squash)
    known = rows[rows.key.isin(rows.key[rows.table == "posts"])]
    jobs = known.drop_duplicates("key").set_index("key")[["name"]]
    for column in layout()["posts"].lent:
        jobs[column] = _agreed(known, column, notes)
    _from_level(jobs, notes)
    jobs["retirement_age"] = _retirement_ages(jobs, notes)
    jobs.insert(0, "job_id", jobs.name.map(name_as_id))
    notes.append(("jobs_derived", {"count": len(jobs), "shown": list(jobs.name + " -> " + jobs.job_id)}))
    jobs = jobs.dropna(axis=1, how="all").assign(**{DERIVED: "posts"}).reset_index(drop=True)
    return jobs.astype(object).where(jobs.notna(), "").map(str)


def _stated(frame: pd.DataFrame, table: Table, faults: Faults) -> pd.DataFrame:
    """Return the job of each row as it is written (``cell``), with the columns of jobs that the table holds, typed."""
    found = lent_columns(frame, table)
    for name, header in found.items():
        faults.name_column(table.name, name, header.lstrip("?"))
    about = {name: column for name, column in layout()["jobs"].columns.items() if name in found}
    part = frame[list(found.values())].set_axis(list(found), axis=1)
    # faults of these columns belong to the table in which they stand
    values = typed(part, Table(table.name, False, [], [], table.about, about), faults, [])
    cells = frame["job_id"] if "job_id" in frame else pd.Series("", frame.index)
    return values.reindex(columns=list(table.lent)).assign(cell=cells, table=table.name)


def _agreed(known: pd.DataFrame, column: str, notes: list[Note]) -> pd.Series:
    """Return what all rows of a job say in a column; where they differ nothing, and a note."""
    values = known.dropna(subset=column).groupby("key")[column]
    differs = values.nunique() > 1
    if differs.any():
        names = known.drop_duplicates("key").set_index("key").name
        shown = list(names[differs.index[differs]])
        notes.append(("jobs_differ", {"column": column, "count": int(differs.sum()), "shown": shown}))
    if column in ("category", "level", "grade") and len(values):
        notes.append(("jobs_stated", {"column": column, "count": int((~differs).sum())}))
    return values.first()[~differs]


def _from_level(jobs: pd.DataFrame, notes: list[Note]) -> None:
    """Take the level of a job from its name; a job with a level whose category nobody states is functional."""
    named = jobs.name.map(level_of).astype(object)
    named = named.where(jobs.category.isna() | (jobs.category == "functional"))
    stated = jobs.level.map(lambda text: new_levels().get(squash(text), text), na_action="ignore").astype(object)
    taken = stated.isna() & named.notna()
    by_level = jobs.category.isna() & named.notna()
    differs = stated.notna() & named.notna() & (stated != named)
    jobs["level"] = stated.where(~taken, named).where(~differs)
    jobs["category"] = jobs.category.astype(object).where(~by_level, "functional")
    if differs.any():
        facts = {
            "column": "level",
            "count": int(differs.sum()),
            "shown": list(jobs.name[differs] + ", " + stated[differs]),
        }
        notes.append(("jobs_differ", facts))
    for key, rows in (("level_named", taken), ("category_by_level", by_level)):
        if rows.any():
            notes.append((key, {"count": int(rows.sum()), "shown": list(jobs.name[rows] + " -> " + named[rows])}))


def _retirement_ages(jobs: pd.DataFrame, notes: list[Note]) -> pd.Series:
    """Return the stated age of retirement, else that of retirement.toml; where no line fits, none."""
    lines = [retirement_line(*job) for job in zip(jobs.name, jobs.category, jobs.level, strict=True)]
    ages = pd.Series([line.get("age") for line in lines], jobs.index, dtype="float64")
    derived = jobs.retirement_age.isna() & ages.notna()
    if derived.any():
        used = [line for line, is_used in zip(lines, derived, strict=True) if is_used]
        shown = list(dict.fromkeys(jobs.name[derived] + " " + ages[derived].astype(int).astype(str)))
        facts = {"sources": _sources(used, False), "verify": _sources(used, True) or "-"}
        notes.append(("retirement_derived", {"count": int(derived.sum()), "shown": shown, **facts}))
    if (unknown := jobs.retirement_age.isna() & ages.isna()).any():
        notes.append(("retirement_unknown", {"count": int(unknown.sum()), "shown": list(jobs.name[unknown])}))
    return jobs.retirement_age.fillna(ages)


def _sources(lines: Iterable[dict[str, Any]], verify: bool) -> str:
    return ", ".join(dict.fromkeys(line["source"] for line in lines if verify <= bool(line.get("verify"))))


@cache
def _retirement_lines() -> list[dict[str, Any]]:
    return tomllib.loads(files("toolkit.intake").joinpath("retirement.toml").read_text(encoding="utf-8"))["ages"]


def retirement_line(name: str, category: object, level: object) -> dict[str, Any]:
    """Return the first line of retirement.toml that fits a job, an empty one where none does."""
    words, known = name.lower(), str(level).strip().lower()
    for line in _retirement_lines():
        starts = line.get("starts")
        fits_name = starts is None or any(words.startswith(start) for start in starts)
        fits_level = "levels" not in line or known in line["levels"]
        if fits_name and line["category"] == category and fits_level:
            return line
    return {}
