"""Calls in which a customer answers: every code is the same, as if the caller read it from the mailbox."""

from unittest import mock
from uuid import uuid4

from consents.access.models import AccessRequest, CallerCode
from consents.access.rules import AnswerDecision
from consents.access.services import telephone
from consents.access.services.answering import Reply
from consents.ledger.rules import Actor

CODE = "12345678"


def send_known_code(request: AccessRequest, officer) -> CallerCode:
    with mock.patch("consents.access.rules.telephone.build_caller_code", return_value=CODE):
        return telephone.send_caller_code(
            access_request=request.pk, officer=officer, by=Actor("staff", str(officer.pk))
        )


def say_known_code(request: AccessRequest, officer) -> None:
    about = {"access_request": request.pk, "officer": officer, "by": Actor("staff", str(officer.pk))}
    telephone.prove_caller(code=CODE, **about)


def prove(request: AccessRequest, officer) -> CallerCode:
    """A call in which the caller has said the right code."""
    sent = send_known_code(request, officer)
    say_known_code(request, officer)
    sent.refresh_from_db()
    return sent


def answer_by_telephone(world, request: AccessRequest, decision: str = "all", **about) -> AccessRequest:
    prove(request, world.pia)
    return record_answer(world, request, decision, **about)


def record_answer(world, request: AccessRequest, decision: str = "all", **about) -> AccessRequest:
    reply = Reply(AnswerDecision(decision), request.digest, uuid4(), **about)
    return telephone.record_spoken_answer(
        access_request=request.pk, reply=reply, officer=world.pia, by=Actor("staff", str(world.pia.pk))
    )
