"""A sealed value opens with its key, at its place, unchanged; otherwise not at all and without a word of it."""

import hmac
import secrets
from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.core import sealing
from consents.core.keys import Keyring
from consents.core.sealing import CannotOpen

KEY = bytes(range(32))
PLACE = ("vault", "customer-1", "category-1", "record-1", "name")
PLACES = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=6), max_size=4).map(tuple)


@pytest.fixture
def keyring() -> Keyring:
    return Keyring("s" * 64, secrets.token_bytes(32), {"1": bytes(32), "2": b"\x02" * 32}, "2")


@given(value=st.binary(max_size=200), place=PLACES)
def test_it_opens_where_it_was_sealed(value, place):
    assert sealing.open_value(KEY, sealing.seal_value(KEY, value, *place), *place) == value


def test_no_byte_of_it_can_be_changed():
    sealed = sealing.seal_value(KEY, b"Ada Marker", *PLACE)
    for position in range(len(sealed)):
        for bit in (1, 0x80):
            changed = bytearray(sealed)
            changed[position] ^= bit
            with pytest.raises(CannotOpen):
                sealing.open_value(KEY, bytes(changed), *PLACE)


def test_no_part_of_it_opens():
    sealed = sealing.seal_value(KEY, b"Ada Marker", *PLACE)
    for length in range(len(sealed)):
        with pytest.raises(CannotOpen):
            sealing.open_value(KEY, sealed[:length], *PLACE)
    with pytest.raises(CannotOpen):
        sealing.open_value(KEY, sealed + b"\0", *PLACE)


@pytest.mark.parametrize("part", range(len(PLACE)))
def test_a_moved_value_does_not_open(part):
    sealed = sealing.seal_value(KEY, b"Ada Marker", *PLACE)
    elsewhere = [*PLACE[:part], "elsewhere", *PLACE[part + 1 :]]
    with pytest.raises(CannotOpen):
        sealing.open_value(KEY, sealed, *elsewhere)


@pytest.mark.parametrize("place", [(), PLACE[:-1], (*PLACE, ""), tuple(reversed(PLACE))])
def test_a_shorter_longer_or_turned_place_does_not_open(place):
    with pytest.raises(CannotOpen):
        sealing.open_value(KEY, sealing.seal_value(KEY, b"Ada Marker", *PLACE), *place)


def test_another_key_does_not_open():
    with pytest.raises(CannotOpen):
        sealing.open_value(bytes(32), sealing.seal_value(KEY, b"Ada Marker", *PLACE), *PLACE)


@pytest.mark.parametrize(
    "places", [(("ab", "c"), ("a", "bc")), (("ab",), ("a", "b")), (("",), ()), (("é",), ("e\u0301",))]
)
def test_places_that_read_alike_are_not_alike(places):
    assert sealing.encode_associated_data(places[0]) != sealing.encode_associated_data(places[1])


@given(PLACES, PLACES)
def test_two_places_are_bound_alike_only_if_they_are_one(one, other):
    assert (sealing.encode_associated_data(one) == sealing.encode_associated_data(other)) == (one == other)


def test_the_same_value_never_looks_the_same():
    assert len({sealing.seal_value(KEY, b"yes", *PLACE) for _ in range(50)}) == 50


def test_an_error_carries_no_value():
    with pytest.raises(CannotOpen) as error:
        sealing.open_value(KEY, b"\x01Ada Marker Ada Marker Ada Marker", *PLACE)
    assert "Ada" not in str(error.value)
    assert error.value.__suppress_context__


def test_a_customers_key_opens_for_that_customer_alone(keyring):
    kid, wrapped = sealing.create_wrapped_key(keyring, "ada")
    assert len(sealing.unwrap_key(keyring, kid, wrapped, "ada")) == 32
    with pytest.raises(CannotOpen):
        sealing.unwrap_key(keyring, kid, wrapped, "ben")


