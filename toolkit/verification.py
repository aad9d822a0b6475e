"""``tk.verify``: re-check a plan from its inputs and prices alone, without a solver.

Everything a plan says is reckoned anew: the input files, the need, the rules, who moves at what cost, every limit,
the objective, the bound over all allowed pairs, and, where the gap is 0, the prices themselves.
"""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.common.types import Array, Index
from toolkit.errors import BREACH_COLUMNS, VerificationError, few
from toolkit.intake import policy as policies
from toolkit.intake.loading import load
from toolkit.intake.reading import Source
from toolkit.moves.eligibility import Moves
from toolkit.pipeline import moves_from
from toolkit.plan.certificate import Proof, bound, gap_of, tolerance
from toolkit.plan.inputs import compare_inputs
from toolkit.plan.instance import Instance, build_instance
from toolkit.plan.plan import PRICES, Plan, describe
from toolkit.plan.plan_file import read_plan
from toolkit.plan.prices import proof_from_plan
from toolkit.words import language, say

PRINTED = 2e-8  # relative: figures are written with nine significant digits
EXACT = 1e-9


class Breaches:
    """What does not hold, gathered."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, str, str, str]] = []

    def add(self, check: str, culprit: object, found: object, expected: object) -> None:
        """Enter one breach."""
        self.rows.append((check, str(culprit), str(found), str(expected)))

    def error(self, where: object) -> VerificationError:
        """Give the error with all breaches entered so far."""
        return VerificationError(pd.DataFrame(self.rows, columns=BREACH_COLUMNS), where)

    def stop(self, where: object) -> None:
        """Raise with all breaches entered so far, if there are any."""
        if self.rows:
            raise self.error(where)


def verify(plan: Plan | str | Path, data: str | Path | None = None, lang: str | None = None) -> list[str]:
    """Re-check a plan and give the list of what was checked, in the language of the reader.

    Args:
        plan: a :class:`Plan`, or the folder of a dossier (then prices.csv is compared too).
        data: where the input tables stand now, if not where the plan says.
        lang: id or en; without it that of MUTASI_LANG.

    Raises:
        VerificationError: with all breaches: check, culprit, found, expected.
        MutasiError: the dossier cannot be read.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> len(tk.verify(tk.balance(need, tk.allowed_moves(data, need))))
    7
    """
    breaches, where = Breaches(), "the plan" if isinstance(plan, Plan) else plan
    if not isinstance(plan, Plan):
        plan = read_plan(plan, data)
        _prices_file(Path(where) / "prices.csv", plan, breaches)
    elif data is not None:
        plan = replace(plan, folder=Path(data))
    source = _inputs(plan, breaches)
    if source is None:
        raise breaches.error(where)
    moves = _moves_anew(plan, source)
    instance = build_instance(moves, plan.policy)
    chosen = _transfers(plan, instance, breaches)
    if len(chosen) < len(plan.transfers) or plan.transfers.employee_id.duplicated().any():
        breaches.stop(where)
    again = _again(plan, moves, instance, chosen, breaches)
    _limits(instance, chosen, plan.policy.max_moves, breaches)
    for name, key in (("transfers", ["employee_id"]), ("cells", ["family", "unit_id"])):
        _table(name, getattr(plan, name), getattr(again, name), key, breaches)
    _summary(plan, again, breaches)
    breaches.stop(where)
    return _said(plan, source, moves, instance, language(lang))


def _inputs(plan: Plan, breaches: Breaches) -> Source | None:
    """Return the tables if every file is there and unchanged, and no table has come or gone."""
    source, changes = compare_inputs(plan.folder, plan.files)
    for change in changes:
        breaches.add("inputs", *change)
    return None if changes else source


def _moves_anew(plan: Plan, source: Source) -> Moves:
    """Compute need and moves anew from the input files and the policy of the plan, by the default rules."""
    data = load(source.folder / source.workbook, **plan.policy.plain())
    return moves_from(data, draws=0)


def _transfers(plan: Plan, instance: Instance, breaches: Breaches) -> Index:
    """Give the positions of the plan's pairs among the allowed ones; a pair that is not allowed is a breach."""
    rows = plan.transfers
    for person in rows.employee_id[rows.employee_id.duplicated()].unique():
        breaches.add("transfers", person, "moves more than once", "at most once")
    units = instance.cells.unit_id.to_numpy()
    who = pd.Index(instance.ids).get_indexer(rows.employee_id)
    families = instance.cells.family.to_numpy()
    cell = {(f, u): c for c, (f, u) in enumerate(zip(families, units, strict=True))}
    to = np.array([cell.get((f, u), -1) for f, u in zip(rows.family, rows.to_unit, strict=True)], dtype="int64")
    key, wanted = instance.person * len(units) + instance.target, who * len(units) + to
    place = np.searchsorted(key, wanted)
    good = (who >= 0) & (to >= 0) & (place < len(key))
    good[good] = key[place[good]] == wanted[good]
    for row in rows[~good].itertuples():
        breaches.add("rules", row.employee_id, f"moves to {row.to_unit}", "no move that a rule forbids")
    return np.sort(place[good])


