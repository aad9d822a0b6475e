"""The rules: who may not move, and where nobody may come; docs/rules.md lists them.

A rule is one small function with a name, a group (law, choice, preference), an article, whether the law is certain
or to be verified, and the columns it needs; its sentence stands in words/ under [rule]. To add a rule: one function
here, one sentence there, one test. Sex, religion and marital status are never asked for; a date of birth only where
the law sets an age (retirement, entry into a functional job).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from toolkit.intake.tables import Data
from toolkit.moves.fit import in_field, schooling
from toolkit.moves.ruling import RULES, Rule, Verdict, among, next_start, retires_on, rule, today

GOOD = ("good", "very_good")
PERIODS, SEMESTERS = (4, 10), (1, 7)  # months in which transfers, and those of teachers, begin
ENTRY_AGE = {"": 53, "ahli madya": 55, "ahli utama": 60}  # "": any other level
ENTRY_MONTHS = 24  # experience before another functional job
OFFICIALS = "UU 10/2016 Pasal 71(2); UU 20/2023; civil registry: UU 24/2013 Pasal 83A; inspectorate: PP 72/2019"
LOCKED = "UU 24/2013 Pasal 83A; PP 72/2019"
ENTRY = "PermenPAN-RB 1/2023"

# Rules that a single value decides: name, scope, group, article, certain, column needed, field of the frame, what bars.
PLAIN = (
    ("standing", "person", "law", "PP 11/2017 Pasal 190", True, "employees.standing", "standing", ("leave", "study", "seconded")),
    ("probation", "person", "law", "PP 11/2017 Pasal 34", False, "employees.status", "status", ("cpns",)),
    ("pppk_part_time", "person", "law", "KepmenPAN-RB 16/2025", False, "employees.status", "status", ("pppk_pw",)),
    ("structural", "person", "law", OFFICIALS, False, "jobs.category", "category", ("structural",)),
    ("heads_unit", "person", "law", "UU 10/2016 Pasal 71(2) and 162(3)", False, "employees.heads_unit", "heads_unit", (True,)),
    ("unit_locked", "person", "law", LOCKED, False, "units.locked", "unit_locked", (True,)),
    ("unit_locked", "unit", "law", LOCKED, False, "units.locked", "locked", (True,)),
    ("selection_required", "unit", "law", "Perwali Palembang 49/2025", False, "units.selection_required", "selection_required", (True,)),
    ("known_need", "person", "choice", "", False, "", "known", (False,)),
    ("known_need", "unit", "choice", "", False, "", "known", (False,)),
    ("locked", "person", "choice", "", False, "employees.locked", "locked", (True,)),
)  # fmt: skip


def _plain(field: str, bars: tuple[object, ...]) -> Callable[[pd.DataFrame, Data], Verdict]:
    def test(frame: pd.DataFrame, data: Data) -> Verdict:
        return Verdict(frame[field].isin(bars), "" if isinstance(bars[0], bool) else frame[field])

    return test


def teaches(people: pd.DataFrame) -> pd.Series:
    """Tell who holds a functional job at a school."""
    return (people.category == "functional") & people.unit_kind.str.lower().isin(["school", "sekolah"])


def _day(dates: pd.Series) -> pd.Series:
    return dates.dt.strftime("%Y-%m-%d").fillna("")


def _of(people: pd.DataFrame, *statuses: str) -> pd.DataFrame:
    """Those of a status, and those whose status is empty."""
    return people[people.status.isin(statuses) | people.status.isna()]


def _officials(people: pd.DataFrame, data: Data, first: object, end: object) -> Verdict:
    """Officials do not move from the first day (none: since ever) until the end (none: open)."""
    some, now = people[(people.category == "structural") | people.heads_unit], today(data)
    barred = (first is None or pd.Timestamp(first) <= now) and (end is None or now < pd.Timestamp(end))
    return Verdict(pd.Series(barred, some.index), "structural or head", None if end is None else pd.Timestamp(end))


def _season(some: pd.DataFrame, data: Data, months: tuple[int, ...]) -> Verdict:
    """Nobody moves but in the months named."""
    now = today(data)
    start = next_start(now, months)
    return Verdict(pd.Series(start != now, some.index), str(now.date()), start)


def _entering(pairs: pd.DataFrame, data: Data, *fields: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Who would enter another functional job, or another level of it (the fields named), and that job."""
    entered = pairs.new_job & pairs.to_job.map(data.jobs.category == "functional")
    some = pairs.loc[entered, ["person", "to_job"]]
    people = data.employees[list(fields)].iloc[some.person].set_axis(some.index)
    return people, data.jobs[["education", "field", "level"]].iloc[some.to_job].set_axis(some.index)


