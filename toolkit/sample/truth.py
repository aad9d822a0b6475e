"""The truth behind a synthetic agency (norms, surges, need), against which the estimates can be measured."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from toolkit.sample.facts import catalogue, jobs
from toolkit.sample.headcounts import KEY
from toolkit.sample.work import next_year


def truth_of(series: pd.DataFrame, services: pd.DataFrame, crews: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    """Return what the figures were drawn from, as lists of records.

    ``norms``: job_id, service_id, minutes (true touch time; without service_id the fixed work of an office and month).
    ``surges``: unit_id, service_id, since, factor. ``need``: unit_id, job_id, need_fte: what the next twelve months may
    expect to receive, at the true norms and a middling office's pace, over the effective year. ``padded``: unit_id,
    job_id, pad (share of the slack that was recorded as worked). ``unseen``: unit_id, job_id, others (not listed).
    """
    about = jobs().set_index("job_id")
    norms = services.loc[services.minutes.notna(), ["job_id", "service_id", "minutes"]].to_dict("records")
    norms += [
        {"job_id": job, "service_id": None, "minutes": 60 * hours} for job, hours in about.fixed_hours.items() if hours
    ]
    surge = catalogue()["surge"]
    hit = series[
        (series.unit_id == surge["unit"]) & series.service_id.isin(services.service_id[services.job_id == surge["job"]])
    ]
    surges = hit[["unit_id", "service_id"]].assign(since=surge["since"], factor=surge["factor"]).to_dict("records")
    lines = series.assign(volume=next_year(series)).merge(services.dropna(subset="minutes"), on="service_id")
    hours = (lines.volume * lines.minutes / 60).groupby([lines[name] for name in KEY]).sum().rename("hours")
    need = crews.merge(hours.reset_index(), on=KEY)
    fixed = 12 * need.fixed_hours + need.main
    year = catalogue()["chance"]["effective_hours"]
    need["need_fte"] = np.asarray((need.hours + fixed) / (year - need.support) + need.additional / year)
    padded = crews.loc[crews.pad > 0, [*KEY, "pad"]]
    unseen = crews.loc[crews.unseen, [*KEY, "others"]]
    return {
        "norms": norms,
        "surges": surges,
        "need": need[[*KEY, "need_fte"]].to_dict("records"),
        "padded": padded.to_dict("records"),
        "unseen": unseen.to_dict("records"),
    }
