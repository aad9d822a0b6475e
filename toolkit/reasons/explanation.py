"""``tk.why``: why this person, why there, why not others; every sentence carries the id of the row it states."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from toolkit.common.arguments import expect, language
from toolkit.common.types import Array
from toolkit.errors import ArgumentError
from toolkit.intake.data import Data
from toolkit.moves.eligibility import Moves
from toolkit.moves.lifts import lifted_for
from toolkit.moves.refusals import applied_sentence, article_said, rule_name
from toolkit.plan.instance import between_open_cells
from toolkit.plan.plan import Plan
from toolkit.words import lexicon, phrase, say, written

COLUMNS = ["id", "about", "subject", "before", "after", "cost", "extra", "article", "sentence"]
SHOWN = 5  # other offices, other persons
NOTHING = 1e-6  # a difference that the certificate's own tolerance hides
Fact = tuple[str, dict[str, Any]]  # what a row is about, and its facts


@dataclass(frozen=True, repr=False)
class Reason:
    """Why: ``table`` with one fact a row, ``text`` with one sentence a row, which ends with the row's id.

    ``table``: id, about (move, office, rule, lifted, note, stay, elsewhere, candidates, instead), subject (person,
    office or rule), before, after (load), cost (of the move, in the units of the objective), extra (by how much the
    plan would be worse at least), article, sentence.
    """

    table: pd.DataFrame
    text: str

    def __repr__(self) -> str:
        return f"<Reason: {len(self.table)} sentences on {self.table.subject.iloc[0]}>"

    def _repr_html_(self) -> str:
        return f"<pre style='white-space:pre-wrap'>{escape(self.text)}</pre>"


def why(plan: Plan, person: str, lang: str | None = None) -> Reason:
    """Return the reasons for a person's move, computed from the plan and what it was made from.

    What staying, another office or another person would cost is a lower bound from the prices of the certificate.

    Args:
        plan: from ``tk.balance`` or ``tk.read_plan``.
        person: an employee_id of ``plan.transfers``.
        lang: id or en; without it that of MUTASI_LANG.

    Raises:
        ArgumentError: the plan is no plan, or it does not move this person.
        VerificationError: a plan that was read, and whose input files are not those it was made from.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> reason = tk.why(tk.balance(need, tk.allowed_moves(data, need)), "p5", lang="en")
    >>> reason.text.splitlines()[0]
    'p5 would move from Archive to Civil registry (Clerk), at a cost of 0.05. [M1]'
    """
    return next(explain(plan, [person], lang))


def explain(plan: Plan, persons: Iterable[str], lang: str | None = None) -> Iterator[Reason]:
    """Return the reason of each person, as :func:`why` does; what persons of one family share is computed once."""
    expect("why", plan, Plan, "tk.balance")
    lang = language(lang)
    allowed = between_open_cells(plan.moves, plan.policy)
    families = dict[str, _Family]()
    for person in persons:
        move = _transfer(plan, person)
        if move.family not in families:
            families[move.family] = _priced(plan, allowed, move.family)
        facts = _facts(plan, move, families[move.family], lang)
        yield _reason(plan.moves, facts, lang)


def _transfer(plan: Plan, person: str) -> Any:
    """Return the row of a person in ``plan.transfers``."""
    if not isinstance(person, str):
        raise ArgumentError("why_whom", person=repr(person))
    found = plan.transfers[plan.transfers.employee_id == person]
    if found.empty:
        moved = plan.transfers.employee_id.tolist() or phrase("thing.nobody")
        raise ArgumentError("not_moved", person=repr(person), moved=moved)
    return found.iloc[0]


def _reason(moves: Moves, facts_of: Iterable[Fact], lang: str) -> Reason:
    """Number the facts by the first letter of what they are about (M1, O1, O2, ...), and say each."""
    rows: list[dict[str, Any]] = []
    count = dict[str, int]()
    for about, facts in facts_of:
        letter = about[0].upper()
        count[letter] = count.get(letter, 0) + 1
        sentence = say(f"why.{about}", lang, **_to_say(about, facts, moves, lang))
        rows.append({"id": f"{letter}{count[letter]}", "about": about, **facts, "sentence": sentence})
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    return Reason(table, "\n".join(f"{row.sentence} [{row.id}]" for row in table.itertuples()))


def _to_say(about: str, facts: dict[str, Any], moves: Moves, lang: str) -> dict[str, Any]:
    """Return the facts as a sentence has them: rules in a sentence, loads with two decimals, the rest four digits."""
    out = {key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in facts.items()}
    if about in ("rule", "lifted"):
        out["says"] = applied_sentence(moves, facts["subject"], lang)
        out["article"] = article_said(facts["subject"], moves, lang) or say("why.no_article", lang)
    if about == "office":
        out |= {name: "-" if facts[name] is None else round(facts[name], 2) for name in ("before", "after")}
    if "extra" in facts:
        out["worse"] = say("why.worse" if facts["extra"] else "why.level", lang, extra=out["extra"])
    return out | _named(about, facts, moves.need.data)


def _named(about: str, facts: dict[str, Any], data: Data) -> dict[str, Any]:
    """Return offices and the job by their names; people go by their ids, and the table keeps the ids of all."""
    places = ["home", "unit"] + ["subject"] * (about in ("office", "elsewhere", "candidates"))
    names = {key: _name(facts[key], data.units, "unit_id") for key in places if key in facts}
    if "job" in facts:
        names["job"] = _name(facts["job"], data.jobs, "job_id")
    return names


def _name(code: str, table: pd.DataFrame, key: str) -> str:
    """Return the name that a table gives an id."""
    return str(table.name[table[key] == code].iloc[0])


@dataclass(frozen=True)
class _Family:
    """The cells and allowed pairs of one job family at the certificate's prices; ``own``: the best gain of a person."""

    cells: pd.DataFrame
    pairs: pd.DataFrame
    own: pd.Series
    slack: float


