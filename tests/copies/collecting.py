"""Copies that somebody without an account collects with a code."""

import re
from uuid import UUID, uuid4

from django.core import mail
from django.db import connection

from consents.copies.models import AddedFile, CollectionCode, Download
from consents.copies.rules import LeftOut
from consents.copies.services import codes, collection, files, packages
from consents.copies.services.files import NewFile
from consents.law.kinds import Type
from consents.ledger.rules import PORTAL, Actor
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message
from consents.people.models import Customer
from consents.people.services import customer_records
from consents.rights.models import RightsRequest
from tests.world.cast import put_in_vault
from tests.world.rights_requests import answer, by_staff, confirm, file, file_as_stranger, search, type_in

PAGE, DATA = Download.Part.PAGE, Download.Part.DATA
STRANGER = Actor("visitor")


def on_file(world, email: str = "", reference: str = "C-7001", **about) -> Customer:
    """Known to the company, and never signed in; Eve."""
    customer = customer_records.open_customer_record(reference=reference, email=email, by=PORTAL, **about)
    put_in_vault(customer, world.categories["contact"], {"name": "Eve Marker", "phone": "555-0107"})
    return customer


def answered(world, customer: Customer, request: RightsRequest | None = None, **terms) -> RightsRequest:
    """Identity confirmed and answered by Pia, and the package made."""
    request = request or type_in(world, customer=customer, **terms)
    confirm(world, request, customer)
    search(world, request)
    answer(world, request)
    packages.make_package(rights_request=request.pk)
    return RightsRequest.objects.get(pk=request.pk)


def put_eve_on_file(world) -> Customer:
    return on_file(world, "eve@example.com", "C-7000")


def answer_eve(world) -> RightsRequest:
    """Eve, who is on file and has no account, has asked and got her answer."""
    world.eve = put_eve_on_file(world)
    return answered(world, world.eve, file_as_stranger(said={"email": "eve@example.com", "name": "Eve"}))


def mailed_code(request: RightsRequest) -> str:
    """As the customer reads it, in the newest mail."""
    mail.outbox.clear()
    for message in Message.objects.filter(kind="rights_code", sent_at=None).order_by("queued_at"):
        deliver_message(message=message.pk)
    letter = mail.outbox[-1]
    assert request.number in letter.subject and letter.to == ["eve@example.com"]
    return re.search(r"^    (\S{4}-\S{4}-\S{4})$", letter.body, re.MULTILINE).group(1)


def hand_out(world, request, officer=None, token: UUID | None = None) -> str:
    officer = officer or world.otto
    return codes.hand_out_code(rights_request=request.pk, officer=officer, token=token or uuid4(), by=by_staff(officer))


def officer_acts(act, request, officer):
    return act(rights_request=request.pk, officer=officer, by=by_staff(officer))


def unlock(request, code: str) -> CollectionCode:
    return collection.enter_code(rights_request=request.pk, code=code, by=STRANGER)


def collect(request, code: str, part=DATA) -> bytes:
    return b"".join(collection.collect_package(code=unlock(request, code).pk, part=part, by=STRANGER))


def told_kinds() -> list[str]:
    return list(Message.objects.order_by("queued_at", "kind").values_list("kind", flat=True))


def granted(world, type: Type = Type.ACCESS, person=None, **terms) -> RightsRequest:
    request = file(person or world.ada, type, **terms)
    search(world, request)
    return answer(world, request)


def taken(world, request, part=DATA, person=None) -> bytes:
    person = person or world.ada
    mine = {"acting": person.acting, "by": person.actor}
    return b"".join(packages.download_package(rights_request=request.pk, part=part, **mine))


def jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'rights_request' FROM procrastinate_jobs WHERE task_name LIKE '%make_package'")
        return [name for (name,) in cursor.fetchall()]


TELL = "SELECT portal.append_entry(%s, %s, %s, %s, 'rights_request', %s, '', 'portal', NULL, %s, %s)"


NOTE = NewFile("note.txt", b"Called twice about the lamp.")


def searched(world, person=None):
    request = file(person or world.ada, Type.ACCESS)
    search(world, request)
    return request


def add(world, request, new_file=NOTE, left_out=LeftOut.NOTHING, words="", officer=None, **terms) -> AddedFile:
    officer = officer or world.pia
    given = {"system": "The shop", "left_out": left_out, "words": words, "new_file": new_file} | terms
    return files.add_file(rights_request=request.pk, officer=officer, by=by_staff(officer), **given)
