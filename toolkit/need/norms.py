"""``tk.estimate_norms``: minutes per service, from hours worked and volumes completed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from tqdm import tqdm

from toolkit.common.arguments import at_least, expect
from toolkit.common.calendar import is_month
from toolkit.common.results import Result
from toolkit.common.types import Array
from toolkit.intake.data import Data
from toolkit.need.backlog import undone
from toolkit.need.diagnosis import Fit, Sample, card, choose_alpha, fit, kind_of_hours, padded, products, refit
from toolkit.need.regression import paces
from toolkit.need.tasks import task_hours, tasked, yearly

NUMBERS = ["minutes", "minutes_low", "minutes_high", "official_minutes", "ols_minutes", "volume_least", "volume_most"]
COLUMNS = ["job_id", "service_id", *NUMBERS[:5], "basis", *NUMBERS[5:]]
DRAWS = 200  # resamples behind the 90 % intervals
INTERVAL = (0.05, 0.95)
FEW_UNITS = 6
BLOCK = 3  # months that are drawn together
UNDONE = 0.1  # share of what a period received, from which on work counts as left undone
FARTHEST = np.log(10)  # how far the mean pace of a few offices is taken to be from the standard at most


@dataclass(frozen=True, eq=False, repr=False)
class Norms(Result):
    """Minutes per service and job.

    ``table``: job_id, service_id (empty: the constant, minutes per unit and period), minutes (empty: no time is
    known), minutes_low, minutes_high (90 %), official_minutes, ols_minutes, basis (fit, official, none), volume_least,
    volume_most (completed by a unit that did any, in a period that the fit used; empty without a fit).
    ``cards``: one row a job, what its minutes rest on (``padded``: the offices whose hours fill the day rather than
    follow the work, joined by ;). ``draws``: resampled minutes, a row a draw, a column a row of
    ``table``. ``data``: what they were estimated from.
    """

    table: pd.DataFrame
    cards: pd.DataFrame
    draws: Array
    data: Data

    @property
    def summary(self) -> pd.Series:
        """How many jobs rest on a fit, on official norms, on nothing."""
        return self.cards.basis.value_counts()

    @property
    def padded(self) -> pd.DataFrame:
        """The offices and jobs whose hours fill the day rather than follow the work: unit_id, job_id."""
        named = self.cards.reindex(columns=["padded", "job_id"]).dropna().query("padded != ''")
        return named.assign(unit_id=named.padded.astype(str).str.split(";")).explode("unit_id")[["unit_id", "job_id"]]


def estimate_norms(data: Data, draws: int = DRAWS) -> Norms:
    """Give the minutes of each service, estimated where there are hours, official where there are none.

    For each job whose need comes from work, hours per unit and period are regressed on the completed volumes of its
    services with a constant, nothing negative, weighted by size, pulled toward official norms (policy
    ``norm_weights``, ``norm_alpha``); see :class:`TimeNormRegressor`. Hours that are attendance or claimed
    (e-kinerja) are named on the card; where the job then has official norms for all its services, those are used. So
    are hours at the cap of their people's, which are good for a fit, and offices whose hours fill the day rather than
    follow the work: they are left out where at least half of the offices, and every service, stay.

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
    table, cards, columns = [], [], []
    by_work = data.jobs.job_id[data.jobs.method.isin(["abk", "abk_kes", "wisn"])]
    services_of = data.services[data.services.job_id.isin(by_work)].groupby("job_id")
    for job_id, services in tqdm(services_of, desc="norms", disable=None):
        rows, about, drawn = _job(data, str(job_id), services, draws)
        table.append(rows)
        cards.append({"job_id": job_id, **about})
        columns.append(drawn)
    if not table:
        nothing = pd.DataFrame(columns=COLUMNS).astype(dict.fromkeys(NUMBERS, "float64"))
        return Norms(nothing, pd.DataFrame(columns=["job_id", "basis"]), np.zeros((draws, 0)), data)
    return Norms(_joined(table), pd.DataFrame(cards), np.hstack(columns), data)


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    numbers = dict.fromkeys(NUMBERS, "float64")
    return pd.concat([part.reindex(columns=COLUMNS).astype(numbers) for part in parts], ignore_index=True)


