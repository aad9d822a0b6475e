"""``estimate_norms``: the fit where there are hours, official norms where there are none, nothing where there is neither."""

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write

UNITS = [f"U{at:02d}" for at in range(30)]


def office_tables(seed=0, official="", noise=0.15, source="timesheet", per_head=None):
    """Thirty offices with two services of 10 and 60 minutes and 200 fixed hours a year."""
    rng = np.random.default_rng(seed)
    size = rng.lognormal(0, 0.8, 30)
    letters, permits = (
        (size * 9000 * rng.lognormal(0, 0.3, 30)).round(),
        (size * 1500 * rng.lognormal(0, 0.3, 30)).round(),
    )
    hours = (letters * 10 / 60 + permits + 200) * rng.lognormal(0, noise, 30)
    heads = np.maximum(1, (hours / 1250).round()).astype(int)
    if per_head is not None:
        hours = heads * per_head
    lines = {
        "units": ["unit_id,name", *(f"{unit},{unit}" for unit in UNITS)],
        "services": ["service_id,job_id,name,norm_minutes", f"letters,clerk,L,{official and 10 * official}", f"permits,clerk,P,{official and 60 * official}"],
        "volumes": ["unit_id,service_id,period,received"]
        + [f"{unit},{name},2025,{n:.0f}" for name, ns in (("letters", letters), ("permits", permits)) for unit, n in zip(UNITS, ns, strict=True)],
        "hours": ["unit_id,job_id,period,hours,source", *(f"{unit},clerk,2025,{h:.2f},{source}" for unit, h in zip(UNITS, hours, strict=True))],
        "employees": ["employee_id,unit_id,job_id", *(f"{unit}-{at},{unit},clerk" for unit, n in zip(UNITS, heads, strict=True) for at in range(n))],
    }  # fmt: skip
    return {name: "\n".join(text) + "\n" for name, text in lines.items()}


def norms(folder, draws=0, policy=None, **tables):
    return tk.estimate_norms(tk.load(write(folder, **tables), **(policy or {})), draws=draws)


def minutes(result):
    return result.table.set_index(result.table.service_id.fillna("constant")).minutes


def test_true_norms_are_found_and_lie_in_their_intervals(tmp_path):
    result = norms(tmp_path, draws=100, **office_tables(seed=1))
    table = result.table.set_index(result.table.service_id.fillna("constant"))
    assert list(result.table.columns[:7]) == [
        "job_id",
        "service_id",
        "minutes",
        "minutes_low",
        "minutes_high",
        "official_minutes",
        "ols_minutes",
    ]
    for name, truth in {"letters": 10, "permits": 60, "constant": 200 * 60}.items():
        assert table.minutes_low[name] <= truth <= table.minutes_high[name]
        assert table.minutes_low[name] <= table.minutes[name] <= table.minutes_high[name]
    card = result.cards.iloc[0]
    assert (card.basis, card.hours, card.rows) == ("fit", "measured", 30)
    assert card.r2 > 0.8
    assert card.error_unseen < card.error_mean_hours


def test_same_seed_same_intervals_other_seed_others(tmp_path):
    tables = office_tables()
    one, two = norms(tmp_path / "1", 20, **tables), norms(tmp_path / "2", 20, **tables)
    pd.testing.assert_frame_equal(one.table, two.table)
    assert not one.table.equals(norms(tmp_path / "3", 20, policy={"seed": 1}, **tables).table)


def test_a_pull_leads_toward_the_official_norms(tmp_path):
    tables = office_tables(official=1.5, noise=0.3)
    free = minutes(norms(tmp_path / "free", policy={"norm_alpha": 0}, **tables))
    pulled = minutes(norms(tmp_path / "pulled", policy={"norm_alpha": 1e9}, **tables))
    assert pulled["letters"] == pytest.approx(15, rel=1e-3)
    assert free["letters"] < 13


def test_the_pull_is_chosen_by_units_left_out(tmp_path):
    good = norms(tmp_path / "good", **office_tables(official=1.0, noise=0.6)).cards.iloc[0]
    bad = norms(tmp_path / "bad", **office_tables(official=4.0, noise=0.05)).cards.iloc[0]
    assert good.alpha > 0
    assert good.alpha >= bad.alpha


