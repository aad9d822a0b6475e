"""How the rules of one scope are applied to persons, offices or pairs, and how a refusal is entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.common.types import Mask
from toolkit.intake.data import Data
from toolkit.moves.named_pairs import among
from toolkit.moves.registry import Rule, Verdict

# The columns of ``moves.refused`` with their dtypes, which hold also where nobody is refused.
REFUSED = {
    "employee_id": "str",
    "family": "str",
    "to_unit": "str",
    "rule": "str",
    "value": "str",
    "article": "str",
    "passes_on": "datetime64[s]",
}


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


def judge(scope: str, rules: Sequence[Rule], frame: pd.DataFrame, data: Data, lifts: pd.DataFrame) -> Judged:
    """Apply the rules of one scope (person, unit, pair) to the frame of that scope, but for what is lifted."""
    barred: dict[str, Mask] = {}
    refusals = []
    for rule in rules:
        if rule.scope != scope:
            continue
        verdict = rule.judge(frame, data)
        unjudged = _unjudged(rule, verdict, frame)
        bars = _bars(verdict, unjudged, frame) & ~_lifted(rule, frame, data, lifts)
        if bars.any():
            refusals.append(_refusal(rule, verdict, frame, bars, unjudged))
        # two rules of one name and scope count as one
        barred[rule.name] = barred.get(rule.name, np.zeros(len(frame), bool)) | bars
    return Judged(barred, stacked(refusals), len(frame))


def stacked(refusals: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put refusals under one another; without any, the same columns and dtypes."""
    empty = pd.DataFrame(columns=list(REFUSED)).astype(REFUSED)
    return pd.concat([empty, *refusals], ignore_index=True)


def _unjudged(rule: Rule, verdict: Verdict, frame: pd.DataFrame) -> pd.Series:
    """The first needed field that is empty, for the rows the rule concerns and cannot judge."""
    facts = frame.loc[verdict.forbidden.index] if verdict.facts is None else verdict.facts
    return rule.unjudged(facts)


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
    blank = unjudged.reindex(rows.index)
    out = pd.DataFrame({"rule": rule.name, "article": rule.article}, index=rows.index)
    out["value"] = _value(verdict, rows).mask(blank.notna(), "cannot be judged: field " + blank + " missing")
    out["passes_on"] = _passes_on(verdict, rows).mask(blank.notna())
    out["employee_id"] = None if rule.scope == "unit" else rows.employee_id
    out["to_unit"] = {"person": None, "unit": rows.get("unit_id"), "pair": rows.get("to_unit")}[rule.scope]
    out["family"] = _refused_family(rows, frame) if rule.scope == "unit" else None
    out = out[list(REFUSED)].astype(REFUSED)
    return out.drop_duplicates() if rule.scope == "unit" else out


def _value(verdict: Verdict, rows: pd.DataFrame) -> pd.Series:
    """What the rule found, as text; one text for all, or one a row."""
    value = verdict.value
    shown = pd.Series(value, rows.index) if isinstance(value, str) else value.reindex(rows.index)
    return shown.astype("str").fillna("")


def _passes_on(verdict: Verdict, rows: pd.DataFrame) -> pd.Series:
    """The day from which the rule will let each row pass; empty where that is not known."""
    passes_on = verdict.passes_on
    if isinstance(passes_on, pd.Series):
        return passes_on.reindex(rows.index).astype("datetime64[s]")
    return pd.Series(passes_on or pd.NaT, rows.index, dtype="datetime64[s]")


def _refused_family(rows: pd.DataFrame, frame: pd.DataFrame) -> pd.Series:
    """The family that is refused at an office; empty where all of them are, so that the office is listed once."""
    refused = rows.unit_id.map(rows.unit_id.value_counts())
    there = rows.unit_id.map(frame.unit_id.value_counts())
    return rows.family.mask(refused == there)
