"""Rounding: half up as the forms ask, and the significant digits that files carry."""

import numpy as np
import pandas as pd
import pytest

from toolkit.common.rounding import half_up, significant


def test_half_up_lifts_a_half_that_floating_point_left_just_below():
    tenths = pd.Series([0.1] * 25).cumsum()  # 25 tenths make 2.5000000000000004 or 2.4999999999999996
    assert half_up(pd.Series([2.4999999999, tenths.iloc[-1], 1.1 + 2.2 - 0.8])).tolist() == [3.0, 3.0, 3.0]
    assert half_up(pd.Series([2.499999])).tolist() == [2.0]


def test_half_up_is_not_the_rounding_to_even_of_python():
    assert half_up(pd.Series([0.5, 1.5, 2.5, 3.5])).tolist() == [1.0, 2.0, 3.0, 4.0]
    assert np.isnan(half_up(pd.Series([np.nan]))).all()


@pytest.mark.parametrize(
    ("value", "digits", "rounded"),
    [(1234.5678, 3, 1230.0), (0.00123456, 3, 0.00123), (-1234.5678, 3, -1230.0), (1e20 + 1e9, 9, 1e20)],
)
def test_significant_digits_of_large_small_and_negative_numbers(value, digits, rounded):
    assert significant([value], digits).tolist() == [rounded]


def test_significant_keeps_what_has_no_digits():
    assert significant([0.0, np.inf]).tolist() == [0.0, np.inf]
    assert np.isnan(significant([np.nan])).all()


def test_significant_numbers_read_back_as_they_were_written():
    values = significant(np.random.default_rng(0).lognormal(0, 8, 500))
    assert [float(f"{value:.9g}") for value in values] == values.tolist()
