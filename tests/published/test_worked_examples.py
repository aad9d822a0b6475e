"""Every worked example of the manuals, from tables to need: data/published holds inputs and printed results."""

from pathlib import Path

import pandas as pd
import pytest

import toolkit as tk
from tests.tables import write
from toolkit.intake.policy import Policy
from toolkit.need.job_map import peta_jabatan, projection

PUBLISHED = Path(tk.__file__).parents[1] / "data" / "published"
PRINTED = pd.read_csv(PUBLISHED / "printed.csv", dtype={"printed": "str"})
LINES = [pytest.param(row, id=f"{row.unit_id}-{row.what}-{row.Index}") for row in PRINTED.itertuples()]
YEARS = {  # days a year, hours of a day, a week and a year; a week of six days has to be named
    "A9: Perka BKN 19/2011": (240, 5, 25, 1200, {}),
    "K1: ABK-Kes, five days": (260 - (12 + 19 + 5 + 12), 5.25, 0.70 * 37.5, 1113, {}),
    "K1: ABK-Kes, six days": (312 - (12 + 19 + 5 + 12), 4.375, 0.70 * 37.5, 1155, {"hours_per_week": 26.25}),
    "W1: WISN": (260 - (15 + 12 + 6 + 5), 7.5, 37.5, 1665, {}),
}


def needed(folder, **policy):
    data = tk.load(folder, **policy)
    return tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))


@pytest.fixture(scope="module")
def needs():
    return {name: needed(PUBLISHED / name) for name in ("abk", "abk_kes", "wisn")}


@pytest.fixture(scope="module")
def ours(needs):
    """One number for each office, job and name of a number."""
    abk = needs["abk"]
    last = projection(abk).query("year == 5")[["unit_id", "job_id", "gap"]]
    after = tk.balance(abk, tk.allowed_moves(abk.data, abk)).cells[["unit_id", "load_after"]]
    table = pd.concat([need.table for need in needs.values()])
    table = table.merge(last, how="left").merge(after[after.unit_id.str.startswith("T")], how="left")
    return table.melt(["unit_id", "job_id"], PRINTED.what.unique()).set_index(["unit_id", "job_id", "variable"]).value


@pytest.mark.parametrize("line", LINES)
def test_the_toolkit_gives_what_is_reckoned_by_hand_from_the_inputs(ours, line):
    assert ours[line.unit_id, line.job_id, line.what] == pytest.approx(line.by_hand, abs=5.1e-5)


def test_a_printed_number_is_ours_to_its_last_digit_but_for_two_misprints(ours):
    printed = PRINTED.dropna(subset=["printed"])
    digits = printed.printed.str.partition(".")[2].str.len()
    found = ours[list(printed[["unit_id", "job_id", "what"]].itertuples(index=False, name=None))].to_numpy()
    wrong = printed[(printed.printed.astype(float) - found).abs() > 0.5 * 10.0**-digits + 1e-9]
    assert wrong[["unit_id", "printed"]].values.tolist() == [["A4", "0.75"], ["K2-JKT", "2.79"]]


def test_every_office_of_the_examples_is_held_to_a_number(needs):
    offices = pd.concat([need.data.units for need in needs.values()]).unit_id
    assert set(offices) == set(PRINTED.unit_id)


def test_the_allowances_of_health_staff(needs):
    """K5: FTP 17.36 % is STP 1.21. W2: CAF 1.17485, IAF 0.05285, difference +2.2195, ratio 1.4643."""
    kes, wisn = (needs[name].table.set_index("unit_id") for name in ("abk_kes", "wisn"))
    assert kes.need_fte["K2"] / kes.need_fte["K2-JKT"] == pytest.approx(1.21, abs=5e-3)
    assert wisn.need_fte["W2-CAF"] / wisn.need_fte["W2-SW"] == pytest.approx(1.17485, abs=5e-6)
    assert wisn.need_fte["W2"] - wisn.need_fte["W2-CAF"] == pytest.approx(0.05285, abs=5e-6)
    assert wisn.staff["W2"] - wisn.need_fte["W2"] == pytest.approx(2.2195, abs=5e-5)
    assert 1 / wisn.load_ratio["W2"] == pytest.approx(1.4643, abs=5e-5)