def _priced(plan: Plan, allowed: pd.DataFrame, family: str) -> _Family:
    """Price a family's pairs: gain = value there - value here - cost - budget price.

    Forcing a pair lifts the bound by the person's own best gain (or 0) - the pair's gain.
    """
    cells = plan.cells[plan.cells.family == family].set_index("unit_id")
    pairs = allowed[allowed.family == family]

    def price(side: str) -> Array:
        units = pairs[side].astype("category").cat
        return cells.price.reindex(units.categories).to_numpy("float64")[units.codes]

    gain = price("to_unit") - price("from_unit") - pairs.cost.to_numpy() - plan.certificate.budget_price
    who = pairs.employee_id.astype("category").cat
    # nobody is forced to move, so that the best gain is never below 0
    own = pd.Series(gain).groupby(who.codes.to_numpy()).max().clip(lower=0)
    # the objective of an unproven plan lies above its bound: what lies between is not proven to be lost
    slack = float(plan.summary.objective - plan.summary.bound)
    rise = own.reindex(who.codes).to_numpy() - gain - slack
    pairs = pairs.assign(extra=np.where(rise > NOTHING, rise, 0.0))
    return _Family(cells, pairs, own.set_axis(who.categories[own.index]), slack)


def _facts(plan: Plan, move: Any, family: _Family, lang: str) -> Iterator[Fact]:
    """Everything that is said of one transfer, in the order in which it is read."""
    yield (
        "move",
        {
            "subject": move.employee_id,
            "home": move.from_unit,
            "unit": move.to_unit,
            "job": move.to_job,
            "cost": float(move.cost),
        },
    )
    yield _office(family, move.from_unit)
    yield _office(family, move.to_unit)
    yield from _alternatives(plan, move, family)
    for note in noted(move.notes, lang):
        yield "note", {"subject": note}
    yield from _rules(plan.moves, move)


def _office(family: _Family, unit: str) -> Fact:
    """Need, staff and load of an office before and after all transfers of the plan."""
    cell = family.cells.loc[unit]
    loads = {name: None if np.isnan(cell[f"load_{name}"]) else cell[f"load_{name}"] for name in ("before", "after")}
    staff = {"staff": cell.staff_before, "then": cell.staff_after, "need": cell.need_fte}
    return "office", {"subject": unit, **loads, **staff}


