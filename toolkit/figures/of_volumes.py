"""The picture of volumes: what an office received and completed of one service, and whether demand jumped."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
from babel.dates import format_date
from matplotlib.axes import Axes

from toolkit.common.arguments import language
from toolkit.common.calendar import is_month
from toolkit.figures.style import BLUE, GREY, RED, finish, label, localised, theme
from toolkit.intake.data import Data
from toolkit.need.demand import Demand
from toolkit.words import Month, number, say

TICKS = 8  # names of periods that fit below a picture
YEAR = 12  # months


@theme()
def volumes(ax: Axes, data: Data, demand: Demand, unit_id: str, service_id: str, lang: str | None = None) -> Axes:
    """Draw what an office received and completed of one service, period by period; a surge where demand names one."""
    lang = language(lang)
    chosen = "unit_id == @unit_id and service_id == @service_id"
    rows = data.volumes.query(chosen).dropna(subset="received").reset_index(drop=True)
    surges = demand.table.query(chosen).dropna(subset=["surge_since"])
    names = [_period(period, lang) for period in rows.period]
    _lines(ax, rows, lang)
    every = -(-len(rows) // TICKS)  # rounded up
    ax.set_xticks(rows.index[::every], names[::every])
    ax.set_ylim(0, None)
    ax.margins(x=0.1)
    localised(ax, lang, "y")
    service = data.services.name[data.services.service_id == service_id].iloc[0]
    facts = {"unit": unit_id, "service": service}
    if surges.empty:
        return finish(ax, _without_surge(rows, facts, lang))
    surge = surges.iloc[0]
    first = int((rows.period >= f"{surge.surge_since:%Y-%m}").idxmax())
    ax.axvspan(first - 0.5, len(rows) - 0.5, color=RED, alpha=0.10, lw=0)
    ax.axvline(first - 0.5, color=RED, lw=2)
    factor = round(float(surge.surge_factor), 2)
    return finish(ax, say("figure.surge", lang, **facts, since=Month(surge.surge_since), factor=factor))


def _lines(ax: Axes, rows: pd.DataFrame, lang: str) -> None:
    """What was received, and what was completed where it was less at some time, each named at its end."""
    colours = {"received": BLUE}
    if (rows.completed < rows.received).any():
        colours["completed"] = GREY
        ax.fill_between(rows.index, rows.completed, rows.received, color=RED, alpha=0.15, lw=0)
    last = rows[list(colours)].iloc[-1]
    for name, colour in colours.items():
        sns.lineplot(x=rows.index, y=rows[name], color=colour, lw=2.5, marker="o", ms=5, mew=0, errorbar=None, ax=ax)
        above = last[name] >= last.max()
        offset = (8, 6 if above else -12)
        label(ax, say(f"figure.{name}", lang), (rows.index[-1], last[name]), offset, color=colour, weight="bold")


def _without_surge(rows: pd.DataFrame, facts: dict[str, str], lang: str) -> str:
    """The title where nothing jumped: the last twelve periods, beside the twelve before where there are so many."""
    year = float(rows.received.iloc[-YEAR:].mean())
    before = float(rows.received.iloc[-2 * YEAR : -YEAR].mean())
    volume = number(round(year), lang)
    if len(rows) < 2 * YEAR or not before:
        return say("figure.volume", lang, **facts, volume=volume)
    change = round(100 * (year / before - 1))
    signed = f"{'+' if change > 0 else ''}{number(change, lang)}"
    return say("figure.volumes", lang, **facts, volume=volume, change=signed)


def _period(period: str, lang: str) -> str:
    """A month by its short name, a year as it is."""
    if not is_month(period):
        return period
    return format_date(pd.Period(period, "M").start_time, "MMM yy", locale=lang)
