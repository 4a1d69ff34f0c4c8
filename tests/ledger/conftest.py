"""A ledger of three chains, a place for checkpoints of each test's own, and the owner who forces it."""

from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.conf import settings as portal
from django.core.files.storage import FileSystemStorage, Storage
from django.db import transaction

from consents.core.owner import as_owner
from consents.ledger import services
from consents.ledger.services import Run
from tests.ledger.test_append_only import append

ADA, BEN = UUID(int=1), UUID(int=2)
TABLES = ["ledger_entry", "ledger_leaf", "ledger_checkpoint"]


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
def seal(outside: Storage) -> Callable[[], Run]:
    return lambda: services.seal(keys=portal.PORTAL_KEYS, storage=outside)


@pytest.fixture
def sealed(journal: None, seal: Callable[[], Run]) -> Run:
    """The journal, sealed in one run."""
    return seal()


@pytest.fixture
def tamper(transactional_db: None) -> Callable[..., None]:
    """Run statements as the owner, who can silence the triggers."""

    def run(*statements: str) -> None:
        with as_owner() as owner, owner.cursor() as cursor:
            for table in TABLES:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)
            cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgenabled = 'D'")
            for table, trigger in cursor.fetchall():
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")

    return run
