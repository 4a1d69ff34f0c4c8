"""Addresses of the officers' pages of data breaches, inside the admin."""

from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from consents.breaches.staff import pages


def list_breach_urls(gate: Callable[..., Any]) -> list[URLPattern]:
    """List the addresses, each behind the gate of the staff site."""
    return [
        path("breaches/", gate(pages.show_breaches), name="breaches_list"),
        path("breaches/new/", gate(pages.record_new_breach), name="breaches_new"),
        path("breaches/<uuid:id>/", gate(pages.show_breach), name="breaches_case"),
        path("breaches/<uuid:id>/assess/", gate(pages.assess_case), name="breaches_assess"),
        path("breaches/<uuid:id>/authority/", gate(pages.settle_with_authority), name="breaches_authority"),
        path("breaches/<uuid:id>/tell/", gate(pages.announce_breach), name="breaches_announce"),
        path("breaches/<uuid:id>/close/", gate(pages.close_case), name="breaches_close"),
        path("breaches/words/<uuid:id>/", gate(pages.decide_words), name="breaches_decide"),
    ]
