"""Pictures: each takes an ax and gives it back, in both languages, and its title says what the table says."""

import io
import re
from dataclasses import replace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.conftest import chain
from tests.tables import write
from toolkit import figures
from toolkit.check.funnel import funnel
from toolkit.figures.city_map import beside
from toolkit.figures.of_need import _loads_of_families
from toolkit.figures.of_norms import residuals_of
from toolkit.figures.of_plan import _merged
from toolkit.moves.rules import RULES
from toolkit.plan.frontier import Frontier
from toolkit.words import LANGUAGES, lexicon

ROOT = tk.load().folder.parents[1]
LINE = Frontier(
    pd.DataFrame({"max_moves": [0, 5, 9, 10], "variance": [1.0, 0.2, 0.15, 0.1], "knee": [False, True, False, False]})
)


@pytest.fixture(scope="module")
def city():
    return chain(ROOT / "data" / "sample", draws=20)


@pytest.fixture(scope="module")
def hand():
    return chain(ROOT / "data" / "hand", draws=20)


def every(ax, way, lang):
    unit, service = way.moves.need.data.volumes[["unit_id", "service_id"]].iloc[0]
    job = way.moves.need.norms.table.job_id.iloc[0]
    yield figures.loads(ax, way, lang)
    yield figures.flows(ax, way, lang)
    yield figures.frontier(ax, LINE, lang)
    yield figures.volumes(ax, way.moves.need.data, way.moves.need.demand, unit, service, lang)
    yield figures.norm_intervals(ax, way.moves.need.norms, job, lang)
    yield figures.evidence(ax, way.moves.need, lang)
    yield figures.funnel(ax, way.moves, lang)
    yield figures.city(ax, way.moves.need.data, way, lang)
    yield figures.load_map(ax, way.moves.need, lang)
    yield figures.hours_on_volumes(ax, way.moves.need.data, job, lang)
    yield figures.residuals(ax, way.moves.need.norms, job, lang)


def title(ax):
    return ax.get_title(loc="left").replace("\n", " ").replace("\u00a0", " ")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("source", ["city", "hand", "bare"])
def test_each_gives_its_ax_back_with_a_title(source, lang, request, tmp_path):
    bare = "service_id,job_id,name,norm_minutes\nletters,clerk,Letters,30\n"
    way = chain(write(tmp_path, services=bare)) if source == "bare" else request.getfixturevalue(source)
    titles = set()
    for ax in every(figures.canvas(shown=False), way, lang):
        ax.figure.savefig(io.BytesIO())
        titles.add(title(ax))
        ax.clear()
        ax.set_axis_on()
    without_hours = way.moves.need.data.hours.empty  # then the last two have one sentence, that there are none
    assert len(titles) == 11 - without_hours
    assert plt.get_fignums() == []


def test_titles_say_what_the_tables_say(hand):
    assert (
        title(figures.loads(figures.canvas(shown=False), hand, "en"))
        == "2 transfers are proposed; the workload per person varies 93% less afterwards"
    )
    assert title(figures.flows(figures.canvas(shown=False), hand, "en")) == "2 of 2 people would go to DUKCAPIL"
    assert (
        title(figures.frontier(figures.canvas(shown=False), LINE, "en"))
        == "89% of what 10 transfers can bring is reached with 5"
    )
    assert (
        title(figures.funnel(figures.canvas(shown=False), hand.moves, "en"))
        == "9 of 10 may move; tenure stops the most: 1"
    )
    assert title(figures.city(figures.canvas(shown=False), hand.moves.need.data, hand, "en")).startswith(
        "2 of 2 people would go to another district; Ilir Barat I"
    )


def test_the_funnel_draws_the_counts_of_check(city):
    counted = funnel(city.moves)
    counted = counted[counted.in_order != 0]
    ax = figures.funnel(figures.canvas(shown=False), city.moves, "en")
    before, *left = (bars.datavalues for bars in ax.containers)
    left = np.concatenate(left)
    assert left.tolist() == [len(city.moves.people), *counted.left]
    assert (before - left).tolist() == [0, *counted.in_order]
    assert counted.left.iloc[-1] == city.moves.summary.may_move
    most = counted.sort_values("in_order").iloc[-1]
    short = lexicon("en")[f"short.{most.rule}"]
    people = f"{len(city.moves.people):,}"
    assert title(ax) == f"{counted.left.iloc[-1]} of {people} may move; {short} stops the most: {most.in_order}"
    names = [label.get_text() for label in ax.get_yticklabels()]
    assert names[0] == "everybody"
    assert len(set(names)) == len(names)  # a rule on persons and on offices has two


