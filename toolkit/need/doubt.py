"""Which needs are doubtful: reported figures that do not fit the official need, the staff, other offices or the past.

A doubtful need stays as it is, but its cell neither gives nor receives until a named person confirms it (table
``confirmations``) or the policy says ``hold_doubtful = false``. The limits are set so that of honest agencies hardly a
cell is held, and a figure with a slip of the hand (x 30, services left out) is (tests/test_planted_errors.py).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.stats import norm

from toolkit.intake.data import Data
from toolkit.need.demand import Demand
from toolkit.need.history import SERIES
from toolkit.need.norms import Norms
from toolkit.need.past import against_past, record, spikes
from toolkit.need.workload import KEY, reports_unknown

REASONS = ["work_share", "over_staff", "peers", "left_out", "few_months", "rise", "fall", "spike"]
DOUBTS = {
    "unit_id": "str",
    "job_id": "str",
    "what": "str",
    "service_id": "str",
    "figure": "float64",
    "against": "float64",
    "confirmed_by": "str",
}
TIMES_STAFF = 3  # need over so many times the staff; an office without staff counts as one person
PEERS = 5  # least number of other offices to compare with
LOAD_SD = 5  # robust standard deviations from the median, from which on the work of a head is out of line ...
VOLUME_SD = 3.5  # ... and above it the volume of one service, which matters only where it makes the need
LEAST_SD = 0.4  # of the logarithm: offices are never taken to be more alike than this
USUAL = 0.8  # share of the offices of a kind that report a service, from which on it is missed elsewhere
MAD_TO_SD = 1 / float(norm.ppf(0.75))  # turns the median distance from the median into the sd of a normal
FELL = 0.6  # share of the years before
ROSE = 1 / FELL
FEW_MONTHS = 0.5  # share of the months of the record's last year
MATERIAL = 0.05  # part of the need without the figures in doubt, from which on these matter
SURGE_AT_MOST = 3.0  # a surge beyond this factor is confirmed by a person, whatever the past says
PAST_OF_SURGE = 12  # months before a surge that must be known for the past to explain it


class _Work(NamedTuple):
    """The reported work of each row of a table of offices and jobs, and of each service in it."""

    rows: pd.DataFrame  # unit_id, job_id, family, need (by work or ratio), people (of the cell), official_need
    lines: pd.DataFrame  # a row a service: unit_id, job_id, service_id, volume, share (of the need), people, explained


def find_doubts(data: Data, norms: Norms, demand: Demand, table: pd.DataFrame, reported: pd.Series) -> pd.DataFrame:
    """Return every reason to doubt the need of a row, with the two figures that do not fit.

    Args:
        data, norms, demand: as ``tk.staff_need`` takes them.
        table: the rows: unit_id, job_id, family, need_fte, staff, others, official_need.
        reported: the need of each row from reported work or objects; missing where it has another basis.

    Returns:
        unit_id, job_id, what (``REASONS``), service_id (empty: the row as a whole), figure, against, confirmed_by (who
        confirmed it in ``confirmations``; empty: nobody), one row a reason, that of the service with most at stake.
    """
    work = _work(data, norms, demand, table, reported)
    found = [
        _work_share(work, data.policy.work_share_min),
        _over_staff(work),
        _load_out_of_line(work),
        _volume_out_of_line(work),
        _without_usual_services(work, data),
        _without_last_year(data, demand, table),
        *_out_of_past(work, data, demand),
    ]
    columns = [name for name in DOUBTS if name != "confirmed_by"]
    every = pd.concat([pd.DataFrame(columns=[*columns, "stake"]), *(each for each in found if len(each))])
    worst = every.sort_values("stake", ascending=False, kind="stable").drop_duplicates([*KEY, "what"])
    confirmed = data.confirmations[[*KEY, "what", "by"]].rename(columns={"by": "confirmed_by"})
    out = worst[columns].merge(confirmed, how="left", on=[*KEY, "what"])
    out = out.fillna({"service_id": "", "confirmed_by": ""}).astype(DOUBTS)[list(DOUBTS)]
    order = out.what.map({name: place for place, name in enumerate(REASONS)})
    return out.assign(order=order).sort_values([*KEY, "order"], ignore_index=True).drop(columns="order")


def no_doubts() -> pd.DataFrame:
    """The frame of doubts without any."""
    return pd.DataFrame(columns=list(DOUBTS)).astype(DOUBTS)


def marks(doubts: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """Return, for each row of a table, ``doubt`` (its reasons) and ``confirmed_by`` (who confirmed them all).

    Both join several by "; "; both are empty where there is no doubt, ``confirmed_by`` also while one is open.
    """
    by_row = doubts.groupby(KEY)
    found = pd.DataFrame({"doubt": by_row.what.agg("; ".join), "confirmed_by": by_row.confirmed_by.agg(_all_names)})
    return found.reindex(pd.MultiIndex.from_frame(table[KEY])).fillna("").astype("str").set_axis(table.index)


def _all_names(names: pd.Series) -> str:
    """The names joined, each once; empty where one is missing."""
    return "; ".join(dict.fromkeys(names)) if all(names) else ""


def _work(data: Data, norms: Norms, demand: Demand, table: pd.DataFrame, reported: pd.Series) -> _Work:
    people = (table.staff + table.others).groupby([table.family, table.unit_id]).transform("sum")
    rows = table[[*KEY, "family", "official_need"]].assign(need=reported, people=people)[reported.notna()]
    lines = demand.table[[*SERIES, "volume", "surge_since", "surge_factor"]]
    lines = lines.merge(_people_for_one(data, norms, demand), on="service_id").merge(rows, on=KEY)
    lines["share"] = lines.volume * lines.people_for_one
    lines["explained"] = _explained_by_past(data, lines)
    return _Work(rows, lines)


def _people_for_one(data: Data, norms: Norms, demand: Demand) -> pd.DataFrame:
    """The full-time equivalents that one of each service takes in a year, by job and service.

    By the larger of the norm in use and the official one: a figure x 30 pulls the norm fitted on it down to 0, and
    would then seem to ask for nobody.
    """
    by_norm = norms.table[["job_id", "service_id", "minutes", "official_minutes"]].dropna(
        subset=["service_id", "minutes"]
    )
    minutes = np.fmax(by_norm.minutes, by_norm.official_minutes)
    by_norm = by_norm.assign(people_for_one=minutes / 60 / data.policy.effective_hours)
    objects = data.jobs.job_id[data.jobs.method == "ratio"]
    by_ratio = data.services[data.services.job_id.isin(objects)]
    by_ratio = by_ratio.assign(people_for_one=1 / by_ratio.per_person / demand.periods)
    columns = ["job_id", "service_id", "people_for_one"]
    return pd.concat([by_norm[columns], by_ratio[columns]])


def _explained_by_past(data: Data, lines: pd.DataFrame) -> pd.Series:
    """Whether a surge explains the volume of each line: not too high, after a year at least of figures before it."""
    volumes = data.volumes[data.volumes.received.notna()]
    first = volumes.groupby(SERIES).period.min()
    first = pd.to_datetime(first.reindex(pd.MultiIndex.from_frame(lines[SERIES])).set_axis(lines.index))
    long_enough = first + pd.DateOffset(months=PAST_OF_SURGE) <= lines.surge_since
    return long_enough & (lines.surge_factor <= SURGE_AT_MOST)


def _doubt(rows: pd.DataFrame, what: str, figure: pd.Series, against: pd.Series, stake: pd.Series) -> pd.DataFrame:
    """Rows of the result; ``stake`` orders those of one reason."""
    out = rows.reindex(columns=[*KEY, "service_id"])
    return out.assign(what=what, figure=figure, against=against, stake=stake)


def _work_share(work: _Work, least: float) -> pd.DataFrame:
    """The services reported explain too small a share of K; a difference below one person says nothing."""
    rows = work.rows
    small = (rows.need < least * rows.official_need) & (np.ceil(rows.need) < np.ceil(rows.official_need))
    rows = rows[small]
    return _doubt(rows, "work_share", rows.need, rows.official_need, rows.official_need - rows.need)


def _over_staff(work: _Work) -> pd.DataFrame:
    """The need of the cell from reported work is over three times its staff."""
    rows = work.rows
    need = rows.need.groupby([rows.family, rows.unit_id]).transform("sum")
    over = need > TIMES_STAFF * rows.people.clip(lower=1.0)
    return _doubt(rows[over], "over_staff", need[over], rows.people[over], need[over])


def _load_out_of_line(work: _Work) -> pd.DataFrame:
    """The work of a head, all services together, is far above or below that of the other offices of the job."""
    rows = work.rows[(work.rows.people > 0) & (work.rows.need > 0)]
    load = rows.need / rows.people
    surging = work.lines[work.lines.explained]
    explained = pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(surging[KEY]))
    middle, height = _height(load, rows.job_id)
    far = (height.abs() > LOAD_SD) & ~(explained & (height > 0))
    return _doubt(rows[far], "peers", load[far], middle[far], rows.need[far])


def _volume_out_of_line(work: _Work) -> pd.DataFrame:
    """The volume of a head is far above that of the other offices that do the service, and it makes the need."""
    lines = work.lines[(work.lines.people > 0) & (work.lines.volume > 0)]
    a_head = lines.volume / lines.people
    middle, height = _height(a_head, lines.service_id)
    beyond = lines.share * (1 - middle / a_head)
    far = (height > VOLUME_SD) & (beyond > MATERIAL * (lines.need - beyond)) & ~lines.explained
    return _doubt(lines[far], "peers", a_head[far], middle[far], beyond[far])


def _height(values: pd.Series, group: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The median of each group, and how many robust sd of logarithms each value lies above it; 0 in a small group."""
    logs = np.log(values)
    middle = logs.groupby(group).transform("median")
    away = logs - middle
    sd = MAD_TO_SD * away.abs().groupby(group).transform("median")
    enough = logs.groupby(group).transform("size") > PEERS
    return np.exp(middle), (away / sd.clip(lower=LEAST_SD)).where(enough, 0.0)


