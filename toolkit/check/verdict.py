"""The verdict of `mutasi check`: what the tables allow, in frames and sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from toolkit.check.funnel import funnel, vacancies
from toolkit.check.warnings import find_warnings
from toolkit.common.calendar import next_start
from toolkit.errors import InputError, few
from toolkit.intake.data import Data, Note
from toolkit.moves.rules import PERIODS, RULES
from toolkit.need.demand import Demand
from toolkit.need.norms import Norms
from toolkit.need.statements import card_lines, surge_lines
from toolkit.pipeline import moves_from
from toolkit.words import say

FAULTS_SHOWN = 50


@dataclass(frozen=True)
class Findings:
    """The verdict on tables that hold.

    ``warnings``: warning, count, examples. ``rules``: rule, group, state (on, off, not checked), wants (the columns and
    policy keys that are missing). ``evidence``: active staff by the evidence on their office. ``notes``: what was
    renamed, decided or not read, as sentences of words/ with their facts. ``funnel``, ``vacancies``: see the functions
    of these names. ``date``: the day of judgement, if there is one. ``norms``, ``demand``: what the cards and the
    surges are told from.
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

    def lines(self, lang: str) -> list[str]:
        """Say the verdict in sentences."""
        people, units, jobs = self.size
        staff = self.evidence.sum() or 1.0
        said = [say("verdict.sound", lang, people=people, units=units, jobs=jobs)]
        said += [say("verdict.note", lang, note=say(f"intake.{key}", lang, **facts)) for key, facts in self.notes]
        said += [say(f"warning.{odd}", lang, count=n, examples=shown) for odd, n, shown in self.warnings.values]
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
        return "".join(table.to_html(index=False) for table in (self.warnings, self.rules, self.funnel, self.vacancies))


def judge(data: Data) -> Findings:
    """Give the verdict on an agency's tables; nothing is changed or written.

    Norms are those of the hours alone (``norm_alpha`` 0 where the policy has none): quick, and fit to judge the
    official ones by.

    >>> import toolkit as tk
    >>> judge(tk.load("tests/data/three_offices")).evidence.to_dict()
    {'B': 5.0, 'D': 2.0}
    """
    alone = data.policy.with_(norm_alpha=data.policy.norm_alpha or 0.0)  # no pull toward what is to be compared
    moves = moves_from(replace(data, policy=alone), draws=0)
    need = moves.need
    found = dict(data.nip_warnings) | find_warnings(moves)
    rows = [(name, len(culprits), few(culprits)) for name, culprits in found.items() if culprits]
    rules = pd.DataFrame({
        "rule": [rule.name for rule in RULES], "group": [rule.group for rule in RULES],
        "state": [rule.state(data) for rule in RULES], "wants": [few(rule.wants(data)) for rule in RULES],
    })  # fmt: skip
    size = (len(data.employees), len(data.units), len(data.jobs))
    warnings = pd.DataFrame(rows, columns=["warning", "count", "examples"])
    rules = rules.drop_duplicates("rule", ignore_index=True)
    date = data.as_of if data.has_as_of else None
    passed, places = funnel(moves), vacancies(moves)
    return Findings(warnings, rules, need.summary, data.note_facts, size, passed, places, date, need.norms, need.demand)


def fault_lines(error: InputError) -> list[str]:
    """Give the faults of tables that do not hold, one a line, fifty at most, and how many more there are."""
    return str(InputError(error.faults, error.where, FAULTS_SHOWN)).splitlines()
