"""The acceptance card: each of its measures by hand, and each limit on both sides."""

import numpy as np
import pytest

from tests.job_samples import job_sample, months
from toolkit.need.diagnosis import LIMITS, card, failed_limits
from toolkit.need.job_fit import Fit, fit
from toolkit.need.regression import TimeNormRegressor

GOOD = {"r2": 0.9, "v": 0.1, "significance": 0.0, "bias_smallest": 1.0, "bias_largest": 1.0, "largest_to_median": 3.0}


@pytest.mark.parametrize(
    ("measure", "held", "failed"),
    [
        ("r2", 0.50, 0.499),
        ("r2", 1.0, -2.0),
        ("v", 0.25, 0.251),
        ("significance", 0.05, 0.051),
        ("bias_smallest", 0.8, 0.799),
        ("bias_smallest", 1.25, 1.251),
        ("bias_largest", 0.8, 0.799),
        ("bias_largest", 1.25, 1.251),
    ],
)
def test_a_limit_may_be_reached_and_not_passed(measure, held, failed):
    assert failed_limits({**GOOD, measure: held}) == []
    assert failed_limits({**GOOD, measure: failed}) == [measure]


def test_a_measure_that_is_missing_fails():
    assert failed_limits(dict.fromkeys([*LIMITS, "largest_to_median"], np.nan)) == list(LIMITS)


def test_where_the_largest_office_is_over_ten_times_the_median_the_unseen_error_takes_the_place_of_v():
    assert failed_limits({**GOOD, "v": 0.52, "error_unseen": 0.19, "largest_to_median": 10.0}) == ["v"]
    assert failed_limits({**GOOD, "v": 0.52, "error_unseen": 0.25, "largest_to_median": 10.1}) == []
    assert failed_limits({**GOOD, "v": 0.10, "error_unseen": 0.26, "largest_to_median": 10.1}) == ["error_unseen"]


def card_of(X, y, fitted, **more):
    """The card of a fit with these hours."""
    sample = job_sample(X, y, **more)
    found = fit(sample, 0.0, "none")
    return card(sample, Fit(found.model, np.asarray(fitted, dtype=float), found.rows))


def test_closeness_by_hand():
    X = np.array([[1.0], [2.0], [3.0], [4.0]])
    found = card_of(X, [10.0, 20.0, 30.0, 40.0], [12.0, 18.0, 33.0, 40.0])
    assert found["r2"] == pytest.approx(1 - (4 + 4 + 9) / 500)
    assert found["v"] == pytest.approx(np.sqrt(17 / 2) / 25)  # four rows less a norm and the constant
    assert found["median_error"] == pytest.approx(0.1)  # of .2, .1, .1, 0
    assert found["error_mean_hours"] == pytest.approx(np.median([1.5, 0.25, 1 / 6, 0.375]))
    assert (found["rows"], found["units"]) == (4, 4)


def test_significance_is_that_of_the_correlation_of_hours_and_fitted_hours():
    from scipy.stats import pearsonr

    rng = np.random.default_rng(0)
    y, fitted = rng.normal(100, 10, (2, 12))
    assert card_of(fitted[:, None], y, fitted)["significance"] == pytest.approx(pearsonr(y, fitted).pvalue)


def test_biases_are_those_of_the_outer_fifths_by_what_is_predicted_without_them():
    rng = np.random.default_rng(3)
    X = rng.uniform(10, 100, (20, 1))
    y = X[:, 0] * 2 * rng.lognormal(0, 0.3, 20)
    sample = job_sample(X, y)
    found = card(sample, fit(sample, 0.0, "none"))
    unseen = np.empty(20)
    for group in range(10):
        others = np.arange(20) % 10 != group
        unseen[~others] = TimeNormRegressor().fit(X[others], y[others]).predict(X[~others])
    order = np.argsort(unseen)
    for name, rows in (("bias_smallest", order[:4]), ("bias_largest", order[-4:])):
        assert found[name] == pytest.approx(unseen[rows].sum() / y[rows].sum())


def test_rows_without_hours_have_no_relative_error():
    found = card_of([[0.0], [1.0], [2.0], [3.0]], [0.0, 10.0, 20.0, 30.0], [5.0, 11.0, 20.0, 33.0])
    assert found["median_error"] == pytest.approx(0.1)


