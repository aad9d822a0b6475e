"""laporan.html: one file that opens offline, with three numbers, the pictures, a table to search, what was checked."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.axes import Axes

from toolkit import figures
from toolkit.dossier.sheets import transfers, with_unit_name
from toolkit.dossier.summary import answer, doubtful, lines, not_accepted, short_after, unwilling
from toolkit.need.statements import estimate_lines
from toolkit.plan.frontier import Frontier, frontier
from toolkit.plan.plan import Plan
from toolkit.reasons.explanation import explain
from toolkit.words import number, phrase, say, written

BUDGETS = 6  # points of the frontier: enough for its shape, and quick to solve
MISSING = 50  # offices that stay short; the workbook has them all
FIGURES_OF_MISSING = ["need_fte", "staff_after", "short"]
REASONS = 200  # a page with more would be slow to open; for the others it names tk.why


def page(plan: Plan, checks: list[str], lang: str) -> str:
    """Return the text of the page; every value is escaped, and nothing is asked for from anywhere.

    Args:
        plan: from ``tk.balance``.
        checks: the sentences of ``tk.verify``.
        lang: id or en.
    """
    templates = PackageLoader("toolkit.dossier")
    environment = Environment(loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    data = plan.moves.need.data
    return environment.get_template("laporan.html.j2").render(
        lang=lang,
        say=say,
        folder=plan.folder.name,
        date=written(data.as_of.date() if data.has_as_of else phrase("thing.no_date"), lang),
        numbers=_numbers(plan, lang),
        answer=answer(plan, lang),
        causes=_causes(plan, lang),
        missing=_missing(plan, lang),
        short_offices=len(plan.still_short),
        cautions=[*unwilling(plan, lang), *doubtful(plan, lang), *not_accepted(plan.moves.need.norms, lang)],
        pictures=[(name, *_title_and_svg(ax)) for name, ax in _pictures(plan, lang)],
        rows=list(_rows(plan, lang)),
        reasons=REASONS,
        basis=lines(plan, lang),
        estimates=estimate_lines(plan.moves.need, lang),
        checks=checks,
    )


def _numbers(plan: Plan, lang: str) -> list[tuple[str, str]]:
    """The three numbers at the top, each with what it counts: transfers, fall of the variance, posts still short."""
    summary = plan.summary
    sides = {"donors": plan.transfers.from_unit.nunique(), "receivers": plan.transfers.to_unit.nunique()}
    fall = 0
    if summary.variance_before:
        fall = round(100 * (1 - summary.variance_after / summary.variance_before))
    short = short_after(plan)
    return [
        (number(summary.transfers, lang), say("page.transfers", lang, **sides)),
        (say("page.percent", lang, value=fall), say("page.fall", lang)),
        (number(short["shortage"], lang), say("page.shortage" if short["shortage"] else "page.enough", lang, **short)),
    ]


def _causes(plan: Plan, lang: str) -> list[dict[str, str]]:
    """The rows of the table of causes: what each is, its posts, and what setting aside only that limit would save."""
    return [
        {
            "says": say(f"because.{row.cause}", lang),
            "posts": number(round(row.posts, 2), lang),
            "alone": "-" if row.alone != row.alone else number(round(row.alone, 2), lang),
        }
        for row in plan.shortage.itertuples()
    ]


def _missing(plan: Plan, lang: str) -> list[dict[str, str]]:
    """The offices that stay short, the shortest first, as many as a page shows."""
    rows = with_unit_name(plan, plan.still_short.head(MISSING))
    texts = {name: [number(round(value, 2), lang) for value in rows[name]] for name in FIGURES_OF_MISSING}
    return rows.assign(**texts).to_dict("records")


def _pictures(plan: Plan, lang: str) -> Iterator[tuple[str, Axes]]:
    """Draw each picture that the tables allow; with its name, which is the id of the figure on the page."""
    need = plan.moves.need
    if len(plan.transfers):
        rows = min(figures.ROWS, len(plan.cells))
        yield "loads", figures.loads(_canvas(1.6 + 0.25 * rows), plan, lang)
        offices = max(plan.transfers.from_unit.nunique(), plan.transfers.to_unit.nunique())
        tall = 2.4 + 0.24 * min(figures.ROWS, offices)
        yield "flows", figures.flows(_canvas(tall), plan, lang)
        if len(need.data.places):
            yield "city", figures.city(_canvas(7), need.data, plan, lang)
        # a search that was stopped early would go on here, for every budget
        if plan.summary.status == "optimal":
            yield "frontier", figures.frontier(_canvas(), _few_budgets(plan), lang)
    surges = need.demand.table.dropna(subset=["surge_since"])
    for row in surges.sort_values("surge_factor", ascending=False).head(1).itertuples():
        yield "volumes", figures.volumes(_canvas(), need.data, need.demand, row.unit_id, row.service_id, lang)
    services_fitted = need.norms.table.dropna(subset=["minutes_low"]).job_id.value_counts()
    for job in services_fitted.index[:1]:
        yield "norms", figures.norm_intervals(_canvas(), need.norms, job, lang)
    yield "evidence", figures.evidence(_canvas(4), need, lang)
    yield "funnel", figures.funnel(_canvas(5.5), plan.moves, lang)


def _canvas(height: float = 5.0) -> Axes:
    return figures.canvas(9.5, height, shown=False)


def _few_budgets(plan: Plan) -> Frontier:
    """What a few budgets, from none to the transfers of the plan, bring at best."""
    budgets = {round(step * len(plan.transfers) / (BUDGETS - 1)) for step in range(BUDGETS)}
    return frontier(plan.moves.need, plan.moves, sorted(budgets))


def _title_and_svg(ax: Axes) -> tuple[str, str]:
    """The title, which the page writes above the picture, and the picture without it as SVG in base64.

    No date enters the SVG, so that the same plan gives the same bytes.
    """
    title = ax.get_title(loc="left").replace("\n", " ")
    ax.set_title("", loc="left")
    out = io.BytesIO()
    figure = ax.get_figure(root=True)
    assert figure is not None  # canvas made it
    with figures.theme():
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
    return title, base64.b64encode(out.getvalue()).decode()


def _rows(plan: Plan, lang: str) -> Iterator[dict[str, Any]]:
    """The rows of the table: the transfers with numbers as text, and the reasons of the first of them."""
    rows = transfers(plan, lang).to_dict("records")
    with_reasons = [row["employee_id"] for row in rows[:REASONS]]
    reasons = explain(plan, with_reasons, lang)
    for row in rows:
        reason = next(reasons, None)  # none for the rows after the first REASONS
        for key in ("from_before", "from_after", "to_before", "to_after", "km"):
            missing = row[key] != row[key]
            row[key] = "-" if missing else number(round(row[key], 2), lang)
        yield {**row, "why": [] if reason is None else reason.table[["sentence", "id"]].values.tolist()}
