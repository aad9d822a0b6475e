"""Every picture of the page and the notebooks: ``from toolkit import figures``, then ``figures.loads(ax, plan)``.

Each function takes an ax (from :func:`canvas`) and a result, draws with seaborn in the theme, and returns the ax. The
title states the finding, with its number computed from the same table. Texts are in the reader's language.

- of a plan: :func:`loads`, :func:`flows`, :func:`frontier`, :func:`city`
- of moves: :func:`funnel`
- of need: :func:`evidence`, :func:`load_map`
- of the data and the norms: :func:`volumes`, :func:`norm_intervals`, :func:`hours_on_volumes`, :func:`residuals`
"""

from toolkit.figures.city_map import city
from toolkit.figures.of_moves import funnel
from toolkit.figures.of_need import evidence, load_map
from toolkit.figures.of_norms import hours_on_volumes, norm_intervals, residuals
from toolkit.figures.of_plan import flows, frontier, loads
from toolkit.figures.of_volumes import volumes
from toolkit.figures.style import BLUE, GREEN, GREY, INK, PALE, RED, ROWS, SKY, canvas, theme

__all__ = [
    "BLUE",
    "GREEN",
    "GREY",
    "INK",
    "PALE",
    "RED",
    "ROWS",
    "SKY",
    "canvas",
    "city",
    "evidence",
    "flows",
    "frontier",
    "funnel",
    "hours_on_volumes",
    "load_map",
    "loads",
    "norm_intervals",
    "residuals",
    "theme",
    "volumes",
]
