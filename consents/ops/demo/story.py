"""Acts of staff and customers as lines of a story, each through the service that does it in real life."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from consents.access.models import AccessRequest, Grant, ProposedRequest, Reason
from consents.access.rules import AnswerDecision, ProposalState
from consents.access.services import answering, asking, ending, proposing, telephone
from consents.access.services.answering import Reply
from consents.access.services.asking import NewRequest
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category
from consents.choices.rules import ActContext
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.disclosures.models import LookReport
from consents.disclosures.reports import services as reports
from consents.disclosures.reports.rules import Concern, Finding
from consents.disclosures.services import record_opening
from consents.exemptions.models import Exemption
from consents.exemptions.rules import NewDelay, NewExemption
from consents.exemptions.services import deciding, filing
from consents.ledger.rules import Actor
from consents.ops.demo.customers import KIM, SAM, Account, by_staff
from consents.ops.demo.timeline import Played, Timeline
from consents.people.models import Acting, StaffMember


@dataclass(frozen=True)
class ScriptedQuestion:
    """A scripted access request: who asks for what, in which words."""

    account: Account
    purpose: str
    categories: tuple[str, ...]
    sentence: str
    reason: Reason = Reason.YOU_CONTACTED_US
    sensitive_reason: str = ""
    case_number: str = ""
    duration: timedelta = timedelta(hours=2)
    answer_within: timedelta = timedelta(days=7)


@dataclass(frozen=True)
class ScriptedExemption:
    """A scripted exemption: who goes without an answer, on what ground, in which words. `ground`: order or emergency,
    and why nobody was asked first, as in `NewExemption`."""

    account: Account
    purpose: str
    categories: tuple[str, ...]
    sentence: str
    ground: Mapping[str, Any]
    case_number: str = ""
    duration: timedelta = timedelta(hours=1)


@dataclass
class ScriptedRequest(Played[AccessRequest]):
    line: ScriptedQuestion
    member: StaffMember


@dataclass
class ScriptedWithout(Played[Exemption]):
    line: ScriptedExemption
    member: StaffMember


@dataclass(frozen=True)
class ScriptedLook:
    """A look that will have been, and who looked."""

    member: StaffMember
    opening: UUID = field(default_factory=uuid4)


@dataclass
class Story:
    """The story of one customer, told by who acts for them. Every method says when, and what happens then."""

    timeline: Timeline
    acting: Acting
    staff: Mapping[Account, StaffMember]

    def __post_init__(self) -> None:
        self.versions = {version.purpose.code: version for version in catalogue.select_in_force()}
        self.categories: dict[str, int] = dict(Category.objects.values_list("code", "pk"))
        self.customer = self.acting.customer_id
        kind = "customer" if self.acting.is_holding else "representative"
        self.by = Actor(kind, str(self.acting.user_id))
        self.how = ActContext(language=self.acting.customer.language, capacity=self.acting.capacity)

    def asks(self, at: datetime, line: ScriptedQuestion) -> ScriptedRequest:
        """Ask; where the purpose needs it, the manager agrees at once."""
        scripted = ScriptedRequest(line, self.staff[line.account])
        self.timeline.add(at, partial(self.file, scripted))
        return scripted

    def file(self, scripted: ScriptedRequest) -> None:
        ask, by = self.build_ask(scripted.line), by_staff(scripted.member)
        if self.versions[scripted.line.purpose].needs_agreement:
            proposed = propose(ask, scripted.member)
            manager = StaffMember.objects.get(reports=proposed.staff_id)
            agreed = proposing.agree_to_request(proposed_request=proposed.pk, manager=manager, by=by_staff(manager))
            assert agreed.access_request is not None
            scripted.row = agreed.access_request
        else:
            scripted.row = asking.file_access_request(ask=ask, member=scripted.member, by=by)

    def waits_for_manager(self, at: datetime, line: ScriptedQuestion) -> None:
        self.timeline.add(at, lambda: propose(self.build_ask(line), self.staff[line.account]))

    def is_declined_by_manager(self, at: datetime, line: ScriptedQuestion, reason: str) -> None:
        """Propose a request that the manager does not agree to, an hour later."""
        member = self.staff[line.account]
        self.timeline.add(at, lambda: propose(self.build_ask(line), member))
        self.timeline.add(at + timedelta(hours=1), lambda: decline(self.customer, member, reason))

    def build_ask(self, line: ScriptedQuestion) -> NewRequest:
        return NewRequest(
            customer=self.customer,
            version=self.versions[line.purpose].pk,
            categories=frozenset(self.categories[code] for code in line.categories),
            reason=line.reason,
            sentence=line.sentence,
            sensitive_reason=line.sensitive_reason,
            case_number=line.case_number,
            duration=line.duration,
            answer_within=line.answer_within,
            token=uuid4(),
        )

    def allows(
        self, at: datetime, scripted: ScriptedRequest, *categories: str, shorter: timedelta | None = None
    ) -> None:
        """Allow everything; with categories or a shorter time, that part of it."""
        if categories or shorter:
            part = frozenset(self.categories[code] for code in categories or scripted.line.categories)
            duration = shorter or scripted.line.duration
            self.answers(at, scripted, AnswerDecision.PART, categories=part, duration=duration)
        else:
            self.answers(at, scripted, AnswerDecision.ALL)

    def refuses(self, at: datetime, scripted: ScriptedRequest, message: str = "") -> None:
        self.answers(at, scripted, AnswerDecision.NONE, message=message)

    def answers(self, at: datetime, scripted: ScriptedRequest, decision: AnswerDecision, **terms: Any) -> None:
        def act() -> None:
            shown: dict[str, Any] = {"digest": scripted.played.digest, "language": self.how.language}
            reply = Reply(decision=decision, token=uuid4(), **shown, **terms)
            answering.answer_access_request(access_request=scripted.id, reply=reply, acting=self.acting, by=self.by)

        self.timeline.add(at, act)

    def allows_by_telephone(self, at: datetime, scripted: ScriptedRequest, officer: Account) -> None:
        """Let the customer call an officer, say the code from their mailbox and allow everything."""
        self.timeline.add(at, partial(take_call, scripted, self.staff[officer]))

    def stops(self, at: datetime, scripted: ScriptedRequest) -> None:
        self.timeline.add(
            at, lambda: ending.stop_access(access_request=scripted.id, customer=self.customer, by=self.by)
        )

    def takes_back(self, at: datetime, scripted: ScriptedRequest) -> None:
        """Let the member of staff cancel."""
        self.timeline.add(
            at,
            lambda: asking.cancel_access_request(
                access_request=scripted.id, member=scripted.member, by=by_staff(scripted.member)
            ),
        )

    def agrees(self, at: datetime, purpose: str) -> None:
        version = self.versions[purpose].pk
        self.timeline.add(
            at,
            lambda: choices_answering.give_consent(
                customer=self.customer, purpose=purpose, version=version, by=self.by, how=self.how
            ),
        )

    def disagrees(self, at: datetime, purpose: str) -> None:
        """Withdraw what was given; say no where nothing was."""
        self.timeline.add(
            at, lambda: withdrawing.withdraw_consent(customer=self.customer, purpose=purpose, by=self.by, how=self.how)
        )

    def is_looked_at(self, at: datetime, road: ScriptedRequest | ScriptedWithout, category: str) -> ScriptedLook:
        look = ScriptedLook(road.member)
        self.timeline.add(at, lambda: record_look(look, road, category))
        return look

    def is_gone_without(self, at: datetime, line: ScriptedExemption) -> ScriptedWithout:
        """File an exemption about this customer, as staff."""
        without = ScriptedWithout(line, self.staff[line.account])
        self.timeline.add(at, partial(self.file_without, without))
        return without

    def file_without(self, without: ScriptedWithout) -> None:
        line = without.line
        new = NewExemption(
            customer=self.customer,
            version=self.versions[line.purpose].pk,
            categories=frozenset(self.categories[code] for code in line.categories),
            sentence=line.sentence,
            case_number=line.case_number,
            duration=line.duration,
            token=uuid4(),
            **line.ground,
        )
        without.row = filing.file_exemption(new=new, member=without.member, by=by_staff(without.member))

    def is_granted_without(
        self, at: datetime, without: ScriptedWithout, officer: Account, words: str, delay: NewDelay | None = None
    ) -> None:
        """Grant it, or confirm the emergency, as an officer."""
        member = self.staff[officer]
        terms: dict[str, Any] = {"words": words, "delay": delay, "officer": member, "by": by_staff(member)}
        self.timeline.add(at, lambda: deciding.decide_exemption(exemption=without.id, is_granted=True, **terms))

    def reports(self, at: datetime, look: ScriptedLook, concern: Concern, words: str) -> None:
        terms: dict[str, Any] = {"concern": concern, "words": words, "acting": self.acting, "by": self.by}
        self.timeline.add(at, lambda: reports.file_look_report(opening=look.opening, **terms))

    def is_told_why(self, at: datetime, look: ScriptedLook, words: str) -> None:
        """Answer the officers, as the member who looked."""
        terms: dict[str, Any] = {"words": words, "member": look.member, "by": by_staff(look.member)}
        self.timeline.add(at, lambda: reports.answer_look_report(report=find_report(look), **terms))

    def is_answered(self, at: datetime, look: ScriptedLook, officer: Account, finding: Finding, words: str) -> None:
        """Decide the report, as an officer."""
        member = self.staff[officer]
        terms: dict[str, Any] = {"finding": finding, "words": words, "officer": member, "by": by_staff(member)}
        self.timeline.add(at, lambda: reports.decide_look_report(report=find_report(look), **terms))


def propose(ask: NewRequest, member: StaffMember) -> ProposedRequest:
    return proposing.propose_access_request(ask=ask, member=member, by=by_staff(member))


def decline(customer: UUID, member: StaffMember, reason: str) -> None:
    """Say no, as the manager, to what the member has proposed to ask this customer."""
    waiting = ProposedRequest.objects.get(customer=customer, staff=member.pk, state=ProposalState.WAITING)
    manager = StaffMember.objects.get(reports=member.pk)
    proposing.decline_request(proposed_request=waiting.pk, reason=reason, manager=manager, by=by_staff(manager))


def take_call(scripted: ScriptedRequest, officer: StaffMember) -> None:
    call: dict[str, Any] = {"access_request": scripted.id, "officer": officer, "by": by_staff(officer)}
    with transaction.atomic():
        _sent, code = telephone.create_caller_code(scripted.played, officer, call["by"])
    telephone.prove_caller(code=code, **call)
    reply = Reply(decision=AnswerDecision.ALL, digest=scripted.played.digest, token=uuid4())
    telephone.record_spoken_answer(reply=reply, **call)


def record_look(look: ScriptedLook, road: ScriptedRequest | ScriptedWithout, category: str) -> None:
    """Record the opening, as before each read; read nothing.

    The service insists on a transaction of its own, so that the opening is committed before the read. Here there is
    no read, and the whole past is one transaction: hence its inner function.
    """
    of = {"access_request": road.id} if isinstance(road, ScriptedRequest) else {"exemption": road.id}
    grant, member = Grant.objects.get(category__code=category, **of), look.member
    record_opening.__wrapped__(look.opening, grant.pk, member.pk, by_staff(member))  # type: ignore[attr-defined]


def find_report(look: ScriptedLook) -> UUID:
    report: UUID = LookReport.objects.get(opening=look.opening).pk
    return report


# The access requests of the demo's staff, in the words that customers read.

# What most of them are: Sam of customer care answers a question, Kim of payment safety looks for fraud.
care_question = partial(ScriptedQuestion, SAM, "answer-question")
fraud_question = partial(ScriptedQuestion, KIM, "check-fraud", reason=Reason.FRAUD_CHECK)

WRONG_BILL = care_question(
    ("contact", "orders"), "You wrote that a bill is wrong. I want to compare it.", case_number="C-2207"
)
WHICH_TENT = care_question(
    ("orders",), "You asked about tents. I want to see which one you have.", case_number="C-2391"
)
CARD_USED_TWICE = fraud_question(
    ("payment",), "A card was used twice on one day. I want to check that it was you.", duration=timedelta(days=1)
)
ODD_ORDER = fraud_question(
    ("orders", "payment"),
    "An order was sent to a new address. I want to check it is yours.",
    case_number="F-0318",
    duration=timedelta(days=3),
)
WHICH_BOOTS = ScriptedQuestion(
    SAM,
    "recommend-products",
    ("orders",),
    "You asked which boots suit you. I want to see what you had before.",
    duration=timedelta(days=7),
)
LOST_PARCEL = care_question(("support",), "You called about a parcel. I want to read what we noted.")
NEW_ADDRESS = care_question(
    ("contact",),
    "You told us that you are moving. I want to check your new address.",
    case_number="C-2655",
    duration=timedelta(days=14),
)
LATE_PARCEL = care_question(
    ("orders", "support"),
    "You wrote that a parcel is late. I want to find it.",
    Reason.ORDER_PROBLEM,
    case_number="C-2671",
    duration=timedelta(days=7),
)
WEAK_KNEE = care_question(
    ("care",),
    "You asked for boots that are good for your knee. I want to choose well.",
    sensitive_reason="What you told us about your knee stands only there.",
    case_number="C-2690",
)
PHONE_NUMBER = fraud_question(
    ("contact",),
    "Somebody tried to change your phone number. I want to compare it.",
    case_number="F-0344",
    answer_within=timedelta(days=2),
)
TWO_CARDS = fraud_question(
    ("orders", "payment"),
    "Two cards were used for one order. I want to check that both are yours.",
    case_number="F-0351",
)
GLEICHE_STRASSE = fraud_question(
    ("contact", "orders"),
    "Drei Bestellungen gingen in dieselbe Straße. Ich möchte die Adressen vergleichen.",
    case_number="F-0347",
)
REFUND_TWICE = fraud_question(
    ("payment",), "A refund was paid out twice. I want to check where it went.", case_number="F-0339"
)
DOUBLE_ORDER = care_question(
    ("orders",),
    "You wrote that the same order came twice. I want to see both.",
    case_number="C-2518",
    duration=timedelta(days=2),
)
CALL_BACK = care_question(
    ("contact",),
    "You asked us to call you back. I want to see your number.",
    case_number="C-2604",
    answer_within=timedelta(days=4),
)
SMALL_BOOTS = care_question(
    ("orders",), "Theo wrote to us that Nora's boots are too small. I want to send the next size.", case_number="C-1902"
)
LATE_TENT = care_question(
    ("contact", "orders"),
    "Theo asked where Nora's tent is. I want to find the parcel.",
    case_number="C-2287",
    answer_within=timedelta(days=5),
)
ZWEI_ABBUCHUNGEN = care_question(
    ("orders", "payment"),
    "Sie haben uns geschrieben, dass wir zweimal abgebucht haben. Ich möchte das prüfen.",
    case_number="C-2011",
)
FALSCHE_GROESSE = care_question(
    ("contact", "orders"),
    "Sie haben angerufen, weil die Jacke zu klein ist. Ich möchte Ihnen eine größere schicken.",
    case_number="C-2291",
)
PEDIDO_PERDIDO = care_question(
    ("contact", "orders"),
    "Nos escribió porque no ha llegado su pedido. Quiero buscar el paquete.",
    case_number="C-2264",
    duration=timedelta(days=7),
)
TARJETA = fraud_question(
    ("payment",), "Alguien probó su tarjeta varias veces. Quiero ver si fue usted.", answer_within=timedelta(days=5)
)
