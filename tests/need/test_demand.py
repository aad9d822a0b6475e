"""``forecast_demand``: months carried into the next year, by working days and season."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toolkit as tk
from tests.tables import write
from toolkit.common.calendar import working_days
from toolkit.sample.facts import catalogue
from toolkit.sample.offices import make_units
from toolkit.sample.work import make_series, next_year
from toolkit.sample.work import received as drawn_counts

MONTHS = pd.period_range("2024-10", "2026-09", freq="M").astype(str)
DAYS = working_days(pd.Index(MONTHS))
SEASON = np.tile([1.0, 1.0, 0.5, 1.0, 1.0, 0.8, 1.2, 1.0, 1.0, 2.0, 1.5, 1.0], 2)


def demand(folder, received, services="service_id,job_id,name,norm_minutes\nletters,clerk,Letters,30\n", **tables):
    """``received``: (unit, service) -> numbers up to 2026-09, None for a month that was not reported."""
    rows = [
        f"{unit},{service},{month},{value}"
        for (unit, service), values in received.items()
        for month, value in zip(pd.period_range(end="2026-09", periods=len(values), freq="M"), values, strict=True)
        if value is not None
    ]
    units = "unit_id,name\n" + "".join(f"{unit},{unit}\n" for unit in sorted({*"ABC", *(unit for unit, _ in received)}))
    volumes = "\n".join(["unit_id,service_id,period,received", *rows]) + "\n"
    return tk.forecast_demand(tk.load(write(folder, volumes=volumes, services=services, units=units, **tables)))


def many(growth, months=36, units=12, seed=0, services=("letters",)):
    """Months of offices of one growth a year, with season, working days and chance."""
    rng, when = np.random.default_rng(seed), pd.period_range(end="2026-09", periods=months, freq="M").astype(str)
    shape = working_days(pd.Index(when)).to_numpy() * np.resize(SEASON, months)
    grown = (1 + growth) ** ((np.arange(months) - months) / 12)
    return {
        (f"U{at:02d}", service): rng.poisson(rng.uniform(2, 20) * shape * grown * rng.lognormal(0, 0.05, months))
        for at in range(units)
        for service in services
    }


def test_a_steady_service_follows_working_days_and_season(tmp_path):
    result = demand(tmp_path, {(unit, "letters"): 10 * DAYS * SEASON * size for unit, size in (("A", 1), ("B", 5))})
    coming = working_days(pd.Index(pd.period_range("2026-10", "2027-09", freq="M").astype(str)))
    assert result.table.volume[1] == pytest.approx(5 * result.table.volume[0])
    assert result.table.volume[0] == pytest.approx((10 * coming.to_numpy() * SEASON[:12]).sum())
    months = result.monthly[result.monthly.unit_id == "A"]
    assert months.period.tolist() == coming.index.tolist()
    assert months.volume.corr(coming.reset_index(drop=True) * SEASON[:12]) > 0.999999
    assert months.volume.sum() == pytest.approx(result.table.volume[0])


def test_missing_months_are_unknown_not_zero_and_scaled_by_season(tmp_path):
    values = 10 * DAYS.to_numpy() * SEASON
    gaps = [None if at in (14, 21, 22) else value for at, value in enumerate(values)]
    result = demand(
        tmp_path, {("A", "letters"): values, ("B", "letters"): gaps, ("C", "letters"): [1.0] * 12 + [None] * 12}
    )
    assert result.table.unit_id.tolist() == ["A", "B"]
    assert result.table.volume[1] == pytest.approx(result.table.volume[0])
    assert result.table.basis.tolist() == ["2025-10 to 2026-09", "9 of 12 months"]


TWO_SERVICES = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,10\n"
HALF_LISTED = {("A", "letters"): [10.0] * 24, ("A", "cards"): [None] * 18 + [30.0] * 6}


def test_what_a_reporting_unit_does_not_list_is_unknown_and_scaled(tmp_path):
    result = demand(tmp_path, HALF_LISTED, TWO_SERVICES)
    table = result.table.set_index("service_id")
    assert table.volume["cards"] == pytest.approx(3 * table.volume["letters"], rel=0.02)
    assert table.basis["cards"] == "6 of 12 months"


def test_by_policy_what_a_reporting_unit_does_not_list_was_not_done(tmp_path):
    result = demand(tmp_path, HALF_LISTED, TWO_SERVICES, policy='unlisted = "none"\n')
    volume = result.table.set_index("service_id").volume
    assert volume["cards"] == pytest.approx(volume["letters"] * 180 / 120)


@pytest.mark.parametrize("unlisted", ["unknown", "none"])
def test_a_written_zero_is_zero_and_an_empty_cell_or_a_dash_unknown(tmp_path, unlisted):
    figures = {("A", "letters"): [10.0] * 24, ("A", "cards"): [30.0] * 12 + [0, "", "-"] + [30.0] * 9}
    full = {**figures, ("A", "cards"): [30.0] * 12 + [0] + [30.0] * 11}
    some = demand(tmp_path / "some", figures, TWO_SERVICES, policy=f'unlisted = "{unlisted}"\n').table
    whole = demand(tmp_path / "whole", full, TWO_SERVICES).table
    assert some.volume.tolist() == pytest.approx(whole.volume.tolist(), rel=0.02)
    assert some.basis.tolist() == ["10 of 12 months", "2025-10 to 2026-09"]


def test_a_service_of_whose_last_year_nothing_is_known_has_no_row(tmp_path):
    figures = {("A", "letters"): [10.0] * 24, ("A", "cards"): [30.0] * 12 + [None] * 12}
    assert demand(tmp_path / "1", figures, TWO_SERVICES).table.service_id.tolist() == ["letters"]
    by_policy = demand(tmp_path / "2", figures, TWO_SERVICES, policy='unlisted = "none"\n').table
    assert by_policy.set_index("service_id").volume["cards"] == 0


def test_an_unknown_year_has_no_row(tmp_path):
    volumes = "unit_id,service_id,period,received\nA,letters,2024,10\nA,letters,2025,-\nB,letters,2025,5\n"
    assert tk.forecast_demand(tk.load(write(tmp_path, volumes=volumes))).table.unit_id.tolist() == ["B"]


def test_a_stock_knows_neither_working_days_nor_season(tmp_path):
    result = demand(
        tmp_path, {("A", "classes"): [12.0] * 24}, "service_id,job_id,name,per_person\nclasses,clerk,Classes,1\n",
        jobs="job_id,name,method\nclerk,Guru,ratio\n",
    )  # fmt: skip
    assert result.table.volume.tolist() == [144.0]
    assert set(result.monthly.volume) == {12.0}


def test_a_year_of_months_is_carried_forward_without_season(tmp_path):
    result = demand(tmp_path, {("A", "letters"): [None] * 12 + list(range(100, 112))})
    per_day = result.monthly.volume / working_days(pd.Index(result.monthly.period)).to_numpy()
    assert per_day.std() < 1e-9


def test_lebaran_moves_through_the_months():
    assert working_days(pd.Index(["2025-03", "2025-04", "2026-03", "2026-04"])).tolist() == [20, 20, 21, 21]
    assert working_days(pd.Index([])).empty


@settings(max_examples=15, deadline=None)
@given(values=st.lists(st.one_of(st.none(), st.integers(0, 500)), min_size=24, max_size=24), at=st.integers(0, 23))
def test_a_forecast_is_finite_and_more_received_never_lowers_it(tmp_path_factory, values, at):
    received = {("A", "letters"): values, ("B", "letters"): [7.0] * 24}
    before = demand(tmp_path_factory.mktemp("d"), received).table
    assert np.isfinite(before.volume).all()
    assert (before.volume >= 0).all()
    if None not in values:
        more = [value + 50 if month == at else value for month, value in enumerate(values)]
        after = demand(tmp_path_factory.mktemp("d"), {("A", "letters"): more, ("B", "letters"): [7.0] * 24}).table
        assert (after.volume >= before.volume - 1e-9).all()


def naive_error(received, growth, table):
    """Median errors of ours and of seasonal-naive against the last year grown once more."""
    last = np.array([values[-12:].sum() for values in received.values()])
    return np.median(np.abs(np.log(table.volume / (last * (1 + growth))))), np.log(1 + growth)


@pytest.mark.parametrize("months", [36, 48])
def test_a_growth_that_all_units_share_is_carried_on_and_held_back_by_one_year(tmp_path, months):
    received = many(0.12, months)
    table = demand(tmp_path, received).table
    assert table.basis.str.contains(" x trend 1.").all()
    ours, naive = naive_error(received, 0.12, table)
    assert ours < naive / 2
    assert (table.volume_low <= table.volume).all()
    shrunk = demand(tmp_path / "down", many(-0.12, months)).table
    assert shrunk.basis.str.contains(" x trend 0.").all()
    assert (shrunk.volume > 0).all()


def test_each_service_grows_by_itself(tmp_path):
    services = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,10\n"
    received = many(0.0, units=20) | many(0.25, units=20, seed=1, services=("cards",))
    table = demand(tmp_path, received, services).table
    trend = table.basis.str.extract(" x trend (.*)")[0].astype(float).fillna(1.0).groupby(table.service_id).median()
    assert trend["cards"] > 1.08
    assert abs(trend["letters"] - 1) < 0.05


def test_without_growth_or_with_two_years_or_five_other_units_it_falls_back(tmp_path):
    flat = {(f"U{at}", "letters"): [100.0 + at] * 36 for at in range(12)}
    calm = demand(tmp_path / "0", flat).table
    assert calm.volume.tolist() == pytest.approx([12 * (100 + at) for at in (0, 1, 10, 11, *range(2, 10))])
    for at, each in enumerate([flat, many(0.12, 35), many(0.12, units=6)], 1):
        assert not demand(tmp_path / str(at), each).table.basis.str.contains("trend").any()
    assert demand(tmp_path / "8", many(0.12, units=8)).table.basis.str.contains("trend").all()


@pytest.mark.parametrize("units", [6, 7, 8, 9])
def test_a_surge_elsewhere_makes_nobody_unknown(tmp_path, units):
    received = many(0.15, units=units)
    first = next(iter(received))
    surged = received | {first: np.r_[received[first][:-8], received[first][-8:] * 2]}
    assert np.isfinite(demand(tmp_path, surged).table.volume).all()


@pytest.mark.parametrize(
    ("what", "share"),
    [
        ("began 14 months ago", np.r_[np.zeros(22), np.ones(14)]),
        ("hardly there until 15 months ago", np.r_[np.full(21, 0.01), np.ones(15)]),
        ("grew in the second year", np.r_[np.zeros(12), np.linspace(0.1, 1, 10), np.ones(14)]),
        ("halved 16 months ago", np.r_[np.full(20, 2.0), np.ones(16)]),
        ("much more in the second year", np.r_[np.ones(12), np.full(12, 3.0), np.ones(12)]),
    ],
)
def test_what_began_or_ended_is_no_trend(tmp_path, what, share):
    services = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,10\n"
    changed = {key: np.round(values * share) for key, values in many(0.0, seed=1, services=("cards",)).items()}
    table = demand(tmp_path, many(0.08) | changed, services).table
    last = {key: values[-12:].sum() for key, values in changed.items()}
    ratio = table[table.service_id == "cards"].set_index(["unit_id", "service_id"]).volume / pd.Series(last)
    assert 0.95 < ratio.median() < 1.1, what


def test_growth_that_turns_is_not_carried_on(tmp_path):
    turned = {key: np.r_[values[:24] * np.repeat([1.0, 1.2], 12), values[24:]] for key, values in many(0.0).items()}
    assert not demand(tmp_path, turned).table.basis.str.contains("trend").any()


def test_a_surge_is_no_trend_and_a_stock_has_none(tmp_path):
    services = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,10\n"
    cards = many(0.0, units=8, seed=1, services=("cards",))
    surged = {key: np.r_[values[:-7], values[-7:] * 2] for key, values in cards.items()}
    table = demand(tmp_path / "surge", many(0.0, units=30) | surged, services).table
    hit = table[table.service_id == "cards"]
    assert hit.surge_since.notna().sum() >= 7
    trend = hit.basis.str.extract(" x trend (.*)")[0].astype(float).fillna(1.0)
    assert (trend - 1).abs().max() < 0.05
    jobs, rates = "job_id,name,method\nclerk,Guru,ratio\n", "service_id,job_id,name,per_person\nletters,clerk,L,24\n"
    stock = demand(
        tmp_path / "stock", {key: values * 1.0 for key, values in many(0.12).items()}, rates, jobs=jobs
    ).table
    assert stock.volume.tolist() == [values[-12:].sum() for values in many(0.12).values()]
    assert not stock.basis.str.contains("trend").any()


@settings(max_examples=12, deadline=None)
@given(
    data=st.data(), months=st.sampled_from([24, 36]), growth=st.sampled_from([-0.1, 0.0, 0.12]), seed=st.integers(0, 99)
)
def test_more_volume_in_any_month_never_lowers_the_units_own_forecast(tmp_path_factory, data, months, growth, seed):
    received = many(growth, months, units=9, seed=seed)
    before = demand(tmp_path_factory.mktemp("d"), received).table
    unit, at = data.draw(st.integers(0, 8)), data.draw(st.integers(0, months - 1))
    key = (f"U{unit:02d}", "letters")
    more = received | {key: received[key] + data.draw(st.integers(1, 400)) * (np.arange(months) == at)}
    after = demand(tmp_path_factory.mktemp("d"), more).table
    if before.surge_since.isna().all() and after.surge_since.isna().all():
        own = before.unit_id == key[0]
        assert (after.volume[own] > before.volume[own]).all() or at < months - 12
        assert after.volume[own].tolist() == pytest.approx(before.volume[own].tolist()) or at >= months - 12


@pytest.mark.slow
@pytest.mark.parametrize(
    ("months", "growth", "most"), [(24, 0.02, 0.95), (36, 0.02, 0.95), (36, 0.12, 0.5), (36, 0.0, 1.05)]
)
def test_forecasts_against_the_truth_of_synthetic_agencies(tmp_path, monkeypatch, months, growth, most):
    """The median error in the next year is at most so much of that of seasonal-naive; intervals hold what they promise."""
    calendar, feasts = catalogue()["calendar"], [["2024-04-08", "2024-04-15"]]
    facts = {"first": str(pd.Period("2026-10", "M") - months), "months": months, "closed": feasts + calendar["closed"]}
    facts["ramadan"] = [["2024-03-12", "2024-04-09"], *calendar["ramadan"]]
    for key, value in facts.items():
        monkeypatch.setitem(calendar, key, value)
    monkeypatch.setitem(catalogue()["surge"], "factor", 1.0)
    errors, held = [], []
    for seed in range(6):
        office, _, drawn, *_ = np.random.default_rng(seed).spawn(7)
        series = make_series(make_units("small", office), drawn)
        series["growth"] += growth - 0.02
        counts = pd.DataFrame(drawn_counts(series, drawn), pd.MultiIndex.from_frame(series[["unit_id", "service_id"]]))
        flows = (series.rhythm != "school").to_numpy()
        true = pd.Series(next_year(series), counts.index)[flows]
        services = pd.DataFrame({"service_id": sorted(set(series.service_id)), "job_id": "clerk", "norm_minutes": 9})
        rows = {key: values.to_numpy() for key, values in counts[flows].iterrows()}
        text = services.assign(name=services.service_id).to_csv(index=False)
        table = demand(tmp_path / str(seed), rows, text).table.set_index(["unit_id", "service_id"]).reindex(true.index)
        naive = counts[flows].iloc[:, -12:].sum(axis=1)
        errors.append(
            np.abs(np.log(pd.DataFrame({"ours": table.volume, "naive": naive}).clip(lower=1).div(true, axis=0)))
        )
        held.append((table.volume_low <= true) & (true <= table.volume_high))
    ours, plain = pd.concat(errors).median()
    assert ours <= most * plain
    assert pd.concat(held).mean() >= 0.88
