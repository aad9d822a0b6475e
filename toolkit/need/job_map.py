"""What the estimate of workload says in words and forms: cards, surges, peta jabatan, the five years to come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.calendar import retires_on
from toolkit.errors import few
from toolkit.need.demand import Demand
from toolkit.need.norms import Norms
from toolkit.need.people import active
from toolkit.need.refitting import FEW_UNITS
from toolkit.need.staffing import Need
from toolkit.need.tasks import KEY
from toolkit.words import language, say


def card_lines(norms: Norms, lang: str | None = None) -> list[str]:
    """Give a sentence for each job: what its norms rest on, and whether they were accepted.

    >>> import toolkit as tk
    >>> card_lines(tk.estimate_norms(tk.load("tests/data/three_offices")), "en")
    ['clerk: official norms are used; hours: none were provided, or too few.']
    """
    out, lang = [], language(lang)
    for card in norms.cards.to_dict("records"):
        kind = say(f"card.hours_{card['hours']}", lang) if card["basis"] == "official" else ""
        if card["basis"] != "fit":
            out.append(say(f"card.{card['basis']}", lang, job=card["job_id"], hours=kind))
            continue
        verdict = say("card.passes", lang) if card["accepted"] else say("card.fails", lang, fails=card["fails"])
        note = say(f"card.{card['hours']}", lang) + (say("card.few", lang) if card["units"] < FEW_UNITS else "")
        note += say("card.padded", lang, units=few(card["padded"].split(";"))) if card["padded"] else ""
        told = {"r2": _percent(card["r2"]), "error": _percent(card["error_unseen"]), "verdict": verdict, "note": note}
        out.append(say("card.fit", lang, job=card["job_id"], rows=card["rows"], units=card["units"], **told))
    return out


def _percent(share: float) -> object:
    return "-" if np.isnan(share) else round(100 * share, 1)


def surge_lines(demand: Demand, lang: str | None = None) -> list[str]:
    """Give a sentence for each surge, the largest first: since when, how much, whether it stays, the backlog."""
    lang = language(lang)
    found = demand.table[demand.table.surge_since.notna()].sort_values("surge_factor", ascending=False)
    return [
        say(
            f"surge.{row.surge_kind}", lang, service=row.service_id, unit=row.unit_id,
            since=f"{row.surge_since:%Y-%m}", factor=round(row.surge_factor, 1),
            days="-" if np.isnan(row.backlog_days) else round(row.backlog_days),
        )
        for row in found.itertuples()
    ]  # fmt: skip


def surplus_lines(need: Need, lang: str | None = None) -> list[str]:
    """Give a sentence for each office with more people than it needs under any norms and demand that the data admit."""
    lang = language(lang)
    most = need.table[["need_most", "need_high"]].astype("float64").max(axis=1, skipna=False)
    sure = need.table.assign(need_most=most)[need.table.staff >= np.ceil(most) + 1]
    return [
        say("card.surplus", lang, unit=row.unit_id, job=row.job_id, most=int(np.ceil(row.need_most)), staff=row.staff)
        for row in sure.itertuples()
    ]


def estimate_lines(need: Need, lang: str) -> list[str]:
    """Give all that the estimates say: cards, surges, and who has more people than any norm asks for."""
    return [*card_lines(need.norms, lang), *surge_lines(need.demand, lang), *surplus_lines(need, lang)]


def peta_jabatan(need: Need) -> pd.DataFrame:
    """Give the job map as the forms have it, with the official need beside ours.

    Returns:
        unit_id, job_id, job_name, grade (*kelas*), B (*bezetting*: active ASN), K (our need, rounded; empty: unknown),
        plus_minus (B - K), K_official, why (what ours rests on where the two differ: work, ratio, coverage, minimum,
        unknown, or no_official; empty: they agree), gabung_tugas (one person, less than a whole load: add other tasks).
    """
    table = need.table.merge(need.data.jobs[["job_id", "name", "grade"]], on="job_id")
    differs = np.select(
        [table.need_rounded.isna(), table.official_need.isna(), table.need_rounded != table.official_need],
        ["unknown", "no_official", table.bound],
        "",
    )
    alone = (table.need_rounded <= 1) | (table.staff == 1)
    return pd.DataFrame({
        "unit_id": table.unit_id, "job_id": table.job_id, "job_name": table.name, "grade": table.grade,
        "B": table.staff, "K": table.need_rounded, "plus_minus": table.staff - table.need_rounded,
        "K_official": table.official_need, "why": differs,
        "gabung_tugas": alone & (table.need_fte > 0) & (table.need_fte < 1),
    }).sort_values(KEY, ignore_index=True)  # fmt: skip


def projection(need: Need, years: int = 5) -> pd.DataFrame:
    """Give who leaves in each of the years to come and the gap that is left, by the rule of BKN.

    A shortage grows by those who retire (BUP) and whose PPPK contract ends up to then; a surplus shrinks by them.

    Source: Peraturan BKN 9/2022 (shortage + BUP + contract ends; surplus - BUP - contract ends; five years).

    Returns:
        unit_id, job_id, year (1 to ``years``, from the date of judgement), retire, contract_ends (full-time
        equivalents, up to then, each person by what comes first, who is overdue in year 1; empty: there is no date of
        judgement, or somebody's birth date, age of retirement or contract end is unknown), gap (B - K less those;
        empty: unknown).
    """
    people = need.data.employees[active(need.data)]
    jobs = need.data.jobs.set_index("job_id")
    leaves = retires_on(people.birth_date, people.job_id.map(jobs.retirement_age))
    contract = people.status.isin(["pppk", "pppk_pw"])
    ends, by = people.contract_end.where(contract), [people[key] for key in KEY]
    unclear = (leaves.isna() | (contract & ends.isna())).groupby(by).any()
    unclear |= not need.data.has_as_of
    start, parts = need.data.as_of if need.data.has_as_of else pd.NaT, []
    for year in range(1, years + 1):
        until = start + pd.DateOffset(years=year)
        out = need.table[[*KEY, "surplus"]].set_index(KEY).assign(year=year)
        retire, ended = (leaves < until) & ~(ends < leaves), (ends < until) & ~(leaves <= ends)
        for name, who in (("retire", retire), ("contract_ends", ended)):
            leaving = people.fte.where(who, 0.0).groupby(by).sum().mask(unclear)
            out[name] = leaving.reindex(out.index, fill_value=0.0)
        parts.append(out.reset_index())
    table = pd.concat(parts)
    table["gap"] = table.surplus - table.retire - table.contract_ends
    return table.sort_values([*KEY, "year"], ignore_index=True)[[*KEY, "year", "retire", "contract_ends", "gap"]]
