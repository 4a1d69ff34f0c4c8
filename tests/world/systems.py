"""Systems of the company that take webhooks, and what they were told, for tests."""

import base64
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import parse_qsl, urlsplit

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from joserfc import jws
from joserfc.jwk import ECKey

from consents.accounts import company_sign_in_pages
from consents.accounts.company_sign_in import CompanySignIn, StaffPlace
from consents.choices.services import answering as choices_answering
from consents.choices.services import withdrawing
from consents.core.bearer_tokens import hash_token
from consents.systems import sending
from consents.systems.rules import Reply, System
from consents.systems.sending import deliver_due_webhooks
from portal.openapi import build_description

TOKEN, NEXT_TOKEN = "of-the-newsletter", "of-the-newsletter-next"


class Asking:
    """`newsletter`, which may ask for `offers`; or whoever has this token."""

    def __init__(self, token: str = TOKEN) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"})

    def send(self, content: Any, path: str = "evaluation", **headers: str) -> HttpResponse:
        body = content if isinstance(content, str | bytes) else json.dumps(content)
        response = self.client.post(f"/access/v1/{path}", body, "application/json", headers=headers)
        assert response.status_code < 500, response.content
        return response

    def ask(self, content: Any, path: str = "evaluation") -> dict[str, Any]:
        response = self.send(content, path)
        assert response.status_code == 200, response.content
        return response.json()

    def ask_all(self, *items: Any, semantic: str = "execute_all", **defaults: Any) -> list[dict[str, Any]]:
        options = {"evaluations_semantic": semantic}
        answer = self.ask({"evaluations": list(items), "options": options, **defaults}, "evaluations")
        assert set(answer) == {"evaluations"}
        return answer["evaluations"]


def let_ask(settings: Any, *purposes: str) -> Asking:
    """Let the newsletter ask for these purposes, `offers` where none is named."""
    settings.PORTAL_SYSTEMS = (System("newsletter", frozenset(purposes or ["offers"]), (hash_token(TOKEN),)),)
    return Asking()


def question(customer: str, purpose: str = "offers", category: str = "contact", **changes: Any) -> dict[str, Any]:
    asked = {
        "subject": {"type": "system", "id": "newsletter"},
        "action": {"name": purpose},
        "resource": {"type": category, "id": customer},
    }
    return asked | changes


def agree(who: Any, version: Any) -> None:
    choices_answering.give_consent(
        customer=who.customer.pk, purpose=version.purpose.code, version=version.pk, by=who.actor
    )


def withdraw(who: Any, version: Any) -> None:
    withdrawing.withdraw_consent(customer=who.customer.pk, purpose=version.purpose.code, by=who.actor)


TAKEN = Reply(204)


def make_system(name: str, *purposes: str, address: str = "https://receiver.example/hooks", **more: Any) -> System:
    return System(name, frozenset(purposes), (hash_token(name),), address, **more)


@dataclass
class Told:
    """One try: what came, and with which headers."""

    system: str
    body: bytes
    headers: dict[str, str]

    @property
    def type(self) -> str:
        return self.content["type"]

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass
class Receivers:
    """Stands where the network begins. `replies`: of the next tries, in order; then everything is taken."""

    folder: Path
    tries: list[Told] = field(default_factory=list)
    replies: deque[Reply] = field(default_factory=deque)
    broken: dict[str, Reply] = field(default_factory=dict)

    def take(self, system: System, body: bytes, headers: dict[str, str], now: Any) -> Reply:
        self.tries.append(Told(system.name, body, dict(headers)))
        if system.name in self.broken:
            return self.broken[system.name]
        return self.replies.popleft() if self.replies else TAKEN

    def deliver(self) -> list[tuple[str, str]]:
        """Run the job; return what was tried by it: system and type."""
        before = len(self.tries)
        deliver_due_webhooks()
        return [(told.system, told.type) for told in self.tries[before:]]


