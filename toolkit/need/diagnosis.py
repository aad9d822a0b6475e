"""How far a fit can be trusted: the acceptance card, and hours that are only attendance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_selection import f_regression
from sklearn.linear_model import LinearRegression

from toolkit.common.types import Array
from toolkit.need.regression import TimeNormRegressor, fit_by_size, paces, size_weights, weighted

ATTENDANCE = 0.10
CAPPED = 0.8  # share of rows that leave work undone where hours are at the cap
FLAT = 0.75  # slope of hours on fitted hours, both over their means, below which hours do not follow work
MOVES = 8  # periods that a slope takes
LIMITS = {  # what a fit must keep to be accepted: the rule of military manpower standards, and no bias by size
    "r2": (0.50, 1.0), "v": (0.0, 0.25), "significance": (0.0, 0.05),
    "bias_smallest": (0.8, 1.25), "bias_largest": (0.8, 1.25),
}  # fmt: skip
FOLDS = 10
LEVEL = 0.1  # how far paces may lead the total of fitted hours away
ROUNDS = 5  # of a robust fit, and of naming offices that pad


@dataclass(frozen=True)
class Sample:
    """The rows of one job that a fit uses: a unit and period each."""

    job_id: str
    services: list[str]
    X: Array  # completed volumes, one column a service
    y: Array  # hours, without those of main tasks
    unit: np.ndarray
    heads: Array  # active ASN and others, full-time equivalents
    claimed: bool  # e-kinerja: hours claimed, not measured
    official: Array  # hours for one, NaN where there is no official norm
    constant: bool  # whether there is fixed work, or main tasks (whose hours are taken off y) stand in its place
    recorded: Array  # hours as they were handed in
    waiting: NDArray[np.bool_]  # whether work that came in was left undone

    @property
    def office(self) -> NDArray[np.int64]:
        """The unit of each row as 0, 1, ..."""
        return np.unique(self.unit, return_inverse=True)[1]

    def only(self, rows: NDArray[np.bool_]) -> Sample:
        """Give some of its rows."""
        taken = {name: getattr(self, name)[rows] for name in ("X", "y", "unit", "heads", "recorded", "waiting")}
        return replace(self, **taken)

    def model(self, alpha: float) -> TimeNormRegressor:
        """Give an estimator for this job, not yet fitted."""
        return TimeNormRegressor(alpha, self.official if np.isfinite(self.official).any() else None, self.constant)


@dataclass(frozen=True)
class Fit:
    """One job's norms: the fitted estimator, its hours, and the weighted rows that it was fitted to."""

    model: TimeNormRegressor
    fitted: Array
    rows: Array


def fit(sample: Sample, alpha: float, weights: str, paced: bool = True) -> Fit:
    """Fit one job's norms, weighted by size (robust: outlying offices less), or not.

    Where offices stand with several periods, each has a pace of its own, for which generalised least squares allow, if
    the fitted hours then still add up (within a tenth): else the months say too little.
    """
    model, X, y = sample.model(alpha), sample.X, sample.y
    if weights == "none":
        fitted = model.fit(X, y).predict(X)
        return Fit(model, fitted, weighted(X, y, sample.constant, np.ones(len(y))))
    first = fit_by_size(model, X, y).predict(X)
    if not first.any():
        return Fit(model, first, weighted(X, y, sample.constant, np.ones(len(y))))
    fitted, share, trust = first, _pace_share(sample, first) if paced else None, np.ones(len(y))
    for _ in range(ROUNDS if weights == "robust" else 1):
        rows = weighted(X, y, sample.constant, np.sqrt(size_weights(first) * trust), sample.office, share, first)
        if share is not None or trust.min() < 1:
            fitted = model.solve(rows).predict(X)
        if share is not None and abs(fitted.sum() / first.sum() - 1) > LEVEL:
            return fit(sample, alpha, weights, paced=False)
        trust = _trust(sample, fitted) if weights == "robust" else trust
    return Fit(model, fitted, rows)


def _pace_share(sample: Sample, fitted: Array) -> Array | None:
    """How much of its pace to take off each office, 0 to 1; nothing where each stands with one period."""
    rows = np.bincount(sample.office)
    if rows.max() < 2 or len(rows) < 2:
        return None
    _, between, within = paces(sample.y, fitted, sample.office)
    return np.asarray(1 - np.sqrt(within / np.maximum(within + rows * between, 1e-300)))


