"""Which pairs of person and office a table of edits, wishes or conflicts names."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.data import Data


def among(pairs: pd.DataFrame, named: pd.DataFrame, data: Data) -> pd.Series:
    """Whether each pair is named: ``named`` holds employee_id and unit_id, ``pairs`` the positions person and to_code.

    Ids that the tables do not know name nothing.
    """
    offices = len(data.units)
    person = pd.Index(data.employees.employee_id).get_indexer(named.employee_id)
    office = pd.Index(data.units.unit_id).get_indexer(named.unit_id)
    # most pairs belong to persons whom nothing names: they are left out before the keys are compared
    found = pairs.person.isin(person).to_numpy(copy=True)
    some = pairs.loc[found, ["person", "to_code"]].astype("int64")
    # person * offices + office is one number a pair; -1 (no or an unknown office) would be somebody else's pair
    wanted = (person * offices + office)[office >= 0]
    found[found] = (some.person * offices + some.to_code).isin(wanted)
    return pd.Series(found, pairs.index)
