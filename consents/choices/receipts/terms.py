"""The vocabulary of receipts: prefixes, and every term they may use.

DPV terms are from release 2.3; those of the catalogue are in `catalogue.terms`.
DPV publishes no JSON-LD context, so ours goes into each receipt: it reads without network.
"""

from consents.catalogue import terms as catalogue

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

STATUSES = {
    "ConsentUnknown",
    "ConsentRequested",
    "ConsentRequestDeferred",
    "ConsentRefused",
    "ConsentGiven",
    "RenewedConsentGiven",
    "ConsentWithdrawn",
    "ConsentRevoked",
    "ConsentExpired",
    "ConsentInvalidated",
}
YES = {"ConsentGiven", "RenewedConsentGiven"}
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
RIGHTS = ["A7-3", "A15", "A16", "A17", "A18", "A20", "A77"]

# Every DPV term a receipt may hold; countries are `loc:` and their two letters.
USED = frozenset(
    [f"dpv:{name}" for name in STATUSES | CONSENT_TYPES | DURATIONS | CLASSES | PROPERTIES]
    + [f"eu-gdpr:{code}" for code in [*RIGHTS, *(f"A6-1-{letter}" for letter in "abcdef"), "A9-2-a"]]
    + ["legal-eu:law-GDPR", "us:law-CA-CCPA"]
    + catalogue.PERSONAL_DATA
    + catalogue.PURPOSES
)
