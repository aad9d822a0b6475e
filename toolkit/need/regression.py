"""``TimeNormRegressor``: time per service from hours worked and volumes, never negative."""

from __future__ import annotations

from itertools import count
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.linear_model import LinearRegression
from sklearn.utils import Tags
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from toolkit.common.types import Array


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

    def __init__(self, alpha: float = 0.0, official: ArrayLike | None = None, constant: bool = True):
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
        return self.solve(weighted(volumes, np.asarray(hours, dtype=float), self.constant, np.sqrt(weight)))

    def solve(self, rows: Array) -> Self:
        """Fit rows of volumes, fixed work and hours (the last column) that carry their weight; nothing is checked."""
        pull, pulled = self._pull(rows.shape[1] - 2)
        design, targets = np.vstack([rows[:, :-1], pull]), np.concatenate([rows[:, -1], pulled])
        scale = np.sqrt((design**2).sum(axis=0))
        scale[scale == 0] = 1.0
        solved = LinearRegression(positive=True, fit_intercept=False).fit(design / scale, targets).coef_ / scale
        self.coef_, self.intercept_ = solved[:-1], float(solved[-1])
        return self

    def _pull(self, features: int) -> tuple[Array, Array]:
        """The penalty as extra rows: sqrt(alpha) / b0_j in column j, aiming at sqrt(alpha)."""
        if self.official is None or self.alpha == 0:
            return np.zeros((0, features + 1)), np.zeros(0)
        official = np.asarray(self.official, dtype=float)
        if official.shape != (features,) or (official <= 0).any():
            raise ValueError(f"official must hold one positive norm (or NaN) for each of {features} features")
        known = np.flatnonzero(np.isfinite(official))
        rows = np.zeros((len(known), features + 1))
        rows[np.arange(len(known)), known] = np.sqrt(self.alpha) / official[known]
        return rows, np.full(len(known), np.sqrt(self.alpha))

    def predict(self, X: ArrayLike) -> Array:
        """Give the hours of each row, in units of y."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False)
        return np.asarray(X @ self.coef_ + self.intercept_)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.regressor_tags.poor_score = True  # data with negative slopes cannot be fitted, by design
        return tags


def size_weights(fitted: Array) -> Array:
    """Weights 1 / fitted hours, where fitted hours count as at least a thousandth of their mean."""
    return 1.0 / np.maximum(fitted, fitted.mean() / 1000)


def paces(hours: Array, fitted: Array, office: NDArray[np.int64]) -> tuple[Array, float, float]:
    """The pace of each office (hours over fitted hours), the variance of paces, and that of months within an office."""
    rows = np.bincount(office)
    least = max(fitted.mean() / 1000, 1e-300)
    pace = np.bincount(office, hours) / np.maximum(np.bincount(office, fitted), least * rows)
    left = (hours - pace[office] * fitted) / np.maximum(fitted, least)
    within = float((left**2).sum() / max(len(hours) - len(rows), 1))
    between = float(pace.var(ddof=1) - within * (1 / rows).mean()) if len(rows) > 1 else 0.0
    return pace, max(between, 0.0), within


def weighted(
    X: Array, y: Array, constant: bool, root: Array,
    office: NDArray[np.int64] | None = None, share: Array | None = None, fitted: Array | None = None,
) -> Array:  # fmt: skip
    """Rows of volumes, fixed work and hours, times ``root``.

    With ``share``, that of each ``office`` (0, 1, ...) is taken off the part of its rows that runs along its fitted
    hours, its pace: generalised least squares.
    """
    rows = np.column_stack([X, np.full(len(X), float(constant)), y]) * root[:, None]
    if share is None or office is None or fitted is None:
        return rows
    way = root * fitted
    length = np.maximum(np.bincount(office, way**2), 1e-300)
    along = np.array([np.bincount(office, way * column) for column in rows.T]) / length
    return np.asarray(rows - (share * along)[:, office].T * way[:, None])


def fit_by_size(model: TimeNormRegressor, X: Array, y: Array, tolerance: float = 1e-10) -> TimeNormRegressor:
    """Fit with weights by size, refitted until the fitted hours stand still (after 100 rounds ever less strictly)."""
    fitted = model.fit(X, y).predict(X)
    for at in count():
        if not fitted.any():
            return model
        again = model.solve(weighted(X, y, model.constant, np.sqrt(size_weights(fitted)))).predict(X)
        off = np.abs(again - fitted).max()
        if off <= tolerance * 4.0 ** max(at // 25 - 3, 0) * max(np.abs(again).max(), 1e-300):
            return model
        fitted = again if at < 50 else (fitted + again) / 2  # halfway, where it would go round in circles
    raise AssertionError  # count() has no end
