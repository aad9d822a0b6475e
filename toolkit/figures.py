"""Every picture: each function takes an ax and result tables, draws, and gives the ax; its title says the finding.

One theme, direct labels, colours that colour-blind readers tell apart (Okabe and Ito), in the reader's language.
A title is reckoned from the table it stands over.
"""

from __future__ import annotations

from textwrap import wrap
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from babel.dates import format_date
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, PathPatch
from matplotlib.path import Path
from matplotlib.patheffects import withStroke

from toolkit.intake.data import Data
from toolkit.moves.eligibility import Moves
from toolkit.need.demand import Demand
from toolkit.need.norms import Norms
from toolkit.need.staffing import Need
from toolkit.plan.plan import Plan
from toolkit.words import language, number, say

BLUE, RED, GREEN, SKY, GREY, PALE, INK = "#0072B2", "#D55E00", "#009E73", "#56B4E9", "#8A8A8A", "#DADADA", "#222222"
THEME: Any = {
    "font.size": 11, "axes.titlesize": 14, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.titlepad": 12, "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY,
    "axes.labelcolor": INK, "text.color": INK, "xtick.color": INK, "ytick.color": INK, "axes.axisbelow": True,
    "figure.dpi": 90, "svg.hashsalt": "mutasi",
}  # fmt: skip
ROWS = 20  # a picture holds so many; its title counts all
TITLE = 68  # letters a line


def canvas(width: float = 9.5, height: float = 5.0, shown: bool = True) -> Axes:
    """Give an empty ax in the theme, inches wide and high; ``shown`` at the end of a notebook's cell, or only kept."""
    size = {"figsize": (width, height), "dpi": THEME["figure.dpi"], "layout": "constrained"}
    figure = plt.figure(**size) if shown else Figure(**size)  # outside the theme, which would undo what Jupyter sets
    with rc_context(THEME):
        return figure.subplots()


def _finish(ax: Axes, title: str, x: str = "", y: str = "") -> Axes:
    names = [line for label in ax.get_yticklabels() for line in label.get_text().splitlines()] if ax.axison else []
    ax.set_title("\n".join(wrap(title, TITLE - round(0.7 * max(map(len, names), default=0)))))
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax


def _bare(ax: Axes, *spines: str) -> None:
    ax.spines[list(spines)].set_visible(False)
    ax.tick_params(length=0)


@rc_context(THEME)
def loads(ax: Axes, plan: Plan, lang: str | None = None) -> Axes:
    """Draw the load (need / staff) of offices before and after: those that change most; few offices: all."""
    lang, cells = language(lang), plan.cells.dropna(subset=["load_before", "load_after"])
    change = (cells.load_after - cells.load_before).abs()
    rows = cells.assign(change=change)[(change > 0) | (len(cells) <= ROWS)].nlargest(ROWS, "change", keep="first")
    rows = rows.sort_values(["load_before", "unit_id"], ignore_index=True)
    one = plan.cells.family.nunique() == 1
    names = rows.unit_id if one else rows.unit_id + " · " + rows.family
    ax.axvline(1, color=GREY, lw=1, zorder=0)
    ax.hlines(rows.index, rows.load_before, rows.load_after, color=PALE, lw=5, zorder=1)
    for side, colour in (("before", GREY), ("after", BLUE)):
        ax.scatter(rows[f"load_{side}"], rows.index, s=70, color=colour, zorder=3)
        if len(rows):
            top, right = rows.iloc[-1], rows.load_before.iloc[-1] >= rows.load_after.iloc[-1]
            place = "left" if (side == "before") == right else "right"
            ax.annotate(say(f"figure.{side}", lang), (top[f"load_{side}"], len(rows) - 1), (0, 9), color=colour,
                        textcoords="offset points", ha=place, weight="bold")  # fmt: skip
    ax.set_yticks(rows.index, names)
    ax.set_ylim(-0.7, len(rows) + 0.1)
    ax.margins(x=0.1)
    ax.xaxis.set_major_formatter(lambda value, _: number(round(value, 3), lang))
    _bare(ax, "left")
    told = plan.summary
    fall = round(100 * (1 - told.variance_after / told.variance_before)) if told.variance_before else 0
    return _finish(ax, say("figure.loads", lang, transfers=told.transfers, fall=fall), say("figure.load", lang))


