"""The warnings of `mutasi check`: what may well be right but seldom is, counted and named, never corrected.

To add one: a line in warnings.toml, or where no query can find it a function here; a sentence in words/ under
[warning]; a row in tests/check/test_faults.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd

from toolkit.common.calendar import is_month
from toolkit.intake.data import Data
from toolkit.intake.schema import squash
from toolkit.moves.eligibility import Moves
from toolkit.need.people import active, heads_by_unit

POSSIBLE_HOURS = 3000  # a year and head: ten hours on every working day
EFFECTIVE = 0.7  # share of formal working time that is effective (KepMenPAN 75/2004)
CAPPED = 0.2  # share of claimed hours that lie at one ceiling
NEAR_CEILING = 0.99  # of the largest hours a head: as good as the ceiling
LEAST_ROWS = 12  # a year of months: fewer rows say nothing of a ceiling or of copied figures
ODD = 3  # one year over another
CHANCE = 3  # standard deviations of a count, which are the root of the count (Poisson)

Test = Callable[[Moves], Iterable[str]]
WARNINGS: list[Test] = []


def find_warnings(moves: Moves) -> dict[str, list[str]]:
    """Return the culprits of every warning by its name, those with none included."""
    tables = _query_tables(moves)
    data = moves.need.data
    found = {name: _queried(data, tables, **line) for name, line in queried_warnings().items()}
    return found | {test.__name__: list(dict.fromkeys(test(moves))) for test in WARNINGS}


@cache
def queried_warnings() -> dict[str, dict[str, Any]]:
    """Return the lines of warnings.toml by the names of their warnings."""
    return tomllib.loads(files("toolkit.check").joinpath("warnings.toml").read_text(encoding="utf-8"))


def _query_tables(moves: Moves) -> dict[str, pd.DataFrame]:
    """The tables that warnings.toml queries beside those that were handed in."""
    need = moves.need
    data = need.data
    today = _today(data)
    people = data.employees.merge(data.jobs[["job_id", "retirement_age"]], how="left")
    # two rows with the same birth date, post and first day in it are likely one person
    marks = people[["birth_date", "in_post_since", "unit_id", "job_id"]]
    people = people.assign(
        age=(today - people.birth_date).dt.days / 365.25,
        age_in_post=(people.in_post_since - people.birth_date).dt.days / 365.25,
        twin=marks.notna().all(axis=1) & marks.duplicated(keep=False),
    )
    asked = need.demand.table[["unit_id", "service_id", "volume"]].merge(need.norms.table, on="service_id")
    asked = asked.merge(need.table[["unit_id", "job_id"]])
    asked["a_period"] = asked.volume / need.demand.periods
    return {
        "cells": need.cells,
        "lines": need.norms.table,
        "refused": moves.refused,
        "people": people,
        "cards": need.norms.cards.reindex(columns=["job_id", "hours", "below_fixed", "units"]).fillna(
            {"below_fixed": 0, "units": 0}
        ),
        "asked": asked,
        "padded": need.norms.padded,
        "counted": _counted(data),
        "volumes": data.volumes.dropna(subset="received"),
    }


def _counted(data: Data) -> pd.DataFrame:
    """The posts of the job map with a count of people, each with the people that employees has in post (heads)."""
    counted = data.posts[data.posts.bezetting.notna()]
    here = data.employees[active(data)].groupby(["unit_id", "job_id"]).size().rename("heads").reset_index()
    both = counted.merge(here, how="left").fillna({"heads": 0})
    counts = [f"{there:g} / {heads:g}" for there, heads in zip(both.bezetting, both.heads, strict=True)]
    return both.assign(counts=counts)


def _today(data: Data) -> pd.Timestamp:
    """The date of judgement, missing where neither a table nor a policy key gives it."""
    return data.as_of if data.has_as_of else pd.NaT


def _queried(
    data: Data, tables: dict[str, pd.DataFrame], table: str, where: str, show: list[str], **more: Any
) -> list[str]:
    """Name the culprits of one line of warnings.toml."""
    if "needs" in more and not data.has("employees", more["needs"]):
        return []
    rows = tables[table] if table in tables else data.tables[table]
    if "sum" in more:
        rows = rows.groupby(more["sum"], as_index=False).sum(numeric_only=True)
    found = rows.query(where, engine="python", local_dict={"today": _today(data)}) if len(rows) else rows
    return list(dict.fromkeys(_named(found, *show)))


def warning(test: Test) -> Test:
    """Register a function that names the culprits of one warning."""
    WARNINGS.append(test)
    return test


def _named(rows: pd.DataFrame, *columns: str) -> list[str]:
    return [" ".join(map(str, row)) for row in rows[list(columns)].itertuples(index=False)]


def _periods_a_year(table: pd.DataFrame) -> int:
    """12 where a table counts by months (2025-07), 1 where by years (2025); the tables never mix them."""
    return 12 if len(table) and table.period.map(is_month).any() else 1


@warning
def impossible_hours(moves: Moves) -> list[str]:
    """More hours than the people of the job can have worked: in one period, or in a year and more of formal time."""
    data = moves.need.data
    hours = data.hours
    periods = _periods_a_year(hours)
    heads = _heads(moves, hours)
    once = hours.hours > POSSIBLE_HOURS / periods * heads
    formal = data.policy.effective_hours / EFFECTIVE / periods * heads
    # claimed hours (ekinerja) are judged by their ceiling (capped), not by the formal time
    over = (hours.hours - formal).where(hours.source != "ekinerja").groupby([hours.unit_id, hours.job_id])
    always = (over.transform("sum") > 0) & (over.transform("count") >= periods)
    return _named(hours[once | always], "unit_id", "job_id")


@warning
def capped(moves: Moves) -> list[str]:
    """Claimed hours of which many lie at one ceiling a head: what is paid for, not what was worked."""
    hours = moves.need.data.hours[moves.need.data.hours.source == "ekinerja"]
    share = hours.hours / _heads(moves, hours)
    ceiling = share.groupby(hours.job_id).transform("max")
    jobs = (share > NEAR_CEILING * ceiling).groupby(hours.job_id)
    return sorted(jobs.mean()[(jobs.mean() >= CAPPED) & (jobs.size() >= LEAST_ROWS)].index)


def _heads(moves: Moves, hours: pd.DataFrame) -> pd.Series:
    """Return the people behind each row of hours: the job, and jobs of the family without hours of their own."""
    data = moves.need.data
    family = data.jobs.set_index("job_id").family
    timed = set(hours.job_id)
    staff = {}
    for job in timed:
        relatives = family.index[family == family[job]]
        behind = [other for other in relatives if other == job or other not in timed]
        staff[job] = pd.concat([heads_by_unit(data, each) for each in behind]).groupby(level=0).sum()
    heads = [staff[job].get(unit, 0.0) for job, unit in zip(hours.job_id, hours.unit_id, strict=True)]
    return pd.Series(heads, hours.index, dtype="float64")


@warning
def hours_alone(moves: Moves) -> list[str]:
    """Hours of a job in an office that reports no service of it: nothing can be learned from them."""
    data = moves.need.data
    done = data.volumes[["unit_id", "service_id"]].drop_duplicates().merge(data.services)
    both = data.hours[["unit_id", "job_id"]].drop_duplicates().merge(done, how="left")
    return _named(both[both.service_id.isna()], "unit_id", "job_id")


@warning
def hours_without_volume(moves: Moves) -> list[str]:
    """Hours in a period for which an office reports nothing of a job that it reports in others: a missing report."""
    data = moves.need.data
    places = ["unit_id", "job_id"]
    lines = data.volumes.merge(data.services[["service_id", "job_id"]], on="service_id")
    done = lines[lines.completed.fillna(lines.received) > 0]
    hours = data.hours[data.hours.hours > 0]
    known = pd.MultiIndex.from_frame(hours[places]).isin(pd.MultiIndex.from_frame(lines[places]))
    keys = [*places, "period"]
    served = pd.MultiIndex.from_frame(hours[keys]).isin(pd.MultiIndex.from_frame(done[keys]))
    return _named(hours[known & ~served], *keys)


@warning
def odd_year(moves: Moves) -> list[str]:
    """A service of an office with over three times as much in one year as in another, chance put aside."""
    volumes = moves.need.data.volumes
    periods = _periods_a_year(volumes)
    # years are counted back from the last period, so that the latest year is whole
    age = {period: number for number, period in enumerate(sorted(volumes.period.unique(), reverse=True))}
    years = volumes.groupby(["unit_id", "service_id", volumes.period.map(age) // periods]).received
    whole = years.sum()[years.count() == periods]
    range_ = whole.groupby(["unit_id", "service_id"]).agg(["min", "max"])
    odd = range_["max"] - ODD * range_["min"] > CHANCE * range_["max"] ** 0.5
    return _named(range_[odd].reset_index(), "unit_id", "service_id")


@warning
def copied(moves: Moves) -> list[str]:
    """The same figure in every month of a year or more, where work is counted and not a stock."""
    data = moves.need.data
    stocks = data.jobs.job_id[data.jobs.method == "ratio"]
    counted = data.services.service_id[~data.services.job_id.isin(stocks)]
    figures = data.volumes[data.volumes.service_id.isin(counted)].groupby(["unit_id", "service_id"]).received
    same = (figures.nunique() == 1) & (figures.count() >= LEAST_ROWS) & (figures.max() > 0)
    return _named(same[same].reset_index(), "unit_id", "service_id")


@warning
def same_name(moves: Moves) -> list[str]:
    """Two offices or two jobs of one name."""
    data = moves.need.data
    found = []
    for table, key in ((data.units, "unit_id"), (data.jobs, "job_id")):
        for _, ids in table[key].groupby(table.name.map(squash)):
            if len(ids) > 1:
                found.append(" ".join(ids))
    return found


@warning
def unstaffed(moves: Moves) -> list[str]:
    """An office without anybody, and without an office below it."""
    data = moves.need.data
    staffed = {*data.employees.unit_id, *data.others.unit_id}
    parents = set(data.units.parent_id.dropna())
    return data.units.unit_id[~data.units.unit_id.isin(staffed | parents)].tolist()


@warning
def no_time(moves: Moves) -> list[str]:
    """A service that is reported and has neither a norm nor hours."""
    lines = moves.need.norms.table
    timeless = lines[lines.minutes.isna() & lines.service_id.isin(moves.need.data.volumes.service_id)]
    return _named(timeless, "service_id", "job_id")


@warning
def gaps(moves: Moves) -> list[str]:
    """An office that reported, then did not, then did again or stopped."""
    volumes = moves.need.data.volumes.dropna(subset="received")
    periods = sorted(volumes.period.unique())
    first = volumes.groupby("unit_id").period.min().map(periods.index)
    seen = volumes.groupby("unit_id").period.nunique()
    return seen.index[seen < len(periods) - first].tolist()


@warning
def unlisted(moves: Moves) -> list[str]:
    """A service left out of some of the periods that its office reported: unknown, or with the policy "none" zero."""
    volumes = moves.need.data.volumes.dropna(subset="received")
    jobs = moves.need.data.services.drop_duplicates("service_id").set_index("service_id").job_id
    rows = volumes.assign(job_id=volumes.service_id.map(jobs))
    reported = rows.groupby(["unit_id", "job_id"]).period.nunique().rename("reported").reset_index()
    listed = rows.groupby(["unit_id", "job_id", "service_id"]).period.nunique().rename("listed").reset_index()
    both = listed.merge(reported)
    return _named(both[both.listed < both.reported], "unit_id", "service_id")


@warning
def lost_kind(moves: Moves) -> list[str]:
    """A task for a kind of office that no office has: it is done nowhere and counts for nothing."""
    data = moves.need.data
    general = data.tasks[data.tasks.kind.notna() & data.tasks.unit_id.isna()]
    return _named(general[~general.kind.isin(data.units.kind)], "task", "kind")


def waiting(data: Data) -> list[str]:
    """Name what waits for a revision and has no effect on a first plan: answers, and moves that an official forces.

    >>> import toolkit as tk
    >>> waiting(tk.load("tests/data/three_offices"))
    []
    """
    forced = (data.edits.action == "force").sum()
    counts = {"answers": len(data.answers), "edits: force": int(forced)}
    return [f"{name} ({count})" for name, count in counts.items() if count]


@warning
def for_revise(moves: Moves) -> list[str]:
    """Answers and forced moves: they belong to a revision and have no effect on a first plan."""
    return waiting(moves.need.data)
