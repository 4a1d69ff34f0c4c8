"""A choice as the application role writes it in SQL, with its entry, past every service."""

from contextlib import contextmanager
from uuid import uuid4

from django.db import connection, transaction

from consents.choices.rules import EVENTS, Status
from consents.ledger.rules import Actor
from consents.ledger.services import appending

INSERT = """
INSERT INTO choices_choice (id, customer_id, purpose_id, version_id, language, status, since, valid_until, rest_rule,
                            despite_signal)
VALUES (%s, %s, %s, %s, 'en', %s, portal.now(), portal.now() + %s::interval, '', false) RETURNING valid_until
"""


@contextmanager
def commit_by_hand():
    """A transaction that ends here, deferred triggers and all."""
    with transaction.atomic():
        yield connection.cursor()


def write_choice(world, *, by: Actor, status: str = "ConsentGiven", months: str | None = "12 months", **facts) -> None:
    id, ada = uuid4(), world.ada.customer.id
    event = facts.pop("event", EVENTS[Status(status)])
    with commit_by_hand() as cursor:
        version = facts.pop("version", world.offers.pk)
        cursor.execute(INSERT, [id, ada, world.offers.purpose_id, version, status, months])
        until = cursor.fetchone()[0]
        told = {"capacity": "self", "version": 1, "language": "en", "valid_until": until and until.isoformat()}
        appending.append_entry(
            event=event,
            by=by,
            customer=facts.pop("customer", ada),
            object_type="choice",
            object=id,
            purpose="offers",
            outcome=facts.pop("outcome", status),
            details=told | facts,
        )
