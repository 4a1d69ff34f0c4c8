"""Collect everything the company tells a person about their data, under one opening of the vault.

The page and the data file share this content: codes, moments and values here, words for people in `page`. Stored data
is as it is now; events are those of the days the request asked about.
"""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from consents.access import selectors
from consents.access.customers.presenting import describe_spoken
from consents.access.models import AccessRequest, ProposedRequest
from consents.access.rules import ProposalState
from consents.access.selectors import locking, open_proposal_words
from consents.catalogue import selectors as catalogue
from consents.catalogue.models import Category, LegalBasis, PurposeVersion, Recipient
from consents.choices.models import Choice, Mark, Status
from consents.choices.rules import EVENTS
from consents.copies.file_checks import KINDS
from consents.copies.models import AddedFile
from consents.copies.selectors import name_files
from consents.disclosures import selectors as openings
from consents.disclosures.customers.presenting import describe_looker, describe_opened
from consents.disclosures.models import Opening
from consents.disclosures.services import OwnCopy, OwnRecord
from consents.disclosures.telling.selectors import get_how_often
from consents.exemptions import selectors as exemptions
from consents.exemptions.customers.presenting import describe_ground
from consents.exemptions.models import Exemption
from consents.law.kinds import Regime, Type
from consents.ledger.models import Entry
from consents.people import selectors as people
from consents.people.models import Customer, JointAssent
from consents.rights.models import RightsRequest
from consents.rights.rules import black_out
from consents.rights.selectors import list_thread, open_notes
from consents.rights.services.recording import get_home_zone

FORMAT = 1
# Never sent; the copy says only that the company has it (11 CCR 7024(d)).
NEVER_SENT = frozenset({"pd:OfficialID", "pd:BankAccount", "pd:PaymentCard", "pd:MedicalHealth"})
# Data a customer provided under these bases may be taken elsewhere (GDPR Art 20(1)(a)).
PORTABLE = frozenset({LegalBasis.CONSENT, LegalBasis.CONTRACT})
AGREED = [EVENTS[Status.GIVEN], EVENTS[Status.RENEWED]]

type Facts = dict[str, Any]
# What became of a request that a manager was to agree to first, as the customer reads it.
PROPOSAL_OUTCOMES = {
    ProposalState.WAITING: _("No decision yet."),
    ProposalState.AGREED: _("The manager agreed, and we asked you."),
    ProposalState.DECLINED: _("The manager did not agree. We did not ask you."),
    ProposalState.ENDED: _("It was dropped before a decision. We did not ask you."),
}


def collect_facts(rights_request: RightsRequest, copy: OwnCopy, now: datetime) -> Facts:
    """Collect what the request asked for, and nothing else, as values of JSON and moments."""
    assert rights_request.customer
    versions = list(catalogue.select_in_force().prefetch_related("categories", "recipients"))
    parts: Facts = {
        "format": FORMAT,
        "request": rights_request.number,
        "law": str(rights_request.regime),
        "made_at": now,
        "company": describe_company(),
        "data": list_data(rights_request, copy, versions),
        "purposes": [describe_purpose(version) for version in versions],
    }
    if rights_request.request_type == Type.PORTABILITY:
        return parts | {"person": describe_person(rights_request.customer)}
    if rights_request.tells_kinds_alone:
        return parts | {"recipients": list_recipients(list_used_purposes(rights_request.customer, versions))}
    return parts | {
        "person": describe_person(rights_request.customer),
        "recipients": list_recipients(list_used_purposes(rights_request.customer, versions)),
        "first_day": rights_request.scope_from.isoformat() if rights_request.scope_from else None,
        "last_day": rights_request.scope_until.isoformat() if rights_request.scope_until else None,
        "choices": list_choices(rights_request),
        "marks": list_marks(rights_request.customer),
        "access_requests": list_access_requests(rights_request),
        "proposed_requests": list_proposed_requests(rights_request),
        "looks": list_looks(rights_request),
        "privacy_requests": list_privacy_requests(rights_request),
        "record": list_chain(rights_request),
    }


def filter_period(rights_request: RightsRequest, moment: str) -> Q:
    """Build the condition that `moment` is in the requested days (last included), in the company's time zone."""
    first, last, zone = rights_request.scope_from, rights_request.scope_until, get_home_zone()
    period = Q()
    if first:
        period &= Q((f"{moment}__gte", datetime.combine(first, time(0), zone)))
    if last:
        period &= Q((f"{moment}__lt", datetime.combine(last + timedelta(days=1), time(0), zone)))
    return period


def describe_company() -> Facts:
    return {
        "name": settings.PORTAL_COMPANY,
        "address": settings.PORTAL_ADDRESS,
        "email": settings.PORTAL_EMAIL,
        "phone": str(settings.PORTAL_PHONE),
    }


