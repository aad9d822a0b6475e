"""Checks of the NIP (employee number, Perka BKN 22/2007) against other columns: warnings only, nothing is corrected."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.schema import squash, squashed

SHAPE = r"^(\d{8})(\d{4})(\d{2})([12])\d{3}$"  # birth, year of entry, month (from 21 on: PPPK), sex, serial
NIP_SHARE = 0.5  # of the ids must be 18 digits, maybe in groups, for the id column to count as the NIP
YOUNGEST = 17  # least age at entry
OLDEST = 40  # greatest age at entry of a PNS; a PPPK may be older


def nip_column(text: pd.DataFrame) -> str | None:
    """Return the column that holds the NIP: one of its own, or the id of the person; None if there is none."""
    own = [name for name in text if name.startswith("?") and squash(name) in squashed("nip")]
    if not own and "employee_id" in text and text.employee_id.str.fullmatch(r"[\d ]{18,21}").mean() >= NIP_SHARE:
        return "employee_id"
    return own[0] if own else None


def parts(nip: pd.Series) -> pd.DataFrame:
    """Return born, entered (a year), pppk and sex; all missing where the NIP is invalid."""
    found = nip.astype("str").str.replace(r"\D", "", regex=True).str.extract(SHAPE)
    born = pd.to_datetime(found[0], format="%Y%m%d", errors="coerce")
    month = pd.to_numeric(found[2])
    is_valid = born.notna() & (month.between(1, 12) | (month >= 21))
    read = pd.DataFrame({"born": born, "entered": pd.to_numeric(found[1]), "pppk": month >= 21})
    return read.assign(sex=found[3].map({"1": "m", "2": "f"})).where(is_valid)


def examine(text: pd.DataFrame, people: pd.DataFrame) -> dict[str, list[str]]:
    """Return the ids of people whose NIP looks wrong, by kind of warning; an empty mapping where there is no NIP."""
    column = nip_column(text)
    if column is None:
        return {}
    nip = text.loc[people.index, column]
    read = parts(nip)
    age = read.entered - read.born.dt.year
    # pppk is missing where the NIP is invalid, so "not pppk" would not do
    too_old = (age > OLDEST) & (read.pppk == False)  # noqa: E712
    suspect = {
        "nip_shape": (nip != "") & read.born.isna(),
        "nip_birth": read.born.notna() & people.birth_date.notna() & (read.born != people.birth_date),
        "nip_sex": read.sex.notna() & people.sex.notna() & (read.sex != people.sex),
        "nip_entry": (age < YOUNGEST) | too_old,
    }
    return {
        kind: people.employee_id[rows.fillna(False).astype(bool)].dropna().tolist() for kind, rows in suspect.items()
    }
