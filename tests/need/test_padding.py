"""Who must not be said to fill the day: offices that are honest, slow, or quick (who does: test_norms, test_truth)."""

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write

UNITS = [f"U{at}" for at in range(8)]


def panel(folder, hours, months=12):
    """Eight offices whose letters take half an hour and whose work moves; ``hours`` makes the hours of U0 from its work."""
    rng, when = np.random.default_rng(4), pd.period_range(end="2026-09", periods=months, freq="M").astype(str)
    received = rng.uniform(100, 300, (8, 1)) * (1 + 0.3 * np.sin(np.arange(months) + np.arange(8)[:, None]))
    worked = received / 2 * rng.lognormal(0, 0.02, received.shape)
    worked[0] = hours(worked[0])
    units = "unit_id,name\n" + "".join(f"{unit},{unit}\n" for unit in UNITS)
    staff = "employee_id,unit_id,job_id\n" + "".join(f"p{at},{unit},clerk\n" for at, unit in enumerate(UNITS))
    lines = [
        (
            f"{unit},letters,{month},{received[at, on]:.2f}",
            f"{unit},clerk,{month},{worked[at, on]:.2f}",
        )
        for at, unit in enumerate(UNITS)
        for on, month in enumerate(when)
    ]
    volumes, timed = zip(*lines, strict=True)
    return tk.load(
        write(
            folder, units=units, employees=staff, volumes="\n".join(["unit_id,service_id,period,received", *volumes]),
            hours="\n".join(["unit_id,job_id,period,hours", *timed]),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("why", "hours"),
    [
        ("honest", lambda worked: worked),
        ("slow, but its hours follow the work", lambda worked: 1.6 * worked),
        ("flat, but quicker than the others", lambda worked: np.full_like(worked, 0.8 * worked.mean())),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_does_not_fill_the_day_is_not_named(tmp_path, why, hours):
    assert tk.estimate_norms(panel(tmp_path, hours), draws=0).padded.empty, why
