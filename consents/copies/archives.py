"""Write a folder of files as one archive (ZIP, uncompressed) while it is being read: memory stays flat."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

ALWAYS = datetime(1980, 1, 1).timetuple()[:6]  # the archive says nothing about when


class Outlet:
    """Take what the archive writes until it is handed on. It has no `tell`: the archive goes forward alone."""

    def __init__(self) -> None:
        self.held: list[bytes] = []

    def write(self, data: bytes) -> int:
        self.held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Hold on to it until `take`."""

    def take(self) -> bytes:
        taken, self.held = b"".join(self.held), []
        return taken


def write_archive(entries: Iterable[tuple[str, Iterator[bytes]]]) -> Iterator[bytes]:
    """Yield the archive of these paths with their contents."""
    outlet = Outlet()
    forward: Any = outlet
    with zipfile.ZipFile(forward, "w", zipfile.ZIP_STORED) as archive:
        for path, content in entries:
            with archive.open(zipfile.ZipInfo(path, ALWAYS), "w", force_zip64=True) as entry:
                for chunk in content:
                    entry.write(chunk)
                    yield outlet.take()
    yield outlet.take()
