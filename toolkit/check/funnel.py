"""What the rules leave: the funnel of persons, and the places for which no name is given."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.types import Array, Index, Mask
from toolkit.moves.eligibility import Moves

# The columns of the funnel with their dtypes.
STEPS = {"rule": "str", "scope": "str", "alone": "int64", "in_order": "int64", "left": "int64"}


class _Funnel:
    """The persons who are still in the funnel, and a row for each rule that was entered."""

    def __init__(self, people: int) -> None:
        self.gone: Mask = np.zeros(people, bool)
        self.rows: list[tuple[str, str, int, int, int]] = []

    def enter(self, rule: str, scope: str, alone: Mask, with_those_before: Mask) -> None:
        """Enter a rule: whom it stops by itself, and whom it stops together with those before it."""
        more = with_those_before & ~self.gone
        self.gone = self.gone | with_those_before
        self.rows.append((rule, scope, int(alone.sum()), int(more.sum()), int((~self.gone).sum())))


def funnel(moves: Moves) -> pd.DataFrame:
    """Return, for each rule, how many persons it leaves without any place: alone, more in order, and who is left.

    Columns rule, scope, alone, in_order, left: first rules on persons, then on offices, then on pairs (alone: of the
    persons who have a place by all rules before). ``family``: no other office has the family; ``other``: what a lift
    opens for one office, and part-timers where no rule speaks of them.
    """
    steps = _Funnel(len(moves.people))
    _enter_persons(steps, moves)
    _enter_offices(steps, moves)
    _enter_pairs(steps, moves)
    may = _count(moves.people.employee_id, moves.allowed) > 0
    if (steps.gone == may).any():
        # a lift lets somebody through (then in_order is negative), or a part-timer was not stopped by a rule
        changed = int((~may).sum() - steps.gone.sum())
        steps.rows.append(("other", "pair", 0, changed, int(may.sum())))
    return pd.DataFrame(steps.rows, columns=list(STEPS)).astype(STEPS)


def _enter_persons(steps: _Funnel, moves: Moves) -> None:
    refused = moves.refused[moves.refused.to_unit.isna()]
    for rule, rows in refused.groupby("rule", sort=False):
        stopped = moves.people.employee_id.isin(rows.employee_id).to_numpy()
        steps.enter(rule, "person", stopped, stopped)


def _enter_offices(steps: _Funnel, moves: Moves) -> None:
    """First those whose family has no other office at all, then what each rule on offices closes besides."""
    refused = moves.refused[moves.refused.employee_id.isna()]
    closed = refused.iloc[:0]
    lonely = _without_office(moves, closed)
    steps.enter("family", "unit", lonely, lonely)
    for rule, rows in refused.groupby("rule", sort=False):
        closed = pd.concat([closed, rows])
        steps.enter(rule, "unit", _without_office(moves, rows) & ~lonely, _without_office(moves, closed))


def _enter_pairs(steps: _Funnel, moves: Moves) -> None:
    """A rule on pairs stops a person when it, or it and those before it, refuse every place that was left."""
    who = moves.people.employee_id
    refused = moves.refused[moves.refused.employee_id.notna() & moves.refused.to_unit.notna()]
    # a pair that several rules refuse counts once in the total, for the first of them
    first = refused.drop_duplicates(["employee_id", "to_unit"])
    places = _count(who, moves.allowed) + _count(who, first)
    had_places = places > 0
    lost = np.zeros(len(who))
    for rule, rows in refused.groupby("rule", sort=False):
        lost = lost + _count(who, first[first.rule == rule])
        steps.enter(rule, "pair", (_count(who, rows) == places) & had_places, (lost == places) & had_places)


def _count(who: pd.Series, rows: pd.DataFrame) -> Array:
    """How many rows each person has."""
    return who.map(rows.employee_id.value_counts()).fillna(0).to_numpy("float64")


def _without_office(moves: Moves, closed: pd.DataFrame) -> Mask:
    """Whose family has no open office but the own one, when some are closed (to all families, or to one)."""
    key = ["family", "unit_id"]
    cells = moves.need.cells
    closed_to_all = cells.unit_id.isin(closed.to_unit[closed.family.isna()])
    closed_to_family = pd.MultiIndex.from_frame(cells[key]).isin(
        pd.MultiIndex.from_frame(closed[["family", "to_unit"]])
    )
    open_cells = cells[~(closed_to_all | closed_to_family)]
    own_is_open = pd.MultiIndex.from_frame(moves.people[key]).isin(pd.MultiIndex.from_frame(open_cells[key]))
    offices = moves.people.family.map(open_cells.family.value_counts()).fillna(0)
    return (offices - own_is_open == 0).to_numpy()


def vacancies(moves: Moves) -> pd.DataFrame:
    """Return the places for which no name is given: structural posts, and offices that require open selection.

    Structural posts are filled by open selection or appointment, never by the model. Columns family,
    unit_id, rule (structural, selection_required), places, eligible (persons elsewhere in the family whom no rule on
    the person holds back).
    """
    table = _posts_without_names(moves)
    places = table.groupby(["family", "unit_id", "rule"], as_index=False).places.sum()
    places = places[places.places >= 1].astype({"places": "int64"}).reset_index(drop=True)
    return places.assign(eligible=_free_elsewhere(moves, places))


def _posts_without_names(moves: Moves) -> pd.DataFrame:
    """The rows of need for structural posts and for offices with open selection, with the places still to be filled."""
    data = moves.need.data
    table = moves.need.table
    structural = table.job_id.map(data.jobs.set_index("job_id").category) == "structural"
    selects = table.unit_id.map(data.units.set_index("unit_id").selection_required).astype(bool)
    table = table.assign(
        places=(table.need_rounded - table.staff - table.others).round(9),
        rule=np.where(structural, "structural", "selection_required"),
    )
    return table[structural | selects]


def _free_elsewhere(moves: Moves, places: pd.DataFrame) -> Index:
    """How many persons of the family, at other offices, no rule on the person holds back."""
    held = moves.refused.employee_id[moves.refused.to_unit.isna()]
    free = moves.people[~moves.people.employee_id.isin(held)]
    own = free.groupby(["family", "unit_id"]).size()
    inside = own.reindex(pd.MultiIndex.from_frame(places[["family", "unit_id"]])).fillna(0).to_numpy("int64")
    everywhere = places.family.map(free.family.value_counts()).fillna(0).to_numpy("int64")
    return everywhere - inside
