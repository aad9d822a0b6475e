"""The policy: every choice that is not in the tables (budget, prices, dates, shares), with its default and bounds.

Order of precedence: argument of ``balance``, then ``load`` or ``--set``, then policy.toml, then the default.
"""

from __future__ import annotations

import datetime as dt
import math
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from toolkit.errors import PolicyError
from toolkit.words import Phrase, phrase

SHOWN_WIDTH = 60  # characters of a value that a message repeats
YEARS = (1900, 2150)  # outside them a date is a slip of the hand, as in the tables
NAMES = {"policy.toml", "policy.toml.txt", "policy.txt", "policy.tml"}  # what is meant to be policy.toml


def _key(default: Any, low: float | None = None, high: float | None = None, codes: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"low": low, "high": high, "codes": codes})


@dataclass(frozen=True, kw_only=True)
class Policy:
    """Choices of one run, checked when they are made.

    Hours are hours a year of one full-time person, months are calendar months, prices are in the units of the
    objective (see docs/method.md). ``None`` means: not set.

    >>> Policy(effective_hours=1200).effective_hours
    1200.0
    >>> Policy(outflow_share=2)
    Traceback (most recent call last):
    toolkit.errors.PolicyError: policy outflow_share = 2 is above 1; write a value from 0 to 1
    """

    # law: Peraturan BKN 9/2022 (effective year 1,250 h, 235 days); PP 11/2017 Pasal 190(3) (two years; verify);
    # PP 94/2021 (punishments; verify); UU 10/2016 Pasal 71(2), 162(3); Perwali Palembang 49/2025 (periods)
    effective_hours: float = _key(1250.0, 1, 8784)
    working_days: float = _key(235.0, 1, 366)
    hours_per_day: float | None = _key(None, 0.1, 24)
    hours_per_week: float | None = _key(None, 0.5, 168)
    tenure_min_months: int = _key(24, 0, 600)
    tenure_from: str = _key("post", codes=("post", "unit"))
    lesson_hours: float = _key(24.0, 1, 60)
    election_from: dt.date | None = _key(None)
    election_until: dt.date | None = _key(None)
    inaugurated_on: dt.date | None = _key(None)
    inauguration_months: int = _key(6, 0, 600)
    periods_only: bool = _key(False)
    discipline_moderate_months: int = _key(12, 0, 600)
    discipline_severe_months: int = _key(12, 0, 600)
    # choice of the agency
    unwilling_stay: bool = _key(False)
    max_moves: int | None = _key(None, 0, 10_000_000)
    as_of: dt.date | None = _key(None)
    seed: int = _key(0, 0, 2**32 - 1)
    outflow_share: float = _key(0.25, 0, 1)
    allow_short_donors: bool = _key(False)
    allow_beyond_need: bool = _key(False)
    criterion: str = _key("workload", codes=("workload", "shortage"))
    scale: str = _key("absolute", codes=("absolute", "relative"))
    norm_weights: str = _key("size", codes=("size", "none", "robust"))
    norm_power: float = _key(1.5, 0, 2)
    norm_alpha: float | None = _key(None, 0, 1e12)
    backlog_months: float | None = _key(None, 1, 600)
    rating_required: bool = _key(True)
    unlisted: str = _key("unknown", codes=("unknown", "none"))
    work_share_min: float = _key(0.5, 0, 1)
    hold_doubtful: bool = _key(True)
    surplus_beyond: str = _key("peers", codes=("peers", "norms"))
    retirement_horizon_months: int = _key(24, 0, 600)
    semester_only: bool = _key(False)
    pppk_contract_months: int = _key(12, 0, 600)
    pppk_first_months: int = _key(12, 0, 600)
    pertek: str = _key("none", codes=("none", "general", "all"))
    # preference: what a move costs
    tenure_long_months: int = _key(60, 0, 600)
    max_km: float | None = _key(None, 0, 20_000)
    price_per_move: float = _key(0.05, 1e-6, 1e6)
    price_per_km: float = _key(0.01, 0, 1e6)
    price_per_misfit: float = _key(0.05, 0, 1e6)
    wish_credit: float = _key(0.03, 0, 1e6)
    tenure_credit: float = _key(0.01, 0, 1e6)
    same_office_credit: float = _key(0.01, 0, 1e6)
    empty_cell_charge: float = _key(2.5, 1.5, 1e6)

    def __post_init__(self) -> None:
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        for name, value in _validated(values, "").items():
            object.__setattr__(self, name, value)  # the only way to set a field of a frozen dataclass

    def with_(self, **changes: Any) -> Policy:
        """Return the same policy with some keys changed; an unknown key raises :class:`PolicyError`."""
        return from_mapping({**asdict(self), **changes}, "arguments")

    def plain(self) -> dict[str, Any]:
        """Return all keys as JSON can hold them (dates as ISO text)."""
        values = asdict(self)
        return {key: value.isoformat() if isinstance(value, dt.date) else value for key, value in values.items()}


