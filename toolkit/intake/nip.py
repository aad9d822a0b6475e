"""What a NIP tells against the other columns (Perka BKN 22/2007): compared, named, never corrected, then dropped."""

from __future__ import annotations

import pandas as pd

from toolkit.intake.schema import squash, squashed

SHAPE = r"^(\d{8})(\d{4})(\d{2})([12])\d{3}$"  # birth, year of entry, month (from 21 on: PPPK), sex, serial
YOUNGEST, OLDEST = 17, 40  # years at entry; a PPPK may be older


def nip_column(text: pd.DataFrame) -> str | None:
    """Find the column that holds the NIP: one of its own, or the id of the person."""
    own = [name for name in text if name.startswith("?") and squash(name) in squashed("nip")]
    if not own and "employee_id" in text and text.employee_id.str.fullmatch(r"[\d ]{18,21}").mean() >= 0.5:
        return "employee_id"
    return own[0] if own else None


def parts(nip: pd.Series) -> pd.DataFrame:
    """Give born, entered (a year), pppk and sex; all missing where the NIP cannot be one."""
    found = nip.astype("str").str.replace(r"\D", "", regex=True).str.extract(SHAPE)
    born = pd.to_datetime(found[0], format="%Y%m%d", errors="coerce")
    month = pd.to_numeric(found[2])
    good = born.notna() & (month.between(1, 12) | (month >= 21))
    told = pd.DataFrame({"born": born, "entered": pd.to_numeric(found[1]), "pppk": month >= 21})
    return told.assign(sex=found[3].map({"1": "m", "2": "f"})).where(good)


def examine(text: pd.DataFrame, people: pd.DataFrame) -> dict[str, list[str]]:
    """Name the people whose NIP is odd, by the kind of warning; nothing where there is no NIP."""
    column = nip_column(text)
    if column is None:
        return {}
    nip = text.loc[people.index, column]
    told, there = parts(nip), nip != ""
    age = told.entered - told.born.dt.year
    late = (age > OLDEST) & (told.pppk == False)  # noqa: E712
    odd = {
        "nip_shape": there & told.born.isna(),
        "nip_birth": told.born.notna() & people.birth_date.notna() & (told.born != people.birth_date),
        "nip_sex": told.sex.notna() & people.sex.notna() & (told.sex != people.sex),
        "nip_entry": (age < YOUNGEST) | late,
    }
    return {kind: people.employee_id[rows.fillna(False).astype(bool)].dropna().tolist() for kind, rows in odd.items()}
