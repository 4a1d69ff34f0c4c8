"""Make a row in every table of ours, so that every rule has something to forbid."""

from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking, enquiring
from consents.accounts.provisioning import acts as provisioning
from consents.catalogue.services import categories, versions
from consents.choices.models import Digest
from consents.choices.rules import MarkKind
from consents.choices.services import answering, marking
from consents.core import clock
from consents.core.clock import now
from consents.core.owner import as_owner
from consents.disclosures.models import LookReport
from consents.disclosures.reports import services as look_reports
from consents.disclosures.reports.rules import Concern, Finding
from consents.disclosures.services import CountedScope, Disclosure, disclose_records, read_for_statistics
from consents.disclosures.telling import services as telling
from consents.disclosures.telling.rules import HowOften
from consents.exemptions.bypasses import BypassKind, BypassSign
from consents.exemptions.services import filing
from consents.exports.rules import Dataset
from consents.exports.services import delivering
from consents.insights.services import questions
from consents.law.kinds import Type
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import sealing
from consents.notifications.models import FailingAddress, Preference, StaffPreference
from consents.notifications.services import choosing
from consents.people.known_browsers import submit_once
from consents.people.models import Customer, DirectoryPerson, Evidence, Role
from consents.people.services import claiming, customer_records, erasing, holding, locking
from consents.systems.services import insert_webhooks
from consents.training import services
from tests.architecture.mutation.rights_scene import rights_of_every_kind
from tests.world import breaches as breaches
from tests.world import exports as exports
from tests.world import insights as insights
from tests.world import rights_requests as requests
from tests.world.cast import (
    answer,
    ask,
    make_customer,
    make_purpose,
    make_recipient,
    make_staff,
    make_user,
)
from tests.world.choices import list_teams
from tests.world.claim_codes import make_claim_code
from tests.world.colleagues import approve_change, cancel_change, propose_officer, propose_reset
from tests.world.erasing import erase, hold, propose
from tests.world.exemptions import build_delay, decide, file_order, note_conflict, open_emergency
from tests.world.holders import share_account
from tests.world.proposals import agree, decline, make_guarded_purpose, propose_request
from tests.world.retirements import cancel_end, propose_end, retire
from tests.world.sentences import draft_sentence, publish_sentence, retire_sentence
from tests.world.telephone import answer_by_telephone, send_known_code
from tests.world.training import publish_module, train, try_module


def build_scene(world, folder: Path) -> SimpleNamespace:
    """Return whom and what the attempts speak of, by name."""
    officer = Actor("staff", str(world.pia.pk))
    found = access_of_every_kind(world) | purposes_of_every_kind(world)
    addressless = customer_records.open_customer_record(reference="C-9", by=officer)
    found |= people_of_every_kind(world, addressless) | exports_of_every_kind(world)
    going, cas = erasures_of_every_kind(world, addressless)
    record_restoration()
    module = publish_module(world)
    train(world.sam, world.kim)
    found |= counts_of_every_kind(world) | rights_of_every_kind(world) | exemptions_of_every_kind(world)
    found |= looks_of_every_kind(world, found["grant"]) | breaches_of_every_kind(world)
    sealing.seal_entries(keys=settings.PORTAL_KEYS, storage=FileSystemStorage(location=folder))
    found |= {
        "module_draft": services.draft_next_module(version=module, by=officer).pk,
        "failed_attempt": try_module(module, world.kim, is_right=False).pk,
        "erased": erase(world, cas).id,
        "export": exports.make(world).pk,
        "personal_export": exports.make(world, dataset=Dataset.CONSENT_EVENTS, personal=True).pk,
    }
    return SimpleNamespace(**name_everybody(world), closed=cas.user.pk, going=going.customer.id, **found)


def name_everybody(world) -> dict[str, Any]:
    return {
        "ada": world.ada.customer.id,
        "ada_user": world.ada.user.pk,
        "otto": world.otto.pk,
        "ben": world.ben.customer.id,
        "ben_user": world.ben.user.pk,
        "sam": world.sam.pk,
        "version": world.version.pk,
        "purpose": world.purpose.pk,
        "pia": world.pia.pk,
        "quinn": world.quinn.pk,
        "health": world.categories["health"].pk,
    }


