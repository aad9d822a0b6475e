"""Hours that measure no work: attendance, hours at the cap, and offices whose hours fill the day (padding)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from toolkit.common.types import Array, Mask
from toolkit.need.job_fit import fit
from toolkit.need.job_sample import Sample
from toolkit.need.pace import pace_slope, paces
from toolkit.need.regression import POWER, TINY

ATTENDANCE = 0.10  # coefficient of variation of hours per head below which hours are attendance: presence, not work
CAPPED = 0.8  # share of rows that leave work undone where hours are at the cap
STILL = 0.4  # slope of hours on fitted hours over all offices, each over its means, below which hours are attendance
FLAT = 0.75  # slope of hours on fitted hours, both over their means, below which hours do not follow work
MOVES = 8  # periods that a slope takes
STANDARD_ERRORS = 2  # added to a slope, so that chance names about one honest office in forty at most
ROUNDS = 5  # of naming offices and fitting without them


class Measured(NamedTuple):
    """What the hours of a job count, and the rows that measure its work."""

    hours: str  # measured, capped, attendance, claimed
    sample: Sample  # without the offices whose hours fill the day, where enough others stay
    padded: list[str]  # the units whose hours fill the day


def measured_rows(sample: Sample, weights: str, power: float = POWER) -> Measured:
    """Find out what the hours of a job count, and leave out the offices whose hours fill the day.

    They are left out where at least half of the offices stay, with enough rows and every service; else only named.
    Where hours hardly move with the work of their offices, or more than half of the offices fill the day, the hours of
    the whole job are attendance and nobody is named.
    """
    hours = kind_of_hours(sample)
    if hours not in ("measured", "capped"):
        return Measured(hours, sample, [])
    if hours == "measured" and _stand_still(sample, weights, power):
        return Measured("attendance", sample, [])
    named = padded(sample, weights, power)
    if 2 * named.sum() > len(named):
        return Measured("attendance", sample, [])
    others = sample.only(~named[sample.office])
    units = np.unique(sample.unit)[named].tolist()
    return Measured(hours, others if _still_enough(sample, others) else sample, units)


def _stand_still(sample: Sample, weights: str, power: float) -> bool:
    """Whether hours do not follow the work of their offices: a slope below ``STILL``, and by more than chance.

    Work that hardly moves, or few rows, tell nothing: there the slope and its errors reach what hours of work have.
    """
    fitted = fit(sample, 0.0, weights, power).fitted
    slope = pace_slope(sample.y, fitted, sample.office)
    return slope.value < STILL and slope.value + STANDARD_ERRORS * slope.error < FLAT


def _still_enough(sample: Sample, others: Sample) -> bool:
    """Whether the other offices have more rows than norms, and do every service that all offices do."""
    lost_services = sample.X.any(axis=0) & ~others.X.any(axis=0)
    return enough_rows(others) and not lost_services.any()


def enough_rows(sample: Sample) -> bool:
    """Whether there are more rows than norms, the constant among them."""
    return len(sample.y) > len(sample.services) + 1


def kind_of_hours(sample: Sample) -> str:
    """Return what hours count: claimed (e-kinerja), measured, or, where they hardly vary by head, attendance or capped.

    Offices at the cap of their people's hours look like attendance, but leave work undone nearly always.
    """
    if not _hardly_vary(sample):
        return "claimed" if sample.claimed else "measured"
    at_the_cap = sample.waiting.mean() >= CAPPED and not sample.claimed
    return "capped" if at_the_cap else "attendance"


def _hardly_vary(sample: Sample) -> bool:
    """Whether hours per head vary by less than a tenth; never said of fewer than three rows."""
    staffed = sample.heads > 0
    per_head = sample.recorded[staffed] / sample.heads[staffed]
    if len(per_head) < 3 or per_head.mean() <= 0:
        return False
    return bool(per_head.std() / per_head.mean() < ATTENDANCE)


def padded(sample: Sample, weights: str, power: float = POWER) -> Mask:
    """Find the offices (0, 1, ...) whose hours follow their people rather than their work: they fill the day.

    There hours move far less than fitted hours do, over periods that leave no work undone (who is at the cap of its
    hours looks flat too), and the pace is above the middle one of the offices whose hours move. The fit is repeated
    without those named, until they stay the same.
    """
    named = np.zeros(sample.offices, dtype=bool)
    for _ in range(ROUNDS):
        honest = sample.only(~named[sample.office])
        fitted = fit(honest, 0.0, weights, power).model.predict(sample.X)
        if not fitted.any():
            break
        again = _flat_and_slow(sample, fitted)
        settled = bool((again == named).all())
        named = again
        if settled or named.all():  # without any office there is nothing left to fit
            break
    return named


def _flat_and_slow(sample: Sample, fitted: Array) -> Mask:
    """The offices whose hours are flat and whose pace is above the middle one of the others; all, if all are flat.

    An office that is flat and quick is not named: it has no time to fill.
    """
    flat = steepest_slope(sample, fitted) < FLAT
    if flat.all():
        return flat
    pace = paces(sample.y, fitted, sample.office).pace
    return np.asarray(flat & (pace > np.median(pace[~flat])))


def steepest_slope(sample: Sample, fitted: Array) -> Array:
    """The slope of hours on fitted hours within each office, and two standard errors more.

    The greater of two: in hours, and both over their means, so that neither a slow office nor one with fixed work of
    its own seems flat. Infinite where fewer than ``MOVES`` periods leave no work undone, or nothing moves.
    """
    office = sample.office

    def total(values: Array) -> Array:
        """Sum by office, over the periods that leave no work undone."""
        return np.asarray(np.bincount(office, values * ~sample.waiting))

    periods = total(np.ones(len(fitted)))
    mean_hours = np.maximum(total(sample.y) / np.maximum(periods, 1), TINY)
    mean_fitted = np.maximum(total(fitted) / np.maximum(periods, 1), TINY)
    hours_moved = sample.y - mean_hours[office]
    fitted_moved = fitted - mean_fitted[office]
    squares = np.maximum(total(fitted_moved**2), TINY)
    slope = total(fitted_moved * hours_moved) / squares
    residual = hours_moved - slope[office] * fitted_moved
    variance = total(residual**2) / np.maximum(periods - 2, 1)
    steepest = slope + STANDARD_ERRORS * np.sqrt(variance / squares)
    # slope x mean fitted / mean hours is the slope of hours on fitted hours, both over their means
    steepest = steepest * np.maximum(1.0, mean_fitted / mean_hours)
    moves = squares > 1e-12 * mean_fitted**2  # by more than rounding
    return np.where((periods >= MOVES) & moves, steepest, np.inf)
