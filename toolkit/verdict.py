"""``mutasi check``: what the tables allow: oddities, rules that will be off, how much of the staff can be judged.

An oddity is something that may well be right but seldom is. It is counted and named with examples, never corrected.
To add one: one function here, one sentence in words/ under [oddity], one test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pandas as pd

from toolkit.errors import InputError, few
from toolkit.intake.tables import Data, Note
from toolkit.moves.eligibility import Moves, allowed_moves
from toolkit.moves.rules import RULES, today
from toolkit.need.demand import forecast_demand
from toolkit.need.norms import Norms, estimate_norms, heads_by_unit
from toolkit.need.staffing import Need, staff_need
from toolkit.words import say

FAULTS_SHOWN = 50
LONG_NORM = 2400  # minutes for one: above, minutes and hours may have been mixed
MANY_TIMES = 3  # need over staff: above, a norm may be turnaround, not touch time
POSSIBLE_HOURS = 3000  # a year and head
YOUNGEST = 17


@dataclass(frozen=True)
class Way:
    """What was reckoned from the tables, for the oddities to look at."""

    data: Data
    norms: Norms
    need: Need
    moves: Moves


@dataclass(frozen=True)
class Findings:
    """The verdict on tables that hold.

    ``oddities``: oddity, count, examples. ``rules``: rule, group, state (on, off, not checked), wants (the columns and
    policy keys that are missing). ``evidence``: active staff by the evidence on their office. ``notes``: what was
    renamed, decided or not read, as sentences of words/ with their facts.
    """

    oddities: pd.DataFrame
    rules: pd.DataFrame
    evidence: pd.Series
    notes: tuple[Note, ...]
    size: tuple[int, int, int]

    def lines(self, lang: str) -> list[str]:
        """Say the verdict in sentences."""
        people, units, jobs = self.size
        staff = self.evidence.sum() or 1.0
        said = [say("verdict.sound", lang, people=people, units=units, jobs=jobs)]
        said += [say("verdict.note", lang, note=say(f"note.{key}", lang, **facts)) for key, facts in self.notes]
        said += [say(f"oddity.{odd}", lang, count=n, examples=shown) for odd, n, shown in self.oddities.values]
        off = self.rules[self.rules.state != "on"]
        said += [
            say(f"verdict.{row.state.replace(' ', '_')}", lang, rule=row.rule, wants=row.wants)
            for row in off.itertuples()
        ]
        said += [
            say(
                "verdict.evidence",
                lang,
                grade=grade,
                share=round(100 * fte / staff, 1),
                means=say(f"evidence.{grade}", lang),
            )
            for grade, fte in self.evidence[self.evidence > 0].items()
        ]
        return said

    def _repr_html_(self) -> str:
        return self.oddities.to_html(index=False) + self.rules.to_html(index=False)


def judge(data: Data) -> Findings:
    """Give the verdict on an agency's tables; nothing is changed or written.

    >>> import toolkit as tk
    >>> judge(tk.load("tests/data/three_offices")).evidence.to_dict()
    {'B': 5.0, 'D': 2.0}
    """
    norms = estimate_norms(data, draws=0)
    need = staff_need(data, norms, forecast_demand(data))
    way = Way(data, norms, need, allowed_moves(data, need))
    found = {test.__name__: list(dict.fromkeys(test(way))) for test in ODDITIES}
    rows = [(name, len(culprits), few(culprits)) for name, culprits in found.items() if culprits]
    rules = pd.DataFrame({
        "rule": [rule.name for rule in RULES], "group": [rule.group for rule in RULES],
        "state": [rule.state(data) for rule in RULES], "wants": [few(rule.wants(data)) for rule in RULES],
    })  # fmt: skip
    size = (len(data.employees), len(data.units), len(data.jobs))
    oddities = pd.DataFrame(rows, columns=["oddity", "count", "examples"])
    return Findings(oddities, rules.drop_duplicates("rule", ignore_index=True), need.summary, data.told, size)


def fault_lines(error: InputError) -> list[str]:
    """Give the faults of tables that do not hold, one a line, fifty at most, and how many more there are."""
    return str(InputError(error.faults, error.where, FAULTS_SHOWN)).splitlines()


ODDITIES: list[Callable[[Way], Iterable[str]]] = []


def oddity(test: Callable[[Way], Iterable[str]]) -> Callable[[Way], Iterable[str]]:
    """Enter a function that names the culprits of one oddity."""
    ODDITIES.append(test)
    return test


def _at(rows: pd.DataFrame, *columns: str) -> list[str]:
    return [" ".join(map(str, row)) for row in rows[list(columns)].itertuples(index=False)]


@oddity
def long_norm(way: Way) -> list[str]:
    """A norm of more than forty hours for one."""
    services, tasks = way.data.services, way.data.tasks
    long = services[services.norm_minutes > LONG_NORM]
    return _at(long, "service_id", "job_id") + _at(tasks[tasks.norm_minutes > LONG_NORM], "task", "job_id")


@oddity
def many_times(way: Way) -> list[str]:
    """Need over three times the staff that does the work today."""
    cells = way.need.cells
    there = cells.staff + cells.others
    return _at(cells[(there > 0) & (cells.need_fte > MANY_TIMES * there)], "unit_id", "family")


@oddity
def nobody_there(way: Way) -> list[str]:
    """Work, or an official need, where nobody stands."""
    cells = way.need.cells
    return _at(cells[(cells.staff + cells.others == 0) & (cells.need_fte > 0)], "unit_id", "family")


@oddity
def no_time(way: Way) -> list[str]:
    """A service that is reported and has neither a norm nor hours."""
    lines = way.norms.table
    timeless = lines[lines.minutes.isna() & lines.service_id.isin(way.data.volumes.service_id)]
    return _at(timeless, "service_id", "job_id")


@oddity
def impossible_hours(way: Way) -> list[str]:
    """More hours than the people of the job can have worked."""
    hours = way.data.hours
    if hours.empty:
        return []
    heads = pd.concat({job: heads_by_unit(way.data, job) for job in hours.job_id.unique()})
    there = heads.reindex(pd.MultiIndex.from_frame(hours[["job_id", "unit_id"]])).to_numpy()
    most = POSSIBLE_HOURS / (12 if hours.period.str.len().max() > 4 else 1) * there
    return _at(hours[hours.hours.to_numpy() > most], "unit_id", "job_id")


@oddity
def attendance(way: Way) -> list[str]:
    """Hours that hardly vary by head: presence, not work."""
    cards = way.norms.cards.reindex(columns=["job_id", "hours"])
    return cards.job_id[cards.hours == "attendance"].tolist()


@oddity
def claimed(way: Way) -> list[str]:
    """Hours from e-kinerja: claimed, not measured."""
    cards = way.norms.cards.reindex(columns=["job_id", "hours"])
    return cards.job_id[cards.hours == "claimed"].tolist()


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
def unsigned(way: Way) -> list[str]:
    """An official need, minimum or maximum that nobody signed."""
    posts = way.data.posts
    return _at(posts[posts.verified_by.isna()], "unit_id", "job_id")


@oddity
def dates(way: Way) -> list[str]:
    """A post entered in the future, or younger than seventeen."""
    people = way.data.employees
    if people.in_post_since.isna().all():
        return []
    young = people.in_post_since < people.birth_date + pd.DateOffset(years=YOUNGEST)
    return people.employee_id[young | (people.in_post_since > today(way.data))].tolist()


@oddity
def open_contract(way: Way) -> list[str]:
    """A PPPK whose contract has no end, or one that is over."""
    people = way.data.employees[way.data.employees.status.isin(["pppk", "pppk_pw"])]
    if people.empty or not way.data.has("employees", "contract_end"):
        return []
    return people.employee_id[~(people.contract_end >= today(way.data))].tolist()


@oddity
def not_judged(way: Way) -> list[str]:
    """A person whom no rule can judge, for want of a value."""
    refused = way.moves.refused
    return refused.employee_id[refused.value.str.startswith("cannot be judged").fillna(False)].tolist()


@oddity
def for_revise(way: Way) -> list[str]:
    """Answers and edits: they belong to a revision and have no effect on a first plan."""
    return [f"{name} ({len(way.data.tables[name])})" for name in ("answers", "edits") if len(way.data.tables[name])]