@rc_context(THEME)
def flows(ax: Axes, plan: Plan, lang: str | None = None) -> Axes:
    """Draw who moves where: offices that give on the left, that get on the right, ribbons as wide as people move."""
    lang, moved = language(lang), plan.transfers
    sides = [_merged(moved[side], say("figure.others", lang)) for side in ("from_unit", "to_unit")]
    counts = [side.value_counts().sort_index().sort_values(ascending=False, kind="stable") for side in sides]
    tops = [(n.cumsum() - n + np.arange(len(n)) * len(moved) / 25).to_dict() for n in counts]
    ends = [dict(top) for top in tops]
    most = next((unit for unit in counts[1].index if unit in set(moved.to_unit)), "-")
    pairs = pd.DataFrame({"a": sides[0], "b": sides[1]}).groupby(["a", "b"]).size().reset_index(name="n")
    order = pairs.assign(ra=pairs.a.map(tops[0]), rb=pairs.b.map(tops[1])).sort_values(["ra", "rb"])
    for a, b, n in order[["a", "b", "n"]].itertuples(index=False):
        y, z = ends[0][a], ends[1][b]
        ends[0][a], ends[1][b] = y + n, z + n
        points = [(0, y), (0.45, y), (0.55, z), (1, z), (1, z + n), (0.55, z + n), (0.45, y + n), (0, y + n), (0, y)]
        codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
        colour = BLUE if b == most else GREY
        ax.add_patch(PathPatch(Path(points, codes), fc=colour, alpha=0.55 if b == most else 0.35, ec="white", lw=0.6))
    for x, side, ha in ((-0.02, 0, "right"), (1.02, 1, "left")):
        for unit, n in counts[side].items():
            bold = "bold" if unit == most and side else "normal"
            text = f"{unit}  {n}" if not side else f"{n}  {unit}"
            ax.text(x, tops[side][unit] + n / 2, text, ha=ha, va="center", weight=bold)
    ax.set_xlim(-0.4, 1.4)
    ax.set_ylim(max([8.0, *(end for side in ends for end in side.values())]), -0.5)
    ax.set_axis_off()
    count = int(counts[1].get(most, 0))
    return _finish(ax, say("figure.flows", lang, unit=most, count=count, transfers=len(moved)))


def _merged(units: pd.Series, others: str) -> pd.Series:
    """Keep the offices with most people, the rest under one name."""
    counts = units.value_counts().sort_index().sort_values(ascending=False, kind="stable")
    return units if len(counts) <= ROWS else units.where(units.isin(counts.index[: ROWS - 1]), others)


@rc_context(THEME)
def frontier(ax: Axes, points: pd.DataFrame, lang: str | None = None) -> Axes:
    """Draw moves against the variance that remains; ``points``: max_moves (from 0 on), variance_after."""
    lang, rows = language(lang), points.dropna(subset=["max_moves"]).sort_values("max_moves", ignore_index=True)
    start, end = rows.variance_after.iloc[0], rows.variance_after.iloc[-1]
    share = (start - rows.variance_after) / (start - end) if start > end else rows.variance_after * 0 + 1
    knee = int((share >= 0.8).idxmax())
    ax.plot(rows.max_moves, rows.variance_after, color=BLUE, lw=2.5, marker="o", ms=7)
    ax.plot(rows.max_moves[knee], rows.variance_after[knee], "o", ms=13, mfc="none", mec=RED, mew=2.5)
    for x, y in zip(rows.max_moves, rows.variance_after, strict=True):
        ax.annotate(number(float(f"{y:.3g}"), lang), (x, y), (6, 8), textcoords="offset points")
    ax.set_ylim(0, start * 1.15 or 1)
    ax.set_yticks([])
    _bare(ax, "left")
    ax.set_xticks(rows.max_moves)
    title = say("figure.frontier", lang, moves=int(rows.max_moves[knee]), share=round(100 * share[knee]),
                most=int(rows.max_moves.iloc[-1]))  # fmt: skip
    return _finish(ax, title, say("figure.budget", lang), say("figure.variance", lang))


