"""Show a second officer what they decide on: the request, how it is known who asks, the searches, what must be kept."""

from typing import Any
from uuid import UUID

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from consents.core.durations import format_day, format_local_moment
from consents.law.identity import Fact, Level
from consents.ledger.models import Entry
from consents.people import selectors as people
from consents.people.models import StaffMember
from consents.rights.fulfilment.registry import list_types
from consents.rights.models import RightsRequest
from consents.rights.rules.answers import State
from consents.rights.staff.desk import describe_document

type Facts = list[tuple[str, Any]]


def list_decision_facts(rights_request: RightsRequest) -> Facts:
    """List what an officer must know who confirms an erasure that a colleague proposed."""
    facts: Facts = [
        (_("Request"), rights_request.number),
        (_("What is asked"), rights_request.get_request_type_display()),
        (_("Law"), f"{rights_request.get_regime_display()} ({rights_request.jurisdiction})"),
        (_("How it arrived"), capfirst(rights_request.get_channel_display())),
        (_("Who asked"), capfirst(rights_request.get_submitted_by_display())),
        (_("Document that shows they may"), describe_document(rights_request)),
        (_("How it is known who asks"), describe_proof(rights_request)),
        (_("Systems searched"), capfirst(describe_searches(rights_request))),
        (_("Legal holds"), capfirst(describe_holds(rights_request.customer_id))),
        (_("Answer by"), format_local_moment(rights_request.answer_by)),
    ]
    return [(label, value) for label, value in facts if value]


def describe_proof(rights_request: RightsRequest) -> str:
    """Say how surely, by which facts, by whom and when."""
    event = "rights_request.identity_confirmed"
    entry = Entry.objects.filter(object=str(rights_request.pk), event=event).order_by("-id").first()
    if not rights_request.verified_at:
        return _("Not confirmed")
    level = capfirst(str(Level(rights_request.verification_level).label))
    facts = ", ".join(str(Fact(fact).label) for fact in entry.facts.get("facts", ())) if entry else ""
    proof = {"level": level, "facts": facts, "at": format_local_moment(rights_request.verified_at)}
    proof["who"] = describe_actor(entry) if entry else _("the customer")
    sentence = _("%(level)s: %(facts)s. By %(who)s, %(at)s.") if facts else _("%(level)s. By %(who)s, %(at)s.")
    return sentence % proof


def describe_actor(entry: Entry) -> str:
    if entry.actor_kind != "staff":
        return _("the customer")
    member = StaffMember.objects.filter(pk=UUID(entry.actor)).select_related("user").first()
    return str(member) if member else _("an officer")


def describe_searches(rights_request: RightsRequest) -> str:
    hit, miss = _("%(system)s: found, by %(who)s"), _("%(system)s: nothing, by %(who)s")
    searches = rights_request.search_set.select_related("searched_by").order_by("id")
    lines = [
        (hit if search.found else miss) % {"system": search.system, "who": search.searched_by.get_full_name()}
        for search in searches
    ]
    return "; ".join(lines) or _("none")


def describe_holds(customer: UUID | None) -> str:
    """Name why data must be kept; a hold forbids an erasure until it is lifted."""
    holds = people.select_legal_holds(customer) if customer else ()
    reasons = [{"why": hold.get_reason_display(), "day": format_day(hold.review_on)} for hold in holds]
    return "; ".join(_("%(why)s, until reviewed on %(day)s") % reason for reason in reasons) or _("none")


def list_erasure_basis(customer: UUID, **_signal: Any) -> Facts:
    """List the facts of the open request that an erasure of this customer answers. By signal, from its page."""
    rows = RightsRequest.objects.filter(customer=customer, request_type__in=list_types("is_erasure"))
    rights_request = rows.exclude(state=State.ANSWERED).order_by("received_at", "filed_at").first()
    return list_decision_facts(rights_request) if rights_request else []


def preview_unanswered_requests(customer: UUID, **_: Any) -> list[str]:
    """Say how many requests an erasure leaves open, with nothing left to answer them from."""
    others = RightsRequest.objects.filter(customer=customer).exclude(state=State.ANSWERED)
    n = others.exclude(request_type__in=list_types("is_erasure")).count()
    sentence = ngettext(
        "%(n)d privacy request of this customer is still open. Answer it first: the data will be gone.",
        "%(n)d privacy requests of this customer are still open. Answer them first: the data will be gone.",
        n,
    )
    return [sentence % {"n": n}] if n else []
