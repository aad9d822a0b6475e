"""A small agency written as CSV: every column that the rules of this version ask for, and one trap of each kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

UNITS = [f"U{at}" for at in range(8)]


def write_agency(folder: Path, seed: int = 0, people: int = 60, budget: int | None = None) -> Path:
    """Write the tables of an agency of eight offices, two families and ``people`` staff; U7 reports nothing."""
    rng = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "units": pd.DataFrame({
            "unit_id": UNITS, "name": [f"Office {at}" for at in range(8)], "parent_id": ["U0", "U0", "U0", "U3", "U3", "U3", "", ""],
            "locked": ["no"] * 6 + ["yes", "no"], "selection_required": ["no"] * 5 + ["yes", "no", "no"],
        }),  # fmt: skip
        "jobs": pd.DataFrame({
            "job_id": ["clerk_1", "clerk_2", "nurse"], "name": ["Clerk", "Senior clerk", "Nurse"], "family": ["clerk", "clerk", "nurse"],
            "category": "functional",
        }),  # fmt: skip
        "services": pd.DataFrame({
            "service_id": ["letters", "permits", "visits"], "job_id": ["clerk_1", "clerk_1", "nurse"],
            "name": ["Letters", "Permits", "Visits"], "norm_minutes": [12, 60, 20],
        }),  # fmt: skip
        "employees": _employees(rng, people),
        "others": pd.DataFrame({"unit_id": ["U1", "U4"], "job_id": ["clerk_1", "nurse"], "fte": [0.5, 1]}),
        "posts": pd.DataFrame({
            "unit_id": ["U2", "U3", "U6"], "job_id": ["nurse", "clerk_1", "nurse"], "official_need": [2, "", 3], "min_staff": ["", 2, ""],
            "max_staff": [4, "", 6],
        }),  # fmt: skip
    }  # fmt: skip
    volumes = pd.MultiIndex.from_product(
        [UNITS[:6], ["letters", "permits", "visits"]], names=["unit_id", "service_id"]
    ).to_frame(index=False)
    volumes["period"] = "2025"
    volumes["received"] = (
        volumes.service_id.map({"letters": 12000, "permits": 2000, "visits": 9000})
        * rng.lognormal(0, 0.9, len(volumes))
    ).round()
    tables["volumes"] = volumes[~((volumes.unit_id == "U2") & (volumes.service_id == "visits"))]
    for name, table in tables.items():
        table.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    # the volumes are so unlike that many a need would be doubtful, and the cell held
    policy = "hold_doubtful = false\n" + ("" if budget is None else f"max_moves = {budget}\n")
    (folder / "policy.toml").write_text(policy, encoding="utf-8")
    return folder


def _employees(rng: np.random.Generator, people: int) -> pd.DataFrame:
    pick = rng.choice
    frame = pd.DataFrame({"employee_id": [f"p{at:03d}" for at in range(people)]})
    frame["unit_id"] = pick(UNITS, people)
    frame["job_id"] = pick(["clerk_1", "clerk_2", "nurse"], people, p=[0.4, 0.2, 0.4])
    frame["status"] = pick(["pns", "pppk", "cpns", "pppk_pw"], people, p=[0.7, 0.2, 0.05, 0.05])
    frame["standing"] = pick(["active", "leave"], people, p=[0.95, 0.05])
    frame["in_post_since"] = pick(["2015-03-01", "2019-07-01", "2024-09-01"], people, p=[0.4, 0.4, 0.2])
    frame["rating_last"] = pick(["good", "very_good", "needs_improvement"], people, p=[0.6, 0.3, 0.1])
    frame["rating_before"] = pick(["good", "very_good"], people)
    frame["discipline"] = pick(["none", "in_process"], people, p=[0.95, 0.05])
    frame["fte"] = pick([1, 0.5], people, p=[0.93, 0.07])
    frame["heads_unit"] = pick(["no", "yes"], people, p=[0.93, 0.07])
    frame["locked"] = pick(["no", "yes"], people, p=[0.95, 0.05])
    frame["conflict_unit_ids"] = pick(["", "U1", "U2;U3"], people, p=[0.8, 0.1, 0.1])
    return frame
