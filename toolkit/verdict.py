"""``mutasi check``: what the tables allow: oddities, rules that will be off, how much of the staff can be judged.

An oddity is something that may well be right but seldom is. It is counted and named with examples, never corrected.
To add one: a line in oddities.toml, or where no line can tell it a function here; a sentence in words/ under [oddity];
a row in tests/test_faults.py.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

import pandas as pd

from toolkit.errors import InputError, few
from toolkit.intake.tables import Data, Note, squash
from toolkit.jobmap import card_lines, surge_lines
from toolkit.moves.eligibility import Moves, allowed_moves
from toolkit.moves.rules import PERIODS, RULES
from toolkit.moves.ruling import dated, next_start, today
from toolkit.need.demand import Demand, forecast_demand
from toolkit.need.norms import Norms, estimate_norms, heads_by_unit
from toolkit.need.staffing import Need, staff_need
from toolkit.refusals import funnel, vacancies
from toolkit.words import say

FAULTS_SHOWN = 50
POSSIBLE_HOURS = 3000  # a year and head
EFFECTIVE = 0.7  # share of formal working time that is effective (KepMenPAN 75/2004)
CAPPED = 0.2  # share of claimed hours that stand at one ceiling
ODD = 3  # one year over another


@dataclass(frozen=True)
class Way:
    """What was reckoned from the tables, for the oddities to look at."""

    data: Data
    norms: Norms
    demand: Demand
    need: Need
    moves: Moves

    @cached_property
    def today(self) -> pd.Timestamp:
        """The date of judgement; none where no table and no policy key tells it."""
        return today(self.data) if dated(self.data) else pd.NaT

    @cached_property
    def reckoned(self) -> dict[str, pd.DataFrame]:
        """The tables of oddities.toml that are not handed in."""
        people = self.data.employees.merge(self.data.jobs[["job_id", "retirement_age"]], how="left")
        marks = people[["birth_date", "in_post_since", "unit_id", "job_id"]]
        people = people.assign(
            age=(self.today - people.birth_date).dt.days / 365.25,
            age_in_post=(people.in_post_since - people.birth_date).dt.days / 365.25,
            twin=marks.notna().all(axis=1) & marks.duplicated(keep=False),
        )
        cards = self.norms.cards.reindex(columns=["job_id", "hours"])
        asked = self.demand.table[["unit_id", "service_id", "volume"]].merge(self.norms.table, on="service_id")
        asked = asked.merge(self.need.table[["unit_id", "job_id"]])
        asked["a_period"] = asked.volume / self.demand.periods
        known = {"cells": self.need.cells, "lines": self.norms.table, "refused": self.moves.refused}
        return {**known, "people": people, "cards": cards, "asked": asked, "padded": self.norms.padded}


@dataclass(frozen=True)
class Findings:
    """The verdict on tables that hold.

    ``oddities``: oddity, count, examples. ``rules``: rule, group, state (on, off, not checked), wants (the columns and
    policy keys that are missing). ``evidence``: active staff by the evidence on their office. ``notes``: what was
    renamed, decided or not read, as sentences of words/ with their facts. ``funnel``, ``vacancies``: see the functions
    of these names. ``date``: the day of judgement, if there is one. ``norms``, ``demand``: what the cards and the
    surges are told from.
    """

    oddities: pd.DataFrame
    rules: pd.DataFrame
    evidence: pd.Series
    notes: tuple[Note, ...]
    size: tuple[int, int, int]
    funnel: pd.DataFrame
    vacancies: pd.DataFrame
    date: pd.Timestamp | None
    norms: Norms
    demand: Demand

    def lines(self, lang: str) -> list[str]:
        """Say the verdict in sentences."""
        people, units, jobs = self.size
        staff = self.evidence.sum() or 1.0
        said = [say("verdict.sound", lang, people=people, units=units, jobs=jobs)]
        said += [say("verdict.note", lang, note=say(f"told.{key}", lang, **facts)) for key, facts in self.notes]
        said += [say(f"oddity.{odd}", lang, count=n, examples=shown) for odd, n, shown in self.oddities.values]
        said += card_lines(self.norms, lang) + surge_lines(self.demand, lang)
        said += self._rules_said(lang)
        for row in self.rules[self.rules.state != "on"].itertuples():
            said.append(say(f"verdict.{row.state.replace(' ', '_')}", lang, rule=row.rule, wants=row.wants))
        for grade, fte in self.evidence[self.evidence > 0].items():
            share, means = round(100 * fte / staff, 1), say(f"evidence.{grade}", lang)
            said.append(say("verdict.evidence", lang, grade=grade, share=share, means=means))
        return said

    def _rules_said(self, lang: str) -> list[str]:
        """The next period, then how many each rule bars (those that a contract bars first), then who gets no name."""
        start = self.date and next_start(self.date, PERIODS).date()
        said = [say("verdict.period", lang, start=start)] if start else []
        barring = self.funnel[(self.funnel.alone > 0) | (self.funnel.in_order != 0)]
        for row in barring.itertuples():
            scope = say(f"scope.{row.scope}", lang)
            facts = {"rule": row.rule, "scope": scope, "alone": row.alone, "more": row.in_order, "left": row.left}
            said.append(say("verdict.funnel", lang, **facts))
        for rule, rows in self.vacancies.groupby("rule"):
            named = [f"{row.unit_id} {row.family} {row.places} ({row.eligible})" for row in rows.itertuples()]
            said.append(say("verdict.vacancies", lang, rule=rule, places=rows.places.sum(), examples=few(named)))
        return said

    def _repr_html_(self) -> str:
        return "".join(table.to_html(index=False) for table in (self.oddities, self.rules, self.funnel, self.vacancies))


def judge(data: Data) -> Findings:
    """Give the verdict on an agency's tables; nothing is changed or written.

    Norms are those of the hours alone (``norm_alpha`` 0 where the policy has none): quick, and fit to judge the
    official ones by.

    >>> import toolkit as tk
    >>> judge(tk.load("tests/data/three_offices")).evidence.to_dict()
    {'B': 5.0, 'D': 2.0}
    """
    alone = data.policy.with_(norm_alpha=data.policy.norm_alpha or 0.0)  # no pull toward what is to be compared
    norms = estimate_norms(replace(data, policy=alone), draws=0)
    demand = forecast_demand(data)
    need = staff_need(data, norms, demand)
    way = Way(data, norms, demand, need, allowed_moves(data, need))
    found = {**data.seen, **{name: _queried(way, **about) for name, about in lines_of_oddities().items()}}
    found |= {test.__name__: list(dict.fromkeys(test(way))) for test in ODDITIES}
    rows = [(name, len(culprits), few(culprits)) for name, culprits in found.items() if culprits]
    rules = pd.DataFrame({
        "rule": [rule.name for rule in RULES], "group": [rule.group for rule in RULES],
        "state": [rule.state(data) for rule in RULES], "wants": [few(rule.wants(data)) for rule in RULES],
    })  # fmt: skip
    size = (len(data.employees), len(data.units), len(data.jobs))
    oddities = pd.DataFrame(rows, columns=["oddity", "count", "examples"])
    rules = rules.drop_duplicates("rule", ignore_index=True)
    date = today(data) if dated(data) else None
    passed, places = funnel(need, way.moves), vacancies(need, way.moves)
    return Findings(oddities, rules, need.summary, data.told, size, passed, places, date, norms, demand)


def waiting(data: Data) -> list[str]:
    """Name what waits for a revision and has no effect on a first plan: answers, and moves that an official forces."""
    forced = (data.edits.action == "force").sum()
    counts = {"answers": len(data.answers), "edits: force": int(forced)}
    return [f"{name} ({count})" for name, count in counts.items() if count]


def fault_lines(error: InputError) -> list[str]:
    """Give the faults of tables that do not hold, one a line, fifty at most, and how many more there are."""
    return str(InputError(error.faults, error.where, FAULTS_SHOWN)).splitlines()


ODDITIES: list[Callable[[Way], Iterable[str]]] = []


def oddity(test: Callable[[Way], Iterable[str]]) -> Callable[[Way], Iterable[str]]:
    """Enter a function that names the culprits of one oddity."""
    ODDITIES.append(test)
    return test


@cache
def lines_of_oddities() -> dict[str, dict[str, Any]]:
    """Give the oddities of oddities.toml by their names."""
    return tomllib.loads(files("toolkit").joinpath("oddities.toml").read_text(encoding="utf-8"))


def _queried(way: Way, table: str, where: str, show: list[str], **more: Any) -> list[str]:
    """Name the culprits of one line of oddities.toml."""
    if "needs" in more and not way.data.has("employees", more["needs"]):
        return []
    rows = way.reckoned[table] if table in way.reckoned else way.data.tables[table]
    if "sum" in more:
        rows = rows.groupby(more["sum"], as_index=False).sum(numeric_only=True)
    found = rows.query(where, engine="python", local_dict={"today": way.today}) if len(rows) else rows
    return list(dict.fromkeys(_at(found, *show)))


def _at(rows: pd.DataFrame, *columns: str) -> list[str]:
    return [" ".join(map(str, row)) for row in rows[list(columns)].itertuples(index=False)]


def _months(table: pd.DataFrame) -> int:
    """Periods a year."""
    return 12 if len(table) and table.period.str.len().max() > 4 else 1


@oddity
def impossible_hours(way: Way) -> list[str]:
    """More hours than the people of the job can have worked: in one period, or in a year and more of formal time."""
    hours, a_year = way.data.hours, _months(way.data.hours)
    heads, places = _heads(way, hours), [hours.unit_id, hours.job_id]
    once = hours.hours > POSSIBLE_HOURS / a_year * heads
    formal = way.data.policy.effective_hours / EFFECTIVE / a_year * heads
    over = (hours.hours - formal).where(hours.source != "ekinerja").groupby(places)
    always = (over.transform("sum") > 0) & (over.transform("count") >= a_year)
    return _at(hours[once | always], "unit_id", "job_id")


@oddity
def capped(way: Way) -> list[str]:
    """Claimed hours of which many stand at one ceiling a head: what is paid for, not what was worked."""
    hours = way.data.hours[way.data.hours.source == "ekinerja"]
    share = hours.hours / _heads(way, hours)
    jobs = (share > 0.99 * share.groupby(hours.job_id).transform("max")).groupby(hours.job_id)
    return sorted(jobs.mean()[(jobs.mean() >= CAPPED) & (jobs.size() >= 12)].index)


def _heads(way: Way, hours: pd.DataFrame) -> pd.Series:
    """Give the people behind each row of hours: of the job, and of its family where those have no hours."""
    jobs, staff = way.data.jobs.set_index("job_id").family, {}
    for job in hours.job_id.unique():
        mates = [other for other in jobs.index[jobs == jobs[job]] if other == job or other not in set(hours.job_id)]
        staff[job] = pd.concat([heads_by_unit(way.data, mate) for mate in mates]).groupby(level=0).sum()
    heads = [staff[job].get(unit, 0.0) for job, unit in zip(hours.job_id, hours.unit_id, strict=True)]
    return pd.Series(heads, hours.index, dtype="float64")


@oddity
def hours_alone(way: Way) -> list[str]:
    """Hours of a job in an office that reports no service of it: they tell nothing."""
    done = way.data.volumes[["unit_id", "service_id"]].drop_duplicates().merge(way.data.services)
    both = way.data.hours[["unit_id", "job_id"]].drop_duplicates().merge(done, how="left")
    return _at(both[both.service_id.isna()], "unit_id", "job_id")


@oddity
def odd_year(way: Way) -> list[str]:
    """A service of an office with over three times as much in one year as in another, chance put aside."""
    volumes, long = way.data.volumes, _months(way.data.volumes)
    place = {period: at for at, period in enumerate(sorted(volumes.period.unique(), reverse=True))}
    years = volumes.groupby(["unit_id", "service_id", volumes.period.map(place) // long]).received
    full = years.sum()[years.size() == long].groupby(["unit_id", "service_id"]).agg(["min", "max"])
    return _at(full[full["max"] - ODD * full["min"] > 3 * full["max"] ** 0.5].reset_index(), "unit_id", "service_id")


@oddity
def copied(way: Way) -> list[str]:
    """The same figure in every month of a year or more, where work is counted and not a stock."""
    stocks = way.data.jobs.job_id[way.data.jobs.method == "ratio"]
    counted = way.data.services[~way.data.services.job_id.isin(stocks)].service_id
    figures = way.data.volumes[way.data.volumes.service_id.isin(counted)].groupby(["unit_id", "service_id"]).received
    same = (figures.nunique() == 1) & (figures.size() >= 12) & (figures.max() > 0)
    return _at(same[same].reset_index(), "unit_id", "service_id")


@oddity
def same_name(way: Way) -> list[str]:
    """Two offices or two jobs of one name."""
    both = [(way.data.units, "unit_id"), (way.data.jobs, "job_id")]
    return [
        " ".join(ids) for table, key in both for _, ids in table[key].groupby(table.name.map(squash)) if len(ids) > 1
    ]


@oddity
def unstaffed(way: Way) -> list[str]:
    """An office without anybody, and without an office below it."""
    units, there = way.data.units, {*way.data.employees.unit_id, *way.data.others.unit_id}
    return units.unit_id[~units.unit_id.isin(there | set(units.parent_id.dropna()))].tolist()


@oddity
def no_time(way: Way) -> list[str]:
    """A service that is reported and has neither a norm nor hours."""
    lines = way.norms.table
    timeless = lines[lines.minutes.isna() & lines.service_id.isin(way.data.volumes.service_id)]
    return _at(timeless, "service_id", "job_id")


@oddity
def gaps(way: Way) -> list[str]:
    """An office that reported, then did not, then did again or stopped."""
    volumes = way.data.volumes
    periods = sorted(volumes.period.unique())
    first = volumes.groupby("unit_id").period.min().map(periods.index)
    seen = volumes.groupby("unit_id").period.nunique()
    return seen.index[seen < len(periods) - first].tolist()


@oddity
def unlisted(way: Way) -> list[str]:
    """A service that an office does, left out of some of the periods it reported: counted as none done."""
    volumes = way.data.volumes
    jobs = way.data.services.drop_duplicates("service_id").set_index("service_id").job_id
    rows = volumes.assign(job_id=volumes.service_id.map(jobs))
    reported = rows.groupby(["unit_id", "job_id"]).period.nunique().rename("reported").reset_index()
    listed = rows.groupby(["unit_id", "job_id", "service_id"]).period.nunique().rename("listed").reset_index()
    both = listed.merge(reported)
    return _at(both[both.listed < both.reported], "unit_id", "service_id")


@oddity
def for_revise(way: Way) -> list[str]:
    """Answers and forced moves: they belong to a revision and have no effect on a first plan."""
    return waiting(way.data)
