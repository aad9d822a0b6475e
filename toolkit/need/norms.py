"""``tk.estimate_norms``: minutes per service, from hours worked and volumes completed, with a card for each job."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from tqdm import tqdm

from toolkit.common.arguments import at_least, expect
from toolkit.common.results import Result
from toolkit.common.types import Array
from toolkit.intake.data import Data
from toolkit.need.attendance import enough_rows, kind_of_hours, measured_rows
from toolkit.need.diagnosis import card
from toolkit.need.job_fit import fit
from toolkit.need.job_sample import Sample, sample_of
from toolkit.need.others import OTHERS, RATIOS, of_others
from toolkit.need.refitting import choose_alpha, resample

BY_WORK = ["abk", "abk_kes", "wisn"]  # methods whose need comes from volumes times norms
DRAWS = 200  # resamples behind the 90 % intervals
INTERVAL = (0.05, 0.95)
NOT_MEASURED = ("attendance", "claimed")  # hours that give way to official norms where a job has them all

TABLE = {
    "job_id": "str",
    "service_id": "str",
    "minutes": "float64",
    "minutes_low": "float64",
    "minutes_high": "float64",
    "official_minutes": "float64",
    "ols_minutes": "float64",
    "basis": "str",
    "volume_least": "float64",
    "volume_most": "float64",
    "offices": "Int64",
}
# the columns of cards; those from alpha on are missing for a job without a fit, and so of a type that can be missing
CARDS = {
    "job_id": "str",
    "basis": "str",
    "hours": "str",
    "alpha": "float64",
    "constant": "str",
    "rows": "int64",
    "units": "Int64",
    "r2": "float64",
    "v": "float64",
    "significance": "float64",
    "median_error": "float64",
    "error_unseen": "float64",
    "error_mean_hours": "float64",
    "error_official": "float64",
    "bias_smallest": "float64",
    "bias_largest": "float64",
    "largest_to_median": "float64",
    "below_fixed": "Int64",
    "pace_slope": "float64",
    "total": "float64",
    "official_share": "float64",
    "leverage": "float64",
    "vif": "float64",
    "negative_ols": "str",
    "accepted": "boolean",
    "fails": "str",
    "padded": "str",
    "left_out": "Int64",
    "without_volume": "Int64",
    "own_share": "float64",
}


@dataclass(frozen=True, eq=False, repr=False)
class Norms(Result):
    """Minutes per service and job.

    ``table``: job_id, service_id (empty: the constant, minutes per unit and period), minutes (empty: no time is
    known), minutes_low, minutes_high (90 %), official_minutes, ols_minutes, basis (fit, official, none), volume_least,
    volume_most (completed by a unit that did any, in a period that the fit used; empty without a fit), offices (how
    many did any of it; empty without a fit).
    ``cards``: one row a job, what its minutes rest on: job_id, basis, hours (measured, capped, attendance, claimed,
    none), alpha (the pull toward official norms), constant (used, dropped for tasks), rows, then the acceptance card of
    the fit (see :func:`toolkit.need.diagnosis.card`) and ``padded``, the offices whose hours fill the day rather than
    follow the work, joined by ;, ``left_out``, how many rows were not used because a service is unknown there, and
    ``without_volume``, how many because hours stand there and no volume at all, and
    ``own_share``, how much of a rise of its own hours comes back to an office at most. All
    but the first three and rows are empty without a fit.
    ``draws``: resampled minutes, a row a draw, a column a row of ``table``. ``data``: what they were estimated from.
    ``others``, ``ratios``: what the other offices say of each, see :func:`toolkit.need.others.of_others`.
    """

    table: pd.DataFrame
    cards: pd.DataFrame
    draws: Array
    data: Data
    others: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(OTHERS)).astype(OTHERS))
    ratios: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=list(RATIOS)).astype(RATIOS))

    @property
    def summary(self) -> pd.Series:
        """How many jobs rest on a fit, on official norms, on nothing."""
        return self.cards.basis.value_counts()

    @property
    def not_accepted(self) -> list[str]:
        """The jobs whose norms come from a fit that its own card does not accept."""
        cards = self.cards.reindex(columns=["job_id", "basis", "accepted"])  # without a job they lack columns
        return cards.job_id[(cards.basis == "fit") & ~cards.accepted.fillna(False).astype(bool)].tolist()

    @property
    def padded(self) -> pd.DataFrame:
        """The offices and jobs whose hours fill the day rather than follow the work: unit_id, job_id."""
        named = self.cards.reindex(columns=["padded", "job_id"]).dropna().query("padded != ''")
        return named.assign(unit_id=named.padded.astype(str).str.split(";")).explode("unit_id")[["unit_id", "job_id"]]


class _JobNorms(NamedTuple):
    """What one job adds to the norms."""

    table: pd.DataFrame
    card: dict[str, Any]
    draws: Array
    others: pd.DataFrame = pd.DataFrame(columns=list(OTHERS))
    ratios: pd.DataFrame = pd.DataFrame(columns=list(RATIOS))


def estimate_norms(data: Data, draws: int = DRAWS) -> Norms:
    """Estimate the minutes of each service where there are hours; take the official ones where there are none.

    For each job whose need comes from work, hours per unit and period are regressed on the completed volumes of its
    services with a constant, nothing negative, weighted by size, pulled toward official norms (policy
    ``norm_weights``, ``norm_alpha``); see :class:`TimeNormRegressor`. Hours that are attendance or claimed
    (e-kinerja) are named on the card; where the job then has official norms for all its services, those are used.
    Hours at the cap of their people's are named too, and good for a fit. Offices whose hours fill the day rather than
    follow the work are named, and left out where at least half of the offices, and every service, stay.

    Args:
        data: from ``tk.load``.
        draws: how often units are resampled for the 90 % intervals; 0 leaves them empty.

    Raises:
        ArgumentError: ``data`` is not from ``tk.load``, or ``draws`` is negative.

    >>> import toolkit as tk
    >>> norms = tk.estimate_norms(tk.load("tests/data/three_offices"))
    >>> norms.table[["service_id", "minutes", "basis"]].values.tolist()
    [['letters', 30.0, 'official']]
    """
    expect("estimate_norms", data, Data, "tk.load")
    at_least("estimate_norms", "draws", draws, 0, whole=True)
    by_work = data.jobs.job_id[data.jobs.method.isin(BY_WORK)]
    services_of = data.services[data.services.job_id.isin(by_work)].groupby("job_id")
    parts = [
        _job_norms(data, str(job_id), services, draws)
        for job_id, services in tqdm(services_of, desc="norms", disable=None)
    ]
    # an empty frame and an empty array in front give no job at all the shapes and dtypes of many jobs
    table = pd.concat([_with_columns(pd.DataFrame(), TABLE), *(part.table for part in parts)], ignore_index=True)
    cards = _with_columns(pd.DataFrame([part.card for part in parts]), CARDS)
    drawn = np.hstack([np.zeros((draws, 0)), *(part.draws for part in parts)])
    others = pd.concat([_with_columns(pd.DataFrame(), OTHERS), *(part.others for part in parts)], ignore_index=True)
    ratios = pd.concat([_with_columns(pd.DataFrame(), RATIOS), *(part.ratios for part in parts)], ignore_index=True)
    return Norms(table, cards, drawn, data, others.astype(OTHERS), ratios.astype(RATIOS))


def _with_columns(frame: pd.DataFrame, dtypes: dict[str, str]) -> pd.DataFrame:
    """Return a frame with these columns and dtypes, in this order; what it lacks is missing."""
    return frame.reindex(columns=list(dtypes)).astype(dtypes)


def _job_norms(data: Data, job_id: str, services: pd.DataFrame, draws: int) -> _JobNorms:
    """The norms of one job: from a fit where its hours allow one, else the official ones."""
    official = _official_minutes(data, services)
    sample = sample_of(data, job_id, services.service_id.tolist(), official / 60)
    if not (enough_rows(sample) and sample.y.any()):
        hours = kind_of_hours(sample) if len(sample.y) else "none"
        return _not_fitted(sample, official, hours, draws)
    hours, rows, padded = measured_rows(sample, data.policy.norm_weights, data.policy.norm_power)
    if hours in NOT_MEASURED and np.isfinite(official).all():
        return _not_fitted(rows, official, hours, draws)
    return _fitted(data, rows, official, hours, padded, draws)


def _official_minutes(data: Data, services: pd.DataFrame) -> Array:
    """Official minutes; a capacity per person is the effective year divided by it."""
    year = data.policy.effective_hours * 60
    return services.norm_minutes.fillna(year / services.per_person).to_numpy("float64")


def _not_fitted(sample: Sample, official: Array, hours: str, draws: int) -> _JobNorms:
    """The official norms of a job, which have neither interval nor constant; missing where there is none."""
    known = np.isfinite(official)
    table = pd.DataFrame(
        {
            "job_id": sample.job_id,
            "service_id": sample.services,
            "minutes": official,
            "official_minutes": official,
            "basis": np.where(known, "official", "none"),
        }
    )
    about = {
        "job_id": sample.job_id,
        "basis": "official" if known.any() else "none",
        "hours": hours,
        "rows": len(sample.y),
    }
    return _JobNorms(_with_columns(table, TABLE), about, np.tile(official, (draws, 1)))


def _fitted(data: Data, sample: Sample, official: Array, hours: str, padded: list[str], draws: int) -> _JobNorms:
    """The norms of a job from a fit: a line for each service, and a last one for the constant."""
    policy = data.policy
    alpha = policy.norm_alpha
    if alpha is None:
        alpha = choose_alpha(sample, policy.norm_weights, policy.norm_power)
    found = fit(sample, alpha, policy.norm_weights, policy.norm_power)
    done = np.append(sample.X.any(axis=0), True)  # nobody did the others: only their official norm says anything
    official = np.append(official, np.nan)  # the constant has none
    drawn = np.where(done, resample(sample, found, policy.seed, draws) * 60, official)
    low, high = np.quantile(drawn, INTERVAL, axis=0) if draws else (np.nan, np.nan)
    ols = LinearRegression().fit(sample.X, sample.y)
    volumes = pd.DataFrame(sample.X).where(sample.X > 0)  # of the periods in which a unit did any
    table = pd.DataFrame(
        {
            "job_id": sample.job_id,
            "service_id": [*sample.services, None],
            "minutes": np.where(done, found.norms * 60, official),
            "minutes_low": np.where(done, low, np.nan),
            "minutes_high": np.where(done, high, np.nan),
            "official_minutes": official,
            "ols_minutes": np.append(ols.coef_, ols.intercept_) * 60,
            "basis": np.where(done, "fit", np.where(np.isfinite(official), "official", "none")),
            "volume_least": np.append(volumes.min(), np.nan),
            "volume_most": np.append(volumes.max(), np.nan),
            "offices": np.append([len(np.unique(sample.unit[done])) for done in sample.X.T > 0], sample.offices),
        }
    )
    others, ratios = of_others(sample, found)
    about = {
        "job_id": sample.job_id,
        "basis": "fit",
        "hours": hours,
        "alpha": alpha,
        "constant": "used" if sample.constant else "dropped for tasks",
        **card(sample, found),
        "padded": ";".join(padded),
        "left_out": sample.left_out,
        "without_volume": sample.without_volume,
        "own_share": ratios.own_share.max(),
    }
    return _JobNorms(_with_columns(table, TABLE), about, drawn, others, ratios)
