"""Raw tables -> the same tables with keyed ids, without what no step needs (UU 27/2022)."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from hashlib import sha256
from pathlib import Path

import pandas as pd

from toolkit.common.writing import claimed, write_files
from toolkit.errors import InputError, MutasiError
from toolkit.intake.converting import typed
from toolkit.intake.data import Note
from toolkit.intake.faults import Faults
from toolkit.intake.nip import nip_column, parts
from toolkit.intake.reading import read_tables, source_of
from toolkit.intake.schema import layout, squash
from toolkit.words import language, say

LEAST = 32  # characters of a key
BAND = 5  # years of birth in one band


def anonymise(
    raw: str | Path, folder: str | Path, key_file: str | Path, lang: str | None = None, force: bool = False
) -> Path:
    """Write the tables without personal data, and report.md, which says what was read, dropped and changed.

    Ids of people become the first 16 hex digits of their HMAC-SHA256 with the key, the same in all tables and runs;
    a NIP becomes a band of birth years and the sex, in audit.csv; a home keeps its district only; columns that no
    step needs are dropped. All other cells stay as they are written: read free texts before they are passed on.

    Args:
        raw: folder or workbook with the tables.
        folder: empty or not there yet.
        key_file: outside both; made where it is not there, never replaced. Who has it can compute the ids anew.
        lang: of report.md; without one, that of MUTASI_LANG.
        force: replace what stands in the folder.

    Raises:
        MutasiError: the key lies inside or is too short, or the tables or the ids in them cannot be read.
    """
    lang, source = language(lang), source_of(raw)
    folder, key_file = claimed(folder, "the tables", force), Path(key_file)
    for place in (source.folder, folder):
        if key_file.resolve().is_relative_to(place.resolve()):
            raise MutasiError(f"the key file {key_file} lies inside {place}; keep it elsewhere, apart from the tables")
    faults, notes = Faults(), list[Note]()
    text = read_tables(source, faults, notes)
    typed(text.get("employees", pd.DataFrame()).filter(["employee_id"]), layout()["employees"], faults, [])
    if faults:
        raise InputError(faults.frame(), source.folder / source.workbook)
    key, report = _key(key_file), [say("anonymise.head", lang, source=source.folder.name)]
    audit = _people(text, report, lang)
    tables = {name: _kept(name, frame, key, report, lang) for name, frame in text.items()}
    # a title or a remark beside a table may name somebody: how it begins is not repeated
    report += [f"- {say(f'intake.{kind}', lang, **facts)}." for kind, facts in notes if "first" not in facts]
    files = {f"{name}.csv": table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    if audit is not None:
        audit["employee_id"] = tables["employees"].employee_id
        files["audit.csv"] = audit[["employee_id", "age_band", "sex"]].to_csv(index=False, lineterminator="\n")
    if (policy := source.folder / "policy.toml").is_file():
        files["policy.toml"] = policy.read_bytes()
    return write_files(folder, {**files, "report.md": "\n".join(report) + "\n"})


def _key(file: Path) -> bytes:
    """Read the key, or make one that only its owner may read."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as out:
            out.write(secrets.token_hex(LEAST) + "\n")
    key = file.read_bytes().strip()
    if len(key) < LEAST:
        raise MutasiError(f"the key file {file} holds {len(key)} characters; name one of {LEAST} or more, or none yet")
    return key


def _people(text: dict[str, pd.DataFrame], report: list[str], lang: str) -> pd.DataFrame | None:
    """Reduce NIP and home of the employees, in place; give what the audit may know."""
    people, column = text["employees"], nip_column(text["employees"])
    if "home_district" in people:
        known = [text[name].district for name in ("places", "units") if name in text and "district" in text[name]]
        district = people.home_district.map(squash).isin(set(pd.concat([*known, pd.Series([""])]).map(squash)))
        people["home_district"] = people.home_district.where(district, "")
        report.append(say("anonymise.home", lang, lost=int((~district).sum())))
    if column is None:
        return None
    told = parts(people[column])
    first = (told.born.dt.year // BAND * BAND).astype("Int64")
    people["sex"] = people.get("sex", pd.Series("", people.index)).where(lambda cells: cells != "", told.sex.fillna(""))
    report.append(say("anonymise.nip", lang, count=int(told.born.notna().sum()), odd=int(told.born.isna().sum())))
    band = first.astype("str") + "-" + (first + BAND - 1).astype("str")
    return pd.DataFrame({"age_band": band.where(first.notna(), ""), "sex": people.sex})


def _kept(name: str, frame: pd.DataFrame, key: bytes, report: list[str], lang: str) -> pd.DataFrame:
    """Give the table with the columns that are known, ids of people keyed."""
    kept = frame[[column for column in layout()[name].columns if column in frame]].copy()
    if "employee_id" in kept:
        kept["employee_id"] = [_keyed(cell, key) for cell in kept.employee_id]
    dropped = [column.lstrip("?") for column in frame if column not in kept]
    report.append(say("anonymise.table", lang, table=name, rows=len(kept), dropped=", ".join(dropped) or "-"))
    return kept


def _keyed(person: str, key: bytes) -> str:
    """Give the id that stands for a person; a NIP is the same with and without its spaces."""
    plain = re.sub(r"\s", "", person)
    return hmac.new(key, plain.encode(), sha256).hexdigest()[:16] if plain else ""
