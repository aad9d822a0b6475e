"""``tk.verify``: re-check a plan from its inputs and prices alone, without a solver.

Everything a plan says is computed again: the input files, the need, the rules, who moves at what cost, every limit,
the objective, the bound over all allowed pairs, and, where the gap is 0, the prices themselves and the rule on ties.
It accepts only what it can show: "optimal" is believed without a proof only where the budget lies inside a chain of
moves, and then it says so. Of a dossier, every file must be the one that was written with the plan.
"""

from __future__ import annotations

import csv
import io
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from toolkit.common.arguments import language
from toolkit.common.types import Array, Index
from toolkit.errors import VerificationError
from toolkit.intake import policy as policies
from toolkit.intake.loading import load
from toolkit.intake.policy import Policy
from toolkit.intake.reading import Source, fingerprint
from toolkit.moves.eligibility import Moves
from toolkit.pipeline import moves_from
from toolkit.plan.certificate import Proof, bound, gap_of, tolerance
from toolkit.plan.chain import lies_inside_chain
from toolkit.plan.inputs import compare_inputs
from toolkit.plan.instance import Instance, build_instance
from toolkit.plan.manifest import BOUND, MANIFEST, compare_manifest
from toolkit.plan.plan import PRICES, Plan, describe
from toolkit.plan.plan_file import as_path, read_plan
from toolkit.plan.prices import proof_from_plan
from toolkit.plan.tie_rule import follows_rule
from toolkit.words import Phrase, phrase, say

PRINTED = 2e-8  # relative: figures are written with nine significant digits
EXACT = 1e-9  # relative: prices and proof are written in full
TINY = 1e-12  # a figure smaller than this is compared as if it were this large
HASH_SHOWN = 12  # hexadecimal digits of a SHA-256: enough to compare two by eye


class Breaches:
    """All that does not hold, in the order in which it was found."""

    def __init__(self) -> None:
        self.rows: list[tuple[object, ...]] = []

    def add(self, check: str, culprit: object, found: object, expected: object) -> None:
        """Add one breach."""
        self.rows.append((check, culprit, found, expected))

    def error(self, where: object) -> VerificationError:
        """Return the error with all breaches added so far."""
        return VerificationError(self.rows, where)

    def stop(self, where: object) -> None:
        """Raise the error with all breaches added so far, if there are any."""
        if self.rows:
            raise self.error(where)


def verify(plan: Plan | str | Path, data: str | Path | None = None, lang: str | None = None) -> list[str]:
    """Re-check a plan and return the list of what was checked, in the language of the reader.

    Args:
        plan: a :class:`Plan`, or the folder of a dossier (then its other files are compared too).
        data: where the input tables are now, if not where the plan says.
        lang: id or en; without it that of MUTASI_LANG.

    Raises:
        ArgumentError: ``plan`` is neither a plan nor a folder, or ``data`` is not a folder.
        VerificationError: with all breaches: check, culprit, found, expected.
        MutasiError: the dossier cannot be read.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> len(tk.verify(tk.balance(need, tk.allowed_moves(data, need))))
    8
    """
    lang = language(lang)  # an unknown language is refused before the work, not after it
    breaches = Breaches()
    where: object = phrase("thing.plan") if isinstance(plan, Plan) else plan
    folder = None
    if not isinstance(plan, Plan):
        folder = as_path("verify", "plan", plan)
        plan = read_plan(folder, data)
        for change in compare_manifest(folder):
            breaches.add("files", *change)
        _check_prices_file(folder / "prices.csv", plan, breaches)
    elif data is not None:
        plan = replace(plan, folder=as_path("verify", "data", data))
    source = _check_inputs(plan, breaches)
    if source is None:
        raise breaches.error(where)
    moves = _moves_again(plan, source)
    instance = build_instance(moves, plan.policy)
    chosen = _check_transfers(plan, instance, breaches)
    if len(chosen) < len(plan.transfers) or plan.transfers.employee_id.duplicated().any():
        breaches.stop(where)  # what follows is about a plan that could be carried out
    again, kind = _plan_again(plan, moves, instance, chosen, breaches)
    _check_limits(instance, chosen, plan.policy.max_moves, breaches)
    _compare_tables("transfers", plan.transfers, again.transfers, ["employee_id"], breaches)
    _compare_tables("cells", plan.cells, again.cells, ["family", "unit_id"], breaches)
    _compare_summaries(plan, again, breaches)
    _check_bound(plan, breaches)
    breaches.stop(where)
    said = _what_was_checked(plan, source, moves, instance, kind, lang)
    if folder is not None:
        said.insert(0, say("verified.files", lang, files=", ".join(BOUND), sum=fingerprint(folder / MANIFEST)))
    return said