def test_the_knee_of_the_picture_is_that_of_the_frontier(hand):
    for place in (1, 2):
        table = LINE.table.assign(knee=np.arange(4) == place)
        ax = figures.frontier(figures.canvas(shown=False), Frontier(table), "en")
        ring = ax.lines[-1]
        assert ring.get_xydata().tolist() == table.loc[[place], ["max_moves", "variance"]].to_numpy().tolist()
        assert ax.get_xticks().tolist() == [0, table.max_moves[place], 10]
    flat = Frontier(pd.DataFrame({"max_moves": [0], "variance": [0.5], "knee": [True]}))
    assert "100% of what 0 transfers can bring is reached with 0" in title(
        figures.frontier(figures.canvas(shown=False), flat, "en")
    )


def test_the_theme_leaves_no_trace(hand):
    before = dict(mpl.rcParams)
    red = mpl.colors.to_hex("r")
    ax = figures.loads(figures.canvas(shown=False), hand, "en")
    assert ax.title.get_fontname() == "DejaVu Sans"
    assert ax._left_title.get_fontweight() == "bold"
    assert dict(mpl.rcParams) == before
    assert mpl.colors.to_hex("r") == red


def test_a_long_title_wraps_earlier_beside_long_names():
    ax = figures.canvas(shown=False)
    with figures.theme():
        figures.style.finish(ax, "word " * 30)
    wide = max(map(len, ax.get_title(loc="left").splitlines()))
    ax.set_yticks([0], ["a name of thirty letters so so"])
    with figures.theme():
        figures.style.finish(ax, "word " * 30)
    narrow = max(map(len, ax.get_title(loc="left").splitlines()))
    assert 60 < wide <= 68
    assert 40 < narrow <= 68 - 21


def test_loads_show_those_that_change_most(city):
    ax = figures.loads(figures.canvas(shown=False), city, "en")
    cells = city.cells.assign(change=(city.cells.load_after - city.cells.load_before).abs())
    largest = cells.nlargest(figures.ROWS, "change")
    names = {label.get_text() for label in ax.get_yticklabels()}
    assert names == set(largest.unit_id + " · " + largest.family)
    before, after = (points.get_offsets()[:, 0] for points in ax.collections[1:])
    assert sorted(before) == sorted(largest.load_before)
    assert sorted(after) == sorted(largest.load_after)


def test_the_flow_of_each_office_is_as_wide_as_people_move(city):
    ax = figures.flows(figures.canvas(shown=False), city, "en")
    widths = [np.ptp(patch.get_path().vertices[[0, -2], 1]) for patch in ax.patches]
    assert sum(widths) == len(city.transfers)
    numbers = [int(part) for text in ax.texts for part in text.get_text().split("  ") if part.isdigit()]
    assert sum(numbers) == 2 * len(city.transfers)


def test_of_many_offices_the_smallest_are_merged():
    units = pd.Series([f"U{at:02}" for at in range(30) for _ in range(30 - at)])
    merged = _merged(units, "others")
    assert merged.nunique() == figures.ROWS
    assert (merged == "others").sum() == sum(range(1, 12))
    assert _merged(units[units < "U20"], "others").equals(units[units < "U20"])


