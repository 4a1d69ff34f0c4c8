"""A way to call every act there is, from a world in which it changes something.

Each function prepares and returns the call; called again, it begins from fresh objects, as the next request would.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consents.access.rules import End, State
from consents.access.services import answering, asking, ending
from consents.access.services.answering import Reply
from consents.access.services.asking import Ask
from consents.catalogue import services as catalogue
from consents.catalogue.models import Category, Field, Purpose, PurposeVersion
from consents.catalogue.services.versions import Draft
from consents.choices import services as choices
from consents.choices.models import Choice
from consents.choices.receipts import services as receipts
from consents.choices.rules import How, MarkKind
from consents.choices.services import answering as answering_choices
from consents.choices.services import asking as asking_choices
from consents.choices.services import ending as ending_choices
from consents.choices.services import withdrawing
from consents.core import clock
from consents.core.owner import as_owner
from consents.disclosures import services as disclosures
from consents.exports import rules as exports_rules
from consents.exports import services as exports
from consents.exports.kinds import Dataset
from consents.exports.manifests import File
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.notifications import services as notifications
from consents.notifications.delivery import deliver
from consents.notifications.models import Message, Preference
from consents.notifications.services import choosing, failing
from consents.people import keys
from consents.people import services as people
from consents.people.models import Customer, Erasure, LegalHold, Role, StaffMember, User
from consents.people.selectors import address_hash
from consents.rights import services as rights
from consents.rights.rules.answers import Appealed, Reason
from consents.rights.rules.kinds import Level, Type
from consents.rights.services import answering as answering_rights
from consents.rights.services import (
    appeals,
    codes,
    collecting,
    correcting,
    filing,
    noticing,
    packaging,
    reading,
    removing,
    their_word,
    waiting,
    watching,
)
from consents.rights.services import erasing as erasing_rights
from consents.rights.services import handling as handling_rights
from consents.vault import services as vault
from consents.vault.models import PartErasure
from consents.vault.rules import Parts
from consents.vault.services import Incoming
from tests.cast import answer, ask, in_all, make_notice, make_recipient, make_staff, make_user, quinn
from tests.choices.conftest import make_offers, make_sale, publish_next
from tests.exports import scene
from tests.people.test_erasing import hold, propose
from tests.rights import conftest as requests

Call = Callable[[], Any]
Prepare = Callable[..., Call]
ACTS: dict[Callable, Prepare] = {}


def act(service: Callable) -> Callable[[Prepare], Prepare]:
    def keep(prepare: Prepare) -> Prepare:
        ACTS[service] = prepare
        return prepare

    return keep


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def fresh_keys():
    """A keyring with one key more than the customers' keys are wrapped with."""
    ring = settings.KEYRING
    return replace(ring, wrapping=dict(ring.wrapping) | {"99": b"k" * 32}, current="99")


@act(asking.file)
def file(world, **_) -> Call:
    terms: dict[str, Any] = {
        "customer": world.ada.customer.id,
        "version": world.version.pk,
        "categories": frozenset(category.pk for category in world.categories.values()),
        "reason": "you_contacted_us",
        "sentence": "You wrote to us about a wrong bill.",
        "sensitive_reason": "The bill is about it.",
        "duration": timedelta(hours=2),
        "answer_within": timedelta(days=7),
        "token": uuid4(),
    }
    return lambda: asking.file(ask=Ask(**terms), member=member(world.sam), by=by_staff(world.sam))


@act(asking.cancel)
def cancel(world, **_) -> Call:
    request = ask(world).pk
    return lambda: asking.cancel(request=request, member=member(world.sam), by=by_staff(world.sam))


@act(answering.answer)
def answer_in_part(world, **_) -> Call:
    request, token = ask(world), uuid4()
    chosen = frozenset({world.categories["contact"].pk, world.categories["orders"].pk})
    reply = Reply("part", request.digest, token, chosen, timedelta(hours=1), "Only this, please.")
    return lambda: answering.answer(request=request.pk, reply=reply, acting=world.ada.acting, by=world.ada.actor)


@act(answering.let_ask_again)
def let_ask_again(world, **_) -> Call:
    request = answer(world, ask(world), "none").pk
    return lambda: answering.let_ask_again(request=request, customer=world.ada.customer.id, by=world.ada.actor)


@act(ending.stop)
def stop(world, **_) -> Call:
    request = answer(world, ask(world)).pk
    return lambda: ending.stop(request=request, customer=world.ada.customer.id, by=world.ada.actor)


