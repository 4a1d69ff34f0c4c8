"""Prepare a call of every act of `consents/notifications`."""

from consents.ledger.rules import PORTAL
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message, Preference, StaffPreference
from consents.notifications.services import choosing, failing
from consents.people.selectors import hash_address
from tests.faults.acts.beginnings import by_staff
from tests.faults.acts.registry import Call, act
from tests.world.cast import ask


@act(choosing.choose_digests)
def choose_digests(world, **_) -> Call:
    return lambda: choosing.choose_digests(
        customer=world.ada.customer.id, digests=Preference.Digests.NEVER, by=world.ada.actor
    )


@act(choosing.choose_staff_emails)
def choose_staff_emails(world, **_) -> Call:
    return lambda: choosing.choose_staff_emails(
        member=world.sam, told=StaffPreference.Told.EACH, by=by_staff(world.sam)
    )


def mail_to_ada(world) -> Message:
    """Not sent yet; it goes to the address on file."""
    ask(world)
    Message.objects.update(address_hash=hash_address("ada@example.com"))
    return Message.objects.get()


def bounced_mail(world) -> Message:
    mail = mail_to_ada(world)
    deliver_message(message=mail.pk)
    failing.record_bounce(message=mail.pk, status="5.1.1", by=PORTAL)
    return mail


@act(failing.record_refused_address)
def note_refused_address(world, **_) -> Call:
    mail = mail_to_ada(world).pk
    return lambda: failing.record_refused_address(message=mail, status="5.1.1", by=PORTAL)


@act(failing.record_bounce)
def record_bounce(world, **_) -> Call:
    mail = mail_to_ada(world).pk
    deliver_message(message=mail)
    return lambda: failing.record_bounce(message=mail, status="5.1.1", by=PORTAL)


@act(failing.restore_address, after=bounced_mail)
def restore_address(world, **_) -> Call:
    addresses = [hash_address("ada@example.com")]
    return lambda: failing.restore_address(customer=world.ada.customer.id, addresses=addresses, by=world.ada.actor)


@act(failing.retry_message, after=bounced_mail)
def retry(world, **_) -> Call:
    mail = world.made.pk
    return lambda: failing.retry_message(message=mail, by=by_staff(world.pia))
