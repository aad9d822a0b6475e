"""The rules of law and policy, one function each: who may not move, and where nobody may come.

rules.toml lists them in their order, with group, article and columns. To add a rule: a line in rules.toml; here an
``@rule`` function of that name, unless the values of one field decide; a sentence in words/ under [rule]; a test. Sex,
religion and marital status are never asked for; a date of birth only where the law sets an age (retirement, entry into
a functional job).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.calendar import next_start, retires_on
from toolkit.intake.data import Data
from toolkit.moves.fit import in_field, schooling
from toolkit.moves.named_pairs import among
from toolkit.moves.registry import FUNCTIONS, Verdict, join_rules, rule, rule_lines

GOOD = ("good", "very_good")  # the two upper of the four ratings (Peraturan BKN 5/2019)
PERIODS = (4, 10)  # months in which transfers begin (Perwali Palembang 49/2025)
SEMESTERS = (1, 7)  # months in which a school's semester begins, and so the transfers of teachers
# Oldest age at entry into a functional job by its level (PermenPAN-RB 1/2023); "": any other level
ENTRY_AGE = {"": 53, "ahli madya": 55, "ahli utama": 60}
TOP_LEVEL = "ahli utama"
TOP_AGE = 63  # from one job of the top level to another
ENTRY_MONTHS = 24  # experience before another functional job (PermenPAN-RB 1/2023)


def teaches(people: pd.DataFrame) -> pd.Series:
    """Whether each person holds a functional job at a school."""
    return (people.category == "functional") & _plain(people.unit_kind).isin(["school", "sekolah"])


def _plain(texts: pd.Series) -> pd.Series:
    return texts.str.strip().str.lower()


def _day(dates: pd.Series) -> pd.Series:
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


def _entering(pairs: pd.DataFrame, data: Data, *fields: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the fields named of those who would enter another functional job or level, and that job; a row a pair."""
    entered = pairs.new_job & pairs.to_job.map(data.jobs.category == "functional")
    entering = pairs.loc[entered, ["person", "to_job"]]
    people = data.employees[list(fields)].iloc[entering.person].set_axis(entering.index)
    jobs = data.jobs[["education", "field", "level"]].iloc[entering.to_job].set_axis(entering.index)
    return people, jobs


