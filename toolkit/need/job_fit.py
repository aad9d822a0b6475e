"""The fit of one job's norms: weighted by size or robustly, and allowing for a pace of each office."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from toolkit.common.types import Array
from toolkit.need.job_sample import Sample
from toolkit.need.pace import pace_share, row_trust, take_off_pace
from toolkit.need.regression import TimeNormRegressor, fit_by_size, size_weights, weighted_rows

TOTAL = 0.1  # how far, as a share, paces may lead the total of fitted hours away
ROBUST_ROUNDS = 5  # refits of a robust fit: weights of offices change little after the third


@dataclass(frozen=True)
class Fit:
    """One job's norms: the fitted estimator, its hours, and the weighted rows that it was fitted to."""

    model: TimeNormRegressor
    fitted: Array  # hours of each row
    rows: Array  # see regression.weighted_rows: whoever refits a part of them repeats the fit, weights and all

    @property
    def norms(self) -> Array:
        """Hours for one of each service, and last the constant."""
        return np.append(self.model.coef_, self.model.intercept_)


def fit(sample: Sample, alpha: float, weights: str) -> Fit:
    """Fit one job's norms.

    Where offices have several periods, each has a pace of its own, which generalised least squares allow for, if the
    fitted hours then still add up (within a tenth): else the months say too little.

    Args:
        sample: the rows.
        alpha: the pull toward official norms.
        weights: policy ``norm_weights``: ``size``, ``robust`` (outlying offices count less too) or ``none``.
    """
    model = sample.model(alpha)
    if weights == "none":
        fitted = model.fit(sample.X, sample.y).predict(sample.X)
        return Fit(model, fitted, _unweighted(sample))
    by_size = fit_by_size(model, sample.X, sample.y).predict(sample.X)
    if not by_size.any():
        return Fit(model, by_size, _unweighted(sample))
    robust = weights == "robust"
    share = pace_share(sample.y, by_size, sample.office)
    if share is not None:
        found = _refined(sample, model, by_size, share, robust)
        if _adds_up(found.fitted, by_size):
            return found
        model = fit_by_size(sample.model(alpha), sample.X, sample.y)  # the first was solved with paces since
    return _refined(sample, model, by_size, None, robust)


def _unweighted(sample: Sample) -> Array:
    return weighted_rows(sample.X, sample.y, np.ones(len(sample.y)), constant=sample.constant)


def _refined(sample: Sample, model: TimeNormRegressor, by_size: Array, share: Array | None, robust: bool) -> Fit:
    """Refit a model that is fitted by size, with a share of each office's pace taken off and, if robust, Huber weights.

    The weights by size, and the direction of the pace, stay those of ``by_size``, the hours of the first fit: one step
    of generalised least squares, not a search.
    """
    fitted = by_size
    trust = np.ones(len(by_size))
    for _ in range(ROBUST_ROUNDS if robust else 1):
        root = np.sqrt(size_weights(by_size) * trust)
        rows = weighted_rows(sample.X, sample.y, root, constant=sample.constant)
        if share is not None:
            rows = take_off_pace(rows, root * by_size, sample.office, share)
        if share is not None or trust.min() < 1:  # else the model already solves these rows
            fitted = model.solve(rows).predict(sample.X)
        if robust:
            trust = row_trust(sample.y, fitted, sample.office)
    return Fit(model, fitted, rows)


def _adds_up(fitted: Array, by_size: Array) -> bool:
    """Whether fitted hours add up, within a tenth, to those of the fit by size, which add up to the recorded ones."""
    return bool(abs(fitted.sum() / by_size.sum() - 1) <= TOTAL)
