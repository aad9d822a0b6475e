"""Shared fixtures: real data where it stands beside the project, a small agency, the whole chain."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings

import toolkit as tk

settings.register_profile("steady", derandomize=True, deadline=None)
settings.load_profile("steady")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture(scope="session")
def ohio() -> Path:
    """The folder of real library systems; tests that ask for it are skipped where it is absent."""
    folder = SHARED / "real" / "ohio_libraries"
    if not folder.is_dir():
        pytest.skip("the real data (Ohio libraries) does not stand beside the project")
    return folder


def chain(folder: Path, draws: int = 0, **policy: object) -> SimpleNamespace:
    """Walk the whole way and give every table of it."""
    data = tk.load(folder, **policy)
    norms, demand = tk.estimate_norms(data, draws=draws), tk.forecast_demand(data)
    need = tk.staff_need(data, norms, demand)
    moves = tk.allowed_moves(data, need)
    return SimpleNamespace(data=data, norms=norms, demand=demand, need=need, moves=moves, plan=tk.balance(need, moves))
