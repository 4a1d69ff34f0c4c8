"""Rights requests as lines of a story, each act through the service that does it in real life."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from consents.choices.selectors import select_marks_of_request
from consents.choices.services import marking
from consents.copies.rules import PACKAGE_LIFETIME
from consents.copies.services import packages
from consents.law.identity import Fact, Level
from consents.law.kinds import Type
from consents.law.reasons import Extension, Reason
from consents.ledger.rules import PORTAL, Actor
from consents.ops.demo.accounts import Account, by_staff
from consents.ops.demo.timeline import Played, Timeline
from consents.people.models import Acting, Customer, StaffMember
from consents.rights.fulfilment import correction
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import About, Appealed, Channel, Format, Outcome
from consents.rights.rules.inputs import NewRequest, Reply
from consents.rights.selectors import has_copy
from consents.rights.services import (
    answering,
    clarifying,
    correcting,
    erasing,
    filing,
    handling,
    requester_actions,
    sharing,
    watching,
)
from consents.rights.services import appeals as rights_appeals

SYSTEMS = ("vault", "shop", "customer care")


type ScriptedRightsRequest = Played[RightsRequest]


@dataclass
class RightsStory:
    """Schedules the rights requests of one customer. Every method says when, and what happens then.

    `by`: the customer, signed in; nobody of an account makes requests by telephone, by post and by the public form.
    """

    timeline: Timeline
    customer: UUID
    by: Actor
    clerk: StaffMember
    officer: StaffMember
    other_officer: StaffMember

    def asks(self, at: datetime, type: Type, *, fresh: bool = True, **about: Any) -> ScriptedRightsRequest:
        new_request = NewRequest(type, Channel.PORTAL, self.customer, is_fresh=fresh, language="en", **about)
        return self.files(at, lambda: filing.file_rights_request(new_request=new_request, by=self.by))

    def calls(self, at: datetime, type: Type, channel: Channel = Channel.PHONE, **about: Any) -> ScriptedRightsRequest:
        """The clerk types it in."""
        new_request, by = NewRequest(type, channel, self.customer, **about), by_staff(self.clerk)
        return self.files(at, lambda: filing.file_rights_request(new_request=new_request, by=by, member=self.clerk))

    def stranger_writes(self, at: datetime, type: Type, jurisdiction: str, **said: str) -> ScriptedRightsRequest:
        new_request = NewRequest(type, Channel.WEBFORM, jurisdiction=jurisdiction, said=said, language="en")
        return self.files(at, lambda: filing.file_rights_request(new_request=new_request, by=Actor("visitor")))

    def files(self, at: datetime, file: Callable[[], RightsRequest]) -> ScriptedRightsRequest:
        asked = Played[RightsRequest]()

        def act() -> None:
            asked.row = file()

        self.timeline.add(at, act)
        return asked

    def is_known(self, at: datetime, asked: ScriptedRightsRequest, whose: Account | None = None) -> None:
        """Match the request to `whose`, where nobody knew it yet."""
        facts = [Fact.REFERENCE, Fact.PHONE]

        def act(on: dict[str, Any]) -> None:
            customer = Customer.objects.get(reference=whose.reference).pk if whose else None
            handling.confirm_identity(level=Level.REASONABLE, facts=facts, customer=customer, **on)

        self.handle(at, act, asked)

    def is_not_known(self, at: datetime, asked: ScriptedRightsRequest) -> None:
        self.handle(at, lambda on: handling.fail_identity(**on), asked)

    def is_searched(self, at: datetime, asked: ScriptedRightsRequest) -> None:
        def act(on: dict[str, Any]) -> None:
            for system in SYSTEMS:
                handling.record_search(system=system, found=system != "customer care", **on)

        self.handle(at, act, asked)

    def takes_longer(self, at: datetime, asked: ScriptedRightsRequest, reason: Extension = Extension.COMPLEX) -> None:
        self.handle(at, lambda on: handling.extend_deadline(reason=reason, **on), asked)

    def is_asked_back(self, at: datetime, asked: ScriptedRightsRequest, text: str) -> None:
        self.handle(at, lambda on: clarifying.ask_customer(subject=About.SCOPE, text=text, **on), asked)

    def clarifies(self, at: datetime, asked: ScriptedRightsRequest, text: str) -> None:
        """The customer answers on the page of the request."""

        def act() -> None:
            clarification = asked.played.clarification_set.latest("id")
            details = {"rights_request": asked.id, "clarification": clarification.pk, "customer": self.customer}
            clarifying.reply_to_question(text=text, by=self.by, **details)

        self.timeline.add(at, act)

    def is_agreed_to(self, at: datetime, asked: ScriptedRightsRequest, holder: Acting) -> None:
        """Schedule the yes of another holder of a shared account."""
        by = Actor("customer", str(holder.user_id))
        self.timeline.add(at, lambda: sharing.agree_to_request(rights_request=asked.id, acting=holder, by=by))

    def is_accepted(self, at: datetime, asked: ScriptedRightsRequest) -> None:
        """Write every proposed value into the vault."""

        def act(on: dict[str, Any]) -> None:
            for one in correction.list_proposals(asked.played):
                correcting.decide_value(place=one.place, **on)

        self.handle(at, act, asked)

    def is_answered(
        self, at: datetime, asked: ScriptedRightsRequest, text: str, format: Format = Format.DOWNLOAD
    ) -> None:
        self.replies(at, asked, Reply(Outcome.COMPLIED_WHOLE, format, text))

    def is_refused(self, at: datetime, asked: ScriptedRightsRequest, text: str, reason: Reason) -> None:
        self.replies(at, asked, Reply(Outcome.DENIED, Format.DOWNLOAD, text, reason))

    def is_erased_but_for(self, at: datetime, asked: ScriptedRightsRequest, *kept: str) -> None:
        """Schedule the proposal by one officer and its confirmation by another an hour later."""
        self.handle(at, lambda on: erasing.propose_partial_erasure(kept=kept, **on), asked)
        later = at + timedelta(hours=1)
        self.handle(later, lambda on: erasing.confirm_partial_erasure(**on), asked, self.other_officer)

    def is_answered_in_part(self, at: datetime, asked: ScriptedRightsRequest, text: str, reason: Reason) -> None:
        self.replies(at, asked, Reply(Outcome.COMPLIED_PART, Format.DOWNLOAD, text, reason))

    def replies(self, at: datetime, asked: ScriptedRightsRequest, reply: Reply) -> None:
        """Schedule the answer. A copy whose time is over is stored empty: nothing opens the vault before the commit."""

        def act(on: dict[str, Any]) -> None:
            answered = answering.answer_rights_request(reply=reply, **on)
            if at + PACKAGE_LIFETIME < self.timeline.now and has_copy(answered):
                packages.store_package(rights_request=asked.id, page="", data="", by=PORTAL, began_at=at)

        self.handle(at, act, asked)

    def appeals(self, at: datetime, asked: ScriptedRightsRequest, why: str) -> None:
        terms: dict[str, Any] = {"customer": self.customer, "why": why, "by": self.by}
        self.timeline.add(at, lambda: requester_actions.appeal_answer(rights_request=asked.id, **terms))

    def is_decided(self, at: datetime, asked: ScriptedRightsRequest, outcome: Appealed, text: str) -> None:
        terms: dict[str, Any] = {"outcome": outcome, "text": text}
        self.handle(at, lambda on: rights_appeals.decide_appeal(**terms, **on), asked, self.other_officer)

    def is_late(self, at: datetime, asked: ScriptedRightsRequest) -> None:
        """Schedule the worker's note that the deadline was missed."""
        self.timeline.add(at, lambda: watching.record_late_request(rights_request=asked.id, by=PORTAL))

    def is_lifted(self, at: datetime, asked: ScriptedRightsRequest) -> None:
        """Schedule the end of a restriction whose request was refused."""

        def act() -> None:
            for mark in select_marks_of_request(asked.id):
                marking.lift_mark(mark=mark.pk, by=by_staff(self.officer))

        self.timeline.add(at, act)

    def takes_back(self, at: datetime, asked: ScriptedRightsRequest) -> None:
        self.timeline.add(
            at, lambda: requester_actions.withdraw_request(rights_request=asked.id, customer=self.customer, by=self.by)
        )

    def handle(
        self,
        at: datetime,
        act: Callable[[dict[str, Any]], object],
        asked: ScriptedRightsRequest,
        officer: StaffMember | None = None,
    ) -> None:
        """Let an officer act on the request, by default the one who has it."""
        member = officer or self.officer
        self.timeline.add(at, lambda: act({"rights_request": asked.id, "officer": member, "by": by_staff(member)}))