@rule("person", "law", "PermenPAN-RB 6/2024 Pasal 59", "employees.status", "employees.contract_end")
def pppk_contract(people: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only if the contract runs on for pppk_contract_months."""
    some = _of(people, "pppk")
    least = today(data) + pd.DateOffset(months=data.policy.pppk_contract_months)
    return Verdict(some.contract_end < least, _day(some.contract_end))


for _name, _scope, _group, _article, _certain, _need, _field, _bars in PLAIN:
    RULES.append(Rule(_name, _scope, _group, _article, _certain, (_need,) * bool(_need), _plain(_field, _bars)))


@rule("person", "law", "PP 94/2021; Peraturan BKN 5/2019", "employees.discipline", certain=True)
def discipline(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves while a disciplinary or court case is in process or a punishment is being served."""
    some, until = people.discipline, people.discipline_until.where(people.discipline == "serving")
    over = until < today(data)
    return Verdict(some.isin(["in_process", "court", "serving"]) & ~over, some, until + pd.Timedelta(days=1))


@rule("pair", "law", OFFICIALS, "jobs.category", name="structural")
def structural_there(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody enters a structural post by the model."""
    some = pairs.to_job[pairs.new_job]
    return Verdict(some.map(data.jobs.category == "structural"), some.map(data.jobs.job_id))


@rule("person", "law", "UU 10/2016 Pasal 71(2)", "jobs.category", "employees.heads_unit", key="election_from election_until")
def election(people: pd.DataFrame, data: Data) -> Verdict:
    """No official is replaced from six months before the candidates are fixed to the end of the term."""
    first, last = data.policy.election_from, data.policy.election_until
    return _officials(people, data, first, last and last + pd.Timedelta(days=1))


@rule("person", "law", "UU 10/2016 Pasal 162(3)", "jobs.category", "employees.heads_unit", key="inaugurated_on")
def inauguration(people: pd.DataFrame, data: Data) -> Verdict:
    """No official is replaced in the first six months after the inauguration."""
    first = pd.Timestamp(data.policy.inaugurated_on)
    return _officials(people, data, first, first + pd.DateOffset(months=data.policy.inauguration_months))


@rule("person", "law", "Perwali Palembang 49/2025", key="periods_only")
def period(people: pd.DataFrame, data: Data) -> Verdict:
    """Transfers take place in April and October only."""
    return _season(people, data, PERIODS)


@rule("person", "law", "Permendikdasmen 11/2025", "jobs.category", "units.kind", key="semester_only")
def semester(people: pd.DataFrame, data: Data) -> Verdict:
    """Teachers move at the beginning of a semester only."""
    return _season(people[teaches(people)], data, SEMESTERS)


@rule("person", "law", "PP 11/2017 Pasal 190(3)", "employees.in_post_since")
def tenure(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves before the least time in the post (24 months) has passed."""
    passes_on = people.in_post_since + pd.DateOffset(months=data.policy.tenure_min_months)
    return Verdict(passes_on > today(data), _day(people.in_post_since), passes_on)


@rule("person", "choice", "", "edits.action", name="forbidden")
def forbidden_to_leave(people: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person stays."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.isna()].drop_duplicates("employee_id")
    value = people.employee_id.map((edits.by + ": " + edits.reason).set_axis(edits.employee_id))
    return Verdict(value.notna(), value)


@rule("pair", "choice", "", "edits.action", name="forbidden")
def forbidden_to_enter(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person does not go to this office."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.notna()]
    some = pairs.loc[among(pairs, edits, data), ["employee_id", "to_unit"]].astype("str")
    said = edits.drop_duplicates(["employee_id", "unit_id"]).set_index(["employee_id", "unit_id"])
    value = (said.by + ": " + said.reason).reindex(pd.MultiIndex.from_frame(some)).set_axis(some.index)
    return Verdict(pd.Series(True, some.index), value)


@rule("person", "choice", "", "employees.fte")
def part_timer(people: pd.DataFrame, data: Data) -> Verdict:
    """Part-timers are not moved by the model."""
    return Verdict(people.fte < 1, people.fte.map("{:g}".format))


@rule("person", "choice", "Peraturan BKN 5/2019", "employees.rating_last", "employees.rating_before", key="rating_required")
def rating(people: pd.DataFrame, data: Data) -> Verdict:
    """Both of the last two performance ratings are at least good."""
    good = people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD)
    return Verdict(~good, people.rating_last.fillna("") + "; " + people.rating_before.fillna(""))


@rule("person", "choice", "UU 20/2023 Pasal 55", "employees.birth_date", "jobs.retirement_age")
def retirement(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who retires within the horizon: the post is a coming vacancy."""
    leaves = retires_on(people.birth_date, people.retirement_age)
    return Verdict(leaves < today(data) + pd.DateOffset(months=data.policy.retirement_horizon_months), _day(leaves))


@rule("person", "preference", "", "wishes.willing", key="unwilling_stay")
def unwilling(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who has said not to be willing."""
    return Verdict(people.employee_id.isin(data.wishes.employee_id[data.wishes.willing == "no"]))


@rule("pair", "law", "PP 11/2017 Pasal 190(5)", "employees.conflict_unit_ids", certain=True)
def conflict(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves to an office where there is a conflict of interest."""
    barred = data.employees[["employee_id", "conflict_unit_ids"]].dropna()
    barred = barred.assign(unit_id=barred.conflict_unit_ids.str.split(";")).explode("unit_id")
    return Verdict(among(pairs, barred, data), pairs.to_unit)


@rule("pair", "law", "PermenPAN-RB 6/2024 Pasal 59", "employees.status")
def pppk_same_job(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only to the same job at the same level."""
    some = pairs.loc[pairs.new_job, ["person", "to_job"]]
    facts = data.employees[["status"]].iloc[some.person].set_axis(some.index)
    return Verdict(facts.status == "pppk", some.to_job.map(data.jobs.job_id), None, facts)


@rule("pair", "law", ENTRY, "jobs.category", "employees.education", "jobs.education")
def functional_education(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, asks for its education and field."""
    people, jobs = _entering(pairs, data, "education", "field")
    has, asked = schooling(people.education), schooling(jobs.education)
    low = (has < asked) | (in_field(people.field, jobs.field) == 0)
    facts = pd.DataFrame({"education": has.mask(asked.isna(), 0.0)})
    return Verdict(low, people.education.fillna("") + " " + people.field.fillna(""), None, facts)


@rule("pair", "law", ENTRY, "jobs.category", "employees.rating_last", "employees.rating_before", "employees.in_post_since")
def functional_record(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, asks for two good ratings and two years of experience."""
    people, _ = _entering(pairs, data, "rating_last", "rating_before", "in_post_since")
    passes_on = people.in_post_since + pd.DateOffset(months=ENTRY_MONTHS)
    bad = ~(people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD))
    value = people.rating_last.fillna("") + "; " + people.rating_before.fillna("") + "; " + _day(people.in_post_since)
    return Verdict(bad | (passes_on > today(data)), value, passes_on.mask(bad), people)


@rule("pair", "law", ENTRY, "jobs.category", "employees.birth_date")
def functional_age(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job, or another level of it, is open up to an age (53; ahli madya 55, ahli utama 60)."""
    people, jobs = _entering(pairs, data, "birth_date")
    level, last = jobs.level.str.strip().str.lower(), people.birth_date + pd.DateOffset(years=ENTRY_AGE[""])
    for name, age in ENTRY_AGE.items():
        last = last.mask(level == name, people.birth_date + pd.DateOffset(years=age))
    return Verdict(last < today(data), _day(people.birth_date), None, people)


@rule("pair", "preference", "", "employees.home_district", "units.district", "places.district", key="max_km")
def distance(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves farther than max_km from home without consent, unless it is no farther than the present way."""
    wishes = data.wishes.employee_id[data.wishes.willing == "yes"]
    consents = pairs.employee_id.isin(wishes)
    far = ((pairs.km > data.policy.max_km) & (pairs.km_extra > 0) | pairs.km.isna()) & ~consents
    code, each = pd.factorize(pairs.km[far].round(1))
    blank = "cannot be judged: district of home or office missing"  # the last, where a code of -1 falls
    value = np.array([*map("{:.1f} km".format, each), blank], object)[code]
    return Verdict(far, pd.Series(value, far.index[far]))
