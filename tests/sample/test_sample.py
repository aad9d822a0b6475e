"""The synthetic agency: the same bytes from the same seed, and what is planted in it; and the hand-made one."""

from pathlib import Path

import numpy as np
import pytest

import toolkit as tk
from tests.conftest import chain
from toolkit.check.verdict import judge
from toolkit.intake.schema import layout
from toolkit.moves.fit import schooling
from toolkit.sample.agency import make_agency, make_sample
from toolkit.sample.facts import fact, profiles
from toolkit.sample.offices import make_units

DATA = Path(tk.__file__).resolve().parents[1] / "data"
SAMPLE, HAND = DATA / "sample", DATA / "hand"
ABSENT = ("matches", "confirmations")  # what mutasi check finds decides
TABLES = [name for name in layout() if name not in ABSENT]
SILENT = {"KESBANGPOL", "DISPAR", "BPBD"}


@pytest.fixture(scope="module")
def sample():
    return chain(SAMPLE)


@pytest.fixture(scope="module")
def hand():
    return chain(HAND)


def test_the_seed_gives_the_committed_bytes(tmp_path):
    made = make_sample(tmp_path / "agency")
    assert sorted(file.name for file in made.iterdir()) == sorted(file.name for file in SAMPLE.iterdir())
    for file in made.iterdir():
        assert file.read_bytes() == (SAMPLE / file.name).read_bytes(), file.name


def test_another_seed_gives_another_agency_that_also_loads(tmp_path):
    other = tk.load(make_sample(tmp_path / "agency", seed=7))
    assert len(other.units) == 60
    assert not other.employees.equals(tk.load(SAMPLE).employees)


