"""Surges: named, dated, distinguished from chance; few false alarms; what they do to next year's volume."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.need.test_demand import DAYS, MONTHS, SEASON, demand
from tests.tables import write
from toolkit.need.statements import surge_lines
from toolkit.need.surges import find_surges, highest_runs, log_excess
from toolkit.sample.facts import catalogue
from toolkit.sample.offices import make_units
from toolkit.sample.work import make_series, months, received

SAMPLE = Path(tk.__file__).resolve().parents[1] / "data" / "sample"
REGISTRY = [
    name
    for name, about in catalogue()["services"].items()
    if "operator_layanan_operasional" in about.get("minutes", {})
]


def run_of(factor, length, total=24, seed=0, base=40):
    """Months of a service, with a season where the record can know it, the last ``length`` of them raised."""
    noise = np.random.default_rng(seed).lognormal(0, 0.03, 24)
    season = SEASON if total >= 24 else 1.0
    return (base * DAYS.to_numpy() * season * noise * np.where(np.arange(24) >= 24 - length, factor, 1.0)).round()[
        -total:
    ]


def offices(folder, surged, **tables):
    """Three calm offices and A, which receives ``surged``."""
    calm = {
        (unit, "letters"): [*[None] * (24 - len(surged)), *run_of(1, 0, len(surged), at)]
        for at, unit in enumerate("BC", 1)
    }
    received = {("A", "letters"): [*[None] * (24 - len(surged)), *surged], **calm}
    return demand(folder, received, **tables)


@pytest.fixture(scope="module")
def sample():
    return tk.forecast_demand(tk.load(SAMPLE))


def test_the_civil_registry_is_found_dated_and_forecast_at_its_level(sample):
    found = sample.table[sample.table.surge_since.notna()]
    assert set(found.unit_id) == {"DUKCAPIL"}
    assert len(found) == 6
    assert (found.surge_since == "2026-02-01").all()
    assert found.surge_factor.between(1.4, 1.75).all()
    assert set(found.surge_kind) == {"permanent"}
    assert found.backlog_days.between(40, 70).all()
    volumes = tk.load(SAMPLE).volumes.merge(found[["unit_id", "service_id"]])
    since = volumes[volumes.period >= "2026-02"].groupby("service_id").received.sum()
    year = found.set_index("service_id").volume
    assert (year / since).between(12 / 8 * 0.85, 12 / 8 * 1.1).all()
    text = surge_lines(sample, "en")
    assert len(text) == 6 + 1
    assert "at DUKCAPIL: since February 2026 the volume is 1.6 times" in " ".join(text)


def test_a_young_surge_is_temporary_and_reaches_into_the_interval_only(tmp_path):
    calm, new = offices(tmp_path / "0", run_of(1, 0)), offices(tmp_path / "3", run_of(1.6, 3))
    row = new.table.iloc[0]
    assert (row.surge_kind, row.surge_since, row.surge_factor) == (
        "temporary",
        pd.Timestamp("2026-07-01"),
        pytest.approx(1.6, abs=0.1),
    )
    assert calm.table.surge_since.isna().all()
    assert row.volume < 1.3 * calm.table.volume[0]
    assert row.volume_high > 1.5 * calm.table.volume[0]
    assert "temporary assignment" in surge_lines(new, "en")[0]
    assert "penugasan sementara" in surge_lines(new, "id")[0]


def test_a_drive_that_fades_is_temporary_however_long(tmp_path):
    fading = run_of(1, 0) * np.r_[np.ones(16), 2.2, 2.2, 2.1, 2.0, 1.8, 1.5, 1.45, 1.3]
    assert offices(tmp_path, fading.round()).table.surge_kind[0] == "temporary"


@pytest.mark.parametrize("total", [14, 18, 24])
def test_a_lasting_surge_lifts_the_year_to_its_level_with_a_short_record_too(tmp_path, total):
    table = offices(tmp_path, run_of(1.6, 7, total)).table
    assert table.surge_kind[0] == "permanent"
    assert table.surge_factor[0] == pytest.approx(1.6, abs=0.25)
    lifted = (run_of(1.6, 7, total)[-12:] * np.where(np.arange(12) < 5, table.surge_factor[0], 1)).sum()
    assert table.volume[0] == pytest.approx(lifted, rel=0.03)


def test_too_short_a_record_names_nothing_and_has_no_interval(tmp_path):
    table = offices(tmp_path, run_of(3, 2, 7)).table
    assert table.surge_since.isna().all()
    assert table.volume_low.isna().all()


def test_a_season_a_new_service_and_a_stock_are_no_surge(tmp_path):
    assert offices(tmp_path / "season", run_of(1, 0)).table.surge_since.isna().all()
    assert offices(tmp_path / "new", np.r_[np.zeros(18), np.full(6, 500)]).table.surge_since.isna().all()
    stock = offices(
        tmp_path / "stock", np.r_[np.full(18, 100), np.full(6, 300)], jobs="job_id,name,method\nclerk,Guru,ratio\n",
        services="service_id,job_id,name,per_person\nletters,clerk,Letters,24\n",
    )  # fmt: skip
    assert stock.table.surge_since.isna().all()


def test_more_volume_in_a_surge_never_lowers_the_forecast(tmp_path):
    values = run_of(1.6, 7)
    before = offices(tmp_path / "0", values).table.volume[0]
    for month in range(17, 24):
        more = values + 300 * (np.arange(24) == month)
        assert offices(tmp_path / str(month), more).table.volume[0] >= before


def test_a_backlog_is_counted_in_days_and_makes_need_only_where_the_policy_says_so(tmp_path):
    lines = [f"A,letters,2025-{month:02d},100,{80 if month > 9 else 100}" for month in range(1, 13)]
    volumes = "\n".join(["unit_id,service_id,period,received,completed", *lines]) + "\n"
    tables = {}
    for months_, policy in (
        ("absent", {}),
        ("12", {"backlog_months": 12}),
        ("24", {"backlog_months": 24}),
        ("3", {"backlog_months": 3}),
    ):
        tables[months_] = tk.forecast_demand(tk.load(write(tmp_path / months_, volumes=volumes), **policy)).table.iloc[
            0
        ]
    assert (tables["absent"].backlog, tables["absent"].volume) == (60, 1200)
    assert tables["absent"].backlog_days == pytest.approx(60 / 300 * 64, rel=0.05)
    assert [tables[key].volume for key in ("12", "24", "3")] == [1260, 1230, 1260]


def test_working_days_are_used_only_where_the_back_test_finds_them_better(tmp_path):
    flat = demand(tmp_path / "flat", {("A", "letters"): [100.0] * 24})
    assert flat.table.volume[0] == 1200
    by_day = demand(tmp_path / "days", {("A", "letters"): 10 * DAYS})
    assert by_day.table.volume[0] != pytest.approx((10 * DAYS)[-12:].sum(), rel=1e-4)


def test_intervals_hold_nine_of_ten_errors_of_the_back_test(sample):
    table = sample.table
    assert (table.volume_low <= table.volume).all()
    assert (table.volume <= table.volume_high).all()
    volumes = tk.load(SAMPLE).volumes.groupby(["unit_id", "service_id", "period"]).received.sum().unstack()
    error = np.log(volumes.iloc[:, 12:].sum(axis=1) / volumes.iloc[:, :12].sum(axis=1))
    calm = table.set_index(["unit_id", "service_id"])
    calm = calm[calm.surge_since.isna()]
    half = np.log(calm.volume_high / calm.volume)
    assert (error.reindex(calm.index).abs() <= half).mean() > 0.88
    draws = sample.draw(400, 0)
    assert draws.shape == (400, len(table))
    assert ((draws >= table.volume_low.to_numpy()) & (draws <= table.volume_high.to_numpy())).mean() == pytest.approx(
        0.9, abs=0.03
    )


def history(monkeypatch, seed, factor, since, unit="DUKCAPIL"):
    """What the offices of a synthetic agency received, with a surge or none."""
    for key, value in {"factor": factor, "since": since, "unit": unit}.items():
        monkeypatch.setitem(catalogue()["surge"], key, value)
    office, _, drawn, *_ = np.random.default_rng(seed).spawn(7)
    series = make_series(make_units("small", office), drawn)
    counts = pd.DataFrame(
        received(series, drawn),
        pd.MultiIndex.from_frame(series[["unit_id", "service_id"]]),
        months().period.tolist(),
    )
    return counts[(series.rhythm != "school").to_numpy()]


@pytest.mark.slow
def test_at_most_eight_of_a_hundred_calm_agencies_raise_an_alarm(monkeypatch):
    alarms = sum((find_surges(history(monkeypatch, seed, 1.0, "2026-02")).months > 0).any() for seed in range(200))
    assert alarms <= 16


@pytest.mark.slow
def test_nine_of_ten_planted_surges_are_found_within_three_months(monkeypatch):
    found = []
    for seed in range(50):
        surges = find_surges(history(monkeypatch, seed, 1.58, "2026-07"))
        hit = surges.loc["DUKCAPIL"].reindex(REGISTRY).dropna(subset="months")
        found += ((hit.months > 0) & (hit.surge_since >= "2026-06")).tolist()
    assert len(found) == 50 * 6
    assert np.mean(found) >= 0.9


def months_of(rows, total=24):
    """Series of one service, one office each, from 2024-10 on."""
    index = pd.MultiIndex.from_tuples(
        [(f"U{at:02d}", "letters") for at in range(len(rows))], names=["unit_id", "service_id"]
    )
    when = pd.period_range(end="2026-09", periods=total, freq="M").astype(str)
    return pd.DataFrame(np.asarray(rows, float), index, when)


def test_no_surge_has_the_columns_and_types_of_an_answer():
    none = find_surges(months_of(np.ones((2, 7)), 7))
    some = find_surges(months_of([run_of(1.6, 7), run_of(1, 0, seed=1), run_of(1, 0, seed=2)]))
    assert some.surge_since.notna().tolist() == [True, False, False]
    assert none.dtypes.to_dict() == some.dtypes.to_dict()
    assert none.months.tolist() == [0, 0]
    assert find_surges(months_of(np.ones((0, 24)))).empty


def test_what_working_days_explain_is_no_excess():
    calm = np.tile(40 * DAYS.to_numpy(), (3, 1))
    excess, variance = log_excess(months_of(calm))
    assert np.abs(excess).max() < 1e-3
    assert variance == pytest.approx(1e-4 + 1 / calm[:, -12:].mean(axis=1))


def test_a_month_that_twenty_offices_share_is_taken_off():
    rows = np.tile(40 * DAYS.to_numpy(), (20, 1))
    rows[:, -1] *= 2
    assert np.abs(log_excess(months_of(rows))[0]).max() < 1e-3
    assert log_excess(months_of(rows[:19]))[0][:, -1] == pytest.approx(np.log(2), abs=1e-3)


def test_what_had_hardly_been_there_has_no_expectation():
    rows = np.vstack([np.r_[np.full(12, 0.5), np.full(12, 50)], np.full(24, 40.0)])
    excess, _ = log_excess(months_of(rows))
    assert np.isnan(excess[0]).all()
    assert np.isfinite(excess[1]).all()


def highest(last, longest=12):
    excess = np.r_[np.zeros(24 - len(last)), last][None, :]
    return highest_runs(excess, np.array([0.01]), longest).iloc[0]


def test_the_run_that_stands_highest_is_measured_from_the_past():
    best = highest([1.0] * 5)
    assert (best.run, best.step, best.late) == (5, 1.0, 1.0)
    assert best.error == pytest.approx(np.sqrt(0.01 * (1 / 5 + 1 / 19)))
    assert best.height == pytest.approx(1.0 / best.error)


def test_a_run_that_fades_is_late_by_its_last_third():
    best = highest([1.0, 1.0, 1.0, 1.0, 0.5, 0.4])
    assert best.run == 6
    assert best.late == pytest.approx(0.45)


@pytest.mark.parametrize("last", [[0.13] * 5, [1.0, 1.0, 0.0], [1.0]], ids=["low", "ended", "one month"])
def test_a_low_or_ended_or_single_month_is_no_run(last):
    assert highest(last).height == -np.inf


def test_a_run_has_no_gap():
    assert highest([1.0, 1.0, 0.05, 1.0, 1.0]).run == 2
    assert highest([1.0, 1.0, 0.5, 1.0, 1.0]).run == 5


def test_a_slow_rise_is_measured_from_the_six_months_before():
    rising = [0.5] * 6 + [1.0] * 4
    best = highest(rising, longest=4)
    assert (best.run, best.step) == (4, pytest.approx(0.5))


def test_a_run_needs_six_months_before_it():
    excess = np.r_[np.full(5, np.nan), np.zeros(4), [1.0] * 3][None, :]  # a run of two has five before it
    assert highest_runs(excess, np.array([0.01]), 3).height[0] == -np.inf
    excess[0, 4] = 0.0
    assert highest_runs(excess, np.array([0.01]), 3).height[0] > 0


def test_a_whole_year_above_the_last_is_no_recent_run():
    level = np.tile(400.0 * DAYS.to_numpy(), (3, 1))
    year = level * np.repeat([[1, 1.6], [1, 1], [1, 1]], 12, axis=1)
    assert (find_surges(months_of(year)).months == 0).all()
    eleven = level * np.repeat([[1, 1.6], [1, 1], [1, 1]], [13, 11], axis=1)
    assert find_surges(months_of(eleven)).months.tolist() == [11, 0, 0]


@pytest.mark.parametrize(("length", "kind"), [(5, "temporary"), (6, "permanent")])
def test_six_months_that_do_not_fade_are_permanent(length, kind):
    rows = [run_of(1.8, length), run_of(1, 0, seed=1), run_of(1, 0, seed=2)]
    found = find_surges(months_of(rows)).iloc[0]
    assert (found.months, found.surge_kind) == (length, kind)
    assert found.surge_since == MONTHS[-length]
