"""The vocabulary of receipts: its prefixes, and the shapes they conform to. Terms are of DPV 2.3.

DPV publishes no JSON-LD context, so ours goes into each receipt: it reads without network.
"""

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
