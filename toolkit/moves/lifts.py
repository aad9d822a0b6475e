"""Lifts: rules that a named official sets aside for one person (table edits, action lift): law to verify, and scope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from toolkit.common.types import Mask
from toolkit.errors import MutasiError
from toolkit.intake.data import Data
from toolkit.moves.registry import Rule
from toolkit.moves.rules import RULES
from toolkit.words import Phrase, phrase

PAIR = ["employee_id", "unit_id"]
LETTER = ["letter", "letter_date"]


def sound_lifts(data: Data, chosen: Sequence[Rule]) -> pd.DataFrame:
    """Return the edits that lift a rule.

    Raises:
        MutasiError: an edit lifts certain law, a choice that is none of scope, or an unknown rule; a rule on offices
            without naming one; or one that only a letter of the minister lifts, without its number and date.
    """
    lifts = data.edits[data.edits.action == "lift"]
    open_ = {rule.name: rule for rule in [*RULES, *chosen] if rule.lifted_by != "never"}
    scopes = {name: rule.scope for name, rule in open_.items()}
    # lifted without an office, a rule on offices would open all of them
    wide = (lifts.rule.map(scopes) == "unit") & lifts.unit_id.isna()
    wrong = lifts[~lifts.rule.isin(open_) | wide]
    if len(wrong):
        raise MutasiError("lifts", names=_named(wrong), known=", ".join(sorted(open_)))
    by_letter = lifts.rule.isin([name for name, rule in open_.items() if rule.lifted_by == "letter"])
    wrong = lifts[by_letter & lifts[LETTER].isna().any(axis=1)]
    if len(wrong):
        raise MutasiError("lift_letter", names=_named(wrong))
    return lifts


def _named(lifts: pd.DataFrame) -> list[Phrase]:
    """Name the rule and the person of each lift."""
    nothing = phrase("thing.no_rule")
    return [
        phrase("thing.rule_for", rule=nothing if pd.isna(row.rule) else row.rule, person=row.employee_id)
        for row in lifts.itertuples()
    ]


def lifted_for(data: Data, employee_id: str, to_unit: str) -> pd.DataFrame:
    """Return the edits that lift a rule for this person's move to this office: for any office, or for this one.

    One row a rule, indexed by its name: by, reason, ...; the first where several lift the same.
    """
    lifts = data.edits[(data.edits.action == "lift") & (data.edits.employee_id == employee_id)]
    here = lifts[lifts.unit_id.isna() | (lifts.unit_id == to_unit)]
    return here.drop_duplicates("rule").set_index("rule")


def opened_by_lifts(
    people: pd.DataFrame, cells: pd.DataFrame, stays: Mapping[str, Mask], shut: Mapping[str, Mask], lifts: pd.DataFrame
) -> pd.DataFrame:
    """Return the pairs that are open only because every rule that bars them is lifted for that office.

    Args:
        people: one row a person; its index is the position.
        cells: one row a family and office; its index is the position.
        stays: rule -> which persons it keeps from leaving.
        shut: rule -> which cells it keeps anybody from entering.
        lifts: the sound lifts.

    Returns:
        employee_id, unit_id, family, and the positions person and cell.
    """
    for_one_office = lifts.dropna(subset="unit_id")
    named = _positions(for_one_office, people, cells)
    open_ = np.ones(len(named), bool)
    for name in {**stays, **shut}:
        barred = _barred(name, stays, named.person) | _barred(name, shut, named.cell)
        lifted = _named_in(named, for_one_office[for_one_office.rule == name])
        open_ &= ~barred | lifted
    return named[open_]


def _positions(lifts: pd.DataFrame, people: pd.DataFrame, cells: pd.DataFrame) -> pd.DataFrame:
    """The person and office of each lift once, with their positions; an office without the family has none."""
    pairs = lifts[PAIR].drop_duplicates()
    persons = people[["employee_id", "family"]].assign(person=people.index)
    offices = cells[["family", "unit_id"]].assign(cell=cells.index)
    return pairs.merge(persons, on="employee_id").merge(offices, on=["family", "unit_id"])


def _barred(name: str, bars: Mapping[str, Mask], position: pd.Series) -> Mask:
    """Whether a rule bars the rows at these positions; a rule that is not among those of the scope bars nothing."""
    if name not in bars:
        return np.zeros(len(position), bool)
    return bars[name][position]


def _named_in(pairs: pd.DataFrame, lifts: pd.DataFrame) -> Mask:
    return pd.MultiIndex.from_frame(pairs[PAIR]).isin(pd.MultiIndex.from_frame(lifts[PAIR]))
