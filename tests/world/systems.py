"""A system of the company as it asks the portal for decisions, for tests."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from consents.choices.services import answering, withdrawing
from consents.core.bearer_tokens import hash_token
from consents.systems.rules import System

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
    answering.give_consent(customer=who.customer.pk, purpose=version.purpose.code, version=version.pk, by=who.actor)


def withdraw(who: Any, version: Any) -> None:
    withdrawing.withdraw_consent(customer=who.customer.pk, purpose=version.purpose.code, by=who.actor)