def running_and_waiting(world) -> None:
    """Ada allows one request of Sam's and has not answered another; Ben has not answered Kim."""
    answer(world, ask(world, "contact"))
    ask(world, "orders")
    ask(world, "contact", member=world.kim, customer=world.ben)


@act(ending.end_for_purpose)
def end_for_purpose(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: ending.end_for_purpose(purpose=Purpose.objects.get(), by=PORTAL)


@act(ending.end_for_staff)
def end_for_staff(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: ending.end_for_staff(member=member(world.sam), by=PORTAL)


@act(ending.end_for_customer)
def end_for_customer(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: ending.end_for_customer(customer=world.ada.customer.id, by=PORTAL)


@act(ending.end_for_mark)
def end_for_mark(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: ending.end_for_mark(
        customer=world.ada.customer.id, kind=MarkKind.RESTRICTION, purpose=None, by=world.ada.actor
    )


@act(ending.end_again)
def end_again(world, **_) -> Call:
    request = answer(world, ask(world)).pk
    return lambda: ending.end_again(request=request, state=State.DENIED, end=End.STOPPED, by=PORTAL)


@act(ending.expire)
def expire(world, later, **_) -> Call:
    request = ask(world).pk
    later(timedelta(days=8))
    return lambda: ending.expire(request=request, by=PORTAL)


@act(ending.end_by_time)
def end_by_time(world, later, **_) -> Call:
    request = answer(world, ask(world)).pk
    later(timedelta(hours=3))
    return lambda: ending.end_by_time(request=request, by=PORTAL)


@act(catalogue.save_purpose)
def save_purpose(world, **_) -> Call:
    return lambda: catalogue.save_purpose(purpose=Purpose(code="research", usage="both"), by=by_staff(world.pia))


@act(catalogue.save_version)
def save_version(world, **_) -> Call:
    def save() -> None:
        version = PurposeVersion(purpose=Purpose.objects.get(), dpv_purpose="dpv:CustomerCare", storage=["IE"])
        draft = Draft(version, [make_notice("en", "Help you")], Category.objects.all())
        catalogue.save_version(draft=draft, officer=world.pia.user, by=by_staff(world.pia))

    return save


@act(catalogue.save_recipient)
def save_recipient(world, **_) -> Call:
    return lambda: make_recipient("carrier")


@act(catalogue.save_category)
def save_category(world, **_) -> Call:
    def save() -> None:
        category = Category(code="calls", words=in_all({"title": "Calls", "description": ""}), term="pd:Contact")
        fields = [Field(key="when", labels=in_all("When"))]
        catalogue.save_category(category=category, fields=fields, by=by_staff(world.pia))

    return save


@act(catalogue.publish)
def publish(world, **_) -> Call:
    draft = catalogue.next_version(purpose=world.purpose, officer=quinn(), by=PORTAL).pk
    return lambda: catalogue.publish(
        version=PurposeVersion.objects.get(pk=draft), officer=world.pia.user, by=by_staff(world.pia)
    )


@act(catalogue.note_lost)
def note_lost(world, **_) -> Call:
    by, moment = in_a_restoration(), timezone.now()
    return lambda: catalogue.note_lost(purpose=world.purpose, number=2, published_at=moment, by=by)


@act(catalogue.next_version)
def next_version(world, **_) -> Call:
    return lambda: catalogue.next_version(purpose=world.purpose, officer=world.pia.user, by=by_staff(world.pia))


@act(catalogue.retire)
def retire(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: catalogue.retire(purpose=world.purpose, by=by_staff(world.pia))


def draft_calls() -> Category:
    return catalogue.draft_category(
        code="calls",
        words=in_all({"title": "Calls", "description": ""}),
        sensitive=False,
        fields=[("when", in_all("When")), ("length", in_all("Length"))],
        term="pd:Contact",
        by=PORTAL,
    )


@act(catalogue.draft_category)
def draft_category(world, **_) -> Call:
    return draft_calls


@act(catalogue.publish_category)
def publish_category(world, **_) -> Call:
    draft = draft_calls().pk
    return lambda: catalogue.publish_category(category=Category.objects.get(pk=draft), by=by_staff(world.pia))


@act(choices.give)
def give(world, **_) -> Call:
    mine = {"customer": world.ada.customer.id, "purpose": world.purpose.code, "version": world.version.pk}
    return lambda: choices.give(**mine, by=world.ada.actor)


@act(choices.withdraw)
def withdraw(world, **_) -> Call:
    running_and_waiting(world)
    give(world)()
    mine = {"customer": world.ada.customer.id, "purpose": world.purpose.code}
    return lambda: choices.withdraw(**mine, by=world.ada.actor)


def restricted(world) -> UUID:
    mine = {"customer": world.ada.customer.id, "kind": MarkKind.RESTRICTION}
    return choices.place(**mine, by=world.ada.actor).pk


@act(choices.place)
def place_mark(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: restricted(world)


@act(choices.announce_lift)
def announce_lift(world, **_) -> Call:
    mark = restricted(world)
    return lambda: choices.announce_lift(mark=mark, by=by_staff(world.pia))


@act(choices.lift)
def lift_mark(world, **_) -> Call:
    mark = restricted(world)
    return lambda: choices.lift(mark=mark, by=world.ada.actor)


@act(disclosures.disclose)
def disclose(world, **_) -> Call:
    grant = answer(world, ask(world)).grants.get(category__code="orders").pk
    return lambda: disclosures.disclose(grant=grant, staff=world.sam.pk, by=by_staff(world.sam))


@act(exports.make)
def make_export(world, **_) -> Call:
    return lambda: exports.make(wanted=scene.wanted(), officer=member(world.otto), by=by_staff(world.otto))


@act(exports.approve)
def approve_export(world, **_) -> Call:
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    export = scene.make(world, dataset=Dataset.CONSENT_EVENTS, personal=True).pk
    return lambda: exports.approve(export=export, officer=member(olga), by=by_staff(olga))


@act(exports.deliver)
def deliver_export(world, **_) -> Call:
    scene.play(world)
    export = make_export(world)()
    return lambda: b"".join(exports.deliver(export=export, officer=world.otto, by=by_staff(world.otto)).content)


@act(exports.look_over)
def look_over(world, **_) -> Call:
    terms = {"customer": world.ada.customer, "why": exports_rules.Why.COMPLAINT, "by": by_staff(world.otto)}
    return lambda: exports.look_over(at=None, **terms)


@act(exports.finish)
def finish_export(world, **_) -> Call:
    export, records = make_export(world)(), File("x.csv", 1, 9, "0" * 64)
    return lambda: exports.finish(export=export, records=records, manifest="0" * 64, by=by_staff(world.otto))


@act(appending.append)
def append(world, **_) -> Call:
    @transaction.atomic
    def append_one() -> None:
        appending.append(event="test.done", by=PORTAL, customer=world.ada.customer.id, object_type="test", object="one")

    return append_one


@act(people.look_up)
def look_up(world, **_) -> Call:
    return lambda: people.look_up(text="C-1001", by=by_staff(world.sam))


@act(people.invite_staff)
def invite_staff(world, **_) -> Call:
    return lambda: people.invite_staff(
        email="new@example.com", role=Role.REQUESTER, team="Returns", first_name="Noa", by=by_staff(world.pia)
    )


@act(people.end_staff)
def end_staff(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: people.end_staff(member=member(world.sam), by=by_staff(world.pia))


@act(people.open_record)
def open_record(world, **_) -> Call:
    return lambda: people.open_record(reference="C-2001", email="cleo@example.com", by=PORTAL)


@act(people.record_customers)
def record_customers(world, **_) -> Call:
    listed = [people.Listed("C-1001", country="DE"), people.Listed("C-3001", "dora@example.com", "DE")]
    return lambda: people.record_customers(listed=listed, by=PORTAL)


@act(people.arrive)
def arrive(world, **_) -> Call:
    user = make_user("newcomer@example.com").pk
    return lambda: people.arrive(user=User.objects.get(pk=user), by=Actor("customer", str(user)))


@act(people.make_claim_code)
def make_claim_code(world, **_) -> Call:
    nobody = people.open_record(reference="C-4001", by=PORTAL)
    return lambda: people.make_claim_code(
        customer=Customer.objects.get(pk=nobody.pk), officer=world.pia.user, by=by_staff(world.pia)
    )


@act(people.claim_by_code)
def claim_by_code(world, **_) -> Call:
    code, user = make_claim_code(world)(), make_user("newcomer@example.com")
    people.arrive(user=user, by=PORTAL)
    by = Actor("customer", str(user.pk))
    return lambda: people.claim_by_code(user=User.objects.get(pk=user.pk), code=code, by=by)


@act(people.follow_address)
def follow_address(world, **_) -> Call:
    User.objects.filter(pk=world.ada.user.pk).update(email="moved@example.com")
    return lambda: people.follow_address(user=User.objects.get(pk=world.ada.user.pk), by=world.ada.actor)


@act(people.propose_erasure)
def propose_erasure(world, **_) -> Call:
    return lambda: propose(world)


@act(people.drop_erasure)
def drop_erasure(world, **_) -> Call:
    propose(world)
    return lambda: people.drop_erasure(customer=world.ada.customer.id, by=world.ada.actor)


@act(people.cancel_erasure)
def cancel_erasure(world, **_) -> Call:
    proposal = propose(world).pk
    return lambda: people.cancel_erasure(erasure=proposal, officer=member(world.otto), by=by_staff(world.otto))


def much_to_erase(world) -> None:
    """Running and waiting access, a consent, a queued mail to the customer and one to their address."""
    running_and_waiting(world)
    choices.give(customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor)
    notifications.queue_account_mail(to="ada@example.com", subject="Code", body="123456")


@act(people.erase)
def erase(world, **_) -> Call:
    much_to_erase(world)
    propose(world)
    customer = world.ada.customer.id
    return lambda: people.erase(customer=customer, officer=member(world.otto), by=by_staff(world.otto))


def in_a_restoration() -> Actor:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_restoration (backup, size, statement) VALUES ('1', 1, '')")
    return Actor("portal", channel="restore", original="00" * 32)


@act(people.erase_again)
def erase_again(world, **_) -> Call:
    much_to_erase(world)
    by = in_a_restoration()
    return lambda: people.erase_again(customer=world.ada.customer.id, reason=Erasure.Reason.REQUESTED, by=by)


@act(people.close_again)
def close_again(world, **_) -> Call:
    by = Actor("portal", channel="restore", original="00" * 32)
    return lambda: people.close_again(accounts={world.ada.user.pk}, reference="11" * 32, by=by)


@act(people.place_hold)
def place_hold(world, **_) -> Call:
    return lambda: hold(world)


@act(people.place_hold_again)
def place_hold_again(world, **_) -> Call:
    about = {"reason": LegalHold.Reason.AUTHORITY, "review_on": date(2026, 1, 1), "officer": str(world.otto.pk)}
    hold, by = uuid4(), in_a_restoration()
    return lambda: people.place_hold_again(hold=hold, customer=world.ada.customer.id, by=by, **about)


@act(people.lift_hold)
def lift_hold(world, **_) -> Call:
    placed = hold(world).pk
    return lambda: people.lift_hold(hold=placed, officer=member(world.otto), by=by_staff(world.otto))


def incoming(world) -> list[Incoming]:
    values = {"item": "Green lamp", "price": "20.90"}
    return [Incoming(world.ada.customer.id, world.categories["orders"].pk, "new", values)]


@act(vault.store)
def store(world, **_) -> Call:
    opened = {world.ada.customer.id: keys.of(world.ada.customer.id)}
    return lambda: vault.store(records=incoming(world), keys=opened, by=PORTAL)


@act(vault.store_compared)
def store_compared(world, **_) -> Call:
    opened = {world.ada.customer.id: keys.of(world.ada.customer.id)}
    comparison = vault.compare(records=incoming(world))
    return lambda: vault.store_compared(comparison=comparison, keys=opened, by=PORTAL)


@act(vault.rewrap)
def rewrap(world, **_) -> Call:
    return lambda: vault.rewrap(keyring=fresh_keys(), by=PORTAL)


@act(vault.retire_key)
def retire_key(world, **_) -> Call:
    ring = fresh_keys()
    vault.rewrap(keyring=ring, by=PORTAL)
    return lambda: vault.retire_key(keyring=ring, kid=settings.KEYRING.current, by=PORTAL)


def member(one: StaffMember) -> StaffMember:
    return StaffMember.objects.select_related("user").get(pk=one.pk)


@act(people.choose_language)
def choose_language(world, **_) -> Call:
    return lambda: people.choose_language(customer=world.ada.customer.id, language="de", by=world.ada.actor)


@act(choosing.choose_digests)
def choose_digests(world, **_) -> Call:
    return lambda: choosing.choose_digests(
        customer=world.ada.customer.id, digests=Preference.Digests.NEVER, by=world.ada.actor
    )


def mail_to_ada(world) -> Message:
    """Not sent yet; it goes to the address on file."""
    ask(world)
    Message.objects.update(address_hash=address_hash("ada@example.com"))
    return Message.objects.get()


def bounced_mail(world) -> Message:
    mail = mail_to_ada(world)
    deliver(message=mail.pk)
    failing.record_bounce(message=mail.pk, status="5.1.1", by=PORTAL)
    return mail


@act(failing.note_refused_address)
def note_refused_address(world, **_) -> Call:
    mail = mail_to_ada(world).pk
    return lambda: failing.note_refused_address(message=mail, status="5.1.1", by=PORTAL)


@act(failing.record_bounce)
def record_bounce(world, **_) -> Call:
    mail = mail_to_ada(world).pk
    deliver(message=mail)
    return lambda: failing.record_bounce(message=mail, status="5.1.1", by=PORTAL)


@act(failing.restore_address)
def restore_address(world, **_) -> Call:
    bounced_mail(world)
    addresses = [address_hash("ada@example.com")]
    return lambda: failing.restore_address(customer=world.ada.customer.id, addresses=addresses, by=world.ada.actor)


@act(failing.retry)
def retry(world, **_) -> Call:
    mail = bounced_mail(world).pk
    return lambda: failing.retry(message=mail, by=by_staff(world.pia))


def mine(world, offers: PurposeVersion) -> dict[str, Any]:
    return {"customer": world.ada.customer.id, "purpose": offers.purpose.code, "by": world.ada.actor}


def given(world, offers: PurposeVersion) -> Choice:
    return choices.give(**mine(world, offers), version=offers.pk)


@act(answering_choices.renew)
def renew(world, **_) -> Call:
    offers = make_offers(world)
    since = given(world, offers).since
    return lambda: choices.renew(**mine(world, offers), version=offers.pk, since=since)


@act(answering_choices.defer)
def defer(world, **_) -> Call:
    offers = make_offers(world)
    return lambda: choices.defer(**mine(world, offers), version=offers.pk)


@act(asking_choices.ask)
def ask_for_consent(world, **_) -> Call:
    offers = make_offers(world)
    return lambda: choices.ask(**(mine(world, offers) | {"by": PORTAL}), how=How("digest"))


@act(asking_choices.queue_digest)
def queue_digest(world, later, **_) -> Call:
    offers = make_offers(world)
    given(world, offers)
    publish_next(offers, world.pia.user)
    later(timedelta(days=91))
    return lambda: choices.queue_digest(customer=world.ada.customer.id, by=PORTAL)


@act(ending_choices.expire)
def expire_choice(world, later, **_) -> Call:
    choice = given(world, make_offers(world)).pk
    later(timedelta(days=366))
    return lambda: ending_choices.expire(choice=choice, by=PORTAL)


@act(ending_choices.revoke)
def revoke_choice(world, **_) -> Call:
    offers = make_offers(world)
    choice = given(world, offers).pk
    catalogue.retire(purpose=offers.purpose, by=PORTAL)
    return lambda: ending_choices.revoke(choice=choice, by=PORTAL)


@act(ending_choices.invalidate)
def invalidate(world, **_) -> Call:
    running_and_waiting(world)
    choice = given(world, world.version).pk
    return lambda: choices.invalidate(choice=choice, by=by_staff(world.pia))


@act(withdrawing.withdraw_all)
def withdraw_all(world, **_) -> Call:
    running_and_waiting(world)
    given(world, world.version)
    given(world, make_offers(world))
    return lambda: choices.withdraw_all(customer=world.ada.customer.id, by=world.ada.actor)


@act(withdrawing.opt_out)
def opt_out(world, **_) -> Call:
    make_sale(world)
    return lambda: choices.opt_out(customer=world.ada.customer.id, by=world.ada.actor, how=How("form"))


def on_right(request, member: StaffMember) -> dict[str, Any]:
    return {"request": request.pk, "officer": member, "by": by_staff(member)}


@act(filing.file)
def file_right(world, **_) -> Call:
    wanted = rights.Wanted(Type.ACCESS, "portal", world.ada.customer.id, said={"words": "All of it."}, is_fresh=True)
    return lambda: rights.file(wanted=wanted, by=world.ada.actor)


@act(noticing.record_opt_out)
def record_opt_out(world, **_) -> Call:
    cal = requests.make_californian()
    return lambda: rights.record_opt_out(customer=cal.customer.pk, how=How("Sec-GPC"), by=cal.actor)


@act(noticing.record_opt_in)
def record_opt_in(world, **_) -> Call:
    sale, cal = make_sale(world), requests.make_californian()
    choices.give(customer=cal.customer.pk, purpose="sell", version=sale.pk, by=cal.actor)
    return lambda: rights.record_opt_in(customer=cal.customer.pk, how=How(), by=cal.actor)


@act(noticing.record_withdrawal)
def record_withdrawal(world, **_) -> Call:
    about = {"customer": world.ada.customer.pk, "how": How(), "by": world.ada.actor}
    return lambda: rights.record_withdrawal(**about, purposes=[world.purpose])


@act(handling_rights.acknowledge)
def acknowledge_right(world, **_) -> Call:
    nowhere = people.open_record(reference="C-5001", by=PORTAL)
    request = requests.type_in(world, customer=nowhere)
    return lambda: rights.acknowledge(**on_right(request, member(world.pia)))


@act(handling_rights.confirm_identity)
def confirm_identity(world, **_) -> Call:
    request = requests.file_as_stranger()
    about = {"level": Level.REASONABLE, "facts": requests.TWO_FACTS, "customer": world.ada.customer.id}
    return lambda: rights.confirm_identity(**on_right(request, member(world.pia)), **about)


@act(handling_rights.confirm_own_identity)
def confirm_own_identity(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False).pk
    customer = world.ada.customer.id
    return lambda: rights.confirm_own_identity(request=request, customer=customer, by=world.ada.actor)


@act(handling_rights.fail_identity)
def fail_identity(world, **_) -> Call:
    request = requests.type_in(world)
    return lambda: rights.fail_identity(**on_right(request, member(world.pia)))


@act(handling_rights.match)
def match_right(world, **_) -> Call:
    make_sale(world)
    cal = requests.make_californian()
    request = requests.file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
    return lambda: rights.match(**on_right(request, member(world.pia)), customer=cal.customer.id)


@act(handling_rights.extend)
def extend_right(world, **_) -> Call:
    request = requests.file(world.ada)
    return lambda: rights.extend(**on_right(request, member(world.pia)), reason="complexity")


@act(waiting.pause)
def pause_right(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False)
    return lambda: rights.pause(**on_right(request, member(world.pia)), waiting_for="identity")


@act(waiting.resume)
def resume_right(world, **_) -> Call:
    request = requests.file(world.ada)
    rights.pause(**on_right(request, member(world.pia)), waiting_for="scope")
    return lambda: rights.resume(**on_right(request, member(world.pia)), answered_on=timezone.localdate())


@act(waiting.stop_waiting)
def stop_waiting(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False)
    rights.pause(**on_right(request, member(world.pia)), waiting_for="identity")
    return lambda: rights.stop_waiting(**on_right(request, member(world.pia)))


@act(handling_rights.note_search)
def note_search(world, **_) -> Call:
    request = requests.file(world.ada)
    return lambda: rights.note_search(**on_right(request, member(world.pia)), system="vault", found=True)


@act(handling_rights.note_told)
def note_told(world, **_) -> Call:
    request, recipient = requests.file(world.ada), make_recipient("carrier").pk
    return lambda: rights.note_told(**on_right(request, member(world.pia)), recipient=recipient)


@act(answering_rights.answer)
def answer_right(world, **_) -> Call:
    request = requests.file(world.ada)
    requests.search(world, request)
    return lambda: rights.answer(**on_right(request, member(world.pia)), reply=requests.DONE)


@act(their_word.withdraw)
def withdraw_right(world, **_) -> Call:
    request = requests.file(world.ada).pk
    return lambda: rights.withdraw(request=request, customer=world.ada.customer.id, by=world.ada.actor)


def refused_right(world):
    request = requests.file(world.ada, Type.RECTIFICATION)
    return requests.answer(world, request, rights.Reply("denied", "email", "No.", Reason.LEGAL, "GDPR Art 23"))


@act(their_word.appeal)
def appeal_right(world, **_) -> Call:
    mine = {"request": refused_right(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: rights.appeal(**mine, why="It is wrong.")


@act(their_word.note_withdrawal)
def note_withdrawal(world, **_) -> Call:
    request = requests.file(world.ada, Type.RESTRICTION)
    said = {"said_on": timezone.localdate(), "channel": "phone"}
    return lambda: rights.note_withdrawal(**on_right(request, member(world.pia)), **said)


@act(their_word.note_appeal)
def note_appeal(world, **_) -> Call:
    said = {"said_on": timezone.localdate(), "channel": "post", "why": "It is wrong."}
    refused = refused_right(world)
    return lambda: rights.note_appeal(**on_right(refused, member(world.otto)), **said)


def granted(world):
    request = requests.file(world.ada)
    requests.search(world, request)
    return requests.answer(world, request)


@act(packaging.make_package)
def make_package(world, **_) -> Call:
    request = granted(world).pk
    return lambda: packaging.make_package(request=request, by=PORTAL)


@act(packaging.keep_package)
def keep_package(world, **_) -> Call:
    request = granted(world).pk
    return lambda: packaging.keep_package(request=request, page="page", data="{}", by=PORTAL, begun=clock.now())


@act(packaging.ask_again)
def ask_again(world, **_) -> Call:
    mine = {"request": granted(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: rights.ask_again(**mine)


@act(packaging.take)
def take_package(world, **_) -> Call:
    request = granted(world).pk
    rights.make_package(request=request)
    mine = {"request": request, "part": "data", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: rights.take(**mine)


@act(packaging.remove_package)
def remove_package(world, later, **_) -> Call:
    package = rights.make_package(request=granted(world).pk).pk
    later(timedelta(days=15))
    return lambda: rights.remove_package(package=package, by=PORTAL)


def to_collect(world, email: str = ""):
    """Of somebody on file who never signed in, answered by Pia."""
    customer = people.open_record(reference="C-7001", email=email, by=PORTAL)
    request = requests.type_in(world, customer=customer)
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    rights.make_package(request=request.pk)
    return request


def handed_out(world, request) -> str:
    return rights.hand_out_code(**on_right(request, member(world.otto)), token=uuid4())


@act(codes.send_code)
def send_code(world, **_) -> Call:
    request = to_collect(world, "eve@example.com")
    return lambda: rights.send_code(**on_right(request, member(world.otto)))


@act(codes.hand_out_code)
def hand_out_code(world, **_) -> Call:
    request, token = to_collect(world), uuid4()
    return lambda: rights.hand_out_code(**on_right(request, member(world.otto)), token=token)


@act(codes.stop_code)
def stop_code(world, **_) -> Call:
    request = to_collect(world)
    handed_out(world, request)
    return lambda: rights.stop_code(**on_right(request, member(world.otto)))


@act(collecting.unlock)
def unlock(world, **_) -> Call:
    request = to_collect(world)
    code = handed_out(world, request)
    return lambda: rights.unlock(request=request.pk, code=code, by=Actor("visitor"))


@act(collecting.collect)
def collect(world, **_) -> Call:
    request = to_collect(world)
    code = rights.unlock(request=request.pk, code=handed_out(world, request), by=Actor("visitor"))
    return lambda: rights.collect(code=code.pk, part="data", by=Actor("visitor"))


@act(packaging.make_again)
def make_again(world, later, **_) -> Call:
    request = to_collect(world)
    later(timedelta(days=15))
    return lambda: rights.make_again(**on_right(request, member(world.otto)))


@act(disclosures.disclose_own)
def disclose_own(world, **_) -> Call:
    return lambda: disclosures.disclose_own(customer=world.ada.customer.id, by=world.ada.actor)


PROPOSAL = {"category": "contact", "field": "phone", "right": "555-0199"}


def to_correct(world):
    return requests.file(world.ada, Type.RECTIFICATION, scope=("contact",), said={"proposals": [PROPOSAL]})


@act(correcting.decide_value)
def decide_value(world, **_) -> Call:
    request = to_correct(world)
    return lambda: rights.decide_value(**on_right(request, member(world.pia)), place=0)


@act(correcting.choose_entry)
def choose_entry(world, **_) -> Call:
    mine = {"request": to_correct(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    copy = disclosures.disclose_own(customer=world.ada.customer.id, by=world.ada.actor)
    (contact,) = copy.records[world.categories["contact"].pk]
    return lambda: rights.choose_entry(**mine, entry=contact.id)


@act(vault.correct)
def correct(world, **_) -> Call:
    about = {"customer": world.ada.customer.id, "category": world.categories["contact"].pk, "field": "phone"}
    return lambda: vault.correct(**about, value="555-0199", by=by_staff(world.pia))


@act(erasing_rights.propose_erasure)
def propose_right_erasure(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    return lambda: rights.propose_erasure(**on_right(request, member(world.pia)))


def parts_proposed(world):
    """Orders are to be kept; a copy of all was made, and a phone number is to be corrected."""
    running_and_waiting(world)
    rights.make_package(request=granted(world).pk)
    to_correct(world)
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    rights.propose_part(**on_right(request, member(world.pia)), kept=["orders"], law="AO 147")
    return request


ORDERS_KEPT = Parts(["contact", "health"], ["orders"])


@act(erasing_rights.propose_part)
def propose_part(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    return lambda: rights.propose_part(**on_right(request, member(world.pia)), kept=["orders"], law="AO 147")


@act(erasing_rights.cancel_part)
def cancel_part(world, **_) -> Call:
    request = parts_proposed(world)
    return lambda: rights.cancel_part(**on_right(request, member(world.otto)))


@act(erasing_rights.erase_part)
def erase_part(world, **_) -> Call:
    request = parts_proposed(world)
    return lambda: rights.erase_part(**on_right(request, member(world.otto)))


def again(request) -> dict[str, Any]:
    about = {"request": request.pk, "customer": request.customer_id, "law": "AO 147", "parts": ORDERS_KEPT}
    return about | {"by": Actor("portal", channel="restore", original="ab" * 32)}


@act(erasing_rights.erase_part_again)
def erase_part_again(world, **_) -> Call:
    request = parts_proposed(world)
    in_a_restoration()
    return lambda: rights.erase_part_again(**again(request))


@act(vault.propose_part)
def propose_part_of_vault(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    about = {"customer": world.ada.customer.pk, "parts": ORDERS_KEPT, "law": "AO 147"}
    return lambda: vault.propose_part(**on_right(request, member(world.pia)), **about)


@act(vault.cancel_part)
def cancel_part_of_vault(world, **_) -> Call:
    request = parts_proposed(world)
    return lambda: vault.cancel_part(**on_right(request, member(world.otto)), customer=world.ada.customer.pk)


@act(vault.drop_parts)
def drop_parts(world, **_) -> Call:
    parts_proposed(world)
    return lambda: vault.drop_parts(customer=world.ada.customer.pk, by=world.ada.actor)


@act(vault.erase_part)
def erase_part_of_vault(world, **_) -> Call:
    request = parts_proposed(world)
    about = {"customer": world.ada.customer.pk, "is_everything": True}
    return lambda: vault.erase_part(**on_right(request, member(world.otto)), **about)


@act(vault.erase_part_again)
def erase_part_of_vault_again(world, **_) -> Call:
    request = parts_proposed(world)
    in_a_restoration()
    return lambda: vault.erase_part_again(**again(request))


@act(ending.end_for_part)
def end_for_part(world, **_) -> Call:
    running_and_waiting(world)
    erasure = PartErasure(customer=world.ada.customer, deleted=["contact"], kept=["orders"])
    return lambda: ending.end_for_part(erasure=erasure, by=PORTAL)


@act(watching.note_late)
def note_late(world, later, **_) -> Call:
    request = requests.file(world.ada).pk
    later(timedelta(days=60))
    return lambda: rights.note_late(request=request, by=PORTAL)


@act(watching.remind)
def remind(world, later, **_) -> Call:
    request = requests.file(world.ada)
    later(request.due_at - timedelta(days=3) - datetime.now(UTC))
    return lambda: rights.remind(request=request.pk, by=PORTAL)


@act(removing.remove)
def remove_right(world, later, **_) -> Call:
    request = granted(world).pk
    later(timedelta(days=735))
    return lambda: rights.remove(request=request, by=PORTAL)


@act(reading.read)
def read_words(world, **_) -> Call:
    request = requests.file(world.ada, said={"words": "please"})
    return lambda: rights.read(**on_right(request, member(world.pia)))


@act(appeals.decide_appeal)
def decide_appeal(world, **_) -> Call:
    appealed = refused_right(world)
    rights.appeal(request=appealed.pk, customer=world.ada.customer.id, why="", by=world.ada.actor)
    about = {"outcome": Appealed.REVERSED, "text": "You are right."}
    return lambda: rights.decide_appeal(**on_right(appealed, member(world.otto)), **about)


@act(receipts.rotate_key)
def rotate_receipt_key(_world, folder, **_) -> Call:
    return lambda: receipts.rotate_key(folder=folder, by=PORTAL)


@act(receipts.withdraw_key)
def withdraw_receipt_key(_world, folder, **_) -> Call:
    day = date(2026, 3, 1)
    return lambda: receipts.withdraw_key(folder=folder, kid="1", since=day, today=day, by=PORTAL)
