"""The policy: order of precedence, and a clear word for every impossible value."""

import datetime as dt
import re
import tomllib

import pytest

import toolkit as tk
from tests.tables import write
from toolkit.intake.policy import Policy
from toolkit.intake.template import write_template
from toolkit.words import LANGUAGES, policy_file


def test_arguments_go_before_the_file_and_the_file_before_defaults(tmp_path):
    folder = write(tmp_path, policy="effective_hours = 1200\nas_of = 2026-04-01\nmax_moves = 7\n")
    policy = tk.load(folder, max_moves=3).policy
    assert (policy.effective_hours, policy.max_moves, policy.working_days) == (1200.0, 3, 235.0)
    assert policy.as_of == dt.date(2026, 4, 1)
    assert tk.load(folder, as_of="2026-10-01").policy.as_of == dt.date(2026, 10, 1)


def test_defaults_are_those_of_the_design():
    assert Policy().plain() == {
        "effective_hours": 1250.0, "working_days": 235.0, "hours_per_day": None, "hours_per_week": None, "tenure_min_months": 24,
        "tenure_from": "post", "discipline_moderate_months": 12, "discipline_severe_months": 12, "pppk_first_months": 12, "pertek": "none",
        "pppk_contract_months": 12, "lesson_hours": 24.0, "election_from": None, "election_until": None, "inaugurated_on": None,
        "inauguration_months": 6, "periods_only": False, "semester_only": False, "rating_required": True, "unwilling_stay": False,
        "max_moves": None, "as_of": None, "seed": 0, "outflow_share": 0.25, "allow_short_donors": False, "allow_beyond_need": False,
        "criterion": "workload", "scale": "absolute",
        "norm_weights": "size", "norm_power": 1.5, "norm_alpha": None, "backlog_months": None, "retirement_horizon_months": 24, "tenure_long_months": 60, "max_km": None, "price_per_move": 0.05,
        "price_per_km": 0.01, "price_per_misfit": 0.05, "wish_credit": 0.03, "tenure_credit": 0.01, "same_office_credit": 0.01,
        "empty_cell_charge": 2.5, "unlisted": "unknown", "work_share_min": 0.5, "hold_doubtful": True, "surplus_beyond": "peers",
    }  # fmt: skip


def shown_in(lang):
    """The lines of one language's file that show a key: key and value, in their order."""
    return re.findall(r"^# (\w+) = (.*)$", policy_file(lang), re.M)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_policy_file_shows_every_key_once_at_its_default(lang):
    shown = [key for key, _ in shown_in(lang)]
    missing = set(Policy().plain()) - set(shown)
    assert not missing, f"words/policy.{lang}.toml lacks {sorted(missing)}: explain them there in that language"
    assert sorted(shown) == sorted(Policy().plain()), "a key is shown twice, or is none"
    assert tomllib.loads(policy_file(lang)) == {}, "a default must stand behind #"
    values = tomllib.loads("\n".join(f"{key} = {value}" for key, value in shown_in(lang)))
    for key, value in Policy().plain().items():
        assert value is None or values[key] == value, f"words/policy.{lang}.toml: {key} is not at its default"


def test_the_policy_files_show_the_same_keys_values_and_order_each_with_an_explanation():
    assert shown_in("id") == shown_in("en")
    for lang in LANGUAGES:
        for part in policy_file(lang).split("\n\n")[1:]:
            lines = [line for line in part.splitlines() if not line.startswith("# ----")]
            assert not re.match(r"# \w+ = ", lines[0]), f"words/policy.{lang}.toml: {lines[0]} is not explained"
    heads = {lang: policy_file(lang).count("# ----") for lang in LANGUAGES}
    assert heads["id"] == heads["en"]


@pytest.mark.parametrize(("lang", "first"), [("id", "# Kebijakan"), ("en", "# The policy")])
def test_the_template_brings_the_policy_in_its_language_and_the_file_changes_nothing(tmp_path, lang, first):
    text = write_template(tmp_path / "t", lang).with_name("policy.toml").read_text(encoding="utf-8")
    assert text.startswith(first)
    assert tk.load(write(tmp_path / "data", policy=text)).policy == Policy()
    asked = text.replace("# max_moves = 40", "max_moves = 40")
    assert tk.load(write(tmp_path / "data", policy=asked)).policy == Policy(max_moves=40)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("effective_hours = ", "policy.toml cannot be read"),
        ("efective_hours = 1250", "did you mean effective_hours"),
        ("colour = 1", "the keys are"),
        ("effective_hours = 0", "is below 1"),
        ("effective_hours = inf", "is not a number"),
        ('effective_hours = "many"', "is not a number"),
        ("effective_hours = true", "is not a number"),
        ("max_moves = 2.5", "is not a whole number"),
        ("max_moves = -1", "is below 0"),
        ("empty_cell_charge = 1", "is below 1.5"),
        ("outflow_share = 1.1", "is above 1"),
        ('norm_weights = "none at all"', "write one of size, none, robust"),
        ("norm_power = 2.1", "is above 2"),
        ("allow_beyond_need = 1", "is not true or false"),
        ('criterion = "fairness"', "write one of workload, shortage"),
        ('scale = "large"', "write one of absolute, relative"),
        ('as_of = "tomorrow"', "is not a date"),
        ("as_of = 2026-04-01T10:00:00", "is not a date"),
    ],
)
def test_impossible_policies_are_refused(tmp_path, text, message):
    with pytest.raises(tk.PolicyError, match=message):
        tk.load(write(tmp_path, policy=text))
