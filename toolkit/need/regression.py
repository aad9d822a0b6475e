"""``TimeNormRegressor``: time per service from hours worked and volumes, never negative; and its fit by size."""

from __future__ import annotations

from itertools import count
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import nnls
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from toolkit.common.types import Array

POWER = 1.5  # of the fitted hours, by which the variance of hours grows; the default of policy norm_power
SMALLEST = 1000  # a row counts as having at least the thousandth part of the mean hours
TINY = 1e-300  # a divisor that is zero becomes this, and the zero above it stays zero
TOLERANCE = 1e-10  # relative change of fitted hours at which weights by size count as settled
PATIENCE = 100  # rounds before the tolerance is widened,
WIDENED_EVERY = 25  # fourfold every so many rounds, so that the search always ends
HALVED_FROM = 50  # round from which only half a step is taken: fits that alternate between two points then meet


class TimeNormRegressor(RegressorMixin, BaseEstimator):
    """Hours as a sum of volumes times norms plus a constant, with norms and constant never negative.

    Minimises ``sum w (y - X b - c)^2 + alpha * sum ((b - b0) / b0)^2`` over ``b >= 0, c >= 0``, where ``b0`` are the
    official norms. With ``alpha=0`` it is plain non-negative least squares with a non-negative constant.

    Parameters
    ----------
    alpha : float, default=0
        How strongly the norms are pulled toward the official ones; 0 does not pull.
    official : array-like of shape (n_features,), default=None
        Official norms in units of y per unit of X; NaN where there is none.
    constant : bool, default=True
        Whether there is fixed work; without it ``intercept_`` is 0.

    Attributes
    ----------
    coef_ : ndarray of shape (n_features,)
        Norms, in units of y per unit of X.
    intercept_ : float
        Fixed work per row, in units of y.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[10.0, 0], [0, 10], [10, 10], [20, 5]])
    >>> model = TimeNormRegressor().fit(X, X @ [2, 3] + 1)
    >>> model.coef_.round(6), round(model.intercept_, 6)
    (array([2., 3.]), 1.0)
    """

    def __init__(self, alpha: float = 0.0, official: ArrayLike | None = None, *, constant: bool = True):
        self.alpha = alpha
        self.official = official
        self.constant = constant

    def fit(self, X: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> Self:
        """Fit the norms.

        Raises
        ------
        ValueError
            If alpha is negative, or ``official`` does not fit the features.
        """
        volumes, hours = validate_data(self, X, y, y_numeric=True)
        weight = _check_sample_weight(sample_weight, volumes)
        if not self.alpha >= 0:
            raise ValueError(f"alpha must be at least 0, got {self.alpha!r}")
        rows = weighted_rows(volumes, np.asarray(hours, dtype=float), np.sqrt(weight), constant=self.constant)
        return self.solve(rows)

    def solve(self, rows: Array) -> Self:
        """Fit rows that carry their weight, as :func:`weighted_rows` returns them; nothing is checked."""
        pull, aims = self.pull(features=rows.shape[1] - 2)
        design = np.vstack([rows[:, :-1], pull])
        targets = np.concatenate([rows[:, -1], aims])
        # Columns of equal length keep the active-set solver accurate where one service is counted in units and
        # another in thousands. A column of zeros (no constant, a service that nobody did) stays one: its norm is 0.
        length = np.sqrt((design**2).sum(axis=0))
        length[length == 0] = 1.0
        solution = nnls(design / length, targets)[0] / length
        self.coef_ = solution[:-1]
        self.intercept_ = float(solution[-1])
        return self

    def pull(self, features: int) -> tuple[Array, Array]:
        """Return the penalty as extra rows: sqrt(alpha) / b0_j in column j, aiming at sqrt(alpha)."""
        if self.official is None or self.alpha == 0:
            return np.zeros((0, features + 1)), np.zeros(0)
        official = np.asarray(self.official, dtype=float)
        if official.shape != (features,) or (official <= 0).any():
            raise ValueError(f"official must hold one positive norm (or NaN) for each of {features} features")
        known = np.flatnonzero(np.isfinite(official))
        rows = np.zeros((len(known), features + 1))  # the last column, the constant, is never pulled
        rows[np.arange(len(known)), known] = np.sqrt(self.alpha) / official[known]
        return rows, np.full(len(known), np.sqrt(self.alpha))

    def predict(self, X: ArrayLike) -> Array:
        """Return the hours of each row, in units of y."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return np.asarray(X @ self.coef_ + self.intercept_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # data with negative slopes cannot be fitted, by design
        return tags


def weighted_rows(X: Array, y: Array, root: Array, *, constant: bool) -> Array:
    """Return volumes, a column for fixed work (1, or 0 without it) and hours, each row times ``root``.

    Least squares of such rows weigh each row by ``root**2``.

    >>> weighted_rows(np.array([[3.0], [4.0]]), np.array([10.0, 20.0]), np.array([1.0, 2.0]), constant=True)
    array([[ 3.,  1., 10.],
           [ 8.,  2., 40.]])
    """
    fixed = np.full(len(X), float(constant))
    return np.column_stack([X, fixed, y]) * root[:, None]


def smallest_hours(fitted: Array) -> float:
    """The fitted hours that a row counts as having at least: without it a row near 0 would decide the whole fit."""
    return float(fitted.mean() / SMALLEST)


def size_weights(fitted: Array, power: float = POWER) -> Array:
    """Return weights 1 / fitted hours to a power (variance grows with size), at least :func:`smallest_hours` a row.

    >>> size_weights(np.array([0.0, 100.0, 300.0]), 1.0).round(4).tolist()
    [7.5, 0.01, 0.0033]
    >>> size_weights(np.array([0.0, 100.0, 300.0]), 1.5).round(4).tolist()
    [20.5396, 0.001, 0.0002]
    """
    return np.asarray(1.0 / np.maximum(fitted, smallest_hours(fitted)) ** power)


def fit_by_size(
    model: TimeNormRegressor, X: Array, y: Array, power: float = POWER, tolerance: float = TOLERANCE
) -> TimeNormRegressor:
    """Fit with weights by size, refitted until the fitted hours no longer change.

    The weights come from the fitted hours and these from the weights; see :func:`_settled_below` for why it ends.
    """
    fitted = model.fit(X, y).predict(X)
    for step in count():
        if not fitted.any():
            return model  # no hours at all: every weight would be infinite
        root = np.sqrt(size_weights(fitted, power))
        again = model.solve(weighted_rows(X, y, root, constant=model.constant)).predict(X)
        largest_change = np.abs(again - fitted).max()
        if largest_change <= _settled_below(step, tolerance) * max(np.abs(again).max(), TINY):
            return model
        fitted = again if step < HALVED_FROM else (fitted + again) / 2
    raise AssertionError  # count() has no end


def _settled_below(step: int, tolerance: float) -> float:
    """The relative change that counts as none: ``tolerance``, after 100 rounds fourfold every 25 rounds."""
    return float(tolerance * 4.0 ** max((step - PATIENCE + WIDENED_EVERY) // WIDENED_EVERY, 0))
