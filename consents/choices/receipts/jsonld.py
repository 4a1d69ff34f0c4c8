"""Write a receipt as JSON-LD in terms of DPV 2.3. Pure: the same receipt gives the same object.

Every list stays a list, even of one item; nothing in it is a personal value of the customer.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from consents.choices.receipts.parts import Controller, Event, Receipt, Record, ShownNotice
from consents.choices.rules import YES
from consents.core.countries import EEA

Node = dict[str, Any]


def build_receipt_object(receipt: Receipt) -> Node:
    return {
        "@context": CONTEXT,
        "@id": f"urn:uuid:{receipt.id}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": RECEIPT,
        "dct:identifier": str(receipt.id),
        "dct:created": format_utc(receipt.at),
        "dpv:hasRecordOfActivity": [build_record(receipt.record, receipt.controller)],
    }


def build_record(record: Record, controller: Controller) -> Node:
    subject = f"urn:uuid:{record.customer}"
    node: Node = {
        "@id": f"urn:uuid:{record.id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": RECORD_GDPR if controller.country in EEA else RECORD,
        "dct:identifier": record.id,
        "dpv:hasDataSubject": {"@id": subject, "@type": "dpv:DataSubject", "dct:identifier": str(record.customer)},
        "dpv:hasDataController": get_controller_iri(controller),
        "dpv:hasJurisdiction": f"loc:{controller.country}",
        "dpv:hasApplicableLaw": list_laws(controller.country),
        "dpv:hasLegalBasis": list_bases(record),
        "dpv:hasNotice": [build_notice(notice) for notice in record.notices],
        "dpv:hasProcess": [build_process(record, notice, controller) for notice in list_latest_notices(record)],
        "dpv:hasConsentStatus": [build_status(event, record, controller) for event in record.events],
        "dpv:hasEntity": build_entities(record, controller),
    }
    if record.shown:
        # The digest of the whole question: who asks, why, what, for how long.
        node["dct:references"] = get_hash_iri(bytes.fromhex(record.shown))
    return {key: value for key, value in node.items() if value != []}


def list_laws(country: str) -> list[str]:
    if country in EEA:
        return ["legal-eu:law-GDPR"]
    return ["us:law-CA-CCPA"] if country == "US" else []


def list_bases(record: Record) -> list[str]:
    """List the legal bases of the notices, and explicit consent for special categories (GDPR Art 9(2)(a))."""
    bases = {f"eu-gdpr:{notice.content['legal_basis']}" for notice in record.notices}
    if any(notice.content["explicit"] and has_special(record, notice) for notice in record.notices):
        bases.add("eu-gdpr:A9-2-a")
    return sorted(bases)


def has_special(record: Record, notice: ShownNotice) -> bool:
    return any(category["special"] for category in list_agreed_categories(record, notice))


def build_notice(notice: ShownNotice) -> Node:
    """Build the notice. `rdf:value` is the exact text whose SHA-256 is the identifier: the proof of what was shown."""
    content = notice.content
    return {
        "@id": get_hash_iri(bytes.fromhex(notice.hash)),
        "@type": "dpv:ConsentNotice",
        "dct:identifier": f"sha256:{notice.hash}",
        "dct:language": content["language"],
        "schema:version": str(content["version"]),
        "dct:date": format_utc(notice.published_at),
        "dct:title": content["name"],
        "dct:description": content["text"],
        "rdf:value": notice.canonical,
    }


def list_latest_notices(record: Record) -> list[ShownNotice]:
    """List one notice per version: the processing depends on the version, not on the language."""
    by_version = {notice.content["version"]: notice for notice in record.notices}
    by_version[record.notice.content["version"]] = record.notice
    return [by_version[number] for number in sorted(by_version)]


def build_process(record: Record, notice: ShownNotice, controller: Controller) -> Node:
    content = notice.content
    purpose = {
        "@id": f"{controller.portal}/choices/#purpose-{content['purpose']}",
        "@type": "dpv:Purpose",
        "dct:title": content["name"],
        "skos:broader": content["dpv_purpose"] or "dpv:Purpose",
    }
    withdraw_at = controller.portal + record.path
    return {
        "@type": "dpv:Process",
        "dct:identifier": f"{content['purpose']}/{content['version']}",
        "dpv:hasPurpose": purpose,
        "dpv:hasPersonalData": [build_data(category) for category in list_agreed_categories(record, notice)],
        "dpv:hasRecipient": [get_recipient_iri(recipient, controller) for recipient in content["recipients"]]
        or [get_controller_iri(controller)],
        "dpv:hasStorageCondition": build_storage(content, controller),
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": withdraw_at},
        "dpv:hasRight": [build_right(code, withdraw_at, controller) for code in RIGHTS],
    }


def list_agreed_categories(record: Record, notice: ShownNotice) -> list[Mapping[str, Any]]:
    every = notice.content["categories"]
    return [category for category in every if record.categories is None or category["code"] in record.categories]


def build_data(category: Mapping[str, Any]) -> Node:
    kinds = ["dpv:PersonalData"]
    kinds += ["dpv:SensitivePersonalData"] if category["sensitive"] else []
    kinds += ["dpv:SpecialCategoryPersonalData"] if category["special"] else []
    return {
        "@type": kinds,
        "dct:identifier": category["code"],
        "dct:title": category["title"],
        "skos:broader": category["term"] or "dpv:PersonalData",
    }


def build_storage(content: Mapping[str, Any], controller: Controller) -> list[Node]:
    """Default to the company's country, for as long as the consent is in force."""
    places = [f"loc:{country}" for country in content["storage"] or [controller.country]]
    months = content["retention_months"]
    kept = (
        build_duration("TemporalDuration", f"P{months}M")
        if months
        else build_duration("UntilEventDuration", "consent ended")
    )
    return [
        {"@type": "dpv:StorageLocation", "dpv:hasLocation": places},
        {"@type": "dpv:StorageDuration", "dpv:hasDuration": kept},
    ]


