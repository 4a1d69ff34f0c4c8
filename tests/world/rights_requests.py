"""Rights requests of every kind, filed and handled through the services. Cal lives in California."""

from datetime import date, datetime
from types import SimpleNamespace
from uuid import uuid4

from consents.access.models import Grant
from consents.access.rules.blocks import BlockKind
from consents.access.services import blocking
from consents.core import clock
from consents.core.owner import silence_triggers
from consents.disclosures.models import LookReport, Opening
from consents.disclosures.reports import services
from consents.disclosures.reports import services as reports
from consents.disclosures.reports.rules import Concern, Finding
from consents.disclosures.services import disclose_records
from consents.exemptions.bypasses import BypassKind, BypassSign
from consents.exemptions.services import filing as exemptions_filing
from consents.law.identity import Fact, Level
from consents.law.kinds import Type
from consents.ledger.models import Entry
from consents.ledger.rules import PORTAL, Actor
from consents.people.models import Customer, StaffMember
from consents.people.services import claiming, customer_records
from consents.rights.models import RightsRequest
from consents.rights.rules import About, Channel, Format, Outcome, Reply
from consents.rights.rules import NewRequest as NewRequest
from consents.rights.services import answering, clarifying, correcting, filing, handling
from tests.world.cast import answer as cast_answer
from tests.world.cast import ask, make_user
from tests.world.exemptions import by_staff as exemptions_by_staff
from tests.world.exemptions import open_emergency
from tests.world.insights import add_question, ask_insight, make_statistics_purpose
from tests.world.owners import acting_as_owner
from tests.world.training import publish_module, train

TWO_FACTS = [Fact.REFERENCE, Fact.BIRTH]
DONE = Reply(Outcome.COMPLIED_WHOLE, Format.DOWNLOAD, "Here it is.")


def make_californian() -> SimpleNamespace:
    customer = customer_records.open_customer_record(
        reference="C-1003", email="cal@example.com", country="US", region="CA", by=PORTAL
    )
    user = make_user("cal@example.com")
    claiming.match_user_to_record(user=user, by=Actor("customer", str(user.id)))
    return SimpleNamespace(
        user=user, customer=customer, acting=user.actings.get(), actor=Actor("customer", str(user.id))
    )


def by_staff(member: StaffMember) -> Actor:
    return Actor("staff", str(member.pk))


def file(person, type: Type = Type.ACCESS, **terms) -> RightsRequest:
    """Signed in afresh, through their own pages."""
    terms = {"channel": Channel.PORTAL, "is_fresh": True} | terms
    return filing.file_rights_request(
        new_request=NewRequest(type, customer=person.customer.pk, **terms), by=person.actor
    )


PHONE = {"category": "contact", "field": "phone", "right": "555-0199"}


def file_correction(person, type: Type = Type.RECTIFICATION, proposals=(PHONE,), **terms) -> RightsRequest:
    terms = {"scope": (proposals[0]["category"],), "said": {"proposals": list(proposals)}} | terms
    return file(person, type, **terms)


def accept(world, request: RightsRequest, place: int = 0, why_not=None, officer=None) -> RightsRequest:
    officer = officer or world.pia
    deciding = {"officer": officer, "by": by_staff(officer)}
    correcting.decide_value(rights_request=request.pk, place=place, why_not=why_not, **deciding)
    return request


def make_record_older(customer: Customer, moment: datetime) -> None:
    """As if the company had made their record then: nothing arrives before its customer."""
    with acting_as_owner() as owner, silence_triggers(owner, "people_customer") as cursor:
        cursor.execute("UPDATE people_customer SET created_at = %s WHERE id = %s", [moment, customer.pk])


def file_as_stranger(type: Type = Type.ACCESS, **terms) -> RightsRequest:
    terms = {"said": {"email": "ada@example.com", "name": "Ada"}, "token": uuid4(), "language": "en"} | terms
    return filing.file_rights_request(new_request=NewRequest(type, Channel.WEBFORM, **terms), by=Actor("visitor"))


