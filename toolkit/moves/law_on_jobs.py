"""Rules of law on the job to be held: structural posts, levels, functional jobs, qualification, certificates."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.intake.data import Data
from toolkit.moves.fit import in_field, schooling
from toolkit.moves.ladders import places
from toolkit.moves.registry import Verdict, rule
from toolkit.moves.staff import plain, teachers

GOOD = ("good", "very_good")  # the two upper of the ratings (Peraturan BKN 5/2019)
# Oldest age at entry into a functional job by its level (PermenPAN-RB 1/2023); "": any other level
ENTRY_AGE = {"": 53, "ahli madya": 55, "ahli utama": 60}
TOP_LEVEL = "ahli utama"
TOP_AGE = 63  # from one job of the top level to another
ENTRY_MONTHS = 24  # experience before another functional job (PermenPAN-RB 1/2023)
NO_LEVEL = "pelaksana"  # written for the level of a job that has none
KNOWN = "known"


class _Change:
    """The pairs whose job changes, with the place of both jobs: ``index`` of the pairs, a value a pair in the rest."""

    def __init__(self, pairs: pd.DataFrame, data: Data) -> None:
        rows = pairs.loc[pairs.new_job, ["person", "to_job"]]
        jobs = places(data)
        held = pd.Index(data.jobs.job_id).get_indexer(data.employees.job_id)
        self.index = rows.index
        self.person = rows.person.to_numpy()
        self.own, self.to = held[self.person], rows.to_job.to_numpy()
        base = pd.factorize(jobs.base)[0]
        self.same_base = base[self.own] == base[self.to]
        category = jobs.category.fillna("").to_numpy(object)
        self.category, self.to_category = category[self.own], category[self.to]
        # -1 where the level is not known
        self.levels, self.level_names = pd.factorize(jobs.level)

    @property
    def within_one(self) -> np.ndarray:
        """Whether both jobs are one functional job."""
        return (self.category == "functional") & (self.to_category == "functional") & self.same_base

    @property
    def unknown_level(self) -> np.ndarray:
        """Whether the level of one of the two jobs is not known."""
        return (self.levels[self.own] < 0) | (self.levels[self.to] < 0)

    @property
    def other_level(self) -> np.ndarray:
        """Whether the two levels differ."""
        return self.levels[self.own] != self.levels[self.to]

    def levels_said(self) -> pd.Categorical:
        """Both levels as a refusal shows them; each of the few pairs of levels is written once."""
        names = [*self.level_names, NO_LEVEL]  # the last also at -1
        texts = [f"{one} -> {other}" for one in names for other in names]
        last = len(names) - 1
        one, other = (np.where(self.levels[at] < 0, last, self.levels[at]) for at in (self.own, self.to))
        codes, distinct = pd.factorize(one * len(names) + other)
        return pd.Categorical.from_codes(codes, [texts[code] for code in distinct])

    def verdict(self, concerned: np.ndarray, forbidden: np.ndarray, facts: dict[str, np.ndarray]) -> Verdict:
        """The verdict on the concerned pairs; ``facts``: a column each, false where the fact is missing."""
        index = self.index[concerned]
        columns = {name: pd.Series(KNOWN, index).where(known[concerned]) for name, known in facts.items()}
        value = pd.Series(self.levels_said(), self.index)[concerned]
        return Verdict(pd.Series(forbidden[concerned], index), value, None, pd.DataFrame(columns, index))


def _entering(pairs: pd.DataFrame, data: Data, category: str, *fields: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the fields named of those who would enter a job of a category, and that job; a row a pair.

    Another level of the own functional job is not another job: the rule level speaks of it.
    """
    change = _Change(pairs, data)
    entered = (change.to_category == category) & ~change.within_one
    index = change.index[entered]
    people = data.employees[list(fields)].iloc[change.person[entered]].set_axis(index)
    jobs = data.jobs[["education", "field", "level"]].iloc[change.to[entered]].set_axis(index)
    return people, jobs


def _qualified(people: pd.DataFrame, jobs: pd.DataFrame) -> Verdict:
    """Bar who lacks the education or the field that a job asks for; what it does not ask need not be known."""
    has = schooling(people.education)
    asked = schooling(jobs.education)
    # in_field is empty, not 0, where the job asks for no field
    lacking = (has < asked) | (in_field(people.field, jobs.field) == 0)
    # a fact that is not known matters only where the job asks for it: else anything stands in for it
    facts = pd.DataFrame({"education": has.mask(asked.isna(), 0.0), "field": people.field.mask(jobs.field.isna(), "")})
    return Verdict(lacking, people.education.fillna("") + " " + people.field.fillna(""), None, facts)


