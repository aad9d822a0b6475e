"""The look of all pictures: the seaborn theme, the colours, the empty canvas, titles and axes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import wrap
from typing import Any

import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from toolkit.words import number

FEW_OFFICES = 3  # fewer offices have nothing to compare
PALETTE = "colorblind"  # seaborn's, after Okabe and Ito: distinct for any kind of colour vision
_COLOURS = sns.color_palette(PALETTE).as_hex()
BLUE = _COLOURS[0]
GREEN = _COLOURS[2]
RED = _COLOURS[3]
SKY = _COLOURS[9]
GREY = "#8A8A8A"
PALE = "#DADADA"
INK = "#222222"

FONT = "DejaVu Sans"  # comes with matplotlib, so a picture has the same bytes on every machine
DPI = 90
RC: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 11,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlepad": 12,
    "axes.titlesize": 14,
    "axes.titleweight": "bold",
    "figure.dpi": DPI,
    "font.size": 11,
    "svg.hashsalt": "mutasi",  # the ids inside an SVG are random without it
    "text.color": INK,
    "xtick.color": INK,
    "xtick.labelsize": 11,
    "ytick.color": INK,
    "ytick.labelsize": 11,
}
ROWS = 20  # a picture holds so many rows; its title counts all
TITLE_WIDTH = 68  # letters a line


@contextmanager
def theme() -> Iterator[None]:
    """Draw in the theme inside a ``with`` block, or in the whole function as a decorator; afterwards all is as before.

    >>> from matplotlib import rcParams
    >>> before = rcParams["axes.titleweight"]
    >>> with theme():
    ...     rcParams["axes.titleweight"]
    'bold'
    >>> rcParams["axes.titleweight"] == before
    True
    """
    with rc_context():
        # color_codes would change the meaning of "b" or "r" for good, which rc_context cannot undo
        sns.set_theme(style="ticks", palette=PALETTE, font=FONT, color_codes=False, rc=RC)
        yield


def canvas(width: float = 9.5, height: float = 5.0, *, shown: bool = True) -> Axes:
    """Return an empty ax in the theme.

    Args:
        width: in inches.
        height: in inches.
        shown: whether a notebook shows the figure at the end of the cell.
    """
    size: dict[str, Any] = {"figsize": (width, height), "dpi": DPI, "layout": "constrained"}
    # made outside the theme: Jupyter sets its own parameters with the first figure, and leaving the theme undid them
    figure = plt.figure(**size) if shown else Figure(**size)
    with theme():
        return figure.subplots()


def finish(ax: Axes, title: str, x: str = "", y: str = "") -> Axes:
    """Set the title, which begins above the ax, and the names of the axes; return the ax."""
    rows = ax.get_yticklabels() if ax.axison else []
    names = [line for label in rows for line in label.get_text().splitlines()]
    # an id of an office, DISDIK-SEK, is one word; long names beside the ax leave less room above it;
    # a letter of a name is about 0.7 of a letter of a title
    room = TITLE_WIDTH - round(0.7 * max(map(len, names), default=0))
    ax.set_title("\n".join(wrap(title, room, break_on_hyphens=False)))
    ax.set_xlabel(x)
    ax.set_ylabel(y)
    return ax


def nothing(ax: Axes, sentence: str) -> Axes:
    """Write a sentence in place of a picture that has nothing to show; return the ax."""
    ax.set_axis_off()
    return finish(ax, sentence)


def bare(ax: Axes, *spines: str) -> None:
    """Take away the named spines and all tick marks: where each point has its label they add nothing."""
    ax.spines[list(spines)].set_visible(False)
    ax.tick_params(length=0)


def label(ax: Axes, text: str, point: tuple[float, float], offset: tuple[float, float], **style: Any) -> None:
    """Write a text beside a point; the offset is in points of print."""
    ax.annotate(text, point, offset, textcoords="offset points", **style)


def localised(ax: Axes, lang: str, *axes: str) -> None:
    """Write the numbers of the axes ("x", "y") as the language does."""
    for name in axes:
        axis = ax.xaxis if name == "x" else ax.yaxis
        axis.set_major_formatter(lambda value, _: number(round(value, 3), lang))
