"""From raw staff and service-volume tables to a justified transfer (*mutasi*) recommendation.

>>> import toolkit as tk
>>> sorted(set(tk.__all__) & {"load", "balance", "verify"})
['balance', 'load', 'verify']

The way is one verb and one table a step: ``load``, ``estimate_norms``, ``forecast_demand``, ``staff_need``,
``allowed_moves``, ``balance``, ``verify``, ``why``, ``write_dossier``. Names are loaded when they are first used.
"""

from importlib import import_module
from typing import Any

_MODULE_OF = {
    "load": "toolkit.intake.loading",
    "estimate_norms": "toolkit.need.norms",
    "TimeNormRegressor": "toolkit.need.regression",
    "forecast_demand": "toolkit.need.demand",
    "staff_need": "toolkit.need.staffing",
    "allowed_moves": "toolkit.moves.eligibility",
    "balance": "toolkit.plan.balancing",
    "frontier": "toolkit.plan.frontier",
    "read_plan": "toolkit.plan.plan_file",
    "verify": "toolkit.verification",
    "why": "toolkit.reasons.explanation",
    "write_dossier": "toolkit.dossier.dossier",
    "MutasiError": "toolkit.errors",
    "ArgumentError": "toolkit.errors",
    "InputError": "toolkit.errors",
    "PolicyError": "toolkit.errors",
    "InfeasibleError": "toolkit.errors",
    "NotProvenError": "toolkit.errors",
    "VerificationError": "toolkit.errors",
}
__all__ = ["__version__", *_MODULE_OF]  # noqa: PLE0604
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'toolkit' has no attribute {name!r}")
    value = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
