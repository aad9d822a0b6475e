"""``tk.allowed_moves``: every allowed pair of person and office with its cost, and for everybody else the rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from toolkit.common.arguments import expect
from toolkit.common.calendar import next_start
from toolkit.common.results import Result
from toolkit.common.rounding import significant
from toolkit.errors import ArgumentError, MutasiError, few
from toolkit.intake.data import Data
from toolkit.moves.distance import add_distance
from toolkit.moves.fit import cost, fit, new_jobs
from toolkit.moves.registry import Rule, Verdict, among
from toolkit.moves.rules import RULES, SEMESTERS, teaches
from toolkit.need.people import active
from toolkit.need.staffing import Need

REFUSED = ["employee_id", "family", "to_unit", "rule", "value", "article", "passes_on"]
Barred = dict[str, np.ndarray]  # rule -> which rows of a frame it refuses


@dataclass(frozen=True, eq=False, repr=False)
class Moves(Result):
    """Who may go where.

    ``allowed``: employee_id, family, from_unit, to_unit, to_job, km, km_extra, fit (0 to 1), cost, notes. ``refused``:
    employee_id (empty: anybody), family and to_unit (empty: any), rule, value, article, passes_on; person-wide and
    unit-wide rules once, pairs only for rules on the pair; another family is not listed. ``rules``: one row a rule:
    group, article, certain, state (on, off, not checked), refused, needs, about. ``people``: one row a person, as the
    rules saw them. ``applied``: the rules themselves. ``need``: what the moves were made from.
    """

    allowed: pd.DataFrame
    refused: pd.DataFrame
    rules: pd.DataFrame
    people: pd.DataFrame
    applied: tuple[Rule, ...]
    need: Need

    _main = "allowed"

    def without(
        self, *, employees: Iterable[str] = (), from_units: Iterable[str] = (), to_units: Iterable[str] = ()
    ) -> Moves:
        """Return the same moves without some: what if these persons stayed, these offices kept or took nobody?

        Args:
            employees: ids of persons who are to stay.
            from_units: offices that nobody is to leave.
            to_units: offices that nobody is to enter.

        Raises:
            ArgumentError: an id that the tables do not know.

        >>> import toolkit as tk
        >>> data = tk.load("tests/data/three_offices")
        >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
        >>> tk.allowed_moves(data, need).without(from_units=["B"]).allowed.employee_id.astype(str).tolist()
        ['p1', 'p2']
        """
        data, allowed = self.need.data, self.allowed
        out = np.zeros(len(allowed), bool)
        for column, ids, known in (
            ("employee_id", employees, data.employees.employee_id),
            ("from_unit", from_units, data.units.unit_id),
            ("to_unit", to_units, data.units.unit_id),
        ):
            named = [ids] if isinstance(ids, str) else list(ids)
            strange = sorted(set(named) - set(known))
            if strange:
                raise ArgumentError(f"without: the tables do not know {few(strange)}; name ids of employees and units")
            out |= allowed[column].isin(named).to_numpy()
        return replace(self, allowed=allowed[~out].reset_index(drop=True))

    @property
    def summary(self) -> pd.Series:
        """How many a contract bars, how many persons there are, may move, and to how many places in all."""
        counts = {"barred_by_contract": int((self.refused.rule == "pppk_contract").sum()), "people": len(self.people)}
        counts |= {"may_move": self.allowed.employee_id.nunique(), "pairs": len(self.allowed)}
        return pd.Series({**counts, "refusals": len(self.refused)})


def allowed_moves(data: Data, need: Need, rules: Sequence[Rule] | None = None) -> Moves:
    """Give all allowed pairs of person and office inside the person's job family.

    Args:
        data: from ``tk.load``.
        need: from ``tk.staff_need`` on the same data.
        rules: the rules to apply (default: ``toolkit.moves.rules.RULES``), for instance ``[*RULES, mine]``; ``verify``
            always re-checks with the default ones, so that a plan made with others holds only where they agree.

    Raises:
        PolicyError: a rule needs a date and neither ``as_of`` nor volumes give one.
        MutasiError: ``edits`` lift what is not law to verify.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> tk.allowed_moves(data, need).allowed[["employee_id", "to_unit"]].values.tolist()
    [['p1', 'B'], ['p2', 'B'], ['p3', 'A'], ['p4', 'A'], ['p5', 'A']]
    """
    expect("allowed_moves", data, Data, "tk.load")
    expect("allowed_moves", need, Need, "tk.staff_need")
    if data is not need.data and data != need.data:
        raise ArgumentError(
            "allowed_moves: the need was computed from other data; pass need.data, or compute the need anew"
        )
    chosen = list(RULES if rules is None else rules)
    working, lifts = [rule for rule in chosen if rule.state(data) == "on"], _lifts(data, chosen)
    people, cells = _people(data, need), _cells(data, need)
    refusals: list[pd.DataFrame] = []
    stays = _judge("person", working, people, data, lifts, refusals)
    # the model moves whole persons in standing, whatever rules are chosen
    stays["whole"] = ~(people.active & (people.fte == 1)).to_numpy()
    shut = _judge("unit", working, cells, data, lifts, refusals)
    free, open_ = ~np.any([*stays.values()], axis=0), ~np.any([np.zeros(len(cells), bool), *shut.values()], axis=0)
    pairs = _pairs(people[free], cells[open_], _opened(people, cells, stays, shut, lifts), people, need)
    barred = _judge("pair", working, pairs, data, lifts, refusals)
    pairs = pairs[~np.any([np.zeros(len(pairs), bool), *barred.values()], axis=0)]
    pairs = pairs.assign(fit=fit(pairs, people, data))
    unchecked = [rule.name for rule in chosen if rule.state(data) == "not checked"]
    refused = _stacked(refusals)
    allowed = _priced(pairs, people, data, unchecked, lifts)
    return Moves(allowed, refused, _account(chosen, data, refused), people, tuple(chosen), need)


def check_need(need: Need, moves: Moves, function: str) -> None:
    """Raise :class:`ArgumentError` unless these are a need and the moves that were made from it."""
    expect(function, need, Need, "tk.staff_need")
    expect(function, moves, Moves, "tk.allowed_moves")
    need.check_unedited()
    if need is not moves.need and need != moves.need:
        raise ArgumentError(f"{function}: the moves were made from another need; use tk.allowed_moves(need.data, need)")


def _lifts(data: Data, chosen: list[Rule]) -> pd.DataFrame:
    """Give the edits by which a named official lifts a rule of law to verify for one person, if they are sound."""
    lifts = data.edits[data.edits.action == "lift"]
    law = {rule.name: rule.scope for rule in [*RULES, *chosen] if rule.group == "law" and not rule.certain}
    wrong = lifts[~lifts.rule.isin(law) | ((lifts.rule.map(law) == "unit") & lifts.unit_id.isna())]
    if len(wrong):
        names = few(wrong.rule.fillna("no rule") + " for " + wrong.employee_id)
        why = "certain law never bends, choices are policy, and a rule on offices is lifted for one in unit_id"
        raise MutasiError(f"edits cannot lift {names}: {why}; what can be lifted: {', '.join(sorted(law))}")
    return lifts


def _people(data: Data, need: Need) -> pd.DataFrame:
    """Each person with family, the facts of the own office, and whether the own cell's need is known."""
    people = data.employees.copy()
    jobs, units = data.jobs.set_index("job_id"), data.units.set_index("unit_id")
    for name in ("family", "category", "level", "grade", "retirement_age"):
        people[name] = people.job_id.map(jobs[name])
    people["unit_locked"], people["unit_kind"] = people.unit_id.map(units.locked), people.unit_id.map(units.kind)
    people["active"] = active(data)
    known = need.cells.set_index(["family", "unit_id"]).known
    people["known"] = known.reindex(pd.MultiIndex.from_frame(people[["family", "unit_id"]])).to_numpy(bool)
    return people


