"""The package: the file of records, what its columns mean, and the signed manifest, as one ZIP made while it is sent.

The records lie in it uncompressed and first, so that they can be handed out alone and in parts, from the same bytes.
"""

import struct
from datetime import datetime
from typing import IO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from consents.exports.formats.workbook import Sink

HEADER, NAMES = 30, slice(26, 30)  # of a ZIP's local header; where the lengths of name and extra field stand in it


class Package:
    """Every method returns the bytes of the ZIP that have come into being."""

    def __init__(self, at: datetime) -> None:
        self.sink, self.at = Sink(), at.timetuple()[:6]
        self.zip = ZipFile(self.sink, "w", ZIP_STORED)
        self.records: IO[bytes]

    def begin(self, name: str) -> bytes:
        self.records = self.zip.open(self.entry(name), "w", force_zip64=True)
        return self.sink.taken()

    def add(self, block: bytes) -> bytes:
        self.records.write(block)
        return self.sink.taken()

    def end(self, **others: bytes) -> bytes:
        """The records are all there; `others` by name, and the end of the ZIP."""
        self.records.close()
        for name, content in others.items():
            self.zip.writestr(self.entry(name), content)
        self.zip.close()
        return self.sink.taken()

    def entry(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self.at)
        info.external_attr = 0o600 << 16
        return info


def start_of_records(head: bytes) -> int:
    """Where the records begin, from the first bytes of the package."""
    name, extra = struct.unpack("<HH", head[NAMES])
    return int(HEADER + name + extra)