def _out_of_past(work: _Work, data: Data, demand: Demand) -> list[pd.DataFrame]:
    """The last year is far above or below the years before, or few of its months are known; a month stands out."""
    history = record(data, demand.periods)
    lines = work.lines.join(against_past(history, demand.periods), on=SERIES)
    spiked = work.lines.merge(spikes(history, demand.periods), left_on=SERIES, right_index=True)
    changed = (lines.now - lines.past).abs() * lines.people_for_one * lines.a_year
    is_higher = lines.clear & (lines.now > ROSE * lines.past) & ~lines.explained
    rose = is_higher & (changed > MATERIAL * (lines.need - changed))
    fell = lines.clear & (lines.now < FELL * lines.past) & (changed > MATERIAL * (lines.need + changed))
    few = (lines.months < FEW_MONTHS * lines.months_of_record) & (lines.share > MATERIAL * lines.need)
    return [
        _doubt(lines[rose], "rise", lines.now[rose], lines.past[rose], changed[rose]),
        _doubt(lines[fell], "fall", lines.now[fell], lines.past[fell], changed[fell]),
        _doubt(lines[few], "few_months", lines.months[few], lines.months_of_record[few], lines.share[few]),
        _doubt(spiked, "spike", spiked.month, spiked.usual, spiked.share),
    ]


