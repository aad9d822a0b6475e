"""Draw the work: services, their norms, their monthly volumes, and tasks that no volume counts."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from toolkit.sample.facts import catalogue, jobs, profiles

# how often a year a task recurs; a day is one of the 235 working days of Peraturan BKN 9/2022
TIMES = {"day": 235.0, "week": 52.0, "month": 12.0, "year": 1.0}
CROWD = 0.7  # volumes grow with residents to this power


def make_services(rng: np.random.Generator) -> pd.DataFrame:
    """Return a row for each service and job: the minutes it truly takes, and the official norm, which is off.

    Where no timesheet measures a job nobody can tell: there the official norm is what it truly takes.
    """
    rows = []
    for service_id, about in catalogue()["services"].items():
        shared = {key: about.get(key) for key in ("name", "output", "rhythm", "published")}
        # a service either takes minutes or asks for one person per so many
        for measure in ("minutes", "per_person"):
            for job, value in about.get(measure, {}).items():
                rows.append({"service_id": service_id, **shared, "job_id": job, measure: value})
    services = pd.DataFrame(rows)
    drawn = services.minutes * rng.lognormal(0, catalogue()["chance"]["official"], len(services))
    services["norm_minutes"] = services.published.astype(float).fillna(drawn.clip(lower=1).round())
    measured = services.job_id.isin(jobs().job_id[jobs().hours == "timesheet"])
    services["minutes"] = services.minutes.where(measured, services.norm_minutes)
    services["source"] = np.select(
        [services.per_person.notna(), services.published.notna()],
        ["Rasio resmi", "Standar pelayanan (waktu penyelesaian)"],
        "Norma waktu ABK",
    )
    return services


def make_series(units: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Draw a row for each office and service it offers: what it receives in an average month, and its yearly growth."""
    rows = []
    for unit in units.itertuples():
        for service, amount in profiles()[unit.profile].get("volumes", {}).items():
            # a stock is given as a range, all else as one usual month
            low, high = amount if isinstance(amount, list) else (amount, np.nan)
            rows.append((unit.unit_id, service, low, high))
    series = pd.DataFrame(rows, columns=["unit_id", "service_id", "low", "high"])
    series["rhythm"] = series.service_id.map(lambda name: catalogue()["services"][name]["rhythm"])
    size = _sizes(units, rng) * units.set_index("unit_id").scale
    mixed = series.low * series.unit_id.map(size) * rng.lognormal(0, _mix(units, series), len(series))
    stock = np.rint(rng.uniform(series.low, series.high.fillna(series.low)))
    series["base"] = np.where(series.rhythm == "school", stock, mixed)
    series["growth"] = rng.normal(0.02, 0.02, len(series))
    return series[["unit_id", "service_id", "rhythm", "base", "growth"]]


def _mix(units: pd.DataFrame, series: pd.DataFrame) -> np.ndarray:
    """Return the log-sd of one service around the size of its office; 0 at the registry, whose figures are planted."""
    registry = series.unit_id == catalogue()["surge"]["unit"]
    return np.where(registry, 0.0, catalogue()["chance"]["mix"])


