"""laporan.html: one file that opens offline: three numbers, the pictures, a table to search, what was checked."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import pandas as pd
from babel.dates import format_date
from jinja2 import Environment, PackageLoader, StrictUndefined

from toolkit import figures
from toolkit.dossier.summary import lines, still_short
from toolkit.dossier.workbook import transfers
from toolkit.need.statements import estimate_lines
from toolkit.plan.frontier import frontier
from toolkit.plan.plan import Plan
from toolkit.reasons.explanation import explain
from toolkit.words import number, say

STEPS = 6  # points of the picture of budgets
REASONS = 200  # a page with more would be slow to open; for the others it names tk.why


def page(plan: Plan, checks: list[str], lang: str) -> str:
    """Give the text of the page; every value is escaped, and nothing is asked for from anywhere."""
    place = PackageLoader("toolkit.dossier")
    house = Environment(loader=place, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    return house.get_template("laporan.html.j2").render(
        lang=lang, say=say, folder=plan.folder.name, numbers=_numbers(plan, lang), checks=checks,
        date=format_date(plan.moves.need.data.as_of, "long", locale=lang) if plan.moves.need.data.has_as_of else "-",
        pictures=[(name, *_drawn(draw)) for name, draw in _pictures(plan, lang)],
        rows=list(_rows(plan, lang)), basis=lines(plan, lang),
        estimates=estimate_lines(plan.moves.need, lang),
    )  # fmt: skip


def _numbers(plan: Plan, lang: str) -> list[tuple[str, str]]:
    told, (offices, shortage) = plan.summary, still_short(plan)
    fall = 100 * (1 - told.variance_after / told.variance_before) if told.variance_before else 0.0
    return [
        (number(told.transfers, lang), say("page.transfers", lang, donors=plan.transfers.from_unit.nunique(),
                                           receivers=plan.transfers.to_unit.nunique())),
        (f"{number(round(fall), lang)} %", say("page.fall", lang)),
        (number(shortage, lang), say("page.shortage", lang, offices=offices)),
    ]  # fmt: skip


def _pictures(plan: Plan, lang: str) -> Iterator[tuple[str, Any]]:
    """Name and draw each picture that the tables allow."""
    rows = min(figures.ROWS, len(plan.cells))
    yield "loads", figures.loads(figures.canvas(9.5, 1.6 + 0.25 * rows, shown=False), plan, lang)
    if len(plan.transfers):
        offices = max(plan.transfers.from_unit.nunique(), plan.transfers.to_unit.nunique())
        tall = 2.4 + 0.24 * min(figures.ROWS, offices)
        yield "flows", figures.flows(figures.canvas(9.5, tall, shown=False), plan, lang)
        if len(plan.moves.need.data.places):
            yield "city", figures.city(figures.canvas(9.5, 7, shown=False), plan.moves.need.data, plan, lang)
        yield "frontier", figures.frontier(figures.canvas(shown=False), _budgets(plan), lang)
    surges = plan.moves.need.demand.table.sort_values("surge_factor", ascending=False).dropna(subset=["surge_since"])
    for row in surges.head(1).itertuples():
        ax = figures.canvas(shown=False)
        yield (
            "volumes",
            figures.volumes(ax, plan.moves.need.data, plan.moves.need.demand, row.unit_id, row.service_id, lang),
        )
    fitted = plan.moves.need.norms.table.dropna(subset=["minutes_low"]).job_id.value_counts()
    for job in fitted.index[:1]:
        yield "norms", figures.norm_intervals(figures.canvas(shown=False), plan.moves.need.norms, job, lang)
    yield "evidence", figures.evidence(figures.canvas(9.5, 4, shown=False), plan.moves.need, lang)
    yield "funnel", figures.funnel(figures.canvas(9.5, 5.5, shown=False), plan.moves, lang)


def _budgets(plan: Plan) -> pd.DataFrame:
    """What a few budgets up to the number of transfers of the plan buy at best."""
    budgets = sorted({round(step * len(plan.transfers) / (STEPS - 1)) for step in range(STEPS)})
    return frontier(plan.moves.need, plan.moves, budgets).table.rename(columns={"variance": "variance_after"})


def _drawn(ax: Any) -> tuple[str, str]:
    """Give the title, which stands above the picture, and the picture as SVG in base64; no date enters it."""
    out, title = io.BytesIO(), ax.get_title(loc="left").replace("\n", " ")
    ax.set_title("", loc="left")
    with figures.rc_context(figures.THEME):
        ax.figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return title, base64.b64encode(out.getvalue()).decode()


def _rows(plan: Plan, lang: str) -> Iterator[dict[str, Any]]:
    rows = transfers(plan, lang).to_dict("records")
    reasons = explain(plan, [row["employee_id"] for row in rows[:REASONS]], lang)
    for row in rows:
        reason = next(reasons, None)
        for key in ("from_before", "from_after", "to_before", "to_after", "km"):
            row[key] = "-" if row[key] != row[key] else number(round(row[key], 2), lang)
        yield {**row, "why": [] if reason is None else reason.table[["sentence", "id"]].values.tolist()}
