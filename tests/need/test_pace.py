"""Paces of offices: their variances, the share that is taken off, and Huber weights."""

import numpy as np
import pytest

from toolkit.need.pace import huber_weights, pace_share, paces, row_trust, take_off_pace

OFFICE = np.array([0, 0, 0, 1, 1, 2])


def test_a_pace_is_hours_over_fitted_hours_of_the_whole_office():
    hours = np.array([10.0, 30.0, 20.0, 5.0, 5.0, 9.0])
    fitted = np.array([10.0, 10.0, 20.0, 10.0, 10.0, 3.0])
    assert paces(hours, fitted, OFFICE).pace.tolist() == [1.5, 0.5, 3.0]


def test_the_variance_between_offices_leaves_out_what_their_months_scatter():
    hours = np.array([11.0, 9.0, 22.0, 18.0])
    found = paces(hours, np.full(4, 10.0), np.array([0, 0, 1, 1]))
    # residuals over fitted hours: .1, -.1, .2, -.2 on two degrees of freedom; paces 1 and 2
    assert found.within == pytest.approx(0.05)
    assert found.between == pytest.approx(0.5 - 0.05 / 2)


def test_paces_that_differ_by_chance_alone_have_no_variance_between():
    hours = np.array([5.0, 15.0, 4.0, 17.0])
    assert paces(hours, np.full(4, 10.0), np.array([0, 0, 1, 1])).between == 0


def test_one_office_has_no_variance_between():
    assert paces(np.array([1.0, 2.0]), np.ones(2), np.array([0, 0])).between == 0


def test_an_office_without_fitted_hours_counts_as_having_a_thousandth_of_the_mean():
    found = paces(np.array([10.0, 10.0]), np.array([20.0, 0.0]), np.array([0, 1]))
    assert found.pace.tolist() == pytest.approx([0.5, 1000.0])


def test_the_share_grows_with_the_periods_of_an_office_and_with_how_paces_differ():
    rng = np.random.default_rng(0)
    office = np.repeat([0, 1, 2], [2, 4, 16])
    fitted = np.full(22, 100.0)
    near, far = (
        pace_share(np.array(pace)[office] * fitted * rng.lognormal(0, 0.05, 22), fitted, office)
        for pace in ([0.97, 1.0, 1.06], [0.5, 1.0, 2.0])
    )
    assert (np.diff(far) > 0).all()
    assert (far > near).all()
    assert (far < 1).all()
    assert (near >= 0).all()


def test_the_share_is_that_of_the_random_effects_model():
    hours = np.array([11.0, 9.0, 22.0, 18.0])
    share = pace_share(hours, np.full(4, 10.0), np.array([0, 0, 1, 1]))
    assert share == pytest.approx(np.full(2, 1 - np.sqrt(0.05 / (0.05 + 2 * 0.475))))


@pytest.mark.parametrize("office", [[0, 1, 2], [0, 0, 0]], ids=["one period each", "one office"])
def test_no_pace_is_taken_off_where_nothing_tells_it_apart(office):
    assert pace_share(np.array([1.0, 2.0, 3.0]), np.ones(3), np.array(office)) is None


def test_with_share_one_nothing_is_left_along_the_fitted_hours_and_with_zero_all_is():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(6, 3))
    direction = rng.uniform(1, 2, 6)
    left = take_off_pace(rows, direction, OFFICE, np.array([1.0, 0.0, 0.5]))
    before, after = (
        np.array([direction[each == OFFICE] @ part[each == OFFICE] for each in range(3)]) for part in (rows, left)
    )
    assert after[0] == pytest.approx(np.zeros(3), abs=1e-12)
    assert (left[OFFICE == 1] == rows[OFFICE == 1]).all()
    assert after[2] == pytest.approx(before[2] / 2)


def test_whatever_pace_an_office_has_its_rows_are_the_same_once_all_of_it_is_taken_off():
    fitted = np.array([10.0, 20.0, 30.0])
    one, other = (
        take_off_pace(pace * fitted[:, None], fitted, np.zeros(3, dtype=int), np.array([1.0])) for pace in (0.7, 1.9)
    )
    assert one == pytest.approx(other, abs=1e-12)


def test_an_office_beyond_one_and_a_half_robust_sd_counts_less_and_no_other():
    # the median distance from the median 0 is 1, so a robust sd is 1 / .6745, as a normal has half of itself within
    for away, weight in ((1.4, 1.0), (1.6, 1.5 / 1.6), (3.0, 0.5)):
        far = away / 0.67448975
        log_pace = np.array([0.0, -1.0, 1.0, -1.0, 1.0, far, -far])
        assert huber_weights(log_pace) == pytest.approx([1, 1, 1, 1, 1, weight, weight])


def test_where_most_offices_have_the_same_pace_all_count_fully():
    assert huber_weights(np.array([0.0, 0.0, 1e-15, 0.0, 5.0])).tolist() == [1.0] * 5


def test_rows_get_the_weight_of_their_office_and_one_without_hours_does_not_break_it():
    office = np.repeat(np.arange(5), 2)
    hours = np.repeat([9.0, 10.0, 11.0, 12.0, 0.0], 2)
    weight = row_trust(hours, np.full(10, 10.0), office)
    assert weight[:8].tolist() == [1.0] * 8
    assert weight[8] == weight[9]
    assert 0 < weight[8] < 0.1
