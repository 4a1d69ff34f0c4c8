"""Systems of the company that take webhooks, and what they were told, for tests."""

import base64
import hashlib
import hmac
import json
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from consents.core.bearer_tokens import hash_token
from consents.systems import sending
from consents.systems.rules import Reply, System
from consents.systems.sending import deliver_due_webhooks
from portal.openapi import build_description

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
