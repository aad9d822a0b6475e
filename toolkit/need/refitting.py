"""Fits repeated on part of the units: predicting units left out, choosing the pull (alpha), bootstrap intervals."""

from __future__ import annotations

import numpy as np

from toolkit.common.types import Array, Index
from toolkit.need.job_fit import Fit, fit
from toolkit.need.job_sample import Sample
from toolkit.need.pace import paces
from toolkit.need.regression import TimeNormRegressor

FOLDS = 10  # groups of units that are left out in turn
POWERS = range(-4, 4)  # powers of ten that are tried as pull
FEW_UNITS = 6  # below so many units there is too little to draw units from: months are drawn instead
BLOCK = 3  # months that are drawn together, since a month is like the one before it
FARTHEST = np.log(10)  # how far the mean pace of a few offices is taken to be from the standard at most


def cross_products(rows: Array, block: Index) -> Array:
    """Return the cross products of the rows of each block (block x column x column), in order of block.

    Least squares need no more of the rows than this, and cross products of blocks add up: leaving a block out or
    counting it twice takes a sum of small matrices instead of a pass over all rows.
    """
    order = np.argsort(block, kind="stable")
    starts = np.flatnonzero(np.diff(block[order])) + 1
    return np.array([part.T @ part for part in np.split(rows[order], starts)])


def refit(model: TimeNormRegressor, product: Array) -> Array:
    """Fit cross products of weighted rows instead of the rows; return coefficients and, last, the constant.

    The product P = V L V' is that of the few rows sqrt(L) V' too, so their fit is the same. The product is scaled to a
    unit diagonal first: eigenvalues of columns as unlike as counts and hours would lose their digits.
    """
    length = np.sqrt(np.diag(product))  # zero where the job has no constant, or nobody did the service
    safe = np.where(length > 0, length, 1.0)
    values, vectors = np.linalg.eigh(product / np.outer(safe, safe))
    roots = np.sqrt(np.maximum(values, 0.0))  # rounding may leave an eigenvalue of 0 a little below it
    model.solve(roots[:, None] * vectors.T * length)
    return np.append(model.coef_, model.intercept_)


def left_out(sample: Sample, rows: Array, alpha: float, design: Array) -> Array:
    """Predict each row of a design from a fit of ``rows`` without its unit (ten groups; missing with one unit)."""
    predicted = np.full(len(rows), np.nan)
    if sample.offices < 2:
        return predicted
    group = sample.office % min(FOLDS, sample.offices)  # all rows of a unit are in one group
    products = cross_products(rows, group)
    for number in range(len(products)):
        others = np.delete(products, number, axis=0).sum(axis=0)
        mine = group == number
        predicted[mine] = design[mine] @ refit(sample.model(alpha), others)
    return predicted


def choose_alpha(sample: Sample, weights: str) -> float:
    """Return the pull toward the official norms that predicts unseen units best.

    The grid is scaled to the data: 0, and powers of ten times the weighted squared error of the fit without pull.
    Without official norms, or with fewer than two units to leave out, the pull is 0.
    """
    if not np.isfinite(sample.official).any() or sample.offices < 2:
        return 0.0
    found = fit(sample, 0.0, weights)
    design = found.rows[:, :-1]
    hours = found.rows[:, -1]
    squared_error = float(((hours - design @ found.norms) ** 2).sum())
    unit = squared_error or float((hours**2).sum()) * 1e-6  # a perfect fit still needs a grid that is not all 0
    grid = [0.0, *(unit * 10.0**power for power in POWERS)]
    errors = [((hours - left_out(sample, found.rows, alpha, design)) ** 2).sum() for alpha in grid]
    return grid[int(np.argmin(errors))]  # of equals the first: the weakest pull


def resample(sample: Sample, found: Fit, seed: int, draws: int) -> Array:
    """Return norms (hours; the constant last) of fits to units drawn with replacement, a row a draw.

    Their distance from the fit is stretched as Student's t asks for so many units. With fewer than six units months
    are drawn in blocks: that describes these offices; how far their mean pace may be from the standard is drawn beside.
    """
    rng = np.random.default_rng(seed)
    few_units = sample.offices < FEW_UNITS
    block = month_blocks(sample.office) if few_units else sample.office
    products = cross_products(found.rows, block)
    model = sample.model(found.model.alpha)
    # a resample is how often each block was drawn: tensordot adds up their cross products as often
    counts = rng.multinomial(len(products), np.full(len(products), 1 / len(products)), draws)
    drawn = np.array([refit(model, np.tensordot(often, products, 1)) for often in counts])
    drawn = drawn.reshape(draws, len(found.norms))  # keeps two dimensions where there are no draws
    if few_units:
        return drawn * mean_paces(sample, found.fitted, rng, draws)
    return np.maximum(found.norms + (drawn - found.norms) * student_stretch(sample.offices, rng, draws), 0.0)


def month_blocks(office: Index) -> Index:
    """Number the blocks of three months in a row of each office; rows are sorted by office and period.

    >>> month_blocks(np.array([0, 0, 0, 0, 1, 1, 1, 1, 1])).tolist()
    [0, 0, 0, 1, 2, 2, 2, 3, 3]
    """
    first_row = np.searchsorted(office, office)  # that of the office of each row, as rows are sorted
    month = np.arange(len(office)) - first_row
    # no office has more rows than there are, so the sum tells all pairs of office and block apart
    return np.unique(office * len(office) + month // BLOCK, return_inverse=True)[1]


def mean_paces(sample: Sample, fitted: Array, rng: np.random.Generator, draws: int) -> Array:
    """Factors (draw x 1) by which the mean pace of these few offices may be off the standard."""
    variance = paces(sample.y, fitted, sample.office).between
    standard_error = np.sqrt(variance / sample.offices)
    log_pace = standard_error * rng.standard_t(_freedom(sample.offices), (draws, 1))
    return np.asarray(np.exp(np.clip(log_pace, -FARTHEST, FARTHEST)))


def student_stretch(units: int, rng: np.random.Generator, draws: int) -> Array:
    """Factors (draw x 1) that turn normal distances into those of Student's t with units - 1 degrees of freedom.

    That would be sqrt(freedom / chi-squared); units above instead of freedom also makes good what a bootstrap of so
    few units lacks in variance, (units - 1) / units.
    """
    return np.sqrt(units / rng.chisquare(_freedom(units), (draws, 1)))


def _freedom(units: int) -> int:
    return max(units - 1, 1)
