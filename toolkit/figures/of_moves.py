"""The picture of moves: how many persons are left after each rule."""

from __future__ import annotations

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes

from toolkit.check.funnel import funnel as count_funnel
from toolkit.common.arguments import language
from toolkit.figures.style import BLUE, GREEN, RED, bare, finish, label, theme
from toolkit.moves.eligibility import Moves
from toolkit.moves.refusals import rule_name
from toolkit.words import number, say


@theme()
def funnel(ax: Axes, moves: Moves, lang: str | None = None) -> Axes:
    """Draw how many persons are left after each rule, in the order in which the rules are applied.

    The numbers are those of ``toolkit.check.funnel.funnel``; rules that stop nobody are left out.
    """
    lang = language(lang)
    rows = _steps(moves, lang)
    # the red bar reaches as far as before the rule; what is left is drawn over it, so red shows who is stopped
    places = rows.index.astype(str)
    front = [BLUE] * (len(rows) - 1) + [GREEN]
    sns.barplot(x=rows.before, y=places, color=RED, alpha=0.75, saturation=1, width=0.72, ax=ax)
    sns.barplot(x=rows.left, y=places, hue=places, palette=front, saturation=1, width=0.72, legend=False, ax=ax)
    ax.set_yticks(rows.index, rows["name"])
    for at, row in enumerate(rows.itertuples()):
        label(
            ax, number(row.left, lang), (row.left, at), (-5, 0), color="white", ha="right", va="center", weight="bold"
        )
        if row.gone:
            sign = "\u2212" if row.gone > 0 else "+"
            text = f"{sign}{number(abs(row.gone), lang)}"
            label(ax, text, (max(row.before, row.left), at), (5, 0), color=RED, va="center")
    ax.set_xticks([])
    bare(ax, "left", "bottom")
    facts = {"may": int(rows.left.iloc[-1]), "people": int(rows.left.iloc[0])}
    if len(rows) == 1:
        return finish(ax, say("figure.funnel_all", lang, **facts))
    most = rows.iloc[1:].sort_values("gone", kind="stable").iloc[-1]
    return finish(ax, say("figure.funnel", lang, **facts, rule=most["name"], gone=int(most.gone)))


def _steps(moves: Moves, lang: str) -> pd.DataFrame:
    """The bars: name, before, gone (negative: a lift for one office opens a place again) and left."""
    counted = count_funnel(moves)
    counted = counted[counted.in_order != 0]
    everybody = len(moves.people)
    # "other" is no rule but what remains: persons for whom no rule speaks and who still have no allowed office
    names = [say("figure.nowhere", lang) if rule == "other" else rule_name(rule, lang) for rule in counted.rule]
    # some rules stop persons and, further down, offices as well
    repeated = counted.rule.duplicated()
    scopes = [say(f"scope.{scope}", lang) for scope in counted.scope]
    names = [f"{name} ({scope})" if twice else name for name, scope, twice in zip(names, scopes, repeated, strict=True)]
    rows = pd.DataFrame({
        "name": [say("figure.everybody", lang), *names],
        "gone": [0, *counted.in_order],
        "left": [everybody, *counted.left],
    })  # fmt: skip
    return rows.assign(before=rows.left + rows.gone)
