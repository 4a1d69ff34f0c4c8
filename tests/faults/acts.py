"""A way to call every act there is, from a world in which it changes something.

Each function prepares and returns the call; called again, it begins from fresh objects, as the next request would.
"""

from collections.abc import Callable
from copy import copy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest import mock
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consents.access.models import Reason as AccessReason
from consents.access.rules import AnswerDecision
from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import EndCause
from consents.access.services import answering, asking, blocking, ending, enquiring, telephone
from consents.access.services.answering import Reply
from consents.access.services.asking import NewRequest
from consents.access.signals import block_placed
from consents.catalogue.models import Category, Field, Purpose, PurposeVersion
from consents.catalogue.services import categories, publishing, purposes, recipients, versions
from consents.catalogue.services.versions import VersionDraft
from consents.choices.models import Choice
from consents.choices.rules import ActContext, MarkKind
from consents.choices.services import answering as answering_choices
from consents.choices.services import answering as choices_answering
from consents.choices.services import asking as asking_choices
from consents.choices.services import asking as choices_asking
from consents.choices.services import ending as choices_ending
from consents.choices.services import ending as ending_choices
from consents.choices.services import marking, withdrawing
from consents.choices.services import withdrawing as choices_withdrawing
from consents.copies.services import codes, collection, packages
from consents.copies.services import codes as rights_codes
from consents.copies.services import collection as copies_collection
from consents.copies.services import packages as copies_packages
from consents.core import clock
from consents.core import keys as key_files
from consents.core.owner import as_owner
from consents.disclosures import services as disclosures
from consents.disclosures.reports import services as look_reports
from consents.disclosures.reports.rules import Concern, Finding
from consents.disclosures.telling import services as look_telling
from consents.disclosures.telling.rules import HowOften
from consents.exemptions.bypasses import BypassKind, BypassSign
from consents.exemptions.conflicts import Closeness
from consents.exemptions.rules import BypassFinding, NewDelay
from consents.exemptions.services import alerting, conflicts, immediate_effects, telling
from consents.exemptions.services import deciding as exemption_deciding
from consents.exemptions.services import ending as exemption_ending
from consents.exemptions.services import filing as exemption_filing
from consents.exports import rules as exports_rules
from consents.exports.kinds import Dataset
from consents.exports.manifests import ExportedFile
from consents.exports.services import delivering, opening_history
from consents.exports.services import requesting as exports_asking
from consents.insights.figures import list_past_months
from consents.insights.services import asking as insight_asking
from consents.insights.services import figures as insight_figures
from consents.insights.services import notes as insight_notes
from consents.insights.services import questions as insight_questions
from consents.law.identity import Level
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending, signing_keys
from consents.notifications.delivery import deliver_message
from consents.notifications.models import Message, Preference
from consents.notifications.services import choosing, failing, queueing
from consents.people import keys
from consents.people.models import ClaimCode, Erasure, LegalHold, Role, StaffMember, User
from consents.people.selectors import hash_address
from consents.people.services import (
    claim_codes,
    claiming,
    customer_lists,
    customer_records,
    erasing,
    holding,
    locking,
    representing,
    staff_members,
)
from consents.rights.models import QuestionTemplate
from consents.rights.rules import inputs
from consents.rights.rules.answers import About, Appealed, TellingWay
from consents.rights.services import answering as answering_rights
from consents.rights.services import answering as rights_answering
from consents.rights.services import (
    appeals,
    assigning,
    choices_on_record,
    clarifying,
    comparing,
    correcting,
    filing,
    handling,
    looking,
    officer_digest,
    question_templates,
    reading,
    removing,
    requester_actions,
    waiting,
    watching,
)
from consents.rights.services import appeals as rights_appeals
from consents.rights.services import choices_on_record as rights_choices_on_record
from consents.rights.services import correcting as rights_correcting
from consents.rights.services import erasing as erasing_rights
from consents.rights.services import erasing as rights_erasing
from consents.rights.services import filing as rights_filing
from consents.rights.services import handling as handling_rights
from consents.rights.services import reading as rights_reading
from consents.rights.services import removing as rights_removing
from consents.rights.services import requester_actions as rights_requester_actions
from consents.rights.services import sending as sending_rights
from consents.rights.services import waiting as rights_waiting
from consents.rights.services import watching as rights_watching
from consents.training.services import attesting
from consents.training.services import modules as training_modules
from consents.vault.models import PartErasure
from consents.vault.rules import Parts
from consents.vault.services import erasing as vault_erasing
from consents.vault.services import rewrapping, storing
from consents.vault.services.storing import IncomingRecord
from tests.world import exemptions, training
from tests.world import exports as scene
from tests.world import rights_requests as requests
from tests.world.cast import answer, ask, in_all, make_notice, make_recipient, make_staff, make_user, put_on_list, quinn
from tests.world.choices import make_offers, make_sale, publish_next
from tests.world.claim_codes import make_claim_code
from tests.world.erasing import hold, propose
from tests.world.insights import add_question, ask_insight, build_question, make_statistics_purpose
from tests.world.telephone import CODE, prove, send_known_code

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
    ring = key_files.load_keyring(settings.PORTAL_KEYS)
    return replace(ring, wrapping=dict(ring.wrapping) | {"99": b"k" * 32}, current="99")


@act(asking.file_access_request)
def file(world, **_) -> Call:
    terms: dict[str, Any] = {
        "customer": world.ada.customer.id,
        "version": world.version.pk,
        "categories": frozenset(category.pk for category in world.categories.values()),
        "reason": AccessReason.YOU_CONTACTED_US,
        "sentence": "You wrote to us about a wrong bill.",
        "sensitive_reason": "The bill is about it.",
        "duration": timedelta(hours=2),
        "answer_within": timedelta(days=7),
        "token": uuid4(),
    }
    return lambda: asking.file_access_request(ask=NewRequest(**terms), member=member(world.sam), by=by_staff(world.sam))


@act(asking.cancel_access_request)
def cancel(world, **_) -> Call:
    request = ask(world).pk
    return lambda: asking.cancel_access_request(
        access_request=request, member=member(world.sam), by=by_staff(world.sam)
    )


@act(answering.answer_access_request)
def answer_in_part(world, **_) -> Call:
    request, token = ask(world), uuid4()
    chosen = frozenset({world.categories["contact"].pk, world.categories["orders"].pk})
    reply = Reply("part", request.digest, token, chosen, timedelta(hours=1), "Only this, please.")
    return lambda: answering.answer_access_request(
        access_request=request.pk, reply=reply, acting=world.ada.acting, by=world.ada.actor
    )


@act(answering.lift_waiting_time)
def let_ask_again(world, **_) -> Call:
    request = answer(world, ask(world), "none").pk
    return lambda: answering.lift_waiting_time(
        access_request=request, customer=world.ada.customer.id, by=world.ada.actor
    )


