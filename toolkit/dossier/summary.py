"""The nine sentences at the end of ``mutasi recommend`` and in the dossier, each computed from its table."""

from __future__ import annotations

from collections.abc import Iterable

from toolkit.moves.refusals import rule_name
from toolkit.need.norms import Norms
from toolkit.need.statements import grade_name
from toolkit.plan.instance import between_open_cells
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
    pairs = between_open_cells(moves, plan.policy)  # nobody leaves or enters a cell whose need is in doubt
    candidates = {"may": pairs.employee_id.nunique(), "pairs": len(pairs)}
    effect = {"before": plan.summary.variance_before, "after": plan.summary.variance_after}
    short = short_after(plan)
    why = why_short(plan, lang)
    proof = {"gap": plan.summary.gap, "objective": plan.summary.objective}
    return [
        say("summary.data", lang, **sizes),
        _norms_line(moves.need.norms, lang),
        _evidence_line(plan, lang),
        *_rules_lines(plan, lang),
        say("summary.moves", lang, transfers=len(plan.transfers), **candidates),
        answer(plan, lang) or say("summary.effect", lang, **effect, **short, why=f" ({why})" if why else ""),
        say(f"summary.status_{_proof(plan)}", lang, **proof),
    ]


def _proof(plan: Plan) -> str:
    """What is known of a plan: optimal by its prices, claimed (inside a chain of moves), or feasible."""
    return "claimed" if plan.summary.status == "optimal" and plan.summary.gap > 0 else str(plan.summary.status)


def _norms_line(norms: Norms, lang: str) -> str:
    """How many jobs have norms of their own, and whose hours do not measure work."""
    cards = norms.cards.reindex(columns=["job_id", "basis", "hours"])  # without a job they lack columns
    fitted = int((cards.basis == "fit").sum())
    unmeasured = cards.job_id[cards.hours.isin(["attendance", "claimed"])]
    said = say("summary.norms", lang, fitted=fitted, jobs=len(cards), attendance=_names(unmeasured, lang))
    return " ".join([said, *not_accepted(norms, lang)])


def _names(names: Iterable[str], lang: str) -> str:
    """Join names; where there are none, say so."""
    return ", ".join(names) or say("list.none", lang)


def not_accepted(norms: Norms, lang: str) -> list[str]:
    """Say which jobs have norms that their own test did not accept; nothing where there are none."""
    jobs = norms.not_accepted
    return [say("summary.not_accepted", lang, jobs=", ".join(jobs))] if jobs else []


def doubtful(plan: Plan, lang: str) -> list[str]:
    """Say how many cells are held because their need is doubtful; nothing where there are none."""
    count = int(held(plan.moves.need.cells, plan.policy).sum())
    return [say("summary.doubtful", lang, count=count)] if count else []


def unwilling(plan: Plan, lang: str) -> list[str]:
    """Say how many of those who would move have said that they are not willing; nothing where nobody has."""
    wishes = plan.moves.need.data.wishes
    count = int(plan.transfers.employee_id.isin(wishes.employee_id[wishes.willing == "no"]).sum())
    return [say("page.unwilling", lang, count=count)] if count else []


def _evidence_line(plan: Plan, lang: str) -> str:
    staff = plan.moves.need.summary
    grades = [f"{grade_name(str(grade), lang)} {number(fte, lang)}" for grade, fte in staff[staff > 0].items()]
    return " ".join([say("summary.evidence", lang, grades="; ".join(grades)), *doubtful(plan, lang)])


def _rules_lines(plan: Plan, lang: str) -> list[str]:
    """The rules that are on, off, and not checked, by their short names."""
    rules = plan.moves.rules
    out = []
    for state, key in (("on", "rules_on"), ("off", "rules_off"), ("not checked", "rules_unchecked")):
        names = [rule_name(rule, lang) for rule in rules.rule[rules.state == state]]
        out.append(say(f"summary.{key}", lang, names=_names(names, lang)))
    return out


def short_after(plan: Plan) -> dict[str, float]:
    """Count what stays short: offices; shortage in posts; of it none (nobody can be spared) and held (by a limit)."""
    causes = plan.shortage.set_index("cause").posts
    shortage = round(float(plan.still_short.short.sum()), 1)
    none = round(float(causes.get("no_surplus", 0.0)), 1)
    held = round(shortage - none, 1)
    return {"offices": plan.still_short.unit_id.nunique(), "shortage": shortage, "none": none, "held": held}


def why_short(plan: Plan, lang: str) -> str:
    """Name the causes of what stays short with their posts, the largest first; empty where nothing is short."""
    causes = plan.shortage[plan.shortage.posts > 0].sort_values("posts", ascending=False, kind="stable")
    return "; ".join(f"{say(f'cause.{row.cause}', lang)} {_posts(row.posts, lang)}" for row in causes.itertuples())


def _posts(posts: float, lang: str) -> str:
    """Posts with one decimal; fewer than that with the first digit that counts, so that no part is said to be none."""
    return number(round(posts, 1) or float(f"{posts:.1g}"), lang)


def answer(plan: Plan, lang: str) -> str:
    """Say in one sentence why a plan moves nobody; empty where it moves somebody."""
    if len(plan.transfers):
        return ""
    short = short_after(plan)
    if plan.cells.need_fte.isna().all():
        key = "unknown"
    elif plan.still_short.empty:
        key = "enough"
    else:
        key = "held" if short["held"] else "recruit"
    return say(f"answer.{key}", lang, **short, why=why_short(plan, lang))
