"""What typed tables need before they are checked: rows of single persons added up, figures compared; each is a note."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.data import Note
from toolkit.intake.schema import layout, squash, squashed

Frames = dict[str, pd.DataFrame]
CLOSE = 0.02  # of the figure that a form prints: rounding
PRODUCT_UNITS = {"minutes": 1.0, "hours": 60.0}  # of volume x norm


def adjust(frames: Frames, text: Frames, notes: list[Note]) -> None:
    """Apply every adjustment; ``text`` holds the cells as they were written."""
    _add_up_hours(frames, text, notes)
    _read_contract_staff(frames["employees"], text, notes)
    _compare_workload(frames["tasks"], notes)


def _add_up_hours(frames: Frames, text: Frames, notes: list[Note]) -> None:
    """Add up the hours of persons, or of several rows, of one office, job and period.

    Two rows that are the same in every cell may be one row copied: they stay two, which is a fault.
    """
    hours = frames["hours"]
    key = [*layout()["hours"].key, "source"]
    repeated = hours.duplicated(key, keep=False) & hours[[*key, "hours"]].notna().all(axis=1)
    if not repeated.any():
        return
    written = text["hours"]
    numbering = [name for name in written if squash(name) in squashed("numbering")]
    is_copy = written.drop(columns=numbering).duplicated().reindex(hours.index)
    rows = hours[repeated & ~is_copy]
    sums = rows.groupby(key).hours.transform("sum")
    first = ~rows.duplicated(key)
    kept = hours.drop(rows.index[~first])
    kept.loc[rows.index[first], "hours"] = sums[first]
    frames["hours"] = kept
    notes.append(("hours_added", {"count": len(rows), "places": int(first.sum())}))


def _read_contract_staff(employees: pd.DataFrame, text: Frames, notes: list[Note]) -> None:
    """Read the letter P as PPPK where the standing is that of a PPPK: exports use the letter for PNS too."""
    written = text.get("employees", pd.DataFrame())
    if not {"status", "standing"} <= set(written):
        return
    is_letter = written.status.map(squash) == "p"
    rows = is_letter & written.standing.map(squash).isin(squashed("pppk_standing"))
    if rows.any():
        employees.loc[rows, "status"] = "pppk"
        notes.append(("contract_staff", {"count": int(rows.sum())}))


def _compare_workload(tasks: pd.DataFrame, notes: list[Note]) -> None:
    """Note where the workload that a form prints is not volume times norm, in minutes or in hours."""
    rows = tasks[tasks.workload.notna() & (tasks.per == "year")]
    product = rows.volume * rows.norm_minutes
    far = {
        unit: (product / minutes - rows.workload).abs() > CLOSE * rows.workload.abs()
        for unit, minutes in PRODUCT_UNITS.items()
    }
    unit = min(far, key=lambda each: far[each].sum())  # the unit in which most rows agree; minutes, of equals
    lost = rows[far[unit]]
    if len(lost):
        shown = [
            f"{task}: {volume:g} x {norm:g}, {workload:g}"
            for task, volume, norm, workload in zip(
                lost.task, lost.volume, lost.norm_minutes, lost.workload, strict=True
            )
        ]
        notes.append(("workload_differs", {"count": len(lost), "of": len(rows), "shown": shown}))
