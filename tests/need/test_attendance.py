"""Hours that measure no work, rule by rule (whole offices: test_padding; on the truth: test_truth)."""

import numpy as np
import pytest

from tests.job_samples import job_sample, months
from toolkit.need.attendance import enough_rows, kind_of_hours, measured_rows, padded, steepest_slope
from toolkit.need.job_fit import fit
from toolkit.need.pace import pace_slope

WORK = np.array([80.0, 90.0, 95.0, 100.0, 105.0, 110.0, 120.0, 130.0, 70.0, 60.0])


def recorded(per_head, **more):
    """A sample whose offices of one to three people record so much a head."""
    per_head = np.asarray(per_head, dtype=float)
    heads = 1.0 + np.arange(len(per_head)) % 3
    more = {"heads": heads, "recorded": per_head * heads, **more}
    return job_sample(np.ones((len(per_head), 1)), per_head * heads, **more)


def varying(share, rows=10):
    """Hours per head about 100 with this coefficient of variation."""
    values = np.linspace(-1, 1, rows)
    return 100 * (1 + share * values / values.std())


def test_hours_per_head_that_vary_by_less_than_a_tenth_are_attendance():
    assert kind_of_hours(recorded(varying(0.099))) == "attendance"
    assert kind_of_hours(recorded(varying(0.101))) == "measured"


def test_hours_that_hardly_vary_are_at_the_cap_where_four_in_five_periods_leave_work_undone():
    waiting = np.arange(10) < 8
    assert kind_of_hours(recorded(varying(0.05), waiting=waiting)) == "capped"
    assert kind_of_hours(recorded(varying(0.05), waiting=np.arange(10) < 7)) == "attendance"
    assert kind_of_hours(recorded(varying(0.5), waiting=waiting)) == "measured"


def test_claimed_hours_are_never_measured_nor_at_the_cap():
    assert kind_of_hours(recorded(varying(0.5), claimed=True)) == "claimed"
    capped = recorded(varying(0.05), claimed=True, waiting=np.ones(10, dtype=bool))
    assert kind_of_hours(capped) == "attendance"


def test_fewer_than_three_rows_with_people_are_never_attendance():
    assert kind_of_hours(recorded([100.0, 100.0])) == "measured"
    assert kind_of_hours(recorded([100.0, 100.0, 100.0])) == "attendance"
    empty = recorded([100.0, 100.0, 100.0], heads=np.array([1.0, 0.0, 1.0]), recorded=np.full(3, 100.0))
    assert kind_of_hours(empty) == "measured"
    three = recorded([100.0] * 4, heads=np.array([1.0, 0.0, 1.0, 1.0]), recorded=np.full(4, 100.0))
    assert kind_of_hours(three) == "attendance"  # hours of a month without people are no hours per head


def test_no_hours_at_all_are_not_attendance():
    assert kind_of_hours(recorded([0.0, 0.0, 0.0, 0.0])) == "measured"


def one_office(hours, work=WORK, waiting=None):
    """The steepest slope of one office whose fitted hours are its work."""
    sample = job_sample(
        work[:, None], hours, ["A"] * len(work), waiting=np.zeros(len(work), bool) if waiting is None else waiting
    )
    return steepest_slope(sample, work)[0]


def test_the_slope_of_hours_that_follow_the_work_exactly_is_its_pace_and_at_least_one():
    assert one_office(1.5 * WORK) == pytest.approx(1.5)
    assert one_office(0.5 * WORK) == pytest.approx(1.0)  # over their means: a quick office is not flat
    assert one_office(WORK + 60) == pytest.approx(1.0)  # in hours: fixed work of its own is not flat
    assert one_office(np.full(10, 140.0)) == pytest.approx(0.0)


def test_two_standard_errors_are_added_to_the_slope():
    noise = np.array([5.0, -5, 5, -5, 5, -5, 5, -5, 5, -5])
    hours = 150 + 0.2 * (WORK - WORK.mean()) + noise
    moved = WORK - WORK.mean()
    slope, at_mean = np.polyfit(moved, hours, 1)
    residual = hours - at_mean - slope * moved
    error = np.sqrt((residual**2).sum() / 8 / (moved**2).sum())
    assert one_office(hours) == pytest.approx(slope + 2 * error)


def test_a_slope_takes_eight_periods_that_leave_no_work_undone_and_work_that_moves():
    flat = np.full(10, 140.0)
    assert one_office(flat, waiting=np.arange(10) < 2) == pytest.approx(0.0)
    assert one_office(flat, waiting=np.arange(10) < 3) == np.inf
    assert one_office(flat, work=np.full(10, 100.0)) == np.inf


def test_periods_that_leave_work_undone_do_not_count():
    hours = np.where(np.arange(10) < 2, 900.0, WORK)
    assert one_office(hours, waiting=np.arange(10) < 2) == pytest.approx(1.0)


