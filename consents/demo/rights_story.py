"""Rights requests as lines of a story, each act through the service that does it in real life."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from consents.choices import services as choices
from consents.choices.selectors import marks_of_request
from consents.demo.accounts import Account
from consents.demo.timeline import Timeline
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Customer, StaffMember
from consents.rights import services as rights
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import Appealed, Channel, Extension, Fact, Format, Outcome, Reason, Waiting
from consents.rights.rules.kinds import Level, Type
from consents.rights.services import Reply, Wanted

SYSTEMS = ("vault", "shop", "customer care")


@dataclass
class Asked:
    """A request, once its moment was played."""

    row: RightsRequest | None = None

    @property
    def id(self) -> Any:
        assert self.row
        return self.row.pk


@dataclass
class Asking:
    """One customer's requests. Every method says when, and what happens then.

    `by`: the customer, signed in; nobody of an account makes requests by telephone, by post and by the public form.
    """

    timeline: Timeline
    customer: UUID
    by: Actor
    clerk: StaffMember
    officer: StaffMember
    other_officer: StaffMember

    def asks(self, at: datetime, type: Type, *, fresh: bool = True, **about: Any) -> Asked:
        wanted = Wanted(type, Channel.PORTAL, self.customer, is_fresh=fresh, language="en", **about)
        return self.files(at, lambda: rights.file(wanted=wanted, by=self.by))

    def calls(self, at: datetime, type: Type, channel: Channel = Channel.PHONE, **about: Any) -> Asked:
        """Sam types it in."""
        wanted = Wanted(type, channel, self.customer, **about)
        return self.files(at, lambda: rights.file(wanted=wanted, by=by_staff(self.clerk), member=self.clerk))

    def stranger_writes(self, at: datetime, type: Type, jurisdiction: str, **said: str) -> Asked:
        wanted = Wanted(type, Channel.WEBFORM, jurisdiction=jurisdiction, said=said, language="en")
        return self.files(at, lambda: rights.file(wanted=wanted, by=Actor("visitor")))

    def files(self, at: datetime, file: Callable[[], RightsRequest]) -> Asked:
        asked = Asked()

        def act() -> None:
            asked.row = file()

        self.timeline.add(at, act)
        return asked

    def is_known(self, at: datetime, asked: Asked, whose: Account | None = None) -> None:
        """`whose`, where nobody knew it yet."""
        facts = [Fact.REFERENCE, Fact.PHONE]

        def act(on: dict[str, Any]) -> None:
            customer = Customer.objects.get(reference=whose.reference).pk if whose else None
            rights.confirm_identity(level=Level.REASONABLE, facts=facts, customer=customer, **on)

        self.handle(at, act, asked)

    def is_not_known(self, at: datetime, asked: Asked) -> None:
        self.handle(at, lambda on: rights.fail_identity(**on), asked)

    def is_searched(self, at: datetime, asked: Asked) -> None:
        def act(on: dict[str, Any]) -> None:
            for system in SYSTEMS:
                rights.note_search(system=system, found=system != "customer care", **on)

        self.handle(at, act, asked)

    def takes_longer(self, at: datetime, asked: Asked, reason: Extension = Extension.COMPLEX) -> None:
        self.handle(at, lambda on: rights.extend(reason=reason, **on), asked)

    def is_asked_back(self, at: datetime, asked: Asked, waiting_for: Waiting = Waiting.SCOPE) -> None:
        self.handle(at, lambda on: rights.pause(waiting_for=waiting_for, **on), asked)

    def goes_on(self, at: datetime, asked: Asked) -> None:
        self.handle(at, lambda on: rights.resume(answered_on=timezone.localdate(at), **on), asked)

    def is_accepted(self, at: datetime, asked: Asked) -> None:
        """Every proposed value is written into the vault."""

        def act(on: dict[str, Any]) -> None:
            assert asked.row
            for one in rights.proposals(asked.row):
                rights.decide_value(place=one.place, **on)

        self.handle(at, act, asked)

    def is_answered(self, at: datetime, asked: Asked, text: str, format: Format = Format.DOWNLOAD) -> None:
        self.replies(at, asked, Reply(Outcome.COMPLIED_WHOLE, format, text))

    def is_refused(self, at: datetime, asked: Asked, text: str, reason: Reason) -> None:
        self.replies(at, asked, Reply(Outcome.DENIED, Format.DOWNLOAD, text, reason))

    def is_erased_but_for(self, at: datetime, asked: Asked, *kept: str) -> None:
        """One officer proposes it, the other looks at it an hour later."""
        self.handle(at, lambda on: rights.propose_part(kept=kept, **on), asked)

        def confirm() -> None:
            other = self.other_officer
            rights.erase_part(request=asked.id, officer=other, by=by_staff(other))

        self.timeline.add(at + timedelta(hours=1), confirm)

    def is_answered_in_part(self, at: datetime, asked: Asked, text: str, reason: Reason) -> None:
        self.replies(at, asked, Reply(Outcome.COMPLIED_PART, Format.DOWNLOAD, text, reason))

    def replies(self, at: datetime, asked: Asked, reply: Reply) -> None:
        self.handle(at, lambda on: rights.answer(reply=reply, **on), asked)

    def appeals(self, at: datetime, asked: Asked, why: str) -> None:
        self.timeline.add(at, lambda: rights.appeal(request=asked.id, customer=self.customer, why=why, by=self.by))

    def is_decided(self, at: datetime, asked: Asked, outcome: Appealed, text: str) -> None:
        def act() -> None:
            on = {"request": asked.id, "officer": self.other_officer, "by": by_staff(self.other_officer)}
            rights.decide_appeal(outcome=outcome, text=text, **on)

        self.timeline.add(at, act)

    def is_late(self, at: datetime, asked: Asked) -> None:
        """What the worker notes."""
        self.timeline.add(at, lambda: rights.note_late(request=asked.id, by=PORTAL))

    def is_lifted(self, at: datetime, asked: Asked) -> None:
        """What the refused request had paused is used again; she was told with the refusal."""

        def act() -> None:
            for mark in marks_of_request(asked.id):
                choices.lift(mark=mark.pk, by=by_staff(self.officer))

        self.timeline.add(at, act)

    def takes_back(self, at: datetime, asked: Asked) -> None:
        self.timeline.add(at, lambda: rights.withdraw(request=asked.id, customer=self.customer, by=self.by))

    def handle(self, at: datetime, act: Callable[[dict[str, Any]], object], asked: Asked) -> None:
        """The officer's act on the request."""
        self.timeline.add(at, lambda: act({"request": asked.id, "officer": self.officer, "by": by_staff(self.officer)}))


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))
