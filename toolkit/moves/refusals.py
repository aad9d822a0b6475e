"""Refusals in sentences: the rule with its article, what was found, and the day on which it passes."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves
from toolkit.words import language, lexicon, say


def rule_sentence(rule: str, lang: str, policy: Policy, otherwise: str = "") -> str:
    """Say a rule with the policy's values (the name of a key that is not set), or, where words/ has none, otherwise."""
    facts = {key: key if value is None else value for key, value in policy.plain().items()}
    return say(f"rule.{rule}", lang, **facts) if f"rule.{rule}" in lexicon(lang) else otherwise


def refusals(moves: Moves, employee_id: str, lang: str | None = None) -> list[str]:
    """Say why a person may not move, or not to an office: the rule, its article, what was found, when it will pass.

    Rules on offices, which hold for everybody, are not repeated for the person.

    >>> import toolkit as tk
    >>> data = tk.load("data/hand")
    >>> need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    >>> print(*refusals(tk.allowed_moves(data, need), "A1", "en"))  # doctest: +NORMALIZE_WHITESPACE
    tenure (PP 11/2017 Pasal 190(3)): People move only after 24 months in the post. Found: 2025-03-01.
    The rule no longer applies from 1 March 2027.
    """
    lang, about = language(lang), moves.rules.set_index("rule").about
    said = []
    for row in moves.refused[moves.refused.employee_id == employee_id].itertuples():
        parts = [f"{row.rule} ({row.article}):" if row.article else f"{row.rule}:"]
        parts.append(rule_sentence(row.rule, lang, moves.need.policy, about[row.rule]))
        missing = row.value.removeprefix("cannot be judged: field ").removesuffix(" missing")
        if missing != row.value:
            parts.append(say("refusal.blank", lang, field=missing))
        elif row.value and row.value != row.to_unit:
            parts.append(say("refusal.found", lang, value=row.value))
        if pd.notna(row.to_unit):
            parts.append(say("refusal.office", lang, unit=row.to_unit))
        if pd.notna(row.passes_on):
            parts.append(say("refusal.until", lang, date=row.passes_on.date()))
        said.append(" ".join(parts))
    return said