def describe_address(customer: Customer) -> str:
    """Return the address on file; of a shared account as holders recognise it: each may read the copy (Art 15(4))."""
    address = people.open_address(customer)
    is_shared = bool(address) and len(people.list_holders(customer.pk)) > 1
    return people.mask_address(address) if is_shared else address


def describe_person(customer: Customer) -> Facts:
    return {
        "id": str(customer.pk),
        "reference": customer.reference,
        "email": describe_address(customer),
        "country": customer.country,
        "region": customer.region,
        "language": customer.language,
        "time_zone": customer.time_zone,
        "emails_about_looks": str(get_how_often(customer.pk)),
        "born_on": customer.born_on.isoformat() if customer.born_on else None,
        "needs_yes_of": customer.yes_of,
        "known_since": customer.created_at,
    }


def list_data(rights_request: RightsRequest, copy: OwnCopy, versions: Iterable[PurposeVersion]) -> list[Facts]:
    """List the requested categories with their records from the vault."""
    kinds = Category.objects.filter(pk__in=list(copy.records)).prefetch_related("fields")
    requested = [kind for kind in kinds if not rights_request.scope or kind.code in rights_request.scope]
    if rights_request.request_type == Type.PORTABILITY:
        given = {
            kind.pk for version in versions if version.legal_basis in PORTABLE for kind in version.categories.all()
        }
        requested = [kind for kind in requested if kind.pk in given]
    return [list_records(rights_request, kind, copy.records[kind.pk]) for kind in requested]


def list_records(rights_request: RightsRequest, kind: Category, records: list[OwnRecord]) -> Facts:
    category = {
        "category": kind.code,
        "title": kind.title,
        "term": kind.term,
        "source": kind.source,
        "entries": len(records),
    }
    if rights_request.gets_kinds_instead:
        return category | {"records": [], "withheld": "11 CCR 7024(a)"}
    if rights_request.tells_kinds_alone:
        return category | {"records": []}
    if rights_request.regime == Regime.CCPA and kind.term in NEVER_SENT:
        return category | {"records": [], "withheld": "11 CCR 7024(d)"}
    labels = {field.key: field.label for field in kind.fields.all()}
    return category | {"labels": labels, "records": [record.values for record in records]}


def describe_purpose(version: PurposeVersion) -> Facts:
    return {
        "purpose": version.purpose.code,
        "name": version.name,
        "legal_basis": str(version.legal_basis),
        "basis": str(LegalBasis(version.legal_basis).label),
        "categories": sorted(kind.code for kind in version.categories.all()),
        "recipients": sorted(recipient.code for recipient in version.recipients.all()),
        "recipient_names": sorted(recipient.name for recipient in version.recipients.all()),
        "kept": version.notice.retention,
        "stored_in": list(version.storage),
        "sale_or_sharing": version.sale,
    }


def list_used_purposes(customer: Customer, versions: Iterable[PurposeVersion]) -> list[PurposeVersion]:
    """List the purposes this customer's data may have been used for: those without consent as basis, or with theirs.

    Only their recipients can have received anything (GDPR Art 15(1)(c); CJEU C-154/21: the actual recipients).
    """
    agreed = Entry.objects.filter(customer=customer.pk, event__in=AGREED).values_list("purpose", flat=True)
    allowed = AccessRequest.objects.filter(customer=customer, grants__isnull=False)
    theirs = {*agreed.distinct(), *allowed.values_list("version__purpose__code", flat=True).distinct()}
    return [
        version for version in versions if version.legal_basis != LegalBasis.CONSENT or version.purpose.code in theirs
    ]


def list_recipients(versions: Iterable[PurposeVersion]) -> list[Facts]:
    recipients: dict[str, Recipient] = {
        recipient.code: recipient for version in versions for recipient in version.recipients.all()
    }
    return [
        {
            "recipient": recipient.code,
            "name": recipient.name,
            "kind": recipient.kind,
            "what": recipient.in_words,
            "address": recipient.address,
            "contact": recipient.contact,
            "country": recipient.country,
            "safeguard": recipient.safeguard,
        }
        for recipient in recipients.values()
    ]


