"""Who fills the day and who must not be said to: offices that are honest, slow, or quick (also test_norms, test_truth)."""

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.need.statements import card_lines

UNITS = [f"U{at}" for at in range(8)]


def panel(folder, hours, months=12, first=1, lost=0):
    """Eight offices whose letters take half an hour and whose work moves.

    ``hours`` makes the hours of the ``first`` of them from their work; each office loses ``lost`` letters in month 1.
    """
    rng, when = np.random.default_rng(4), pd.period_range(end="2026-09", periods=months, freq="M").astype(str)
    received = rng.uniform(100, 300, (8, 1)) * (1 + 0.3 * np.sin(np.arange(months) + np.arange(8)[:, None]))
    worked = received / 2 * rng.lognormal(0, 0.02, received.shape)
    worked[:first] = [hours(each) for each in worked[:first]]
    units = "unit_id,name\n" + "".join(f"{unit},{unit}\n" for unit in UNITS)
    staff = "employee_id,unit_id,job_id\n" + "".join(f"p{at},{unit},clerk\n" for at, unit in enumerate(UNITS))
    lines = [
        (
            f"{unit},letters,{month},{received[at, on] + lost * (on == 0):.2f},{received[at, on]:.2f}",
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


@pytest.mark.parametrize(
    ("why", "hours"),
    [
        ("honest", lambda worked: worked),
        ("slow, but its hours follow the work", lambda worked: 1.6 * worked),
        ("fixed work of its own, 60 hours", lambda worked: worked + 60),
        ("flat, but quicker than the others", lambda worked: np.full_like(worked, 0.8 * worked.mean())),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_does_not_fill_the_day_is_not_named(tmp_path, why, hours):
    assert tk.estimate_norms(panel(tmp_path, hours), draws=0).padded.empty, why


def test_where_most_offices_fill_the_day_the_hours_are_attendance_and_the_official_norms_stand(tmp_path):
    for first in (5, 8):
        flat = panel(tmp_path / str(first), lambda worked: np.full_like(worked, 1.5 * worked.max()), first=first)
        card = tk.estimate_norms(flat, draws=0).cards.iloc[0]
        assert (card.hours, card.basis) == ("attendance", "official")


def test_one_letter_that_was_lost_hides_neither_padding_nor_attendance(tmp_path):
    filled = panel(tmp_path / "a", lambda worked: np.full_like(worked, 1.5 * worked.max()), lost=1)
    assert tk.estimate_norms(filled, draws=0).padded.unit_id.tolist() == ["U0"]
    rng = np.random.default_rng(0)
    present = panel(tmp_path / "b", lambda worked: 104 * rng.lognormal(0, 0.02, len(worked)), first=8, lost=1)
    assert tk.estimate_norms(present, draws=0).cards.hours[0] == "attendance"


def test_hours_that_hardly_vary_at_all_are_named_without_a_percentage(tmp_path):
    tables = {
        "units": "unit_id,name\nA,A\n", "employees": "employee_id,unit_id,job_id\np1,A,clerk\n",
        "services": "service_id,job_id,name\nletters,clerk,Letters\n",
        "tasks": "unit_id,job_id,task,volume,norm_minutes,per\nA,clerk,post,1,600,month\n",
        "volumes": "unit_id,service_id,period,received\n" + "".join(f"A,letters,2025-{at:02d},{90 + at}\n" for at in range(1, 13)),
        "hours": "unit_id,job_id,period,hours\n" + "".join(f"A,clerk,2025-{at:02d},140.1\n" for at in range(1, 13)),
    }  # fmt: skip
    said = card_lines(tk.estimate_norms(tk.load(write(tmp_path, **tables)), draws=20), "en")
    assert "explain -% of the hours" in said[0]
