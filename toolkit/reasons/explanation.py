"""``tk.why``: why this person, why there, why not others; every sentence carries the id of the row it states."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from toolkit.common.types import Array
from toolkit.errors import MutasiError, few
from toolkit.intake.policy import Policy
from toolkit.moves.eligibility import Moves
from toolkit.moves.refusals import rule_sentence
from toolkit.plan.plan import Plan
from toolkit.words import language, lexicon, say

COLUMNS = ["id", "about", "subject", "before", "after", "cost", "extra", "article", "sentence"]
SHOWN = 5  # other offices, other persons
NOTHING = 1e-6  # a difference that the certificate's own tolerance hides


@dataclass(frozen=True)
class Reason:
    """Why: ``table`` with one fact a row, ``text`` with one sentence a row, which ends with the row's id.

    ``table``: id, about (move, office, rule, note, stay, elsewhere, instead), subject (person, office or rule),
    before, after (load), cost (of the move, in the units of the objective), extra (by how much the plan would be
    worse at least), article, sentence.
    """

    table: pd.DataFrame
    text: str

    def _repr_html_(self) -> str:
        return f"<pre style='white-space:pre-wrap'>{escape(self.text)}</pre>"


def why(plan: Plan, person: str, lang: str | None = None) -> Reason:
    """Give the reasons for a person's move, computed from the plan and from its input files, reckoned anew.

    What staying, another office or another person would cost is a lower bound from the prices of the certificate.

    Args:
        plan: from ``tk.balance`` or ``tk.read_plan``.
        person: an employee_id of ``plan.transfers``.
        lang: id or en; without it that of MUTASI_LANG.

    Raises:
        MutasiError: the plan does not move this person.
        VerificationError: the input files are not those of the plan.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> reason = tk.why(tk.balance(need, tk.allowed_moves(data, need)), "p5", lang="en")
    >>> reason.text.splitlines()[0]
    'p5 would move from B to A (clerk), at a cost of 0.05. [M1]'
    """
    return next(explain(plan, [person], lang))


def explain(plan: Plan, persons: Iterable[str], lang: str | None = None) -> Iterator[Reason]:
    """Give the reason of each person, as :func:`why` does; what persons of one family share is reckoned once."""
    lang, families = language(lang), dict[str, _Family]()
    for person in persons:
        found = plan.transfers[plan.transfers.employee_id == person]
        if found.empty:
            moved = few(plan.transfers.employee_id) or "nobody"
            raise MutasiError(f"{person!r} is not moved by this plan; name one of those who are: {moved}")
        move, moves = found.iloc[0], plan.moves
        if move.family not in families:
            families[move.family] = _priced(plan, moves, move.family)
        yield _told(plan, _facts(plan, move, moves, families[move.family], lang), lang)


def _told(plan: Plan, facts_of: Iterable[tuple[str, dict[str, Any]]], lang: str) -> Reason:
    rows: list[dict[str, Any]] = []
    count = dict[str, int]()
    for about, facts in facts_of:
        letter = about[0].upper()
        count[letter] = count.get(letter, 0) + 1
        said = say(f"why.{about}", lang, **_worded(about, facts, plan.policy, lang))
        rows.append({"id": f"{letter}{count[letter]}", "about": about, **facts, "sentence": said})
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    return Reason(table, "\n".join(f"{row.sentence} [{row.id}]" for row in table.itertuples()))


def _worded(about: str, facts: dict[str, Any], policy: Policy, lang: str) -> dict[str, Any]:
    """A rule is told by its own sentence; loads by two decimals, other numbers by four digits at most."""
    out = {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in facts.items()}
    if about == "rule":
        out.update(
            says=rule_sentence(facts["subject"], lang, policy, facts["subject"]), article=facts["article"] or "-"
        )
    if about == "office":
        out.update({name: "-" if facts[name] is None else round(facts[name], 2) for name in ("before", "after")})
    if "extra" in facts:
        out["worse"] = say("why.worse" if facts["extra"] else "why.level", lang, extra=out["extra"])
    return out


@dataclass(frozen=True)
class _Family:
    """The cells and allowed pairs of one job family at the certificate's prices; ``own``: the best gain of a person."""

    cells: pd.DataFrame
    pairs: pd.DataFrame
    own: pd.Series
    slack: float


