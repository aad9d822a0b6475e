"""What stays short after a plan, and why: by how much less if a limit were set aside, each from a solve without it.

Shortage is the sum of max(0, need - staff) over cells of known need, in full-time posts. How little of it transfers
could leave is computed for ever fewer limits, in the order of ``CAUSES``; what one step saves is the part of its cause.
A least shortage never grows when a limit goes, so no part is negative and all of them add up to the shortage. What is
set aside here is set aside in this calculation only: it proposes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace

import numpy as np
import pandas as pd

from toolkit.common.types import Array, Index
from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves, movable, pairs_under
from toolkit.plan.instance import Instance, build_instance, families, part, rank_in_runs
from toolkit.plan.limits import limits
from toolkit.plan.pricing import Master, persons, whole_moves

# In the order in which limits are set aside: those that are changed most easily first.
CAUSES = ("cost", "budget", "outflow_limit", "doubt", "choice", "law", "no_surplus")
KEY = ["family", "unit_id"]
DIGITS = 6  # posts are rounded to millionths: a solver's answer holds no more
COLUMNS = {"cause": "str", "posts": "float64", "alone": "float64"}


def shortage_by_cause(short: float, moves: Moves, policy: Policy, *, proven: bool = True) -> pd.DataFrame:
    """Return the shortage of a plan by cause: cause, posts, and alone (what setting aside only that limit would save).

    Args:
        short: what the plan leaves short, in full-time posts.
        moves: what the plan was chosen from.
        policy: of the plan.
        proven: false for a plan whose search was stopped early: then only what no transfer can cover is shown apart.
    """
    if short == 0:
        return _table([])
    question = _Question(moves, policy)
    none_left = min(question.least_of_all, short)
    if none_left >= short - 10**-DIGITS:
        return _table([("no_surplus", short, np.nan)])
    if not proven:
        return _table([("stopped", short - none_left, np.nan), ("no_surplus", none_left, np.nan)])
    # rounding may make a later least a hair larger than the one before it
    levels = np.minimum.accumulate([short, *question.leasts(), none_left])
    parts = (levels[:-1] - levels[1:]).round(DIGITS)
    alone = question.alone(levels[1], parts)
    rows = zip(CAUSES[:-1], parts, [parts[0], *alone], strict=True)
    return _table([*rows, ("no_surplus", short - parts.sum(), np.nan)])


def _table(rows: Sequence[tuple[str, float, float]]) -> pd.DataFrame:
    """Return the table without the causes that hold nothing back."""
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS).round(DIGITS)
    return table[(table.posts > 0) | (table.alone > 0)].reset_index(drop=True)


class _Question:
    """How little shortage transfers could leave, with some limits set aside."""

    def __init__(self, moves: Moves, policy: Policy) -> None:
        self.moves = moves
        self.policy = policy
        self.cells = moves.need.cells
        held = getattr(policy, "hold_doubtful", False) and "doubtful" in self.cells
        self.in_doubt = bool(held and self.cells.doubtful.any())
        family, covered = self._without_rules()
        self.least_of_all = float(family.least.sum())
        # where nobody is short, or nobody can be spared, no limit matters
        self.families = family.index[family.before > family.least + 10**-DIGITS]
        self.least_by_budget = self.least_of_all
        if policy.max_moves is not None and not policy.allow_short_donors:
            # as many of the best transfers as the budget holds, whatever the rules: no plan within it leaves less
            best = np.sort(covered)[::-1][: policy.max_moves]
            self.least_by_budget = float(family.before.sum() - best.sum())

    def leasts(self) -> list[float]:
        """The least shortage within all limits, then without the first of them, the first two, and so on to choices."""
        out: list[float] = []
        aside: set[str] = set()
        for cause in ("", *CAUSES[1:5]):
            aside.add(cause)
            if out and (out[-1] - self.least_of_all < 10**-DIGITS or not self._matters(cause)):
                out.append(out[-1])
                continue
            out.append(self.least(aside))
        return out

    def alone(self, within: float, parts: Array) -> list[float]:
        """What setting aside only one limit would save, for each cause from the budget to the law."""
        first = next((cause for cause in CAUSES[1:6] if self._matters(cause)), "")
        out = []
        for at, cause in enumerate(CAUSES[1:6], start=1):
            if cause == first:
                out.append(float(parts[at]))
            elif within - self.least_by_budget < 10**-DIGITS or not self._matters(cause):
                out.append(0.0)
            else:
                out.append(max(0.0, within - self.least({cause})))
        return out

    def _matters(self, cause: str) -> bool:
        """Whether there is such a limit at all."""
        if cause == "budget":
            return self.policy.max_moves is not None
        return cause != "doubt" or self.in_doubt

    def least(self, aside: Set[str]) -> float:
        """The least shortage with some limits set aside."""
        instance = self._instance(aside)
        budget = None if "budget" in aside else self.policy.max_moves
        if budget is not None:
            return instance.objective(_best(instance, budget))
        # without a budget nothing joins one family with another
        chosen = [pairs[_best(part(instance, cells, pairs), None)] for cells, pairs in families(instance)]
        return instance.objective(np.concatenate([instance.person[:0], *chosen]))

    def _instance(self, aside: Set[str]) -> Instance:
        """The instance that counts posts alone: moves cost nothing."""
        moves = self.moves
        if {"choice", "law"} & aside:
            # known_need stays: an unknown need is not zero, whatever else is set aside
            kept = [rule for rule in moves.applied if self._group(rule.group) not in aside or rule.name == "known_need"]
            pairs = pairs_under(moves, kept, self.families)
        else:
            pairs = moves.allowed[moves.allowed.family.isin(self.families)]
        moves = replace(moves, allowed=pairs.assign(cost=0.0, km=np.nan))
        instance = build_instance(moves, self._policy(aside), self._cells(aside))
        limit = instance.limit
        if "outflow_limit" in aside:
            # a cell that nobody may leave is unknown or held, which is another cause
            limit = np.where(limit > 0, len(instance.ids), limit)
        return replace(instance, criterion="posts", limit=limit)

    @staticmethod
    def _group(group: str) -> str:
        return "choice" if group == "preference" else group

    def _cells(self, aside: Set[str]) -> pd.DataFrame:
        """The cells as the limits are computed from."""
        # the most staff of a post is the agency's own figure
        return self.cells.assign(max_staff=np.nan) if "choice" in aside else self.cells

    def _policy(self, aside: Set[str]) -> Policy:
        """The policy, which holds cells whose need is in doubt unless that is set aside."""
        return self.policy.with_(hold_doubtful=False) if "doubt" in aside and self.in_doubt else self.policy

    def _without_rules(self) -> tuple[pd.DataFrame, Array]:
        """The shortage of each family if no rule, limit or budget held anybody, and what each transfer then covers.

        One row a family: before, least.

        Exact without a solver: persons of a family are alike then, so whoever can be spared goes where a person covers
        most, and what a further person covers in a cell never grows.
        """
        cells = limits(self._cells({"choice"}), self._policy({"doubt"}))
        people = self.moves.people[movable(self.moves.people)]
        who = people.groupby(KEY).size().reindex(pd.MultiIndex.from_frame(cells[KEY])).fillna(0).to_numpy()
        need = cells.need_fte.fillna(0.0).to_numpy()
        before = cells.staff_before.to_numpy()
        low = np.maximum(cells.floor.to_numpy(), before - who)
        room = np.floor(cells.ceiling.to_numpy() - low + 10**-DIGITS)
        steps = np.minimum(np.ceil((need - low).clip(0) - 10**-DIGITS), room).astype("int64")
        cell = np.repeat(np.arange(len(cells)), steps)
        covers = np.minimum(1.0, need[cell] - low[cell] - rank_in_runs(cell))
        family = cells.family.astype("category").cat
        codes = family.codes.to_numpy("int64")
        families = len(family.categories)
        spared = np.rint(np.bincount(codes, before - low, families))
        taken = _largest(codes[cell], covers, spared)
        covered = np.bincount(codes[cell[taken]], covers[taken], families)
        table = pd.DataFrame({
            "before": np.bincount(codes, (need - before).clip(0), families),
            "least": np.bincount(codes, (need - low).clip(0), families) - covered,
        }, family.categories)  # fmt: skip
        return table, covers[taken]


def _best(instance: Instance, budget: int | None) -> Index:
    """Return the positions of the pairs of a best plan, with whom nobody breaks ties: only its objective counts."""
    if not len(instance.person):
        return instance.person
    master = Master(instance, budget)
    master.solve()
    return persons(master, master.flows if master.whole else whole_moves(master)[1])


def _largest(owner: Index, values: Array, count: Array) -> Index:
    """Return the positions of the largest values of each owner (0, 1, ...), as many as ``count`` says.

    >>> _largest(np.array([0, 1, 0, 0]), np.array([0.5, 1.0, 1.0, 0.2]), np.array([2, 0])).tolist()
    [2, 0]
    """
    order = np.lexsort((-values, owner))
    return order[rank_in_runs(owner[order]) < count[owner[order]]]
