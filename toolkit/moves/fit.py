"""What a move costs, in the units of the objective (see docs/method.md)."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.intake.converting import significant
from toolkit.intake.tables import Data
from toolkit.moves.rules import today

LEAST_SHARE = 0.1  # of price_per_move: nobody is moved for its own sake


def cost(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> np.ndarray:
    """Give the cost of each pair: price per move, less credits for long tenure and for staying in one OPD.

    ``pairs`` holds the positions ``person`` (in people) and ``from_code``, ``to_code`` (in units). Never below a
    tenth of ``price_per_move``; rounded to nine significant digits, so that the file is the instance.
    """
    policy = data.policy
    total = np.full(len(pairs), policy.price_per_move)
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
