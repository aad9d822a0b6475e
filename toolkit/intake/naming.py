"""Names in place of ids: read where they are exact or confirmed, proposed where they are near; and families by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from toolkit.errors import few
from toolkit.intake.data import Note
from toolkit.intake.schema import layout, recognised, squash

KINDS = {"unit": ("units", "unit_id"), "job": ("jobs", "job_id")}
NEAREST = 3
Frames = dict[str, pd.DataFrame]


def read_names(frames: Frames, notes: list[Note]) -> None:
    """Put the id in place of a name: one confirmed in ``matches``, or that of exactly one unit or job."""
    for kind in KINDS:
        meant = _meant(kind, frames)
        for table, column, cells in _strange(kind, frames):
            ids = cells.map(squash).map(meant).dropna()
            if len(ids):
                frames[table].loc[ids.index, column] = ids
                shown = few(dict.fromkeys(f"{cells[at]} -> {ids[at]}" for at in ids.index))
                notes.append(("names_read", {"table": table, "column": column, "count": len(ids), "shown": shown}))


def _strange(kind: str, frames: Frames) -> Iterator[tuple[str, str, pd.Series]]:
    """Give the cells of each column that should hold an id of this kind and hold something else."""
    target, key = KINDS[kind]
    for name, table in layout().items():
        for column, about in table.columns.items():
            if about.refers == target and about.type == "id":
                cells = frames[name][column].dropna()
                yield name, column, cells[~cells.isin(frames[target][key])]


def _meant(kind: str, frames: Frames) -> dict[str, str]:
    target, key = KINDS[kind]
    named = frames[target][[key, "name"]].dropna()
    names = named.name.map(squash)
    once = ~names.duplicated(keep=False)
    rows = frames["matches"][frames["matches"].confirmed & (frames["matches"].kind == kind)].dropna(subset="given")
    return dict(zip(names[once], named[key][once], strict=True)) | dict(
        zip(rows.given.map(squash), rows.known_id, strict=True)
    )


def proposals(frames: Frames) -> pd.DataFrame:
    """Give the table ``matches`` for names that no unit or job has: the nearest known ones, the likelier first.

    Likeness is the cosine of weighted pieces of two to four letters (scikit-learn's TfidfVectorizer, which is here
    already), because it bears another order of words and abbreviations as edit distances do not.
    """
    parts = [_nearest(kind, frames) for kind in KINDS]
    return pd.concat(parts, ignore_index=True).reindex(columns=list(layout()["matches"].columns))


def _nearest(kind: str, frames: Frames) -> pd.DataFrame:
    from sklearn.feature_extraction.text import TfidfVectorizer

    target, key = KINDS[kind]
    known = frames[target][[key, "name"]].dropna().reset_index(drop=True)
    strange = list(_strange(kind, frames))
    given = pd.concat([cells for _, _, cells in strange]).drop_duplicates().sort_values().to_numpy()
    if known.empty or not len(given):
        return pd.DataFrame()
    people = pd.concat([cells for table, _, cells in strange if table == "employees"]).value_counts()
    pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4)).fit([*known[key], *known.name])
    wanted = pieces.transform(given)
    like = np.maximum(*((wanted @ pieces.transform(known[side]).T).toarray() for side in (key, "name")))
    best = np.argsort(-like, axis=1, kind="stable")[:, :NEAREST]
    row, rank = np.indices(best.shape).reshape(2, -1)
    place = best[row, rank]
    return pd.DataFrame({
        "kind": kind, "given": given[row], "known_id": known[key].to_numpy()[place],
        "known_name": known.name.to_numpy()[place], "score": like[row, place].round(2),
        "people": people.reindex(given[row], fill_value=0).to_numpy(),
    })  # fmt: skip


def families(jobs: pd.DataFrame) -> pd.Series:
    """Give the family of each job that has none: who can stand in for whom, by the names.

    A functional job without its level (so a teacher's school and subject; where the name holds no subject, with its
    field); a general job by its group (column level) and field; else the job itself.

    >>> rows = [("g1", "Guru Ahli Muda", "functional", None, "Matematika"), ("p", "Perawat Mahir", None, None, None)]
    >>> families(pd.DataFrame(rows, columns=["job_id", "name", "category", "level", "field"])).tolist()
    ['guru_matematika', 'perawat']
    """
    levels = rf"\b(?:{'|'.join(recognised()['levels'])})\b"
    names = jobs.name.fillna("").str.lower()
    bare = names.str.replace(levels, " ", regex=True).str.split(r"[\W_]+", regex=True).str.join("_").str.strip("_")
    functional = (jobs.category == "functional") | (jobs.category.isna() & names.str.contains(f"{levels}$"))
    alone = functional & (bare == "guru")
    grouped = (jobs.category == "general") & jobs.level.notna() & jobs.field.notna()
    field = jobs.field.fillna("").map(lambda text: re.sub(r"[\W_]+", "_", text.lower()))
    group = jobs.level.fillna("").str.lower() + "_" + field
    found = bare.where(functional & (bare != "") & ~alone, jobs.job_id)
    return found.mask(alone & (field != ""), "guru_" + field).mask(grouped, group)
