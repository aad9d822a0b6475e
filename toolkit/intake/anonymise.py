"""Raw tables -> the same tables under pseudonyms: keyed ids, and only the personal data that a step needs."""

from __future__ import annotations

import datetime as dt
import hmac
import json
import os
import re
import secrets
from hashlib import sha256
from pathlib import Path

import pandas as pd

from toolkit.common.arguments import as_path, language
from toolkit.common.writing import check_output_folder, write_files
from toolkit.errors import InputError, MutasiError
from toolkit.intake import policy as policies
from toolkit.intake import reduced
from toolkit.intake.converting import typed
from toolkit.intake.data import Note
from toolkit.intake.faults import Faults
from toolkit.intake.nip import nip_column, parts
from toolkit.intake.reading import Source, read_tables, source_of
from toolkit.intake.schema import layout, recognised
from toolkit.words import phrase, say

KEY_LENGTH = 32  # least number of characters of a key: 128 bits where they are hex digits
ID_LENGTH = 16  # hex digits of an id: 64 bits, so that two of 100,000 people share one with a chance below 1e-9


def anonymise(
    raw: str | Path,
    folder: str | Path,
    key_file: str | Path,
    lang: str | None = None,
    *,
    share: bool = False,
    force: bool = False,
) -> Path:
    """Write the tables under pseudonyms, and report.md, which says what was read, dropped and changed.

    Ids of people become the first 16 hex digits of their HMAC-SHA256 with the key, the same in all tables and runs; a
    NIP becomes a band of birth years and the sex, in audit.csv; a home keeps its district only, a birth date its month
    where no rule needs the day; runs of sixteen or more digits are masked; columns that no step needs are dropped.

    This is *pseudonymisation*, not anonymity: nearly everybody is still the only one with this birth month, office and
    sex. report.md counts them and lists the free texts that are kept; UU 27/2022 goes on to apply to the tables.

    Args:
        raw: folder or workbook with the tables.
        folder: empty or not there yet.
        key_file: outside both; created if absent, never replaced. Whoever has it can compute the ids again.
        lang: of report.md; without one, that of MUTASI_LANG.
        share: for people outside the agency: all dates of a person become bands of five years and the sex goes, so that
            rules that need them are not checked.
        force: replace the files of an earlier run in the folder.

    Returns:
        The path of report.md.

    Raises:
        ArgumentError: one of the paths is empty.
        MutasiError: folder is where the raw tables are, or the key is inside one of them, or too short.
        PolicyError: policy.toml holds unknown keys or impossible values.
        InputError: the tables or the ids in them cannot be read.
    """
    lang = language(lang)
    source = source_of(raw, "raw")
    folder = check_output_folder(folder, "tables", force=force)
    if folder.resolve() == source.folder.resolve():
        raise MutasiError("out_is_raw", folder=folder, what=phrase("thing.tables"))
    key_file = as_path(key_file, "key_file", phrase("thing.key"))
    _check_apart(key_file, source.folder, folder)
    policy = policies.read(source.folder, {})
    text, notes = _read(source)
    key = _key(key_file)
    report = [say("anonymise.head", lang, source=source.folder.name), say("anonymise.what", lang)]
    people = text["employees"]
    nip = people[column] if (column := nip_column(people)) else None
    before = reduced.unique_people(reduced.birth_dates_of(people, nip), reduced.MARKS)
    audit = _reduce_people(text, nip, policy.as_of, report, lang)
    bands = reduced.bands_for_sharing(people) if share else []
    if share:
        report.append(say("anonymise.bands", lang, columns=", ".join(bands) or "-"))
    report.append(_unique_line(people, bands, before, lang))
    tables = {}
    for name, frame in text.items():
        kept = [*_columns_read(name), *(bands if name == "employees" else [])]
        tables[name] = _without_personal_data(name, frame, kept, key, report, lang)
    report += _text_lines(tables, lang)
    # a title or a remark beside a table may name somebody: notes that repeat its first words are left out
    report += [f"- {say(f'intake.{kind}', lang, **facts)}." for kind, facts in notes if "first" not in facts]
    files: dict[str, str | bytes] = {f"{name}.csv": _csv(table) for name, (table, _) in tables.items()}
    if audit is not None and not share:
        audit["employee_id"] = tables["employees"][0].employee_id
        files["audit.csv"] = _csv(audit[["employee_id", "age_band", "sex"]])
    if (source.folder / "policy.toml").is_file():
        files["policy.toml"] = _policy_text(source.folder)
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


