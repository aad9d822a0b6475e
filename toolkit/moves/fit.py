"""What a move costs, in the units of the objective (see docs/method.md)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.intake.converting import significant
from toolkit.intake.tables import Data
from toolkit.moves.rules import today

LEAST_SHARE = 0.1  # of price_per_move: nobody is moved for its own sake


def cost(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> np.ndarray:
    """Give the cost of each pair: price per move and per km beyond the present way, less the credits.

    Credits: long tenure, a wish that is granted, staying in one OPD. ``pairs`` holds the positions ``person`` (in
    people) and ``from_code``, ``to_code`` (in units), and km_extra (unknown: nothing is added, and the pair's notes
    say so). Never below a tenth of ``price_per_move``; rounded to nine significant digits, so that the file is the
    instance.
    """
    policy = data.policy
    total = policy.price_per_move + policy.price_per_km * pairs.km_extra.fillna(0.0).to_numpy("float64")
    total -= policy.wish_credit * wished(pairs, data)
    total -= policy.tenure_credit * long_tenure(people, data)[pairs.person.to_numpy()]
    if data.has("units", "parent_id"):
        office = data.units.parent_id.fillna(data.units.unit_id).astype("category").cat.codes.to_numpy()
        total -= policy.same_office_credit * (office[pairs.from_code] == office[pairs.to_code])
    return significant(np.maximum(total, LEAST_SHARE * policy.price_per_move))


def long_tenure(people: pd.DataFrame, data: Data) -> np.ndarray:
    """Tell who has been in one office for over ``tenure_long_months`` (in_unit_since, else in_post_since)."""
    since = people.in_unit_since.fillna(people.in_post_since)
    if since.isna().all():
        return np.zeros(len(people), bool)
    return (since + pd.DateOffset(months=data.policy.tenure_long_months) < today(data)).to_numpy()


def wished(pairs: pd.DataFrame, data: Data) -> np.ndarray:
    """Tell which pairs grant a wish: for the office, or for its district where no office is named."""
    wishes = data.wishes[data.wishes.willing != "no"]
    units = data.units[["unit_id", "district"]]
    offices = wishes[["employee_id", "unit_id"]].dropna()
    districts = wishes[wishes.unit_id.isna()][["employee_id", "district"]].dropna().merge(units, on="district")
    granted = pd.concat([offices, districts[["employee_id", "unit_id"]]])
    person = pd.Index(data.employees.employee_id).get_indexer(granted.employee_id)
    office = pd.Index(units.unit_id).get_indexer(granted.unit_id)
    return np.isin(pairs.person.to_numpy() * len(units) + pairs.to_code.to_numpy(), person * len(units) + office)
