"""US Navy bachelor officers' quarters: what OLS gives, and what norms that cannot be negative give.

Source: US Navy, Procedures and Analyses for Staffing Standards Development, 1979; R. H. Myers, Classical and Modern
Regression with Applications, 1990.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import toolkit as tk
from toolkit.need.diagnosis import Fit, Sample, card
from toolkit.need.regression import TimeNormRegressor, weighted

SITES = pd.read_csv(Path(__file__).with_name("boq_manpower.csv"))
X, Y = SITES.iloc[:, 1:-1].to_numpy(float), SITES.man_hours.to_numpy()


def ols_r2(X, y):
    return LinearRegression().fit(X, y).score(X, y)


def acceptance(X, y):
    """The card of plain non-negative least squares."""
    sites, ones = np.arange(len(y)), np.ones(len(y))
    names = SITES.columns[1:-1].tolist()
    sample = Sample("boq", names, X, y, sites, ones, False, np.full(7, np.nan), True, y, sites < 0)
    model = TimeNormRegressor().fit(X, y)
    return card(sample, Fit(model, model.predict(X), weighted(X, y, True, ones)))


def test_ols_gives_the_published_coefficients_three_of_them_negative():
    ols = LinearRegression().fit(X, Y)
    published = [134.968, -1.28377, 1.80351, 0.66915, -21.42263, 5.61923, -14.48025, 29.32475]
    assert [ols.intercept_, *ols.coef_] == pytest.approx(published, rel=1e-4)
    assert (ols.coef_ < 0).sum() == 3


def test_without_site_23_the_fit_is_better():
    assert ols_r2(X, Y) == pytest.approx(0.9613, abs=5e-5)
    kept = SITES.site != 23
    assert ols_r2(X[kept], Y[kept]) == pytest.approx(0.9854, abs=5e-5)


def test_the_card_names_the_leverage_and_the_negative_norms_and_ours_has_none():
    about = acceptance(X, Y)
    assert about["leverage"] == pytest.approx(0.98846, abs=5e-6)
    assert about["negative_ols"].split(";") == ["occupancy", "common_area", "berthing"]
    assert about["vif"] > 10
    model = tk.TimeNormRegressor().fit(X, Y)
    assert (model.coef_ >= 0).all()
    assert model.intercept_ >= 0
    assert about["r2"] <= ols_r2(X, Y)
    assert about["fails"] == ";".join(
        name
        for name, low, high in (
            ("r2", 0.5, 1),
            ("v", 0, 0.25),
            ("significance", 0, 0.05),
            ("bias_smallest", 0.8, 1.25),
            ("bias_largest", 0.8, 1.25),
        )
        if not low <= about[name] <= high
    )
    assert about["accepted"] == (about["fails"] == "")