def build_duration(kind: str, value: str) -> Node:
    return {"@type": f"dpv:{kind}", "rdf:value": value}


def build_right(code: str, withdraw_at: str, controller: Controller) -> Node:
    """Point withdrawal to its page, the other rights and complaints to the help page."""
    return {
        "@id": f"eu-gdpr:{code}",
        "dpv:isExercisedAt": withdraw_at if code == "A7-3" else f"{controller.portal}/help/",
    }


def build_status(event: Event, record: Record, controller: Controller) -> Node:
    kind = "ExplicitlyExpressedConsent" if event.explicit else "ExpressedConsent"
    node: Node = {
        "@id": get_hash_iri(event.entry),
        "@type": [f"dpv:{event.status}", f"dpv:{kind}"],
        "dpv:isIndicatedAtTime": format_utc(event.at),
        "dpv:isIndicatedBy": get_speaker_iri(event, record, controller),
        "dpv:hasIndicationMethod": event.method,
        "dpv:hasDuration": build_validity(event),
        "schema:softwareVersion": event.interface,
        "dct:source": f"urn:uuid:{event.evidence}" if event.evidence else "",
        "dpv:hasNotice": {"@id": get_hash_iri(bytes.fromhex(event.notice))},
    }
    return {key: value for key, value in node.items() if value != ""}


def get_speaker_iri(event: Event, record: Record, controller: Controller) -> str:
    if event.by == "customer":
        return f"urn:uuid:{record.customer}"
    return get_controller_iri(controller) if event.by == "controller" else get_representative_iri(event.by, record)


def get_representative_iri(role: str, record: Record) -> str:
    """Name a representative by role only; the evidence names the person while it is kept."""
    return f"urn:uuid:{record.customer}#{role}"


def build_validity(event: Event) -> Node:
    if event.lasts_until:
        return build_duration("UntilTimeDuration", format_utc(event.lasts_until))
    ends = "consent withdrawn" if event.status in YES else "consent given"
    return build_duration("UntilEventDuration", ends)