def _cells(data: Data, need: Need) -> pd.DataFrame:
    cells = need.cells[["family", "unit_id", "known"]]
    return cells.merge(data.units[["unit_id", "locked", "selection_required"]], on="unit_id")


def _judge(
    scope: str, working: list[Rule], frame: pd.DataFrame, data: Data, lifts: pd.DataFrame, refusals: list[pd.DataFrame]
) -> Barred:
    """Apply the rules of one scope; enter what they refuse, but for what is lifted."""
    found: Barred = {}
    for rule in (rule for rule in working if rule.scope == scope):
        verdict = rule.judge(frame, data)
        facts = frame.loc[verdict.forbidden.index] if verdict.facts is None else verdict.facts
        unjudged, forbidden = rule.unjudged(facts), verdict.forbidden.fillna(False).astype(bool)
        forbidden[unjudged.index] = True
        bars = forbidden.reindex(frame.index, fill_value=False).to_numpy()
        mine = lifts[lifts.rule == rule.name]
        if len(mine) and scope != "unit":
            bars = bars & ~frame.employee_id.isin(mine.employee_id[mine.unit_id.isna()]).to_numpy()
        if len(mine) and scope == "pair":
            bars = bars & ~among(frame, mine, data).to_numpy()
        if bars.any():
            refusals.append(_refusal(rule, verdict, frame, bars, unjudged))
        found[rule.name] = found.get(rule.name, False) | bars
    return found


