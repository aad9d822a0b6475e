"""The pictures of need: how many of the staff are judged by which evidence, and the loads of families and offices."""

from __future__ import annotations

from textwrap import wrap

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from toolkit.common.arguments import language
from toolkit.figures.style import BLUE, FEW_OFFICES, PALE, RED, ROWS, SKY, bare, finish, label, theme
from toolkit.need.staffing import Need
from toolkit.need.statements import grade_name
from toolkit.words import number, say

GRADES = {"A": BLUE, "B": SKY, "C": PALE, "shared": PALE, "D": RED}
HALF_A_DIGIT = 0.05  # loads are written with one decimal
FARTHEST = 2.0  # loads from here on have the darkest red; twice 1, so that a load of 1 is white


@theme()
def evidence(ax: Axes, need: Need, lang: str | None = None) -> Axes:
    """Draw how many of the staff are judged by which evidence."""
    lang = language(lang)
    staff = need.summary.reindex(list(GRADES)).fillna(0.0)
    share = 100 * staff / (staff.sum() or 1.0)
    colours = list(GRADES.values())
    sns.barplot(x=share, y=share.index, hue=share.index, palette=colours, saturation=1, width=0.7, legend=False, ax=ax)
    for at, (part, fte) in enumerate(zip(share, staff, strict=True)):
        text = say("figure.share", lang, share=round(part, 1), fte=round(fte, 1))
        label(ax, text, (part, at), (6, 0), va="center")
    names = [f"{grade_name(grade, lang)}: {say(f'evidence.{grade}', lang)}" for grade in GRADES]
    ax.set_yticks(range(len(GRADES)), ["\n".join(wrap(name, 34)) for name in names])
    ax.set_xlim(0, share.max() * 1.4 or 1)
    ax.set_xticks([])
    bare(ax, "left", "bottom")
    return finish(ax, say("figure.evidence", lang, work=round(share["A"] + share["B"]), unknown=round(share["D"], 1)))


@theme()
def load_map(ax: Axes, need: Need, lang: str | None = None) -> Axes:
    """Draw the load (need / staff) of each family in each office as a heat map: red is overload, blue is slack.

    Families that have three offices of known load or more and a load other than 1, and the offices where a load is
    farthest from 1; the title counts all.
    """
    lang = language(lang)
    known = need.cells.dropna(subset=["load_ratio"])
    over = int((known.load_ratio > 1).sum())
    facts = {"over": over, "cells": len(known)}
    table = _loads_of_families(known)
    if table.empty:
        ax.set_axis_off()
        return finish(ax, say("figure.load_map_none", lang, **facts))
    written = table.map(lambda load: "" if pd.isna(load) else number(round(load, 1), lang))
    sns.heatmap(
        table, vmin=0, vmax=FARTHEST, cmap="vlag", annot=written, fmt="", annot_kws={"size": 10},
        linewidths=1.5, cbar=False, ax=ax,
    )  # fmt: skip
    ax.tick_params(length=0)
    ax.tick_params(axis="y", labelrotation=0)
    ax.set_xticks(ax.get_xticks(), table.columns, rotation=35, ha="right", rotation_mode="anchor")
    top = known.loc[known.load_ratio.idxmax()]
    most = {"unit": top.unit_id, "family": top.family, "load": round(float(top.load_ratio), 2)}
    return finish(ax, say("figure.load_map", lang, **facts, **most))


def _loads_of_families(known: pd.DataFrame) -> pd.DataFrame:
    """Loads of the offices (rows, the most loaded first) and families (columns, the most frequent first)."""
    offices = known.family.value_counts()
    families = offices.index[offices >= FEW_OFFICES]
    table = known[known.family.isin(families)].pivot(index="unit_id", columns="family", values="load_ratio")
    farthest = (table - 1).abs().max(axis=1).nlargest(ROWS).index
    table = table.loc[farthest]
    # a column of nothing but 1.0 says nothing: posts held by one person whose need is one
    table = table.loc[:, ((table - 1).abs() >= HALF_A_DIGIT).any()]
    by_load = table.max(axis=1).sort_values(ascending=False, kind="stable").index
    by_count = table.notna().sum().sort_values(ascending=False, kind="stable").index
    return table.loc[by_load, by_count].astype("float64")
