"""An agency made around one person, whose fields a test sets."""

import toolkit as tk
from tests.tables import write

JOBS = (
    "job_id,name,family,category,level,retirement_age,education,field,subject\nclerk,Clerk,clerk,general,,58,,,\n"
    "chief,Chief,clerk,structural,,58,,,\nold,Old,clerk,general,,,,,\n"
)
POSTS = "unit_id,job_id,official_need\nA,chief,1\nA,old,1\n"
UNITS = "unit_id,name,locked,selection_required\nA,a,no,no\nB,b,no,no\nC,c,no,no\nD,d,no,no\n"
VOLUMES = "unit_id,service_id,period,received\nA,letters,2025,5000\nB,letters,2025,5000\nC,letters,2025,5000\n"
GOOD = {
    "status": "pns", "standing": "active", "in_post_since": "2020-01-01", "rating_last": "good", "rating_before": "very_good",
    "discipline": "none", "discipline_until": "", "fte": "1", "heads_unit": "no", "locked": "no", "conflict_unit_ids": "",
    "birth_date": "1985-05-05", "contract_end": "", "education": "S1", "field": "",
    "roles": "", "discipline_level": "", "discipline_since": "",
}  # fmt: skip


def moves(folder, *, units=UNITS, policy=None, drop=(), unit="A", tables=(), job="clerk", rules=None, **fields):  # noqa: PLR0913
    """The moves of one person p1 of office ``unit`` with some fields set, or columns dropped; q keeps the others staffed."""
    columns = [name for name in GOOD if name not in drop]
    columns += [name for name in fields if name not in columns]
    people = [("p1", unit, {**GOOD, **fields}), ("q1", "B", GOOD), ("q2", "C", GOOD), ("q3", "D", GOOD)]
    lines = [",".join(["employee_id", "unit_id", "job_id", *columns])]
    lines += [
        ",".join([who, where, job if who == "p1" else "clerk", *(values.get(name, "") for name in columns)])
        for who, where, values in people
    ]
    written = {
        "units": units,
        "jobs": JOBS,
        "employees": "\n".join(lines) + "\n",
        "volumes": VOLUMES,
        "posts": POSTS,
        **dict(tables),
    }
    data = tk.load(write(folder, **written), **(policy or {}))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    return tk.allowed_moves(data, need, rules)


def goes_to(result, who="p1"):
    return result.allowed.to_unit[result.allowed.employee_id == who].astype(str).tolist()


def refusal(result, who="p1"):
    return result.refused[result.refused.employee_id == who]
