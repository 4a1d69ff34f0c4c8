"""What only looks like a receipt is none, and nothing is signed or in force that is not on record."""

from hashlib import sha256
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone

from consents.choices.receipts import claims
from consents.choices.receipts.issuing import WordsAreLost, build_shown_notices, is_consent_in_force
from consents.core import signing
from consents.core.canonical import encode_canonical
from tests.choices.receipts.made_up import receipt

KEY = Ed25519PrivateKey.generate()
KNOWN = signing.KeySet({signing.compute_thumbprint(KEY.public_key()): KEY.public_key()})


def verify(**changes) -> claims.VerifiedReceipt:
    """As if we had signed a receipt with these claims changed."""
    payload = encode_canonical(claims.build_claims(receipt(), "log.example") | changes)
    return claims.verify_receipt(signing.sign_jws(payload, typ=claims.TYPE, key=KEY), KNOWN)


def test_a_signed_text_is_a_receipt_only_with_the_number_of_its_entry_and_every_name():
    assert verify().company == "Acme Ltd"
    unnamed = claims.build_claims(receipt(), "log.example")["receipt"]
    unnamed["dpv:hasRecordOfActivity"][0]["dpv:hasEntity"][0]["dpv:hasName"] = ""
    for changes in ({"jti": str(uuid4())}, {"log": {"origin": "x", "entry": "00" * 32}}, {"receipt": unnamed}):
        with pytest.raises(claims.NotAReceipt):
            verify(**changes)


def test_a_text_longer_than_any_receipt_is_not_even_read():
    with pytest.raises(signing.TooLarge):
        claims.verify_receipt(" " * (2 * signing.LARGEST + 1), KNOWN)
    with pytest.raises(claims.NothingPasted):
        claims.verify_receipt(" " * 2 * signing.LARGEST, KNOWN)


def test_of_words_that_were_never_published_or_a_record_that_is_not_there_nothing_is_said(world):
    number, nothing = world.version.number, sha256(b"").hexdigest()
    for shown in ((number + 1, "en", nothing), (number, "fr", nothing)):
        with pytest.raises(WordsAreLost):
            build_shown_notices("support", [shown])
    assert not is_consent_in_force(str(uuid4()), timezone.now())
