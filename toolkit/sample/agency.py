"""``make_sample``: write the tables of a synthetic agency to a folder, with its policy and data dictionary."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from toolkit.common.arguments import at_least
from toolkit.common.writing import check_output_folder, write_files
from toolkit.errors import ArgumentError, MutasiError
from toolkit.intake.schema import layout
from toolkit.sample.completed import hide, make_history, make_hours, make_volumes
from toolkit.sample.dictionary import readme
from toolkit.sample.duties import add_duties
from toolkit.sample.employees import make_people
from toolkit.sample.facts import jobs, sizes
from toolkit.sample.headcounts import KEY, make_crews, make_posts
from toolkit.sample.offices import make_places, make_travel, make_units
from toolkit.sample.opinions import make_answers, make_edits, make_wishes
from toolkit.sample.raw import raw_files, spelled
from toolkit.sample.truth import truth_of
from toolkit.sample.work import make_series, make_services, make_tasks, months, received, task_hours
from toolkit.words import policy_file

Tables = dict[str, pd.DataFrame]


def make_sample(
    folder: str | Path,
    size: str = "small",
    seed: int = 2026,
    *,
    force: bool = False,
    truth: str | Path | None = None,
    raw: bool = False,
) -> Path:
    """Write a synthetic agency into a folder: the tables, policy.toml, and README.md with the data dictionary.

    Args:
        folder: empty or not there yet; it is written whole or not at all.
        size: how large the agency is (profiles.toml, sizes).
        seed: another seed gives other offices, people and figures of the same kind.
        force: replace the agency that stands in the folder; other files in it stay.
        truth: a file to write what the figures were drawn from (JSON, see :func:`toolkit.sample.truth.truth_of`); no
            step of the way reads it.
        raw: write the tables as offices send them instead, with a few faults that the truth names (raw.toml).

    Returns:
        The folder.

    Raises:
        ArgumentError: the folder is no path, the size is unknown, or the seed is no whole number of 0 or more.
        MutasiError: the folder contains something, or the file of the truth is there, and ``force`` is not given.

    >>> import tempfile
    >>> folder = make_sample(Path(tempfile.mkdtemp()) / "agency")
    >>> len(list(folder.glob("*.csv")))
    14
    """
    if not isinstance(size, str) or size not in sizes():
        raise ArgumentError("size", size=repr(size), known=", ".join(sizes()))
    if seed is None:  # numpy would draw a seed of its own, and no second run could give the same agency
        raise ArgumentError("seedless")
    at_least("make_sample", "seed", seed, 0, whole=True)
    folder = check_output_folder(folder, "agency", force=force)
    if truth is not None and Path(truth).exists() and not force:
        raise MutasiError("truth_exists", file=truth)
    tables, drawn = make_agency(size, seed)
    # random numbers of their own, so that writing names and faults changes nothing in the agency; make_agency uses
    # the children 0 to 7 of the seed
    rng = np.random.default_rng([seed, 8])
    share = 1.0 if raw else sizes()[size].get("spelled", 0.0)
    if share:
        tables = spelled(tables, share, rng)
    files: dict[str, str | bytes]
    if raw:
        files, drawn["faults"] = raw_files(tables, rng)
    else:
        files = {f"{name}.csv": plain(tables[name], name) for name in tables}
        files["policy.toml"] = policy_file("en")
        files["README.md"] = readme(tables, size, seed)
    if truth is not None:
        Path(truth).write_text(json.dumps(drawn, indent=1) + "\n", encoding="utf-8", newline="\n")
    write_files(folder, files)
    return folder


def make_agency(size: str, seed: int) -> tuple[Tables, dict[str, list[dict[str, Any]]]]:
    """Draw every table of the agency, and the truth behind them; each part has random numbers of its own."""
    # the order of the draws within each generator decides the committed bytes of data/sample
    office, service, demand, crew, past, person, said, hidden = np.random.default_rng(seed).spawn(8)
    units = make_units(size, office)
    services = make_services(service)
    series = make_series(units, demand)
    tasks = make_tasks(units)
    crews = make_crews(units, series, services, task_hours(tasks, units), crew)
    people = make_people(crews, units, person)
    working = people[people.standing == "active"].groupby(["unit_id", "crew"]).fte.sum()
    crews["fte"] = working.reindex(pd.MultiIndex.from_frame(crews[KEY]), fill_value=0.0).to_numpy()
    inflow = received(series, demand)
    periods = months().period
    completed, spent = make_history(series, services, crews, inflow, past)
    crews = hide(crews, spent, hidden)
    answers = make_answers(people, said)
    edits = make_edits(people, answers)
    wishes = make_wishes(people, said)
    # a generator of its own, so that nothing else moves; make_sample uses the child 8
    people = add_duties(people, np.random.default_rng([seed, 9]))
    tables = {
        "units": units,
        "jobs": jobs()[lambda all_: all_.job_id.isin(people.job_id)],
        "employees": people,
        "posts": make_posts(crews, units, series),
        "services": services[services.service_id.isin(series.service_id)],
        "volumes": make_volumes(series, inflow, completed, periods),
        "hours": make_hours(crews, spent, periods, past),
        "tasks": tasks,
        "others": _others(crews),
        "places": make_places(),
        "travel": make_travel(),
        "wishes": wishes,
        "answers": answers,
        "edits": edits,
    }
    return tables, truth_of(series, services, crews)


def _others(crews: pd.DataFrame) -> pd.DataFrame:
    """Return the table of staff who are not ASN, without those whom no table lists."""
    others = crews.loc[(crews.others > 0) & ~crews.unseen, [*KEY, "others"]].rename(columns={"others": "fte"})
    return others.assign(kind="Kontrak")


def plain(table: pd.DataFrame, name: str) -> str:
    """Write one table in its plainest form: the columns of columns.toml, ISO dates, numbers without spare zeros."""
    columns = layout()[name].columns
    table = table.reindex(columns=[column for column in columns if column in table])
    for column, about in columns.items():
        if column in table and about.type == "number":
            table[column] = pd.to_numeric(table[column]).map("{:.10g}".format, na_action="ignore")
    table = table.sort_values(layout()[name].key or list(table)[:3], kind="stable")
    return table.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
