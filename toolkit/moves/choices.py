"""Rules that are choices of the agency or preferences: contracts, ratings, retirement, consent, distance."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.common.calendar import retires_on
from toolkit.intake.data import Data
from toolkit.moves.law_on_jobs import GOOD
from toolkit.moves.law_on_persons import day
from toolkit.moves.named_pairs import among
from toolkit.moves.registry import Verdict, rule


@rule
def pppk_contract(people: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK moves only if the contract runs on for pppk_contract_months."""
    # a blank status may be a PPPK: it is looked at, and refused as not to be judged
    some = people[people.status.isna() | (people.status == "pppk")]
    least = data.as_of + pd.DateOffset(months=data.policy.pppk_contract_months)
    return Verdict(some.contract_end < least, day(some.contract_end))


@rule
def pppk_first_year(people: pd.DataFrame, data: Data) -> Verdict:
    """A PPPK stays where the work began for the first months of the first contract."""
    new = people[people.status == "pppk"]
    passes_on = new.contract_since + pd.DateOffset(months=data.policy.pppk_first_months)
    return Verdict(passes_on > data.as_of, day(new.contract_since), passes_on)


@rule
def hold(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves whom the agency holds up to a day, but with consent."""
    held = (people.hold_until >= data.as_of) & (people.consent != "given")
    return Verdict(held, day(people.hold_until), people.hold_until + pd.Timedelta(days=1))


@rule
def forbidden(people: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person stays."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.isna()].drop_duplicates("employee_id")
    value = people.employee_id.map((edits.by + ": " + edits.reason).set_axis(edits.employee_id))
    return Verdict(value.notna(), value)


@rule
def forbidden_there(pairs: pd.DataFrame, data: Data) -> Verdict:
    """A named official has decided that the person does not go to this office."""
    edits = data.edits[(data.edits.action == "forbid") & data.edits.unit_id.notna()]
    named = pairs.loc[among(pairs, edits, data), ["employee_id", "to_unit"]].astype("str")
    first = edits.drop_duplicates(["employee_id", "unit_id"]).set_index(["employee_id", "unit_id"])
    value = (first.by + ": " + first.reason).reindex(pd.MultiIndex.from_frame(named)).set_axis(named.index)
    return Verdict(pd.Series(True, named.index), value)


@rule
def part_timer(people: pd.DataFrame, data: Data) -> Verdict:
    """Part-timers are not moved by the model."""
    return Verdict(people.fte < 1, people.fte.map("{:g}".format))


@rule
def rating(people: pd.DataFrame, data: Data) -> Verdict:
    """Both of the last two performance ratings are at least good."""
    good = people.rating_last.isin(GOOD) & people.rating_before.isin(GOOD)
    return Verdict(~good, people.rating_last.fillna("") + "; " + people.rating_before.fillna(""))


@rule
def retirement(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who retires within the horizon: the post is a coming vacancy."""
    leaves = retires_on(people.birth_date, people.retirement_age)
    return Verdict(leaves < data.as_of + pd.DateOffset(months=data.policy.retirement_horizon_months), day(leaves))


@rule
def unwilling(people: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves who has said not to be willing."""
    return Verdict(people.employee_id.isin(data.wishes.employee_id[data.wishes.willing == "no"]))


@rule
def distance(pairs: pd.DataFrame, data: Data) -> Verdict:
    """Nobody moves farther than max_km from home without consent, unless it is no farther than the present way."""
    willing = data.wishes.employee_id[data.wishes.willing == "yes"]
    consents = pairs.employee_id.isin(willing)
    too_far = (pairs.km > data.policy.max_km) & (pairs.km_extra > 0)
    barred = (too_far | pairs.km.isna()) & ~consents
    # millions of pairs: each distance is written once, and pairs refer to it by a code
    code, each = pd.factorize(pairs.km[barred].round(1))
    texts = [f"{km:.1f} km" for km in each]
    texts.append("cannot be judged: field district missing")  # of home or office
    value = pd.Categorical.from_codes(np.where(code < 0, len(each), code), texts)
    return Verdict(barred, pd.Series(value, barred.index[barred]))
