"""``tk.allowed_moves``: every allowed pair of person and office with its cost, and for everybody else the rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.intake.converting import significant
from toolkit.intake.tables import Data
from toolkit.moves.distance import add_distance
from toolkit.moves.fit import cost
from toolkit.moves.rules import RULES, Rule, Verdict
from toolkit.need.norms import active
from toolkit.need.staffing import Need

REFUSED = ["employee_id", "family", "to_unit", "rule", "value", "article", "passes_on"]


@dataclass(frozen=True)
class Moves:
    """Who may go where.

    ``allowed``: employee_id, family, from_unit, to_unit, km, km_extra, fit, cost, notes. ``refused``: employee_id
    (empty: anybody), family and to_unit (empty: any), rule, value, article, passes_on; person-wide and unit-wide
    rules once, pairs only for rules on the pair; another family is not listed. ``rules``: one row a rule: group,
    article, certain, state (on, off, not checked), refused. ``people``: one row a person, as the rules saw them.
    """

    allowed: pd.DataFrame
    refused: pd.DataFrame
    rules: pd.DataFrame
    people: pd.DataFrame

    @property
    def summary(self) -> pd.Series:
        """How many persons there are, may move, and to how many places in all."""
        movable = self.allowed.employee_id.nunique()
        return pd.Series(
            {"people": len(self.people), "may_move": movable, "pairs": len(self.allowed), "refusals": len(self.refused)}
        )

    def _repr_html_(self) -> str:
        return self.rules.to_html(index=False)


def allowed_moves(data: Data, need: Need, rules: Sequence[Rule] | None = None) -> Moves:
    """Give all allowed pairs of person and office inside the person's job family.

    Args:
        data: from ``tk.load``.
        need: from ``tk.staff_need`` on the same data.
        rules: the rules to apply (default: all of ``toolkit.moves.rules``).

    Raises:
        PolicyError: a rule needs a date and neither ``as_of`` nor volumes give one.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> tk.allowed_moves(data, need).allowed[["employee_id", "to_unit"]].values.tolist()
    [['p1', 'B'], ['p2', 'B'], ['p3', 'A'], ['p4', 'A'], ['p5', 'A']]
    """
    chosen = list(RULES if rules is None else rules)
    working = [rule for rule in chosen if rule.state(data) == "on"]
    people, cells = _people(data, need), _cells(data, need)
    refusals: list[pd.DataFrame] = []
    may_go = _judge([rule for rule in working if rule.scope == "person"], people, data, refusals)
    may_come = _judge([rule for rule in working if rule.scope == "unit"], cells, data, refusals)
    people["notes"] = _notes(people, data, [rule.name for rule in chosen if rule.state(data) == "not checked"])
    whole = people.active & (people.fte == 1)  # the model moves whole persons in standing, whatever rules are chosen
    pairs = add_distance(_pairs(people[may_go & whole], cells[may_come], data), people, data)
    pairs = pairs[_judge([rule for rule in working if rule.scope == "pair"], pairs, data, refusals)]
    refused = _stacked(refusals)
    return Moves(_priced(pairs, people, data), refused, _account(chosen, data, refused), people)


def _people(data: Data, need: Need) -> pd.DataFrame:
    """Each person with family, the facts of the own office, and whether the own cell's need is known."""
    people = data.employees.copy()
    about = data.jobs.set_index("job_id")[["family", "category", "retirement_age"]]
    for name in about:
        people[name] = people.job_id.map(about[name])
    people["unit_locked"] = people.unit_id.map(data.units.set_index("unit_id").locked).astype(bool)
    people["active"] = active(data)
    known = need.cells.set_index(["family", "unit_id"]).known
    people["known"] = known.reindex(pd.MultiIndex.from_frame(people[["family", "unit_id"]])).to_numpy(bool)
    return people


def _cells(data: Data, need: Need) -> pd.DataFrame:
    cells = need.cells[["family", "unit_id", "known"]].merge(
        data.units[["unit_id", "locked", "selection_required"]], on="unit_id"
    )
    return cells.sort_values(["family", "unit_id"], ignore_index=True)


def _judge(rules: list[Rule], frame: pd.DataFrame, data: Data, refusals: list[pd.DataFrame]) -> np.ndarray:
    """Apply rules of one scope; enter what they refuse; tell which rows pass them all."""
    passes = np.ones(len(frame), bool)
    for rule in rules:
        verdict, unjudged = rule.test(frame, data), rule.unjudged(frame)
        blank = unjudged != ""
        forbidden = (verdict.forbidden.fillna(False).astype(bool) | blank).to_numpy()
        if forbidden.any():
            refusals.append(_refusal(rule, verdict, frame[forbidden], unjudged[forbidden]))
        passes &= ~forbidden
    return passes


