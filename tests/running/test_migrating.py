"""A release that changes a table keeps no customer's no waiting."""

import threading

import pytest
from django.core.management.base import CommandError
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from consents.choices.models import Choice
from consents.choices.services import answering, withdrawing
from consents.management.commands import migrate
from tests.architecture.mutation.speaking import application_speaking, owner_speaking
from tests.waiting import wait_until

# In the databases of other workers the table has the same number.
WAITING = """SELECT EXISTS (
    SELECT FROM pg_locks JOIN pg_database AS d ON d.oid = database
    WHERE d.datname = current_database() AND relation = 'choices_choice'::regclass AND NOT granted)"""
CHANGE = "ALTER TABLE choices_choice ADD COLUMN scratch integer"


def is_table_waited_for() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(WAITING)
        return bool(cursor.fetchone()[0])


def test_a_migration_gives_up_before_a_no_does(real_world):
    """Somebody reads for long; the migration waits for them, and the customer would for the migration."""
    given = {"customer": real_world.ada.customer.id, "purpose": "support", "by": real_world.ada.actor}
    answering.give_consent(version=real_world.version.pk, **given)
    ended = []

    def change_table(owner) -> None:
        try:
            owner.execute(CHANGE)
        except LockNotAvailable as reason:
            ended.append(reason)

    with application_speaking() as reader, owner_speaking() as owner:
        migrate.limit_waiting(owner.cursor())
        reader.execute("BEGIN")
        reader.execute("SELECT FROM choices_choice")
        migration = threading.Thread(target=change_table, args=[owner], daemon=True)
        migration.start()
        wait_until(lambda: ended or is_table_waited_for(), "a migration that waits")

        withdrawing.withdraw_consent(**given)

        migration.join()
        reader.execute("ROLLBACK")
        owner.execute("RESET lock_timeout")
    assert Choice.objects.get(customer=given["customer"]).status == "ConsentWithdrawn" and len(ended) == 1


def test_who_migrates_is_told_what_to_do():
    waited, other = OperationalError(), OperationalError()
    waited.__cause__ = LockNotAvailable()

    assert isinstance(migrate.explain_waiting(waited), CommandError)
    with pytest.raises(CommandError, match="again"):
        raise migrate.explain_waiting(waited)
    assert migrate.explain_waiting(other) is other
