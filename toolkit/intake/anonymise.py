"""Raw tables -> the same tables with keyed ids, without personal data that no step needs (UU 27/2022)."""

from __future__ import annotations

import hmac
import os
import re
import secrets
from hashlib import sha256
from pathlib import Path

import pandas as pd

from toolkit.common.arguments import as_path, language
from toolkit.common.writing import check_output_folder, write_files
from toolkit.errors import InputError, MutasiError
from toolkit.intake.converting import typed
from toolkit.intake.data import Note
from toolkit.intake.faults import Faults
from toolkit.intake.nip import nip_column, parts
from toolkit.intake.reading import Source, read_tables, source_of
from toolkit.intake.schema import layout, squash
from toolkit.words import phrase, say

KEY_LENGTH = 32  # least number of characters of a key: 128 bits where they are hex digits
ID_LENGTH = 16  # hex digits of an id: 64 bits, so that two of 100,000 people share one with a chance below 1e-9
BAND = 5  # years of birth in one band: small enough for an audit by age, too large to single anybody out


def anonymise(
    raw: str | Path, folder: str | Path, key_file: str | Path, lang: str | None = None, *, force: bool = False
) -> Path:
    """Write the tables without personal data, and report.md, which says what was read, dropped and changed.

    Ids of people become the first 16 hex digits of their HMAC-SHA256 with the key, the same in all tables and runs;
    a NIP becomes a band of birth years and the sex, in audit.csv; a home keeps its district only; columns that no
    step needs are dropped. All other cells stay as they are written: read free texts before they are passed on.

    Args:
        raw: folder or workbook with the tables.
        folder: empty or not there yet.
        key_file: outside both; created if absent, never replaced. Whoever has it can compute the ids again.
        lang: of report.md; without one, that of MUTASI_LANG.
        force: replace the files of an earlier run in the folder.

    Returns:
        The path of report.md.

    Raises:
        ArgumentError: one of the paths is empty.
        MutasiError: the folder is raw itself, or the key is inside raw or folder, or too short.
        InputError: the tables or the ids in them cannot be read.
    """
    lang = language(lang)
    source = source_of(raw, "raw")
    folder = check_output_folder(folder, "tables", force=force)
    if folder.resolve() == source.folder.resolve():
        raise MutasiError("out_is_raw", folder=folder, what=phrase("thing.tables"))
    key_file = as_path(key_file, "key_file", phrase("thing.key"))
    _check_apart(key_file, source.folder, folder)
    text, notes = _read(source)
    key = _key(key_file)
    report = [say("anonymise.head", lang, source=source.folder.name)]
    audit = _reduce_people(text, report, lang)
    tables = {name: _without_personal_data(name, frame, key, report, lang) for name, frame in text.items()}
    # a title or a remark beside a table may name somebody: notes that repeat its first words are left out
    report += [f"- {say(f'intake.{kind}', lang, **facts)}." for kind, facts in notes if "first" not in facts]
    files: dict[str, str | bytes] = {f"{name}.csv": _csv(table) for name, table in tables.items()}
    if audit is not None:
        audit["employee_id"] = tables["employees"].employee_id
        files["audit.csv"] = _csv(audit[["employee_id", "age_band", "sex"]])
    policy = source.folder / "policy.toml"
    if policy.is_file():
        files["policy.toml"] = policy.read_bytes()
    return write_files(folder, {**files, "report.md": "\n".join(report) + "\n"})


def _check_apart(key_file: Path, *places: Path) -> None:
    """Refuse a key beside the tables: whoever is given the folder must not be given the key with it."""
    for place in places:
        if key_file.resolve().is_relative_to(place.resolve()):
            raise MutasiError("key_inside", file=key_file, place=place)


def _read(source: Source) -> tuple[dict[str, pd.DataFrame], list[Note]]:
    """Return the tables as text, and the notes of reading; ids that a spreadsheet rounded are a fault."""
    faults = Faults()
    notes: list[Note] = []
    text = read_tables(source, faults, notes)
    ids = text.get("employees", pd.DataFrame()).filter(["employee_id"])
    typed(ids, layout()["employees"], faults, [])
    if faults:
        raise InputError(faults.frame(), source.folder / source.workbook)
    return text, notes


def _key(file: Path) -> bytes:
    """Read the key, or create one that only its owner may read."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        # O_EXCL: another process that creates the same file in the meantime makes this fail, not overwrite
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "w", encoding="ascii") as out:
            out.write(secrets.token_hex(KEY_LENGTH) + "\n")
    key = file.read_bytes().strip()
    if len(key) < KEY_LENGTH:
        raise MutasiError("key_short", file=file, found=len(key), least=KEY_LENGTH)
    return key


def _reduce_people(text: dict[str, pd.DataFrame], report: list[str], lang: str) -> pd.DataFrame | None:
    """Reduce home and NIP of the employees, in place; return age band and sex for audit.csv, None without a NIP."""
    people = text["employees"]
    column = nip_column(people)  # before the homes change; the NIP column is still there under its ?name
    if "home_district" in people:
        _reduce_homes(people, text, report, lang)
    if column is None:
        return None
    found = parts(people[column])
    sex = people["sex"] if "sex" in people else pd.Series("", people.index)
    people["sex"] = sex.where(sex != "", found.sex.fillna(""))
    read = found.born.notna()
    report.append(say("anonymise.nip", lang, count=int(read.sum()), odd=int((~read).sum())))
    first = (found.born.dt.year // BAND * BAND).astype("Int64")
    band = first.astype("str") + "-" + (first + BAND - 1).astype("str")
    return pd.DataFrame({"age_band": band.where(read, ""), "sex": people.sex})


def _reduce_homes(people: pd.DataFrame, text: dict[str, pd.DataFrame], report: list[str], lang: str) -> None:
    """Empty every home that is not exactly a district of the tables: it may be a street."""
    known = [text[name].district for name in ("places", "units") if name in text and "district" in text[name]]
    districts = {squash(district) for column in known for district in column} | {""}
    is_district = people.home_district.map(squash).isin(districts)
    people["home_district"] = people.home_district.where(is_district, "")
    report.append(say("anonymise.home", lang, lost=int((~is_district).sum())))


def _without_personal_data(name: str, frame: pd.DataFrame, key: bytes, report: list[str], lang: str) -> pd.DataFrame:
    """Return the table with the columns of columns.toml only, ids of people keyed."""
    kept = frame[[column for column in layout()[name].columns if column in frame]].copy()
    if "employee_id" in kept:
        kept["employee_id"] = [_keyed(cell, key) for cell in kept.employee_id]
    dropped = [column.lstrip("?") for column in frame if column not in kept]
    report.append(say("anonymise.table", lang, table=name, rows=len(kept), dropped=", ".join(dropped) or "-"))
    return kept


def _keyed(person: str, key: bytes) -> str:
    """Return the id that stands for a person; a NIP gives the same one with and without its spaces."""
    plain = re.sub(r"\s", "", person)
    return hmac.new(key, plain.encode(), sha256).hexdigest()[:ID_LENGTH] if plain else ""


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")
