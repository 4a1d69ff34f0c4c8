"""Take away each part of the database that keeps a promise, one at a time: an attempt must notice.

Alone, with the count:  python -m pytest -n 0 -s tests/architecture/mutation
"""

from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from django.conf import settings
from django.core.files.storage import FileSystemStorage

from consents.catalogue import services as catalogue
from consents.catalogue.models import Recipient
from consents.choices import services as choices
from consents.choices.models import Digest
from consents.choices.rules import MarkKind
from consents.core.clock import now
from consents.core.owner import as_owner
from consents.disclosures.services import disclose
from consents.exports import services as export_services
from consents.exports.kinds import Dataset
from consents.ledger import services as ledger
from consents.ledger.rules import PORTAL, Actor
from consents.notifications import services as notifications
from consents.notifications.models import FailingAddress, Preference
from consents.people import services as people
from consents.people.models import Evidence, Role
from consents.people.submissions import once
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Appealed, Format, Outcome, Reason
from consents.rights.rules.kinds import Type
from consents.rights.services import Reply
from tests.architecture.mutation.attempts import attempt
from tests.architecture.mutation.parts import parts
from tests.architecture.mutation.speaking import application_speaking, owner_speaking
from tests.cast import answer, ask, make_customer, make_purpose, make_recipient, make_staff, put_in_vault
from tests.exports import scene as exports
from tests.people.test_erasing import erase, hold, propose
from tests.rights import conftest as requests

ONE_OF_EACH = 100  # at least so many parts; fewer means that the catalogue was read wrongly


@pytest.fixture
def scene(real_world, tmp_path) -> SimpleNamespace:
    """Every table of ours has a row, so that every rule has something to forbid."""
    world = real_world
    allowed = answer(world, ask(world), "all")
    pending = ask(world, "contact", member=world.kim, customer=world.ben)
    grant = allowed.grants.get(category__code="orders")
    choices.give(customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor)
    Digest.objects.create(customer=world.ada.customer, queued_at=now())
    officer = Actor("staff", str(world.pia.pk))
    contact = [world.categories["contact"]]
    offers = make_purpose("offers", "Send you offers", contact, world.pia.user, recipients=[make_recipient("printer")])
    choices.place(customer=world.ada.customer.id, kind=MarkKind.OBJECTION, purpose="offers", by=world.ada.actor)
    draft = catalogue.next_version(purpose=offers.purpose, officer=world.quinn.user, by=officer)
    half = catalogue.draft_category(code="half", words={}, sensitive=False, fields=[], by=officer)
    old = make_purpose("old", "Do what we did before", contact, world.pia.user)
    catalogue.retire(purpose=old.purpose, by=officer)
    addressless = people.open_record(reference="C-9", by=officer)
    people.make_claim_code(customer=addressless, officer=world.pia.user, by=officer)
    once(user=world.ada.user.pk, token=uuid4(), content="", act=lambda: None)
    notifications.choose_digests(customer=world.ada.customer.id, digests=Preference.Digests.NEVER, by=world.ada.actor)
    FailingAddress.objects.create(address_hash=b"hash", how="bounced")
    Evidence.objects.create(user=world.ada.user.pk)
    exports.taken(world)
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    personal = {"dataset": Dataset.CONSENT_EVENTS, "personal": True}
    agreed = exports.make(world, **personal)
    export_services.approve(export=agreed.pk, officer=olga, by=Actor("staff", str(olga.pk)))
    going, cas = make_customer("C-7", "dee@example.com"), make_customer("C-8", "cas@example.com")
    choices.give(customer=cas.customer.id, purpose="support", version=world.version.pk, by=cas.actor)
    cancelled = propose(world, going)
    people.cancel_erasure(erasure=cancelled.pk, officer=world.pia, by=officer)
    propose(world, going)
    lifted = hold(world, customer=addressless.id)
    people.lift_hold(hold=lifted.pk, officer=world.otto, by=officer)
    hold(world, customer=addressless.id)
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_restoration (backup, size, statement, journal, opened_at)"
            " VALUES ('1', 1, '', 0, portal_now())"
        )

    requested = rights_of_every_kind(world)

    def look() -> int:
        return len(disclose(grant=grant.pk, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk))).records)

    look()
    ledger.seal(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=tmp_path))
    return SimpleNamespace(
        ada=world.ada.customer.id,
        erased=erase(world, cas).id,
        closed=cas.user.pk,
        going=going.customer.id,
        otto=world.otto.pk,
        olga=olga.pk,
        export=exports.make(world).pk,
        personal_export=exports.make(world, **personal).pk,
        ben=world.ben.customer.id,
        ben_user=world.ben.user.pk,
        sam=world.sam.pk,
        version=world.version.pk,
        draft=draft.pk,
        half=half.pk,
        purpose=world.purpose.pk,
        addressless=addressless.id,
        health=world.categories["health"].pk,
        pending=pending.pk,
        grant=grant.pk,
        look=look,
        **requested,
    )


