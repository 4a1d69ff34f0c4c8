"""No entry that somebody with the application's password could append makes a page or an export fail: nobody could take
it back again."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, product
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from consents.choices.models import Choice
from consents.choices.receipts.issuing import ISSUERS
from consents.choices.receipts.selectors import select_receipts
from consents.exports.kinds import Dataset
from consents.ledger.event_words import registered
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from tests.architecture.recorded_events import sources
from tests.world import exports
from tests.world.cast import signed_in
from tests.world.lived_in import pages_of

# Whatever the sources read of an entry's details.
FACT = re.compile(
    r"""facts(?:\.get\(|\[)["'](\w+)|\.find_\w+\("(\w+)"|"(\w+)" in \w*\.?facts|->>? '(\w+)'|facts \? '(\w+)'"""
)
FACTS = sorted({name for text in sources().values() for names in FACT.findall(text) for name in names if name})
SPOILED: dict[str, Any] = {"nothing": None, "a word": "x", "a list": ["x"], "a number": 2**53 - 1, "no end": "infinity"}


@pytest.fixture
def pages(lived_in) -> dict[str, list[str]]:
    # The scene opens few of a kind, and about these the entries are.
    about = [f"/admin/rights/rightsrequest/{lived_in.rights[0].pk}/change/"]
    about += [f"/admin/access/accessrequest/{lived_in.waiting.pk}/change/"]
    return {who: [*pages_of(lived_in, who), *about] for who in ("stranger", "ada", "sam", "pia", "otto")}


@pytest.mark.forced
@pytest.mark.timeout(1200)
def test_pages_and_exports_stand_what_is_spoiled(lived_in, pages):
    for value in SPOILED:
        append_entries(lived_in, {} if value == "nothing" else dict.fromkeys(FACTS, SPOILED[value]))

    pages["ada"] += receipts_of(lived_in)
    failed = [f"{who} {path}: {why}" for who, path, why in failing_pages(lived_in, pages)]
    failed += failing_histories(lived_in)
    failed += [f"{dataset}: {why}" for dataset, why in failing_exports(lived_in)]

    assert not failed, "\n".join(failed)


def append_entries(world, facts: dict[str, Any]) -> None:
    """Of every event there is and one that there is not, about what it may be about and about nothing, in a way that no
    act would. What the database refuses is refused at the door, where it hurts nobody."""
    things = {"access_request": world.waiting.pk, "grant": world.running.pk, "rights_request": world.rights[0].pk}
    things["choice"] = Choice.objects.get(customer=world.ada.customer, purpose__code="offers").pk
    actors = cycle((Actor("staff", str(uuid4()), channel="odd"), Actor("odd", "odd", channel="odd")))
    purposes = cycle(("odd", "offers", "offers"))
    for event in [*sorted(registered), "odd.thing"]:
        kind, customer = object_type_of(event), world.ada.customer.pk
        whose = ((customer, things.get(kind, customer)), (customer, "x"), (None, "x"))
        for (of, thing), outcome in product(whose, ["odd", *outcomes_of(event)]):
            about = {"customer": of, "object_type": kind, "object": thing, "purpose": next(purposes)}
            with suppress(IntegrityError, DataError), transaction.atomic():
                appending.append_entry(event=event, by=next(actors), outcome=outcome, details=facts, **about)


def object_type_of(event: str) -> str:
    issuing = (issuer.object_type for issuer in ISSUERS.values() if event in issuer.events)
    return next(issuing, event.partition(".")[0])


def outcomes_of(event: str) -> list[str]:
    """Those with which an entry of this event would have a receipt."""
    return sorted({outcome for issuer in ISSUERS.values() if event in issuer.events for outcome in issuer.outcomes})


def failing_pages(world, pages: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    for who, paths in pages.items():
        client = signed_in(getattr(world, who).user) if who != "stranger" else Client()
        client.raise_request_exception = False
        for path in paths:
            if (response := client.get(path)).status_code >= 500:
                yield who, path, repr(response.exc_info[1]) if response.exc_info else str(response.status_code)


def receipts_of(world) -> list[str]:
    """Of every entry about her choice and her request that passes for one with a receipt."""
    mine = [Choice.objects.get(customer=world.ada.customer, purpose__code="offers").pk, world.waiting.pk]
    entries = select_receipts(world.ada.customer.pk).filter(object__in=map(str, mine))
    return [reverse("receipts:receipt", args=[entry.sequence]) for entry in entries]


def failing_histories(world) -> Iterator[str]:
    """What an officer reads of her, page after page, and what stood before the last entry."""
    client, path = signed_in(world.otto.user), "/admin/history/"
    client.raise_request_exception = False
    sent: dict[str, Any] = {"who": str(world.ada.customer.pk), "why": "audit"}
    while sent:
        answer = client.post(path, sent)
        if answer.status_code != 200:
            yield f"{path} of {sent}: {answer.exc_info and answer.exc_info[1]!r} ({answer.status_code})"
            return
        earlier = answer.context["earlier"]
        found = answer.context["form"].data["found"]
        sent = {"found": found, "why": "audit", "before": earlier} if earlier else {}


def failing_exports(world) -> Iterator[tuple[Dataset, str]]:
    for dataset in Dataset:
        try:
            exports.taken(world, dataset=dataset)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            yield dataset, repr(error)
