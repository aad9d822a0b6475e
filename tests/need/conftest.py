"""The need of the sample, computed once for all tests of this folder."""

from pathlib import Path

import pytest

import toolkit as tk
from toolkit.need.staffing import Need

SAMPLE = Path(tk.__file__).resolve().parents[1] / "data" / "sample"


@pytest.fixture(scope="session")
def sample_need() -> Need:
    """Sixty resamples; ``.norms``, ``.demand`` and ``.data`` hold the steps before it."""
    data = tk.load(SAMPLE)
    return tk.staff_need(data, tk.estimate_norms(data, draws=60), tk.forecast_demand(data))
