"""One table as its file holds it: titles, header and rows of text, before its columns are named."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from toolkit.intake.schema import Table, squash

OF_A_RULE = r"\d+\s*(?:tahun|/)\s*\d{4}"  # Permendagri Nomor 12 Tahun 2008, 12/2008


@dataclass
class Sheet:
    """A table that is being read: the steps of reading change it one after the other.

    ``body`` holds the cells of each row by the index of the row, which counts from 0 for the row below a header in the
    first row; a row that was split keeps its index with a fraction. ``titles`` are the texts above the header, with
    the name of the file or sheet; ``top`` is the index of the header.
    """

    table: Table
    header: list[str]
    body: dict[float, list[str]]
    titles: list[str] = field(default_factory=list)
    top: int = -1

    def places(self, words: set[str]) -> list[int]:
        """Return the places of the columns whose header is one of the squashed words."""
        return [place for place, cell in enumerate(self.header) if squash(cell) in words]

    def years(self) -> set[str]:
        """Return the years that the titles name."""
        texts = [re.sub(OF_A_RULE, "", title, flags=re.IGNORECASE) for title in self.titles]
        return {year for text in texts for year in re.findall(r"(?<!\d)(?:19|20)\d{2}(?!\d)", text)}

    def drop(self, places: set[int]) -> None:
        """Drop columns."""
        kept = [place for place in range(len(self.header)) if place not in places]
        self.header = [self.header[place] for place in kept]
        self.body = {index: [record[place] for place in kept] for index, record in self.body.items()}
