"""A ``Sample`` of one job from a few arrays, for unit tests of what is done with it."""

from __future__ import annotations

import numpy as np

from toolkit.need.job_sample import Sample


def job_sample(X, y, unit=None, **more) -> Sample:
    """One person a row, no official norms, nothing left undone, unless said otherwise."""
    X = np.asarray(X, dtype=float)
    y = np.asarray(y, dtype=float)
    rows, services = X.shape
    fields = {
        "job_id": "clerk",
        "services": [f"s{number}" for number in range(services)],
        "X": X,
        "y": y,
        "unit": np.array([f"U{row:02d}" for row in range(rows)]) if unit is None else np.asarray(unit),
        "heads": np.ones(rows),
        "claimed": False,
        "official": np.full(services, np.nan),
        "constant": True,
        "recorded": y,
        "waiting": np.zeros(rows, dtype=bool),
    }
    return Sample(**{**fields, **more})


def months(seed=0, offices=4, periods=12, pace=None, noise=0.02) -> Sample:
    """Offices by month, two services of 0.5 and 2 hours and 10 hours of fixed work, each office at its own pace."""
    rng = np.random.default_rng(seed)
    size = rng.uniform(1, 3, (offices, 1, 1))
    X = rng.poisson(size * [60, 20], (offices, periods, 2)).astype(float)
    pace = np.ones(offices) if pace is None else np.asarray(pace)
    y = pace[:, None] * (X @ [0.5, 2.0] + 10) * rng.lognormal(0, noise, (offices, periods))
    unit = np.repeat([f"U{number:02d}" for number in range(offices)], periods)
    return job_sample(X.reshape(-1, 2), y.ravel(), unit)
