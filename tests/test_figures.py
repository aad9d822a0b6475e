"""Pictures: each takes an ax and gives it back, in both languages, and its title says what the table says."""

import io
from dataclasses import replace

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import toolkit as tk
from tests.conftest import chain
from tests.tables import write
from toolkit import figures
from toolkit.moves.rules import RULES
from toolkit.words import LANGUAGES, lexicon

ROOT = tk.load().folder.parents[1]
POINTS = pd.DataFrame({"max_moves": [0, 5, 10], "variance_after": [1.0, 0.2, 0.1]})


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
    yield figures.frontier(ax, POINTS, lang)
    yield figures.volumes(ax, way.moves.need.data, way.moves.need.demand, unit, service, lang)
    yield figures.norm_intervals(ax, way.moves.need.norms, job, lang)
    yield figures.evidence(ax, way.moves.need, lang)
    yield figures.funnel(ax, way.moves, lang)
    yield figures.city(ax, way.moves.need.data, way, lang)


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
    assert len(titles) == 8
    assert plt.get_fignums() == []


def test_titles_say_what_the_tables_say(hand):
    ax = figures.canvas(shown=False)
    assert title(figures.loads(ax, hand, "en")) == "Transfers: 2. Personal workload varies 93 % less afterwards"
    assert title(figures.flows(ax, hand, "en")) == "2 of the 2 who move go to DUKCAPIL"
    assert title(figures.frontier(ax, POINTS, "en")) == "A plan of 5 transfers brings 89 % of what 10 can bring"
    assert title(figures.funnel(ax, hand.moves, "en")) == "9 of 10 may move; tenure stops the most: 1"
    assert title(figures.city(ax, hand.moves.need.data, hand, "en")).startswith(
        "2 of 2 go to another district; Ilir Barat I"
    )


def test_the_funnel_counts_everybody_once(city):
    rows = figures.funnel_table(city.moves)
    assert rows.left.iloc[0] == len(city.moves.need.data.employees)
    assert rows.left.iloc[-1] == city.moves.summary.may_move
    assert (rows.gone >= 0).all()
    assert (rows.left.shift().iloc[1:] - rows.gone.iloc[1:] == rows.left.iloc[1:]).all()


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
    assert "since Feb 26, 1.6 times what the past explains" in title(surge)
    assert len(surge.patches) == len(calm.patches) + 1


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


def test_every_rule_has_a_short_name():
    for lang in LANGUAGES:
        assert {f"short.{rule.name}" for rule in RULES} | {"short.family"} <= set(lexicon(lang))
