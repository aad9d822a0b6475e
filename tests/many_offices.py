"""An agency of many offices with one job family: under ``max_km`` nearly every pair of person and office is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd


def write_many_offices(folder: Path, offices: int = 40, people: int = 300, seed: int = 1) -> Path:
    """Write the tables of some offices in districts far apart; most people live in the district of their office."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    districts = pd.Series([f"District {at:02d}" for at in range(max(offices // 5, 2))])
    units = pd.Series([f"L{at:03d}" for at in range(offices)])
    lies_in = rng.integers(0, len(districts), offices)
    size = rng.lognormal(0, 0.6, offices)
    office = rng.choice(offices, people, p=size / size.sum())
    lives_in = np.where(rng.random(people) < 0.7, lies_in[office], rng.integers(0, len(districts), people))
    work = np.bincount(office, minlength=offices).clip(1) * 7500 * rng.lognormal(0, 0.35, offices)
    tables = {
        "units": {"unit_id": units, "name": "Library " + units, "district": districts[lies_in].to_numpy()},
        "jobs": {"job_id": ["clerk"], "name": ["Clerk"], "family": ["clerk"]},
        "services": {"service_id": ["loans"], "job_id": ["clerk"], "name": ["Loans"], "norm_minutes": [10]},
        "employees": {
            "employee_id": [f"p{at:05d}" for at in range(people)],
            "unit_id": units[office].to_numpy(),
            "job_id": "clerk",
            "home_district": districts[lives_in].to_numpy(),
        },
        "places": {
            "district": districts,
            "lat": rng.uniform(38.5, 41.8, len(districts)).round(4),
            "lon": rng.uniform(-84.8, -80.6, len(districts)).round(4),
        },
        "volumes": {"unit_id": units, "service_id": "loans", "period": "2025", "received": work.round()},
    }
    for name, columns in tables.items():
        pd.DataFrame(columns).to_csv(folder / f"{name}.csv", index=False)
    return folder
