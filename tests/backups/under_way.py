"""What is under way the moment a backup is made, and is ended after it."""

from types import SimpleNamespace

from django.db import transaction

from consents.law.kinds import Type
from consents.ledger.rules import PORTAL
from consents.notifications.services.queueing import queue_account_email
from consents.people.services.customer_records import open_customer_record
from tests.world.cast import make_customer
from tests.world.claim_codes import make_claim_code
from tests.world.erasing import actor, hold, propose
from tests.world.rights_requests import file


def begin_what_is_under_way(world: SimpleNamespace) -> None:
    """A record waits for its owner, Dan's is under a hold, Eve's is to be deleted, and an email waits to be sent."""
    world.unclaimed = open_customer_record(reference="C-1006", by=PORTAL)
    world.code = make_claim_code(customer=world.unclaimed, officer=world.pia.user, by=actor(world.pia))
    world.dan = make_customer("C-1004", "dan@example.com")
    world.held = hold(world, customer=world.dan.customer.id)
    world.eve = make_customer("C-1005", "eve@example.com")
    world.asked = file(world.eve, Type.ERASURE)
    world.proposed = propose(world, world.eve)
    with transaction.atomic():
        queue_account_email(to="ada@example.com", subject="Your code", body="ABC-DEF")
