"""Prepare a call of every act of `consents/access`."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from consents.access.models import Reason as AccessReason
from consents.access.rules import AnswerDecision
from consents.access.rules.blocks import BlockKind
from consents.access.rules.causes import EndCause
from consents.access.services import (
    answering,
    asking,
    blocking,
    ending,
    ending_proposals,
    enquiring,
    proposing,
    telephone,
)
from consents.access.services.answering import Reply
from consents.access.services.asking import NewRequest
from consents.catalogue.models import Purpose
from consents.choices.rules import MarkKind
from consents.ledger.rules import PORTAL
from consents.vault.models import PartErasure
from tests.faults.acts.beginnings import asked, by_staff, member, running_and_waiting
from tests.faults.acts.registry import Call, act
from tests.world.cast import answer
from tests.world.proposals import build_ask, make_guarded_purpose, propose_request
from tests.world.sentences import draft_sentence, publish_sentence, retire_sentence
from tests.world.telephone import CODE, prove, send_known_code


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


@act(proposing.propose_access_request, after=make_guarded_purpose)
def propose(world, **_) -> Call:
    ask_for = build_ask(world, world.made)
    return lambda: proposing.propose_access_request(ask=ask_for, member=member(world.sam), by=by_staff(world.sam))


@act(proposing.agree_to_request, after=make_guarded_purpose)
def agree_as_manager(world, **_) -> Call:
    proposed = propose_request(world, world.made).pk
    return lambda: proposing.agree_to_request(
        proposed_request=proposed, manager=member(world.kim), by=by_staff(world.kim)
    )


@act(proposing.decline_request, after=make_guarded_purpose)
def decline_as_manager(world, **_) -> Call:
    proposed = propose_request(world, world.made).pk
    about = {"proposed_request": proposed, "reason": "Call them."}
    return lambda: proposing.decline_request(**about, manager=member(world.kim), by=by_staff(world.kim))


@act(ending_proposals.take_proposal_back, after=make_guarded_purpose)
def take_proposal_back(world, **_) -> Call:
    proposed = propose_request(world, world.made).pk
    return lambda: ending_proposals.take_proposal_back(
        proposed_request=proposed, member=member(world.sam), by=by_staff(world.sam)
    )


@act(asking.cancel_access_request, after=asked)
def cancel(world, **_) -> Call:
    request = world.made.pk
    return lambda: asking.cancel_access_request(
        access_request=request, member=member(world.sam), by=by_staff(world.sam)
    )


@act(answering.answer_access_request, after=asked)
def answer_in_part(world, **_) -> Call:
    request, token = world.made, uuid4()
    chosen = frozenset({world.categories["contact"].pk, world.categories["orders"].pk})
    reply = Reply("part", request.digest, token, chosen, timedelta(hours=1), "Only this, please.")
    return lambda: answering.answer_access_request(
        access_request=request.pk, reply=reply, acting=world.ada.acting, by=world.ada.actor
    )


@act(answering.lift_waiting_time, after=asked)
def let_ask_again(world, **_) -> Call:
    request = answer(world, world.made, "none").pk
    return lambda: answering.lift_waiting_time(
        access_request=request, customer=world.ada.customer.id, by=world.ada.actor
    )


def question_to(world, request) -> Call:
    about = {"access_request": request, "words": "Why?", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: enquiring.send_enquiry(**about)


@act(enquiring.send_enquiry, after=asked)
def send_enquiry(world, **_) -> Call:
    return question_to(world, world.made.pk)


@act(enquiring.reply_to_enquiry, after=asked)
def reply_to_enquiry(world, **_) -> Call:
    sent = question_to(world, world.made.pk)()
    about = {"enquiry": sent.pk, "words": "For you.", "member": world.sam, "by": by_staff(world.sam)}
    return lambda: enquiring.reply_to_enquiry(**about)


@act(enquiring.ask_for_reminder, after=asked)
def ask_for_reminder(world, **_) -> Call:
    about = {"access_request": world.made.pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: enquiring.ask_for_reminder(**about)


def call_about(world, request) -> dict[str, Any]:
    return {"access_request": request.pk, "officer": member(world.pia), "by": by_staff(world.pia)}


@act(telephone.send_caller_code, after=asked)
def send_caller_code(world, **_) -> Call:
    about = call_about(world, world.made)
    return lambda: telephone.send_caller_code(**about)


@act(telephone.prove_caller, after=asked)
def prove_caller(world, **_) -> Call:
    request = world.made
    send_known_code(request, world.pia)
    about = call_about(world, request)
    return lambda: telephone.prove_caller(code=CODE, **about)


@act(telephone.record_spoken_answer, after=asked)
def record_spoken_answer(world, **_) -> Call:
    request = world.made
    prove(request, world.pia)
    about, reply = call_about(world, request), Reply(AnswerDecision.ALL, request.digest, uuid4())
    return lambda: telephone.record_spoken_answer(reply=reply, **about)


@act(ending.stop_access, after=asked)
def stop(world, **_) -> Call:
    request = answer(world, world.made).pk
    return lambda: ending.stop_access(access_request=request, customer=world.ada.customer.id, by=world.ada.actor)


@act(ending.end_for_purpose, after=running_and_waiting)
def end_for_purpose(world, **_) -> Call:
    return lambda: ending.end_for_purpose(purpose=Purpose.objects.get(), by=PORTAL)


@act(ending.end_for_staff, after=running_and_waiting)
def end_for_staff(world, **_) -> Call:
    return lambda: ending.end_for_staff(member=member(world.sam), by=PORTAL)


@act(ending.end_for_customer, after=running_and_waiting)
def end_for_customer(world, **_) -> Call:
    return lambda: ending.end_for_customer(customer=world.ada.customer.id, by=PORTAL)


@act(ending.end_for_mark, after=running_and_waiting)
def end_for_mark(world, **_) -> Call:
    return lambda: ending.end_for_mark(
        customer=world.ada.customer.id, kind=MarkKind.RESTRICTION, purpose=None, by=world.ada.actor
    )


@act(ending.restore_end, after=asked)
def end_again(world, **_) -> Call:
    request = answer(world, world.made).pk
    return lambda: ending.restore_end(access_request=request, cause=EndCause.STOPPED, by=PORTAL)


@act(ending.expire_request, after=asked)
def expire(world, later, **_) -> Call:
    request = world.made.pk
    later(timedelta(days=8))
    return lambda: ending.expire_request(access_request=request, by=PORTAL)


@act(ending.end_grants_by_time, after=asked)
def end_by_time(world, later, **_) -> Call:
    request = answer(world, world.made).pk
    later(timedelta(hours=3))
    return lambda: ending.end_grants_by_time(access_request=request, by=PORTAL)


@act(blocking.place_block, after=running_and_waiting)
def place_block(world, **_) -> Call:
    return lambda: everybody_blocked(world)


def everybody_blocked(world) -> UUID:
    everybody = {"customer": world.ada.customer.id, "kind": BlockKind.EVERYBODY}
    return blocking.place_block(**everybody, by=world.ada.actor).pk


@act(blocking.place_block_again, after=running_and_waiting)
def place_block_again(world, **_) -> Call:
    about = {"kind": BlockKind.MEMBER, "member": world.sam.pk, "team": ""}
    return lambda: blocking.place_block_again(customer=world.ada.customer.id, by=PORTAL, **about)


@act(blocking.lift_block)
def lift_block(world, **_) -> Call:
    block = everybody_blocked(world)
    return lambda: blocking.lift_block(block=block, customer=world.ada.customer.id, by=world.ada.actor)


@act(ending.end_for_part, after=running_and_waiting)
def end_for_part(world, **_) -> Call:
    erasure = PartErasure(customer=world.ada.customer, deleted=["contact"], kept=["orders"])
    return lambda: ending.end_for_part(erasure=erasure, by=PORTAL)


@act(enquiring.save_sentence_template)
def save_sentence(world, **_) -> Call:
    return lambda: draft_sentence(world.pia)


@act(enquiring.draft_next_sentence)
def draft_next_sentence(world, **_) -> Call:
    template = draft_sentence(world.pia)
    return lambda: enquiring.draft_next_sentence(template=template, by=by_staff(world.pia))


@act(enquiring.publish_sentence_template)
def publish_ready_made(world, **_) -> Call:
    template = draft_sentence(world.pia)
    return lambda: publish_sentence(world.pia, template)


@act(enquiring.retire_sentence_template)
def retire_ready_made(world, **_) -> Call:
    template = publish_sentence(world.pia, draft_sentence(world.pia))
    return lambda: retire_sentence(world.pia, template)
