"""Names written in place of ids: read where exact or confirmed, proposed where similar; and job families by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from toolkit.intake.data import Note
from toolkit.intake.levels import in_new_words
from toolkit.intake.schema import layout, recognised, squash

KINDS = {"unit": ("units", "unit_id"), "job": ("jobs", "job_id")}
NAMED = {**KINDS, "service": ("services", "service_id")}  # names of services are read and never proposed
NEAREST = 3  # known names that are proposed for an unknown one
Frames = dict[str, pd.DataFrame]


def read_names(frames: Frames, notes: list[Note]) -> None:
    """Replace a name by its id: one confirmed in ``matches``, or that of exactly one unit, job or service.

    A job may also be written with the old name of its level.
    """
    for kind in NAMED:
        unknown = [found for found in _unknown_ids(kind, frames) if len(found[2])]
        if not unknown:
            continue
        id_of = _id_by_name(kind, frames)
        of_level = _id_by_name(kind, frames, _in_new_words) if kind == "job" else {}
        for table, column, cells in unknown:
            ids = cells.map(squash).map(id_of).dropna()
            _replace(frames, table, column, ids, "names_read", notes)
            others = cells.drop(ids.index)
            _replace(frames, table, column, others.map(_in_new_words).map(of_level).dropna(), "old_levels", notes)


def _replace(frames: Frames, table: str, column: str, ids: pd.Series, note: str, notes: list[Note]) -> None:
    """Write the ids in place of the names, and note which, but for ids that are made of the name."""
    names = frames[table][column][ids.index]
    if ids.empty:
        return
    frames[table].loc[ids.index, column] = ids
    changed = ids[ids.map(squash) != names.map(squash)]
    if len(changed):
        pairs = dict.fromkeys(f"{names[row]} -> {changed[row]}" for row in changed.index)  # each once, in order
        notes.append((note, {"table": table, "column": column, "count": len(changed), "shown": list(pairs)}))


def _in_new_words(name: str) -> str:
    return squash(in_new_words(name, functional=True))


def _unknown_ids(kind: str, frames: Frames) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield table, column and cells of each column of ids of this kind, for the cells with something else in them."""
    target, key = NAMED[kind]
    for name, table in layout().items():
        for column, about in table.columns.items():
            if about.refers == target and about.type == "id":
                cells = frames[name][column].dropna()
                yield name, column, cells[~cells.isin(frames[target][key])]


def _id_by_name(kind: str, frames: Frames, plain: Callable[[str], str] = squash) -> dict[str, str]:
    """Return the id of each name in its plain form; a confirmed match goes before a name, duplicate names have none."""
    target, key = NAMED[kind]
    named = frames[target][[key, "name"]].dropna().drop_duplicates(key)  # a service has a row for each job
    names = named.name.map(plain)
    unique = ~names.duplicated(keep=False) & (names != "")  # a name of signs alone is nobody's
    by_name = dict(zip(names[unique], named[key][unique], strict=True))
    matches = frames["matches"]
    rows = matches[matches.confirmed & (matches.kind == kind)].dropna(subset="given")
    confirmed = dict(zip(rows.given.map(plain), rows.known_id, strict=True))
    return by_name | confirmed


def proposals(frames: Frames) -> pd.DataFrame:
    """Return the table ``matches`` for names that no unit or job has: the nearest known ones, the most similar first.

    Similarity is the cosine of TF-IDF weights of two to four letters in a row (scikit-learn's TfidfVectorizer): unlike
    an edit distance it hardly changes when words change places or are abbreviated.
    """
    parts = [_nearest(kind, frames) for kind in KINDS]
    return pd.concat(parts, ignore_index=True).reindex(columns=list(layout()["matches"].columns))


def _nearest(kind: str, frames: Frames) -> pd.DataFrame:
    from sklearn.feature_extraction.text import TfidfVectorizer

    target, key = KINDS[kind]
    known = frames[target][[key, "name"]].dropna().reset_index(drop=True)
    unknown = list(_unknown_ids(kind, frames))
    given = pd.concat([cells for _, _, cells in unknown]).drop_duplicates().sort_values().to_numpy()
    if known.empty or not len(given):
        return pd.DataFrame()
    people = pd.concat([cells for table, _, cells in unknown if table == "employees"]).value_counts()
    weights = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit([*known[key], *known.name])
    wanted = weights.transform(given)
    # rows of TF-IDF have length 1, so the product of two is their cosine; a cell may resemble the id or the name
    like_id = (wanted @ weights.transform(known[key]).T).toarray()
    like_name = (wanted @ weights.transform(known.name).T).toarray()
    like = np.maximum(like_id, like_name)
    best = np.argsort(-like, axis=1, kind="stable")[:, :NEAREST]  # stable: equals stay in the order of the tables
    # the matrix given x rank, flattened row by row
    row, rank = np.indices(best.shape).reshape(2, -1)
    place = best[row, rank]
    return pd.DataFrame(
        {
            "kind": kind,
            "given": given[row],
            "known_id": known[key].to_numpy()[place],
            "known_name": known.name.to_numpy()[place],
            "score": like[row, place].round(2),
            "people": people.reindex(given[row], fill_value=0).to_numpy(),
        }
    )


def families(jobs: pd.DataFrame) -> pd.Series:
    """Return a family for each job, based on its name: people of one family can stand in for each other.

    A functional job without its level (so a teacher's school and subject; where the name holds no subject, with its
    field); a general job by its group (column level) and field; else the job itself.

    >>> rows = [("g1", "Guru Ahli Muda", "functional", None, "Matematika"), ("p", "Perawat Mahir", None, None, None)]
    >>> families(pd.DataFrame(rows, columns=["job_id", "name", "category", "level", "field"])).tolist()
    ['guru_matematika', 'perawat']
    """
    levels = rf"\b(?:{'|'.join(recognised()['levels'])})\b"
    is_one = (jobs.category == "functional").tolist()
    written = jobs.name.fillna("").tolist()
    new = [in_new_words(name, functional=known) for name, known in zip(written, is_one, strict=True)]
    names = pd.Series(new, jobs.index, dtype="str").str.lower()
    bare = names.str.replace(levels, " ", regex=True).str.split(r"[\W_]+", regex=True).str.join("_").str.strip("_")
    functional = (jobs.category == "functional") | (jobs.category.isna() & names.str.contains(f"{levels}$"))
    field = jobs.field.fillna("").map(lambda text: re.sub(r"[\W_]+", "_", text.lower()))
    # "Guru" without a subject would let a teacher of mathematics stand in for one of English
    is_plain_teacher = functional & (bare == "guru")
    is_grouped = (jobs.category == "general") & jobs.level.notna() & jobs.field.notna()
    group = jobs.level.fillna("").str.lower() + "_" + field
    found = bare.where(functional & (bare != "") & ~is_plain_teacher, jobs.job_id)
    found = found.mask(is_plain_teacher & (field != ""), "guru_" + field)
    return found.mask(is_grouped, group)
