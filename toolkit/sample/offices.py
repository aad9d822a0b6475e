"""Draw the offices of the agency, their places, and the distances across the river."""

from __future__ import annotations

import numpy as np
import pandas as pd

from toolkit.sample.facts import fact, profiles, sizes, stem

DETOUR = 1.1  # a way over the bridge that much longer than the straight line goes into the table travel
EARTH = 6371.0  # km, mean radius
RESIDENTS = 0.25  # sd of the logarithm of the residents of one kelurahan or puskesmas


def make_units(size: str, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the offices: the columns of units.csv, and profile, residents, scale and whether the office was renamed."""
    districts = _districts(sizes()[size]["district"], rng)
    parts = [fact("offices"), districts]
    parts.append(_kelurahan(districts, sizes()[size]["kelurahan"], rng))
    parts.append(_puskesmas(sizes()[size]["puskesmas"], rng))
    parts += [_more(rng, **about) for about in sizes()[size].get("more", [])]
    units = pd.concat(parts, ignore_index=True)
    filler = {"selection_required": "no", "locked": "no", "renamed": "no", "parent_id": ""}
    units = units.fillna(filler)
    units["kind"] = units.profile.map(lambda name: profiles()[name]["kind"])
    units["scale"] = units.profile.map(sizes()[size].get("scale", {})).fillna(1.0).astype(float)
    return units


def _more(rng: np.random.Generator, profile: str, count: int, **about: str) -> pd.DataFrame:
    """Draw further offices of one profile; a district with more people gets more of them."""
    named = [{key: text.format(n=number) for key, text in about.items()} for number in range(1, count + 1)]
    people = fact("districts").population
    placed = rng.choice(fact("districts").district, count, p=people / people.sum())
    return pd.DataFrame(named).assign(profile=profile, district=placed)


def _districts(count: int, rng: np.random.Generator) -> pd.DataFrame:
    chosen = fact("districts").loc[lambda d: np.sort(rng.choice(len(d), count, replace=False))]
    return pd.DataFrame(
        {
            "unit_id": "KEC-" + chosen.code,
            "name": "Kecamatan " + chosen.district,
            "profile": "district",
            "district": chosen.district,
            "residents": chosen.population.astype(float),
        }
    )


def _kelurahan(districts: pd.DataFrame, count: int, rng: np.random.Generator) -> pd.DataFrame:
    every = fact("kelurahan").merge(districts[["district", "unit_id", "residents"]], on="district")
    place = every.groupby("district").cumcount() + 1
    share = every.residents / every.groupby("district").kelurahan.transform("size")
    kelurahan = pd.DataFrame(
        {
            "unit_id": every.unit_id.str.replace("KEC", "KEL") + "-" + place.astype(str).str.zfill(2),
            "name": "Kelurahan " + every.kelurahan,
            "profile": "kelurahan",
            "parent_id": every.unit_id,
            "district": every.district,
            "residents": share * rng.lognormal(0, RESIDENTS, len(every)),
        }
    )
    return kelurahan.iloc[np.sort(rng.choice(len(kelurahan), count, replace=False))]


def _puskesmas(count: int, rng: np.random.Generator) -> pd.DataFrame:
    every = fact("puskesmas").merge(fact("districts"), on="district")
    share = every.population / every.groupby("district").puskesmas.transform("size")
    puskesmas = pd.DataFrame(
        {
            "unit_id": "PKM-" + every.puskesmas.str.removeprefix("Puskesmas ").map(stem),
            "name": every.puskesmas,
            "profile": "puskesmas",
            "parent_id": "DINKES",
            "district": every.district,
            "residents": share * rng.lognormal(0, RESIDENTS, len(every)),
        }
    )
    return puskesmas.iloc[np.sort(rng.choice(len(puskesmas), count, replace=False))]


def make_places() -> pd.DataFrame:
    """Return a point in each district."""
    return fact("districts")[["district", "lat", "lon", "population"]]


def _km(one: pd.DataFrame, other: pd.DataFrame) -> np.ndarray:
    """Return the kilometres from each point of one to each of the other, on a plane: exact enough within a city."""
    north = np.radians(one.lat.to_numpy()[:, None] - other.lat.to_numpy())
    east = np.radians(one.lon.to_numpy()[:, None] - other.lon.to_numpy()) * np.cos(np.radians(one.lat.mean()))
    return np.asarray(EARTH * np.hypot(north, east))


def distances() -> pd.DataFrame:
    """Return the kilometres between all districts: over the best bridge where the river lies between.

    >>> distances().loc["Gandus", "Gandus"]
    np.float64(0.0)
    """
    places, bridges = fact("districts"), fact("bridges")
    straight, legs = _km(places, places), _km(places, bridges)
    # district x district x bridge: to the bridge and on from it
    over = (legs[:, None, :] + legs[None, :, :]).min(axis=2)
    bank = places.bank.to_numpy()
    return pd.DataFrame(np.where(bank[:, None] == bank, straight, over), places.district, places.district)


def make_travel() -> pd.DataFrame:
    """Return the pairs of districts whose way over a bridge is much longer than the straight line."""
    places = fact("districts")
    ways = distances().to_numpy()
    straight = _km(places, places)
    first, second = np.nonzero(np.triu(ways > DETOUR * straight, k=1))
    names = places.district.to_numpy()
    return pd.DataFrame(
        {"from_district": names[first], "to_district": names[second], "km": ways[first, second].round(1)}
    )