def _official(data: Data, services: pd.DataFrame) -> Array:
    """Official minutes; a capacity per person is the effective year divided by it."""
    year = data.policy.effective_hours * 60
    return services.norm_minutes.fillna(year / services.per_person).to_numpy("float64")


def _job(data: Data, job_id: str, services: pd.DataFrame, draws: int) -> tuple[pd.DataFrame, dict[str, object], Array]:
    official = _official(data, services)
    rows = pd.DataFrame({"job_id": job_id, "service_id": services.service_id.to_numpy(), "official_minutes": official})
    sample = sample_of(data, job_id, services.service_id.tolist(), official / 60)
    enough = len(sample.y) > len(sample.services) + 1 and bool(sample.y.any())
    hours, kept, named = kind_of_hours(sample), sample, np.zeros(0, dtype=object)
    if enough and hours in ("measured", "capped"):
        kept, named = _working(sample, data.policy.norm_weights)
        if 2 * len(named) > len(np.unique(sample.unit)):
            hours, named = "attendance", named[:0]
    all_official = bool(np.isfinite(official).all())
    if not enough or (hours in ("attendance", "claimed") and all_official):
        basis = np.where(np.isfinite(official), "official", "none")
        rows = rows.assign(minutes=official, minutes_low=np.nan, minutes_high=np.nan, ols_minutes=np.nan, basis=basis)
        about = {
            "basis": "official" if np.isfinite(official).any() else "none",
            "hours": hours if len(sample.y) else "none",
        }
        return rows, {**about, "rows": len(sample.y)}, np.tile(official, (draws, 1))
    rows, on_card, drawn = _estimated(data, kept, rows, hours, draws)
    return rows, {**on_card, "padded": ";".join(named)}, drawn


def _working(sample: Sample, weights: str) -> tuple[Sample, np.ndarray]:
    """Leave out the offices whose hours fill the day, where enough of the others and every service stay; name them."""
    named = padded(sample, weights)
    kept = sample.only(~named[sample.office])
    enough = 2 * named.sum() <= len(named) and len(kept.y) > len(kept.services) + 1
    whole = enough and not (sample.X.any(axis=0) & ~kept.X.any(axis=0)).any()
    return kept if whole else sample, np.unique(sample.unit)[named]


def _estimated(
    data: Data, sample: Sample, rows: pd.DataFrame, hours: str, draws: int
) -> tuple[pd.DataFrame, dict[str, object], Array]:
    weights = data.policy.norm_weights
    alpha = choose_alpha(sample, weights) if data.policy.norm_alpha is None else data.policy.norm_alpha
    found = fit(sample, alpha, weights)
    model = found.model
    ols = LinearRegression().fit(sample.X, sample.y)
    seen = np.append(sample.X.any(axis=0), True)  # a service nobody did has no estimate, only its official norm
    kept = np.append(sample.official * 60, np.nan)
    drawn = np.where(seen, resample(sample, found, data.policy.seed, draws) * 60, kept)
    constant = pd.DataFrame({"job_id": [sample.job_id], "service_id": [None], "official_minutes": [np.nan]})
    rows = pd.concat([rows, constant.astype(rows.dtypes)], ignore_index=True)
    low, high = np.quantile(drawn, INTERVAL, axis=0) if draws else (np.nan, np.nan)
    rows["minutes"] = np.where(seen, np.append(model.coef_, model.intercept_) * 60, kept)
    rows["minutes_low"], rows["minutes_high"] = np.where(seen, low, np.nan), np.where(seen, high, np.nan)
    rows["ols_minutes"] = np.append(ols.coef_, ols.intercept_) * 60
    done = pd.DataFrame(sample.X).where(sample.X > 0)
    rows["volume_least"], rows["volume_most"] = done.min(), done.max()  # the constant, the last row, has none
    rows["basis"] = np.where(seen, "fit", np.where(np.isfinite(kept), "official", "none"))
    dropped = sample.job_id in tasked(data)
    about = {"basis": "fit", "hours": hours, "alpha": alpha, "constant": "dropped for tasks" if dropped else "used"}
    return rows, {**about, **card(sample, found)}, drawn


