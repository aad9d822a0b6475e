"""``forecast_demand``: months carried into the next year, by working days and season."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toolkit as tk
from tests.tables import write
from toolkit.need.workdays import working_days

MONTHS = pd.period_range("2024-10", "2026-09", freq="M").astype(str)
DAYS = working_days(pd.Index(MONTHS))
SEASON = np.tile([1.0, 1.0, 0.5, 1.0, 1.0, 0.8, 1.2, 1.0, 1.0, 2.0, 1.5, 1.0], 2)


def demand(folder, received, services="service_id,job_id,name,norm_minutes\nletters,clerk,Letters,30\n", **tables):
    """``received``: (unit, service) -> 24 numbers, None for a month that was not reported."""
    rows = [
        f"{unit},{service},{month},{value}"
        for (unit, service), values in received.items()
        for month, value in zip(MONTHS, values, strict=True)
        if value is not None
    ]
    folder = write(
        folder, volumes="\n".join(["unit_id,service_id,period,received", *rows]) + "\n", services=services, **tables
    )
    return tk.forecast_demand(tk.load(folder))


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


def test_what_a_reporting_unit_does_not_list_was_not_done(tmp_path):
    services = "service_id,job_id,name,norm_minutes\nletters,clerk,L,30\ncards,clerk,C,10\n"
    received = {("A", "letters"): [10.0] * 24, ("A", "cards"): [None] * 18 + [30.0] * 6}
    result = demand(tmp_path, received, services)
    volume = result.table.set_index("service_id").volume
    assert volume["cards"] == pytest.approx(volume["letters"] * 180 / 120)


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


@settings(max_examples=25, deadline=None)
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