def list_choices(rights_request: RightsRequest) -> list[Facts]:
    """List each choice as it stands, with every step that led there."""
    steps: dict[str, list[Facts]] = {}
    for entry in select_entries(rights_request).filter(event__regex=r"^(joint_)?consent\."):
        steps.setdefault(entry.purpose, []).append(
            {
                "sequence": entry.sequence,
                "at": entry.occurred_at,
                "event": entry.event,
                "status": entry.outcome,
                "status_name": str(Status(entry.outcome).label) if entry.outcome else "",
                "version": entry.facts.get("version"),
            }
        )
    choices = (
        Choice.objects.filter(customer=rights_request.customer_id)
        .select_related("version", "purpose")
        .order_by("purpose__code")
    )
    return [
        {
            "purpose": choice.purpose.code,
            "name": choice.version.name,
            "status": choice.status,
            "status_name": str(choice.get_status_display()),
            "since": choice.since,
            "valid_until": choice.valid_until,
            "history": steps.get(choice.purpose.code, []),
        }
        for choice in choices.prefetch_related("version__notices")
    ]


def list_marks(customer: Customer) -> list[Facts]:
    marks = Mark.objects.filter(customer=customer).select_related("purpose").order_by("placed_at")
    return [
        {
            "kind": mark.kind,
            "kind_name": str(mark.get_kind_display()),
            "purpose": mark.purpose.code if mark.purpose else None,
            "placed_at": mark.placed_at,
            "lifted_at": mark.lifted_at,
        }
        for mark in marks
    ]


def list_access_requests(rights_request: RightsRequest) -> list[Facts]:
    access_requests = AccessRequest.objects.filter(
        filter_period(rights_request, "filed_at"), customer=rights_request.customer_id
    )
    access_requests = access_requests.select_related("version").order_by("filed_at")
    recorders = locking.map_recorders(locking.select_spoken(access_requests.values("pk")))
    return [
        {
            "id": str(access_request.pk),
            "asked_by": access_request.asked_as,
            "purpose": access_request.version.name,
            "reason": str(access_request.get_reason_display()),
            "sentence": access_request.sentence,
            "categories": [kind.title for kind in access_request.categories.all()],
            "filed_at": access_request.filed_at,
            "state": access_request.state,
            "spoken": describe_spoken(recorders.get(access_request.pk, "")),
            "questions": list_questions(access_request),
            "yes_of_holders": list_assents(access_request),
            "grants": [
                {
                    "category": grant.category.title,
                    "from": grant.starts_at,
                    "until": grant.over_at,
                }
                for grant in access_request.grants.all()
            ],
        }
        for access_request in access_requests.prefetch_related(
            "version__notices", "categories", "grants__category", "enquiries", "assents"
        )
    ]


def list_proposed_requests(rights_request: RightsRequest) -> list[Facts]:
    """List what staff wanted to ask and their manager was to agree to first: it holds words about the customer."""
    proposed_requests = ProposedRequest.objects.filter(
        filter_period(rights_request, "proposed_at"), customer=rights_request.customer_id
    )
    proposed_requests = proposed_requests.select_related("version", "staff__staff_member").order_by("proposed_at", "pk")
    known = {kind.code: kind.title for kind in Category.objects.all()}
    listed = proposed_requests.prefetch_related("version__notices")
    return [describe_proposed_request(proposed, known) for proposed in listed]


def describe_proposed_request(proposed: ProposedRequest, known: dict[str, str]) -> Facts:
    return {
        "team": proposed.staff.staff_member.team,
        "purpose": proposed.version.name,
        "reason": str(proposed.get_reason_display()),
        "sentence": open_proposal_words(proposed, "words").get("sentence", ""),
        "why_not": open_proposal_words(proposed, "reason").get("reason", ""),
        "categories": [known.get(code, code) for code in proposed.categories],
        "proposed_at": proposed.proposed_at,
        "state": proposed.state,
        "decision": str(PROPOSAL_OUTCOMES[ProposalState(proposed.state)]),
    }


def list_assents(access_request: AccessRequest) -> list[Facts]:
    """List what single holders of a shared account said yes to, before all of them had."""
    titles = {kind.code: kind.title for kind in access_request.categories.all()}
    return [
        {
            "by": str(assent.given_by_id),
            "categories": [titles[code] for code in assent.categories],
            "seconds": int(assent.duration.total_seconds()),
            "given_at": assent.given_at,
        }
        for assent in access_request.assents.all()
    ]


def list_questions(access_request: AccessRequest) -> list[Facts]:
    """List what the customer asked before answering, and what they were told."""
    sent = selectors.list_enquiries(access_request)
    return [describe_question(query.question, query.sent_at, query.reply, query.replied_at) for query in sent]


def describe_question(question: str, asked_at: datetime, answer: str, answered_at: datetime | None) -> Facts:
    return {"question": question, "asked_at": asked_at, "answer": answer, "answered_at": answered_at}


def list_looks(rights_request: RightsRequest) -> list[Facts]:
    """List every opening of the vault; `by` names the requester as the customer's own page does."""
    assert rights_request.customer
    looks = openings.select_looks(rights_request.customer.pk).filter(filter_period(rights_request, "opened_at"))
    return [{"at": at} | facts for part in openings.describe_in_parts(looks, describe_look) for at, facts in part]