def question_to(world, request) -> Call:
    about = {"access_request": request, "words": "Why?", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: enquiring.send_enquiry(**about)


@act(enquiring.send_enquiry)
def send_enquiry(world, **_) -> Call:
    return question_to(world, ask(world).pk)


@act(enquiring.reply_to_enquiry)
def reply_to_enquiry(world, **_) -> Call:
    sent = question_to(world, ask(world).pk)()
    about = {"enquiry": sent.pk, "words": "For you.", "member": world.sam, "by": by_staff(world.sam)}
    return lambda: enquiring.reply_to_enquiry(**about)


@act(enquiring.ask_for_reminder)
def ask_for_reminder(world, **_) -> Call:
    about = {"access_request": ask(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: enquiring.ask_for_reminder(**about)


def call_about(world, request) -> dict[str, Any]:
    return {"access_request": request.pk, "officer": member(world.pia), "by": by_staff(world.pia)}


@act(telephone.send_caller_code)
def send_caller_code(world, **_) -> Call:
    about = call_about(world, ask(world))
    return lambda: telephone.send_caller_code(**about)


@act(telephone.prove_caller)
def prove_caller(world, **_) -> Call:
    request = ask(world)
    send_known_code(request, world.pia)
    about = call_about(world, request)
    return lambda: telephone.prove_caller(code=CODE, **about)


@act(telephone.record_spoken_answer)
def record_spoken_answer(world, **_) -> Call:
    request = ask(world)
    prove(request, world.pia)
    about, reply = call_about(world, request), Reply(AnswerDecision.ALL, request.digest, uuid4())
    return lambda: telephone.record_spoken_answer(reply=reply, **about)


@act(ending.stop_access)
def stop(world, **_) -> Call:
    request = answer(world, ask(world)).pk
    return lambda: ending.stop_access(access_request=request, customer=world.ada.customer.id, by=world.ada.actor)


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


@act(ending.restore_end)
def end_again(world, **_) -> Call:
    request = answer(world, ask(world)).pk
    return lambda: ending.restore_end(access_request=request, cause=EndCause.STOPPED, by=PORTAL)


@act(ending.expire_request)
def expire(world, later, **_) -> Call:
    request = ask(world).pk
    later(timedelta(days=8))
    return lambda: ending.expire_request(access_request=request, by=PORTAL)


@act(ending.end_grants_by_time)
def end_by_time(world, later, **_) -> Call:
    request = answer(world, ask(world)).pk
    later(timedelta(hours=3))
    return lambda: ending.end_grants_by_time(access_request=request, by=PORTAL)


@act(purposes.save_purpose)
def save_purpose(world, **_) -> Call:
    return lambda: purposes.save_purpose(purpose=Purpose(code="research", usage="both"), by=by_staff(world.pia))


@act(versions.save_version)
def save_version(world, **_) -> Call:
    def save() -> None:
        version = PurposeVersion(purpose=Purpose.objects.get(), dpv_purpose="dpv:CustomerCare", storage=["IE"])
        draft = VersionDraft(version, [make_notice("en", "Help you")], Category.objects.all())
        versions.save_version(draft=draft, officer=world.pia.user, by=by_staff(world.pia))

    return save


@act(recipients.save_recipient)
def save_recipient(world, **_) -> Call:
    return lambda: make_recipient("carrier")


@act(categories.save_category)
def save_category(world, **_) -> Call:
    def save() -> None:
        category = Category(code="calls", words=in_all({"title": "Calls", "description": ""}), term="pd:Contact")
        fields = [Field(key="when", labels=in_all("When"))]
        categories.save_category(category=category, fields=fields, by=by_staff(world.pia))

    return save


@act(publishing.publish_version)
def publish(world, **_) -> Call:
    draft = versions.draft_next_version(purpose=world.purpose, officer=quinn(), by=PORTAL).pk
    return lambda: publishing.publish_version(
        version=PurposeVersion.objects.get(pk=draft), officer=world.pia.user, by=by_staff(world.pia)
    )


@act(publishing.record_lost_version)
def note_lost(world, **_) -> Call:
    by, moment = in_a_restoration(), timezone.now()
    return lambda: publishing.record_lost_version(purpose=world.purpose, number=2, published_at=moment, by=by)


@act(versions.draft_next_version)
def next_version(world, **_) -> Call:
    return lambda: versions.draft_next_version(purpose=world.purpose, officer=world.pia.user, by=by_staff(world.pia))


@act(purposes.retire_purpose)
def retire(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: purposes.retire_purpose(purpose=world.purpose, by=by_staff(world.pia))


def draft_calls() -> Category:
    return categories.draft_category(
        code="calls",
        words=in_all({"title": "Calls", "description": ""}),
        sensitive=False,
        fields=[("when", in_all("When")), ("length", in_all("Length"))],
        term="pd:Contact",
        by=PORTAL,
    )


@act(categories.draft_category)
def draft_category(world, **_) -> Call:
    return draft_calls


@act(categories.publish_category)
def publish_category(world, **_) -> Call:
    draft = draft_calls().pk
    return lambda: categories.publish_category(category=Category.objects.get(pk=draft), by=by_staff(world.pia))


@act(choices_answering.give_consent)
def give(world, **_) -> Call:
    mine = {"customer": world.ada.customer.id, "purpose": world.purpose.code, "version": world.version.pk}
    return lambda: choices_answering.give_consent(**mine, by=world.ada.actor)


@act(choices_withdrawing.withdraw_consent)
def withdraw(world, **_) -> Call:
    running_and_waiting(world)
    give(world)()
    mine = {"customer": world.ada.customer.id, "purpose": world.purpose.code}
    return lambda: choices_withdrawing.withdraw_consent(**mine, by=world.ada.actor)


def restricted(world) -> UUID:
    mine = {"customer": world.ada.customer.id, "kind": MarkKind.RESTRICTION}
    return marking.place_mark(**mine, by=world.ada.actor).pk


@act(blocking.place_block)
def place_block(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: everybody_blocked(world)


def everybody_blocked(world) -> UUID:
    everybody = {"customer": world.ada.customer.id, "kind": BlockKind.EVERYBODY}
    return blocking.place_block(**everybody, by=world.ada.actor).pk


@act(blocking.place_block_again)
def place_block_again(world, **_) -> Call:
    running_and_waiting(world)
    about = {"kind": BlockKind.MEMBER, "member": world.sam.pk, "team": ""}
    return lambda: blocking.place_block_again(customer=world.ada.customer.id, by=PORTAL, **about)


@act(blocking.lift_block)
def lift_block(world, **_) -> Call:
    block = everybody_blocked(world)
    return lambda: blocking.lift_block(block=block, customer=world.ada.customer.id, by=world.ada.actor)


def lock_of(world) -> dict[str, Any]:
    return {"user": world.ada.user, "customer": world.ada.customer.id, "by": world.ada.actor}


@act(locking.lock_account)
def lock_account(world, **_) -> Call:
    return lambda: locking.lock_account(**lock_of(world), ways={"code", "password"})


@act(locking.lock_account_again)
def lock_account_again(world, **_) -> Call:
    return lambda: locking.lock_account_again(**lock_of(world) | {"user": world.ada.user.pk, "by": PORTAL})


@act(locking.unlock_account)
def unlock_account(world, **_) -> Call:
    locking.lock_account(**lock_of(world), ways={"code", "password"})
    return lambda: locking.unlock_account(**lock_of(world), proofs=["code", "password"])


@act(marking.place_mark)
def place_mark(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: restricted(world)


@act(marking.announce_mark_lift)
def announce_lift(world, **_) -> Call:
    mark = restricted(world)
    return lambda: marking.announce_mark_lift(mark=mark, by=by_staff(world.pia))


@act(marking.lift_mark)
def lift_mark(world, **_) -> Call:
    mark = restricted(world)
    return lambda: marking.lift_mark(mark=mark, by=world.ada.actor)


def reported_look(world) -> UUID:
    return report_of(world)().pk


def report_of(world) -> Call:
    grant = answer(world, ask(world)).grants.get(category__code="orders").pk
    look = disclosures.disclose_records(grant=grant, staff=world.sam.pk, by=by_staff(world.sam)).opening
    said = {"concern": Concern.OTHER, "words": "Why?", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: look_reports.file_look_report(opening=look, **said)


@act(look_reports.file_look_report)
def file_look_report(world, **_) -> Call:
    return report_of(world)


@act(look_reports.answer_look_report)
def answer_look_report(world, **_) -> Call:
    about = {"report": reported_look(world), "words": "For the case.", "by": by_staff(world.sam)}
    return lambda: look_reports.answer_look_report(member=world.sam, **about)


@act(look_reports.decide_look_report)
def decide_look_report(world, **_) -> Call:
    about = {"report": reported_look(world), "finding": Finding.IN_ORDER, "words": "It was.", "by": by_staff(world.pia)}
    return lambda: look_reports.decide_look_report(officer=world.pia, **about)


@act(disclosures.disclose_records)
def disclose(world, **_) -> Call:
    grant = answer(world, ask(world)).grants.get(category__code="orders").pk
    return lambda: disclosures.disclose_records(grant=grant, staff=world.sam.pk, by=by_staff(world.sam))


@act(exports_asking.request_export)
def make_export(world, **_) -> Call:
    return lambda: exports_asking.request_export(
        spec=scene.wanted(), officer=member(world.otto), by=by_staff(world.otto)
    )


@act(exports_asking.approve_export)
def approve_export(world, **_) -> Call:
    olga = make_staff("olga@example.com", Role.COMPLIANCE_OFFICER, "Compliance", "Olga")
    export = scene.make(world, dataset=Dataset.CONSENT_EVENTS, personal=True).pk
    return lambda: exports_asking.approve_export(export=export, officer=member(olga), by=by_staff(olga))


@act(delivering.deliver_export)
def deliver_export(world, **_) -> Call:
    scene.play(world)
    export = make_export(world)()
    return lambda: b"".join(
        delivering.deliver_export(export=export, officer=world.otto, by=by_staff(world.otto)).content
    )


@act(opening_history.record_history_opening)
def look_over(world, **_) -> Call:
    terms = {"customer": world.ada.customer, "why": exports_rules.HistoryReason.COMPLAINT, "by": by_staff(world.otto)}
    return lambda: opening_history.record_history_opening(at=None, **terms)


@act(delivering.record_result)
def finish_export(world, **_) -> Call:
    export, records = make_export(world)(), ExportedFile("x.csv", 1, 9, "0" * 64)
    return lambda: delivering.record_result(export=export, records=records, manifest="0" * 64, by=by_staff(world.otto))


@act(appending.append_entry)
def append(world, **_) -> Call:
    @transaction.atomic
    def append_one() -> None:
        appending.append_entry(
            event="test.done", by=PORTAL, customer=world.ada.customer.id, object_type="test", object="one"
        )

    return append_one


@act(customer_records.look_up_customer)
def look_up(world, **_) -> Call:
    return lambda: customer_records.look_up_customer(text="C-1001", by=by_staff(world.sam))


@act(staff_members.invite_staff)
def invite_staff(world, **_) -> Call:
    return lambda: staff_members.invite_staff(
        email="new@example.com", role=Role.REQUESTER, team="Returns", first_name="Noa", by=by_staff(world.pia)
    )


@act(staff_members.move_staff_member)
def move_staff(world, **_) -> Call:
    return lambda: staff_members.move_staff_member(
        member=member(world.sam), role=Role.PRIVACY_OFFICER, team="Privacy", by=by_staff(world.pia)
    )


@act(staff_members.return_staff_member)
def return_staff(world, **_) -> Call:
    staff_members.end_staff_membership(member=member(world.sam), by=by_staff(world.pia))
    return lambda: staff_members.return_staff_member(
        member=member(world.sam), role=Role.REQUESTER, team="Returns", by=by_staff(world.pia)
    )


@act(staff_members.end_staff_membership)
def end_staff(world, **_) -> Call:
    running_and_waiting(world)
    return lambda: staff_members.end_staff_membership(member=member(world.sam), by=by_staff(world.pia))


@act(customer_records.open_customer_record)
def open_record(world, **_) -> Call:
    return lambda: customer_records.open_customer_record(reference="C-2001", email="cleo@example.com", by=PORTAL)


@act(customer_lists.record_customers)
def record_customers(world, **_) -> Call:
    listed = [
        customer_lists.ListedCustomer("C-1001", country="DE"),
        customer_lists.ListedCustomer("C-3001", "dora@example.com", "DE"),
    ]
    return lambda: customer_lists.record_customers(listed=listed, by=PORTAL)


@act(claiming.match_user_to_record)
def arrive(world, **_) -> Call:
    customer_records.open_customer_record(reference="C-4002", email="newcomer@example.com", by=PORTAL)
    user = make_user("newcomer@example.com").pk
    return lambda: claiming.match_user_to_record(user=User.objects.get(pk=user), by=Actor("customer", str(user)))


def proposed_code(world, reference: str = "C-4001") -> ClaimCode:
    nobody = customer_records.open_customer_record(reference=reference, by=PORTAL)
    return claim_codes.propose_claim_code(customer=nobody.pk, officer=world.pia, by=by_staff(world.pia))


def approved_code(world) -> ClaimCode:
    code = proposed_code(world)
    return claim_codes.approve_claim_code(claim_code=code.pk, officer=world.quinn, by=by_staff(world.quinn))


@act(claim_codes.propose_claim_code)
def propose_code(world, **_) -> Call:
    nobody = customer_records.open_customer_record(reference="C-4001", by=PORTAL)
    return lambda: claim_codes.propose_claim_code(customer=nobody.pk, officer=world.pia, by=by_staff(world.pia))


@act(claim_codes.approve_claim_code)
def approve_code(world, **_) -> Call:
    code = proposed_code(world)
    return lambda: claim_codes.approve_claim_code(claim_code=code.pk, officer=world.quinn, by=by_staff(world.quinn))


@act(claim_codes.print_claim_code)
def print_code(world, **_) -> Call:
    code, token = approved_code(world), uuid4()
    return lambda: claim_codes.print_claim_code(
        claim_code=code.pk, officer=world.pia, token=token, by=by_staff(world.pia)
    )


@act(claim_codes.cancel_claim_code)
def cancel_code(world, **_) -> Call:
    code = approved_code(world)
    return lambda: claim_codes.cancel_claim_code(claim_code=code.pk, officer=world.pia, by=by_staff(world.pia))


@act(representing.end_acting)
def end_own_acting(world, **_) -> Call:
    user, acting = guardian_of_ada(world)
    return lambda: representing.end_acting(acting=acting, user=user, by=Actor("representative", str(user.pk)))


@act(representing.end_acting_as_officer)
def end_acting_as_officer(world, **_) -> Call:
    _user, acting = guardian_of_ada(world)
    return lambda: representing.end_acting_as_officer(acting=acting, officer=world.otto, by=by_staff(world.otto))


@act(representing.end_acting_again)
def end_acting_again(world, **_) -> Call:
    user, _acting = guardian_of_ada(world)
    customer, by = world.ada.customer.id, in_a_restoration()
    return lambda: representing.end_acting_again(customer=customer, user=user.pk, by=by)


def guardian_of_ada(world) -> tuple[User, int]:
    put_on_list(world.ada.customer, born_on=date(2018, 5, 1), country="DE")
    user = make_user("mum@example.com")
    code = make_claim_code(customer=world.ada.customer, officer=world.pia.user, capacity="guardian")
    claiming.claim_record_by_code(user=user, code=code, by=Actor("customer", str(user.pk)))
    return user, user.actings.get().pk


@act(claiming.claim_record_by_code)
def claim_by_code(world, **_) -> Call:
    nobody = customer_records.open_customer_record(reference="C-4001", by=PORTAL)
    code, user = make_claim_code(customer=nobody, officer=world.pia.user), make_user("newcomer@example.com")
    by = Actor("customer", str(user.pk))
    return lambda: claiming.claim_record_by_code(user=User.objects.get(pk=user.pk), code=code, by=by)


@act(claiming.claim_record_by_reference)
def claim_by_reference(world, **_) -> Call:
    customer_records.open_customer_record(reference="C-4001", email="noa@example.com", by=PORTAL)
    user = make_user("newcomer@example.com")
    by = Actor("portal", channel="sign_in")
    return lambda: claiming.claim_record_by_reference(user=User.objects.get(pk=user.pk), reference="C-4001", by=by)


@act(customer_records.adopt_account_address)
def follow_address(world, **_) -> Call:
    User.objects.filter(pk=world.ada.user.pk).update(email="moved@example.com")
    return lambda: customer_records.adopt_account_address(
        user=User.objects.get(pk=world.ada.user.pk), by=world.ada.actor
    )


@act(erasing.propose_erasure)
def propose_erasure(world, **_) -> Call:
    return lambda: propose(world)


@act(erasing.cancel_requested_erasure)
def drop_erasure(world, **_) -> Call:
    propose(world)
    return lambda: erasing.cancel_requested_erasure(customer=world.ada.customer.id, by=world.ada.actor)


@act(erasing.cancel_erasure)
def cancel_erasure(world, **_) -> Call:
    proposal = propose(world).pk
    return lambda: erasing.cancel_erasure(erasure=proposal, officer=member(world.otto), by=by_staff(world.otto))


def much_to_erase(world) -> None:
    """Running and waiting access, a consent, a queued mail to the customer and one to their address."""
    running_and_waiting(world)
    choices_answering.give_consent(
        customer=world.ada.customer.id, purpose="support", version=world.version.pk, by=world.ada.actor
    )
    queueing.queue_account_email(to="ada@example.com", subject="Code", body="123456")


@act(erasing.erase_customer)
def erase(world, **_) -> Call:
    much_to_erase(world)
    propose(world)
    customer = world.ada.customer.id
    return lambda: erasing.erase_customer(customer=customer, officer=member(world.otto), by=by_staff(world.otto))


def in_a_restoration() -> Actor:
    with as_owner() as owner, owner.cursor() as cursor:
        cursor.execute("INSERT INTO ledger_restoration (backup, size, statement) VALUES ('1', 1, '')")
    return Actor("portal", channel="restore", original="00" * 32)


@act(erasing.erase_customer_again)
def erase_again(world, **_) -> Call:
    much_to_erase(world)
    by = in_a_restoration()
    return lambda: erasing.erase_customer_again(customer=world.ada.customer.id, reason=Erasure.Reason.REQUESTED, by=by)


@act(erasing.close_accounts_again)
def close_again(world, **_) -> Call:
    by = Actor("portal", channel="restore", original="00" * 32)
    return lambda: erasing.close_accounts_again(accounts={world.ada.user.pk}, reference="11" * 32, by=by)


@act(holding.place_hold)
def place_hold(world, **_) -> Call:
    return lambda: hold(world)


@act(holding.place_hold_again)
def place_hold_again(world, **_) -> Call:
    about = {"reason": LegalHold.Reason.AUTHORITY, "review_on": date(2026, 1, 1), "officer": str(world.otto.pk)}
    hold, by = uuid4(), in_a_restoration()
    return lambda: holding.place_hold_again(hold=hold, customer=world.ada.customer.id, by=by, **about)


@act(holding.lift_hold)
def lift_hold(world, **_) -> Call:
    placed = hold(world).pk
    return lambda: holding.lift_hold(hold=placed, officer=member(world.otto), by=by_staff(world.otto))


def incoming(world) -> list[IncomingRecord]:
    values = {"item": "Green lamp", "price": "20.90"}
    return [IncomingRecord(world.ada.customer.id, world.categories["orders"].pk, "new", values)]


@act(storing.store_records)
def store(world, **_) -> Call:
    opened = {world.ada.customer.id: keys.open_customer_key(world.ada.customer.id)}
    return lambda: storing.store_records(records=incoming(world), keys=opened, by=PORTAL)


@act(storing.store_comparison)
def store_compared(world, **_) -> Call:
    opened = {world.ada.customer.id: keys.open_customer_key(world.ada.customer.id)}
    comparison = storing.compare_records(records=incoming(world))
    return lambda: storing.store_comparison(comparison=comparison, keys=opened, by=PORTAL)


@act(rewrapping.rewrap_keys)
def rewrap(world, **_) -> Call:
    return lambda: rewrapping.rewrap_keys(keyring=fresh_keys(), by=PORTAL)


@act(rewrapping.retire_key)
def retire_key(world, **_) -> Call:
    ring = fresh_keys()
    rewrapping.rewrap_keys(keyring=ring, by=PORTAL)
    return lambda: rewrapping.retire_key(keyring=ring, kid=settings.KEYRING.current, by=PORTAL)


def member(one: StaffMember) -> StaffMember:
    return StaffMember.objects.select_related("user").get(pk=one.pk)


@act(customer_records.choose_time_zone)
def choose_time_zone(world, **_) -> Call:
    chosen = {"customer": world.ada.customer.id, "time_zone": "Asia/Kolkata"}
    return lambda: customer_records.choose_time_zone(**chosen, by=world.ada.actor)


@act(customer_records.choose_language)
def choose_language(world, **_) -> Call:
    return lambda: customer_records.choose_language(customer=world.ada.customer.id, language="de", by=world.ada.actor)


@act(look_telling.choose_look_emails)
def choose_look_emails(world, **_) -> Call:
    return lambda: look_telling.choose_look_emails(
        customer=world.ada.customer.id, how_often=HowOften.NEVER, by=world.ada.actor
    )


@act(look_telling.tell_of_looks)
def tell_of_looks(world, **_) -> Call:
    """A setting that tells at once, and a look that is not told yet."""
    grant = answer(world, ask(world)).grants.first()
    look_telling.choose_look_emails(customer=world.ada.customer.id, how_often=HowOften.EACH, by=world.ada.actor)
    disclosures.disclose_records(grant=grant.pk, staff=world.sam.pk, by=by_staff(world.sam))
    return lambda: look_telling.tell_of_looks(customer=world.ada.customer.id)


@act(choosing.choose_digests)
def choose_digests(world, **_) -> Call:
    return lambda: choosing.choose_digests(
        customer=world.ada.customer.id, digests=Preference.Digests.NEVER, by=world.ada.actor
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


@act(failing.restore_address)
def restore_address(world, **_) -> Call:
    bounced_mail(world)
    addresses = [hash_address("ada@example.com")]
    return lambda: failing.restore_address(customer=world.ada.customer.id, addresses=addresses, by=world.ada.actor)


@act(failing.retry_message)
def retry(world, **_) -> Call:
    mail = bounced_mail(world).pk
    return lambda: failing.retry_message(message=mail, by=by_staff(world.pia))


def mine(world, offers: PurposeVersion) -> dict[str, Any]:
    return {"customer": world.ada.customer.id, "purpose": offers.purpose.code, "by": world.ada.actor}


def given(world, offers: PurposeVersion) -> Choice:
    return choices_answering.give_consent(**mine(world, offers), version=offers.pk)


@act(answering_choices.renew_consent)
def renew(world, **_) -> Call:
    offers = make_offers(world)
    since = given(world, offers).since
    return lambda: choices_answering.renew_consent(**mine(world, offers), version=offers.pk, since=since)


@act(answering_choices.defer_consent)
def defer(world, **_) -> Call:
    offers = make_offers(world)
    return lambda: choices_answering.defer_consent(**mine(world, offers), version=offers.pk)


@act(asking_choices.request_consent)
def ask_for_consent(world, **_) -> Call:
    offers = make_offers(world)
    return lambda: choices_asking.request_consent(**(mine(world, offers) | {"by": PORTAL}), how=ActContext("digest"))


@act(asking_choices.queue_digest)
def queue_digest(world, later, **_) -> Call:
    offers = make_offers(world)
    given(world, offers)
    publish_next(offers, world.pia.user)
    later(timedelta(days=91))
    return lambda: choices_asking.queue_digest(customer=world.ada.customer.id, by=PORTAL)


@act(ending_choices.expire_choice)
def expire_choice(world, later, **_) -> Call:
    choice = given(world, make_offers(world)).pk
    later(timedelta(days=366))
    return lambda: ending_choices.expire_choice(choice=choice, by=PORTAL)


@act(ending_choices.revoke_choice)
def revoke_choice(world, **_) -> Call:
    offers = make_offers(world)
    choice = given(world, offers).pk
    purposes.retire_purpose(purpose=offers.purpose, by=PORTAL)
    return lambda: ending_choices.revoke_choice(choice=choice, by=PORTAL)


@act(ending_choices.invalidate_choice)
def invalidate(world, **_) -> Call:
    running_and_waiting(world)
    choice = given(world, world.version).pk
    return lambda: choices_ending.invalidate_choice(choice=choice, by=by_staff(world.pia))


@act(withdrawing.withdraw_all_consents)
def withdraw_all(world, **_) -> Call:
    running_and_waiting(world)
    given(world, world.version)
    given(world, make_offers(world))
    return lambda: choices_withdrawing.withdraw_all_consents(customer=world.ada.customer.id, by=world.ada.actor)


@act(withdrawing.opt_out_of_sale)
def opt_out(world, **_) -> Call:
    make_sale(world)
    return lambda: choices_withdrawing.opt_out_of_sale(
        customer=world.ada.customer.id, by=world.ada.actor, how=ActContext("form")
    )


def on_right(request, member: StaffMember) -> dict[str, Any]:
    return {"rights_request": request.pk, "officer": member, "by": by_staff(member)}


@act(filing.file_rights_request)
def file_right(world, **_) -> Call:
    new_request = inputs.NewRequest(
        Type.ACCESS, "portal", world.ada.customer.id, said={"words": "All of it."}, is_fresh=True
    )
    return lambda: rights_filing.file_rights_request(new_request=new_request, by=world.ada.actor)


@act(rights_choices_on_record.record_opt_out)
def record_opt_out(world, **_) -> Call:
    cal = requests.make_californian()
    return lambda: choices_on_record.record_opt_out(customer=cal.customer.pk, how=ActContext("Sec-GPC"), by=cal.actor)


@act(rights_choices_on_record.record_opt_in)
def record_opt_in(world, **_) -> Call:
    sale, cal = make_sale(world), requests.make_californian()
    choices_answering.give_consent(customer=cal.customer.pk, purpose="sell", version=sale.pk, by=cal.actor)
    return lambda: choices_on_record.record_opt_in(customer=cal.customer.pk, how=ActContext(), by=cal.actor)


@act(rights_choices_on_record.record_withdrawal)
def record_withdrawal(world, **_) -> Call:
    about = {"customer": world.ada.customer.pk, "how": ActContext(), "by": world.ada.actor}
    return lambda: choices_on_record.record_withdrawal(**about, purposes=[world.purpose])


@act(handling_rights.record_acknowledgement)
def acknowledge_right(world, **_) -> Call:
    nowhere = customer_records.open_customer_record(reference="C-5001", by=PORTAL)
    request = requests.type_in(world, customer=nowhere)
    return lambda: handling.record_acknowledgement(**on_right(request, member(world.pia)))


@act(handling_rights.confirm_identity)
def confirm_identity(world, **_) -> Call:
    request = requests.file_as_stranger()
    about = {"level": Level.REASONABLE, "facts": requests.TWO_FACTS, "customer": world.ada.customer.id}
    return lambda: handling.confirm_identity(**on_right(request, member(world.pia)), **about)


@act(handling_rights.confirm_own_identity)
def confirm_own_identity(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False).pk
    customer = world.ada.customer.id
    return lambda: handling.confirm_own_identity(rights_request=request, customer=customer, by=world.ada.actor)


@act(handling_rights.fail_identity)
def fail_identity(world, **_) -> Call:
    request = requests.type_in(world)
    return lambda: handling.fail_identity(**on_right(request, member(world.pia)))


@act(handling_rights.match_to_customer)
def match_right(world, **_) -> Call:
    make_sale(world)
    cal = requests.make_californian()
    request = requests.file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
    return lambda: handling.match_to_customer(**on_right(request, member(world.pia)), customer=cal.customer.id)


@act(handling_rights.extend_deadline)
def extend_right(world, **_) -> Call:
    request = requests.file(world.ada)
    return lambda: handling.extend_deadline(**on_right(request, member(world.pia)), reason="complexity")


@act(clarifying.ask_customer)
def ask_back(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False)
    about = {"subject": About.IDENTITY, "text": "When were you born?"}
    return lambda: clarifying.ask_customer(**on_right(request, member(world.pia)), **about)


@act(clarifying.reply_to_question)
def reply_to_question(world, **_) -> Call:
    request = requests.ask_back(world, requests.file(world.ada))
    about = {"rights_request": request.pk, "clarification": request.clarification_set.get().pk}
    about |= {"customer": world.ada.customer.pk, "by": world.ada.actor}
    return lambda: clarifying.reply_to_question(**about, text="All of them.")


def ask_a_stranger(world):
    """A question with a code, which only the email holds."""
    with mock.patch.object(clarifying.people, "build_claim_code", return_value="AAAABBBBCCCC"):
        return requests.ask_back(world, requests.file_as_stranger(jurisdiction="DE"), "identity")


@act(clarifying.enter_question_code)
def enter_question_code(world, **_) -> Call:
    request = ask_a_stranger(world)
    about = {"rights_request": request.pk, "code": "AAAABBBBCCCC", "by": Actor("visitor")}
    return lambda: clarifying.enter_question_code(**about)


@act(clarifying.reply_with_code)
def reply_with_code(world, **_) -> Call:
    asked = ask_a_stranger(world).clarification_set.get().pk
    return lambda: clarifying.reply_with_code(clarification=asked, text="In May.", by=Actor("visitor"))


@act(question_templates.save_question_template)
def save_question_template(world, **_) -> Call:
    facts = {"code": "born", "about": About.IDENTITY, "texts": {"en": "When were you born?"}}
    return lambda: question_templates.save_question_template(template=QuestionTemplate(**facts), by=by_staff(world.pia))


@act(clarifying.record_typed_reply)
def note_reply(world, **_) -> Call:
    request = requests.ask_back(world, requests.file(world.ada))
    about = {"answered_on": timezone.localdate(), "text": "All of them."}
    return lambda: clarifying.record_typed_reply(**on_right(request, member(world.pia)), **about)


@act(waiting.stop_waiting)
def stop_waiting(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False)
    requests.ask_back(world, request, "identity")
    return lambda: rights_waiting.stop_waiting(**on_right(request, member(world.pia)))


@act(assigning.take_rights_request)
def take_right(world, **_) -> Call:
    request = requests.file(world.ada)
    return lambda: assigning.take_rights_request(**on_right(request, member(world.pia)))


@act(assigning.hand_over_rights_request)
def hand_over_right(world, **_) -> Call:
    request = requests.file(world.ada)
    return lambda: assigning.hand_over_rights_request(**on_right(request, member(world.pia)), to=world.otto.pk)


@act(comparing.compare_facts)
def compare_right(world, **_) -> Call:
    request, about = requests.type_in(world), {"reference": "C-1001", "born_on": None}
    return lambda: comparing.compare_facts(**on_right(request, member(world.pia)), **about)


@act(handling_rights.record_search)
def note_search(world, **_) -> Call:
    request = requests.file(world.ada)
    return lambda: handling.record_search(**on_right(request, member(world.pia)), system="vault", found=True)


BY_EMAIL = inputs.Reply("denied", "email", "No.", Reason.LEGAL, "GDPR Art 23")


@act(sending_rights.record_answer_sent)
def note_answer_sent(world, **_) -> Call:
    rights_request = requests.answer(world, requests.file(world.ada, Type.AUTOMATED), BY_EMAIL)
    about = on_right(rights_request, member(world.pia))
    return lambda: sending_rights.record_answer_sent(**about, sent_on=clock.now().date())


@act(handling_rights.record_recipient_notices)
def note_told(world, **_) -> Call:
    request, recipient = requests.file(world.ada), make_recipient("carrier").pk
    return lambda: handling.record_recipient_notices(
        **on_right(request, member(world.pia)), recipients=[recipient], way=TellingWay.PHONE
    )


@act(answering_rights.answer_rights_request)
def answer_right(world, **_) -> Call:
    request = requests.file(world.ada)
    requests.search(world, request)
    return lambda: rights_answering.answer_rights_request(**on_right(request, member(world.pia)), reply=requests.DONE)


@act(rights_requester_actions.withdraw_request)
def withdraw_right(world, **_) -> Call:
    request = requests.file(world.ada).pk
    return lambda: requester_actions.withdraw_request(
        rights_request=request, customer=world.ada.customer.id, by=world.ada.actor
    )


def refused_right(world):
    request = requests.file(world.ada, Type.RECTIFICATION)
    return requests.answer(world, request, inputs.Reply("denied", "email", "No.", Reason.LEGAL, "GDPR Art 23"))


@act(rights_requester_actions.appeal_answer)
def appeal_right(world, **_) -> Call:
    mine = {"rights_request": refused_right(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: requester_actions.appeal_answer(**mine, why="It is wrong.")


@act(rights_requester_actions.record_typed_withdrawal)
def note_withdrawal(world, **_) -> Call:
    request = requests.file(world.ada, Type.RESTRICTION)
    said = {"said_on": timezone.localdate(), "channel": "phone"}
    return lambda: requester_actions.record_typed_withdrawal(**on_right(request, member(world.pia)), **said)


@act(rights_requester_actions.record_typed_appeal)
def note_appeal(world, **_) -> Call:
    said = {"said_on": timezone.localdate(), "channel": "post", "why": "It is wrong."}
    refused = refused_right(world)
    return lambda: requester_actions.record_typed_appeal(**on_right(refused, member(world.otto)), **said)


def granted(world):
    request = requests.file(world.ada)
    requests.search(world, request)
    return requests.answer(world, request)


@act(copies_packages.make_package)
def make_package(world, **_) -> Call:
    request = granted(world).pk
    return lambda: copies_packages.make_package(rights_request=request, by=PORTAL)


@act(copies_packages.store_package)
def store_package(world, **_) -> Call:
    request = granted(world).pk
    return lambda: copies_packages.store_package(
        rights_request=request, page="page", data="{}", by=PORTAL, began_at=clock.now()
    )


@act(copies_packages.request_new_package)
def ask_again(world, **_) -> Call:
    mine = {"rights_request": granted(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: packages.request_new_package(**mine)


@act(copies_packages.download_package)
def take_package(world, **_) -> Call:
    request = granted(world).pk
    packages.make_package(rights_request=request)
    mine = {"rights_request": request, "part": "data", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: packages.download_package(**mine)


@act(copies_packages.remove_package)
def remove_package(world, later, **_) -> Call:
    package = packages.make_package(rights_request=granted(world).pk).pk
    later(timedelta(days=15))
    return lambda: packages.remove_package(package=package, by=PORTAL)


def to_collect(world, email: str = ""):
    """Of somebody on file who never signed in, answered by Pia."""
    customer = customer_records.open_customer_record(reference="C-7001", email=email, by=PORTAL)
    request = requests.type_in(world, customer=customer)
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    packages.make_package(rights_request=request.pk)
    return request


def handed_out(world, request) -> str:
    return rights_codes.hand_out_code(**on_right(request, member(world.otto)), token=uuid4())


@act(codes.send_code)
def send_code(world, **_) -> Call:
    request = to_collect(world, "eve@example.com")
    return lambda: rights_codes.send_code(**on_right(request, member(world.otto)))


@act(codes.hand_out_code)
def hand_out_code(world, **_) -> Call:
    request, token = to_collect(world), uuid4()
    return lambda: rights_codes.hand_out_code(**on_right(request, member(world.otto)), token=token)


@act(codes.stop_code)
def stop_code(world, **_) -> Call:
    request = to_collect(world)
    handed_out(world, request)
    return lambda: rights_codes.stop_code(**on_right(request, member(world.otto)))


@act(copies_collection.enter_code)
def unlock(world, **_) -> Call:
    request = to_collect(world)
    code = handed_out(world, request)
    return lambda: collection.enter_code(rights_request=request.pk, code=code, by=Actor("visitor"))


@act(copies_collection.collect_package)
def collect(world, **_) -> Call:
    request = to_collect(world)
    code = collection.enter_code(rights_request=request.pk, code=handed_out(world, request), by=Actor("visitor"))
    return lambda: collection.collect_package(code=code.pk, part="data", by=Actor("visitor"))


@act(copies_packages.request_new_package_for_customer)
def make_again(world, later, **_) -> Call:
    request = to_collect(world)
    later(timedelta(days=15))
    return lambda: packages.request_new_package_for_customer(**on_right(request, member(world.otto)))


@act(disclosures.disclose_own_copy)
def disclose_own(world, **_) -> Call:
    return lambda: disclosures.disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)


PROPOSAL = {"category": "contact", "field": "phone", "right": "555-0199"}


def to_correct(world):
    return requests.file(world.ada, Type.RECTIFICATION, scope=("contact",), said={"proposals": [PROPOSAL]})


@act(correcting.decide_value)
def decide_value(world, **_) -> Call:
    request = to_correct(world)
    return lambda: rights_correcting.decide_value(**on_right(request, member(world.pia)), place=0)


@act(looking.look_at_value)
def look_at_value(world, **_) -> Call:
    request = to_correct(world)
    assigning.take_rights_request(**on_right(request, member(world.pia)))
    return lambda: looking.look_at_value(**on_right(request, member(world.pia)), place=0)


@act(correcting.choose_entry)
def choose_entry(world, **_) -> Call:
    mine = {"rights_request": to_correct(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    copy = disclosures.disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)
    (contact,) = copy.records[world.categories["contact"].pk]
    return lambda: rights_correcting.choose_entry(**mine, entry=contact.id)


@act(storing.correct_value)
def correct(world, **_) -> Call:
    about = {"customer": world.ada.customer.id, "category": world.categories["contact"].pk, "field": "phone"}
    return lambda: storing.correct_value(**about, value="555-0199", by=by_staff(world.pia))


@act(erasing_rights.propose_erasure)
def propose_right_erasure(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    return lambda: rights_erasing.propose_erasure(**on_right(request, member(world.pia)))


def parts_proposed(world):
    """Orders are to be kept; a copy of all was made, and a phone number is to be corrected."""
    running_and_waiting(world)
    packages.make_package(rights_request=granted(world).pk)
    to_correct(world)
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    rights_erasing.propose_partial_erasure(**on_right(request, member(world.pia)), kept=["orders"], law="AO 147")
    return request


ORDERS_KEPT = Parts(["contact", "health"], ["orders"])


@act(erasing_rights.propose_partial_erasure)
def propose_part(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    return lambda: rights_erasing.propose_partial_erasure(
        **on_right(request, member(world.pia)), kept=["orders"], law="AO 147"
    )


@act(erasing_rights.cancel_partial_erasure)
def cancel_part(world, **_) -> Call:
    request = parts_proposed(world)
    return lambda: rights_erasing.cancel_partial_erasure(**on_right(request, member(world.otto)))


@act(erasing_rights.confirm_partial_erasure)
def erase_part(world, **_) -> Call:
    request = parts_proposed(world)
    return lambda: rights_erasing.confirm_partial_erasure(**on_right(request, member(world.otto)))


def again(request) -> dict[str, Any]:
    about = {"rights_request": request.pk, "customer": request.customer_id, "law": "AO 147", "parts": ORDERS_KEPT}
    return about | {"by": Actor("portal", channel="restore", original="ab" * 32)}


@act(erasing_rights.restore_partial_erasure)
def erase_part_again(world, **_) -> Call:
    request = parts_proposed(world)
    in_a_restoration()
    return lambda: rights_erasing.restore_partial_erasure(**again(request))


@act(vault_erasing.propose_part_erasure)
def propose_part_of_vault(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    about = {"customer": world.ada.customer.pk, "parts": ORDERS_KEPT, "law": "AO 147"}
    return lambda: vault_erasing.propose_part_erasure(**on_right(request, member(world.pia)), **about)


@act(vault_erasing.cancel_part_erasure)
def cancel_part_of_vault(world, **_) -> Call:
    request = parts_proposed(world)
    return lambda: vault_erasing.cancel_part_erasure(
        **on_right(request, member(world.otto)), customer=world.ada.customer.pk
    )


@act(vault_erasing.drop_part_erasures)
def drop_parts(world, **_) -> Call:
    parts_proposed(world)
    return lambda: vault_erasing.drop_part_erasures(customer=world.ada.customer.pk, by=world.ada.actor)


@act(vault_erasing.erase_part)
def erase_part_of_vault(world, **_) -> Call:
    request = parts_proposed(world)
    about = {"customer": world.ada.customer.pk, "is_everything": True}
    return lambda: vault_erasing.erase_part(**on_right(request, member(world.otto)), **about)


@act(vault_erasing.erase_part_again)
def erase_part_of_vault_again(world, **_) -> Call:
    request = parts_proposed(world)
    in_a_restoration()
    return lambda: vault_erasing.erase_part_again(**again(request))


@act(ending.end_for_part)
def end_for_part(world, **_) -> Call:
    running_and_waiting(world)
    erasure = PartErasure(customer=world.ada.customer, deleted=["contact"], kept=["orders"])
    return lambda: ending.end_for_part(erasure=erasure, by=PORTAL)


@act(watching.record_late_request)
def note_late(world, later, **_) -> Call:
    request = requests.file(world.ada).pk
    later(timedelta(days=60))
    return lambda: rights_watching.record_late_request(rights_request=request, by=PORTAL)


@act(officer_digest.record_reminder)
def remind(world, later, **_) -> Call:
    request = requests.file(world.ada)
    later(request.due_at - timedelta(days=3) - datetime.now(UTC))
    (near,) = officer_digest.list_near_days()
    return lambda: officer_digest.record_reminder(near=near, by=PORTAL)


@act(removing.remove_request)
def remove_right(world, later, **_) -> Call:
    request = granted(world).pk
    later(timedelta(days=735))
    return lambda: rights_removing.remove_request(rights_request=request, by=PORTAL)


@act(reading.read_statements)
def read_words(world, **_) -> Call:
    request = requests.file(world.ada, said={"words": "please"})
    return lambda: rights_reading.read_statements(**on_right(request, member(world.pia)))


@act(appeals.decide_appeal)
def decide_appeal(world, **_) -> Call:
    appealed = refused_right(world)
    requester_actions.appeal_answer(
        rights_request=appealed.pk, customer=world.ada.customer.id, why="", by=world.ada.actor
    )
    about = {"outcome": Appealed.REVERSED, "text": "You are right."}
    return lambda: rights_appeals.decide_appeal(**on_right(appealed, member(world.otto)), **about)


@act(signing_keys.rotate_signing_key)
def rotate_signing_key(_world, folder, **_) -> Call:
    return lambda: signing_keys.rotate_signing_key(kind="export", folder=folder, by=PORTAL)


@act(signing_keys.withdraw_signing_key)
def withdraw_signing_key(_world, folder, **_) -> Call:
    terms = {"kid": "1", "since": date(2026, 3, 1), "today": date(2026, 3, 1)}
    return lambda: signing_keys.withdraw_signing_key(kind="receipt", folder=folder, **terms, by=PORTAL)


@act(insight_questions.add_question)
def add_insight_question(world, **_) -> Call:
    make_statistics_purpose(world)
    question = build_question(world)
    return lambda: insight_questions.add_question(question=copy(question), officer=world.pia, by=by_staff(world.pia))


@act(insight_questions.retire_question)
def retire_insight_question(world, **_) -> Call:
    make_statistics_purpose(world)
    question, officer = add_question(world).pk, world.pia
    return lambda: insight_questions.retire_question(question=question, officer=officer, by=by_staff(officer))


@act(insight_notes.check_note)
def check_note(world, **_) -> Call:
    return lambda: insight_notes.check_note(text="Ada of C-1001 called.", by=by_staff(world.sam))


@act(insight_figures.publish_month)
def publish_figures_of_a_month(world, **_) -> Call:
    month = list_past_months(clock.now())[0]
    return lambda: insight_figures.publish_month(month=month, by=PORTAL)


@act(insight_asking.ask_insight)
def ask_an_insight(world, **_) -> Call:
    make_statistics_purpose(world)
    question = add_question(world)
    return lambda: ask_insight(world, question)


@act(disclosures.read_for_statistics)
def read_for_statistics(world, **_) -> Call:
    make_statistics_purpose(world)
    insight = ask_insight(world, add_question(world))
    purpose, category = world.statistics.purpose, world.categories["orders"]
    scope = disclosures.CountedScope(insight.pk, world.sam.pk, category, purpose, frozenset({"item"}))
    return lambda: list(disclosures.read_for_statistics(scope=scope, by=PORTAL))


@act(training_modules.save_module)
def save_module(world, **_) -> Call:
    return training.make_module_draft


@act(training_modules.draft_next_module)
def draft_next_module(world, **_) -> Call:
    version = training.publish_module(world)
    return lambda: training_modules.draft_next_module(version=version, by=by_staff(world.pia))


@act(training_modules.publish_module)
def publish_module(world, **_) -> Call:
    draft = training.make_module_draft()
    return lambda: training_modules.publish_module(version=draft, officer=world.pia.user, by=by_staff(world.pia))


@act(attesting.record_attempt)
def record_attempt(world, **_) -> Call:
    version = training.publish_module(world)
    return lambda: training.try_module(version, world.sam)


def exempted_of_both_kinds(world) -> None:
    exemptions.open_emergency(world, "contact")
    exemptions.decide(world, exemptions.file_order(world, "orders"))


@act(exemption_filing.file_exemption)
def file_exemption(world, **_) -> Call:
    new = exemptions.build_exemption(
        world, emergency=exemptions.EMERGENCY, at_once=True, why_unasked="danger", unasked_words="Minutes count."
    )
    return lambda: exemption_filing.file_exemption(new=new, member=member(world.sam), by=by_staff(world.sam))


@act(exemption_deciding.decide_exemption)
def decide_exemption(world, **_) -> Call:
    filed = exemptions.file_order(world)
    return lambda: exemptions.decide(world, filed, member(world.pia), delay=exemptions.build_delay())


@act(exemption_deciding.cancel_exemption)
def cancel_exemption(world, **_) -> Call:
    filed = exemptions.file_order(world).pk
    return lambda: exemption_deciding.cancel_exemption(
        exemption=filed, member=member(world.sam), by=by_staff(world.sam)
    )


@act(exemption_deciding.record_missed_check)
def record_missed_check(world, later, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    later(timedelta(hours=25))
    return lambda: exemption_deciding.record_missed_check(exemption=opened, by=PORTAL)


@act(exemption_ending.end_exempted_access)
def end_exempted_access(world, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    return lambda: exemption_ending.end_exempted_access(
        exemption=opened, member=member(world.sam), by=by_staff(world.sam)
    )


@act(exemption_ending.end_exempted_by_time)
def end_exempted_by_time(world, later, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    later(timedelta(hours=2))
    return lambda: exemption_ending.end_exempted_by_time(exemption=opened, by=PORTAL)


@act(exemption_ending.restore_exempted_end)
def restore_exempted_end(world, **_) -> Call:
    opened = exemptions.open_emergency(world).pk
    return lambda: exemption_ending.restore_exempted_end(exemption=opened, cause=EndCause.COMPANY, by=PORTAL)


@act(telling.renew_delay)
def renew_delay(world, **_) -> Call:
    granted = exemptions.decide(world, exemptions.file_order(world), delay=exemptions.build_delay()).pk
    delay: NewDelay = exemptions.build_delay(60)
    return lambda: telling.renew_delay(
        exemption=granted, delay=delay, officer=member(world.quinn), by=by_staff(world.quinn)
    )


@act(telling.release_notice)
def release_notice(world, **_) -> Call:
    granted = exemptions.decide(world, exemptions.file_order(world), delay=exemptions.build_delay()).pk
    return lambda: telling.release_notice(exemption=granted, officer=member(world.otto), by=by_staff(world.otto))


@act(telling.release_due_notice)
def release_due_notice(world, later, **_) -> Call:
    granted = exemptions.decide(world, exemptions.file_order(world), delay=exemptions.build_delay()).pk
    later(timedelta(days=31))
    return lambda: telling.release_due_notice(exemption=granted, by=PORTAL)


def sign_of_sam(world) -> BypassSign:
    return BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.sam.pk, world.ada.customer.id, "vault.opened", "1")


@act(alerting.raise_bypass_alert)
def raise_bypass_alert(world, **_) -> Call:
    sign = sign_of_sam(world)
    return lambda: alerting.raise_bypass_alert(sign=sign, by=PORTAL)


@act(alerting.decide_bypass_alert)
def decide_bypass_alert(world, **_) -> Call:
    sign = sign_of_sam(world)
    alerting.raise_bypass_alert(sign=sign, by=PORTAL)
    said = {"alert": sign.alert, "finding": BypassFinding.IN_ORDER, "officer": member(world.otto)}
    return lambda: alerting.decide_bypass_alert(**said, by=by_staff(world.otto))


@act(conflicts.note_conflict)
def note_that_somebody_knows_ada(world, **_) -> Call:
    said = {"customer": world.ada.customer.id, "closeness": Closeness.NEIGHBOUR, "staff": world.sam.pk}
    officer = member(world.otto)
    return lambda: conflicts.note_conflict(**said, officer=officer, by=by_staff(world.otto))


@act(conflicts.lift_conflict)
def lift_note_that_somebody_knows_ada(world, **_) -> Call:
    said = {"conflict": exemptions.note_conflict(world, staff=world.sam.pk), "officer": member(world.otto)}
    return lambda: conflicts.lift_conflict(**said, by=by_staff(world.otto))


@act(immediate_effects.end_for_purpose)
def end_exempted_for_purpose(world, **_) -> Call:
    exempted_of_both_kinds(world)
    return lambda: immediate_effects.end_for_purpose(purpose=Purpose.objects.get(), by=PORTAL)


@act(immediate_effects.end_for_staff)
def end_exempted_for_staff(world, **_) -> Call:
    exempted_of_both_kinds(world)
    return lambda: immediate_effects.end_for_staff(member=member(world.sam), by=PORTAL)


@act(immediate_effects.end_for_customer)
def end_exempted_for_customer(world, **_) -> Call:
    exempted_of_both_kinds(world)
    return lambda: immediate_effects.end_for_customer(customer=world.ada.customer.id, by=PORTAL)


@act(immediate_effects.end_for_mark)
def end_exempted_for_mark(world, **_) -> Call:
    exempted_of_both_kinds(world)
    return lambda: immediate_effects.end_for_mark(
        customer=world.ada.customer.id, kind=MarkKind.RESTRICTION, purpose=None, by=world.ada.actor
    )


@act(immediate_effects.end_for_block)
def end_exempted_for_block(world, **_) -> Call:
    exempted_of_both_kinds(world)
    with mock.patch.object(block_placed, "send"):
        blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)
    return lambda: immediate_effects.end_for_block(
        customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor
    )


@act(immediate_effects.end_for_part)
def end_exempted_for_part(world, **_) -> Call:
    exempted_of_both_kinds(world)
    erasure = PartErasure(customer=world.ada.customer, deleted=["orders"], kept=["contact"])
    return lambda: immediate_effects.end_for_part(erasure=erasure, by=PORTAL)
