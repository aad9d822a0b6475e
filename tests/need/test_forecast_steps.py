"""The steps of the forecast one by one, its types, its draws, its arguments."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import toolkit as tk
from tests.need.test_demand import DAYS, demand
from tests.tables import write
from toolkit.common.calendar import working_days
from toolkit.need.demand import DTYPES, MONTHLY_DTYPES, TAIL, _with_surge_doubt, error_sd, reported_share, surged_months


@pytest.mark.parametrize("step", [None, "data/sample", {"volumes": 1}])
def test_what_is_no_data_raises_a_sentence(step):
    with pytest.raises(tk.ArgumentError, match="forecast_demand needs the Data that tk.load returns in this place"):
        tk.forecast_demand(step)


def test_the_tables_have_the_same_types_of_months_of_years_and_of_nothing(tmp_path):
    months = demand(tmp_path / "m", {("A", "letters"): [9.0] * 30})
    years = tk.forecast_demand(tk.load(write(tmp_path / "y")))
    nothing = tk.forecast_demand(tk.load(write(tmp_path / "n", volumes=None)))
    assert (len(months.monthly), len(years.monthly), len(nothing.table)) == (12, 0, 0)
    for result in (months, years, nothing):
        assert result.table.dtypes.astype(str).to_dict() == DTYPES
        assert result.monthly.dtypes.astype(str).to_dict() == MONTHLY_DTYPES
    assert (months.periods, years.periods, nothing.periods) == (12, 1, 1)
    assert nothing.draw(3, 0).shape == (3, 0)


def test_a_yearly_table_gives_its_last_year_without_interval(tmp_path):
    volumes = "unit_id,service_id,period,received\nA,letters,2024,9999\nA,letters,2025,2500\nB,letters,2024,7500\n"
    table = tk.forecast_demand(tk.load(write(tmp_path, volumes=volumes))).table
    assert table[["unit_id", "volume", "basis"]].values.tolist() == [["A", 2500.0, "2025"]]
    assert table[["volume_low", "volume_high", "surge_factor"]].isna().all().all()


@pytest.mark.parametrize("count", [-1, 1.5, "many"])
def test_draws_are_a_whole_number(tmp_path, count):
    result = tk.forecast_demand(tk.load(write(tmp_path)))
    with pytest.raises(tk.ArgumentError, match="draw: count = .* is not a whole number of 0 or more"):
        result.draw(count, 0)


def test_draws_repeat_with_their_seed_and_have_the_stated_deviation(tmp_path):
    rng = np.random.default_rng(0)
    result = demand(tmp_path, {(unit, "letters"): rng.poisson(200, 24) for unit in "ABC"})
    draws = result.draw(4000, 1)
    assert (draws == result.draw(4000, 1)).all()
    assert not (draws == result.draw(4000, 2)).any()
    sd = np.log(draws / result.table.volume.to_numpy()).std(axis=0)
    assert sd == pytest.approx(np.hypot(result.log_sd, result.drift), rel=0.05)


def test_the_ends_of_the_interval_leave_out_five_percent_each(tmp_path):
    rng = np.random.default_rng(0)
    result = demand(tmp_path, {(unit, "letters"): rng.poisson(200, 24) for unit in "ABC"})
    reach = np.log(result.table.volume_high / result.table.volume) / np.hypot(result.log_sd, result.drift)
    assert norm.cdf(reach) == pytest.approx(0.95)
    assert (result.table.volume_low * result.table.volume_high).tolist() == pytest.approx(
        (result.table.volume**2).tolist()
    )


def recent(*rows):
    index = pd.MultiIndex.from_tuples(
        [(f"U{at}", "letters") for at in range(len(rows))], names=["unit_id", "service_id"]
    )
    return pd.DataFrame(list(rows), index, [f"2026-{month:02d}" for month in range(1, 13)])


def test_the_last_months_of_a_surge_are_marked():
    history = recent([1.0] * 12, [1.0] * 12, [1.0] * 12)
    surges = pd.DataFrame({"months": [0, 2, np.nan]}, history.index)  # empty: a stock, where none are looked for
    assert surged_months(history, surges).sum(axis=1).tolist() == [0, 2, 0]
    assert surged_months(history, surges)[1].tolist() == [False] * 10 + [True] * 2


def test_reported_months_carry_their_weight_of_the_year():
    weight = np.array([[1.0] * 6 + [3.0] * 6] * 3)
    months = recent([1.0] * 12, [np.nan] * 6 + [1.0] * 6, [1.0] * 6 + [np.nan] * 6)
    assert reported_share(months, weight).tolist() == [1.0, 0.75, 0.25]


def test_months_in_which_the_service_rests_are_counted_by_number():
    months = recent([0.0] * 3 + [np.nan] * 9)
    assert reported_share(months, np.array([[0.0] * 3 + [1.0] * 9])).tolist() == [0.25]


def test_a_standard_deviation_never_falls_below_that_of_counts():
    drift, sd = error_sd(np.zeros((3, 5)), np.array([50.0, 200.0, 0.0]))
    assert drift == 0.0
    assert sd.tolist() == pytest.approx(np.sqrt([2 / 50, 2 / 200, 2]))


def test_a_shared_drift_is_no_error_of_its_own():
    drift, sd = error_sd(np.full((4, 6), 0.2), np.full(4, 1e6))
    assert drift == pytest.approx(0.2)
    assert sd == pytest.approx(np.sqrt(2 / 1e6))


def test_the_common_part_is_that_of_a_normal():
    errors = np.random.default_rng(0).normal(0, 0.1, (400, 20))
    _, sd = error_sd(errors, np.full(400, 1e9))
    assert sd == pytest.approx(0.1, rel=0.03)


def test_rare_large_errors_widen_the_interval_until_it_holds_nine_of_ten():
    rng = np.random.default_rng(0)
    errors = np.where(rng.random((400, 20)) < 0.8, rng.normal(0, 0.05, (400, 20)), rng.normal(0, 0.5, (400, 20)))
    drift, sd = error_sd(errors, np.full(400, 1e9))
    inside = np.abs(errors - drift) <= norm.ppf(0.95) * sd[:, None]
    assert inside.mean() == pytest.approx(0.9, abs=0.005)


def test_missing_errors_are_passed_over():
    errors = np.array([[0.1, np.nan], [np.nan, np.nan], [0.1, 0.1]])
    assert np.isfinite(error_sd(errors, np.full(3, 100.0))[1]).all()


def test_a_permanent_surge_adds_the_error_of_its_factor_and_a_temporary_one_reaches_the_new_level():
    months = recent([10.0] * 12, [10.0] * 12, [10.0] * 12, [0.0] * 12)
    lifted = months.mul([2.0, 2.0, 1.0, 2.0], axis=0)
    kinds = ["permanent", "temporary", None, "temporary"]
    surges = pd.DataFrame({"surge_kind": kinds, "surge_error": [0.4, 0.4, np.nan, 0.4]}, months.index)
    sd = _with_surge_doubt(np.full(4, 0.3), surges, months, lifted)
    assert sd.tolist() == pytest.approx([0.5, np.log(2) / TAIL, 0.3, 0.3])


def test_a_surge_is_not_taken_for_a_season(tmp_path):
    surged = 400 * DAYS.to_numpy() * np.where(np.arange(24) >= 17, 1.8, 1.0)
    result = demand(tmp_path, {(unit, "letters"): surged for unit in "ABC"})
    assert (result.table.surge_kind == "permanent").all()
    of_a = result.monthly[result.monthly.unit_id == "A"]
    per_day = of_a.volume / working_days(pd.Index(of_a.period)).to_numpy()
    assert per_day.std() / per_day.mean() < 0.02
