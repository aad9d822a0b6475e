"""What cards of norms, surges and surpluses say in sentences."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import BASE, write
from toolkit.need.statements import card_lines, surge_lines, surplus_lines


@pytest.mark.parametrize("lang", ["en", "id"])
def test_every_card_is_said_in_a_sentence(sample_need, lang):
    lines = card_lines(sample_need.norms, lang)
    assert len(lines) == len(sample_need.norms.cards)
    assert not any("{" in line for line in lines)
    assert any(("accepted" if lang == "en" else "diterima") in line for line in lines)
    surges = surge_lines(sample_need.demand, lang)
    assert len(surges) == 6 + 1
    assert ("does not see" if lang == "en" else "tidak terlihat") in surges[-1]


def test_a_surplus_is_claimed_only_where_no_admitted_norm_would_deny_it(sample_need):
    need = sample_need.table
    policy = sample_need.data.policy.with_(surplus_beyond="norms")
    lines = surplus_lines(replace(sample_need, data=replace(sample_need.data, policy=policy)), "en")
    assert lines
    assert all("under every norm that fits the data" in line for line in lines)
    fitted = need[need.need_most.notna()]
    assert (fitted.need_least <= fitted.need_fte + 1e-9).all()
    assert (fitted.need_fte <= fitted.need_most + 1e-9).all()
    assert set(fitted.bound) == {"work"}
    above = need.staff >= np.ceil(need[["need_most", "need_high"]].max(axis=1)) + 1
    assert len(lines) == (above & (need.own_share <= 0.2) & ~need.doubt.str.contains("fall")).sum()
    # beyond peers as well, which is the default: fewer, and last a sentence on chance
    strict = surplus_lines(sample_need, "en")
    assert len(strict) <= len(lines)
    assert not strict or "by chance alone" in strict[-1]


def test_of_an_office_that_decides_its_own_norm_or_whose_work_fell_no_surplus_is_said(sample_need):
    need = sample_need.table
    place = need.index[need.need_most.notna() & (need.own_share <= 0.2) & (need.doubt == "")][0]
    for changes, said in (({}, 2), ({"own_share": 0.21}, 0), ({"need_peers": 500.0}, 0), ({"need_peers": np.nan}, 0)):
        table = need.assign(staff=0.0)
        table.loc[place, ["staff", *changes]] = [400.0, *changes.values()]
        assert len(surplus_lines(replace(sample_need, table=table), "en")) == said
    table = need.assign(staff=0.0)
    table.loc[place, "staff"] = 400.0
    fell = {"unit_id": table.unit_id[place], "job_id": table.job_id[place], "what": "fall", "confirmed_by": ""}
    doubts = pd.concat([sample_need.doubts, pd.DataFrame([fell])])
    assert surplus_lines(replace(sample_need, table=table, doubts=doubts), "en") == []


def test_without_norms_and_hours_the_card_says_so(tmp_path):
    data = tk.load(write(tmp_path, services=BASE["services"].replace("30", "")))
    assert "have no time" in card_lines(tk.estimate_norms(data), "en")[0]


def test_official_norms_alone_are_no_proof_of_a_surplus(tmp_path):
    data = tk.load(write(tmp_path))
    need = tk.staff_need(data, tk.estimate_norms(data, draws=5), tk.forecast_demand(data))
    assert need.table.need_high.notna().any()  # drawn, but no norm was estimated
    assert need.table.need_most.isna().all()
    assert surplus_lines(need, "en") == []


def test_surges_are_listed_from_the_largest_down(sample_need):
    factors = [float(line.split(" times")[0].split()[-1]) for line in surge_lines(sample_need.demand, "en")]
    assert factors == sorted(factors, reverse=True)
    assert factors[0] > factors[-1]
