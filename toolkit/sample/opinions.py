"""Draw wishes, answers to an earlier draft, and decisions of officials."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.sample.facts import catalogue, today

WISHING = 0.06  # share of the staff that handed in a wish
NEAR = 0.4  # share of those who would (also) like to work where they live


def make_wishes(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the wishes: an office with jobs of the person's family, then (or only) the district of the home."""
    asked = people[(people.category != "structural") & (rng.uniform(size=len(people)) < WISHING)]
    offices = people.drop_duplicates(["family", "unit_id"]).groupby("family").unit_id.apply(list)
    asked = asked.assign(
        wished=[rng.choice(offices[family]) for family in asked.family],
        near=rng.uniform(size=len(asked)) < NEAR,
        willing=rng.choice(["yes", "no", ""], len(asked), p=[0.75, 0.15, 0.1]),
    )
    elsewhere = asked.wished != asked.unit_id
    named = asked[elsewhere].drop(columns=["unit_id", "district"]).rename(columns={"wished": "unit_id"})
    home = asked[asked.near | ~elsewhere].drop(columns=["unit_id", "district"])
    wishes = pd.concat([named, home.rename(columns={"home_district": "district"})]).fillna({"unit_id": ""})
    wishes["rank"] = wishes.groupby("employee_id").cumcount() + 1
    return wishes[["employee_id", "unit_id", "district", "rank", "willing"]].assign(job_id="")


def make_answers(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return a few answers to an earlier draft that sent clerks to the registry."""
    free = _free_clerks(people)
    reasons = catalogue()["answers"]
    said = [answer for answer in reasons if answer != "releasing"]
    asked = free.sample(len(said), random_state=rng).sort_values("employee_id")
    answers = pd.DataFrame({"employee_id": asked.employee_id, "answer": said, "by": "employee"})
    answers["unit_id"] = np.where(answers.answer == "prefer", free.unit_id.mode()[0], "")
    answers["reason"] = answers.answer.map(reasons)
    head = answers.iloc[[0]].assign(by="releasing", reason=reasons["releasing"])
    return pd.concat([answers, head], ignore_index=True)


def make_edits(people: pd.DataFrame, answers: pd.DataFrame) -> pd.DataFrame:
    """Return two decisions: one person is sent to the registry, one stays for now."""
    free = _free_clerks(people)
    free = free[~free.employee_id.isin(answers.employee_id)].sort_values("in_unit_since")
    edits = pd.DataFrame({"employee_id": free.employee_id.iloc[[0, -1]], "action": ["force", "forbid"]})
    edits["unit_id"] = [catalogue()["surge"]["unit"], ""]
    edits["reason"] = edits.action.map(catalogue()["edits"])
    return edits.assign(by=catalogue()["edits"]["by"])


def _free_clerks(people: pd.DataFrame) -> pd.DataFrame:
    """Return the clerks of secretariats whom no rule stops, by a wide margin."""
    good = people.rating_last.isin(["good", "very_good"]) & people.rating_before.isin(["good", "very_good"])
    clean = (people.standing == "active") & (people.discipline == "none") & (people.locked == "no")
    settled = (people.in_post_since < today() - pd.DateOffset(years=3)) & (people.conflict_unit_ids == "")
    young = people.birth_date > today() - pd.DateOffset(years=45)
    clerks = (people.family == "klerek") & people.unit_id.str.endswith("-SEK") & (people.status == "pns")
    return people[good & clean & settled & young & clerks]
