"""Refusals in sentences: the rule with its article, what was found, and the day on which it passes."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.arguments import language
from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves
from toolkit.moves.found import BLANK
from toolkit.moves.found import said as found
from toolkit.moves.rules import RULES
from toolkit.words import lexicon, say

COUNTED = {"tenure": "tenure_from"}  # rules that the policy words otherwise, each with its key


def rule_sentence(rule: str, lang: str, policy: Policy, otherwise: str = "") -> str:
    """Say a rule with the policy's values (the name of a key that is not set), or ``otherwise`` if words/ has none."""
    key = f"rule.{rule}"
    if rule in COUNTED and f"{key}_{getattr(policy, COUNTED[rule])}" in lexicon(lang):
        key = f"{key}_{getattr(policy, COUNTED[rule])}"
    sentence = lexicon(lang).get(key)
    if sentence is None:
        return otherwise
    # only what the sentence names: a page says thousands of them
    named = {key: value for key, value in policy.plain().items() if "{" + key + "}" in sentence}
    facts = {key: key if value is None else value for key, value in named.items()}
    return say(key, lang, **facts)


def article_said(rule: str, moves: Moves, lang: str) -> str:
    """Return the article of a rule as it is printed: with a word where it is still to be verified; empty without one.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    >>> article_said("standing", tk.allowed_moves(data, need), "en")
    'PP 11/2017 Pasal 64, 94, to be verified'
    """
    row = moves.rules[moves.rules.rule == rule].iloc[0]
    return say("refusal.verify", lang, article=row.article) if row.article and row.verify else str(row.article)


def applied_sentence(moves: Moves, rule: str, lang: str) -> str:
    """Say a rule as these moves applied it; a rule of one's own by the first line of its function's docstring.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    >>> applied_sentence(tk.allowed_moves(data, need), "locked", "en")
    'People whom the agency has locked in their post do not move.'
    """
    ours = {(each.name, each.test) for each in RULES}
    own = [each.about for each in moves.applied if each.name == rule and (each.name, each.test) not in ours]
    about = next(filter(None, own), "")
    return about or rule_sentence(rule, lang, moves.need.policy, rule)


def rule_name(rule: str, lang: str) -> str:
    """Name a rule in a few words; a rule of one's own, of which words/ has none, by its plain name.

    >>> rule_name("tenure", "en"), rule_name("not_to_c", "en")
    ('tenure', 'not_to_c')
    """
    return say(f"short.{rule}", lang) if f"short.{rule}" in lexicon(lang) else rule


def refusals(moves: Moves, employee_id: str, lang: str | None = None) -> list[str]:
    """Return why a person may not move, or not to an office: the rule, its article, what was found, when it will pass.

    Rules on offices, which hold for everybody, are not repeated for the person.

    >>> import toolkit as tk
    >>> data = tk.load("data/hand")
    >>> need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    >>> print(*refusals(tk.allowed_moves(data, need), "A1", "en"))  # doctest: +NORMALIZE_WHITESPACE
    tenure (PP 11/2017 Pasal 190(3)): People move only after 24 months in the post. Found: 1 March 2025.
    The rule no longer applies from 1 March 2027.
    """
    lang = language(lang)
    said = []
    for row in moves.refused[moves.refused.employee_id == employee_id].itertuples():
        article = article_said(row.rule, moves, lang)
        parts = [f"{row.rule} ({article}):" if article else f"{row.rule}:"]
        parts.append(applied_sentence(moves, row.rule, lang))
        if BLANK.fullmatch(row.value):
            parts.append(found(row.value, lang))
        elif row.value and row.value != row.to_unit:
            parts.append(say("refusal.found", lang, value=found(row.value, lang)))
        if pd.notna(row.to_unit):
            parts.append(say("refusal.office", lang, unit=row.to_unit))
        if pd.notna(row.passes_on):
            parts.append(say("refusal.until", lang, date=row.passes_on.date()))
        said.append(" ".join(parts))
    return said


def refused_by_person(moves: Moves) -> pd.DataFrame:
    """Return the refusals with one row a person and rule: the columns of ``moves.refused``, and ``offices``.

    ``offices`` counts the offices that the rule closes to the person (empty: all). Where they are several, to_unit is
    empty, value stands only if it is the same for all, and passes_on is the day on which the first of them opens.
    Refusals that hold for an office, whoever would come, stay as they are.

    >>> from toolkit.intake.loading import load
    >>> from toolkit.pipeline import moves_from
    >>> moves = moves_from(load("data/hand", max_km=2), draws=0)
    >>> refused_by_person(moves)[["employee_id", "rule", "to_unit", "offices"]].astype(object).values.tolist()[-2:]
    [['L2', 'distance', 'DUKCAPIL', 1.0], ['R1', 'distance', nan, 2.0]]
    """
    refused = moves.refused
    is_pair = (refused.employee_id.notna() & refused.to_unit.notna()).to_numpy()
    others = refused[~is_pair]
    others = others.assign(offices=np.where(others.to_unit.isna(), np.nan, 1.0))
    pairs = refused[is_pair]
    # one number for a person and a rule, whose pairs are counted without writing any text
    key = pairs.rule.cat.codes.to_numpy("int64") * len(pairs.employee_id.cat.categories) + pairs.employee_id.cat.codes
    each = pd.DataFrame({"value": pairs.value.cat.codes, "passes_on": pairs.passes_on}).groupby(key.to_numpy())
    first = pairs[~key.duplicated().to_numpy()]
    first = first.set_index(key[first.index].to_numpy())
    count = each.size().reindex(first.index)
    several = count > 1
    differ = (each.value.min() < each.value.max()).reindex(first.index)
    rows = first.assign(
        to_unit=first.to_unit.mask(several),
        value=first.value.mask(differ),
        passes_on=each.passes_on.min().reindex(first.index),
        offices=count.astype("float64"),
    )
    return pd.concat([others, rows], ignore_index=True)
