"""The rules: who may not move, and where nobody may come.

A rule is one small function with a name, a group (law, choice, preference), an article, whether the law is certain
or to be verified, and the columns it needs; its sentence stands in words/ under [rule]. To add a rule: one function
here, one sentence there, one test. Sex, age, religion and marital status are never asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.errors import PolicyError
from toolkit.intake.converting import is_month
from toolkit.intake.tables import Data, layout

GOOD = ("good", "very_good")


@dataclass(frozen=True)
class Verdict:
    """What a rule finds on each person, unit or pair: forbidden or not, the value that decided, when it will pass."""

    forbidden: pd.Series
    value: pd.Series | str = ""
    passes_on: pd.Series | None = None


@dataclass(frozen=True)
class Rule:
    """A rule with what a reader must know of it.

    ``scope``: person (may not leave), unit (nobody may come), pair (this person not there). ``needs``: the columns
    without which a law rule is "not checked" and any other "off"; ``key``: the policy key that switches it on.
    """

    name: str
    scope: str
    group: str
    article: str
    certain: bool
    needs: tuple[str, ...]
    test: Callable[[pd.DataFrame, Data], Verdict]
    key: str = ""

    def wants(self, data: Data) -> list[str]:
        """Name the columns and the policy key that are missing for the rule to be applied."""
        lost = [column for column in self.needs if not data.has(*column.split("."))]
        unset = bool(self.key) and getattr(data.policy, self.key) is None
        return lost + ([f"policy {self.key}"] if unset else [])

    def state(self, data: Data) -> str:
        """Tell whether the rule is on, off for want of a column or policy value, or (law) not checked."""
        return "on" if not self.wants(data) else "not checked" if self.group == "law" else "off"

    def unjudged(self, frame: pd.DataFrame) -> pd.Series:
        """Name, for each row, the needed field that is empty and has no meaning when empty; else an empty text."""
        out = pd.Series("", frame.index)
        for need in reversed(self.needs):
            table, name = need.split(".")
            column = layout()[table].columns[name]
            if column.type != "flag" and column.blank is None and name in frame:
                out = out.mask(frame[name].isna(), name)
        return out


RULES: list[Rule] = []


def rule(
    scope: str, group: str, article: str = "", *needs: str, certain: bool = False, name: str = "", key: str = ""
) -> Callable[[Callable[[pd.DataFrame, Data], Verdict]], Callable[[pd.DataFrame, Data], Verdict]]:
    """Enter a function into the list of rules under its own name, or the one given."""

    def enter(test: Callable[[pd.DataFrame, Data], Verdict]) -> Callable[[pd.DataFrame, Data], Verdict]:
        RULES.append(Rule(name or test.__name__, scope, group, article, certain, needs, test, key))
        return test

    return enter


def today(data: Data) -> pd.Timestamp:
    """Give the date of judgement: policy ``as_of``, else the day after the last period in volumes, never the clock."""
    if data.policy.as_of is not None:
        return pd.Timestamp(data.policy.as_of)
    if data.volumes.empty:
        raise PolicyError("a rule needs a date and there are no volumes to take it from; set the policy key as_of")
    last = data.volumes.period.max()
    return (pd.Period(last, "M" if is_month(last) else "Y") + 1).start_time


def retires_on(birth_date: pd.Series, age: pd.Series) -> pd.Series:
    """Give the day of retirement (*TMT pensiun*): the first of the month after the birthday that reaches the age.

    >>> born, age = pd.Series(pd.to_datetime(["1980-02-29", "1970-12-31"])), pd.Series([58.0, 60.0])
    >>> retires_on(born, age).dt.strftime("%Y-%m-%d").tolist()
    ['2038-03-01', '2031-01-01']
    """
    month = birth_date.dt.year * 12 + birth_date.dt.month + age * 12  # counted from year 0, the month after
    year, rest = month // 12, month % 12 + 1
    text = year.astype("Int64").astype("string") + "-" + rest.astype("Int64").astype("string") + "-01"
    return pd.to_datetime(text, format="%Y-%m-%d").astype("datetime64[s]")


@rule("person", "choice")
def known_need(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody leaves an office whose need is unknown: unknown is not zero."""
    return Verdict(~people.known)


@rule("unit", "choice", name="known_need")
def known_need_there(cells: pd.DataFrame, data: Data) -> Verdict:
    """Nobody comes to an office whose need is unknown."""
    return Verdict(~cells.known)


@rule("person", "choice", "", "employees.locked")
def locked(people: pd.DataFrame, data: Data) -> Verdict:
    """The agency has locked the person in the post."""
    return Verdict(people.locked)


