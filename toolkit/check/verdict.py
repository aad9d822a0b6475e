"""The verdict of `mutasi check`: what the tables allow, in frames and sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from toolkit.check.funnel import funnel, vacancies
from toolkit.check.warnings import find_warnings
from toolkit.common.arguments import expect
from toolkit.common.calendar import next_start
from toolkit.common.results import Result
from toolkit.errors import InputError
from toolkit.intake.data import Data, Note
from toolkit.moves.law_on_persons import PERIODS
from toolkit.moves.refusals import rule_name
from toolkit.moves.registry import Rule
from toolkit.need.demand import Demand
from toolkit.need.norms import Norms
from toolkit.need.staffing import Need
from toolkit.need.statements import card_lines, doubt_lines, grade_name, surge_lines
from toolkit.pipeline import moves_from
from toolkit.words import SHOWN, say

FAULTS_SHOWN = 50  # more than a screen holds, few enough to be read


@dataclass(frozen=True, eq=False, repr=False)
class Findings(Result):
    """The verdict on tables that hold.

    ``warnings``: warning, count, examples. ``rules``: rule, group, state (on, off, not checked), wants (the columns and
    policy keys that are missing). ``evidence``: active staff by the evidence on their office. ``notes``: what was
    renamed, decided or not read, as sentences of words/ with their facts. ``funnel``, ``vacancies``: see the functions
    of these names. ``size``: how many people, units and jobs. ``date``: the day of judgement, if there is one.
    ``norms``, ``demand``, ``need``: what the cards, the surges and the doubts are read from.
    """

    warnings: pd.DataFrame
    rules: pd.DataFrame
    evidence: pd.Series
    notes: tuple[Note, ...]
    size: tuple[int, int, int]
    funnel: pd.DataFrame
    vacancies: pd.DataFrame
    date: pd.Timestamp | None
    norms: Norms
    demand: Demand
    need: Need

    _main = "warnings"

    @property
    def summary(self) -> pd.Series:
        """How many people, units and jobs, kinds of warnings, rules that are on, and persons who may move."""
        people, units, jobs = self.size
        return pd.Series(
            {
                "people": people,
                "units": units,
                "jobs": jobs,
                "warnings": len(self.warnings),
                "rules_on": int((self.rules.state == "on").sum()),
                "may_move": int(self.funnel.left.iloc[-1]),
            }
        )

    def lines(self, lang: str) -> list[str]:
        """Return the verdict in sentences: size, notes, warnings, norms, surges and doubts, rules, evidence."""
        people, units, jobs = self.size
        said = [say("verdict.sound", lang, people=people, units=units, jobs=jobs)]
        said += [say("verdict.note", lang, note=say(f"intake.{key}", lang, **facts)) for key, facts in self.notes]
        for row in self.warnings.itertuples():
            said.append(say(f"warning.{row.warning}", lang, count=row.count, examples=row.examples))
        said += card_lines(self.norms, lang)
        said += surge_lines(self.demand, lang)
        said += doubt_lines(self.need, lang)
        said += self._funnel_lines(lang)
        said += self._vacancy_lines(lang)
        for row in self.rules[self.rules.state != "on"].itertuples():
            key = f"verdict.{row.state.replace(' ', '_')}"
            said.append(say(key, lang, rule=rule_name(row.rule, lang), wants=_wanted(row.wants, lang)))
        return said + self._evidence_lines(lang)

    def _evidence_lines(self, lang: str) -> list[str]:
        """What share of the staff is judged by what evidence."""
        staff = self.evidence.sum() or 1.0  # an agency without active staff has no grades to divide
        said = []
        for grade, fte in self.evidence[self.evidence > 0].items():
            share = round(100 * fte / staff, 1)
            means = say(f"evidence.{grade}", lang)
            said.append(say("verdict.evidence", lang, grade=grade_name(str(grade), lang), share=share, means=means))
        return said

    def _funnel_lines(self, lang: str) -> list[str]:
        """The next transfer period, then how many persons each rule stops (those that a contract bars first)."""
        said = []
        if self.date is not None:
            said.append(say("verdict.period", lang, start=next_start(self.date, PERIODS).date()))
        barring = self.funnel[(self.funnel.alone > 0) | (self.funnel.in_order != 0)]
        for row in barring.itertuples():
            scope = say(f"scope.{row.scope}", lang)
            facts = {
                "rule": rule_name(row.rule, lang),
                "scope": scope,
                "alone": row.alone,
                "more": row.in_order,
                "left": row.left,
            }
            said.append(say("verdict.funnel", lang, **facts))
        return said

    def _vacancy_lines(self, lang: str) -> list[str]:
        """How many places get no name, by the rule that forbids it."""
        said = []
        for rule, rows in self.vacancies.groupby("rule"):
            named = [f"{row.unit_id} {row.family} {row.places} ({row.eligible})" for row in rows.itertuples()]
            facts = {"rule": rule_name(rule, lang), "places": rows.places.sum(), "examples": named}
            said.append(say("verdict.vacancies", lang, **facts))
        return said


def _wanted(wants: str, lang: str) -> str:
    """Name the columns and policy keys that a rule lacks, which the frame lists as ``policy a b, table.column``.

    >>> _wanted("policy election_from election_until, jobs.category", "id")
    'kebijakan election_from atau election_until, kolom jobs.category'
    """
    said = []
    for want in wants.split(", "):
        keys = want.removeprefix("policy ").split(" ")
        kind = "column" if keys == [want] else "policy_key"
        said.append(say(f"verdict.{kind}", lang, name=say("verdict.or", lang).join(keys)))
    return ", ".join(said)


def judge(data: Data) -> Findings:
    """Return the verdict on an agency's tables; nothing is changed or written.

    Norms are those of the hours alone (``norm_alpha`` 0 where the policy has none): quick, and fit to judge the
    official ones by.

    >>> import toolkit as tk
    >>> judge(tk.load("tests/data/three_offices")).evidence.to_dict()
    {'B': 5.0, 'D': 2.0}
    """
    expect("judge", data, Data, "tk.load")
    alone = data.policy.with_(norm_alpha=data.policy.norm_alpha or 0.0)  # no pull toward what is to be compared
    moves = moves_from(replace(data, policy=alone), draws=0)
    need = moves.need
    return Findings(
        warnings=_warning_table(dict(data.nip_warnings) | find_warnings(moves)),
        rules=_rule_states(moves.applied, data),
        evidence=need.summary,
        notes=data.note_facts,
        size=(len(data.employees), len(data.units), len(data.jobs)),
        funnel=funnel(moves),
        vacancies=vacancies(moves),
        date=data.as_of if data.has_as_of else None,
        norms=need.norms,
        demand=need.demand,
        need=need,
    )


def _warning_table(found: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Return the warnings that have a culprit: warning, count, examples."""
    rows = [(name, len(culprits), _examples(culprits)) for name, culprits in found.items() if culprits]
    table = pd.DataFrame(rows, columns=["warning", "count", "examples"])
    return table.astype({"warning": "str", "count": "int64", "examples": "str"})


def _examples(culprits: Sequence[str]) -> str:
    """Name five culprits at most; how many there are stands in the sentence."""
    return ", ".join(culprits[:SHOWN]) + (" ..." if len(culprits) > SHOWN else "")


def _rule_states(rules: Sequence[Rule], data: Data) -> pd.DataFrame:
    """Return one row a name of a rule: rule, group, state, and the columns and policy keys it wants."""
    rows = [(rule.name, rule.group, rule.state(data), ", ".join(rule.wants(data))) for rule in rules]
    table = pd.DataFrame(rows, columns=["rule", "group", "state", "wants"])
    return table.drop_duplicates("rule", ignore_index=True)


def fault_lines(error: InputError, lang: str) -> list[str]:
    """Return the faults of tables that do not hold, a line a kind, fifty at most, and how many more there are."""
    return error.said(lang, FAULTS_SHOWN).splitlines()


def names_are_lost(error: InputError) -> bool:
    """Whether some cell holds a name or id that no unit or job has, so that padanan.xlsx may help."""
    lost = error.faults.facts[error.faults.fault == "reference_lost"]
    return any(facts["target"] in ("units", "jobs") for facts in lost)
