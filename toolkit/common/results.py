"""What every result has in common: a short repr, HTML of a summary and ten rows, comparison by value, sealed frames."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from toolkit.errors import MutasiError

ROWS_SHOWN = 10


class Result:
    """Base of the frozen dataclasses that the steps return.

    A subclass is declared with ``eq=False, repr=False``, else ``dataclass`` would write both over again: its equality
    asks a frame for its truth value, which pandas refuses.
    """

    _main = "table"  # the frame that HTML shows
    _not_compared: tuple[str, ...] = ()  # fields that equal results may differ in

    def __repr__(self) -> str:
        """Return one line: the type and the size of each frame.

        >>> import toolkit as tk
        >>> tk.forecast_demand(tk.load("tests/data/three_offices"))
        <Demand: table=2 rows, monthly=0 rows>
        """
        sizes = [f"{name}={len(frame)} rows" for name, frame in self._frames().items()]
        return f"<{type(self).__name__}: {', '.join(sizes)}>"

    def _repr_html_(self) -> str:
        """Return the summary, where there is one, and the first ten rows of the main frame."""
        parts = []
        summary = getattr(self, "summary", None)
        if isinstance(summary, pd.Series):
            parts.append(summary.to_frame().T.to_html(index=False))
        frame = getattr(self, self._main)
        parts.append(frame.head(ROWS_SHOWN).to_html(index=False))
        if len(frame) > ROWS_SHOWN:
            parts.append(f"<p>{ROWS_SHOWN} / {len(frame)}</p>")
        return "".join(parts)

    def __eq__(self, other: object) -> bool:
        """Compare by value; frames with their dtypes, missing values as equal."""
        if type(self) is not type(other):
            return NotImplemented
        names = [each.name for each in fields(self) if each.name not in self._not_compared]  # type: ignore[arg-type]
        return all(_equal(getattr(self, name), getattr(other, name)) for name in names)

    __hash__ = None  # type: ignore[assignment]  # equal by value, and the frames in it can be edited

    def _frames(self) -> dict[str, pd.DataFrame]:
        """The fields that are frames, by name."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}


def _equal(one: Any, other: Any) -> bool:
    """Whether two values are the same, whatever their kind; no kind answers with an array, as ``==`` would."""
    if one is other:  # results share the steps before them, so this saves most of the comparing
        return True
    if isinstance(one, pd.DataFrame | pd.Series):
        return type(one) is type(other) and bool(one.equals(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, np.ndarray):
        if not isinstance(other, np.ndarray):
            return False
        # only floats have a nan, and array_equal fails when it looks for one in text
        floats = one.dtype.kind == other.dtype.kind == "f"
        return np.array_equal(one, other, equal_nan=floats)
    return bool(one == other)


def seal(frame: pd.DataFrame) -> str:
    """Return a digest that changes when any cell, the order of rows, or the columns of a frame change.

    The same frame has the same seal in every process (Python's own ``hash`` of text has not), so a result may be
    pickled and read elsewhere.
    """
    rows = pd.util.hash_pandas_object(frame, index=True).to_numpy()
    digest = hashlib.sha256(repr(list(frame.columns)).encode())
    digest.update(rows.tobytes())
    return digest.hexdigest()


def check_seal(frame: pd.DataFrame, sealed: str, name: str, remedy: str) -> None:
    """Raise :class:`MutasiError` if a frame was edited after its step returned it."""
    if seal(frame) != sealed:
        raise MutasiError("edited", name=name, remedy=remedy)