def test_without_hours_official_norms_are_used_and_the_card_says_so(tmp_path):
    result = norms(tmp_path)
    assert minutes(result).to_dict() == {"letters": 30.0}
    assert result.cards[["basis", "hours"]].values.tolist() == [["official", "none"]]


def test_with_neither_norms_nor_hours_a_service_has_no_time(tmp_path):
    result = norms(tmp_path, services="service_id,job_id,name\nletters,clerk,Letters\n")
    assert minutes(result).isna().all()
    assert result.cards.basis.tolist() == ["none"]


def test_a_capacity_per_person_is_a_norm(tmp_path):
    result = norms(tmp_path, services="service_id,job_id,name,per_person\nletters,clerk,Letters,2500\n")
    assert minutes(result)["letters"] == pytest.approx(1250 * 60 / 2500)


@pytest.mark.parametrize("kind", ["attendance", "claimed"])
def test_hours_that_measure_no_work_are_named_and_official_norms_stand(tmp_path, kind):
    how = {"per_head": 1600.0} if kind == "attendance" else {"source": "ekinerja"}
    with_norms = norms(tmp_path / "norms", **office_tables(official=1.0, **how))
    assert with_norms.cards[["basis", "hours"]].values.tolist() == [["official", kind]]
    assert minutes(with_norms).tolist() == [10.0, 60.0]
    without = norms(tmp_path / "none", **office_tables(**how))
    assert without.cards[["basis", "hours"]].values.tolist() == [["fit", kind]]


def test_a_service_that_nobody_did_keeps_its_official_norm(tmp_path):
    tables = office_tables(official=1.0)
    tables["services"] += "stamps,clerk,S,7\n"
    result = norms(tmp_path, draws=10, **tables)
    row = result.table[result.table.service_id == "stamps"].iloc[0]
    assert (row.minutes, row.basis) == (7.0, "official")
    assert np.isnan(row.minutes_low)


def test_the_range_of_volumes_is_that_of_the_rows_that_were_fitted(tmp_path):
    tables = office_tables(official=1.0)
    tables["services"] += "stamps,clerk,S,7\n"
    tables["volumes"] += "U01,stamps,2025,0\n"
    result = norms(tmp_path / "1", **tables)
    table = result.table.set_index(result.table.service_id.fillna("constant"))
    done = pd.read_csv(tmp_path / "1" / "volumes.csv").groupby("service_id").received
    for name in ("letters", "permits"):
        assert (table.volume_least[name], table.volume_most[name]) == (done.min()[name], done.max()[name])
    assert table.loc[["stamps", "constant"], ["volume_least", "volume_most"]].isna().all(axis=None)
    largest = tables["volumes"].splitlines()[1:31]
    office = max(largest, key=lambda line: float(line.split(",")[3])).split(",")[0]
    unseen = "\n".join(line for line in tables["hours"].splitlines() if not line.startswith(office)) + "\n"
    without = norms(tmp_path / "2", **{**tables, "hours": unseen}).table.set_index("service_id")
    assert without.volume_most["letters"] < table.volume_most["letters"]
    official = norms(tmp_path / "3", **{**tables, "hours": None}).table
    assert official[["volume_least", "volume_most"]].isna().all(axis=None)


def test_unreported_services_of_a_reporting_unit_count_as_none(tmp_path):
    tables = office_tables()
    kept = [line for line in tables["volumes"].splitlines() if not line.startswith("U00,permits")]
    zero = [
        line if not line.startswith("U00,permits") else "U00,permits,2025,0" for line in tables["volumes"].splitlines()
    ]
    left_out = norms(tmp_path / "1", **{**tables, "volumes": "\n".join(kept)})
    written = norms(tmp_path / "2", **{**tables, "volumes": "\n".join(zero)})
    assert minutes(left_out).tolist() == minutes(written).tolist()


