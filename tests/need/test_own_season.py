"""Units that differ in season: forecast and surges by their own, as far as their counts tell it."""

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.need.history import month_names, seasons
from toolkit.need.surges import find_surges

MONTHS = month_names(pd.Period("2022-01", "M"), 60)


def records(seed: int, units: int = 30) -> pd.DataFrame:
    """Sixty months of one service in units of 50 to 3,000 cases a month, each with a season of its own."""
    rng = np.random.default_rng(seed)
    level = np.exp(rng.uniform(np.log(50), np.log(3000), (units, 1)))
    shape = np.exp(rng.normal(0, 0.35, (units, 12)))
    shape /= shape.mean(axis=1, keepdims=True)
    received = rng.poisson(level * np.tile(shape, 5) * rng.lognormal(0, 0.08, (units, 60)))
    index = pd.MultiIndex.from_product(
        [[f"U{at:02d}" for at in range(units)], ["letters"]], names=["unit_id", "service_id"]
    )
    return pd.DataFrame(received, index, MONTHS, dtype="float64")


def load(folder, history):
    names = history.index.get_level_values("unit_id")
    long = history.rename_axis(columns="period").stack().rename("received").reset_index()
    return tk.load(
        write(
            folder,
            units="unit_id,name\n" + "".join(f"{unit},{unit}\n" for unit in names),
            employees="employee_id,unit_id,job_id\n" + "".join(f"p{unit},{unit},clerk\n" for unit in names),
            volumes=long.to_csv(index=False, lineterminator="\n"),
        )
    )


def mase(folder, history) -> float:
    """Absolute errors of the months of a fifth year by those of the months of one year as the next."""
    seen, truth = history.iloc[:, :48], history.iloc[:, 48:].to_numpy()
    monthly = tk.forecast_demand(load(folder, seen)).monthly
    forecast = monthly.pivot(index="unit_id", columns="period", values="volume").to_numpy()
    known = seen.to_numpy()
    scale = np.abs(known[:, 12:] - known[:, :-12]).mean(axis=1)
    return float(np.mean(np.abs(forecast - truth).mean(axis=1) / scale))


def test_many_counts_have_their_own_season_and_few_that_of_their_service():
    months = MONTHS[:48]
    index = pd.MultiIndex.from_tuples([(unit, "letters") for unit in "ABCDE"], names=["unit_id", "service_id"])
    summer = np.tile(np.r_[np.ones(6), 3 * np.ones(6)] / 2, 4)
    rate = pd.DataFrame(np.vstack([summer[::-1], *([summer] * 4)]), index, months)
    for count, near in ((1e9, summer[::-1]), (0.0, summer)):
        found = seasons(rate, pd.Series(count, index), months, 48)
        assert found.iloc[0].to_numpy() == pytest.approx(near, rel=1e-5)
        assert found.iloc[1].to_numpy() == pytest.approx(summer, rel=1e-5)
    half = seasons(rate, pd.Series(1000.0, index), months, 48)
    assert half.iloc[0].to_numpy() == pytest.approx((summer + summer[::-1]) / 2)
    short = seasons(rate.iloc[:, :24], pd.Series(1e9, index), months[:24], 24)
    assert short.iloc[0].to_numpy() == pytest.approx(summer[:24])


@pytest.mark.slow
def test_where_units_differ_in_season_months_are_forecast_and_surges_found(tmp_path):
    errors, found, calm = [], [], []
    for seed in range(20):
        history = records(seed)
        errors.append(mase(tmp_path / str(seed), history))
        seen = history.iloc[:, :48]
        large = seen.mean(axis=1) >= 300
        calm.append(find_surges(seen).surge_since.notna().mean())
        lifted = seen.copy()
        rows = np.flatnonzero(large)[::3]  # a third of the large units: the others tell what all share
        lifted.iloc[rows, -6:] *= 1.6
        found.append(find_surges(lifted).surge_since.notna().to_numpy()[rows])
    assert np.mean(errors) <= 1.0
    assert np.concatenate(found).mean() >= 0.85
    assert np.mean(calm) <= 0.02
