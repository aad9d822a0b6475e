"""The fit of one job: weights, paces, and when paces are left out."""

import numpy as np
import pytest
from scipy.optimize import nnls

from tests.job_samples import job_sample, months
from toolkit.need import job_fit
from toolkit.need.job_fit import fit
from toolkit.need.regression import TimeNormRegressor, fit_by_size

TRUE = [0.5, 2.0, 10.0]


def solved_again(found):
    """The norms that the rows of a fit have by themselves: what every refit starts from."""
    return nnls(found.rows[:, :-1], found.rows[:, -1])[0]


@pytest.mark.parametrize("weights", ["size", "robust", "none"])
@pytest.mark.parametrize("pace", [[1, 1, 1, 1], [0.9, 1, 1.1, 1.2]])
def test_the_rows_of_a_fit_have_its_norms_whatever_the_weights(weights, pace):
    sample = months(pace=pace)
    found = fit(sample, 0.0, weights)
    norms = solved_again(found)
    if found.keeps_total:
        norms *= sample.y.sum() / (norms[:2] @ sample.X.sum(axis=0) + norms[2] * len(sample.y))
    assert found.keeps_total == (weights == "size")
    assert norms == pytest.approx(found.norms, rel=1e-6)
    assert found.fitted == pytest.approx(found.model.predict(months(pace=pace).X))


def test_without_weights_it_is_plain_least_squares():
    sample = months()
    found = fit(sample, 0.0, "none")
    plain = TimeNormRegressor().fit(sample.X, sample.y)
    assert found.norms.tolist() == [*plain.coef_, plain.intercept_]