def panel(seed=0, offices=8, pace=0.15, odd=1.0, few=False):
    """Monthly tables of offices that each keep a pace of their own; the first at ``odd`` times it."""
    rng = np.random.default_rng(seed)
    lines = {
        "units": ["unit_id,name"], "volumes": ["unit_id,service_id,period,received"], "hours": ["unit_id,job_id,period,hours"],
        "services": ["service_id,job_id,name", "letters,clerk,L", "permits,clerk,P"], "employees": ["employee_id,unit_id,job_id"],
    }  # fmt: skip
    paces = rng.lognormal(0, pace, offices)
    paces = np.exp(np.log(paces) - np.log(paces).mean()) * np.where(np.arange(offices) == 0, odd, 1.0)
    for at in range(offices):
        lines["units"].append(f"U{at},U{at}")
        lines["employees"].append(f"p{at},U{at},clerk")
        size, mix = rng.uniform(0.5, 3), rng.lognormal(0, 0.1)
        for month in [f"{year}-{m:02d}" for year in (2024, 2025) for m in range(1, 13)]:
            letters, permits = rng.poisson(600 * size * mix), rng.poisson(90 * size / mix)
            hours = paces[at] * (letters * 10 / 60 + permits + 15) * rng.lognormal(0, 0.02)
            lines["volumes"] += [f"U{at},letters,{month},{letters}", f"U{at},permits,{month},{permits}"]
            lines["hours"].append(f"U{at},clerk,{month},{hours:.2f}")
    return {name: "\n".join(text) + "\n" for name, text in lines.items()}


def test_offices_may_keep_a_pace_of_their_own(tmp_path):
    found = []
    for seed in range(5):
        got = minutes(norms(tmp_path / str(seed), **panel(seed)))
        found.append([abs(got["letters"] / 10 - 1), abs(got["permits"] / 60 - 1)])
    assert np.median(found) < 0.1


def test_a_robust_fit_is_led_astray_less_by_an_outlying_office(tmp_path):
    tables = office_tables(noise=0.1)
    rows = tables["hours"].splitlines()
    spoiled = [
        line.replace(line.split(",")[3], f"{float(line.split(',')[3]) * 3:.2f}")
        if line[:3] in ("U05", "U07", "U11")
        else line
        for line in rows
    ]
    tables["hours"] = "\n".join(spoiled) + "\n"
    off = {}
    for how in ("size", "robust"):
        got = minutes(norms(tmp_path / how, policy={"norm_weights": how}, **tables))
        off[how] = abs(got["letters"] / 10 - 1) + abs(got["permits"] / 60 - 1)
    assert off["robust"] < off["size"]


def test_few_offices_draw_months_and_leave_room_for_their_pace(tmp_path):
    held = []
    for seed in range(6):
        result = norms(tmp_path / str(seed), draws=100, **panel(seed, offices=3, pace=0.08))
        assert result.cards.units[0] == 3
        table = result.table.set_index("service_id").loc[["letters", "permits"]]
        held += ((table.minutes_low <= [10, 60]) & (table.minutes_high >= [10, 60])).tolist()
    assert np.mean(held) >= 0.7


def test_hours_of_main_tasks_are_taken_off_before_volumes_explain_the_rest(tmp_path):
    tables = office_tables(noise=0.02)
    with_tasks = {**tables, "tasks": "job_id,task,volume,norm_minutes,per\nclerk,meetings,200,60,year\n"}
    found = minutes(norms(tmp_path, **with_tasks))
    assert found["letters"] == pytest.approx(10, rel=0.1)
    assert found["constant"] == 0


def test_hours_at_the_cap_are_distinguished_from_attendance_and_good_for_a_fit(tmp_path):
    tables = office_tables(official=1.0, per_head=1250.0)
    completed = [
        line + (",completed" if at == 0 else f",{int(line.split(',')[3]) * 0.8:.0f}")
        for at, line in enumerate(tables["volumes"].splitlines())
    ]
    capped = norms(tmp_path / "capped", **{**tables, "volumes": "\n".join(completed) + "\n"})
    assert capped.cards[["basis", "hours"]].values.tolist() == [["fit", "capped"]]
    assert norms(tmp_path / "plain", **tables).cards.hours.tolist() == ["attendance"]


