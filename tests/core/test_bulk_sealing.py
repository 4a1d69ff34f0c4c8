"""What is sealed or hashed in bulk is what one after the other would be, under its own key and at its own place."""

import secrets
from dataclasses import replace
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.core import sealing
from consents.core.keys import Keyring
from consents.core.sealing import CannotOpen

TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), max_size=5)
KEYRING = Keyring("s" * 64, secrets.token_bytes(32), {"1": bytes(32), "2": b"\x02" * 32}, "2")
ROTATED = replace(KEYRING, later_index_keys=(b"1" * 32, b"2" * 32))


@given(TEXTS)
def test_each_value_opens_with_its_key_at_its_place_alone(texts):
    keys = sealing.create_keys(len(texts))
    places = [("vault", "é" * number, str(number)) for number in range(len(texts))]
    encoded = [sealing.encode_associated_data(place) for place in places]
    sealed = sealing.seal_values(map(sealing.prepare_key, keys), [text.encode() for text in texts], encoded)

    for number, text in enumerate(texts):
        assert sealing.open_value(keys[number], sealed[number], *places[number]) == text.encode()
        with pytest.raises(CannotOpen):
            sealing.open_value(keys[number], sealed[number], *places[number - 1], "more")
        with pytest.raises(CannotOpen):
            sealing.open_value(bytes(32), sealed[number], *places[number])


def test_no_key_and_no_nonce_is_drawn_twice():
    keys = sealing.create_keys(1000)
    sealed = sealing.seal_values([sealing.prepare_key(keys[0])] * 1000, [b""] * 1000, [b""] * 1000)

    assert {len(key) for key in keys} == {32}
    assert len(set(keys)) == len({value[1:13] for value in sealed}) == 1000


@pytest.mark.parametrize(("ciphers", "places"), [(1, 2), (2, 1)])
def test_a_value_without_a_key_or_a_place_is_not_left_out(ciphers, places):
    cipher = sealing.prepare_key(sealing.create_keys(1)[0])

    with pytest.raises(ValueError, match="no cipher or no place"):
        sealing.seal_values([cipher] * ciphers, [b"yes", b"no"], [b""] * places)


def test_each_key_is_wrapped_for_its_owner():
    keys, owners = sealing.create_keys(3), ["ada", "ben", "cem"]
    wrapped = sealing.wrap_keys(KEYRING, "2", keys, owners)

    assert [sealing.unwrap_key(KEYRING, "2", *pair) for pair in zip(wrapped, owners, strict=True)] == keys
    with pytest.raises(CannotOpen):
        sealing.unwrap_key(KEYRING, "2", wrapped[0], "ben")


@pytest.mark.parametrize("keyring", [KEYRING, ROTATED])
@given(texts=TEXTS)
def test_hashes_and_names_are_those_of_one_after_the_other(keyring, texts):
    hashes = [sealing.compute_keyed_hash(keyring, "address", text) for text in texts]
    ids = [uuid4() for _text in texts]
    names = [sealing.compute_keyed_name(keyring, "record", *pair) for pair in zip(texts, ids, strict=True)]

    assert sealing.compute_keyed_hashes(keyring, "address", texts) == hashes
    assert sealing.compute_keyed_names(keyring, "record", texts, ids) == names