def _check_inputs(plan: Plan, breaches: Breaches) -> Source | None:
    """Return the tables if every file is there and unchanged, and no table has come or gone."""
    source, changes = compare_inputs(plan.folder, plan.files)
    for change in changes:
        breaches.add("inputs", *change)
    return None if changes else source


def _moves_again(plan: Plan, source: Source) -> Moves:
    """Compute need and moves again from the input files and the policy of the plan, by the default rules."""
    data = load(source.folder / source.workbook, **plan.policy.plain())
    return moves_from(data, draws=0)


def _check_transfers(plan: Plan, instance: Instance, breaches: Breaches) -> Index:
    """Return the positions of the plan's pairs among the allowed ones; a pair that is not allowed is a breach."""
    rows = plan.transfers
    for person in rows.employee_id[rows.employee_id.duplicated()].unique():
        breaches.add("transfers", person, phrase("breach.moves_twice"), phrase("breach.once"))
    cells = len(instance.need)
    cell_of = {cell: c for c, cell in enumerate(zip(instance.cells.family, instance.cells.unit_id, strict=True))}
    person = pd.Index(instance.ids).get_indexer(rows.employee_id)
    target = np.array([cell_of.get(cell, -1) for cell in zip(rows.family, rows.to_unit, strict=True)], dtype="int64")
    # pairs are sorted by person and target, so one number for both finds a pair by bisection
    allowed = instance.person * cells + instance.target
    wanted = person * cells + target
    place = np.searchsorted(allowed, wanted)
    found = (person >= 0) & (target >= 0) & (place < len(allowed))
    found[found] = allowed[place[found]] == wanted[found]
    for row in rows[~found].itertuples():
        breaches.add("rules", row.employee_id, phrase("breach.moves_to", unit=row.to_unit), phrase("breach.allowed"))
    return np.sort(place[found])


def _plan_again(
    plan: Plan, moves: Moves, instance: Instance, chosen: Index, breaches: Breaches
) -> tuple[Plan, ProofKind]:
    """Return the plan that its pairs and prices give, with the bound that those prices prove, and what the proof is.

    Where the pairs are a best plan, the canonical prices follow from them and must be the ones that the plan names.
    """
    budget = plan.policy.max_moves
    price = _price_array(plan, instance, breaches)
    budget_price = plan.certificate.budget_price
    ends: tuple[float, float | None] = (budget_price, budget_price)
    guesses = (plan.summary.budget_price, plan.summary.budget_price_high)
    canonical = proof_from_plan(instance, chosen, budget, guesses)
    if canonical is not None:
        ends = canonical.ends
        _compare_prices(instance, price, canonical.price, breaches)
    below = bound(instance, price, budget_price, budget)
    if not np.isfinite(below):
        breaches.add("certificate", "budget_price", budget_price, phrase("breach.budget_price"))
    is_claimed = plan.summary.status != "feasible"
    kind = ProofKind("stopped")
    if gap_of(instance.objective(chosen), below) == 0:
        kind = ProofKind("proven", follows_rule(instance, chosen, budget, guesses))
        if is_claimed and kind.follows_rule is False:
            breaches.add("ties", "transfers", phrase("breach.other_of_equals"), phrase("breach.rule_on_ties"))
    elif is_claimed and budget is not None and lies_inside_chain(instance, chosen, budget, budget_price, below):
        # the solver has proven more than prices can: "optimal" with a gap stands, as a claim
        kind = ProofKind("claimed")
    status = "feasible" if kind.name == "stopped" or kind.follows_rule is False else "optimal"
    return describe(instance, chosen, Proof(price, ends, below), moves, plan.policy, status), kind


@dataclass(frozen=True)
class ProofKind:
    """What a plan's proof is: proven (by prices), claimed (inside a chain of moves) or stopped (nothing is shown).

    ``follows_rule``: whether a proven plan is the one of its equals that the rule on ties takes (None: not shown).
    """

    name: str
    follows_rule: bool | None = None


def _check_bound(plan: Plan, breaches: Breaches) -> None:
    """The objective is not below its bound, so that a plan better than the best can never be called proven."""
    objective, below = plan.summary.objective, plan.summary.bound
    if None not in (objective, below) and gap_of(float(objective), float(below)) < 0:
        breaches.add("certificate", "bound", below, phrase("breach.below_objective", objective=str(objective)))


