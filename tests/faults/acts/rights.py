"""Prepare a call of every act of `consents/rights`."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from unittest import mock

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from consents.choices.rules import ActContext
from consents.choices.services import answering as choices_answering
from consents.core import clock, keys
from consents.disclosures import services as disclosures
from consents.law.identity import Level
from consents.law.kinds import Type
from consents.law.reasons import Reason
from consents.ledger.rules import PORTAL, Actor
from consents.ledger.services import appending
from consents.people.services import customer_records
from consents.rights import rules
from consents.rights.models import QuestionTemplate
from consents.rights.rules import About, Appealed, TellingWay
from consents.rights.services import (
    answering,
    clarifying,
    correcting,
    emails,
    erasing,
    filing,
    handling,
    noting,
    redacting,
    removing,
    requester_actions,
    sharing,
    waiting,
)
from tests.faults.acts.beginnings import (
    again,
    by_staff,
    filed,
    granted,
    in_a_restoration,
    member,
    on_right,
    parts_proposed,
    to_correct,
)
from tests.faults.acts.registry import Call, act
from tests.rights import noting as notes
from tests.world import rights_requests as requests
from tests.world.cast import make_recipient
from tests.world.choices import make_sale
from tests.world.holders import share_account


@act(sharing.agree_to_request)
def agree_to_right(world, **_) -> Call:
    mia = share_account(world)
    asked = requests.file(world.ada, Type.ERASURE).pk
    return lambda: sharing.agree_to_request(rights_request=asked, acting=mia.acting, by=mia.actor)


@act(removing.reseal_strangers_words)
def reseal_words(world, **_) -> Call:
    request = requests.file_as_stranger()
    ring = replace(keys.load_keyring(settings.PORTAL_KEYS), later_index_keys=(b"k" * 32,))
    return lambda: removing.reseal_strangers_words(keyring=ring, rights_request=request.pk, by=PORTAL)


@act(filing.file_rights_request)
def file_right(world, **_) -> Call:
    new_request = rules.NewRequest(
        Type.ACCESS, "portal", world.ada.customer.id, said={"words": "All of it."}, is_fresh=True
    )
    return lambda: filing.file_rights_request(new_request=new_request, by=world.ada.actor)


@act(filing.record_opt_out)
def record_opt_out(world, **_) -> Call:
    cal = requests.make_californian()
    return lambda: record_inside(filing.record_opt_out, cal, how=ActContext("Sec-GPC"))


@act(filing.record_opt_in)
def record_opt_in(world, **_) -> Call:
    sale, cal = make_sale(world), requests.make_californian()
    choices_answering.give_consent(customer=cal.customer.pk, purpose="sell", version=sale.pk, by=cal.actor)
    return lambda: record_inside(filing.record_opt_in, cal, how=ActContext())


@act(filing.record_withdrawal)
def record_withdrawal(world, **_) -> Call:
    about = {"how": ActContext(), "purposes": [world.purpose]}
    return lambda: record_inside(filing.record_withdrawal, world.ada, **about)


@transaction.atomic
def record_inside(record, person, **about) -> None:
    """Send what an act on a choice sends: it has locked the customer."""
    appending.lock_people(person.customer.pk)
    record(customer=person.customer.pk, by=person.actor, **about)


@act(handling.record_acknowledgement)
def acknowledge_right(world, **_) -> Call:
    nowhere = customer_records.open_customer_record(reference="C-5001", by=PORTAL)
    request = requests.type_in(world, customer=nowhere)
    return lambda: handling.record_acknowledgement(**on_right(request, member(world.pia)))


@act(handling.confirm_identity)
def confirm_identity(world, **_) -> Call:
    request = requests.file_as_stranger()
    about = {"level": Level.REASONABLE, "facts": requests.TWO_FACTS, "customer": world.ada.customer.id}
    return lambda: handling.confirm_identity(**on_right(request, member(world.pia)), **about)


@act(handling.confirm_own_identity)
def confirm_own_identity(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False).pk
    customer = world.ada.customer.id
    return lambda: handling.confirm_own_identity(rights_request=request, customer=customer, by=world.ada.actor)


@act(handling.fail_identity)
def fail_identity(world, **_) -> Call:
    request = requests.type_in(world)
    return lambda: handling.fail_identity(**on_right(request, member(world.pia)))


@act(handling.match_to_customer)
def match_right(world, **_) -> Call:
    make_sale(world)
    cal = requests.make_californian()
    request = requests.file_as_stranger(Type.OPT_OUT, jurisdiction="US-CA")
    return lambda: handling.match_to_customer(**on_right(request, member(world.pia)), customer=cal.customer.id)


@act(handling.extend_deadline, after=filed)
def extend_right(world, **_) -> Call:
    request = world.made
    return lambda: handling.extend_deadline(**on_right(request, member(world.pia)), reason="complexity")


@act(clarifying.ask_customer)
def ask_back(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False)
    about = {"subject": About.IDENTITY, "text": "When were you born?"}
    return lambda: clarifying.ask_customer(**on_right(request, member(world.pia)), **about)


@act(clarifying.reply_to_question, after=filed)
def reply_to_question(world, **_) -> Call:
    request = requests.ask_back(world, world.made)
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


@act(clarifying.save_question_template)
def save_question_template(world, **_) -> Call:
    facts = {"code": "born", "about": About.IDENTITY, "texts": {"en": "When were you born?"}}
    return lambda: clarifying.save_question_template(template=QuestionTemplate(**facts), by=by_staff(world.pia))


@act(clarifying.record_typed_reply, after=filed)
def note_reply(world, **_) -> Call:
    request = requests.ask_back(world, world.made)
    about = {"answered_on": timezone.localdate(), "text": "All of them."}
    return lambda: clarifying.record_typed_reply(**on_right(request, member(world.pia)), **about)


@act(waiting.stop_waiting)
def stop_waiting(world, **_) -> Call:
    request = requests.file(world.ada, is_fresh=False)
    requests.ask_back(world, request, "identity")
    return lambda: waiting.stop_waiting(**on_right(request, member(world.pia)))


@act(handling.take_rights_request, after=filed)
def take_right(world, **_) -> Call:
    request = world.made
    return lambda: handling.take_rights_request(**on_right(request, member(world.pia)))


@act(handling.hand_over_rights_request, after=filed)
def hand_over_right(world, **_) -> Call:
    request = world.made
    return lambda: handling.hand_over_rights_request(**on_right(request, member(world.pia)), to=world.otto.pk)


@act(answering.compare_facts)
def compare_right(world, **_) -> Call:
    request, about = requests.type_in(world), {"reference": "C-1001", "born_on": None}
    return lambda: answering.compare_facts(**on_right(request, member(world.pia)), **about)


@act(handling.record_search, after=filed)
def note_search(world, **_) -> Call:
    request = world.made
    return lambda: handling.record_search(**on_right(request, member(world.pia)), system="vault", found=True)


BY_EMAIL = rules.Reply("denied", "email", "No.", Reason.LEGAL, "GDPR Art 23")


@act(answering.record_answer_sent)
def note_answer_sent(world, **_) -> Call:
    rights_request = requests.answer(world, requests.file(world.ada, Type.AUTOMATED), BY_EMAIL)
    about = on_right(rights_request, member(world.pia))
    return lambda: answering.record_answer_sent(**about, sent_on=clock.now().date())


@act(handling.record_recipient_notices, after=filed)
def note_told(world, **_) -> Call:
    request, recipient = world.made, make_recipient("carrier").pk
    return lambda: handling.record_recipient_notices(
        **on_right(request, member(world.pia)), recipients=[recipient], way=TellingWay.PHONE
    )


@act(answering.answer_rights_request, after=filed)
def answer_right(world, **_) -> Call:
    request = world.made
    requests.search(world, request)
    return lambda: answering.answer_rights_request(**on_right(request, member(world.pia)), reply=requests.DONE)


@act(requester_actions.withdraw_request, after=filed)
def withdraw_right(world, **_) -> Call:
    request = world.made.pk
    return lambda: requester_actions.withdraw_request(
        rights_request=request, customer=world.ada.customer.id, by=world.ada.actor
    )


def refused_right(world):
    request = requests.file(world.ada, Type.RECTIFICATION)
    return requests.answer(world, request, rules.Reply("denied", "email", "No.", Reason.LEGAL, "GDPR Art 23"))


@act(requester_actions.appeal_answer, after=refused_right)
def appeal_right(world, **_) -> Call:
    mine = {"rights_request": world.made.pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: requester_actions.appeal_answer(**mine, why="It is wrong.")


@act(requester_actions.record_typed_withdrawal)
def note_withdrawal(world, **_) -> Call:
    request = requests.file(world.ada, Type.RESTRICTION)
    said = {"said_on": timezone.localdate(), "channel": "phone"}
    return lambda: requester_actions.record_typed_withdrawal(**on_right(request, member(world.pia)), **said)


@act(requester_actions.record_typed_appeal, after=refused_right)
def note_appeal(world, **_) -> Call:
    said = {"said_on": timezone.localdate(), "channel": "post", "why": "It is wrong."}
    refused = world.made
    return lambda: requester_actions.record_typed_appeal(**on_right(refused, member(world.otto)), **said)


@act(correcting.decide_value, after=to_correct)
def decide_value(world, **_) -> Call:
    request = world.made
    return lambda: correcting.decide_value(**on_right(request, member(world.pia)), place=0)


@act(noting.look_at_value, after=to_correct)
def look_at_value(world, **_) -> Call:
    request = world.made
    handling.take_rights_request(**on_right(request, member(world.pia)))
    return lambda: noting.look_at_value(**on_right(request, member(world.pia)), place=0)


@act(correcting.choose_entry, after=to_correct)
def choose_entry(world, **_) -> Call:
    mine = {"rights_request": world.made.pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    copy = disclosures.disclose_own_copy(customer=world.ada.customer.id, by=world.ada.actor)
    (contact,) = copy.records[world.categories["contact"].pk]
    return lambda: correcting.choose_entry(**mine, entry=contact.id)


@act(erasing.propose_erasure)
def propose_right_erasure(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    return lambda: erasing.propose_erasure(**on_right(request, member(world.pia)))


@act(erasing.propose_partial_erasure)
def propose_part(world, **_) -> Call:
    request = requests.file(world.ada, Type.ERASURE)
    requests.search(world, request)
    return lambda: erasing.propose_partial_erasure(
        **on_right(request, member(world.pia)), kept=["orders"], law="AO 147"
    )


@act(erasing.cancel_partial_erasure, after=parts_proposed)
def cancel_part(world, **_) -> Call:
    request = world.made
    return lambda: erasing.cancel_partial_erasure(**on_right(request, member(world.otto)))


@act(erasing.confirm_partial_erasure, after=parts_proposed)
def erase_part(world, **_) -> Call:
    request = world.made
    return lambda: erasing.confirm_partial_erasure(**on_right(request, member(world.otto)))


@act(erasing.restore_partial_erasure, after=parts_proposed)
def erase_part_again(world, **_) -> Call:
    request = world.made
    in_a_restoration()
    return lambda: erasing.restore_partial_erasure(**again(request))


@act(waiting.record_late_request, after=filed)
def note_late(world, later, **_) -> Call:
    request = world.made.pk
    later(timedelta(days=60))
    return lambda: waiting.record_late_request(rights_request=request, by=PORTAL)


@act(emails.record_reminder, after=filed)
def remind(world, later, **_) -> Call:
    request = world.made
    later(request.due_at - timedelta(days=3) - datetime.now(UTC))
    (near,) = emails.list_near_days()
    return lambda: emails.record_reminder(near=near, by=PORTAL)


@act(removing.remove_request, after=granted)
def remove_right(world, later, **_) -> Call:
    request = world.made.pk
    later(timedelta(days=735))
    return lambda: removing.remove_request(rights_request=request, by=PORTAL)


@act(removing.read_statements)
def read_words(world, **_) -> Call:
    request = requests.file(world.ada, said={"words": "please"})
    return lambda: removing.read_statements(**on_right(request, member(world.pia)))


@act(noting.write_note, after=filed)
def write_note(world, **_) -> Call:
    about = on_right(world.made, member(world.pia))
    return lambda: noting.write_note(**about, text="For @Otto.", mentioned=[])


@act(noting.read_notes, after=filed)
def read_notes(world, **_) -> Call:
    request = world.made
    notes.write(world, request, "For @Otto.")
    return lambda: noting.read_notes(**on_right(request, member(world.otto)))


@act(redacting.propose_redaction, after=filed)
def propose_redaction(world, **_) -> Call:
    request = world.made
    note = notes.write(world, request, "Max called.").pk
    about = {"note": note, "passages": ["Max"], "why": "A neighbour."}
    return lambda: redacting.propose_redaction(**on_right(request, member(world.pia)), **about)


@act(redacting.decide_redaction, after=filed)
def decide_redaction(world, **_) -> Call:
    proposed = notes.leave_out(world, notes.write(world, world.made, "Max called."), "Max").pk
    officer = member(world.otto)
    by = requests.by_staff(officer)
    return lambda: redacting.decide_redaction(redaction=proposed, is_agreed=True, officer=officer, by=by)


@act(answering.decide_appeal, after=refused_right)
def decide_appeal(world, **_) -> Call:
    appealed = world.made
    requester_actions.appeal_answer(
        rights_request=appealed.pk, customer=world.ada.customer.id, why="", by=world.ada.actor
    )
    about = {"outcome": Appealed.REVERSED, "text": "You are right."}
    return lambda: answering.decide_appeal(**on_right(appealed, member(world.otto)), **about)