def access_of_every_kind(world) -> dict[str, Any]:
    """Allowed; asked with questions; asked and then blocked, by somebody whose account is locked."""
    allowed = answer(world, ask(world), "all")
    pending = ask(world, "contact", member=world.kim, customer=world.ben)
    grant = allowed.grants.get(category__code="orders")
    enquiry = enquire_twice(world, pending)
    caller_code = send_known_code(pending, world.pia).pk
    answer_by_telephone(world, ask(world, "contact", customer=make_customer("C-32", "fay@example.com")))
    joint = agree_to_half(world) | propose_of_every_kind(world)
    eve = make_customer("C-31", "eve@example.com")
    blocked = ask(world, "contact", member=world.kim, customer=eve)
    for kind in (BlockKind.MEMBER, BlockKind.EVERYBODY):
        blocking.place_block(customer=eve.customer.id, kind=kind, access_request=blocked.pk, by=eve.actor)
    locking.lock_account(user=eve.user, customer=eve.customer.id, ways={"code", "password"}, by=eve.actor)
    return {
        "pending": pending.pk,
        "enquiry": enquiry,
        "caller_code": caller_code,
        "blocked": blocked.pk,
        "grant": grant.pk,
    } | joint


def propose_of_every_kind(world) -> dict[str, Any]:
    """Agreed, declined and waiting for the manager's yes."""
    guarded = make_guarded_purpose(world)
    agree(propose_request(world, guarded), world.kim)
    customers = {"customer": world.ben.customer.id}
    decline(propose_request(world, guarded, **customers), world.kim)
    return {"guarded": guarded.pk, "proposed": propose_request(world, guarded, **customers).pk}


def agree_to_half(world) -> dict[str, Any]:
    """One of two holders of an account has said yes: to a request for access, to a purpose, to rights."""
    joy = make_customer("C-41", "joy@example.com")
    share_account(world, "roy@example.com", of=joy)
    answer(SimpleNamespace(**vars(world) | {"ada": joy}), ask(world, "contact", member=world.kim, customer=joy))
    mine = {"customer": joy.customer.id, "purpose": "support", "version": world.version.pk}
    answering.give_consent(**mine, by=joy.actor)
    copy = requests.file(joy)
    requests.search(world, copy)
    deletion = requests.file(joy, Type.ERASURE)
    propose(world, joy)
    return {"joint_copy": copy.pk, "joint_deletion": deletion.pk, "joint_customer": joy.customer.id}


def purposes_of_every_kind(world) -> dict[str, Any]:
    """Chosen, objected to, with a draft of its next version, retired; and a category that is a draft."""
    officer = Actor("staff", str(world.pia.pk))
    answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    Digest.objects.create(customer=world.ada.customer, queued_at=now())
    contact = [world.categories["contact"]]
    offers = make_purpose("offers", "Send you offers", contact, world.pia.user, recipients=[make_recipient("printer")])
    marking.place_mark(customer=world.ada.customer.id, kind=MarkKind.OBJECTION, purpose="offers", by=world.ada.actor)
    draft = versions.draft_next_version(
        purpose=offers.purpose, officer=world.quinn.user, by=Actor("staff", str(world.quinn.pk))
    )
    half = categories.draft_category(code="half", words={}, sensitive=False, fields=[], by=officer)
    old = make_purpose("old", "Do what we did before", contact, world.pia.user)
    retire(old.purpose)
    cancel_end(propose_end(world.purpose, world.quinn), world.pia)
    propose_end(world.purpose, world.quinn)
    limited = make_purpose("visits", "Come to your home", contact, world.pia.user)
    list_teams(limited.purpose, "Home Visits", officer=world.pia)
    retire_sentence(world.pia, publish_sentence(world.quinn, draft_sentence(world.pia, "late")))
    offered = publish_sentence(world.quinn, draft_sentence(world.pia)).pk
    return {"draft": draft.pk, "half": half.pk, "limited": limited.pk, "sentence": offered}


