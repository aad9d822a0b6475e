"""The acceptance card of a fit: how close it is, how it does on unseen units, which limits it fails (``LIMITS``)."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.feature_selection import f_regression
from sklearn.linear_model import LinearRegression

from toolkit.common.types import Array
from toolkit.need.job_fit import Fit
from toolkit.need.job_sample import Sample
from toolkit.need.pace import pace_slope
from toolkit.need.refitting import left_out

# What a fit must keep to be accepted, (at least, at most). The first three are the rule of military manpower standards
# (at least half of the variance explained, residual sd at most a quarter of the mean, significant at 5 %); the last
# two are ours: neither the small nor the large offices may be predicted off by more than a quarter either way. Across
# offices of very different size the largest alone decides V; there the error on unseen offices takes its place.
LIMITS = {
    "r2": (0.50, 1.0),
    "v": (0.0, 0.25),
    "significance": (0.0, 0.05),
    "bias_smallest": (0.8, 1.25),
    "bias_largest": (0.8, 1.25),
}
UNSEEN = (0.0, 0.25)  # the limit of the error on unseen offices where it takes the place of V
VERY_UNLIKE = 10  # times the median office, from which on the largest decides V alone
FIFTH = 5  # rows are the smallest or the largest if they are in the outer one of so many parts
SINGULAR = 1e12  # condition number from which on one service counts as a sum of others


def card(sample: Sample, found: Fit) -> dict[str, Any]:
    """Return the acceptance card of a fit: how many rows, how close, how it does on units not seen, what it fails.

    Returns:
        ``rows``, ``units``; ``r2``, ``v`` (residual sd over mean hours), ``significance``; median
        relative errors of the fit (``median_error``), of fits that have not seen the unit (``error_unseen``), of the
        mean hours and of official norms (``error_mean_hours``, ``error_official``); ``bias_smallest``,
        ``bias_largest``: predicted over recorded hours of the smallest and the largest fifth, by fits that have not
        seen the unit and sorted by what they predict; ``largest_to_median``: mean hours of the largest unit over the
        median one; ``below_fixed``: units whose mean hours lie under the constant; ``pace_slope``: see
        :func:`toolkit.need.pace.pace_slope`; ``total`` and ``official_share``: fitted and official hours over recorded
        ones; ``leverage`` and ``vif``, the largest; ``negative_ols``: services whose norm by plain least squares is
        negative; ``accepted``, ``fails``: names of limits. Names are joined by ;.
    """
    unseen = left_out(sample, found.rows, found.model.alpha, _design(sample), keeps_total=found.keeps_total)
    measures: dict[str, Any] = {
        "rows": len(sample.y),
        "units": sample.offices,
        **_closeness(sample, found.fitted),
        **_errors(sample, found, unseen),
        **_size_biases(unseen, sample.y),
        **_sizes(sample, found),
        "pace_slope": pace_slope(sample.y, found.fitted, sample.office).value,
        **_shares(sample, found),
        **_design_checks(sample),
    }
    fails = failed_limits(measures)
    return {**measures, "accepted": not fails, "fails": ";".join(fails)}


def failed_limits(measures: dict[str, Any]) -> list[str]:
    """Return the names of the limits that a fit does not keep; a measure that is missing fails.

    Where the largest office is over ten times the median one, ``error_unseen`` is judged in the place of ``v``.

    >>> measures = {"r2": 0.5, "v": 0.25, "significance": 0.06, "bias_smallest": 1.0, "bias_largest": float("nan")}
    >>> failed_limits({**measures, "largest_to_median": 2.0})
    ['significance', 'bias_largest']
    >>> failed_limits({**measures, "v": 0.52, "largest_to_median": 30.0, "error_unseen": 0.19})
    ['significance', 'bias_largest']
    """
    limits = LIMITS
    if measures["largest_to_median"] > VERY_UNLIKE:
        limits = {"error_unseen" if name == "v" else name: LIMITS[name] for name in LIMITS} | {"error_unseen": UNSEEN}
    return [name for name, (low, high) in limits.items() if not low <= measures[name] <= high]


def _closeness(sample: Sample, fitted: Array) -> dict[str, float]:
    """R squared, V and significance of the fitted hours; NaN where hours or fitted hours do not vary, or are all 0."""
    hours = sample.y
    unexplained = ((hours - fitted) ** 2).sum()
    variation = ((hours - hours.mean()) ** 2).sum()
    varies = variation > 1e-12 * (hours**2).sum()  # by more than rounding
    freedom = max(len(hours) - _design(sample).shape[1], 1)
    testable = np.ptp(fitted) > 0 and variation > 0
    return {
        "r2": 1 - unexplained / variation if varies else np.nan,
        "v": float(np.sqrt(unexplained / freedom) / hours.mean()) if hours.any() else np.nan,
        "significance": _significance(fitted, hours) if testable else np.nan,
    }


def _significance(fitted: Array, hours: Array) -> float:
    """The chance of a correlation as high as that of hours and fitted hours; 0 where they agree but for rounding."""
    if np.corrcoef(fitted, hours)[0, 1] ** 2 >= 1 - 1e-12 and len(hours) > 2:
        return 0.0  # a correlation that rounding lifts above 1 would count as none
    return float(f_regression(fitted[:, None], hours)[1][0])


def _errors(sample: Sample, found: Fit, unseen: Array) -> dict[str, float]:
    """Median relative errors: of the fit, on units not seen, and of what one would say without a fit."""
    hours = sample.y
    all_official = np.isfinite(sample.official).all()
    official = sample.X @ sample.official if all_official else np.full(len(hours), np.nan)
    return {
        "median_error": _median_error(found.fitted, hours),
        "error_unseen": _median_error(unseen, hours),
        "error_mean_hours": _median_error(np.full(len(hours), hours.mean()), hours),
        "error_official": _median_error(official, hours),
    }


def _median_error(predicted: Array, actual: Array) -> float:
    """The median of |predicted - actual| / actual over the rows with hours and a prediction; NaN without any."""
    usable = (actual > 0) & np.isfinite(predicted)
    if not usable.any():
        return np.nan
    return float(np.median(np.abs(predicted[usable] - actual[usable]) / actual[usable]))


def _size_biases(unseen: Array, actual: Array) -> dict[str, float]:
    """Predicted over recorded hours of the smallest and the largest fifth of the rows, at least one row.

    Sorted by what is predicted without them: sorted by recorded hours even the truth would look too high for the
    smallest, as those who recorded little by chance are among them (regression to the mean).
    """
    known = np.flatnonzero(np.isfinite(unseen))
    by_size = known[np.argsort(unseen[known], kind="stable")]
    count = max(1, len(by_size) // FIFTH)
    parts = {"bias_smallest": by_size[:count], "bias_largest": by_size[-count:]}
    return {
        name: float(unseen[rows].sum() / actual[rows].sum()) if actual[rows].sum() > 0 else np.nan
        for name, rows in parts.items()
    }


def _sizes(sample: Sample, found: Fit) -> dict[str, Any]:
    """How unlike the offices are, and how many of them spend less than the fixed work of the fit."""
    hours = np.bincount(sample.office, sample.y) / np.bincount(sample.office)
    middle = float(np.median(hours))
    return {
        "largest_to_median": float(hours.max()) / middle if middle > 0 else np.nan,
        "below_fixed": int((hours < found.model.intercept_).sum()),
    }


def _shares(sample: Sample, found: Fit) -> dict[str, float]:
    """Fitted and official hours over recorded ones; the official ones where every service has an official norm."""
    recorded = float(sample.y.sum())
    if recorded <= 0:
        return {"total": np.nan, "official_share": np.nan}
    official = float((sample.X @ sample.official).sum()) if np.isfinite(sample.official).all() else np.nan
    return {"total": float(found.fitted.sum()) / recorded, "official_share": official / recorded}


def _design_checks(sample: Sample) -> dict[str, Any]:
    """What is awkward about the volumes themselves: leverage, collinearity, norms that least squares make negative."""
    ols = LinearRegression().fit(sample.X, sample.y)
    negative = [name for name, hours in zip(sample.services, ols.coef_, strict=True) if hours < 0]
    return {"leverage": _leverage(_design(sample)), "vif": _vif(sample.X), "negative_ols": ";".join(negative)}


def _design(sample: Sample) -> Array:
    """Volumes and a column of ones."""
    return np.column_stack([sample.X, np.ones(len(sample.y))])


def _leverage(design: Array) -> float:
    """The largest leverage: 1 if a row decides its own fitted hours alone."""
    # the diagonal of the hat matrix, without the rest of it, which would be rows x rows
    return float(np.einsum("ij,ji->i", design, np.linalg.pinv(design)).max())


def _vif(X: Array) -> float:
    """The largest variance inflation factor of the services (infinite when one is a sum of others)."""
    centred = X - X.mean(axis=0)
    length = np.sqrt((centred**2).sum(axis=0))
    if X.shape[1] < 2 or (length == 0).any():
        return np.nan
    correlation = (centred / length).T @ (centred / length)
    if np.linalg.cond(correlation) >= SINGULAR:
        return np.inf
    return float(np.diag(np.linalg.inv(correlation)).max())  # the factors are the diagonal of its inverse