def _again(plan: Plan, moves: Moves, instance: Instance, chosen: Index, breaches: Breaches) -> Plan:
    """Write the plan anew from its pairs and prices, with the bound those prices prove."""
    budget = plan.policy.max_moves
    price = _price_array(plan, instance, breaches)
    spent = plan.certificate.budget_price
    ends: tuple[float, float | None] = (spent, spent)
    canonical = proof_from_plan(instance, chosen, budget, (plan.summary.budget_price, plan.summary.budget_price_high))
    if canonical is not None:
        ends = canonical.ends
        _compare_prices(instance, price, canonical.price, breaches)
    below = bound(instance, price, spent, budget)
    if not np.isfinite(below):
        breaches.add("certificate", "budget_price", spent, "at least 0, and 0 without a budget")
    proven = gap_of(instance.objective(chosen), below) == 0 or plan.summary.status != "feasible"
    return describe(
        instance, chosen, Proof(price, ends, below), moves, plan.policy, "optimal" if proven else "feasible"
    )


def _price_array(plan: Plan, instance: Instance, breaches: Breaches) -> Array:
    prices = {(f, u): p for f, units in plan.certificate.prices.items() for u, p in units.items()}
    wanted = list(zip(instance.cells.family, instance.cells.unit_id, strict=True))
    for extra in sorted(set(prices) ^ set(wanted)):
        state = "missing" if extra in wanted else "given"
        breaches.add("certificate", " at ".join(extra), f"price {state}", "one price a cell")
    return np.array([prices.get(cell, 0.0) for cell in wanted])


def _compare_prices(instance: Instance, price: Array, canonical: Array, breaches: Breaches) -> None:
    for cell in np.flatnonzero(np.abs(price - canonical) > EXACT * np.maximum(1.0, np.abs(canonical))):
        breaches.add("certificate", _named(instance, cell), f"{price[cell]:.17g}", f"{canonical[cell]:.17g}")


def _named(instance: Instance, cell: Any) -> str:
    return f"{instance.cells.family[cell]} at {instance.cells.unit_id[cell]}"


def _limits(instance: Instance, chosen: Index, budget: int | None, breaches: Breaches) -> None:
    """Floors, ceilings, outflow limits and the budget hold."""
    after, leavers = instance.after(chosen), np.bincount(instance.source[chosen], minlength=len(instance.need))
    checks = (
        ("floor", after < instance.floor - EXACT, after, instance.floor),
        ("ceiling", after > instance.ceiling + EXACT, after, instance.ceiling),
        ("outflow_limit", leavers > instance.limit, leavers, instance.limit),
    )
    for name, broken, found, limit in checks:
        for cell in np.flatnonzero(broken):
            breaches.add(name, _named(instance, cell), f"{found[cell]:g}", f"{limit[cell]:g}")
    if budget is not None and len(chosen) > budget:
        breaches.add("budget", "max_moves", len(chosen), f"at most {budget}")


def _same(found: Any, expected: Any, within: float = PRINTED) -> bool:
    missing = [value is None or value != value for value in (found, expected)]
    if any(missing):
        return all(missing)
    if isinstance(found, str) or isinstance(expected, str):
        return bool(found == expected)
    return bool(abs(float(found) - float(expected)) <= within * max(abs(float(expected)), 1e-12))


