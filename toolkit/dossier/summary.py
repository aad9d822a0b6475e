"""The lines that end ``mutasi recommend``: each is reckoned from the table it speaks of."""

from __future__ import annotations

from toolkit.moves.refusals import rule_name
from toolkit.plan.plan import Plan
from toolkit.words import number, say


def lines(plan: Plan, lang: str) -> list[str]:
    """Give the summary of a run as nine sentences; the tenth names the dossier."""
    data, norms, need, moves = plan.moves.need.data, plan.moves.need.norms, plan.moves.need, plan.moves
    rules, told = moves.rules, plan.summary
    grades = need.summary[need.summary > 0]
    offices, shortage = still_short(plan)
    fitted = norms.cards[norms.cards.basis == "fit"] if len(norms.cards) else norms.cards
    unmeasured = (
        norms.cards.job_id[norms.cards.hours.isin(["attendance", "claimed"])].tolist() if len(norms.cards) else []
    )
    short = rules.assign(name=[rule_name(rule, lang) for rule in rules.rule])
    named = {state: ", ".join(short.name[short.state == state]) or "-" for state in ("on", "off", "not checked")}
    return [
        say("summary.data", lang, people=len(data.employees), units=len(data.units), jobs=len(data.jobs)),
        say("summary.norms", lang, fitted=len(fitted), jobs=len(norms.cards), attendance=", ".join(unmeasured) or "-"),
        say(
            "summary.evidence", lang, grades=", ".join(f"{grade} {number(fte, lang)}" for grade, fte in grades.items())
        ),
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
            shortage=shortage,
            offices=offices,
        ),
        say("summary.status", lang, status=told.status, gap=told.gap, objective=told.objective),
    ]


def still_short(plan: Plan) -> tuple[int, float]:
    """Count the offices that are short after all transfers, and by how many people: what transfers cannot solve."""
    short = plan.cells[plan.cells.need_fte > plan.cells.staff_after]
    return short.unit_id.nunique(), round(float((short.need_fte - short.staff_after).sum()), 1)
