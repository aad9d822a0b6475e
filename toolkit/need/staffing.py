"""``tk.staff_need``: how many people each office needs in each job (*kebutuhan pegawai*, ABK)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from toolkit.intake.policy import Policy
from toolkit.intake.tables import Data
from toolkit.need.demand import Demand
from toolkit.need.norms import INTERVAL, Norms, active
from toolkit.need.regression import Array

KEY = ["unit_id", "job_id"]
BANDS = ((1.0, "A"), (0.9, "B"), (0.7, "C"), (0.5, "D"))  # Permendagri 12/2008, coded without gaps (verify)
COLUMNS = [
    "unit_id", "job_id", "family", "hours", "need_fte", "need_low", "need_high", "need_rounded", "staff", "others",
    "surplus", "load_ratio", "load_with_others", "band", "evidence", "bound", "official_need", "min_staff", "max_staff",
]  # fmt: skip


@dataclass(frozen=True)
class Need:
    """People needed per office and job, in full-time equivalents.

    ``table``: unit_id, job_id, family, hours (a year), need_fte (empty: unknown), need_low, need_high (90 %),
    need_rounded, staff (active ASN), others, surplus (staff - need_rounded), load_ratio (EJ = need / staff),
    load_with_others, band (of EJ), evidence (A measured, B norm x volume, C official need or minimum, shared,
    D unknown), bound (work, official, minimum: what the need rests on), official_need (K), min_staff, max_staff.
    """

    table: pd.DataFrame
    policy: Policy
    data: Data

    @cached_property
    def cells(self) -> pd.DataFrame:
        """One row a (family, unit): need_fte, staff, others, min_staff, max_staff, known.

        A cell is unknown when any of its rows is; max_staff stands only where every row has one.
        """
        grouped = self.table.assign(known=self.table.evidence != "D").groupby(["family", "unit_id"])
        sums = grouped[["need_fte", "staff", "others", "min_staff"]].sum()
        sums["max_staff"] = grouped.max_staff.sum().where(grouped.max_staff.count() == grouped.size())
        sums["known"] = grouped.known.all()
        sums["need_fte"] = sums.need_fte.where(sums.known)
        return sums.reset_index()

    @property
    def summary(self) -> pd.Series:
        """Active staff by the evidence they are judged on."""
        return self.table.groupby("evidence").staff.sum()

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False)


def staff_need(data: Data, norms: Norms, demand: Demand) -> Need:
    """Give the need of each office and job by workload analysis (ABK).

    Need is (demand x norm + fixed work + main tasks) / effective hours. Without volumes or tasks the official need
    (K) stands; the larger of need and ``min_staff`` holds; with none of these the need is unknown: empty, never 0.

    Source: Peraturan BKN 9/2022 and PermenPAN-RB 1/2020 (kebutuhan = waktu x beban / waktu kerja efektif, rounded
    once, half up, on the job total).

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> need.table[["unit_id", "need_fte", "evidence"]].values.tolist()
    [['A', 4.0, 'B'], ['B', 1.0, 'B'], ['C', nan, 'D']]
    """
    table = _rows(data)
    hours, draws, measured = _work(data, norms, demand, table)
    table["hours"] = hours
    year = data.policy.effective_hours
    work = hours / year
    table = table.merge(data.posts[[*KEY, "official_need", "min_staff", "max_staff", "mandatory"]], how="left", on=KEY)
    by_post = table.job_id.map(data.jobs.set_index("job_id").method) == "post"
    table["bound"], table["need_fte"] = _bound(table, work.where(~by_post))
    graded = {"work": np.where(measured, "A", "B"), "official": "C", "minimum": "C", "": "D"}
    table["evidence"] = np.select(
        [table.bound == name for name in graded], [np.asarray(g) for g in graded.values()], "D"
    )
    _share(data, table)
    _interval(table, draws / year)
    return Need(_finished(table), data.policy, data)


def _rows(data: Data) -> pd.DataFrame:
    """Every unit and job with staff, others, posts, hours, tasks, or volumes that only this job can have made."""
    staff = data.employees.assign(staff=data.employees.fte.where(active(data), 0.0)).groupby(KEY).staff.sum()
    others = data.others.groupby(KEY).fte.sum().rename("others")
    alone = data.services[~data.services.duplicated("service_id", keep=False)]
    volumes = data.volumes[["unit_id", "service_id"]].merge(alone[["service_id", "job_id"]])
    named = pd.concat(
        [frame[KEY].dropna() for frame in (data.posts, data.hours, data.tasks, volumes)]
    ).drop_duplicates()
    table = pd.concat([staff, others], axis=1).reset_index()
    table = table.merge(named, how="outer", on=KEY).fillna({"staff": 0.0, "others": 0.0})
    table["family"] = table.job_id.map(data.jobs.set_index("job_id").family)
    return table.sort_values(KEY, ignore_index=True)


def _work(data: Data, norms: Norms, demand: Demand, table: pd.DataFrame) -> tuple[pd.Series, Array, pd.Series]:
    """Hours a year of each row (empty: unknown), their draws (draw x row), and whether they were measured."""
    amounts = _amounts(data, norms, demand, table)
    minutes = norms.table.minutes.to_numpy()[amounts.norm]
    timeless = amounts.row[np.isnan(minutes) & (amounts.amount > 0)]
    reported = amounts["row"].unique()
    known = table.index.isin(reported) & ~table.index.isin(timeless)
    tasks = _tasks(data, table)
    with_tasks = tasks.notna().to_numpy()
    fixed = tasks.fillna(0.0).to_numpy()

    def hours(each: Array) -> Array:
        total = np.bincount(amounts["row"], np.nan_to_num(each[amounts.norm]) * amounts.amount, len(table)) / 60
        return np.asarray(total + fixed)

    known |= with_tasks & ~table.index.isin(timeless)
    draws = np.array([hours(draw) for draw in norms.draws]).reshape(len(norms.draws), len(table))
    cards = norms.cards.reindex(columns=["job_id", "basis", "hours"])
    sound = cards[(cards.basis == "fit") & (cards.hours == "measured")].job_id
    timed = pd.MultiIndex.from_frame(table[KEY]).isin(pd.MultiIndex.from_frame(data.hours[KEY]))
    measured = table.job_id.isin(sound) & timed & ~with_tasks
    return pd.Series(hours(norms.table.minutes.to_numpy()), table.index).where(known), draws, measured


def _amounts(data: Data, norms: Norms, demand: Demand, table: pd.DataFrame) -> pd.DataFrame:
    """Which row has how much (amount) of which norm: volumes of its services, and periods of its constant."""
    places = table[KEY].assign(row=table.index)
    lines = norms.table[["job_id", "service_id"]].assign(norm=range(len(norms.table)))
    by_volume = (
        demand.table[["unit_id", "service_id", "volume"]].merge(lines.dropna(), on="service_id").merge(places, on=KEY)
    )
    by_volume = by_volume.rename(columns={"volume": "amount"})[["row", "norm", "amount"]]
    tasked = data.tasks.job_id
    constants = lines[lines.service_id.isna() & ~lines.job_id.isin(tasked)].merge(places, on="job_id")
    constants = constants[constants.row.isin(by_volume.row)].assign(amount=float(demand.periods))
    both = pd.concat([by_volume, constants[["row", "norm", "amount"]]], ignore_index=True)
    return both.astype({"row": "int64", "norm": "int64", "amount": "float64"})


def _tasks(data: Data, table: pd.DataFrame) -> pd.Series:
    """Hours a year of main tasks of each row; empty where it has none."""
    times = {"day": data.policy.working_days, "week": 52.0, "month": 12.0, "year": 1.0}
    tasks = data.tasks.assign(
        hours=data.tasks.volume * data.tasks.norm_minutes * data.tasks.per.map(times).astype(float) / 60
    )
    rows = table[KEY].assign(row=table.index, kind=table.unit_id.map(data.units.set_index("unit_id").kind))
    own = tasks[tasks.unit_id.notna()].drop(columns="kind").merge(rows, on=KEY)
    kind = tasks[tasks.unit_id.isna() & tasks.kind.notna()].drop(columns="unit_id").merge(rows, on=["job_id", "kind"])
    everywhere = (
        tasks[tasks.unit_id.isna() & tasks.kind.isna()].drop(columns=["unit_id", "kind"]).merge(rows, on="job_id")
    )
    return pd.concat([own, kind, everywhere]).groupby("row").hours.sum().reindex(table.index)


def _bound(table: pd.DataFrame, work: pd.Series) -> tuple[pd.Series, pd.Series]:
    """What the need rests on, and the need: work, else the official need; never below the minimum."""
    need = work.fillna(table.official_need)
    bound = pd.Series(np.where(work.notna(), "work", np.where(need.notna(), "official", "")), table.index)
    lifted = (table.min_staff > 0) & ~(need >= table.min_staff)
    return bound.mask(lifted, "minimum"), need.mask(lifted, table.min_staff)


def _share(data: Data, table: pd.DataFrame) -> None:
    """A level without work of its own beside a level of the same family that has it: shared, need 0."""
    category = table.job_id.map(data.jobs.set_index("job_id").category)
    worked = table[table.evidence.isin(["A", "B"])].groupby(["family", "unit_id"]).size()
    beside = pd.MultiIndex.from_frame(table[["family", "unit_id"]]).isin(worked.index)
    shared = (table.evidence == "D") & beside & (category.fillna("functional") == "functional")
    table.loc[shared, ["need_fte", "evidence"]] = [0.0, "shared"]


def _interval(table: pd.DataFrame, draws: Array) -> None:
    """90 % intervals of needs that rest on work, never below the minimum."""
    estimated = (table.bound == "work").to_numpy()
    if len(draws) and estimated.any():
        low, high = np.quantile(draws, INTERVAL, axis=0)
        floor = table.min_staff.fillna(0.0)
        table["need_low"] = pd.Series(low, table.index).clip(lower=floor).where(estimated)
        table["need_high"] = pd.Series(high, table.index).clip(lower=floor).where(estimated)
    else:
        table[["need_low", "need_high"]] = np.nan


def half_up(values: pd.Series) -> pd.Series:
    """Round half up, after rounding to nine decimals so that 2.4999999999 from a sum of halves counts as 2.5.

    >>> half_up(pd.Series([2.5, 3.4999, 0.72])).tolist()
    [3.0, 3.0, 1.0]
    """
    return np.floor(values.round(9) + 0.5)


def band(load: pd.Series) -> pd.Series:
    """Give the band (*prestasi kerja*) of an unrounded EJ: A above 1, B from 0.90, C 0.70, D 0.50, else E."""
    conditions = [load > BANDS[0][0], *(load >= least for least, _ in BANDS[1:]), load.notna()]
    return pd.Series(np.select(conditions, [*(name for _, name in BANDS), "E"], ""), load.index).replace("", None)


def _finished(table: pd.DataFrame) -> pd.DataFrame:
    rounded = half_up(table.need_fte)
    table["need_rounded"] = rounded.mask(
        table.mandatory.fillna(False).astype(bool) & rounded.notna(), rounded.clip(lower=1)
    )
    table["surplus"] = table.staff - table.need_rounded
    own = table.need_fte.where(table.evidence != "shared")  # a shared level has no load of its own
    table["load_ratio"] = own / table.staff.where(table.staff > 0)
    table["load_with_others"] = own / (table.staff + table.others).where(table.staff + table.others > 0)
    table["band"] = band(table.load_ratio)
    return table[COLUMNS]
