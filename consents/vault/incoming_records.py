"""A record on its way into the vault, and the keyed hashes that it is known by there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from json.encoder import encode_basestring_ascii
from uuid import UUID

from django.conf import settings

from consents.core import sealing
from consents.core.bulk_sealing import compute_keyed_hashes, compute_keyed_names
from consents.vault.sealed_json import encode_field_name

ID, CONTENT = "record", "content"  # the uses of the keyed hashes that are a record's id and its fingerprint


@dataclass(frozen=True)
class IncomingRecord:
    """A record to store. `name` is the company's key of the record, unique within customer and category."""

    customer: UUID
    category: int
    name: str
    values: Mapping[str, str]
    position: int = 0

    @cached_property
    def id(self) -> UUID:
        """Return the id of the record: always the same for the same record, and but for its group, which is the
        customer's, meaningless to anyone else.
        """
        return sealing.compute_keyed_name(settings.KEYRING, ID, self.full_name, self.customer)

    @property
    def full_name(self) -> str:
        return f"{self.customer}\0{self.category}\0{self.name}"

    @cached_property
    def text(self) -> str:
        """Return the JSON of position and values, written as `json.dumps` does, in a third of its time."""
        pairs = [
            f"[{encode_field_name(name)}, {encode_basestring_ascii(value)}]"
            for name, value in sorted(self.values.items())
        ]
        return f"[{self.position}, [{', '.join(pairs)}]]"

    @cached_property
    def content(self) -> bytes:
        """Return the fingerprint to store."""
        return sealing.compute_keyed_hash(settings.KEYRING, CONTENT, self.text)

    def has_fingerprint(self, content: bytes) -> bool:
        """Return True if nothing has changed since this fingerprint, made with any of the index keys."""
        return content == self.content or sealing.is_keyed_hash(settings.KEYRING, CONTENT, self.text, content)


def compute_hashes(records: Sequence[IncomingRecord]) -> None:
    """Compute the ids and fingerprints of all, which are kept, in half the time of one after the other."""
    names, customers = [record.full_name for record in records], [record.customer for record in records]
    ids = compute_keyed_names(settings.KEYRING, ID, names, customers)
    contents = compute_keyed_hashes(settings.KEYRING, CONTENT, [record.text for record in records])
    for record, id, content in zip(records, ids, contents, strict=True):
        vars(record).update(id=id, content=content)
