"""No entry that somebody with the application's password could append makes a page or an export fail: nobody could take
it back again."""

import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle
from typing import Any
from uuid import uuid4

import pytest
from django.db import DataError, IntegrityError, transaction
from django.test import Client

from consents.exports.kinds import Dataset
from consents.ledger.event_words import registered
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from tests.architecture.recorded_events import sources
from tests.world import exports
from tests.world.cast import signed_in
from tests.world.lived_in import pages_of

# Whatever the sources read of an entry's details.
FACT = re.compile(r"""facts(?:\.get\(|\[)"(\w+)"|->>? '(\w+)'|facts \? '(\w+)'""")
FACTS = sorted({name for text in sources().values() for names in FACT.findall(text) for name in names if name})
SPOILED: dict[str, Any] = {"nothing": None, "a word": "x", "a list": ["x"], "a number": 2**53 - 1, "no end": "infinity"}


@pytest.fixture
def pages(lived_in) -> dict[str, list[str]]:
    return {who: pages_of(lived_in, who) for who in ("stranger", "ada", "sam", "pia", "otto")}


@pytest.mark.forced
@pytest.mark.timeout(1200)
def test_pages_and_exports_stand_what_is_spoiled(lived_in, pages):
    for value in SPOILED:
        append_entries(lived_in, {} if value == "nothing" else dict.fromkeys(FACTS, SPOILED[value]))

    failed = [f"{who} {path}: {why}" for who, path, why in failing_pages(lived_in, pages)]
    failed += [f"{dataset}: {why}" for dataset, why in failing_exports(lived_in)]

    assert not failed, "\n".join(failed)


def append_entries(world, facts: dict[str, Any]) -> None:
    """Of every event there is and one that there is not, about what it may be about and about nothing, in a way that no
    act would. What the database refuses is refused at the door, where it hurts nobody."""
    things = {"access_request": world.waiting.pk, "grant": world.running.pk, "rights_request": world.rights[0].pk}
    actors = cycle((Actor("staff", str(uuid4()), channel="odd"), Actor("odd", "odd", channel="odd")))
    purposes = cycle(("odd", "offers", "offers"))
    for event in [*sorted(registered), "odd.thing"]:
        kind, customer = event.partition(".")[0], world.ada.customer.pk
        for of, thing in ((customer, things.get(kind, customer)), (customer, "x"), (None, "x")):
            about = {"customer": of, "object_type": kind, "object": thing, "purpose": next(purposes)}
            with suppress(IntegrityError, DataError), transaction.atomic():
                appending.append_entry(event=event, by=next(actors), outcome="odd", details=facts, **about)


def failing_pages(world, pages: dict[str, list[str]]) -> Iterator[tuple[str, str, str]]:
    for who, paths in pages.items():
        client = signed_in(getattr(world, who).user) if who != "stranger" else Client()
        client.raise_request_exception = False
        for path in paths:
            if (response := client.get(path)).status_code >= 500:
                yield who, path, repr(response.exc_info[1]) if response.exc_info else str(response.status_code)


def failing_exports(world) -> Iterator[tuple[Dataset, str]]:
    for dataset in Dataset:
        try:
            exports.taken(world, dataset=dataset)
        except (ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            yield dataset, repr(error)