def test_a_card_passes_or_names_what_it_fails(tmp_path):
    good = norms(tmp_path / "good", **office_tables()).cards.iloc[0]
    assert (good.accepted, good.fails) == (True, "")
    tables = office_tables()
    hours = [line.rsplit(",", 2) for line in tables["hours"].splitlines()[1:]]
    mixed = np.random.default_rng(1).permutation([each[1] for each in hours])
    tables["hours"] = "unit_id,job_id,period,hours,source\n" + "".join(
        f"{each[0]},{value},{each[2]}\n" for each, value in zip(hours, mixed, strict=True)
    )
    bad = norms(tmp_path / "bad", **tables).cards.iloc[0]
    assert not bad.accepted
    assert {"r2", "v"} <= set(bad.fails.split(";"))


def filled(periods=12, undone=0):
    """Six offices whose letters take half an hour; P records its people's 150 hours a month and more, whatever comes."""
    rng = np.random.default_rng(2)
    months = [f"2025-{at:02d}" for at in range(1, periods + 1)]
    letters = {unit: rng.integers(150, 350, periods) for unit in "ABCDEP"}
    worked = {unit: done / 2 * rng.lognormal(0, 0.03, periods) for unit, done in letters.items()}
    worked["P"] = 190 * rng.lognormal(0, 0.03, periods)
    rows = [(unit, month, at) for unit in "ABCDEP" for at, month in enumerate(months)]
    return {
        "units": "unit_id,name\n" + "".join(f"{unit},{unit}\n" for unit in "ABCDEP"),
        "employees": "employee_id,unit_id,job_id\n" + "".join(f"{u}{at},{u},clerk\n" for u in "ABCDEP" for at in "12"),
        "volumes": "unit_id,service_id,period,received,completed\n" + "".join(f"{u},letters,{m},{letters[u][at] + undone * (u == 'P')},{letters[u][at]}\n" for u, m, at in rows),
        "hours": "unit_id,job_id,period,hours\n" + "".join(f"{u},clerk,{m},{worked[u][at]:.1f}\n" for u, m, at in rows),
    }  # fmt: skip


def test_hours_that_fill_the_day_are_named_left_out_and_no_measure_of_need(tmp_path):
    data = tk.load(write(tmp_path, **filled()))
    result = tk.estimate_norms(data, draws=20)
    assert result.padded.values.tolist() == [["P", "clerk"]]
    assert result.cards[["padded", "units"]].values.tolist() == [["P", 5]]
    assert minutes(result)["letters"] == pytest.approx(30, rel=0.05)
    need = tk.staff_need(data, result, tk.forecast_demand(data)).table.set_index("unit_id")
    assert need.evidence.to_dict() == {**dict.fromkeys("ABCDE", "A"), "P": "B"}
    assert need.need_fte["P"] * 1250 < 0.8 * data.hours.query("unit_id == 'P'").hours.sum()


@pytest.mark.parametrize("few_or_undone", [{"periods": 7}, {"undone": 5}])
def test_who_reports_few_periods_or_leaves_work_undone_fills_no_day(tmp_path, few_or_undone):
    assert norms(tmp_path, **filled(**few_or_undone)).padded.empty


def test_cards_and_table_have_the_same_columns_and_dtypes_whatever_the_jobs_rest_on(tmp_path):
    post = {"jobs": "job_id,name,method\nclerk,Clerk,post\n", "posts": "unit_id,job_id,official_need\nA,clerk,1\n"}
    fitted = norms(tmp_path / "fit", 3, **office_tables())
    official = norms(tmp_path / "official", 3)
    nothing = norms(tmp_path / "nothing", 3, **post)
    assert (len(fitted.cards), len(official.cards), len(nothing.cards)) == (1, 1, 0)
    for other in (official, nothing):
        assert other.cards.dtypes.to_dict() == fitted.cards.dtypes.to_dict()
        assert list(other.cards) == list(fitted.cards)
        assert other.table.dtypes.to_dict() == fitted.table.dtypes.to_dict()
        assert list(other.table) == list(fitted.table)
        assert other.draws.shape == (3, len(other.table))
        assert other.draws.dtype == fitted.draws.dtype
        assert other.padded.empty
        assert list(other.padded) == ["unit_id", "job_id"]
    assert fitted.cards.accepted.dtype == "boolean"
    assert fitted.cards.units.dtype == "Int64"
    assert official.cards.loc[0, ["accepted", "units", "alpha", "fails", "padded"]].isna().all()
    assert nothing.summary.empty


