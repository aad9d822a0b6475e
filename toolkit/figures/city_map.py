"""The map of the city: transfers between districts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch
from matplotlib.patheffects import withStroke

from toolkit.common.arguments import language
from toolkit.common.types import Array
from toolkit.figures.style import BLUE, GREEN, GREY, RED, finish, label, theme
from toolkit.intake.data import Data
from toolkit.plan.plan import Plan
from toolkit.words import say

HALO = [withStroke(linewidth=3, foreground="white")]  # keeps a name readable where an arrow runs below it


@theme()
def city(ax: Axes, data: Data, plan: Plan, lang: str | None = None) -> Axes:
    """Draw the transfers between districts on their map: a point a district, an arrow as thick as people move."""
    lang = language(lang)
    places = data.places.set_index("district")
    district = data.units.set_index("unit_id").district
    moved = pd.DataFrame({
        "start": plan.transfers.from_unit.map(district),
        "end": plan.transfers.to_unit.map(district),
    }).dropna()  # fmt: skip
    away = moved[moved.start != moved.end].groupby(["start", "end"]).size()
    net = moved.end.value_counts().sub(moved.start.value_counts(), fill_value=0)
    net = net.reindex(places.index).fillna(0).astype(int)
    # a degree of longitude is shorter than one of latitude, the more so the farther from the equator
    ax.set_aspect(1 / np.cos(np.radians(places.lat.mean())) if len(places) else 1)
    _arrows(ax, places, away)
    colours = np.select([net > 0, net < 0], [RED, GREEN], GREY)
    ax.scatter(places.lon, places.lat, s=60 + 25 * net.abs(), color=colours, ec="white", zorder=3)
    _names(ax, places, net)
    ax.margins(0.12)
    ax.set_axis_off()
    most, gain = (net.idxmax(), int(net.max())) if len(net) else ("-", 0)
    facts = {"away": int(away.sum()), "transfers": len(moved), "district": most, "net": gain}
    return finish(ax, say("figure.city", lang, **facts))


def _arrows(ax: Axes, places: pd.DataFrame, away: pd.Series) -> None:
    for (start, end), count in away.items():
        ends = [(places.lon[name], places.lat[name]) for name in (start, end)]
        arrow = FancyArrowPatch(
            *ends,
            connectionstyle="arc3,rad=0.18",  # bent, so that there and back are two arrows
            arrowstyle="-|>",
            mutation_scale=9 + 2 * count,
            lw=0.8 + 0.7 * count,
            color=BLUE,
            alpha=0.6,
            shrinkA=6,
            shrinkB=8,
        )
        ax.add_patch(arrow)


def _names(ax: Axes, places: pd.DataFrame, net: pd.Series) -> None:
    names = [f"{district} {change:+d}" if change else str(district) for district, change in net.items()]
    points = places[["lon", "lat"]].to_numpy()
    for name, change, point, side in zip(names, net, points, beside(points, names), strict=True):
        weight = "bold" if change else "normal"
        style = {"ha": side.align, "va": "center", "weight": weight, "path_effects": HALO, "zorder": 4}
        label(ax, name, point, side.offset, **style)


class Side(NamedTuple):
    """Where a name is written: the offset from its point in points of print, and its alignment."""

    offset: tuple[int, int]
    align: str


SIDES = (Side((0, 11), "center"), Side((0, -12), "center"), Side((9, 0), "left"), Side((-9, 0), "right"))
LETTER = 1.4  # width of a letter where the longer side of the map is 100
LINE = 3.0  # height of a line of text, in the same unit
APART = 1.5  # between a point and its name


def beside(points: Array, names: list[str]) -> list[Side]:
    """Choose for each name above, below, right or left of its point: where the fewest points and names are in the way.

    One name after another, in their order: a name counts twice a point, and of equal sides the first is taken.

    >>> [side.offset for side in beside(np.array([[0.0, 0.0], [0.0, 1.0], [100.0, 50.0]]), ["a", "b", "c"])]
    [(0, -12), (0, 11), (0, 11)]
    """
    if not len(points):
        return []
    on_map = points / max(np.ptp(points, axis=0).max(), 1e-9) * 100
    taken = np.empty((0, 4))
    chosen = []
    for point, name in zip(on_map, names, strict=True):
        boxes = _boxes(point, LETTER * len(name))
        names_over = [_overlapping(box, taken) for box in boxes]
        points_over = [_overlapping(box, np.hstack([on_map - 1, on_map + 1])) for box in boxes]
        best = int(np.argmin(2 * np.array(names_over) + points_over))
        taken = np.vstack([taken, boxes[best]])
        chosen.append(SIDES[best])
    return chosen


def _boxes(point: Array, width: float) -> Array:
    """The boxes (left, bottom, right, top) that a name would fill on each of SIDES."""
    x, y = point
    corners = [
        (x - width / 2, y + APART),
        (x - width / 2, y - APART - LINE),
        (x + APART, y - LINE / 2),
        (x - APART - width, y - LINE / 2),
    ]
    return np.array([(left, low, left + width, low + LINE) for left, low in corners])


def _overlapping(box: Array, others: Array) -> int:
    """How many of the other boxes (a row each) share some area with a box."""
    begins_before = (box[:2] < others[:, 2:]).all(axis=1)
    ends_after = (others[:, :2] < box[2:]).all(axis=1)
    return int((begins_before & ends_after).sum())