@rule
def structural_there(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody enters a structural post by the model."""
    entered = pairs.to_job[pairs.new_job]
    facts = pd.DataFrame({"category": entered.map(places(data).category)})
    return Verdict(facts.category == "structural", entered.map(data.jobs.job_id), None, facts)


@rule
def pppk_same_job(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only to the same job at the same level."""
    changing = pairs.loc[pairs.new_job, ["person", "to_job"]]
    facts = data.employees[["status"]].iloc[changing.person].set_axis(changing.index)
    return Verdict(facts.status == "pppk", changing.to_job.map(data.jobs.job_id), None, facts)


@rule
def level(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Inside one functional job a transfer keeps the level: down is no transfer, up is a promotion."""
    change = _Change(pairs, data)
    # a job without a category may be functional; without the column only levels tell
    unclear = (change.category == "") | (change.to_category == "") if data.has("jobs", "category") else np.False_
    concerned = change.within_one | (change.same_base & unclear)
    facts = {"category": ~unclear & np.ones(len(concerned), bool), "level": ~change.unknown_level}
    return change.verdict(concerned, change.other_level, facts)


@rule
def functional_level(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Who holds a functional job moves to another functional job of the same level only."""
    change = _Change(pairs, data)
    left = (change.category == "functional") & ~change.within_one
    to_general = change.to_category == "general"
    concerned = left & (to_general | (change.to_category == "functional"))
    facts = {"level": to_general | ~change.unknown_level}
    return change.verdict(concerned, to_general | change.other_level, facts)


@rule
def functional_education(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job asks for its education and field."""
    return _qualified(*_entering(pairs, data, "functional", "education", "field"))


@rule
def functional_record(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job asks for two good ratings and two years of experience."""
    people, _ = _entering(pairs, data, "functional", "rating_last", "rating_before", "in_post_since")
    passes_on = people.in_post_since + pd.DateOffset(months=ENTRY_MONTHS)
    bad = ~(people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD))
    since = people.in_post_since.dt.strftime("%Y-%m-%d").fillna("")
    value = people.rating_last.fillna("") + "; " + people.rating_before.fillna("") + "; " + since
    # waiting does not mend a rating: the day on which the rule passes is known only for experience
    return Verdict(bad | (passes_on > data.as_of), value, passes_on.mask(bad), people)


@rule
def functional_age(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another functional job is open up to an age (53; ahli madya 55, ahli utama 60 or 63)."""
    people, jobs = _entering(pairs, data, "functional", "birth_date", "job_id")
    level = plain(jobs.level)
    last = people.birth_date + pd.DateOffset(years=ENTRY_AGE[""])
    for name, age in ENTRY_AGE.items():
        last = last.mask(level == name, people.birth_date + pd.DateOffset(years=age))
    present_level = plain(people.job_id.map(data.jobs.set_index("job_id").level))
    within_top = (level == TOP_LEVEL) & (present_level == TOP_LEVEL)
    last = last.mask(within_top, people.birth_date + pd.DateOffset(years=TOP_AGE))
    value = people.birth_date.dt.strftime("%Y-%m-%d").fillna("")
    return Verdict(last < data.as_of, value, None, people)


@rule
def qualification(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Another job of pelaksana asks for its education and field."""
    return _qualified(*_entering(pairs, data, "general", "education", "field"))


@rule
def teacher_certificate(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A teacher with a certificate moves only to a job whose subject it names."""
    changing = pairs.loc[pairs.new_job & teachers(data).to_numpy()[pairs.person], ["person", "to_job"]]
    asked = data.jobs.subject.iloc[changing.to_job].set_axis(changing.index)
    mine = data.employees.certified_subject.iloc[changing.person].set_axis(changing.index)
    # whoever has no certificate has nothing that could be out of line
    lacking = (in_field(mine, asked) == 0) & (mine != "none")
    return Verdict(lacking, mine.fillna(""), None, pd.DataFrame({"certified_subject": mine.mask(asked.isna(), "none")}))
