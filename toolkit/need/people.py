"""Who counts as staff: the people in post (standing active), and the people of a job by unit."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.data import Data


def active(data: Data) -> pd.Series:
    """Whether each employee counts as staff: standing active, or not recorded (row of ``data.employees``)."""
    return data.employees.standing.fillna("active") == "active"


def heads_by_unit(data: Data, job_id: str) -> pd.Series:
    """The people of one job by unit, active ASN and others together, in full-time equivalents."""
    staff = data.employees[active(data) & (data.employees.job_id == job_id)]
    others = data.others[data.others.job_id == job_id]
    people = pd.concat([staff[["unit_id", "fte"]], others[["unit_id", "fte"]]])
    return people.groupby("unit_id").fte.sum()
