"""Describe an export for people who have only its file: what it holds, who took it, why, and how to check it."""

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from consents.core import signing
from consents.core.canonical import encode_canonical
from consents.core.signing import KeySet, NotGenuine
from consents.exports.datasets import DESCRIPTIONS
from consents.exports.formats.workbook import ByteSink
from consents.exports.models import Export
from consents.exports.rules import Dataset

# Sign and verify the manifest of an export: what was exported, by whom, why, from which ledger (JWS, Ed25519).
#
# Verifying needs only the text and the public keys: no database, no settings, no network.

NAME, READABLE = "manifest.jws", "manifest.json"
TYPE = "consent-export+jws"
KIND_OF_KEY = "export"  # published at /.well-known/jwks.json
FORMAT = "consent-portal-export/1"


class NotAManifest(NotGenuine):
    sentence = gettext_lazy("We signed this, but it is not the manifest of an export.")


@dataclass(frozen=True)
class ExportedFile:
    """Describe a file of an export. `rows`: number of records, without headings."""

    name: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """A manifest whose signature was verified. `payload`: the signed bytes."""

    payload: bytes
    content: dict[str, Any]

    @property
    def files(self) -> list[ExportedFile]:
        return [ExportedFile(**file) for file in self.content["files"]]

    @property
    def records(self) -> ExportedFile:
        return self.files[0]


def sign_manifest(content: dict[str, Any], key: Ed25519PrivateKey) -> tuple[str, bytes]:
    """Return the signed text and the bytes that it signs."""
    payload = encode_canonical({"format": FORMAT} | content)
    return signing.sign_jws(payload, typ=TYPE, key=key), payload


def render_manifest(payload: bytes) -> bytes:
    """Return the manifest as indented JSON for people. This copy is not signed."""
    return json.dumps(json.loads(payload), indent=2, ensure_ascii=False).encode() + b"\n"


def verify_manifest(text: str, known: KeySet) -> Manifest:
    """Return the manifest of a signed text. Raises NotGenuine with the reason."""
    payload = signing.verify_jws(text.strip(), typ=TYPE, known=known)
    content = json.loads(payload)
    if content.get("format") != FORMAT:
        raise NotAManifest
    return Manifest(payload, content)


# The package: records, data dictionary and signed manifest in one ZIP, built while it is sent.
#
# The records come first and uncompressed, so that they can be served alone, or in ranges, from the stored package.

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


def describe_days(first: date, until: date) -> str:
    """Describe whole days, `until` not included, by the first and the last of them: “1 Jan to 31 Dec 2025”."""
    last = until - timedelta(days=1)
    day, day_of_year = pgettext("short date format", "j M Y"), pgettext("short date format", "j M")
    if first == last:
        return date_format(first, day)
    begins = date_format(first, day_of_year if first.year == last.year else day)
    return _("%(first)s to %(last)s") % {"first": begins, "last": date_format(last, day)}


def describe_filters(export: Export) -> str:
    filters = {known.name: known for known in DESCRIPTIONS[Dataset(export.dataset)].filters}
    return "; ".join(
        f"{filters[name].label}: {dict(filters[name].choices).get(value, value)}"
        for name, value in export.chosen.items()
        if name in filters
    )


def list_cover_facts(export: Export, at: str, ledger: dict[str, Any]) -> list[tuple[str, str]]:
    """Return labels and values; those without a value are left out. `at`: when the rows were read; `ledger`: its state.

    The file cannot hold its own digest: it says where that stands.
    """
    return [(label, value) for label, value in iterate_facts(export, at, ledger) if value]


def iterate_facts(export: Export, at: str, ledger: dict[str, Any]) -> Iterator[tuple[str, str]]:
    description = DESCRIPTIONS[Dataset(export.dataset)]
    yield _("Company"), f"{settings.PORTAL_COMPANY}, {settings.PORTAL_URL}"
    yield _("Records"), f"{description.title} ({export.dataset}, {export.version})"
    yield _("Law"), description.law
    yield _("Period"), f"{describe_days(export.from_date, export.until_date)} ({export.time_zone})"
    yield _("Filters"), describe_filters(export)
    yield _("Personal columns"), _("Included") if export.personal else _("Left empty")
    yield _("What it is for"), export.reason
    yield _("Requested by"), str(export.made_by_id) if export.made_by_id else _("command line")
    yield _("Approved by"), str(export.approval.approved_by_id) if hasattr(export, "approval") else ""
    yield _("Rows read at"), at
    yield _("Export"), str(export.id)
    yield _("Newest ledger entry"), str(ledger["newest_entry"])
    yield _("Signed state of the ledger"), ledger["checkpoint"] or ""
    yield (
        _("How to check it"),
        _(
            "The number of rows, the SHA-256 of this file and the company’s signature stand in %(name)s, which the"
            " package (ZIP) of this export holds beside it."
        )
        % {"name": NAME},
    )
