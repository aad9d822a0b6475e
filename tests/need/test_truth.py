"""Against the truth of synthetic agencies: norms beat the official ones and plain NNLS, intervals hold what they promise."""

import json
import time

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from toolkit.cli import main
from toolkit.need.job_sample import sample_of
from toolkit.need.regression import TimeNormRegressor
from toolkit.sample.agency import make_sample
from toolkit.sample.facts import catalogue


def test_the_truth_is_written_beside_and_changes_no_byte(tmp_path):
    assert main(["sample", "--seed", "3", "--out", str(tmp_path / "a"), "--truth", str(tmp_path / "t.json")]) == 0
    plain = make_sample(tmp_path / "b", seed=3)
    for file in plain.iterdir():
        assert file.read_bytes() == (tmp_path / "a" / file.name).read_bytes()
    truth = json.loads((tmp_path / "t.json").read_text(encoding="utf-8"))
    services = pd.read_csv(plain / "services.csv")
    norms = pd.DataFrame(truth["norms"]).dropna(subset="service_id")
    timed = services[services.norm_minutes.notna()]
    assert set(zip(norms.job_id, norms.service_id, strict=True)) == set(
        zip(timed.job_id, timed.service_id, strict=True)
    )
    assert {each["unit_id"] for each in truth["surges"]} == {"DUKCAPIL"}
    need = pd.DataFrame(truth["need"])
    assert (need.need_fte > 0).all()
    assert not need.duplicated(["unit_id", "job_id"]).any()


def measured(folder, seed):
    """Relative errors of norms (ours, official, NNLS), and whether the intervals of need hold the true need."""
    file = folder / f"{seed}.json"
    data = tk.load(make_sample(folder / str(seed), seed=seed, truth=file))
    truth = {name: pd.DataFrame(rows) for name, rows in json.loads(file.read_text(encoding="utf-8")).items()}
    norms = tk.estimate_norms(data)
    fitted = norms.table[(norms.table.basis == "fit") & norms.table.service_id.notna()]
    plain = []
    for job, services in data.services[data.services.job_id.isin(fitted.job_id)].groupby("job_id"):
        sample = sample_of(data, job, services.service_id.tolist(), services.norm_minutes.to_numpy() / 60)
        minutes = TimeNormRegressor().fit(sample.X, sample.y).coef_ * 60
        plain.append(pd.DataFrame({"job_id": job, "service_id": sample.services, "nnls": minutes}))
    both = fitted.merge(truth["norms"], on=["job_id", "service_id"], suffixes=("", "_true")).merge(pd.concat(plain))
    errors = (both[["minutes", "official_minutes", "nnls"]].div(both.minutes_true, axis=0) - 1).abs()
    need = tk.staff_need(data, norms, tk.forecast_demand(data)).table
    need = need[need.bound == "work"].merge(truth["need"], on=["unit_id", "job_id"], suffixes=("", "_true"))
    held = (need.need_low <= need.need_fte_true) & (need.need_fte_true <= need.need_high)
    return errors, held, beyond_peers(norms, need, truth["padded"])


def beyond_peers(norms, need, padded):
    """Whether each honest office would be said to have a surplus if it had exactly the people that its own hours ask for."""
    spent = (
        norms.data.hours.merge(need[["unit_id", "job_id"]]).groupby(["unit_id", "job_id"], as_index=False).hours.mean()
    )
    rows = need.merge(spent.assign(people=12 * spent.hours / 1250), on=["unit_id", "job_id"], suffixes=("", "_spent"))
    honest = ~pd.MultiIndex.from_frame(rows[["unit_id", "job_id"]]).isin(
        pd.MultiIndex.from_frame(padded[["unit_id", "job_id"]])
    )
    rows = rows[honest & rows.need_peers.notna() & (rows.own_share <= 0.2)]
    most = rows[["need_most", "need_high", "need_peers"]].max(axis=1)
    return np.ceil(rows.people) >= np.ceil(most) + 1


@pytest.mark.slow
def test_norms_halve_the_error_of_the_official_ones_and_intervals_hold_nine_in_ten(tmp_path):
    errors, held, false = zip(*(measured(tmp_path, seed) for seed in range(20)), strict=True)
    ours, official, nnls = pd.concat(errors).median()
    assert ours <= 0.065
    assert ours <= official / 2
    assert ours < nnls
    assert np.concatenate(false).mean() <= 0.05
    assert 0.88 <= np.concatenate(held).mean() <= 0.93


def named(folder, seed):
    """Offices and jobs whose hours were found to fill the day, those where they do, and all that a fit looked at."""
    file = folder / f"{seed}.json"
    data = tk.load(make_sample(folder / str(seed), seed=seed, truth=file))
    truth = {(each["unit_id"], each["job_id"]) for each in json.loads(file.read_text(encoding="utf-8"))["padded"]}
    norms = tk.estimate_norms(data, draws=0)
    looked = data.hours[data.hours.job_id.isin(norms.cards.job_id[norms.cards.basis == "fit"])]
    return (
        set(norms.padded.itertuples(index=False, name=None)),
        truth,
        set(zip(looked.unit_id, looked.job_id, strict=True)),
    )


@pytest.mark.slow
def test_hours_that_fill_the_day_are_found_and_few_others(tmp_path):
    found, padded, looked = zip(*(named(tmp_path, seed) for seed in range(10)), strict=True)
    right = sum(len(a & b) for a, b in zip(found, padded, strict=True))
    assert right >= 0.9 * sum(map(len, padded)) > 50
    honest = sum(len(a - b) for a, b in zip(looked, padded, strict=True))
    assert sum(map(len, found)) - right <= 0.05 * honest


@pytest.mark.slow
@pytest.mark.parametrize("noise", [0.03, 0.1])
def test_where_nobody_fills_the_day_hardly_anybody_is_named(tmp_path, monkeypatch, noise):
    monkeypatch.setitem(catalogue()["chance"], "padding", 0.0)
    monkeypatch.setitem(catalogue()["chance"], "hours", noise)
    found, padded, looked = zip(*(named(tmp_path, seed) for seed in range(10)), strict=True)
    assert not any(padded)
    assert sum(map(len, found)) <= 0.05 * sum(map(len, looked))


@pytest.mark.slow
def test_the_norms_of_a_city_take_under_five_seconds(tmp_path):
    data = tk.load(make_sample(tmp_path / "city", seed=7, size="city"))
    began = time.process_time()
    tk.estimate_norms(data, draws=200)
    assert time.process_time() - began < 5
