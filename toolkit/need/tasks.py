"""Tasks that no volume counts: which jobs have them, and the hours they take."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.data import Data

KEY = ["unit_id", "job_id"]


def tasked(data: Data) -> set[str]:
    """Name the jobs whose main tasks are given: they stand in place of the constant of a fit."""
    return set(data.tasks.job_id[data.tasks.component == "main"])


def yearly(data: Data) -> dict[str, float]:
    """How often a year a task is done that comes once a day, week, month or year."""
    return {"day": data.policy.working_days, "week": 52.0, "month": 12.0, "year": 1.0}


def task_hours(tasks: pd.DataFrame, weight: dict[str, float], data: Data, table: pd.DataFrame) -> pd.Series:
    """Sum volume x norm (hours) x weight of its period over the tasks of each row; empty where it has none.

    A task of a unit is done there, one of a kind in all its units, one of neither wherever the job stands.
    """
    tasks = tasks.assign(amount=tasks.volume * tasks.norm_minutes / 60 * tasks.per.map(weight).astype("float64"))
    rows = table[KEY].assign(row=table.index, kind=table.unit_id.map(data.units.set_index("unit_id").kind))
    own = tasks[tasks.unit_id.notna()].drop(columns="kind").merge(rows, on=KEY)
    general = tasks[tasks.unit_id.isna()].drop(columns="unit_id")
    kind = general[general.kind.notna()].merge(rows, on=["job_id", "kind"])
    everywhere = general[general.kind.isna()].drop(columns="kind").merge(rows, on="job_id")
    return pd.concat([own, kind, everywhere]).groupby("row").amount.sum().reindex(table.index).astype("float64")
