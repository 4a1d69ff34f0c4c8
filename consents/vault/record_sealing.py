"""Seal the values of records for one write: thousands at once, in loops that do one thing."""

from collections.abc import Mapping, Sequence
from itertools import islice
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consents.core import sealing
from consents.core.bulk_sealing import seal_values
from consents.vault.incoming_records import IncomingRecord
from consents.vault.sealed_json import begin_sealed_values, encode_sealed_object, encode_sealed_value

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
