"""What the other offices say of each office of a fit: norms without it, and how far its own hours pull the norms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.types import Array
from toolkit.need.job_fit import Fit
from toolkit.need.job_sample import Sample
from toolkit.need.refitting import cross_products, refit_all, totals, with_total, without_each

RAISED = 1.2  # factor on the hours of an office, by which its pull on its own norms is measured
PEERS = 0.95  # share of offices within what peers spend
OTHERS = {
    "job_id": "str",
    "unit_id": "str",
    "service_id": "str",
    "minutes_without": "float64",
    "minutes_raised": "float64",
}
RATIOS = {"job_id": "str", "unit_id": "str", "ratio": "float64", "own_share": "float64"}


def raised(sample: Sample, found: Fit) -> Array:
    """Return the norms (the constant last) if the hours of an office were a fifth higher, a row an office.

    The weights and paces stay those of the fit.
    """
    office = sample.office
    products = cross_products(found.rows, office)
    more = np.ones(products.shape[-1])
    more[-1] = RAISED  # the last column are the hours
    changed = products.sum(axis=0) - products + products * np.outer(more, more)
    norms = refit_all(sample.model(found.model.alpha), changed)
    if not found.keeps_total:
        return norms
    sums = totals(sample, office)
    return with_total(norms, sums.sum(axis=0) + sums * (more - 1))


def of_others(sample: Sample, found: Fit) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return what the other offices say of each, in two frames; empty with one office.

    Returns:
        job_id, unit_id, service_id (missing: the constant), ``minutes_without`` (the norm by the other offices) and
        ``minutes_raised`` (the norm if its own hours were a fifth higher); and job_id, unit_id, ``ratio``: hours of the
        office over those that the norms of the others give its work, and ``own_share``: how much of a rise of its own
        hours comes back to it as fitted hours.
    """
    if sample.offices < 2:
        return pd.DataFrame(columns=list(OTHERS)).astype(OTHERS), pd.DataFrame(columns=list(RATIOS)).astype(RATIOS)
    without = without_each(sample, found.rows, found.model.alpha, sample.office, keeps_total=found.keeps_total)
    sums = totals(sample, sample.office)
    expected = (without * sums[:, :-1]).sum(axis=1)
    ratio = np.where(expected > 0, sums[:, -1] / np.where(expected > 0, expected, 1.0), np.nan)
    more = raised(sample, found)
    fitted = sums[:, :-1] @ found.norms
    own_share = ((more * sums[:, :-1]).sum(axis=1) / np.where(fitted > 0, fitted, np.nan) - 1) / (RAISED - 1)
    units = np.unique(sample.unit)
    lines = len(sample.services) + 1
    norms = pd.DataFrame(
        {
            "job_id": sample.job_id,
            "unit_id": np.repeat(units, lines),
            "service_id": [*sample.services, None] * len(units),
            "minutes_without": without.ravel() * 60,
            "minutes_raised": more.ravel() * 60,
        }
    )
    ratios = pd.DataFrame({"job_id": sample.job_id, "unit_id": units, "ratio": ratio, "own_share": own_share})
    return norms.astype(OTHERS), ratios.astype(RATIOS)


def reach_of_peers(ratios: pd.DataFrame) -> pd.Series:
    """Return by job the ratio that nineteen of twenty further offices stay below.

    It is the order statistic ceil(.95 (n + 1)) of n ratios, the largest at most: that holds n / (n + 1) of them.

    >>> few = pd.DataFrame({"job_id": "clerk", "ratio": [0.8, 1.0, 1.3]})
    >>> reach_of_peers(few).tolist(), share_of_peers(3), share_of_peers(39)
    ([1.3], 0.75, 0.95)
    """
    return ratios.dropna(subset="ratio").groupby("job_id").ratio.agg(_order_statistic)


def _order_statistic(values: pd.Series) -> float:
    count = len(values)
    # the nine decimals keep 0.95 x 20, which is not quite 19 in floating point, at its place
    place = min(int(np.ceil(round(PEERS * (count + 1), 9))), count)
    return float(np.sort(values)[place - 1])


def share_of_peers(count: int) -> float:
    """Return the share of further offices that the reach of so many peers holds."""
    return min(PEERS, count / (count + 1))
