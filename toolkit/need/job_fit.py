"""The fit of one job's norms: weighted by size or robustly, and allowing for a pace of each office."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from toolkit.common.types import Array
from toolkit.need.job_sample import Sample
from toolkit.need.pace import pace_share, pace_slope, row_trust, take_off_pace
from toolkit.need.regression import POWER, TimeNormRegressor, fit_by_size, size_weights, weighted_rows

TOTAL = 0.1  # how far, as a share, paces may lead the total of fitted hours away
FOLLOWS = 0.75  # slope of hours on fitted hours within offices, from which on hours follow the work and have a pace
STEPS = 2  # of generalised least squares: norms hardly change after the second
ROBUST_ROUNDS = 5  # refits of a robust fit: weights of offices change little after the third


@dataclass(frozen=True)
class Fit:
    """One job's norms: the fitted estimator, its hours, and the weighted rows that it was fitted to."""

    model: TimeNormRegressor
    fitted: Array  # hours of each row
    rows: Array  # see regression.weighted_rows: whoever refits a part of them repeats the fit, weights and all
    keeps_total: bool = False  # whether norms were then multiplied so that fitted hours add up to the recorded ones

    @property
    def norms(self) -> Array:
        """Hours for one of each service, and last the constant."""
        return np.append(self.model.coef_, self.model.intercept_)


def fit(sample: Sample, alpha: float, weights: str, power: float = POWER) -> Fit:
    """Fit one job's norms.

    Where offices have several periods and their hours follow their work, each has a pace of its own, which generalised
    least squares allow for, if the fitted hours then still add up (within a tenth): else the months say too little.
    Weighted by size and without pull, the norms are last multiplied so that fitted hours add up to recorded ones.

    Args:
        sample: the rows.
        alpha: the pull toward official norms.
        weights: policy ``norm_weights``: ``size``, ``robust`` (outlying offices count less too) or ``none``.
        power: policy ``norm_power``: the power of fitted hours by which their variance grows; not used by ``none``.
    """
    model = sample.model(alpha)
    if weights == "none":
        fitted = model.fit(sample.X, sample.y).predict(sample.X)
        return Fit(model, fitted, _unweighted(sample))
    by_size = fit_by_size(model, sample.X, sample.y, power).predict(sample.X)
    if not by_size.any():
        return Fit(model, by_size, _unweighted(sample))
    return _with_total(sample, _paced(sample, model, by_size, weights, power), weights)


def _paced(sample: Sample, model: TimeNormRegressor, by_size: Array, weights: str, power: float) -> Fit:
    """The fit that allows for a pace of each office where hours follow the work, else the fit by size itself.

    The second step takes weights, paces and their direction from the hours of the first.
    """
    robust = weights == "robust"
    found = None
    hours = by_size
    for _ in range(STEPS):
        share = pace_share(sample.y, hours, sample.office)
        if share is None or not pace_slope(sample.y, hours, sample.office).value >= FOLLOWS:
            break
        again = _refined(sample, sample.model(model.alpha), hours, power, share, robust=robust)
        if not _adds_up(again.fitted, by_size):
            break
        found, hours = again, again.fitted
    return found or _refined(sample, model, by_size, power, None, robust=robust)


def _with_total(sample: Sample, found: Fit, weights: str) -> Fit:
    """The fit with its norms times recorded over fitted hours; a pulled or robust fit as it is: its level is chosen."""
    if weights != "size" or found.model.alpha > 0 or not found.fitted.any():
        return found
    factor = sample.y.sum() / found.fitted.sum()
    found.model.coef_ = found.model.coef_ * factor
    found.model.intercept_ *= factor
    return replace(found, fitted=found.fitted * factor, keeps_total=True)


def _unweighted(sample: Sample) -> Array:
    return weighted_rows(sample.X, sample.y, np.ones(len(sample.y)), constant=sample.constant)


def _refined(
    sample: Sample, model: TimeNormRegressor, by_size: Array, power: float, share: Array | None, *, robust: bool
) -> Fit:
    """Refit a model that is fitted by size, with a share of each office's pace taken off and, if robust, Huber weights.

    The weights by size, and the direction of the pace, stay those of ``by_size``, the hours of the fit before: a step
    of generalised least squares, not a search.
    """
    root = np.sqrt(size_weights(by_size, power))
    fitted = by_size
    trust = np.ones(len(by_size))
    for _ in range(ROBUST_ROUNDS if robust else 1):
        both = root * np.sqrt(trust)
        rows = weighted_rows(sample.X, sample.y, both, constant=sample.constant)
        if share is not None:
            rows = take_off_pace(rows, both * by_size, sample.office, share)
        if share is not None or trust.min() < 1:  # else the model already solves these rows
            fitted = model.solve(rows).predict(sample.X)
        if robust:
            trust = row_trust(sample.y, fitted, sample.office)
    return Fit(model, fitted, rows)


def _adds_up(fitted: Array, by_size: Array) -> bool:
    """Whether fitted hours add up, within a tenth, to those of the fit by size."""
    return bool(abs(fitted.sum() / by_size.sum() - 1) <= TOTAL)
