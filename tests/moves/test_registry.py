"""Rules are joined by name: a typo in rules.toml, in a rule or in its columns raises a sentence at once."""

import runpy

import pandas as pd
import pytest

import toolkit as tk
from toolkit.intake.policy import Policy
from toolkit.moves import registry, rules
from toolkit.moves.registry import FUNCTIONS, Rule, Verdict, join_rules, rule_lines

LINE = {"name": "late", "scope": "person", "group": "choice"}


def late(people, data):
    """Nobody moves late.

    More is said here.
    """
    return Verdict(pd.Series(True, people.index))


def imported_with(monkeypatch, lines=None, functions=()):
    """Import rules.py again, under another name and with its own register, so that the real rules stay."""
    # the functions stand in modules of their own, which are imported once
    monkeypatch.setattr(registry, "FUNCTIONS", {**FUNCTIONS, **dict(functions)})
    if lines is not None:
        monkeypatch.setattr(registry, "rule_lines", lambda: lines)
    return runpy.run_path(rules.__file__)


def test_rules_py_imports_as_it_stands(monkeypatch):
    assert len(imported_with(monkeypatch)["RULES"]) == len(rules.RULES) == len(rule_lines())


def test_a_line_without_a_function_fails_at_import(monkeypatch):
    lines = [*rule_lines(), {**LINE, "name": "tenur"}]
    with pytest.raises(tk.MutasiError, match=r"rules.toml: rule 'tenur' has no values that bar, .*no @rule function"):
        imported_with(monkeypatch, lines)


def test_a_function_that_no_line_names_fails_at_import(monkeypatch):
    with pytest.raises(tk.MutasiError, match=r"no line of rules.toml names the function late; add a line"):
        imported_with(monkeypatch, functions={"late": late})


def test_a_name_is_registered_once(monkeypatch):
    monkeypatch.setattr(registry, "FUNCTIONS", {"late": late})
    with pytest.raises(tk.MutasiError, match="registers two functions named late"):
        registry.rule(late)


def test_a_line_takes_the_function_of_its_name_or_of_test_unless_values_decide():
    (rule,) = join_rules([LINE], {"late": late})
    assert rule.test is late
    assert rule.about == "Nobody moves late."
    (rule,) = join_rules([{**LINE, "name": "slow", "test": "late"}], {"late": late})
    assert (rule.name, rule.test) == ("slow", late)
    (rule,) = join_rules([{**LINE, "bars": {"status": ["cpns"]}}], {})
    assert (rule.test, rule.about) == (None, "")


def test_a_field_with_a_typo_is_named():
    with pytest.raises(tk.MutasiError, match="rule 'late' has an unknown field: artcle"):
        join_rules([{**LINE, "artcle": "UU 1"}], {"late": late})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"scope": "persons"}, "rule late: scope 'persons' is unknown; choose one of person, unit, pair"),
        ({"group": "laws"}, "rule late: group 'laws' is unknown; choose one of law, choice, preference"),
        ({"needs": ["employees.statuss"]}, "needs names employees.statuss, which is no table.column of the input"),
        ({"needs": ["status"]}, "needs names status, which is no table.column"),
        ({"key": "max_km max_miles"}, "key names max_miles, which is no key of policy.toml"),
        ({"lift": "wish"}, "rule late: lift 'wish' is unknown; choose one of reason, letter, never"),
        ({"whom": "pilots"}, "rule late: whom 'pilots' is unknown; choose one of functional, health, teachers"),
        ({"needs": ["employees.in_{seed}_since"]}, "needs names employees.in_{seed}_since, which is no table.column"),
        ({"test": None}, "either a function .* or the values of one field"),
        ({"bars": {"status": ["cpns"]}}, "either a function .* or the values of one field"),
        ({"test": None, "bars": {"status": ["cpns"], "fte": [1]}}, "either a function .* or the values of one field"),
    ],
)
def test_a_rule_that_could_never_work_is_refused_when_it_is_made(change, message):
    with pytest.raises(tk.ArgumentError, match=message):
        Rule(**{**LINE, "test": late, **change})


def test_every_registered_function_is_used_by_the_rules():
    assert {rule.test for rule in rules.RULES if rule.test} == set(FUNCTIONS.values())


def test_unjudged_names_the_first_empty_field_but_no_flag_and_no_field_whose_blank_means_something():
    rule = Rule("r", "person", "law", needs=["employees.status", "employees.standing", "employees.heads_unit", "employees.fte"], test=late)  # fmt: skip
    frame = pd.DataFrame({
        "status": ["pns", None, None], "standing": ["active", "active", None], "heads_unit": [None, True, False], "fte": [None, 1, 1],
    }, index=[5, 6, 7])  # fmt: skip
    policy = Policy()
    assert rule.unjudged(frame, policy).to_dict() == {6: "status", 7: "status"}
    assert rule.unjudged(frame[["standing"]], policy).to_dict() == {7: "standing"}
    assert rule.unjudged(frame.iloc[:1], policy).empty


def test_every_article_names_the_text_it_was_seen_in_or_is_to_be_verified():
    assert [rule.name for rule in rules.RULES if rule.article and bool(rule.seen) == rule.verify] == []
    assert [rule.name for rule in rules.RULES if not rule.article and (rule.seen or rule.verify)] == []
    # only what was seen is certain, and law without an article is none
    assert {rule.name for rule in rules.RULES if rule.certain} == {"conflict", "level"}
    assert all(rule.seen for rule in rules.RULES if rule.certain)
    assert all(rule.article for rule in rules.RULES if rule.group == "law")


def test_what_lifts_a_rule_follows_from_group_and_certainty_unless_it_is_said():
    kinds = {rule.name: rule.lifted_by for rule in rules.RULES}
    named = ["tenure", "structural", "rating", "level", "standing", "election"]
    assert [kinds[name] for name in named] == ["reason", "reason", "never", "never", "never", "letter"]


def test_rules_of_one_name_agree_in_what_a_reader_is_told():
    for rule in rules.RULES:
        for other in rules.RULES:
            if rule.name == other.name:
                told = ("group", "article", "certain", "seen", "verify", "binding", "lift", "key")
                assert [getattr(rule, field) for field in told] == [getattr(other, field) for field in told]