def sample_of(data: Data, job_id: str, services: list[str], official: Array) -> Sample:
    """Give the rows a fit of one job can use: unit-periods with hours in which some service of the job was reported."""
    volumes = data.volumes[data.volumes.service_id.isin(services)]
    done = volumes.completed.fillna(volumes.received)
    matrix = done.groupby([volumes.unit_id, volumes.period, volumes.service_id]).sum().unstack(fill_value=0.0)
    worked = data.hours[data.hours.job_id == job_id].set_index(["unit_id", "period"])
    common = matrix.index.intersection(worked.index).sort_values()
    matrix, worked = matrix.reindex(index=common, columns=services, fill_value=0.0), worked.loc[common]
    unit = common.get_level_values(0)
    heads = heads_by_unit(data, job_id).reindex(unit, fill_value=0.0)
    claimed = bool((worked.source == "ekinerja").any())
    left = undone(volumes) > UNDONE * volumes.received
    waiting = left.groupby([volumes.unit_id, volumes.period]).any().reindex(common)
    hours, tasks = worked.hours.to_numpy("float64"), _task_hours(data, job_id, unit)
    return Sample(
        job_id, services, matrix.to_numpy("float64"), np.maximum(hours - tasks, 0.0), unit.to_numpy(),
        heads.to_numpy("float64"), claimed, official, job_id not in tasked(data), hours, waiting.to_numpy(bool),
    )  # fmt: skip


def _task_hours(data: Data, job_id: str, unit: pd.Index) -> Array:
    """Hours a period of main tasks: known work, taken off before volumes explain the rest."""
    places = pd.DataFrame({"unit_id": unit.unique(), "job_id": job_id})
    a_year = task_hours(data.tasks[data.tasks.component == "main"], yearly(data), data, places).fillna(0.0)
    periods = 12 if len(unit) and is_month(data.volumes.period.max()) else 1
    return a_year.set_axis(places.unit_id).reindex(unit).to_numpy("float64") / periods


def heads_by_unit(data: Data, job_id: str) -> pd.Series:
    """Give the people of one job by unit, ASN in standing and others, in full-time equivalents."""
    staff = data.employees[active(data) & (data.employees.job_id == job_id)]
    others = data.others[data.others.job_id == job_id]
    return pd.concat([staff[["unit_id", "fte"]], others[["unit_id", "fte"]]]).groupby("unit_id").fte.sum()


def active(data: Data) -> pd.Series:
    """Tell who counts as staff: standing active, or not recorded."""
    return data.employees.standing.fillna("active") == "active"


def resample(sample: Sample, found: Fit, seed: int, draws: int) -> Array:
    """Give coefficients and constant (hours) of fits to units drawn with replacement, a row a draw.

    Their distance from the fit is stretched as Student's t asks for so many units. With fewer than six units months
    are drawn in blocks: that describes these offices; how far their mean pace may be from the standard is drawn beside.
    """
    rng, office = np.random.default_rng(seed), sample.office
    units = int(office.max()) + 1
    few_units, free = units < FEW_UNITS, max(units - 1, 1)
    month = np.arange(len(office)) - np.searchsorted(office, office)  # rows are sorted by unit and period
    block = np.unique(office * len(office) + month // BLOCK, return_inverse=True)[1] if few_units else office
    each = products(found.rows, block)
    model, point = sample.model(found.model.alpha), np.append(found.model.coef_, found.model.intercept_)
    counts = rng.multinomial(len(each), np.full(len(each), 1 / len(each)), draws)
    drawn = np.array([refit(model, np.tensordot(count, each, 1)) for count in counts]).reshape(draws, len(point))
    if few_units:
        unsure = np.sqrt(paces(sample.y, found.fitted, office)[1] / units)
        return np.asarray(drawn * np.exp(np.clip(unsure * rng.standard_t(free, (draws, 1)), -FARTHEST, FARTHEST)))
    return np.maximum(point + (drawn - point) * np.sqrt(units / rng.chisquare(free, (draws, 1))), 0.0)
