"""``TimeNormRegressor``: a true estimator, never negative, pulled only where asked."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import nnls
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import parametrize_with_checks

from toolkit.need.refitting import cross_products, refit
from toolkit.need.regression import TimeNormRegressor, _settled_below, fit_by_size, size_weights


@parametrize_with_checks([TimeNormRegressor(), TimeNormRegressor(alpha=0.5), TimeNormRegressor(constant=False)])
def test_it_keeps_the_manners_of_scikit_learn(estimator, check):
    check(estimator)


def sample(seed, rows=30, services=3):
    rng = np.random.default_rng(seed)
    X = rng.lognormal(4, 1, (rows, services))
    return X, X @ rng.uniform(0.1, 2, services) + 40 + rng.normal(0, 25, rows)


@given(st.integers(0, 10_000))
def test_without_pull_it_is_plain_non_negative_least_squares(seed):
    X, y = sample(seed)
    expected, _ = nnls(np.column_stack([X, np.ones(len(y))]), y)
    model = TimeNormRegressor(alpha=0).fit(X, y)
    assert np.append(model.coef_, model.intercept_) == pytest.approx(expected, rel=1e-8, abs=1e-8)


@given(st.integers(0, 10_000))
def test_a_stronger_pull_never_leads_further_from_the_official_norm(seed):
    X, y = sample(seed, services=1)
    off = [abs(TimeNormRegressor(alpha, [3.0]).fit(X, y).coef_[0] - 3.0) for alpha in (0.0, 1e3, 1e6, 1e9, 1e14)]
    assert all(a >= b - 1e-9 for a, b in zip(off, off[1:], strict=False))
    assert off[-1] < 1e-3


def test_a_service_without_an_official_norm_is_not_pulled():
    X, y = sample(1)
    model = TimeNormRegressor(1e15, [2.0, np.nan, 2.0]).fit(X, y)
    assert model.coef_[[0, 2]] == pytest.approx([2.0, 2.0], rel=1e-3)


def test_weights_by_size_come_to_rest():
    X, y = sample(2)
    model = fit_by_size(TimeNormRegressor(), X, y)
    again = TimeNormRegressor().fit(X, y, sample_weight=size_weights(model.predict(X)))
    assert again.coef_ == pytest.approx(model.coef_, rel=1e-8)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"alpha": -1}, "alpha must be at least 0, got -1"),
        ({"alpha": 1, "official": [1.0]}, "one positive norm"),
        ({"alpha": 1, "official": [1.0, 0.0, 2.0]}, "one positive norm"),
        ({"alpha": 1, "official": [1.0, -1.0, 2.0]}, "one positive norm"),
    ],
)
def test_impossible_parameters_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        TimeNormRegressor(**parameters).fit(*sample(3))


def test_the_search_for_weights_by_size_ends_as_its_tolerance_widens():
    assert [_settled_below(step, 1e-10) for step in (0, 99, 100, 124, 125)] == [1e-10, 1e-10, 4e-10, 4e-10, 16e-10]


def test_it_works_in_a_pipeline_and_a_grid_search():
    X, y = sample(4)
    official = 5 * np.linalg.lstsq(X, y, rcond=None)[0].clip(0.1)
    chain = make_pipeline(FunctionTransformer(), TimeNormRegressor(official=official))
    search = GridSearchCV(chain, {"timenormregressor__alpha": [0.0, 1e3, 1e12]}, cv=3).fit(X, y)
    assert search.best_params_["timenormregressor__alpha"] < 1e12
    assert search.predict(X).shape == y.shape


def test_without_a_constant_there_is_no_fixed_work():
    X, y = sample(5)
    model = TimeNormRegressor(constant=False).fit(X, y)
    expected, _ = nnls(X, y)
    assert model.intercept_ == 0
    assert model.coef_ == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_cross_products_give_the_same_fit_as_the_rows():
    X, y = sample(6)
    rows = np.column_stack([X, np.ones(len(y)), y])
    model = TimeNormRegressor().fit(X, y)
    refitted = refit(TimeNormRegressor(), cross_products(rows, np.arange(len(y)) % 7).sum(axis=0))
    assert refitted == pytest.approx([*model.coef_, model.intercept_], rel=1e-6, abs=1e-6)


@given(st.integers(0, 10_000))
def test_weights_by_size_come_to_an_end_on_sparse_volumes_too(seed):
    rng = np.random.default_rng(seed)
    X = rng.poisson(rng.lognormal(3, 1, 5) * rng.lognormal(0, 1, (30, 1)), (30, 5)) * (rng.random((30, 5)) > 0.8)
    y = X @ rng.lognormal(0, 1, 5) * rng.lognormal(0, 0.5, 30)
    model = fit_by_size(TimeNormRegressor(), X.astype(float), y)
    assert np.isfinite(model.coef_).all()
    assert (model.coef_ >= 0).all()