def type_in(world, type: Type = Type.ACCESS, customer: Customer | None = None, **terms) -> RightsRequest:
    terms = {"channel": Channel.PHONE, "customer": (customer or world.ada.customer).pk} | terms
    return filing.file_rights_request(new_request=NewRequest(type, **terms), by=by_staff(world.sam), member=world.sam)


def search(world, request: RightsRequest) -> None:
    handling.record_search(
        rights_request=request.pk, system="vault", found=True, officer=world.pia, by=by_staff(world.pia)
    )


def confirm(world, request: RightsRequest, customer: Customer | None = None, **terms) -> RightsRequest:
    terms = {"level": Level.REASONABLE, "facts": TWO_FACTS} | terms
    id = customer.pk if customer else None
    return handling.confirm_identity(
        rights_request=request.pk, customer=id, officer=world.pia, by=by_staff(world.pia), **terms
    )


def ask_back(world, request: RightsRequest, about="scope", text="Which orders do you mean?", **terms) -> RightsRequest:
    """Asked by an officer; where the law lets it, the clock stands still."""
    terms = {"officer": world.pia} | terms
    by = by_staff(terms["officer"])
    clarifying.ask_customer(rights_request=request.pk, subject=About(about), text=text, by=by, **terms)
    request.refresh_progress()
    return RightsRequest.objects.get(pk=request.pk)


def note_reply(world, request: RightsRequest, answered_on: date, text: str = "All of them.") -> RightsRequest:
    """By letter or telephone."""
    about = {"rights_request": request.pk, "officer": world.pia, "by": by_staff(world.pia)}
    return clarifying.record_typed_reply(**about, answered_on=answered_on, text=text)


def answer(world, request: RightsRequest, reply: Reply = DONE, officer: StaffMember | None = None) -> RightsRequest:
    officer = officer or world.pia
    return answering.answer_rights_request(
        rights_request=request.pk, reply=reply, officer=officer, by=by_staff(officer)
    )


def entries(request: RightsRequest) -> list[str]:
    found = Entry.objects.filter(object=str(request.pk)).order_by("id")
    return [event.removeprefix("rights_request.") for event in found.values_list("event", flat=True)]


def look_at_orders(world) -> Opening:
    grant = cast_answer(world, ask(world, "orders")).grants.get()
    seen = disclose_records(grant=grant.pk, staff=world.sam.pk, by=exemptions_by_staff(world.sam))
    return Opening.objects.get(pk=seen.opening)


def report_look(world, look: Opening, who=None) -> LookReport:
    who = who or world.ada
    said = {"concern": Concern.UNEXPECTED, "words": "Marker: why at night?", "acting": who.acting, "by": who.actor}
    return services.file_look_report(opening=look.pk, **said)


def decide_report(world, filed: LookReport, officer=None) -> LookReport:
    officer = officer or world.pia
    said = {
        "finding": Finding.NOT_IN_ORDER,
        "words": "It was a mistake.",
        "officer": officer,
        "by": exemptions_by_staff(officer),
    }
    return services.decide_look_report(report=filed.pk, **said)


def happen_without_an_answer(world: SimpleNamespace) -> None:
    """An emergency with its look, the report of it, a sign of a bypass, a block, a training, a question
    for statistics."""
    grant = Grant.objects.get(exemption=open_emergency(world).pk)
    look = disclose_records(grant=grant.pk, staff=world.sam.pk, by=exemptions_by_staff(world.sam)).opening
    said = {"concern": Concern.KNOWN, "words": "", "acting": world.ada.acting, "by": world.ada.actor}
    reports.file_look_report(opening=look, **said)
    sign = BypassSign(BypassKind.OWN_ACCOUNT, clock.now(), world.sam.pk, world.ada.customer.id, "vault.opened", "1")
    exemptions_filing.raise_bypass_alert(sign=sign, by=PORTAL)
    blocking.place_block(customer=world.ada.customer.id, kind=BlockKind.EVERYBODY, by=world.ada.actor)
    publish_module(world)
    train(world.sam)
    make_statistics_purpose(world)
    ask_insight(world, add_question(world))
