"""A synthetic city or province as a folder of tables: homes and offices on a map, families of very different size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

KM_PER_DEGREE, GRID_KM = 111.195, 0.5
SIZES = {
    "city": {"staff": 15_000, "units": 250, "families": 60, "seed": 0, "max_km": 8},
    "province": {"staff": 80_000, "units": 900, "families": 120, "seed": 1, "max_km": 5},
}


def write_city(
    folder: Path, staff: int, units: int, families: int, seed: int, max_km: float, eligible: float = 0.35
) -> Path:
    """Write units, places, jobs, employees, services, volumes and policy.toml; the work of a family fits its staff.

    A person works in one of the offices of the own family and lives near it; ``eligible`` of them are not locked.
    """
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    place = rng.uniform(0, 18, (units, 2))
    share = rng.pareto(1.3, families) + 0.5
    share /= share.sum()
    family = rng.choice(families, staff, p=share)
    offices = [np.sort(rng.choice(units, min(units, max(3, int(part * staff / 6))), replace=False)) for part in share]
    unit = np.array([rng.choice(offices[f]) for f in family])
    home = place[unit] + rng.normal(0, 5, (staff, 2))
    home, spot = np.unique((home / GRID_KM).round().astype(int), axis=0, return_inverse=True)
    quarter = pd.Series([f"{x} east {y} north" for x, y in home])
    person = pd.Series([f"p{i:05d}" for i in range(staff)])
    name = pd.Series([f"U{i:03d}" for i in range(units)])
    job = pd.Series([f"J{i:03d}" for i in range(families)])
    entered = pd.Timestamp("2008-01-01") + pd.to_timedelta(rng.integers(0, 5000, staff), unit="D")
    spots, where = np.concatenate([place, home * GRID_KM]) / KM_PER_DEGREE, pd.concat([name, quarter])
    cells = pd.DataFrame([(f, u) for f in range(families) for u in offices[f]], columns=["family", "unit"])
    tables = {
        "units": pd.DataFrame({"unit_id": name, "name": "Office " + name, "district": name}),
        "places": pd.DataFrame({"district": where, "lat": spots[:, 1].round(7), "lon": spots[:, 0].round(7)}),
        "jobs": pd.DataFrame({"job_id": job, "name": "Job " + job, "family": job, "category": "functional"}),
        "services": pd.DataFrame({"service_id": "S" + job, "job_id": job, "name": "Service", "norm_minutes": 15}),
        "employees": pd.DataFrame({
            "employee_id": person, "unit_id": name[unit].array, "job_id": job[family].array, "status": "pns",
            "standing": "active", "in_post_since": entered, "home_district": quarter[spot.ravel()].array,
            "locked": np.where(rng.random(staff) < eligible, "no", "yes"),
        }),
        "volumes": pd.DataFrame({
            "unit_id": name[cells.unit].array, "service_id": "S" + job[cells.family].array, "period": "2025",
            "received": (_need(cells, family, unit, rng) * 1250 * 60 / 15).round().astype(int),
        }),
    }  # fmt: skip
    for table, frame in tables.items():
        frame.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")
    choices = f"max_km = {max_km}\noutflow_share = 1.0\nallow_beyond_need = true\n"
    choices += "hold_doubtful = false\n"  # all cells count, as for the textbook model
    (folder / "policy.toml").write_text(choices, encoding="utf-8")
    return folder


def _need(cells: pd.DataFrame, family: np.ndarray, unit: np.ndarray, rng: np.random.Generator) -> pd.Series:
    """People needed in each cell: about the family's mean staff, in all as many as there are."""
    counted = pd.DataFrame({"family": family, "unit": unit}).value_counts().rename("staff").reset_index()
    there = cells.merge(counted, how="left").staff.fillna(0)
    need = there.groupby(cells.family).transform("mean") * rng.lognormal(0, 0.45, len(cells)) + 0.2
    total = there.groupby(cells.family).transform("sum")
    return need * total / need.groupby(cells.family).transform("sum")