def test_norms_are_shown_in_short(tmp_path):
    result = norms(tmp_path)
    assert repr(result) == "<Norms: table=1 rows, cards=1 rows, others=0 rows, ratios=0 rows>"
    assert "letters" in result._repr_html_()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("data/sample",), "estimate_norms needs the Data that tk.load returns in this place, and got str"),
        ((None, -1), r"estimate_norms: draws = -1 is not a whole number of 0 or more"),
        ((None, 2.5), r"estimate_norms: draws = 2.5 is not a whole number of 0 or more"),
    ],
)
def test_wrong_arguments_are_answered_by_a_sentence(tmp_path, arguments, message):
    data, *draws = arguments
    with pytest.raises(tk.ArgumentError, match=message):
        tk.estimate_norms(tk.load(write(tmp_path)) if data is None else data, *draws)


def test_a_job_needs_more_rows_than_norms_and_some_hours_for_a_fit(tmp_path):
    header = "unit_id,job_id,period,hours\n"
    volumes = "unit_id,service_id,period,received\nA,letters,2025,2500\nB,letters,2025,7500\nC,letters,2025,4000\n"
    three = header + "A,clerk,2025,1300\nB,clerk,2025,3700\nC,clerk,2025,2100\n"
    two = header + "A,clerk,2025,1300\nB,clerk,2025,3700\n"
    zero = header + "A,clerk,2025,0\nB,clerk,2025,0\nC,clerk,2025,0\n"
    cards = [
        norms(tmp_path / str(at), volumes=volumes, hours=hours).cards.iloc[0]
        for at, hours in enumerate((three, two, zero))
    ]
    assert [(card.basis, card.hours, card.rows) for card in cards] == [
        ("fit", "measured", 3),
        ("official", "measured", 2),
        ("official", "measured", 3),
    ]


def test_an_interval_is_the_middle_ninety_percent_of_the_draws(tmp_path):
    result = norms(tmp_path, 40, **office_tables())
    assert result.draws.shape == (40, 3)
    low, high = np.quantile(result.draws, [0.05, 0.95], axis=0)
    assert result.table.minutes_low.to_numpy() == pytest.approx(low)
    assert result.table.minutes_high.to_numpy() == pytest.approx(high)
    assert norms(tmp_path, 0, **office_tables()).table.minutes_low.isna().all()


def test_only_jobs_whose_need_comes_from_work_have_norms(tmp_path):
    jobs = "job_id,name,method\nclerk,C,abk\nnurse,N,abk_kes\nmidwife,M,wisn\nteacher,T,ratio\nguard,G,coverage\nhead,H,post\n"
    services = "service_id,job_id,name,norm_minutes\n" + "".join(
        f"of_{job},{job},s,5\n" for job in ("clerk", "nurse", "midwife")
    )
    services += "of_teacher,teacher,s,\n"
    result = norms(tmp_path, jobs=jobs, services=services.replace("of_teacher", "letters"))
    assert result.cards.job_id.tolist() == ["clerk", "midwife", "nurse"]


def test_hours_without_any_volume_are_left_out_and_an_idle_office_without_hours_stays(tmp_path):
    tables = office_tables()
    whole = norms(tmp_path / "whole", **tables)
    unit = tables["units"].splitlines()[1].split(",")[0]
    lines = tables["volumes"].splitlines()
    zeroed = [",".join([*line.split(",")[:3], "0"]) if line.startswith(f"{unit},") else line for line in lines]
    found = norms(tmp_path / "zero", **{**tables, "volumes": "\n".join(zeroed)})
    kept = [line for line in tables["hours"].splitlines() if not line.startswith(f"{unit},")]
    without = norms(tmp_path / "without", **{**tables, "hours": "\n".join(kept)})
    assert (found.cards.rows[0], found.cards.without_volume[0], whole.cards.without_volume[0]) == (29, 1, 0)
    assert found.table.minutes.tolist() == without.table.minutes.tolist()