@rule("person", "law", "UU 24/2013 Pasal 83A; PP 72/2019", "units.locked", name="unit_locked")
def locked_unit_leaves(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody leaves a locked office."""
    return Verdict(people.unit_locked, people.unit_id)


@rule("unit", "law", "UU 24/2013 Pasal 83A; PP 72/2019", "units.locked", name="unit_locked")
def locked_unit_enters(cells: pd.DataFrame, data: Data) -> Verdict:
    """Nobody enters a locked office."""
    return Verdict(cells.locked)


@rule("person", "choice", "", "employees.fte")
def part_timer(people: pd.DataFrame, data: Data) -> Verdict:
    """Part-timers are not moved by the model."""
    return Verdict(people.fte < 1, people.fte.map("{:g}".format))


@rule("person", "law", "PP 11/2017 Pasal 190", "employees.standing", certain=True)
def standing(people: pd.DataFrame, data: Data) -> Verdict:
    """Only staff in active standing move."""
    return Verdict(people.standing != "active", people.standing)


@rule("person", "law", "PP 11/2017 Pasal 34", "employees.status")
def probation(people: pd.DataFrame, data: Data) -> Verdict:
    """CPNS, who are on probation, do not move."""
    return Verdict(people.status == "cpns", people.status)


@rule("person", "law", "KepmenPAN-RB 16/2025", "employees.status")
def pppk_part_time(people: pd.DataFrame, data: Data) -> Verdict:
    """Part-time PPPK do not move; a full-time PPPK moves only with approval, which travels as a note."""
    return Verdict(people.status == "pppk_pw", people.status)


@rule("person", "law", "UU 10/2016 Pasal 71(2); UU 20/2023", "jobs.category")
def structural(people: pd.DataFrame, data: Data) -> Verdict:
    """Structural posts are outside automatic scope."""
    return Verdict(people.category == "structural", people.job_id)


@rule("person", "law", "PP 94/2021; Peraturan BKN 5/2019", "employees.discipline", certain=True)
def discipline(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves while a disciplinary case is in process or a punishment is being served."""
    serving = people.discipline == "serving"
    until = people.discipline_until
    over = serving & (until < today(data)) if serving.any() else serving
    return Verdict(
        people.discipline.isin(["in_process", "serving"]) & ~over,
        people.discipline,
        until.where(serving) + pd.Timedelta(days=1),
    )


@rule("person", "law", "PP 11/2017 Pasal 190(3)", "employees.in_post_since")
def tenure(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves before the least time in the post (24 months) has passed."""
    passes_on = people.in_post_since + pd.DateOffset(months=data.policy.tenure_min_months)
    return Verdict(passes_on > today(data), people.in_post_since.dt.strftime("%Y-%m-%d"), passes_on)


@rule("person", "choice", "Peraturan BKN 5/2019", "employees.rating_last", "employees.rating_before")
def rating(people: pd.DataFrame, data: Data) -> Verdict:
    """Both of the last two performance ratings are at least good."""
    good = people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD)
    return Verdict(~good, people.rating_last.fillna("") + "; " + people.rating_before.fillna(""))


@rule("person", "choice", "UU 20/2023 Pasal 55", "employees.birth_date", "jobs.retirement_age")
def retirement(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who retires within the horizon: the post is a coming vacancy."""
    leaves = retires_on(people.birth_date, people.retirement_age)
    horizon = today(data) + pd.DateOffset(months=data.policy.retirement_horizon_months)
    return Verdict(leaves < horizon, "retires " + leaves.dt.strftime("%Y-%m-%d").fillna(""))


@rule("person", "law", "UU 10/2016 Pasal 71(2) and 162(3)", "employees.heads_unit")
def heads_unit(people: pd.DataFrame, data: Data) -> Verdict:
    """Heads of offices are outside automatic scope."""
    return Verdict(people.heads_unit)


@rule("unit", "law", "Perwali Palembang 49/2025", "units.selection_required")
def selection_required(cells: pd.DataFrame, data: Data) -> Verdict:
    """An office that requires open selection gets places and a number of eligible persons, never a name."""
    return Verdict(cells.selection_required)


@rule("pair", "law", "PP 11/2017 Pasal 190(5)", "employees.conflict_unit_ids", certain=True)
def conflict(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves to an office where there is a conflict of interest."""
    barred = data.employees[["employee_id", "conflict_unit_ids"]].dropna()
    barred = barred.assign(to_unit=barred.conflict_unit_ids.str.split(";")).explode("to_unit")
    if barred.empty:
        return Verdict(pd.Series(False, pairs.index))
    mine = pairs.employee_id.isin(barred.employee_id)
    found = np.zeros(len(pairs), bool)
    some = pairs.loc[mine, ["employee_id", "to_unit"]].astype("str")
    found[mine.to_numpy()] = pd.MultiIndex.from_frame(some).isin(
        pd.MultiIndex.from_frame(barred[["employee_id", "to_unit"]])
    )
    return Verdict(pd.Series(found, pairs.index), pairs.to_unit)


@rule("pair", "preference", "", "employees.home_district", "units.district", "places.district", key="max_km")
def distance(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves farther than max_km from home without consent, unless it is no farther than the present way."""
    wishes = data.wishes.employee_id[data.wishes.willing == "yes"]
    consents = pairs.employee_id.isin(wishes)
    far = ((pairs.km > data.policy.max_km) & (pairs.km_extra > 0) | pairs.km.isna()) & ~consents
    km = pairs.km[far]
    return Verdict(
        far, km.map("{:.1f} km".format).mask(km.isna(), "cannot be judged: district of home or office missing")
    )
