"""``tk.forecast_demand``: next year's received volume per unit and service."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from toolkit.intake.converting import is_month
from toolkit.intake.tables import Data


@dataclass(frozen=True)
class Demand:
    """Yearly received volumes.

    ``table``: unit_id, service_id, volume, volume_low, volume_high (empty: no interval), surge_since, surge_factor
    (empty: none), basis (what the volume was carried forward from). ``periods``: periods a year, 1 or 12.
    """

    table: pd.DataFrame
    periods: int

    def _repr_html_(self) -> str:
        return self.table.to_html(index=False)


def forecast_demand(data: Data) -> Demand:
    """Give next year's volume: the last year carried forward as it is.

    A yearly table gives its last year, a monthly one the last twelve months; a unit that reported fewer months is
    scaled to twelve. A unit that reported nothing in that time has no row: its demand is unknown, not zero.

    >>> import toolkit as tk
    >>> tk.forecast_demand(tk.load("tests/data/three_offices")).table.volume.tolist()
    [10000.0, 2500.0]
    """
    volumes = data.volumes
    columns = ["unit_id", "service_id", "volume", "volume_low", "volume_high", "surge_since", "surge_factor", "basis"]
    if volumes.empty:
        return Demand(pd.DataFrame(columns=columns), 1)
    last = volumes.period.max()
    periods = 12 if is_month(last) else 1
    first = str(pd.Period(last, "M") - 11) if periods == 12 else last
    window = volumes[volumes.period >= first]
    reported = window.groupby("unit_id").period.nunique()
    table = window.groupby(["unit_id", "service_id"], as_index=False).received.sum()
    months = table.unit_id.map(reported)
    table["volume"] = table.received * (periods / months)
    table["basis"] = np.where(
        months == periods, f"{first} to {last}" if periods == 12 else last, months.astype(str) + " of 12 months"
    )
    table[["volume_low", "volume_high", "surge_factor"]] = np.nan
    table["surge_since"] = pd.Series(pd.NaT, index=table.index, dtype="datetime64[s]")
    return Demand(table[columns], periods)