def _refusal(rule: Rule, verdict: Verdict, frame: pd.DataFrame, bars: np.ndarray, unjudged: pd.Series) -> pd.DataFrame:
    rows, value, passes_on = frame[bars], verdict.value, verdict.passes_on
    out = pd.DataFrame({"rule": rule.name, "article": rule.article}, index=rows.index)
    shown = pd.Series(value, rows.index) if isinstance(value, str) else value.reindex(rows.index)
    blank = unjudged.reindex(rows.index)
    out["value"] = shown.astype("str").fillna("").mask(blank.notna(), "cannot be judged: field " + blank + " missing")
    out["passes_on"] = passes_on.reindex(rows.index) if isinstance(passes_on, pd.Series) else passes_on or pd.NaT
    out["passes_on"] = out.passes_on.astype("datetime64[s]").mask(blank.notna())
    out["employee_id"] = rows.employee_id if rule.scope != "unit" else None
    out["to_unit"] = {"person": None, "unit": rows.get("unit_id"), "pair": rows.get("to_unit")}[rule.scope]
    if rule.scope != "unit":
        return out.assign(family=None)[REFUSED]
    whole = rows.unit_id.map(rows.unit_id.value_counts()) == rows.unit_id.map(frame.unit_id.value_counts())
    return out.assign(family=rows.family.mask(whole))[REFUSED].drop_duplicates()  # all families of an office: once


def _stacked(refusals: list[pd.DataFrame]) -> pd.DataFrame:
    text = {name: "str" for name in REFUSED if name != "passes_on"}
    empty = pd.DataFrame({name: pd.Series(dtype=text.get(name, "datetime64[s]")) for name in REFUSED})
    return pd.concat([empty, *(part.astype(text) for part in refusals)], ignore_index=True)


def _opened(
    people: pd.DataFrame, cells: pd.DataFrame, stays: Barred, shut: Barred, lifts: pd.DataFrame
) -> pd.DataFrame:
    """Give the pairs (positions in people and cells) that are open only because rules are lifted for that office."""
    tied = lifts.dropna(subset="unit_id")
    found = tied[["employee_id", "unit_id"]].drop_duplicates()
    found = found.merge(people[["employee_id", "family"]].assign(person=people.index), on="employee_id")
    found = found.merge(cells[["family", "unit_id"]].assign(cell=cells.index), on=["family", "unit_id"])
    named, free = pd.MultiIndex.from_frame(found[["employee_id", "unit_id"]]), np.ones(len(found), bool)
    for name in {**stays, **shut}:
        bars = stays.get(name, np.zeros(len(people), bool))[found.person]
        bars = bars | shut.get(name, np.zeros(len(cells), bool))[found.cell]
        free &= ~bars | named.isin(pd.MultiIndex.from_frame(tied[tied.rule == name][["employee_id", "unit_id"]]))
    return found[free]