def people_of_every_kind(world, addressless: Customer) -> dict[str, Any]:
    """Without an address, a child, with settings of their own, known to the directory."""
    officer = Actor("staff", str(world.pia.pk))
    codes_of_every_kind(world, addressless)
    propose_officer(world.pia, world.sam)
    cancel_change(world.pia, propose_reset(world.pia, world.kim))
    approve_change(world.quinn, propose_reset(world.pia, world.kim))
    child = customer_records.open_customer_record(reference="C-99", born_on=date(2020, 5, 1), country="DE", by=officer)
    submit_once(user=world.ada.user.pk, token=uuid4(), content="", act=lambda: None)
    choosing.choose_digests(customer=world.ada.customer.id, digests=Preference.Digests.NEVER, by=world.ada.actor)
    choosing.choose_staff_emails(member=world.sam, told=StaffPreference.Told.EACH, by=Actor("staff", str(world.sam.pk)))
    look_emails = {"customer": world.ada.customer.id, "how_often": HowOften.NEVER}
    telling.choose_look_emails(**look_emails, by=world.ada.actor)
    FailingAddress.objects.create(address_hash=b"hash", how="bounced")
    insert_webhooks("consent.given", ["newsletter"], customer=world.ada.customer.id)
    Evidence.objects.create(user=world.ada.user.pk)
    told = {"name": "rita@example.com", "given_name": "Rita", "family_name": "R", "external": "", "is_active": True}
    rita = provisioning.record_person(facts=told, by=officer)
    rolf = provisioning.record_person(facts=told | {"name": "rolf@example.com"}, by=officer)
    DirectoryPerson.objects.filter(pk=rita.pk).update(user=world.kim.user, manager=rolf)
    night_shift = provisioning.record_group(facts={"name": "night-shift"}, by=officer)
    provisioning.change_group(id=night_shift.pk, facts={}, came=[rita.pk], by=officer)
    return {"addressless": addressless.id, "child": child.id}


def exports_of_every_kind(world) -> dict[str, Any]:
    """Taken, and one with personal data that another officer has agreed to."""
    exports.taken(world)
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    personal = {"dataset": Dataset.CONSENT_EVENTS, "personal": True}
    agreed = exports.make(world, **personal)
    delivering.approve_export(export=agreed.pk, officer=olga, by=Actor("staff", str(olga.pk)))
    return {"olga": olga.pk}


def erasures_of_every_kind(world, addressless: Customer) -> tuple[SimpleNamespace, SimpleNamespace]:
    """Cancelled, proposed, held and held no longer. Return who is to be erased, and who can be."""
    officer = Actor("staff", str(world.pia.pk))
    going, cas = make_customer("C-7", "dee@example.com"), make_customer("C-8", "cas@example.com")
    answering.give_consent(customer=cas.customer.id, purpose="support", version=world.version.pk, by=cas.actor)
    cancelled = propose(world, going)
    erasing.cancel_erasure(erasure=cancelled.pk, officer=world.pia, by=officer)
    propose(world, going)
    lifted = hold(world, customer=addressless.id)
    holding.lift_hold(hold=lifted.pk, officer=world.otto, by=Actor("staff", str(world.otto.pk)))
    hold(world, customer=addressless.id)
    return going, cas


def record_restoration() -> None:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute(
            "INSERT INTO ledger_restoration (backup, size, statement, journal, opened_at)"
            " VALUES ('1', 1, '', 0, portal.now())"
        )


def looks_of_every_kind(world, grant: UUID) -> dict[str, Any]:
    """Reported; reported and decided. `look` counts what one more look shows."""

    def look() -> int:
        return len(see().records)

    def see() -> Disclosure:
        return disclose_records(grant=grant, staff=world.sam.pk, by=Actor("staff", str(world.sam.pk)))

    reported = [report_look(world, see().opening) for _ in range(2)]
    by_pia = {"officer": world.pia, "by": requests.by_staff(world.pia), "finding": Finding.IN_ORDER, "words": "It was."}
    look_reports.decide_look_report(report=reported[1].pk, **by_pia)
    look()
    return {"report": reported[0].pk, "look": look}