def _reduce_people(
    text: dict[str, pd.DataFrame], nip: pd.Series | None, as_of: dt.date | None, report: list[str], lang: str
) -> pd.DataFrame | None:
    """Reduce homes, birth dates and NIP of the employees, in place; return the audit table, None without a NIP."""
    people = text["employees"]
    if "home_district" in people:
        is_lost = reduced.unknown_homes(people, text)
        people["home_district"] = people.home_district.mask(is_lost, "")
        report.append(say("anonymise.home", lang, lost=int(is_lost.sum())))
    if "birth_date" in people:
        people["birth_date"], is_lost = reduced.months_of_birth(people.birth_date, as_of)
        report.append(say("anonymise.birth", lang, lost=int(is_lost.sum())))
    if nip is None:
        return None
    found = parts(nip)
    sex = people["sex"] if "sex" in people else pd.Series("", people.index)
    people["sex"] = sex.where(sex != "", found.sex.fillna(""))
    is_read = found.born.notna()
    report.append(say("anonymise.nip", lang, count=int(is_read.sum()), odd=int((~is_read).sum())))
    return pd.DataFrame({"age_band": reduced.age_bands(nip), "sex": people.sex})


def _unique_line(people: pd.DataFrame, bands: list[str], before: int, lang: str) -> str:
    """How many people can be singled out by what others know of them, before and after."""
    kept = [name for name in [*layout()["employees"].columns, *bands] if name != "employee_id"]
    after = reduced.unique_people(people, reduced.MARKS)
    by_all = reduced.unique_people(people, kept)
    return say("anonymise.unique", lang, people=len(people), before=before, after=after, all=by_all)


def _columns_read(table: str) -> list[str]:
    """Name the columns of a table that some step reads."""
    return [name for name in layout()[table].columns if f"{table}.{name}" not in recognised()["unread"]]


def _without_personal_data(
    name: str, frame: pd.DataFrame, wanted: list[str], key: bytes, report: list[str], lang: str
) -> tuple[pd.DataFrame, int]:
    """Return the table with the wanted columns, ids of people keyed; and how many cells were masked."""
    kept = frame[[column for column in wanted if column in frame]].copy()
    ids = kept.pop("employee_id") if "employee_id" in kept else None
    kept = reduced.filled_only(kept, layout()[name])
    kept, masked = reduced.without_long_numbers(kept, layout()[name])
    if ids is not None:
        kept.insert(0, "employee_id", [_keyed(cell, key) for cell in ids])
    dropped = [column.lstrip("?") for column in frame if column not in kept]
    report.append(say("anonymise.table", lang, table=name, rows=len(kept), dropped=", ".join(dropped) or "-"))
    return kept, masked


def _text_lines(tables: dict[str, tuple[pd.DataFrame, int]], lang: str) -> list[str]:
    """Which free texts are passed on as they were written, and how many long numbers were masked in all cells."""
    texts = [text for name, (table, _) in tables.items() for text in reduced.free_texts(layout()[name], table)]
    masked = sum(count for _, count in tables.values())
    return [
        say("anonymise.masked", lang, count=masked),
        say("anonymise.texts", lang, columns=", ".join(texts) or "-"),
    ]


def _policy_text(folder: Path) -> str:
    """Return policy.toml with its keys alone: a remark in it may name somebody."""
    lines = []
    for name, value in policies.written(folder).items():
        # JSON writes texts, numbers and booleans as TOML does; dates stand without quotes
        shown = value.isoformat() if isinstance(value, dt.date) else json.dumps(value, ensure_ascii=False)
        lines.append(f"{name} = {shown}\n")
    return "".join(lines)


def _keyed(person: str, key: bytes) -> str:
    """Return the id that stands for a person; a NIP gives the same one with and without its spaces."""
    plain = re.sub(r"\s", "", person)
    return hmac.new(key, plain.encode(), sha256).hexdigest()[:ID_LENGTH] if plain else ""


def _csv(table: pd.DataFrame) -> str:
    return table.to_csv(index=False, lineterminator="\n")
