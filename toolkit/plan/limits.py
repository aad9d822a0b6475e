"""The limits of each cell: least staff (floor), most staff (ceiling), and the share that may leave (outflow limit)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.rounding import significant
from toolkit.intake.policy import Policy

DIGITS = 9  # staff and part-time shares are compared after rounding to this, so that 2.9999999999 is 3


def limits(cells: pd.DataFrame, policy: Policy) -> pd.DataFrame:
    """Return family, unit_id, known, need_fte, staff_before, floor, ceiling (inf: open), outflow_limit of each cell.

    People move whole, so staff can only differ from staff before by whole persons; floor and ceiling are such counts.
    Nothing that is broken today need be repaired, only not made worse: staff before is always allowed. A cell of
    unknown need keeps its staff as it is, and so does a doubtful one (``held``), unless the policy says otherwise.

    Args:
        cells: ``need.cells``.
        policy: of the run.
    """
    need = pd.Series(significant(cells.need_fte), cells.index)
    staff = (cells.staff + cells.others).round(DIGITS)
    floor = _floor(cells, need, staff, policy)
    ceiling = _ceiling(cells, need, staff, policy)
    leave = np.maximum(1.0, np.floor((policy.outflow_share * staff).round(DIGITS)))
    out = cells[["family", "unit_id", "known"]].copy()
    out["need_fte"] = need
    out["staff_before"] = staff
    moves = cells.known & ~held(cells, policy)
    out["floor"] = floor.where(moves, staff).round(DIGITS)
    out["ceiling"] = ceiling.where(moves, staff).round(DIGITS)
    out["outflow_limit"] = leave.where(moves, 0.0).astype("int64")
    return out


def held(cells: pd.DataFrame, policy: Policy) -> pd.Series:
    """Return which cells neither give nor receive as their need is doubtful and nobody has confirmed it."""
    return cells.doubtful & policy.hold_doubtful


def _floor(cells: pd.DataFrame, need: pd.Series, staff: pd.Series, policy: Policy) -> pd.Series:
    """Return the least staff: the need (or its fair share of a shortage) or the minimum; less where less is there."""
    load = _fair_load(cells, need, staff) if policy.allow_short_donors else 1.0
    least = np.maximum(cells.min_staff, need / load)
    return np.minimum(staff, staff + np.ceil((least - staff).round(DIGITS)))


def _fair_load(cells: pd.DataFrame, need: pd.Series, staff: pd.Series) -> pd.Series:
    """Return the mean load of each cell's family, at least 1: with short donors, nobody falls behind the mean."""
    known = pd.DataFrame({"need": need, "staff": staff})[cells.known]
    totals = known.groupby(cells.family)[["need", "staff"]].sum()
    load = (totals.need / totals.staff.where(totals.staff > 0)).clip(lower=1.0)
    return load.reindex(cells.family).fillna(1.0).set_axis(cells.index)


def _ceiling(cells: pd.DataFrame, need: pd.Series, staff: pd.Series, policy: Policy) -> pd.Series:
    """Return the most staff: the need rounded up to whole persons, or the maximum; more where more is there."""
    enough = np.inf if policy.allow_beyond_need else staff + np.ceil((need - staff).round(DIGITS))
    most = (staff + np.floor((cells.max_staff - staff).round(DIGITS))).fillna(np.inf)
    return np.maximum(staff, np.minimum(enough, most))
