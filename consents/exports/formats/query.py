"""What a format is handed: the description's rows, to be spelled as cells or as values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg

from consents.exports.describing import Column, Description

Connection = psycopg.Connection[Any]
BLOCK = 256 * 1024


@dataclass(frozen=True)
class Query:
    """The rows of a description, narrowed. `values`: every parameter, the bounds of the period among them."""

    description: Description
    values: Mapping[str, Any]
    chosen: Mapping[str, str]
    personal: bool = False

    @property
    def columns(self) -> list[Column]:
        return list(self.description.columns)

    @property
    def rows(self) -> str:
        return self.description.select(personal=self.personal, chosen=self.chosen)

    @property
    def parameters(self) -> dict[str, Any]:
        return {**self.values, **self.chosen}

    def cells(self, *, guarded: bool, in_pieces: bool = True) -> str:
        """SQL of every cell as text."""
        cells = ", ".join(f"{one.in_cells(guarded=guarded, in_pieces=in_pieces)} AS {one.name}" for one in self.columns)
        return f"SELECT {cells} FROM ({self.rows}) AS r"


def in_blocks(lines: Iterable[bytes], *, headings: int) -> Iterator[tuple[bytes, int]]:
    """The headings at once, then about 256 KiB at a time, each with its number of rows."""
    block, rows = bytearray(), -headings
    for line in lines:
        block += line
        rows += 1
        if len(block) >= BLOCK or rows == 0:
            yield bytes(block), rows
            block, rows = bytearray(), 0
    if block:
        yield bytes(block), rows
