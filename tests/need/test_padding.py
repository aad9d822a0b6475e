"""Hours that fill the day: found by their offices' work, named, left out of the norms, and no false alarms."""

import json

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.jobmap import card_lines
from toolkit.sample.agency import make_agency, make_sample

UNITS = [f"U{at}" for at in range(8)]


def panel(folder, hours, months=12, completed=None):
    """Eight offices whose letters take half an hour and whose work moves; ``hours`` makes the hours of U0 from its work."""
    rng, when = np.random.default_rng(4), pd.period_range(end="2026-09", periods=months, freq="M").astype(str)
    received = rng.uniform(100, 300, (8, 1)) * (1 + 0.3 * np.sin(np.arange(months) + np.arange(8)[:, None]))
    done = received.copy() if completed is None else np.minimum(received, completed)
    worked = done / 2 * rng.lognormal(0, 0.02, done.shape)
    worked[0] = hours(worked[0])
    units = "unit_id,name\n" + "".join(f"{unit},{unit}\n" for unit in UNITS)
    staff = "employee_id,unit_id,job_id\n" + "".join(f"p{at},{unit},clerk\n" for at, unit in enumerate(UNITS))
    lines = [
        (
            f"{unit},letters,{month},{received[at, on]:.2f},{done[at, on]:.2f}",
            f"{unit},clerk,{month},{worked[at, on]:.2f}",
        )
        for at, unit in enumerate(UNITS)
        for on, month in enumerate(when)
    ]
    volumes, timed = zip(*lines, strict=True)
    return tk.load(
        write(
            folder, units=units, employees=staff, volumes="\n".join(["unit_id,service_id,period,received,completed", *volumes]),
            hours="\n".join(["unit_id,job_id,period,hours", *timed]),
        )
    )  # fmt: skip


def test_an_office_whose_hours_stand_still_is_named_left_out_and_never_measured(tmp_path):
    flat = tk.estimate_norms(panel(tmp_path / "flat", lambda worked: np.full_like(worked, 1.5 * worked.max())))
    true = tk.estimate_norms(panel(tmp_path / "true", lambda worked: worked))
    assert flat.padded.values.tolist() == [["U0", "clerk"]]
    assert flat.cards.units[0] == 7
    assert "The hours of U0 fill the day" in card_lines(flat, "en")[0]
    assert flat.table.minutes[0] == pytest.approx(true.table.minutes[0], rel=0.02)
    data = panel(tmp_path / "again", lambda worked: np.full_like(worked, 1.5 * worked.max()))
    need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data)).table
    assert need.set_index("unit_id").evidence.to_dict() == {"U0": "B", **dict.fromkeys(UNITS[1:], "A")}


@pytest.mark.parametrize(
    ("why", "hours", "told"),
    [
        ("honest", lambda worked: worked, {}),
        ("slow, but its hours follow the work", lambda worked: 1.6 * worked, {}),
        ("flat, but quicker than the others", lambda worked: np.full_like(worked, 0.8 * worked.mean()), {}),
        ("seven months say too little", lambda worked: np.full_like(worked, 1.5 * worked.max()), {"months": 7}),
        ("at the cap, with work waiting", lambda worked: 1.5 * worked, {"completed": 60.0}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_does_not_fill_the_day_is_not_named(tmp_path, why, hours, told):
    assert tk.estimate_norms(panel(tmp_path, hours, **told), draws=0).padded.empty, why


def found(data, truth):
    """Of the padded and of the other crews with hours that are used: how many, and how many are named."""
    norms = tk.estimate_norms(data, draws=0)
    used = norms.cards.job_id[norms.cards.hours.isin(["measured", "capped"])]
    crews = set(data.hours[data.hours.job_id.isin(used)][["unit_id", "job_id"]].itertuples(index=False, name=None))
    named = set(norms.padded.itertuples(index=False, name=None))
    padded = crews & {(row["unit_id"], row["job_id"]) for row in truth["padded"]}
    return len(padded), len(named & padded), len(crews - padded), len(named - padded)


def test_the_offices_planted_in_the_sample_are_found():
    padded, hits, _, alarms = found(tk.load(), make_agency("small", 2026)[1])
    assert hits >= 0.8 * padded > 0
    assert alarms == 0


@pytest.mark.slow
def test_over_twelve_agencies_most_are_found_and_hardly_anybody_is_named_wrongly(tmp_path):
    counts = []
    for seed in range(12):
        file = tmp_path / f"{seed}.json"
        data = tk.load(make_sample(tmp_path / str(seed), seed=seed, truth=file))
        counts.append(found(data, json.loads(file.read_text(encoding="utf-8"))))
    padded, hits, others, alarms = np.sum(counts, axis=0)
    assert hits >= 0.85 * padded
    assert alarms <= 0.02 * others
