"""The ten lines that end ``mutasi recommend``: each is reckoned from the table it speaks of."""

from __future__ import annotations

from pathlib import Path

from toolkit.intake.tables import Data
from toolkit.moves.eligibility import Moves
from toolkit.need.norms import Norms
from toolkit.need.staffing import Need
from toolkit.plan.record import Plan
from toolkit.words import say


def lines(data: Data, norms: Norms, need: Need, moves: Moves, plan: Plan, folder: Path, lang: str) -> list[str]:
    """Give the summary of a run as ten sentences."""
    rules, cells, told = moves.rules, plan.cells, plan.summary
    grades = need.summary[need.summary > 0]
    short = cells[cells.need_fte > cells.staff_after]
    shortage = float((short.need_fte - short.staff_after).sum())
    fitted = norms.cards[norms.cards.basis == "fit"] if len(norms.cards) else norms.cards
    unmeasured = (
        norms.cards.job_id[norms.cards.hours.isin(["attendance", "claimed"])].tolist() if len(norms.cards) else []
    )
    named = {state: ", ".join(rules.rule[rules.state == state]) or "-" for state in ("on", "off", "not checked")}
    return [
        say("summary.data", lang, people=len(data.employees), units=len(data.units), jobs=len(data.jobs)),
        say("summary.norms", lang, fitted=len(fitted), jobs=len(norms.cards), attendance=", ".join(unmeasured) or "-"),
        say("summary.evidence", lang, grades=", ".join(f"{grade} {fte:g}" for grade, fte in grades.items())),
        say("summary.rules_on", lang, names=named["on"]),
        say("summary.rules_off", lang, names=named["off"]),
        say("summary.rules_unchecked", lang, names=named["not checked"]),
        say(
            "summary.moves", lang, transfers=len(plan.transfers), may=moves.summary.may_move, pairs=moves.summary.pairs
        ),
        say(
            "summary.effect",
            lang,
            before=told.variance_before,
            after=told.variance_after,
            shortage=round(shortage, 1),
            offices=short.unit_id.nunique(),
        ),
        say("summary.status", lang, status=told.status, gap=told.gap, objective=told.objective),
        say("summary.dossier", lang, folder=folder),
    ]
