"""Rounding: the significant digits that files carry, and half up as the forms ask."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike


def significant(values: ArrayLike, digits: int = 9) -> np.ndarray:
    """Round to significant digits, so that the numbers in a file are exactly those that were used.

    >>> significant([0.0, 1 / 3, 123456.7894321]).tolist()
    [0.0, 0.333333333, 123456.789]
    """
    values = np.asarray(values, dtype=float)
    size = np.abs(np.where((values == 0) | ~np.isfinite(values), 1.0, values))
    places = digits - 1 - np.floor(np.log10(size))
    # one factor is always 1: scaling by a power of ten of at least 1 is exact where dividing by 0.1 is not
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.asarray(np.rint(values * up / down) / up * down)


def half_up(values: pd.Series) -> pd.Series:
    """Round half up, after rounding to nine decimals so that 2.4999999999 from a sum of halves counts as 2.5.

    >>> half_up(pd.Series([2.5, 3.4999, 0.72])).tolist()
    [3.0, 3.0, 1.0]
    """
    return np.floor(values.round(9) + 0.5)