def counts_of_every_kind(world) -> dict[str, Any]:
    """A question that says nothing, one that is answered, one that waits, one unasked, one retired."""
    insights.make_crowd(world, ["Lamp"] * 12)
    insights.count(insights.ask_insight(world, insights.add_question(world, "nothing", grouping="year")))
    retired = insights.add_question(world, "retired")
    questions.retire_question(question=retired.pk, officer=world.pia, by=insights.by_staff(world.pia))
    counted = insights.ask_insight(world, insights.add_question(world))
    waiting = insights.ask_insight(world, insights.add_question(world, "waiting"))
    assert insights.count(counted) == {"Lamp": 15}
    version, category = world.statistics, world.categories["orders"]
    scope = CountedScope(waiting.pk, world.sam.pk, category, version.purpose, frozenset({"item"}))
    return {
        "counted_insight": counted.pk,
        "waiting_insight": waiting.pk,
        "unasked_question": insights.add_question(world, "unasked").pk,
        "count": lambda: sum(len(records) for _customer, records in read_for_statistics(scope=scope, by=PORTAL)),
    }


def enquire_twice(world, request) -> UUID:
    """A question that was replied to, and one that is open."""
    about = {"access_request": request.pk, "words": "Why?", "acting": world.ben.acting, "by": world.ben.actor}
    first, kim = enquiring.send_enquiry(**about), Actor("staff", str(world.kim.pk))
    enquiring.reply_to_enquiry(enquiry=first.pk, words="For you.", member=world.kim, by=kim)
    return enquiring.send_enquiry(**about).pk


def report_look(world, opening: UUID) -> LookReport:
    said = {"concern": Concern.OTHER, "words": "Why?", "acting": world.ada.acting, "by": world.ada.actor}
    return look_reports.file_look_report(opening=opening, **said)


def codes_of_every_kind(world, addressless: Customer) -> None:
    """A code that was cancelled, one that was used, one that is proposed, and one that still works."""
    cancelled = claiming.propose_claim_code(customer=addressless.id, officer=world.pia, by=requests.by_staff(world.pia))
    claiming.cancel_claim_code(claim_code=cancelled.pk, officer=world.pia, by=requests.by_staff(world.pia))
    arriving = customer_records.open_customer_record(reference="C-21", by=PORTAL)
    user = make_user("gil@example.com")
    code = make_claim_code(customer=arriving, officer=world.pia.user)
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    claiming.propose_claim_code(
        customer=customer_records.open_customer_record(reference="C-22", by=PORTAL).id,
        officer=world.pia,
        by=requests.by_staff(world.pia),
    )
    make_claim_code(customer=addressless, officer=world.pia.user)


def exemptions_of_every_kind(world) -> dict[str, UUID]:
    """Filed; granted, and the customer told later; opened in an emergency; filed while the customer is asked."""
    emergency = {"customer": world.ben.customer.id}
    open_emergency(world, "contact", **emergency)
    parallel = ask(world, "orders", member=world.kim, customer=world.ben, answer_within=timedelta(hours=4))
    file_order(world, "orders", member=world.kim, access_request=parallel.pk, **emergency)
    granted = decide(world, file_order(world, "contact", member=world.kim), delay=build_delay())
    filing.raise_bypass_alert(
        sign=BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.sam.pk, world.ada.customer.id, "vault.opened", "1"),
        by=PORTAL,
    )
    note_conflict(world)
    return {"filed_exemption": file_order(world, "health").pk, "granted_exemption": granted.pk}


def breaches_of_every_kind(world) -> dict[str, UUID]:
    """Closed, and its customer told; with words that wait for a second officer; of which nobody is told yet."""
    closed, waiting, silent = (breaches.record_breach(world) for _number in range(3))
    for breach in (closed, waiting, silent):
        breaches.assess_breach(world, breach)
    for breach in (closed, silent):
        breaches.tell_authority(world, breach)
    breaches.tell_ada(world, closed)
    breaches.close_breach(world, closed)
    words = breaches.propose_announcement(world, waiting, "C-1001")
    return {
        "closed_breach": closed.pk,
        "open_breach": waiting.pk,
        "silent_breach": silent.pk,
        "waiting_words": words.pk,
    }
