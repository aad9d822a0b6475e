"""What allowed_moves takes and returns: arguments, dtypes, the moves without some, and the steps between."""

import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import toolkit as tk
from tests.one_person import UNITS, goes_to, moves, refusal
from tests.tables import write
from toolkit.intake.policy import Policy
from toolkit.moves.judging import Judged, judge
from toolkit.moves.lifts import lifted_for, opened_by_lifts
from toolkit.moves.named_pairs import among
from toolkit.moves.registry import Rule, Verdict
from toolkit.moves.rules import RULES


def need_of(folder, **policy):
    data = tk.load(folder, **policy)
    return tk.staff_need(data, tk.estimate_norms(data, draws=0), tk.forecast_demand(data))


def test_data_that_are_not_those_of_the_need_are_refused(tmp_path):
    need = need_of(write(tmp_path / "1"))
    other = tk.load(write(tmp_path / "2", units="unit_id,name\nA,Alpha\nB,Beta\nC,Delta\n"))
    with pytest.raises(tk.ArgumentError, match="allowed_moves: the need was computed from other data; pass need.data"):
        tk.allowed_moves(other, need)
    with pytest.raises(tk.ArgumentError, match="computed from other data"):
        tk.allowed_moves(tk.load(tmp_path / "1", tenure_min_months=12), need)
    again = tk.load(tmp_path / "1")  # the same tables and policy, read once more, are the same data
    assert tk.allowed_moves(again, need) == tk.allowed_moves(need.data, need)


def test_wrong_arguments_raise_a_sentence(tmp_path):
    need = need_of(write(tmp_path))
    with pytest.raises(tk.ArgumentError, match="allowed_moves needs the Data that tk.load returns"):
        tk.allowed_moves(need, need.data)
    with pytest.raises(tk.ArgumentError, match="allowed_moves needs the Need that tk.staff_need returns"):
        tk.allowed_moves(need.data, None)
    for rules in (RULES[0], ["tenure"], [lambda people, data: None]):
        with pytest.raises(
            tk.ArgumentError, match=re.escape("rules must be a list of Rule, for instance [*RULES, mine]")
        ):
            tk.allowed_moves(need.data, need, rules=rules)


def plain_dtypes(frame):
    """The dtypes, of categories theirs; an empty result must have those of a full one."""
    return {
        name: ("category", str(column.cat.categories.dtype)) if column.dtype == "category" else str(column.dtype)
        for name, column in frame.items()
    }


def test_an_empty_result_has_the_dtypes_of_a_full_one(tmp_path):
    full = moves(tmp_path / "1", in_post_since="2025-06-01")
    barred = moves(tmp_path / "2", units=UNITS.replace("no,no", "yes,no"))
    nobody_refused = moves(tmp_path / "3", rules=[])
    assert len(full.allowed)
    assert barred.allowed.empty
    assert nobody_refused.refused.empty
    for other in (barred, nobody_refused):
        for name in ("allowed", "refused", "rules", "people"):
            assert plain_dtypes(getattr(other, name)) == plain_dtypes(getattr(full, name)), name
    assert plain_dtypes(full.rules)["certain"] == "bool"
    assert plain_dtypes(full.refused)["passes_on"] == "datetime64[s]"
    assert nobody_refused.rules.rule.tolist() == ["family"]


def test_moves_without_some_persons_or_offices(tmp_path):
    result = moves(tmp_path)
    pairs = result.allowed[["employee_id", "from_unit", "to_unit"]].astype(str)
    assert pairs.values.tolist() == [
        ["p1", "A", "B"], ["p1", "A", "C"], ["q1", "B", "A"], ["q1", "B", "C"], ["q2", "C", "A"], ["q2", "C", "B"],
    ]  # fmt: skip
    stays = result.without(employees=["p1"])
    assert (goes_to(stays), goes_to(stays, "q1")) == ([], ["A", "C"])
    kept = result.without(from_units=["B"])
    assert (goes_to(kept, "q1"), goes_to(kept)) == ([], ["B", "C"])
    closed = result.without(to_units=["B"])
    assert (goes_to(closed), goes_to(closed, "q1")) == (["C"], ["A", "C"])
    both = result.without(employees="p1", to_units=["A"])
    assert both.allowed.employee_id.astype(str).tolist() == ["q1", "q2"]
    assert both.allowed.index.tolist() == [0, 1]
    assert result.without() == result
    pd.testing.assert_frame_equal(both.refused, result.refused)
    assert both.need is result.need
    tk.balance(both.need, both)


def test_without_an_unknown_id_raises_a_sentence(tmp_path):
    result = moves(tmp_path)
    for named in ({"employees": ["p9"]}, {"from_units": ["p9"]}, {"to_units": "p9"}):
        with pytest.raises(
            tk.ArgumentError, match="without: p9 are not in the tables; name ids of employees and units"
        ):
            result.without(**named)


def test_a_result_is_short_in_a_console_and_has_ten_rows_in_a_notebook(tmp_path):
    result = moves(tmp_path)
    assert repr(result) == "<Moves: allowed=6 rows, refused=2 rows, rules=41 rows, people=4 rows>"
    assert result._repr_html_().count("<table") == 2
    assert "may_move" in result._repr_html_()


PEOPLE = pd.DataFrame({"employee_id": ["p1", "p2"], "family": ["f", "g"], "fte": [1.0, 0.5]})
CELLS = pd.DataFrame({"family": ["f", "f", "g"], "unit_id": ["A", "B", "B"]})
NO_DATA = SimpleNamespace(policy=Policy())
NO_LIFTS = pd.DataFrame({"employee_id": [], "unit_id": [], "rule": []}, dtype="str")