def _rules(moves: Moves, move: Any) -> Iterator[Fact]:
    """Each rule that was applied: the person passed it, or a named official lifted it for this move."""
    lifts = lifted_for(moves.need.data, move.employee_id, move.to_unit)
    for rule in moves.rules[moves.rules.state == "on"].itertuples():
        facts = {"subject": rule.rule, "article": rule.article}
        if rule.rule in lifts.index:
            yield "lifted", {**facts, "person": move.employee_id, "by": lifts.by[rule.rule]}
        else:
            yield "rule", facts


def _alternatives(plan: Plan, move: Any, family: _Family) -> Iterator[Fact]:
    """What else was possible, and by how much the plan would be worse at least: the rise of the certificate's bound."""
    pairs = family.pairs
    mine = pairs.employee_id == move.employee_id
    there = pairs.to_unit == move.to_unit
    yield "stay", {"subject": move.employee_id, "extra": _loss_of_staying(move, family)}
    for row in pairs[mine & ~there].nsmallest(SHOWN, ["extra", "cost"]).itertuples():
        yield "elsewhere", {"subject": row.to_unit, "cost": row.cost, "extra": row.extra}
    others = pairs[there]
    others = others[~others.employee_id.astype("str").isin(plan.transfers.employee_id)]
    yield "candidates", {"subject": move.to_unit, "count": len(others)}
    for row in others.nsmallest(SHOWN, ["extra", "cost"]).itertuples():
        yield "instead", {"subject": row.employee_id, "home": row.from_unit, "cost": row.cost, "extra": row.extra}


def _loss_of_staying(move: Any, family: _Family) -> float:
    """By how much the bound rises if the person may not move: what the best leavers of the office then lose.

    An office lets at most ``outflow_limit`` leave, so that the next colleague takes the place of the one who stays.
    """
    pairs = family.pairs
    leavers = pairs.employee_id[pairs.from_unit == move.from_unit].astype("str").unique()
    gains = family.own[leavers]
    limit = int(family.cells.outflow_limit[move.from_unit])
    loss = gains.nlargest(limit).sum() - gains.drop(move.employee_id).nlargest(limit).sum() - family.slack
    return float(loss) if loss > NOTHING else 0.0


def noted(notes: Any, lang: str) -> list[str]:
    """Return the notes of a transfer in the reader's language, one a list entry.

    >>> noted("needs ministry approval (PPPK); not checked: tenure, rating", "en")
    ['needs ministry approval (PPPK)', 'not checked: tenure, performance rating']
    """
    text = notes if isinstance(notes, str) else ""
    return [_note(note, lang) for note in text.split("; ") if note]


def _note(note: str, lang: str) -> str:
    """Say one note in the reader's language; a note of no known form is left as it is."""
    for key, form in _forms():
        found = form.fullmatch(note)
        if found is None:
            continue
        return say(key, lang, **{name: _fact(name, text, lang) for name, text in found.groupdict().items()})
    return note


def _fact(name: str, text: str, lang: str) -> object:
    """Return a fact of a note as the reader's language writes it: names of rules, dates, figures, officials."""
    if name == "names":
        return ", ".join(rule_name(rule, lang) for rule in text.split(", "))
    if name == "rule":
        rule, _, office = text.partition(" for ")
        return rule_name(rule, lang) + (f" ({office})" if office else "")
    if name in ("date", "start"):
        return written(dt.date.fromisoformat(text), lang)
    if name in ("before", "after"):
        return float(text)
    return say(f"official.{text}", lang) if name == "who" else text


@cache
def _forms() -> list[tuple[str, re.Pattern[str]]]:
    """Return a pattern for each note as it travels with a pair, with a group for each fact in it."""
    english = [(key, re.escape(text)) for key, text in lexicon("en").items() if key.startswith("note.")]
    return [(key, re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", text))) for key, text in english]
