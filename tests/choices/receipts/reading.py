"""Reading a receipt as an auditor would: jwcrypto, JSON-LD by rdflib, DPV terms, SHACL shapes.

Nothing of the portal's own but its prefixes and its lists of codes.
"""

import json
from pathlib import Path

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from pyshacl import validate
from rdflib import Graph, Literal, URIRef

from consents.catalogue.terms import PERSONAL_DATA, PURPOSES
from consents.choices.receipts.jsonld import PREFIXES, RIGHTS
from consents.choices.rules import Status

SHAPES = Graph().parse(Path(__file__).parent / "shapes.ttl")
CONSENT_TYPES = {"ExpressedConsent", "ExplicitlyExpressedConsent"}
DURATIONS = {"TemporalDuration", "UntilTimeDuration", "UntilEventDuration", "EndlessDuration"}
CLASSES = {
    "ConsentReceipt",
    "ConsentRecord",
    "ConsentNotice",
    "DataSubject",
    "DataController",
    "DataProcessor",
    "JointDataControllers",
    "ThirdParty",
    "GuardianOfDataSubject",
    "Agent",
    "Process",
    "Purpose",
    "PersonalData",
    "SensitivePersonalData",
    "SpecialCategoryPersonalData",
    "StorageLocation",
    "StorageDuration",
    "WithdrawConsent",
}
PROPERTIES = {
    "hasRecordOfActivity",
    "hasDataSubject",
    "hasDataController",
    "hasJurisdiction",
    "hasApplicableLaw",
    "hasLegalBasis",
    "hasNotice",
    "hasProcess",
    "hasPurpose",
    "hasPersonalData",
    "hasRecipient",
    "hasStorageCondition",
    "hasLocation",
    "hasDuration",
    "hasConsentControl",
    "hasRight",
    "isExercisedAt",
    "hasConsentStatus",
    "isIndicatedAtTime",
    "isIndicatedBy",
    "hasIndicationMethod",
    "hasEntity",
    "hasIdentifier",
    "hasName",
    "hasAddress",
    "hasContact",
}
# Every DPV term that a receipt may hold, looked up in release 2.3; countries are `loc:` and their two letters.
USED = frozenset(
    [f"dpv:{name}" for name in {*Status} | CONSENT_TYPES | DURATIONS | CLASSES | PROPERTIES]
    + [f"eu-gdpr:{code}" for code in [*RIGHTS, *(f"A6-1-{letter}" for letter in "abcdef"), "A9-2-a"]]
    + ["legal-eu:law-GDPR", "us:law-CA-CCPA"]
    + PERSONAL_DATA
    + PURPOSES
)
# Vocabularies besides DPV, and what of them receipts use.
OTHERS = {
    "dct": {"conformsTo", "created", "date", "description", "identifier", "language", "references", "source", "title"},
    "schema": {"softwareVersion", "url", "version"},
    "skos": {"broader"},
    "rdf": {"type", "value"},
    "xsd": {"dateTime"},
}


def verified(text: str, published: dict) -> dict:
    """By the published keys and a library that the portal does not sign with; raises what that library raises."""
    kid = json.loads(JWS.from_jose_token(text).objects["protected"])["kid"]
    token = JWS()
    token.allowed_algs = ["Ed25519"]
    token.deserialize(text, JWK(**next(key for key in published["keys"] if key["kid"] == kid)))
    return json.loads(token.payload)


def statuses(receipt: dict) -> list[str]:
    """Every event of the record, oldest first."""
    record = receipt["dpv:hasRecordOfActivity"][0]
    return [event["@type"][0].removeprefix("dpv:") for event in record["dpv:hasConsentStatus"]]


def graph_of(receipt: dict) -> Graph:
    return Graph().parse(data=json.dumps(receipt), format="json-ld")


def faults_of(receipt: dict) -> str:
    """What the shapes say against it; empty when it conforms."""
    conforms, _graph, text = validate(graph_of(receipt), shacl_graph=SHAPES, inference="none")
    return "" if conforms else text


def iris_of(graph: Graph) -> set[str]:
    terms = {term for triple in graph for term in triple}
    iris = {str(term) for term in terms if isinstance(term, URIRef)}
    return iris | {str(term.datatype) for term in terms if isinstance(term, Literal) and term.datatype}


def unknown_terms(receipt: dict) -> set[str]:
    """IRIs in the namespaces of the vocabularies that are no term of theirs (DPV: none of release 2.3 that we use)."""
    known = {f"{PREFIXES[term.split(':')[0]]}{term.split(':')[1]}" for term in USED}
    known |= {f"{PREFIXES[prefix]}{name}" for prefix, names in OTHERS.items() for name in names}
    spaces = tuple(space for prefix, space in PREFIXES.items() if prefix != "loc")
    return {iri for iri in iris_of(graph_of(receipt)) if iri.startswith(spaces)} - known