def _priced(plan: Plan, moves: Moves, family: str) -> _Family:
    """Price a family's pairs: gain = value there - value here - cost - budget price.

    Forcing a pair lifts the bound by the person's own best gain (or 0) - the pair's gain.
    """
    cells = plan.cells[plan.cells.family == family].set_index("unit_id")
    pairs = moves.allowed[moves.allowed.family == family]

    def price(side: str) -> Array:
        units = pairs[side].astype("category").cat
        return cells.price.reindex(units.categories).to_numpy("float64")[units.codes]

    gain = price("to_unit") - price("from_unit") - pairs.cost.to_numpy() - plan.certificate.budget_price
    who = pairs.employee_id.astype("category").cat
    own = pd.Series(gain).groupby(who.codes.to_numpy()).max().clip(lower=0)
    slack = float(plan.summary.objective - plan.summary.bound)
    rise = own.reindex(who.codes).to_numpy() - gain - slack
    pairs = pairs.assign(extra=np.where(rise > NOTHING, rise, 0.0))
    return _Family(cells, pairs, own.set_axis(who.categories[own.index]), slack)


def _facts(plan: Plan, move: Any, moves: Moves, at: _Family, lang: str) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "move", {"subject": move.employee_id, "home": move.from_unit, "unit": move.to_unit, "job": move.to_job,
                   "cost": float(move.cost)}  # fmt: skip
    for unit in (move.from_unit, move.to_unit):
        cell = at.cells.loc[unit]
        loads = {name: None if np.isnan(cell[f"load_{name}"]) else cell[f"load_{name}"] for name in ("before", "after")}
        yield "office", {"subject": unit, **loads, "staff": cell.staff_before, "then": cell.staff_after,
                         "need": cell.need_fte}  # fmt: skip
    yield from _alternatives(plan, move, at)
    for note in noted(move.notes, lang):
        yield "note", {"subject": note}
    for rule in moves.rules[moves.rules.state == "on"].itertuples():
        yield "rule", {"subject": rule.rule, "article": rule.article}


def _alternatives(plan: Plan, move: Any, at: _Family) -> Iterator[tuple[str, dict[str, Any]]]:
    """What else was possible, and by how much the plan would be worse at least: the rise of the certificate's bound.

    Forbidding a person to move lifts it by what the leavers of the office then lose.
    """
    pairs = at.pairs
    mine, place = pairs.employee_id == move.employee_id, pairs.to_unit == move.to_unit
    colleagues = at.own[pairs.employee_id[pairs.from_unit == move.from_unit].astype("str").unique()]
    limit = int(at.cells.outflow_limit[move.from_unit])
    loss = colleagues.nlargest(limit).sum() - colleagues.drop(move.employee_id).nlargest(limit).sum() - at.slack
    yield "stay", {"subject": move.employee_id, "extra": float(loss) if loss > NOTHING else 0.0}
    for row in pairs[mine & ~place].nsmallest(SHOWN, ["extra", "cost"]).itertuples():
        yield "elsewhere", {"subject": row.to_unit, "cost": row.cost, "extra": row.extra}
    others = pairs[place]
    others = others[~others.employee_id.astype("str").isin(plan.transfers.employee_id)]
    yield "candidates", {"subject": move.to_unit, "count": len(others)}
    for row in others.nsmallest(SHOWN, ["extra", "cost"]).itertuples():
        yield "instead", {"subject": row.employee_id, "home": row.from_unit, "cost": row.cost, "extra": row.extra}


def noted(notes: Any, lang: str) -> list[str]:
    """Give the notes of a transfer in the reader's language, one a list entry.

    >>> noted("needs ministry approval (PPPK); not checked: tenure, rating", "en")
    ['needs ministry approval (PPPK)', 'not checked: tenure, performance rating']
    """
    out = []
    for note in filter(None, (notes if isinstance(notes, str) else "").split("; ")):
        key, facts = next(((key, hit.groupdict()) for key, form in _forms() if (hit := form.fullmatch(note))), ("", {}))
        if "names" in facts:
            facts["names"] = ", ".join(say(f"short.{rule}", lang) for rule in facts["names"].split(", "))
        out.append(say(key, lang, **facts) if key else note)
    return out


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """Give each note as it travels with a pair, a group for each fact in it."""
    english = [(key, re.escape(text)) for key, text in lexicon("en").items() if key.startswith("note.")]
    return [(key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", text))) for key, text in english]
