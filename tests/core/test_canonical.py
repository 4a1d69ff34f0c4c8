"""One spelling for one value, so that a digest of it means something."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consents.core.canonical import compute_digest, encode_canonical

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=10)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=10,
)
OBJECTS = st.dictionaries(TEXT, VALUES, max_size=4)


@given(OBJECTS)
def test_it_reads_back_as_what_it_was(value):
    assert json.loads(encode_canonical(value)) == value


@given(OBJECTS)
def test_the_order_of_keys_does_not_matter(value):
    assert encode_canonical(dict(reversed(value.items()))) == encode_canonical(value)


def test_keys_are_sorted_by_utf_16_and_nothing_is_escaped_that_need_not_be():
    """The example of RFC 8785 §3.2.3."""
    value = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert [json.loads(encode_canonical(value))[key] for key in json.loads(encode_canonical(value))] == [
        2,
        4,
        6,
        7,
        1,
        5,
        3,
    ]
    assert encode_canonical({"a": '\x0f\n"\\é/\x7f'}) == b'{"a":"\\u000f\\n\\"\\\\\xc3\xa9/\x7f"}'


def test_the_digest_is_sha_256_of_the_bytes():
    value = {"b": [1, True, None], "a": "é"}
    assert encode_canonical(value) == '{"a":"é","b":[1,true,null]}'.encode()
    assert compute_digest(value) == hashlib.sha256(encode_canonical(value)).hexdigest()


@given(OBJECTS, OBJECTS)
def test_two_objects_have_one_digest_only_if_they_are_one(one, other):
    assert (compute_digest(one) == compute_digest(other)) == (
        json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
    )


@pytest.mark.parametrize(
    "value", [{1: "a"}, {"a": {1, 2}}, {"a": float("nan")}, {"a": 2**53}, {"a": "\ud800"}], ids=repr
)
def test_what_has_no_one_spelling_is_refused(value):
    with pytest.raises((ValueError, TypeError)):
        encode_canonical(value)
