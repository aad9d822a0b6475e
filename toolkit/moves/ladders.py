"""Where each job stands: which functional job it is, on which level of which ladder, and in which category."""

from __future__ import annotations

import re

import pandas as pd

from toolkit.intake.data import Data
from toolkit.intake.levels import in_new_words, level_of, new_levels
from toolkit.intake.schema import squash

PLACE = ["base", "level", "category"]


def places(data: Data) -> pd.DataFrame:
    """Return base, level and category of each job (row of ``data.jobs``); what is not known is empty.

    ``base`` is the name without its level: two functional jobs of one base are one functional job at two levels
    (PermenPAN-RB 1/2023). The level is that of the column, else that of the name, in present words. A job without a
    category whose level stands on one of the two ladders is functional.

    >>> import toolkit as tk
    >>> places(tk.load("data/sample")).loc[lambda all_: all_.base == "perawat"].level.tolist()
    ['ahli pertama', 'mahir', 'terampil']
    """
    jobs = data.jobs
    both = list(zip(jobs.name, jobs.category, strict=True))
    plain = [in_new_words(name, functional=category == "functional") for name, category in both]
    has_none = jobs.category.isin(["general", "structural"])
    named = [None if none else level_of(name) for name, none in zip(plain, has_none, strict=True)]
    stated = jobs.level.map(lambda text: new_levels().get(squash(text), text.strip().lower()), na_action="ignore")
    level = stated.astype(object).where(stated.notna(), pd.Series(named, jobs.index, dtype=object))
    on_ladder = level.isin(set(new_levels().values()))
    category = jobs.category.astype(object).where(jobs.category.notna() | ~on_ladder, "functional")
    base = [squash(_without(name, end)) for name, end in zip(plain, named, strict=True)]
    return pd.DataFrame({"base": base, "level": level, "category": category}, jobs.index)


def _without(name: str, level: str | None) -> str:
    """The name of a job without the level at its end."""
    return re.sub(rf"\s+{level}$", "", name, flags=re.IGNORECASE) if level else name
