"""``tk.allowed_moves``: every allowed pair of person and office with its cost, and for everybody else the rule."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from toolkit.common.arguments import expect
from toolkit.common.results import Result
from toolkit.common.types import Mask
from toolkit.errors import ArgumentError
from toolkit.intake.data import Data
from toolkit.moves.fit import fit
from toolkit.moves.judging import judge, stacked
from toolkit.moves.lifts import opened_by_lifts, sound_lifts
from toolkit.moves.notes import personal_notes
from toolkit.moves.pairs import allowed_table, candidate_pairs
from toolkit.moves.registry import Rule
from toolkit.moves.rules import RULES
from toolkit.need.people import active
from toolkit.need.staffing import Need

# The columns of ``moves.rules`` with their dtypes.
RULE_COLUMNS = {
    "rule": "str",
    "group": "str",
    "article": "str",
    "certain": "bool",
    "verify": "bool",
    "state": "str",
    "refused": "int64",
    "needs": "str",
    "about": "str",
}


@dataclass(frozen=True, eq=False, repr=False)
class Moves(Result):
    """Who may go where.

    ``allowed``: employee_id, family, from_unit, to_unit, to_job, km, km_extra, fit (0 to 1), cost, notes. ``refused``:
    employee_id (empty: anybody), family and to_unit (empty: any), rule, value, article, passes_on; person-wide and
    unit-wide rules once, pairs only for rules on the pair; another family is not listed. Its texts are categories:
    each is held once, because a rule on distance refuses millions of pairs. ``rules``: one row a rule: group, article,
    certain, verify (the article), state (on, off, not checked), refused, needs, about. ``people``: one row a person,
    as the rules saw them. ``applied``: the rules themselves. ``need``: what the moves were made from.
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
        data = self.need.data
        named = {
            "employee_id": (employees, data.employees.employee_id),
            "from_unit": (from_units, data.units.unit_id),
            "to_unit": (to_units, data.units.unit_id),
        }
        out = np.zeros(len(self.allowed), bool)
        for column, (ids, known) in named.items():
            # one id, not its letters
            wanted = [ids] if isinstance(ids, str) else list(ids)
            strange = sorted(set(wanted) - set(known))
            if strange:
                raise ArgumentError("without_unknown", names=strange)
            out |= self.allowed[column].isin(wanted).to_numpy()
        return replace(self, allowed=self.allowed[~out].reset_index(drop=True))

    @property
    def summary(self) -> pd.Series:
        """How many a contract bars, how many persons there are, may move, and to how many places in all."""
        return pd.Series(
            {
                "barred_by_contract": int((self.refused.rule == "pppk_contract").sum()),
                "people": len(self.people),
                "may_move": self.allowed.employee_id.nunique(),
                "pairs": len(self.allowed),
                "refusals": len(self.refused),
            }
        )


def allowed_moves(data: Data, need: Need, rules: Sequence[Rule] | None = None) -> Moves:
    """Return all allowed pairs of person and office inside the person's job family, and every refusal with its rule.

    Args:
        data: from ``tk.load``.
        need: from ``tk.staff_need`` on the same data.
        rules: the rules to apply (default: ``toolkit.moves.rules.RULES``), for instance ``[*RULES, mine]``; ``verify``
            always re-checks with the default ones, so that a plan made with others holds only where they agree.

    Raises:
        ArgumentError: arguments in another order or of another kind, or a need computed from other data.
        PolicyError: a rule needs a date and neither ``as_of`` nor volumes give one.
        MutasiError: ``edits`` lift what cannot be lifted, or by no letter where only one lifts it.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> tk.allowed_moves(data, need).allowed[["employee_id", "to_unit"]].values.tolist()
    [['p1', 'B'], ['p2', 'B'], ['p3', 'A'], ['p4', 'A'], ['p5', 'A']]
    """
    _check_arguments(data, need, rules)
    chosen = list(RULES if rules is None else rules)
    unchecked = {rule.name: rule.concerns(data) for rule in chosen if rule.state(data) == "not checked"}
    lifts = sound_lifts(data, chosen)
    people = _people(data, need)
    pairs, refused = _open_pairs(need, people, chosen, lifts)
    pairs = pairs.assign(fit=fit(pairs, people, data))
    allowed = allowed_table(pairs, people, data, personal_notes(people, data, unchecked, lifts))
    return Moves(allowed, refused, _rule_table(chosen, data, refused), people, tuple(chosen), need)


