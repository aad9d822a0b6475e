"""How many people each office has in each job, and what its job map (peta jabatan) says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from toolkit.sample.facts import catalogue, jobs, profiles

KEY = ["unit_id", "job_id"]
YEAR = 24 * 365  # hours of a post that is held day and night
LESSONS = 24  # lesson hours a week below which a teacher loses the allowance: no school takes more teachers than that
K_LOG_SD = 0.15  # sd of log(official need / need by the true work)


def make_crews(
    units: pd.DataFrame, series: pd.DataFrame, services: pd.DataFrame, tasks: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return a row for each office and job it is staffed with: need, heads, others, and what the job map holds."""
    crews = _asked(units)
    drawn = rng.uniform(size=(4, len(crews)))
    crews["others"] = _between(crews.others_low, crews.others_high, drawn[0])
    crews = crews.merge(_work(series, services), how="left", on=KEY)
    crews = crews.merge(tasks, how="left", on=KEY)
    crews = crews.merge(jobs()[["job_id", "fixed_hours", "official_min", "method"]], on="job_id")
    crews = crews.fillna(dict.fromkeys(["work", "ratio", "main", "support", "additional"], 0.0))
    year = catalogue()["chance"]["effective_hours"]
    hours = crews.work + crews.main + 12 * crews.fixed_hours * (crews.work > 0)
    # as WISN: support work takes its share off the year, additional work adds people of its own
    crews["need"] = hours / year / (1 - crews.support / year) + crews.additional / year + crews.ratio
    by_load = crews.need / (crews.low + (crews.high - crews.low) * drawn[1]) - crews.others
    whole = _between(crews.low, crews.high, drawn[2])
    crews["heads"] = np.where(crews.by == "load", np.maximum(1, np.rint(by_load)), whole).astype(int)
    k_share = crews.official_low + (crews.official_high - crews.official_low) * drawn[3]
    by_work = crews.need * rng.lognormal(0, K_LOG_SD, len(crews))
    crews["official_need"] = np.rint(np.where(crews.by == "load", by_work, crews.heads * k_share))
    return crews.sort_values(KEY, ignore_index=True)


def _between(low: pd.Series, high: pd.Series, drawn: np.ndarray) -> pd.Series:
    """Turn uniform draws into whole numbers from low to high, both included."""
    # the 1e-9 keeps a draw of nearly 1 from reaching high + 1
    return np.floor(low + drawn * (high - low + 1 - 1e-9))


def _asked(units: pd.DataFrame) -> pd.DataFrame:
    """Return the staff that the profiles ask for, a row for each office and job."""
    rows = [
        {"unit_id": unit.unit_id, "job_id": job, **_spec(profiles()[unit.profile], job, unit.scale)}
        for unit in units.itertuples()
        for job in profiles()[unit.profile]["staff"]
    ]
    return pd.DataFrame(rows)


def _spec(profile: dict[str, Any], job: str, scale: float) -> dict[str, Any]:
    spec = profile["staff"][job]
    by = "load" if "load" in spec else "heads"
    if by == "load" or catalogue()["jobs"][job]["category"] == "structural":
        scale = 1.0
    official, others = spec.get("official", [1, 1]), profile.get("others", {}).get(job, [0, 0])
    posted = profile.get("posted", True) and job not in profile.get("unposted", [])
    return {
        "by": by,
        "low": spec[by][0] * scale,
        "high": spec[by][1] * scale,
        "official_low": official[0],
        "official_high": official[1],
        "others_low": others[0],
        "others_high": others[1],
        "watches": spec.get("watches", np.nan) * scale,
        "posted": posted,
    }


def _work(series: pd.DataFrame, services: pd.DataFrame) -> pd.DataFrame:
    """Return hours a year of services, and people by ratio, for each office and job."""
    both = series.merge(services, on="service_id")
    both["work"] = (both.base * both.minutes / 60 * 12).fillna(0.0)
    both["ratio"] = (both.base / both.per_person).fillna(0.0)
    return both.groupby(KEY, as_index=False)[["work", "ratio"]].sum()


def make_posts(crews: pd.DataFrame, units: pd.DataFrame, series: pd.DataFrame) -> pd.DataFrame:
    """Return the job map: official need, bounds and hours of coverage; a job of several levels has a row per level."""
    crews = crews[crews.posted].merge(jobs()[["job_id", "category"]], on="job_id")
    posts = _by_level(crews)
    kind = posts.unit_id.map(units.set_index("unit_id").kind)
    minimum = posts.official_min.where((kind == "puskesmas") & (posts.share == 1))
    posts["min_staff"] = minimum.map("{:.0f}".format, na_action="ignore").fillna("")
    lessons = series[series.service_id == "jam_matematika"].set_index("unit_id").base // LESSONS
    most = posts.unit_id.map(lessons).where(posts.job_id == "guru_matematika_smp")
    posts["max_staff"] = np.maximum(most, posts.heads).map("{:.0f}".format, na_action="ignore").where(most.notna(), "")
    posts["coverage_hours"] = (posts.watches * YEAR).map("{:.0f}".format, na_action="ignore").fillna("")
    posts["mandatory"] = np.where(posts.category == "structural", "yes", "no")
    posts["official_need"] = posts.official_need.astype(int)
    names = [*KEY, "official_need", "min_staff", "max_staff", "coverage_hours", "mandatory"]
    return posts[names].assign(**catalogue()["posts"]).sort_values(KEY, ignore_index=True)


def _by_level(crews: pd.DataFrame) -> pd.DataFrame:
    """Split a job without counted work into its levels; with work its first level carries the whole need."""
    levels = pd.DataFrame(
        [(base, level, share) for base, each in catalogue()["levels"].items() for level, share in each.items()],
        columns=["job_id", "level_id", "share"],
    )
    split = crews[crews.by == "heads"].merge(levels, on="job_id")
    split["official_need"] = np.rint(split.official_need * split.share)
    whole = crews[(crews.by == "load") | ~crews.job_id.isin(levels.job_id)].assign(share=1.0)
    return pd.concat([whole, split.assign(job_id=split.level_id)], ignore_index=True)