def _pairs(
    movers: pd.DataFrame, places: pd.DataFrame, opened: pd.DataFrame, people: pd.DataFrame, need: Need
) -> pd.DataFrame:
    """All persons who may go with all offices of their family where somebody may come, but for the own one."""
    data = need.data
    units, jobs = pd.Index(data.units.unit_id), pd.Index(data.jobs.job_id)
    persons, tos = [opened.person.to_numpy("int64")], [units.get_indexer(opened.unit_id)]
    for family, staff in movers.groupby("family"):
        targets = units.get_indexer(places.unit_id[places.family == family])
        persons.append(np.repeat(staff.index.to_numpy(), len(targets)))
        tos.append(np.tile(targets, len(staff)))
    key = np.concatenate(persons) * len(units) + np.concatenate(tos)
    key = np.unique(key) if len(opened) else np.sort(key)
    person, to_code = key // len(units), key % len(units)
    here, job = units.get_indexer(people.unit_id), jobs.get_indexer(people.job_id)
    away = here[person] != to_code
    person, to_code = person[away].astype("int32"), to_code[away].astype("int32")
    to_job = new_jobs(need)[job[person], to_code].astype("int32")
    family = people.family.astype("category")
    pairs = pd.DataFrame({
        "employee_id": pd.Categorical.from_codes(person, data.employees.employee_id),
        "family": family.iloc[person].array,
        "from_unit": pd.Categorical.from_codes(here[person], units),
        "to_unit": pd.Categorical.from_codes(to_code, units),
        "person": person, "from_code": here[person].astype("int32"), "to_code": to_code, "to_job": to_job,
        "new_job": to_job != job[person],
    })  # fmt: skip
    return add_distance(pairs, people, data)


def _priced(
    pairs: pd.DataFrame, people: pd.DataFrame, data: Data, unchecked: list[str], lifts: pd.DataFrame
) -> pd.DataFrame:
    allowed = pairs[["employee_id", "family", "from_unit", "to_unit"]].reset_index(drop=True)
    allowed["to_job"] = pd.Categorical.from_codes(pairs.to_job, data.jobs.job_id)
    for name in ("km", "km_extra", "fit"):
        allowed[name] = significant(pairs[name])
    entered = pairs.new_job.to_numpy() & (data.jobs.category == "functional").to_numpy()[pairs.to_job]
    code, texts = pd.factorize(_notes(people, data, unchecked, lifts).to_numpy(object))
    tested = ["; ".join(filter(None, ["needs a competence test (functional job)", text])) for text in texts]
    notes = pd.Categorical.from_codes(code[pairs.person] + len(texts) * entered, [*texts, *tested])
    notes = notes.remove_unused_categories()
    return allowed.assign(cost=cost(pairs, people, data), notes=notes)


def _notes(people: pd.DataFrame, data: Data, unchecked: list[str], lifts: pd.DataFrame) -> pd.Series:
    """What travels with a person: approvals that are needed, what is not known or not checked, what was lifted."""
    placed, taught = data.has("places") and data.has("employees", "home_district"), teaches(people)
    start = next_start(data.as_of, SEMESTERS).date() if taught.any() else ""
    lifted = "lifted: " + lifts.rule + (" for " + lifts.unit_id).fillna("") + " by " + lifts.by + " (reason in edits)"
    marks = {
        "needs ministry approval (PPPK)": people.status == "pppk",
        f"begins with a semester ({start})": taught,
        "distance not known": people.home_district.isna() & placed,
        f"not checked: {', '.join(dict.fromkeys(unchecked))}": pd.Series(bool(unchecked), people.index),
    }
    told = lifted.astype("str").groupby(lifts.employee_id).agg("; ".join)
    notes = people.employee_id.map(told).astype("str").fillna("")
    for text, mask in reversed(marks.items()):
        notes = notes.mask(mask, text + notes.map(lambda rest: rest and "; " + rest))
    return notes


def _account(rules: list[Rule], data: Data, refused: pd.DataFrame) -> pd.DataFrame:
    counts = refused.groupby("rule").size()
    rows: list[tuple[object, ...]] = [("family", "choice", "", False, "on", 0, "jobs.family", "")]  # pairs are made so
    for r in rules:
        said = ((r.test and r.test.__doc__) or "").partition("\n")[0]
        counted, needs = int(counts.get(r.name, 0)), "; ".join(r.needs)
        rows.append((r.name, r.group, r.article, r.certain, r.state(data), counted, needs, said))
    columns = ["rule", "group", "article", "certain", "state", "refused", "needs", "about"]
    return pd.DataFrame(rows, columns=columns).drop_duplicates("rule", ignore_index=True)
