"""Fits repeated on part of the units: predicting units left out, choosing the pull (alpha), bootstrap intervals."""

from __future__ import annotations

import numpy as np

from toolkit.common.types import Array, Index
from toolkit.need.job_fit import Fit, fit
from toolkit.need.job_sample import Sample
from toolkit.need.pace import paces
from toolkit.need.regression import POWER, TimeNormRegressor, weighted_rows

FOLDS = 10  # groups of units that are left out in turn
POWERS = range(-4, 4)  # powers of ten that are tried as pull
FEW_UNITS = 6  # below so many units there is too little to draw units from: months are drawn instead
BLOCK = 3  # months that are drawn together, since a month is like the one before it
NEARLY_SINGULAR = 1e-9  # least eigenvalue of columns of unit length, below which signs are minded from the start
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


def refit_all(model: TimeNormRegressor, products: Array) -> Array:
    """Fit many cross products (fit x column x column); return coefficients and, last, the constant, a row a fit.

    Where least squares without signs are positive already they are the fit: those are solved together, and only the
    others, and those whose columns are nearly sums of each other, one by one.
    """
    pull, aims = model.pull(products.shape[-1] - 2)
    gram = products[:, :-1, :-1] + pull.T @ pull
    moment = products[:, :-1, -1] + pull.T @ aims
    length = np.sqrt(np.diagonal(gram, axis1=1, axis2=2))
    empty = length <= 0
    safe = np.where(empty, 1.0, length)
    scaled = gram / (safe[:, :, None] * safe[:, None, :]) + empty[:, :, None] * np.eye(gram.shape[-1])
    together = np.linalg.eigvalsh(scaled)[:, 0] > NEARLY_SINGULAR if len(scaled) else np.zeros(0, bool)
    found = np.full(moment.shape, -1.0)
    found[together] = np.linalg.solve(scaled[together], (moment / safe)[together][..., None])[..., 0] / safe[together]
    for number in np.flatnonzero((found < 0).any(axis=1)):
        found[number] = refit(model, products[number])
    return found


def totals(sample: Sample, block: Index) -> Array:
    """Return the sums of volumes, fixed work (1 a row) and hours over the rows of each block, in order of block."""
    rows = weighted_rows(sample.X, sample.y, np.ones(len(sample.y)), constant=sample.constant)
    return np.array([np.bincount(block, column) for column in rows.T]).T


def with_total(norms: Array, sums: Array) -> Array:
    """Return norms (a row a fit) times recorded over fitted hours, given the sums of :func:`totals` of each fit."""
    fitted = (norms * sums[:, :-1]).sum(axis=1)
    return np.asarray(norms * np.where(fitted > 0, sums[:, -1] / np.where(fitted > 0, fitted, 1.0), 1.0)[:, None])


def left_out(sample: Sample, rows: Array, alpha: float, design: Array, *, keeps_total: bool = False) -> Array:
    """Predict each row of a design from a fit of ``rows`` without its unit (ten groups; missing with one unit)."""
    if sample.offices < 2:
        return np.full(len(rows), np.nan)
    group = sample.office % min(FOLDS, sample.offices)  # all rows of a unit are in one group
    norms = without_each(sample, rows, alpha, group, keeps_total=keeps_total)
    return np.asarray((design * norms[group]).sum(axis=1))


def without_each(sample: Sample, rows: Array, alpha: float, group: Index, *, keeps_total: bool) -> Array:
    """Return the norms (the constant last) of fits without each group of rows (0, 1, ...), a row a group."""
    products = cross_products(rows, group)
    norms = refit_all(sample.model(alpha), products.sum(axis=0) - products)
    if not keeps_total:
        return norms
    sums = totals(sample, group)
    return with_total(norms, sums.sum(axis=0) - sums)


def choose_alpha(sample: Sample, weights: str, power: float = POWER) -> float:
    """Return the pull toward the official norms that predicts unseen units best.

    The grid is scaled to the data: 0, and powers of ten times the weighted squared error of the fit without pull.
    Without official norms, or with fewer than two units to leave out, the pull is 0.
    """
    if not np.isfinite(sample.official).any() or sample.offices < 2:
        return 0.0
    found = fit(sample, 0.0, weights, power)
    design = found.rows[:, :-1]
    hours = found.rows[:, -1]
    squared_error = float(((hours - design @ found.norms) ** 2).sum())
    unit = squared_error or float((hours**2).sum()) * 1e-6  # a perfect fit still needs a grid that is not all 0
    grid = [0.0, *(unit * 10.0**exponent for exponent in POWERS)]
    unseen = [
        left_out(sample, found.rows, alpha, design, keeps_total=found.keeps_total and alpha == 0) for alpha in grid
    ]
    errors = [((hours - each) ** 2).sum() for each in unseen]
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
    # a resample is how often each block was drawn: tensordot adds up their cross products as often
    counts = rng.multinomial(len(products), np.full(len(products), 1 / len(products)), draws)
    drawn = refit_all(sample.model(found.model.alpha), np.tensordot(counts, products, 1))
    if found.keeps_total:
        drawn = with_total(drawn, counts @ totals(sample, block))
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
