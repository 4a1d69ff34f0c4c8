"""An act about a row that is not there is refused, whoever asks, and no page fails of it."""

import re
import sys
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError

from consents.core.refusals import Refusal
from consents.people.services import holding, locking
from consents.rights.services import erasing
from consents.vault.services import erasing as vault_erasing
from tests.world.rotations import undone

# Numbers that an act takes as they are, with the reason.
TAKEN = {
    (holding.place_hold_again, "hold"): "it makes the row of this number",
    (locking.lock_account, "customer"): "the visitor's own, for whose history it is",
    (locking.unlock_account, "customer"): "the same",
    (erasing.restore_partial_erasure, "rights_request"): "the backup may not know the request",
    (vault_erasing.erase_part_again, "rights_request"): "the same",
}


class Called(Exception):
    """Instead of the act."""


def find_arguments(act: Callable[..., Any], call: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return what it is called with."""
    found: dict[str, Any] = {}

    def note(**arguments: Any) -> None:
        found.update(arguments)
        raise Called

    with monkeypatch.context() as patched, undone():
        patched.setattr(sys.modules[act.__module__], act.__name__, note)
        with pytest.raises(Called):
            call()
    return found


def may_be_unknown(act: Callable[..., Any]) -> bool:
    return bool(re.search(r"\bUnknown\b", act.__doc__ or ""))


def list_taken_numbers(act: Callable[..., Any], call: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the arguments of this call in which the act took the number of nothing."""
    arguments = find_arguments(act, call, monkeypatch) if may_be_unknown(act) else {}
    numbers = [name for name, value in arguments.items() if isinstance(value, UUID) and name != "token"]
    return [name for name in numbers if (act, name) not in TAKEN and takes(act, arguments | {name: uuid4()})]


def takes(act: Callable[..., Any], arguments: dict[str, Any]) -> bool:
    try:
        with undone():
            act(**arguments)
    except (Refusal, IntegrityError):
        return False
    return True
