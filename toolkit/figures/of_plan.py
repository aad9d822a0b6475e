"""The pictures of a plan: loads before and after, who moves where, what more transfers would bring."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from toolkit.common.arguments import language
from toolkit.figures.style import BLUE, GREY, PALE, RED, ROWS, bare, finish, label, localised, nothing, theme
from toolkit.plan.frontier import Frontier
from toolkit.plan.plan import Plan
from toolkit.words import number, say

GAP = 1 / 25  # white between two offices of a flow, as a share of all who move
ROUND = [Path.CURVE4] * 3


@theme()
def loads(ax: Axes, plan: Plan, lang: str | None = None) -> Axes:
    """Draw the load (need / staff) of offices before and after: those that change most; where there are few, all."""
    lang = language(lang)
    rows = _most_changed(plan.cells)
    if rows.empty:
        return nothing(ax, say("figure.no_transfers", lang))
    one_family = plan.cells.family.nunique() == 1
    ax.axvline(1, color=GREY, lw=1, zorder=0)
    ax.hlines(rows.index, rows.load_before, rows.load_after, color=PALE, lw=5, zorder=1)
    for side, colour in (("before", GREY), ("after", BLUE)):
        sns.scatterplot(x=rows[f"load_{side}"], y=rows.index, s=75, color=colour, linewidth=0, zorder=3, ax=ax)
        _name_side(ax, rows, side, colour, lang)
    ax.set_yticks(rows.index, rows.unit_id if one_family else rows.unit_id + " · " + rows.family)
    ax.set_ylim(-0.7, len(rows) + 0.1)
    ax.margins(x=0.1)
    localised(ax, lang, "x")
    bare(ax, "left")
    summary = plan.summary
    fall = 0
    if summary.variance_before:
        fall = round(100 * (1 - summary.variance_after / summary.variance_before))
    return finish(ax, say("figure.loads", lang, transfers=summary.transfers, fall=fall), say("figure.load", lang))


def _most_changed(cells: pd.DataFrame) -> pd.DataFrame:
    """The rows of the picture, the largest load last, which is drawn on top."""
    known = cells.dropna(subset=["load_before", "load_after"])
    known = known.assign(change=(known.load_after - known.load_before).abs())
    if len(known) > ROWS:
        known = known[known.change > 0].nlargest(ROWS, "change", keep="first")
    return known.sort_values(["load_before", "unit_id"], ignore_index=True)


def _name_side(ax: Axes, rows: pd.DataFrame, side: str, colour: str, lang: str) -> None:
    """Write "before" or "after" above the topmost point of that side, away from the other."""
    if rows.empty:
        return
    top = rows.iloc[-1]
    fell = top.load_before >= top.load_after
    outwards = "left" if (side == "before") == fell else "right"
    point = (top[f"load_{side}"], len(rows) - 1)
    label(ax, say(f"figure.{side}", lang), point, (0, 9), color=colour, ha=outwards, weight="bold")


@dataclass
class _Side:
    """The offices on one side of the flows, the largest first, and where the bar of each begins."""

    counts: pd.Series
    starts: dict[str, float]

    @classmethod
    def of(cls, units: pd.Series) -> _Side:
        counts = _largest_first(units)
        gaps = np.arange(len(counts)) * len(units) * GAP
        return cls(counts, (counts.cumsum() - counts + gaps).to_dict())


@theme()
def flows(ax: Axes, plan: Plan, lang: str | None = None) -> Axes:
    """Draw who moves where: offices that give on the left, that get on the right, ribbons as wide as people move."""
    lang = language(lang)
    moved = plan.transfers
    if moved.empty:
        return nothing(ax, say("figure.no_transfers", lang))
    givers = _merged(moved.from_unit, say("figure.others", lang))
    getters = _merged(moved.to_unit, say("figure.others", lang))
    left = _Side.of(givers)
    right = _Side.of(getters)
    # the office named in the title is a single one, never "other offices"
    most = next((unit for unit in right.counts.index if unit in set(moved.to_unit)), "-")
    pairs = pd.DataFrame({"giver": givers, "getter": getters}).groupby(["giver", "getter"]).size().reset_index(name="n")
    lowest = _ribbons(ax, pairs, left, right, most)
    for unit, count in left.counts.items():
        ax.text(-0.02, left.starts[unit] + count / 2, f"{unit}  {count}", ha="right", va="center")
    for unit, count in right.counts.items():
        weight = "bold" if unit == most else "normal"
        ax.text(1.02, right.starts[unit] + count / 2, f"{count}  {unit}", ha="left", va="center", weight=weight)
    ax.set_xlim(-0.4, 1.4)
    ax.set_ylim(lowest, -0.5)
    ax.set_axis_off()
    count = int(right.counts.get(most, 0))
    return finish(ax, say("figure.flows", lang, unit=most, count=count, transfers=len(moved)))


def _ribbons(ax: Axes, pairs: pd.DataFrame, left: _Side, right: _Side, most: str) -> float:
    """Draw a ribbon a pair of offices; return how far down they reach."""
    # ribbons leave and arrive in the order of the bars on both sides, so that they cross as little as they can
    ordered = pairs.assign(a=pairs.giver.map(left.starts), b=pairs.getter.map(right.starts)).sort_values(["a", "b"])
    leave = dict(left.starts)
    arrive = dict(right.starts)
    for giver, getter, n in ordered[["giver", "getter", "n"]].itertuples(index=False):
        chosen = getter == most
        ribbon = _ribbon(leave[giver], arrive[getter], n)
        colour = BLUE if chosen else GREY
        ax.add_patch(PathPatch(ribbon, fc=colour, alpha=0.55 if chosen else 0.35, ec="white", lw=0.6))
        leave[giver] += n
        arrive[getter] += n
    return max([8.0, *leave.values(), *arrive.values()])


def _ribbon(start: float, end: float, width: float) -> Path:
    """A band from (0, start) to (1, end), curved like an S."""
    upper = [(0, start), (0.45, start), (0.55, end), (1, end)]
    lower = [(1, end + width), (0.55, end + width), (0.45, start + width), (0, start + width)]
    return Path([*upper, *lower, (0, start)], [Path.MOVETO, *ROUND, Path.LINETO, *ROUND, Path.CLOSEPOLY])


def _largest_first(units: pd.Series) -> pd.Series:
    """How often each office occurs; of equally many, in the order of their names."""
    return units.value_counts().sort_index().sort_values(ascending=False, kind="stable")


def _merged(units: pd.Series, others: str) -> pd.Series:
    """Keep the offices with most people, and put the rest under one name."""
    counts = _largest_first(units)
    if len(counts) <= ROWS:
        return units
    return units.where(units.isin(counts.index[: ROWS - 1]), others)


@theme()
def frontier(ax: Axes, line: Frontier, lang: str | None = None) -> Axes:
    """Draw the variance that remains after each budget of moves, with a ring around the knee (see ``tk.frontier``)."""
    lang = language(lang)
    points = line.table.sort_values("max_moves", ignore_index=True)
    start = points.variance.iloc[0]
    end = points.variance.iloc[-1]
    at_knee = points[points.max_moves == line.knee].iloc[0]
    # the knee is the point farthest below this line
    ends = points.iloc[[0, -1]]
    ax.plot(ends.max_moves, ends.variance, color=GREY, lw=1, ls=(0, (4, 4)))
    sns.lineplot(points, x="max_moves", y="variance", color=BLUE, lw=2.5, marker="o", ms=7, errorbar=None, ax=ax)
    ax.plot(at_knee.max_moves, at_knee.variance, "o", ms=14, mfc="none", mec=RED, mew=2.5)
    named = points[points.max_moves.isin([*ends.max_moves, line.knee])]
    for row in named.itertuples():
        label(ax, number(float(f"{row.variance:.3g}"), lang), (row.max_moves, row.variance), (8, 8))
    ax.set_ylim(0, start * 1.15 or 1)
    ax.set_yticks([])
    ax.set_xticks(named.max_moves)
    bare(ax, "left")
    share = (start - at_knee.variance) / (start - end) if start > end else 1.0
    facts = {"moves": line.knee, "share": round(100 * share), "most": int(points.max_moves.iloc[-1])}
    return finish(ax, say("figure.frontier", lang, **facts), say("figure.budget", lang), say("figure.variance", lang))