@pytest.mark.parametrize("kid", ["1", "3", ""])
def test_a_wrong_or_unknown_wrapping_key_does_not_open(keyring, kid):
    _, wrapped = sealing.create_wrapped_key(keyring, "ada")
    with pytest.raises(CannotOpen):
        sealing.unwrap_key(keyring, kid, wrapped, "ada")


def test_two_wrapping_keys_of_one_value_are_told_apart_by_their_id():
    twins = Keyring("s" * 64, bytes(32), {"1": KEY, "2": KEY}, "2")
    with pytest.raises(CannotOpen):
        sealing.unwrap_key(twins, "1", sealing.wrap_key(twins, "2", bytes(32), "ada"), "ada")


def test_an_older_wrapping_key_still_opens(keyring):
    wrapped = sealing.wrap_key(keyring, "1", KEY, "ada")
    assert sealing.unwrap_key(keyring, "1", wrapped, "ada") == KEY
    assert sealing.create_wrapped_key(keyring, "ada")[0] == "2"


def test_a_keyed_hash_finds_the_same_value_for_the_same_use_only(keyring):
    found = sealing.compute_keyed_hash(keyring, "address", "ada@example.com")
    other = Keyring(keyring.secret_key, bytes(32), keyring.wrapping, keyring.current)
    assert found == sealing.compute_keyed_hash(keyring, "address", "ada@example.com")
    assert found != sealing.compute_keyed_hash(keyring, "claim", "ada@example.com")
    assert found != sealing.compute_keyed_hash(other, "address", "ada@example.com")
    assert len(found) == 32


@given(value=st.text(st.characters(exclude_categories=["Cs"]), max_size=80))
def test_a_keyed_hash_is_the_hmac_of_use_and_value(value):
    keyring = Keyring("s" * 64, KEY, {}, "1")
    found = sealing.compute_keyed_hash(keyring, "address", value)

    assert found == b"\x01" + hmac.digest(KEY, f"address\0{value}".encode(), "sha256")[1:]


def test_a_stored_hash_is_brought_up_to_a_new_key_without_its_value(keyring):
    older = sealing.compute_keyed_hash(keyring, "address", "ada@example.com")
    rotated = replace(keyring, later_index_keys=(b"2" * 32, b"3" * 32))

    newest = sealing.compute_keyed_hash(rotated, "address", "ada@example.com")

    assert sealing.extend_keyed_hash(rotated, older) == newest != older
    assert sealing.list_keyed_hashes(rotated, "address", "ada@example.com") == [
        newest,
        sealing.compute_keyed_hash(replace(keyring, later_index_keys=(b"2" * 32,)), "address", "ada@example.com"),
        older,
    ]
    assert (older[0], newest[0]) == (1, 3) and older < newest
    names = [sealing.compute_keyed_name(keys, "record", "1", UUID(int=1 << 127)) for keys in (keyring, rotated)]
    assert names[0] == names[1]


def test_every_link_of_the_chain_is_needed(keyring):
    rotated, other = (replace(keyring, later_index_keys=(key * 32,)) for key in (b"2", b"4"))
    newest = sealing.compute_keyed_hash(rotated, "address", "ada@example.com")

    assert sealing.is_keyed_hash(rotated, "address", "ada@example.com", newest)
    for lacking in (keyring, other, replace(rotated, index_key=bytes(32))):
        assert not sealing.is_keyed_hash(lacking, "address", "ada@example.com", newest)
    assert not sealing.is_keyed_hash(rotated, "address", "ada@example.com", None)


@pytest.mark.parametrize("stored", [b"", b"\x01", bytes(32), b"\x03" + bytes(31), b"\x01" * 33])
def test_what_is_no_hash_of_these_keys_is_not_brought_up(keyring, stored):
    with pytest.raises(ValueError, match="no keyed hash"):
        sealing.extend_keyed_hash(replace(keyring, later_index_keys=(KEY,)), stored)
