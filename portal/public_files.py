"""Describe the files that everybody may read, for programs that read them."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from django.conf import settings
from django.urls import resolve, reverse

from consents.core.jose import ALGORITHM
from consents.core.keys import PUBLISHED
from consents.decisions.api.description import OBJECT, Schema, build_array_schema, build_object_schema
from consents.decisions.api.pages import ENDPOINTS
from consents.insights.customers.presenting import FORMAT as OF_TRUST
from consents.insights.figures import Figure
from consents.ledger.pages import FORMAT as OF_LEDGER
from consents.ledger.proofs import CONSISTENCY_FORMAT

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
TEXTS = build_array_schema(TEXT)
WORDS: Schema = OBJECT | {"additionalProperties": TEXT}
BOTH = (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE)
KEYS_KIND = "application/jwk-set+json"


class PublicFile(NamedTuple):
    """A file that everybody may read: the name of its address, what it is, its schema and content type.

    `numbers`: the names of those in its path.
    """

    name: str
    summary: str
    schema: Schema
    kind: str = "application/json"
    statuses: Sequence[int] = (200,)
    numbers: Sequence[str] = ()

    @property
    def path(self) -> str:
        """Return its path, with the names of its numbers in braces."""
        route = resolve(reverse(self.name, kwargs=dict.fromkeys(self.numbers, 1))).route
        return re.sub(r"<int:(\w+)>", r"{\1}", f"/{route}")


def list_public_files() -> list[PublicFile]:
    files = [
        PublicFile(
            "jwks", "The keys that receipts and exports verify with (RFC 7517).", build_keys_schema(), KEYS_KIND
        ),
        PublicFile("ledger", "What the ledger’s log is, and its newest signed checkpoint.", build_ledger_schema()),
        PublicFile(
            "ledger_consistency",
            "The proof that the checkpoint of one size continues that of another (RFC 9162, 2.1.4).",
            build_consistency_schema(),
            numbers=("older", "newer"),
        ),
        PublicFile("trust_data", "What the company promises and publishes about itself.", build_trust_schema()),
        PublicFile("gpc", "That Global Privacy Control is honoured, and since when.", build_signal_schema()),
        PublicFile("readyz", "The state of each part in a word.", WORDS, statuses=BOTH),
    ]
    if settings.PORTAL_SYSTEMS:
        members = dict.fromkeys(["policy_decision_point", *ENDPOINTS], TEXT | {"format": "uri"})
        summary = "Where systems ask (AuthZEN Authorization API 1.0, section 9)."
        files.append(PublicFile("decisions:decision_point", summary, build_object_schema(members)))
    return files


def build_keys_schema() -> Schema:
    signs = {"enum": list(PUBLISHED)}
    marks = {"kty": {"const": "OKP"}, "crv": {"const": "Ed25519"}, "use": {"const": "sig"}, "alg": {"const": ALGORITHM}}
    key = build_object_schema(marks | {"x": TEXT, "kid": TEXT, "signs": signs})
    withdrawn = build_object_schema({"kid": TEXT, "signs": signs, "withdrawn_since": TEXT | {"format": "date"}})
    return build_object_schema({"keys": build_array_schema(key), "withdrawn": build_array_schema(withdrawn)})


def build_ledger_schema() -> Schema:
    key = build_object_schema({"pem": TEXT, "verifier_keys": TEXTS})
    members = {"format": {"const": OF_LEDGER}, "log": TEXT, "keys": build_array_schema(key)}
    return build_object_schema(members | {"checkpoint": {"type": ["string", "null"]}})


def build_consistency_schema() -> Schema:
    return build_object_schema({"format": {"const": CONSISTENCY_FORMAT}, "older": TEXT, "newer": TEXT, "path": TEXTS})


def build_trust_schema() -> Schema:
    hidden = {"type": ["integer", "null"], "description": "Null where the number is hidden, never where it is zero."}
    figures = OBJECT | {"propertyNames": {"enum": list(Figure.values)}, "additionalProperties": hidden}
    month = build_object_schema(
        {"month": TEXT, "minimum": NUMBER, "figures": figures, "answer_minutes": hidden, "entry": NUMBER}
    )
    promise = build_object_schema({"code": TEXT, "title": TEXT, "words": TEXT, "check": TEXT, "links": TEXTS})
    recorded = ["recorded_of_an_answer", "asked_of_staff", "asked_of_the_customer"]
    refusal = build_object_schema(dict.fromkeys(recorded, TEXTS))
    members = {"format": {"const": OF_TRUST}, "company": TEXT, "months": build_array_schema(month)}
    return build_object_schema(members | {"promises": build_array_schema(promise), "refusal": refusal})


def build_signal_schema() -> Schema:
    return build_object_schema({"gpc": {"const": True}, "lastUpdate": TEXT | {"format": "date"}})
