"""Script the rights requests of the demo's past, under GDPR, UK GDPR and CCPA, in every state."""

from collections.abc import Callable, Mapping
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
from consents.ops.demo.customers import DANA, JONAS, LUCIA, MAYA, ROSA, THEO, Account, by_staff
from consents.ops.demo.timeline import Played, Timeline
from consents.people.models import Acting, Customer, StaffMember
from consents.rights.fulfilment import erasure
from consents.rights.models import RightsRequest
from consents.rights.rules import About, Appealed, Channel, Format, NewRequest, Outcome, Reply
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
    waiting,
)
from consents.rights.services import answering as rights_appeals

# Rights requests as lines of a story, each act through the service that does it in real life.

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
            for one in erasure.list_proposals(asked.played):
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
        self.timeline.add(at, lambda: waiting.record_late_request(rights_request=asked.id, by=PORTAL))

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


def schedule_last_year(asking: Mapping[Account, RightsStory]) -> None:
    """Schedule requests by telephone and post, early enough to be answered in last year's register."""
    at = asking[MAYA].timeline.last_year
    maya, theo, jonas, lucia = (asking[one] for one in (MAYA, THEO, JONAS, LUCIA))

    copy = maya.calls(at(2, 4, "10:20"), Type.ACCESS)
    maya.is_known(at(2, 6, "09:30"), copy)
    maya.is_searched(at(2, 11, "14:00"), copy)
    maya.is_answered(at(2, 18, "15:10"), copy, "Here is everything we hold about you.", Format.POST)

    elsewhere = jonas.calls(at(3, 3, "11:45"), Type.PORTABILITY, Channel.POST)
    jonas.is_known(at(3, 10, "10:00"), elsewhere)
    jonas.is_searched(at(3, 12, "16:25"), elsewhere)
    jonas.is_answered(at(3, 24, "09:05"), elsewhere, "Die Datei enthält, was Sie uns gegeben haben.", Format.POST)

    pause = lucia.calls(at(5, 12, "13:15"), Type.RESTRICTION, Channel.POST, said={"ground": "contested"})
    lucia.is_known(at(5, 19, "10:40"), pause)
    text = "Comparamos su dirección con su carta. Es la misma, así que no hay nada que pausar."
    lucia.is_refused(at(6, 2, "12:30"), pause, text, Reason.NOT_COVERED)
    lucia.is_lifted(at(6, 2, "12:45"), pause)

    calls = theo.calls(at(6, 9, "15:55"), Type.ACCESS)
    theo.is_known(at(6, 12, "11:20"), calls)
    theo.is_searched(at(6, 23, "10:10"), calls)
    theo.takes_longer(at(7, 1, "16:00"), calls)
    text = "Here is everything but one recording, in which another customer is heard."
    theo.is_answered_in_part(at(8, 11, "14:35"), calls, text, Reason.OTHERS)

    schedule_californians_last_year(asking)


def schedule_californians_last_year(asking: Mapping[Account, RightsStory]) -> None:
    at = asking[MAYA].timeline.last_year
    maya, dana = asking[MAYA], asking[DANA]

    delete = dana.calls(at(7, 14, "18:30"), Type.DELETION)
    dana.is_not_known(at(7, 22, "10:15"), delete)
    dana.is_refused(at(8, 4, "11:50"), delete, "The caller could not name two facts.", Reason.UNVERIFIED)

    know = dana.calls(at(9, 8, "17:10"), Type.KNOW_CATEGORIES)
    dana.is_known(at(9, 10, "09:25"), know)
    dana.is_searched(at(9, 24, "13:40"), know)
    dana.is_answered(at(10, 13, "10:30"), know, "Contact details and orders, from you.", Format.POST)

    nobody = maya.stranger_writes(
        at(10, 6, "12:05"), Type.KNOW_SPECIFIC, "US-CA", name="P. Ames", email="pa@example.com"
    )
    maya.is_not_known(at(10, 14, "15:20"), nobody)
    maya.is_refused(at(10, 20, "09:45"), nobody, "We know nobody of that name.", Reason.NO_MATCH)


def schedule_europe(asking: Mapping[Account, RightsStory]) -> None:
    schedule_maya(asking[MAYA])
    schedule_theo(asking[THEO])
    schedule_jonas(asking[JONAS])
    schedule_lucia(asking[LUCIA])


def schedule_maya(maya: RightsStory) -> None:
    """A copy sent, a pause refused and refused again, a correction under way, one just begun."""
    at, now = maya.timeline.moment, maya.timeline.now
    copy = maya.asks(at(70, "20:10"), Type.ACCESS, said={"words": "Everything since I became a customer."})
    maya.is_searched(at(66, "10:15"), copy)
    maya.is_answered(at(61, "15:30"), copy, "You get a copy of what we hold, why, and who got it.")

    pause = maya.asks(at(42, "19:25"), Type.RESTRICTION, said={"ground": "contested"})
    text = "We checked the two bills that you named. They are right, so there is nothing to pause."
    maya.is_refused(at(38, "11:40"), pause, text, Reason.NOT_COVERED)
    maya.appeals(at(37, "08:30"), pause, "The second bill names another tent.")
    maya.is_decided(at(33, "09:50"), pause, Appealed.UPHELD, "The bill names the tent that was sent to you.")
    maya.is_lifted(at(32, "10:05"), pause)

    proposal = {"category": "contact", "field": "street", "right": "4 Mill Lane"}
    wrong = maya.asks(at(20, "18:05"), Type.RECTIFICATION, scope=("contact",), said={"proposals": [proposal]})
    maya.takes_longer(at(9, "16:20"), wrong, Extension.MANY)

    maya.asks(now - timedelta(hours=30), Type.PORTABILITY, fresh=False)


