"""Tasks that no volume counts (main, support, additional): which jobs have them, and the hours they take."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.data import Data

KEY = ["unit_id", "job_id"]


def tasked(data: Data) -> set[str]:
    """The jobs whose main tasks are given: these take the place of the constant of a fit."""
    return set(data.tasks.job_id[data.tasks.component == "main"])


def yearly(data: Data) -> dict[str, float]:
    """How often a year a task is done that comes once a day, week, month or year."""
    return {"day": data.policy.working_days, "week": 52.0, "month": 12.0, "year": 1.0}


def task_hours(tasks: pd.DataFrame, weight: dict[str, float], data: Data, table: pd.DataFrame) -> pd.Series:
    """Sum volume x norm (hours) x weight of its period over the tasks of each row.

    A task that names a unit is done there; one that names a kind of unit, in all units of that kind; one that names
    neither, wherever the job exists.

    Args:
        tasks: rows of ``data.tasks``.
        weight: what a task of each period (day, week, month, year) is multiplied by.
        data: from ``tk.load``; gives the kind of each unit.
        table: unit_id and job_id of the rows that are asked for.

    Returns:
        One number a row of ``table``, with its index; missing where the row has no task.
    """
    if tasks.empty:  # as in most agencies: nothing to look up
        return pd.Series(float("nan"), table.index)
    times = tasks.per.map(weight).astype("float64")
    tasks = tasks.assign(amount=tasks.volume * tasks.norm_minutes / 60 * times)
    kind_of_unit = data.units.set_index("unit_id").kind
    rows = table[KEY].assign(row=table.index, kind=table.unit_id.map(kind_of_unit))
    # each task is in exactly one of three groups, so that none is counted twice; the column that a group does not
    # match by is dropped, as merge would otherwise keep two of them
    of_unit = tasks[tasks.unit_id.notna()].drop(columns="kind").merge(rows, on=KEY)
    general = tasks[tasks.unit_id.isna()].drop(columns="unit_id")
    of_kind = general[general.kind.notna()].merge(rows, on=["job_id", "kind"])
    everywhere = general[general.kind.isna()].drop(columns="kind").merge(rows, on="job_id")
    amounts = pd.concat([of_unit, of_kind, everywhere])
    return amounts.groupby("row").amount.sum().reindex(table.index).astype("float64")