def _trust(sample: Sample, fitted: Array) -> Array:
    """Weigh each row by its office: 1, less where its pace lies over 1.5 robust sd from the others (Huber)."""
    pace = np.log(np.maximum(paces(sample.y, fitted, sample.office)[0], 1e-9))
    away = np.abs(pace - np.median(pace))
    usual = 1.5 * 1.4826 * np.median(away)
    return np.asarray((usual / np.maximum(away, max(usual, 1e-12)))[sample.office] if usual else np.ones(len(fitted)))


def products(rows: Array, block: NDArray[np.int64]) -> Array:
    """Cross products of the rows of each block (block x column x column)."""
    order = np.argsort(block, kind="stable")
    parts = np.split(rows[order], np.flatnonzero(np.diff(block[order])) + 1)
    return np.array([part.T @ part for part in parts])


def refit(model: TimeNormRegressor, product: Array) -> Array:
    """Fit cross products of weighted rows instead of the rows; give coefficients and constant."""
    scale = np.sqrt(np.diag(product))  # nought where the job has no constant, or nobody did the service
    safe = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(product / np.outer(safe, safe))
    model.solve(np.sqrt(np.maximum(values, 0.0))[:, None] * vectors.T * scale)
    return np.append(model.coef_, model.intercept_)


def left_out(sample: Sample, rows: Array, alpha: float, design: Array) -> Array:
    """Predict each row of a design from a fit of ``rows`` without its unit (ten groups; empty with one unit)."""
    predicted = np.full(len(rows), np.nan)
    units = int(sample.office.max()) + 1
    group = sample.office % min(FOLDS, units)
    each = products(rows, group)
    for at in range(len(each) if units > 1 else 0):
        others = np.delete(each, at, axis=0).sum(axis=0)
        predicted[group == at] = design[group == at] @ refit(sample.model(alpha), others)
    return predicted


def kind_of_hours(sample: Sample) -> str:
    """Tell what hours count: claimed (e-kinerja), measured, or, where they hardly vary by head, attendance or capped.

    Offices at the cap of their people's hours look like attendance, but leave work undone nearly always.
    """
    heads = sample.heads > 0
    per_head = sample.recorded[heads] / sample.heads[heads]
    steady = len(per_head) > 2 and per_head.mean() > 0 and per_head.std() / per_head.mean() < ATTENDANCE
    if not steady:
        return "claimed" if sample.claimed else "measured"
    return "capped" if sample.waiting.mean() >= CAPPED and not sample.claimed else "attendance"


def padded(sample: Sample, weights: str) -> NDArray[np.bool_]:
    """Tell which offices (0, 1, ...) record hours that follow their people rather than their work: they fill the day.

    There hours move far less than fitted hours do, over periods that leave no work undone (who is at the cap of its
    hours looks flat too), and the pace is above the middle one of the offices whose hours move. The fit is made anew
    without those named, until they stay the same.
    """
    named = np.zeros(sample.office.max() + 1, dtype=bool)
    for _ in range(ROUNDS):
        fitted = fit(sample.only(~named[sample.office]), 0.0, weights).model.predict(sample.X)
        if not fitted.any():
            break
        flat, pace = _steepest(sample, fitted) < FLAT, paces(sample.y, fitted, sample.office)[0]
        before, named = named, flat & (pace > np.median(pace[~flat])) if not flat.all() else flat
        if (named == before).all() or named.all():
            break
    return named


def _steepest(sample: Sample, fitted: Array) -> Array:
    """The slope of hours on fitted hours within each office, and two standard errors more.

    The greater of two: in hours, and both over their means, so that neither a slow office nor one with fixed work of
    its own seems flat. Infinite where fewer than ``MOVES`` periods leave no work undone, or nothing moves.
    """

    def total(values: Array) -> Array:
        return np.asarray(np.bincount(sample.office, values * ~sample.waiting))

    rows = total(np.ones(len(fitted)))
    of_y, of_f = (np.maximum(total(each) / np.maximum(rows, 1), 1e-300) for each in (sample.y, fitted))
    y, f = sample.y - of_y[sample.office], fitted - of_f[sample.office]
    moved = np.maximum(total(f**2), 1e-300)
    slope = total(f * y) / moved
    error = np.sqrt(total((y - slope[sample.office] * f) ** 2) / np.maximum(rows - 2, 1) / moved)
    steepest = (slope + 2 * error) * np.maximum(1.0, of_f / of_y)
    return np.where((rows >= MOVES) & (moved > 1e-12 * of_f**2), steepest, np.inf)


