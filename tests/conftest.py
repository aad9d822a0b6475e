"""Shared fixtures: real data where it stands beside the project, a small agency, the whole chain."""

from pathlib import Path

import pytest
from hypothesis import settings

import toolkit as tk
from toolkit.need.staffing import Need
from toolkit.pipeline import moves_from
from toolkit.plan.plan import Plan

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


def in_parts(quick: int, full: int) -> list:
    """Numbers of cases for a parameter of a test: a part of them always, all of them where slow tests run."""
    return [quick, pytest.param(full, marks=pytest.mark.slow)]


def chain(folder: Path, draws: int = 0, **policy: object) -> Plan:
    """Return the plan of a folder of tables; ``plan.moves``, ``plan.moves.need`` and so on hold the steps before it."""
    moves = moves_from(tk.load(folder, **policy), draws=draws)
    return tk.balance(moves.need, moves)


@pytest.fixture(scope="session")
def sample_need() -> Need:
    """The need of the sample with sixty resamples; ``.norms``, ``.demand`` and ``.data`` hold the steps before it."""
    data = tk.load(Path(tk.__file__).resolve().parents[1] / "data" / "sample")
    return tk.staff_need(data, tk.estimate_norms(data, draws=60), tk.forecast_demand(data))