def _table(name: str, found: pd.DataFrame, expected: pd.DataFrame, key: list[str], breaches: Breaches) -> None:
    """Compare two tables row by row on their key, figures as printed."""
    for twice in found[found.duplicated(key)][key].drop_duplicates().itertuples(index=False):
        breaches.add(name, " at ".join(map(str, twice)), "stands twice", "once")
    found, expected = found.drop_duplicates(key).set_index(key, drop=False), expected.set_index(key, drop=False)
    for lost in expected.index.symmetric_difference(found.index):
        here, there = lost in found.index, lost in expected.index
        breaches.add(name, lost, "given" if here else "missing", "given" if there else "no such row")
    common = expected.index.intersection(found.index)
    found, expected = found.reindex(common), expected.reindex(common)
    for column in expected.columns:
        for row in np.flatnonzero(_differ(found[column], expected[column])):
            row_key = common[row] if isinstance(common[row], str) else " at ".join(common[row])
            breaches.add(name, f"{column} of {row_key}", found[column].iloc[row], expected[column].iloc[row])


def _differ(found: pd.Series, expected: pd.Series) -> NDArray[np.bool_]:
    """Tell which values of two columns are not the same: texts letter by letter, figures as printed."""
    blank, void = found.isna().to_numpy(), expected.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(expected) and pd.api.types.is_numeric_dtype(found):
        one, other = found.to_numpy("float64"), expected.to_numpy("float64")
        away = ~(np.abs(one - other) <= PRINTED * np.maximum(np.abs(other), 1e-12))
    else:
        away = found.to_numpy(object) != expected.to_numpy(object)
    return np.asarray(np.where(blank | void, blank != void, away), dtype=bool)


def _summary(plan: Plan, again: Plan, breaches: Breaches) -> None:
    """The summary says what the plan gives; gap 0 is claimed only within the tolerance of the certificate."""
    found, expected = plan.summary, again.summary
    proof = tolerance(float(expected.objective))
    absolute = {"gap": proof / max(float(expected.objective), proof), "bound": proof}
    absolute |= {"budget_price": EXACT, "budget_price_high": EXACT}
    for name in expected.index:
        one, other = found[name], expected[name]
        near = name in absolute and None not in (one, other) and abs(float(one) - float(other)) <= absolute[name]
        if not near and not _same(one, other, EXACT if name == "objective" or name in absolute else PRINTED):
            breaches.add("summary", name, one, other)
    for name in ("bound", "budget_price"):
        if getattr(plan.certificate, name) != found[name]:
            breaches.add("certificate", name, getattr(plan.certificate, name), found[name])


def _prices_file(file: Path, plan: Plan, breaches: Breaches) -> None:
    """prices.csv says the same as plan.json."""
    try:
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""), strict=True))
        found = {(family, unit): float(price) for family, unit, price in rows[1:]}
        sound = rows[0] == PRICES and len(found) == len(rows) - 1
    except FileNotFoundError:
        breaches.add("prices.csv", file.name, "missing", "the prices of plan.json")
        return
    except (ValueError, csv.Error, IndexError):
        breaches.add("prices.csv", file.name, "unreadable", "family, unit_id, price")
        return
    expected = {(f, u): p for f, units in plan.certificate.prices.items() for u, p in units.items()}
    different = sorted(cell for cell in set(found) | set(expected) if found.get(cell) != expected.get(cell))
    if different or not sound:
        culprits = few(" at ".join(cell) for cell in different) or file.name
        breaches.add("prices.csv", culprits, "another price or row", "the prices of plan.json")


def _kind(plan: Plan) -> str:
    """What the proof is: by prices, by the solver and within a gap by prices, or stopped early."""
    if plan.summary.gap == 0:
        return "proven"
    return "within" if plan.summary.status == "optimal" else "stopped"


def _said(plan: Plan, source: Source, moves: Moves, instance: Instance, lang: str) -> list[str]:
    """Give the list of what was checked, and the policy values that were chosen by hand."""
    states, gap = moves.rules.state, float(plan.summary.gap)
    on, unchecked = (int((states == state).sum()) for state in ("on", "not checked"))
    said = [
        say("verified.inputs", lang, files=len(plan.files)),
        say("verified.need", lang, cells=len(instance.need), unknown=int((~instance.known).sum())),
        say("verified.rules", lang, pairs=len(instance.person), on=on, unchecked=unchecked),
        say("verified.transfers", lang, transfers=len(plan.transfers)),
        say("verified.limits", lang, cells=len(instance.need)),
        say(f"verified.{_kind(plan)}", lang, gap=gap, bound=plan.certificate.bound),
    ]
    chosen = policies.read(source.folder, {}).plain()
    changed = [f"{name} = {value}" for name, value in plan.policy.plain().items() if value != chosen[name]]
    policy = say("verified.policy", lang, changed=", ".join(changed)) if changed else say("verified.policy_same", lang)
    return [*said, policy]
