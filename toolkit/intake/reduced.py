"""What of each person's facts is passed on when ids are replaced: dates, homes, numbers of people, free texts.

A fact is made coarser, or left out, where no step of the toolkit needs it as it is. What is left still singles out most
people (:func:`unique_people`), so the tables stay personal data.
"""

from __future__ import annotations

import datetime as dt

import pandas as pd

from toolkit.common.types import Mask
from toolkit.intake.converting import BLANK
from toolkit.intake.nip import parts
from toolkit.intake.numbers_and_dates import day
from toolkit.intake.schema import Table, layout, recognised, squash

BAND = 5  # years in one band: small enough for an audit by age, too large to single anybody out
BANDED = "_band"  # ends the name of a column that holds the bands of another
MARKS = ["birth_date", f"birth_date{BANDED}", "unit_id", "sex"]  # what a colleague knows of a person, or can find out
LONG_NUMBER = r"\d(?:[ .]?\d){15,}"  # NIP (18 digits) and NIK (16), also in groups
MASK = "#"
THERE = "ada"  # stands for a number that is there


def age_bands(nip: pd.Series) -> pd.Series:
    """Return the years of birth that a NIP shows as a band (1980-1984); empty where it is no NIP."""
    return _bands(parts(nip).born)


def _bands(dates: pd.Series) -> pd.Series:
    first = (dates.dt.year // BAND * BAND).astype("Int64")
    band = first.astype("str") + "-" + (first + BAND - 1).astype("str")
    return band.where(dates.notna(), "")


def months_of_birth(cells: pd.Series, as_of: dt.date | None) -> tuple[pd.Series, Mask]:
    """Return birth dates with the first day in place of the day, and which cells were no dates and are cleared.

    Retirement depends on the month. The age limit of functional jobs is a day, but on the first of a month only the
    month decides. Where the day of judgement is another one, those born in its month keep their day.

    >>> months_of_birth(pd.Series(["17/8/1980", "1975-03-09", "?"]), dt.date(2026, 3, 20))[0].tolist()
    ['1980-08-01', '1975-03-09', '']
    """
    dates = pd.to_datetime(cells.map(day))
    first = dates.dt.to_period("M").dt.to_timestamp()
    keeps_day = pd.Series(False, cells.index)
    if as_of is not None and as_of.day > 1:
        keeps_day = dates.dt.month == as_of.month
    written = dates.where(keeps_day, first).dt.strftime("%Y-%m-%d").fillna("")
    is_lost = dates.isna() & ~cells.isin(BLANK)
    return written, is_lost.to_numpy()


def bands_for_sharing(people: pd.DataFrame) -> list[str]:
    """Replace every date by a band of five years and drop the sex, in place; return the names of the new columns.

    A band stands in a column of its own (birth_date_band), which ``tk.load`` does not read: a rule that needs the date
    is then *not checked*, and says so, instead of being judged by a date that is nobody's.
    """
    columns = layout()["employees"].columns.items()
    dates = [name for name, column in columns if column.type == "date" and name in people]
    for name in dates:
        people[f"{name}{BANDED}"] = _bands(pd.to_datetime(people[name].map(day)))
    for name in [*dates, "sex"]:
        if name in people:
            del people[name]
    return [f"{name}{BANDED}" for name in dates]


def unknown_homes(people: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> Mask:
    """Return which homes are not exactly a district of the tables: each may be a street."""
    known = [tables[name].district for name in ("places", "units") if name in tables and "district" in tables[name]]
    districts = {squash(district) for column in known for district in column} | {""}
    return ~people.home_district.map(squash).isin(districts).to_numpy()


def without_long_numbers(frame: pd.DataFrame, table: Table) -> tuple[pd.DataFrame, int]:
    """Return a table in whose texts each run of sixteen or more digits is masked, and in how many cells there was one.

    Ids of offices and jobs stay as they are, however long.

    >>> edits = pd.DataFrame({"reason": ["19800229 200601 1 999 knows", "ext. 1234"]})
    >>> masked, count = without_long_numbers(edits, layout()["edits"])
    >>> masked.reason.tolist(), count
    (['# knows', 'ext. 1234'], 1)
    """
    masked = frame.copy()
    count = 0
    texts = [name for name in frame if name not in table.columns or table.columns[name].type == "text"]
    for name in texts:
        hit = frame[name].str.contains(LONG_NUMBER, na=False)
        count += int(hit.sum())
        masked.loc[hit, name] = frame.loc[hit, name].str.replace(LONG_NUMBER, MASK, regex=True)
    return masked, count


def filled_only(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """Return a table in which a number that names somebody (STR) is only said to be there.

    >>> filled_only(pd.DataFrame({"str_no": ["12 345", "", "-"]}), layout()["employees"]).str_no.tolist()
    ['ada', '', '']
    """
    marked = [name for name in frame if f"{table.name}.{name}" in recognised()["filled_only"]]
    filled = {name: pd.Series(THERE, frame.index).where(~frame[name].isin(BLANK), "") for name in marked}
    return frame.assign(**filled)


def free_texts(table: Table, frame: pd.DataFrame) -> list[str]:
    """Name the columns that hold whatever somebody wrote, with at least one cell filled."""
    columns = table.columns.items()
    # a text with spellings or a target is one of a few known values
    texts = [name for name, column in columns if column.type == "text" and not (column.spellings or column.refers)]
    return [f"{table.name}.{name}" for name in texts if name in frame and (frame[name] != "").any()]


def unique_people(people: pd.DataFrame, marks: list[str]) -> int:
    """Count the people whom no other equals in these columns; a column that is not there distinguishes nobody.

    >>> unique_people(pd.DataFrame({"unit_id": ["A", "A", "B"], "sex": ["f", "f", "f"]}), MARKS)
    1
    """
    known = [name for name in marks if name in people]
    return int((~people.duplicated(known, keep=False)).sum()) if known else 0


def birth_dates_of(people: pd.DataFrame, nip: pd.Series | None) -> pd.DataFrame:
    """Return the people with the birth date and sex that their NIP shows, where they have none of their own."""
    if nip is None:
        return people
    read = parts(nip)
    shown = {"birth_date": read.born.dt.strftime("%Y-%m-%d").fillna(""), "sex": read.sex.fillna("")}
    own = {name: people[name] if name in people else pd.Series("", people.index) for name in shown}
    return people.assign(**{name: own[name].where(own[name] != "", shown[name]) for name in shown})