def pairs_under(moves: Moves, rules: Sequence[Rule], families: Collection[str]) -> pd.DataFrame:
    """Return the pairs that other rules would allow in some families, for a calculation and never for a plan.

    Only employee_id, family, from_unit and to_unit: fit, cost and notes are not computed.
    """
    lifts = sound_lifts(moves.need.data, moves.applied)
    pairs, _ = _open_pairs(moves.need, moves.people, rules, lifts, families)
    return pairs[["employee_id", "family", "from_unit", "to_unit"]].reset_index(drop=True)


def _open_pairs(
    need: Need,
    people: pd.DataFrame,
    rules: Sequence[Rule],
    lifts: pd.DataFrame,
    families: Collection[str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the candidate pairs that pass the rules that are on, and the refusals; of some families no refusals."""
    data = need.data
    listed = families is None
    working = [rule for rule in rules if rule.is_applied(data)]
    cells = _cells(data, need)
    persons = judge("person", working, people, data, lifts, listed=listed)
    # the model moves whole persons in standing, whatever rules are chosen
    whole = movable(people)
    offices = judge("unit", working, cells, data, lifts, listed=listed)
    opened = opened_by_lifts(people, cells, {**persons.barred, "whole": ~whole}, offices.barred, lifts)
    movers = people[persons.passed & whole]
    if families is not None:
        movers = movers[movers.family.isin(families)]
        opened = opened[opened.family.isin(families)]
    candidates = candidate_pairs(movers, cells[offices.passed], opened, people, need)
    judged = judge("pair", working, candidates, data, lifts, listed=listed)
    return candidates[judged.passed], stacked([persons.refused, offices.refused, judged.refused])


def movable(people: pd.DataFrame) -> Mask:
    """Whether each person could be moved at all, whatever the rules: full-time and in active standing."""
    return (people.active & (people.fte == 1)).to_numpy()


def check_need(need: Need, moves: Moves, function: str) -> None:
    """Raise :class:`ArgumentError` unless these are a need and the moves that were made from it."""
    expect(function, need, Need, "tk.staff_need")
    expect(function, moves, Moves, "tk.allowed_moves")
    need.check_unedited()
    if need is not moves.need and need != moves.need:
        raise ArgumentError("another_need", function=function)


def _check_arguments(data: Data, need: Need, rules: Sequence[Rule] | None) -> None:
    expect("allowed_moves", data, Data, "tk.load")
    expect("allowed_moves", need, Need, "tk.staff_need")
    if data is not need.data and data != need.data:
        raise ArgumentError("other_data")
    if isinstance(rules, Rule) or any(not isinstance(rule, Rule) for rule in rules or ()):
        raise ArgumentError("not_rules")


def _people(data: Data, need: Need) -> pd.DataFrame:
    """Return each person with family, the facts of the own office, and whether the own cell's need is known.

    The index is the position in ``data.employees``, on which pairs and masks rely.
    """
    people = data.employees.copy()
    jobs = data.jobs.set_index("job_id")
    units = data.units.set_index("unit_id")
    for name in ("family", "category", "level", "grade", "retirement_age"):
        people[name] = people.job_id.map(jobs[name])
    people["unit_locked"] = people.unit_id.map(units.locked)
    people["unit_kind"] = people.unit_id.map(units.kind)
    people["active"] = active(data)
    known = need.cells.set_index(["family", "unit_id"]).known
    own_cell = pd.MultiIndex.from_frame(people[["family", "unit_id"]])
    people["known"] = known.reindex(own_cell).to_numpy(bool)
    return people


def _cells(data: Data, need: Need) -> pd.DataFrame:
    """Return each family at each office, with what the rules on offices ask."""
    cells = need.cells[["family", "unit_id", "known"]]
    return cells.merge(data.units[["unit_id", "locked", "selection_required"]], on="unit_id")


def _rule_table(rules: Sequence[Rule], data: Data, refused: pd.DataFrame) -> pd.DataFrame:
    """Return one row a name of a rule, with how many it refused in all its scopes."""
    counts = refused.groupby("rule").size()
    # no rule of rules.toml: pairs are made inside a family
    rows: list[tuple[object, ...]] = [("family", "choice", "", False, False, "on", 0, "jobs.family", "")]
    for rule in rules:
        count = int(counts.get(rule.name, 0))
        needs = "; ".join(rule.needed(data.policy))
        facts = (rule.name, rule.group, rule.article, rule.certain, rule.verify)
        rows.append((*facts, rule.state(data), count, needs, rule.about))
    table = pd.DataFrame(rows, columns=list(RULE_COLUMNS)).astype(RULE_COLUMNS)
    return table.drop_duplicates("rule", ignore_index=True)
