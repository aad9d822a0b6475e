"""Distances: kilometres between districts, and from a person's home to an office."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.intake.data import Data

EARTH_KM = 6371.0088  # mean radius (IUGG)


def kilometres(data: Data) -> pd.DataFrame:
    """Return the km from each district (row) to each (column): the straight line, unless ``travel`` knows the road.

    A road given one way holds both ways, unless the other way is given too. Within a district it is 0.
    """
    from sklearn.metrics.pairwise import haversine_distances

    places = data.places
    km = haversine_distances(np.radians(places[["lat", "lon"]].to_numpy("float64"))) * EARTH_KM
    districts = pd.Index(places.district)
    start = districts.get_indexer(data.travel.from_district)
    end = districts.get_indexer(data.travel.to_district)
    road = data.travel.km.to_numpy("float64")
    # the way back first, so that a row that gives it explicitly overwrites it
    km[end, start] = road
    km[start, end] = road
    return pd.DataFrame(km, index=districts, columns=districts)


def add_distance(pairs: pd.DataFrame, people: pd.DataFrame, data: Data) -> pd.DataFrame:
    """Add km, from home to the new office, and km_extra, what exceeds the present way; empty where a place is unknown.

    ``pairs`` holds the positions ``person`` (in people) and ``to_code`` (in units).
    """
    if not data.has("places") or not data.has("units", "district") or not data.has("employees", "home_district"):
        return pairs.assign(km=np.nan, km_extra=np.nan)
    table = kilometres(data)
    known = table.to_numpy()
    # one row and one column more, all unknown: where a place that is not known (-1) lands
    padded = np.pad(known, (0, 1), constant_values=np.nan)
    home = table.index.get_indexer(people.home_district)
    office = table.index.get_indexer(data.units.district)
    present = padded[home, office[pd.Index(data.units.unit_id).get_indexer(people.unit_id)]]
    km = padded[home[pairs.person], office[pairs.to_code]]
    return pairs.assign(km=km, km_extra=np.maximum(km - present[pairs.person], 0.0))
