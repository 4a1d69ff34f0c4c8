"""A record on its way into the vault, and the keyed hashes that it is known by there."""

import json
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from json.encoder import encode_basestring_ascii
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from consents.core import sealing
from consents.core.sealing import compute_keyed_hashes, compute_keyed_names, seal_values

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


# Of the customer's own key, which is made once. Wrapping it anew (`rewrap`) does not change it: nothing is resealed.
KEY_VERSION = "1"


def seal_records(records: Sequence[IncomingRecord], keys: Mapping[UUID, AESGCM], entry: str) -> list[bytes]:
    """Return the JSON of each record's values, sealed for the write whose ledger entry has this id. `keys`: prepared,
    by customer.
    """
    names = [tuple(record.values) for record in records]
    ciphers = [cipher for record in records for cipher in [keys[record.customer]] for _value in record.values]
    texts = [text.encode() for record in records for text in record.values.values()]
    sealed = seal_values(ciphers, texts, list_places(records, names, entry))
    begun = [begin for some in names for begin in begin_sealed_values(some, entry)]
    values = map(encode_sealed_value, begun, sealed)
    return [encode_sealed_object(islice(values, len(some))) for some in names]


def list_places(records: Sequence[IncomingRecord], names: Sequence[tuple[str, ...]], entry: str) -> list[bytes]:
    """List the encoded places that the values of these records are bound to, in order."""
    above = [
        sealing.encode_associated_data(get_sealing_place(record.customer, record.category, record.id))
        for record in records
    ]
    fields = [sealing.encode_fields(some, (entry,)) for some in names]
    return [place + field for place, some in zip(above, fields, strict=True) for field in some]


def get_sealing_place(customer: UUID, category: int, record: UUID) -> tuple[str, ...]:
    """Return what a sealed value is bound to, besides its field and its entry."""
    return ("vault", KEY_VERSION, str(customer), str(category), str(record))


def encode_sealed_object(values: Iterable[bytes]) -> bytes:
    """Return the JSON of values that `encode_sealed_value` has encoded."""
    joined = b'",'.join(values)
    return b'{%s"}' % joined if joined else b"{}"


def encode_sealed_value(begun: bytes, sealed: bytes) -> bytes:
    """Return name and value, as `encode_sealed_text` has it: there is nothing in it to escape. The last quote is left
    to the object.
    """
    return begun + b2a_base64(sealed, newline=False)


@lru_cache(maxsize=512)  # thousands of records of an import have the same fields, and one entry
def begin_sealed_values(names: tuple[str, ...], entry: str) -> list[bytes]:
    """Return the JSON of each name, and what its value begins with."""
    return [f'{encode_field_name(name)}:"{entry}:'.encode() for name in names]


@lru_cache(maxsize=512)
def encode_field_name(name: str) -> str:
    return json.dumps(name)


def encode_sealed_text(sealed: bytes, entry: str) -> str:
    """Return `entry:base64`. Being bound to its entry, the value is of no use to a later write."""
    return f"{entry}:{b2a_base64(sealed, newline=False).decode()}"
