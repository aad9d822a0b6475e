"""The way to a plan, walked again from its input files: what a reason or a dossier tells beyond the plan itself."""

from __future__ import annotations

from dataclasses import dataclass

from toolkit.intake.loading import load
from toolkit.intake.tables import Data
from toolkit.moves.eligibility import Moves, allowed_moves
from toolkit.need.demand import Demand, forecast_demand
from toolkit.need.norms import Norms, estimate_norms
from toolkit.need.staffing import Need, staff_need
from toolkit.plan.record import Plan
from toolkit.verification import inputs


@dataclass(frozen=True)
class Way:
    """Every table between the input files and a plan."""

    data: Data
    norms: Norms
    demand: Demand
    need: Need
    moves: Moves


_remembered: dict[tuple[object, ...], Way] = {}
KEPT = 2


def retrace(plan: Plan) -> Way:
    """Walk the way to a plan again; the last two ways are remembered.

    Raises:
        VerificationError: an input file is missing or is not the one the plan was made from.
    """
    source = inputs(plan)
    if _key(plan) not in _remembered:
        data = load(source.folder / source.workbook, **plan.policy.plain())
        norms, demand = estimate_norms(data), forecast_demand(data)
        need = staff_need(data, norms, demand)
        remember(plan, Way(data, norms, demand, need, allowed_moves(data, need)))
    return _remembered[_key(plan)]


def remember(plan: Plan, way: Way) -> None:
    """Keep a way that has just been walked to this very plan, so that it is not walked twice."""
    _remembered[_key(plan)] = way
    for old in list(_remembered)[:-KEPT]:
        del _remembered[old]


def _key(plan: Plan) -> tuple[object, ...]:
    return (plan.folder, tuple(sorted(plan.files.items())), plan.policy.with_(max_moves=None))