def _price_array(plan: Plan, instance: Instance, breaches: Breaches) -> Array:
    """Return the plan's price of each cell; a cell without a price, or a price without a cell, is a breach."""
    prices = {(f, u): p for f, units in plan.certificate.prices.items() for u, p in units.items()}
    wanted = list(zip(instance.cells.family, instance.cells.unit_id, strict=True))
    for extra in sorted(set(prices) ^ set(wanted)):
        state = phrase("breach.no_price" if extra in wanted else "breach.price_given")
        breaches.add("certificate", _cell(*extra), state, phrase("breach.one_price"))
    return np.array([prices.get(cell, 0.0) for cell in wanted])


def _compare_prices(instance: Instance, price: Array, canonical: Array, breaches: Breaches) -> None:
    """The prices are those that follow from the plan."""
    for cell in np.flatnonzero(np.abs(price - canonical) > EXACT * np.maximum(1.0, np.abs(canonical))):
        breaches.add("certificate", _named(instance, cell), f"{price[cell]:.17g}", f"{canonical[cell]:.17g}")


def _named(instance: Instance, cell: Any) -> Phrase:
    return _cell(instance.cells.family[cell], instance.cells.unit_id[cell])


def _cell(family: object, unit_id: object) -> Phrase:
    return phrase("thing.at", what=family, unit=unit_id)


def _check_limits(instance: Instance, chosen: Index, budget: int | None, breaches: Breaches) -> None:
    """Floors, ceilings, outflow limits and the budget hold."""
    after = instance.after(chosen)
    leavers = np.bincount(instance.source[chosen], minlength=len(instance.need))
    checks = (
        ("floor", after < instance.floor - EXACT, after, instance.floor),
        ("ceiling", after > instance.ceiling + EXACT, after, instance.ceiling),
        ("outflow_limit", leavers > instance.limit, leavers, instance.limit),
    )
    for name, broken, found, limit in checks:
        for cell in np.flatnonzero(broken):
            breaches.add(name, _named(instance, cell), f"{found[cell]:g}", f"{limit[cell]:g}")
    if budget is not None and len(chosen) > budget:
        breaches.add("budget", "max_moves", len(chosen), phrase("breach.at_most", most=str(budget)))


def _same(found: Any, expected: Any, within: float = PRINTED) -> bool:
    """Whether two values are the same: texts letter by letter, figures within a relative difference."""
    missing = [value is None or value != value for value in (found, expected)]
    if any(missing):
        return all(missing)
    if isinstance(found, str) or isinstance(expected, str):
        return bool(found == expected)
    return bool(abs(float(found) - float(expected)) <= within * max(abs(float(expected)), TINY))


def _compare_tables(name: str, found: pd.DataFrame, expected: pd.DataFrame, key: list[str], breaches: Breaches) -> None:
    """Compare two tables row by row on their key, figures as printed."""
    for repeated in found[found.duplicated(key)][key].drop_duplicates().itertuples(index=False):
        breaches.add(name, _row_name(repeated), phrase("breach.rows"), phrase("breach.one_row"))
    found = found.drop_duplicates(key).set_index(key, drop=False)
    expected = expected.set_index(key, drop=False)
    for lost in expected.index.symmetric_difference(found.index):
        is_given = phrase("breach.given" if lost in found.index else "breach.missing")
        is_expected = phrase("breach.given" if lost in expected.index else "breach.no_row")
        breaches.add(name, _row_name(lost), is_given, is_expected)
    common = expected.index.intersection(found.index)
    found = found.reindex(common)
    expected = expected.reindex(common)
    for column in expected.columns:
        for row in np.flatnonzero(_differ(found[column], expected[column])):
            culprit = phrase("breach.of", column=column, row=_row_name(common[row]))
            breaches.add(name, culprit, _plain(found[column].iloc[row]), _plain(expected[column].iloc[row]))


def _row_name(key: Any) -> str | Phrase:
    """Name a row of a plan's table: a person, or a family at an office."""
    parts = [key] if isinstance(key, str) else [str(part) for part in key]
    return _cell(*parts) if len(parts) == 2 else parts[0]


def _plain(value: object) -> object:
    """Return a value as a breach shows it: nothing where it is missing."""
    return phrase("breach.nothing") if value is None or value != value else value


def _differ(found: pd.Series, expected: pd.Series) -> NDArray[np.bool_]:
    """Whether each value of two columns is not the same: texts letter by letter, figures as printed."""
    found_missing = found.isna().to_numpy()
    expected_missing = expected.isna().to_numpy()
    if pd.api.types.is_numeric_dtype(expected) and pd.api.types.is_numeric_dtype(found):
        one = found.to_numpy("float64")
        other = expected.to_numpy("float64")
        away = ~(np.abs(one - other) <= PRINTED * np.maximum(np.abs(other), TINY))
    else:
        away = found.to_numpy(object) != expected.to_numpy(object)
    either_missing = found_missing | expected_missing
    return np.asarray(np.where(either_missing, found_missing != expected_missing, away), dtype=bool)