def receive(monkeypatch: Any, folder: Path, *systems: System) -> Receivers:
    """Let these systems take webhooks, each with a secret of its own."""
    assert settings.KEYRING.current  # read before the folder is another one
    monkeypatch.setattr(settings, "PORTAL_SYSTEMS", systems)
    monkeypatch.setattr(settings, "PORTAL_KEYS", folder)
    for system in systems:
        sending.make_secret(folder, system.name)
    receivers = Receivers(folder)
    monkeypatch.setattr(sending, "post_webhook", receivers.take)
    return receivers


def find_description(kind: str) -> dict[str, Any]:
    """What /api/openapi.json says of a webhook."""
    return build_description()["webhooks"][kind]["post"]


def is_as_described(body: bytes) -> bool:
    """By a validator that is not ours; with no member more than is described."""
    from jsonschema import Draft202012Validator  # here, so that no worker loads it that does not judge

    content = json.loads(body)
    schema = find_description(content["type"])["requestBody"]["content"]["application/json"]["schema"]
    members = schema["properties"]["data"].get("properties", {})
    whole = set(content) == set(schema["properties"]) and set(content["data"]) == set(members)
    return whole and Draft202012Validator(schema).is_valid(content)


def is_signed_with(secret: str, told: Told) -> bool:
    """As a receiver checks it, by the words of the specification and nothing of the portal's own."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = b".".join([told.headers["webhook-id"].encode(), told.headers["webhook-timestamp"].encode(), told.body])
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(given, f"v1,{expected}") for given in told.headers["webhook-signature"].split(" "))


ISSUER = "https://id.example.com"
PLACES = {
    "privacy-office": StaffPlace("privacy_officer", "Privacy"),
    "shop-support": StaffPlace("requester", "Billing Support"),
}
RITA = {"sub": "rita-1", "email": "rita@example.com", "email_verified": True, "given_name": "Rita", "family_name": "R"}
KEY = ECKey.generate_key("P-256", parameters={"kid": "one", "use": "sig", "alg": "ES256"})
DESCRIPTION = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


def make_sign_in(id: str = "staff", **values: Any) -> CompanySignIn:
    facts = {"issuer": ISSUER, "client": "portal", "secret": "s", "name": "Example Co", "scopes": ("openid", "email")}
    return CompanySignIn(id, **facts | values)


def begin(client: Client, id: str = "staff", **query: str) -> dict[str, str]:
    """Press the button; return what the provider is asked."""
    response = client.get(f"/accounts/oidc/{id}/login/", query)
    assert response.status_code == 302 and response.url.startswith(f"{ISSUER}/authorize"), response
    return dict(parse_qsl(urlsplit(response.url).query))


def come_back(client: Client, asked: dict[str, str], said: dict[str, Any], id: str = "staff", key: Any = KEY, **query):
    """Come back from the provider, which says this of the person; `None` leaves a claim out."""
    now = int(time.time())
    usual = {"iss": ISSUER, "aud": "portal", "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
    claims = {name: value for name, value in (usual | said).items() if value is not None}
    token = jws.serialize_compact({"alg": "ES256", "kid": "one"}, json.dumps(claims), key)
    answer = {"access_token": "a", "id_token": token}
    back = {"code": "c", "state": asked["state"]} | query
    with mock.patch.object(company_sign_in_pages.CompanyAdapter, "get_access_token_data", return_value=answer):
        return client.get(f"/accounts/oidc/{id}/login/callback/", back)


@contextmanager
def answering(**addresses: Any) -> Iterator[None]:
    """Let the provider describe itself as usual, or as said: by address, an object or what is raised."""
    known = {
        f"{ISSUER}/.well-known/openid-configuration": DESCRIPTION,
        f"{ISSUER}/keys": {"keys": [KEY.as_dict(private=False)]},
    } | addresses

    def fetch(address: str, token: str = "") -> Any:
        found = known[address]
        if isinstance(found, Exception):
            raise found
        return found

    with mock.patch.object(company_sign_in_pages, "fetch_object", fetch):
        yield
