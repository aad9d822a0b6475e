"""Norms on real offices that nobody tuned (tests skip where the data do not stand beside the project), and their truth."""

import numpy as np
import pandas as pd
import pytest

from tests.conftest import SHARED
from tests.job_samples import job_sample
from toolkit.need.diagnosis import card
from toolkit.need.job_fit import fit
from toolkit.need.regression import TimeNormRegressor, fit_by_size

LOADS = ["visits", "reference", "circulation", "programs"]
STATES = {
    "PA": ([0.04008, 0.07062, 0.02578, 0.00271, 0.42420], [0.03873, 0.04597, 0.02484, 0.00277, 0.56727]),
    "TX": ([0.06579, 0.01566, 0.01203, 0.00204, 0.77408], [0.06117, 0.00670, 0.01650, 0.00113, 0.90282]),
    "WI": ([0.02938, 0.19325, 0.02151, 0.00184, 0.35986], [0.01636, 0.10386, 0.03184, 0.00153, 0.49132]),
}
UNSEEN = {"PA": (0.285, 0.274, 0.450, 0.444), "TX": (0.299, 0.295, 0.474, 0.465), "WI": (0.198, 0.178, 0.223, 0.195)}


def read(folder: str, file: str) -> pd.DataFrame:
    path = SHARED / "real" / folder / file
    if not path.is_file():
        pytest.skip(f"the real data ({folder}) do not stand beside the project")
    return pd.read_csv(path)


def state(name: str) -> tuple[np.ndarray, np.ndarray]:
    rows = read("libraries_2018", "libraries.csv").query("state == @name")
    return rows[LOADS].to_numpy("float64") / [1000, 1000, 1000, 1], rows.staff_fte.to_numpy("float64")


def deviance(y: np.ndarray, mean: np.ndarray) -> float:
    """The Tweedie deviance of power 1.5."""
    return float(np.mean(2 * (y**0.5 / -0.25 + y * mean**-0.5 / 0.5 + mean**0.5 / 0.5)))


def test_bank_branches_at_both_powers():
    rows = read("bank_branches", "branches.csv")
    X, y = rows[["kind_1", "kind_2"]].to_numpy("float64"), rows.minutes.to_numpy("float64")
    for power, known in ((1.0, [5.51741, 2.02384, 154.725]), (1.5, [5.60684, 2.01166, 160.269])):
        model = fit_by_size(TimeNormRegressor(), X, y, power)
        assert [*model.coef_, model.intercept_] == pytest.approx(known, rel=5e-6)
    sample = job_sample(X, y, [f"B{at:03d}" for at in range(len(y))])
    found = card(sample, fit(sample, 0.0, "size"))
    assert (found["bias_smallest"], found["bias_largest"]) == pytest.approx((1.02, 1.01), abs=0.005)


@pytest.mark.parametrize("name", STATES)
def test_libraries_of_three_states_at_both_powers(name):
    X, y = state(name)
    for power, known in zip((1.0, 1.5), STATES[name], strict=True):
        model = fit_by_size(TimeNormRegressor(), X, y, power)
        assert [*model.coef_, model.intercept_] == pytest.approx(known, rel=2e-3, abs=6e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", STATES)
def test_errors_on_unseen_libraries(name):
    X, y = state(name)
    found = []
    for power in (1.0, 1.5):
        measures = []
        for seed in range(8):
            group = np.random.default_rng(seed).permutation(len(y)) % 10
            unseen = np.empty(len(y))
            for each in range(10):
                model = fit_by_size(TimeNormRegressor(), X[group != each], y[group != each], power)
                unseen[group == each] = model.predict(X[group == each])
            measures.append((np.median(np.abs(unseen - y) / y), deviance(y, unseen)))
        found.append(np.mean(measures, axis=0))
    (error_1, deviance_1), (error_15, deviance_15) = found
    assert (error_1, error_15) == pytest.approx(UNSEEN[name][:2], abs=0.012)
    assert (deviance_1, deviance_15) == pytest.approx(UNSEEN[name][2:], abs=0.012)
    assert error_15 < error_1 + 0.001
    assert deviance_15 < deviance_1


def test_the_truth_itself_has_no_bias_by_size():
    # residual sd .35: sorted by recorded hours the smallest fifth would look fitted by 1.3 times its hours
    ratios = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        X = rng.lognormal(3, 0.8, (250, 2))
        y = (X @ [0.5, 2.0] + 20) * rng.lognormal(-(0.35**2) / 2, 0.35, 250)
        sample = job_sample(X, y, [f"U{at:03d}" for at in range(250)])
        found = card(sample, fit(sample, 0.0, "size"))
        ratios.append((found["bias_smallest"], found["bias_largest"]))
    assert np.mean(ratios, axis=0) == pytest.approx([1.0, 1.0], abs=0.03)