def describe_look(opening: Opening, exempted: dict[UUID, Exemption]) -> Facts:
    """Describe one opening, but for its moment; `without_permission`: the ground, if it rests on an exemption."""
    exemption = exempted.get(opening.grant.exemption) if opening.grant and opening.grant.exemption else None
    asked = exemption or (opening.grant.access_request if opening.grant else None)
    return {
        "kind": opening.kind,
        "by": asked.asked_as if asked else describe_looker(opening) if opening.staff else "",
        "what": describe_opened(opening) if opening.category else "",
        "purpose": asked.version.name if asked else "",
        "without_permission": describe_ground(exemption) if exemption else "",
    }


def list_privacy_requests(rights_request: RightsRequest) -> list[Facts]:
    requests = RightsRequest.objects.filter(
        filter_period(rights_request, "received_at"), customer=rights_request.customer_id
    )
    return [
        {
            "number": earlier.number,
            "type": earlier.request_type,
            "name": str(earlier.get_request_type_display()),
            "received_at": earlier.received_at,
            "state": earlier.state,
            "outcome": earlier.outcome,
            "questions": list_clarifications(earlier),
            "notes": list_notes_in_copy(earlier, rights_request),
            "yes_of_holders": list_joint_assents(earlier),
        }
        for earlier in requests.order_by("received_at", "filed_at").prefetch_related("register")
    ]


def list_joint_assents(rights_request: RightsRequest) -> list[Facts]:
    """List which holders of a shared account agreed to the request, by the number of their account."""
    given = JointAssent.objects.filter(
        customer=rights_request.customer_id, matter=JointAssent.Matter.RIGHT, object=str(rights_request.pk)
    )
    return [{"by": str(assent.given_by_id), "given_at": assent.given_at} for assent in given.order_by("given_at", "pk")]


def list_clarifications(rights_request: RightsRequest) -> list[Facts]:
    """List what we asked about the request, and what was replied."""
    return [
        describe_question(message.question, message.clarification.asked_at, message.reply, message.replied_at)
        for message in list_thread(rights_request)
    ]


def list_notes_in_copy(earlier: RightsRequest, rights_request: RightsRequest) -> list[Facts]:
    """List the internal notes on one of their requests, as they stood when the copy was answered: an officer had them
    before their eyes. What is about somebody else is blacked out, with the reason. Their authors are not named."""
    opened = open_notes(earlier, is_for_copy=True)
    return [
        {
            "written_at": one.note.written_at,
            "text": black_out(one.text, one.left_out),
            "left_out": one.why,
        }
        for one in opened
        if one.text and rights_request.responded_at and one.note.written_at <= rights_request.responded_at
    ]


def list_chain(rights_request: RightsRequest) -> list[Facts]:
    """List the customer's own chain of the ledger, with the hashes that verify it. `journal` has it in words."""
    return [
        {
            "sequence": entry.sequence,
            "at": entry.occurred_at,
            "event": entry.event,
            "by": entry.actor_kind,
            "purpose": entry.purpose,
            "outcome": entry.outcome,
            "hash": bytes(entry.hash).hex(),
        }
        for entry in select_entries(rights_request)
    ]


def select_entries(rights_request: RightsRequest) -> QuerySet[Entry]:
    """Select the customer's entries, up to the first of which a law forbids to tell yet: a gap would tell of it."""
    theirs = Entry.objects.filter(customer=rights_request.customer_id)
    entries = theirs.filter(filter_period(rights_request, "occurred_at")).order_by("id")
    withheld = exemptions.list_withheld_ids(rights_request.customer_id) if rights_request.customer_id else []
    first = theirs.filter(object__in=[str(id) for id in withheld]).order_by("id").first() if withheld else None
    return entries.filter(id__lt=first.pk) if first else entries


def list_files(rights_request: RightsRequest) -> Facts:
    """List what officers added from other systems, with what is left out and why; nothing where they added none."""
    files = [describe_file(path, added, facts) for path, added, facts in name_files(rights_request)]
    return {"files": files} if files else {}


def describe_file(path: str, added: AddedFile, facts: dict[str, str]) -> Facts:
    """Describe one file. `is_here` is false for what is left out whole, and once the content was removed."""
    return {
        "path": path if facts.get("name") else "",
        "system": added.system,
        "type": str(KINDS[added.kind].label) if added.kind else "",
        "bytes": added.size,
        "sha256": facts.get("sha256", ""),
        "left_out": str(added.left_out),
        "words": facts.get("words", ""),
        "is_here": added.chunks.exists(),
    }
