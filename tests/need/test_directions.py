"""Directions: more work, or longer work, never lowers need; more non-ASN never raise the load. At given norms.

A new fit may share the hours among services in another way: then one office gains what another loses.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import toolkit as tk
from tests.agencies import UNITS, write_agency
from toolkit.common.calendar import working_days

NEEDS = ["need_fte", "need_low", "need_high", "need_least", "need_most"]
COMPONENTS = {"abk": ["main"], "abk_kes": ["main", "support"], "wisn": ["main", "support", "additional"]}
SEEDS = st.integers(0, 9)
METHODS = st.sampled_from(list(COMPONENTS))


@pytest.fixture(scope="module")
def agency(tmp_path_factory):
    """Return a maker of agencies: seed and method -> data, norms; official norms, a fit, a capacity, tasks, minima."""
    made = {}

    def make(seed, method):
        if (seed, method) not in made:
            folder = write_agency(tmp_path_factory.mktemp("agency"), seed)
            rng = np.random.default_rng(seed)
            services = "service_id,job_id,name,norm_minutes,per_person\nletters,clerk_1,L,12,\npermits,clerk_1,P,,900\nvisits,nurse,V,20,\n"
            (folder / "services.csv").write_text(services, encoding="utf-8")
            jobs = pd.read_csv(folder / "jobs.csv").assign(method=method)
            jobs.to_csv(folder / "jobs.csv", index=False)
            rows = [(unit, job, f"{part} {at}", part, rng.integers(1, 9), rng.integers(5, 60), per)
                    for at, (unit, per) in enumerate(zip(rng.choice(UNITS, 4), ("week", "month", "year", "year"), strict=True))
                    for job in ("clerk_1", "nurse") for part in COMPONENTS[method]]  # fmt: skip
            tasks = pd.DataFrame(
                rows, columns=["unit_id", "job_id", "task", "component", "volume", "norm_minutes", "per"]
            )
            tasks[tasks.job_id == "clerk_1"].to_csv(folder / "tasks.csv", index=False)  # a nurse keeps the constant
            visits = pd.read_csv(folder / "volumes.csv").query("service_id == 'visits'")
            hours = visits.received * 0.3 * rng.lognormal(0, 0.3, len(visits)) + 200
            pd.DataFrame({"unit_id": visits.unit_id, "job_id": "nurse", "period": "2025", "hours": hours}).to_csv(
                folder / "hours.csv", index=False
            )
            data = tk.load(folder)
            made[seed, method] = data, tk.estimate_norms(data, draws=40)
        return made[seed, method]

    return make


def need(data, norms):
    return tk.staff_need(data, norms, tk.forecast_demand(data)).table


def changed(data, name, column, factor, at=None):
    """The data with one row (or, without ``at``, all) of a column multiplied."""
    table = data.tables[name].copy()
    rows = table.index if at is None else table.index[[at % len(table)]]
    table[column] = table[column].astype("float64")
    table.loc[rows, column] *= factor
    return replace(data, tables={**data.tables, name: table})


def never_lower(after, before):
    for column in NEEDS:
        known = before[column].notna()
        assert after[column].notna().equals(known)
        assert (after[column][known] >= before[column][known] - 1e-9).all(), column
    assert (after.need_rounded >= before.need_rounded)[before.need_rounded.notna()].all()


@settings(max_examples=12, deadline=None)
@given(seed=SEEDS, method=METHODS, row=st.integers(0, 3), by=st.floats(0, 100), drawn=st.booleans())
def test_a_higher_norm_never_lowers_any_need(agency, seed, method, row, by, drawn):
    """One row of norms.table, the constant of a fit too; its draws lifted with it, or not."""
    data, norms = agency(seed, method)
    assert set(norms.table.basis) == {"fit", "official"}
    lift = np.where(np.arange(len(norms.table)) == row, by, 0.0)
    higher = replace(
        norms, table=norms.table.assign(minutes=norms.table.minutes + lift), draws=norms.draws + lift * drawn
    )
    before = need(data, norms)
    never_lower(need(data, higher), before)
    if by >= 1 and drawn:
        assert (need(data, higher).need_fte > before.need_fte).any()


@settings(max_examples=12, deadline=None)
@given(
    seed=SEEDS, method=METHODS, at=st.integers(0, 99), factor=st.floats(1, 1.5),
    what=st.sampled_from([("tasks", "norm_minutes"), ("tasks", "volume"), ("services", "per_person"), ("services", "norm_minutes"), ("posts", "min_staff"), ("posts", "official_need")]),
)  # fmt: skip
def test_longer_tasks_smaller_capacities_and_higher_official_figures_never_lower_need(
    agency, seed, method, at, factor, what
):
    """Main, support and additional tasks under abk, abk_kes, wisn. The fit of the other job stands as it is."""
    data, norms = agency(seed, method)
    more = changed(data, *what, 1 / factor if what[1] == "per_person" else factor, at)
    again = norms if what[0] != "services" else tk.estimate_norms(more, draws=40)
    fitted = norms.table.basis == "fit"
    same = norms.table.assign(minutes=norms.table.minutes.where(fitted, again.table.minutes))
    draws = np.where(fitted, norms.draws, again.draws)
    never_lower(need(more, replace(norms, table=same, draws=draws)), need(data, norms))


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, method=METHODS, at=st.integers(0, 99), factor=st.floats(1, 3))
def test_more_volume_of_a_year_never_lowers_need_and_touches_no_other_office(agency, seed, method, at, factor):
    data, norms = agency(seed, method)
    more, before = need(changed(data, "volumes", "received", factor, at), norms), need(data, norms)
    never_lower(more, before)
    other = before.unit_id != data.volumes.unit_id.iloc[at % len(data.volumes)]
    # whether an office is out of line depends on its peers
    assert_same_need(more[other], before[other])


def assert_same_need(after, before):
    """All columns of the need but whether it is doubtful."""
    doubt = ["doubt", "confirmed_by"]
    pd.testing.assert_frame_equal(after.drop(columns=doubt), before.drop(columns=doubt))


def monthly(data, seed, months):
    """The data with ``months`` of volumes for its yearly ones."""
    when = pd.period_range(end="2025-12", periods=months, freq="M").astype(str)
    rng, days = np.random.default_rng(seed), working_days(pd.Index(when)).to_numpy()
    parts = [data.volumes[["unit_id", "service_id"]].assign(
        period=period, completed=np.nan, received=rng.poisson(data.volumes.received * days[at] / 240 * 1.1 ** (at / 12)).astype(float),
    ) for at, period in enumerate(when)]  # fmt: skip
    table = pd.concat(parts).sort_values(["unit_id", "service_id", "period"], ignore_index=True)
    return replace(data, tables={**data.tables, "volumes": table})


@settings(max_examples=6, deadline=None)
@given(
    seed=SEEDS, months=st.sampled_from([14, 24, 36]), unit=st.sampled_from(UNITS[:6]), factor=st.floats(1.0, 3.0),
    last=st.booleans(), service=st.sampled_from([None, "letters", "visits"]),
)  # fmt: skip
def test_more_volume_of_months_never_lowers_the_need_of_its_office(agency, seed, months, unit, factor, last, service):
    """The whole record of an office, or of one service of it, scaled, or its last twelve months alone."""
    data, norms = agency(seed, "wisn")
    data = monthly(data, seed, months)
    rows = (data.volumes.unit_id == unit) & ((data.volumes.service_id == service) | (service is None))
    rows &= (data.volumes.period >= "2025-01") | (not last)
    scaled = data.volumes.assign(received=data.volumes.received.where(~rows, (data.volumes.received * factor).round()))
    more = replace(data, tables={**data.tables, "volumes": scaled})
    before, after = need(data, norms), need(more, norms)
    own = before.unit_id == unit
    calm = [tk.forecast_demand(each).table.surge_since.isna().all() for each in (data, more)]
    if all(calm):
        assert (after.need_fte >= before.need_fte - 1e-9)[own & before.need_fte.notna()].all()


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS, method=METHODS, at=st.integers(0, 99), more=st.floats(0.1, 5))
def test_more_non_asn_never_raise_the_load(agency, seed, method, at, more):
    """In a job that the office has: the need and the load of ASN stand, the load with others falls."""
    data, norms = agency(seed, method)
    before = need(data, norms)
    row = before.iloc[at % len(before)]
    added = pd.DataFrame({"unit_id": [row.unit_id], "job_id": [row.job_id], "fte": [more]})
    tables = {**data.tables, "others": pd.concat([data.others, added], ignore_index=True)}
    found = tk.staff_need(replace(data, tables=tables), norms, tk.forecast_demand(data))
    after, here = found.table, (before.unit_id == row.unit_id) & (before.job_id == row.job_id)
    same = [name for name in before if name not in ("others", "load_with_others")]
    assert_same_need(after[same], before[same])
    assert_same_need(after[~here], before[~here])
    if row.need_fte > 0 and row.evidence != "shared":
        assert (after.load_with_others[here] < (row.load_with_others if row.staff + row.others > 0 else np.inf)).all()
