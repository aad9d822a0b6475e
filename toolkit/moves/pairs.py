"""The pairs of person and office that are looked at, and the table of those that the rules allow."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.rounding import significant
from toolkit.common.types import Index
from toolkit.intake.data import Data
from toolkit.moves.distance import add_distance
from toolkit.moves.fit import cost, new_jobs
from toolkit.moves.notes import pair_notes
from toolkit.need.staffing import Need


def candidate_pairs(
    movers: pd.DataFrame, places: pd.DataFrame, opened: pd.DataFrame, people: pd.DataFrame, need: Need
) -> pd.DataFrame:
    """Pair everybody who may leave with every office of the family where somebody may come, but for the own one.

    Args:
        movers: rows of ``people`` that no rule on persons bars.
        places: cells (family, unit_id) that no rule on offices bars.
        opened: pairs that are open only by a lift (:func:`toolkit.moves.lifts.opened_by_lifts`).
        people: everybody; its index is the position in ``data.employees``.
        need: gives the job that would be held.

    Returns:
        employee_id, family, from_unit, to_unit, the positions person (in people), from_code, to_code (in units) and
        to_job (in jobs), new_job, km and km_extra; sorted by person and office.
    """
    data = need.data
    units = pd.Index(data.units.unit_id)
    jobs = pd.Index(data.jobs.job_id)
    home = units.get_indexer(people.unit_id)
    present_job = jobs.get_indexer(people.job_id)
    person, to_code = _crossed(movers, places, opened, units)
    away = home[person] != to_code
    # int32 halves the memory of a province's millions of pairs
    person = person[away].astype("int32")
    to_code = to_code[away].astype("int32")
    from_code = home[person].astype("int32")
    to_job = new_jobs(need)[present_job[person], to_code].astype("int32")
    family = people.family.astype("category")
    pairs = pd.DataFrame(
        {
            "employee_id": pd.Categorical.from_codes(person, data.employees.employee_id),
            "family": family.iloc[person].array,
            "from_unit": pd.Categorical.from_codes(from_code, units),
            "to_unit": pd.Categorical.from_codes(to_code, units),
            "person": person,
            "from_code": from_code,
            "to_code": to_code,
            "to_job": to_job,
            "new_job": to_job != present_job[person],
        }
    )
    return add_distance(pairs, people, data)


def _crossed(movers: pd.DataFrame, places: pd.DataFrame, opened: pd.DataFrame, units: pd.Index) -> tuple[Index, Index]:
    """Return the positions of person and office of every pair, each pair once, sorted by person and office."""
    persons = [opened.person.to_numpy("int64")]
    offices = [units.get_indexer(opened.unit_id)]
    for family, staff in movers.groupby("family"):
        targets = units.get_indexer(places.unit_id[places.family == family])
        persons.append(np.repeat(staff.index.to_numpy(), len(targets)))
        offices.append(np.tile(targets, len(staff)))
    # one number a pair: sorting it sorts by person, then by office
    key = np.concatenate(persons) * len(units) + np.concatenate(offices)
    # only a lift can name a pair that is there already, and np.unique is much slower than a sort
    key = np.unique(key) if len(opened) else np.sort(key)
    return key // len(units), key % len(units)


def allowed_table(pairs: pd.DataFrame, people: pd.DataFrame, data: Data, notes: pd.Series) -> pd.DataFrame:
    """Return the columns of ``moves.allowed`` for the pairs that passed all rules.

    ``notes`` holds a text for each row of ``people``; what the pair itself asks for is added.
    """
    allowed = pairs[["employee_id", "family", "from_unit", "to_unit"]].reset_index(drop=True)
    allowed["to_job"] = pd.Categorical.from_codes(pairs.to_job, data.jobs.job_id)
    for name in ("km", "km_extra", "fit"):
        allowed[name] = significant(pairs[name])
    allowed["cost"] = cost(pairs, people, data)
    allowed["notes"] = pair_notes(pairs, notes, data)
    return allowed
