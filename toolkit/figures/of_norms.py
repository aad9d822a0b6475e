"""The pictures of norms: hours on volumes by office, what the norms miss, norms with their intervals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from toolkit.common.arguments import language
from toolkit.figures.city_map import HALO
from toolkit.figures.style import BLUE, FEW_OFFICES, GREY, INK, RED, SKY, bare, finish, label, localised, theme
from toolkit.intake.data import Data
from toolkit.need.norms import Norms
from toolkit.words import say

WIDEST = 60  # per cent; what misses by more is counted in the last bar


@theme()
def norm_intervals(ax: Axes, norms: Norms, job_id: str, lang: str | None = None) -> Axes:
    """Draw the minutes of each service of a job with their 90 % interval, beside the official ones."""
    lang = language(lang)
    rows = norms.table[(norms.table.job_id == job_id) & norms.table.service_id.notna()]
    rows = rows.sort_values(["minutes", "service_id"], ignore_index=True)
    outside = (rows.official_minutes < rows.minutes_low) | (rows.official_minutes > rows.minutes_high)
    ax.hlines(rows.index, rows.minutes_low, rows.minutes_high, color=SKY, lw=7, zorder=1)
    ours = rows[rows.basis == "fit"]
    sns.scatterplot(x=ours.minutes, y=ours.index, s=75, color=BLUE, linewidth=0, zorder=3, ax=ax)
    ax.scatter(rows.official_minutes, rows.index, s=75, marker="D", fc="white", ec=np.where(outside, RED, GREY), lw=2)
    legend = [("\u25cf", "minutes", BLUE), ("\u25c7", "official", GREY), ("\u25c7", "outside", RED)]
    for line, (sign, name, colour) in enumerate(legend):  # the rows are sorted, so this corner is free
        text = f"{sign} {say(f'figure.{name}', lang)}"
        ax.text(0.98, 0.2 - 0.07 * line, text, color=colour, weight="bold", ha="right", transform=ax.transAxes)
    ax.set_yticks(rows.index, rows.service_id)
    ax.set_xlim(0, None)
    ax.set_ylim(-0.7, len(rows))
    bare(ax, "left")
    judged = int(rows.minutes_low.notna().sum())
    key = "figure.norms" if judged else "figure.norms_as_given"
    title = say(key, lang, off=int(outside.sum()), services=judged, job=job_id)
    return finish(ax, title, say("figure.each", lang))


@theme()
def hours_on_volumes(ax: Axes, data: Data, job_id: str, lang: str | None = None) -> Axes:
    """Draw the recorded hours of a job on the services completed, a point an office (a mean month), both logarithmic.

    On the grey line a service takes what it takes at the median office. The title names the offices where it takes
    least and most: how far apart they are is what a norm for each service has to explain.
    """
    lang = language(lang)
    offices = _work(data, job_id).groupby("unit_id")[["volume", "hours"]].mean()
    offices = offices[(offices > 0).all(axis=1)]
    if len(offices) < FEW_OFFICES:
        ax.set_axis_off()
        return finish(ax, say("figure.hours_none", lang, job=job_id))
    each = offices.hours / offices.volume
    ax.set(xscale="log", yscale="log")
    ends = np.array([offices.volume.min(), offices.volume.max()])
    ax.plot(ends, ends * each.median(), color=GREY, lw=1.5, zorder=1)
    sns.scatterplot(offices, x="volume", y="hours", s=75, color=BLUE, alpha=0.75, linewidth=0, ax=ax)
    for unit in dict.fromkeys([each.idxmin(), each.idxmax(), offices.hours.idxmax()]):
        above = 11 if each[unit] > each.median() else -13
        label(ax, unit, offices.loc[unit], (0, above), color=INK, ha="center", va="center", path_effects=HALO)
    ax.margins(0.12)
    localised(ax, lang, "x", "y")
    facts = {"job": job_id, "least": round(60 * each.min(), 1), "most": round(60 * each.max(), 1)}
    title = say("figure.hours", lang, **facts, quick=each.idxmin(), slow=each.idxmax())
    return finish(ax, title, say("figure.volume_axis", lang), say("figure.hours_axis", lang))


@theme()
def residuals(ax: Axes, norms: Norms, job_id: str, lang: str | None = None) -> Axes:
    """Draw by how much the recorded hours of a job differ from its norms, in per cent: a histogram of its periods.

    Offices whose hours fill the day rather than follow the work were left out of the estimate and are drawn in red.
    """
    lang = language(lang)
    off = residuals_of(norms, job_id)
    if off.empty:
        ax.set_axis_off()
        return finish(ax, say("figure.hours_none", lang, job=job_id))
    shown = off.assign(percent=off.percent.clip(-WIDEST, WIDEST))
    edges = np.linspace(-WIDEST, WIDEST, 49)
    sns.histplot(
        shown, x="percent", hue="padded", hue_order=[True, False], palette={True: RED, False: BLUE},
        multiple="stack", bins=edges, alpha=0.85, edgecolor="white", legend=False, ax=ax,
    )  # fmt: skip
    ax.axvline(0, color=INK, lw=1)
    words = [("followed", BLUE)] + [("filled", RED)] * bool(off.padded.any())
    for line, (name, colour) in enumerate(words):
        text = f"\u25a0 {say(f'figure.{name}', lang)}"
        ax.text(0.98, 0.92 - 0.07 * line, text, color=colour, weight="bold", ha="right", transform=ax.transAxes)
    ax.set_yticks([])
    bare(ax, "left")
    localised(ax, lang, "x")
    median = round(float(off.percent[~off.padded].abs().median()), 1)
    title = say("figure.residuals", lang, job=job_id, median=median, rows=int((~off.padded).sum()))
    return finish(ax, title, say("figure.residual", lang))


def residuals_of(norms: Norms, job_id: str) -> pd.DataFrame:
    """Return unit_id, period, percent (recorded hours above those by the norms) and padded, a row a recorded period."""
    rows = _work(norms.data, job_id)
    minutes = norms.table[norms.table.job_id == job_id].set_index("service_id").minutes
    constant = minutes[minutes.index.isna()].sum()  # minutes a unit and period that no service takes
    work = _completed(norms.data, minutes.index.dropna())
    by_service = work.completed * work.service_id.map(minutes)
    by_norms = by_service.groupby([work.unit_id, work.period]).sum().rename("minutes").reset_index()
    rows = rows.merge(by_norms, on=["unit_id", "period"])
    rows["percent"] = 100 * (rows.hours * 60 / (rows.minutes + constant) - 1)
    padded = norms.padded.unit_id[norms.padded.job_id == job_id]
    rows["padded"] = rows.unit_id.isin(padded)
    rows = rows[np.isfinite(rows.percent)]
    return rows[["unit_id", "period", "percent", "padded"]].reset_index(drop=True)


def _completed(data: Data, services: pd.Index) -> pd.DataFrame:
    """The volumes of some services, as completed; as received where nothing else was reported, without unknown ones."""
    rows = data.volumes[data.volumes.service_id.isin(services)]
    return rows.assign(completed=rows.completed.fillna(rows.received)).dropna(subset="completed")


def _work(data: Data, job_id: str) -> pd.DataFrame:
    """Return unit_id, period, hours and volume (all services of the job, completed), where both were reported."""
    services = data.services.service_id[data.services.job_id == job_id]
    volume = _completed(data, pd.Index(services)).groupby(["unit_id", "period"]).completed.sum().rename("volume")
    hours = data.hours[data.hours.job_id == job_id].groupby(["unit_id", "period"]).hours.sum()
    return pd.concat([hours, volume], axis=1, join="inner").reset_index()
