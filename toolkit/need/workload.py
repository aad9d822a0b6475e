"""Workload of each office and job: hours a year, allowances (ABK-Kes, WISN), people by ratio, the teachers' ceiling."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import chi2

from toolkit.common.types import Array
from toolkit.errors import MutasiError
from toolkit.intake.data import Data
from toolkit.need.demand import Demand
from toolkit.need.history import unknown_series
from toolkit.need.norms import Norms
from toolkit.need.others import reach_of_peers
from toolkit.need.tasks import KEY, task_hours, tasked, yearly
from toolkit.words import phrase

COVERAGE = 0.9  # share of the region of norms that are consistent with the data
MEASURED = ["measured", "capped"]  # kinds of hours that a measured need may rest on
LEAST_OFFICES = 3  # that do a service, below which what hangs on its norm is not measured
ROUNDING = 1e-6  # hours a year below which a standard deviation is nothing but rounding


class Workload(NamedTuple):
    """The hours a year of each row of a table of offices and jobs."""

    hours: pd.Series  # missing: unknown
    draws: Array  # the same under drawn norms and volumes (draw x row)
    measured: pd.Series  # whether they rest on an accepted fit to measured hours, this office's own among them
    margin: pd.Series  # how far they may lie off, either way, under any norms that fit the data; missing: no fit
    peers: pd.Series  # the most that peers spend on such work, by norms without the office; missing: no fit
    raised: pd.Series  # the hours if those that the office recorded were a fifth higher


def workload(data: Data, norms: Norms, demand: Demand, table: pd.DataFrame) -> Workload:
    """Compute volumes times norms, the constants of fits, and main tasks of each row.

    A row whose volume has no norm is unknown, and so is one that has neither volume nor main task, or that reports a
    service of which nothing is known in the last year.

    Args:
        data, norms, demand: as ``tk.staff_need`` takes them.
        table: unit_id and job_id of each row, indexed 0, 1, ...
    """
    amounts = _amounts(data, norms, demand, table)
    main = task_hours(data.tasks[data.tasks.component == "main"], yearly(data), data, table)
    fixed = main.fillna(0.0).to_numpy()

    def hours(minutes: Array, volumes: Array) -> Array:
        """The hours of each row under some minutes (by row of the norms) and volumes (by row of the demand)."""
        amount = np.append(volumes, demand.periods)[amounts.amount_of]  # a constant comes once a period
        worked = np.nan_to_num(minutes[amounts.norm]) * amount
        return np.asarray(np.bincount(amounts["row"], worked, len(table)) / 60 + fixed)

    minutes = norms.table.minutes.to_numpy()
    asked = demand.table.volume.to_numpy("float64")
    drawn_volumes = demand.draw(len(norms.draws), data.policy.seed)
    without, raised = _by_others(amounts, norms, table)
    reach = table.job_id.map(reach_of_peers(norms.ratios)).to_numpy("float64")
    both_drawn = [hours(*draw) for draw in zip(norms.draws, drawn_volumes, strict=True)]
    norms_drawn = [hours(draw, asked) for draw in norms.draws]
    known = _known(amounts, minutes, main) & ~reports_unknown(data, demand, table)
    return Workload(
        hours=pd.Series(hours(minutes, asked), table.index).where(known),
        draws=np.array(both_drawn).reshape(-1, len(table)),  # keeps two dimensions where there are no draws
        measured=_measured(data, norms, table) & main.isna() & ~_of_few_offices(amounts, norms, table),
        peers=pd.Series(fixed + without * reach, table.index).where(known),
        raised=pd.Series(fixed + raised, table.index).where(known),
        margin=_margin(pd.DataFrame(norms_drawn, columns=table.index).std(), norms, table),
    )


def _by_others(amounts: pd.DataFrame, norms: Norms, table: pd.DataFrame) -> tuple[Array, Array]:
    """Hours of each row by norms without its office, and by norms if its own hours were a fifth higher; no tasks.

    An office that the fit does not hold has its norms from others anyway: those of the fit.
    """
    line = norms.table[["job_id", "service_id"]].fillna("").assign(norm=range(len(norms.table)))
    others = norms.others.fillna({"service_id": ""}).merge(line, on=["job_id", "service_id"])
    of_row = amounts.assign(unit_id=table.unit_id.to_numpy()[amounts["row"]]).merge(
        others[["unit_id", "norm", "minutes_without", "minutes_raised"]], how="left", on=["unit_id", "norm"]
    )
    own = np.nan_to_num(norms.table.minutes.to_numpy()[of_row.norm])
    worked = (of_row[name].fillna(pd.Series(own)) * of_row.amount for name in ("minutes_without", "minutes_raised"))
    without, raised = (np.bincount(of_row["row"], each, len(table)) / 60 for each in worked)
    return np.asarray(without), np.asarray(raised)


def _known(amounts: pd.DataFrame, minutes: Array, main: pd.Series) -> pd.Series:
    """Whether the hours of each row are known: some volume or main task, and a norm for every volume above 0."""
    index = main.index
    timeless = amounts.row[np.isnan(minutes[amounts.norm]) & (amounts.amount > 0)]
    return (pd.Series(index.isin(amounts["row"]), index) | main.notna()) & ~index.isin(timeless)


def reports_unknown(data: Data, demand: Demand, table: pd.DataFrame) -> pd.Series:
    """Whether each row reports a service of whose last year nothing is known."""
    services = data.services[["service_id", "job_id"]]
    places = unknown_series(data, demand.table).merge(services, on="service_id")
    return pd.Series(pd.MultiIndex.from_frame(table[KEY]).isin(pd.MultiIndex.from_frame(places[KEY])), table.index)


def _measured(data: Data, norms: Norms, table: pd.DataFrame) -> pd.Series:
    """Whether the job of each row has an accepted fit to measured hours, and the office handed in some of its own.

    Hours that fill the day are no measure of what the office needs.
    """
    cards = norms.cards
    sound = (cards.basis == "fit") & cards.hours.isin(MEASURED) & cards.accepted.fillna(False)
    places = pd.MultiIndex.from_frame(table[KEY])
    timed = places.isin(pd.MultiIndex.from_frame(data.hours[KEY]))
    filled = places.isin(pd.MultiIndex.from_frame(norms.padded[KEY]))
    return table.job_id.isin(cards.job_id[sound]) & timed & ~filled


def _of_few_offices(amounts: pd.DataFrame, norms: Norms, table: pd.DataFrame) -> pd.Series:
    """Whether work of each row hangs on a norm that fewer than three offices of the fit tell."""
    lines = norms.table
    few = ((lines.basis == "fit") & (lines.offices < LEAST_OFFICES)).fillna(False).to_numpy(bool)
    return pd.Series(table.index.isin(amounts.row[few[amounts.norm] & (amounts.amount > 0)]), table.index)


def _margin(sd: pd.Series, norms: Norms, table: pd.DataFrame) -> pd.Series:
    """How far hours may lie off, given their sd under drawn norms; missing where no norm was estimated."""
    count = norms.table.groupby("job_id").size().reindex(table.job_id).to_numpy("float64")
    return (reach(count) * sd).where(sd > ROUNDING)


def reach(norms: Array) -> Array:
    """How many standard deviations a sum may lie off under any of so many norms that fit the data together.

    The region that holds the norms of a job together with 90 % is an ellipsoid: its squared radius is that quantile
    of chi-squared with one degree of freedom a norm. Over it, any sum of norms times volumes is at most the radius
    times its own standard deviation away (Scheffe's simultaneous intervals).

    >>> reach(np.array([1.0, 2.0, 3.0])).round(3).tolist()
    [1.645, 2.146, 2.5]
    """
    return np.sqrt(chi2.ppf(COVERAGE, norms))


def _amounts(data: Data, norms: Norms, demand: Demand, table: pd.DataFrame) -> pd.DataFrame:
    """Which row has how much (amount) of which norm: volumes of its services, and periods of its constant.

    ``norm`` is a row of the norms, ``amount_of`` a row of the demand; one past the last stands for the periods.
    """
    columns = ["row", "norm", "amount_of", "amount"]
    places = table[KEY].assign(row=table.index)
    lines = norms.table[["job_id", "service_id"]].assign(norm=range(len(norms.table)))
    asked = demand.table[["unit_id", "service_id", "volume"]].assign(amount_of=range(len(demand.table)))
    services = lines[lines.service_id.notna()]
    by_volume = asked.rename(columns={"volume": "amount"}).merge(services, on="service_id").merge(places, on=KEY)
    # a job with main tasks has these as its fixed work; elsewhere an office has fixed work only if some of the services
    # are asked of it
    constants = lines[lines.service_id.isna() & ~lines.job_id.isin(tasked(data))].merge(places, on="job_id")
    constants = constants[constants.row.isin(by_volume.row)]
    constants = constants.assign(amount=float(demand.periods), amount_of=len(demand.table))
    both = pd.concat([by_volume[columns], constants[columns]], ignore_index=True)
    # without any row the columns are of type object, which numpy takes for no index
    return both.astype({"row": "int64", "norm": "int64", "amount_of": "int64", "amount": "float64"})


def allowances(data: Data, table: pd.DataFrame, method: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return, for each row, the factor on its workload and the full-time equivalents added to it.

    abk_kes: 1 / (1 - FTP), FTP the yearly support time over the effective year (WKT). wisn: CAF = 1 / (1 - sum CAS),
    CAS the support time over the hours of its own period, and IAF, the additional hours over the effective year
    (AWT). Any other method: 1 and 0.

    Source: Permenkes 33/2015, Buku Manual 1 (ABK-Kes); WHO, WISN User's Manual, 2010.

    Raises:
        MutasiError: support work fills the whole time of a person.
    """
    year = data.policy.effective_hours
    support = data.tasks[data.tasks.component == "support"]
    additional = data.tasks[data.tasks.component == "additional"]
    of_year = {per: times / year for per, times in yearly(data).items()}
    ftp = task_hours(support, of_year, data, table)
    cas = task_hours(support, _of_own_period(data), data, table)
    iaf = task_hours(additional, of_year, data, table)
    share = ftp.where(method == "abk_kes", cas).where(method.isin(["abk_kes", "wisn"]), 0.0).fillna(0.0)
    _check_some_time_left(share, table)
    return 1 / (1 - share), iaf.where(method == "wisn", 0.0).fillna(0.0)


def _of_own_period(data: Data) -> dict[str, float]:
    """One over the working hours of a day, week, month and year; a day and a week by the policy, where it says."""
    policy = data.policy
    year = policy.effective_hours
    day = policy.hours_per_day or year / policy.working_days
    week = policy.hours_per_week or 5 * day
    return {"day": 1 / day, "week": 1 / week, "month": 12 / year, "year": 1 / year}


def _check_some_time_left(share: pd.Series, table: pd.DataFrame) -> None:
    """Raise unless support work leaves every row some time for services: the factor would be infinite or negative."""
    full = table[share >= 1]
    if len(full):
        names = [phrase("thing.at", what=row.job_id, unit=row.unit_id) for row in full.itertuples()]
        raise MutasiError("year_filled", names=names)


def ratio(data: Data, demand: Demand, table: pd.DataFrame) -> pd.Series:
    """Return people by ratio: objects over objects per person (classes, lesson hours a week, pupils).

    The volume of such a service is a stock: its mean over the periods counts, not its sum. Missing where there are
    objects whose ratio is missing, or nothing is known of the last year of some of them.
    """
    lines = data.services[["service_id", "job_id", "per_person"]]
    objects = demand.table[["unit_id", "service_id", "volume"]].merge(lines, on="service_id")
    objects = objects.merge(table[KEY].assign(row=table.index), on=KEY)
    people = objects.volume / demand.periods / objects.per_person
    objects["people"] = people.where(objects.volume > 0, 0.0)  # no objects ask for nobody, whatever their ratio
    found = objects.groupby("row").people.sum(skipna=False).reindex(table.index).astype("float64")
    return found.mask(reports_unknown(data, demand, table))


def teachers_at_most(data: Data, table: pd.DataFrame) -> pd.Series:
    """Return max_staff, and for lesson hours no more than hours / ``lesson_hours``, rounded down.

    With fewer hours a teacher loses an allowance (Permendikdasmen 11/2025; verify). A level that shares the work of
    such a job adds nothing to the ceiling of the cell.
    """
    in_lesson_hours = data.services.job_id[data.services.per_person == data.policy.lesson_hours]
    taught = (table.bound == "ratio") & table.job_id.isin(in_lesson_hours)
    cells = pd.MultiIndex.from_frame(table[["family", "unit_id"]])
    beside = (table.evidence == "shared") & table.max_staff.isna() & cells.isin(cells[taught])
    enough_hours = np.floor(table.need_fte.round(9))
    # fmin and not minimum: a ceiling that is missing gives way to the other
    return table.max_staff.mask(taught, np.fmin(table.max_staff, enough_hours)).mask(beside, 0.0)
