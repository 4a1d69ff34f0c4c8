"""A ledger of three chains, a place for checkpoints of each test's own, and the owner who forces it."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings as portal
from django.core.files.storage import FileSystemStorage, Storage
from django.db import transaction

from consents.core.owner import silence_triggers
from consents.ledger.services import sealing
from consents.ledger.services.sealing import SealingResult
from tests.ledger.forging import ADA, BEN, append
from tests.world.owners import acting_as_owner

TABLES = ["ledger_entry", "ledger_leaf", "ledger_checkpoint"]


@pytest.fixture(autouse=True)
def journal_of_its_own(settings, tmp_path: Path) -> None:
    """That of all tests of this worker tells of entries which are gone by now."""
    settings.PORTAL_JOURNAL = tmp_path / "journal"


@pytest.fixture(autouse=True)
def outside(settings, tmp_path: Path) -> Storage:
    """Where this test's checkpoints lie."""
    folder = tmp_path / "checkpoints"
    place = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(folder)}}
    settings.STORAGES = settings.STORAGES | {"checkpoints": place}
    return FileSystemStorage(location=folder)


@pytest.fixture
def journal(transactional_db: None) -> None:
    """Five entries about Ada, two about Ben, one about the company."""
    with transaction.atomic():
        for customer in [ADA] * 5 + [BEN] * 2 + [None]:
            append(customer, details={"n": str(uuid4())})


@pytest.fixture
def seal(outside: Storage) -> Callable[[], SealingResult]:
    return lambda: sealing.seal_entries(keys=portal.PORTAL_KEYS, storage=outside)


@pytest.fixture
def sealed(journal: None, seal: Callable[[], SealingResult]) -> SealingResult:
    """The journal, sealed in one run."""
    return seal()


@pytest.fixture
def tamper(transactional_db: None) -> Callable[..., None]:
    """Run statements as the owner, who can silence the triggers."""

    def run(*statements: str) -> None:
        with acting_as_owner() as owner, silence_triggers(owner, *TABLES) as cursor:
            for statement in statements:
                cursor.execute(statement)

    return run
