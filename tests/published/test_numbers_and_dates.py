"""NIP, dates of retirement and transfer periods as the rules write them (Perka BKN 22/2007; UU 20/2023; Perwali 49/2025)."""

import pandas as pd
import pytest

from toolkit.intake.nip import parts
from toolkit.moves.rules import PERIODS
from toolkit.moves.ruling import next_start, retires_on


@pytest.mark.parametrize(
    ("nip", "born", "entered", "sex"),
    [("198002292006011999", "1980-02-29", 2006, "m"), ("19910915 201505 2 999", "1991-09-15", 2015, "f")],
)
def test_a_nip_tells_birth_entry_and_sex(nip, born, entered, sex):
    told = parts(pd.Series([nip])).iloc[0]
    assert (told.born, told.entered, told.sex, told.pppk) == (pd.Timestamp(born), entered, sex, False)


@pytest.mark.parametrize("nip", ["198002292006013999", "198002292006131999", "19800229200601199", "198102292006011999"])
def test_eighteen_digits_that_no_rule_gives_are_no_nip(nip):
    assert parts(pd.Series([nip])).isna().all(axis=None)


def test_born_on_a_leap_day_retirement_begins_on_the_first_of_march():
    born, age = pd.Series(pd.to_datetime(["1980-02-29"])), pd.Series([58.0])
    assert retires_on(born, age).tolist() == [pd.Timestamp("2038-03-01")]


@pytest.mark.parametrize(
    ("received", "period"),
    [("2025-11-03", "2026-04-01"), ("2026-03-15", "2026-04-01"), ("2026-05-02", "2026-10-01")],
)
def test_a_file_is_processed_in_the_next_period(received, period):
    assert next_start(pd.Timestamp(received), PERIODS) == pd.Timestamp(period)
