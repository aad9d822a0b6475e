"""Draw what the rules on duties, licences and protection ask of people: few have a duty, hardly any a punishment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.intake.schema import recognised
from toolkit.sample.facts import catalogue, today

LICENCE_YEARS = 5  # a licence to practise (SIP) runs as long


def add_duties(people: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Return the people with duties beside the job, punishments, registration and licence, certificate, protection.

    Whoever an official sends somewhere by hand is in :func:`toolkit.sample.opinions.make_edits`, which looks at none of
    these columns: they are drawn last, with random numbers of their own.
    """
    return people.assign(
        roles=_roles(people, rng),
        **_punishments(people, rng),
        **_licences(people, rng),
        certified_subject=_certificates(people, rng),
        **_protections(people, rng),
    )


def _roles(people: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """A duty beside the job: of money and goods for pelaksana, a second post for a few who head an office."""
    shares = catalogue()["duties"]
    general = (people.category == "general") & (people.status == "pns")
    place = rng.uniform(size=len(people))
    names = list(shares["general"])
    steps = np.cumsum(list(shares["general"].values()))
    at = np.searchsorted(steps, place, side="right")
    money = np.array([*names, ""], object)[at]
    acting = (people.category == "structural") & (rng.uniform(size=len(people)) < shares["acting"])
    return np.where(general, money, np.where(acting, "acting", ""))


def _punishments(people: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.Series]:
    """The level and first day of the punishments that are being served: as long as their last day says."""
    serving = people.discipline == "serving"
    level = pd.Series(rng.choice(["moderate_12", "severe"], len(people)), people.index).where(serving, "none")
    # both are of twelve months
    since = people.discipline_until - pd.DateOffset(months=12) + pd.Timedelta(days=1)
    return {"discipline_level": level, "discipline_since": since.where(serving)}


def _licences(people: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.Series]:
    """Registration and licence of health staff; the licences of a few have just run out."""
    count = len(people)
    staff = people.name.str.lower().str.startswith(tuple(recognised()["health_jobs"])) & (
        people.category == "functional"
    )
    left = rng.integers(-20, int(LICENCE_YEARS * 365.25), count)
    until = today() + pd.Series(pd.to_timedelta(left, unit="D"), people.index)
    number = pd.Series([f"STR-{at:05d}" for at in rng.permutation(count)], people.index)
    return {"str_no": number.where(staff, ""), "sip_until": until.where(staff)}


def _certificates(people: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """The subject that a teacher's certificate names: that of the job, where there is one."""
    teacher = people.subject.notna()
    has = rng.uniform(size=len(people)) < catalogue()["duties"]["certified"]
    return people.subject.where(has, "none").where(teacher, "")


def _protections(people: pd.DataFrame, rng: np.random.Generator) -> dict[str, pd.Series]:
    """A day up to which a few are protected, and the consent that is asked of some of them; never a reason."""
    count = len(people)
    shares = catalogue()["duties"]
    held = (rng.uniform(size=count) < shares["held"]) & (people.category != "structural")
    until = today() + pd.Series(pd.to_timedelta(rng.integers(-60, 240, count), unit="D"), people.index)
    asked = (rng.uniform(size=count) < shares["asked"]) & (people.category != "structural")
    consent = pd.Series(rng.choice(["needed", "given"], count), people.index)
    return {"hold_until": until.where(held), "consent": consent.where(asked, "")}
