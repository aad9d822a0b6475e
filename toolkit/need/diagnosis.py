"""How far a fit can be trusted: the acceptance card, and hours that are only attendance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GroupKFold

from toolkit.need.regression import Array, TimeNormRegressor, fit_by_size, paces

ATTENDANCE = 0.10
FOLDS = 10


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


def fit(
    sample: Sample, alpha: float, weights: str, start: Array | None = None, tolerance: float = 1e-10,
    share: Array | None = None,
) -> TimeNormRegressor:  # fmt: skip
    """Fit one job's norms, weighted by size or not.

    Where offices stand with several periods each has a pace of its own, for which generalised least squares allow;
    ``share`` (by office) is found from a first fit unless it is given.
    """
    official = sample.official if np.isfinite(sample.official).any() else None
    model = TimeNormRegressor(alpha, official, sample.constant)
    if weights == "none":
        return model.fit(sample.X, sample.y)
    office = np.unique(sample.unit, return_inverse=True)[1]
    if share is None:
        fitted = fit_by_size(
            model, sample.X, sample.y, start, min(tolerance, 1e-6) if len(office) > office.max() + 1 else tolerance
        ).predict(sample.X)
        share = pace_share(sample, fitted)
        if share is None:
            return model
        start = fitted
    return fit_by_size(model, sample.X, sample.y, start, tolerance, office, share)


def pace_share(sample: Sample, fitted: Array) -> Array | None:
    """How much of its pace to take off each office, 0 to 1; nothing where each stands with one period."""
    office = np.unique(sample.unit, return_inverse=True)[1]
    rows = np.bincount(office)
    if rows.max() < 2 or len(rows) < 2:
        return None
    _, between, within = paces(sample.y, fitted, office)
    return np.asarray(1 - np.sqrt(within / np.maximum(within + rows * between, 1e-300)))


def subset(sample: Sample, rows: np.ndarray) -> Sample:
    """Give some rows of a sample, repeated where an index is."""
    s = sample
    return replace(s, X=s.X[rows], y=s.y[rows], unit=s.unit[rows], heads=s.heads[rows], recorded=s.recorded[rows])


def left_out(sample: Sample, alpha: float, weights: str) -> Array:
    """Predict each row from a fit without its unit (ten groups of units; empty with fewer than two units)."""
    units = len(np.unique(sample.unit))
    predicted = np.full(len(sample.y), np.nan)
    if units < 2:
        return predicted
    for train, test in GroupKFold(min(FOLDS, units)).split(sample.X, groups=sample.unit):
        predicted[test] = fit(subset(sample, train), alpha, weights, tolerance=1e-6).predict(sample.X[test])
    return predicted


def is_attendance(sample: Sample) -> bool:
    """Tell hours that hardly vary by head: they count presence, not work."""
    heads = sample.heads > 0
    per_head = sample.recorded[heads] / sample.heads[heads]
    return len(per_head) > 2 and per_head.mean() > 0 and per_head.std() / per_head.mean() < ATTENDANCE


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


def card(sample: Sample, model: TimeNormRegressor, weights: str) -> dict[str, object]:
    """Give the acceptance card of a fit: how many rows, how close, how it does on units it has not seen."""
    fitted, design = model.predict(sample.X), np.column_stack([sample.X, np.ones(len(sample.y))])
    residual = sample.y - fitted
    spread = ((sample.y - sample.y.mean()) ** 2).sum()
    leverage = np.einsum("ij,ji->i", design, np.linalg.pinv(design))
    free = max(len(sample.y) - design.shape[1], 1)
    ols = LinearRegression().fit(sample.X, sample.y)
    negative = [name for name, minutes in zip(sample.services, ols.coef_, strict=True) if minutes < 0]
    official = sample.X @ sample.official if np.isfinite(sample.official).all() else np.full(len(sample.y), np.nan)
    return {
        "rows": len(sample.y),
        "units": len(np.unique(sample.unit)),
        "r2": 1 - (residual**2).sum() / spread if spread else np.nan,
        "v": float(np.sqrt((residual**2).sum() / free) / sample.y.mean()) if sample.y.any() else np.nan,
        "median_error": _median_error(fitted, sample.y),
        "error_unseen": _median_error(left_out(sample, model.alpha, weights), sample.y),
        "error_mean_hours": _median_error(np.full(len(sample.y), sample.y.mean()), sample.y),
        "error_official": _median_error(official, sample.y),
        "bias_smallest": _size_bias(fitted, sample.y, largest=False),
        "bias_largest": _size_bias(fitted, sample.y, largest=True),
        "leverage": float(leverage.max()),
        "vif": _vif(sample.X),
        "negative_ols": ";".join(negative),
    }


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
    fitted = fit(sample, 0.0, weights, tolerance=1e-6).predict(sample.X)
    weight = np.ones(len(sample.y)) if weights == "none" else 1 / np.maximum(fitted, max(fitted.mean(), 1e-300) / 1000)
    unit = float((weight * (sample.y - fitted) ** 2).sum()) or float((weight * sample.y**2).sum()) * 1e-6
    grid = [0.0, *(unit * 10.0**power for power in range(-3, 4))]
    errors = [(weight * (sample.y - left_out(sample, alpha, weights)) ** 2).sum() for alpha in grid]
    return grid[int(np.argmin(errors))]