def test_each_kind_of_care_of_the_midwives_is_as_printed(tmp_path):
    tables = {
        name: (PUBLISHED / "abk_kes" / f"{name}.csv").read_text(encoding="utf-8") for name in ("jobs", "services")
    }
    kinds = pd.read_csv(PUBLISHED / "abk_kes" / "volumes.csv").query("unit_id == 'K2'")
    kinds = kinds.assign(unit_id=kinds.service_id)
    folder = write(
        tmp_path, **tables, volumes=kinds.to_csv(index=False),
        units=kinds[["unit_id"]].assign(name="one kind of care").to_csv(index=False),
        employees="employee_id,unit_id,job_id\np1,anc,bidan\n",
    )  # fmt: skip
    found = needed(folder, effective_hours=1200).table.set_index("unit_id").need_fte[kinds.unit_id]
    printed = [0.35, 1.64, 0.29, 0.27, 0.03, 0.03, 0.19]
    assert found.tolist() == pytest.approx(printed, abs=5.001e-3)
    assert sum(printed) == pytest.approx(2.80)


def test_less_than_one_load_is_one_person_with_other_tasks_beside(needs):
    row = peta_jabatan(needs["abk"]).set_index("unit_id").loc["A4"]
    assert (row.K, row.gabung_tugas) == (1, True)


def test_the_gap_of_five_years_opens_year_by_year(needs):
    """A10: K 10, B 8, BUP 2, PPPK ends 1: shortage 2 + 2 + 1 = 5. K 10, B 13, BUP 2: surplus 3 - 2 = 1."""
    table = projection(needs["abk"])
    for unit, leaving in (("A10a", (2, 1)), ("A10b", (2, 0))):
        years = table[table.unit_id == unit]
        assert years.year.tolist() == [1, 2, 3, 4, 5]
        assert years.gap.tolist() == sorted(years.gap, reverse=True)
        assert (years.retire.iloc[-1], years.contract_ends.iloc[-1]) == leaving


def test_two_units_with_one_job_balance_at_two_moves_though_all_may_go(needs):
    """T1: a third move would leave the donor itself overloaded (2.1 / 2 = 1.05)."""
    plan = tk.balance(needs["abk"], tk.allowed_moves(needs["abk"].data, needs["abk"]))
    assert plan.transfers[["from_unit", "to_unit"]].values.tolist() == [["T1b", "T1a"]] * 2
    assert plan.cells.set_index("unit_id").outflow_limit["T1b"] == 5
    tk.verify(plan)


@pytest.mark.parametrize(
    ("hours", "minutes"), [(1250, 75_000), (1200, 72_000), (1507, 237 * 510 - 30_450)]
)  # A9: BKN 9/2022; Perka BKN 19/2011; Depkeu
def test_the_effective_year_in_minutes(tmp_path, hours, minutes):
    folder = write(
        tmp_path, services="service_id,job_id,name,norm_minutes\nletters,clerk,L,1\n",
        volumes=f"unit_id,service_id,period,received\nA,letters,2025,{minutes}\n",
    )  # fmt: skip
    assert needed(folder, effective_hours=hours).table.need_fte[0] == pytest.approx(1.0)


def test_the_year_of_bkn_is_the_default_and_not_reckoned_anew_from_its_days():
    """A9: 235 days of 5 hours 30 would be 1,292.5; the regulation rounds its own 1,245 to 1,250."""
    assert (Policy().effective_hours, Policy().working_days) == (1250, 235)


@pytest.mark.parametrize(("days", "day", "week", "year", "policy"), YEARS.values(), ids=YEARS)
@pytest.mark.parametrize("per", ["day", "week", "month", "year"])
def test_support_of_a_tenth_of_any_period_takes_a_tenth_of_the_person(tmp_path, days, day, week, year, policy, per):
    """Days and hours of the published years: support of a tenth makes the factor 1 / 0.9 only if each fits the year."""
    hours = {"day": day, "week": week, "month": year / 12, "year": year}[per]
    folder = write(
        tmp_path, jobs="job_id,name,method\nclerk,Dokter,wisn\n",
        tasks=f"job_id,task,component,volume,norm_minutes,per\nclerk,Support,support,1,{6 * hours},{per}\n",
        services="service_id,job_id,name,norm_minutes\nletters,clerk,L,60\n",
        volumes=f"unit_id,service_id,period,received\nA,letters,2025,{year}\n",
    )  # fmt: skip
    need = needed(folder, effective_hours=year, working_days=days, **policy).table
    assert need.need_fte[0] == pytest.approx(1 / 0.9)


@pytest.mark.parametrize(("days", "day", "week", "year", "policy"), YEARS.values(), ids=YEARS)
def test_a_whole_day_of_main_tasks_on_every_day_is_one_person(tmp_path, days, day, week, year, policy):
    folder = write(
        tmp_path, services=None, volumes=None,
        tasks=f"unit_id,job_id,task,volume,norm_minutes,per\nA,clerk,Desk,1,{60 * day},day\n",
    )  # fmt: skip
    need = needed(folder, effective_hours=year, working_days=days, **policy).table
    assert need.need_fte[0] == pytest.approx(1.0)