@rc_context(THEME)
def volumes(ax: Axes, data: Data, demand: Demand, unit_id: str, service_id: str, lang: str | None = None) -> Axes:
    """Draw what an office received and completed of one service, period by period; a surge where demand names one."""
    lang = language(lang)
    chosen = "unit_id == @unit_id and service_id == @service_id"
    rows, surges = data.volumes.query(chosen).reset_index(drop=True), demand.table.query(chosen)
    lines = [("received", BLUE)] + [("completed", GREY)] * bool((rows.completed < rows.received).any())
    levels = rows[[name for name, _ in lines]].iloc[-1:].squeeze(axis=0)
    for name, colour in lines:
        above = levels[name] >= levels.max()
        ax.plot(rows.index, rows[name], color=colour, lw=2.5, marker="o", ms=4)
        ax.annotate(say(f"figure.{name}", lang), (rows.index[-1], levels[name]), (8, 6 if above else -12), color=colour,
                    textcoords="offset points", weight="bold")  # fmt: skip
    if len(lines) > 1:
        ax.fill_between(rows.index, rows.completed, rows.received, color=RED, alpha=0.15, lw=0)
    named = [_month(period, lang) for period in rows.period]
    every = max(1, -(-len(rows) // 8))
    ax.set_xticks(rows.index[::every], named[::every])
    ax.set_ylim(0, None)
    ax.yaxis.set_major_formatter(lambda value, _: number(value, lang))
    ax.margins(x=0.1)
    facts = {"unit": unit_id, "service": data.services.name[data.services.service_id == service_id].iloc[0]}
    for surge in surges.dropna(subset=["surge_since"]).itertuples():
        first = int((rows.period >= f"{surge.surge_since:%Y-%m}").idxmax())
        ax.axvspan(first - 0.5, len(rows) - 0.5, color=RED, alpha=0.10, lw=0)
        ax.axvline(first - 0.5, color=RED, lw=2)
        return _finish(ax, say("figure.surge", lang, **facts, since=named[first], factor=round(surge.surge_factor, 2)))
    year, before = rows.received.iloc[-12:].mean(), rows.received.iloc[-24:-12].mean()
    facts["volume"] = number(round(float(year)), lang)
    if len(rows) < 24 or not before:
        return _finish(ax, say("figure.volume", lang, **facts))
    change = round(float(100 * (year / before - 1)))
    signed = f"{'+' if change > 0 else ''}{number(change, lang)}"
    return _finish(ax, say("figure.volumes", lang, **facts, change=signed))


def _month(period: str, lang: str) -> str:
    return format_date(pd.Period(period, "M").start_time, "MMM yy", locale=lang) if len(period) > 4 else period


@rc_context(THEME)
def norm_intervals(ax: Axes, norms: Norms, job_id: str, lang: str | None = None) -> Axes:
    """Draw the minutes of each service of a job with their 90 % interval, beside the official ones."""
    lang, rows = language(lang), norms.table[(norms.table.job_id == job_id) & norms.table.service_id.notna()]
    rows = rows.sort_values(["minutes", "service_id"], ignore_index=True)
    off = (rows.official_minutes < rows.minutes_low) | (rows.official_minutes > rows.minutes_high)
    ax.hlines(rows.index, rows.minutes_low, rows.minutes_high, color=SKY, lw=7, zorder=1)
    ax.scatter(rows.minutes.where(rows.basis == "fit"), rows.index, s=70, color=BLUE, zorder=3)
    colours = np.where(off, RED, GREY)
    ax.scatter(rows.official_minutes, rows.index, s=75, marker="D", fc="white", ec=colours, lw=2, zorder=2)
    for at, (sign, name, colour) in enumerate(
        [("\u25cf", "minutes", BLUE), ("\u25c7", "official", GREY), ("\u25c7", "outside", RED)]
    ):  # the rows are sorted, so this corner is free
        ax.text(0.98, 0.2 - 0.07 * at, f"{sign} {say(f'figure.{name}', lang)}", color=colour, weight="bold", ha="right",
                transform=ax.transAxes)  # fmt: skip
    ax.set_yticks(rows.index, rows.service_id)
    ax.set_xlim(0, None)
    ax.set_ylim(-0.7, len(rows))
    _bare(ax, "left")
    judged = int(rows.minutes_low.notna().sum())
    key = "figure.norms" if judged else "figure.norms_as_given"
    title = say(key, lang, off=int(off.sum()), services=judged, job=job_id)
    return _finish(ax, title, say("figure.each", lang))


@rc_context(THEME)
def evidence(ax: Axes, need: Need, lang: str | None = None) -> Axes:
    """Draw how many of the staff are judged by which evidence."""
    lang, staff = language(lang), need.summary.reindex(["A", "B", "C", "shared", "D"]).fillna(0.0)
    share = 100 * staff / (staff.sum() or 1.0)
    ax.barh(range(5), share, color=[BLUE, SKY, PALE, PALE, RED], height=0.7)
    for at, (value, fte) in enumerate(zip(share, staff, strict=True)):
        text = say("figure.share", lang, share=round(value, 1), fte=round(fte, 1))
        ax.annotate(text, (value, at), (6, 0), textcoords="offset points", va="center")
    names = ["\n".join(wrap(f"{grade}: {say(f'evidence.{grade}', lang)}", 34)) for grade in staff.index]
    ax.set_yticks(range(5), names)
    ax.invert_yaxis()
    ax.set_xlim(0, share.max() * 1.4 or 1)
    ax.set_xticks([])
    _bare(ax, "left", "bottom")
    return _finish(ax, say("figure.evidence", lang, work=round(share["A"] + share["B"]), unknown=round(share["D"], 1)))


@rc_context(THEME)
def funnel(ax: Axes, moves: Moves, lang: str | None = None) -> Axes:
    """Draw how many persons are left after each rule, in the order in which the rules stand."""
    lang, rows = language(lang), funnel_table(moves)
    rows = rows[(rows.gone > 0) | rows.rule.isin(["", "nowhere"])].reset_index(drop=True)
    ax.barh(rows.index, rows.left, color=np.where(rows.index == len(rows) - 1, GREEN, BLUE), height=0.72)
    ax.barh(rows.index, rows.gone, left=rows.left, color=RED, alpha=0.75, height=0.72)
    for at, left, gone in rows[["left", "gone"]].itertuples():
        ax.annotate(number(left, lang), (left, at), (-5, 0), textcoords="offset points", color="white", ha="right",
                    va="center", weight="bold")  # fmt: skip
        if gone:
            text = f"−{number(gone, lang)}"
            ax.annotate(text, (left + gone, at), (5, 0), textcoords="offset points", color=RED, va="center")
    names = [say(f"short.{rule}", lang) for rule in rows.rule.iloc[1:-1]]
    ax.set_yticks(rows.index, [say("figure.everybody", lang), *names, say("figure.nowhere", lang)])
    ax.invert_yaxis()
    ax.set_xticks([])
    _bare(ax, "left", "bottom")
    most = rows.iloc[1:].sort_values("gone", kind="stable").iloc[-1]
    name = say("figure.nowhere" if most.rule == "nowhere" else f"short.{most.rule}", lang)
    title = say("figure.funnel", lang, may=rows.left.iloc[-1], people=rows.left.iloc[0], rule=name, gone=most.gone)
    return _finish(ax, title)


def funnel_table(moves: Moves) -> pd.DataFrame:
    """Give rule, gone (persons that this rule is the first to stop) and left, for the rules that stop a whole person.

    The last row, ``nowhere``, holds those whom no rule stops and who have no allowed office to go to.
    """
    stopped = moves.refused.dropna(subset=["employee_id"])
    stopped = stopped[stopped.to_unit.isna()]
    order = [rule for rule in moves.rules.rule if rule in set(stopped.rule)]
    first = stopped.assign(at=stopped.rule.map(order.index)).groupby("employee_id").at.min()
    gone = [int((first == at).sum()) for at in range(len(order))]
    may = moves.allowed.employee_id.nunique()
    rows = pd.DataFrame({"rule": ["", *order, "nowhere"], "gone": [0, *gone, len(moves.people) - sum(gone) - may]})
    return rows.assign(left=len(moves.people) - rows.gone.cumsum())


@rc_context(THEME)
def city(ax: Axes, data: Data, plan: Plan, lang: str | None = None) -> Axes:
    """Draw the transfers between districts on their map: a point a district, an arrow as thick as people move."""
    lang, places = language(lang), data.places.set_index("district")
    where = data.units.set_index("unit_id").district
    moved = pd.DataFrame({"a": plan.transfers.from_unit.map(where), "b": plan.transfers.to_unit.map(where)}).dropna()
    away = moved[moved.a != moved.b].groupby(["a", "b"]).size()
    net = moved.b.value_counts().sub(moved.a.value_counts(), fill_value=0).reindex(places.index).fillna(0).astype(int)
    ax.set_aspect(1 / np.cos(np.radians(places.lat.mean())) if len(places) else 1)
    for (a, b), n in away.items():
        ends = [(places.lon[end], places.lat[end]) for end in (a, b)]
        ax.add_patch(FancyArrowPatch(*ends, connectionstyle="arc3,rad=0.18", arrowstyle="-|>", mutation_scale=9 + 2 * n,
                                     lw=0.8 + 0.7 * n, color=BLUE, alpha=0.6, shrinkA=6, shrinkB=8))  # fmt: skip
    colours = np.select([net > 0, net < 0], [RED, GREEN], GREY)
    ax.scatter(places.lon, places.lat, s=60 + 25 * net.abs(), color=colours, ec="white", zorder=3)
    names = [f"{district} {change:+d}" if change else str(district) for district, change in net.items()]
    points, halo = places[["lon", "lat"]].to_numpy(), [withStroke(linewidth=3, foreground="white")]
    for text, change, at, (by, ha) in zip(names, net, points, _beside(points, names), strict=True):
        ax.annotate(text, at, by, textcoords="offset points", ha=ha, va="center", zorder=4, path_effects=halo,
                    weight="bold" if change else "normal")  # fmt: skip
    ax.margins(0.12)
    ax.set_axis_off()
    most, gain = (net.idxmax(), int(net.max())) if len(net) else ("-", 0)
    title = say("figure.city", lang, away=int(away.sum()), transfers=len(moved), district=most, net=gain)
    return _finish(ax, title)


BESIDE = (((0, 11), "center"), ((0, -12), "center"), ((9, 0), "left"), ((-9, 0), "right"))


def _beside(points: np.ndarray, names: list[str]) -> list[tuple[tuple[int, int], str]]:
    """Choose for each name above, below, right or left of its point: where fewest points and names are in the way."""
    at = points / max(np.ptp(points, axis=0).max(), 1e-9) * 100 if len(points) else points  # a letter is 1.4 wide
    taken, chosen = np.empty((0, 4)), []
    for (x, y), name in zip(at, names, strict=True):
        wide = 1.4 * len(name)
        corners = ((x - wide / 2, y + 1.5), (x - wide / 2, y - 4.5), (x + 1.5, y - 1.5), (x - 1.5 - wide, y - 1.5))
        boxes = np.array([(left, low, left + wide, low + 3) for left, low in corners])
        names_over = [((box[:2] < taken[:, 2:]) & (taken[:, :2] < box[2:])).all(axis=1).sum() for box in boxes]
        points_over = [((box[:2] < at + 1) & (at - 1 < box[2:])).all(axis=1).sum() for box in boxes]
        best = int(np.argmin(2 * np.array(names_over) + points_over))
        taken = np.vstack([taken, boxes[best]])
        chosen.append(BESIDE[best])
    return chosen