def schedule_theo(theo: RightsStory) -> None:
    """Schedule a request by telephone that was not answered in time, and an objection by letter."""
    at = theo.timeline.moment
    call = theo.calls(at(47, "14:35"), Type.ACCESS, said={"words": "What did you note when I called in spring?"})
    theo.is_known(at(46, "10:05"), call)
    theo.is_late(at(14, "00:05"), call)

    letter = theo.calls(at(84, "09:15"), Type.OBJECTION, Channel.POST, scope=("stop-misuse",))
    theo.is_answered(at(77, "13:45"), letter, "We have stopped it, and will not begin again.")


def schedule_jonas(jonas: RightsStory) -> None:
    at = jonas.timeline.moment
    copy = jonas.asks(at(26, "21:15"), Type.ACCESS)
    jonas.is_searched(at(20, "09:30"), copy)
    jonas.is_answered(at(1, "10:20"), copy, "Hier ist alles. Sie können es zwei Wochen lang herunterladen.")

    delete = jonas.asks(at(55, "07:50"), Type.ERASURE)
    jonas.takes_back(at(54, "19:10"), delete)


def schedule_lucia(lucia: RightsStory) -> None:
    """She was asked which order she means, and has not answered yet."""
    at = lucia.timeline.moment
    said: dict[str, Any] = {"proposals": [{"category": "orders", "field": "item", "right": "Tienda para dos"}]}
    said["which_entry"] = "El pedido de mayo."
    wrong = lucia.asks(at(12, "12:20"), Type.RECTIFICATION, scope=("orders",), said=said)
    lucia.is_asked_back(at(8, "10:40"), wrong, "¿A qué pedido se refiere? En mayo hay dos.")

    known = lucia.asks(at(65, "17:00"), Type.RECIPIENTS)
    lucia.is_asked_back(at(60, "09:00"), known, "¿Desde qué fecha quiere saberlo?")
    lucia.clarifies(at(56, "18:30"), known, "Desde el principio, por favor.")
    lucia.is_searched(at(50, "11:10"), known)
    lucia.is_answered(at(49, "16:00"), known, "No hubo que avisar a nadie: no se corrigió ni se borró nada suyo.")


def schedule_california(dana: RightsStory, eli: Acting) -> None:
    """Dana knows her rights: one of each, and one waits for Eli, who shares her account."""
    at, now = dana.timeline.moment, dana.timeline.now
    know = dana.asks(at(75, "17:40"), Type.KNOW_CATEGORIES)
    dana.is_searched(at(70, "10:00"), know)
    dana.is_answered(at(68, "12:30"), know, "Contact details and orders, from you. The carrier gets your address.")

    delete = dana.asks(at(58, "16:10"), Type.DELETION, scope=("support", "payment"))
    dana.is_agreed_to(at(57, "20:40"), delete, eli)
    dana.is_searched(at(50, "10:30"), delete)
    dana.is_erased_but_for(at(44, "15:20"), delete, "payment")

    dana.asks(at(33, "18:00"), Type.OPT_OUT)

    proposal = {"category": "contact", "field": "street", "right": "1180 Alder Street"}
    correct = dana.asks(at(28, "19:30"), Type.CORRECTION, scope=("contact",), said={"proposals": [proposal]})
    dana.is_agreed_to(at(27, "08:15"), correct, eli)
    dana.is_accepted(at(21, "11:05"), correct)
    dana.is_answered(at(21, "11:15"), correct, "Your address is corrected.")

    get = dana.asks(at(5, "18:20"), Type.KNOW_SPECIFIC)
    dana.is_searched(at(2, "09:45"), get)
    dana.asks(now - timedelta(hours=20), Type.LIMIT)


def schedule_strangers(anybody: RightsStory) -> None:
    """Schedule requests by the public form. Only Rosa is identified; she has no account and gets a code by email."""
    at = anybody.timeline.moment
    copy = anybody.stranger_writes(at(13, "12:40"), Type.ACCESS, "GB", name=ROSA.name, email=ROSA.email)
    anybody.is_known(at(10, "10:30"), copy, whose=ROSA)
    anybody.is_searched(at(6, "14:15"), copy)
    anybody.is_answered(at(1, "11:30"), copy, "Everything we hold about you is in it, and where we have it from.")

    anybody.stranger_writes(at(4, "13:00"), Type.DELETION, "US-CA", name="R. Delgado", email="rosa@example.com")
    anybody.stranger_writes(at(1, "08:10"), Type.ACCESS, "IE", name="Eoin Walsh", email="eoin@example.org")
