"""The rules: who may not move, and where nobody may come; rules.toml lists them with group, article and columns.

To add a rule: a line in rules.toml; a function of that name here, unless the values of one field decide; a sentence in
words/ under [rule]; a test. Sex, religion and marital status are never
asked for; a date of birth only where the law sets an age (retirement, entry into a functional job).
"""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pandas as pd

from toolkit.common.calendar import next_start, retires_on
from toolkit.intake.data import Data
from toolkit.moves.fit import in_field, schooling
from toolkit.moves.registry import Rule, Verdict, among

GOOD = ("good", "very_good")
PERIODS, SEMESTERS = (4, 10), (1, 7)  # months in which transfers, and those of teachers, begin
TOP, TOP_AGE = "ahli utama", 63  # from one job of this level to another
ENTRY_AGE = {"": 53, "ahli madya": 55, TOP: 60}  # "": any other level
ENTRY_MONTHS = 24  # experience before another functional job


def teaches(people: pd.DataFrame) -> pd.Series:
    """Tell who holds a functional job at a school."""
    return (people.category == "functional") & _plain(people.unit_kind).isin(["school", "sekolah"])


def _plain(texts: pd.Series) -> pd.Series:
    return texts.str.strip().str.lower()


def _day(dates: pd.Series) -> pd.Series:
    return dates.dt.strftime("%Y-%m-%d").fillna("")


def _officials(people: pd.DataFrame, data: Data, first: object, end: object) -> Verdict:
    """Officials do not move from the first day (none: since ever) until the end (none: open)."""
    some, now = people[(people.category == "structural") | people.heads_unit], data.as_of
    barred = (first is None or pd.Timestamp(first) <= now) and (end is None or now < pd.Timestamp(end))
    return Verdict(pd.Series(barred, some.index), str(now.date()), None if end is None else pd.Timestamp(end))


def _season(some: pd.DataFrame, data: Data, months: tuple[int, ...]) -> Verdict:
    """Nobody moves but in the months named."""
    now = data.as_of
    start = next_start(now, months)
    return Verdict(pd.Series(start != now, some.index), str(now.date()), start)


