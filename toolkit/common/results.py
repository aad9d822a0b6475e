"""What every result has in common: a short repr, HTML of a summary and ten rows, comparison by value, sealed frames."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd

from toolkit.errors import MutasiError

ROWS_SHOWN = 10


class Result:
    """Base of the frozen dataclasses that the steps return."""

    _main = "table"
    _not_compared: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Return one line: the type and the size of each frame.

        >>> from toolkit.common.results import Result
        >>> Result.__repr__.__name__
        '__repr__'
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

    __hash__ = None  # type: ignore[assignment]

    def _frames(self) -> dict[str, pd.DataFrame]:
        values = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in values.items() if isinstance(value, pd.DataFrame)}


def _equal(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, pd.DataFrame | pd.Series):
        return type(one) is type(other) and bool(one.equals(other))
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_equal(value, other[key]) for key, value in one.items())
    if isinstance(one, np.ndarray):
        return isinstance(other, np.ndarray) and np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return bool(one == other)


def seal(frame: pd.DataFrame) -> int:
    """Return a number that changes when any cell, the order of rows, or the columns of a frame change."""
    rows = pd.util.hash_pandas_object(frame, index=True).to_numpy()
    return hash((tuple(frame.columns), rows.tobytes()))


def check_seal(frame: pd.DataFrame, sealed: int, name: str, remedy: str) -> None:
    """Raise :class:`MutasiError` if a frame was edited after its step returned it."""
    if seal(frame) != sealed:
        raise MutasiError(f"{name} was edited after it was made, and later steps would not see it; {remedy}")
