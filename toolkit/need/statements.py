"""Sentences on the estimates in both languages: cards of norms, surges, and who has more people than any norm asks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from toolkit.common.arguments import language
from toolkit.need.demand import Demand
from toolkit.need.norms import Norms
from toolkit.need.others import share_of_peers
from toolkit.need.refitting import FEW_UNITS
from toolkit.need.staffing import Need
from toolkit.need.tasks import KEY
from toolkit.words import Month, lexicon, say

BELOW_FIXED = 0.05  # share of offices with less work than the constant, from which on the card says so
OWN_SHARE = 0.2  # of its need, from which on an office decides its own norm: its surplus says nothing
DOUBTS_SHOWN = 100  # more than anybody reads one by one


def estimate_lines(need: Need, lang: str) -> list[str]:
    """Return all that the estimates say: cards, surges, doubts, and who has more people than any norm asks for."""
    return [
        *card_lines(need.norms, lang),
        *surge_lines(need.demand, lang),
        *doubt_lines(need, lang),
        *surplus_lines(need, lang),
    ]


def grade_name(grade: str, lang: str) -> str:
    """Return how a language writes a grade of evidence: A to D in both, shared by its own word.

    >>> grade_name("B", "id"), grade_name("shared", "id")
    ('B', 'bersama')
    """
    return lexicon(lang).get(f"evidence.code_{grade}", grade)


def card_lines(norms: Norms, lang: str | None = None) -> list[str]:
    """Return a sentence for each job: what its norms rest on, and whether they were accepted.

    >>> import toolkit as tk
    >>> card_lines(tk.estimate_norms(tk.load("tests/data/three_offices")), "en")
    ['clerk: the official norms are used, because the hours were not provided or are too few.']
    """
    lang = language(lang)
    return [
        _fitted(card, lang) if card["basis"] == "fit" else _without_fit(card, lang)
        for card in norms.cards.to_dict("records")
    ]


def _without_fit(card: Mapping[Any, Any], lang: str) -> str:
    """A job whose official norms stand, with the reason, or that has no norms at all."""
    hours = say(f"card.hours_{card['hours']}", lang) if card["basis"] == "official" else ""
    return say(f"card.{card['basis']}", lang, job=card["job_id"], hours=hours)


def _fitted(card: Mapping[Any, Any], lang: str) -> str:
    """A job whose norms were fitted: its figures, the verdict, and what the reader should know of its hours."""
    failed = ", ".join(say(f"limit.{name}", lang) for name in card["fails"].split(";") if name)
    verdict = say("card.passes", lang) if card["accepted"] else say("card.fails", lang, fails=failed)
    notes = say(f"card.{card['hours']}", lang)
    if pd.notna(card["bias_smallest"]) and pd.notna(card["bias_largest"]):
        shares = {name: round(100 * card[f"bias_{name}"]) for name in ("smallest", "largest")}
        notes += say("card.fifths", lang, **shares)
    if pd.notna(card["below_fixed"]) and card["below_fixed"] > BELOW_FIXED * card["units"]:
        notes += say("card.below_fixed", lang, count=card["below_fixed"])
    if pd.notna(card["own_share"]) and card["own_share"] > OWN_SHARE:
        notes += say("card.own_share", lang, share=round(100 * card["own_share"]))
    if card["units"] < FEW_UNITS:
        notes += say("card.few", lang)
    if card["padded"]:
        notes += say("card.padded", lang, units=card["padded"].split(";"))
    return say(
        "card.fit",
        lang,
        job=card["job_id"],
        rows=card["rows"],
        units=card["units"],
        r2=_percent(card["r2"]),
        error=_percent(card["error_unseen"]),
        verdict=verdict,
        note=notes,
    )


def _percent(share: float) -> float | str:
    return "-" if np.isnan(share) else round(100 * share, 1)


def surge_lines(demand: Demand, lang: str | None = None) -> list[str]:
    """Return a sentence for each surge, the largest first: since when, how much, whether it stays, the backlog.

    Last, where any is reported, what such a search does not see.
    """
    lang = language(lang)
    surged = demand.table[demand.table.surge_since.notna()]
    said = [
        say(
            f"surge.{row.surge_kind}",
            lang,
            service=row.service_id,
            unit=row.unit_id,
            since=Month(row.surge_since),
            factor=round(row.surge_factor, 1),
            days="-" if np.isnan(row.backlog_days) else round(row.backlog_days),
        )
        for row in surged.sort_values("surge_factor", ascending=False).itertuples()
    ]
    return [*said, say("surge.unseen", lang)] if said else said


def doubt_lines(need: Need, lang: str | None = None) -> list[str]:
    """Return a sentence for each reason to doubt a need, with its figures, and last how to confirm; none without one.

    >>> import toolkit as tk
    >>> data = tk.load("data/hand")
    >>> doubt_lines(tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data)))
    []
    """
    lang = language(lang)
    doubts = need.doubts
    said = [_doubtful(row, need.policy.hold_doubtful, lang) for row in doubts.head(DOUBTS_SHOWN).to_dict("records")]
    if len(doubts) > DOUBTS_SHOWN:
        said.append(say("doubt.more", lang, count=len(doubts) - DOUBTS_SHOWN))
    if (doubts.confirmed_by == "").any():
        said.append(say("doubt.how", lang))
    return said


def _doubtful(doubt: Mapping[Any, Any], held: bool, lang: str) -> str:
    """One reason to doubt a need, and what follows from it."""
    what = doubt["what"]
    key = "peers_load" if what == "peers" and not doubt["service_id"] else what
    figure, against = (float(f"{doubt[name]:.3g}") for name in ("figure", "against"))
    facts = {"unit": doubt["unit_id"], "job": doubt["job_id"], "figure": figure, "against": against}
    share = round(100 * doubt["figure"] / doubt["against"]) if doubt["against"] else "-"
    text = say(f"doubt.{key}", lang, **facts, service=doubt["service_id"], share=share)
    if doubt["confirmed_by"]:
        then = say("doubt.confirmed", lang, by=doubt["confirmed_by"])
    else:
        then = say("doubt.held" if held else "doubt.not_held", lang)
    return say("doubt.line", lang, what=say(f"doubt_code.{what}", lang), text=text, then=then)


def surplus_lines(need: Need, lang: str | None = None) -> list[str]:
    """Return a sentence for each office with more people than its reported work asks for, all doubts in its favour.

    By the policy ``surplus_beyond``: "peers", beyond all norms and demand that fit the data and beyond what its peers
    spend; "norms", beyond the first alone. Nothing is said of an office whose own hours decide its norm, or whose
    service fell below 0.6 of the years before.

    Raises:
        MutasiError: ``need.table`` was edited in place.
    """
    need.check_unedited()
    lang = language(lang)
    by_peers = need.policy.surplus_beyond == "peers"
    bounds = ["need_most", "need_high", *(["need_peers"] if by_peers else [])]
    # where a bound is missing nothing is sure
    most = need.table[bounds].max(axis=1, skipna=False)
    fell = need.doubts[(need.doubts.what == "fall") & (need.doubts.confirmed_by == "")]
    is_fallen = pd.MultiIndex.from_frame(need.table[KEY]).isin(pd.MultiIndex.from_frame(fell[KEY]))
    judged = (need.table.own_share <= OWN_SHARE) & ~is_fallen
    sure = need.table.assign(most=most)[judged & (need.table.staff >= np.ceil(most) + 1)]
    said = [
        say("card.surplus", lang, unit=row.unit_id, job=row.job_id, most=int(np.ceil(row.most)), staff=row.staff)
        for row in sure.itertuples()
    ]
    if said and by_peers:
        offices = need.norms.ratios.dropna(subset="ratio").groupby("job_id").size()
        fewest = int(offices.reindex(sure.job_id.unique()).min())
        said.append(say("card.surplus_chance", lang, share=round(100 * (1 - share_of_peers(fewest)))))
    return said