def test_the_load_map_holds_the_loads_of_need(city):
    need = city.moves.need
    known = need.cells.dropna(subset=["load_ratio"])
    ax = figures.load_map(figures.canvas(shown=False), need, "en")
    assert title(ax).startswith(f"{(known.load_ratio > 1).sum()} of {len(known)} groups")
    assert f"{known.load_ratio.max():.2f}" in title(ax)
    table = _loads_of_families(known)
    loads = known.set_index(["unit_id", "family"]).load_ratio
    for (unit, family), load in table.stack().dropna().items():
        assert load == loads[unit, family]
    assert len(table) == figures.ROWS
    assert (known.family.value_counts()[table.columns] >= 3).all()
    assert ((table - 1).abs() >= 0.05).any().all()
    assert table.max(axis=1).is_monotonic_decreasing
    texts = {text.get_text() for text in ax.texts}
    assert texts - {""} == {f"{load:.1f}".removesuffix(".0") for load in table.stack().dropna()}


def test_hours_on_volumes_name_the_quickest_and_the_slowest_office(city):
    data, job = city.moves.need.data, "operator_layanan_operasional"
    services = data.services.service_id[data.services.job_id == job]
    work = data.volumes[data.volumes.service_id.isin(services)]
    hours = data.hours[data.hours.job_id == job].set_index(["unit_id", "period"]).hours
    both = pd.concat([work.groupby(["unit_id", "period"]).completed.sum(), hours], axis=1, join="inner")
    mean = both.groupby("unit_id").mean()
    each = 60 * mean.hours / mean.completed
    ax = figures.hours_on_volumes(figures.canvas(shown=False), data, job, "en")
    quick, slow = each.idxmin(), each.idxmax()
    assert f"{each[quick]:.1f} minutes at {quick} and {each[slow]:.1f} at {slow}" in title(ax)
    assert sorted(ax.collections[0].get_offsets()[:, 0]) == pytest.approx(sorted(mean.completed))


def test_residuals_are_recorded_hours_over_those_by_the_norms(city):
    norms, job = city.moves.need.norms, "asisten_apoteker_terampil"
    off = residuals_of(norms, job)
    row = off.iloc[-1]
    minutes = norms.table[norms.table.job_id == job].set_index("service_id").minutes
    data = norms.data
    done = data.volumes[(data.volumes.unit_id == row.unit_id) & (data.volumes.period == row.period)]
    done = done.set_index("service_id").completed.reindex(minutes.index.dropna()).fillna(0)
    by_norms = (done * minutes.dropna()[done.index]).sum() + minutes[minutes.index.isna()].sum()
    hours = data.hours.query("job_id == @job and unit_id == @row.unit_id and period == @row.period").hours.iloc[0]
    assert row.percent == pytest.approx(100 * (60 * hours / by_norms - 1))
    assert set(off.unit_id[off.padded]) == {"PKM-TALANG-RATU"}
    median = off.percent[~off.padded].abs().median()
    ax = figures.residuals(figures.canvas(shown=False), norms, job, "en")
    assert f"half of {(~off.padded).sum()} months differ from the norms by less than {median:.1f}%" in title(ax)
    bars = sum(patch.get_height() for patch in ax.patches)
    assert bars == len(off)


def test_evidence_shows_the_share_of_each_grade(city):
    staff = city.moves.need.summary
    ax = figures.evidence(figures.canvas(shown=False), city.moves.need, "en")
    shares = [bar.get_width() for bar in ax.patches]
    assert shares == pytest.approx([100 * staff[grade] / staff.sum() for grade in ("A", "B", "C", "shared", "D")])


def test_a_surge_is_marked_only_where_demand_names_one(city):
    names = ("DUKCAPIL", "kk")
    plain = city.moves.need.demand.table.assign(surge_since=pd.NaT, surge_factor=float("nan"))
    marked = plain.copy()
    marked["surge_since"] = marked.surge_since.astype("datetime64[s]")
    marked.loc[(marked.unit_id == names[0]) & (marked.service_id == names[1]), ["surge_since", "surge_factor"]] = [
        pd.Timestamp("2026-02-01"), 1.6,
    ]  # fmt: skip
    calm = figures.volumes(
        figures.canvas(shown=False), city.moves.need.data, replace(city.moves.need.demand, table=plain), *names, "en"
    )
    surge = figures.volumes(
        figures.canvas(shown=False), city.moves.need.data, replace(city.moves.need.demand, table=marked), *names, "en"
    )
    assert "a month in the last year" in title(calm)
    assert "since February 2026 the volume is 1.6 times what the past explains" in title(surge)
    assert len(surge.patches) == len(calm.patches) + 1


