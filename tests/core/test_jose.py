"""Signed text: what is ours verifies, anything else gets the sentence that says why not."""

import json
from datetime import date
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hmac
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from django.core.exceptions import ImproperlyConfigured
from hypothesis import given
from hypothesis import strategies as st
from joserfc.util import urlsafe_b64decode, urlsafe_b64encode
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from consents.core import keys, signing
from consents.core.signing import KeySet

TYP = "receipt+jwt"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
STRANGER = Ed25519PrivateKey.from_private_bytes(bytes(32))
KNOWN = KeySet({signing.compute_thumbprint(KEY.public_key()): KEY.public_key()})
PAYLOAD = b'{"a":"caf\xc3\xa9"}'
TEXT = signing.sign_jws(PAYLOAD, typ=TYP, key=KEY)


def encode(value: bytes) -> str:
    return urlsafe_b64encode(value).decode()


def forged(header: dict, signature: bytes | None = None, key=KEY) -> str:
    """A text with this header, signed with our key unless another signature is given."""
    signed = f"{encode(json.dumps(header).encode())}.{encode(PAYLOAD)}"
    return f"{signed}.{encode(key.sign(signed.encode()) if signature is None else signature)}"


def ours(**changes) -> dict:
    kid = signing.compute_thumbprint(KEY.public_key())
    return {"alg": "Ed25519", "kid": kid, "typ": TYP} | changes


def verify(text: str, known: KeySet = KNOWN) -> bytes:
    return signing.verify_jws(text, typ=TYP, known=known)


def test_it_verifies_what_we_signed():
    assert verify(TEXT) == PAYLOAD


def test_the_same_bytes_under_the_same_key_give_the_same_text():
    assert signing.sign_jws(PAYLOAD, typ=TYP, key=KEY) == TEXT


def test_a_key_is_named_by_its_thumbprint_of_rfc_7638():
    key = Ed25519PublicKey.from_public_bytes(urlsafe_b64decode(b"A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"))
    assert signing.compute_thumbprint(key) == "1IG2tMH7J2wbJZnOf8LJzQitKf7LMvoAElsuDMVM54Y"


def test_a_library_that_we_do_not_sign_with_verifies_it():
    key = JWK(**signing.build_jwk(KEY.public_key()))
    token = JWS()
    token.allowed_algs = ["Ed25519"]
    token.deserialize(TEXT, key)
    assert (token.payload, key.thumbprint()) == (PAYLOAD, signing.compute_thumbprint(KEY.public_key()))


def test_the_published_keys_have_no_private_part_and_can_be_read_back():
    published = signing.build_jwks({"receipt": KNOWN})
    assert set(published["keys"][0]) == {"kty", "crv", "x", "kid", "use", "alg", "signs"}
    assert signing.parse_jwks(json.dumps(published), "receipt") == KNOWN


@pytest.mark.parametrize("place", range(0, len(TEXT), 7))
def test_a_changed_byte_is_found(place):
    other = "A" if TEXT[place] != "A" else "B"
    with pytest.raises(signing.NotGenuine):
        verify(TEXT[:place] + other + TEXT[place + 1 :])


def test_a_second_spelling_of_the_signature_is_refused():
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    same_bytes = letters[letters.index(TEXT[-1]) ^ 1]
    with pytest.raises(signing.NotSignedText):
        verify(TEXT[:-1] + same_bytes)


def mac_with_the_public_key() -> str:
    header = ours(alg="HS256")
    signed = f"{encode(json.dumps(header).encode())}.{encode(PAYLOAD)}"
    mac = hmac.HMAC(signing.get_raw_bytes(KEY.public_key()), SHA256())
    mac.update(signed.encode())
    return f"{signed}.{encode(mac.finalize())}"


