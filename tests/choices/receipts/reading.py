"""Reading a receipt as an auditor would: jwcrypto, JSON-LD by rdflib, DPV terms, SHACL shapes.

Nothing of the portal's own but its list of terms.
"""

import json
from pathlib import Path

from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS
from pyshacl import validate
from rdflib import Graph, Literal, URIRef

from consents.choices.receipts.terms import PREFIXES, USED

SHAPES = Graph().parse(Path(__file__).parent / "shapes.ttl")
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