@rule
def pppk_contract(people: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only if the contract runs on for pppk_contract_months."""
    # a blank status may be a PPPK: it is looked at, and refused as not to be judged
    some = people[people.status.isna() | (people.status == "pppk")]
    least = data.as_of + pd.DateOffset(months=data.policy.pppk_contract_months)
    return Verdict(some.contract_end < least, _day(some.contract_end))


@rule
def discipline(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves while a disciplinary or court case is in process or a punishment is being served."""
    state = people.discipline
    until = people.discipline_until.where(state == "serving")
    # a punishment without an end is never over: a comparison with a missing date is False
    over = until < data.as_of
    barred = state.isin(["in_process", "court", "serving"]) & ~over
    return Verdict(barred, state, until + pd.Timedelta(days=1))


@rule
def structural_there(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody enters a structural post by the model."""
    entered = pairs.to_job[pairs.new_job]
    return Verdict(entered.map(data.jobs.category == "structural"), entered.map(data.jobs.job_id))


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
    return _season(people[teaches(people)], data, SEMESTERS)


@rule
def tenure(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves before the least time in the post (24 months) has passed."""
    passes_on = people.in_post_since + pd.DateOffset(months=data.policy.tenure_min_months)
    return Verdict(passes_on > data.as_of, _day(people.in_post_since), passes_on)


@rule
def forbidden(people: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person stays."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.isna()].drop_duplicates("employee_id")
    value = people.employee_id.map((edits.by + ": " + edits.reason).set_axis(edits.employee_id))
    return Verdict(value.notna(), value)


@rule
def forbidden_there(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person does not go to this office."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.notna()]
    named = pairs.loc[among(pairs, edits, data), ["employee_id", "to_unit"]].astype("str")
    first = edits.drop_duplicates(["employee_id", "unit_id"]).set_index(["employee_id", "unit_id"])
    value = (first.by + ": " + first.reason).reindex(pd.MultiIndex.from_frame(named)).set_axis(named.index)
    return Verdict(pd.Series(True, named.index), value)


@rule
def part_timer(people: pd.DataFrame, data: Data) -> Verdict:
    """Part-timers are not moved by the model."""
    return Verdict(people.fte < 1, people.fte.map("{:g}".format))


@rule
def rating(people: pd.DataFrame, data: Data) -> Verdict:
    """Both of the last two performance ratings are at least good."""
    good = people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD)
    return Verdict(~good, people.rating_last.fillna("") + "; " + people.rating_before.fillna(""))


@rule
def retirement(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who retires within the horizon: the post is a coming vacancy."""
    leaves = retires_on(people.birth_date, people.retirement_age)
    return Verdict(leaves < data.as_of + pd.DateOffset(months=data.policy.retirement_horizon_months), _day(leaves))


@rule
def unwilling(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who has said not to be willing."""
    return Verdict(people.employee_id.isin(data.wishes.employee_id[data.wishes.willing == "no"]))


@rule
def conflict(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves to an office where there is a conflict of interest."""
    barred = data.employees[["employee_id", "conflict_unit_ids"]].dropna()
    barred = barred.assign(unit_id=barred.conflict_unit_ids.str.split(";")).explode("unit_id")
    return Verdict(among(pairs, barred, data), pairs.to_unit)


@rule
def pppk_same_job(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only to the same job at the same level."""
    changing = pairs.loc[pairs.new_job, ["person", "to_job"]]
    facts = data.employees[["status"]].iloc[changing.person].set_axis(changing.index)
    return Verdict(facts.status == "pppk", changing.to_job.map(data.jobs.job_id), None, facts)


@rule
def functional_education(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, asks for its education and field."""
    people, jobs = _entering(pairs, data, "education", "field")
    has = schooling(people.education)
    asked = schooling(jobs.education)
    # in_field is empty, not 0, where the job asks for no field
    lacking = (has < asked) | (in_field(people.field, jobs.field) == 0)
    # a schooling that is not known matters only where the job asks for one: else any number stands in for it
    facts = pd.DataFrame({"education": has.mask(asked.isna(), 0.0)})
    return Verdict(lacking, people.education.fillna("") + " " + people.field.fillna(""), None, facts)


@rule
def functional_record(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, asks for two good ratings and two years of experience."""
    people, _ = _entering(pairs, data, "rating_last", "rating_before", "in_post_since")
    passes_on = people.in_post_since + pd.DateOffset(months=ENTRY_MONTHS)
    bad = ~(people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD))
    value = people.rating_last.fillna("") + "; " + people.rating_before.fillna("") + "; " + _day(people.in_post_since)
    # waiting does not mend a rating: the day on which the rule passes is known only for experience
    return Verdict(bad | (passes_on > data.as_of), value, passes_on.mask(bad), people)


@rule
def functional_age(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, is open up to an age (53; ahli madya 55, ahli utama 60 or 63)."""
    people, jobs = _entering(pairs, data, "birth_date", "job_id")
    level = _plain(jobs.level)
    last = people.birth_date + pd.DateOffset(years=ENTRY_AGE[""])
    for name, age in ENTRY_AGE.items():
        last = last.mask(level == name, people.birth_date + pd.DateOffset(years=age))
    present_level = _plain(people.job_id.map(data.jobs.set_index("job_id").level))
    within_top = (level == TOP_LEVEL) & (present_level == TOP_LEVEL)
    last = last.mask(within_top, people.birth_date + pd.DateOffset(years=TOP_AGE))
    return Verdict(last < data.as_of, _day(people.birth_date), None, people)


@rule
def distance(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves farther than max_km from home without consent, unless it is no farther than the present way."""
    willing = data.wishes.employee_id[data.wishes.willing == "yes"]
    consents = pairs.employee_id.isin(willing)
    too_far = (pairs.km > data.policy.max_km) & (pairs.km_extra > 0)
    barred = (too_far | pairs.km.isna()) & ~consents
    # millions of pairs: each distance is written once, and pairs refer to it by a code
    code, each = pd.factorize(pairs.km[barred].round(1))
    texts = [f"{km:.1f} km" for km in each]
    texts.append("cannot be judged: field district missing")  # of home or office
    value = pd.Categorical.from_codes(np.where(code < 0, len(each), code), texts)
    return Verdict(barred, pd.Series(value, barred.index[barred]))


RULES = join_rules(rule_lines(), FUNCTIONS)
