"""Refits from cross products: units left out, the pull, resampled norms."""

import numpy as np
import pytest

from tests.job_samples import job_sample, months
from toolkit.need import refitting
from toolkit.need.job_fit import fit
from toolkit.need.refitting import (
    choose_alpha,
    cross_products,
    left_out,
    mean_paces,
    month_blocks,
    refit,
    resample,
    student_stretch,
)
from toolkit.need.regression import TimeNormRegressor, weighted_rows


def test_cross_products_of_blocks_add_up_to_those_of_all_rows():
    rows = np.random.default_rng(0).normal(size=(9, 3))
    block = np.array([2, 0, 1, 1, 0, 2, 2, 0, 1])
    products = cross_products(rows, block)
    assert products.shape == (3, 3, 3)
    assert products[2] == pytest.approx(rows[block == 2].T @ rows[block == 2])
    assert products.sum(axis=0) == pytest.approx(rows.T @ rows)


def test_a_service_that_nobody_did_and_a_missing_constant_have_norm_zero():
    rows = np.column_stack([[1.0, 2.0, 3.0], np.zeros(3), np.zeros(3), [2.0, 4.0, 6.0]])
    assert refit(TimeNormRegressor(), rows.T @ rows) == pytest.approx([2.0, 0.0, 0.0])


def test_columns_as_unlike_as_counts_and_hours_keep_their_digits():
    rng = np.random.default_rng(1)
    X = np.column_stack([rng.uniform(1e6, 9e6, 40), rng.uniform(0.01, 0.09, 40)])
    rows = weighted_rows(X, X @ [3e-5, 400.0] + 5, np.ones(40), constant=True)
    assert refit(TimeNormRegressor(), rows.T @ rows) == pytest.approx([3e-5, 400.0, 5.0], rel=1e-4)


def test_a_unit_is_predicted_by_a_fit_of_the_other_groups():
    sample = months(offices=25, periods=2)
    found = fit(sample, 0.0, "none")
    design = found.rows[:, :-1]
    predicted = left_out(sample, found.rows, 0.0, design)
    group = sample.office % 10
    for number in range(10):
        others = TimeNormRegressor().fit(sample.X[group != number], sample.y[group != number])
        assert predicted[group == number] == pytest.approx(others.predict(sample.X[group == number]), rel=1e-6)


def test_of_two_units_each_is_predicted_by_the_other_and_one_by_nobody():
    sample = months(offices=2)
    found = fit(sample, 0.0, "none")
    predicted = left_out(sample, found.rows, 0.0, found.rows[:, :-1])
    other = TimeNormRegressor().fit(sample.X[12:], sample.y[12:])
    assert predicted[:12] == pytest.approx(other.predict(sample.X[:12]), rel=1e-6)
    alone = months(offices=1)
    assert np.isnan(left_out(alone, found.rows[:12], 0.0, found.rows[:12, :-1])).all()


def test_blocks_are_three_months_in_a_row_of_one_office():
    office = np.repeat([0, 1, 2], [7, 3, 1])
    assert month_blocks(office).tolist() == [0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4]


@pytest.mark.parametrize("seed", [0, 2, 3, 4, 5])
def test_official_norms_pull_harder_the_better_they_predict_unseen_units(seed):
    sample = months(seed=seed, offices=12, periods=1, noise=0.5)
    right, wrong = (
        choose_alpha(job_sample(sample.X, sample.y, official=np.array(official)), "size")
        for official in ([0.5, 2.0], [5.0, 0.02])
    )
    assert right >= 10 * wrong
    assert right > 0


def test_without_official_norms_or_other_units_nothing_pulls():
    assert choose_alpha(months(), "size") == 0.0
    alone = job_sample([[1.0], [2.0], [4.0]], [1.0, 2.0, 5.0], ["A"] * 3, official=np.array([1.0]))
    assert choose_alpha(alone, "size") == 0.0


def test_of_pulls_that_predict_alike_the_weakest_is_chosen():
    X = np.arange(1.0, 9.0)[:, None]
    exact = job_sample(X, 2 * X[:, 0], official=np.array([2.0]), constant=False)
    assert choose_alpha(exact, "none") == pytest.approx(0.0, abs=1e-3)