def build_entities(record: Record, controller: Controller) -> list[Node]:
    """Build the parties: the company, recipients of the data, and who spoke for the customer."""
    company = build_party(get_controller_iri(controller), "dpv:DataController", asdict(controller))
    recipients = {
        recipient["code"]: build_party(get_recipient_iri(recipient, controller), recipient["kind"], recipient)
        for notice in record.notices
        for recipient in notice.content["recipients"]
    }
    representatives = build_representatives(record, controller)
    return [company | {"schema:url": controller.portal}, *recipients.values(), *representatives]


def build_party(iri: str, kind: str, facts: Mapping[str, Any]) -> Node:
    return {
        "@id": iri,
        "@type": kind,
        "dpv:hasIdentifier": iri,
        "dpv:hasName": facts["name"],
        "dpv:hasAddress": facts["address"],
        "dpv:hasContact": facts["contact"],
    }


def build_representatives(record: Record, controller: Controller) -> list[Node]:
    """Build who spoke for the customer, as a party that is whole (ISO/IEC TS 27560, party) and stays unnamed: a receipt
    outlives erasure. Who it was the company knows, and through the company they are reached."""
    kinds = {"guardian": "dpv:GuardianOfDataSubject", "agent": "dpv:Agent"}
    reached = {"address": f"c/o {controller.name}, {controller.address}", "contact": controller.contact}
    return [
        build_party(
            get_representative_iri(role, record),
            kinds[role],
            reached | {"name": f"{role} of the customer, known to {controller.name}"},
        )
        for role in dict.fromkeys(event.by for event in record.events if event.by in kinds)
    ]


def get_controller_iri(controller: Controller) -> str:
    return f"{controller.portal}/#controller"


def get_recipient_iri(recipient: Mapping[str, Any], controller: Controller) -> str:
    return f"{controller.portal}/#recipient-{recipient['code']}"


def get_hash_iri(hash: bytes) -> str:
    """Return the hash as a name of its content (RFC 6920)."""
    return f"ni:///sha-256;{urlsafe_b64encode(hash).rstrip(b'=').decode()}"


def format_utc(at: datetime) -> str:
    """Format in whole seconds, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# The vocabulary of receipts: its prefixes, and the shapes they conform to. Terms are of DPV 2.3.
#
# DPV publishes no JSON-LD context, so ours goes into each receipt: it reads without network.

PREFIXES = {
    "dpv": "https://w3id.org/dpv#",
    "pd": "https://w3id.org/dpv/pd#",
    "loc": "https://w3id.org/dpv/loc#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "legal-eu": "https://w3id.org/dpv/legal/eu#",
    "us": "https://w3id.org/dpv/legal/us#",
    "dct": "http://purl.org/dc/terms/",
    "schema": "https://schema.org/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
LINKS = [
    "dct:conformsTo",
    "dct:references",
    "dct:source",
    "dpv:hasApplicableLaw",
    "dpv:hasDataController",
    "dpv:hasJurisdiction",
    "dpv:hasLegalBasis",
    "dpv:hasLocation",
    "dpv:hasRecipient",
    "dpv:isExercisedAt",
    "dpv:isIndicatedBy",
    "skos:broader",
]
MOMENTS = ["dct:created", "dct:date", "dpv:isIndicatedAtTime"]
CONTEXT = {
    **PREFIXES,
    **{term: {"@type": "@id"} for term in LINKS},
    **{term: {"@type": "xsd:dateTime"} for term in MOMENTS},
}

RECEIPT = "https://w3id.org/dpv/schema/dpv-27560#receipt"
RECORD = "https://w3id.org/dpv/schema/dpv-27560#record"
RECORD_GDPR = "https://w3id.org/dpv/schema/dpv-27560#record-eu-gdpr"

RIGHTS = ["A7-3", "A15", "A16", "A17", "A18", "A20", "A77"]
