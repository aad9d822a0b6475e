"""The back-test step by step: errors, growth, what others prefer, what is carried on."""

import numpy as np
import pandas as pd
import pytest

from toolkit.common.calendar import working_days
from toolkit.need.history import month_names
from toolkit.need.trend import (
    FEW_SERIES,
    MOST_GROWTH,
    back_test,
    best_methods,
    carried_growth,
    growth_over,
    median_of_others,
    others_prefer,
    smallest_common,
    steady_growth,
    trend_errors,
    unit_groups,
)


def history(values, months, service="letters"):
    """Offices with the same months, or one row of ``values`` each."""
    values = np.atleast_2d(values)
    index = pd.MultiIndex.from_tuples(
        [(f"U{at:02d}", service) for at in range(len(values))], names=["unit_id", "service_id"]
    )
    return pd.DataFrame(values.astype(float), index, month_names(pd.Period("2023-01", "M"), months))


@pytest.mark.parametrize(("months", "origins"), [(12, 0), (14, 0), (15, 1), (20, 1), (24, 1), (25, 2), (36, 13)])
def test_each_month_with_a_year_on_either_side_is_an_origin(months, origins):
    plain, by_days = back_test(history(np.ones((3, months)), months))
    assert plain.shape == by_days.shape == (3, origins)


def test_an_error_is_the_logarithm_of_received_over_forecast():
    plain, by_days = back_test(history([[10.0] * 12 + [20.0] * 12], 24))
    days = working_days(month_names(pd.Period("2023-01", "M"), 24)).to_numpy()
    assert plain[0, 0] == pytest.approx(np.log(2))
    assert by_days[0, 0] == pytest.approx(np.log(240 / (10 * days[12:] / days[:12]).sum()))


def test_work_that_follows_the_days_has_no_error_by_days():
    days = working_days(month_names(pd.Period("2023-01", "M"), 26)).to_numpy()
    plain, by_days = back_test(history([7.0 * days], 26))
    assert np.abs(by_days).max() < 1e-12
    assert np.abs(plain).min() > 1e-4


def test_months_that_are_missing_in_one_year_count_in_neither():
    values = np.r_[np.full(12, 10.0), np.full(12, 20.0)]
    values[3], values[18] = np.nan, 1e6
    values[6] = np.nan  # the month a year before the outlier
    assert back_test(history([values], 24))[0][0, 0] == pytest.approx(np.log(2))


def test_a_year_without_anything_has_no_error():
    values = np.r_[np.zeros(12), np.ones(12)]
    plain, by_days = back_test(history([values, values[::-1]], 24))
    assert np.isnan(plain).all()
    assert np.isnan(by_days).all()


def test_growth_is_seen_from_the_24th_month_on():
    values = np.r_[np.full(12, 10.0), np.full(12, 11.0), np.full(3, 22.0)]
    growth, days_growth = growth_over(history([values], 27), 12)
    assert growth.columns.tolist() == ["2024-12", "2025-01", "2025-02", "2025-03"]
    assert growth.iloc[0, 0] == pytest.approx(np.log(1.1))
    assert growth.iloc[0, 3] == pytest.approx(np.log((9 * 11 + 3 * 22) / (9 * 10 + 3 * 11)))
    assert len(days_growth) == 4
    quarter, _ = growth_over(history([values], 27), 3)
    assert quarter.iloc[0, 3] == pytest.approx(np.log(2))


def test_growth_from_nothing_or_of_a_few_months_is_unknown():
    values = np.r_[np.full(12, 0.01), np.full(12, 11.0)]
    few = np.r_[np.full(12, 10.0), np.full(12, 11.0)]
    few[:7] = np.nan  # five months of twelve are known in both years
    growth, _ = growth_over(history([values, values[::-1], few], 24), 12)
    assert growth.isna().all().all()
    few[6] = 10.0
    assert growth_over(history([few], 24), 12)[0].notna().all().all()


def test_one_in_a_year_is_enough_for_a_growth():
    one = np.r_[np.zeros(11), 1.0]
    growth, _ = growth_over(history([np.r_[12 * one, one], np.r_[one, 12 * one]], 24), 12)
    assert growth.iloc[:, 0].tolist() == pytest.approx([-np.log(12), np.log(12)])


def test_all_series_of_a_unit_are_judged_together_and_by_other_units():
    units = [f"U{at:02d}" for at in range(23)] * 2
    index = pd.MultiIndex.from_arrays([units, ["a"] * 23 + ["b"] * 23], names=["unit_id", "service_id"])
    groups = unit_groups(index)
    assert (groups[:23] == groups[23:]).all()
    assert set(groups) == set(range(10))