def lift(*rows):
    return pd.DataFrame(rows, columns=["employee_id", "unit_id", "rule"], dtype="str")


@pytest.mark.parametrize(
    ("lifts", "opened"),
    [
        ([("p1", "B", "shut")], [("p1", "B")]),
        ([("p1", "B", "stay")], []),  # p1 is kept by no rule, but B stays shut
        ([("p1", None, "shut")], []),  # not for one office
        ([("p2", "B", "shut")], []),  # p2 is kept by another rule
        ([("p2", "B", "shut"), ("p2", "B", "stay")], [("p2", "B")]),
        ([("p2", "B", "shut"), ("p2", "A", "stay")], []),  # lifted for another office
        ([("p1", "A", "shut"), ("p1", "A", "shut")], [("p1", "A")]),  # A is open to f: the pair once
    ],
)
def test_a_lift_for_one_office_opens_the_pair_only_if_all_that_bars_it_is_lifted(lifts, opened):
    stays = {"stay": np.array([False, True])}
    shut = {"shut": np.array([False, True, True])}
    found = opened_by_lifts(PEOPLE, CELLS, stays, shut, lift(*lifts))
    assert list(zip(found.employee_id, found.unit_id, strict=True)) == opened
    assert found.person.tolist() == [{"p1": 0, "p2": 1}[who] for who, _ in opened]


def test_the_lift_that_counts_is_that_of_the_person_and_the_office(tmp_path):
    rows = ["p1,lift,,first,Sekda,tenure", "p1,lift,B,second,Walikota,tenure", "p1,lift,C,c,Sekda,probation", "p2,lift,,d,Sekda,probation", "p1,forbid,B,e,Sekda,"]  # fmt: skip
    edits = "employee_id,action,unit_id,reason,by,rule\n" + "\n".join(rows) + "\n"
    data = tk.load(write(tmp_path, edits=edits))
    to_b = lifted_for(data, "p1", "B")
    assert to_b.index.tolist() == ["tenure"]
    assert lifted_for(data, "p1", "C").index.tolist() == ["probation", "tenure"]
    assert lifted_for(data, "p3", "C").empty


def half(people, data):
    return Verdict(people.fte < 1, people.fte.map("{:g}".format), pd.Timestamp("2026-05-01"))


def test_judging_returns_masks_and_refusals_and_passes_whom_nothing_bars():
    rule = Rule("half", "person", "law", article="UU 1", test=half)
    other = Rule("g_only", "unit", "choice", bars={"family": ["g"]})
    found = judge("person", [rule, other], PEOPLE, NO_DATA, NO_LIFTS)
    assert found.passed.tolist() == [True, False]
    assert list(found.barred) == ["half"]
    row = found.refused.iloc[0]
    assert (row.employee_id, row.rule, row.value, row.article) == ("p2", "half", "0.5", "UU 1")
    assert row.passes_on == pd.Timestamp("2026-05-01")
    assert found.refused[["family", "to_unit"]].isna().all(axis=None)
    lifted = judge("person", [rule], PEOPLE, NO_DATA, lift(("p2", None, "half")))
    assert lifted.passed.all()
    assert lifted.refused.empty
    assert not judge("person", [rule], PEOPLE, NO_DATA, lift(("p2", "B", "half"))).passed.all()
    assert Judged({}, found.refused, 3).passed.tolist() == [True, True, True]


def test_an_office_that_is_shut_to_all_its_families_is_listed_once():
    rule = Rule("shut", "unit", "choice", bars={"unit_id": ["B"]})
    found = judge("unit", [rule], CELLS, NO_DATA, NO_LIFTS)
    assert found.refused[["family", "to_unit"]].astype("str").fillna("").values.tolist() == [["", "B"]]
    one = Rule("shut", "unit", "choice", bars={"family": ["g"]})
    found = judge("unit", [one], CELLS, NO_DATA, NO_LIFTS)
    assert found.refused[["family", "to_unit"]].values.tolist() == [["g", "B"]]


def test_two_rules_of_one_name_bar_together():
    rules = [Rule("x", "person", "choice", bars={"family": [family]}) for family in "fg"]
    assert judge("person", rules, PEOPLE, NO_DATA, NO_LIFTS).barred["x"].tolist() == [True, True]


def test_among_names_the_pair_itself_and_no_neighbour(tmp_path):
    data = tk.load(write(tmp_path))
    pairs = pd.DataFrame([(0, 0), (0, 2), (1, 0), (1, 2), (2, 1)], columns=["person", "to_code"], index=[3, 5, 7, 8, 9])
    named = lift(("p1", "C", ""), ("p2", "Z", ""), ("p9", "A", ""), ("p3", None, ""))
    assert among(pairs, named, data).to_dict() == {3: False, 5: True, 7: False, 8: False, 9: False}


@pytest.mark.parametrize("fields", [{"fte": "0.5"}, {"standing": "leave"}])
def test_only_whole_persons_in_standing_are_moved_whatever_rules_are_chosen(tmp_path, fields):
    result = moves(tmp_path, rules=[], **fields)
    assert goes_to(result) == []
    assert len(goes_to(result, "q1")) == 3
    assert result.refused.empty


def test_a_pair_that_a_rule_refuses_is_listed_with_its_reason_and_a_person_once(tmp_path):
    result = moves(tmp_path, conflict_unit_ids="B", rating_last="poor")
    assert refusal(result).rule.tolist() == ["rating"]
