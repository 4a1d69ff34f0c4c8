"""A port that cannot be had is a sentence."""

import socket

import pytest

from consents.ops.embedded import CannotStart
from consents.ops.running.ports import find_free_port


def test_it_names_the_taken_port_and_another_one():
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        with pytest.raises(CannotStart, match=f"Port {taken} is taken .* --port"):
            find_free_port("127.0.0.1", taken)


def test_it_finds_a_free_port_for_zero():
    found = find_free_port("127.0.0.1", 0)

    assert find_free_port("127.0.0.1", found) == found


@pytest.mark.parametrize("port", [-1, 65536])
def test_it_refuses_what_is_no_port(port):
    with pytest.raises(CannotStart, match="is not a port"):
        find_free_port("127.0.0.1", port)


def test_it_refuses_an_address_of_another_machine():
    with pytest.raises(CannotStart, match="--host"):
        find_free_port("203.0.113.7", 8000)
