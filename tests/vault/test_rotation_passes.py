"""A rotation of the index key goes over everything again until nothing older is left, and says so only then."""

from types import SimpleNamespace

import pytest

from consents.ledger.rules import PORTAL
from consents.ops import index_rotation
from consents.vault.services import rekeying


@pytest.fixture
def passes(monkeypatch):
    """A rotation to a second key that moves nothing itself; whether something older is left, as often as it asks."""
    left, settled = [], []
    monkeypatch.setattr(index_rotation.keys, "load_keyring", lambda folder: SimpleNamespace(index_number=2))
    monkeypatch.setattr(index_rotation, "check_restarted", lambda keyring: None)
    monkeypatch.setattr(index_rotation, "move_everything", lambda *of: iter([1]))
    monkeypatch.setattr(index_rotation, "has_older", lambda keyring: left.pop(0))
    monkeypatch.setattr(rekeying, "is_index_key_settled", lambda keyring: False)
    monkeypatch.setattr(rekeying, "settle_index_key", lambda **about: settled.append(about))
    return SimpleNamespace(left=left, settled=settled)


def test_what_came_in_meanwhile_is_moved_in_another_pass(passes):
    passes.left += [True, False, False]
    told = []

    index_rotation.continue_rotation(limit=9, by=PORTAL, advance=told.append)

    assert told == [1, 1] and len(passes.settled) == 1 and not passes.left


def test_while_something_older_always_comes_it_is_not_said_that_nothing_is_left(passes):
    passes.left += [True] * (index_rotation.MOST_PASSES + 1)

    with pytest.raises(rekeying.OlderHashesLeft):
        index_rotation.continue_rotation(limit=9, by=PORTAL)

    assert not passes.settled and not passes.left
