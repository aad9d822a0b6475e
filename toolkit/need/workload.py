"""Workload: the hours a year that each office asks of each job, and the allowances on them."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd

from toolkit.common.types import Array
from toolkit.errors import MutasiError, few
from toolkit.intake.data import Data
from toolkit.need.demand import Demand
from toolkit.need.norms import Norms
from toolkit.need.tasks import KEY, task_hours, tasked, yearly

ADMITTED = 0.9  # share of the region of norms that the data admit


def workload(
    data: Data, norms: Norms, demand: Demand, table: pd.DataFrame
) -> tuple[pd.Series, Array, pd.Series, pd.Series]:
    """Hours a year of each row (empty: unknown), their draws (draw x row), whether they were measured, and their doubt.

    The doubt is how far the hours may lie off, either way, under any norms that the data admit: the region that holds
    all norms of the job together with 90 % (chi-squared); empty where no norm was estimated.

    Volumes times norms, the constants of fits, and main tasks. A row whose volume has no norm is unknown.
    """
    amounts = _amounts(data, norms, demand, table)
    minutes = norms.table.minutes.to_numpy()
    timeless = table.index.isin(amounts.row[np.isnan(minutes[amounts.norm]) & (amounts.amount > 0)])
    main = task_hours(data.tasks[data.tasks.component == "main"], yearly(data), data, table)
    with_tasks, fixed = main.notna().to_numpy(), main.fillna(0.0).to_numpy()

    def hours(each: Array, volumes: Array) -> Array:
        amount = np.append(volumes, demand.periods)[amounts.amount_of]  # a constant comes once a period
        total = np.bincount(amounts["row"], np.nan_to_num(each[amounts.norm]) * amount, len(table)) / 60
        return np.asarray(total + fixed)

    known = (table.index.isin(amounts["row"]) | with_tasks) & ~timeless
    asked = demand.table.volume.to_numpy("float64")
    volumes = demand.draw(len(norms.draws), data.policy.seed)
    draws = np.array([hours(*draw) for draw in zip(norms.draws, volumes, strict=True)]).reshape(-1, len(table))
    point = hours(minutes, asked)
    alone = pd.DataFrame([hours(draw, asked) for draw in norms.draws], columns=table.index, dtype="float64").std()
    count = norms.table.groupby("job_id").size().reindex(table.job_id).to_numpy("float64")
    reach = count * (1 - 2 / (9 * count) + NormalDist().inv_cdf(ADMITTED) * np.sqrt(2 / (9 * count))) ** 3
    doubt = (np.sqrt(reach) * alone).where(alone > 1e-6)
    cards = norms.cards.reindex(columns=["job_id", "basis", "hours", "accepted"])
    sound = cards[(cards.basis == "fit") & cards.hours.isin(["measured", "capped"]) & cards.accepted.eq(True)].job_id
    places = pd.MultiIndex.from_frame(table[KEY])
    timed, filled = (places.isin(pd.MultiIndex.from_frame(each[KEY])) for each in (data.hours, norms.padded))
    measured = table.job_id.isin(sound) & timed & ~filled & ~with_tasks
    return pd.Series(point, table.index).where(known), draws, measured, doubt


def _amounts(data: Data, norms: Norms, demand: Demand, table: pd.DataFrame) -> pd.DataFrame:
    """Which row has how much (amount) of which norm: volumes of its services, and periods of its constant.

    ``amount_of`` is the row of the demand; one past the last stands for the periods.
    """
    places = table[KEY].assign(row=table.index)
    lines = norms.table[["job_id", "service_id"]].assign(norm=range(len(norms.table)))
    asked = demand.table[["unit_id", "service_id", "volume"]].assign(amount_of=range(len(demand.table)))
    by_volume = asked.merge(lines.dropna(), on="service_id").merge(places, on=KEY).rename(columns={"volume": "amount"})
    constants = lines[lines.service_id.isna() & ~lines.job_id.isin(tasked(data))].merge(places, on="job_id")
    constants = constants[constants.row.isin(by_volume.row)]
    constants = constants.assign(amount=float(demand.periods), amount_of=len(demand.table))
    names = ["row", "norm", "amount_of", "amount"]
    both = pd.concat([by_volume[names], constants[names]], ignore_index=True)
    return both.astype({"row": "int64", "norm": "int64", "amount_of": "int64", "amount": "float64"})


def allowances(data: Data, table: pd.DataFrame, method: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Give, for each row, the factor on its workload and the full-time equivalents added to it.

    abk_kes: 1 / (1 - FTP), FTP the yearly support time over the effective year (WKT). wisn: CAF = 1 / (1 - sum CAS),
    CAS the support time over the hours of its own period, and IAF, the additional hours over the effective year
    (AWT). Any other method: 1 and 0.

    Source: Permenkes 33/2015, Buku Manual 1 (ABK-Kes); WHO, WISN User's Manual, 2010.

    Raises:
        MutasiError: support work fills the whole time of a person.
    """
    policy, tasks, often = data.policy, data.tasks, yearly(data)
    year = policy.effective_hours
    day = policy.hours_per_day or year / policy.working_days
    week = policy.hours_per_week or 5 * day
    support, additional = tasks[tasks.component == "support"], tasks[tasks.component == "additional"]
    ftp = task_hours(support, {per: times / year for per, times in often.items()}, data, table)
    cas = task_hours(support, {"day": 1 / day, "week": 1 / week, "month": 12 / year, "year": 1 / year}, data, table)
    share = ftp.where(method == "abk_kes", cas).where(method.isin(["abk_kes", "wisn"]), 0.0).fillna(0.0)
    if (share >= 1).any():
        full = table[share >= 1]
        names = few(f"{row.job_id} at {row.unit_id}" for row in full.itertuples())
        raise MutasiError(
            f"support tasks fill the whole year of {names}; correct them in tasks, or the effective hours"
        )
    iaf = task_hours(additional, {per: times / year for per, times in often.items()}, data, table)
    return 1 / (1 - share), iaf.where(method == "wisn", 0.0).fillna(0.0)


def ratio(data: Data, demand: Demand, table: pd.DataFrame) -> pd.Series:
    """Give objects over objects per person (classes, lesson hours a week, pupils); empty where a ratio is missing.

    The volume of such a service is a stock: its mean over the periods counts, not its sum.
    """
    lines = data.services[["service_id", "job_id", "per_person"]]
    objects = demand.table[["unit_id", "service_id", "volume"]].merge(lines, on="service_id")
    objects = objects.merge(table[KEY].assign(row=table.index), on=KEY)
    objects["people"] = (objects.volume / demand.periods / objects.per_person).where(objects.volume > 0, 0.0)
    return objects.groupby("row").people.sum(skipna=False).reindex(table.index).astype("float64")


def teachers_at_most(data: Data, table: pd.DataFrame) -> pd.Series:
    """Give max_staff, and for lesson hours no more than hours / ``lesson_hours``, rounded down.

    With fewer hours a teacher loses an allowance (Permendikdasmen 11/2025; verify). A level that shares the work of
    such a job adds nothing to the ceiling of the cell.
    """
    hourly = data.services.job_id[data.services.per_person == data.policy.lesson_hours]
    taught = (table.bound == "ratio") & table.job_id.isin(hourly)
    cells = pd.MultiIndex.from_frame(table[["family", "unit_id"]])
    beside = (table.evidence == "shared") & table.max_staff.isna() & cells.isin(cells[taught])
    return table.max_staff.mask(taught, np.fmin(table.max_staff, np.floor(table.need_fte.round(9)))).mask(beside, 0.0)