def _median_error(predicted: Array, actual: Array) -> float:
    worked = (actual > 0) & np.isfinite(predicted)
    return float(np.median(np.abs(predicted[worked] - actual[worked]) / actual[worked])) if worked.any() else np.nan


def _size_bias(fitted: Array, actual: Array, largest: bool) -> float:
    """Median of fitted / actual in the smallest or largest fifth of the rows."""
    worked = np.flatnonzero(actual > 0)
    fifth = max(1, len(worked) // 5)
    order = worked[np.argsort(actual[worked], kind="stable")]
    part = order[-fifth:] if largest else order[:fifth]
    return float(np.median(fitted[part] / actual[part])) if len(part) else np.nan


def card(sample: Sample, found: Fit) -> dict[str, Any]:
    """Give the acceptance card of a fit: how many rows, how close, how it does on units not seen, what it fails."""
    fitted, design = found.fitted, np.column_stack([sample.X, np.ones(len(sample.y))])
    residual = sample.y - fitted
    unseen = left_out(sample, found.rows, found.model.alpha, design)
    spread = ((sample.y - sample.y.mean()) ** 2).sum()
    leverage = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    free = max(len(sample.y) - design.shape[1], 1)
    ols = LinearRegression().fit(sample.X, sample.y)
    negative = [name for name, minutes in zip(sample.services, ols.coef_, strict=True) if minutes < 0]
    official = sample.X @ sample.official if np.isfinite(sample.official).all() else np.full(len(sample.y), np.nan)
    about: dict[str, Any] = {
        "rows": len(sample.y),
        "units": len(np.unique(sample.unit)),
        "r2": 1 - (residual**2).sum() / spread if spread > 1e-12 * (sample.y**2).sum() else np.nan,
        "v": float(np.sqrt((residual**2).sum() / free) / sample.y.mean()) if sample.y.any() else np.nan,
        "significance": float(f_regression(fitted[:, None], sample.y)[1][0]) if np.ptp(fitted) and spread else np.nan,
        "median_error": _median_error(fitted, sample.y),
        "error_unseen": _median_error(unseen, sample.y),
        "error_mean_hours": _median_error(np.full(len(sample.y), sample.y.mean()), sample.y),
        "error_official": _median_error(official, sample.y),
        "bias_smallest": _size_bias(fitted, sample.y, largest=False),
        "bias_largest": _size_bias(fitted, sample.y, largest=True),
        "leverage": float(leverage.max()),
        "vif": _vif(sample.X),
        "negative_ols": ";".join(negative),
    }
    fails = [name for name, (low, high) in LIMITS.items() if not low <= about[name] <= high]
    return {**about, "accepted": not fails, "fails": ";".join(fails)}


def _vif(X: Array) -> float:
    """The largest variance inflation factor of the services (infinite when one is a sum of others)."""
    centred = X - X.mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=0))
    if X.shape[1] < 2 or (scale == 0).any():
        return np.nan
    correlation = (centred / scale).T @ (centred / scale)
    return float(np.diag(np.linalg.inv(correlation)).max()) if np.linalg.cond(correlation) < 1e12 else np.inf


def choose_alpha(sample: Sample, weights: str) -> float:
    """Give the pull toward the official norms that predicts unseen units best.

    The grid is scaled to the data: 0, and powers of ten times the weighted squared error of the fit without pull.
    Without official norms, or with fewer than two units to leave out, the pull is 0.
    """
    if not np.isfinite(sample.official).any() or len(np.unique(sample.unit)) < 2:
        return 0.0
    found = fit(sample, 0.0, weights)
    rows, y = found.rows, found.rows[:, -1]
    norms = np.append(found.model.coef_, found.model.intercept_)
    unit = float(((y - rows[:, :-1] @ norms) ** 2).sum()) or float((y**2).sum()) * 1e-6
    grid = [0.0, *(unit * 10.0**power for power in range(-4, 4))]
    errors = [((y - left_out(sample, rows, alpha, rows[:, :-1])) ** 2).sum() for alpha in grid]
    return grid[int(np.argmin(errors))]