def test_with_one_period_each_it_is_the_fit_by_size():
    sample = months(offices=30, periods=1)
    by_size = fit_by_size(TimeNormRegressor(), sample.X, sample.y)
    factor = sample.y.sum() / by_size.predict(sample.X).sum()
    assert factor != pytest.approx(1, rel=1e-6)
    expected = factor * np.array([*by_size.coef_, by_size.intercept_])
    assert fit(sample, 0.0, "size").norms == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("power", [0.0, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("periods", [1, 12])
def test_fitted_hours_add_up_to_recorded_ones_at_every_power(power, periods):
    sample = months(offices=12, periods=periods, pace=np.linspace(0.7, 1.4, 12), noise=0.2)
    assert fit(sample, 0.0, "size", power).fitted.sum() == pytest.approx(sample.y.sum(), rel=1e-12)


def test_power_0_is_plain_least_squares_and_power_1_needs_no_factor():
    sample = months(offices=20, periods=1, noise=0.2)
    plain = fit(sample, 0.0, "none")
    assert fit(sample, 0.0, "size", 0.0).norms == pytest.approx(plain.norms, rel=1e-8)
    one = fit_by_size(TimeNormRegressor(), sample.X, sample.y, power=1.0)
    assert fit(sample, 0.0, "size", 1.0).norms == pytest.approx([*one.coef_, one.intercept_], rel=1e-8)


def test_hours_that_do_not_follow_the_work_have_no_pace():
    follows = months(offices=8, periods=12, pace=np.linspace(0.7, 1.4, 8))
    held = np.repeat(follows.y.reshape(8, 12).mean(axis=1), 12)  # the same every month: attendance
    still = job_sample(follows.X, held, follows.unit)
    for sample, paced in ((follows, True), (still, False)):
        by_size = fit_by_size(TimeNormRegressor(), sample.X, sample.y)
        expected = by_size.predict(sample.X) * sample.y.sum() / by_size.predict(sample.X).sum()
        assert (fit(sample, 0.0, "size").fitted != pytest.approx(expected, rel=1e-3)) == paced


@pytest.mark.parametrize("seed", range(4))
def test_months_tell_the_services_apart_where_slow_offices_would_mislead(seed):
    # the slow offices are those that do much of the second service: between offices it looks dearer than it is
    rng = np.random.default_rng(seed)
    size = rng.uniform(1, 3, (6, 1))
    pace = np.array([0.8, 0.9, 1.0, 1.0, 1.1, 1.2])[:, None]
    moves = rng.lognormal(0, 0.3, (2, 6, 24))
    first = rng.poisson(60 * size * moves[0], (6, 24))
    second = rng.poisson(20 * size * pace**4 * moves[1], (6, 24))
    hours = pace * (first * 0.5 + second * 2.0 + 10) * rng.lognormal(0, 0.01, (6, 24))
    unit = np.repeat(list("ABCDEF"), 24)
    sample = job_sample(np.column_stack([first.ravel(), second.ravel()]), hours.ravel(), unit)
    by_size = fit_by_size(TimeNormRegressor(), sample.X, sample.y).coef_
    paced = fit(sample, 0.0, "size").norms[:2]
    assert (np.abs(paced - TRUE[:2]) < 0.9 * np.abs(by_size - TRUE[:2])).all()


def test_paces_that_lead_the_total_away_are_left_out(monkeypatch):
    sample = months(pace=[0.7, 1.0, 1.0, 1.4])
    by_size = fit_by_size(TimeNormRegressor(), sample.X, sample.y).predict(sample.X)
    expected = by_size * sample.y.sum() / by_size.sum()
    assert job_fit.TOTAL == 0.1
    assert fit(sample, 0.0, "size").fitted != pytest.approx(expected, rel=1e-3)
    monkeypatch.setattr(job_fit, "TOTAL", 1e-6)
    assert fit(sample, 0.0, "size").fitted == pytest.approx(expected, rel=1e-9)


def test_months_that_say_too_little_leave_paces_out():
    # the volumes of an office hardly move: what they say about the services is noise, and nothing holds the total
    rng = np.random.default_rng(0)
    base = np.repeat(rng.uniform(50, 200, (6, 2)), 12, axis=0)
    X = base * rng.lognormal(0, 0.001, base.shape)
    hours = np.repeat(rng.lognormal(0, 0.4, 6), 12) * (X @ [0.5, 2.0]) * rng.lognormal(0, 0.1, 72)
    sample = job_sample(X, hours, np.repeat(list("ABCDEF"), 12))
    found = fit(sample, 0.0, "size")
    assert found.fitted.sum() == pytest.approx(hours.sum(), rel=0.1)


def test_a_robust_fit_comes_nearer_to_the_others_than_an_outlying_office():
    pace = np.r_[np.linspace(0.97, 1.03, 11), 3.0]
    sample = months(offices=12, periods=1, pace=pace, noise=0.01)
    robust, by_size = (abs(fit(sample, 0.0, weights).norms[:2] / TRUE[:2] - 1).sum() for weights in ("robust", "size"))
    assert robust < by_size / 2


def test_hours_that_are_all_zero_are_fitted_by_zero():
    sample = job_sample([[1.0], [2.0], [3.0]], [0.0, 0.0, 0.0])
    for weights in ("size", "robust", "none"):
        found = fit(sample, 0.0, weights)
        assert found.norms.tolist() == [0.0, 0.0]
        assert found.rows.shape == (3, 3)


def test_five_rounds_settle_the_weights_of_outlying_offices(monkeypatch):
    sample = months(offices=12, periods=1, pace=np.r_[np.linspace(0.9, 1.1, 10), 1.8, 2.5], noise=0.05)
    five = fit(sample, 0.0, "robust", 1.0).fitted
    monkeypatch.setattr(job_fit, "ROBUST_ROUNDS", 100)
    settled = fit(sample, 0.0, "robust", 1.0).fitted
    assert five == pytest.approx(settled, rel=0.02)
    monkeypatch.setattr(job_fit, "ROBUST_ROUNDS", 2)
    assert fit(sample, 0.0, "robust", 1.0).fitted != pytest.approx(settled, rel=0.02)
