"""Look whether the company's other systems ask about purposes in use, and are told of what changes."""

from collections.abc import Iterator

from django.conf import settings

from consents.catalogue.selectors import select_in_force
from consents.systems.selectors import list_told_systems, select_troubled_receivers
from consents.systems.signing import NoSecret, read_secrets

OK, WARNING, WRONG = "ok", "look", "wrong"
Found = Iterator[tuple[str, str]]


def check_systems() -> Found:
    purposes = set(select_in_force().values_list("purpose__code", flat=True))
    for system in settings.PORTAL_SYSTEMS:
        if unknown := ", ".join(sorted(system.purposes - purposes)):
            yield WARNING, f"PORTAL_SYSTEMS names purposes of {system.name} that are not in use here: {unknown}."
    yield from check_receivers()
    yield OK, f"Systems that may ask for decisions, about purposes in use alone: {len(settings.PORTAL_SYSTEMS)}."


def check_receivers() -> Found:
    for system in list_told_systems():
        try:
            read_secrets(settings.PORTAL_KEYS, system.name)
        except NoSecret:
            yield WRONG, f"{system.name} is told nothing: `manage.py make_webhook_secret {system.name}` first."
    for receiver in select_troubled_receivers():
        yield WARNING, f"{receiver.name} misses webhooks ({receiver.waiting} waiting, {receiver.given_up} given up)."