def _refusal(rule: Rule, verdict: Verdict, rows: pd.DataFrame, unjudged: pd.Series) -> pd.DataFrame:
    value, passes_on = verdict.value, verdict.passes_on
    shown = pd.Series(value, rows.index) if isinstance(value, str) else value.reindex(rows.index)
    out = pd.DataFrame({"rule": rule.name, "article": rule.article}, index=rows.index)
    out["value"] = shown.astype("str").mask(unjudged != "", "cannot be judged: field " + unjudged + " missing")
    out["passes_on"] = pd.NaT if passes_on is None else passes_on.loc[rows.index]
    out["employee_id"] = rows.employee_id.astype("str") if rule.scope != "unit" else None
    out["family"] = rows.family.astype("str") if rule.scope == "unit" and rule.name == "known_need" else None
    out["to_unit"] = {"person": None, "unit": rows.get("unit_id"), "pair": rows.get("to_unit")}[rule.scope]
    out["passes_on"] = out.passes_on.astype("datetime64[s]")
    return out[REFUSED]


def _stacked(refusals: list[pd.DataFrame]) -> pd.DataFrame:
    text = {name: "str" for name in REFUSED if name != "passes_on"}
    if not refusals:
        return pd.DataFrame({name: pd.Series(dtype=text.get(name, "datetime64[s]")) for name in REFUSED})
    whole = pd.concat([part.astype(text) for part in refusals], ignore_index=True)
    return whole.drop_duplicates(ignore_index=True)


def _notes(people: pd.DataFrame, data: Data, unchecked: list[str]) -> pd.Series:
    """What travels with each pair: law rules that could not be checked, approvals that are needed, ways not known."""
    travels = f"not checked: {', '.join(dict.fromkeys(unchecked))}" if unchecked else ""
    approval = (people.status == "pppk").to_numpy()
    placed = data.has("places") and data.has("employees", "home_district")
    unplaced = (people.home_district.isna() & placed).to_numpy()
    approvals, ways = ("", "needs ministry approval (PPPK)"), ("", "distance not known")
    texts = np.array(
        [["; ".join(filter(None, [one, way, travels])) for way in ways] for one in approvals], dtype=object
    )
    return pd.Series(texts[approval.astype(int), unplaced.astype(int)], people.index)


def _pairs(people: pd.DataFrame, cells: pd.DataFrame, data: Data) -> pd.DataFrame:
    """All persons who may go with all offices of their family where somebody may come, but for the own one."""
    units = pd.Index(data.units.unit_id)
    persons, froms, tos, families = [], [], [], []
    for family, staff in people.groupby("family"):
        targets = units.get_indexer(cells.unit_id[cells.family == family])
        persons.append(np.repeat(staff.index.to_numpy(), len(targets)))
        froms.append(np.repeat(units.get_indexer(staff.unit_id), len(targets)))
        tos.append(np.tile(targets, len(staff)))
        families.append(np.full(len(tos[-1]), family, dtype=object))
    empty = np.zeros(0, dtype="int64")
    person, from_code, to_code = (np.concatenate([empty, *each]) for each in (persons, froms, tos))
    family_of = pd.Categorical(np.concatenate([np.zeros(0, object), *families]))
    order = np.flatnonzero(from_code != to_code)
    order = order[np.lexsort((to_code[order], person[order]))]
    person, from_code, to_code = person[order], from_code[order], to_code[order]
    return pd.DataFrame(
        {
            "employee_id": pd.Categorical.from_codes(person, data.employees.employee_id),
            "family": family_of[order],
            "from_unit": pd.Categorical.from_codes(from_code, units),
            "to_unit": pd.Categorical.from_codes(to_code, units),
            "person": person,
            "from_code": from_code,
            "to_code": to_code,
        }
    )


def _priced(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> pd.DataFrame:
    notes = people.notes.astype("category").iloc[pairs.person.to_numpy()].array
    allowed = pairs[["employee_id", "family", "from_unit", "to_unit"]].reset_index(drop=True)
    km, km_extra = (significant(pairs[name]) for name in ("km", "km_extra"))
    return allowed.assign(km=km, km_extra=km_extra, fit=np.nan, cost=cost(pairs, people, data), notes=notes)


def _account(rules: list[Rule], data: Data, refused: pd.DataFrame) -> pd.DataFrame:
    counts = refused.groupby("rule").size()
    rows: list[tuple[object, ...]] = [
        ("family", "choice", "", False, "on", 0, ("jobs.family",))
    ]  # never refuses: pairs are made so
    rows += [(r.name, r.group, r.article, r.certain, r.state(data), int(counts.get(r.name, 0)), r.needs) for r in rules]
    table = pd.DataFrame(rows, columns=["rule", "group", "article", "certain", "state", "refused", "needs"])
    table["needs"] = table.needs.map("; ".join)
    return table.drop_duplicates("rule", ignore_index=True)
