"""Check typed tables: required cells, bounds of numbers, duplicate keys, references between tables, periods."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.derivation import DERIVED
from toolkit.intake.faults import Faults
from toolkit.intake.naming import KINDS
from toolkit.intake.numbers_and_dates import day
from toolkit.intake.schema import Table, layout, squash


def check(frames: dict[str, pd.DataFrame], text: dict[str, pd.DataFrame], faults: Faults) -> None:
    """Add every fault of the typed frames; ``text`` holds the cells as they were written."""
    for name, frame in frames.items():
        table = layout()[name]
        _columns(table, frame, text.get(name, frame[[]]), faults)
        _keys(table, frame, faults)
        _references(table, frame, frames, text, faults)
    _matches(frames, faults)
    _posts(frames["posts"], faults)
    _tasks(frames["tasks"], frames["jobs"], faults)
    _periods(frames, faults)
    _years_as_dates(text, faults)


def _columns(table: Table, frame: pd.DataFrame, text: pd.DataFrame, faults: Faults) -> None:
    """Check required cells and the bounds of numbers, for the columns that were handed in."""
    for name, column in table.columns.items():
        if name not in text:
            continue
        if column.required and not column.blank:
            empty = frame[name].isna()
            faults.add(table.name, name, "cell_empty", text.loc[frame.index[empty], name].items())
        for side, beyond in column.beyond(frame[name]).items():
            # the message repeats the cell as it was written, not the number that was read from it
            cells = text.loc[frame.index[beyond], name]
            faults.add(table.name, name, f"number_{side}", cells.items(), bound=getattr(column, side))


def _keys(table: Table, frame: pd.DataFrame, faults: Faults) -> None:
    """Check that no two rows have the same key; rows without a complete key are a fault already."""
    if not table.key:
        return
    known = frame[table.key].notna().all(axis=1)
    duplicates = frame[known & frame.duplicated(table.key, keep="first")]
    # pandas cannot join the columns of a frame without rows
    value = duplicates[table.key].agg(", ".join, axis=1) if len(duplicates) else duplicates[table.key[0]]
    faults.add(table.name, table.key[-1], "key_twice", value.items(), key=" + ".join(table.key))


def _references(
    table: Table,
    frame: pd.DataFrame,
    frames: dict[str, pd.DataFrame],
    text: dict[str, pd.DataFrame],
    faults: Faults,
) -> None:
    """Check that each id is in the table that it refers to."""
    for name, column in table.columns.items():
        if column.refers is None or frames[column.refers].empty:  # an empty table is a fault of its own
            continue
        target = layout()[column.refers].key[0]
        cells = frame[name].dropna()
        if column.type == "ids":
            cells = cells.str.split(";").explode()
        lost = cells[~cells.isin(frames[column.refers][target])]
        is_derived = DERIVED in text.get(column.refers, frame)
        remedy = "reference_derived" if is_derived else "reference_lost"
        faults.add(table.name, name, remedy, lost.items(), target=column.refers)


def _matches(frames: dict[str, pd.DataFrame], faults: Faults) -> None:
    """Check that a confirmed match names one id, and one that is known."""
    rows = frames["matches"][frames["matches"].confirmed]
    faults.add("matches", "known_id", "cell_empty", rows.known_id[rows.known_id.isna()].items())
    for kind, (target, key) in KINDS.items():
        ids = rows.known_id[rows.kind == kind].dropna()
        faults.add("matches", "known_id", "reference_lost", ids[~ids.isin(frames[target][key])].items(), target=target)
    plain = rows.assign(given=rows.given.map(squash, na_action="ignore"))  # as names are compared when they are read
    duplicates = rows.given[plain.duplicated(["kind", "given"])]
    faults.add("matches", "given", "match_twice", duplicates.items())


def _posts(posts: pd.DataFrame, faults: Faults) -> None:
    """Check that no minimum of staff is above the maximum."""
    crossed = posts[posts.min_staff > posts.max_staff]
    faults.add("posts", "min_staff", "minimum_above_maximum", crossed.min_staff.items())


def _tasks(tasks: pd.DataFrame, jobs: pd.DataFrame, faults: Faults) -> None:
    """Check the component: only abk_kes and wisn have support tasks, only wisn has additional ones."""
    method = tasks.job_id.map(jobs.drop_duplicates("job_id").set_index("job_id").method)
    barred = (tasks.component == "support") & ~method.isin(["abk_kes", "wisn"])
    barred |= (tasks.component == "additional") & (method != "wisn")
    faults.add("tasks", "component", "component_barred", tasks.component[barred & method.notna()].items())


def _periods(frames: dict[str, pd.DataFrame], faults: Faults) -> None:
    """Check that tables have months only or years only, hours the same as volumes: sums would mix the two."""
    for name in ("volumes", "hours"):
        period = frames[name].period.dropna()
        years = period.str.len() == 4  # 2025, not 2025-07
        if years.any() and not years.all():
            rarer = years if years.sum() <= (~years).sum() else ~years
            faults.add(name, "period", "periods_mixed", period[rarer].items())
    lengths = [set(frames[name].period.dropna().str.len()) for name in ("volumes", "hours")]
    if all(len(each) == 1 for each in lengths) and lengths[0] != lengths[1]:
        faults.add("hours", "period", "periods_differ")


def _years_as_dates(text: dict[str, pd.DataFrame], faults: Faults) -> None:
    """Ask what periods mean that are dates in January throughout: a sheet shows 2025-01-01 as the year 2025."""
    for name in ("volumes", "hours"):
        if "period" not in text.get(name, {}):
            continue
        cells = text[name].period
        days = {cell: day(cell) for cell in cells.unique()}
        starts = {each for each in days.values() if each is not None}
        if len(starts) == len(days) > 0 and all((each.month, each.day) == (1, 1) for each in starts):
            faults.add(name, "period", "period_year", cells.drop_duplicates().items())
