"""A receipt as JSON-LD, in terms of DPV 2.3 (standards.md 3.1). Pure: the same receipt gives the same object.

Every list stays a list, also of one; nothing in it is a value of the customer's.
"""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from consents.choices.receipts import terms
from consents.choices.receipts.parts import Controller, Event, Receipt, Record, ShownNotice
from consents.core.countries import EEA

Node = dict[str, Any]


def as_object(receipt: Receipt) -> Node:
    return {
        "@context": terms.CONTEXT,
        "@id": f"urn:uuid:{receipt.id}",
        "@type": "dpv:ConsentReceipt",
        "dct:conformsTo": terms.RECEIPT,
        "dct:identifier": str(receipt.id),
        "dct:created": moment(receipt.at),
        "dpv:hasRecordOfActivity": [record_of(receipt.record, receipt.controller)],
    }


def record_of(record: Record, controller: Controller) -> Node:
    subject = f"urn:uuid:{record.customer}"
    node: Node = {
        "@id": f"urn:uuid:{record.id}",
        "@type": "dpv:ConsentRecord",
        "dct:conformsTo": terms.RECORD_GDPR if controller.country in EEA else terms.RECORD,
        "dct:identifier": record.id,
        "dpv:hasDataSubject": {"@id": subject, "@type": "dpv:DataSubject", "dct:identifier": str(record.customer)},
        "dpv:hasDataController": controller_iri(controller),
        "dpv:hasJurisdiction": f"loc:{controller.country}",
        "dpv:hasApplicableLaw": laws(controller.country),
        "dpv:hasLegalBasis": bases(record),
        "dpv:hasNotice": [notice_of(notice) for notice in record.notices],
        "dpv:hasProcess": [process_of(record, notice, controller) for notice in latest_of_each_version(record)],
        "dpv:hasConsentStatus": [status_of(event, record, controller) for event in record.events],
        "dpv:hasEntity": entities(record, controller),
    }
    if record.shown:
        # The digest of the whole question: who asks, why, what, for how long.
        node["dct:references"] = named_by_hash(bytes.fromhex(record.shown))
    return {key: value for key, value in node.items() if value != []}


def laws(country: str) -> list[str]:
    if country in EEA:
        return ["legal-eu:law-GDPR"]
    return ["us:law-CA-CCPA"] if country == "US" else []


def bases(record: Record) -> list[str]:
    """As the notices say, consent as a rule; of special categories explicit consent besides (GDPR Art 9(2)(a))."""
    found = {f"eu-gdpr:{notice.content['legal_basis']}" for notice in record.notices}
    if any(notice.content["explicit"] and has_special(record, notice) for notice in record.notices):
        found.add("eu-gdpr:A9-2-a")
    return sorted(found)


def has_special(record: Record, notice: ShownNotice) -> bool:
    return any(category["special"] for category in categories_of(record, notice))


def notice_of(notice: ShownNotice) -> Node:
    """`rdf:value` is the exact text whose SHA-256 is the identifier: the proof of what was shown."""
    content = notice.content
    return {
        "@id": named_by_hash(bytes.fromhex(notice.hash)),
        "@type": "dpv:ConsentNotice",
        "dct:identifier": f"sha256:{notice.hash}",
        "dct:language": content["language"],
        "schema:version": str(content["version"]),
        "dct:date": moment(notice.published_at),
        "dct:title": content["name"],
        "dct:description": content["text"],
        "rdf:value": notice.canonical,
    }


def latest_of_each_version(record: Record) -> list[ShownNotice]:
    """What is done with the data hangs on the version, not on the language: one process for each."""
    by_version = {notice.content["version"]: notice for notice in record.notices}
    by_version[record.notice.content["version"]] = record.notice
    return [by_version[number] for number in sorted(by_version)]


def process_of(record: Record, notice: ShownNotice, controller: Controller) -> Node:
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
        "dpv:hasPersonalData": [data_of(category) for category in categories_of(record, notice)],
        "dpv:hasRecipient": [recipient_iri(one, controller) for one in content["recipients"]]
        or [controller_iri(controller)],
        "dpv:hasStorageCondition": storage(content, controller),
        "dpv:hasConsentControl": {"@type": "dpv:WithdrawConsent", "dpv:isExercisedAt": withdraw_at},
        "dpv:hasRight": [right(code, withdraw_at, controller) for code in terms.RIGHTS],
    }


def categories_of(record: Record, notice: ShownNotice) -> list[Mapping[str, Any]]:
    every = notice.content["categories"]
    return [one for one in every if record.categories is None or one["code"] in record.categories]