def _compare_summaries(plan: Plan, again: Plan, breaches: Breaches) -> None:
    """The summary says what the plan gives; gap 0 is claimed only within the tolerance of the certificate."""
    found = plan.summary
    expected = again.summary
    proof = tolerance(float(expected.objective))
    # differences that rounding alone may bring, whatever the size of the figure itself
    allowed = {
        "gap": proof / max(float(expected.objective), proof),
        "bound": proof,
        "budget_price": EXACT,
        "budget_price_high": EXACT,
    }
    for name in expected.index:
        one, other = found[name], expected[name]
        in_full = name == "objective" or name in allowed
        near = name in allowed and None not in (one, other) and abs(float(one) - float(other)) <= allowed[name]
        if not near and not _same(one, other, EXACT if in_full else PRINTED):
            breaches.add("summary", name, _plain(one), _plain(other))
    for name in ("bound", "budget_price"):
        if getattr(plan.certificate, name) != found[name]:
            breaches.add("certificate", name, getattr(plan.certificate, name), _plain(found[name]))


def _check_prices_file(file: Path, plan: Plan, breaches: Breaches) -> None:
    """prices.csv says the same as plan.json."""
    try:
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8"), newline=""), strict=True))
        found = {(family, unit): float(price) for family, unit, price in rows[1:]}
        sound = rows[0] == PRICES and len(found) == len(rows) - 1
    except FileNotFoundError:
        breaches.add("prices.csv", file.name, phrase("breach.missing"), phrase("breach.prices"))
        return
    except (ValueError, csv.Error, IndexError):
        breaches.add("prices.csv", file.name, phrase("breach.unreadable"), "family, unit_id, price")
        return
    expected = {(f, u): p for f, units in plan.certificate.prices.items() for u, p in units.items()}
    different = sorted(cell for cell in set(found) | set(expected) if found.get(cell) != expected.get(cell))
    if different or not sound:
        culprits = phrase("breach.cells", names=[_cell(*cell) for cell in different]) if different else file.name
        breaches.add("prices.csv", culprits, phrase("breach.other_price"), phrase("breach.prices"))


def _what_was_checked(
    plan: Plan, source: Source, moves: Moves, instance: Instance, kind: ProofKind, lang: str
) -> list[str]:
    """Return the list of what was checked, and the policy values that somebody chose."""
    on = int((moves.rules.state == "on").sum())
    unchecked = int((moves.rules.state == "not checked").sum())
    sums = ", ".join(f"{name} {sha[:HASH_SHOWN]}" for name, sha in plan.files.items())
    facts = {"gap": float(plan.summary.gap), "bound": plan.certificate.bound}
    return [
        say(
            "verified.inputs",
            lang,
            folder=os.path.normpath(source.folder / source.workbook),
            files=len(plan.files),
            sums=sums,
        ),
        say("verified.need", lang, cells=len(instance.need), unknown=int((~instance.known).sum())),
        say("verified.rules", lang, pairs=len(instance.person), on=on, unchecked=unchecked),
        say("verified.transfers", lang, transfers=len(plan.transfers)),
        say("verified.limits", lang, cells=len(instance.need)),
        say(f"verified.ties_{_ties(kind)}", lang),
        say(f"verified.{kind.name}", lang, **facts),
        _policy_sentence(plan, source, lang),
    ]


def _ties(kind: ProofKind) -> str:
    if kind.name != "proven":
        return "unproven"
    return {True: "followed", False: "stopped", None: "open"}[kind.follows_rule]


def _policy_sentence(plan: Plan, source: Source, lang: str) -> str:
    """Name every policy value that is not the default, and of those the ones that policy.toml does not hold."""
    default = Policy().plain()
    in_file = policies.read(source.folder, {}).plain()
    values = plan.policy.plain()
    names = [name for name in values if values[name] != default[name] or values[name] != in_file[name]]
    if not names:
        return say("verified.policy_same", lang)
    changed = [
        say(
            "verified.value_of_file" if values[name] == in_file[name] else "verified.value_of_command",
            lang,
            value=f"{name} = {values[name]}",
            default=say("verified.no_default", lang) if default[name] is None else default[name],
        )
        for name in names
    ]
    return say("verified.policy", lang, changed=", ".join(changed))