def _entering(pairs: pd.DataFrame, data: Data, *fields: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who would enter another functional job, or another level of it (the fields named), and that job."""
    entered = pairs.new_job & pairs.to_job.map(data.jobs.category == "functional")
    some = pairs.loc[entered, ["person", "to_job"]]
    people = data.employees[list(fields)].iloc[some.person].set_axis(some.index)
    return people, data.jobs[["education", "field", "level"]].iloc[some.to_job].set_axis(some.index)


def pppk_contract(people: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only if the contract runs on for pppk_contract_months."""
    some = people[people.status.isna() | (people.status == "pppk")]
    least = data.as_of + pd.DateOffset(months=data.policy.pppk_contract_months)
    return Verdict(some.contract_end < least, _day(some.contract_end))


def discipline(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves while a disciplinary or court case is in process or a punishment is being served."""
    some, until = people.discipline, people.discipline_until.where(people.discipline == "serving")
    over = until < data.as_of
    return Verdict(some.isin(["in_process", "court", "serving"]) & ~over, some, until + pd.Timedelta(days=1))


def structural_there(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody enters a structural post by the model."""
    some = pairs.to_job[pairs.new_job]
    return Verdict(some.map(data.jobs.category == "structural"), some.map(data.jobs.job_id))


def election(people: pd.DataFrame, data: Data) -> Verdict:
    """No official is replaced from six months before the candidates are fixed to the end of the term."""
    first, last = data.policy.election_from, data.policy.election_until
    return _officials(people, data, first, last and last + pd.Timedelta(days=1))


def inauguration(people: pd.DataFrame, data: Data) -> Verdict:
    """No official is replaced in the first six months after the inauguration."""
    first = pd.Timestamp(data.policy.inaugurated_on)
    return _officials(people, data, first, first + pd.DateOffset(months=data.policy.inauguration_months))


def period(people: pd.DataFrame, data: Data) -> Verdict:
    """Transfers take place in April and October only."""
    return _season(people, data, PERIODS)


def semester(people: pd.DataFrame, data: Data) -> Verdict:
    """Teachers move at the beginning of a semester only."""
    return _season(people[teaches(people)], data, SEMESTERS)


def tenure(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves before the least time in the post (24 months) has passed."""
    passes_on = people.in_post_since + pd.DateOffset(months=data.policy.tenure_min_months)
    return Verdict(passes_on > data.as_of, _day(people.in_post_since), passes_on)


def forbidden(people: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person stays."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.isna()].drop_duplicates("employee_id")
    value = people.employee_id.map((edits.by + ": " + edits.reason).set_axis(edits.employee_id))
    return Verdict(value.notna(), value)


def forbidden_there(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person does not go to this office."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.notna()]
    some = pairs.loc[among(pairs, edits, data), ["employee_id", "to_unit"]].astype("str")
    said = edits.drop_duplicates(["employee_id", "unit_id"]).set_index(["employee_id", "unit_id"])
    value = (said.by + ": " + said.reason).reindex(pd.MultiIndex.from_frame(some)).set_axis(some.index)
    return Verdict(pd.Series(True, some.index), value)


def part_timer(people: pd.DataFrame, data: Data) -> Verdict:
    """Part-timers are not moved by the model."""
    return Verdict(people.fte < 1, people.fte.map("{:g}".format))


def rating(people: pd.DataFrame, data: Data) -> Verdict:
    """Both of the last two performance ratings are at least good."""
    good = people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD)
    return Verdict(~good, people.rating_last.fillna("") + "; " + people.rating_before.fillna(""))


def retirement(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who retires within the horizon: the post is a coming vacancy."""
    leaves = retires_on(people.birth_date, people.retirement_age)
    return Verdict(leaves < data.as_of + pd.DateOffset(months=data.policy.retirement_horizon_months), _day(leaves))


def unwilling(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who has said not to be willing."""
    return Verdict(people.employee_id.isin(data.wishes.employee_id[data.wishes.willing == "no"]))


def conflict(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves to an office where there is a conflict of interest."""
    barred = data.employees[["employee_id", "conflict_unit_ids"]].dropna()
    barred = barred.assign(unit_id=barred.conflict_unit_ids.str.split(";")).explode("unit_id")
    return Verdict(among(pairs, barred, data), pairs.to_unit)


def pppk_same_job(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only to the same job at the same level."""
    some = pairs.loc[pairs.new_job, ["person", "to_job"]]
    facts = data.employees[["status"]].iloc[some.person].set_axis(some.index)
    return Verdict(facts.status == "pppk", some.to_job.map(data.jobs.job_id), None, facts)


def functional_education(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, asks for its education and field."""
    people, jobs = _entering(pairs, data, "education", "field")
    has, asked = schooling(people.education), schooling(jobs.education)
    low = (has < asked) | (in_field(people.field, jobs.field) == 0)
    facts = pd.DataFrame({"education": has.mask(asked.isna(), 0.0)})
    return Verdict(low, people.education.fillna("") + " " + people.field.fillna(""), None, facts)


def functional_record(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, asks for two good ratings and two years of experience."""
    people, _ = _entering(pairs, data, "rating_last", "rating_before", "in_post_since")
    passes_on = people.in_post_since + pd.DateOffset(months=ENTRY_MONTHS)
    bad = ~(people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD))
    value = people.rating_last.fillna("") + "; " + people.rating_before.fillna("") + "; " + _day(people.in_post_since)
    return Verdict(bad | (passes_on > data.as_of), value, passes_on.mask(bad), people)


def functional_age(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, is open up to an age (53; ahli madya 55, ahli utama 60 or 63)."""
    people, jobs = _entering(pairs, data, "birth_date", "job_id")
    level, last = _plain(jobs.level), people.birth_date + pd.DateOffset(years=ENTRY_AGE[""])
    for name, age in ENTRY_AGE.items():
        last = last.mask(level == name, people.birth_date + pd.DateOffset(years=age))
    among_top = (level == TOP) & (_plain(people.job_id.map(data.jobs.set_index("job_id").level)) == TOP)
    last = last.mask(among_top, people.birth_date + pd.DateOffset(years=TOP_AGE))
    return Verdict(last < data.as_of, _day(people.birth_date), None, people)


def distance(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves farther than max_km from home without consent, unless it is no farther than the present way."""
    wishes = data.wishes.employee_id[data.wishes.willing == "yes"]
    consents = pairs.employee_id.isin(wishes)
    far = ((pairs.km > data.policy.max_km) & (pairs.km_extra > 0) | pairs.km.isna()) & ~consents
    code, each = pd.factorize(pairs.km[far].round(1))
    blank = "cannot be judged: field district missing"  # of home or office; the last, where a code of -1 falls
    value = np.array([*map("{:.1f} km".format, each), blank], object)[code]
    return Verdict(far, pd.Series(value, far.index[far]))


RULES = [
    Rule(**{"test": globals().get(each.pop("test", each["name"])), **each})
    for each in tomllib.loads(files("toolkit.moves").joinpath("rules.toml").read_text(encoding="utf-8"))["rules"]
]
