"""The steps from tables to moves (norms, demand, need, moves), called in order by :func:`moves_from`."""

from __future__ import annotations

from collections.abc import Sequence

from toolkit.intake.data import Data
from toolkit.moves.eligibility import Moves, allowed_moves
from toolkit.moves.registry import Rule
from toolkit.need.demand import forecast_demand
from toolkit.need.norms import DRAWS, estimate_norms
from toolkit.need.staffing import staff_need


def moves_from(data: Data, *, draws: int = DRAWS, rules: Sequence[Rule] | None = None) -> Moves:
    """Return the moves that the tables and the policy of ``data`` allow, by all steps in their order.

    The results in between are kept: ``moves.need``, ``moves.need.norms``, ``moves.need.demand``.

    Args:
        data: from ``tk.load``.
        draws: as in ``tk.estimate_norms``; 0 leaves the intervals of need empty and is quicker.
        rules: as in ``tk.allowed_moves``.

    >>> import toolkit as tk
    >>> moves = moves_from(tk.load("tests/data/three_offices"), draws=0)
    >>> len(moves.allowed), moves.need.table.evidence.tolist()
    (5, ['B', 'B', 'D'])
    """
    norms = estimate_norms(data, draws=draws)
    demand = forecast_demand(data)
    need = staff_need(data, norms, demand)
    return allowed_moves(data, need, rules)
