"""The package: records, data dictionary and signed manifest in one ZIP, built while it is sent.

The records come first and uncompressed, so that they can be served alone, or in ranges, from the stored package.
"""

import struct
from datetime import datetime
from typing import IO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from consents.exports.formats.workbook import ByteSink

HEADER, NAMES = 30, slice(26, 30)  # bytes of a ZIP's local header; the lengths of name and extra field in it


class Package:
    """Builds the ZIP. Every method returns the bytes that are new."""

    def __init__(self, at: datetime) -> None:
        self.sink, self.at = ByteSink(), at.timetuple()[:6]
        self.zip = ZipFile(self.sink, "w", ZIP_STORED)
        self.records: IO[bytes]

    def begin(self, name: str) -> bytes:
        self.records = self.zip.open(self.entry(name), "w", force_zip64=True)
        return self.sink.take()

    def add(self, block: bytes) -> bytes:
        self.records.write(block)
        return self.sink.take()

    def end(self, **others: bytes) -> bytes:
        """Close the records, add the `others` by name, and end the ZIP."""
        self.records.close()
        for name, content in others.items():
            self.zip.writestr(self.entry(name), content)
        self.zip.close()
        return self.sink.take()

    def entry(self, name: str) -> ZipInfo:
        info = ZipInfo(name, self.at)
        info.external_attr = 0o600 << 16
        return info


def find_records_offset(head: bytes) -> int:
    """Return the offset of the records, from the first 30 bytes of a package."""
    name, extra = struct.unpack("<HH", head[NAMES])
    return int(HEADER + name + extra)