def rights_of_every_kind(world) -> dict[str, UUID]:
    """Never changed, with a token; open; answered whole; refused and waiting to be looked at again; decided anew."""
    strangers = requests.file_as_stranger(said={"email": "eve@example.com"})
    right = requests.file(world.ben, is_fresh=False)
    pause = requests.type_in(world, Type.RESTRICTION, customer=world.ben.customer)
    whole = requests.answer(world, requests.file(world.ada, Type.AUTOMATED))
    handling = {"officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
    rights.note_told(request=whole.pk, recipient=Recipient.objects.first().pk, **handling)
    rights.note_search(request=right.pk, system="vault", found=True, **handling)
    refusal = Reply(Outcome.DENIED, Format.EMAIL, "No.", Reason.LEGAL, "GDPR Art 23")
    for type in (Type.RECTIFICATION, Type.AUTOMATED):
        refused = requests.answer(world, requests.file(world.ada, type), refusal)
        rights.appeal(request=refused.pk, customer=world.ada.customer.id, why="", by=world.ada.actor)
    deciding = {"officer": world.otto, "by": Actor("staff", str(world.otto.pk))}
    rights.decide_appeal(request=refused.pk, outcome=Appealed.REVERSED, text="", **deciding)
    taken = requests.file(world.ada, Type.PORTABILITY)
    requests.search(world, taken)
    rights.make_package(request=requests.answer(world, taken).pk)
    rights.take(request=taken.pk, part="data", acting=world.ada.acting, by=world.ada.actor)
    collect_one(world)
    again = requests.file(world.ada, Type.ACCESS)
    requests.search(world, again)
    requests.answer(world, again)
    unerased = requests.file(world.ben, Type.ERASURE)
    requests.search(world, unerased)
    contact, marketing = [world.categories["contact"]], {"dpv_purpose": "dpv:Marketing", "legal_basis": "A6-1-f"}
    make_purpose("news", "Send you news", contact, world.pia.user, **marketing)
    cal = requests.make_californian()
    opt_in = requests.file(cal, Type.OPT_IN)
    objection = requests.type_in(world, Type.OBJECTION, customer=world.ben.customer)
    parted = parts_of_every_kind(world)
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("INSERT INTO rights_late (request_id, due_at) VALUES (%s, portal_now())", [whole.pk])
        cursor.execute("INSERT INTO rights_meant (request_id, entry) VALUES (%s, gen_random_uuid())", [whole.pk])
        cursor.execute(
            "INSERT INTO rights_correction (request_id, place, category_id, field, is_accepted, why_not, decided_by_id)"
            " SELECT %s, 0, id, 'phone', true, '', %s FROM catalogue_category LIMIT 1",
            [whole.pk, world.otto.pk],
        )
    return {
        "strangers_right": strangers.pk,
        "right": right.pk,
        "answered_right": whole.pk,
        "granted_right": again.pk,
        "pause": pause.pk,
        "unerased_right": unerased.pk,
        "objection": objection.pk,
        "cal": cal.customer.pk,
        "opt_in": opt_in.pk,
        "parted_right": parted.pk,
        "parted": parted.customer_id,
    }


def collect_one(world) -> None:
    """A copy of somebody without an address, with the code from another officer, which still works."""
    request = requests.type_in(world, customer=people.open_record(reference="C-10", by=PORTAL))
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    rights.make_package(request=request.pk)
    about = {"officer": world.otto, "token": uuid4(), "by": Actor("staff", str(world.otto.pk))}
    code = rights.unlock(request=request.pk, code=rights.hand_out_code(request=request.pk, **about), by=PORTAL)
    rights.collect(code=code.pk, part="data", by=PORTAL)


def parts_of_every_kind(world) -> RightsRequest:
    """Done, cancelled, and proposed once more, for what was kept first."""
    deb = make_customer("C-11", "deb@example.com")
    put_in_vault(deb.customer, world.categories["orders"], {"item": "Lamp"})
    for kept, scope in ((["orders"], ()), ([], ("orders",))):
        request = requests.file(deb, Type.ERASURE, scope=scope)
        requests.search(world, request)
        about = {"request": request.pk, "officer": world.pia, "by": Actor("staff", str(world.pia.pk))}
        rights.propose_part(**about, kept=kept)
        if not kept:
            rights.cancel_part(**about)
            rights.propose_part(**about, kept=kept)
        else:
            rights.erase_part(**about | {"officer": world.otto, "by": Actor("staff", str(world.otto.pk))})
    return request


def test_every_part_is_missed_when_it_is_gone(scene):
    unnoticed = []
    with owner_speaking() as owner, application_speaking() as application:
        found = parts(owner)
        for part in found:
            trying = attempt(part, application, owner, scene)
            whole = trying()
            owner.execute(part.remove)
            try:
                if trying() == whole:
                    unnoticed.append(f"{part}: {whole}")
            finally:
                owner.execute(part.restore)
            assert trying() == whole, part
    print(f"\n{len(found)} parts removed, {len(found) - len(unnoticed)} missed.")
    assert not unnoticed and len(found) > ONE_OF_EACH