@pytest.mark.parametrize(("months", "change"), [(24, "+50%"), (36, "+50%"), (23, "")])
def test_the_last_year_is_compared_with_the_year_before_it(tmp_path, months, change):
    # 80 a month, then 100 for a year, then 150: only the last two years count
    volumes = pd.DataFrame({"period": pd.period_range(end="2026-06", periods=months, freq="M").astype(str)})
    volumes["received"] = np.r_[np.full(12, 80), np.full(12, 100), np.full(12, 150)][-months:]
    volumes = volumes.assign(unit_id="A", service_id="letters", completed=volumes.received)
    data = tk.load(write(tmp_path, volumes=volumes.to_csv(index=False)))
    demand = tk.forecast_demand(data)
    demand = replace(demand, table=demand.table.assign(surge_since=pd.NaT))
    said = title(figures.volumes(figures.canvas(shown=False), data, demand, "A", "letters", "en"))
    assert "150 a " in said
    assert re.findall(r"[+-]\d+%", said) == ([change] if change else [])


def test_the_map_counts_only_those_who_go_to_another_district(city):
    data = city.moves.need.data
    district = data.units.set_index("unit_id").district
    first = city.transfers.iloc[[0]]
    here = district[first.from_unit.iloc[0]]
    same = district.index[(district == here) & (district.index != first.from_unit.iloc[0])][0]
    inside = pd.concat([city.transfers, first.assign(to_unit=same)], ignore_index=True)
    away = int((city.transfers.from_unit.map(district) != city.transfers.to_unit.map(district)).sum())
    ax = figures.city(figures.canvas(shown=False), data, replace(city, transfers=inside), "en")
    assert title(ax).startswith(f"{away} of {len(inside)} people would go to another district")
    ways = pd.DataFrame({side: inside[f"{side}_unit"].map(district) for side in ("from", "to")}).drop_duplicates()
    assert len(ax.patches) == (ways["from"] != ways["to"]).sum()


def test_the_norms_that_mislead_are_marked(city):
    table, job = city.moves.need.norms.table, "operator_layanan_operasional"
    rows = table[(table.job_id == job) & table.service_id.notna()]
    off = int(((rows.official_minutes < rows.minutes_low) | (rows.official_minutes > rows.minutes_high)).sum())
    assert off >= 2  # ktp_el and akta_lahir are turnaround times
    ax = figures.norm_intervals(figures.canvas(shown=False), city.moves.need.norms, job, "en")
    assert title(ax).startswith(f"{off} of {len(rows)} official norms")


def test_names_beside_points_do_not_cover_each_other(city):
    ax = figures.city(figures.canvas(9.5, 7, shown=False), city.moves.need.data, city, "en")
    ax.figure.savefig(io.BytesIO())
    boxes = [text.get_window_extent().shrunk(0.98, 0.8) for text in ax.texts if text.get_text()]
    crossing = sum(a.overlaps(b) for at, a in enumerate(boxes) for b in boxes[:at])
    assert crossing <= 1


def test_a_name_goes_where_nothing_is_in_the_way():
    alone = np.array([[0.0, 0.0], [50.0, 100.0]])
    assert [side.offset for side in beside(alone, ["a", "b"])] == [(0, 11), (0, 11)]
    above_taken = np.array([[0.0, 0.0], [0.0, 3.0], [100.0, 100.0]])
    assert beside(above_taken, ["a", "b", "c"])[0].offset == (0, -12)
    between = np.array([[0.0, 0.0], [0.0, 3.0], [0.0, -3.0], [100.0, 100.0]])
    assert beside(between, ["a", "b", "c", "d"])[0].offset == (9, 0)
    right_too = np.vstack([between, [3.0, 0.0]])
    assert beside(right_too, ["a", "b", "c", "d", "e"])[0].offset == (-9, 0)
    assert beside(np.empty((0, 2)), []) == []


def test_every_rule_has_a_short_name():
    for lang in LANGUAGES:
        assert {f"short.{rule.name}" for rule in RULES} | {"short.family"} <= set(lexicon(lang))
