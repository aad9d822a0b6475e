"""Lifts: rules of law to verify that a named official sets aside for one person (table edits, action lift)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from toolkit.common.types import Mask
from toolkit.errors import MutasiError
from toolkit.intake.data import Data
from toolkit.moves.registry import Rule
from toolkit.moves.rules import RULES
from toolkit.words import phrase

PAIR = ["employee_id", "unit_id"]


def sound_lifts(data: Data, chosen: Sequence[Rule]) -> pd.DataFrame:
    """Return the edits that lift a rule.

    Raises:
        MutasiError: an edit lifts certain law, a choice or an unknown rule, or a rule on offices without naming one.
    """
    lifts = data.edits[data.edits.action == "lift"]
    law = {rule.name: rule.scope for rule in [*RULES, *chosen] if rule.group == "law" and not rule.certain}
    # lifted without an office, a rule on offices would open all of them
    wide = (lifts.rule.map(law) == "unit") & lifts.unit_id.isna()
    wrong = lifts[~lifts.rule.isin(law) | wide]
    if len(wrong):
        nothing = phrase("thing.no_rule")
        names = [
            phrase("thing.rule_for", rule=nothing if pd.isna(row.rule) else row.rule, person=row.employee_id)
            for row in wrong.itertuples()
        ]
        raise MutasiError("lifts", names=names, known=", ".join(sorted(law)))
    return lifts


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