def _without_usual_services(work: _Work, data: Data) -> pd.DataFrame:
    """The office lacks services that nearly all offices of its kind report for the job, and that make their need.

    One that reports none of them does other work.
    """
    kind = data.units.set_index("unit_id").kind.fillna("")
    rows = work.rows.assign(kind=work.rows.unit_id.map(kind))
    group = ["job_id", "kind"]
    offices = rows.groupby(group).unit_id.nunique().rename("offices")
    lines = work.lines.assign(kind=work.lines.unit_id.map(kind), part=work.lines.share / work.lines.need)
    by_service = lines.groupby([*group, "service_id"]).agg(reporting=("unit_id", "nunique"), part=("part", "median"))
    usual = by_service.join(offices).query("offices > @PEERS and reporting >= @USUAL * offices").reset_index()
    if usual.empty:
        return _doubt(rows[:0], "left_out", rows.need[:0], rows.need[:0], rows.need[:0])
    expected = rows[[*KEY, "kind"]].assign(row=rows.index).merge(usual, on=group)
    has = pd.MultiIndex.from_frame(expected[[*KEY, "service_id"]]).isin(
        pd.MultiIndex.from_frame(lines[[*KEY, "service_id"]])
    )
    by_row = expected.assign(has=has, missed=expected.part.where(~has, 0.0)).groupby("row")
    missed = by_row.missed.sum()
    short = missed.index[(missed > MATERIAL) & by_row.has.any()]
    return _doubt(rows.loc[short], "left_out", by_row.has.sum()[short], by_row.size()[short], missed[short])


def _without_last_year(data: Data, demand: Demand, table: pd.DataFrame) -> pd.DataFrame:
    """The office reports some services of the job, and of another one nothing is known of the last year."""
    jobs = data.services[["service_id", "job_id"]]
    known = demand.table[SERIES].merge(jobs, on="service_id").groupby(KEY).size()
    listed = data.volumes[SERIES].drop_duplicates().merge(jobs, on="service_id").groupby(KEY).size()
    places = pd.MultiIndex.from_frame(table[KEY])
    counts = pd.DataFrame(
        {"known": known.reindex(places).to_numpy(), "listed": listed.reindex(places).to_numpy()}, table.index
    )
    rows = counts[counts.known.notna() & reports_unknown(data, demand, table)]
    return _doubt(table.loc[rows.index], "left_out", rows.known, rows.listed, rows.listed - rows.known)