FORGED = {
    "none": (forged(ours(alg="none"), b""), signing.NotSigned),
    "none in capitals": (forged(ours(alg="NONE"), b""), signing.NotSigned),
    "HS256 with the public key": (mac_with_the_public_key(), signing.OtherAlgorithm),
    "old name of the algorithm": (forged(ours(alg="EdDSA")), signing.OtherAlgorithm),
    "no algorithm": (forged({"typ": TYP}), signing.OtherAlgorithm),
    "critical members": (forged(ours(crit=["b64"], b64=False)), signing.OtherAlgorithm),
    "other type": (forged(ours(typ="JWT")), signing.OtherType),
    "no type": (forged({"alg": "Ed25519", "kid": ours()["kid"]}), signing.OtherType),
    "other key": (signing.sign_jws(PAYLOAD, typ=TYP, key=STRANGER), signing.UnknownKey),
    "other key under our name": (forged(ours(), key=STRANGER), signing.WrongSignature),
    "key in the header": (
        forged(ours(jwk=signing.build_jwk(STRANGER.public_key())), key=STRANGER),
        signing.WrongSignature,
    ),
    "key in the header, its own name": (
        forged(
            ours(jwk=signing.build_jwk(STRANGER.public_key()), kid=signing.compute_thumbprint(STRANGER.public_key())),
            key=STRANGER,
        ),
        signing.UnknownKey,
    ),
    "address of a key": (
        forged(ours(jku="https://a.example/", x5u="https://b.example/"), key=STRANGER),
        signing.WrongSignature,
    ),
    "kid of another kind": (forged(ours(kid=["x"])), signing.UnknownKey),
    "header is a list": (forged([]), signing.OtherAlgorithm),
    "deep header": (f"{encode(b'[' * 1400)}.e30.AAAA", signing.NotSignedText),
    "empty": ("", signing.NotSignedText),
    "words": ("hello", signing.NotSignedText),
    "two dots": ("..", signing.NotSignedText),
    "not base64": ("é.é.é", signing.NotSignedText),
    "huge": ("A" * 300_000, signing.TooLarge),
    "huge header": (f"{'A' * 3000}.e30.AAAA", signing.NotSignedText),
    "detached": (f"{TEXT.split('.')[0]}..{TEXT.split('.')[2]}", signing.WrongSignature),
    "no signature": (forged(ours(), b""), signing.WrongSignature),
}  # fmt: skip


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_text_is_refused_with_its_sentence(case):
    text, refusal = FORGED[case]
    with pytest.raises(refusal) as raised:
        verify(text)
    assert type(raised.value) is refusal
    assert str(raised.value).endswith((".", ")."))


def test_our_own_key_in_the_header_is_only_noise():
    assert verify(forged(ours(jwk=signing.build_jwk(KEY.public_key())))) == PAYLOAD


@given(st.one_of(st.text(max_size=300), st.text("abcXYZ019-_.", max_size=300)))
def test_whatever_is_pasted_is_refused_calmly(text):
    with pytest.raises(signing.NotGenuine):
        verify(text)


def test_a_withdrawn_key_says_since_when():
    known = KeySet({}, {signing.compute_thumbprint(KEY.public_key()): date(2026, 3, 1)})
    with pytest.raises(signing.WithdrawnKey, match="since 2026-03-01"):
        verify(TEXT, known)
    assert signing.parse_jwks(json.dumps(signing.build_jwks({"export": known})), "export") == known


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"keys": 1}',
        '{"keys": []}',
        '{"keys": [{"kty": "OKP", "crv": "Ed25519", "signs": "receipt", "x": "A"}]}',
        json.dumps(signing.build_jwks({"export": KNOWN})),
        "[" * 9999,
    ],
    ids=lambda text: text[:20],
)
def test_a_bad_file_of_keys_gets_a_sentence(text):
    with pytest.raises(signing.NotGenuine, match="file of keys"):
        signing.parse_jwks(text, "receipt")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    keys.make_keys(tmp_path)
    return tmp_path


def test_after_rotation_the_new_key_signs_and_the_old_one_verifies(folder):
    older = signing.load_newest_key(folder, "receipt")
    text = signing.sign_jws(PAYLOAD, typ=TYP, key=older)

    assert keys.add_key(folder, "receipt") == "2"

    assert signing.get_raw_bytes(signing.load_newest_key(folder, "receipt").public_key()) != signing.get_raw_bytes(
        older.public_key()
    )
    assert verify(text, signing.load_key_set(folder, "receipt")) == PAYLOAD


def test_a_withdrawn_key_leaves_no_private_part_and_its_number_is_not_given_again(folder):
    key = signing.load_newest_key(folder, "receipt")
    text = signing.sign_jws(PAYLOAD, typ=TYP, key=key)
    keys.add_key(folder, "receipt")

    note = signing.build_withdrawal_note(key.public_key(), date(2026, 3, 1))
    keys.withdraw_key(folder, "receipt", "1", note)
    keys.make_keys(folder)

    assert not (folder / "receipt-1").exists()
    with pytest.raises(signing.WithdrawnKey):
        verify(text, signing.load_key_set(folder, "receipt"))
    assert keys.add_key(folder, "receipt") == "3"


def test_a_damaged_note_of_a_withdrawn_key_stops_with_a_sentence(folder):
    (folder / "withdrawn-receipt-0").write_text("x")
    with pytest.raises(ImproperlyConfigured, match="withdrawn"):
        signing.load_key_set(folder, "receipt")