def filling(named, offices=6):
    """Offices by month, some of which record the same hours whatever the work, half as much again as it takes."""
    sample = months(offices=offices, noise=0.01)
    hours = sample.y.copy()
    for office in named:
        mine = sample.office == office
        hours[mine] = 1.5 * hours[mine].mean()
    return job_sample(sample.X, hours, sample.unit, heads=2.0 + sample.office)


def test_offices_that_fill_the_day_are_found_and_only_they():
    assert padded(filling([]), "size").tolist() == [False] * 6
    assert padded(filling([1, 4]), "size").tolist() == [False, True, False, False, True, False]
    assert padded(filling(range(6)), "size").all()


def test_no_hours_no_padding():
    sample = months()
    assert not padded(job_sample(sample.X, 0 * sample.y, sample.unit), "size").any()


def test_up_to_half_of_the_offices_are_left_out_and_named():
    found = measured_rows(filling([1, 4]), "size")
    assert (found.hours, found.padded) == ("measured", ["U01", "U04"])
    assert set(found.sample.unit) == {"U00", "U02", "U03", "U05"}
    half = measured_rows(filling([0, 1, 2]), "size")
    assert (half.hours, half.padded, half.sample.offices) == ("measured", ["U00", "U01", "U02"], 3)


def test_where_more_than_half_fill_the_day_it_is_attendance_and_nobody_is_named():
    sample = filling(range(6))
    found = measured_rows(sample, "size")
    assert (found.hours, found.padded) == ("attendance", [])
    assert found.sample is sample


def test_an_office_that_alone_does_a_service_is_named_and_stays():
    sample = filling([1])
    only_one = np.zeros(len(sample.y))
    only_one[np.flatnonzero(sample.office == 1)[0]] = 5
    special = job_sample(np.column_stack([sample.X, only_one]), sample.y, sample.unit, heads=sample.heads)
    found = measured_rows(special, "size")
    assert found.padded == ["U01"]
    assert found.sample is special


def test_there_are_enough_rows_if_they_are_more_than_services_and_constant():
    assert enough_rows(job_sample(np.ones((4, 2)), np.ones(4)))
    assert not enough_rows(job_sample(np.ones((3, 2)), np.ones(3)))


@pytest.mark.parametrize(("follows", "named"), [(0.65, True), (0.85, False)])
def test_hours_that_follow_the_work_by_three_quarters_fill_no_day(follows, named):
    sample = months(offices=6, noise=0.005)
    hours = sample.y.copy()
    mine = sample.office == 2
    mean = hours[mine].mean()
    hours[mine] = 1.3 * mean + follows * (
        sample.y[mine] - mean
    )  # a slow office: ten hours more work, ``follows`` x 10 more hours
    found = padded(job_sample(sample.X, hours, sample.unit), "size")
    assert found.tolist() == [False, False, named, False, False, False]


def test_an_office_is_not_left_out_where_too_few_rows_would_stay():
    sample = months(offices=2, noise=0.01)
    few = sample.only((sample.office == 0) | (np.arange(24) < 15))
    moves = np.where(few.office == 0, 1.0, 0.0)
    moves[few.office == 1] = [0.3, 1.0, 3.0]  # enough for the hours of the job not to be attendance
    hours = few.y * moves
    hours[few.office == 0] = 1.5 * few.y[few.office == 0].mean()
    found = measured_rows(job_sample(few.X * moves[:, None], hours, few.unit, heads=1.0 + few.office), "size")
    assert found.padded == ["U00"]
    assert found.sample.offices == 2


def test_hours_that_stand_still_while_the_work_moves_are_attendance_and_nobody_is_named():
    # hours per head differ by over a tenth between offices, so only what happens within an office tells
    sample = months(offices=8, noise=0.05)
    held = np.repeat(sample.y.reshape(8, 12).mean(axis=1), 12) * np.random.default_rng(1).lognormal(0, 0.03, 96)
    found = measured_rows(job_sample(sample.X, held, sample.unit), "size")
    assert (found.hours, found.padded) == ("attendance", [])
    assert measured_rows(sample, "size").hours == "measured"


def test_work_that_does_not_move_says_nothing_about_hours():
    # volumes that hardly move: the slope is chance, and chance names no attendance
    rng = np.random.default_rng(2)
    X = np.repeat(rng.uniform(50, 300, (6, 1)), 4, axis=0) * rng.lognormal(0, 0.01, (24, 1))
    samples = [job_sample(X, X[:, 0] * 2 * rng.lognormal(0, 0.15, 24), np.repeat(list("ABCDEF"), 4)) for _ in range(40)]
    below = [pace_slope(each.y, fit(each, 0.0, "size").fitted, each.office).value < 0.4 for each in samples]
    named = [measured_rows(each, "size").hours == "attendance" for each in samples]
    assert sum(below) >= 10
    assert sum(named) <= 3