def test_what_others_show_is_drawn_to_all_services_by_six_more():
    index = pd.MultiIndex.from_tuples(
        [(f"U{at}", service) for service, count in (("a", 10), ("b", 2)) for at in range(count)],
        names=["unit_id", "service_id"],
    )
    values = pd.DataFrame({"x": [1.0] * 10 + [5.0] * 2}, index)
    drawn = median_of_others(values, np.ones(12, bool))
    assert drawn.x.iloc[0] == pytest.approx((10 * 1 + 6 * 1) / 16)
    assert drawn.x.iloc[-1] == pytest.approx((2 * 5 + 6 * 1) / 8)
    assert drawn.index.equals(values.index)


def test_below_six_others_nothing_is_shown_and_own_errors_decide():
    index = history(np.ones((8, 12)), 12).index
    values = pd.DataFrame({"x": np.arange(8.0)}, index)
    others = np.arange(8) < FEW_SERIES
    assert median_of_others(values, others).x.notna().all()
    others[0] = False
    assert median_of_others(values, others).x.isna().all()
    own_better = np.where(np.arange(8)[:, None] < 4, 0.1, 0.5)
    assert others_prefer(np.full((8, 1), 0.3), own_better, index, others).tolist() == [True] * 4 + [False] * 4


def test_a_tie_keeps_the_plainer_method():
    index = history(np.ones((8, 12)), 12).index
    errors = np.full((8, 2), 0.2)
    assert not others_prefer(errors, errors.copy(), index, np.ones(8, bool)).any()
    assert others_prefer(errors, -errors / 2, index, np.ones(8, bool)).all()


def test_one_over_years_of_the_growth_is_held_back_and_days_are_taken_off():
    values = np.repeat([[10.0] * 12 + [12.0] * 12 + [14.4] * 12], 8, axis=0)
    growth, days_growth = growth_over(history(values, 36), 12)
    everyone = np.ones(8, bool)
    plain = carried_growth(growth, days_growth, np.zeros(8, bool), everyone)
    assert plain[:, -1] == pytest.approx(2 / 3 * np.log(1.2))
    less = carried_growth(growth, days_growth, everyone, everyone)
    assert less[:, -1] == pytest.approx(2 / 3 * (np.log(1.2) - days_growth[-1]))


def test_a_trend_is_tested_with_the_growth_known_before_its_origin():
    errors = np.tile(np.arange(14.0), (2, 1))
    growth = np.tile(np.arange(14.0) / 100, (2, 1))
    tested = trend_errors(errors, growth)
    assert np.isnan(tested[:, :12]).all()
    assert tested[0, 12:].tolist() == pytest.approx([12 - 0.00, 13 - 0.01])


def test_growth_must_stand_now_a_year_ago_and_in_the_last_quarter():
    yearly = np.zeros((3, 14))
    yearly[:, -1], yearly[:, 1] = [0.10, 0.10, -0.10], [0.06, -0.01, -0.20]
    quarterly = np.zeros((3, 14))
    quarterly[:, -1] = [0.08, 0.08, -0.03]
    assert steady_growth(yearly, quarterly).tolist() == pytest.approx([0.06, 0.0, -0.03])
    assert steady_growth(yearly[:, :12], quarterly[:, :12]).tolist() == [0.0, 0.0, 0.0]


def test_growth_is_a_quarter_a_year_at_most_and_unknown_is_none():
    assert smallest_common([np.array([9.0, np.nan, 0.1]), np.array([9.0, 0.1, np.nan])]).tolist() == [
        MOST_GROWTH,
        0.0,
        0.0,
    ]
    assert pytest.approx(1.25) == np.exp(MOST_GROWTH)


def test_a_stock_is_carried_forward_as_it_is():
    values = np.repeat([[10.0] * 12 + [12.0] * 12 + [14.4] * 12], 12, axis=0)
    months = history(values, 36)
    flows = np.arange(12) < 11
    method = best_methods(months, months, flows)
    assert (method.growth[:11] > 0.1).all()
    assert method.growth[11] == 0
    assert not method.by_days[11]
    assert method.errors[11].tolist() == back_test(months)[0][11].tolist()


def test_a_unit_does_not_decide_its_own_method():
    yearly = np.linspace(1.02, 1.13, 12)[:, None]  # each unit grows at another rate, so that any of them moves a median
    months = history(100 * np.repeat(yearly ** np.arange(3), 12, axis=1), 36)
    other = months.copy()
    other.iloc[3] = 100 * np.repeat(1.6 ** np.arange(3), 12)
    flows = np.ones(12, bool)
    before, after = best_methods(months, months, flows), best_methods(other, other, flows)
    assert before.growth[3] == after.growth[3] > 0
    assert before.by_days[3] == after.by_days[3]
    assert before.growth[4] != after.growth[4]
