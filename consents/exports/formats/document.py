"""PDF of a register, to read and to print. Its rows lie inside once more, as JSON Lines, for whoever checks it.

Only for registers of few rows: a document is made in memory, at once.
"""

import io
import re
from collections.abc import Generator, Iterator
from typing import IO

from consents.exports.formats import json_lines
from consents.exports.formats.query import Connection, Query, read_cells

ROWS = "records.jsonl"
EMBEDDED = re.compile(rb"/Length (\d+)\n(?:/(?:Params <<[^>]*>>|Subtype [^\n]*)\n)*/Type /EmbeddedFile\n>>\nstream\n")
LARGEST = 64 << 20  # bytes; no register comes near it


def write_document(connection: Connection, query: Query) -> Generator[tuple[bytes, int]]:
    from consents.exports.formats import papers  # see consents.core.paper

    attached = b"".join(block for block, _count in json_lines.write_json_lines(connection, query))
    rows = list(read_cells(connection, query, guarded=False))
    paper = papers.build_paper(query, rows)
    if attached:
        paper.embed_file(bytes=attached, basename=ROWS, desc="The rows of this register", compress=False)
    yield paper.finish(), len(rows)


def read_document(file: IO[bytes]) -> Iterator[dict[str, str]]:
    """Yield the rows that lie inside. Raises ValueError if the document is not whole."""
    content = file.read(LARGEST)
    attached = EMBEDDED.search(content)
    if not content.startswith(b"%PDF-") or not content.rstrip().endswith(b"%%EOF"):
        raise ValueError("This is no whole document.")
    if attached:
        start, size = attached.end(), int(attached[1])
        yield from json_lines.read_json_lines(io.BytesIO(content[start : start + size]))