def test_sizes_and_shares_by_hand():
    X = np.array([[1.0], [2.0], [3.0], [10.0]])
    sample = job_sample(X, [10.0, 30.0, 40.0, 110.0], official=np.array([12.0]))
    model = TimeNormRegressor()
    model.coef_, model.intercept_ = np.array([10.0]), 20.0
    found = card(sample, Fit(model, np.array([30.0, 40.0, 50.0, 120.0]), fit(sample, 0.0, "none").rows))
    assert (found["below_fixed"], found["largest_to_median"]) == (1, pytest.approx(110 / 35))
    assert (found["total"], found["official_share"]) == pytest.approx((240 / 190, 192 / 190))
    assert np.isnan(found["pace_slope"])
    panel = months(noise=0.01)
    assert card(panel, fit(panel, 0.0, "size"))["pace_slope"] == pytest.approx(1, abs=0.05)


def test_a_card_of_no_hours_at_all_has_no_measures_and_is_not_accepted():
    found = card_of([[1.0], [2.0], [3.0]], [0.0] * 3, [0.0] * 3)
    missing = ["r2", "v", "significance", "median_error", "error_unseen", "bias_smallest", "bias_largest"]
    assert np.isnan([found[name] for name in missing]).all()
    assert found["accepted"] is False
    assert found["fails"] == ";".join(LIMITS)


def test_hours_that_do_not_vary_have_no_r2():
    assert np.isnan(card_of([[1.0], [2.0], [3.0]], [7.0] * 3, [7.0] * 3)["r2"])


def test_official_norms_are_judged_only_where_there_is_one_for_each_service():
    X = [[1.0, 1.0], [2.0, 1.0], [3.0, 5.0]]
    y = [3.0, 4.0, 13.0]
    assert card_of(X, y, y, official=np.array([2.0, 2.0]))["error_official"] == pytest.approx(1 / 3)  # .33, .5, .23
    assert np.isnan(card_of(X, y, y, official=np.array([2.0, np.nan]))["error_official"])


def test_leverage_is_one_where_a_row_alone_decides():
    X = [[0.0], [0.0], [0.0], [5.0]]
    assert card_of(X, [1.0, 2.0, 3.0, 9.0], [2.0, 2.0, 2.0, 9.0])["leverage"] == pytest.approx(1.0)
    assert card_of([[1.0], [2.0], [3.0]], [1.0, 2.0, 3.0], [1.0, 2.0, 3.0])["leverage"] == pytest.approx(5 / 6)


def test_variance_inflation_of_two_services_is_that_of_their_correlation():
    rng = np.random.default_rng(1)
    X = rng.normal(50, 10, (20, 2))
    X[:, 1] += X[:, 0]
    y = X.sum(axis=1)
    expected = 1 / (1 - np.corrcoef(X.T)[0, 1] ** 2)
    assert card_of(X, y, y)["vif"] == pytest.approx(expected)
    sums = np.column_stack([X, X.sum(axis=1)])
    assert card_of(sums, y, y)["vif"] == np.inf
    assert np.isnan(card_of(X[:, :1], y, y)["vif"])
    assert np.isnan(card_of(np.column_stack([X[:, 0], np.full(20, 3.0)]), y, y)["vif"])


def test_services_with_a_negative_norm_by_plain_least_squares_are_named():
    X = np.random.default_rng(2).uniform(10, 20, (12, 3))
    y = X @ [0.1, -0.5, -0.2] + 30
    assert card_of(X, y, y)["negative_ols"] == "s1;s2"


def test_the_error_on_unseen_units_is_larger_than_that_on_seen_ones():
    sample = months(offices=8, periods=2, noise=0.3)
    found = card(sample, fit(sample, 0.0, "size"))
    assert found["units"] == 8
    assert found["error_unseen"] > found["median_error"]


def test_the_estimator_of_the_fit_is_the_one_that_is_refitted():
    sample = months(offices=8, periods=1, noise=0.2)
    pulled = TimeNormRegressor(1e12, [5.0, 20.0])
    found = Fit(pulled.fit(sample.X, sample.y), pulled.predict(sample.X), fit(sample, 0.0, "none").rows)
    official = job_sample(sample.X, sample.y, official=np.array([5.0, 20.0]))
    assert card(official, found)["error_unseen"] > 2
