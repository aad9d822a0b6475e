"""What the rules leave: the funnel of persons, and the places for which no name is given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.moves.eligibility import Moves


def funnel(moves: Moves) -> pd.DataFrame:
    """Give, for each rule, how many persons it leaves without any place: alone, more in order, and who is left.

    Columns rule, scope, alone, in_order, left: first rules on persons, then on offices, then on pairs (alone: of the
    persons who have a place by all rules before). ``family``: no other office has the family; ``other``: what a lift
    opens for one office, and part-timers where no rule speaks of them.
    """
    refused, who = moves.refused, moves.people.employee_id
    steps, gone = [], np.zeros(len(who), bool)

    def enter(rule: str, scope: str, alone: np.ndarray, out: np.ndarray) -> None:
        nonlocal gone
        steps.append((rule, scope, int(alone.sum()), int((out & ~gone).sum()), int((~(gone | out)).sum())))
        gone = gone | out

    for rule, rows in refused[refused.to_unit.isna()].groupby("rule", sort=False):
        enter(rule, "person", who.isin(rows.employee_id).to_numpy(), who.isin(rows.employee_id).to_numpy())
    offices, shut = refused[refused.employee_id.isna()], refused.iloc[:0]
    lonely = _stuck(moves, shut)
    enter("family", "unit", lonely, lonely)
    for rule, rows in offices.groupby("rule", sort=False):
        shut = pd.concat([shut, rows])
        enter(rule, "unit", _stuck(moves, rows) & ~lonely, _stuck(moves, shut))
    pairs = refused[refused.employee_id.notna() & refused.to_unit.notna()]
    first, done = pairs.drop_duplicates(["employee_id", "to_unit"]), np.zeros(len(who))
    total = _count(who, moves.allowed) + _count(who, first)
    for rule, rows in pairs.groupby("rule", sort=False):
        done += _count(who, first[first.rule == rule])
        enter(rule, "pair", (_count(who, rows) == total) & (total > 0), (done == total) & (total > 0))
    may = _count(who, moves.allowed) > 0
    if (gone == may).any():
        steps.append(("other", "pair", 0, int((~may).sum() - gone.sum()), int(may.sum())))
    return pd.DataFrame(steps, columns=["rule", "scope", "alone", "in_order", "left"])


def _count(who: pd.Series, rows: pd.DataFrame) -> np.ndarray:
    return who.map(rows.employee_id.value_counts()).fillna(0).to_numpy("float64")


def _stuck(moves: Moves, shut: pd.DataFrame) -> np.ndarray:
    """Tell whose family has no open office but the own one, where some (all families, or one) are shut."""
    key = ["family", "unit_id"]
    shut_ones = pd.MultiIndex.from_frame(shut[["family", "to_unit"]])
    closed = moves.need.cells.unit_id.isin(shut.to_unit[shut.family.isna()])
    left = moves.need.cells[~(closed | pd.MultiIndex.from_frame(moves.need.cells[key]).isin(shut_ones))]
    inside = pd.MultiIndex.from_frame(moves.people[key]).isin(pd.MultiIndex.from_frame(left[key]))
    return (moves.people.family.map(left.family.value_counts()).fillna(0) - inside == 0).to_numpy()


def vacancies(moves: Moves) -> pd.DataFrame:
    """Give the places for which no name is given: structural posts, and offices that require open selection.

    Columns family, unit_id, rule (structural, selection_required), places, eligible (persons elsewhere in the family
    whom no rule on the person holds back).
    """
    data, table = moves.need.data, moves.need.table
    structural = table.job_id.map(data.jobs.set_index("job_id").category) == "structural"
    select = table.unit_id.map(data.units.set_index("unit_id").selection_required).astype(bool)
    table = table.assign(
        places=(table.need_rounded - table.staff - table.others).round(9),
        rule=np.where(structural, "structural", "selection_required"),
    )[structural | select]
    out = table.groupby(["family", "unit_id", "rule"], as_index=False).places.sum()
    out = out[out.places >= 1].astype({"places": "int64"}).reset_index(drop=True)
    held = moves.refused.employee_id[moves.refused.to_unit.isna()]
    free = moves.people[~moves.people.employee_id.isin(held)]
    inside = free.groupby(["family", "unit_id"]).size().reindex(pd.MultiIndex.from_frame(out[["family", "unit_id"]]))
    everywhere = out.family.map(free.family.value_counts()).fillna(0).to_numpy("int64")
    return out.assign(eligible=everywhere - inside.fillna(0).to_numpy("int64"))