def data_of(category: Mapping[str, Any]) -> Node:
    kinds = ["dpv:PersonalData"]
    kinds += ["dpv:SensitivePersonalData"] if category["sensitive"] else []
    kinds += ["dpv:SpecialCategoryPersonalData"] if category["special"] else []
    return {
        "@type": kinds,
        "dct:identifier": category["code"],
        "dct:title": category["title"],
        "skos:broader": category["term"] or "dpv:PersonalData",
    }


def storage(content: Mapping[str, Any], controller: Controller) -> list[Node]:
    """Where nothing is said it lies where the company is, for as long as the consent stands."""
    places = [f"loc:{country}" for country in content["storage"] or [controller.country]]
    months = content["retention_months"]
    kept = duration("TemporalDuration", f"P{months}M") if months else duration("UntilEventDuration", "consent ended")
    return [
        {"@type": "dpv:StorageLocation", "dpv:hasLocation": places},
        {"@type": "dpv:StorageDuration", "dpv:hasDuration": kept},
    ]


def duration(kind: str, value: str) -> Node:
    return {"@type": f"dpv:{kind}", "rdf:value": value}


def right(code: str, withdraw_at: str, controller: Controller) -> Node:
    """Taking it back has its page; the help page says how to use the others and where to complain."""
    return {
        "@id": f"eu-gdpr:{code}",
        "dpv:isExercisedAt": withdraw_at if code == "A7-3" else f"{controller.portal}/help/",
    }


def status_of(event: Event, record: Record, controller: Controller) -> Node:
    kind = "ExplicitlyExpressedConsent" if event.explicit else "ExpressedConsent"
    node: Node = {
        "@id": named_by_hash(event.entry),
        "@type": [f"dpv:{event.status}", f"dpv:{kind}"],
        "dpv:isIndicatedAtTime": moment(event.at),
        "dpv:isIndicatedBy": speaker(event, record, controller),
        "dpv:hasIndicationMethod": event.method,
        "dpv:hasDuration": validity(event),
        "schema:softwareVersion": event.interface,
        "dct:source": f"urn:uuid:{event.evidence}" if event.evidence else "",
    }
    if event.notice:
        node["dpv:hasNotice"] = {"@id": named_by_hash(bytes.fromhex(event.notice))}
    return {key: value for key, value in node.items() if value != ""}


def speaker(event: Event, record: Record, controller: Controller) -> str:
    if event.by == "customer":
        return f"urn:uuid:{record.customer}"
    return controller_iri(controller) if event.by == "controller" else representative(event.by, record)


def representative(role: str, record: Record) -> str:
    """Who acts for the customer stays unnamed: the evidence names them while it is kept."""
    return f"urn:uuid:{record.customer}#{role}"


def validity(event: Event) -> Node:
    if event.lasts_until:
        return duration("UntilTimeDuration", moment(event.lasts_until))
    ends = "consent withdrawn" if event.status in terms.YES else "consent given"
    return duration("UntilEventDuration", ends)


def entities(record: Record, controller: Controller) -> list[Node]:
    """The parties: the company, whoever gets the data, whoever spoke for the customer."""
    company: Node = {
        "@id": controller_iri(controller),
        "@type": "dpv:DataController",
        "dpv:hasIdentifier": controller_iri(controller),
        "dpv:hasName": controller.name,
        "dpv:hasAddress": controller.address,
        "dpv:hasContact": controller.contact,
        "schema:url": controller.portal,
    }
    recipients = {
        recipient_iri(one, controller): party(one, controller)
        for notice in record.notices
        for one in notice.content["recipients"]
    }
    return [company, *recipients.values(), *representatives(record)]


def party(recipient: Mapping[str, Any], controller: Controller) -> Node:
    iri = recipient_iri(recipient, controller)
    return {
        "@id": iri,
        "@type": recipient["kind"],
        "dpv:hasIdentifier": iri,
        "dpv:hasName": recipient["name"],
        "dpv:hasAddress": recipient["address"],
        "dpv:hasContact": recipient["contact"],
    }


def representatives(record: Record) -> list[Node]:
    kinds = {"guardian": "dpv:GuardianOfDataSubject", "agent": "dpv:Agent"}
    roles = {event.by: None for event in record.events if event.by in kinds}
    return [{"@id": representative(role, record), "@type": kinds[role]} for role in roles]


def controller_iri(controller: Controller) -> str:
    return f"{controller.portal}/#controller"


def recipient_iri(recipient: Mapping[str, Any], controller: Controller) -> str:
    return f"{controller.portal}/#recipient-{recipient['code']}"


def named_by_hash(hash: bytes) -> str:
    """RFC 6920: a name that nothing else can have."""
    return f"ni:///sha-256;{urlsafe_b64encode(hash).rstrip(b'=').decode()}"


def moment(at: datetime) -> str:
    """Whole seconds, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
