"""What each sheet of rekomendasi.xlsx holds: the tables of a plan with names and live formulas, as in sheets.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

import pandas as pd
from openpyxl.utils import get_column_letter

from toolkit.dossier.summary import lines
from toolkit.moves.found import said as found
from toolkit.moves.refusals import article_said, refused_by_person, rule_name, rule_sentence
from toolkit.need.job_map import KEY, peta_jabatan, projection
from toolkit.need.statements import estimate_lines, grade_name
from toolkit.plan.plan import Plan
from toolkit.reasons.explanation import noted
from toolkit.words import say

FIRST_ROW = 2  # of the values: headings are in row 1
EMPTY_BOX = "\u2610"  # to be ticked off on paper


class Formula(str):
    """A formula of our own; any other text is written as text, whatever it begins with."""


@cache
def layout() -> dict[str, Any]:
    """Return sheets.toml: ``sheets`` (columns of each), ``widths`` (of columns), ``formats`` (by column)."""
    text = files("toolkit.dossier").joinpath("sheets.toml").read_text(encoding="utf-8")
    form = tomllib.loads(text)
    # the file lists the columns of each format; a writer asks for the format of a column
    form["formats"] = {column: code for code, columns in form["formats"].items() for column in columns}
    return form


def column_letter(sheet: str, column: str) -> str:
    """Return the letter of a column.

    >>> column_letter("summary", "sentence"), column_letter("cells", "need_fte")
    ('A', 'D')
    """
    position = layout()["sheets"][sheet].index(column)
    return get_column_letter(position + 1)


def frames(plan: Plan, checks: list[str], lang: str) -> dict[str, pd.DataFrame]:
    """Return the table of each sheet by its key in sheets.toml, with at least the columns that are named there.

    Args:
        plan: from ``tk.balance``.
        checks: the sentences of ``tk.verify``; the last two, the proof, end the summary.
        lang: id or en.
    """
    need = plan.moves.need
    opening = [say("page.draft", lang), *lines(plan, lang), *checks[-2:]]
    cells = with_unit_name(plan, plan.cells)
    parameters = pd.Series(plan.policy.plain(), dtype=object).rename("value").rename_axis("key").reset_index()
    return {
        "summary": pd.DataFrame({"sentence": opening}),
        "transfers": transfers(plan, lang),
        "shortage": plan.shortage.assign(says=_sentences("because", plan.shortage.cause, lang)),
        "missing": with_unit_name(plan, plan.still_short),
        "cells": _with_squares(cells, plan.policy.empty_cell_charge),
        "need": _need(plan, lang),
        "job_map": _job_map(plan, lang),
        "estimates": pd.DataFrame({"sentence": estimate_lines(need, lang)}),
        "refusals": _refusals(plan, lang),
        "prices": cells,
        "parameters": parameters,
        "checks": pd.DataFrame({"sentence": checks}),
    }


def transfers(plan: Plan, lang: str) -> pd.DataFrame:
    """Return the transfers with names of offices and jobs, loads before and after *all* transfers, notes as text.

    Added columns: number (from 1), from_name, to_name, from_before, from_after, to_before, to_after, job_name,
    to_job_name, and settled (an empty box where there is a note to settle).
    """
    data = plan.moves.need.data
    unit_names = data.units.set_index("unit_id").name
    job_names = data.jobs.set_index("job_id").name
    cells = plan.cells.set_index(["family", "unit_id"])
    out = plan.transfers.assign(number=range(1, len(plan.transfers) + 1))
    for side in ("from", "to"):
        out[f"{side}_name"] = out[f"{side}_unit"].map(unit_names)
        offices = cells.reindex(pd.MultiIndex.from_frame(out[["family", f"{side}_unit"]]))
        out[f"{side}_before"] = offices.load_before.to_numpy()
        out[f"{side}_after"] = offices.load_after.to_numpy()
    out["job_name"] = out.job_id.map(job_names)
    out["to_job_name"] = out.to_job.map(job_names)
    out["notes"] = ["; ".join(noted(note, lang)) for note in out.notes]
    out["settled"] = [EMPTY_BOX if note else "" for note in out.notes]
    return out


def with_unit_name(plan: Plan, table: pd.DataFrame) -> pd.DataFrame:
    """Add the column ``name``, that of the office."""
    names = plan.moves.need.data.units.set_index("unit_id").name
    return table.assign(name=table.unit_id.map(names))


def _with_squares(cells: pd.DataFrame, charge: float) -> pd.DataFrame:
    """Add n^2 / max(s, 1 / charge) as live formulas, with a total: their sum is the objective less the moves' cost.

    ``charge`` (policy ``empty_cell_charge``) bounds what an office without staff adds.
    """
    rows = range(FIRST_ROW, FIRST_ROW + len(cells))
    need = column_letter("cells", "need_fte")
    squares = {}
    totals = {}
    for side in ("before", "after"):
        staff = column_letter("cells", f"staff_{side}")
        own = column_letter("cells", f"square_{side}")
        squares[f"square_{side}"] = [Formula(f"={need}{row}^2/MAX({staff}{row},1/{charge:g})") for row in rows]
        totals[f"square_{side}"] = Formula(f"=SUM({own}{FIRST_ROW}:{own}{rows.stop - 1})")
    return pd.concat([cells.assign(**squares), pd.DataFrame([totals])], ignore_index=True)


def _need(plan: Plan, lang: str) -> pd.DataFrame:
    """The table of need; hours / effective year as a live formula where hours are known.

    The formula gives the need before allowances and minima, so that a reader sees what they add.
    """
    need = plan.moves.need
    table = with_unit_name(plan, need.table)
    hours = column_letter("need", "hours")
    year = need.data.policy.effective_hours
    known = enumerate(table.hours.notna(), start=FIRST_ROW)
    check = [Formula(f"={hours}{row}/{year:g}") if there else None for row, there in known]
    doubts = ["; ".join(_sentences("doubt_code", doubt.split("; "), lang)) for doubt in table.doubt]
    grades = [grade_name(grade, lang) for grade in table.evidence]
    return table.assign(rests_on=_sentences("basis", table.bound, lang), doubt=doubts, check=check, evidence=grades)


def _refusals(plan: Plan, lang: str) -> pd.DataFrame:
    """The refusals with rules and values as the reader's language has them."""
    refused = refused_by_person(plan.moves)
    says = {rule: rule_sentence(rule, lang, plan.policy, rule) for rule in refused.rule.cat.categories}
    names = {rule: rule_name(rule, lang) for rule in says}
    value = refused.value.astype("object")
    texts = {each: found(each, lang) for each in value.dropna().unique()}
    articles = {rule: article_said(rule, plan.moves, lang) for rule in says}
    return refused.assign(
        rule_says=refused.rule.map(says),
        article=refused.rule.map(articles),
        rule=refused.rule.map(names),
        value=value.map(texts),
    )


def _job_map(plan: Plan, lang: str) -> pd.DataFrame:
    """The job map as the forms have it, and who leaves in the five years to come with the gap that this makes."""
    need = plan.moves.need
    table = with_unit_name(plan, peta_jabatan(need))
    table["why_other"] = _sentences("basis", table.why, lang)
    table["gabung_tugas"] = table.gabung_tugas.map({True: say("basis.merge", lang), False: None})
    years = projection(need).set_index([*KEY, "year"])
    gaps = years.gap.unstack().add_prefix("gap_")
    # the counts run up to each year, so the last year holds all who leave
    leaving = years[["retire", "contract_ends"]].groupby(KEY).last()
    return table.join(leaving.join(gaps), on=KEY)


def _sentences(section: str, codes: Iterable[str], lang: str) -> list[str]:
    """Codes in the reader's language; an empty code stays empty."""
    return [code and say(f"{section}.{code}", lang) for code in codes]