def test_no_draws_keep_the_columns():
    sample = months()
    assert resample(sample, fit(sample, 0.0, "size"), 0, 0).shape == (0, 3)


@pytest.mark.parametrize(("offices", "few"), [(5, True), (6, False)])
def test_below_six_units_the_mean_pace_is_drawn_beside(monkeypatch, offices, few):
    monkeypatch.setattr(refitting, "mean_paces", lambda *_: np.full((20, 1), 7.0))
    sample = months(offices=offices, noise=0)  # without noise every draw is the fit itself
    found = fit(sample, 0.0, "size")
    drawn = resample(sample, found, 0, 20)
    assert drawn == pytest.approx(np.tile(found.norms * (7.0 if few else 1.0), (20, 1)), rel=1e-3)


def test_the_stretch_is_that_of_student_t_with_the_variance_a_bootstrap_lacks():
    stretch = student_stretch(7, np.random.default_rng(0), 50_000)
    assert stretch.shape == (50_000, 1)
    # chi-squared has the mean of its degrees of freedom, six, and twice that as its variance
    assert (stretch**-2).mean() == pytest.approx(6 / 7, rel=0.01)
    assert (stretch**-2).var() == pytest.approx(12 / 49, rel=0.05)


def test_the_mean_pace_of_few_offices_is_drawn_by_student_t():
    pace = np.array([0.8, 1.0, 1.2])
    sample = months(offices=3, pace=pace, noise=0)
    factors = mean_paces(sample, sample.y / np.repeat(pace, 12), np.random.default_rng(0), 20_000)
    assert factors.shape == (20_000, 1)
    # sd of the paces / sqrt(3), times the 95 % point of Student's t with two degrees of freedom
    reach = 0.2 / np.sqrt(3) * 2.920
    assert np.quantile(np.log(factors), [0.05, 0.5, 0.95]) == pytest.approx([-reach, 0, reach], rel=0.05, abs=0.01)


def test_no_mean_pace_is_taken_to_be_further_off_than_ten_times():
    sample = months(offices=2, pace=[0.01, 1.99], noise=0)
    factors = mean_paces(sample, np.full(24, sample.y.mean()), np.random.default_rng(0), 2000)
    assert (factors.min(), factors.max()) == pytest.approx((0.1, 10.0))


def test_draws_of_units_scatter_as_student_t_asks_and_are_never_negative():
    rng = np.random.default_rng(5)
    X = rng.uniform(50, 150, (7, 1))
    sample = job_sample(X, 2 * X[:, 0] + rng.normal(0, 20, 7), constant=False)
    found = fit(sample, 0.0, "none")
    drawn = resample(sample, found, 0, 4000)[:, 0]
    residual = sample.y - found.fitted
    # sandwich standard error of a slope through the origin
    error = np.sqrt((X[:, 0] ** 2 * residual**2).sum()) / (X[:, 0] ** 2).sum()
    low, high = np.quantile(drawn, [0.05, 0.95])
    # 95 % point of Student's t with six degrees of freedom, and the 7 / 6 of so small a bootstrap
    assert (high - low) / 2 == pytest.approx(error * 1.943 * np.sqrt(7 / 6), rel=0.15)
    noisy = job_sample(X, np.abs(rng.normal(0, 20, 7)))
    assert resample(noisy, fit(noisy, 0.0, "none"), 0, 500).min() == 0


def test_units_and_not_their_rows_are_drawn():
    # the rows of a unit are alike: drawn by themselves they would look like twelve times as many units
    one = months(seed=7, offices=8, periods=1, noise=0.3)
    twelve = job_sample(np.repeat(one.X, 12, axis=0), np.repeat(one.y, 12), np.repeat(one.unit, 12))
    sd = [resample(each, fit(each, 0.0, "none"), 0, 300)[:, 0].std() for each in (one, twelve)]
    assert sd[1] == pytest.approx(sd[0], rel=1e-6)
