"""Rules of law on the person: punishments, windows, time in the post, duties to be handed over, licences, conflicts."""

from __future__ import annotations

import pandas as pd

from toolkit.common.calendar import next_start
from toolkit.intake.data import Data
from toolkit.intake.policy import Policy
from toolkit.moves.named_pairs import among
from toolkit.moves.registry import Verdict, rule
from toolkit.moves.staff import health, teachers

PERIODS = (4, 10)  # months in which transfers begin (Perwali Palembang 49/2025)
SEMESTERS = (1, 7)  # months in which a school's semester begins, and so the transfers of teachers
MONEY = ("treasurer", "ppk", "pptk", "asset_keeper")  # answer for money or goods
BESIDE = ("acting", "extra_duty")  # hold a second post


def day(dates: pd.Series) -> pd.Series:
    """Dates as a refusal shows them; a missing one is empty."""
    return dates.dt.strftime("%Y-%m-%d").fillna("")


def _officials(people: pd.DataFrame, data: Data, first: object, end: object) -> Verdict:
    """Bar officials from the first day (None: always has been so) until the day before the end (None: open)."""
    officials = people[(people.category == "structural") | people.heads_unit]
    now = data.as_of
    begun = first is None or pd.Timestamp(first) <= now
    running = end is None or now < pd.Timestamp(end)
    passes_on = None if end is None else pd.Timestamp(end)
    return Verdict(pd.Series(begun and running, officials.index), str(now.date()), passes_on)


def _season(some: pd.DataFrame, data: Data, months: tuple[int, ...]) -> Verdict:
    """Bar everybody outside the months named, until the first day of the next of them."""
    now = data.as_of
    # the day itself, where it lies in one of the months
    start = next_start(now, months)
    return Verdict(pd.Series(start != now, some.index), str(now.date()), start)


def _served(people: pd.DataFrame, policy: Policy) -> pd.Series:
    """The day after the last of a moderate or severe punishment (PP 94/2021); of any other, empty."""
    months = {
        "moderate": policy.discipline_moderate_months,
        "moderate_6": 6,
        "moderate_9": 9,
        "moderate_12": 12,
        "severe": policy.discipline_severe_months,
    }
    ends = pd.Series(pd.NaT, people.index, dtype="datetime64[s]")
    for level, count in months.items():
        mine = people.discipline_level == level
        ends[mine] = (people.discipline_since[mine] + pd.DateOffset(months=count)).astype("datetime64[s]")
    return ends


@rule
def discipline(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves while a disciplinary or court case is in process or a punishment is being served."""
    state = people.discipline
    ends = people.discipline_until.where(state == "serving") + pd.Timedelta(days=1)
    ends = ends.fillna(_served(people, data.policy).where(state == "serving"))
    # a punishment without an end is never over: a comparison with a missing date is False
    over = (ends <= data.as_of) | ((state == "serving") & (people.discipline_level == "light"))
    barred = state.isin(["in_process", "court", "serving"]) & ~over
    return Verdict(barred, state, ends)


@rule
def discipline_level(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves in the months of a moderate (6, 9, 12) or severe (12) punishment; a light one has none."""
    punished = people[~people.discipline_level.isin(["none", "light"])]
    ends = _served(punished, data.policy)
    return Verdict(ends > data.as_of, punished.discipline_level + "; " + day(punished.discipline_since), ends)


@rule
def election(people: pd.DataFrame, data: Data) -> Verdict:
    """No official is replaced from six months before the candidates are fixed to the end of the term."""
    last = data.policy.election_until
    end = None if last is None else last + pd.Timedelta(days=1)  # the last day is still barred
    return _officials(people, data, data.policy.election_from, end)


@rule
def inauguration(people: pd.DataFrame, data: Data) -> Verdict:
    """No official is replaced in the first six months after the inauguration."""
    first = pd.Timestamp(data.policy.inaugurated_on)
    return _officials(people, data, first, first + pd.DateOffset(months=data.policy.inauguration_months))


@rule
def period(people: pd.DataFrame, data: Data) -> Verdict:
    """Transfers take place in April and October only."""
    return _season(people, data, PERIODS)


@rule
def semester(people: pd.DataFrame, data: Data) -> Verdict:
    """Teachers move at the beginning of a semester only."""
    return _season(people[teachers(data)], data, SEMESTERS)


@rule
def tenure(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves before the least time in the post, or in the office (24 months), has passed."""
    since = people[f"in_{data.policy.tenure_from}_since"]
    passes_on = since + pd.DateOffset(months=data.policy.tenure_min_months)
    return Verdict(passes_on > data.as_of, day(since), passes_on)


def _holds(people: pd.DataFrame, roles: tuple[str, ...]) -> Verdict:
    """Bar those who hold one of the roles."""
    return Verdict(people.roles.fillna("").str.contains(rf"\b(?:{'|'.join(roles)})\b"), people.roles)


@rule
def handover(people: pd.DataFrame, data: Data) -> Verdict:
    """Who answers for money or goods does not move before a successor has taken over."""
    return _holds(people, MONEY)


@rule
def acting(people: pd.DataFrame, data: Data) -> Verdict:
    """Who acts in another post, or has a duty beside the own, does not move before that is settled."""
    return _holds(people, BESIDE)


@rule
def health_licence(people: pd.DataFrame, data: Data) -> Verdict:
    """Health staff move only with a registration (STR) and a licence (SIP) that has not run out."""
    staff = people[health(data)]
    return Verdict(staff.sip_until < data.as_of, day(staff.sip_until))


@rule
def conflict(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves to an office where there is a conflict of interest."""
    barred = data.employees[["employee_id", "conflict_unit_ids"]].dropna()
    barred = barred.assign(unit_id=barred.conflict_unit_ids.str.split(";")).explode("unit_id")
    return Verdict(among(pairs, barred, data), pairs.to_unit)
