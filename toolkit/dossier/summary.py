"""The nine sentences at the end of ``mutasi recommend`` and in the dossier, each computed from its table."""

from __future__ import annotations

from toolkit.moves.refusals import rule_name
from toolkit.need.norms import Norms
from toolkit.plan.limits import held
from toolkit.plan.plan import Plan
from toolkit.words import number, say


def lines(plan: Plan, lang: str) -> list[str]:
    """Return the summary of a run as nine sentences: data, norms, evidence, rules (three), moves, effect, status.

    The command adds a tenth, which names the dossier.
    """
    moves = plan.moves
    data = moves.need.data
    sizes = {"people": len(data.employees), "units": len(data.units), "jobs": len(data.jobs)}
    candidates = {"may": moves.summary.may_move, "pairs": moves.summary.pairs}
    effect = {"before": plan.summary.variance_before, "after": plan.summary.variance_after}
    offices, shortage = still_short(plan)
    proof = {name: plan.summary[name] for name in ("status", "gap", "objective")}
    return [
        say("summary.data", lang, **sizes),
        _norms_line(moves.need.norms, lang),
        _evidence_line(plan, lang),
        *_rules_lines(plan, lang),
        say("summary.moves", lang, transfers=len(plan.transfers), **candidates),
        say("summary.effect", lang, **effect, shortage=shortage, offices=offices),
        say("summary.status", lang, **proof),
    ]


def _norms_line(norms: Norms, lang: str) -> str:
    """How many jobs have norms of their own, and whose hours do not measure work."""
    cards = norms.cards.reindex(columns=["job_id", "basis", "hours"])  # without a job they lack columns
    fitted = int((cards.basis == "fit").sum())
    unmeasured = cards.job_id[cards.hours.isin(["attendance", "claimed"])]
    said = say("summary.norms", lang, fitted=fitted, jobs=len(cards), attendance=", ".join(unmeasured) or "-")
    return " ".join([said, *not_accepted(norms, lang)])


def not_accepted(norms: Norms, lang: str) -> list[str]:
    """Say which jobs have norms that their own test did not accept; nothing where there are none."""
    jobs = norms.not_accepted
    return [say("summary.not_accepted", lang, jobs=", ".join(jobs))] if jobs else []


def doubtful(plan: Plan, lang: str) -> list[str]:
    """Say how many cells are held because their need is doubtful; nothing where there are none."""
    count = int(held(plan.moves.need.cells, plan.policy).sum())
    return [say("summary.doubtful", lang, count=count)] if count else []


def _evidence_line(plan: Plan, lang: str) -> str:
    staff = plan.moves.need.summary
    grades = [f"{grade} {number(fte, lang)}" for grade, fte in staff[staff > 0].items()]
    return " ".join([say("summary.evidence", lang, grades=", ".join(grades)), *doubtful(plan, lang)])


def _rules_lines(plan: Plan, lang: str) -> list[str]:
    """The rules that are on, off, and not checked, by their short names."""
    rules = plan.moves.rules
    out = []
    for state, key in (("on", "rules_on"), ("off", "rules_off"), ("not checked", "rules_unchecked")):
        names = [rule_name(rule, lang) for rule in rules.rule[rules.state == state]]
        out.append(say(f"summary.{key}", lang, names=", ".join(names) or "-"))
    return out


def still_short(plan: Plan) -> tuple[int, float]:
    """Count the offices that are short after all transfers, and the people they lack: what transfers cannot solve."""
    short = plan.cells[plan.cells.need_fte > plan.cells.staff_after]
    people = float((short.need_fte - short.staff_after).sum())
    return short.unit_id.nunique(), round(people, 1)
