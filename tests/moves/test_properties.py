"""What holds for any agency: more rules, fewer pairs; no law lost in silence; who you are changes nothing."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import toolkit as tk
from tests.agencies import write_agency
from toolkit.check.funnel import funnel, vacancies
from toolkit.dossier.dossier import write_dossier
from toolkit.intake.policy import Policy
from toolkit.moves.found import said as found
from toolkit.moves.refusals import refusals
from toolkit.moves.rules import RULES

few_times = settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])


def rich(folder, seed):
    """An agency with every column that a rule of law asks for, and people who would change their functional job."""
    folder, rng = write_agency(folder, seed), np.random.default_rng(seed)
    people = pd.read_csv(folder / "employees.csv", dtype=str)
    some = {"contract_end": ["2026-06-30", "2030-12-31", ""], "birth_date": ["1969-01-01", "1972-06-30", "1990-01-01"]}
    some |= {"education": ["SLTA", "D3", "S1", ""], "field": ["Hukum", "Umum", ""]}
    people = people.assign(**{name: rng.choice(codes, len(people)) for name, codes in some.items()})
    people.to_csv(folder / "employees.csv", index=False)
    jobs = pd.read_csv(folder / "jobs.csv", dtype=str)
    jobs["retirement_age"], jobs["education"], jobs["field"] = "60", ["S1", "D3", "D3"], ["Hukum", "", ""]
    jobs.assign(level="ahli muda").to_csv(folder / "jobs.csv", index=False)
    units = pd.read_csv(folder / "units.csv", dtype=str)
    units.assign(kind=["school", *["opd"] * (len(units) - 1)]).to_csv(folder / "units.csv", index=False)
    return folder


def walk(folder, rules=None, **policy):
    data = tk.load(folder, **policy)
    need = tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))
    return need, tk.allowed_moves(data, need, rules)


def pairs_of(moves):
    return set(zip(moves.allowed.employee_id.astype(str), moves.allowed.to_unit.astype(str), strict=True))


@few_times
@given(seed=st.integers(0, 99), order=st.permutations(range(len(RULES))), cut=st.integers(0, len(RULES) - 1))
def test_adding_a_rule_never_adds_a_pair_and_their_order_does_not_matter(tmp_path_factory, seed, order, cut):
    folder = rich(tmp_path_factory.mktemp("agency"), seed)
    some = [RULES[at] for at in order[:cut]]
    fewer, more = walk(folder, some)[1], walk(folder, [*some, RULES[order[cut]]])[1]
    assert pairs_of(more) <= pairs_of(fewer)
    assert pairs_of(walk(folder, some[::-1])[1]) == pairs_of(fewer)


COLUMNS = sorted({need for rule in RULES if rule.group == "law" or rule.binding for need in rule.needed(Policy())})


@pytest.mark.parametrize("column", COLUMNS)
def test_without_its_column_a_rule_of_law_travels_as_not_checked(tmp_path, column):
    folder, (table, name) = rich(tmp_path, 1), column.split(".")
    file = folder / f"{table}.csv"
    pd.read_csv(file, dtype=str).drop(columns=name, errors="ignore").to_csv(file, index=False)
    moves = walk(folder, election_from="2020-01-01", inaugurated_on="2026-01-01", semester_only=True)[1]
    states = moves.rules.set_index("rule").state
    for rule in RULES:
        if (rule.group == "law" or rule.binding) and column in rule.needed(Policy()):
            concerned = moves.people.employee_id[rule.concerns(moves.need.data)]
            assert states[rule.name] == ("not checked" if len(concerned) else "off")
            notes = moves.allowed.notes[moves.allowed.employee_id.isin(concerned)]
            assert notes.str.contains(rule.name, regex=False).all()


def test_sex_religion_and_marital_status_change_no_byte(tmp_path):
    written, refused = [], []
    for at, seed in enumerate((1, 2)):
        folder, rng = rich(tmp_path / f"{at}" / "data", 3), np.random.default_rng(seed)
        people = pd.read_csv(folder / "employees.csv", dtype=str)
        for column, codes in {"sex": "fm", "religion": "abc", "marital_status": "xyz"}.items():
            people[column] = rng.choice(list(codes), len(people))
        people.to_csv(folder / "employees.csv", index=False)
        need, moves = walk(folder)
        out = write_dossier(tk.balance(need, moves), tmp_path / f"{at}" / "out")
        refused.append(moves.refused)
        text = (out / "plan.json").read_text(encoding="utf-8")
        written.append(text.split('"inputs"')[0] + text.split('"certificate"')[1] + (out / "prices.csv").read_text())
    assert written[0] == written[1]
    pd.testing.assert_frame_equal(*refused)
    assert '"transfers": []' not in written[0]


def test_age_counts_only_at_the_ages_the_law_names(tmp_path):
    found = []
    for at, born in enumerate(("1976-01-01", "1999-06-30")):
        folder = write_agency(tmp_path / f"{at}", 4)
        people = pd.read_csv(folder / "employees.csv", dtype=str).assign(birth_date=born)
        people.to_csv(folder / "employees.csv", index=False)
        jobs = pd.read_csv(folder / "jobs.csv", dtype=str).assign(retirement_age=58)
        jobs.to_csv(folder / "jobs.csv", index=False)
        found.append(walk(folder)[1])
    pd.testing.assert_frame_equal(found[0].allowed, found[1].allowed)
    pd.testing.assert_frame_equal(found[0].refused, found[1].refused)
    assert len(found[0].allowed)


@pytest.fixture(scope="module")
def sample():
    return walk(None, max_km=12)


def test_the_funnel_ends_with_those_who_may_move(sample):
    need, moves = sample
    table = funnel(moves)
    assert table.rule.iloc[0] == "pppk_contract"
    assert table.left.iloc[-1] == moves.summary.may_move
    assert (table.in_order <= table.alone).where(table.scope == "person", True).all()
    assert len(moves.people) - table.in_order.sum() == table.left.iloc[-1]
    alone = table[table.scope == "person"].set_index("rule").alone
    people = moves.people
    assert alone["standing"] == (people.standing != "active").sum()
    assert alone["pppk_contract"] == moves.summary.barred_by_contract
    assert alone["pppk_contract"] == (moves.refused.rule == "pppk_contract").sum() > 0


def test_the_funnel_counts_whom_offices_and_pairs_leave_without_a_place(tmp_path):
    folder = write_agency(tmp_path, 5)
    need, moves = walk(folder)
    for rules in (
        [],
        RULES[:0],
        [rule for rule in RULES if rule.scope == "unit"],
        [rule for rule in RULES if rule.scope == "pair"],
    ):
        need, moves = walk(folder, rules)
        table = funnel(moves)
        assert table.left.iloc[-1] == moves.summary.may_move
    units = pd.read_csv(folder / "units.csv", dtype=str).assign(selection_required="yes")
    units.to_csv(folder / "units.csv", index=False)
    need, moves = walk(folder)
    table = funnel(moves).set_index("rule")
    assert table.alone["selection_required"] == len(moves.people)
    assert table.left["selection_required"] == 0


def test_places_for_which_no_name_is_given(sample):
    need, moves = sample
    table = vacancies(moves)
    units = need.data.units.set_index("unit_id").selection_required
    assert units[table.unit_id[table.rule == "selection_required"]].all()
    assert set(table.rule) == {"structural", "selection_required"}
    assert (table.places > 0).all()
    row = table[table.rule == "selection_required"].iloc[0]
    people = moves.people[(moves.people.family == row.family) & (moves.people.unit_id != row.unit_id)]
    held = moves.refused.employee_id[moves.refused.to_unit.isna()]
    assert row.eligible == (~people.employee_id.isin(held)).sum()
    structural = need.data.jobs.set_index("job_id").category.eq("structural")
    rows = need.table[need.table.job_id.map(structural)]
    vacant = (rows.need_rounded - rows.staff - rows.others).groupby([rows.family, rows.unit_id]).sum()
    assert table.places[table.rule == "structural"].sum() == vacant[vacant >= 1].sum()


def test_every_refusal_is_a_sentence_with_its_facts_in_both_languages(sample):
    _, moves = sample
    for rule in set(moves.refused.rule[moves.refused.employee_id.notna()]):
        row = moves.refused[(moves.refused.rule == rule) & moves.refused.employee_id.notna()].iloc[0]
        for lang in ("id", "en"):
            said = [text for text in refusals(moves, row.employee_id, lang) if text.startswith(rule)]
            assert said
            assert "{" not in "".join(said)
    late = moves.refused[(moves.refused.rule == "tenure") & moves.refused.passes_on.notna()].iloc[0]
    (said,) = (text for text in refusals(moves, late.employee_id, "en") if text.startswith("tenure"))
    assert f"after 24 months in the post. Found: {found(late.value, 'en')}. The rule no longer applies from " in said
    blank = moves.refused[moves.refused.value == "cannot be judged: field rating_before missing"].employee_id.iloc[0]
    assert "kolom rating_before kosong" in " ".join(refusals(moves, blank, "id"))
