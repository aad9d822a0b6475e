"""The tables of the forms: *peta jabatan* (job map) beside the official need, and the five years to come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.arguments import at_least, expect
from toolkit.common.calendar import retires_on
from toolkit.intake.data import Data
from toolkit.need.people import active
from toolkit.need.staffing import Need
from toolkit.need.tasks import KEY


def peta_jabatan(need: Need) -> pd.DataFrame:
    """Return the job map as the forms have it, with the official need beside ours.

    Returns:
        unit_id, job_id, job_name, grade (*kelas*), B (*bezetting*: active ASN), K (our need, rounded; empty: unknown),
        plus_minus (B - K), K_official, why (what ours rests on where the two differ: work, ratio, coverage, minimum,
        given, unknown, or no_official; empty: they agree), gabung_tugas (one person, less than a whole load: add other
        tasks).

    Raises:
        ArgumentError: ``need`` is not from ``tk.staff_need``.
        MutasiError: ``need.table`` was edited in place.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> peta_jabatan(need)[["unit_id", "B", "K", "plus_minus"]].values.tolist()
    [['A', 2.0, 4.0, -2.0], ['B', 3.0, 1.0, 2.0], ['C', 2.0, nan, nan]]
    """
    expect("peta_jabatan", need, Need, "tk.staff_need")
    need.check_unedited()
    table = need.table.merge(need.data.jobs[["job_id", "name", "grade"]], on="job_id")
    # the first condition that holds gives the reason
    reasons = [
        (table.need_rounded.isna(), "unknown"),
        (table.official_need.isna(), "no_official"),
        (table.need_rounded != table.official_need, table.bound),
    ]
    alone = (table.need_rounded <= 1) | (table.staff == 1)
    part_load = (table.need_fte > 0) & (table.need_fte < 1)
    columns = {
        "unit_id": table.unit_id,
        "job_id": table.job_id,
        "job_name": table.name,
        "grade": table.grade,
        "B": table.staff,
        "K": table.need_rounded,
        "plus_minus": table.staff - table.need_rounded,
        "K_official": table.official_need,
        "why": np.select([condition for condition, _ in reasons], [reason for _, reason in reasons], ""),
        "gabung_tugas": alone & part_load,
    }
    return pd.DataFrame(columns).sort_values(KEY, ignore_index=True)


def projection(need: Need, years: int = 5) -> pd.DataFrame:
    """Return who leaves in each of the years to come and the gap that is left, by the rule of BKN.

    A shortage grows by those who retire (BUP) and whose PPPK contract ends up to then; a surplus shrinks by them.

    Source: Peraturan BKN 9/2022 (shortage + BUP + contract ends; surplus - BUP - contract ends; five years).

    Args:
        need: from ``tk.staff_need``.
        years: how many, 1 or more.

    Returns:
        unit_id, job_id, year (1 to ``years``, from the date of judgement), retire, contract_ends (full-time
        equivalents, up to then, each person by what comes first, who is overdue in year 1; empty: there is no date of
        judgement, or somebody's birth date, age of retirement or contract end is unknown), gap (B - K less those;
        empty: unknown).

    Raises:
        ArgumentError: ``need`` is not from ``tk.staff_need``, or ``years`` is below 1.
        MutasiError: ``need.table`` was edited in place.
    """
    expect("projection", need, Need, "tk.staff_need")
    at_least("projection", "years", years, 1, whole=True)
    need.check_unedited()
    people = _leaving_dates(need.data)
    here = [people[key] for key in KEY]
    unclear = people.unclear.groupby(here).any() | (not need.data.has_as_of)
    start = need.data.as_of if need.data.has_as_of else pd.NaT
    parts = []
    for year in range(1, years + 1):
        until = start + pd.DateOffset(years=year)
        part = need.table[[*KEY, "surplus"]].set_index(KEY).assign(year=year)
        for name in ("retire", "contract_ends"):
            leaving = people.fte.where(people[name] < until, 0.0).groupby(here).sum().mask(unclear)
            # a post that nobody holds loses nobody
            part[name] = leaving.reindex(part.index, fill_value=0.0)
        parts.append(part.reset_index())
    table = pd.concat(parts)
    table["gap"] = table.surplus - table.retire - table.contract_ends
    return table.sort_values([*KEY, "year"], ignore_index=True)[[*KEY, "year", "retire", "contract_ends", "gap"]]


def _leaving_dates(data: Data) -> pd.DataFrame:
    """The active staff with the day they retire or their contract ends: one of the two, whichever comes first.

    ``unclear``: a day is unknown, so nobody can say how many leave the place.
    """
    people = data.employees[active(data)]
    age = people.job_id.map(data.jobs.set_index("job_id").retirement_age)
    retires = retires_on(people.birth_date, age)
    has_contract = people.status.isin(["pppk", "pppk_pw"])
    ends = people.contract_end.where(has_contract)
    out = people[[*KEY, "fte"]].copy()
    # on the same day it counts as retirement; a comparison with a missing day is false, so the other day stands
    out["retire"] = retires.mask(ends < retires)
    out["contract_ends"] = ends.mask(retires <= ends)
    out["unclear"] = retires.isna() | (has_contract & ends.isna())
    return out
