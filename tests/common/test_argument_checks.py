"""Checks of arguments: a wrong kind, a wrong order, a negative number is answered with a sentence."""

import numpy as np
import pytest

import toolkit as tk
from toolkit.common.arguments import at_least, expect


def test_expect_names_the_function_the_kind_and_the_step_that_returns_it():
    with pytest.raises(
        tk.ArgumentError, match="balance needs the str that tk.load returns in this place, and got list"
    ):
        expect("balance", [], str, "tk.load")
    expect("balance", "data", str, "tk.load")


def test_an_argument_error_is_an_error_of_the_toolkit_and_of_value():
    assert issubclass(tk.ArgumentError, tk.MutasiError)
    assert issubclass(tk.ArgumentError, ValueError)


@pytest.mark.parametrize("value", [-1, 0.5, True, "3", np.nan, [1]])
def test_what_is_no_number_of_one_or_more_raises(value):
    with pytest.raises(tk.ArgumentError, match="f: count = .* is not a whole number of 1 or more"):
        at_least("f", "count", value, 1, whole=True)


def test_a_whole_number_may_not_have_a_fraction():
    at_least("f", "limit", 1.5, 1)
    with pytest.raises(tk.ArgumentError, match=r"f: count = 1\.5 is not a whole number of 1 or more"):
        at_least("f", "count", 1.5, 1, whole=True)


@pytest.mark.parametrize("value", [None, 1, 1.0, 7])
def test_nothing_and_the_least_itself_pass(value):
    at_least("f", "count", value, 1, whole=True)