def test_a_folder_with_something_in_it_is_refused_and_force_keeps_what_is_not_the_agencys(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(tk.MutasiError, match=f"{tmp_path} is not empty"):
        make_sample(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["notes.txt"]
    assert (make_sample(tmp_path, force=True) / "notes.txt").read_text() == "mine"


def test_an_unknown_size_is_refused_by_name(tmp_path):
    with pytest.raises(tk.MutasiError, match="size 'tiny' is unknown; choose one of small, city, province"):
        make_sample(tmp_path / "agency", size="tiny")
    assert not (tmp_path / "agency").exists()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_is_there_in_the_plainest_form(name):
    raw = (SAMPLE / f"{name}.csv").read_bytes()
    lines = raw.decode("utf-8").splitlines()
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in raw
    assert b'"' not in raw
    assert len(lines) > 1
    assert set(lines[0].split(",")) <= set(layout()[name].columns)
    assert len({line.count(",") for line in lines}) == 1


def test_the_registry_surges_and_its_backlog_grows(sample):
    volumes = sample.moves.need.data.volumes.query(
        "unit_id == 'DUKCAPIL' and service_id in ['ktp_el', 'kk', 'akta_lahir']"
    )
    months = volumes.groupby("period")[["received", "completed"]].sum()
    assert months.received[-6:].sum() / months.received[-18:-12].sum() > 1.4
    backlog = (months.received - months.completed).cumsum()
    assert (backlog["2026-04":].diff().dropna() > 0).all()
    assert backlog.iloc[-1] > months.received.iloc[-1]


def test_secretariats_are_slack_the_registry_is_short_and_slack_goes_there(sample):
    clerks = sample.moves.need.cells.query("family == 'klerek'").set_index("unit_id")
    load = clerks.need_fte / (clerks.staff + clerks.others)
    assert load[load.index.str.endswith("-SEK")].between(0.5, 0.9).all()
    assert load["DUKCAPIL"] > 1.3
    there = sample.transfers.query("to_unit == 'DUKCAPIL'")
    assert there.from_unit.str.endswith("-SEK").sum() >= 5


def test_the_plan_is_proven_and_of_a_size_to_be_read(sample):
    assert sample.summary.status == "optimal"
    assert sample.summary.gap == 0
    assert 30 <= len(sample.transfers) <= 90


def test_offices_of_which_nothing_is_known_stay_as_they_are(sample):
    assert set(sample.moves.need.table.query("unit_id in @SILENT").evidence) == {"D"}
    moved = sample.transfers
    assert not SILENT & (set(moved.from_unit) | set(moved.to_unit))


def test_every_grade_of_evidence_is_there_and_few_are_unknown(sample):
    staff = sample.moves.need.summary
    assert set(staff[staff > 0].index) == {"A", "B", "C", "shared", "D"}
    assert 0.04 < staff["D"] / staff.sum() < 0.1


def test_hours_that_are_attendance_or_claimed_are_found_out(sample):
    hours = sample.moves.need.norms.cards.set_index("job_id").hours
    assert hours["penelaah_teknis_kebijakan"] == "attendance"
    assert hours["pengelola_layanan_operasional"] == "claimed"
    assert hours["operator_layanan_operasional"] == "measured"


def test_hours_that_fill_the_day_and_hands_that_nobody_lists_are_found_out(sample):
    truth = make_agency("small", 2026)[1]
    assert set(sample.moves.need.norms.padded.itertuples(index=False, name=None)) == {
        (each["unit_id"], each["job_id"]) for each in truth["padded"]
    }
    unseen = {(each["unit_id"], each["job_id"]) for each in truth["unseen"]}
    assert unseen
    assert not unseen & set(
        zip(sample.moves.need.data.others.unit_id, sample.moves.need.data.others.job_id, strict=True)
    )
    named = judge(sample.moves.need.data).warnings.set_index("warning").examples["impossible_hours"]
    assert tuple(named.split()) in unseen


def test_published_turnaround_times_are_found_out(sample):
    minutes = sample.moves.need.norms.table.set_index("service_id").loc[["ktp_el", "akta_lahir"]]
    assert (minutes.official_minutes > 1.5 * minutes.minutes).all()


def test_no_rule_of_law_is_unchecked(sample, hand):
    for rules in (sample.moves.rules, hand.moves.rules):
        assert "not checked" not in set(rules.state)


def test_nobody_of_the_sample_may_change_level_or_lacks_what_the_job_asks(sample):
    moves = sample.moves
    data = moves.need.data
    jobs = data.jobs.set_index("job_id")
    people = data.employees.set_index("employee_id").loc[moves.allowed.employee_id.astype(str)]
    own, new = jobs.loc[people.job_id], jobs.loc[moves.allowed.to_job.astype(str)]
    functional = (own.category == "functional").to_numpy()
    assert functional.sum() > 1000
    assert (own.level.to_numpy() == new.level.to_numpy())[functional].all()
    assert (own.category.to_numpy() == new.category.to_numpy()).all()
    changed = people.job_id.to_numpy() != new.index.to_numpy()
    assert changed.sum() > 100
    assert (schooling(people.education).to_numpy() >= schooling(new.education).to_numpy())[changed].all()
    refused = moves.rules.set_index("rule").refused
    assert (refused[["level", "qualification", "handover", "health_licence", "hold", "consent"]] > 0).all()


def test_the_dictionary_lists_every_column():
    text = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for table in layout().values():
        section = text.split(f"### {table.name}")[1].split("###")[0]
        for name, column in table.columns.items():
            assert f"| `{name}`" in section
            assert f"| `{column.id}` |" in section


@pytest.mark.parametrize(("size", "offices"), [("small", 60), ("city", 310), ("province", 900)])
def test_every_size_has_its_offices_each_once_and_in_a_known_district(size, offices):
    units = make_units(size, np.random.default_rng(1))
    assert len(units) == units.unit_id.nunique() == offices
    assert set(units.district) <= set(fact("districts").district)
    assert set(units.profile) <= set(profiles())
    if size != "small":
        assert units.kind.value_counts()[["district", "kelurahan", "puskesmas"]].to_dict() == {
            "district": 18, "kelurahan": 107, "puskesmas": 42,
        }  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("size", "people"), [("city", 19_500), ("province", 80_000)])
def test_the_large_sizes_load_have_their_people_and_the_same_seed_gives_the_same_bytes(tmp_path, size, people):
    one, other = (make_sample(tmp_path / name, size, seed=5) for name in ("one", "other"))
    for file in one.iterdir():
        assert file.read_bytes() == (other / file.name).read_bytes(), file.name
    data = tk.load(one)
    assert len(data.employees) == pytest.approx(people, rel=0.05)  # a seed draws how large offices are
    assert data.employees.job_id.str.startswith("guru").mean() == pytest.approx(0.48, abs=0.04)
    kinds = data.employees.unit_id.map(data.units.set_index("unit_id").kind)
    assert kinds.isin(["puskesmas", "hospital"]).mean() == pytest.approx(0.17, abs=0.05)


def test_the_plan_by_hand_is_the_plan(hand):
    summary = hand.summary
    assert hand.transfers[["employee_id", "to_unit", "cost"]].values.tolist() == [
        ["A2", "DUKCAPIL", 0.06],
        ["A3", "DUKCAPIL", 0.04],
    ]
    assert summary.objective == pytest.approx(8.978, abs=1e-9)
    assert summary.variance_before == pytest.approx(0.324633333)
    assert summary.variance_after == pytest.approx(0.0229)
    assert "8.978" in (HAND / "README.md").read_text(encoding="utf-8")


def test_the_need_by_hand_is_the_need(hand):
    assert hand.moves.need.table.set_index("unit_id").need_fte.to_dict() == pytest.approx(
        {"ARSIP": 2.1, "DUKCAPIL": 5.2, "PERPUS": 2.0}
    )
