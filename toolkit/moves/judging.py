"""How the rules of one scope are applied to persons, offices or pairs, and how a refusal is entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from toolkit.common.types import Mask
from toolkit.intake.data import Data
from toolkit.moves.named_pairs import among
from toolkit.moves.registry import Rule, Verdict

# The columns of ``moves.refused``: texts, of which each is written once and referred to by a code (a rule on distance
# refuses millions of pairs), and the date.
TEXTS = ["employee_id", "family", "to_unit", "rule", "value", "article"]
REFUSED = [*TEXTS, "passes_on"]


@dataclass(frozen=True)
class Judged:
    """What the rules of one scope found on a frame: which rows each bars, and the refusals to be listed."""

    barred: dict[str, Mask]
    refused: pd.DataFrame
    size: int

    @property
    def passed(self) -> Mask:
        """Which rows no rule bars."""
        out = np.ones(self.size, bool)
        for bars in self.barred.values():
            out &= ~bars
        return out


def judge(
    scope: str, rules: Sequence[Rule], frame: pd.DataFrame, data: Data, lifts: pd.DataFrame, *, listed: bool = True
) -> Judged:
    """Apply the rules of one scope (person, unit, pair) to the frame of that scope, but for what is lifted.

    With ``listed`` false refusals are not listed: then only who is barred counts.
    """
    barred: dict[str, Mask] = {}
    refusals = []
    for rule in rules:
        if rule.scope != scope:
            continue
        verdict = rule.judge(frame, data)
        unjudged = _unjudged(rule, verdict, frame, data)
        bars = _bars(verdict, unjudged, frame) & ~_lifted(rule, frame, data, lifts)
        if listed and bars.any():
            refusals.append(_refusal(rule, verdict, frame, bars, unjudged))
        # two rules of one name and scope count as one
        barred[rule.name] = barred.get(rule.name, np.zeros(len(frame), bool)) | bars
    return Judged(barred, stacked(refusals), len(frame))


def stacked(refusals: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put refusals under one another; without any, the same columns and dtypes. Texts that nobody has are dropped."""
    out = pd.DataFrame({name: _one_under_another([rows[name].array for rows in refusals]) for name in TEXTS})
    dates = [rows.passes_on for rows in refusals]
    return out.assign(passes_on=pd.concat([pd.Series(dtype="datetime64[s]"), *dates], ignore_index=True))


def _one_under_another(columns: Sequence[pd.Categorical]) -> pd.Categorical:
    """Join columns of texts over one sorted list of them, so that equal refusals have equal codes."""
    empty = pd.Categorical([], pd.Index([], dtype="str"))
    return union_categoricals([empty, *(column.remove_unused_categories() for column in columns)], sort_categories=True)


def _coded(texts: pd.Series) -> pd.Categorical:
    """A column of texts with each of them written once; a missing one stays missing."""
    if isinstance(texts.dtype, pd.CategoricalDtype):
        return texts.array
    codes, distinct = pd.factorize(texts.to_numpy(object))
    return pd.Categorical.from_codes(codes, pd.Index(distinct, dtype="str"))


def _all(text: str | None, rows: int) -> pd.Categorical:
    """The same text in all rows, or none in any."""
    known = [] if text is None else [text]
    return pd.Categorical.from_codes(np.full(rows, len(known) - 1, "int8"), pd.Index(known, dtype="str"))


def _unjudged(rule: Rule, verdict: Verdict, frame: pd.DataFrame, data: Data) -> pd.Series:
    """The first needed field that is empty, for the rows the rule concerns and cannot judge."""
    facts = frame.loc[verdict.forbidden.index] if verdict.facts is None else verdict.facts
    return rule.unjudged(facts, data.policy)


def _bars(verdict: Verdict, unjudged: pd.Series, frame: pd.DataFrame) -> Mask:
    """Which rows of the frame the rule bars, those it cannot judge included: nobody moves on a fact that is missing."""
    forbidden = verdict.forbidden.fillna(False).astype(bool)
    forbidden[unjudged.index] = True
    return forbidden.reindex(frame.index, fill_value=False).to_numpy()


def _lifted(rule: Rule, frame: pd.DataFrame, data: Data, lifts: pd.DataFrame) -> Mask:
    """For which rows of the frame the rule is lifted as a whole.

    A rule on offices is not lifted here: it still bars everybody else, and the pair itself is opened
    (:func:`toolkit.moves.lifts.opened_by_lifts`). The same holds for a rule on persons that is lifted for one office.
    """
    mine = lifts[lifts.rule == rule.name]
    if mine.empty or rule.scope == "unit":
        return np.zeros(len(frame), bool)
    for_all_offices = mine.employee_id[mine.unit_id.isna()]
    lifted = frame.employee_id.isin(for_all_offices).to_numpy()
    if rule.scope == "pair":
        lifted = lifted | among(frame, mine, data).to_numpy()
    return lifted


def _refusal(rule: Rule, verdict: Verdict, frame: pd.DataFrame, bars: Mask, unjudged: pd.Series) -> pd.DataFrame:
    """Enter the refusals of one rule, one row a person, office or pair."""
    rows = frame[bars]
    blank = unjudged[unjudged.index.isin(rows.index)]
    place = {"person": None, "unit": "unit_id", "pair": "to_unit"}[rule.scope]
    nothing = _all(None, len(rows))
    out = {
        "employee_id": nothing if rule.scope == "unit" else _coded(rows.employee_id),
        "family": _coded(_refused_family(rows, frame)) if rule.scope == "unit" else nothing,
        "to_unit": nothing if place is None else _coded(rows[place]),
        "rule": _all(rule.name, len(rows)),
        "value": _value(verdict, rows, blank),
        "article": _all(rule.article, len(rows)),
        "passes_on": _passes_on(verdict, rows).mask(rows.index.isin(blank.index)).array,
    }
    table = pd.DataFrame(out)[REFUSED]
    return table.drop_duplicates() if rule.scope == "unit" else table


def _value(verdict: Verdict, rows: pd.DataFrame, blank: pd.Series) -> pd.Categorical:
    """What the rule found, as text: one for all, or one a row; for ``blank`` rows the field that is missing."""
    value = verdict.value
    if isinstance(value, str):
        found = _all(value, len(rows))
    elif isinstance(value.dtype, pd.CategoricalDtype):
        found = value.reindex(rows.index).array
    else:
        found = _coded(value.reindex(rows.index).astype("str"))
    missing = _coded("cannot be judged: field " + blank + " missing")
    texts = union_categoricals([_all("", 1), missing, found.remove_unused_categories()])
    nothing, of_missing, of_found = np.split(texts.codes, [1, 1 + len(blank)])
    codes = np.where(of_found < 0, nothing, of_found)
    codes[rows.index.get_indexer(blank.index)] = of_missing
    return pd.Categorical.from_codes(codes, texts.categories)


def _passes_on(verdict: Verdict, rows: pd.DataFrame) -> pd.Series:
    """The day from which the rule will let each row pass; empty where that is not known."""
    passes_on = verdict.passes_on
    if isinstance(passes_on, pd.Series):
        return passes_on.reindex(rows.index).astype("datetime64[s]")
    return pd.Series(passes_on or pd.NaT, rows.index, dtype="datetime64[s]")


def _refused_family(rows: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """The family that is refused at an office; empty where all families there are: then the office is listed once."""
    refused = rows.unit_id.map(rows.unit_id.value_counts())
    there = rows.unit_id.map(frame.unit_id.value_counts())
    return rows.family.mask(refused == there)