def _sizes(units: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Return the size of each office relative to the median one of its profile."""
    log_sd = units.profile.map(lambda name: profiles()[name].get("log_sd", 0.0)).to_numpy(float)
    crowd = units.residents / units.groupby("profile").residents.transform("median")
    sizes = np.where(crowd.notna(), crowd**CROWD, rng.lognormal(0, log_sd, len(units)))
    return pd.Series(sizes, units.unit_id.to_numpy())


def months(beyond: int = 0) -> pd.DataFrame:
    """Return the months of the record, and some beyond it: period, working days, and the share of them in Ramadan.

    >>> months().loc[[5, 17], ["period", "days"]].values.tolist()
    [['2025-03', 20], ['2026-03', 16]]
    """
    calendar = catalogue()["calendar"]
    start = pd.period_range(calendar["first"], periods=calendar["months"] + beyond, freq="M")
    shut = [day for span in calendar["closed"] for day in _days(span)] + calendar["holidays"]
    firsts = start.to_timestamp().to_numpy().astype("datetime64[D]")
    nexts = (start + 1).to_timestamp().to_numpy().astype("datetime64[D]")
    days = np.busday_count(firsts, nexts, holidays=shut)
    feast = np.array([day for span in calendar["ramadan"] for day in _days(span)], "datetime64[D]")
    feast = feast[np.is_busday(feast, holidays=shut)]
    held = ((feast >= firsts[:, None]) & (feast < nexts[:, None])).sum(axis=1)
    return pd.DataFrame({"period": start.astype(str), "month": start.month, "days": days, "ramadan": held / days})


def _days(span: list[str]) -> list[str]:
    first, last = map(dt.date.fromisoformat, span)
    return [str(first + dt.timedelta(days=n)) for n in range((last - first).days + 1)]


def received(series: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Draw what each series received, a row a series, a column a month."""
    when = months()
    mean = _mean(series, when)
    counts = rng.poisson(mean * rng.lognormal(0, catalogue()["chance"]["month"], mean.shape))
    year = (when.period >= "2025-07").astype(int) + (when.period >= "2026-07").astype(int)
    stock = np.rint(_level(series, when)[:, [0]] * (1 + 0.02 * year.to_numpy()))
    return np.where((series.rhythm == "school").to_numpy()[:, None], stock, counts).astype(float)


def next_year(series: pd.DataFrame) -> np.ndarray:
    """Return what each series may expect to receive in the twelve months after the record."""
    return np.asarray(_mean(series, months(12))[:, -12:].sum(axis=1))


def _level(series: pd.DataFrame, when: pd.DataFrame) -> np.ndarray:
    """What a usual month brings each series, growing from the middle of the record."""
    middle = catalogue()["calendar"]["months"] / 2
    grown = (1 + series.growth.to_numpy()[:, None]) ** ((np.arange(len(when)) - middle) / 12)
    return np.asarray(series.base.to_numpy()[:, None] * grown)


def _mean(series: pd.DataFrame, when: pd.DataFrame) -> np.ndarray:
    """What each series may expect to receive in each month."""
    share = np.vstack([_rhythm(name, when) for name in series.rhythm])
    return np.asarray(_level(series, when) * share * _surge(series, when))


def _rhythm(name: str, when: pd.DataFrame) -> np.ndarray:
    """The share of a usual month's work that each month brings: its season, its working days, and Ramadan."""
    if name == "school":
        return np.ones(len(when))
    rhythm = catalogue()["rhythms"][name]
    season = np.array(rhythm["months"])[when.month - 1]
    recorded = catalogue()["calendar"]["months"]
    usual_days = when.days[:recorded].mean()
    in_ramadan = 1 + when.ramadan * (rhythm["ramadan"] - 1)
    return np.asarray(season * when.days / usual_days * in_ramadan)


def _surge(series: pd.DataFrame, when: pd.DataFrame) -> np.ndarray:
    """The factor of the planted surge: one office, the services of one job, from one month on; else 1."""
    surge = catalogue()["surge"]
    mine = [name for name, about in catalogue()["services"].items() if surge["job"] in about.get("minutes", {})]
    hit = (series.unit_id == surge["unit"]) & series.service_id.isin(mine)
    later = when.period >= surge["since"]
    return np.where(hit.to_numpy()[:, None] & later.to_numpy(), surge["factor"], 1.0)


def make_tasks(units: pd.DataFrame) -> pd.DataFrame:
    """Return the tasks: by kind of office, or a row for each office of a profile."""
    tasks = pd.DataFrame(catalogue()["tasks"].values()).rename(columns={"job": "job_id", "name": "task"})
    mine = tasks[tasks.profile.notna()].merge(units[["profile", "unit_id"]], on="profile")
    wide = tasks[tasks.profile.isna()].assign(unit_id="")
    both = pd.concat([mine.assign(kind=""), wide], ignore_index=True).fillna({"component": "main"})
    return both[["unit_id", "kind", "job_id", "task", "component", "volume", "norm_minutes", "per"]]


def task_hours(tasks: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Return hours a year of main, support and additional tasks for each office and job they hold for."""
    hours = tasks.volume * tasks.norm_minutes / 60 * tasks.per.map(TIMES)
    tasks = tasks.assign(hours=hours)
    mine = tasks[tasks.unit_id != ""].drop(columns="kind")
    wide = tasks[tasks.unit_id == ""].drop(columns="unit_id").merge(units[["unit_id", "kind"]], on="kind")
    both = pd.concat([mine, wide])
    table = both.pivot_table(index=["unit_id", "job_id"], columns="component", values="hours", aggfunc="sum")
    return table.reindex(columns=["main", "support", "additional"]).fillna(0.0)