class _ImpossibleError(ValueError):
    """A value that its key cannot hold; ``why`` says so and what to write."""

    def __init__(self, why: str, **facts: object):
        self.why = phrase(f"policy.{why}", **facts)
        super().__init__(str(self.why))


def _checked(each: Field[Any], value: Any) -> Any:
    """Return a value as its key holds it, or raise _ImpossibleError."""
    kind = str(each.type)  # the annotation as text: annotations are not evaluated in this file
    rule = each.metadata
    if value is None and "None" in kind:
        return None
    if kind.startswith("dt.date"):
        return _date(value)
    if kind == "bool":
        if not isinstance(value, bool):
            raise _ImpossibleError("not_flag")
        return value
    if kind == "str":
        if value not in rule["codes"]:
            raise _ImpossibleError("not_code", codes=", ".join(rule["codes"]))
        return value
    return _number(value, whole=kind.startswith("int"), low=rule["low"], high=rule["high"])


def _number(value: Any, whole: bool, low: float, high: float) -> float | int:
    # figures as policy.toml writes them, with a point, whatever the language
    bounds = {"low": f"{low:g}", "high": f"{high:g}"}
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and not math.isfinite(value)):
        raise _ImpossibleError("not_number", **bounds)
    if whole and value != int(value):
        raise _ImpossibleError("not_whole", **bounds)
    if not low <= value <= high:
        raise _ImpossibleError("below" if value < low else "above", **bounds)
    return int(value) if whole else float(value)


def _date(value: Any) -> dt.date:
    try:
        is_day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
        day = value if is_day else dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        raise _ImpossibleError("not_date") from None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise _ImpossibleError("date_far", first=str(YEARS[0]), last=str(YEARS[1]))
    return day


def _validated(values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Return the values as their keys hold them, or raise one error for all unknown keys and impossible values."""
    known = {each.name: each for each in fields(Policy)}
    out: dict[str, Any] = {}
    faults: list[tuple[str, str, Phrase]] = []
    for name, value in values.items():
        if name not in known:
            faults.append((name, "", _unknown(name, where, known)))
            continue
        try:
            out[name] = _checked(known[name], value)
        except _ImpossibleError as reason:
            faults.append((name, _shown(value), reason.why))
    if faults:
        raise PolicyError("policy", faults)
    return out


def _unknown(name: str, where: str, known: Iterable[str]) -> Phrase:
    """Say that a key is unknown, with the nearest known one if one is near."""
    place = phrase(f"policy.in_{where}")
    if near := get_close_matches(name, known, 1):
        return phrase("policy.unknown_near", place=place, near=near[0])
    return phrase("policy.unknown", place=place, known=", ".join(known))


def _shown(value: Any) -> str:
    """Return a value as it is written, cut where it is long; a number of thousands of digits cannot be written."""
    try:
        text = value.isoformat() if isinstance(value, dt.date) else repr(value)
    except ValueError:  # Python refuses to write a whole number of over 4,300 digits
        return "9..."
    return text if len(text) <= SHOWN_WIDTH else f"{text[:SHOWN_WIDTH]}..."


def from_mapping(values: Mapping[str, Any], where: str) -> Policy:
    """Build a policy from keys and values; ``where`` names their origin: file, arguments, both or plan."""
    return Policy(**_validated(values, where))


def _check_nothing_meant(folder: Path) -> None:
    """Refuse a file that is meant to be the policy and would not be read: its choices would be lost without a word."""
    for file in sorted(folder.iterdir()):
        if file.name.casefold() in NAMES:
            kind = "dangling" if file.is_symlink() and not file.exists() else "misnamed"
            raise PolicyError("policy", [("", "", phrase(f"policy.{kind}", file=file.name))])


def _unreadable(error: Exception) -> Phrase:
    """Say where a policy file is not TOML; the parser's own words are in English only."""
    if isinstance(error, UnicodeDecodeError):
        return phrase("policy.coding")
    if place := re.search(r"line (\d+), column (\d+)", str(error)):
        return phrase("policy.not_toml_at", line=place[1], column=place[2])
    is_end = "end of document" in str(error)
    return phrase("policy.not_toml_end" if is_end else "policy.not_toml")


def read(folder: Path, overrides: Mapping[str, Any]) -> Policy:
    """Read policy.toml of a folder, if it is there; overrides go before it."""
    return from_mapping({**written(folder), **overrides}, "both")


def written(folder: Path) -> dict[str, Any]:
    """Return the keys and values of policy.toml of a folder, checked; none where there is no such file."""
    file = folder / "policy.toml"
    if not file.exists():
        _check_nothing_meant(folder)
        return {}
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError) as error:  # TOMLDecodeError and UnicodeDecodeError are ValueErrors
        raise PolicyError("policy", [("", "", _unreadable(error))]) from None
    # checked on its own first, so that a message names the file and not the arguments
    _validated(values, "file")
    return values
